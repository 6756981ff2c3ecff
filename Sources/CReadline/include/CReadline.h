// Line editing for the terminal, over GNU readline's callback interface. readline keeps its state in C globals, which
// Swift 6 refuses to touch, and hands a finished line to a callback; this header turns both into plain functions that
// a poll loop calls, so no Swift frame ever lies between readline and its caller and nothing jumps over one.
#ifndef TRELLIS_CREADLINE_H
#define TRELLIS_CREADLINE_H

/// What one call of `trellis_editor_read` led to.
enum trellis_editor_state {
  /// The line is still being edited.
  TRELLIS_EDITOR_EDITING = 0,
  /// A line is finished: `trellis_editor_take_line`.
  TRELLIS_EDITOR_LINE = 1,
  /// Ctrl-D on an empty line.
  TRELLIS_EDITOR_END = 2,
};

/// Sets readline up; once, before anything else. Signals but that of a resized window stay the program's own. `complete` gives the possible ends
/// of the word `text`, called with 0, 1, 2... until it returns NULL; each result is malloc'ed and freed by readline.
void trellis_editor_set_up(const char *program, char *(*complete)(const char *text, int index));
/// Shows the prompt, puts the terminal into editing mode and begins a line.
void trellis_editor_begin(const char *prompt);
/// Gives the terminal back, as before a computation that may print.
void trellis_editor_end(void);
/// Reads the characters that are there; call when the input is readable.
int trellis_editor_read(void);
/// The finished line without its newline; the caller frees it.
char *trellis_editor_take_line(void);
/// Throws the line away that is being edited, as Ctrl-C does, and gives the terminal back.
void trellis_editor_cancel_line(void);

/// History, kept in a file. Loading a file that is not there is no error; saving keeps the last `limit` lines.
void trellis_history_add(const char *line);
void trellis_history_load(const char *path);
int trellis_history_save(const char *path, int limit);

#endif
