#include "Blas.h"

#include <dlfcn.h>
#include <pthread.h>

enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };

typedef void (*sgemm_function)(int, int, int, int, int, int, float, const float *, int, const float *, int, float,
                               float *, int);
typedef void (*dgemm_function)(int, int, int, int, int, int, double, const double *, int, const double *, int, double,
                               double *, int);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int is_open;
static sgemm_function sgemm;
static dgemm_function dgemm;
static const char *description = "";

static void open_library(void) {
  void *library = dlopen(TRELLIS_BLAS_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (!library) { return; }
  void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
  char *(*get_config)(void) = (char *(*)(void))dlsym(library, "openblas_get_config");
  sgemm = (sgemm_function)dlsym(library, "cblas_sgemm");
  dgemm = (dgemm_function)dlsym(library, "cblas_dgemm");
  if (!set_threads || !sgemm || !dgemm) { return; }
  set_threads(1);
  if (get_config) { description = get_config(); }
  is_open = 1;
}

int trellis_blas_open(void) {
  pthread_once(&once, open_library);
  return is_open;
}

const char *trellis_blas_description(void) { return description; }

static inline int transposition(int transpose) { return transpose ? TRANSPOSE : NO_TRANSPOSE; }

void trellis_sgemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                   const float *b, int ldb, float beta, float *c, int ldc) {
  sgemm(ROW_MAJOR, transposition(transpose_a), transposition(transpose_b), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
void trellis_dgemm(int transpose_a, int transpose_b, int m, int n, int k, double alpha, const double *a, int lda,
                   const double *b, int ldb, double beta, double *c, int ldc) {
  dgemm(ROW_MAJOR, transposition(transpose_a), transposition(transpose_b), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
