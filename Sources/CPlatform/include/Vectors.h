// Single vector instructions that Swift's SIMD types don't reach: its `squareRoot` of a vector calls the C library lane by
// lane, and conversions between vectors of different element sizes go through memory. Clang's vector types are Swift's
// SIMD types, and each of these becomes one instruction (or a few) of whatever processor level the importer compiles for.
#ifndef TRELLIS_VECTORS_H
#define TRELLIS_VECTORS_H

#include <stdbool.h>
#include <stdint.h>

typedef float trellis_f32x16 __attribute__((ext_vector_type(16)));
typedef float trellis_f32x8 __attribute__((ext_vector_type(8)));
typedef double trellis_f64x8 __attribute__((ext_vector_type(8)));
typedef int32_t trellis_i32x16 __attribute__((ext_vector_type(16)));
typedef int64_t trellis_i64x8 __attribute__((ext_vector_type(8)));
typedef uint8_t trellis_u8x16 __attribute__((ext_vector_type(16)));
typedef uint8_t trellis_u8x8 __attribute__((ext_vector_type(8)));

#define TRELLIS_VECTOR static inline __attribute__((always_inline))

TRELLIS_VECTOR trellis_f32x16 trellis_sqrt_f32(trellis_f32x16 x) { return __builtin_elementwise_sqrt(x); }
TRELLIS_VECTOR trellis_f64x8 trellis_sqrt_f64(trellis_f64x8 x) { return __builtin_elementwise_sqrt(x); }

// Loads and stores at any alignment.
#define TRELLIS_MEMORY(type, name) \
  TRELLIS_VECTOR type trellis_load_##name(const void *from) { \
    type x; \
    __builtin_memcpy(&x, from, sizeof x); \
    return x; \
  } \
  TRELLIS_VECTOR void trellis_store_##name(void *to, type x) { __builtin_memcpy(to, &x, sizeof x); }
TRELLIS_MEMORY(trellis_f32x16, f32x16)
TRELLIS_MEMORY(trellis_f32x8, f32x8)
TRELLIS_MEMORY(trellis_f64x8, f64x8)
TRELLIS_MEMORY(trellis_i64x8, i64x8)
TRELLIS_MEMORY(trellis_u8x16, u8x16)
TRELLIS_MEMORY(trellis_u8x8, u8x8)

#if defined(__SSE4_1__) || defined(__aarch64__)
// Below SSE 4.1 these would be calls of the C library; the kernels round by adding and subtracting there.
#define TRELLIS_HAS_VECTOR_ROUNDING 1
TRELLIS_VECTOR trellis_f32x16 trellis_floor_f32(trellis_f32x16 x) { return __builtin_elementwise_floor(x); }
TRELLIS_VECTOR trellis_f64x8 trellis_floor_f64(trellis_f64x8 x) { return __builtin_elementwise_floor(x); }
TRELLIS_VECTOR trellis_f32x16 trellis_ceil_f32(trellis_f32x16 x) { return __builtin_elementwise_ceil(x); }
TRELLIS_VECTOR trellis_f64x8 trellis_ceil_f64(trellis_f64x8 x) { return __builtin_elementwise_ceil(x); }
TRELLIS_VECTOR trellis_f32x16 trellis_round_f32(trellis_f32x16 x) { return __builtin_elementwise_roundeven(x); }
TRELLIS_VECTOR trellis_f64x8 trellis_round_f64(trellis_f64x8 x) { return __builtin_elementwise_roundeven(x); }
#endif

TRELLIS_VECTOR trellis_f64x8 trellis_f64_from_f32(trellis_f32x8 x) { return __builtin_convertvector(x, trellis_f64x8); }
TRELLIS_VECTOR trellis_f32x8 trellis_f32_from_f64(trellis_f64x8 x) { return __builtin_convertvector(x, trellis_f32x8); }
TRELLIS_VECTOR trellis_f64x8 trellis_f64_from_i64(trellis_i64x8 x) { return __builtin_convertvector(x, trellis_f64x8); }
TRELLIS_VECTOR trellis_f32x8 trellis_f32_from_i64(trellis_i64x8 x) { return __builtin_convertvector(x, trellis_f32x8); }
TRELLIS_VECTOR trellis_i32x16 trellis_i32_from_u8(trellis_u8x16 x) { return __builtin_convertvector(x, trellis_i32x16); }
TRELLIS_VECTOR trellis_i64x8 trellis_i64_from_u8(trellis_u8x8 x) { return __builtin_convertvector(x, trellis_i64x8); }
TRELLIS_VECTOR trellis_u8x16 trellis_u8_from_i32(trellis_i32x16 x) { return __builtin_convertvector(x, trellis_u8x16); }
TRELLIS_VECTOR trellis_u8x8 trellis_u8_from_i64(trellis_i64x8 x) { return __builtin_convertvector(x, trellis_u8x8); }

TRELLIS_VECTOR trellis_f32x8 trellis_low_f32(trellis_f32x16 x) {
  return __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7);
}
TRELLIS_VECTOR trellis_f32x8 trellis_high_f32(trellis_f32x16 x) {
  return __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
}
TRELLIS_VECTOR trellis_f32x16 trellis_join_f32(trellis_f32x8 x, trellis_f32x8 y) {
  return __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/// x0 y0 x1 y1 ...
TRELLIS_VECTOR trellis_f32x16 trellis_interleave_f32(trellis_f32x8 x, trellis_f32x8 y) {
  return __builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
}

/// The lanes or-ed together.
TRELLIS_VECTOR int32_t trellis_any_i32(trellis_i32x16 x) { return __builtin_reduce_or(x); }
TRELLIS_VECTOR int64_t trellis_any_i64(trellis_i64x8 x) { return __builtin_reduce_or(x); }

// Lanes exchanged at a distance, for combining the lanes of one vector.
TRELLIS_VECTOR trellis_f32x16 trellis_swap8_f32(trellis_f32x16 x) {
  return __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}
TRELLIS_VECTOR trellis_f32x16 trellis_swap4_f32(trellis_f32x16 x) {
  return __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
}
TRELLIS_VECTOR trellis_f32x16 trellis_swap2_f32(trellis_f32x16 x) {
  return __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
}
TRELLIS_VECTOR trellis_f32x16 trellis_swap1_f32(trellis_f32x16 x) {
  return __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
}
TRELLIS_VECTOR trellis_f64x8 trellis_swap4_f64(trellis_f64x8 x) {
  return __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3);
}
TRELLIS_VECTOR trellis_f64x8 trellis_swap2_f64(trellis_f64x8 x) {
  return __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5);
}
TRELLIS_VECTOR trellis_f64x8 trellis_swap1_f64(trellis_f64x8 x) {
  return __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6);
}

// Square tiles, rows becoming columns: log2(n) times, the rows of both halves are interleaved in pairs. `add` adds to what is
// there; `ahead` elements further on in each row are asked for.
#define TRELLIS_TRANSPOSE(name, type, element, n, LOW, HIGH) \
  TRELLIS_VECTOR void trellis_transpose_stage_##name(type *to, const type *from) { \
    for (int i = 0; i < n / 2; i++) { \
      to[2 * i] = __builtin_shufflevector(from[i], from[i + n / 2], LOW); \
      to[2 * i + 1] = __builtin_shufflevector(from[i], from[i + n / 2], HIGH); \
    } \
  } \
  TRELLIS_VECTOR void trellis_transpose_##name( \
    element *to, intptr_t to_step, const element *from, intptr_t from_step, intptr_t ahead, bool add) { \
    type x[n], y[n]; \
    for (int i = 0; i < n; i++) { \
      x[i] = trellis_load_##name(from + i * from_step); \
      if (ahead) __builtin_prefetch(from + i * from_step + ahead); \
    } \
    for (int stage = 1; stage < n; stage *= 4) { \
      trellis_transpose_stage_##name(y, x); \
      if (stage * 2 < n) trellis_transpose_stage_##name(x, y); \
      else for (int i = 0; i < n; i++) x[i] = y[i]; \
    } \
    for (int i = 0; i < n; i++) { \
      element *out = to + i * to_step; \
      trellis_store_##name(out, add ? trellis_load_##name(out) + x[i] : x[i]); \
    } \
  }
#define TRELLIS_LOW16 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define TRELLIS_HIGH16 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define TRELLIS_LOW8 0, 8, 1, 9, 2, 10, 3, 11
#define TRELLIS_HIGH8 4, 12, 5, 13, 6, 14, 7, 15
TRELLIS_TRANSPOSE(f32x16, trellis_f32x16, float, 16, TRELLIS_LOW16, TRELLIS_HIGH16)
TRELLIS_TRANSPOSE(f64x8, trellis_f64x8, double, 8, TRELLIS_LOW8, TRELLIS_HIGH8)

#endif
