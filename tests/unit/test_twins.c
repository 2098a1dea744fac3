/* Operations that a plan computes together because one's values are at hand in the other, which nobody can tell by the
 * numbers. */
#include "../support.h"

#include "../../engine/plan_internal.h"

#include <string.h>

enum { NUMBERS_MOST = 13000 };

typedef struct pair {
  wg_tape *tape;
  wg_node *z, *y;       /* leaves */
  wg_node *twin, *node; /* in the order in which they are computed */
  int64_t classes;      /* where y are labels */
} pair;

static void numbers_set(wg_plan *plan, wg_node *leaf, double *memory, int64_t classes) {
  const size_t count = (size_t)wg_node_size(leaf);
  assert_true(count <= NUMBERS_MOST);
  if (wg_node_dtype(leaf) == WG_F32)
    fill_f32((float *)memory, count, -9, 9, 1);
  else if (wg_node_dtype(leaf) == WG_F64)
    fill_f64(memory, count, -9, 9, 1);
  else
    fill_i64((int64_t *)memory, count, 0, classes, 1);
  assert_int_equal(wg_bind(plan, leaf, memory), WG_OK);
}

static wg_plan *plan_run(const pair *p, size_t count, wg_node *const *outputs, wg_threads *threads) {
  static double z[NUMBERS_MOST], y[NUMBERS_MOST];
  wg_plan *plan = wg_plan_new(count, outputs);
  wg_plan_use_threads(plan, threads);
  numbers_set(plan, p->z, z, 0);
  numbers_set(plan, p->y, y, p->classes);
  if (wg_run(plan) != WG_OK) fail_msg("%s", wg_plan_error(plan));
  return plan;
}

static bool has_twin(const wg_plan *plan, const wg_node *node) {
  for (size_t k = 0; k < plan->step_count; k++)
    if (plan->steps[k].node == node) return wg_step_has_twin(&plan->steps[k]);
  fail_msg("the plan does not compute it");
  return false;
}

/* Together they have the bits that each has by itself. */
static void assert_same_bits_together(const pair *p, wg_threads *threads) {
  wg_node *both[] = {p->twin, p->node};
  assert_tape_good(p->tape);
  wg_plan *together = plan_run(p, 2, both, threads);
  assert_true(has_twin(together, p->node));
  for (size_t k = 0; k < 2; k++) {
    wg_plan *alone = plan_run(p, 1, &both[k], NULL);
    assert_false(has_twin(alone, both[k]));
    assert_memory_equal(wg_data(together, both[k]), wg_data(alone, both[k]),
                        (size_t)wg_node_size(both[k]) * wg_dtype_size(wg_node_dtype(both[k])));
    wg_plan_free(alone);
  }
  wg_plan_free(together);
}

/* ---- Softmax and cross-entropy ---- */

/* Of logits whose rows lie side by side, or one after the other; against labels or probabilities. */
static pair logits_new(wg_dtype dtype, int64_t rows, int64_t classes, bool side_by_side, bool labels) {
  pair p = {.tape = wg_tape_new(), .classes = classes};
  p.z = side_by_side ? wg_input(p.tape, "Z", dtype, WG_SHAPE(classes, rows))
                     : wg_input(p.tape, "Z", dtype, WG_SHAPE(rows, classes));
  p.y = labels ? wg_input(p.tape, "y", WG_I64, WG_SHAPE(rows)) : wg_input(p.tape, "Y", dtype, WG_SHAPE(rows, classes));
  wg_node *z = side_by_side ? wg_transpose(p.z) : p.z, *targets = labels ? p.y : wg_softmax(p.y, 1);
  p.twin = wg_softmax(z, 1);
  p.node = wg_cross_entropy_terms(z, targets);
  return p;
}

static void softmax_and_cross_entropy_have_the_same_bits_together(void **state) {
  (void)state;
  static const int64_t rows[] = {1, 5, 32, 33, 100}, classes[] = {1, 3, 10, 64, 65, 130};
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
      for (size_t c = 0; c < sizeof classes / sizeof *classes; c++)
        for (int kind = 0; kind < 4; kind++) {
          const pair p = logits_new(dtype, rows[r], classes[c], kind & 1, kind & 2);
          assert_same_bits_together(&p, NULL);
          wg_tape_free(p.tape);
        }
}

/* By columns, as a narrow net has them, with the gradient behind; whether the net records the softmax, or the sweep does. */
static void softmax_and_cross_entropy_are_one_in_the_step_of_a_narrow_net(void **state) {
  (void)state;
  for (int recorded = 0; recorded < 2; recorded++) {
    pair p = {.tape = wg_tape_new(), .classes = 3};
    p.z = wg_input(p.tape, "X", WG_F32, WG_SHAPE(300, 2));
    p.y = wg_input(p.tape, "y", WG_I64, WG_SHAPE(300));
    wg_node *W = wg_constant(p.tape, WG_F32, WG_SHAPE(2, 3), (const float[]){1, 2, -1, -2, 0.5f, 3});
    wg_node *z = wg_matmul(p.z, W), *dX = NULL;
    if (recorded) wg_softmax(z, 1);
    wg_node *J = wg_softmax_cross_entropy(z, p.y);
    assert_int_equal(wg_grad(J, 1, &p.z, &dX), WG_OK);
    wg_node *outputs[] = {J, dX};
    wg_plan *together = plan_run(&p, 2, outputs, NULL);
    size_t count = 0;
    for (size_t k = 0; k < together->step_count; k++) count += wg_step_has_twin(&together->steps[k]);
    assert_int_equal(count, 1);
    for (size_t k = 0; k < 2; k++) {
      wg_plan *alone = plan_run(&p, 1, &outputs[k], NULL);
      assert_memory_equal(wg_data(together, outputs[k]), wg_data(alone, outputs[k]),
                          (size_t)wg_node_size(outputs[k]) * sizeof(float));
      wg_plan_free(alone);
    }
    wg_plan_free(together);
    wg_tape_free(p.tape);
  }
}

/* ---- The sigmoid and binary cross-entropy ---- */

static void sigmoid_and_binary_cross_entropy_have_the_same_bits_together(void **state) {
  (void)state;
  static const int64_t sizes[] = {0, 1, 7, 8, 16, 31, 300, 5000, 12345};
  wg_threads *threads = wg_threads_new(3);
  for (wg_dtype dtype = WG_F32; dtype <= WG_F64; dtype++)
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
      for (int pool = 0; pool < 2; pool++) {
        pair p = {.tape = wg_tape_new()};
        p.z = wg_input(p.tape, "z", dtype, WG_SHAPE(sizes[s]));
        p.y = wg_input(p.tape, "y", dtype, WG_SHAPE(sizes[s]));
        wg_node *z = wg_neg(p.z);
        p.twin = wg_sigmoid(z);
        p.node = wg_bce_logits_terms(z, p.y);
        assert_same_bits_together(&p, pool ? threads : NULL);
        wg_tape_free(p.tape);
      }
  wg_threads_free(threads);
}

static void they_have_the_same_bits_of_numbers_that_are_not_dense(void **state) {
  (void)state;
  pair p = {.tape = wg_tape_new()};
  p.z = wg_input(p.tape, "Z", WG_F32, WG_SHAPE(70, 90));
  p.y = wg_input(p.tape, "Y", WG_F32, WG_SHAPE(90, 70));
  p.twin = wg_sigmoid(wg_transpose(p.z));
  p.node = wg_bce_logits_terms(wg_transpose(p.z), p.y);
  assert_same_bits_together(&p, NULL);
  wg_tape_free(p.tape);
}

/* ---- Not together ---- */

static void what_reads_its_twin_or_reads_something_else_is_computed_by_itself(void **state) {
  (void)state;
  pair p = {.tape = wg_tape_new()};
  p.z = wg_input(p.tape, "Z", WG_F32, WG_SHAPE(40, 40));
  p.y = wg_input(p.tape, "Y", WG_F32, WG_SHAPE(40, 40));
  wg_node *targets = wg_softmax(p.y, 1), *sigmoid = wg_sigmoid(p.z), *entropy = wg_bce_logits_terms(p.z, sigmoid);
  wg_node *other = wg_softmax(p.z, 0), *terms = wg_cross_entropy_terms(p.z, targets);
  wg_node *unlike = wg_cross_entropy_terms(p.y, targets);
  wg_node *outputs[] = {sigmoid, entropy, other, terms, targets, unlike};
  assert_tape_good(p.tape);
  wg_plan *plan = plan_run(&p, 6, outputs, NULL);
  assert_false(has_twin(plan, entropy)); /* which reads it */
  assert_false(has_twin(plan, terms));   /* the softmax is that of columns */
  assert_false(has_twin(plan, unlike));  /* its softmax was computed long before */
  wg_plan_free(plan);
  wg_tape_free(p.tape);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(softmax_and_cross_entropy_have_the_same_bits_together),
      cmocka_unit_test(softmax_and_cross_entropy_are_one_in_the_step_of_a_narrow_net),
      cmocka_unit_test(sigmoid_and_binary_cross_entropy_have_the_same_bits_together),
      cmocka_unit_test(they_have_the_same_bits_of_numbers_that_are_not_dense),
      cmocka_unit_test(what_reads_its_twin_or_reads_something_else_is_computed_by_itself),
  };
  return RUN_TESTS(tests);
}
