/* adolc.cpp: the scalars of hand_scalars.h by ADOL-C, whose tape keeps the values for the sweep back. */
#include "hand_scalars.h"
#include <adolc/adolc.h>

bool adolc_run(int rounds, scalar_run *result) {
  const short tag = 1;
  double last = 0, weight[1] = {1};
  const double start = clock_now();
  trace_on(tag, 1);
  {
    adouble h, k, x = 1, v = 0;
    h <<= spring_h;
    k <<= spring_k;
    for (int i = 0; i < rounds; i++) {
      x = x + h * v;
      v = v - h * (k * x);
    }
    x >>= last;
  }
  trace_off();
  const double recorded = clock_now();
  fos_reverse(tag, 1, 2, weight, result->derivative);
  result->reverse = clock_now() - recorded;
  result->record = recorded - start;
  return true;
}
