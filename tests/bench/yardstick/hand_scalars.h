/* hand_scalars.h: many operations on scalars and their derivatives, as other tapes do them.
 *
 * All do the same arithmetic: n rounds of an oscillator, five operations each,
 *
 *     x ← x + h·v      v ← v − h·(k·x),      from x = 1, v = 0
 *
 * and give ∂x/∂h and ∂x/∂k. Both grow with n and neither vanishes, so nothing becomes a denormal number. */
#ifndef HAND_SCALARS_H
#define HAND_SCALARS_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { OPERATIONS_A_ROUND = 5 };
static const double spring_h = 0.01, spring_k = 1;

typedef struct scalar_run {
  double record, reverse; /* seconds: values computed and recorded; the sweep back */
  double derivative[2];
} scalar_run;

/* False without memory, or where it was not built. */
bool opcodes_run(int rounds, scalar_run *result);  /* arrays of opcodes, operands, values and adjoints */
bool pointers_run(int rounds, scalar_run *result); /* a node is malloc'd and points to its operands */
bool adolc_run(int rounds, scalar_run *result);    /* ADOL-C */

double clock_now(void); /* of measure.h */

#ifdef __cplusplus
}
#endif

#endif
