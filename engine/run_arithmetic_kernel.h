/* run_arithmetic_kernel.h: run_arithmetic.c for one level of processors; included once for each, with LEVEL, which names it,
 * ATTRIBUTES, and VECTOR_BYTES defined. */

#define JOINED(name, level) name##_##level
#define EXPANDED(name, level) JOINED(name, level)
#define NAME(name) EXPANDED(name, LEVEL)

#define VECTOR(type, name, bytes)                                                                                      \
  typedef type name __attribute__((vector_size(bytes), aligned(sizeof(type)), may_alias));
VECTOR(double, NAME(whole_f64), VECTOR_BYTES)
VECTOR(float, NAME(whole_f32), VECTOR_BYTES)
VECTOR(double, NAME(half_f64), VECTOR_BYTES > 16 ? VECTOR_BYTES / 2 : 16)
VECTOR(float, NAME(half_f32), VECTOR_BYTES > 16 ? VECTOR_BYTES / 2 : 16)
VECTOR(double, NAME(quarter_f64), 16)
VECTOR(float, NAME(quarter_f32), 16)

/* Some elements of an operand from number k on, or its only one for all; −0 − 0 is −0. */
#define SOME(vector, x) (*(const vector *)((x) + k))
#define ONE(vector, x) (*(x) - (vector){0})
#define EACH_SOME(x) (x)[k]
#define EACH_ONE(x) (x)[0]

#define VECTOR_FROM_K(vector, from_a, sign, from_b) *(vector *)(out + k) = from_a(vector, a) sign from_b(vector, b)

/* A rest is taken in half a vector, a quarter and single numbers: the next step reads what was just written by the same
 * parts, which is when it need not wait until that is in the cache. */
#define COMPUTE(type, suffix, from_a, sign, from_b)                                                                    \
  {                                                                                                                    \
    enum { LANES = VECTOR_BYTES / sizeof(type) };                                                                      \
    const type *a = in[0], *b = in[step->input_count - 1];                                                             \
    type *out = step->out;                                                                                             \
    int64_t k = 0;                                                                                                     \
    for (; k + LANES <= n; k += LANES) VECTOR_FROM_K(NAME(whole_##suffix), from_a, sign, from_b);                      \
    if (VECTOR_BYTES > 32 && n & LANES / 2) {                                                                          \
      VECTOR_FROM_K(NAME(half_##suffix), from_a, sign, from_b);                                                        \
      k += LANES / 2;                                                                                                  \
    }                                                                                                                  \
    if (VECTOR_BYTES > 16 && n & (int64_t)(16 / sizeof(type))) {                                                       \
      VECTOR_FROM_K(NAME(quarter_##suffix), from_a, sign, from_b);                                                     \
      k += (int64_t)(16 / sizeof(type));                                                                               \
    }                                                                                                                  \
    for (; k < n; k++) out[k] = EACH_##from_a(a) sign EACH_##from_b(b);                                                \
    break;                                                                                                             \
  }

#define CASES(operation, sign)                                                                                         \
  case CODE(operation, WG_F32, BOTH_DENSE):                                                                            \
    COMPUTE(float, f32, SOME, sign, SOME)                                                                              \
  case CODE(operation, WG_F32, BY_ONE):                                                                                \
    COMPUTE(float, f32, SOME, sign, ONE)                                                                               \
  case CODE(operation, WG_F32, OF_ONE):                                                                                \
    COMPUTE(float, f32, ONE, sign, SOME)                                                                               \
  case CODE(operation, WG_F64, BOTH_DENSE):                                                                            \
    COMPUTE(double, f64, SOME, sign, SOME)                                                                             \
  case CODE(operation, WG_F64, BY_ONE):                                                                                \
    COMPUTE(double, f64, SOME, sign, ONE)                                                                              \
  case CODE(operation, WG_F64, OF_ONE):                                                                                \
    COMPUTE(double, f64, ONE, sign, SOME)

ATTRIBUTES static const wg_step *NAME(steps)(const wg_plan *plan, const wg_step *step, const wg_step *end) {
  for (; step < end; step++) {
    const void *const *in = plan->in + step->input_begin;
    const int64_t n = step->arithmetic ? step->nest->numbers[0] : 0;
    if (plan->input_count - step->input_begin > AHEAD + 1) operands_prefetch(in + AHEAD);
    if (step->input_begin + 26 < plan->input_count) {
      __builtin_prefetch(in[24]);
      __builtin_prefetch((const char *)in[24] + 64);
      __builtin_prefetch(in[25]);
      __builtin_prefetch((const char *)in[25] + 64);
    }
    switch (step->arithmetic) {
      CASES(WG_ARITHMETIC_ADDS, +)
      CASES(WG_ARITHMETIC_SUBTRACTS, -)
      CASES(WG_ARITHMETIC_MULTIPLIES, *)
      CASES(WG_ARITHMETIC_DIVIDES, /)
    default:
      return step;
    }
  }
  return step;
}

#undef JOINED
#undef EXPANDED
#undef NAME
#undef VECTOR
#undef SOME
#undef ONE
#undef EACH_SOME
#undef EACH_ONE
#undef VECTOR_FROM_K
#undef COMPUTE
#undef CASES
