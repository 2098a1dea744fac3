/* shrink.c: functions that take something off x, so that small numbers become 0 or nearly so.
 *
 *     soft_shrink   y = x − min(max(x, −λ), λ)
 *     hard_shrink   y = x where |x| > λ, and 0 elsewhere
 *     tanh_shrink   y = x − tanh(x)                           ∂x = ∂y ⊙ tanh²(x) */
#include "function.h"

enum { LAMBDA };

static const wg_attr lambda_attrs[] = {[LAMBDA] = {.name = "lambda", .kind = WG_ATTR_NUMBER, .number = 0.5}, {0}};

static const wg_sample lambda_samples[] = {
    WG_SAMPLES_1(0.6, 2),
    WG_SAMPLES_1(-0.4, 0.4),
    WG_SAMPLES_1(-2, -0.6),
    {1, {WG_SAMPLE(0.3, 2, 3, 4)}, {WG_SAMPLE_REAL("lambda", 0.2)}},
    {1, {WG_SAMPLE(0.3, 2, 3, 4)}, {WG_SAMPLE_REAL("lambda", 0)}},
    {0},
};

static bool lambda_infer(wg_draft *draft) {
  double lambda = draft->attrs[LAMBDA].number;
  if (!(lambda >= 0)) return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "lambda is %g, not 0 or more", lambda);
  return wg_infer_same(draft);
}

/* ---- soft_shrink ---- */

static wg_node *soft_shrink_compose(const wg_draft *draft) {
  double lambda = draft->attrs[LAMBDA].number;
  return wg_sub(draft->inputs[0], wg_clamp(draft->inputs[0], -lambda, lambda));
}

const wg_op wg_op_soft_shrink = {
    .name = "soft_shrink",
    .doc = "x moved towards 0 by λ (`lambda`, 0.5 unless given), and 0 from −λ to λ, elementwise; NaN stays NaN. At ±λ "
           "the derivative is 0. As torch.nn.functional.softshrink.\n"
           "Errors: a lambda below 0; integers.",
    .arity = 1,
    .attrs = lambda_attrs,
    .infer = lambda_infer,
    .compose = soft_shrink_compose,
    .samples = lambda_samples,
};

wg_node *wg_soft_shrink(wg_node *x, double lambda) {
  return wg_apply_1(&wg_op_soft_shrink, x, (wg_attr[]){wg_attr_number("lambda", lambda), {0}});
}

/* ---- hard_shrink ---- */

/* Asked this way round, a comparison with NaN is false and lets NaN through. */
static wg_node *hard_shrink_compose(const wg_draft *draft) {
  wg_node *x = draft->inputs[0], *lambda = wg_scalar_like(x, draft->attrs[LAMBDA].number);
  return wg_where(wg_less_equal(wg_abs(x), lambda), wg_scalar_like(x, 0), x);
}

const wg_op wg_op_hard_shrink = {
    .name = "hard_shrink",
    .doc = "x where |x| > λ (`lambda`, 0.5 unless given) and 0 elsewhere, elementwise; NaN stays NaN. At ±λ the "
           "derivative is 0. As torch.nn.functional.hardshrink.\n"
           "Errors: a lambda below 0; integers.",
    .arity = 1,
    .attrs = lambda_attrs,
    .infer = lambda_infer,
    .compose = hard_shrink_compose,
    .samples = lambda_samples,
};

wg_node *wg_hard_shrink(wg_node *x, double lambda) {
  return wg_apply_1(&wg_op_hard_shrink, x, (wg_attr[]){wg_attr_number("lambda", lambda), {0}});
}

/* ---- tanh_shrink ---- */

/* Near 0, where the difference would lose all its digits, tanh x = x − x·q with the eighth convergent of
 * Lambert's continued fraction x/(1 + x²/(3 + x²/(5 + …))). */
#define TANH_SHRUNK(type, name)                                                                                        \
  WG_INLINE type name(type x, bool fused) {                                                                            \
    const type s = x * x, far = x - tanh(x);                                                                           \
    const type above = s * (675675 + s * (45045 + s * (594 + s)));                                                     \
    const type below = 2027025 + s * (945945 + s * (51975 + s * (630 + s)));                                           \
    return s < (type)0.3 ? x * (above / below) : far;                                                                  \
  }
TANH_SHRUNK(float, shrunk_f32)
TANH_SHRUNK(double, shrunk_f64)

WG_LOOP_1_OF(float, tanh_shrink_f32, 0, shrunk_f32(x, fused))
WG_LOOP_1_OF(double, tanh_shrink_f64, 0, shrunk_f64(x, fused))

/* As 1 − (1 − tanh²) it would have lost its digits where x is small. */
static wg_node *tanh_shrink_vjp(wg_node *y, wg_node *dy, int i) {
  return wg_chain(dy, wg_square(wg_tanh(y->inputs[i])));
}

WG_FUNCTION_1(tanh_shrink,
              .doc = "x − tanh(x), elementwise; as torch.nn.functional.tanhshrink.\n"
                     "Errors: integers.",
              .vjp = tanh_shrink_vjp,
              .notation = {.unicode = "tanh_shrink(%-0)",
                           .ascii = "tanh_shrink(%-0)",
                           .latex = "\\operatorname{tanh\\_shrink}(%-0)"},
              .samples = (const wg_sample[]){WG_SAMPLES_1(-2, 2), {0}})
