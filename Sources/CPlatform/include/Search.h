// The place of one stretch of bytes in another. The C library has it, but not under the names that Swift is shown.
#ifndef TRELLIS_SEARCH_H
#define TRELLIS_SEARCH_H

#include <stddef.h>

/// The first `part` in `text`, in linear time; NULL when there is none.
const void *trellis_find_bytes(const void *text, size_t text_count, const void *part, size_t part_count);

#endif
