// One pointer per thread, with a destructor that runs when the thread ends. The buffer cache hangs on it: a thread-local
// pointer costs one load, where pthread_getspecific costs a call.
#ifndef TRELLIS_THREAD_SLOT_H
#define TRELLIS_THREAD_SLOT_H

#include <stdint.h>

extern _Thread_local void *trellis_thread_slot_value;
extern _Thread_local int32_t trellis_thread_inside_pool;

static inline void *trellis_thread_slot(void) { return trellis_thread_slot_value; }
/// Sets the slot of this thread; `destroy` is called with the pointer when the thread ends.
void trellis_set_thread_slot(void *pointer, void (*destroy)(void *));

/// Whether this thread runs a part of a pool's job at the moment (then it must not start another).
static inline int32_t trellis_inside_pool(void) { return trellis_thread_inside_pool; }
static inline void trellis_set_inside_pool(int32_t inside) { trellis_thread_inside_pool = inside; }

#endif
