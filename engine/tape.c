#include "tape_internal.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

static const wg_shape scalar_shape = {0};
static const wg_op inert_op = {.name = ""};
static const wg_node inert_node = {.op = &inert_op, .shape = &scalar_shape, .id = SIZE_MAX, .dtype = WG_F64};

/* ---- Making and freeing ---- */

wg_tape *wg_tape_new(void) { return wg_tape_new_with(NULL); }

wg_tape *wg_tape_new_with(const wg_allocator *allocator) {
  if (!allocator) allocator = &wg_allocator_default;
  wg_tape *tape = wg_allocate_zeroed(allocator, 1, sizeof *tape);
  if (!tape) return NULL;
  tape->allocator = *allocator;
  tape->inert = inert_node;
  tape->inert.tape = tape;
  return tape;
}

void wg_tape_free(wg_tape *tape) {
  if (!tape) return;
  const wg_allocator allocator = tape->allocator, *hash_allocator = &allocator;
  HASH_CLEAR(hh, tape->interned);
  HASH_CLEAR(hh, tape->memo);
  for (int block = 0; block < WG_BLOCKS_MAX; block++) wg_release(&allocator, tape->blocks[block]);
  wg_arena_free(&tape->arena, &allocator);
  wg_release(&allocator, tape);
}

const wg_allocator *wg_tape_allocator(const wg_tape *tape) { return tape ? &tape->allocator : &wg_allocator_default; }

/* ---- Failures ---- */

wg_status wg_tape_status(const wg_tape *tape) { return tape ? tape->status : WG_ERROR_MEMORY; }

const char *wg_tape_error(const wg_tape *tape) { return tape ? tape->message : "no tape (out of memory)"; }

void wg_tape_clear_error(wg_tape *tape) {
  if (!tape) return;
  tape->status = WG_OK;
  tape->message[0] = 0;
}

void wg_tape_fail(wg_tape *tape, wg_status status, const char *format, ...) {
  if (!tape || tape->status != WG_OK) return;
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(tape->message, sizeof tape->message, format, arguments);
  va_end(arguments);
  tape->status = status;
}

void wg_tape_fail_memory(wg_tape *tape) {
  wg_tape_fail(tape, WG_ERROR_MEMORY, "out of memory after %zu nodes", wg_tape_count(tape));
}

wg_node *wg_tape_inert(wg_tape *tape) { return tape ? &tape->inert : (wg_node *)&inert_node; }

wg_node *wg_fail(const wg_node *node, wg_status status, const char *format, ...) {
  wg_tape *tape = node ? node->tape : NULL;
  char message[sizeof tape->message];
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(message, sizeof message, format, arguments);
  va_end(arguments);
  wg_tape_fail(tape, status, "%s", message);
  return wg_tape_inert(tape);
}

bool wg_nodes_usable(wg_tape *tape, const char *caller, size_t count, wg_node *const *nodes) {
  if (count && !nodes) {
    wg_tape_fail(tape, WG_ERROR_ARGUMENT, "%s: the array of %zu nodes is NULL", caller, count);
    return false;
  }
  for (size_t k = 0; k < count; k++) {
    if (wg_node_inert(nodes[k])) {
      wg_tape_fail(tape, WG_ERROR_ARGUMENT, "%s: node %zu of %zu comes from a call that failed, or is NULL", caller,
                   k + 1, count);
      return false;
    }
    if (nodes[k]->tape != tape) {
      wg_tape_fail(tape, WG_ERROR_ARGUMENT, "%s: nodes of two tapes", caller);
      return false;
    }
  }
  return true;
}

/* ---- Nodes by number ---- */

/* Block k holds the numbers from 64·(2^k − 1) on. */
static int block_of(size_t id) {
  int block = 0;
#if defined __GNUC__
  unsigned long long quotient = id / WG_FIRST_BLOCK;
  block = 63 - __builtin_clzll(quotient + 1);
#else
  for (size_t q = id / WG_FIRST_BLOCK + 1; q > 1; q >>= 1) block++;
#endif
  return block;
}

static wg_record *record_at(const wg_tape *tape, size_t id) {
  int block = block_of(id);
  return tape->blocks[block] + (id - WG_FIRST_BLOCK * (((size_t)1 << block) - 1));
}

static wg_record *record_next(wg_tape *tape) {
  int block = block_of(tape->count);
  if (block >= WG_BLOCKS_MAX) return NULL;
  if (!tape->blocks[block])
    tape->blocks[block] = wg_allocate(&tape->allocator, (size_t)WG_FIRST_BLOCK << block, sizeof(wg_record));
  return tape->blocks[block] ? record_at(tape, tape->count) : NULL;
}

size_t wg_tape_count(const wg_tape *tape) { return tape ? tape->count : 0; }

wg_node *wg_tape_node(const wg_tape *tape, size_t id) {
  return id < wg_tape_count(tape) ? &record_at(tape, id)->node : NULL;
}

wg_node *wg_tape_find(const wg_tape *tape, const char *name) {
  for (size_t id = wg_tape_count(tape); name && id-- > 0;) {
    wg_node *node = wg_tape_node(tape, id);
    if (node->name && !strcmp(node->name, name)) return node;
  }
  return NULL;
}

/* ---- Recording ---- */

/* `bytes` of the caller's, for as long as the tape lives. NULL without memory, and for nothing. */
static void *kept(wg_tape *tape, const void *source, size_t bytes) {
  void *copy = bytes ? wg_arena_take(&tape->arena, &tape->allocator, bytes) : NULL;
  return copy ? memcpy(copy, source, bytes) : NULL;
}

/* Copies the attributes that the operation declares, with all they point to; NULL without memory, and if there are none. */
static const wg_attr *attrs_kept(wg_tape *tape, const wg_op *op, const wg_attr *attrs) {
  size_t count = 0;
  while (op->attrs && op->attrs[count].kind != WG_ATTR_END) count++;
  wg_attr *copy = kept(tape, attrs, count * sizeof *copy);
  for (size_t i = 0; copy && i < count; i++) {
    const size_t bytes = wg_attr_bytes(&copy[i]);
    if (copy[i].kind == WG_ATTR_INTEGER || copy[i].kind == WG_ATTR_NUMBER || !bytes) continue;
    copy[i].bytes = kept(tape, copy[i].bytes, bytes);
    if (!copy[i].bytes) return NULL;
  }
  return copy;
}

/* A shape that lives as long as the tape: that of an input where it is the same, as it mostly is. */
static const wg_shape *shape_kept(const wg_draft *draft) {
  if (draft->shape.rank == 0) return &scalar_shape;
  for (int i = 0; i < draft->input_count; i++)
    if (wg_shape_equal(draft->inputs[i]->shape, &draft->shape)) return draft->inputs[i]->shape;
  return kept(draft->tape, &draft->shape, sizeof draft->shape);
}

/* Gives a new node what it points to, for as long as the tape lives; false without memory. */
static bool node_keep(wg_node *node, const wg_draft *draft) {
  const bool has_attrs = node->op->attrs && node->op->attrs[0].kind != WG_ATTR_END;
  node->shape = shape_kept(draft);
  node->inputs = kept(node->tape, node->inputs, (size_t)node->input_count * sizeof *node->inputs);
  node->attrs = has_attrs ? attrs_kept(node->tape, node->op, node->attrs) : NULL;
  return node->shape && (node->inputs || !node->input_count) && (node->attrs || !has_attrs);
}

wg_node *wg_tape_record(const wg_draft *draft) {
  wg_tape *tape = draft->tape;
  const bool pure = !(draft->op->flags & WG_OP_IMPURE);
  wg_record *record = record_next(tape);
  wg_intern_place place;
  if (record) {
    /* all fields are named: compilers clear what is not by an instruction that takes as long as everything else here */
    *record = (wg_record){.node = {.tape = tape,
                                   .op = draft->op,
                                   .shape = NULL,
                                   .inputs = draft->inputs,
                                   .attrs = draft->attrs,
                                   .name = NULL,
                                   .id = tape->count,
                                   .input_count = draft->input_count,
                                   .dtype = draft->dtype},
                          .before = NULL,
                          .latest = NULL,
                          .readers = 0,
                          .reader_count = 0};
    wg_node *found = pure ? wg_intern_find(tape, &record->node, &place) : NULL;
    if (found) return found;
  }
  if (!record || !node_keep(&record->node, draft) || (pure && !wg_intern_add(tape, record, &place))) {
    wg_tape_fail_memory(tape);
    return wg_tape_inert(tape);
  }
  tape->count++;
  return &record->node;
}

wg_node *wg_name(wg_node *node, const char *name) {
  if (wg_node_inert(node) || !name) return node ? node : wg_tape_inert(NULL);
  size_t size = strlen(name) + 1;
  char *copy = wg_arena_take(&node->tape->arena, &node->tape->allocator, size);
  if (!copy) {
    wg_tape_fail_memory(node->tape);
    return node;
  }
  node->name = memcpy(copy, name, size);
  return node;
}

/* ---- What a node is ---- */

bool wg_node_inert(const wg_node *node) { return !node || node->id == SIZE_MAX; }
size_t wg_node_id(const wg_node *node) { return node ? node->id : SIZE_MAX; }
wg_tape *wg_node_tape(const wg_node *node) { return node ? node->tape : NULL; }
const char *wg_node_name(const wg_node *node) { return node && node->name ? node->name : ""; }
const char *wg_node_op(const wg_node *node) { return node ? node->op->name : ""; }
wg_dtype wg_node_dtype(const wg_node *node) { return node ? node->dtype : WG_F64; }
wg_shape wg_node_shape(const wg_node *node) { return node ? *node->shape : scalar_shape; }
int wg_node_input_count(const wg_node *node) { return node ? node->input_count : 0; }
bool wg_node_is_input(const wg_node *node) { return node && node->op == &wg_op_input; }
bool wg_node_is_param(const wg_node *node) { return node && node->op == &wg_op_param; }

wg_node *wg_node_input(const wg_node *node, int i) {
  return i >= 0 && i < wg_node_input_count(node) ? node->inputs[i] : NULL;
}

int64_t wg_node_size(const wg_node *node) {
  int64_t count = 0;
  return wg_shape_count(node ? node->shape : &scalar_shape, &count) ? count : 0;
}

char *wg_node_text(const wg_node *node, char text[WG_NODE_TEXT_SIZE]) {
  char shape[WG_SHAPE_TEXT_SIZE];
  wg_shape_text(node->shape, shape);
  if (node->name)
    snprintf(text, WG_NODE_TEXT_SIZE, "%.*s %s", wg_text_fit(node->name, 60), node->name, shape);
  else
    snprintf(text, WG_NODE_TEXT_SIZE, "v%zu %s", node->id, shape);
  return text;
}
