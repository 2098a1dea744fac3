#include "product.h"

#ifdef HAVE_CBLAS
#include <cblas.h>

static CBLAS_TRANSPOSE side_of(bool transposed) { return transposed ? CblasTrans : CblasNoTrans; }

void product(bool a_transposed, bool b_transposed, int m, int n, int k, float scale, const float *a, const float *b,
             float keep, float *c) {
  cblas_sgemm(CblasRowMajor, side_of(a_transposed), side_of(b_transposed), m, n, k, scale, a, a_transposed ? m : k, b,
              b_transposed ? k : n, keep, c, n);
}

void product_f64(bool a_transposed, bool b_transposed, int m, int n, int k, double scale, const double *a,
                 const double *b, double keep, double *c) {
  cblas_dgemm(CblasRowMajor, side_of(a_transposed), side_of(b_transposed), m, n, k, scale, a, a_transposed ? m : k, b,
              b_transposed ? k : n, keep, c, n);
}

void product_vector(bool transposed, int m, int n, float scale, const float *a, const float *x, float keep, float *y) {
  cblas_sgemv(CblasRowMajor, side_of(transposed), m, n, scale, a, n, x, 1, keep, y, 1);
}

#else

/* Loops that a compiler makes vectors of: what is left to somebody without a BLAS. */
#define PLAIN_PRODUCT(name, real)                                                                                      \
  void name(bool a_transposed, bool b_transposed, int m, int n, int k, real scale, const real *a, const real *b,       \
            real keep, real *c) {                                                                                      \
    for (int i = 0; i < m; i++) {                                                                                      \
      real *row = c + (long)i * n;                                                                                     \
      for (int j = 0; j < n; j++) row[j] = keep == 0 ? 0 : row[j] * keep;                                              \
      for (int l = 0; l < k; l++) {                                                                                    \
        real factor = scale * (a_transposed ? a[(long)l * m + i] : a[(long)i * k + l]);                                \
        for (int j = 0; j < n; j++) row[j] += factor * (b_transposed ? b[(long)j * k + l] : b[(long)l * n + j]);       \
      }                                                                                                                \
    }                                                                                                                  \
  }

PLAIN_PRODUCT(product, float)
PLAIN_PRODUCT(product_f64, double)

void product_vector(bool transposed, int m, int n, float scale, const float *a, const float *x, float keep, float *y) {
  product(transposed, false, transposed ? n : m, 1, transposed ? m : n, scale, a, x, keep, y);
}
#endif

#if defined HAVE_CBLAS && defined HAVE_OPENBLAS
const char *product_name(void) { return openblas_get_config(); }
const char *product_core(void) { return openblas_get_corename(); }
void product_threads(int count) { openblas_set_num_threads(count); }
#else
#ifdef HAVE_CBLAS
const char *product_name(void) { return "a CBLAS"; }
#else
const char *product_name(void) { return "plain loops: no CBLAS was found"; }
#endif
const char *product_core(void) { return ""; }
void product_threads(int count) { (void)count; }
#endif
