#include "product.h"
#include <dlfcn.h>
#include <stdio.h>

/* Matrices lie column after column, so that those of C are transposed, and cᵀ = op(b)ᵀ·op(a)ᵀ. */
typedef void sgemm_function(const char *first, const char *second, const int *rows, const int *columns,
                            const int *inner, const float *scale, const float *a, const int *a_column, const float *b,
                            const int *b_column, const float *keep, float *c, const int *c_column);

static struct {
  const char *name;
  sgemm_function *sgemm;
} library; /* that of product_use, if any */

bool product_use(const char *file) {
  void *opened = dlopen(file, RTLD_NOW | RTLD_LOCAL), *found = opened ? dlsym(opened, "sgemm_") : NULL;
  if (!found) return fprintf(stderr, "%s\n", dlerror()), false;
  library.name = file;
  *(void **)&library.sgemm = found;
  return true;
}

static void product_in_library(bool a_transposed, bool b_transposed, int m, int n, int k, float scale, const float *a,
                               const float *b, float keep, float *c) {
  library.sgemm(b_transposed ? "T" : "N", a_transposed ? "T" : "N", &n, &m, &k, &scale, b, b_transposed ? &k : &n, a,
                a_transposed ? &m : &k, &keep, c, &n);
}

#ifdef HAVE_CBLAS
#include <cblas.h>

static CBLAS_TRANSPOSE side_of(bool transposed) { return transposed ? CblasTrans : CblasNoTrans; }

void product(bool a_transposed, bool b_transposed, int m, int n, int k, float scale, const float *a, const float *b,
             float keep, float *c) {
  if (library.sgemm) {
    product_in_library(a_transposed, b_transposed, m, n, k, scale, a, b, keep, c);
    return;
  }
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
  static void name(bool a_transposed, bool b_transposed, int m, int n, int k, real scale, const real *a,               \
                   const real *b, real keep, real *c) {                                                                \
    for (int i = 0; i < m; i++) {                                                                                      \
      real *row = c + (long)i * n;                                                                                     \
      for (int j = 0; j < n; j++) row[j] = keep == 0 ? 0 : row[j] * keep;                                              \
      for (int l = 0; l < k; l++) {                                                                                    \
        real factor = scale * (a_transposed ? a[(long)l * m + i] : a[(long)i * k + l]);                                \
        for (int j = 0; j < n; j++) row[j] += factor * (b_transposed ? b[(long)j * k + l] : b[(long)l * n + j]);       \
      }                                                                                                                \
    }                                                                                                                  \
  }

PLAIN_PRODUCT(product_f32_plain, float)
PLAIN_PRODUCT(product_f64_plain, double)

void product(bool a_transposed, bool b_transposed, int m, int n, int k, float scale, const float *a, const float *b,
             float keep, float *c) {
  (library.sgemm ? product_in_library : product_f32_plain)(a_transposed, b_transposed, m, n, k, scale, a, b, keep, c);
}

void product_f64(bool a_transposed, bool b_transposed, int m, int n, int k, double scale, const double *a,
                 const double *b, double keep, double *c) {
  product_f64_plain(a_transposed, b_transposed, m, n, k, scale, a, b, keep, c);
}

void product_vector(bool transposed, int m, int n, float scale, const float *a, const float *x, float keep, float *y) {
  product(transposed, false, transposed ? n : m, 1, transposed ? m : n, scale, a, x, keep, y);
}
#endif

#if defined HAVE_CBLAS && defined HAVE_OPENBLAS
const char *product_name(void) { return library.name ? library.name : openblas_get_config(); }
const char *product_core(void) { return library.name ? "" : openblas_get_corename(); }
void product_threads(int count) { openblas_set_num_threads(count); }
#else
#ifdef HAVE_CBLAS
const char *product_name(void) { return library.name ? library.name : "a CBLAS"; }
#else
const char *product_name(void) { return library.name ? library.name : "plain loops: no CBLAS was found"; }
#endif
const char *product_core(void) { return ""; }
void product_threads(int count) { (void)count; }
#endif
