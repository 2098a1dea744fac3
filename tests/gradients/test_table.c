/* Every operation of the table, at every sample that its record gives: values in both precisions, first and second
 * derivatives against central differences, one node as several inputs, and inputs that are views. */
#include "../../engine/derivative.h"
#include "../support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static size_t sample_count, element_count, passed_count; /* what was compared, for the last line */

/* ---- One call of an operation at a sample ---- */

typedef struct trial {
  wg_tape *tape;
  const wg_op *op;
  const wg_sample *sample;
  int index; /* of the sample */
  int count;
  wg_node *x[WG_SAMPLE_INPUTS_MAX]; /* the leaves */
  wg_binding bindings[WG_SAMPLE_INPUTS_MAX];
  double *values[WG_SAMPLE_INPUTS_MAX]; /* of the floating-point leaves, in f64 */
} trial;

static size_t size_of(const wg_node *node) { return (size_t)wg_node_size(node); }

static void *values_in(const trial *t, int i, wg_dtype dtype) {
  const wg_sample_input *input = &t->sample->inputs[i];
  size_t n = size_of(t->x[i]);
  if (dtype == WG_F64) {
    double *values = new_f64(n);
    memcpy(values, t->values[i], n * sizeof *values);
    return values;
  }
  void *memory = new_f64(n); /* large enough for all types */
  if (dtype == WG_I64)
    fill_i64(memory, n, (int64_t)input->low, (int64_t)input->high, (uint64_t)i + 1);
  else
    for (size_t k = 0; k < n; k++) ((float *)memory)[k] = (float)t->values[i][k];
  return memory;
}

static trial trial_new(const wg_op *op, int index, wg_dtype dtype) {
  trial t = {.tape = wg_tape_new(),
             .op = op,
             .sample = &op->samples[index],
             .index = index,
             .count = op->samples[index].input_count};
  for (int i = 0; i < t.count; i++) {
    const wg_sample_input *input = &t.sample->inputs[i];
    char name[] = {(char)('a' + i), 0};
    wg_dtype type = input->integer ? WG_I64 : dtype;
    t.x[i] = wg_input(t.tape, name, type, input->shape);
    assert_tape_good(t.tape);
    size_t n = size_of(t.x[i]);
    /* values that f32 has too, so that both precisions start at the same point */
    t.values[i] = random_f64(n, input->low, input->high, (uint64_t)(97 * index + i + 1));
    for (size_t k = 0; k < n; k++) t.values[i][k] = (double)(float)t.values[i][k];
    t.bindings[i] = (wg_binding){t.x[i], values_in(&t, i, type)};
  }
  return t;
}

static void trial_free(trial *t) {
  for (int i = 0; i < t->count; i++) {
    free(t->values[i]);
    free((void *)t->bindings[i].data);
  }
  wg_tape_free(t->tape);
}

static wg_node *apply(trial *t, wg_node *const *inputs) {
  wg_node *y = wg_apply(t->op, t->count, inputs, t->sample->attrs);
  if (wg_tape_status(t->tape) != WG_OK) fail_msg("%s, sample %d: %s", t->op->name, t->index, wg_tape_error(t->tape));
  return y;
}

static bool differentiable(const trial *t, int i) {
  return !t->sample->inputs[i].integer && !(t->op->nondifferentiable >> i & 1);
}

/* Random numbers of both signs as a constant of the dtype f64 and the shape of `node`. */
static wg_node *random_constant(trial *t, const wg_node *node, uint64_t seed) {
  double *values = random_f64(size_of(node), 0.5, 1.5, seed);
  for (size_t i = 0; i < size_of(node); i += 2) values[i] = -values[i];
  wg_node *constant = wg_constant(t->tape, WG_F64, wg_node_shape(node), values);
  free(values);
  return constant;
}

/* Σ w ⊙ node for fixed random numbers w, so that no derivative cancels by chance. */
static wg_node *contracted(trial *t, wg_node *node, uint64_t seed) {
  return wg_sum_all(wg_mul(node, random_constant(t, node, seed)));
}

static void run_trial(const trial *t, wg_node *node, double *values) {
  if (wg_tape_status(t->tape) != WG_OK) fail_msg("%s, sample %d: %s", t->op->name, t->index, wg_tape_error(t->tape));
  run_node(node, (size_t)t->count, t->bindings, values);
}

static double *values_of(const trial *t, wg_node *node) {
  double *values = new_f64(size_of(node));
  run_trial(t, node, values);
  return values;
}

static void assert_same(const trial *t, const char *what, wg_node *actual, wg_node *expected, double bound) {
  char text[200];
  snprintf(text, sizeof text, "%s, sample %d: %s", t->op->name, t->index, what);
  assert_int_equal(wg_node_size(actual), wg_node_size(expected));
  double *a = values_of(t, actual), *b = values_of(t, expected);
  assert_close(text, size_of(actual), a, b, bound);
  free(a);
  free(b);
}

/* All derivatives of the scalar root by these leaves are right; `certain` asks that each could be told. */
static void assert_gradient(const trial *t, const char *what, wg_node *root, size_t count, wg_node *const *wrt,
                            size_t binding_count, const wg_binding *bindings, bool certain) {
  wg_check *check = wg_check_gradient(root, count, wrt, binding_count, bindings, NULL);
  if (wg_check_status(check) != WG_OK)
    fail_msg("%s, sample %d: %s: %s", t->op->name, t->index, what, wg_check_error(check));
  const wg_check_entry *worst = wg_check_worst(check, 0);
  size_t passed = wg_check_count_of(check, WG_PASS), failed = wg_check_count_of(check, WG_FAIL);
  if (failed || (certain && passed < wg_check_count(check)))
    fail_msg(
        "%s, sample %d: %s: %zu of %zu fail, %zu pass; worst %s[%lld]: reverse %.17g, difference %.17g, error %.3g, "
        "%s",
        t->op->name, t->index, what, failed, wg_check_count(check), passed, wg_node_name(worst->node),
        (long long)worst->index, worst->reverse, worst->difference, worst->error, wg_verdict_text(worst->verdict));
  element_count += wg_check_count(check);
  passed_count += passed;
  wg_check_free(check);
}

/* ---- What holds at each sample ---- */

/* The test fails unless both nodes have the same, finite numbers, to `bound` relative to the largest, or to `least` if all
 * are below. */
static void assert_agree(const trial *t, const char *what, wg_node *expected, const trial *other, wg_node *actual,
                         double bound, double least) {
  assert_int_equal(wg_node_size(expected), wg_node_size(actual));
  double *a = values_of(t, expected), *b = values_of(other, actual), scale = least;
  for (size_t k = 0; k < size_of(expected); k++) {
    if (!isfinite(a[k])) fail_msg("%s, sample %d: %s: element %zu is %g", t->op->name, t->index, what, k, a[k]);
    scale = fmax(scale, fabs(a[k]));
  }
  for (size_t k = 0; k < size_of(expected); k++)
    if (!(fabs(a[k] - b[k]) <= bound * scale))
      fail_msg("%s, sample %d: %s: element %zu is %.9g instead of %.9g", t->op->name, t->index, what, k, b[k], a[k]);
  free(a);
  free(b);
}

static void values_agree_in_both_precisions(const wg_op *op, int index) {
  trial wide = trial_new(op, index, WG_F64), narrow = trial_new(op, index, WG_F32);
  assert_agree(&wide, "value in f32", apply(&wide, wide.x), &narrow, apply(&narrow, narrow.x), 1e-5, 1e-6);
  trial_free(&wide);
  trial_free(&narrow);
}

/* The differentiable leaves; returns how many. */
static size_t wanted(const trial *t, wg_node **wrt) {
  size_t count = 0;
  for (int i = 0; i < t->count; i++)
    if (differentiable(t, i)) wrt[count++] = t->x[i];
  return count;
}

static void first_derivatives_agree_with_differences(const wg_op *op, int index) {
  trial t = trial_new(op, index, WG_F64);
  wg_node *wrt[WG_SAMPLE_INPUTS_MAX], *y = apply(&t, t.x);
  size_t count = wanted(&t, wrt);
  if (count)
    assert_gradient(&t, "first derivative", contracted(&t, y, 5), count, wrt, (size_t)t.count, t.bindings, true);
  trial_free(&t);
}

/* Of Σ u ⊙ vjp(op, s), by the inputs and by s: the rule's own graph code is differentiated. */
static void second_derivatives_agree_with_differences(const wg_op *op, int index) {
  trial t = trial_new(op, index, WG_F64);
  wg_node *wrt[WG_SAMPLE_INPUTS_MAX + 1], *grad[WG_SAMPLE_INPUTS_MAX], *y = apply(&t, t.x);
  size_t count = wanted(&t, wrt);
  if (count) {
    wg_node *seed = wrt[count] = wg_input(t.tape, "s", WG_F64, wg_node_shape(y));
    double *at = random_f64(size_of(y), 0.5, 1.5, 11);
    wg_binding bindings[WG_SAMPLE_INPUTS_MAX + 1];
    memcpy(bindings, t.bindings, sizeof t.bindings);
    bindings[t.count] = (wg_binding){seed, at};
    wg_vjp(y, seed, count, wrt, grad);
    wg_node *root = contracted(&t, grad[0], 7);
    for (size_t k = 1; k < count; k++) root = wg_add(root, contracted(&t, grad[k], 7 + k));
    assert_gradient(&t, "second derivative", root, count + 1, wrt, (size_t)t.count + 1, bindings, false);
    free(at);
  }
  trial_free(&t);
}

/* Σ y + y², in which y is used twice, so that its adjoint is a sum. */
static wg_node *used_twice(wg_node *y) { return wg_add(wg_sum_all(y), wg_sum_all(wg_square(y))); }

static void gradients_agree_in_both_precisions(const wg_op *op, int index) {
  trial wide = trial_new(op, index, WG_F64), narrow = trial_new(op, index, WG_F32);
  wg_node *root = used_twice(apply(&wide, wide.x)), *root32 = used_twice(apply(&narrow, narrow.x));
  for (int i = 0; i < wide.count; i++) {
    if (!differentiable(&wide, i)) continue;
    wg_node *grad, *grad32;
    wg_grad(root, 1, &wide.x[i], &grad);
    wg_grad(root32, 1, &narrow.x[i], &grad32);
    assert_agree(&wide, "derivative in f32", grad, &narrow, grad32, 1e-4, 1e-2);
  }
  trial_free(&wide);
  trial_free(&narrow);
}

static void the_gradient_of_a_weighted_sum_is_the_vector_jacobian_product(const wg_op *op, int index) {
  trial t = trial_new(op, index, WG_F64);
  wg_node *y = apply(&t, t.x), *wrt[WG_SAMPLE_INPUTS_MAX], *of_sum[WG_SAMPLE_INPUTS_MAX],
          *of_seed[WG_SAMPLE_INPUTS_MAX];
  size_t count = wanted(&t, wrt);
  if (count) {
    wg_grad(contracted(&t, y, 5), count, wrt, of_sum);
    wg_vjp(y, random_constant(&t, y, 5), count, wrt, of_seed);
    for (size_t k = 0; k < count; k++) assert_same(&t, "vjp against grad", of_seed[k], of_sum[k], 1e-14);
  }
  trial_free(&t);
}

/* ⟨s, J·t⟩ = ⟨Jᵀ·s, t⟩: forward mode comes out of the same rules, which are linear in the cotangent. */
static void forward_and_reverse_mode_agree(const wg_op *op, int index) {
  trial t = trial_new(op, index, WG_F64);
  wg_node *y = apply(&t, t.x), *wrt[WG_SAMPLE_INPUTS_MAX], *tangents[WG_SAMPLE_INPUTS_MAX], *grad[WG_SAMPLE_INPUTS_MAX];
  size_t count = wanted(&t, wrt);
  if (count) {
    wg_node *seed = random_constant(&t, y, 31), *forward, *reverse = wg_scalar_like(y, 0);
    for (size_t k = 0; k < count; k++) tangents[k] = random_constant(&t, wrt[k], 41 + k);
    wg_jvp(1, &y, count, wrt, tangents, &forward);
    wg_vjp(y, seed, count, wrt, grad);
    for (size_t k = 0; k < count; k++) reverse = wg_add(reverse, wg_sum_all(wg_mul(grad[k], tangents[k])));
    assert_agree(&t, "forward against reverse", reverse, &t, wg_sum_all(wg_mul(seed, forward)), 1e-12, 1);
  }
  trial_free(&t);
}

/* Rules leave out a factor of one and divide by a count; that must not change the numbers. */
static void a_constant_seed_gives_what_an_equal_input_gives(const wg_op *op, int index) {
  static const struct {
    double value;
    int64_t count;
  } seeds[] = {{1, 1}, {-0.75, 1}, {1, 3}, {2, 3}, {0, 1}};
  trial t = trial_new(op, index, WG_F64);
  wg_node *y = apply(&t, t.x), *wrt[WG_SAMPLE_INPUTS_MAX], *constant[WG_SAMPLE_INPUTS_MAX],
          *bound[WG_SAMPLE_INPUTS_MAX];
  size_t count = wanted(&t, wrt), n = size_of(y);
  double *at = new_f64(n);
  for (size_t s = 0; count && s < sizeof seeds / sizeof *seeds; s++) {
    for (size_t k = 0; k < n; k++) at[k] = seeds[s].value / (double)seeds[s].count;
    wg_vjp(y, wg_fill_over(t.tape, WG_F64, wg_node_shape(y), seeds[s].value, seeds[s].count), count, wrt, constant);
    wg_vjp(y, wg_constant(t.tape, WG_F64, wg_node_shape(y), at), count, wrt, bound);
    for (size_t k = 0; k < count; k++)
      assert_agree(&t, "derivative of a constant seed", bound[k], &t, constant[k], 1e-14, 1);
  }
  free(at);
  trial_free(&t);
}

static void inputs_without_derivative_get_zeros(const wg_op *op, int index) {
  trial t = trial_new(op, index, WG_F64);
  wg_node *y = wg_cast(apply(&t, t.x), WG_F64); /* places are whole numbers */
  for (int i = 0; i < t.count; i++) {
    if (differentiable(&t, i) || t.sample->inputs[i].integer || wg_node_dtype(y) == WG_I64) continue;
    wg_node *grad;
    assert_int_equal(wg_grad(wg_sum_all(y), 1, &t.x[i], &grad), WG_OK);
    double *values = values_of(&t, grad);
    for (size_t k = 0; k < size_of(t.x[i]); k++)
      if (values[k] != 0)
        fail_msg("%s, sample %d: input %d has no derivative by its record, but gets %g", op->name, index, i, values[k]);
    free(values);
  }
  trial_free(&t);
}

/* op(x, x): the gradient is the sum of what op(a, b) sends to a and to b where both have x's values. */
static void assert_twice(trial *t, int i, int j) {
  wg_node *both[] = {t->x[i], t->x[j]}, *grad[2], *grad_same, *inputs[WG_SAMPLE_INPUTS_MAX];
  size_t n = size_of(t->x[i]);
  memcpy(inputs, t->x, sizeof inputs);
  inputs[j] = t->x[i];
  wg_node *y = apply(t, t->x), *same = apply(t, inputs), *root = contracted(t, same, 5);
  wg_grad(contracted(t, y, 5), 2, both, grad);
  wg_grad(root, 1, &t->x[i], &grad_same);
  assert_same(t, "value of one node twice", same, y, 0);

  double *one = values_of(t, grad[0]), *other = values_of(t, grad[1]), *sum = values_of(t, grad_same);
  for (size_t k = 0; k < n; k++)
    if (!(fabs(one[k] + other[k] - sum[k]) <= 1e-13 * (fabs(one[k]) + fabs(other[k]))))
      fail_msg("%s, sample %d, inputs %d and %d: %g + %g is not %g", t->op->name, t->index, i, j, one[k], other[k],
               sum[k]);
  assert_gradient(t, "derivative by one node twice", root, 1, &t->x[i], (size_t)t->count, t->bindings, false);
  free(one);
  free(other);
  free(sum);
}

static void one_node_as_two_inputs_gets_the_sum_of_both(const wg_op *op, int index) {
  for (int i = 0; i < op->samples[index].input_count; i++)
    for (int j = i + 1; j < op->samples[index].input_count; j++) {
      const wg_sample_input *a = &op->samples[index].inputs[i], *b = &op->samples[index].inputs[j];
      double low = fmax(a->low, b->low), high = fmin(a->high, b->high);
      trial t = trial_new(op, index, WG_F64);
      if (differentiable(&t, i) && differentiable(&t, j) && wg_shape_equal(&a->shape, &b->shape) && low < high) {
        fill_f64((double *)t.bindings[i].data, size_of(t.x[i]), low, high, 23);
        memcpy((double *)t.bindings[j].data, t.bindings[i].data, size_of(t.x[i]) * sizeof(double));
        assert_twice(&t, i, j);
      }
      trial_free(&t);
    }
}

/* ---- Inputs that are views ---- */

static void transpose_values(const double *values, const wg_shape *shape, double *transposed) {
  int64_t rows = shape->size[shape->rank - 2], columns = shape->size[shape->rank - 1], matrices = 1;
  for (int axis = 0; axis + 2 < shape->rank; axis++) matrices *= shape->size[axis];
  for (int64_t k = 0; k < matrices; k++)
    for (int64_t r = 0; r < rows; r++)
      for (int64_t c = 0; c < columns; c++)
        transposed[k * rows * columns + c * rows + r] = values[k * rows * columns + r * columns + c];
}

/* The i-th input comes as the transpose of a leaf that holds its values transposed. */
static void a_transposed_input_changes_nothing(const wg_op *op, int index) {
  for (int i = 0; i < op->samples[index].input_count; i++) {
    trial t = trial_new(op, index, WG_F64);
    const wg_sample_input *input = &t.sample->inputs[i];
    if (!input->integer && input->shape.rank >= 2) {
      wg_shape shape = input->shape;
      shape.size[shape.rank - 1] = input->shape.size[shape.rank - 2];
      shape.size[shape.rank - 2] = input->shape.size[shape.rank - 1];
      wg_node *dense = apply(&t, t.x), *leaf = wg_input(t.tape, "t", WG_F64, shape);
      double *values = new_f64(size_of(leaf));
      transpose_values(t.values[i], &input->shape, values);
      double *expected = values_of(&t, dense);

      trial view = t;
      view.x[i] = wg_transpose(leaf);
      view.bindings[i] = (wg_binding){leaf, values};
      wg_node *strided = apply(&view, view.x);
      double *actual = values_of(&view, strided);
      assert_close(op->name, size_of(dense), actual, expected, 1e-14);
      if (differentiable(&t, i))
        assert_gradient(&view, "derivative through a transposed input", contracted(&view, strided, 5), 1, &leaf,
                        (size_t)view.count, view.bindings, true);
      free(values);
      free(expected);
      free(actual);
    }
    trial_free(&t);
  }
}

/* The i-th input is one slice repeated along the first axis, once as a view (stride 0) and once written out. */
static void a_broadcast_input_changes_nothing(const wg_op *op, int index) {
  for (int i = 0; i < op->samples[index].input_count; i++) {
    trial t = trial_new(op, index, WG_F64);
    const wg_sample_input *input = &t.sample->inputs[i];
    size_t n = size_of(t.x[i]);
    if (!input->integer && input->shape.rank >= 1 && n) {
      wg_shape shape = input->shape;
      size_t repeats = (size_t)shape.size[0], slice = n / repeats;
      shape.size[0] = 1;
      for (size_t k = 0; k < n; k++) ((double *)t.bindings[i].data)[k] = t.values[i][k % slice];
      wg_node *dense = apply(&t, t.x), *leaf = wg_input(t.tape, "r", WG_F64, shape);
      double *expected = values_of(&t, dense);

      trial view = t;
      view.x[i] = wg_broadcast_to(leaf, input->shape);
      view.bindings[i] = (wg_binding){leaf, t.values[i]};
      wg_node *strided = apply(&view, view.x);
      double *actual = values_of(&view, strided);
      assert_close(op->name, size_of(dense), actual, expected, 1e-14);
      if (differentiable(&t, i))
        assert_gradient(&view, "derivative through a broadcast input", contracted(&view, strided, 5), 1, &leaf,
                        (size_t)view.count, view.bindings, false);
      free(expected);
      free(actual);
    }
    trial_free(&t);
  }
}

/* ---- The table ---- */

static void every_operation_says_what_it_is(void **state) {
  (void)state;
  for (size_t i = 0; i < wg_op_count(); i++) {
    const wg_op *op = wg_op_at(i);
    assert_non_null(op->name);
    assert_ptr_equal(wg_op_find(op->name), op);
    if (!op->doc || strlen(op->doc) < 10) fail_msg("%s has no doc", op->name);
    const wg_notation *notation = &op->notation;
    if (!op->compose && !notation->write && !(notation->unicode && notation->ascii && notation->latex))
      fail_msg("%s has no notation", op->name);
    if (!op->samples || !op->samples[0].input_count) fail_msg("%s has no samples", op->name);
    bool values =
        op->loop[WG_F64] || op->loop[WG_I64] || op->kernel[WG_F64] || op->kernel[WG_I64] || op->view || op->compose;
    if (!values) fail_msg("%s has no values", op->name);
    /* a rule, or the statement that there is none for any input */
    uint32_t all = op->arity == WG_VARIADIC ? WG_ALL_INPUTS : (UINT32_C(1) << op->arity) - 1;
    bool integers = op->samples[0].inputs[0].integer && op->arity == 1;
    if (!op->vjp && !op->compose && !integers && (op->nondifferentiable & all) != all)
      fail_msg("%s has no backward rule and does not say that it needs none", op->name);
    if (op->arity != WG_VARIADIC)
      for (const wg_sample *sample = op->samples; sample->input_count; sample++)
        assert_int_equal(sample->input_count, op->arity);
  }
  assert_null(wg_op_at(wg_op_count()));
  assert_null(wg_op_find("no such operation"));
  assert_null(wg_op_find(NULL));
}

/* Differentiable operations of tensors are tried with a scalar, or as small as they take, and with a zero-size tensor. */
static void every_differentiable_operation_is_tried_with_a_zero_size(void **state) {
  (void)state;
  for (size_t i = 0; i < wg_op_count(); i++) {
    const wg_op *op = wg_op_at(i);
    bool tried = false;
    for (const wg_sample *sample = op->samples; sample->input_count; sample++)
      for (int k = 0; k < sample->input_count; k++) {
        int64_t count;
        assert_true(wg_shape_count(&sample->inputs[k].shape, &count));
        tried = tried || count == 0;
      }
    if (!tried) fail_msg("%s has no sample of size zero", op->name);
  }
}

static void op_holds(void **state) {
  const wg_op *op = *state;
  static void (*const statements[])(const wg_op *, int) = {
      values_agree_in_both_precisions,
      first_derivatives_agree_with_differences,
      second_derivatives_agree_with_differences,
      gradients_agree_in_both_precisions,
      the_gradient_of_a_weighted_sum_is_the_vector_jacobian_product,
      forward_and_reverse_mode_agree,
      a_constant_seed_gives_what_an_equal_input_gives,
      inputs_without_derivative_get_zeros,
      one_node_as_two_inputs_gets_the_sum_of_both,
      a_transposed_input_changes_nothing,
      a_broadcast_input_changes_nothing,
  };
  for (int index = 0; op->samples[index].input_count; index++, sample_count++)
    for (size_t s = 0; s < sizeof statements / sizeof *statements; s++) statements[s](op, index);
}

int main(void) {
  size_t count = wg_op_count();
  struct CMUnitTest *tests = calloc(count + 2, sizeof *tests);
  char(*names)[64] = calloc(count + 1, sizeof *names);
  if (!tests || !names) return 1;
  tests[0] = (struct CMUnitTest)cmocka_unit_test(every_operation_says_what_it_is);
  tests[1] = (struct CMUnitTest)cmocka_unit_test(every_differentiable_operation_is_tried_with_a_zero_size);
  for (size_t i = 0; i < count; i++) {
    snprintf(names[i], sizeof names[i], "%s agrees with differences", wg_op_at(i)->name);
    tests[2 + i] = (struct CMUnitTest){.name = names[i], .test_func = op_holds, .initial_state = (void *)wg_op_at(i)};
  }
  int failed = _cmocka_run_group_tests(__FILE__, tests, count + 2, NULL, NULL);
  printf("%zu operations, %zu samples, %zu derivatives against differences: %zu pass, %zu too uncertain to tell\n",
         count, sample_count, element_count, passed_count, element_count - passed_count);
  free(tests);
  free(names);
  return failed;
}
