/* Updates inside a plan: leaves hold, after a run, what was computed from what they held before. */
#include "../plan_sound.h"

#include <math.h>
#include <string.h>

static wg_plan *plan_of(size_t count, wg_node *const *outputs, size_t update_count, const wg_leaf_update *updates) {
  wg_plan *plan = wg_plan_new_updating(count, outputs, update_count, updates);
  if (wg_plan_status(plan) != WG_OK) fail_msg("plan: %s", wg_plan_error(plan));
  assert_plan_sound(plan);
  return plan;
}

static void bind(wg_plan *plan, wg_node *leaf, void *data) {
  if (wg_bind_updated(plan, leaf, data) != WG_OK) fail_msg("bind: %s", wg_plan_error(plan));
}

static void run(wg_plan *plan) {
  plan_poison(plan);
  if (wg_run(plan) != WG_OK) fail_msg("run: %s", wg_plan_error(plan));
}

static size_t copies(const wg_plan *plan) {
  wg_plan_step step;
  size_t count = 0;
  for (size_t i = 0; wg_plan_step_at(plan, i, &step); i++) count += step.copy;
  return count;
}

static void assert_values(size_t count, const double *values, const double *expected) {
  for (size_t k = 0; k < count; k++)
    if (values[k] != expected[k]) fail_msg("element %zu is %.17g, expected %.17g", k, values[k], expected[k]);
}
#define ASSERT_VALUES(values, ...)                                                                                     \
  assert_values(sizeof((double[]){__VA_ARGS__}) / sizeof(double), values, (const double[]){__VA_ARGS__})

/* ---- A net learns ---- */

enum { SAMPLES = 60, N = 3, H = 40, K = 4, PARAMS = 4, STATES = 2, RUNS = 7 };

typedef struct net {
  wg_tape *tape;
  wg_node *X, *Y, *J, *params[PARAMS], *grad[PARAMS], *state[PARAMS][STATES], *time;
  wg_leaf_update updates[PARAMS * (1 + STATES) + 1];
  size_t update_count;
  double x[SAMPLES * N], *values[PARAMS * (1 + STATES) + 1]; /* in the order of the updates */
  int64_t y[SAMPLES];
} net;

static void add_update(net *n, wg_node *leaf, wg_node *value, double first) {
  const size_t size = (size_t)wg_node_size(leaf);
  double *values = n->values[n->update_count] = new_f64(size);
  for (size_t k = 0; k < size; k++) values[k] = first;
  if (first != first) fill_f64(values, size, -1, 1, n->update_count + 10);
  n->updates[n->update_count++] = (wg_leaf_update){leaf, value};
}

static net net_new(void) {
  net n = {.tape = wg_tape_new()};
  n.X = wg_input(n.tape, "X", WG_F64, WG_SHAPE(SAMPLES, N));
  n.Y = wg_input(n.tape, "Y", WG_I64, WG_SHAPE(SAMPLES));
  n.params[0] = wg_param(n.tape, "W1", WG_F64, WG_SHAPE(N, H));
  n.params[1] = wg_param(n.tape, "b1", WG_F64, WG_SHAPE(1, H));
  n.params[2] = wg_param(n.tape, "W2", WG_F64, WG_SHAPE(H, K));
  n.params[3] = wg_param(n.tape, "b2", WG_F64, WG_SHAPE(1, K));
  wg_node *A = wg_tanh(wg_add_bias(wg_matmul(n.X, n.params[0]), n.params[1]));
  n.J = wg_softmax_cross_entropy(wg_add_bias(wg_matmul(A, n.params[2]), n.params[3]), n.Y);
  wg_grad(n.J, PARAMS, n.params, n.grad);
  fill_f64(n.x, SAMPLES * N, -1, 1, 1);
  fill_i64(n.y, SAMPLES, 0, K, 2);
  return n;
}

/* W ← W − α·∂W */
static net sgd_new(void) {
  net n = net_new();
  for (int k = 0; k < PARAMS; k++) add_update(&n, n.params[k], wg_sub(n.params[k], wg_scale(n.grad[k], 0.5)), NAN);
  return n;
}

/* v ← μ·v + ∂W,  W ← W − α·v with the new v */
static net momentum_new(void) {
  net n = net_new();
  for (int k = 0; k < PARAMS; k++) {
    wg_node *v = wg_param(n.tape, "v", WG_F64, wg_node_shape(n.params[k]));
    wg_node *v_new = wg_add(wg_scale(v, 0.9), n.grad[k]);
    add_update(&n, n.params[k], wg_sub(n.params[k], wg_scale(v_new, 0.5)), NAN);
    add_update(&n, v, v_new, 0);
  }
  return n;
}

/* Kingma & Ba 2015, algorithm 1; the number of the step is a leaf too. */
static net adam_new(void) {
  net n = net_new();
  wg_node *t = wg_param(n.tape, "t", WG_F64, WG_SCALAR), *t_new = wg_add(t, wg_scalar_like(t, 1));
  wg_node *one = wg_scalar_like(t, 1), *epsilon = wg_scalar_like(t, 1e-8);
  for (int k = 0; k < PARAMS; k++) {
    wg_node *m = wg_param(n.tape, "m", WG_F64, wg_node_shape(n.params[k]));
    wg_node *v = wg_param(n.tape, "v", WG_F64, wg_node_shape(n.params[k]));
    wg_node *m_new = wg_add(wg_scale(m, 0.9), wg_scale(n.grad[k], 0.1));
    wg_node *v_new = wg_add(wg_scale(v, 0.999), wg_scale(wg_square(n.grad[k]), 0.001));
    wg_node *m_hat = wg_div(m_new, wg_sub(one, wg_exp(wg_scale(t_new, log(0.9)))));
    wg_node *v_hat = wg_div(v_new, wg_sub(one, wg_exp(wg_scale(t_new, log(0.999)))));
    wg_node *step = wg_scale(wg_div(m_hat, wg_add(wg_sqrt(v_hat), epsilon)), 0.1);
    add_update(&n, n.params[k], wg_sub(n.params[k], step), NAN);
    add_update(&n, m, m_new, 0);
    add_update(&n, v, v_new, 0);
  }
  add_update(&n, t, t_new, 0);
  return n;
}

static void net_free(net *n) {
  for (size_t k = 0; k < n->update_count; k++) free(n->values[k]);
  wg_tape_free(n->tape);
}

/* The same nodes as outputs, copied to the leaves after each run. */
static void learn_outside(net *n, double losses[RUNS]) {
  wg_node *outputs[1 + PARAMS * (1 + STATES) + 1] = {n->J};
  for (size_t k = 0; k < n->update_count; k++) outputs[1 + k] = n->updates[k].value;
  wg_plan *plan = plan_of(1 + n->update_count, outputs, 0, NULL);
  wg_bind(plan, n->X, n->x), wg_bind(plan, n->Y, n->y);
  for (size_t k = 0; k < n->update_count; k++) wg_bind(plan, n->updates[k].leaf, n->values[k]);
  for (int i = 0; i < RUNS; i++) {
    run(plan);
    losses[i] = *(const double *)wg_data(plan, n->J);
    for (size_t k = 0; k < n->update_count; k++)
      memcpy(n->values[k], wg_data(plan, n->updates[k].value),
             (size_t)wg_node_size(n->updates[k].leaf) * sizeof(double));
  }
  wg_plan_free(plan);
}

static size_t learn_inside(net *n, double losses[RUNS]) {
  wg_plan *plan = plan_of(1, &n->J, n->update_count, n->updates);
  wg_bind(plan, n->X, n->x), wg_bind(plan, n->Y, n->y);
  for (size_t k = 0; k < n->update_count; k++) bind(plan, n->updates[k].leaf, n->values[k]);
  for (int i = 0; i < RUNS; i++) {
    run(plan);
    losses[i] = *(const double *)wg_data(plan, n->J);
  }
  assert_int_equal(copies(plan), 0);
  size_t bytes = wg_plan_bytes(plan);
  wg_plan_free(plan);
  return bytes;
}

static void assert_learns_alike(net (*make)(void)) {
  net outside = make(), inside = make();
  assert_tape_good(outside.tape);
  double expected[RUNS], losses[RUNS];
  learn_outside(&outside, expected);
  learn_inside(&inside, losses);
  assert_true(expected[RUNS - 1] < expected[0]);
  assert_memory_equal(losses, expected, sizeof losses);
  for (size_t k = 0; k < inside.update_count; k++)
    assert_memory_equal(inside.values[k], outside.values[k],
                        (size_t)wg_node_size(inside.updates[k].leaf) * sizeof(double));
  net_free(&outside), net_free(&inside);
}

static void gradient_descent_in_the_plan_has_the_bits_of_that_outside(void **state) {
  (void)state;
  assert_learns_alike(sgd_new);
}

static void so_has_momentum(void **state) {
  (void)state;
  assert_learns_alike(momentum_new);
}

static void so_has_adam(void **state) {
  (void)state;
  assert_learns_alike(adam_new);
}

/* 12 layers of 64×64: their gradients do not wait for each other, so the plan holds one or two of them, not 12. */
static void a_gradient_is_used_up_before_the_next_is_computed(void **state) {
  (void)state;
  enum { LAYERS = 12, WIDTH = 64, BATCH = 2 };
  wg_tape *tape = wg_tape_new();
  wg_node *A = wg_input(tape, "X", WG_F64, WG_SHAPE(BATCH, WIDTH)), *W[LAYERS], *grad[LAYERS];
  wg_leaf_update updates[LAYERS];
  for (int l = 0; l < LAYERS; l++) {
    W[l] = wg_param(tape, "W", WG_F64, WG_SHAPE(WIDTH, WIDTH));
    A = wg_tanh(wg_matmul(A, W[l]));
  }
  wg_node *J = wg_mean_all(wg_square(A));
  wg_grad(J, LAYERS, W, grad);
  for (int l = 0; l < LAYERS; l++) updates[l] = (wg_leaf_update){W[l], wg_sub(W[l], wg_scale(grad[l], 0.1))};
  wg_plan *plan = plan_of(1, &J, LAYERS, updates);
  const size_t values = LAYERS * BATCH * WIDTH * sizeof(double), weights = WIDTH * WIDTH * sizeof(double);
  assert_true(wg_plan_bytes(plan) < 2 * values + 2 * weights);
  assert_int_equal(copies(plan), 0);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* ---- What is read and written in which order ---- */

static void all_values_are_those_for_the_old_leaves(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(2)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(2));
  wg_node *sum = wg_add(a, b), *later = wg_mul(a, wg_exp(b)); /* recorded after what updates a */
  wg_plan *plan = plan_of(1, &later, 2, (wg_leaf_update[]){{a, sum}, {b, a}});
  double as[] = {1, 2}, bs[] = {0, 0};
  bind(plan, a, as), bind(plan, b, bs);
  run(plan);
  ASSERT_VALUES(wg_data(plan, later), 1, 2);
  ASSERT_VALUES(as, 1, 2);
  ASSERT_VALUES(bs, 1, 2);
  run(plan);
  ASSERT_VALUES(as, 2, 4);
  ASSERT_VALUES(bs, 1, 2);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void leaves_change_places(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(2)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(2));
  wg_node *c = wg_param(tape, "c", WG_F64, WG_SHAPE(2));
  wg_plan *plan = plan_of(0, NULL, 3, (wg_leaf_update[]){{a, b}, {b, c}, {c, a}});
  double as[] = {1, 2}, bs[] = {3, 4}, cs[] = {5, 6};
  bind(plan, a, as), bind(plan, b, bs), bind(plan, c, cs);
  run(plan);
  ASSERT_VALUES(as, 3, 4);
  ASSERT_VALUES(bs, 5, 6);
  ASSERT_VALUES(cs, 1, 2);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* W ← (W + Wᵀ)/2 reads each element twice, the second time in another order; once more with elements enough for a pass. */
static void a_leaf_read_in_another_order_is_not_written_too_early(void **state) {
  (void)state;
  static const int64_t sizes[] = {3, 80};
  for (int s = 0; s < 2; s++) {
    const int64_t n = sizes[s];
    wg_tape *tape = wg_tape_new();
    wg_node *W = wg_param(tape, "W", WG_F64, WG_SHAPE(n, n)), *V = wg_param(tape, "V", WG_F64, WG_SHAPE(n, n));
    wg_plan *plan =
        plan_of(0, NULL, 2, (wg_leaf_update[]){{W, wg_scale(wg_add(W, wg_transpose(W)), 0.5)}, {V, wg_transpose(V)}});
    double *old = random_f64((size_t)(n * n), -1, 1, 1), *w = random_f64((size_t)(n * n), -1, 1, 1);
    double *v = random_f64((size_t)(n * n), -1, 1, 1);
    bind(plan, W, w), bind(plan, V, v);
    run(plan);
    for (int64_t i = 0; i < n; i++)
      for (int64_t j = 0; j < n; j++) {
        assert_true(w[i * n + j] == (old[i * n + j] + old[j * n + i]) * 0.5);
        assert_true(v[i * n + j] == old[j * n + i]);
      }
    free(old), free(w), free(v);
    wg_plan_free(plan);
    wg_tape_free(tape);
  }
}

static void one_value_may_go_to_several_leaves_and_be_an_output(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(2)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(2));
  wg_node *c = wg_param(tape, "c", WG_F64, WG_SHAPE(2)), *twice = wg_scale(a, 2);
  wg_node *zero = wg_fill(tape, WG_F64, WG_SHAPE(2), 0), *outputs[] = {twice, b, wg_neg(b)};
  wg_plan *plan = plan_of(3, outputs, 3, (wg_leaf_update[]){{a, twice}, {b, twice}, {c, zero}});
  double as[] = {1, 2}, bs[] = {7, 8}, cs[] = {9, 9};
  bind(plan, a, as), bind(plan, b, bs), bind(plan, c, cs);
  run(plan);
  ASSERT_VALUES(as, 2, 4);
  ASSERT_VALUES(bs, 2, 4);
  ASSERT_VALUES(cs, 0, 0);
  ASSERT_VALUES(wg_data(plan, twice), 2, 4);
  assert_ptr_equal(wg_data(plan, b), bs); /* an output that is a leaf is the caller's memory */
  ASSERT_VALUES(wg_data(plan, outputs[2]), -7, -8);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* a and b change places by copies that want memory just when y has been read for the last time. */
static void an_output_stays_when_it_is_also_written_to_a_leaf(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(2)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(2));
  wg_node *rows = wg_param(tape, "r", WG_F64, WG_SHAPE(3, 2)), *y = wg_add(a, b);
  wg_plan *plan = plan_of(1, &y, 3, (wg_leaf_update[]){{rows, wg_broadcast_to(y, WG_SHAPE(3, 2))}, {a, b}, {b, a}});
  double as[] = {1, 2}, bs[] = {3, 4}, r[6] = {0};
  bind(plan, a, as), bind(plan, b, bs), bind(plan, rows, r);
  run(plan);
  ASSERT_VALUES(wg_data(plan, y), 4, 6);
  ASSERT_VALUES(r, 4, 6, 4, 6, 4, 6);
  ASSERT_VALUES(as, 3, 4);
  ASSERT_VALUES(bs, 1, 2);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void memory_may_be_bound_anew_between_runs(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(2)), *x = wg_input(tape, "x", WG_F64, WG_SHAPE(2));
  wg_plan *plan = plan_of(0, NULL, 1, (wg_leaf_update[]){{a, wg_add(a, x)}});
  double one[] = {1, 2}, two[] = {10, 20};
  const double first[] = {1, 1}, second[] = {5, 5};
  bind(plan, a, one), wg_bind(plan, x, first);
  run(plan);
  bind(plan, a, two), wg_bind(plan, x, second);
  run(plan);
  run(plan);
  ASSERT_VALUES(one, 2, 3);
  ASSERT_VALUES(two, 20, 30);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* ---- What is refused ---- */

static void assert_refused(wg_plan *plan, wg_status status, const char *part) {
  assert_int_equal(wg_plan_status(plan), status);
  assert_contains(wg_plan_error(plan), part);
  assert_int_equal(wg_run(plan), status);
  wg_plan_free(plan);
}

static void what_cannot_be_updated_is_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new(), *other = wg_tape_new();
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(2)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(3));
  wg_node *f = wg_param(tape, "f", WG_F32, WG_SHAPE(2)), *foreign = wg_param(other, "a", WG_F64, WG_SHAPE(2));
  wg_node *y = wg_neg(a);
  assert_refused(wg_plan_new_updating(0, NULL, 1, NULL), WG_ERROR_ARGUMENT, "updates is NULL");
  assert_refused(wg_plan_new_updating(1, &y, 1, (wg_leaf_update[]){{y, a}}), WG_ERROR_ARGUMENT,
                 "no input or parameter");
  assert_refused(wg_plan_new_updating(1, &y, 1, (wg_leaf_update[]){{b, a}}), WG_ERROR_SHAPE,
                 "update of b (3) by a (2)");
  assert_refused(wg_plan_new_updating(1, &y, 1, (wg_leaf_update[]){{f, a}}), WG_ERROR_SHAPE, "element types differ");
  assert_refused(wg_plan_new_updating(1, &y, 1, (wg_leaf_update[]){{foreign, a}}), WG_ERROR_ARGUMENT, "two tapes");
  assert_refused(wg_plan_new_updating(1, &y, 1, (wg_leaf_update[]){{a, NULL}}), WG_ERROR_ARGUMENT, "is NULL");
  assert_refused(wg_plan_new_updating(1, &y, 2, (wg_leaf_update[]){{a, y}, {a, y}}), WG_ERROR_ARGUMENT,
                 "two updates of a");
  wg_tape_free(tape), wg_tape_free(other);
}

static void memory_that_is_written_belongs_to_one_leaf(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(2)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(2));
  wg_plan *plan = plan_of(0, NULL, 1, (wg_leaf_update[]){{a, wg_add(a, b)}});
  double memory[] = {1, 2, 3};
  assert_int_equal(wg_bind(plan, a, memory), WG_ERROR_ARGUMENT);
  assert_contains(wg_plan_error(plan), "the plan updates a (2)");
  bind(plan, b, memory + 1);
  assert_int_equal(wg_run(plan), WG_ERROR_UNBOUND);
  assert_contains(wg_plan_error(plan), "wg_bind_updated");
  bind(plan, a, memory);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(wg_run(plan), WG_ERROR_ARGUMENT);
    assert_contains(wg_plan_error(plan), "share memory");
  }
  ASSERT_VALUES(memory, 1, 2, 3);
  wg_bind(plan, b, (const double[]){5, 5});
  run(plan);
  ASSERT_VALUES(memory, 6, 7, 3);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gradient_descent_in_the_plan_has_the_bits_of_that_outside),
      cmocka_unit_test(so_has_momentum),
      cmocka_unit_test(so_has_adam),
      cmocka_unit_test(a_gradient_is_used_up_before_the_next_is_computed),
      cmocka_unit_test(all_values_are_those_for_the_old_leaves),
      cmocka_unit_test(leaves_change_places),
      cmocka_unit_test(a_leaf_read_in_another_order_is_not_written_too_early),
      cmocka_unit_test(one_value_may_go_to_several_leaves_and_be_an_output),
      cmocka_unit_test(an_output_stays_when_it_is_also_written_to_a_leaf),
      cmocka_unit_test(memory_may_be_bound_anew_between_runs),
      cmocka_unit_test(what_cannot_be_updated_is_refused),
      cmocka_unit_test(memory_that_is_written_belongs_to_one_leaf),
  };
  return RUN_TESTS(tests);
}
