/* power.c: square, square root, and any constant exponent.
 *
 *     y = x²      ∂x = ∂y ⊙ 2·x
 *     y = √x      ∂x = ∂y / (2·y)
 *     y = x^p     ∂x = ∂y ⊙ p·x^(p−1) */
#include "loop.h"
#include "rule.h"

/* ---- x² ---- */

WG_LOOP_1(square, (x * x))

static wg_node *square_vjp(wg_node *y, wg_node *dy, int i) { return wg_chain(dy, wg_scale(y->inputs[i], 2)); }

const wg_op wg_op_square = {
    .name = "square",
    .doc = "x², elementwise.\n"
           "Errors: integers.",
    .arity = 1,
    .infer = wg_infer_same,
    .loop = WG_LOOPS(square),
    .arithmetic = WG_ARITHMETIC_MULTIPLIES,
    .vjp = square_vjp,
    .notation = {.binds = WG_BINDS_POWER, .unicode = "%+0²", .ascii = "%+0^2", .latex = "%+0^{2}"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_square(wg_node *x) { return wg_apply_1(&wg_op_square, x, NULL); }

/* ---- √x ---- */

WG_LOOP_1(sqrt, sqrt(x))

static wg_node *sqrt_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_chain_over(dy, wg_scale(y, 2));
}

const wg_op wg_op_sqrt = {
    .name = "sqrt",
    .doc = "√x, elementwise; NaN below 0. At 0 the derivative is ∞.\n"
           "Errors: integers.",
    .arity = 1,
    .infer = wg_infer_same,
    .loop = WG_LOOPS(sqrt),
    .vjp = sqrt_vjp,
    .notation = {.unicode = "√(%-0)", .ascii = "sqrt(%-0)", .latex = "\\sqrt{%-0}"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(0.3, 3, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE_SCALAR(0.3, 3)}, {{0}}},
            {1, {WG_SAMPLE(0.3, 3, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_sqrt(wg_node *x) { return wg_apply_1(&wg_op_sqrt, x, NULL); }

/* ---- x^p ---- */

enum { EXPONENT };

/* pow is off in the last digit of one square in a thousand (glibc 2.36), and slow. */
WG_LOOP_1_WITH(power, y->attrs[EXPONENT].number, p == 2 ? (x * x) : pow(x, p))

/* The derivative of x^0 is 0 everywhere, though the formula makes it 0·∞ at x = 0; x^1 and x² need no power. */
static wg_node *power_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *x = y->inputs[i];
  double exponent = y->attrs[EXPONENT].number;
  if (exponent == 0) return wg_fill(x->tape, x->dtype, *x->shape, 0);
  if (exponent == 1) return dy;
  wg_node *lower = exponent == 2 ? x : wg_power(x, exponent - 1);
  return wg_chain(dy, wg_scale(lower, exponent));
}

static const char *power_write(const wg_node *y, wg_script script) {
  double exponent = y->attrs[EXPONENT].number;
  bool plain = exponent >= 0 && exponent == floor(exponent);
  return plain || script == WG_LATEX ? NULL : "%+0^(%{exponent})";
}

const wg_op wg_op_power = {
    .name = "power",
    .doc =
        "x^exponent, elementwise, for a constant exponent; as C's pow: x^0 is 1 for every x, 0 to a negative exponent "
        "is ∞, and a negative x to a fraction is NaN. The derivative of x^0 is 0 for every x.\n"
        "Errors: integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[EXPONENT] = {.name = "exponent", .kind = WG_ATTR_NUMBER, .number = 1}, {0}},
    .infer = wg_infer_same,
    .loop = WG_LOOPS(power),
    .vjp = power_vjp,
    .notation = {.binds = WG_BINDS_POWER,
                 .unicode = "%+0^%{exponent}",
                 .ascii = "%+0^%{exponent}",
                 .latex = "%+0^{%{exponent}}",
                 .write = power_write},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{.name = "exponent", .kind = WG_ATTR_NUMBER, .number = 3}}},
            {1, {WG_SAMPLE(-2, 2, 2, 3)}, {{.name = "exponent", .kind = WG_ATTR_NUMBER, .number = 2}}},
            {1, {WG_SAMPLE(-2, 2, 4)}, {{.name = "exponent", .kind = WG_ATTR_NUMBER, .number = 1}}},
            {1, {WG_SAMPLE(-2, 2, 4)}, {{.name = "exponent", .kind = WG_ATTR_NUMBER, .number = 0}}},
            {1, {WG_SAMPLE(0.3, 3, 3, 2)}, {{.name = "exponent", .kind = WG_ATTR_NUMBER, .number = 2.5}}},
            {1, {WG_SAMPLE_SCALAR(0.3, 3)}, {{.name = "exponent", .kind = WG_ATTR_NUMBER, .number = -1.5}}},
            {1, {WG_SAMPLE(0.3, 3, 0, 3)}, {{.name = "exponent", .kind = WG_ATTR_NUMBER, .number = 0.5}}},
            {0},
        },
};

wg_node *wg_power(wg_node *x, double exponent) {
  return wg_apply_1(&wg_op_power, x, (wg_attr[]){wg_attr_number("exponent", exponent), {0}});
}
