/* Every operation of the table at extreme values: it runs, forward and backward, in both precisions, or refuses the values
 * with a message; and it does not hide NaN. What the values are is tested by family in tests/unit, against their
 * definitions. */
#include "../support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double extremes[] = {1000, -1000, 1e-300, -1e-300, 0, INFINITY, -INFINITY, NAN};
static size_t tried, refused;

/* One sample, with the same extreme value in every element of its floating-point inputs. `hidden`: the result has elements,
 * and none is NaN. */
static wg_status run_at(const wg_op *op, const wg_sample *sample, wg_dtype dtype, double extreme, bool *hidden) {
  wg_tape *tape = wg_tape_new();
  wg_node *x[WG_SAMPLE_INPUTS_MAX], *outputs[1 + WG_SAMPLE_INPUTS_MAX], *wrt[WG_SAMPLE_INPUTS_MAX];
  double *memory[WG_SAMPLE_INPUTS_MAX];
  size_t count = 0;
  for (int i = 0; i < sample->input_count; i++) {
    const wg_sample_input *input = &sample->inputs[i];
    x[i] = wg_input(tape, NULL, input->integer ? WG_I64 : dtype, input->shape);
    size_t n = (size_t)wg_node_size(x[i]);
    memory[i] = new_f64(n);
    if (input->integer)
      fill_i64((int64_t *)memory[i], n, (int64_t)input->low, (int64_t)input->high, 1);
    else
      wrt[count++] = x[i];
    for (size_t k = 0; k < n && !input->integer; k++)
      if (dtype == WG_F64)
        memory[i][k] = extreme;
      else
        ((float *)memory[i])[k] = (float)extreme;
  }
  wg_node *y = outputs[0] = wg_apply(op, sample->input_count, x, sample->attrs);
  assert_tape_good(tape);
  if (wg_node_dtype(y) == WG_I64) count = 0;
  if (count) wg_vjp(y, wg_fill(tape, wg_node_dtype(y), wg_node_shape(y), 1), count, wrt, outputs + 1);
  assert_tape_good(tape);
  wg_plan *plan = wg_plan_new(1 + count, outputs);
  for (int i = 0; i < sample->input_count; i++) wg_bind(plan, x[i], memory[i]);
  wg_status status = wg_run(plan);
  if (status != WG_OK) assert_true(strlen(wg_plan_error(plan)) > 0);
  size_t numbers = 0;
  const void *data = wg_data(plan, y);
  for (int64_t k = 0; status == WG_OK && k < wg_node_size(y); k++)
    numbers += wg_node_dtype(y) == WG_F64   ? !isnan(((const double *)data)[k])
               : wg_node_dtype(y) == WG_F32 ? !isnan(((const float *)data)[k])
                                            : 0;
  *hidden = status == WG_OK && numbers > 0 && numbers == (size_t)wg_node_size(y);
  wg_plan_free(plan);
  wg_tape_free(tape);
  for (int i = 0; i < sample->input_count; i++) free(memory[i]);
  return status;
}

static void every_operation_runs_or_refuses(void **state) {
  (void)state;
  for (size_t i = 0; i < wg_op_count(); i++)
    for (const wg_sample *sample = wg_op_at(i)->samples; sample->input_count; sample++)
      for (size_t e = 0; e < sizeof extremes / sizeof *extremes; e++)
        for (int wide = 0; wide < 2; wide++) {
          bool hidden;
          wg_status status = run_at(wg_op_at(i), sample, wide ? WG_F64 : WG_F32, extremes[e], &hidden);
          if (status != WG_OK && status != WG_ERROR_DATA)
            fail_msg("%s at %g: %s", wg_op_at(i)->name, extremes[e], wg_status_text(status));
          tried++;
          refused += status != WG_OK;
        }
}

/* Whether no NaN goes in, or none need come out because an input is empty, or the operation is one that answers for it:
 * masks compare, classifications ask, and in these two something else than the NaN decides. */
static bool answers_nan(const wg_op *op, const wg_sample *sample) {
  bool floats = false, empty = false;
  for (int i = 0; i < sample->input_count; i++) {
    int64_t count;
    assert_true(wg_shape_count(&sample->inputs[i].shape, &count));
    floats = floats || !sample->inputs[i].integer;
    empty = empty || count == 0;
  }
  return !floats || empty || op->nondifferentiable == WG_ALL_INPUTS || !strcmp(op->name, "power") /* x⁰ = 1 */ ||
         !strcmp(op->name, "masked_fill"); /* a mask that is not 0 puts the value there */
}

static void no_operation_hides_nan(void **state) {
  (void)state;
  for (size_t i = 0; i < wg_op_count(); i++)
    for (const wg_sample *sample = wg_op_at(i)->samples; sample->input_count; sample++) {
      bool hidden[2];
      if (answers_nan(wg_op_at(i), sample)) continue;
      run_at(wg_op_at(i), sample, WG_F64, NAN, &hidden[0]);
      run_at(wg_op_at(i), sample, WG_F32, NAN, &hidden[1]);
      if (hidden[0] || hidden[1]) fail_msg("%s, sample %d", wg_op_at(i)->name, (int)(sample - wg_op_at(i)->samples));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_operation_runs_or_refuses),
                                     cmocka_unit_test(no_operation_hides_nan)};
  int failed = RUN_TESTS(tests);
  printf("%zu operations at extreme values, %zu runs, %zu refused with a message\n", wg_op_count(), tried, refused);
  return failed;
}
