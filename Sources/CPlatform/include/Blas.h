// OpenBLAS, opened at run time at the first product that is too large for the kernels of our own. Nothing links it, so a
// program that multiplies no large matrices starts without it, and a missing library is an error value.
#ifndef TRELLIS_BLAS_H
#define TRELLIS_BLAS_H

#include <stdint.h>

/// Debian's package that holds the library.
#define TRELLIS_BLAS_LIBRARY "libopenblas.so.0"
#define TRELLIS_BLAS_PACKAGE "libopenblas0-pthread"

/// Opens the library once, with one thread set. 1 when it is there, 0 when it is missing. Thread-safe.
int trellis_blas_open(void);
/// What the library says about itself (name, version, core), or "" before it is open.
const char *trellis_blas_description(void);

/// Row-major c[m, n] = alpha * op(a) @ op(b) + beta * c. Only after `trellis_blas_open` gave 1.
void trellis_sgemm(int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a, int lda,
                   const float *b, int ldb, float beta, float *c, int ldc);
void trellis_dgemm(int transpose_a, int transpose_b, int m, int n, int k, double alpha, const double *a, int lda,
                   const double *b, int ldb, double beta, double *c, int ldc);

#endif
