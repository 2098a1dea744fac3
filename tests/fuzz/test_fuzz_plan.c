/* Random graphs, gradients included, computed by plans with random outputs and updates, and node by node without any plan:
 * the same bits. Usage: test_fuzz_plan [NODES [FIRST]]: graphs from number FIRST on, until they have so many nodes together;
 * a graph that fails is shown, with as few outputs and updates as fail. */
#include "random_graph.h"

#include "../plain.h"
#include "../plan_sound.h"

#include "../../engine/checkpoint.h"
#include "../../engine/plan_cache.h"

#include <math.h>
#include <stdio.h>

static size_t node_goal = 1000000;
static uint64_t graph_first = 1;

/* ---- Without a plan ---- */

/* The values of all nodes of the tape, by number; those of leaves are theirs. */
static void **values_plain(const graph *g) {
  size_t count = wg_tape_count(g->tape);
  void **values = calloc(count, sizeof *values);
  for (int k = 0; k < g->leaf_count; k++) values[wg_node_id(g->leaves[k])] = g->data[k];
  for (size_t id = 0; id < count; id++)
    if (!values[id]) values[id] = plain_value(wg_tape_node(g->tape, id), values);
  return values;
}

static void values_free(const graph *g, void **values) {
  for (int k = 0; k < g->leaf_count; k++) values[wg_node_id(g->leaves[k])] = NULL;
  for (size_t id = 0; id < wg_tape_count(g->tape); id++) free(values[id]);
  free(values);
}

/* ---- What is asked of a graph ---- */

enum { OUTPUTS_MAX = 8 };

typedef struct goal {
  size_t count, update_count;
  wg_node *outputs[OUTPUTS_MAX];
  wg_leaf_update updates[LEAVES_MAX];
} goal;

/* Random outputs; and some leaves may get the value of a random node of their shape. */
static goal goal_choose(const graph *g) {
  goal chosen = {.count = 1 + (size_t)below(OUTPUTS_MAX)};
  for (size_t k = 0; k < chosen.count; k++)
    chosen.outputs[k] = chance(70) ? any(g) : wg_tape_node(g->tape, random_bits() % wg_tape_count(g->tape));
  for (int k = 0; chance(70) && k < g->leaf_count; k++)
    for (int tries = 0; tries < 20; tries++) {
      wg_shape wanted = wg_node_shape(g->leaves[k]), shape;
      wg_node *value = any(g);
      shape = wg_node_shape(value);
      if (wg_node_dtype(value) != wg_node_dtype(g->leaves[k]) || !wg_shape_equal(&shape, &wanted)) continue;
      chosen.updates[chosen.update_count++] = (wg_leaf_update){g->leaves[k], value};
      break;
    }
  return chosen;
}

/* ---- Ways to plan it ---- */

typedef struct way {
  const char *name;
  wg_plan_tuning tuning;
  bool threads, cached, checkpointed;
  wg_checkpoint_options checkpoints;
} way;

enum { WAYS_MAX = 7 };

/* As for users, and as if these graphs were large or caches tiny; with passes and without, with steps that write over their
 * inputs and without; by the cache of plans; with checkpoints, within a budget or not; in one thread or in three. */
static int ways_choose(const graph *g, const goal *chosen, way ways[WAYS_MAX]) {
  wg_plan_tuning tiny = wg_plan_tuned, unfused, large = wg_plan_tuned, plain;
  tiny.overwrites = chance(70);
  tiny.epilogues = chance(70);
  tiny.terms = chance(70);
  tiny.few = below(8);
  tiny.row = 2 + below(6);
  tiny.tile = 1 + below(12);
  tiny.tile_small = 0;
  tiny.piece = 1 + below(20);
  tiny.columns = below(20);
  tiny.column = below(6);
  tiny.arithmetic = below(20);
  unfused = tiny;
  unfused.fuses = false;
  large.few = 0;
  plain = unfused;
  plain.overwrites = false;
  plain.terms = false;
  plain.arithmetic = 0;
  int count = 0;
  ways[count++] = (way){.name = "tuned", .tuning = wg_plan_tuned};
  ways[count++] = (way){.name = "tiny", .tuning = tiny};
  ways[count++] = (way){.name = "unfused", .tuning = unfused};
  ways[count++] = (way){.name = "large", .tuning = large};
  ways[count++] = (way){.name = "plain", .tuning = plain};
  if (chance(40)) ways[count++] = (way){.name = "cached", .cached = true};
  wg_node *root = any(g);
  if (chance(60) && chosen->count) {
    way *w = &ways[count++];
    *w = (way){.name = "checkpointed", .checkpointed = true};
    w->checkpoints =
        (wg_checkpoint_options){.root = root, .policy = (wg_checkpointing)below(4), .slots = 1 + (size_t)below(4)};
    if (chance(40)) w->checkpoints.byte_budget = 1 + (size_t)below(8192);
  }
  for (int k = 0; k < count; k++) ways[k].threads = chance(30);
  return count;
}

static wg_threads *pool;
static wg_plan_cache *cache;

static wg_plan *plan_made(const goal *chosen, const way *w) {
  const wg_goal whole = {chosen->count, (wg_node *const *)chosen->outputs, chosen->update_count, chosen->updates};
  wg_plan *plan = w->cached ? wg_plan_cache_get(cache, whole.count, whole.outputs, whole.update_count, whole.updates)
                  : w->checkpointed ? wg_plan_new_checkpointed(whole.count, whole.outputs, &w->checkpoints, NULL)
                                    : wg_plan_make(&whole, NULL, &w->tuning);
  wg_plan_use_threads(plan, w->threads ? pool : NULL);
  return plan;
}

/* A budget may be too small for any plan. */
static bool refused(const wg_plan *plan, const way *w) {
  return w->checkpoints.byte_budget && wg_plan_status(plan) == WG_ERROR_ARGUMENT;
}

static void plan_end(wg_plan *plan, const way *w) {
  if (!w->cached) wg_plan_free(plan);
}

/* ---- Comparing ---- */

/* Whether all elements have the same bits, one NaN being as good as another; else the message says which does not. */
static bool same_bits(const wg_node *node, const char *what, const void *a, const void *b, char message[256]) {
  const size_t size = wg_dtype_size(wg_node_dtype(node));
  for (int64_t k = 0; k < wg_node_size(node); k++) {
    const char *x = (const char *)a + (size_t)k * size, *y = (const char *)b + (size_t)k * size;
    if (!memcmp(x, y, size)) continue;
    double left = 0, right = 0;
    if (wg_node_dtype(node) == WG_F32)
      left = (double)*(const float *)x, right = (double)*(const float *)y;
    else if (wg_node_dtype(node) == WG_F64)
      left = *(const double *)x, right = *(const double *)y;
    if (isnan(left) && isnan(right)) continue;
    snprintf(message, 256, "element %lld of %s %zu (%s) is %.17g instead of %.17g", (long long)k, what,
             wg_node_id(node), wg_node_op(node), left, right);
    return false;
  }
  return true;
}

/* Runs the plan on copies of the leaves' data, over memory that holds nothing of use. */
static bool run_right(const graph *g, const goal *chosen, const way *w, wg_plan *plan, void *const *expected,
                      char message[256]) {
  void *copies[LEAVES_MAX];
  bool right = true;
  for (int k = 0; k < g->leaf_count; k++) {
    copies[k] = memcpy(new_f64((size_t)wg_node_size(g->leaves[k])), g->data[k], plain_bytes(g->leaves[k]));
    assert_int_equal(wg_bind_updated(plan, g->leaves[k], copies[k]), WG_OK);
  }
  plan_poison(plan);
  if (wg_run(plan) != WG_OK) right = false, snprintf(message, 256, "%s", wg_plan_error(plan));
  for (size_t k = 0; k < chosen->count && right; k++) {
    const wg_node *node = chosen->outputs[k];
    if (wg_owner_of(plan, plan->outputs[k])->updated) continue; /* it shows what the leaf holds now */
    right = same_bits(node, "node", wg_data(plan, node), expected[wg_node_id(node)], message);
  }
  for (int k = 0; k < g->leaf_count; k++) {
    const wg_node *node = g->leaves[k];
    for (size_t u = 0; u < chosen->update_count && !w->checkpointed; u++)
      if (chosen->updates[u].leaf == g->leaves[k]) node = chosen->updates[u].value;
    if (right) right = same_bits(node, "leaf holding", copies[k], expected[wg_node_id(node)], message);
    free(copies[k]);
  }
  return right;
}

/* ---- Showing what fails ---- */

/* What is being tried, for the message if it fails. */
static struct {
  const graph *graph;
  const goal *goal;
  const way *way;
  uint64_t number;
} trying;

static void needed_mark(bool *needed, const wg_node *node) {
  needed[wg_node_id(node)] = true; /* their inputs are marked on the way down the tape */
}

static void attrs_print(const wg_node *node) {
  for (int k = 0; node->op->attrs && node->op->attrs[k].kind != WG_ATTR_END; k++) {
    const wg_attr *attr = &node->attrs[k];
    if (attr->kind == WG_ATTR_INTEGER) printf(" %s=%lld", attr->name, (long long)attr->integer);
    if (attr->kind == WG_ATTR_NUMBER) printf(" %s=%g", attr->name, attr->number);
    for (int i = 0; attr->kind == WG_ATTR_INTEGERS && i < attr->count; i++)
      printf("%s%lld", i ? "," : (printf(" %s=", attr->name), ""), (long long)attr->integers[i]);
  }
}

static void graph_print(const graph *g, const goal *chosen) {
  size_t count = wg_tape_count(g->tape);
  bool *needed = calloc(count, sizeof *needed);
  for (size_t k = 0; k < chosen->count; k++) needed_mark(needed, chosen->outputs[k]);
  for (size_t u = 0; u < chosen->update_count; u++) needed_mark(needed, chosen->updates[u].value);
  for (size_t id = count; id-- > 0;)
    for (int i = 0; needed[id] && i < wg_node_input_count(wg_tape_node(g->tape, id)); i++)
      needed_mark(needed, wg_node_input(wg_tape_node(g->tape, id), i));
  for (size_t id = 0; id < count; id++) {
    const wg_node *node = wg_tape_node(g->tape, id);
    char shape[WG_SHAPE_TEXT_SIZE];
    if (!needed[id]) continue;
    printf("  n%zu = %s", id, wg_node_op(node));
    for (int i = 0; i < wg_node_input_count(node); i++) printf(" n%zu", wg_node_id(wg_node_input(node, i)));
    attrs_print(node);
    printf(" : %s %s\n", wg_dtype_text(wg_node_dtype(node)), wg_shape_text(node->shape, shape));
  }
  printf("  outputs:");
  for (size_t k = 0; k < chosen->count; k++) printf(" n%zu", wg_node_id(chosen->outputs[k]));
  for (size_t u = 0; u < chosen->update_count; u++)
    printf("; n%zu <- n%zu", wg_node_id(chosen->updates[u].leaf), wg_node_id(chosen->updates[u].value));
  printf("\n");
  free(needed);
}

static int show_what_failed(void **state) {
  (void)state;
  if (!trying.graph) return 0;
  const way *w = trying.way;
  const wg_plan_tuning *t = &w->tuning;
  printf("graph %llu (again: test_fuzz_plan 1 %llu), planned as \"%s\"%s", (unsigned long long)trying.number,
         (unsigned long long)trying.number, w->name, w->threads ? ", in three threads" : "");
  if (w->checkpointed)
    printf(", policy %d, %zu slots, budget %zu, root n%zu", (int)w->checkpoints.policy, w->checkpoints.slots,
           w->checkpoints.byte_budget, wg_node_id(w->checkpoints.root));
  else if (!w->cached)
    printf(
        ", fuses %d, overwrites %d, epilogues %d, terms %d, few %lld, row %lld, tile %lld, piece %lld, arithmetic %lld",
        t->fuses, t->overwrites, t->epilogues, t->terms, (long long)t->few, (long long)t->row, (long long)t->tile,
        (long long)t->piece, (long long)t->arithmetic);
  printf(":\n");
  graph_print(trying.graph, trying.goal);
  return 0;
}

/* Whether a plan of its own for this goal fails too. */
static bool fails(const graph *g, const goal *chosen, const way *w, void *const *expected, char message[256]) {
  wg_plan *plan = plan_made(chosen, w);
  const bool wrong = wg_plan_status(plan) == WG_OK && !run_right(g, chosen, w, plan, expected, message);
  plan_end(plan, w);
  return wrong;
}

/* Leaves out outputs and updates as long as it fails without them. */
static void shrink(const graph *g, goal *chosen, const way *w, void *const *expected, char message[256]) {
  for (size_t k = 0; k < chosen->count;) {
    goal less = *chosen;
    memmove(less.outputs + k, less.outputs + k + 1, (--less.count - k) * sizeof *less.outputs);
    if (less.count + less.update_count > 0 && (less.count || !w->checkpointed) && fails(g, &less, w, expected, message))
      *chosen = less;
    else
      k++;
  }
  for (size_t u = 0; u < chosen->update_count;) {
    goal less = *chosen;
    memmove(less.updates + u, less.updates + u + 1, (--less.update_count - u) * sizeof *less.updates);
    if (less.count + less.update_count > 0 && fails(g, &less, w, expected, message))
      *chosen = less;
    else
      u++;
  }
}

/* ---- All of it ---- */

typedef struct totals {
  size_t graphs, nodes, plans, steps, in_place, copies, updates, passes, in_passes, in_cache, again, refused;
} totals;

static void totals_add(totals *sum, const wg_plan *plan) {
  wg_plan_step step;
  sum->plans++;
  for (size_t i = 0; wg_plan_step_at(plan, i, &step); i++) {
    sum->steps++, sum->in_place += step.in_place, sum->copies += step.copy;
    sum->updates += step.updates != NULL;
    sum->passes += step.pass_begin == i && step.pass_end > i + 1;
    sum->in_passes += step.pass_end > step.pass_begin + 1;
    sum->in_cache += step.bytes == 0 && !step.updates && wg_node_size(step.node) > 0;
  }
}

static void assert_right(const graph *g, goal *chosen, const way *w, wg_plan *plan, void *const *expected) {
  char message[256], less[256];
  if (run_right(g, chosen, w, plan, expected, message)) return;
  shrink(g, chosen, w, expected, less);
  fail_msg("%s", message);
}

/* Lets the cache make the plan for the same graph on a tape that then goes. */
static void cache_fill(uint64_t number) {
  const uint64_t state = random_state;
  graph twin = graph_new(number);
  const goal same = goal_choose(&twin);
  plan_made(&same, &(way){.cached = true});
  graph_free(&twin);
  random_state = state;
}

static void graph_try(uint64_t number, totals *sum) {
  graph g = graph_new(number);
  goal chosen = goal_choose(&g);
  way ways[WAYS_MAX];
  wg_plan *plans[WAYS_MAX];
  const int count = ways_choose(&g, &chosen, ways);
  trying.graph = &g, trying.goal = &chosen, trying.number = number;
  for (int k = 0; k < count; k++) {
    trying.way = &ways[k];
    if (ways[k].cached) cache_fill(number);
    plans[k] = plan_made(&chosen, &ways[k]);
    if (refused(plans[k], &ways[k])) {
      sum->refused++;
      plan_end(plans[k], &ways[k]);
      plans[k] = NULL;
      continue;
    }
    if (wg_plan_status(plans[k]) != WG_OK) fail_msg("%s", wg_plan_error(plans[k]));
    if (ways[k].checkpoints.byte_budget) assert_in_range(wg_plan_bytes(plans[k]), 0, ways[k].checkpoints.byte_budget);
    totals_add(sum, plans[k]);
    sum->again += ways[k].checkpointed;
  }
  for (int round = 0; round < 2; round++) {
    void **expected = values_plain(&g);
    for (int k = 0; k < count; k++) {
      trying.way = &ways[k];
      if (plans[k]) assert_right(&g, &chosen, &ways[k], plans[k], expected);
      if (plans[k] && round == 0 && wg_plan_bytes(plans[k]) < 100000) assert_plan_sound(plans[k]);
    }
    values_free(&g, expected);
    for (int k = 0; k < g.leaf_count; k++) fill_leaf(&g, k, random_bits());
  }
  trying.graph = NULL;
  sum->graphs++;
  sum->nodes += wg_tape_count(g.tape);
  for (int k = 0; k < count; k++)
    if (plans[k]) plan_end(plans[k], &ways[k]);
  graph_free(&g);
}

static void plans_and_nodes_without_a_plan_have_the_same_bits(void **state) {
  (void)state;
  totals sum = {0};
  pool = wg_threads_new(3);
  cache = wg_plan_cache_new(50, NULL);
  for (uint64_t number = graph_first; sum.nodes < node_goal; number++) graph_try(number, &sum);
  print_message("%zu graphs of %zu nodes, %zu plans: %zu steps, %zu in place, %zu copies, %zu updates; %zu passes of "
                "%zu steps, %zu in the cache; %zu with checkpoints, %zu budgets refused; %zu found in the cache\n",
                sum.graphs, sum.nodes, sum.plans, sum.steps, sum.in_place, sum.copies, sum.updates, sum.passes,
                sum.in_passes, sum.in_cache, sum.again, sum.refused, wg_plan_cache_hits(cache));
  wg_plan_cache_free(cache);
  wg_threads_free(pool);
}

int main(int argc, char **argv) {
  if (argc > 1) node_goal = (size_t)strtoull(argv[1], NULL, 10);
  if (argc > 2) graph_first = strtoull(argv[2], NULL, 10);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(plans_and_nodes_without_a_plan_have_the_same_bits, show_what_failed)};
  return RUN_TESTS(tests);
}
