// Unpacking of gzip files through zlib.
#ifndef CZLIB_H
#define CZLIB_H
#include <stddef.h>
#include <stdint.h>

enum {
  trellis_gunzip_done = 0,
  trellis_gunzip_truncated = 1,
  trellis_gunzip_corrupt = 2,
  trellis_gunzip_too_large = 3,
};

// Unpacks all members of a gzip file. On success `*output` is a block from `malloc` that the caller frees; otherwise it
// is NULL. More than `limit` unpacked bytes, or no memory for them, is `trellis_gunzip_too_large`.
int trellis_gunzip(const uint8_t *input, size_t count, size_t limit, uint8_t **output, size_t *output_count);

#endif
