/* mul.c: elementwise product and quotient.
 *
 *     y = a ⊙ b      ∂a = ∂y ⊙ b     ∂b = ∂y ⊙ a
 *     y = a / b      ∂a = ∂y / b     ∂b = −∂y ⊙ y / b
 *
 * each summed over the axes along which that input was broadcast. */
#include "loop.h"
#include "rule.h"

/* ---- a ⊙ b ---- */

WG_LOOP_2(mul, (a * b))

/* In mul(x, x) one node is both inputs; each gets its own share, and the sweep adds them to 2·x. */
static wg_node *mul_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *other = y->inputs[1 - i];
  return wg_sum_to(wg_chain(dy, other), y->inputs[i]);
}

/* A scalar times something is written with a dot, two tensors with ⊙. Tensors that happen to have one element are still
 * tensors beside each other: a batch of one sample reads as any other batch. */
static const char *mul_write(const wg_node *y, wg_script script) {
  const wg_node *a = y->inputs[0], *b = y->inputs[1];
  bool dot = a->shape->rank == 0 || b->shape->rank == 0 || (wg_node_size(a) == 1) != (wg_node_size(b) == 1);
  if (!dot) return NULL;
  return script == WG_UNICODE ? "%0·%1" : script == WG_LATEX ? "%0 \\cdot %1" : "%0 * %1";
}

const wg_op wg_op_mul = {
    .name = "mul",
    .doc = "a ⊙ b, the elementwise (Hadamard) product, with NumPy's broadcasting.\n"
           "Errors: shapes that do not broadcast together; integers, or two dtypes.",
    .arity = 2,
    .linearity = WG_LINEAR_EACH,
    .infer = wg_infer_broadcast,
    .loop = WG_LOOPS(mul),
    .arithmetic = WG_ARITHMETIC_MULTIPLIES,
    .vjp = mul_vjp,
    .notation = {.binds = WG_BINDS_PRODUCT,
                 .unicode = "%0 ⊙ %1",
                 .ascii = "%0 * %1",
                 .latex = "%0 \\odot %1",
                 .write = mul_write},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, 2, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 3, 1), WG_SAMPLE(-2, 2, 2, 1, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 2, 3), WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 1, 3), WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_mul(wg_node *a, wg_node *b) { return wg_apply_2(&wg_op_mul, a, b, NULL); }

/* ---- a / b ---- */

WG_LOOP_2(div, a / b)

static wg_node *div_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *a = y->inputs[0], *b = y->inputs[1];
  if (i == 0) return wg_sum_to(wg_chain_over(dy, b), a);
  return wg_sum_to(wg_chain(wg_neg(dy), wg_div(y, b)), b);
}

const wg_op wg_op_div = {
    .name = "div",
    .doc = "a / b, elementwise, with NumPy's broadcasting; x/0 is ±∞ and 0/0 is NaN, as in IEEE 754.\n"
           "Errors: shapes that do not broadcast together; integers, or two dtypes.",
    .arity = 2,
    .linearity = WG_LINEAR_FIRST,
    .infer = wg_infer_broadcast,
    .loop = WG_LOOPS(div),
    .arithmetic = WG_ARITHMETIC_DIVIDES,
    .vjp = div_vjp,
    .notation = {.binds = WG_BINDS_PRODUCT, .unicode = "%0 / %+1", .ascii = "%0 / %+1", .latex = "\\frac{%-0}{%-1}"},
    .samples =
        (const wg_sample[]){
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(0.5, 2, 3, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 3, 4), WG_SAMPLE(-2, -0.5, 4)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 1, 4), WG_SAMPLE(0.5, 2, 3, 1)}, {{0}}},
            {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE(0.5, 2, 2, 3)}, {{0}}},
            {2, {WG_SAMPLE_SCALAR(-2, 2), WG_SAMPLE_SCALAR(0.5, 2)}, {{0}}},
            {2, {WG_SAMPLE(-2, 2, 0, 3), WG_SAMPLE(0.5, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_div(wg_node *a, wg_node *b) { return wg_apply_2(&wg_op_div, a, b, NULL); }
