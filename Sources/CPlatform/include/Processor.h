// The x86-64 level of the processor, for choosing kernels at start.
#ifndef TRELLIS_PROCESSOR_H
#define TRELLIS_PROCESSOR_H

#include <stdint.h>

/// 1 = baseline (and every other architecture), 3 = x86-64-v3 (AVX2, FMA), 4 = x86-64-v4 (AVX-512).
int trellis_processor_level(void);

/// Tells the processor that the caller spins.
/// Asks for the cache line at an address; harmless where there is no memory.
static inline void trellis_prefetch(const void *address) { __builtin_prefetch(address); }

static inline void trellis_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#endif
