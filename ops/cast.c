/* cast.c: the same numbers in another element type.
 *
 *     y = x, rounded to its type      ∂x = ∂y in the type of x
 */
#include "axis.h"
#include "rule.h"

#include <string.h>

enum { DTYPE };

static bool cast_infer(wg_draft *draft) {
  const char *text = draft->attrs[DTYPE].text;
  draft->shape = *draft->inputs[0]->shape;
  for (draft->dtype = 0; draft->dtype < WG_DTYPE_COUNT; draft->dtype++)
    if (!strcmp(text, wg_dtype_text(draft->dtype))) return true;
  return wg_draft_fail(draft, WG_ERROR_DTYPE, "the dtype '%.20s' is not f32, f64 or i64", text);
}

/* Floating-point numbers become whole ones towards 0; what no i64 holds, NaN too, is an error. */
#define CAST_OF(type, suffix)                                                                                          \
  static wg_status cast_##suffix(wg_call *call) {                                                                      \
    const type *x = call->in[0].data;                                                                                  \
    void *y = call->out.data;                                                                                          \
    int64_t count = wg_row_count(call->out.shape, -1);                                                                 \
    for (int64_t k = 0; k < count; k++) {                                                                              \
      if (call->out.dtype == WG_F32)                                                                                   \
        ((float *)y)[k] = (float)x[k];                                                                                 \
      else if (call->out.dtype == WG_F64)                                                                              \
        ((double *)y)[k] = (double)x[k];                                                                               \
      else if (call->in[0].dtype == WG_I64 || ((double)x[k] >= -0x1p63 && (double)x[k] < 0x1p63))                      \
        ((int64_t *)y)[k] = (int64_t)x[k];                                                                             \
      else                                                                                                             \
        return wg_call_fail(call, WG_ERROR_DATA, "%g at index %lld is no number that an i64 can hold", (double)x[k],   \
                            (long long)k);                                                                             \
    }                                                                                                                  \
    return WG_OK;                                                                                                      \
  }

CAST_OF(float, f32)
CAST_OF(double, f64)
CAST_OF(int64_t, i64)

static wg_node *cast_vjp(wg_node *y, wg_node *dy, int i) { return wg_cast(dy, y->inputs[i]->dtype); }

const wg_op wg_op_cast = {
    .name = "cast",
    .flags = WG_OP_DENSE,
    .doc =
        "x in another element type (`dtype` f32, f64 or i64), rounded to it; to i64 towards 0, as C does. Between f32 "
        "and f64 it has a derivative, 1.\n"
        "Errors: an unknown dtype; in a run (WG_ERROR_DATA), a number that no i64 holds, or NaN, where i64 is wanted.",
    .arity = 1,
    .attrs = (const wg_attr[]){[DTYPE] = {.name = "dtype", .kind = WG_ATTR_TEXT, .text = "f64"}, {0}},
    .linearity = WG_LINEAR_JOINTLY,
    .infer = cast_infer,
    .kernel = {[WG_F32] = cast_f32, [WG_F64] = cast_f64, [WG_I64] = cast_i64},
    .vjp = cast_vjp,
    .notation = {.unicode = "%{dtype}(%-0)", .ascii = "%{dtype}(%-0)", .latex = "\\mathrm{%{dtype}}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE_INTEGER(-9, 9, 3, 4)}, {{0}}},
            {1, {WG_SAMPLE_INTEGER(-9, 9, 5)}, {{.name = "dtype", .kind = WG_ATTR_TEXT, .text = "f32"}}},
            {1, {WG_SAMPLE_INTEGER(-9, 9, 0, 3)}, {{0}}},
            {0},
        },
};

/* To the type that it has already, x is returned; a constant of equal elements becomes one of that type. */
wg_node *wg_cast(wg_node *x, wg_dtype dtype) {
  double value;
  int64_t count;
  if (!wg_node_inert(x) && x->dtype == dtype) return x;
  if (x && x->dtype != WG_I64 && (dtype == WG_F32 || dtype == WG_F64) && wg_node_is_fill(x, &value, &count))
    return wg_fill_over(x->tape, dtype, *x->shape, value, count);
  return wg_apply_1(&wg_op_cast, x, (wg_attr[]){wg_attr_text("dtype", wg_dtype_text(dtype)), {0}});
}
