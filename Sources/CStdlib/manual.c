// The manual's pages of stdlib/manual/ as bytes, as modules.c does it with the scripts. A new page needs two lines here.

#include "CStdlib.h"

static const unsigned char values_text[] = {
#embed "../../stdlib/manual/values.md"
};
static const unsigned char expressions_text[] = {
#embed "../../stdlib/manual/expressions.md"
};
static const unsigned char statements_text[] = {
#embed "../../stdlib/manual/statements.md"
};
static const unsigned char functions_text[] = {
#embed "../../stdlib/manual/functions.md"
};
static const unsigned char index_notation_text[] = {
#embed "../../stdlib/manual/index_notation.md"
};
static const unsigned char recurrences_text[] = {
#embed "../../stdlib/manual/recurrences.md"
};
static const unsigned char derivatives_text[] = {
#embed "../../stdlib/manual/derivatives.md"
};
static const unsigned char randomness_text[] = {
#embed "../../stdlib/manual/randomness.md"
};
static const unsigned char scripts_text[] = {
#embed "../../stdlib/manual/scripts.md"
};
static const unsigned char grammar_text[] = {
#embed "../../stdlib/manual/grammar.md"
};

#define PAGE(name) {#name, name##_text, sizeof name##_text}
static const struct trellis_stdlib_module pages[] = {
    PAGE(values),
    PAGE(expressions),
    PAGE(statements),
    PAGE(functions),
    PAGE(index_notation),
    PAGE(recurrences),
    PAGE(derivatives),
    PAGE(randomness),
    PAGE(scripts),
    PAGE(grammar),
};

const struct trellis_stdlib_module *trellis_manual_pages(size_t *count) {
  *count = sizeof pages / sizeof *pages;
  return pages;
}
