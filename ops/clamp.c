/* clamp.c: numbers moved to the nearest end of an interval if they are outside of it.
 *
 *     y = min(max(x, low), high)      ∂x = ∂y ⊙ [low ≤ x ≤ high]      clamp
 *                                     ∂x = ∂y ⊙ [low < x < high]      hard_tanh, relu6
 *
 * They differ in their derivative at the ends, as they do in PyTorch. */
#include "function.h"

#include <math.h>

enum { LOW, HIGH };

/* Asked this way round, both comparisons let NaN through. */
WG_LOOP_1_WITH_2(clamp, y->attrs[LOW].number, y->attrs[HIGH].number, (x < p ? p : x) > q ? q : x < p ? p : x)

static bool clamp_infer(wg_draft *draft) {
  if (isnan(draft->attrs[LOW].number) || isnan(draft->attrs[HIGH].number))
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "a bound is NaN");
  return wg_infer_same(draft);
}

/* An infinite bound prints as none. */
static const char *clamp_write(const wg_node *y, wg_script script) {
  bool low = y->attrs[LOW].number != -INFINITY, high = y->attrs[HIGH].number != INFINITY;
  if (low == high) return NULL;
  if (script == WG_LATEX) return low ? "\\max(%-0, %{low})" : "\\min(%-0, %{high})";
  return low ? "max(%-0, %{low})" : "min(%-0, %{high})";
}

/* ---- clamp ---- */

static wg_node *clamp_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  double low = y->attrs[LOW].number, high = y->attrs[HIGH].number;
  wg_node *above = wg_greater_equal(x, wg_scalar_like(x, low)), *below = wg_less_equal(x, wg_scalar_like(x, high));
  return wg_chain(dy, low == -INFINITY ? below : high == INFINITY ? above : wg_mul(above, below));
}

const wg_op wg_op_clamp = {
    .name = "clamp",
    .doc = "min(max(x, low), high), elementwise: x moved into [low, high] where it is not; so high everywhere if low > "
           "high. NaN stays NaN. The bounds are −∞ and ∞ unless given. The derivative is 1 from low to high, both "
           "included, as that of torch.clamp, and 0 elsewhere.\n"
           "Errors: a bound that is NaN; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[LOW] = {.name = "low", .kind = WG_ATTR_NUMBER, .number = -INFINITY},
                               [HIGH] = {.name = "high", .kind = WG_ATTR_NUMBER, .number = INFINITY},
                               {0}},
    .infer = clamp_infer,
    .loop = WG_LOOPS(clamp),
    .vjp = clamp_vjp,
    .notation = {.unicode = "min(max(%-0, %{low}), %{high})",
                 .ascii = "min(max(%-0, %{low}), %{high})",
                 .latex = "\\min(\\max(%-0, %{low}), %{high})",
                 .write = clamp_write},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-0.9, 0.9, 3, 4)}, {WG_SAMPLE_REAL("low", -1), WG_SAMPLE_REAL("high", 1)}},
            {1, {WG_SAMPLE(1.1, 2, 3, 4)}, {WG_SAMPLE_REAL("low", -1), WG_SAMPLE_REAL("high", 1)}},
            {1, {WG_SAMPLE(-2, -1.1, 3, 4)}, {WG_SAMPLE_REAL("low", -1), WG_SAMPLE_REAL("high", 1)}},
            {1, {WG_SAMPLE(-0.9, 2, 3, 4)}, {WG_SAMPLE_REAL("low", -1)}},
            {1, {WG_SAMPLE(1.1, 2, 3, 4)}, {WG_SAMPLE_REAL("high", 1)}},
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE_SCALAR(-0.9, 0.9)}, {WG_SAMPLE_REAL("low", -1), WG_SAMPLE_REAL("high", 1)}},
            {1, {WG_SAMPLE(-0.9, 0.9, 0, 3)}, {WG_SAMPLE_REAL("low", -1), WG_SAMPLE_REAL("high", 1)}},
            {0},
        },
};

wg_node *wg_clamp(wg_node *x, double low, double high) {
  return wg_apply_1(&wg_op_clamp, x, (wg_attr[]){wg_attr_number("low", low), wg_attr_number("high", high), {0}});
}

/* ---- hard_tanh, relu6 ---- */

static bool hard_tanh_infer(wg_draft *draft) {
  if (!(draft->attrs[LOW].number <= draft->attrs[HIGH].number))
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "low %g is not ≤ high %g", draft->attrs[LOW].number,
                         draft->attrs[HIGH].number);
  return wg_infer_same(draft);
}

static wg_node *hard_tanh_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  wg_node *above = wg_greater(x, wg_scalar_like(x, y->attrs[LOW].number));
  wg_node *below = wg_less(x, wg_scalar_like(x, y->attrs[HIGH].number));
  return wg_chain(dy, wg_mul(above, below));
}

const wg_op wg_op_hard_tanh = {
    .name = "hard_tanh",
    .doc =
        "min(max(x, low), high), elementwise; from −1 to 1 unless given otherwise. NaN stays NaN. The derivative is 1 "
        "between low and high, and 0 elsewhere and at both of them, as that of torch.nn.functional.hardtanh.\n"
        "Errors: low > high; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[LOW] = {.name = "low", .kind = WG_ATTR_NUMBER, .number = -1},
                               [HIGH] = {.name = "high", .kind = WG_ATTR_NUMBER, .number = 1},
                               {0}},
    .infer = hard_tanh_infer,
    .loop = WG_LOOPS(clamp),
    .vjp = hard_tanh_vjp,
    .notation = {.unicode = "min(max(%-0, %{low}), %{high})",
                 .ascii = "min(max(%-0, %{low}), %{high})",
                 .latex = "\\min(\\max(%-0, %{low}), %{high})",
                 .write = clamp_write},
    .samples =
        (const wg_sample[]){
            WG_SAMPLES_1(-0.9, 0.9),
            WG_SAMPLES_1(1.1, 2),
            WG_SAMPLES_1(-2, -1.1),
            {1, {WG_SAMPLE(-1.9, 0.4, 3, 4)}, {WG_SAMPLE_REAL("low", -2), WG_SAMPLE_REAL("high", 0.5)}},
            {1, {WG_SAMPLE(0.6, 1.4, 3, 4)}, {WG_SAMPLE_REAL("low", -2), WG_SAMPLE_REAL("high", 0.5)}},
            {0},
        },
};

wg_node *wg_hard_tanh(wg_node *x, double low, double high) {
  return wg_apply_1(&wg_op_hard_tanh, x, (wg_attr[]){wg_attr_number("low", low), wg_attr_number("high", high), {0}});
}

static wg_node *relu6_of(wg_node *x) { return wg_hard_tanh(x, 0, 6); }

WG_COMPOSITE_1(relu6,
               .doc = "min(max(x, 0), 6), elementwise. The derivative at 0 and 6 is 0, as that of "
                      "torch.nn.functional.relu6. Recorded as hard_tanh(x, 0, 6).\n"
                      "Errors: integers.",
               .samples = (const wg_sample[]){
                   WG_SAMPLES_1(0.1, 5.9), WG_SAMPLES_1(6.1, 8), WG_SAMPLES_1(-2, -0.1), {0}})
