// The standard library's scripts, compiled into the program: a moved or embedded program needs no files.
#ifndef TRELLIS_CSTDLIB_H
#define TRELLIS_CSTDLIB_H

#include <stddef.h>

/// One module of the standard library: `import nn` finds the module named "nn".
struct trellis_stdlib_module {
  const char *name;
  const unsigned char *bytes;
  size_t length;
};

/// The table of modules; its length is stored in `count`.
const struct trellis_stdlib_module *trellis_stdlib_modules(size_t *count);

/// The pages of the manual, Markdown, in the order in which they are read; their number is stored in `count`.
const struct trellis_stdlib_module *trellis_manual_pages(size_t *count);

#endif
