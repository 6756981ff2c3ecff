// See CReadline.h. The callback that readline calls with a finished line only stores it.

#include "CReadline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/history.h>
#include <readline/readline.h>

static char *finished_line;
static int state;
static char *(*completer)(const char *text, int index);

static void store_line(char *line) {
  // readline would show its prompt at once for the next line; the program decides when.
  rl_callback_handler_remove();
  finished_line = line;
  state = line ? TRELLIS_EDITOR_LINE : TRELLIS_EDITOR_END;
}

static char **completions(const char *text, int start, int end) {
  (void)start;
  (void)end;
  // Without a match readline would offer file names, which is right only inside a string.
  int inside_string = start > 0 && (rl_line_buffer[start - 1] == '"' || rl_line_buffer[start - 1] == '/');
  rl_attempted_completion_over = !inside_string;
  return completer && !inside_string ? rl_completion_matches(text, completer) : NULL;
}

void trellis_editor_set_up(const char *program, char *(*complete)(const char *text, int index)) {
  rl_readline_name = program;
  rl_catch_signals = 0;
  rl_completion_append_character = '\0';
  rl_basic_word_break_characters = " \t\n\"\\'`@$><=;|&{}()[],+-*/%^:.!";
  completer = complete;
  rl_attempted_completion_function = completions;
  using_history();
}

void trellis_editor_begin(const char *prompt) {
  state = TRELLIS_EDITOR_EDITING;
  rl_callback_handler_install(prompt, store_line);
}

void trellis_editor_end(void) { rl_callback_handler_remove(); }

int trellis_editor_read(void) {
  rl_callback_read_char();
  return state;
}

char *trellis_editor_take_line(void) {
  char *line = finished_line;
  finished_line = NULL;
  return line;
}

void trellis_editor_cancel_line(void) {
  rl_callback_sigcleanup();
  rl_free_line_state();
  rl_point = rl_end;
  rl_redisplay();
  fputs("^C\n", rl_outstream ? rl_outstream : stdout);
  rl_replace_line("", 0);
  rl_callback_handler_remove();
}

void trellis_history_add(const char *line) { add_history(line); }

void trellis_history_load(const char *path) { read_history(path); }

int trellis_history_save(const char *path, int limit) {
  stifle_history(limit);
  return write_history(path);
}
