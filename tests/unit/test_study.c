/* What the studies of the chain rule's cache count with: big numbers, the pass over semirings, growth, bracketing. */
#include "../support.h"

#include "../../engine/bracketing.h"
#include "../../engine/downward.h"
#include "../../models/growth.h"
#include "../../models/study_internal.h"
#include "../../ops/ops.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Big numbers ---- */

static void assert_digits(const wg_natural *number, const char *expected) {
  wg_text text = WG_TEXT_EMPTY(&wg_allocator_default);
  wg_natural_print(number, &text);
  assert_string_equal(wg_text_string(&text), expected);
  wg_text_free(&text);
}

static void sums_beyond_64_bits_are_exact(void **state) {
  (void)state;
  wg_natural number = WG_NATURAL_ZERO(&wg_allocator_default);
  assert_digits(&number, "0");
  assert_true(wg_natural_log2(&number) == -INFINITY);
  assert_true(wg_natural_add_count(&number, 1));
  for (int i = 0; i < 128; i++) assert_true(wg_natural_add(&number, &number));
  assert_digits(&number, "340282366920938463463374607431768211456"); /* 2^128 */
  assert_true(fabs(wg_natural_log2(&number) - 128) < 1e-12);
  for (int i = 128; i < 5000; i++) assert_true(wg_natural_add(&number, &number));
  assert_true(fabs(wg_natural_log2(&number) - 5000) < 1e-9);
  wg_natural_free(&number);
}

static void carries_and_inner_zeros_are_written(void **state) {
  (void)state;
  wg_natural number = WG_NATURAL_ZERO(&wg_allocator_default);
  assert_true(wg_natural_add_count(&number, UINT64_MAX));
  assert_digits(&number, "18446744073709551615");
  wg_natural_free(&number);
  assert_true(wg_natural_add_count(&number, 999999999));
  assert_true(wg_natural_add_count(&number, 1));
  assert_digits(&number, "1000000000");
  assert_true(wg_natural_add_count(&number, UINT64_C(999999999000000007)));
  assert_digits(&number, "1000000000000000007");
  wg_natural_free(&number);
}

static void products_are_exact(void **state) {
  (void)state;
  wg_natural factorial = WG_NATURAL_ZERO(&wg_allocator_default), next = WG_NATURAL_ZERO(&wg_allocator_default);
  assert_true(wg_natural_add_count(&factorial, 1));
  for (uint32_t i = 1; i <= 30; i++) {
    assert_true(wg_natural_add_product(&next, &factorial, i));
    wg_natural_free(&factorial);
    factorial = next;
    next = WG_NATURAL_ZERO(&wg_allocator_default);
  }
  assert_digits(&factorial, "265252859812191058636308480000000"); /* 30! */
  assert_true(wg_natural_add_product(&next, &factorial, 0));
  assert_digits(&next, "0");
  wg_natural_free(&factorial);
  assert_true(wg_natural_add_count(&factorial, UINT32_MAX));
  assert_true(wg_natural_add_product(&factorial, &factorial, UINT32_MAX)); /* 2^64 − 2^32 */
  assert_digits(&factorial, "18446744069414584320");
  wg_natural_free(&factorial);
}

/* ---- The pass over semirings ---- */

/* y = (x·x + x)·e^x: from y to x lead 2 + 1 + 1 paths; the longest is mul, add, mul. */
static void a_small_graph_is_counted_as_by_hand(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SCALAR), *other = wg_input(tape, "other", WG_F64, WG_SCALAR);
  wg_node *y = wg_mul(wg_add(wg_mul(x, x), x), wg_exp(x)), *wanted[] = {x, other};
  wg_downward *paths = wg_downward_new(y, 2, wanted, &wg_semiring_paths);
  wg_downward *longest = wg_downward_new(y, 2, wanted, &wg_semiring_longest);
  wg_downward *reaches = wg_downward_new(y, 2, wanted, &wg_semiring_reaches);
  wg_downward *expansion = wg_downward_new(y, 2, wanted, &wg_semiring_expansion);
  assert_digits(wg_downward_at(paths, x), "4");
  assert_digits(wg_downward_at(paths, other), "0");
  assert_int_equal(*(const int64_t *)wg_downward_at(longest, x), 3);
  assert_int_equal(*(const int64_t *)wg_downward_at(longest, other), -1);
  assert_true(*(const bool *)wg_downward_at(reaches, x));
  assert_false(*(const bool *)wg_downward_at(reaches, other));
  const wg_expansion *chain = wg_downward_at(expansion, x); /* lengths 3, 3, 2, 2 */
  assert_digits(&chain->factors, "10");
  assert_digits(&chain->products, "6");
  wg_downward_free(paths);
  wg_downward_free(longest);
  wg_downward_free(reaches);
  wg_downward_free(expansion);
  wg_tape_free(tape);
}

/* 2^1000; its digits from Python's integers. */
static void a_doubling_chain_of_1000_has_2_to_the_1000_paths(void **state) {
  (void)state;
  wg_study_graph graph;
  assert_int_equal(wg_study_graph_new(&graph, WG_STUDY_DOUBLING, 1000, &wg_allocator_default, NULL), WG_OK);
  wg_downward *paths = wg_downward_new(graph.root, graph.count, graph.wanted, &wg_semiring_paths);
  wg_text text = WG_TEXT_EMPTY(&wg_allocator_default);
  wg_natural_print(wg_downward_at(paths, graph.wanted[0]), &text);
  assert_int_equal(text.length, 302);
  assert_memory_equal(text.data, "10715086071862673209484250490600018105614048117055", 50);
  assert_string_equal(text.data + 302 - 20, "24386837205668069376");
  wg_text_free(&text);
  wg_downward_free(paths);
  wg_study_graph_free(&graph);
}

static void a_foreign_node_is_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new(), *other = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SCALAR), *y = wg_input(other, "y", WG_F64, WG_SCALAR);
  assert_null(wg_downward_new(x, 1, &y, &wg_semiring_paths));
  assert_int_equal(wg_tape_status(tape), WG_ERROR_ARGUMENT);
  wg_tape_free(tape);
  wg_tape_free(other);
}

/* A dense net of scalars, counted node by node, against the same net of matrices, counted by the weights of edges. */
static void paths_to_an_element_are_those_of_the_net_of_scalars(void **state) {
  (void)state;
  enum { M = 2, IN = 3, HIDDEN = 4, OUT = 5 };
  wg_tape *tape = wg_tape_new();
  wg_node *w[IN][HIDDEN], *w2[HIDDEN][OUT], *sum = NULL;
  for (int i = 0; i < IN; i++)
    for (int j = 0; j < HIDDEN; j++) w[i][j] = wg_param(tape, "w", WG_F64, WG_SCALAR);
  for (int j = 0; j < HIDDEN; j++)
    for (int k = 0; k < OUT; k++) w2[j][k] = wg_param(tape, "v", WG_F64, WG_SCALAR);
  for (int m = 0; m < M; m++) {
    wg_node *a[HIDDEN] = {NULL}, *z[OUT] = {NULL};
    for (int j = 0; j < HIDDEN; j++)
      for (int i = 0; i < IN; i++) {
        wg_node *term = wg_mul(wg_input(tape, "x", WG_F64, WG_SCALAR), w[i][j]);
        a[j] = a[j] ? wg_add(a[j], term) : term;
      }
    for (int k = 0; k < OUT; k++)
      for (int j = 0; j < HIDDEN; j++) {
        wg_node *term = wg_mul(wg_tanh(a[j]), w2[j][k]);
        z[k] = z[k] ? wg_add(z[k], term) : term;
      }
    for (int k = 0; k < OUT; k++) sum = sum ? wg_add(sum, z[k]) : z[k];
  }
  wg_node *X = wg_input(tape, "X", WG_F64, WG_SHAPE(M, IN)), *W = wg_param(tape, "W", WG_F64, WG_SHAPE(IN, HIDDEN));
  wg_node *W2 = wg_param(tape, "W2", WG_F64, WG_SHAPE(HIDDEN, OUT));
  wg_node *Z = wg_matmul(wg_tanh(wg_matmul(X, W)), W2);
  assert_tape_good(tape);
  wg_downward *scalars = wg_downward_new(sum, 1, &w[1][2], &wg_semiring_paths);
  wg_path_study study;
  assert_int_equal(wg_path_study_new(&study, wg_sum_all(Z), 1, &W, NULL, NULL), WG_OK);
  assert_string_equal(study.elements.digits, "10"); /* 2 samples, 5 outputs */
  assert_digits(wg_downward_at(scalars, w[1][2]), "10");
  wg_path_study_free(&study, 1);
  assert_int_equal(wg_path_study_new(&study, wg_sum_all(wg_softmax(Z, 1)), 1, &W, NULL, NULL), WG_OK);
  assert_string_equal(study.elements.digits, "50"); /* and each of 5 probabilities is made of all 5 */
  wg_path_study_free(&study, 1);
  wg_downward_free(scalars);
  wg_tape_free(tape);
}

/* ---- Memo ---- */

static double no_clock(void) { return 0; }

static void what_is_executed_without_memo_is_what_was_counted(void **state) {
  (void)state;
  for (int kind = 0; kind < WG_STUDY_KIND_COUNT; kind++)
    for (int64_t n = 1; n <= 12; n++) {
      wg_memo_study study;
      assert_int_equal(wg_memo_study_of(&study, (wg_study_kind)kind, n, 1000000, no_clock, NULL, NULL), WG_OK);
      assert_true(study.executed && study.equal);
      char expected[32];
      snprintf(expected, sizeof expected, "%llu", (unsigned long long)study.without.rules);
      assert_string_equal(study.rules.digits, expected);
      assert_int_equal(study.factors_reused, study.with.rules);
      wg_memo_study_free(&study);
    }
}

/* 2L²+4L factors and 2L(L+1) products, with reuse 4L and 4L−1. */
static void layers_have_the_lectures_factors(void **state) {
  (void)state;
  for (int64_t L = 2; L <= 40; L += 19) {
    wg_memo_study study;
    assert_int_equal(wg_memo_study_of(&study, WG_STUDY_LAYERS, L, 0, no_clock, NULL, NULL), WG_OK);
    assert_false(study.executed);
    assert_int_equal(study.named.factors, 2 * L * L + 4 * L);
    assert_int_equal(study.named.products, 2 * L * (L + 1));
    assert_int_equal(study.named.factors_reused, 4 * L);
    assert_int_equal(study.named.products_reused, 4 * L - 1);
    wg_memo_study_free(&study);
  }
}

static void a_size_out_of_range_is_refused(void **state) {
  (void)state;
  wg_error error = {0};
  wg_memo_study study;
  assert_int_equal(wg_memo_study_of(&study, WG_STUDY_CHAIN, 0, 1, no_clock, NULL, &error), WG_ERROR_ARGUMENT);
  assert_contains(error.message, "from 1 to 2000, not 0");
  wg_memo_study_free(&study);
}

/* J = Σ (v + tanh v), v = x·w: by hand, edges are J–add, add–v, add–tanh, tanh–v, v–x, v–w. */
static void a_graph_of_ones_own_is_counted_as_by_hand_and_left_as_it_was(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SHAPE(3)), *w = wg_param(tape, "w", WG_F64, WG_SHAPE(3));
  wg_node *v = wg_name(wg_mul(x, w), "v"), *J = wg_sum_all(wg_add(v, wg_tanh(v))), *wanted[] = {w, v, x};
  size_t recorded = wg_tape_count(tape);
  wg_memo_study study;
  assert_int_equal(wg_memo_study_new(&study, J, 3, wanted, 1000, no_clock, NULL, NULL), WG_OK);
  assert_int_equal(wg_tape_count(tape), recorded);
  assert_true(study.executed && study.equal);
  /* rules(add) = 1, rules(tanh) = 2, rules(v) = (1 + 1) + (1 + 2), rules(w) = rules(x) = 1 + rules(v) */
  const char *const rules[] = {"6", "5", "6"};
  const uint64_t new_rules[] = {5, 0, 1};
  for (size_t k = 0; k < 3; k++) {
    assert_ptr_equal(study.lines[k].node, wanted[k]);
    assert_string_equal(study.lines[k].paths.digits, "2");
    assert_string_equal(study.lines[k].rules.digits, rules[k]);
    assert_int_equal(study.lines[k].rules_new, new_rules[k]);
  }
  assert_string_equal(study.rules.digits, "17");
  assert_int_equal(study.without.rules, 17);
  assert_int_equal(study.with.rules, 6);
  assert_string_equal(study.paths.digits, "6");
  assert_string_equal(study.factors.digits, "19"); /* paths of 2 and 3 edges to v, of 3 and 4 to w and to x */
  assert_string_equal(study.products.digits, "13");
  assert_int_equal(study.factors_reused, 6);
  assert_int_equal(study.products_reused, 5);
  assert_int_equal(study.named.factors, 5); /* ∂J/∂v alone, and with ∂v/∂w, with ∂v/∂x */
  assert_int_equal(study.named.factors_reused, 3);
  wg_memo_study_free(&study);
  wg_tape_free(tape);
}

/* Every kind of leaf and attribute goes over to the copy, where the same numbers come out. */
static void a_copy_of_a_graph_is_the_graph(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  const double numbers[] = {1, 2, 3, 4, 5, 6}, xs[] = {0.5, -1, 2, 0.25, -0.75, 1.5};
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(2, 3));
  wg_node *c = wg_constant(tape, WG_F64, WG_SHAPE(2, 3), numbers), *third = wg_fill_over(tape, WG_F64, WG_SCALAR, 1, 3);
  wg_node *y = wg_softmax(wg_mul(wg_add(x, c), third), 0);
  wg_node *J = wg_sum_all(wg_mul(wg_narrow(y, 1, 0, 2), wg_narrow(c, 1, 1, 2)));
  assert_tape_good(tape);
  wg_study_graph copy;
  assert_int_equal(wg_study_graph_copy(&copy, J, 1, &x, &wg_allocator_default, NULL), WG_OK);
  assert_string_equal(wg_node_name(copy.wanted[0]), "x");
  double here = run_scalar(J, 1, &(wg_binding){x, xs}),
         there = run_scalar(copy.root, 1, &(wg_binding){copy.wanted[0], xs});
  assert_true(here == there && here != 0);
  wg_study_graph_free(&copy);
  wg_tape_free(tape);
}

static void nodes_of_two_tapes_and_inert_ones_are_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new(), *other = wg_tape_new();
  wg_error error = {0};
  wg_memo_study study;
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SCALAR), *y = wg_input(other, "y", WG_F64, WG_SCALAR), *J = wg_exp(x);
  assert_int_equal(wg_memo_study_new(&study, J, 1, &y, 10, NULL, NULL, &error), WG_ERROR_ARGUMENT);
  wg_memo_study_free(&study);
  assert_int_equal(wg_memo_study_new(&study, NULL, 1, &x, 10, NULL, NULL, &error), WG_ERROR_ARGUMENT);
  assert_contains(error.message, "not of one tape, or inert");
  wg_memo_study_free(&study);
  wg_node *v = wg_input(tape, "v", WG_F64, WG_SHAPE(3));
  assert_int_equal(wg_memo_study_new(&study, wg_exp(v), 1, &v, 10, NULL, NULL, &error), WG_ERROR_ARGUMENT);
  assert_contains(error.message, "not a scalar");
  wg_memo_study_free(&study);
  wg_path_study paths;
  assert_int_equal(wg_path_study_new(&paths, J, 1, &y, NULL, &error), WG_ERROR_ARGUMENT);
  wg_path_study_free(&paths, 1);
  assert_int_equal(wg_path_study_new(&paths, NULL, 1, &x, NULL, &error), WG_ERROR_ARGUMENT);
  wg_path_study_free(&paths, 1);
  wg_tape_free(tape);
  wg_tape_free(other);
}

/* v ← v·v, 60000 times: 2^60000 paths have 18000 digits, and those of all nodes 0.3·60000²/2 = 5.4e8. */
static void a_graph_too_large_to_count_is_refused(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SCALAR), *v = x;
  for (int i = 0; i < 60000; i++) v = wg_mul(v, v);
  wg_error error = {0};
  wg_memo_study study;
  assert_int_equal(wg_memo_study_new(&study, v, 1, &x, 10, NULL, NULL, &error), WG_ERROR_ARGUMENT);
  assert_contains(error.message, "too large: its numbers of paths have 5.42e+08 digits");
  wg_memo_study_free(&study);
  wg_path_study paths;
  assert_int_equal(wg_path_study_new(&paths, v, 1, &x, NULL, NULL), WG_ERROR_ARGUMENT);
  wg_path_study_free(&paths, 1);
  wg_tape_free(tape);
}

/* J ← a ← b ← x and J ← x: the longest of the two paths to x is listed. */
static void the_longest_path_is_listed_from_the_root_on(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", WG_F64, WG_SCALAR), *unused = wg_input(tape, "unused", WG_F64, WG_SCALAR);
  wg_node *b = wg_exp(x), *a = wg_tanh(b), *J = wg_mul(a, x), *nodes[] = {x, unused};
  const wg_node *path[4];
  wg_path_study studies[2];
  wg_error error = {0};
  assert_int_equal(wg_path_study_new(studies, J, 2, nodes, NULL, NULL), WG_OK);
  assert_int_equal(studies[0].longest, 3);
  assert_int_equal(wg_longest_path(J, &studies[0], path, NULL), WG_OK);
  assert_true(path[0] == J && path[1] == a && path[2] == b && path[3] == x);
  assert_int_equal(wg_longest_path(J, &studies[1], path, &error), WG_ERROR_ARGUMENT);
  wg_path_study_free(studies, 2);
  wg_tape_free(tape);
}

/* A slice reads some elements and not others, so paths to one element are not one number. */
static void elements_that_are_not_alike_have_no_number_of_paths(void **state) {
  (void)state;
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(4)), *head = wg_narrow(x, 0, 0, 2), *J = wg_sum_all(head);
  wg_path_study study;
  assert_int_equal(wg_path_study_new(&study, J, 1, &x, NULL, NULL), WG_OK);
  assert_ptr_equal(study.unlike, head);
  assert_null(study.elements.digits);
  assert_string_equal(study.paths.digits, "1");
  wg_path_study_free(&study, 1);
  wg_tape_free(tape);
}

/* ---- Checkpoints ---- */

/* T(l) = ⌊l/2⌋ + T(⌊l/2⌋) + T(⌈l/2⌉), by the recurrence. */
static void halving_follows_its_recurrence(void **state) {
  (void)state;
  static uint64_t T[500];
  for (uint64_t l = 2; l < 500; l++) {
    T[l] = l / 2 + T[l / 2] + T[l - l / 2];
    assert_int_equal(wg_checkpoint_advances(WG_CHECKPOINT_RECURSIVE, l, 0), T[l]);
  }
}

/* t(l, s) = min over k of k + t(l − k, s − 1) + t(k, s), by brute force; and that many stages are really computed again,
 * in as many bytes as s + 1 values take, and the loss. */
static void studies_of_short_chains_agree_with_brute_force(void **state) {
  (void)state;
  enum { L = 14, S = 5, WIDTH = 8 };
  static uint64_t t[L + 1][S + 1];
  double xs[WIDTH];
  fill_f64(xs, WIDTH, -1, 1, 1);
  for (uint64_t l = 2; l <= L; l++)
    for (uint64_t s = 1; s <= S; s++) {
      t[l][s] = l * (l - 1) / 2;
      for (uint64_t k = 1; s > 1 && k < l; k++)
        if (k + t[l - k][s - 1] + t[k][s] < t[l][s]) t[l][s] = k + t[l - k][s - 1] + t[k][s];
    }
  for (uint64_t l = 2; l <= L; l++) {
    wg_study_graph chain;
    wg_checkpoint_study study;
    assert_int_equal(wg_study_chain_new(&chain, (int64_t)l, WIDTH, &wg_allocator_default, NULL), WG_OK);
    const wg_binding binding = {chain.wanted[0], xs};
    assert_int_equal(wg_checkpoint_study_new(&study, chain.root, 1, chain.wanted, 1, &binding, NULL, NULL), WG_OK);
    for (uint64_t s = 1; s <= S; s++) {
      wg_checkpoint_row row;
      wg_status status = wg_checkpoint_study_run(&study, WG_CHECKPOINT_BINOMIAL, s, 0, l, NULL, &row, NULL);
      assert_int_equal(status, WG_OK);
      assert_true(row.equal);
      assert_int_equal(row.counts.stages, l);
      assert_int_equal(row.advances, t[l][s]);
      assert_int_equal(row.counts.advances, t[l][s]);
      assert_int_equal(row.counts.recomputed, t[l][s]);
      assert_true(row.alive <= row.values * sizeof xs + sizeof(double));
      assert_true(row.alive <= row.bytes);
    }
    wg_checkpoint_study_free(&study);
    wg_study_graph_free(&chain);
  }
}

static void bytes_alive_are_those_counted_by_hand(void **state) {
  (void)state;
  enum { WIDTH = 100 };
  double xs[WIDTH];
  size_t alive = 0;
  fill_f64(xs, WIDTH, -1, 1, 1);
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(WIDTH)), *a = wg_exp(x), *b = wg_tanh(a), *c = wg_exp(b);
  wg_plan *plan = wg_plan_new(1, &c); /* one value after the other, each in place of the last */
  assert_true(wg_plan_alive(plan, &wg_allocator_default, &alive));
  assert_int_equal(alive, sizeof xs);
  wg_plan_free(plan);
  wg_node *sum = wg_add(c, a); /* a waits, while b and c are formed */
  plan = wg_plan_new(1, &sum);
  assert_true(wg_plan_alive(plan, &wg_allocator_default, &alive));
  assert_int_equal(alive, 2 * sizeof xs);
  wg_plan_free(plan);
  wg_tape_free(tape);
}

static void what_no_schedule_can_do_is_refused(void **state) {
  (void)state;
  const double xs[] = {0.5, -0.25};
  wg_study_graph graph;
  wg_checkpoint_study study;
  wg_checkpoint_row row;
  wg_error error = {0};
  assert_int_equal(wg_study_chain_new(&graph, 0, 2, &wg_allocator_default, &error), WG_ERROR_ARGUMENT);
  wg_study_graph_free(&graph);
  assert_int_equal(wg_study_chain_new(&graph, 10, 2, &wg_allocator_default, NULL), WG_OK);
  const wg_binding binding = {graph.wanted[0], xs};
  assert_int_equal(wg_checkpoint_study_new(&study, graph.root, 1, graph.wanted, 1, &binding, NULL, NULL), WG_OK);
  wg_status status = wg_checkpoint_study_run(&study, WG_CHECKPOINT_BINOMIAL, 0, 0, 10, NULL, &row, &error);
  assert_int_equal(status, WG_ERROR_ARGUMENT);
  assert_contains(error.message, "no slots");
  status = wg_checkpoint_study_run(&study, WG_CHECKPOINT_BINOMIAL, 0, 20, 10, NULL, &row, &error);
  assert_int_equal(status, WG_ERROR_ARGUMENT);
  assert_contains(error.message, "20 bytes are too few");
  status = wg_checkpoint_study_run(&study, WG_CHECKPOINT_BINOMIAL, 1, 0, 1000000, NULL, &row, &error);
  assert_int_equal(status, WG_ERROR_ARGUMENT);
  assert_contains(error.message, "give more slots or fewer stages");
  wg_checkpoint_study_free(&study);
  wg_study_graph_free(&graph);
}

/* ---- Costs ---- */

/* (5,2)·(2,3): 30 multiply-adds, and 10 + 6 + 15 numbers of 8 bytes; the sum reads 15 and writes one. */
static void costs_are_those_counted_by_hand(void **state) {
  (void)state;
  const double values[10] = {1};
  wg_tape *tape = wg_tape_new();
  wg_node *a = wg_input(tape, "a", WG_F64, WG_SHAPE(5, 2)), *b = wg_param(tape, "b", WG_F64, WG_SHAPE(2, 3));
  const wg_binding bindings[] = {{a, values}, {b, values}};
  wg_cost_study study;
  assert_int_equal(
      wg_cost_study_new(&study, wg_sum_all(wg_matmul(a, b)), NULL, 1, &b, 2, bindings, no_clock, NULL, NULL), WG_OK);
  const wg_cost *forward = &study.total[WG_COST_FORWARD];
  assert_int_equal(study.elements, 6);
  assert_int_equal(forward->steps, 2);
  assert_int_equal(forward->multiply_adds, 30);
  assert_int_equal(forward->operations, 30 + 15);
  assert_int_equal(forward->bytes, 8 * (10 + 6 + 15 + 15 + 1));
  wg_cost twice = wg_cost_times(*forward, 2), endless = wg_cost_times(*forward, UINT64_MAX);
  assert_int_equal(twice.operations, 90);
  assert_true(endless.operations == UINT64_MAX);
  wg_cost_study_free(&study);
  wg_tape_free(tape);
}

/* One step of an operation of the table, at a sample of its record. */
static wg_node *sample_apply(wg_tape *tape, const wg_op *op, const wg_sample *sample) {
  wg_node *inputs[WG_SAMPLE_INPUTS_MAX];
  for (int i = 0; i < sample->input_count; i++) {
    const wg_sample_input *input = &sample->inputs[i];
    inputs[i] = wg_input(tape, "x", input->integer ? WG_I64 : WG_F64, input->shape);
  }
  return wg_apply(op, sample->input_count, inputs, sample->attrs);
}

static bool is_empty(const wg_node *y) {
  bool empty = wg_node_size(y) == 0;
  for (int i = 0; i < wg_node_input_count(y); i++) empty = empty || wg_node_size(wg_node_input(y, i)) == 0;
  return empty;
}

/* No operation is counted by accident: each is elementwise, a view, made of others, or a kernel with a rule of its own;
 * and at each sample each step of a plan takes some. */
static void every_operation_of_the_table_is_counted(void **state) {
  (void)state;
  size_t tried = 0;
  for (size_t i = 0; i < wg_op_count(); i++) {
    const wg_op *op = wg_op_at(i);
    if (!op->compose && !wg_work_known(op)) fail_msg("%s: how much it takes is not known", op->name);
    for (const wg_sample *sample = op->samples; sample && sample->input_count; sample++) {
      wg_tape *tape = wg_tape_new();
      wg_node *y = sample_apply(tape, op, sample);
      if (wg_tape_status(tape) != WG_OK) fail_msg("%s: %s", op->name, wg_tape_error(tape));
      wg_plan *plan = wg_plan_new(1, &y);
      wg_plan_step step;
      for (size_t k = 0; wg_plan_step_at(plan, k, &step); k++) {
        wg_cost cost = wg_work(step.node);
        if (step.copy || is_empty(step.node)) continue;
        if (cost.operations < 1 || cost.operations < cost.multiply_adds || cost.bytes < 8)
          fail_msg("%s: its step %s takes %llu operations, %llu multiply-adds, %llu bytes", op->name,
                   wg_node_op(step.node), (unsigned long long)cost.operations, (unsigned long long)cost.multiply_adds,
                   (unsigned long long)cost.bytes);
        if (!wg_work_known(step.node->op)) fail_msg("%s: its step %s is not known", op->name, wg_node_op(step.node));
        tried++;
      }
      wg_plan_free(plan);
      wg_tape_free(tape);
    }
  }
  assert_true(tried > 500);
}

static void assert_work(wg_node *y, uint64_t operations, uint64_t multiply_adds) {
  assert_tape_good(wg_node_tape(y));
  wg_cost cost = wg_work(y);
  if (cost.operations != operations || cost.multiply_adds != multiply_adds)
    fail_msg("%s: %llu operations, %llu multiply-adds instead of %llu, %llu", wg_node_op(y),
             (unsigned long long)cost.operations, (unsigned long long)cost.multiply_adds,
             (unsigned long long)operations, (unsigned long long)multiply_adds);
}

static wg_node *leaf(wg_tape *tape, wg_shape shape) { return wg_input(tape, "x", WG_F64, shape); }

/* The number of the last node of an operation. */
static size_t last_of(const wg_tape *tape, const char *op) {
  size_t id = wg_tape_count(tape);
  while (id-- > 0)
    if (strcmp(wg_node_op(wg_tape_node(tape, id)), op) == 0) return id;
  fail_msg("no %s on the tape", op);
  return 0;
}

/* Each counted by hand from what the operation is. */
static void kernels_take_what_their_algorithms_take(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  /* 2 images of 3 channels of 8×8, 4 filters of 3×3, without a border: 2·4·6·6 places see 3·3·3 weights each */
  wg_node *image = leaf(t, WG_SHAPE(2, 3, 8, 8)), *filters = leaf(t, WG_SHAPE(4, 3, 3, 3));
  wg_node *y = wg_conv2d(image, filters, NULL, (int64_t[]){1, 1}, (int64_t[]){0, 0}, (int64_t[]){1, 1}, 1);
  assert_work(y, 2 * 4 * 6 * 6 * 27, 2 * 4 * 6 * 6 * 27);
  wg_node *wrt[] = {image, filters}, *grad[2];
  assert_int_equal(wg_vjp(y, leaf(t, WG_SHAPE(2, 4, 6, 6)), 2, wrt, grad), WG_OK);
  assert_work(grad[0], 2 * 4 * 6 * 6 * 27, 2 * 4 * 6 * 6 * 27);
  assert_work(grad[1], 2 * 4 * 6 * 6 * 27, 2 * 4 * 6 * 6 * 27);

  wg_node *batch = leaf(t, WG_SHAPE(5, 4, 4)); /* 5 matrices of 4×4 */
  assert_work(wg_lu(batch), 5 * ((9 + 4 + 1) + (3 + 2 + 1) + (4 + 3 + 2 + 1)), 5 * 14);
  assert_work(wg_cholesky(batch, 0), 5 * ((6 + 3 + 1) + (3 + 2 + 1) + 4), 5 * 10);
  assert_work(wg_triangular_solve(batch, leaf(t, WG_SHAPE(5, 4, 2)), false, false, false), 5 * 2 * (1 + 2 + 3 + 4),
              5 * 2 * (1 + 2 + 3));

  assert_work(wg_matmul(leaf(t, WG_SHAPE(7, 5)), leaf(t, WG_SHAPE(5, 3))), 105, 105);
  assert_work(wg_softmax(leaf(t, WG_SHAPE(7, 5)), 1), 4 * 35, 0);
  assert_work(wg_sum_all(leaf(t, WG_SHAPE(7, 5))), 35, 0);
  assert_work(wg_argsort(leaf(t, WG_SHAPE(3, 16)), 1, false), 3 * 16 * 4, 0);
  assert_work(wg_tanh(leaf(t, WG_SHAPE(7, 5))), 35, 0);
  /* windows of 2×2: one of 4 elements is the largest, for 2·3·4·4 of them; and then it is looked up */
  wg_max_pool2d(image, (int64_t[]){2, 2}, (int64_t[]){2, 2}, (int64_t[]){0, 0}, (int64_t[]){1, 1}, false);
  assert_work(wg_tape_node(t, last_of(t, "max_pool_index")), 4 * 96, 0);
  assert_work(wg_tape_node(t, last_of(t, "gather")), 96, 0);
  wg_tape_free(t);
}

/* 10 rows of a table of 1000 are read, not 1000; a constant that is the same everywhere is one number. */
static void bytes_are_those_that_are_read(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  wg_node *table = leaf(t, WG_SHAPE(1000, 8)), *index = wg_input(t, "i", WG_I64, WG_SHAPE(10));
  wg_cost cost = wg_work(wg_embedding(index, table));
  assert_int_equal(cost.operations, 80);
  assert_int_equal(cost.bytes, 8 * (80 + 80 + 10));
  wg_node *x = leaf(t, WG_SHAPE(4, 6));
  assert_int_equal(wg_work(wg_mul(x, wg_fill(t, WG_F64, WG_SHAPE(4, 6), 2))).bytes, 8 * (24 + 24 + 1));
  assert_int_equal(wg_work(wg_add(x, wg_broadcast_to(leaf(t, WG_SHAPE(1, 6)), WG_SHAPE(4, 6)))).bytes,
                   8 * (24 + 24 + 6));
  wg_tape_free(t);
}

/* ---- Growth ---- */

static void laws_are_named_from_their_numbers(void **state) {
  (void)state;
  const double n[] = {1, 2, 5, 10, 20, 50, 100};
  double linear[7], quadratic[7], cubic[7], exponential[7], constant[7];
  for (int i = 0; i < 7; i++) {
    linear[i] = log2(5 * n[i] + 3);
    quadratic[i] = log2(2 * n[i] * n[i] + 4 * n[i]);
    cubic[i] = log2(n[i] * n[i] * n[i]);
    exponential[i] = n[i] + log2(3);
    constant[i] = log2(7);
  }
  assert_int_equal(wg_growth_fit(7, n, linear).kind, WG_GROWTH_LINEAR);
  assert_int_equal(wg_growth_fit(7, n, quadratic).kind, WG_GROWTH_QUADRATIC);
  assert_int_equal(wg_growth_fit(7, n, cubic).kind, WG_GROWTH_POWER);
  assert_int_equal(wg_growth_fit(7, n, exponential).kind, WG_GROWTH_EXPONENTIAL);
  assert_true(fabs(wg_growth_fit(7, n, exponential).rate - 1) < 1e-9);
  assert_int_equal(wg_growth_fit(7, n, constant).kind, WG_GROWTH_CONSTANT);
  assert_int_equal(wg_growth_fit(2, n, linear).kind, WG_GROWTH_UNKNOWN);
}

/* ---- Bracketing ---- */

/* The example of Cormen, Leiserson, Rivest, Stein, Introduction to Algorithms, 15.2: matrices 30×35, 35×15, 15×5, 5×10,
 * 10×20, 20×25 take 15125 at best, as ((A1(A2A3))((A4A5)A6)). J6 is A1. */
static void the_best_order_is_the_textbooks(void **state) {
  (void)state;
  wg_bracketing counts;
  wg_text order = WG_TEXT_EMPTY(&wg_allocator_default);
  assert_int_equal(wg_bracketing_count(7, (int64_t[]){25, 20, 10, 5, 15, 35, 30}, &counts, &order), WG_OK);
  assert_int_equal(counts.best, 15125);
  assert_string_equal(wg_text_string(&order), "((J6·(J5·J4))·((J3·J2)·J1))");
  wg_text_free(&order);
}

/* A loss (width 1) from two inputs through 4: reverse 1·4·2 after 1·3·4; forward 3·4·2 and 1·3·2. */
static void reverse_and_forward_are_counted_as_by_hand(void **state) {
  (void)state;
  wg_bracketing counts;
  assert_int_equal(wg_bracketing_count(4, (int64_t[]){2, 4, 3, 1}, &counts, NULL), WG_OK);
  assert_int_equal(counts.reverse, 1 * 3 * 4 + 1 * 4 * 2);
  assert_int_equal(counts.forward, 3 * 4 * 2 + 1 * 3 * 2);
  assert_int_equal(counts.best, counts.reverse);
  assert_int_equal(wg_bracketing_count(2, (int64_t[]){5, 7}, &counts, NULL), WG_OK);
  assert_int_equal(counts.best, 0);
  assert_int_equal(wg_bracketing_count(1, (int64_t[]){5}, &counts, NULL), WG_ERROR_ARGUMENT);
  assert_int_equal(wg_bracketing_count(2, (int64_t[]){5, 0}, &counts, NULL), WG_ERROR_ARGUMENT);
  int64_t wide[] = {INT64_MAX, INT64_MAX, INT64_MAX};
  assert_int_equal(wg_bracketing_count(3, wide, &counts, NULL), WG_OK);
  assert_true(counts.best == UINT64_MAX && counts.reverse == UINT64_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_beyond_64_bits_are_exact),
      cmocka_unit_test(carries_and_inner_zeros_are_written),
      cmocka_unit_test(products_are_exact),
      cmocka_unit_test(a_small_graph_is_counted_as_by_hand),
      cmocka_unit_test(a_doubling_chain_of_1000_has_2_to_the_1000_paths),
      cmocka_unit_test(paths_to_an_element_are_those_of_the_net_of_scalars),
      cmocka_unit_test(a_foreign_node_is_refused),
      cmocka_unit_test(what_is_executed_without_memo_is_what_was_counted),
      cmocka_unit_test(layers_have_the_lectures_factors),
      cmocka_unit_test(a_size_out_of_range_is_refused),
      cmocka_unit_test(a_graph_of_ones_own_is_counted_as_by_hand_and_left_as_it_was),
      cmocka_unit_test(a_copy_of_a_graph_is_the_graph),
      cmocka_unit_test(nodes_of_two_tapes_and_inert_ones_are_refused),
      cmocka_unit_test(a_graph_too_large_to_count_is_refused),
      cmocka_unit_test(the_longest_path_is_listed_from_the_root_on),
      cmocka_unit_test(elements_that_are_not_alike_have_no_number_of_paths),
      cmocka_unit_test(halving_follows_its_recurrence),
      cmocka_unit_test(studies_of_short_chains_agree_with_brute_force),
      cmocka_unit_test(bytes_alive_are_those_counted_by_hand),
      cmocka_unit_test(what_no_schedule_can_do_is_refused),
      cmocka_unit_test(costs_are_those_counted_by_hand),
      cmocka_unit_test(every_operation_of_the_table_is_counted),
      cmocka_unit_test(kernels_take_what_their_algorithms_take),
      cmocka_unit_test(bytes_are_those_that_are_read),
      cmocka_unit_test(laws_are_named_from_their_numbers),
      cmocka_unit_test(the_best_order_is_the_textbooks),
      cmocka_unit_test(reverse_and_forward_are_counted_as_by_hand),
  };
  return RUN_TESTS(tests);
}
