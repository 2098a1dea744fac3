/* one_hot.c: class indices as rows with a single 1. */
#include "labels.h"
#include "rule.h"

#include <string.h>

enum { CLASSES, DTYPE };

static wg_dtype dtype_of(const char *text) {
  return !strcmp(text, "f32") ? WG_F32 : !strcmp(text, "f64") ? WG_F64 : WG_DTYPE_COUNT;
}

static bool one_hot_infer(wg_draft *draft) {
  const wg_node *labels = draft->inputs[0];
  int64_t classes = draft->attrs[CLASSES].integer;
  if (labels->dtype != WG_I64)
    return wg_draft_fail(draft, WG_ERROR_DTYPE, "labels are i64, not %s", wg_dtype_text(labels->dtype));
  draft->dtype = dtype_of(draft->attrs[DTYPE].text);
  if (draft->dtype == WG_DTYPE_COUNT)
    return wg_draft_fail(draft, WG_ERROR_DTYPE, "the dtype '%.20s' is not f32 or f64", draft->attrs[DTYPE].text);
  if (classes < 1)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the number of classes is %lld, not 1 or more", (long long)classes);
  if (labels->shape->rank == WG_RANK_MAX)
    return wg_draft_fail(draft, WG_ERROR_SHAPE, "the result would have more than %d axes", WG_RANK_MAX);
  draft->shape = *labels->shape;
  draft->shape.size[draft->shape.rank++] = classes;
  return true;
}

/* Rows that lie side by side are written column by column; of others, whose elements are 0, one element each is. */
#define SET_ONES(type, suffix)                                                                                         \
  WG_SPECIALIZED void columns_of_##suffix(int64_t count, int64_t classes, const int64_t *label, type *y,               \
                                          int64_t step) {                                                              \
    for (int64_t k = 0; k < classes; k++) WG_INDEPENDENT                                                               \
    for (int64_t r = 0; r < count; r++) y[k * step + r] = label[r] == k ? 1 : 0;                                       \
  }                                                                                                                    \
  WG_LEVELS(columns_##suffix, (int64_t count, int64_t classes, const int64_t *label, type *y, int64_t step),           \
            columns_of_##suffix(count, classes, label, y, step))                                                       \
  static void rows_##suffix(const wg_rows *rows, int64_t first, int64_t some, const int64_t *label) {                  \
    type *y = rows->tensor->data;                                                                                      \
    for (int64_t r = 0; r < some; r++) y[wg_rows_start(rows, first + r) + label[r] * rows->step] = 1;                  \
  }
SET_ONES(float, f32)
SET_ONES(double, f64)

static wg_status label_fail(wg_call *call, int64_t label, int64_t row, int64_t classes) {
  return wg_call_fail(call, WG_ERROR_DATA, "label %lld at index %lld is not in 0 … %lld", (long long)label,
                      (long long)row, (long long)classes - 1);
}

static wg_status one_hot(wg_call *call) {
  const wg_rows labels = wg_rows_of(&call->in[0], -1), rows = wg_rows_of(&call->out, call->out.shape->rank - 1);
  const int64_t count = rows.count, classes = rows.length;
  const bool narrow = call->out.dtype == WG_F32;
  int64_t copy[WG_ROWS];
  if (wg_rows_beside(&rows) && wg_rows_beside(&labels)) {
    const int64_t *label = labels.tensor->data, wrong = wg_label_wrong(label, count, classes);
    if (wrong < count) return label_fail(call, label[wrong], wrong, classes);
    if (narrow)
      WG_AT_LEVEL(columns_f32, count, (count, classes, label, call->out.data, rows.step));
    else
      WG_AT_LEVEL(columns_f64, count, (count, classes, label, call->out.data, rows.step));
    return WG_OK;
  }
  if (count > 0) memset(call->out.data, 0, (size_t)(count * classes) * wg_dtype_size(call->out.dtype)); /* 0 as bits */
  for (int64_t first = 0, some; (some = wg_rows_some(&labels, &first)) > 0; first += some) {
    const int64_t *label = wg_labels_read(&labels, first, some, copy), wrong = wg_label_wrong(label, some, classes);
    if (wrong < some) return label_fail(call, label[wrong], first + wrong, classes);
    (narrow ? rows_f32 : rows_f64)(&rows, first, some, label);
  }
  return WG_OK;
}

const wg_op wg_op_one_hot = {
    .name = "one_hot",
    .doc = "For labels (…) of type i64, rows (…,classes) of the dtype f32 or f64 with 1 at the label and 0 "
           "elsewhere. It has no derivative.\n"
           "Errors: labels that are not i64; fewer than one class; an unknown dtype; in a run, a label that is "
           "not in 0 … classes − 1 (WG_ERROR_DATA).",
    .arity = 1,
    .flags = WG_OP_COLUMNS,
    .attrs = (const wg_attr[]){[CLASSES] = {.name = "classes", .kind = WG_ATTR_INTEGER},
                               [DTYPE] = {.name = "dtype", .kind = WG_ATTR_TEXT, .text = "f64"},
                               {0}},
    .nondifferentiable = WG_ALL_INPUTS,
    .infer = one_hot_infer,
    .kernel = {[WG_I64] = one_hot},
    .notation = {.unicode = "one_hot(%-0)", .ascii = "one_hot(%-0)", .latex = "\\operatorname{onehot}(%-0)"},
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE_INTEGER(0, 3, 5)}, {WG_SAMPLE_NUMBER("classes", 3)}},
            {1, {WG_SAMPLE_INTEGER(0, 4, 2, 3)}, {WG_SAMPLE_NUMBER("classes", 4)}},
            {1, {WG_SAMPLE_INTEGER(0, 3, 0)}, {WG_SAMPLE_NUMBER("classes", 3)}},
            {0},
        },
};

wg_node *wg_one_hot(wg_node *labels, int64_t classes, wg_dtype dtype) {
  return wg_apply_1(&wg_op_one_hot, labels,
                    (wg_attr[]){wg_attr_integer("classes", classes), wg_attr_text("dtype", wg_dtype_text(dtype)), {0}});
}
