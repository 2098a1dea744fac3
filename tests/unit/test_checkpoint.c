/* Checkpointed plans: the same bits from less memory, and the numbers of binomial checkpointing. */
#include "../support.h"

#include "../../engine/checkpoint.h"

#include <string.h>

/* ---- A chain of l equal stages, x ← tanh(x ⊙ w), and its loss ---- */

enum { WIDTH = 64 };

typedef struct chain {
  wg_tape *tape;
  wg_node *x, *w, *J, *grad[2];
  double xs[WIDTH], ws[WIDTH];
} chain;

static chain chain_new(int length) {
  chain c = {.tape = wg_tape_new()};
  c.x = wg_input(c.tape, "x", WG_F64, WG_SHAPE(WIDTH));
  c.w = wg_param(c.tape, "w", WG_F64, WG_SHAPE(WIDTH));
  wg_node *v = c.x;
  for (int i = 0; i < length; i++) v = wg_tanh(wg_mul(v, c.w));
  c.J = wg_sum_all(v);
  wg_grad(c.J, 2, (wg_node *[]){c.x, c.w}, c.grad);
  assert_tape_good(c.tape);
  fill_f64(c.xs, WIDTH, -1, 1, 1);
  fill_f64(c.ws, WIDTH, 0.5, 1.5, 2);
  return c;
}

static void values_of(const chain *c, wg_plan *plan, double values[2 * WIDTH + 1]) {
  if (wg_plan_status(plan) != WG_OK) fail_msg("%s", wg_plan_error(plan));
  wg_bind(plan, c->x, c->xs);
  wg_bind(plan, c->w, c->ws);
  assert_int_equal(wg_run(plan), WG_OK);
  assert_int_equal(wg_run(plan), WG_OK); /* twice: nothing of the first run is needed by the second */
  memcpy(values, wg_data(plan, c->J), sizeof(double));
  for (int k = 0; k < 2; k++) memcpy(values + 1 + k * WIDTH, wg_data(plan, c->grad[k]), WIDTH * sizeof(double));
}

static void every_policy_gives_the_same_bits_in_less_memory(void **state) {
  (void)state;
  chain c = chain_new(50);
  wg_node *outputs[] = {c.J, c.grad[0], c.grad[1]};
  double expected[2 * WIDTH + 1], actual[2 * WIDTH + 1];
  wg_plan *plain = wg_plan_new(3, outputs);
  values_of(&c, plain, expected);
  static const wg_checkpointing policies[] = {WG_CHECKPOINT_ALL, WG_CHECKPOINT_SQRT, WG_CHECKPOINT_RECURSIVE,
                                              WG_CHECKPOINT_BINOMIAL};
  for (size_t p = 0; p < 4; p++)
    for (size_t slots = 1; slots <= (policies[p] == WG_CHECKPOINT_BINOMIAL ? 7 : 1); slots++) {
      wg_checkpoint_options options = {.root = c.J, .policy = policies[p], .slots = slots};
      wg_checkpoint_counts counts;
      wg_plan *plan = wg_plan_new_checkpointed(3, outputs, &options, &counts);
      values_of(&c, plan, actual);
      assert_memory_equal(actual, expected, sizeof expected);
      if (policies[p] == WG_CHECKPOINT_ALL) {
        assert_int_equal(wg_plan_bytes(plan), wg_plan_bytes(plain));
        assert_int_equal(counts.recomputed, 0);
      } else {
        assert_true(wg_plan_bytes(plan) < wg_plan_bytes(plain) / 2);
        assert_true(counts.recomputed > 0);
      }
      wg_plan_free(plan);
    }
  wg_plan_free(plain);
  wg_tape_free(c.tape);
}

static void a_budget_is_kept_with_as_few_recomputations_as_it_allows(void **state) {
  (void)state;
  chain c = chain_new(50);
  wg_node *outputs[] = {c.J, c.grad[0], c.grad[1]};
  wg_plan *plain = wg_plan_new(3, outputs);
  size_t all = wg_plan_bytes(plain), last = 0;
  double expected[2 * WIDTH + 1], actual[2 * WIDTH + 1];
  values_of(&c, plain, expected);
  for (int percent = 100; percent >= 20; percent -= 20) {
    wg_checkpoint_options options = {
        .root = c.J, .policy = WG_CHECKPOINT_BINOMIAL, .byte_budget = all / 100 * (size_t)percent + 100};
    wg_checkpoint_counts counts;
    wg_plan *plan = wg_plan_new_checkpointed(3, outputs, &options, &counts);
    values_of(&c, plan, actual);
    assert_memory_equal(actual, expected, sizeof expected);
    assert_true(wg_plan_bytes(plan) <= options.byte_budget);
    assert_true(counts.recomputed >= last);
    last = counts.recomputed;
    wg_plan_free(plan);
  }
  wg_checkpoint_options options = {.root = c.J, .policy = WG_CHECKPOINT_BINOMIAL, .byte_budget = 100};
  wg_plan *plan = wg_plan_new_checkpointed(3, outputs, &options, NULL);
  assert_int_equal(wg_plan_status(plan), WG_ERROR_ARGUMENT);
  assert_contains(wg_plan_error(plan), "100 bytes are too few");
  assert_int_equal(wg_run(plan), WG_ERROR_ARGUMENT);
  wg_plan_free(plan);
  wg_plan_free(plain);
  wg_tape_free(c.tape);
}

/* Residual blocks: the cuts lie between the blocks, where one value crosses. */
static void blocks_with_two_paths_are_cut_between_them(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  double ws[WIDTH], expected[WIDTH];
  fill_f64(ws, WIDTH, -0.5, 0.5, 3);
  wg_node *w = wg_param(t, "w", WG_F64, WG_SHAPE(WIDTH)), *v = wg_exp(w), *grad;
  for (int i = 0; i < 20; i++) v = wg_add(v, wg_tanh(wg_mul(v, w)));
  wg_node *J = wg_sum_all(v);
  wg_grad(J, 1, &w, &grad);
  run_node(grad, 1, (wg_binding[]){{w, ws}}, expected);
  wg_checkpoint_options options = {.root = J, .policy = WG_CHECKPOINT_BINOMIAL, .slots = 3};
  wg_checkpoint_counts counts;
  wg_plan *plan = wg_plan_new_checkpointed(1, &grad, &options, &counts);
  assert_int_equal(wg_bind(plan, w, ws), WG_OK);
  assert_int_equal(wg_run(plan), WG_OK);
  assert_memory_equal(wg_data(plan, grad), expected, sizeof expected);
  assert_true(counts.stages >= 20 && counts.stages <= 23);
  wg_plan_free(plan);
  wg_tape_free(t);
}

static void what_cannot_be_scheduled_is_refused(void **state) {
  (void)state;
  chain c = chain_new(3);
  wg_checkpoint_options none = {.root = c.J, .policy = WG_CHECKPOINT_BINOMIAL};
  wg_plan *plan = wg_plan_new_checkpointed(2, c.grad, &none, NULL);
  assert_int_equal(wg_plan_status(plan), WG_ERROR_ARGUMENT);
  assert_contains(wg_plan_error(plan), "no slots");
  wg_plan_free(plan);
  plan = wg_plan_new_checkpointed(2, c.grad, &(wg_checkpoint_options){.slots = 2}, NULL);
  assert_contains(wg_plan_error(plan), "no root");
  wg_plan_free(plan);
  wg_tape_free(c.tape);
}

static void every_failed_allocation_is_a_status(void **state) {
  (void)state;
  for (size_t fail = 1, done = 0; !done; fail++) {
    failing_memory memory = {0};
    wg_allocator allocator = failing_allocator(&memory);
    wg_tape *t = wg_tape_new_with(&allocator);
    wg_node *w = wg_param(t, "w", WG_F64, WG_SHAPE(4)), *v = w, *grad;
    for (int i = 0; i < 10; i++) v = wg_tanh(wg_mul(v, w));
    wg_node *J = wg_sum_all(v);
    wg_grad(J, 1, &w, &grad);
    wg_checkpoint_options options = {.root = J, .policy = WG_CHECKPOINT_BINOMIAL, .byte_budget = 600};
    memory.calls = 0;
    memory.fail = fail;
    wg_plan *plan = wg_plan_new_checkpointed(1, &grad, &options, NULL);
    if (memory.failed)
      assert_int_equal(wg_plan_status(plan), WG_ERROR_MEMORY);
    else
      assert_int_equal(wg_plan_status(plan), WG_OK);
    done = !memory.failed;
    wg_plan_free(plan);
    wg_tape_free(t);
    assert_int_equal(memory.live, 0);
  }
}

/* ---- Revolve's numbers ---- */

/* t(l, s) = min over k of k + t(l − k, s − 1) + t(k, s), by brute force. */
static void advances_are_the_fewest(void **state) {
  (void)state;
  enum { L = 40, S = 8 };
  static uint64_t t[L + 1][S + 1];
  for (uint64_t s = 1; s <= S; s++)
    for (uint64_t l = 2; l <= L; l++) {
      t[l][s] = UINT64_MAX;
      if (s == 1) t[l][s] = l * (l - 1) / 2;
      for (uint64_t k = 1; s > 1 && k < l; k++) {
        uint64_t cost = k + t[l - k][s - 1] + t[k][s];
        if (cost < t[l][s]) t[l][s] = cost;
      }
      assert_int_equal(wg_revolve_advances(l, s), t[l][s]);
    }
}

static void advances_are_the_published_ones(void **state) {
  (void)state;
  assert_int_equal(wg_revolve_advances(100, 3), 490);
  assert_int_equal(wg_revolve_advances(100, 5), 316);
  assert_int_equal(wg_revolve_advances(100, 10), 222);
  assert_int_equal(wg_revolve_advances(1000, 3), 12155);
  assert_int_equal(wg_revolve_advances(1000, 5), 6284);
  assert_int_equal(wg_revolve_advances(1000, 10), 3636);
}

static void a_schedule_advances_as_often_as_the_formula_says(void **state) {
  (void)state;
  for (int length = 1; length <= 40; length += 3)
    for (size_t slots = 1; slots <= 8; slots++) {
      chain c = chain_new(length);
      wg_checkpoint_options options = {.root = c.J, .policy = WG_CHECKPOINT_BINOMIAL, .slots = slots};
      wg_checkpoint_counts counts;
      wg_plan *plan = wg_plan_new_checkpointed(2, c.grad, &options, &counts);
      assert_int_equal(counts.advances, wg_revolve_advances(counts.stages, slots));
      wg_plan_free(plan);
      wg_tape_free(c.tape);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_policy_gives_the_same_bits_in_less_memory),
      cmocka_unit_test(a_budget_is_kept_with_as_few_recomputations_as_it_allows),
      cmocka_unit_test(blocks_with_two_paths_are_cut_between_them),
      cmocka_unit_test(what_cannot_be_scheduled_is_refused),
      cmocka_unit_test(every_failed_allocation_is_a_status),
      cmocka_unit_test(advances_are_the_fewest),
      cmocka_unit_test(advances_are_the_published_ones),
      cmocka_unit_test(a_schedule_advances_as_often_as_the_formula_says),
  };
  return RUN_TESTS(tests);
}
