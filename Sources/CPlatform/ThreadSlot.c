#include "ThreadSlot.h"

#include <pthread.h>

_Thread_local void *trellis_thread_slot_value;
_Thread_local int32_t trellis_thread_inside_pool;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void (*destroy_slot)(void *);

static void run_destroy(void *pointer) {
  trellis_thread_slot_value = 0;
  if (destroy_slot) { destroy_slot(pointer); }
}
static void make_key(void) { pthread_key_create(&key, run_destroy); }

void trellis_set_thread_slot(void *pointer, void (*destroy)(void *)) {
  destroy_slot = destroy;
  pthread_once(&once, make_key);
  pthread_setspecific(key, pointer);
  trellis_thread_slot_value = pointer;
}
