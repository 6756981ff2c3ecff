// Atomic operations on plain words. Swift's own atomics need a noncopyable owner per word; the pool and the kernels want
// them on words inside buffers that they lay out themselves.
#ifndef TRELLIS_ATOMICS_H
#define TRELLIS_ATOMICS_H

#include <stdbool.h>
#include <stdint.h>

static inline int32_t trellis_load_relaxed_32(const int32_t *word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }
static inline void trellis_store_relaxed_32(int32_t *word, int32_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELAXED);
}
static inline int32_t trellis_exchange_acquire_32(int32_t *word, int32_t value) {
  return __atomic_exchange_n(word, value, __ATOMIC_ACQUIRE);
}
static inline void trellis_store_release_32(int32_t *word, int32_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static inline int64_t trellis_load_relaxed_64(const int64_t *word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }
static inline int64_t trellis_load_acquire_64(const int64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static inline void trellis_store_relaxed_64(int64_t *word, int64_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELAXED);
}
static inline void trellis_store_release_64(int64_t *word, int64_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}
static inline int64_t trellis_load_ordered_64(const int64_t *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }
static inline void trellis_store_ordered_64(int64_t *word, int64_t value) {
  __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}
/// The value before.
static inline int64_t trellis_fetch_add_64(int64_t *word, int64_t amount) {
  return __atomic_fetch_add(word, amount, __ATOMIC_SEQ_CST);
}
/// True when `word` was `expected` and is now `desired`.
static inline bool trellis_compare_exchange_64(int64_t *word, int64_t expected, int64_t desired) {
  return __atomic_compare_exchange_n(word, &expected, desired, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

#endif
