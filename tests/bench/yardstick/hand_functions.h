/* hand_functions.h: functions of many numbers as loops that the compiler makes vectors of, with the C library's vector
 * functions where it has them. */
#ifndef HAND_FUNCTIONS_H
#define HAND_FUNCTIONS_H

enum { FUNCTIONS = 5 };

typedef struct hand_function {
  const char *name;
  void (*f32)(int n, const float *x, float *y);
  void (*f64)(int n, const double *x, double *y);
} hand_function;

extern const hand_function hand_functions[FUNCTIONS]; /* exp, log, tanh, sigmoid, erf; x > 0 for log */

#endif
