/* What the studies of the chain rule's cache count with: big numbers, the pass over semirings, growth, bracketing. */
#include "../support.h"

#include "../../engine/bracketing.h"
#include "../../engine/downward.h"
#include "../../models/growth.h"
#include "../../models/study.h"

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
  assert_digits(&study.elements, "10"); /* 2 samples, 5 outputs */
  assert_digits(wg_downward_at(scalars, w[1][2]), "10");
  wg_path_study_free(&study, 1);
  assert_int_equal(wg_path_study_new(&study, wg_sum_all(wg_softmax(Z, 1)), 1, &W, NULL, NULL), WG_OK);
  assert_digits(&study.elements, "50"); /* and each of 5 probabilities is made of all 5 */
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
      assert_int_equal(wg_memo_study_new(&study, (wg_study_kind)kind, n, 1000000, no_clock, NULL, NULL), WG_OK);
      assert_true(study.executed && study.equal);
      char expected[32];
      snprintf(expected, sizeof expected, "%llu", (unsigned long long)study.without.rules);
      assert_digits(&study.rules, expected);
      wg_memo_study_free(&study);
    }
}

/* 2L²+4L factors and 2L(L+1) products, with reuse 4L and 4L−1. */
static void layers_have_the_lectures_factors(void **state) {
  (void)state;
  for (int64_t L = 2; L <= 40; L += 19) {
    wg_memo_study study;
    assert_int_equal(wg_memo_study_new(&study, WG_STUDY_LAYERS, L, 0, no_clock, NULL, NULL), WG_OK);
    assert_false(study.executed);
    char expected[32];
    snprintf(expected, sizeof expected, "%lld", (long long)(2 * L * L + 4 * L));
    assert_digits(&study.factors, expected);
    snprintf(expected, sizeof expected, "%lld", (long long)(2 * L * (L + 1)));
    assert_digits(&study.products, expected);
    assert_int_equal(study.factors_reused, 4 * L);
    assert_int_equal(study.products_reused, 4 * L - 1);
    wg_memo_study_free(&study);
  }
}

static void a_size_out_of_range_is_refused(void **state) {
  (void)state;
  wg_error error = {0};
  wg_memo_study study;
  assert_int_equal(wg_memo_study_new(&study, WG_STUDY_CHAIN, 0, 1, no_clock, NULL, &error), WG_ERROR_ARGUMENT);
  assert_contains(error.message, "from 1 to 2000, not 0");
  wg_memo_study_free(&study);
}

static wg_status study_attempt(const wg_allocator *allocator, void *context, double *number) {
  wg_memo_study study;
  wg_error error = {0};
  wg_status status = wg_memo_study_new(&study, *(const wg_study_kind *)context, 5, 1000, no_clock, allocator, &error);
  *number = wg_natural_log2(&study.rules);
  wg_memo_study_free(&study);
  return status;
}

static void every_failed_allocation_of_a_study_is_a_status(void **state) {
  (void)state;
  for (int kind = 0; kind < WG_STUDY_KIND_COUNT; kind++)
    assert_survives_failed_allocations("study", study_attempt, &kind);
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

static wg_status checkpoint_attempt(const wg_allocator *allocator, void *context, double *number) {
  const double xs[] = {0.5, -0.25};
  wg_study_graph graph;
  wg_checkpoint_study study = {0};
  wg_checkpoint_row row = {0};
  wg_error error = {0};
  (void)context;
  wg_status status = wg_study_chain_new(&graph, 10, 2, allocator, &error);
  const wg_binding binding = {status == WG_OK ? graph.wanted[0] : NULL, xs};
  if (status == WG_OK)
    status = wg_checkpoint_study_new(&study, graph.root, 1, graph.wanted, 1, &binding, allocator, &error);
  if (status == WG_OK)
    status = wg_checkpoint_study_run(&study, WG_CHECKPOINT_BINOMIAL, 3, 0, 10, no_clock, &row, &error);
  if (status == WG_OK) assert_true(row.equal);
  *number = (double)row.counts.advances;
  wg_checkpoint_study_free(&study);
  wg_study_graph_free(&graph);
  return status;
}

static void every_failed_allocation_of_a_checkpoint_study_is_a_status(void **state) {
  (void)state;
  assert_survives_failed_allocations("checkpoints", checkpoint_attempt, NULL);
}

/* ---- Costs ---- */

static wg_status cost_attempt(const wg_allocator *allocator, void *context, double *number) {
  const double xs[] = {1, 2, 3};
  wg_cost_study study = {0};
  wg_error error = {0};
  (void)context;
  wg_tape *tape = wg_tape_new_with(allocator);
  wg_node *x = wg_param(tape, "x", WG_F64, WG_SHAPE(3)), *root = wg_sum_all(wg_mul(wg_exp(x), x));
  wg_status status = wg_tape_status(tape);
  if (status == WG_OK)
    status = wg_cost_study_new(&study, root, NULL, 1, &x, 1, &(wg_binding){x, xs}, no_clock, allocator, &error);
  *number = (double)study.total[WG_COST_REVERSE].operations;
  wg_cost_study_free(&study);
  wg_tape_free(tape);
  return status;
}

static void every_failed_allocation_of_a_cost_study_is_a_status(void **state) {
  (void)state;
  assert_survives_failed_allocations("cost", cost_attempt, NULL);
}

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

static wg_status bracketing_attempt(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_bracketing counts;
  wg_text order = WG_TEXT_EMPTY(allocator);
  wg_status status = wg_bracketing_count(5, (int64_t[]){2, 4, 3, 9, 1}, &counts, &order);
  *number = (double)counts.best;
  wg_text_free(&order);
  return status;
}

static void every_failed_allocation_of_a_bracketing_is_a_status(void **state) {
  (void)state;
  assert_survives_failed_allocations("bracketing", bracketing_attempt, NULL);
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
      cmocka_unit_test(every_failed_allocation_of_a_study_is_a_status),
      cmocka_unit_test(halving_follows_its_recurrence),
      cmocka_unit_test(every_failed_allocation_of_a_checkpoint_study_is_a_status),
      cmocka_unit_test(every_failed_allocation_of_a_cost_study_is_a_status),
      cmocka_unit_test(costs_are_those_counted_by_hand),
      cmocka_unit_test(laws_are_named_from_their_numbers),
      cmocka_unit_test(the_best_order_is_the_textbooks),
      cmocka_unit_test(reverse_and_forward_are_counted_as_by_hand),
      cmocka_unit_test(every_failed_allocation_of_a_bracketing_is_a_status),
  };
  return RUN_TESTS(tests);
}
