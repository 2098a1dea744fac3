/* run_arithmetic.c: steps of a few elements whose operation is a single one of IEEE 754, run here one after the other.
 *
 * A graph of many small nodes, such as a recurrent net's, consists of additions and multiplications of short vectors, for
 * which calling a loop, and all that it has to find out about strides and processors, costs more than the numbers. What
 * there is to know about such a step is known when it is planned and is one number, its code. */
#include "plan_internal.h"

/* The operands' strides: both 1, the second 0, or the first 0. */
enum { BOTH_DENSE, BY_ONE, OF_ONE, PATTERNS };

#define CODE(operation, dtype, pattern) (((operation)*2 + ((dtype) == WG_F64)) * PATTERNS + (pattern))

static unsigned char code_of(const wg_plan *plan, const wg_step *step) {
  const wg_node *node = step->node;
  const wg_dtype dtype = node->dtype;
  if (step->kind != WG_STEP_LOOP || step->tiled || !node->op->arithmetic || step->nest->rank > 1) return 0;
  const int64_t n = step->nest->numbers[0], *stride = wg_nest_strides(step->nest);
  if (n > plan->tuning.arithmetic || n > plan->tuning.piece || (dtype != WG_F32 && dtype != WG_F64)) return 0;
  for (int i = 0; i < node->input_count; i++)
    if (node->inputs[i]->dtype != dtype) return 0;
  const int64_t a = stride[0], b = stride[step->input_count - 1];
  const int pattern = n == 1 || (a == 1 && b == 1) ? BOTH_DENSE : a == 1 && b == 0 ? BY_ONE : OF_ONE;
  if (pattern == OF_ONE && (a != 0 || b != 1)) return 0;
  return (unsigned char)CODE(node->op->arithmetic, dtype, pattern);
}

void wg_plan_arithmetic(wg_plan *plan) {
  for (size_t k = 0; k < plan->step_count; k++) plan->steps[k].arithmetic = code_of(plan, &plan->steps[k]);
}

/* On the way back a graph reads what was written long ago. So many operands later, two more of them will be needed. */
enum { AHEAD = 24 };

static inline void operands_prefetch(const void *const operands[2]) {
#ifdef __GNUC__
  for (int i = 0; i < 2; i++) {
    __builtin_prefetch(operands[i]);
    __builtin_prefetch((const char *)operands[i] + 64);
  }
#else
  (void)operands;
#endif
}

#define LEVEL baseline
#define ATTRIBUTES
#define VECTOR_BYTES 16
#include "run_arithmetic_kernel.h"
#undef LEVEL
#undef ATTRIBUTES
#undef VECTOR_BYTES

#ifdef WG_HAVE_AVX2
#define LEVEL avx2
#define ATTRIBUTES __attribute__((target("avx2")))
#define VECTOR_BYTES 32
#include "run_arithmetic_kernel.h"
#undef LEVEL
#undef ATTRIBUTES
#undef VECTOR_BYTES
#endif

#ifdef WG_HAVE_AVX512
#define LEVEL avx512
#define ATTRIBUTES __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl")))
#define VECTOR_BYTES 64
#include "run_arithmetic_kernel.h"
#undef LEVEL
#undef ATTRIBUTES
#undef VECTOR_BYTES
#endif

const wg_step *wg_arithmetic_run(const wg_plan *plan, const wg_step *step, const wg_step *end) {
#ifdef WG_HAVE_AVX512
  if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512f"))
    return steps_avx512(plan, step, end);
#endif
#ifdef WG_HAVE_AVX2
  if (__builtin_cpu_supports("avx2")) return steps_avx2(plan, step, end);
#endif
  return steps_baseline(plan, step, end);
}
