#include "tape_internal.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

/* ---- Attributes ---- */

wg_attr wg_attr_integer(const char *name, int64_t value) {
  return (wg_attr){.name = name, .kind = WG_ATTR_INTEGER, .integer = value};
}

wg_attr wg_attr_number(const char *name, double value) {
  return (wg_attr){.name = name, .kind = WG_ATTR_NUMBER, .number = value};
}

wg_attr wg_attr_text(const char *name, const char *value) {
  return (wg_attr){.name = name, .kind = WG_ATTR_TEXT, .text = value};
}

wg_attr wg_attr_integers(const char *name, int count, const int64_t *values) {
  return (wg_attr){.name = name, .kind = WG_ATTR_INTEGERS, .integers = values, .count = count};
}

size_t wg_attr_bytes(const wg_attr *attr) {
  switch (attr->kind) {
  case WG_ATTR_INTEGER:
    return sizeof attr->integer;
  case WG_ATTR_NUMBER:
    return sizeof attr->number;
  case WG_ATTR_TEXT:
    return attr->text ? strlen(attr->text) + 1 : 0;
  case WG_ATTR_INTEGERS:
    return (size_t)attr->count * sizeof *attr->integers;
  case WG_ATTR_BYTES:
    return attr->size;
  case WG_ATTR_END:
    break;
  }
  return 0;
}

const void *wg_attr_data(const wg_attr *attr) {
  if (attr->kind == WG_ATTR_INTEGER || attr->kind == WG_ATTR_NUMBER) return &attr->integer;
  return attr->bytes;
}

#define ATTRS_MAX 16 /* that one operation declares */

/* Fills `declared` with the defaults of the operation and the values given. */
static bool attrs_resolve(const wg_draft *draft, const wg_attr *given, wg_attr declared[ATTRS_MAX]) {
  int count = 0;
  for (const wg_attr *attr = draft->op->attrs; attr && attr->kind != WG_ATTR_END; attr++) {
    if (count == ATTRS_MAX) return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "more than %d attributes", ATTRS_MAX);
    declared[count++] = *attr;
  }
  for (; given && given->kind != WG_ATTR_END; given++) {
    int i = 0;
    while (i < count && strcmp(declared[i].name, given->name ? given->name : "")) i++;
    if (i == count)
      return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "there is no attribute '%.60s'", given->name ? given->name : "");
    wg_attr value = *given;
    if (value.kind == WG_ATTR_INTEGER && declared[i].kind == WG_ATTR_NUMBER)
      value = wg_attr_number(value.name, (double)value.integer);
    bool whole = value.kind != WG_ATTR_INTEGERS || (value.count >= 0 && (value.integers || !value.count));
    if (value.kind != declared[i].kind || !whole || (value.kind == WG_ATTR_TEXT && !value.text))
      return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "attribute '%s' is of another kind", declared[i].name);
    value.name = declared[i].name;
    declared[i] = value;
  }
  return true;
}

/* ---- Failing ---- */

/* What stands between the operands in the operation's notation, " · " for matmul; ", " if it is no infix. */
static void infix_of(const wg_op *op, char infix[16]) {
  const char *template = op->notation.unicode, *begin = template && !strncmp(template, "%0", 2) ? template + 2 : NULL;
  const char *end = begin ? strchr(begin, '%') : NULL;
  snprintf(infix, 16, ", ");
  if (!end || (strcmp(end, "%1") && strcmp(end, "%+1"))) return;
  while (begin < end && *begin == ' ') begin++;
  while (begin < end && end[-1] == ' ') end--;
  if (begin < end && end - begin < 8) snprintf(infix, 16, " %.*s ", (int)(end - begin), begin);
}

bool wg_draft_fail(const wg_draft *draft, wg_status status, const char *format, ...) {
  if (!draft->tape || draft->tape->status != WG_OK) return false;
  char message[sizeof draft->tape->message], node[WG_NODE_TEXT_SIZE], infix[16];
  infix_of(draft->op, infix);
  int length = snprintf(message, sizeof message, "%.60s: ", draft->op->name);
  for (int i = 0; i < draft->input_count && i < 3; i++)
    length += snprintf(message + length, sizeof message - (size_t)length, "%.100s%s",
                       wg_node_text(draft->inputs[i], node), i + 1 == draft->input_count ? ": " : infix);
  if (draft->input_count > 3) length += snprintf(message + length, sizeof message - (size_t)length, "…: ");
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(message + length, sizeof message - (size_t)length, format, arguments);
  va_end(arguments);
  wg_tape_fail(draft->tape, status, "%s", message);
  return false;
}

void wg_call_parallel(const wg_call *call, int64_t count, wg_piece *piece, void *context) {
  wg_threads_run(call->threads, count, piece, context);
}

wg_status wg_call_fail(wg_call *call, wg_status status, const char *format, ...) {
  if (!call->message_size) return status;
  const wg_node *y = call->node;
  int length =
      y->name ? snprintf(call->message, call->message_size, "%s %.*s: ", y->op->name, wg_text_fit(y->name, 60), y->name)
              : snprintf(call->message, call->message_size, "%s: ", y->op->name);
  if (length < 0 || (size_t)length >= call->message_size) return status;
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(call->message + length, call->message_size - (size_t)length, format, arguments);
  va_end(arguments);
  return status;
}

/* ---- Recording by operation ---- */

/* Whether there are inputs that can be used, all of one tape, which becomes the draft's; if not, the failure is there. */
static bool inputs_usable(wg_draft *draft) {
  const char *name = draft->op ? draft->op->name : "wg_apply";
  for (int i = 0; i < draft->input_count && !draft->tape; i++) draft->tape = wg_node_tape(draft->inputs[i]);
  bool one_tape = true;
  for (int i = 0; i < draft->input_count; i++) {
    const wg_node *input = draft->inputs[i];
    if (!input) wg_tape_fail(draft->tape, WG_ERROR_ARGUMENT, "%s: input %d is NULL", name, i);
    if (!input || wg_node_inert(input)) return false;
    one_tape = one_tape && input->tape == draft->tape;
  }
  if (!draft->op || draft->input_count < 1) {
    wg_tape_fail(draft->tape, WG_ERROR_ARGUMENT, "%s",
                 draft->op ? "an operation without inputs" : "there is no such operation");
    return false;
  }
  return one_tape || wg_draft_fail(draft, WG_ERROR_ARGUMENT, "these are nodes of two tapes");
}

static bool result_addressable(const wg_draft *draft) {
  int64_t count;
  return draft->shape.rank == 0 || wg_shape_count(&draft->shape, &count) ||
         wg_draft_fail(draft, WG_ERROR_SHAPE, "the result would be larger than memory can address");
}

wg_node *wg_apply(const wg_op *op, int input_count, wg_node *const *inputs, const wg_attr *attrs) {
  wg_attr declared[ATTRS_MAX];
  wg_draft draft; /* field by field, for the reason given in wg_tape_record */
  draft.tape = NULL;
  draft.op = op;
  draft.inputs = inputs;
  draft.input_count = inputs ? input_count : 0;
  draft.attrs = declared;
  draft.dtype = WG_F64;
  draft.shape.rank = 0;
  bool valid = inputs_usable(&draft);
  if (valid && op->arity != WG_VARIADIC && op->arity != input_count)
    valid = wg_draft_fail(&draft, WG_ERROR_ARGUMENT, "takes %d inputs, not %d", op->arity, input_count);
  valid = valid && attrs_resolve(&draft, attrs, declared) && (!op->infer || op->infer(&draft));
  if (valid && op->compose) return op->compose(&draft);
  return valid && result_addressable(&draft) ? wg_tape_record(&draft) : wg_tape_inert(draft.tape);
}

bool wg_node_differentiable(const wg_node *y, int i) {
  if (!y || i < 0 || i >= y->input_count || !y->op->vjp || y->inputs[i]->dtype == WG_I64 || y->dtype == WG_I64)
    return false;
  return !(y->op->nondifferentiable >> (i < 31 ? i : 31) & 1);
}

/* ---- Shape rules that many operations share ---- */

bool wg_infer_floats(wg_draft *draft) {
  draft->dtype = draft->inputs[0]->dtype;
  if (draft->dtype != WG_F32 && draft->dtype != WG_F64)
    return wg_draft_fail(draft, WG_ERROR_DTYPE, "needs f32 or f64, not %s", wg_dtype_text(draft->dtype));
  for (int i = 1; i < draft->input_count; i++)
    if (draft->inputs[i]->dtype != draft->dtype)
      return wg_draft_fail(draft, WG_ERROR_DTYPE, "element types %s and %s differ", wg_dtype_text(draft->dtype),
                           wg_dtype_text(draft->inputs[i]->dtype));
  return true;
}

bool wg_infer_same(wg_draft *draft) {
  draft->shape = *draft->inputs[0]->shape;
  for (int i = 1; i < draft->input_count; i++)
    if (!wg_shape_equal(&draft->shape, draft->inputs[i]->shape))
      return wg_draft_fail(draft, WG_ERROR_SHAPE, "the shapes differ");
  return wg_infer_floats(draft);
}

bool wg_infer_broadcast(wg_draft *draft) {
  draft->shape = *draft->inputs[0]->shape;
  for (int i = 1; i < draft->input_count; i++)
    if (draft->inputs[i]->shape != draft->inputs[0]->shape && /* as that of most is, which saves a comparison */
        !wg_shape_broadcast(&draft->shape, draft->inputs[i]->shape, &draft->shape))
      return wg_draft_fail(draft, WG_ERROR_SHAPE,
                           "the shapes do not broadcast: sizes must be equal or 1, from the last axis");
  return wg_infer_floats(draft);
}

bool wg_infer_axis(const wg_draft *draft, int64_t axis, int *wrapped) {
  int rank = draft->inputs[0]->shape->rank;
  if (axis < -rank || axis >= rank)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "there is no axis %lld in rank %d", (long long)axis, rank);
  *wrapped = (int)(axis < 0 ? axis + rank : axis);
  return true;
}
