// See CReadline.h. The callback that readline calls with a finished entry only stores it.

#include "CReadline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/history.h>
#include <readline/readline.h>

enum { indentation = 4 };

static char *finished_entry;
static int state;
static struct trellis_editor_callbacks callbacks;

// What Up and Down look for: the text in front of the cursor when the first of them was pressed, and what to return to.
static char *search_prefix;
static char *search_origin;
static int search_index;

static void store_entry(char *entry) {
  // readline would show its prompt at once for the next entry; the program decides when.
  rl_callback_handler_remove();
  finished_entry = entry;
  state = entry ? TRELLIS_EDITOR_LINE : TRELLIS_EDITOR_END;
}

// Completion

static int completion_start, completion_end;

static char *candidate(const char *text, int index) {
  (void)text;
  return callbacks.complete ? callbacks.complete(rl_line_buffer, completion_start, completion_end, index) : NULL;
}

static char **completions(const char *text, int start, int end) {
  completion_start = start;
  completion_end = end;
  // readline sets this back to a space each time.
  rl_completion_append_character = '\0';
  // Without a match readline would offer file names of its own.
  rl_attempted_completion_over = 1;
  return rl_completion_matches(text, candidate);
}

// Entries of several lines

/// Where the line that the cursor is on begins.
static int line_start(void) {
  int start = rl_point;
  while (start > 0 && rl_line_buffer[start - 1] != '\n') start--;
  return start;
}

static int is_blank(int from, int to) {
  for (int i = from; i < to; i++)
    if (rl_line_buffer[i] != ' ') return 0;
  return 1;
}

static int spaces_at(int from) {
  int count = 0;
  while (rl_line_buffer[from + count] == ' ') count++;
  return count;
}

/// A new line, indented as deep as the brackets that are open at the cursor.
static int insert_line(int count, int key) {
  (void)count, (void)key;
  int depth = callbacks.depth ? callbacks.depth(rl_line_buffer, rl_point) : 0;
  rl_insert_text("\n");
  for (int i = 0; i < depth * indentation && i < 80; i++) rl_insert_text(" ");
  return 0;
}

/// Enter: runs a whole entry, goes on with an incomplete one. A second empty line at the end runs it whatever it is.
static int enter(int count, int key) {
  int start = line_start();
  int is_at_end = is_blank(rl_point, rl_end);
  int is_forced = is_at_end && start > 0 && is_blank(start, rl_point);
  if (is_forced) {
    int above = start - 1;
    while (above > 0 && rl_line_buffer[above - 1] != '\n') above--;
    is_forced = is_blank(above, start - 1);
  }
  if (!is_forced && callbacks.is_incomplete && callbacks.is_incomplete(rl_line_buffer)) return insert_line(1, key);
  rl_point = rl_end;
  return rl_newline(count, key);
}

/// Tab: indents where only spaces stand in front of the cursor, else completes.
static int tab(int count, int key) {
  int start = line_start();
  if (is_blank(start, rl_point)) {
    // Everything there is would be no help on an empty entry.
    if (rl_end == 0) return rl_ding();
    for (int i = 0; i < indentation; i++) rl_insert_text(" ");
    return 0;
  }
  return rl_complete(count, key);
}

/// A closing bracket at the beginning of a line stands one level further left.
static int close_bracket(int count, int key) {
  int start = line_start();
  if (start > 0 && is_blank(start, rl_point) && rl_point - start >= indentation) {
    int depth = callbacks.depth ? callbacks.depth(rl_line_buffer, rl_point) : 0;
    int wanted = (depth > 0 ? depth - 1 : 0) * indentation;
    if (spaces_at(start) > wanted && rl_point - start > wanted) {
      rl_delete_text(start + wanted, rl_point);
      rl_point = start + wanted;
    }
  }
  return rl_insert(count, key);
}

// History

static int earlier(int count, int key);
static int later(int count, int key);

static void begin_search(void) {
  if (rl_last_func == earlier || rl_last_func == later) return;
  free(search_prefix);
  free(search_origin);
  search_prefix = strndup(rl_line_buffer, (size_t)rl_point);
  search_origin = strdup(rl_line_buffer);
  search_index = history_length;
}

static void show_entry(const char *text) {
  rl_replace_line(text, 1);
  rl_point = search_prefix && *search_prefix ? (int)strlen(search_prefix) : rl_end;
}

static int search(int step) {
  if (!search_prefix || !search_origin) return 0;
  size_t length = strlen(search_prefix);
  for (int index = search_index + step; index >= 0 && index < history_length; index += step) {
    HIST_ENTRY *entry = history_get(history_base + index);
    if (!entry || strncmp(entry->line, search_prefix, length) != 0) continue;
    if (strcmp(entry->line, rl_line_buffer) == 0) continue;
    search_index = index;
    show_entry(entry->line);
    return 0;
  }
  if (step > 0) {
    search_index = history_length;
    show_entry(search_origin);
  } else {
    rl_ding();
  }
  return 0;
}

static int is_searching(void) { return rl_last_func == earlier || rl_last_func == later; }

/// Up: the line above inside an entry, else the last entry that begins as this one does in front of the cursor.
static int earlier(int count, int key) {
  (void)count, (void)key;
  int start = line_start();
  if (!is_searching() && start > 0) {
    int above = start - 1;
    while (above > 0 && rl_line_buffer[above - 1] != '\n') above--;
    int column = rl_point - start;
    rl_point = above + column < start - 1 ? above + column : start - 1;
    return 0;
  }
  begin_search();
  return search(-1);
}

static int later(int count, int key) {
  (void)count, (void)key;
  int end = rl_point;
  while (end < rl_end && rl_line_buffer[end] != '\n') end++;
  if (!is_searching() && end < rl_end) {
    int column = rl_point - line_start();
    int below = end + 1;
    int last = below;
    while (last < rl_end && rl_line_buffer[last] != '\n') last++;
    rl_point = below + column < last ? below + column : last;
    return 0;
  }
  begin_search();
  return search(1);
}

// The door

void trellis_editor_set_up(const char *program, struct trellis_editor_callbacks given) {
  callbacks = given;
  rl_readline_name = program;
  rl_catch_signals = 0;
  rl_basic_word_break_characters = " \t\n\"\\'`@$><=;|&{}()[],+-*/%^:.!?~";
  rl_attempted_completion_function = completions;
  rl_initialize();
  rl_variable_bind("show-all-if-ambiguous", "on");
  rl_variable_bind("enable-bracketed-paste", "on");
  rl_bind_key('\r', enter);
  rl_bind_key('\n', enter);
  rl_bind_key('\t', tab);
  rl_bind_key('}', close_bracket);
  rl_bind_key(']', close_bracket);
  rl_bind_key(')', close_bracket);
  rl_bind_keyseq("\\e\r", insert_line);
  const char *up[] = {"\\e[A", "\\eOA", "\\C-p"}, *down[] = {"\\e[B", "\\eOB", "\\C-n"};
  for (int i = 0; i < 3; i++) {
    rl_bind_keyseq(up[i], earlier);
    rl_bind_keyseq(down[i], later);
  }
  using_history();
}

void trellis_editor_begin(const char *prompt) {
  state = TRELLIS_EDITOR_EDITING;
  rl_callback_handler_install(prompt, store_entry);
}

void trellis_editor_end(void) { rl_callback_handler_remove(); }

int trellis_editor_read(void) {
  rl_callback_read_char();
  return state;
}

char *trellis_editor_take_line(void) {
  char *entry = finished_entry;
  finished_entry = NULL;
  return entry;
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

void trellis_history_add(const char *entry) {
  HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
  if (!last || strcmp(last->line, entry) != 0) add_history(entry);
}
