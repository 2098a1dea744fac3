/* The lecture's numbers about the cost of a gradient, counted on recorded graphs and their plans. */
#include "lecture.h"

/* ---- Counting ---- */

static wg_plan *plan_of(size_t count, wg_node *const *outputs) {
  wg_plan *plan = wg_plan_new(count, outputs);
  if (wg_plan_status(plan) != WG_OK) fail_msg("plan: %s", wg_plan_error(plan));
  return plan;
}

/* Multiplications and additions in pairs that the matrix products of a plan take: n·k·m for (n,k)·(k,m). */
static int64_t multiply_adds(size_t count, wg_node *const *outputs) {
  wg_plan *plan = plan_of(count, outputs);
  int64_t sum = 0;
  wg_plan_step step;
  for (size_t i = 0; wg_plan_step_at(plan, i, &step); i++) {
    if (step.copy || strcmp(wg_node_op(step.node), "matmul")) continue;
    wg_shape a = wg_node_shape(wg_node_input(step.node, 0));
    sum += wg_node_size(step.node) * a.size[a.rank - 1];
  }
  wg_plan_free(plan);
  return sum;
}

/* Steps of a plan that multiply two tensors element by element. */
static size_t multiplications(size_t count, wg_node *const *outputs) {
  wg_plan *plan = plan_of(count, outputs);
  size_t sum = 0;
  wg_plan_step step;
  for (size_t i = 0; wg_plan_step_at(plan, i, &step); i++) sum += !step.copy && !strcmp(wg_node_op(step.node), "mul");
  wg_plan_free(plan);
  return sum;
}

/* Paths from the root down to a node, edge by edge; found here by walking the nodes' inputs. */
static double paths(wg_node *root, const wg_node *to) {
  const wg_tape *tape = wg_node_tape(root);
  double *from_root = new_f64(wg_tape_count(tape)), result;
  from_root[wg_node_id(root)] = 1;
  for (size_t id = wg_node_id(root) + 1; id-- > 0;) {
    const wg_node *node = wg_tape_node(tape, id);
    for (int i = 0; i < wg_node_input_count(node); i++) from_root[wg_node_id(wg_node_input(node, i))] += from_root[id];
  }
  result = from_root[wg_node_id(to)];
  free(from_root);
  return result;
}

/* ---- Cheap gradient (Baur–Strassen) ---- */

/* Net D: forward 6000 multiply-adds, backward 9600, together 2.6 times the forward pass; 3.0 times with ∂X. Central
 * differences take two forward passes for each of 27 parameters. */
static void net_d_takes_6000_multiply_adds_forward_and_9600_backward(void **state) {
  (void)state;
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  wg_net *net = wg_net_new(&spec);
  wg_node *outputs[6] = {net->J}, *wrt[5] = {NULL, NULL, NULL, NULL, net->X};
  for (size_t k = 0; k < 4; k++) wrt[k] = net->params[k];
  int64_t forward = multiply_adds(1, outputs);
  assert_int_equal(wg_grad(net->J, 5, wrt, outputs + 1), WG_OK);
  int64_t both = multiply_adds(5, outputs), with_X = multiply_adds(6, outputs);
  assert_int_equal(forward, 6000);
  assert_int_equal(both - forward, 9600);
  assert_true((double)both / (double)forward == 2.6);
  assert_true((double)with_X / (double)forward == 3.0);
  assert_int_equal(2 * wg_net_param_elements(net) * forward, 324000);
  wg_net_free(net);
}

/* ---- Speelpenning's product ---- */

/* f = Π x_i takes n − 1 multiplications, f and ∇f in reverse 3(n − 1): for n = 100, 99 and 297. */
static void speelpennings_product_takes_99_and_297_multiplications(void **state) {
  (void)state;
  enum { N = 100 };
  wg_tape *tape = wg_tape_new();
  wg_node *x[N], *outputs[N + 1], *seed = wg_input(tape, "dy", WG_F64, WG_SCALAR);
  for (int i = 0; i < N; i++) x[i] = wg_input(tape, "x", WG_F64, WG_SCALAR);
  wg_node *product = x[0];
  for (int i = 1; i < N; i++) product = wg_mul(product, x[i]);
  outputs[0] = product;
  wg_sweep_counts counts;
  assert_int_equal(wg_sweep(product, N, x, outputs + 1, &(wg_sweep_options){.seed = seed}, &counts), WG_OK);
  assert_int_equal(multiplications(1, outputs), 99);
  assert_int_equal(multiplications(N + 1, outputs), 297);
  assert_int_equal(counts.rules, 198);
  assert_int_equal(counts.sums, 0);

  /* with the seed 1 the two products with it are left out */
  assert_int_equal(wg_grad(product, N, x, outputs + 1), WG_OK);
  assert_int_equal(multiplications(N + 1, outputs), 295);

  /* and the numbers are right: with x_i = 1 + i/1000, ∂f/∂x_i = f / x_i */
  double at[N], f = 1;
  wg_plan *plan = plan_of(N + 1, outputs);
  for (int i = 0; i < N; i++) {
    f *= at[i] = 1 + i / 1000.0;
    wg_bind(plan, x[i], &at[i]);
  }
  assert_int_equal(wg_run(plan), WG_OK);
  for (int i = 0; i < N; i++) {
    double expected = f / at[i];
    assert_close("∂f/∂x", 1, wg_data(plan, outputs[i + 1]), &expected, LECTURE_BOUND);
  }
  wg_plan_free(plan);
  wg_tape_free(tape);
}

/* ---- Paths against edges (Bauer) ---- */

/* v ← v·v, n times: 2^n paths and 2n edges. The sweep applies one rule for each edge; without its memo it would apply
 * one for each path from the root to each node, Σ_k 2^k = 2^(n+1) − 2. */
static void a_doubling_chain_of_30_has_1073741824_paths_and_60_edges(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *v = wg_input(tape, "v", WG_F64, WG_SCALAR), *x = v, *grad;
  for (int n = 0; n < 30; n++) v = wg_mul(v, v);
  assert_true(paths(v, x) == 1073741824);
  wg_sweep_counts counts;
  assert_int_equal(wg_sweep(v, 1, &x, &grad, NULL, &counts), WG_OK);
  assert_int_equal(counts.rules, 60);
  assert_int_equal(counts.sums, 30);
  assert_int_equal(counts.visited, 31);
  uint64_t rules;
  assert_int_equal(wg_sweep_rules_without_memo(v, 1, &x, &rules), WG_OK);
  assert_int_equal(rules, 2 * UINT64_C(1073741824) - 2);
  /* v = x^(2^30), so ∂v/∂x at 1 is 2^30: each path contributes 1 */
  assert_true(run_scalar(grad, 1, &(wg_binding){x, &(double){1}}) == 1073741824);
  wg_tape_free(tape);
}

/* A chain ten thousand long has as many rules as edges, 20000, and more paths than can be counted. */
static void a_doubling_chain_of_10000_has_as_many_rules_as_edges(void **state) {
  (void)state;
  enum { N = 10000 };
  wg_tape *tape = wg_tape_new();
  wg_node *v = wg_input(tape, "v", WG_F64, WG_SCALAR), *x = v, *grad;
  for (int n = 0; n < N; n++) v = wg_mul(v, v);
  wg_sweep_counts counts;
  assert_int_equal(wg_sweep(v, 1, &x, &grad, NULL, &counts), WG_OK);
  assert_int_equal(counts.rules, 2 * N);
  uint64_t rules;
  assert_int_equal(wg_sweep_rules_without_memo(v, 1, &x, &rules), WG_OK);
  assert_true(rules == UINT64_MAX);
  wg_tape_free(tape);
}

/* What the sweep without memo would need is what it does need. */
static void the_count_without_memo_is_what_happens(void **state) {
  (void)state;
  for (int n = 1; n <= 12; n++) {
    wg_tape *tape = wg_tape_new();
    wg_node *v = wg_input(tape, "v", WG_F64, WG_SCALAR), *x = v, *with, *without;
    for (int k = 0; k < n; k++) v = wg_mul(v, k % 2 ? wg_exp(v) : v);
    uint64_t rules;
    wg_sweep_counts counts;
    assert_int_equal(wg_sweep_rules_without_memo(v, 1, &x, &rules), WG_OK);
    assert_int_equal(wg_sweep(v, 1, &x, &without, &(wg_sweep_options){.without_memo = true}, &counts), WG_OK);
    assert_int_equal(counts.rules, rules);
    assert_int_equal(wg_grad(v, 1, &x, &with), WG_OK);
    assert_ptr_equal(with, without);
    wg_tape_free(tape);
  }
}

/* On a plain chain without fan-out the memo turns quadratic into linear: the adjoints of all L nodes are 1 + 2 + … + L
 * rules without it, and L with it. */
static void on_a_plain_chain_the_memo_turns_quadratic_into_linear(void **state) {
  (void)state;
  enum { L = 100 };
  wg_tape *tape = wg_tape_new();
  wg_node *chain[L + 1] = {wg_input(tape, "x", WG_F64, WG_SCALAR)}, *grad[L];
  for (int l = 0; l < L; l++) chain[l + 1] = wg_tanh(chain[l]);
  uint64_t rules;
  wg_sweep_counts counts;
  assert_int_equal(wg_sweep_rules_without_memo(chain[L], L, chain, &rules), WG_OK);
  assert_int_equal(rules, L * (L + 1) / 2);
  assert_int_equal(wg_sweep(chain[L], L, chain, grad, NULL, &counts), WG_OK);
  assert_int_equal(counts.rules, L);
  wg_tape_free(tape);
}

/* Masks have no derivative, so nothing leads from the root to what only a mask is made of, and no rule is applied. */
static void what_only_a_mask_depends_on_takes_no_rule(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(3)), *a = wg_input(tape, "a", WG_F64, WG_SHAPE(3)), *grad;
  wg_node *root = wg_sum_all(wg_where(wg_greater(wg_exp(x), a), wg_square(a), wg_neg(a)));
  wg_sweep_counts counts;
  assert_int_equal(wg_sweep(root, 1, &x, &grad, NULL, &counts), WG_OK);
  assert_int_equal(counts.rules, 0);
  assert_int_equal(counts.visited, 0);
  const wg_binding at[] = {{x, (double[]){1, 2, 3}}, {a, (double[]){4, 5, 6}}};
  double *zeros = value_of(grad, 2, at);
  for (int i = 0; i < 3; i++) assert_true(zeros[i] == 0);
  free(zeros);
  wg_tape_free(tape);
}

/* ---- Paths from one element of W1 ---- */

/* A dense net of scalars, fifteen layers: one weight of the first layer reaches the loss on as many paths as the product
 * of the later widths. */
static void paths_from_one_weight_are_the_product_of_the_later_widths(void **state) {
  (void)state;
  enum { L = 15, WIDTH = 6 };
  wg_tape *tape = wg_tape_new();
  wg_node *one = wg_fill(tape, WG_F64, WG_SCALAR, 1), *w = NULL, *below[WIDTH] = {NULL}, *above[WIDTH];
  double expected = 1;
  for (int l = 1; l <= L; l++) {
    int width = l == L ? 1 : WIDTH - l % 3, inputs = l == 1 ? 2 : WIDTH - (l - 1) % 3;
    if (l > 1) expected *= width;
    for (int j = 0; j < width; j++) {
      above[j] = NULL;
      for (int i = 0; i < inputs; i++) {
        wg_node *weight = wg_param(tape, "w", WG_F64, WG_SCALAR), *x = l == 1 ? one : below[i];
        wg_node *term = wg_mul(weight, x);
        if (!w) w = weight;
        above[j] = above[j] ? wg_add(above[j], term) : term;
      }
    }
    memcpy(below, above, sizeof below);
  }
  assert_tape_good(tape);
  assert_true(expected > 1e8);
  assert_true(paths(below[0], w) == expected);
  wg_node *grad;
  wg_sweep_counts counts;
  assert_int_equal(wg_sweep(below[0], 1, &w, &grad, NULL, &counts), WG_OK);
  assert_true(counts.rules < 2000);
  wg_tape_free(tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(net_d_takes_6000_multiply_adds_forward_and_9600_backward),
      cmocka_unit_test(speelpennings_product_takes_99_and_297_multiplications),
      cmocka_unit_test(a_doubling_chain_of_30_has_1073741824_paths_and_60_edges),
      cmocka_unit_test(a_doubling_chain_of_10000_has_as_many_rules_as_edges),
      cmocka_unit_test(the_count_without_memo_is_what_happens),
      cmocka_unit_test(on_a_plain_chain_the_memo_turns_quadratic_into_linear),
      cmocka_unit_test(what_only_a_mask_depends_on_takes_no_rule),
      cmocka_unit_test(paths_from_one_weight_are_the_product_of_the_later_widths),
  };
  return RUN_TESTS(tests);
}
