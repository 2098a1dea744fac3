/* Every operation of the table, forward and backward, and products, convolutions, reductions and losses that are large
 * enough to be cut, at every level of processors and with 1, 2, 3 and 8 threads: the same bits, whatever the number of
 * threads, at all levels with fused multiply-add. Those without it differ in the last bits of products and of functions such as
 * e^x, and in what is computed from them. Where a level and a number of threads are forced (forced.h), that level alone, with 1
 * thread and with so many. */
#include "../forced.h"
#include "../op_call.h"

#include "../../engine/plan_internal.h"
#include "../../ops/kernels/kernels.h"
#include "../../ops/loop.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const char *const levels[] = {"baseline", "avx2", "avx512"};
enum { LEVELS = COUNT_OF(levels) };
#ifdef FEW_THREADS
static const int thread_counts[] = {1, 3};
#else
static const int thread_counts[] = {1, 2, 3, 8};
#endif
enum { POOLS = COUNT_OF(thread_counts) };

static bool level_wanted(int level) {
  const char *only = getenv("WENGERT_TEST_LEVEL");
  return !only || !strcmp(only, levels[level]);
}

static bool pool_wanted(int p) {
  const char *only = getenv("WENGERT_TEST_THREADS");
  return !only || thread_counts[p] == 1 || thread_counts[p] == atoi(only);
}

/* ---- Which path runs ---- */

/* The level whose version of a loop was called last. */
static const char *called;
static void note_baseline(int n) { (void)n, called = levels[0]; }
#ifdef WG_HAVE_AVX2
static void note_avx2(int n) { (void)n, called = levels[1]; }
#endif
#ifdef WG_AVX512
static void note_avx512(int n) { (void)n, called = levels[2]; }
#endif

static void a_forced_level_is_the_one_that_runs(void **state) {
  (void)state;
  int forced = 0;
  for (int level = 0; level < LEVELS; level++) {
    if (!force_level(levels[level])) continue;
    WG_AT_LEVEL(note, 100, (100));
    assert_string_equal(called, levels[level]);
    assert_string_equal(wg_kernels_here()->level, levels[level]);
    assert_null(wg_kernels_at(forced + 1)); /* nothing above */
    forced++;
  }
  assert_true(force_level(NULL));
  assert_true(forced >= 1);
  assert_false(force_level("no such level"));
  for (int level = 0; wg_kernels_at(level); level++) forced--;
  assert_int_equal(forced, 0); /* every level of this processor could be forced */
}

/* ---- The same bits ---- */

/* What a graph gave first; and how far levels without fused multiply-add are from the others. */
typedef struct comparison {
  const char *name;
  unsigned char *kept; /* results of the first run at `level` */
  const char *level;
  double apart[WG_DTYPE_COUNT];
} comparison;

static double element(wg_dtype dtype, const void *data, int64_t k) {
  return dtype == WG_F32 ? (double)((const float *)data)[k] : ((const double *)data)[k];
}

/* The largest finite number of some results. */
static double largest_of(const wg_plan *plan, size_t count, wg_node *const *outputs) {
  double largest = 0;
  for (size_t k = 0; k < count; k++)
    for (int64_t e = 0; e < wg_node_size(outputs[k]) && wg_node_dtype(outputs[k]) != WG_I64; e++) {
      const double x = fabs(element(wg_node_dtype(outputs[k]), wg_data(plan, outputs[k]), e));
      if (isfinite(x) && x > largest) largest = x;
    }
  return largest;
}

static double distance(const wg_node *node, const void *a, const void *b, double scale) {
  double gap = 0;
  for (int64_t k = 0; k < wg_node_size(node); k++) {
    const double x = element(wg_node_dtype(node), a, k), y = element(wg_node_dtype(node), b, k);
    if (fabs(x - y) > gap) gap = fabs(x - y);
  }
  const double epsilon = wg_node_dtype(node) == WG_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
  return gap > 0 ? gap / scale / epsilon : 0;
}

static size_t bytes_in(const wg_node *node) { return (size_t)wg_node_size(node) * wg_dtype_size(wg_node_dtype(node)); }

static bool fuses(const char *level) { return strcmp(level, "baseline") != 0; }

/* Keeps the first results, and again the first of levels without fused multiply-add, which may be apart from those with;
 * all others have the bits of what was kept. */
static void compare(comparison *c, const char *level, int threads, const wg_plan *plan, size_t count,
                    wg_node *const *outputs) {
  const bool keeps = !c->kept || fuses(level) != fuses(c->level);
  size_t at = 0, bytes = 0;
  for (size_t k = 0; k < count; k++) bytes += bytes_in(outputs[k]);
  unsigned char *before = c->kept;
  const double scale = largest_of(plan, count, outputs);
  if (keeps) c->kept = malloc(bytes + 1);
  for (size_t k = 0; k < count; at += bytes_in(outputs[k]), k++) {
    const wg_dtype dtype = wg_node_dtype(outputs[k]);
    const void *data = wg_data(plan, outputs[k]);
    if (!bytes_in(outputs[k])) continue;
    if (keeps) memcpy(c->kept + at, data, bytes_in(outputs[k]));
    if (!before || !memcmp(before + at, data, bytes_in(outputs[k]))) continue;
    if (!keeps || dtype == WG_I64)
      fail_msg("%s: output %zu at %s with %d threads has other bits than at %s", c->name, k, level, threads, c->level);
    c->apart[dtype] = fmax(c->apart[dtype], distance(outputs[k], before + at, data, scale));
  }
  if (!keeps) return;
  free(before);
  c->level = level;
}

/* One graph at every level with every pool. The number of plans that ran; 0 if the operation refuses the values. */
typedef struct graph {
  const char *name;
  size_t count, binding_count;
  wg_node *const *outputs;
  wg_binding bindings[OP_CALL_LEAVES];
} graph;

static int64_t piece = FORCED_PIECE;

/* The farthest that levels without fused multiply-add were from the others, by element type, in units of ε times the largest
 * number of the graph's results; and the graph in which. */
static struct {
  double ulp;
  char name[100];
} farthest[WG_DTYPE_COUNT];
enum { FARTHEST = 16 };

static int run_everywhere(const graph *g, wg_threads *const pools[POOLS]) {
  wg_plan_tuning cut = wg_plan_tuned;
  cut.piece = piece;
  comparison c = {.name = g->name};
  int runs = 0;
  for (int level = LEVELS - 1; level >= 0; level--) {
    if (!level_wanted(level) || !force_level(levels[level])) continue;
    wg_plan *plan = wg_plan_make(&(wg_goal){.count = g->count, .outputs = g->outputs}, NULL, &cut);
    for (size_t i = 0; i < g->binding_count; i++) wg_bind(plan, g->bindings[i].node, g->bindings[i].data);
    for (int p = 0; p < POOLS; p++) {
      if (!pool_wanted(p)) continue;
      wg_plan_use_threads(plan, pools[p]);
      const wg_status status = wg_run(plan);
      if (status == WG_ERROR_DATA && !c.kept) break;
      if (status != WG_OK) fail_msg("%s: %s", g->name, wg_plan_error(plan));
      compare(&c, levels[level], thread_counts[p], plan, g->count, g->outputs);
      runs++;
    }
    wg_plan_free(plan);
    if (!c.kept) break;
  }
  force_level(NULL);
  free(c.kept);
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    if (!(c.apart[dtype] <= FARTHEST))
      fail_msg("%s: without fused multiply-add %.3g ulp from the other levels", g->name, c.apart[dtype]);
    if (!(c.apart[dtype] > farthest[dtype].ulp)) continue;
    farthest[dtype].ulp = c.apart[dtype];
    snprintf(farthest[dtype].name, sizeof farthest->name, "%s", g->name);
  }
  return runs;
}

static void report(void) {
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
    if (farthest[dtype].ulp > 0)
      print_message("without fused multiply-add at most %.2g ulp of the largest number apart in %s (%s)\n",
                    farthest[dtype].ulp, wg_dtype_text(dtype), farthest[dtype].name);
    farthest[dtype].ulp = 0;
  }
}

static void pools_new(wg_threads *pools[POOLS]) {
  for (int p = 0; p < POOLS; p++) pools[p] = wg_threads_new(thread_counts[p]);
}
static void pools_free(wg_threads *const pools[POOLS]) {
  for (int p = 0; p < POOLS; p++) wg_threads_free(pools[p]);
}

/* Samples as they are, where most loops are too short for vectors, and enlarged, where the operation takes the shapes. */
static void every_operation_has_the_same_bits_on_every_path(void **state) {
  (void)state;
  static const int64_t times[] = {1, 2, 9};
  wg_threads *pools[POOLS];
  size_t graphs = 0, runs = 0, large = 0;
  pools_new(pools);
  for (size_t i = 0; i < wg_op_count(); i++)
    for (int index = 0; wg_op_at(i)->samples[index].input_count; index++)
      for (size_t t = 0; t < COUNT_OF(times); t++)
        for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
          op_call call = op_call_new(wg_op_at(i), index, times[t], dtype);
          if (!wg_node_inert(call.y) && wg_node_size(call.y) < 100000) {
            wg_node *outputs[OP_CALL_OUTPUTS];
            char name[100];
            snprintf(name, sizeof name, "%s, sample %d, %d times as long, %s", call.op->name, index, (int)times[t],
                     wg_dtype_text(dtype));
            graph g = {.name = name, .outputs = outputs};
            g.count = op_call_outputs(&call, outputs);
            g.binding_count = (size_t)call.count; /* the outputs may bring leaves of their own */
            assert_tape_good(call.tape);
            for (int k = 0; k < call.count; k++) g.bindings[k] = (wg_binding){call.x[k], call.data[k]};
            const int ran = run_everywhere(&g, pools);
            if (!ran && times[t] == 1) fail_msg("%s, sample %d, does not run", call.op->name, index);
            graphs += ran > 0, runs += (size_t)ran, large += ran && times[t] > 1;
          } else if (times[t] == 1) {
            assert_tape_good(call.tape);
          }
          op_call_free(&call);
        }
  pools_free(pools);
  print_message("%zu graphs (%zu enlarged), %zu runs\n", graphs, large, runs);
  report();
}

/* ---- Large enough to be cut ---- */

typedef struct large {
  wg_tape *tape;
  wg_dtype dtype;
  wg_node *leaf[3];
  size_t count;
} large;

static wg_node *leaf(large *l, wg_shape shape) { return l->leaf[l->count++] = wg_param(l->tape, "w", l->dtype, shape); }

static const int64_t ones[2] = {1, 1}, zeros[2] = {0, 0};

static wg_node *product(large *l) { return wg_matmul(leaf(l, WG_SHAPE(300, 700)), leaf(l, WG_SHAPE(700, 200))); }
static wg_node *product_of_transposes(large *l) {
  return wg_matmul(wg_transpose(leaf(l, WG_SHAPE(500, 301))), wg_transpose(leaf(l, WG_SHAPE(97, 500))));
}
static wg_node *batched_product(large *l) {
  return wg_matmul(leaf(l, WG_SHAPE(40, 33, 65)), leaf(l, WG_SHAPE(1, 65, 47)));
}
static wg_node *vector_product(large *l) { return wg_matmul(leaf(l, WG_SHAPE(1, 3000)), leaf(l, WG_SHAPE(3000, 300))); }
static wg_node *layer(large *l) {
  return wg_relu(
      wg_add_bias(wg_matmul(leaf(l, WG_SHAPE(256, 500)), leaf(l, WG_SHAPE(500, 130))), leaf(l, WG_SHAPE(130))));
}
static wg_node *sigmoid_layer(large *l) {
  return wg_sigmoid(
      wg_add_bias(wg_matmul(leaf(l, WG_SHAPE(300, 2)), leaf(l, WG_SHAPE(2, 4))), leaf(l, WG_SHAPE(1, 4))));
}
static wg_node *convolution(large *l) {
  return wg_tanh(wg_conv2d(leaf(l, WG_SHAPE(16, 3, 28, 28)), leaf(l, WG_SHAPE(8, 3, 5, 5)), leaf(l, WG_SHAPE(8)), ones,
                           (const int64_t[]){2, 2}, ones, 1));
}
static wg_node *pooling(large *l) {
  return wg_max_pool2d(leaf(l, WG_SHAPE(16, 8, 28, 28)), (const int64_t[]){2, 2}, (const int64_t[]){2, 2}, zeros, ones,
                       false);
}
static wg_node *softmax(large *l) { return wg_softmax(leaf(l, WG_SHAPE(3000, 37)), -1); }
static wg_node *softmax_of_columns(large *l) { return wg_log_softmax(leaf(l, WG_SHAPE(70, 3000)), 0); }
static wg_node *sums(large *l) {
  wg_node *x = leaf(l, WG_SHAPE(300, 401)), *y = wg_exp(wg_mul(x, leaf(l, WG_SHAPE(401))));
  int64_t rows = 0, columns = 1;
  return wg_add(wg_sum_all(wg_mul(wg_sum(y, 1, &rows, true), wg_max(x, columns, true))),
                wg_logsumexp(wg_reshape(x, WG_SHAPE(-1)), 1, &rows, false));
}
static wg_node *entropy(large *l) {
  return wg_cross_entropy_terms(leaf(l, WG_SHAPE(4000, 10)), wg_softmax(leaf(l, WG_SHAPE(4000, 10)), 1));
}
static wg_node *elementwise(large *l) {
  wg_node *x = leaf(l, WG_SHAPE(250, 401)), *y = leaf(l, WG_SHAPE(401, 250));
  return wg_erf(wg_div(wg_tanh(wg_mul(x, wg_transpose(y))), wg_add(wg_softplus(x), wg_exp(leaf(l, WG_SHAPE(250, 1))))));
}

static void what_is_large_enough_to_be_cut_has_the_same_bits_on_every_path(void **state) {
  (void)state;
  static const struct {
    const char *name;
    wg_node *(*record)(large *l);
  } graphs[] = {{"product", product},
                {"product of transposes", product_of_transposes},
                {"batched product", batched_product},
                {"vector product", vector_product},
                {"layer", layer},
                {"narrow layer", sigmoid_layer},
                {"convolution", convolution},
                {"pooling", pooling},
                {"softmax", softmax},
                {"softmax of columns", softmax_of_columns},
                {"sums", sums},
                {"cross-entropy", entropy},
                {"elementwise", elementwise}};
  wg_threads *pools[POOLS];
  pools_new(pools);
  piece = wg_plan_tuned.piece;
  for (size_t g = 0; g < COUNT_OF(graphs); g++)
    for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++) {
      large l = {.tape = wg_tape_new(), .dtype = dtype};
      wg_node *outputs[4] = {graphs[g].record(&l)};
      /* an adjoint that is as far off as y, and no farther: tanh y would be, where y is large but for an element near 0 */
      wg_vjp(outputs[0], wg_scale(outputs[0], 0.75), l.count, l.leaf, outputs + 1);
      assert_tape_good(l.tape);
      graph as_graph = {.name = graphs[g].name, .count = 1 + l.count, .outputs = outputs, .binding_count = l.count};
      for (size_t k = 0; k < l.count; k++) {
        const size_t n = (size_t)wg_node_size(l.leaf[k]);
        double *data = new_f64(n);
        if (dtype == WG_F32)
          fill_f32((float *)data, n, -1, 1, k + 1);
        else
          fill_f64(data, n, -1, 1, k + 1);
        as_graph.bindings[k] = (wg_binding){l.leaf[k], data};
      }
      run_everywhere(&as_graph, pools);
      for (size_t k = 0; k < l.count; k++) free((void *)as_graph.bindings[k].data);
      wg_tape_free(l.tape);
    }
  piece = FORCED_PIECE;
  pools_free(pools);
  report();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_forced_level_is_the_one_that_runs),
      cmocka_unit_test(every_operation_has_the_same_bits_on_every_path),
      cmocka_unit_test(what_is_large_enough_to_be_cut_has_the_same_bits_on_every_path),
  };
  return RUN_TESTS(tests);
}
