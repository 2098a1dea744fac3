/* product.h: the matrix product that the hand-written programs call: the machine's BLAS where there was one when this was
 * built, else wengert's own kernel. Row-major, f32: c ← scale·op(a)·op(b) + keep·c, c (m,n), inner size k. */
#ifndef PRODUCT_H
#define PRODUCT_H

#include <stdbool.h>

void product(bool a_transposed, bool b_transposed, int m, int n, int k, float scale, const float *a, const float *b,
             float keep, float *c);

const char *product_name(void); /* "OpenBLAS …" */
void product_threads(int count);

#endif
