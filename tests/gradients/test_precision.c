/* How far every operation of the table is from exact in f32: its value, and what it sends to its inputs, against f64 at the same
 * numbers. docs/numbers.md states a bound for each; this test reads it there, and `test_precision print` shows what it finds.
 *
 * The unit is one rounding: ε(|y| + c) with ε = 2^−23 and c·ε the change of y when each of its inputs changes by a factor
 * 1 ± ε, the most of some draws. So an error of 1 is no more than what the inputs' own rounding may do to an ill-conditioned
 * result, and than one unit in the last place of a well-conditioned one. */
#include "../forced.h"
#include "../op_call.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DRAWS = 16, SMALL = 64 };

static size_t bytes_in(const wg_node *node) { return (size_t)wg_node_size(node) * wg_dtype_size(wg_node_dtype(node)); }

/* ---- Values ---- */

/* All outputs of a call, each as doubles in memory of its own; false if the operation refuses the values. */
static bool outputs_run(const op_call *call, wg_plan *plan, size_t count, wg_node *const *outputs, double **values) {
  for (int i = 0; i < call->count; i++) assert_int_equal(wg_bind(plan, call->x[i], call->data[i]), WG_OK);
  const wg_status status = wg_run(plan);
  if (status == WG_ERROR_DATA) return false;
  if (status != WG_OK) fail_msg("%s: %s", call->op->name, wg_plan_error(plan));
  for (size_t k = 0; k < count; k++) {
    const int64_t n = wg_node_size(outputs[k]);
    const void *data = wg_data(plan, outputs[k]);
    for (int64_t e = 0; e < n; e++)
      values[k][e] = wg_node_dtype(outputs[k]) == WG_F32   ? (double)((const float *)data)[e]
                     : wg_node_dtype(outputs[k]) == WG_F64 ? ((const double *)data)[e]
                                                           : (double)((const int64_t *)data)[e];
  }
  return true;
}

static void values_new(size_t count, wg_node *const *outputs, double **values) {
  for (size_t k = 0; k < count; k++) values[k] = new_f64((size_t)wg_node_size(outputs[k]));
}
static void values_free(size_t count, double **values) {
  for (size_t k = 0; k < count; k++) free(values[k]);
}

/* change[k][e]: the most that element e of output k moved, when each input moved by a factor 1 ± ε. */
static void changes_find(op_call *call, wg_plan *plan, size_t count, wg_node *const *outputs, double *const *exact,
                         double **change) {
  double *here[OP_CALL_LEAVES], *moved[OP_CALL_OUTPUTS];
  values_new(count, outputs, moved);
  for (int i = 0; i < call->count; i++) {
    here[i] = call->data[i];
    call->data[i] = memcpy(new_f64((size_t)wg_node_size(call->x[i])), here[i], bytes_in(call->x[i]));
  }
  for (uint64_t draw = 0; draw < DRAWS; draw++) {
    for (int i = 0; i < call->count; i++) {
      const size_t n = (size_t)wg_node_size(call->x[i]);
      if (wg_node_dtype(call->x[i]) == WG_I64) continue;
      double *signs = random_f64(n, -1, 1, 1000 * draw + (uint64_t)i);
      for (size_t e = 0; e < n; e++)
        call->data[i][e] = here[i][e] * (1 + (signs[e] < 0 ? -1 : 1) * (double)FLT_EPSILON);
      free(signs);
    }
    if (!outputs_run(call, plan, count, outputs, moved)) continue;
    for (size_t k = 0; k < count; k++)
      for (int64_t e = 0; e < wg_node_size(outputs[k]); e++)
        change[k][e] = fmax(change[k][e], fabs(moved[k][e] - exact[k][e]));
  }
  for (int i = 0; i < call->count; i++) {
    free(call->data[i]);
    call->data[i] = here[i];
  }
  values_free(count, moved);
}

/* ---- Errors ---- */

typedef struct error {
  double value, gradient; /* in roundings, the worst of all samples; NaN if nothing was compared */
} error;

/* The worst of the elements; integers must be equal. What is smaller than `least` counts as that. */
static double worst_of(const wg_node *node, const double *got, const double *exact, const double *change,
                       double least) {
  double worst = 0;
  for (int64_t e = 0; e < wg_node_size(node); e++) {
    const double gap = fabs(got[e] - exact[e]);
    if (got[e] == exact[e] || (isnan(got[e]) && isnan(exact[e]))) continue;
    if (wg_node_dtype(node) == WG_I64 || !isfinite(gap)) return INFINITY;
    worst = fmax(worst, gap / ((double)FLT_EPSILON * fmax(fabs(exact[e]), least) + change[e] + (double)FLT_MIN));
  }
  return worst;
}

static double largest_of(const wg_node *node, const double *values) {
  double largest = 0;
  for (int64_t e = 0; e < wg_node_size(node); e++)
    if (isfinite(values[e])) largest = fmax(largest, fabs(values[e]));
  return largest;
}

static void sample_measure(const wg_op *op, int index, int64_t times, error *most) {
  op_call wide = op_call_new(op, index, times, WG_F64), narrow = op_call_new(op, index, times, WG_F32);
  if (!wg_node_inert(wide.y) && wg_node_size(wide.y) < 100000) {
    wg_node *outputs[OP_CALL_OUTPUTS], *outputs32[OP_CALL_OUTPUTS];
    double *exact[OP_CALL_OUTPUTS], *got[OP_CALL_OUTPUTS], *change[OP_CALL_OUTPUTS];
    const size_t count = op_call_outputs(&wide, outputs);
    assert_int_equal(op_call_outputs(&narrow, outputs32), count);
    wg_plan *plan = wg_plan_new(count, outputs), *plan32 = wg_plan_new(count, outputs32);
    values_new(count, outputs, exact), values_new(count, outputs, got), values_new(count, outputs, change);
    if (outputs_run(&wide, plan, count, outputs, exact)) {
      assert_true(outputs_run(&narrow, plan32, count, outputs32, got));
      changes_find(&wide, plan, count, outputs, exact, change);
      most->value = fmax(most->value, worst_of(outputs[0], got[0], exact[0], change[0], 0));
      for (size_t k = 1; k < count; k++)
        most->gradient = fmax(most->gradient, worst_of(outputs[k], got[k], exact[k], change[k],
                                                       largest_of(outputs[k], exact[k]) / SMALL));
    }
    values_free(count, exact), values_free(count, got), values_free(count, change);
    wg_plan_free(plan);
    wg_plan_free(plan32);
  } else if (times == 1) {
    assert_tape_good(wide.tape);
  }
  op_call_free(&wide);
  op_call_free(&narrow);
}

/* At each sample as it is, and enlarged where the operation takes the shapes. */
static error op_measure(const wg_op *op) {
  static const int64_t times[] = {1, 2, 9};
  error most = {NAN, NAN};
  for (int index = 0; op->samples[index].input_count; index++)
    for (size_t t = 0; t < sizeof times / sizeof *times; t++) sample_measure(op, index, times[t], &most);
  return most;
}

/* ---- The table in docs/numbers.md ---- */

/* Bounds that the table may state. More than the last is no way to compute anything. */
static const double bounds[] = {0, 1, 2, 4, 8, 16};
enum { BOUNDS = sizeof bounds / sizeof *bounds };

static char *page_read(void) {
  char path[1024];
  const char *root = getenv("WENGERT_ROOT");
  snprintf(path, sizeof path, "%s/docs/numbers.md", root ? root : ".");
  FILE *file = fopen(path, "rb");
  if (!file) fail_msg("%s cannot be read", path);
  enum { PAGE_MAX = 100000 };
  char *text = calloc(PAGE_MAX + 1, 1);
  assert_non_null(text);
  assert_in_range(fread(text, 1, PAGE_MAX, file), 1, PAGE_MAX - 1);
  fclose(file);
  return text;
}

/* What the page says of an operation: "| value | gradient | name, name … |", where – is no number at all. The number of rows
 * that name it. */
static int page_find(const char *page, const char *name, error *stated) {
  int found = 0;
  for (const char *line = page; *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : line + strlen(line)) {
    char value[16], gradient[16], names[8192];
    if (sscanf(line, "| %15[^ |] | %15[^ |] | %8191[^|\n]|", value, gradient, names) != 3) continue;
    for (char *word = strtok(names, ", `"); word; word = strtok(NULL, ", `")) {
      if (strcmp(word, name)) continue;
      found++;
      stated->value = strcmp(value, "–") ? strtod(value, NULL) : NAN;
      stated->gradient = strcmp(gradient, "–") ? strtod(gradient, NULL) : NAN;
    }
  }
  return found;
}

static void assert_bound(const char *name, const char *what, double measured, double stated) {
  bool known = isnan(stated);
  for (int b = 0; b < BOUNDS; b++) known = known || bounds[b] == stated;
  if (!known) fail_msg("%s: docs/numbers.md states a bound of %g, which is none of 0, 1, 2, 4 …", name, stated);
  if (isnan(measured) != isnan(stated) || measured > stated)
    fail_msg("%s: its %s is %.3g roundings off, and docs/numbers.md says %g", name, what, measured, stated);
}

static void every_operation_is_as_near_to_exact_in_f32_as_the_manual_says(void **state) {
  (void)state;
  char *page = page_read();
  for (size_t i = 0; i < wg_op_count(); i++) {
    const char *name = wg_op_at(i)->name;
    const error measured = op_measure(wg_op_at(i));
    error stated;
    if (page_find(page, name, &stated) != 1)
      fail_msg("%s should stand once in the table of docs/numbers.md (test_precision print)", name);
    assert_bound(name, "value", measured.value, stated.value);
    assert_bound(name, "gradient", measured.gradient, stated.gradient);
  }
  free(page);
}

/* The least bound that leaves a third to other processors, compilers and C libraries. */
static double bound_for(double measured) {
  for (int b = 0; b < BOUNDS; b++)
    if (1.5 * measured <= bounds[b]) return bounds[b];
  return measured;
}

/* The worst of the two kinds of processors, with and without fused multiply-add. */
static error op_measure_everywhere(const wg_op *op) {
  const error best = op_measure(op);
  if (!force_level("baseline")) return best;
  const error least = op_measure(op);
  force_level(NULL);
  return (error){fmax(best.value, least.value), fmax(best.gradient, least.gradient)};
}

/* Prints what is measured, then the table's rows. */
static void print(void) {
  const size_t count = wg_op_count();
  error *stated = calloc(count, sizeof *stated);
  bool *done = calloc(count, sizeof *done);
  for (size_t i = 0; i < count; i++) {
    const error e = op_measure_everywhere(wg_op_at(i));
    printf("%-28s %6.2f %6.2f\n", wg_op_at(i)->name, e.value, e.gradient);
    stated[i] = (error){isnan(e.value) ? NAN : bound_for(e.value), isnan(e.gradient) ? NAN : bound_for(e.gradient)};
  }
  for (double row = 0; row < 1e4; row++) { /* value and gradient from 0 on, – being 99 */
    bool any = false;
    for (size_t i = 0; i < count; i++) {
      const double value = isnan(stated[i].value) ? 99 : stated[i].value;
      const double gradient = isnan(stated[i].gradient) ? 99 : stated[i].gradient;
      if (done[i] || 100 * value + gradient != row) continue;
      if (!any && value < 99) printf("| %g ", value);
      if (!any && value == 99) printf("| – ");
      if (!any && gradient < 99) printf("| %g | ", gradient);
      if (!any && gradient == 99) printf("| – | ");
      printf("%s%s", any ? ", " : "", wg_op_at(i)->name);
      any = done[i] = true;
    }
    if (any) printf(" |\n");
  }
  free(stated);
  free(done);
}

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "print")) return print(), 0;
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_operation_is_as_near_to_exact_in_f32_as_the_manual_says)};
  return RUN_TESTS(tests);
}
