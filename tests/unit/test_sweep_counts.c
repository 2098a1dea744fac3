/* What the sweep says that it did is what theory says, with memo and without. */
#include "sweep_graphs.h"

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_doubling_chain_has_as_many_rules_as_edges),
      cmocka_unit_test(thirty_doublings_have_2_to_the_30_paths_and_60_edges),
      cmocka_unit_test(a_count_of_paths_beyond_64_bits_is_the_largest_number),
      cmocka_unit_test(on_a_plain_chain_the_memo_turns_quadratic_into_linear),
      cmocka_unit_test(without_memo_the_same_nodes_come_out_and_the_count_is_the_one_predicted),
      cmocka_unit_test(without_memo_a_net_gets_the_same_nodes),
      cmocka_unit_test(without_memo_the_budget_ends_what_would_take_forever),
      cmocka_unit_test(the_events_are_the_counts),
      cmocka_unit_test(an_adjoint_is_done_when_all_its_contributions_are_in),
  };
  return RUN_TESTS(tests);
}
