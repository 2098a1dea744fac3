/* product.h: products of matrices for what is written by hand: a BLAS where there is one, else plain loops. Matrices are
 * dense and row-major. */
#ifndef PRODUCT_H
#define PRODUCT_H

#include <stdbool.h>

/* c (m,n) ← keep·c + scale·op(a)·op(b), where op(a) is (m,k) and op(b) is (k,n); transposed operands lie the other way. */
void product(bool a_transposed, bool b_transposed, int m, int n, int k, float scale, const float *a, const float *b,
             float keep, float *c);
void product_f64(bool a_transposed, bool b_transposed, int m, int n, int k, double scale, const double *a,
                 const double *b, double keep, double *c);

/* y ← keep·y + scale·op(a)·x, where a lies as (m,n). */
void product_vector(bool transposed, int m, int n, float scale, const float *a, const float *x, float keep, float *y);

/* From now on f32 products are those of the Fortran function sgemm_, with integers of 32 bits, in a shared library: every
 * BLAS has one. In how many threads is up to its environment variables. False, and a word on stderr, if there is none. */
bool product_use(const char *library);

const char *product_name(void); /* the library, with its version */
const char *product_core(void); /* the processor that its kernels are written for; "" if it does not say */
void product_threads(int count);

#endif
