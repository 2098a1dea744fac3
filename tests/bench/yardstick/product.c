#include "product.h"

#ifdef HAVE_CBLAS
#include <cblas.h>

void product(bool a_transposed, bool b_transposed, int m, int n, int k, float scale, const float *a, const float *b,
             float keep, float *c) {
  cblas_sgemm(CblasRowMajor, a_transposed ? CblasTrans : CblasNoTrans, b_transposed ? CblasTrans : CblasNoTrans, m, n,
              k, scale, a, a_transposed ? m : k, b, b_transposed ? k : n, keep, c, n);
}

#ifdef HAVE_OPENBLAS
const char *product_name(void) { return openblas_get_config(); }
void product_threads(int count) { openblas_set_num_threads(count); }
#else
const char *product_name(void) { return "a CBLAS"; }
void product_threads(int count) { (void)count; }
#endif

#else

/* Loops that a compiler makes vectors of: what is left to somebody without a BLAS. */
void product(bool a_transposed, bool b_transposed, int m, int n, int k, float scale, const float *a, const float *b,
             float keep, float *c) {
  for (int i = 0; i < m; i++) {
    float *row = c + (long)i * n;
    for (int j = 0; j < n; j++) row[j] *= keep;
    for (int l = 0; l < k; l++) {
      float factor = scale * (a_transposed ? a[(long)l * m + i] : a[(long)i * k + l]);
      for (int j = 0; j < n; j++) row[j] += factor * (b_transposed ? b[(long)j * k + l] : b[(long)l * n + j]);
    }
  }
}

const char *product_name(void) { return "plain loops (no CBLAS was found)"; }
void product_threads(int count) { (void)count; }
#endif
