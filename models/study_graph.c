/* study_graph.c: the graphs that are studied. */
#include "../ops/ops.h"
#include "net_parts.h"
#include "study_internal.h"

const char *wg_study_name(wg_study_kind kind) {
  static const char *const names[] = {"chain", "residual", "doubling", "layers"};
  return names[kind];
}

const char *wg_study_title(wg_study_kind kind) {
  static const char *const titles[] = {"v ← tanh(v), n times, differentiated by every v",
                                       "residual blocks: v ← v + tanh(v), n times", "doubling: v ← v·v, n times",
                                       "net E of n layers, all W and b"};
  return titles[kind];
}

static void chain_record(wg_study_graph *graph, int64_t size) {
  wg_node *v = wg_input(graph->tape, "v0", WG_F64, WG_SCALAR);
  for (int64_t i = 0; i < size; i++) {
    graph->wanted[graph->count++] = v;
    v = wg_tanh(v);
  }
  graph->root = v;
}

static void blocks_record(wg_study_graph *graph, int64_t size, bool doubling) {
  wg_node *v = wg_input(graph->tape, "x", WG_F64, WG_SCALAR);
  graph->wanted[graph->count++] = v;
  for (int64_t i = 0; i < size; i++) v = doubling ? wg_mul(v, v) : wg_add(v, wg_tanh(v));
  graph->root = v;
}

/* W, 1 is named W1. */
static wg_node *numbered(wg_node *node, const char *letter, int64_t number) {
  char name[WG_NAME_SIZE];
  return wg_name(node, wg_numbered(name, letter, (size_t)number));
}

/* J is a formula of the last A, so that ∂J/∂A·∂A/∂Z are two factors as in the lecture. */
static void layers_record(wg_study_graph *graph, int64_t size) {
  enum { WIDTH = 3 };
  wg_tape *tape = graph->tape;
  wg_node *A = wg_input(tape, "X", WG_F64, WG_SHAPE(1, WIDTH)), *Y = wg_input(tape, "Y", WG_F64, WG_SHAPE(1, WIDTH));
  for (int64_t l = 1; l <= size; l++) {
    wg_node *W = numbered(wg_param(tape, NULL, WG_F64, WG_SHAPE(WIDTH, WIDTH)), "W", l);
    wg_node *b = numbered(wg_param(tape, NULL, WG_F64, WG_SHAPE(1, WIDTH)), "b", l);
    wg_node *Z = numbered(wg_add_bias(wg_matmul(A, W), b), "Z", l);
    A = numbered(l < size ? wg_relu(Z) : wg_softmax(Z, -1), "A", l);
    graph->wanted[graph->count++] = W;
    graph->wanted[graph->count++] = b;
  }
  graph->root = wg_name(wg_neg(wg_sum_all(wg_mul(Y, wg_log(A)))), "J");
}

wg_status wg_study_graph_new(wg_study_graph *graph, wg_study_kind kind, int64_t size, const wg_allocator *allocator,
                             wg_error *error) {
  *graph = (wg_study_graph){.allocator = allocator};
  if (size < 1 || size > WG_STUDY_SIZE_MAX)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "a graph to study has a size from 1 to %d, not %lld",
                        WG_STUDY_SIZE_MAX, (long long)size);
  graph->tape = wg_tape_new_with(allocator);
  graph->wanted = graph->tape ? wg_allocate(allocator, 2 * (size_t)size, sizeof *graph->wanted) : NULL;
  if (!graph->wanted) return wg_error_memory(error);
  switch (kind) {
  case WG_STUDY_CHAIN:
    chain_record(graph, size);
    break;
  case WG_STUDY_LAYERS:
    layers_record(graph, size);
    break;
  default:
    blocks_record(graph, size, kind == WG_STUDY_DOUBLING);
  }
  wg_status status = wg_tape_status(graph->tape);
  return status == WG_OK ? WG_OK : wg_error_set(error, status, "%s", wg_tape_error(graph->tape));
}

wg_status wg_study_chain_new(wg_study_graph *graph, int64_t length, int64_t width, const wg_allocator *allocator,
                             wg_error *error) {
  *graph = (wg_study_graph){.allocator = allocator};
  if (length < 1 || width < 1)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "a chain has a length and a width of 1 or more, not %lld and %lld",
                        (long long)length, (long long)width);
  graph->tape = wg_tape_new_with(allocator);
  graph->wanted = graph->tape ? wg_allocate(allocator, 1, sizeof *graph->wanted) : NULL;
  if (!graph->wanted) return wg_error_memory(error);
  wg_node *v = graph->wanted[graph->count++] = wg_input(graph->tape, "x", WG_F64, WG_SHAPE(width));
  for (int64_t i = 1; i < length; i++) v = wg_tanh(v);
  graph->root = wg_sum_all(v);
  wg_status status = wg_tape_status(graph->tape);
  return status == WG_OK ? WG_OK : wg_error_set(error, status, "%s", wg_tape_error(graph->tape));
}

void wg_study_graph_free(wg_study_graph *graph) {
  if (graph->allocator) wg_release(graph->allocator, graph->wanted);
  wg_tape_free(graph->tape);
  *graph = (wg_study_graph){0};
}
