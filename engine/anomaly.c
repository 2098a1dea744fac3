/* anomaly.c: looks for the first value that is not finite, among all that a plan's outputs need: they are made outputs
 * of plans of their own, as many at a time as bounded memory takes, so that none is overwritten or left out. */
#include "anomaly.h"

#include "grad.h"
#include "plan_internal.h"

#include <math.h>

enum { NODES_MAX = 4096, BYTES_MAX = 1 << 28 };

/* ---- Elements ---- */

static double element(wg_dtype dtype, const void *data, int64_t i) {
  switch (dtype) {
  case WG_F32:
    return (double)((const float *)data)[i];
  case WG_F64:
    return ((const double *)data)[i];
  default:
    return (double)((const int64_t *)data)[i];
  }
}

static bool is_bound(const wg_node *node) { return wg_node_is_input(node) || wg_node_is_param(node); }

/* Whether an infinity is what the graph says: a constant, or one of the operation's attributes. */
static bool says_infinity(const wg_node *node) {
  if (node->input_count == 0) return !is_bound(node);
  for (const wg_attr *declared = node->op->attrs; declared && declared->kind != WG_ATTR_END; declared++)
    if (declared->kind == WG_ATTR_NUMBER && isinf(node->attrs[declared - node->op->attrs].number)) return true;
  return false;
}

/* ---- A look at some of the nodes ---- */

typedef struct search {
  wg_plan *plan;
  wg_sequence needed;     /* what its outputs need, leaves first */
  unsigned char *carries; /* by id: it has infinities that the graph says, or that come of such */
  wg_anomaly *found;
} search;

/* Takes note of the node's elements; true once both the first value that is not finite and the first NaN are known. */
static bool inspect(search *s, const wg_node *node, const void *data) {
  wg_anomaly *found = s->found;
  if (node->dtype != WG_F32 && node->dtype != WG_F64) return false;
  bool deliberate = says_infinity(node), first = !found->node;
  for (int i = 0; i < node->input_count; i++) deliberate |= s->carries[node->inputs[i]->id];
  for (int64_t i = 0; i < wg_node_size(node); i++) {
    double value = element(node->dtype, data, i);
    if (isfinite(value)) continue;
    if (isinf(value) && deliberate) {
      s->carries[node->id] = 1;
      continue;
    }
    if (!found->node) {
      found->node = node;
      found->index = i;
      found->value = value;
    }
    found->not_finite += first;
    if (isnan(value) && !found->nan_node) {
      found->nan_node = node;
      found->nan_index = i;
    }
  }
  return found->nan_node != NULL;
}

/* A plan for these nodes, bound to what the searched one is bound to, and run. */
static wg_status run_part(search *s, size_t count, wg_node *const *nodes, wg_plan **part) {
  wg_plan *plan = s->plan;
  *part = wg_plan_new(count, nodes);
  wg_status status = wg_plan_status(*part);
  for (size_t i = 0; status == WG_OK && i < plan->leaf_count; i++) {
    const wg_value *leaf = &plan->values[i];
    const void *data = leaf->data;
    if (is_bound(leaf->node) && data) status = wg_bind(*part, leaf->node, data);
  }
  if (status == WG_OK) status = wg_run(*part);
  return status == WG_OK ? WG_OK : wg_plan_fail(plan, status, "%s", wg_plan_error(*part));
}

/* How many nodes from `from` on are looked at together. */
static size_t part_size(const search *s, size_t from) {
  size_t count = 0, bytes = 0;
  while (from + count < s->needed.count && count < NODES_MAX && bytes < BYTES_MAX) {
    const wg_node *node = s->needed.nodes[from + count++];
    bytes += (size_t)wg_node_size(node) * wg_dtype_size(node->dtype);
  }
  return count;
}

static wg_status look(search *s) {
  bool done = false;
  for (size_t from = 0, count; from < s->needed.count && !done; from += count) {
    wg_node *const *nodes = (wg_node *const *)s->needed.nodes + from;
    wg_plan *part;
    count = part_size(s, from);
    wg_status status = run_part(s, count, nodes, &part);
    for (size_t k = 0; status == WG_OK && k < count && !done; k++) done = inspect(s, nodes[k], wg_data(part, nodes[k]));
    wg_plan_free(part);
    if (status != WG_OK) return status;
  }
  if (s->found->nan_node == s->found->node) s->found->nan_node = NULL;
  return WG_OK;
}

/* ---- What its inputs were ---- */

/* The element of `input` that element `index` of `node` is made of, as NumPy broadcasts; both row-major. */
static int64_t broadcast_index(const wg_node *node, int64_t index, const wg_node *input) {
  int64_t at = 0, stride = 1;
  int shift = node->shape->rank - input->shape->rank;
  for (int axis = node->shape->rank - 1; axis >= shift; axis--) {
    int64_t size = input->shape->size[axis - shift];
    if (size > 1) at += index % node->shape->size[axis] * stride;
    stride *= size;
    index /= node->shape->size[axis];
  }
  return at;
}

static void describe_input(const wg_anomaly *found, const wg_node *node, const void *data, wg_anomaly_input *input) {
  const wg_node *y = found->node;
  *input = (wg_anomaly_input){.node = node, .least = NAN, .greatest = NAN, .index = -1, .element = NAN};
  for (int64_t i = 0; i < wg_node_size(node); i++) {
    double value = element(node->dtype, data, i);
    input->not_finite += !isfinite(value);
    if (!isfinite(value)) continue;
    if (!(input->least <= value)) input->least = value;
    if (!(input->greatest >= value)) input->greatest = value;
  }
  bool elementwise = y->op->loop[y->inputs[0]->dtype] && node->shape->rank <= y->shape->rank;
  if (!elementwise) return;
  input->index = broadcast_index(y, found->index, node);
  input->element = element(node->dtype, data, input->index);
}

static wg_status describe_inputs(search *s) {
  wg_anomaly *found = s->found;
  const wg_node *node = found->node;
  wg_plan *part;
  found->input_count = node->input_count;
  int count = node->input_count < WG_ANOMALY_INPUTS_MAX ? node->input_count : WG_ANOMALY_INPUTS_MAX;
  if (count == 0) return WG_OK;
  wg_status status = run_part(s, (size_t)count, node->inputs, &part);
  for (int i = 0; status == WG_OK && i < count; i++)
    describe_input(found, node->inputs[i], wg_data(part, node->inputs[i]), &found->inputs[i]);
  wg_plan_free(part);
  return status;
}

/* ---- Which derivative it belongs to ---- */

/* of[id] is the node whose adjoint node `id` is, one with a name if there is one, or NULL. */
static void list_adjoints(const wg_tape *tape, wg_node *root, const wg_node **of) {
  for (size_t id = 0; id < wg_tape_count(tape); id++) {
    wg_node *node = wg_tape_node(tape, id), *adjoint = wg_adjoint(root, node);
    if (adjoint && (!of[adjoint->id] || (!of[adjoint->id]->name && node->name))) of[adjoint->id] = node;
  }
}

/* The node itself, or the first that comes of it and is a known adjoint. */
static bool find_adjoint(wg_anomaly *found, const wg_tape *tape, wg_node *root) {
  size_t count = wg_tape_count(tape);
  const wg_allocator *allocator = wg_tape_allocator(tape);
  const wg_node **of = wg_allocate_zeroed(allocator, count, sizeof *of);
  unsigned char *comes = wg_allocate_zeroed(allocator, count, 1);
  bool complete = of && comes;
  if (complete) {
    list_adjoints(tape, root, of);
    comes[found->node->id] = 1;
  }
  for (size_t id = found->node->id; complete && id < count && !found->adjoint_of; id++) {
    const wg_node *node = wg_tape_node(tape, id);
    for (int i = 0; i < node->input_count && !comes[id]; i++) comes[id] = comes[node->inputs[i]->id];
    if (!comes[id] || !of[id]) continue;
    found->adjoint_of = of[id];
    found->is_adjoint = node == found->node;
  }
  wg_release(allocator, of);
  wg_release(allocator, comes);
  return complete;
}

static wg_status place(search *s) {
  const wg_plan *plan = s->plan;
  wg_node *root = (wg_node *)plan->output_nodes[0];
  wg_sequence forward;
  if (!wg_sequence_needed(&forward, plan->tape, &(wg_goal){.count = 1, .outputs = &root})) return WG_ERROR_MEMORY;
  s->found->backward = true;
  for (size_t i = 0; i < forward.count; i++)
    if (forward.nodes[i] == s->found->node) s->found->backward = false;
  wg_sequence_free(&forward, plan->tape);
  return !s->found->backward || find_adjoint(s->found, plan->tape, root) ? WG_OK : WG_ERROR_MEMORY;
}

wg_status wg_anomaly_find(wg_plan *plan, wg_anomaly *anomaly) {
  *anomaly = (wg_anomaly){0};
  if (!plan) return WG_ERROR_MEMORY;
  if (!plan->made) return plan->status;
  if (plan->output_count == 0) return WG_OK;
  search s = {.plan = plan, .found = anomaly};
  const wg_goal goal = {.count = plan->output_count, .outputs = (wg_node *const *)plan->output_nodes};
  wg_status status = WG_ERROR_MEMORY;
  if (wg_sequence_needed(&s.needed, plan->tape, &goal)) {
    s.carries = wg_allocate_zeroed(plan->allocator, s.needed.end, 1);
    if (s.carries) status = look(&s);
    if (status == WG_OK && anomaly->node) status = describe_inputs(&s);
    if (status == WG_OK && anomaly->node) status = place(&s);
    wg_release(plan->allocator, s.carries);
    wg_sequence_free(&s.needed, plan->tape);
  }
  if (status == WG_OK) return WG_OK;
  *anomaly = (wg_anomaly){0};
  if (status == WG_ERROR_MEMORY)
    wg_plan_fail(plan, status, "out of memory in the search for a value that is not finite");
  return status;
}
