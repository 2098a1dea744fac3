/* The reverse sweep forms each adjoint once, visits nothing that it need not, and says what it did. */
#include "../support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static wg_node *scalar_param(wg_tape *tape, const char *name) { return wg_param(tape, name, WG_F64, WG_SCALAR); }

static wg_sweep_counts sweep(wg_node *root, size_t count, wg_node *const *wrt, wg_node **grad,
                             const wg_sweep_options *options) {
  wg_sweep_counts counts;
  if (wg_sweep(root, count, wrt, grad, options, &counts) != WG_OK) fail_msg("%s", wg_tape_error(wg_node_tape(root)));
  return counts;
}

/* ---- Graphs ---- */

/* v ← v·v, n times. */
static wg_node *doubling_chain(wg_node *v, int n) {
  for (int i = 0; i < n; i++) v = wg_mul(v, v);
  return v;
}

/* v ← v + tanh(v), `blocks` times: residual blocks. */
static wg_node *residual_chain(wg_node *v, int blocks) {
  for (int i = 0; i < blocks; i++) v = wg_add(v, wg_tanh(v));
  return v;
}

/* A net of two layers: J = mean((relu(X·W1 + b1)·W2 + b2)²), in params W1, b1, W2, b2. */
typedef struct net {
  wg_tape *tape;
  wg_node *X, *Z1, *A1, *Z2, *J, *params[4];
} net;

static net net_new(void) {
  net n = {.tape = wg_tape_new()};
  n.X = wg_input(n.tape, "X", WG_F64, WG_SHAPE(5, 2));
  n.params[0] = wg_param(n.tape, "W1", WG_F64, WG_SHAPE(2, 4));
  n.params[1] = wg_param(n.tape, "b1", WG_F64, WG_SHAPE(1, 4));
  n.params[2] = wg_param(n.tape, "W2", WG_F64, WG_SHAPE(4, 3));
  n.params[3] = wg_param(n.tape, "b2", WG_F64, WG_SHAPE(1, 3));
  n.Z1 = wg_add_bias(wg_matmul(n.X, n.params[0]), n.params[1]);
  n.A1 = wg_relu(n.Z1);
  n.Z2 = wg_add_bias(wg_matmul(n.A1, n.params[2]), n.params[3]);
  n.J = wg_mean_all(wg_square(n.Z2));
  assert_tape_good(n.tape);
  return n;
}

/* ---- Once and again ---- */

static void the_same_gradient_twice_is_the_same_nodes_and_no_new_work(void **state) {
  (void)state;
  net n = net_new();
  wg_node *first[4], *second[4];
  sweep(n.J, 4, n.params, first, NULL);
  size_t recorded = wg_tape_count(n.tape);
  wg_sweep_counts counts = sweep(n.J, 4, n.params, second, NULL);
  for (int k = 0; k < 4; k++) assert_ptr_equal(first[k], second[k]);
  assert_int_equal(counts.rules, 0);
  assert_int_equal(counts.visited, 0);
  assert_int_equal(counts.hits, counts.lookups);
  assert_int_equal(wg_tape_count(n.tape), recorded);
  wg_tape_free(n.tape);
}

static void another_parameter_of_the_same_root_reuses_what_is_there(void **state) {
  (void)state;
  net n = net_new(), together = net_new();
  wg_node *apart[4], *at_once[4];
  uint64_t rules = 0;
  for (int k = 4; k-- > 0;) rules += sweep(n.J, 1, &n.params[k], &apart[k], NULL).rules;
  wg_sweep_counts counts = sweep(together.J, 4, together.params, at_once, NULL);
  assert_int_equal(rules, counts.rules);
  /* the edges: division, sum, square, add_bias twice and matmul twice with two inputs, relu; X gets nothing */
  assert_int_equal(counts.rules, 3 + 2 + 2 + 1 + 2 + 1);

  double X[10], W1[8], b1[4], W2[12], b2[3], one[12], other[12];
  fill_f64(X, 10, -1, 1, 1), fill_f64(W1, 8, -1, 1, 2), fill_f64(b1, 4, -1, 1, 3);
  fill_f64(W2, 12, -1, 1, 4), fill_f64(b2, 3, -1, 1, 5);
  double *data[] = {W1, b1, W2, b2};
  for (int k = 0; k < 4; k++) {
    wg_binding here[5] = {{n.X, X}}, there[5] = {{together.X, X}};
    for (int i = 0; i < 4; i++) {
      here[1 + i] = (wg_binding){n.params[i], data[i]};
      there[1 + i] = (wg_binding){together.params[i], data[i]};
    }
    run_node(apart[k], 5, here, one);
    run_node(at_once[k], 5, there, other);
    assert_memory_equal(one, other, (size_t)wg_node_size(apart[k]) * sizeof(double));
  }
  wg_tape_free(n.tape);
  wg_tape_free(together.tape);
}

static void a_branch_off_the_loss_path_changes_nothing(void **state) {
  (void)state;
  net plain = net_new(), branched = net_new();
  wg_node *branch = wg_sum_all(wg_exp(wg_matmul(branched.A1, branched.params[2]))); /* not part of J */
  for (int i = 0; i < 50; i++) branch = wg_mul(branch, wg_sum_all(wg_square(branched.Z1)));
  wg_node *grad[4], *branched_grad[4];
  wg_sweep_counts counts = sweep(plain.J, 4, plain.params, grad, NULL);
  wg_sweep_counts branched_counts = sweep(branched.J, 4, branched.params, branched_grad, NULL);
  assert_memory_equal(&counts, &branched_counts, sizeof counts);
  double X[10], W1[8], b1[4], W2[12], b2[3], one[12], other[12];
  fill_f64(X, 10, -1, 1, 1), fill_f64(W1, 8, -1, 1, 2), fill_f64(b1, 4, -1, 1, 3);
  fill_f64(W2, 12, -1, 1, 4), fill_f64(b2, 3, -1, 1, 5);
  for (int k = 0; k < 4; k++) {
    wg_binding here[] = {
        {plain.X, X}, {plain.params[0], W1}, {plain.params[1], b1}, {plain.params[2], W2}, {plain.params[3], b2}};
    wg_binding there[] = {{branched.X, X},
                          {branched.params[0], W1},
                          {branched.params[1], b1},
                          {branched.params[2], W2},
                          {branched.params[3], b2}};
    run_node(grad[k], 5, here, one);
    run_node(branched_grad[k], 5, there, other);
    assert_memory_equal(one, other, (size_t)wg_node_size(grad[k]) * sizeof(double));
  }
  assert_null(wg_adjoint(branched.J, branch));
  wg_tape_free(plain.tape);
  wg_tape_free(branched.tape);
}

static void two_leaves_with_equal_values_and_names_stay_two(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *wrt[] = {scalar_param(tape, "x"), scalar_param(tape, "x")}, *grad[2];
  assert_ptr_not_equal(wrt[0], wrt[1]);
  wg_grad(wg_mul(wg_square(wrt[0]), wrt[1]), 2, wrt, grad);
  double at = 3;
  wg_binding bindings[] = {{wrt[0], &at}, {wrt[1], &at}};
  assert_true(run_scalar(grad[0], 2, bindings) == 18); /* 2·x·x′ */
  assert_true(run_scalar(grad[1], 2, bindings) == 9);  /* x² */
  wg_tape_free(tape);
}

/* ---- Counts against theory ---- */

static void a_doubling_chain_has_as_many_rules_as_edges(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = scalar_param(tape, "x"), *grad;
  wg_sweep_counts counts = sweep(doubling_chain(x, 10000), 1, &x, &grad, NULL);
  assert_int_equal(counts.rules, 20000);
  assert_int_equal(counts.sums, 10000);
  assert_int_equal(counts.visited, 10001);
  wg_tape_free(tape);
}

/* x^(2^30) at 1 has the derivative 2^30, the number of paths from the root to x. */
static void thirty_doublings_have_2_to_the_30_paths_and_60_edges(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = scalar_param(tape, "x"), *root = doubling_chain(x, 30), *grad;
  uint64_t unmemoized;
  assert_int_equal(wg_sweep_rules_without_memo(root, 1, &x, &unmemoized), WG_OK);
  assert_true(unmemoized == 2147483646); /* 2 + 4 + … + 2^30 = 2^31 − 2: r(v) = 2·(1 + r(v²)) */
  assert_int_equal(sweep(root, 1, &x, &grad, NULL).rules, 60);
  double at = 1;
  assert_true(run_scalar(grad, 1, &(wg_binding){x, &at}) == 1073741824);
  wg_tape_free(tape);
}

static void a_count_of_paths_beyond_64_bits_is_the_largest_number(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = scalar_param(tape, "x");
  uint64_t rules;
  assert_int_equal(wg_sweep_rules_without_memo(doubling_chain(x, 62), 1, &x, &rules), WG_OK);
  assert_true(rules == UINT64_C(9223372036854775806)); /* 2^63 − 2 */
  assert_int_equal(wg_sweep_rules_without_memo(doubling_chain(x, 10000), 1, &x, &rules), WG_OK);
  assert_true(rules == UINT64_MAX);
  wg_tape_free(tape);
}

/* v_k = v_(k−1)·w_k: w_k is n − k + 1 rules below the root, in all n·(n+1)/2; with memo each edge counts once. */
static void on_a_plain_chain_the_memo_turns_quadratic_into_linear(void **state) {
  (void)state;
  enum { LENGTH = 100 };
  wg_tape *tape = wg_tape_new();
  wg_node *v = wg_input(tape, "x", WG_F64, WG_SCALAR), *w[LENGTH], *grad[LENGTH], *unmemoized[LENGTH];
  for (int k = 0; k < LENGTH; k++) v = wg_mul(v, w[k] = scalar_param(tape, NULL));
  uint64_t rules;
  assert_int_equal(wg_sweep_rules_without_memo(v, LENGTH, w, &rules), WG_OK);
  assert_int_equal(rules, LENGTH * (LENGTH + 1) / 2);
  assert_int_equal(sweep(v, LENGTH, w, unmemoized, &(wg_sweep_options){.without_memo = true}).rules, rules);
  assert_int_equal(sweep(v, LENGTH, w, grad, NULL).rules, 2 * LENGTH - 1);
  for (int k = 0; k < LENGTH; k++) assert_ptr_equal(grad[k], unmemoized[k]);
  wg_tape_free(tape);
}

/* ---- Without memo ---- */

static void without_memo_the_same_nodes_come_out_and_the_count_is_the_one_predicted(void **state) {
  (void)state;
  for (int blocks = 0; blocks <= 10; blocks++) {
    wg_tape *tape = wg_tape_new();
    wg_node *x = scalar_param(tape, "x"), *root = residual_chain(x, blocks), *grad, *unmemoized;
    uint64_t predicted;
    assert_int_equal(wg_sweep_rules_without_memo(root, 1, &x, &predicted), WG_OK);
    assert_int_equal(predicted, 3 * ((UINT64_C(1) << blocks) - 1)); /* r(v) = 3 + 2·r(next v) */
    assert_int_equal(sweep(root, 1, &x, &unmemoized, &(wg_sweep_options){.without_memo = true}).rules, predicted);
    assert_null(blocks ? wg_adjoint(root, x) : NULL);
    wg_sweep_counts counts = sweep(root, 1, &x, &grad, NULL);
    assert_ptr_equal(grad, unmemoized);
    assert_int_equal(counts.rules, 3 * blocks);
    wg_tape_free(tape);
  }
}

static void without_memo_a_net_gets_the_same_nodes(void **state) {
  (void)state;
  net n = net_new();
  wg_node *grad[4], *unmemoized[4];
  uint64_t predicted;
  wg_sweep_rules_without_memo(n.J, 4, n.params, &predicted);
  assert_int_equal(sweep(n.J, 4, n.params, unmemoized, &(wg_sweep_options){.without_memo = true}).rules, predicted);
  assert_true(predicted > sweep(n.J, 4, n.params, grad, NULL).rules);
  for (int k = 0; k < 4; k++) assert_ptr_equal(grad[k], unmemoized[k]);
  wg_tape_free(n.tape);
}

static void without_memo_the_budget_ends_what_would_take_forever(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = scalar_param(tape, "x"), *root = doubling_chain(x, 60), *grad;
  wg_sweep_counts counts;
  wg_sweep_options options = {.without_memo = true, .rule_budget = 1000};
  assert_int_equal(wg_sweep(root, 1, &x, &grad, &options, &counts), WG_ERROR_ARGUMENT);
  assert_true(wg_node_inert(grad));
  assert_int_equal(counts.rules, 1000);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "1000");
  /* a budget of just enough is enough */
  wg_node *small = doubling_chain(x, 5);
  options.rule_budget = 62;
  assert_int_equal(wg_sweep(small, 1, &x, &grad, &options, NULL), WG_OK);
  options.rule_budget = 61;
  assert_int_equal(wg_sweep(small, 1, &x, &grad, &options, NULL), WG_ERROR_ARGUMENT);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "61");
  assert_int_equal(wg_grad(small, 1, &x, &grad), WG_OK);
  wg_tape_free(tape);
}

/* ---- Events ---- */

typedef struct record {
  size_t count[6];
  wg_event events[400];
  size_t length;
} record;

static void keep_event(void *context, const wg_event *event) {
  record *r = context;
  assert_in_range(event->kind, WG_EVENT_SEED, WG_EVENT_DONE);
  assert_true(r->length < 400);
  r->count[event->kind]++;
  r->events[r->length++] = *event;
}

static void assert_events_are_counts(const record *r, const wg_sweep_counts *counts) {
  assert_int_equal(r->count[WG_EVENT_SEED], 1);
  assert_int_equal(r->count[WG_EVENT_RULE], counts->rules);
  assert_int_equal(r->count[WG_EVENT_SUM], counts->sums);
  assert_int_equal(r->count[WG_EVENT_HIT], counts->hits);
  assert_int_equal(r->count[WG_EVENT_HIT] + r->count[WG_EVENT_MISS], counts->lookups);
  assert_int_equal(r->count[WG_EVENT_DONE], counts->visited);
}

static void the_events_are_the_counts(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = scalar_param(tape, "x"), *root = residual_chain(x, 7), *grad;
  record first = {0}, second = {0};
  wg_sweep_counts counts = sweep(root, 1, &x, &grad, &(wg_sweep_options){.event = keep_event, .context = &first});
  assert_events_are_counts(&first, &counts);
  assert_int_equal(counts.rules, 21);
  assert_int_equal(counts.sums, 7);
  assert_int_equal(counts.visited, 15);
  counts = sweep(root, 1, &x, &grad, &(wg_sweep_options){.event = keep_event, .context = &second});
  assert_events_are_counts(&second, &counts);
  for (wg_event_kind kind = WG_EVENT_SEED; kind <= WG_EVENT_DONE; kind++) assert_true(*wg_event_text(kind));
  wg_tape_free(tape);
}

static void an_adjoint_is_done_when_all_its_contributions_are_in(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = scalar_param(tape, "x"), *root = residual_chain(x, 3), *grad;
  record r = {0};
  sweep(root, 1, &x, &grad, &(wg_sweep_options){.event = keep_event, .context = &r});
  assert_int_equal(r.events[0].kind, WG_EVENT_SEED);
  assert_ptr_equal(r.events[0].node, root);
  for (size_t i = 0; i < r.length; i++) {
    const wg_event *event = &r.events[i];
    if (event->kind == WG_EVENT_RULE) {
      assert_ptr_equal(wg_node_input(event->consumer, event->input), event->node);
      assert_false(wg_node_inert(event->contribution));
    }
    if (event->kind == WG_EVENT_SUM) { /* right after the rule that sent the contribution */
      assert_int_equal(r.events[i - 1].kind, WG_EVENT_RULE);
      assert_ptr_equal(r.events[i - 1].node, event->node);
      assert_ptr_equal(r.events[i - 1].contribution, event->contribution);
      assert_ptr_equal(wg_node_input(event->adjoint, 1), event->contribution);
    }
    if (event->kind != WG_EVENT_DONE) continue;
    assert_ptr_equal(wg_adjoint(root, event->node), event->adjoint);
    for (size_t later = i + 1; later < r.length; later++)
      if (r.events[later].kind == WG_EVENT_RULE || r.events[later].kind == WG_EVENT_SUM)
        assert_ptr_not_equal(r.events[later].node, event->node);
  }
  assert_int_equal(r.events[r.length - 1].kind, WG_EVENT_DONE);
  assert_ptr_equal(r.events[r.length - 1].adjoint, grad);
  wg_tape_free(tape);
}

/* ---- What may be asked for ---- */

static void the_gradient_by_the_root_is_the_seed_and_by_anything_unrelated_zero(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = scalar_param(tape, "x"), *y = wg_param(tape, "y", WG_F64, WG_SHAPE(2, 3));
  wg_node *root = wg_square(x), *after = wg_exp(root), *unused = scalar_param(tape, "unused");
  wg_node *wrt[] = {root, y, x, after, unused, x}, *grad[6];
  assert_int_equal(wg_grad(root, 6, wrt, grad), WG_OK);
  double at = 3, zeros[6] = {1, 1, 1, 1, 1, 1};
  wg_binding binding = {x, &at};
  assert_true(run_scalar(grad[0], 1, &binding) == 1);
  run_node(grad[1], 1, &binding, zeros);
  for (int i = 0; i < 6; i++) assert_true(zeros[i] == 0);
  wg_shape shape = wg_node_shape(grad[1]), wanted = WG_SHAPE(2, 3);
  assert_true(wg_shape_equal(&shape, &wanted));
  assert_true(run_scalar(grad[2], 1, &binding) == 6);
  assert_true(run_scalar(grad[3], 1, &binding) == 0);
  assert_true(run_scalar(grad[4], 1, &binding) == 0);
  assert_ptr_equal(grad[5], grad[2]);
  assert_int_equal(wg_grad(root, 0, NULL, NULL), WG_OK);
  assert_tape_good(tape);
  wg_tape_free(tape);
}

static void the_gradient_by_an_intermediate_is_its_adjoint(void **state) {
  (void)state;
  net n = net_new();
  assert_null(wg_adjoint(n.J, n.Z1));
  wg_node *grad[4], *wrt[] = {n.Z2, n.A1, n.Z1, n.params[0]};
  assert_int_equal(wg_grad(n.J, 4, wrt, grad), WG_OK);
  for (int k = 0; k < 4; k++) assert_ptr_equal(wg_adjoint(n.J, wrt[k]), grad[k]);
  assert_null(wg_adjoint(n.J, n.params[3]));
  assert_null(wg_adjoint(n.Z2, n.params[0]));
  assert_null(wg_adjoint(NULL, n.Z1));
  assert_null(wg_adjoint(n.J, NULL));
  wg_tape_free(n.tape);
}

static void a_seed_gives_the_vector_jacobian_product(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *a = wg_param(tape, "a", WG_F64, WG_SHAPE(2, 3)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(3, 2));
  wg_node *seed = wg_input(tape, "s", WG_F64, WG_SHAPE(2, 2)), *wrt[] = {a, b}, *grad[2];
  assert_int_equal(wg_vjp(wg_matmul(a, b), seed, 2, wrt, grad), WG_OK);
  double A[] = {1, 2, 3, 4, 5, 6}, B[] = {1, -1, 2, 0, -3, 2}, S[] = {1, 10, 100, 1000}, result[6];
  wg_binding bindings[] = {{a, A}, {b, B}, {seed, S}};
  /* S·Bᵀ and Aᵀ·S by hand */
  const double by_a[] = {-9, 2, 17, -900, 200, 1700}, by_b[] = {401, 4010, 502, 5020, 603, 6030};
  run_node(grad[0], 3, bindings, result);
  assert_close("∂a", 6, result, by_a, 0);
  run_node(grad[1], 3, bindings, result);
  assert_close("∂b", 6, result, by_b, 0);

  /* another seed has other adjoints */
  wg_node *ones = wg_fill(tape, WG_F64, WG_SHAPE(2, 2), 1), *other[2];
  assert_int_equal(wg_vjp(wg_matmul(a, b), ones, 2, wrt, other), WG_OK);
  const double by_a_ones[] = {0, 2, -1, 0, 2, -1}; /* row sums of B */
  run_node(other[0], 3, bindings, result);
  assert_close("∂a of ones", 6, result, by_a_ones, 0);
  wg_tape_free(tape);
}

/* x⁵ by x: 5x⁴, 20x³, 60x², 120x, 120, 0. */
static void gradients_of_gradients_go_on_to_any_order(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = scalar_param(tape, "x"), *y = wg_mul(x, wg_square(wg_square(x)));
  const double at = 2, expected[] = {80, 160, 240, 240, 120, 0};
  for (int order = 0; order < 6; order++) {
    assert_int_equal(wg_grad(y, 1, &x, &y), WG_OK);
    assert_true(run_scalar(y, 1, &(wg_binding){x, &at}) == expected[order]);
  }
  wg_tape_free(tape);
}

static void a_sweep_over_one_root_keeps_nothing_for_another(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = scalar_param(tape, "x"), *square = wg_square(x), *cube = wg_mul(square, x), *grad[2];
  double at = 2;
  wg_grad(square, 1, &x, &grad[0]);
  wg_grad(cube, 1, &x, &grad[1]);
  assert_true(run_scalar(grad[0], 1, &(wg_binding){x, &at}) == 4);
  assert_true(run_scalar(grad[1], 1, &(wg_binding){x, &at}) == 12);
  wg_tape_free(tape);
}

/* ---- What may not ---- */

static wg_node *vjp_of_wrong_shape(wg_node *y, wg_node *dy, int i) {
  (void)i;
  return wg_sum_all(wg_mul(y, dy));
}

static void bad_requests_fail_with_a_message_and_leave_the_tape_usable(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new(), *other = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2)), *y = wg_square(x), *root = wg_sum_all(y), *grad;
  wg_node *labels = wg_input(tape, "labels", WG_I64, WG_SHAPE(2)), *stranger = scalar_param(other, "s");
  wg_node *nothing = NULL, *inert = wg_matmul(x, x);
  wg_tape_clear_error(tape);

  assert_int_equal(wg_grad(y, 1, &x, &grad), WG_ERROR_ARGUMENT);
  assert_true(wg_node_inert(grad));
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "seed");
  assert_int_equal(wg_grad(root, 1, &stranger, &grad), WG_ERROR_ARGUMENT);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "two tapes");
  assert_int_equal(wg_grad(root, 1, &nothing, &grad), WG_ERROR_ARGUMENT);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "NULL");
  assert_int_equal(wg_grad(root, 1, &inert, &grad), WG_ERROR_ARGUMENT);
  assert_tape_failed(tape, WG_ERROR_ARGUMENT, "failed");
  assert_int_not_equal(wg_grad(inert, 1, &x, &grad), WG_OK);
  wg_tape_clear_error(tape);
  assert_int_not_equal(wg_grad(NULL, 1, &x, &grad), WG_OK);
  assert_true(wg_node_inert(grad));
  assert_int_not_equal(wg_grad(root, 1, &labels, &grad), WG_OK);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "labels");
  assert_int_not_equal(wg_grad(labels, 1, &x, &grad), WG_OK);
  assert_tape_failed(tape, WG_ERROR_DTYPE, "labels");
  assert_int_not_equal(wg_vjp(y, root, 1, &x, &grad), WG_OK);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "seed");
  assert_int_not_equal(wg_vjp(y, NULL, 1, &x, &grad), WG_OK);
  assert_true(wg_tape_status(tape) != WG_OK);
  wg_tape_clear_error(tape);

  static wg_op broken;
  broken = *wg_op_find("square");
  broken.vjp = vjp_of_wrong_shape;
  assert_int_equal(wg_grad(wg_sum_all(wg_apply(&broken, 1, &x, NULL)), 1, &x, &grad), WG_ERROR_SHAPE);
  assert_tape_failed(tape, WG_ERROR_SHAPE, "square");

  assert_int_equal(wg_grad(root, 1, &x, &grad), WG_OK);
  double at[] = {1, 2}, result[2], expected[] = {2, 4};
  run_node(grad, 1, &(wg_binding){x, at}, result);
  assert_close("afterwards", 2, result, expected, 0);
  wg_tape_free(tape);
  wg_tape_free(other);
}

/* ---- A million nodes ---- */

static double seconds_since(clock_t start) { return (double)(clock() - start) / CLOCKS_PER_SEC; }

typedef struct heap {
  size_t now, most;
} heap;

static void *heap_allocate(void *context, size_t size) {
  heap *h = context;
  size_t *memory = malloc(size + 16);
  if (!memory) return NULL;
  *memory = size;
  h->now += size;
  if (h->now > h->most) h->most = h->now;
  return (char *)memory + 16;
}

static void heap_release(void *context, void *memory) {
  heap *h = context;
  size_t *begin = (size_t *)((char *)memory - 16);
  h->now -= *begin;
  free(begin);
}

/* v ← v·c, n times: ∂x = cⁿ and ∂c = n·cⁿ⁻¹·x, a sum of n contributions. */
static void assert_chain(int n, size_t count) {
  heap h = {0};
  wg_tape *tape = wg_tape_new_with(&(wg_allocator){heap_allocate, heap_release, &h});
  wg_node *wrt[] = {scalar_param(tape, "x"), scalar_param(tape, "c")}, *v = wrt[0], *grad[2];
  clock_t start = clock();
  for (int i = 0; i < n; i++) v = wg_mul(v, wrt[1]);
  assert_tape_good(tape);
  double recorded = seconds_since(start);

  start = clock();
  wg_sweep_counts counts = sweep(v, count, wrt, grad, NULL);
  double swept = seconds_since(start);
  assert_int_equal(counts.rules, (size_t)n * count);
  assert_int_equal(counts.sums, count == 2 ? n - 1 : 0);
  assert_int_equal(counts.visited, (size_t)n + count);

  start = clock();
  double x = 2, c = 1 + 1e-6, power = exp(n * log1p(1e-6)); /* c is 1 + 1e-6 to 1e-16, so its power is right to 1e-10 */
  wg_node *outputs[] = {v, grad[0], count == 2 ? grad[1] : grad[0]};
  wg_plan *plan = wg_plan_new(3, outputs);
  wg_bind(plan, wrt[0], &x);
  wg_bind(plan, wrt[1], &c);
  double planned = seconds_since(start);
  start = clock();
  if (wg_run(plan) != WG_OK) fail_msg("%s", wg_plan_error(plan));
  double ran = seconds_since(start);
  assert_true(fabs(*(const double *)wg_data(plan, v) / (x * power) - 1) < 1e-9);
  assert_true(fabs(*(const double *)wg_data(plan, grad[0]) / power - 1) < 1e-9);
  if (count == 2) assert_true(fabs(*(const double *)wg_data(plan, grad[1]) / (n * power / c * x) - 1) < 1e-9);

  printf("%zu nodes: record %.2f s, sweep %.2f s, plan %.2f s, run %.2f s; at most %.0f MB\n", wg_tape_count(tape),
         recorded, swept, planned, ran, (double)h.most / 1e6);
  wg_plan_free(plan);
  wg_tape_free(tape);
  assert_int_equal(h.now, 0);
}

static void a_chain_of_a_million_nodes_records_sweeps_and_runs(void **state) {
  (void)state;
  assert_chain(1000000, 1);
}

static void a_parameter_with_a_hundred_thousand_consumers_gets_the_sum_of_them_all(void **state) {
  (void)state;
  assert_chain(100000, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_gradient_twice_is_the_same_nodes_and_no_new_work),
      cmocka_unit_test(another_parameter_of_the_same_root_reuses_what_is_there),
      cmocka_unit_test(a_branch_off_the_loss_path_changes_nothing),
      cmocka_unit_test(two_leaves_with_equal_values_and_names_stay_two),
      cmocka_unit_test(a_doubling_chain_has_as_many_rules_as_edges),
      cmocka_unit_test(thirty_doublings_have_2_to_the_30_paths_and_60_edges),
      cmocka_unit_test(a_count_of_paths_beyond_64_bits_is_the_largest_number),
      cmocka_unit_test(on_a_plain_chain_the_memo_turns_quadratic_into_linear),
      cmocka_unit_test(without_memo_the_same_nodes_come_out_and_the_count_is_the_one_predicted),
      cmocka_unit_test(without_memo_a_net_gets_the_same_nodes),
      cmocka_unit_test(without_memo_the_budget_ends_what_would_take_forever),
      cmocka_unit_test(the_events_are_the_counts),
      cmocka_unit_test(an_adjoint_is_done_when_all_its_contributions_are_in),
      cmocka_unit_test(the_gradient_by_the_root_is_the_seed_and_by_anything_unrelated_zero),
      cmocka_unit_test(the_gradient_by_an_intermediate_is_its_adjoint),
      cmocka_unit_test(a_seed_gives_the_vector_jacobian_product),
      cmocka_unit_test(gradients_of_gradients_go_on_to_any_order),
      cmocka_unit_test(a_sweep_over_one_root_keeps_nothing_for_another),
      cmocka_unit_test(bad_requests_fail_with_a_message_and_leave_the_tape_usable),
      cmocka_unit_test(a_chain_of_a_million_nodes_records_sweeps_and_runs),
      cmocka_unit_test(a_parameter_with_a_hundred_thousand_consumers_gets_the_sum_of_them_all),
  };
  return RUN_TESTS(tests);
}
