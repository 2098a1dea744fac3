/* Random graphs, gradients included, computed by plans with random outputs, and node by node without sharing anything:
 * the same bits. Usage: test_fuzz_plan [GRAPHS [FIRST]]; graph k is the same one in every run. */
#include "../plan_sound.h"

#include <math.h>
#include <stdio.h>

static uint64_t graph_count = 2000, graph_first = 1;

/* ---- Choosing ---- */

static uint64_t random_state;

/* splitmix64, as in support.c */
static uint64_t random_bits(void) {
  uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}
static int below(int n) { return (int)(random_bits() % (uint64_t)n); }
static bool chance(int percent) { return below(100) < percent; }

/* ---- A graph ---- */

enum { NODES_MAX = 64, LEAVES_MAX = 6, RANK = 3 };

typedef struct graph {
  wg_tape *tape;
  wg_dtype dtype;
  int64_t size[RANK]; /* shapes are the last of these sizes, some of them 1 */
  wg_node *nodes[NODES_MAX];
  int count;
  wg_node *leaves[LEAVES_MAX];
  void *data[LEAVES_MAX];
  int leaf_count;
  wg_node *targets; /* one-hot rows, or NULL */
} graph;

static wg_node *any(const graph *g) {
  return g->nodes[chance(60) ? g->count - 1 - below(g->count < 6 ? g->count : 6) : below(g->count)];
}

static wg_shape any_shape(const graph *g) {
  wg_shape shape = {.rank = below(RANK + 1)};
  for (int axis = 0; axis < shape.rank; axis++) shape.size[axis] = chance(20) ? 1 : g->size[RANK - shape.rank + axis];
  return shape;
}

/* Keeps a node that can be computed and is small; what the library refuses is forgotten. */
static void keep(graph *g, wg_node *node) {
  wg_tape_clear_error(g->tape);
  if (!wg_node_inert(node) && wg_node_size(node) <= 512 && g->count < NODES_MAX) g->nodes[g->count++] = node;
}

/* Values between −2 and 2; labels below the last size. */
static void fill_leaf(const graph *g, int k, uint64_t seed) {
  size_t n = (size_t)wg_node_size(g->leaves[k]);
  if (wg_node_dtype(g->leaves[k]) == WG_I64)
    fill_i64(g->data[k], n, 0, g->size[RANK - 1], seed);
  else if (g->dtype == WG_F32)
    fill_f32(g->data[k], n, -2, 2, seed);
  else
    fill_f64(g->data[k], n, -2, 2, seed);
}

static void add_leaf(graph *g, wg_dtype dtype, wg_shape shape) {
  wg_node *leaf = chance(50) ? wg_input(g->tape, "x", dtype, shape) : wg_param(g->tape, "w", dtype, shape);
  g->leaves[g->leaf_count] = leaf;
  g->data[g->leaf_count] = new_f64((size_t)wg_node_size(leaf));
  fill_leaf(g, g->leaf_count++, random_bits());
  keep(g, leaf);
}

/* ---- Operations ---- */

/* Running sums of the elements in row-major order: a kernel that wants its input dense. */
static wg_status running_sum_f64(wg_call *call) {
  double sum = 0;
  for (int64_t k = 0; k < wg_node_size(call->node); k++)
    ((double *)call->out.data)[k] = sum += ((const double *)call->in[0].data)[k];
  return WG_OK;
}
static wg_status running_sum_f32(wg_call *call) {
  float sum = 0;
  for (int64_t k = 0; k < wg_node_size(call->node); k++)
    ((float *)call->out.data)[k] = sum += ((const float *)call->in[0].data)[k];
  return WG_OK;
}
static const wg_op op_running_sum = {.name = "running_sum",
                                     .arity = 1,
                                     .flags = WG_OP_DENSE,
                                     .infer = wg_infer_same,
                                     .kernel = {[WG_F32] = running_sum_f32, [WG_F64] = running_sum_f64}};

static wg_node *record_unary(graph *g) {
  static wg_node *(*const functions[])(wg_node *) = {wg_neg,    wg_tanh, wg_sigmoid, wg_relu, wg_softplus,
                                                     wg_square, wg_exp,  wg_log,     wg_sqrt, wg_probability};
  wg_node *x = any(g);
  switch (below(13)) {
  case 0:
    return wg_scale(x, (double)below(5) - 2);
  case 1:
    return wg_div_count(x, 1 + below(4));
  case 2:
    return wg_power(x, (double)below(4));
  default: /* those that grow or have no value everywhere are less frequent */
    return functions[chance(75) ? below(5) : below(10)](x);
  }
}

static wg_node *record_binary(graph *g) {
  static wg_node *(*const functions[])(wg_node *, wg_node *) = {
      wg_add,  wg_sub,           wg_mul,   wg_matmul,    wg_add_bias,        wg_div, wg_greater, wg_less_equal,
      wg_less, wg_greater_equal, wg_equal, wg_not_equal, wg_bce_logits_terms};
  wg_node *a = any(g), *b = chance(15) ? a : any(g);
  if (g->targets && chance(15)) return wg_cross_entropy_terms(a, g->targets);
  if (chance(10)) return wg_where(any(g), a, b);
  if (chance(20)) return chance(50) ? wg_matmul(a, wg_transpose(b)) : wg_matmul(wg_transpose(a), b);
  return functions[chance(80) ? below(5) : below(13)](a, b);
}

static wg_node *record_view(graph *g) {
  wg_node *x = any(g);
  int64_t n = wg_node_size(x);
  wg_shape shape = wg_node_shape(x);
  int64_t axis = shape.rank ? below(shape.rank) : 0, size = shape.rank ? shape.size[axis] : 0;
  switch (below(9)) {
  case 0:
  case 1:
    return wg_transpose(x);
  case 6: /* views with an offset, with a step, and backwards */
    return size ? wg_narrow(x, axis, below((int)size), 1) : x;
  case 7: {
    int64_t start = 0, stop = size, step = 1 + below(2);
    return size ? wg_slice(x, 1, &axis, &start, &stop, &step) : x;
  }
  case 8:
    return shape.rank ? wg_flip(x, 1, &axis) : x;
  case 2:
    return wg_reshape(x, WG_SHAPE(-1));
  case 3:
    return wg_reshape(x, n % 2 ? WG_SHAPE(1, n) : WG_SHAPE(2, -1));
  case 4:
    return wg_reshape(x, any_shape(g));
  default:
    return wg_broadcast_to(x, wg_shape_of(RANK, g->size));
  }
}

static wg_node *record_reduction(graph *g) {
  wg_node *x = any(g);
  int rank = wg_node_shape(x).rank, count = 0;
  int64_t axes[RANK], axis = rank ? below(rank) : 0;
  bool keeps = chance(50);
  for (int a = 0; a < rank && a < RANK; a++)
    if (chance(50)) axes[count++] = a;
  switch (below(8)) {
  case 0:
  case 1:
    return wg_sum(x, count, axes, keeps);
  case 2:
    return wg_mean(x, count, axes, keeps);
  case 3:
    return wg_max(x, axis, keeps);
  case 4:
    return wg_max_mask(x, axis);
  case 5:
    return wg_softmax(x, axis);
  case 6:
    return wg_log_softmax(x, axis);
  default:
    return wg_apply(&op_running_sum, 1, &x, NULL);
  }
}

static void record_random(graph *g) {
  switch (below(10)) {
  case 0:
  case 1:
  case 2:
    keep(g, record_unary(g));
    break;
  case 3:
  case 4:
  case 5:
    keep(g, record_binary(g));
    break;
  case 6:
  case 7:
    keep(g, record_view(g));
    break;
  default:
    keep(g, record_reduction(g));
  }
}

/* Adjoints of a random node by some of the others, with or without a seed, and perhaps theirs again. */
static void record_gradient(graph *g) {
  wg_node *root = any(g), *wrt[3], *grad[3] = {NULL};
  int count = 1 + below(3), floats = 0;
  for (int tries = 0; tries < 30 && floats < count; tries++) {
    wrt[floats] = chance(60) ? g->leaves[below(g->leaf_count)] : any(g);
    floats += wg_node_dtype(wrt[floats]) != WG_I64;
  }
  if (wg_node_dtype(root) == WG_I64 || floats == 0) return;
  wg_status status = chance(30) ? wg_vjp(root, wg_tanh(root), (size_t)floats, wrt, grad)
                                : wg_grad(wg_sum_all(root), (size_t)floats, wrt, grad);
  if (status != WG_OK) fail_msg("gradient: %s", wg_tape_error(g->tape));
  for (int k = 0; k < floats; k++) keep(g, grad[k]);
}

static graph graph_new(uint64_t number) {
  random_state = number * UINT64_C(0xd1342543de82ef95);
  graph g = {.tape = wg_tape_new(), .dtype = chance(30) ? WG_F32 : WG_F64};
  for (int axis = 0; axis < RANK; axis++) g.size[axis] = chance(5) ? 0 : 1 + below(5);
  int leaves = 2 + below(3), nodes = 10 + below(40), gradients = below(3);
  for (int k = 0; k < leaves; k++) add_leaf(&g, g.dtype, any_shape(&g));
  if (g.size[RANK - 1] > 0 && chance(40)) {
    add_leaf(&g, WG_I64, WG_SHAPE(g.size[1]));
    keep(&g, g.targets = wg_one_hot(g.leaves[g.leaf_count - 1], g.size[RANK - 1], g.dtype));
  }
  if (chance(30)) keep(&g, wg_fill(g.tape, g.dtype, any_shape(&g), (double)below(3)));
  if (chance(30)) {
    double data[4] = {0.5, -1, 0.25, 2};
    keep(&g, wg_constant(g.tape, g.dtype, WG_SHAPE(2, 1), data));
  }
  for (int k = 0; k < nodes; k++) record_random(&g);
  for (int k = 0; k < gradients; k++) record_gradient(&g);
  for (int k = 0; k < 3; k++) record_random(&g); /* on top of gradients */
  return g;
}

static void graph_free(graph *g) {
  wg_tape_free(g->tape);
  for (int k = 0; k < g->leaf_count; k++) free(g->data[k]);
}

/* ---- Without a plan for the whole ---- */

static size_t bytes_in(const wg_node *node) { return (size_t)wg_node_size(node) * wg_dtype_size(wg_node_dtype(node)); }

/* Runs a plan for one node, bound to those leaves, and returns a copy of its elements. */
static void *run_alone(wg_node *node, int count, wg_node *const *leaves, void *const *data) {
  wg_plan *plan = wg_plan_new(1, &node);
  for (int k = 0; k < count; k++) wg_bind(plan, leaves[k], data[k]);
  if (wg_run(plan) != WG_OK) fail_msg("%s alone: %s", wg_node_op(node), wg_plan_error(plan));
  void *values = new_f64(bytes_in(node) / 4 + 1);
  if (bytes_in(node)) memcpy(values, wg_data(plan, node), bytes_in(node));
  wg_plan_free(plan);
  return values;
}

/* The same call on a tape of its own, on inputs that hold the values of those of the node. */
static void *value_alone(const wg_node *node, void *const *values) {
  wg_node *inputs[8];
  void *data[8];
  wg_attr attrs[17];
  int count = wg_node_input_count(node), attr_count = 0;
  wg_tape *tape = wg_tape_new();
  for (int i = 0; i < count; i++) {
    const wg_node *input = wg_node_input(node, i);
    inputs[i] = wg_input(tape, "in", wg_node_dtype(input), wg_node_shape(input));
    data[i] = values[wg_node_id(input)];
  }
  for (; node->op->attrs && node->op->attrs[attr_count].kind != WG_ATTR_END; attr_count++)
    attrs[attr_count] = node->attrs[attr_count];
  attrs[attr_count] = (wg_attr){0};
  wg_node *copy = wg_apply(node->op, count, inputs, attrs);
  assert_tape_good(tape);
  void *result = run_alone(copy, count, inputs, data);
  wg_tape_free(tape);
  return result;
}

/* The values of all nodes of the tape, by number. */
static void **values_alone(const graph *g) {
  size_t count = wg_tape_count(g->tape);
  void **values = calloc(count, sizeof *values);
  for (size_t id = 0; id < count; id++) {
    wg_node *node = wg_tape_node(g->tape, id);
    values[id] = node->input_count ? value_alone(node, values) : run_alone(node, g->leaf_count, g->leaves, g->data);
  }
  return values;
}

static void values_free(const graph *g, void **values) {
  for (size_t id = 0; id < wg_tape_count(g->tape); id++) free(values[id]);
  free(values);
}

/* ---- Comparing ---- */

/* The first element that differs in its bits, except that one NaN is as good as another; −1 if there is none. */
static int64_t first_difference(const wg_node *node, const void *a, const void *b) {
  for (int64_t k = 0; k < wg_node_size(node); k++) {
    if (wg_node_dtype(node) == WG_F32) {
      const float *x = (const float *)a + k, *y = (const float *)b + k;
      if (memcmp(x, y, sizeof *x) && !(isnan(*x) && isnan(*y))) return k;
    } else {
      const double *x = (const double *)a + k, *y = (const double *)b + k;
      if (memcmp(x, y, sizeof *x) && !(isnan(*x) && isnan(*y))) return k;
    }
  }
  return -1;
}

typedef struct goal {
  wg_node *outputs[8];
  wg_leaf_update updates[LEAVES_MAX];
  wg_goal as_goal;
} goal;

/* Random outputs; and some leaves may get the value of a random node of their shape. */
static void goal_choose(const graph *g, goal *chosen) {
  size_t count = 1 + (size_t)below(8), updates = 0;
  for (size_t k = 0; k < count; k++)
    chosen->outputs[k] = chance(70) ? any(g) : wg_tape_node(g->tape, random_bits() % wg_tape_count(g->tape));
  for (int k = 0; chance(70) && k < g->leaf_count; k++)
    for (int tries = 0; tries < 20; tries++) {
      wg_shape wanted = wg_node_shape(g->leaves[k]), shape;
      wg_node *value = any(g);
      shape = wg_node_shape(value);
      if (wg_node_dtype(value) != wg_node_dtype(g->leaves[k]) || !wg_shape_equal(&shape, &wanted)) continue;
      chosen->updates[updates++] = (wg_leaf_update){g->leaves[k], value};
      break;
    }
  chosen->as_goal = (wg_goal){count, chosen->outputs, updates, chosen->updates};
}

static void compare_node(uint64_t number, const char *what, const wg_node *node, const void *data,
                         const void *expected) {
  int64_t at = first_difference(node, data, expected);
  if (at >= 0)
    fail_msg("graph %llu: element %lld of %s %zu (%s) differs", (unsigned long long)number, (long long)at, what,
             wg_node_id(node), wg_node_op(node));
}

/* Runs the plan on copies of the leaves' data, over memory that holds nothing of use. */
static void compare(const graph *g, uint64_t number, wg_plan *plan, const goal *chosen, void *const *expected) {
  void *copies[LEAVES_MAX];
  for (int k = 0; k < g->leaf_count; k++) {
    copies[k] = new_f64((size_t)wg_node_size(g->leaves[k]));
    memcpy(copies[k], g->data[k], bytes_in(g->leaves[k]));
    assert_int_equal(wg_bind_updated(plan, g->leaves[k], copies[k]), WG_OK);
  }
  plan_poison(plan);
  if (wg_run(plan) != WG_OK) fail_msg("graph %llu: %s", (unsigned long long)number, wg_plan_error(plan));
  for (size_t k = 0; k < plan->output_count; k++) {
    const wg_node *node = chosen->outputs[k];
    if (wg_owner_of(plan, plan->outputs[k])->updated) continue; /* it shows what the leaf holds now */
    compare_node(number, "node", node, wg_data(plan, node), expected[wg_node_id(node)]);
  }
  for (int k = 0; k < g->leaf_count; k++) {
    const wg_node *node = g->leaves[k];
    for (size_t u = 0; u < chosen->as_goal.update_count; u++)
      if (chosen->updates[u].leaf == g->leaves[k]) node = chosen->updates[u].value;
    compare_node(number, "leaf holding", node, copies[k], expected[wg_node_id(node)]);
    free(copies[k]);
  }
}

/* Plans are made as for users, and as if these graphs were large or caches tiny; with passes and without, with steps that
 * write over their inputs and without; and run in one thread or in three. */
enum { PLANS = 5 };

static void plans_make(const goal *chosen, wg_threads *pool, wg_plan *plans[PLANS]) {
  const wg_plan_tuning tiny = {.fuses = true,
                               .overwrites = chance(70),
                               .few = below(8),
                               .row = 2 + below(6),
                               .tile = 1 + below(12),
                               .piece = 1 + below(20)};
  wg_plan_tuning unfused = tiny, large = wg_plan_tuned, plain = {.few = 1, .row = 1, .tile = 1, .piece = 1000};
  unfused.fuses = false;
  large.few = 0;
  const wg_plan_tuning *tunings[PLANS] = {&wg_plan_tuned, &tiny, &unfused, &large, &plain};
  for (int k = 0; k < PLANS; k++) {
    plans[k] = wg_plan_make(&chosen->as_goal, NULL, tunings[k]);
    if (chance(30)) wg_plan_use_threads(plans[k], pool);
  }
}

typedef struct totals {
  size_t steps, in_place, copies, updates, passes, in_passes, in_cache;
} totals;

static void totals_add(totals *sum, const wg_plan *plan) {
  wg_plan_step step;
  for (size_t i = 0; wg_plan_step_at(plan, i, &step); i++) {
    sum->steps++, sum->in_place += step.in_place, sum->copies += step.copy;
    sum->updates += step.updates != NULL;
    sum->passes += step.pass_begin == i && step.pass_end > i + 1;
    sum->in_passes += step.pass_end > step.pass_begin + 1;
    sum->in_cache += step.bytes == 0 && !step.updates && wg_node_size(step.node) > 0;
  }
}

static void plans_and_single_nodes_have_the_same_bits(void **state) {
  (void)state;
  totals sum = {0};
  size_t nodes = 0;
  wg_threads *pool = wg_threads_new(3);
  for (uint64_t number = graph_first; number < graph_first + graph_count; number++) {
    graph g = graph_new(number);
    goal chosen;
    wg_plan *plans[PLANS];
    goal_choose(&g, &chosen);
    plans_make(&chosen, pool, plans);
    for (int round = 0; round < 2; round++) {
      void **expected = values_alone(&g);
      for (int k = 0; k < PLANS; k++) {
        if (wg_plan_status(plans[k]) != WG_OK)
          fail_msg("graph %llu: %s", (unsigned long long)number, wg_plan_error(plans[k]));
        assert_plan_sound(plans[k]);
        compare(&g, number, plans[k], &chosen, expected);
      }
      values_free(&g, expected);
      for (int k = 0; k < g.leaf_count; k++) fill_leaf(&g, k, random_bits());
    }
    nodes += wg_tape_count(g.tape);
    for (int k = 0; k < PLANS; k++) {
      totals_add(&sum, plans[k]);
      wg_plan_free(plans[k]);
    }
    graph_free(&g);
  }
  wg_threads_free(pool);
  print_message("%llu graphs of %zu nodes: %zu steps, %zu in place, %zu copies, %zu updates; %zu passes of %zu steps, "
                "%zu in the cache\n",
                (unsigned long long)graph_count, nodes, sum.steps, sum.in_place, sum.copies, sum.updates, sum.passes,
                sum.in_passes, sum.in_cache);
}

int main(int argc, char **argv) {
  if (argc > 1) graph_count = strtoull(argv[1], NULL, 10);
  if (argc > 2) graph_first = strtoull(argv[2], NULL, 10);
  const struct CMUnitTest tests[] = {cmocka_unit_test(plans_and_single_nodes_have_the_same_bits)};
  return RUN_TESTS(tests);
}
