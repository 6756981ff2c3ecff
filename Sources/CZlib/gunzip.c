// Unpacks into a block that doubles, so the work is linear in the size of the result.
#include "CZlib.h"
#include <stdlib.h>
#include <zlib.h>

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

int trellis_gunzip(const uint8_t *input, size_t count, size_t limit, uint8_t **output, size_t *output_count) {
  *output = NULL;
  *output_count = 0;
  z_stream stream = {0};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return trellis_gunzip_too_large;

  // No format expands more than a thousandfold, so a small file can't claim a large block.
  size_t capacity = smaller(limit, count < 1024 ? 65536 : count * 4);
  uint8_t *block = malloc(capacity > 0 ? capacity : 1);
  size_t used = 0, read = 0;
  int result = block ? trellis_gunzip_truncated : trellis_gunzip_too_large;

  while (block && result == trellis_gunzip_truncated) {
    if (used == capacity) {
      size_t larger = smaller(limit, capacity > limit / 2 ? limit : capacity * 2);
      uint8_t *moved = larger > capacity ? realloc(block, larger) : NULL;
      if (!moved) {
        result = trellis_gunzip_too_large;
        break;
      }
      block = moved;
      capacity = larger;
    }
    // zlib counts in 32 bits.
    uInt give = (uInt)smaller(count - read, 1u << 30), room = (uInt)smaller(capacity - used, 1u << 30);
    stream.next_in = (Bytef *)(input + read);
    stream.avail_in = give;
    stream.next_out = block + used;
    stream.avail_out = room;
    int status = inflate(&stream, Z_NO_FLUSH);
    size_t consumed = give - stream.avail_in, produced = room - stream.avail_out;
    read += consumed;
    used += produced;
    if (status == Z_STREAM_END) {
      if (read == count) result = trellis_gunzip_done;
      // Another member follows.
      else if (inflateReset(&stream) != Z_OK) result = trellis_gunzip_corrupt;
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      result = trellis_gunzip_corrupt;
    } else if (read == count && produced < room) {
      break;  // The input ended inside a member.
    }
  }

  inflateEnd(&stream);
  if (result != trellis_gunzip_done) {
    free(block);
    return result;
  }
  *output = block;
  *output_count = used;
  return result;
}
