// Editing of entries, of one line or several, over GNU readline's callback interface. readline keeps its state in C
// globals, which Swift 6 refuses to touch, and hands a finished entry to a callback; this header turns both into plain
// functions that a poll loop calls, so no Swift frame ever lies between readline and its caller and nothing jumps over
// one. An entry of several lines is one buffer: Enter puts a line break into it as long as it is incomplete, pasted text
// comes as it is, and history gives it back whole.
#ifndef TRELLIS_CREADLINE_H
#define TRELLIS_CREADLINE_H

/// What one call of `trellis_editor_read` led to.
enum trellis_editor_state {
  /// The entry is still being edited.
  TRELLIS_EDITOR_EDITING = 0,
  /// An entry is finished: `trellis_editor_take_line`.
  TRELLIS_EDITOR_LINE = 1,
  /// Ctrl-D on an empty entry.
  TRELLIS_EDITOR_END = 2,
};

/// What the editor asks the program about the text.
struct trellis_editor_callbacks {
  /// Possible texts for the bytes `start..end` of `line`, called with index 0, 1, 2... until it returns NULL; each result
  /// is malloc'ed and freed by readline.
  char *(*complete)(const char *line, int start, int end, int index);
  /// Whether Enter goes on with the entry.
  int (*is_incomplete)(const char *line);
  /// How many brackets are open in front of byte `point`.
  int (*depth)(const char *line, int point);
};

/// Sets readline up; once, before anything else. Signals but that of a resized window stay the program's own.
void trellis_editor_set_up(const char *program, struct trellis_editor_callbacks callbacks);
/// Shows the prompt, puts the terminal into editing mode and begins an entry.
void trellis_editor_begin(const char *prompt);
/// Gives the terminal back, as before a computation that may print.
void trellis_editor_end(void);
/// Reads the characters that are there; call when the input is readable.
int trellis_editor_read(void);
/// The finished entry without its last newline; the caller frees it.
char *trellis_editor_take_line(void);
/// Throws the entry away that is being edited, as Ctrl-C does, and gives the terminal back.
void trellis_editor_cancel_line(void);

/// Adds an entry to the history, unless it is the last one already.
void trellis_history_add(const char *entry);

#endif
