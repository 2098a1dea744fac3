/* Mutation test: the backward rule of every operation in the table is corrupted in several ways, for each of its inputs,
 * in the middle of a graph. Each mutant must fail the gradient check, and the test of the rules by themselves must name
 * that operation and that input. What changes no number at any sample, such as the transpose of a row, is no mutant. */
#include "../../engine/witness.h"
#include "../support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Mutations of what a rule sends ---- */

typedef wg_node *mutation(wg_node *right);

static wg_node *negated(wg_node *right) { return wg_neg(right); }
static wg_node *counted_twice(wg_node *right) { return wg_scale(right, 2); }
static wg_node *without_a_third(wg_node *right) { return wg_scale(right, 3); }
static wg_node *off_by_a_thousandth(wg_node *right) { return wg_scale(right, 1.001); }

static wg_node *cut_off(wg_node *right) {
  return wg_fill(wg_node_tape(right), wg_node_dtype(right), wg_node_shape(right), 0);
}

static wg_node *transposed(wg_node *right) {
  wg_shape shape = wg_node_shape(right);
  return shape.rank < 2 ? right : wg_reshape(wg_transpose(right), shape);
}

/* Times 1 from element `begin` to `end`, and times 0 elsewhere, or the other way round. */
static wg_node *masked(wg_node *right, size_t begin, size_t end, bool keep) {
  size_t n = (size_t)wg_node_size(right);
  double *mask = new_f64(n);
  for (size_t k = 0; k < n; k++) mask[k] = (k >= begin && k < end) == keep;
  wg_node *constant = wg_constant(wg_node_tape(right), WG_F64, wg_node_shape(right), mask);
  free(mask);
  return wg_mul(right, constant);
}

static wg_node *first_row_only(wg_node *right) {
  wg_shape shape = wg_node_shape(right);
  return shape.rank < 1 ? right : masked(right, 0, (size_t)shape.size[shape.rank - 1], true);
}

static wg_node *first_element_only(wg_node *right) { return masked(right, 0, 1, true); }

static wg_node *last_element_lost(wg_node *right) {
  size_t n = (size_t)wg_node_size(right);
  return n ? masked(right, n - 1, n, false) : right;
}

static const struct {
  const char *text;
  mutation *mutate;
} mutations[] = {
    {"negated", negated},
    {"counted twice", counted_twice},
    {"times three", without_a_third},
    {"cut off", cut_off},
    {"transposed", transposed},
    {"first row only", first_row_only},
    {"first element only", first_element_only},
    {"last element lost", last_element_lost},
    {"times 1.001", off_by_a_thousandth},
};
enum { MUTATIONS = sizeof mutations / sizeof *mutations };

/* The operation under test: a copy of `genuine`, whose rule for input `hit` is mutated unless `mutate` is NULL. */
static const wg_op *genuine;
static mutation *mutate;
static int hit;
static wg_op mutant;

static wg_node *mutant_vjp(wg_node *y, wg_node *dy, int i) {
  wg_node *right = genuine->vjp(y, dy, i);
  return i == hit && mutate ? mutate(right) : right;
}

/* ---- Σ w ⊙ op(x + 0 …) ---- */

typedef struct trial {
  wg_tape *tape;
  wg_node *leaf, *root; /* the leaf behind input `hit` */
  size_t count;
  wg_binding bindings[WG_SAMPLE_INPUTS_MAX];
} trial;

static wg_node *nothing_added(wg_node *x) {
  wg_node *zeros = wg_fill(wg_node_tape(x), WG_F64, wg_node_shape(x), 0);
  return wg_add(x, zeros);
}

static trial trial_new(const wg_sample *sample) {
  trial t = {.tape = wg_tape_new(), .count = (size_t)sample->input_count};
  wg_node *x[WG_SAMPLE_INPUTS_MAX];
  for (int i = 0; i < sample->input_count; i++) {
    const wg_sample_input *in = &sample->inputs[i];
    wg_node *leaf = wg_input(t.tape, NULL, in->integer ? WG_I64 : WG_F64, in->shape);
    size_t n = (size_t)wg_node_size(leaf);
    double *values = random_f64(n, in->low, in->high, (uint64_t)i + 1);
    if (in->integer) fill_i64((int64_t *)(void *)values, n, (int64_t)in->low, (int64_t)in->high, (uint64_t)i + 1);
    t.bindings[i] = (wg_binding){leaf, values};
    x[i] = in->integer ? leaf : nothing_added(leaf);
  }
  t.leaf = t.bindings[hit].node;
  wg_node *y = wg_apply(&mutant, sample->input_count, x, sample->attrs);
  double *w = random_f64((size_t)wg_node_size(y), 0.5, 1.5, 9);
  if (wg_node_size(y)) w[0] = -w[0];
  t.root = wg_sum_all(wg_mul(y, wg_constant(t.tape, WG_F64, wg_node_shape(y), w)));
  free(w);
  assert_tape_good(t.tape);
  return t;
}

static void trial_free(trial *t) {
  wg_tape_free(t->tape);
  for (size_t i = 0; i < t->count; i++) free((void *)t->bindings[i].data);
}

/* The gradient by input `hit` at a sample, as it is now. */
static double *gradient_at(const wg_sample *sample, size_t *n) {
  trial t = trial_new(sample);
  wg_node *grad;
  wg_grad(t.root, 1, &t.leaf, &grad);
  assert_tape_good(t.tape);
  *n = (size_t)wg_node_size(grad);
  double *values = new_f64(*n);
  run_node(grad, t.count, t.bindings, values);
  trial_free(&t);
  return values;
}

/* Whether the mutation changes the gradient by what a check should see. */
static bool changes(const wg_sample *sample, mutation *how) {
  size_t n;
  mutate = NULL;
  double *right = gradient_at(sample, &n), gap = 0, scale = 0;
  mutate = how;
  double *wrong = gradient_at(sample, &n);
  for (size_t k = 0; k < n; k++) gap = fmax(gap, fabs(right[k] - wrong[k])), scale = fmax(scale, fabs(right[k]));
  free(right);
  free(wrong);
  return gap > 1e-4 * scale;
}

/* ---- The verdicts ---- */

static void assert_killed(const wg_sample *sample, const char *how) {
  trial t = trial_new(sample);
  wg_check *check = wg_check_gradient(t.root, 1, &t.leaf, t.count, t.bindings, NULL);
  if (wg_check_status(check) != WG_OK) fail_msg("%s: %s", mutant.name, wg_check_error(check));
  if (wg_check_verdict(check) != WG_FAIL) fail_msg("%s, input %d, %s: survives the check", mutant.name, hit, how);
  wg_check_free(check);
  wg_witness *witness = wg_witness_new(t.root, 1, &t.leaf, NULL, t.count, t.bindings, NULL);
  if (wg_witness_status(witness) != WG_OK) fail_msg("%s: %s", mutant.name, wg_witness_error(witness));
  const wg_node_test *wrong = wg_witness_first_wrong(witness);
  if (!wrong) fail_msg("%s, input %d, %s: no rule is found wrong", mutant.name, hit, how);
  if (wrong->node->op != &mutant || wrong->input != hit)
    fail_msg("%s, input %d, %s: %s, input %d is named instead", mutant.name, hit, how, wrong->node->op->name,
             wrong->input);
  wg_witness_free(witness);
  trial_free(&t);
}

static void assert_no_rule_accused(const wg_sample *sample) {
  mutate = NULL;
  trial t = trial_new(sample);
  wg_witness *witness = wg_witness_new(t.root, 1, &t.leaf, NULL, t.count, t.bindings, NULL);
  if (wg_witness_status(witness) != WG_OK) fail_msg("%s: %s", mutant.name, wg_witness_error(witness));
  const wg_node_test *wrong = wg_witness_first_wrong(witness);
  if (wrong)
    fail_msg("%s, input %d, is right, but %s, input %d, is said to be wrong: %.9g instead of %.9g", mutant.name, hit,
             wrong->node->op->name, wrong->input, wrong->reverse, wrong->forward);
  if (wg_witness_verdict(witness) == WG_FAIL)
    fail_msg("%s, input %d: forward mode %.9g, reverse %.9g, second slope %g", mutant.name, hit,
             wg_witness_forward(witness)->forward, wg_witness_forward(witness)->reverse,
             wg_witness_taylor(witness)->second_slope);
  wg_witness_free(witness);
  trial_free(&t);
}

static size_t rules, killed, without_effect;

/* The first sample at which the mutation has an effect, those of more than one element first; NULL if there is none. */
static const wg_sample *telling(const wg_op *op, mutation *how) {
  for (int several = 1; several >= 0; several--)
    for (const wg_sample *sample = op->samples; sample->input_count; sample++) {
      int64_t n;
      if (hit >= sample->input_count || sample->inputs[hit].integer) continue;
      assert_true(wg_shape_count(&sample->inputs[hit].shape, &n));
      if ((n > 1) == several && n > 0 && changes(sample, how)) return sample;
    }
  return NULL;
}

static void the_rule_is_killed_in_every_way(const wg_op *op, int input) {
  size_t before = killed;
  genuine = op, mutant = *op, hit = input;
  mutant.vjp = mutant_vjp;
  for (int k = 0; k < MUTATIONS; k++) {
    const wg_sample *sample = telling(op, mutations[k].mutate);
    if (!sample) {
      without_effect++;
      continue;
    }
    if (k == 0) assert_no_rule_accused(sample);
    mutate = mutations[k].mutate;
    assert_killed(sample, mutations[k].text);
    killed++;
  }
  if (killed == before) fail_msg("%s: no sample tries its rule for input %d", op->name, input);
  rules++;
}

static void every_mutant_is_killed_and_its_operation_named(void **state) {
  (void)state;
  for (size_t i = 0; i < wg_op_count(); i++) {
    const wg_op *op = wg_op_at(i);
    int inputs = 0;
    for (const wg_sample *sample = op->samples; op->vjp && sample->input_count; sample++)
      if (sample->input_count > inputs) inputs = sample->input_count;
    for (int input = 0; input < inputs; input++) {
      bool floats = false;
      for (const wg_sample *sample = op->samples; sample->input_count; sample++)
        floats = floats || (input < sample->input_count && !sample->inputs[input].integer);
      if (floats && !(op->nondifferentiable >> input & 1)) the_rule_is_killed_in_every_way(op, input);
    }
  }
  printf("%zu rules, %zu mutants, all killed and the operation named (%zu mutations change nothing)\n", rules, killed,
         without_effect);
  assert_true(rules > 100 && killed > 5 * rules);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_mutant_is_killed_and_its_operation_named),
  };
  return RUN_TESTS(tests);
}
