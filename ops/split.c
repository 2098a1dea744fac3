/* split.c: one piece of a tensor along an axis, by place, by length or by number; all recorded as slices, which copy
 * nothing and whose adjoints put ∂y back among zeros. */
#include "view.h"

enum { AXIS, FIRST, SECOND };

/* Sets the result's shape to that of x with `size` elements along the axis. */
static bool piece_infer(wg_draft *draft, int axis, int64_t size) {
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = *draft->inputs[0]->shape;
  draft->shape.size[axis] = size;
  return true;
}

static wg_node *piece(wg_node *x, int64_t axis, int64_t start, int64_t length) {
  int64_t stop = start + length;
  return wg_slice(x, 1, &axis, &start, &stop, NULL);
}

static int axis_of(const wg_draft *draft) {
  return (int)wg_axis_wrap(draft->attrs[AXIS].integer, draft->inputs[0]->shape->rank);
}

static int64_t size_along(const wg_draft *draft) { return draft->inputs[0]->shape->size[axis_of(draft)]; }

/* ---- narrow: `length` elements from `start` on ---- */

static bool narrow_infer(wg_draft *draft) {
  int64_t start = draft->attrs[FIRST].integer, length = draft->attrs[SECOND].integer;
  int axis;
  if (!wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis)) return false;
  int64_t size = size_along(draft);
  if (start < 0 && start >= -size) start += size;
  if (start < 0 || start > size || length < 0 || length > size - start)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "axis %d has no %lld elements from place %lld on", axis,
                         (long long)length, (long long)draft->attrs[FIRST].integer);
  return piece_infer(draft, axis, length);
}

static wg_node *narrow_compose(const wg_draft *draft) {
  int64_t start = draft->attrs[FIRST].integer;
  if (start < 0) start += size_along(draft);
  return piece(draft->inputs[0], draft->attrs[AXIS].integer, start, draft->attrs[SECOND].integer);
}

const wg_op wg_op_narrow = {
    .name = "narrow",
    .doc = "`length` elements of x along an axis, from `start` on, as torch.narrow. A negative start counts from the "
           "end. Recorded as slice.\n"
           "Errors: no such axis, places that x does not have.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER},
                               [FIRST] = {.name = "start", .kind = WG_ATTR_INTEGER},
                               [SECOND] = {.name = "length", .kind = WG_ATTR_INTEGER, .integer = 1},
                               {0}},
    .infer = narrow_infer,
    .compose = narrow_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 5, 3)}, {WG_SAMPLE_NUMBER("start", 1), WG_SAMPLE_NUMBER("length", 3)}},
            {1,
             {WG_SAMPLE(-2, 2, 2, 4)},
             {WG_SAMPLE_NUMBER("axis", 1), WG_SAMPLE_NUMBER("start", -2), WG_SAMPLE_NUMBER("length", 2)}},
            {1, {WG_SAMPLE(-2, 2, 3, 0)}, {WG_SAMPLE_NUMBER("start", 2)}},
            {0},
        },
};

wg_node *wg_narrow(wg_node *x, int64_t axis, int64_t start, int64_t length) {
  return wg_apply_1(
      &wg_op_narrow, x,
      (wg_attr[]){
          wg_attr_integer("axis", axis), wg_attr_integer("start", start), wg_attr_integer("length", length), {0}});
}

/* ---- select: one place, and the axis goes ---- */

static bool select_infer(wg_draft *draft) {
  int64_t index = draft->attrs[FIRST].integer;
  int axis;
  if (!wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis)) return false;
  int64_t size = size_along(draft);
  if (index < -size || index >= size)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "axis %d of size %lld has no place %lld", axis, (long long)size,
                         (long long)index);
  draft->dtype = draft->inputs[0]->dtype;
  draft->shape = wg_shape_reduced(draft->inputs[0]->shape, axis, false);
  return true;
}

static wg_node *select_compose(const wg_draft *draft) {
  int64_t index = draft->attrs[FIRST].integer;
  if (index < 0) index += size_along(draft);
  return wg_reshape(piece(draft->inputs[0], draft->attrs[AXIS].integer, index, 1), draft->shape);
}

const wg_op wg_op_select = {
    .name = "select",
    .doc =
        "x at one place along an axis, without that axis, as torch.select: a row of a matrix, one step of a sequence. "
        "A negative index counts from the end. Recorded as slice and reshape, which copy nothing.\n"
        "Errors: no such axis, no such place.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER},
                               [FIRST] = {.name = "index", .kind = WG_ATTR_INTEGER},
                               {0}},
    .infer = select_infer,
    .compose = select_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 5, 3)}, {{0}}},
            {1, {WG_SAMPLE(-2, 2, 2, 4, 3)}, {WG_SAMPLE_NUMBER("axis", 1), WG_SAMPLE_NUMBER("index", -2)}},
            {1, {WG_SAMPLE(-2, 2, 3)}, {WG_SAMPLE_NUMBER("axis", -1), WG_SAMPLE_NUMBER("index", 1)}},
            {1, {WG_SAMPLE(-2, 2, 3, 0)}, {WG_SAMPLE_NUMBER("index", 2)}},
            {0},
        },
};

wg_node *wg_select(wg_node *x, int64_t axis, int64_t index) {
  return wg_apply_1(&wg_op_select, x, (wg_attr[]){wg_attr_integer("axis", axis), wg_attr_integer("index", index), {0}});
}

/* ---- split: piece number `piece` of pieces of one size ---- */

/* The number of pieces of `size` elements that an axis of `whole` elements has; the last may be shorter. */
static int64_t piece_count(int64_t whole, int64_t size) { return whole == 0 ? 1 : (whole - 1) / size + 1; }

/* Where the piece begins; a negative number counts from the last. */
static int64_t piece_start(const wg_draft *draft, int64_t size) {
  int64_t number = draft->attrs[SECOND].integer;
  return (number < 0 ? number + piece_count(size_along(draft), size) : number) * size;
}

/* The shape of a piece of `size` elements. */
static bool split_along(wg_draft *draft, int axis, int64_t size) {
  int64_t whole = size_along(draft), pieces = piece_count(whole, size), number = draft->attrs[SECOND].integer;
  if (number < -pieces || number >= pieces)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "there are %lld pieces, and none of number %lld", (long long)pieces,
                         (long long)number);
  int64_t rest = whole - piece_start(draft, size);
  return piece_infer(draft, axis, rest < size ? rest : size);
}

/* The piece, whose shape is known. */
static wg_node *piece_compose(const wg_draft *draft, int64_t size) {
  int axis = axis_of(draft);
  return piece(draft->inputs[0], axis, piece_start(draft, size), draft->shape.size[axis]);
}

static bool split_infer(wg_draft *draft) {
  int axis;
  int64_t size = draft->attrs[FIRST].integer;
  if (!wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis)) return false;
  if (size < 1)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the size of a piece is %lld, not 1 or more", (long long)size);
  return split_along(draft, axis, size);
}

static wg_node *split_compose(const wg_draft *draft) { return piece_compose(draft, draft->attrs[FIRST].integer); }

const wg_op wg_op_split = {
    .name = "split",
    .doc =
        "Piece number `piece` (negative from the last) of x cut along an axis into pieces of `size` elements, the last "
        "of which may be shorter: torch.split(x, size, axis)[piece]. Recorded as slice.\n"
        "Errors: no such axis, a size below 1, no such piece.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER},
                               [FIRST] = {.name = "size", .kind = WG_ATTR_INTEGER, .integer = 1},
                               [SECOND] = {.name = "piece", .kind = WG_ATTR_INTEGER},
                               {0}},
    .infer = split_infer,
    .compose = split_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 5, 3)}, {WG_SAMPLE_NUMBER("size", 2), WG_SAMPLE_NUMBER("piece", 1)}},
            {1,
             {WG_SAMPLE(-2, 2, 2, 7)},
             {WG_SAMPLE_NUMBER("axis", 1), WG_SAMPLE_NUMBER("size", 3), WG_SAMPLE_NUMBER("piece", -1)}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_NUMBER("size", 2)}},
            {0},
        },
};

wg_node *wg_split(wg_node *x, int64_t size, int64_t axis, int64_t piece) {
  return wg_apply_1(
      &wg_op_split, x,
      (wg_attr[]){wg_attr_integer("axis", axis), wg_attr_integer("size", size), wg_attr_integer("piece", piece), {0}});
}

/* ---- chunk: piece number `piece` of so many ---- */

static int64_t chunk_size(const wg_draft *draft) {
  int64_t whole = size_along(draft), chunks = draft->attrs[FIRST].integer;
  return whole == 0 ? 1 : (whole - 1) / chunks + 1;
}

static bool chunk_infer(wg_draft *draft) {
  int axis;
  int64_t chunks = draft->attrs[FIRST].integer;
  if (!wg_infer_axis(draft, draft->attrs[AXIS].integer, &axis)) return false;
  if (chunks < 1)
    return wg_draft_fail(draft, WG_ERROR_ARGUMENT, "the number of chunks is %lld, not 1 or more", (long long)chunks);
  return split_along(draft, axis, chunk_size(draft));
}

static wg_node *chunk_compose(const wg_draft *draft) { return piece_compose(draft, chunk_size(draft)); }

const wg_op wg_op_chunk = {
    .name = "chunk",
    .doc =
        "Piece number `piece` (negative from the last) of x cut along an axis into `chunks` pieces of n/chunks "
        "elements, rounded up: torch.chunk(x, chunks, axis)[piece]. As there, the last may be shorter, and there are "
        "fewer pieces if that uses up the axis. Recorded as slice.\n"
        "Errors: no such axis, fewer than 1 chunks, no such piece.",
    .arity = 1,
    .attrs = (const wg_attr[]){[AXIS] = {.name = "axis", .kind = WG_ATTR_INTEGER},
                               [FIRST] = {.name = "chunks", .kind = WG_ATTR_INTEGER, .integer = 1},
                               [SECOND] = {.name = "piece", .kind = WG_ATTR_INTEGER},
                               {0}},
    .infer = chunk_infer,
    .compose = chunk_compose,
    .samples =
        (const wg_sample[]){
            {1, {WG_SAMPLE(-2, 2, 4, 3)}, {WG_SAMPLE_NUMBER("chunks", 2), WG_SAMPLE_NUMBER("piece", 1)}},
            {1,
             {WG_SAMPLE(-2, 2, 2, 7)},
             {WG_SAMPLE_NUMBER("axis", -1), WG_SAMPLE_NUMBER("chunks", 3), WG_SAMPLE_NUMBER("piece", -1)}},
            {1, {WG_SAMPLE(-2, 2, 0, 3)}, {WG_SAMPLE_NUMBER("chunks", 2)}},
            {0},
        },
};

wg_node *wg_chunk(wg_node *x, int64_t chunks, int64_t axis, int64_t piece) {
  return wg_apply_1(
      &wg_op_chunk, x,
      (wg_attr[]){
          wg_attr_integer("axis", axis), wg_attr_integer("chunks", chunks), wg_attr_integer("piece", piece), {0}});
}
