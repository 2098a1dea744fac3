#include "hand_functions.h"
#include <math.h>

#define BOTH(name, value_f32, value_f64)                                                                               \
  static void name##_f32(int n, const float *restrict in, float *restrict out) {                                       \
    for (int i = 0; i < n; i++) {                                                                                      \
      const float x = in[i];                                                                                           \
      out[i] = value_f32;                                                                                              \
    }                                                                                                                  \
  }                                                                                                                    \
  static void name##_f64(int n, const double *restrict in, double *restrict out) {                                     \
    for (int i = 0; i < n; i++) {                                                                                      \
      const double x = in[i];                                                                                          \
      out[i] = value_f64;                                                                                              \
    }                                                                                                                  \
  }

BOTH(exp, expf(x), exp(x))
BOTH(log, logf(x), log(x))
BOTH(tanh, tanhf(x), tanh(x))
BOTH(sigmoid, 1 / (1 + expf(-x)), 1 / (1 + exp(-x)))
BOTH(erf, erff(x), erf(x))

const hand_function hand_functions[FUNCTIONS] = {{"exp", exp_f32, exp_f64},
                                                 {"log", log_f32, log_f64},
                                                 {"tanh", tanh_f32, tanh_f64},
                                                 {"sigmoid", sigmoid_f32, sigmoid_f64},
                                                 {"erf", erf_f32, erf_f64}};
