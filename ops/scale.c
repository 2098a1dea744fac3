/* scale.c: a number times a tensor: −x, factor·x and x / count.
 *
 *     y = c·x      ∂x = c·∂y
 *
 * Of a fill, each gives another fill, so that a constant adjoint (the seed 1, the 1/m of a mean) remains one. */
#include "loop.h"
#include "rule.h"

static bool is_float_fill(const wg_node *x, double *value, int64_t *count) {
  return wg_node_is_fill(x, value, count) && x->dtype != WG_I64;
}

/* ---- −x ---- */

WG_LOOP_1(neg, -x)

static wg_node *neg_vjp(wg_node *y, wg_node *dy, int i) {
  (void)y, (void)i;
  return wg_neg(dy);
}

const wg_op wg_op_neg = {
    .name = "neg",
    .doc = "−x, elementwise.\n"
           "Errors: integers.",
    .arity = 1,
    .linearity = WG_LINEAR_JOINTLY,
    .infer = wg_infer_same,
    .loop = WG_LOOPS(neg),
    .vjp = neg_vjp,
    /* It binds as a product does: −a ⊙ b is the same read either way. */
    .notation = {.binds = WG_BINDS_PRODUCT, .unicode = "−%0", .ascii = "-%0", .latex = "-%0"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{0}}},
            {0},
        },
};

wg_node *wg_neg(wg_node *x) {
  double value;
  int64_t count;
  if (is_float_fill(x, &value, &count)) return wg_fill_over(x->tape, x->dtype, *x->shape, -value, count);
  return wg_apply_1(&wg_op_neg, x, NULL);
}

/* ---- factor·x ---- */

enum { FACTOR };

WG_LOOP_1_WITH(scale, y->attrs[FACTOR].number, (p * x))

static wg_node *scale_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_scale(dy, y->attrs[FACTOR].number);
}

static const char *scale_write(const wg_node *y, wg_script script) {
  if (y->attrs[FACTOR].number != -1) return NULL;
  return script == WG_UNICODE ? "−%0" : "-%0";
}

const wg_op wg_op_scale = {
    .name = "scale",
    .doc = "factor·x, elementwise; the factor is rounded to the dtype of x first.\n"
           "Errors: integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[FACTOR] = {.name = "factor", .kind = WG_ATTR_NUMBER, .number = 1}, {0}},
    .linearity = WG_LINEAR_JOINTLY,
    .infer = wg_infer_same,
    .loop = WG_LOOPS(scale),
    .vjp = scale_vjp,
    .notation = {.binds = WG_BINDS_PRODUCT,
                 .unicode = "%{factor}·%0",
                 .ascii = "%{factor} * %0",
                 .latex = "%{factor} \\cdot %0",
                 .write = scale_write},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{.name = "factor", .kind = WG_ATTR_NUMBER, .number = -2.5}}},
            {1, {WG_SAMPLE(-2, 2, 5)}, {{.name = "factor", .kind = WG_ATTR_NUMBER, .number = 0}}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{.name = "factor", .kind = WG_ATTR_NUMBER, .number = -1}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{.name = "factor", .kind = WG_ATTR_NUMBER, .number = 3}}},
            {0},
        },
};

wg_node *wg_scale(wg_node *x, double factor) {
  double value;
  int64_t count;
  if (is_float_fill(x, &value, &count)) return wg_fill_over(x->tape, x->dtype, *x->shape, factor * value, count);
  return wg_apply_1(&wg_op_scale, x, (wg_attr[]){wg_attr_number("factor", factor), {0}});
}

/* ---- x / count ---- */

enum { COUNT };

static bool div_count_infer(wg_draft *draft) {
  int64_t count = draft->attrs[COUNT].integer;
  if (count < 1) return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the count is %lld, not 1 or more", (long long)count);
  return wg_infer_same(draft);
}

/* By the reciprocal, for counts up to which that gives the same number. */
WG_LOOP_1_WITH(plain_quotient, y->attrs[COUNT].integer, x / p)
WG_LOOP_1_WITH_2(quotient, y->attrs[COUNT].integer, 1 / (double)y->attrs[COUNT].integer, quotient_by(x, p, q))

static void div_count_f32(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {
  (y->attrs[COUNT].integer <= 1 << 22 ? quotient_f32 : plain_quotient_f32)(y, n, out, in, stride);
}
static void div_count_f64(const wg_node *y, int64_t n, void *out, const void *const *in, const int64_t *stride) {
  (y->attrs[COUNT].integer <= INT64_C(1) << 51 ? quotient_f64 : plain_quotient_f64)(y, n, out, in, stride);
}

static wg_node *div_count_vjp(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_div_count(dy, y->attrs[COUNT].integer);
}

const wg_op wg_op_div_count = {
    .name = "div_count",
    .flags = WG_OP_COUNT,
    .doc =
        "x / count, elementwise, for a whole number count ≥ 1: the 1/m of a mean over m samples, which prints as m.\n"
        "Errors: a count below 1; integers.",
    .arity = 1,
    .attrs = (const wg_attr[]){[COUNT] = {.name = "count", .kind = WG_ATTR_INTEGER, .integer = 1}, {0}},
    .linearity = WG_LINEAR_JOINTLY,
    .infer = div_count_infer,
    .loop = WG_LOOPS(div_count),
    .vjp = div_count_vjp,
    .notation = {.binds = WG_BINDS_PRODUCT,
                 .unicode = "%0 / %{count}",
                 .ascii = "%0 / %{count}",
                 .latex = "\\frac{%-0}{%{count}}"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 3, 4)}, {{.name = "count", .kind = WG_ATTR_INTEGER, .integer = 3}}},
            {1, {WG_SAMPLE_SCALAR(-2, 2)}, {{.name = "count", .kind = WG_ATTR_INTEGER, .integer = 1}}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {{.name = "count", .kind = WG_ATTR_INTEGER, .integer = 7}}},
            {0},
        },
};

wg_node *wg_div_count(wg_node *x, int64_t count) {
  double value;
  int64_t before;
  if (count >= 1 && is_float_fill(x, &value, &before) && before <= INT64_MAX / count)
    return wg_fill_over(x->tape, x->dtype, *x->shape, value, before * count);
  return wg_apply_1(&wg_op_div_count, x, (wg_attr[]){wg_attr_integer("count", count), {0}});
}
