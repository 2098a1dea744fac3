/* leaf.c: the nodes that have no inputs: inputs, parameters, constants. */
#include "tape_internal.h"
#include "text.h"

#include <string.h>

const wg_op wg_op_input = {.name = "input", .flags = WG_OP_IMPURE};
const wg_op wg_op_param = {.name = "param", .flags = WG_OP_IMPURE};

/* Attributes say everything that makes a constant what it is, so that equal constants are interned as one node. */
enum { DTYPE, SIZES, DATA, VALUE = DATA, COUNT };

const wg_op wg_op_constant = {.name = "constant",
                              .attrs = (const wg_attr[]){{.name = "dtype", .kind = WG_ATTR_INTEGER},
                                                         {.name = "sizes", .kind = WG_ATTR_INTEGERS},
                                                         {.name = "data", .kind = WG_ATTR_BYTES},
                                                         {0}}};

const wg_op wg_op_fill = {.name = "fill",
                          .attrs = (const wg_attr[]){{.name = "dtype", .kind = WG_ATTR_INTEGER},
                                                     {.name = "sizes", .kind = WG_ATTR_INTEGERS},
                                                     {.name = "value", .kind = WG_ATTR_NUMBER},
                                                     {.name = "count", .kind = WG_ATTR_INTEGER},
                                                     {0}}};

/* Checks what the caller said of a leaf; `elements` is their number. */
static bool leaf_valid(const wg_draft *draft, const char *name, int64_t *elements) {
  char shape[WG_SHAPE_TEXT_SIZE];
  const char *op = draft->op->name;
  if (!draft->tape) return false;
  if (!name) name = "(no name)";
  const int fit = wg_text_fit(name, 60);
  if (!wg_dtype_size(draft->dtype))
    wg_tape_fail(draft->tape, WG_ERROR_DTYPE, "%s %.*s: there is no element type %d", op, fit, name, (int)draft->dtype);
  else if (draft->shape.rank < 0 || draft->shape.rank > WG_RANK_MAX)
    wg_tape_fail(draft->tape, WG_ERROR_SHAPE, "%s %.*s: the rank is not in 0 … %d", op, fit, name, WG_RANK_MAX);
  else if (!wg_shape_count(&draft->shape, elements))
    wg_tape_fail(draft->tape, WG_ERROR_SHAPE, "%s %.*s: %s has a negative size or is larger than memory can address",
                 op, fit, name, wg_shape_text(&draft->shape, shape));
  else
    return true;
  return false;
}

static wg_node *leaf_new(wg_tape *tape, const wg_op *op, const char *name, wg_dtype dtype, wg_shape shape) {
  wg_draft draft = {.tape = tape, .op = op, .dtype = dtype, .shape = shape};
  int64_t elements;
  if (!leaf_valid(&draft, name, &elements)) return wg_tape_inert(tape);
  return wg_name(wg_tape_record(&draft), name);
}

wg_node *wg_input(wg_tape *tape, const char *name, wg_dtype dtype, wg_shape shape) {
  return leaf_new(tape, &wg_op_input, name, dtype, shape);
}

wg_node *wg_param(wg_tape *tape, const char *name, wg_dtype dtype, wg_shape shape) {
  return leaf_new(tape, &wg_op_param, name, dtype, shape);
}

wg_node *wg_constant(wg_tape *tape, wg_dtype dtype, wg_shape shape, const void *data) {
  wg_draft draft = {.tape = tape, .op = &wg_op_constant, .dtype = dtype, .shape = shape};
  int64_t elements;
  if (!leaf_valid(&draft, NULL, &elements)) return wg_tape_inert(tape);
  if (!data && elements) {
    wg_tape_fail(tape, WG_ERROR_ARGUMENT, "constant: data is NULL");
    return wg_tape_inert(tape);
  }
  draft.attrs = (wg_attr[]){
      [DTYPE] = {.name = "dtype", .kind = WG_ATTR_INTEGER, .integer = dtype},
      [SIZES] = {.name = "sizes", .kind = WG_ATTR_INTEGERS, .integers = shape.size, .count = shape.rank},
      [DATA] = {.name = "data", .kind = WG_ATTR_BYTES, .bytes = data, .size = (size_t)elements * wg_dtype_size(dtype)}};
  return wg_tape_record(&draft);
}

const void *wg_constant_data(const wg_node *constant) { return constant->attrs[DATA].bytes; }

wg_node *wg_fill_over(wg_tape *tape, wg_dtype dtype, wg_shape shape, double value, int64_t count) {
  wg_draft draft = {.tape = tape, .op = &wg_op_fill, .dtype = dtype, .shape = shape};
  int64_t elements;
  if (!leaf_valid(&draft, NULL, &elements)) return wg_tape_inert(tape);
  if (count < 1) {
    wg_tape_fail(tape, WG_ERROR_ARGUMENT, "fill: the count %lld is below 1", (long long)count);
    return wg_tape_inert(tape);
  }
  if (dtype == WG_I64 && !(value >= -0x1p63 && value < 0x1p63 && value == (double)(int64_t)value)) {
    wg_tape_fail(tape, WG_ERROR_ARGUMENT, "fill: %g is no whole number that an i64 can hold", value);
    return wg_tape_inert(tape);
  }
  draft.attrs =
      (wg_attr[]){[DTYPE] = {.name = "dtype", .kind = WG_ATTR_INTEGER, .integer = dtype},
                  [SIZES] = {.name = "sizes", .kind = WG_ATTR_INTEGERS, .integers = shape.size, .count = shape.rank},
                  [VALUE] = {.name = "value", .kind = WG_ATTR_NUMBER, .number = value},
                  [COUNT] = {.name = "count", .kind = WG_ATTR_INTEGER, .integer = count}};
  return wg_tape_record(&draft);
}

wg_node *wg_fill(wg_tape *tape, wg_dtype dtype, wg_shape shape, double value) {
  return wg_fill_over(tape, dtype, shape, value, 1);
}

wg_node *wg_scalar_like(wg_node *node, double value) {
  if (wg_node_inert(node)) return wg_tape_inert(wg_node_tape(node));
  return wg_fill(node->tape, node->dtype, WG_SCALAR, value);
}

bool wg_node_is_fill(const wg_node *node, double *value, int64_t *count) {
  if (!node || node->op != &wg_op_fill) return false;
  *value = node->attrs[VALUE].number;
  *count = node->attrs[COUNT].integer;
  return true;
}
