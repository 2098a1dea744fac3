/* Prints what every operation of the table computes, for a comparison with another library: a line of JSON for each
 * sample of each operation, with its attributes, inputs, output, a cotangent, and what the backward rule makes of it.
 *
 *     {"op": "scale", "sample": 0, "point": "random", "attrs": {"factor": 3.0}, "inputs": [tensor, …],
 *      "output": tensor, "cotangent": [number, …], "grads": [tensor, …]}
 *
 * A tensor is {"dtype": "f64", "shape": [3, 4], "values": [number, …]}, row-major. Numbers have the 17 digits that read
 * back as the same double; NaN, Infinity and -Infinity stand as such. A gradient is null where there is none.
 *
 * Each sample is taken at a random point of its ranges ("random"), there with the numbers rounded to halves ("halves"),
 * where ties and kinks are, and with NaN, infinities, zeros and large and tiny numbers instead ("extreme"). */
#include "../../engine/grad.h"
#include "../../engine/plan.h"
#include "../../ops/ops.h"
#include "../support.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- JSON ---- */

static void print_number(double value) {
  if (isnan(value))
    fputs("NaN", stdout);
  else if (isinf(value))
    fputs(value > 0 ? "Infinity" : "-Infinity", stdout);
  else
    printf("%.17g", value);
}

static void print_text(const char *text) {
  putchar('"');
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') putchar('\\');
    putchar(*text);
  }
  putchar('"');
}

static void print_values(size_t n, wg_dtype dtype, const void *data) {
  putchar('[');
  for (size_t i = 0; i < n; i++) {
    if (i) fputs(", ", stdout);
    if (dtype == WG_I64)
      printf("%lld", (long long)((const int64_t *)data)[i]);
    else
      print_number(dtype == WG_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i]);
  }
  putchar(']');
}

static void print_tensor(const wg_node *node, const void *data) {
  wg_shape shape = wg_node_shape(node);
  printf("{\"dtype\": \"%s\", \"shape\": [", wg_dtype_text(wg_node_dtype(node)));
  for (int axis = 0; axis < shape.rank; axis++) printf(axis ? ", %lld" : "%lld", (long long)shape.size[axis]);
  fputs("], \"values\": ", stdout);
  print_values((size_t)wg_node_size(node), wg_node_dtype(node), data);
  putchar('}');
}

static void print_attr(const wg_attr *attr) {
  print_text(attr->name);
  fputs(": ", stdout);
  switch (attr->kind) {
  case WG_ATTR_INTEGER:
    printf("%lld", (long long)attr->integer);
    break;
  case WG_ATTR_NUMBER:
    print_number(attr->number);
    break;
  case WG_ATTR_TEXT:
    print_text(attr->text ? attr->text : "");
    break;
  case WG_ATTR_INTEGERS:
    print_values((size_t)attr->count, WG_I64, attr->integers);
    break;
  default:
    fputs("null", stdout);
  }
}

/* All attributes of the operation: the sample's, and the defaults of those that it does not give. */
static void print_attrs(const wg_op *op, const wg_sample *sample) {
  putchar('{');
  for (const wg_attr *declared = op->attrs; declared && declared->kind != WG_ATTR_END; declared++) {
    const wg_attr *given = declared;
    for (const wg_attr *attr = sample->attrs; attr->kind != WG_ATTR_END; attr++)
      if (strcmp(attr->name, declared->name) == 0) given = attr;
    if (declared != op->attrs) fputs(", ", stdout);
    print_attr(given);
  }
  putchar('}');
}

/* ---- One call ---- */

typedef enum point { POINT_RANDOM, POINT_HALVES, POINT_EXTREME, POINT_COUNT } point;
static const char *const point_names[] = {"random", "halves", "extreme"};
static const double extremes[] = {NAN, INFINITY, -INFINITY, 1000, -1000, 1e-300, 0};
enum { EXTREME_COUNT = sizeof extremes / sizeof *extremes };

typedef struct call {
  const wg_op *op;
  const wg_sample *sample;
  int index;
  wg_tape *tape;
  wg_node *x[WG_SAMPLE_INPUTS_MAX];
  void *values[WG_SAMPLE_INPUTS_MAX];
} call;

static void *input_values(const wg_sample_input *input, size_t n, point at, uint64_t seed) {
  if (input->integer) {
    int64_t *whole = (int64_t *)new_f64(n); /* of the same size */
    fill_i64(whole, n, (int64_t)input->low, (int64_t)input->high, seed);
    return whole;
  }
  /* beyond the range, which keeps away from kinks, unless it is one of signs or probabilities */
  double margin = at == POINT_HALVES && input->high - input->low > 1 ? 0.5 : 0;
  double *values = random_f64(n, input->low - margin, input->high + margin, seed);
  for (size_t k = 0; at == POINT_HALVES && k < n; k++) values[k] = rint(2 * values[k]) / 2;
  for (size_t k = 0; at == POINT_EXTREME && k < n; k++) values[k] = extremes[(3 * k + 2 * seed) % EXTREME_COUNT];
  return values;
}

static call call_new(const wg_op *op, int index, point at) {
  call c = {.op = op, .sample = &op->samples[index], .index = index, .tape = wg_tape_new()};
  for (int i = 0; i < c.sample->input_count; i++) {
    const wg_sample_input *input = &c.sample->inputs[i];
    c.x[i] = wg_input(c.tape, NULL, input->integer ? WG_I64 : WG_F64, input->shape);
    c.values[i] = input_values(input, (size_t)wg_node_size(c.x[i]), at, (uint64_t)(101 * index + i + 1));
  }
  return c;
}

static void call_free(call *c) {
  for (int i = 0; i < c->sample->input_count; i++) free(c->values[i]);
  wg_tape_free(c->tape);
}

/* The adjoint that y sends to each input, NULL where it has none. */
static void call_grads(const call *c, wg_node *y, wg_node *seed, wg_node **grads) {
  for (int i = 0; i < c->sample->input_count; i++) {
    bool none = wg_node_dtype(c->x[i]) == WG_I64 || wg_node_dtype(y) != WG_F64 || (c->op->nondifferentiable >> i & 1);
    grads[i] = NULL;
    if (!none) wg_vjp(y, seed, 1, &c->x[i], &grads[i]);
  }
}

static bool call_failed(const call *c, const char *message) {
  fprintf(stderr, "%s, sample %d: %s\n", c->op->name, c->index, message);
  return false;
}

static void call_print(const call *c, const wg_plan *plan, const wg_node *y, const double *cotangent,
                       wg_node *const *grads, point at) {
  printf("{\"op\": \"%s\", \"sample\": %d, \"point\": \"%s\", \"attrs\": ", c->op->name, c->index, point_names[at]);
  print_attrs(c->op, c->sample);
  for (int i = 0; i < c->sample->input_count; i++) {
    fputs(i ? ", " : ", \"inputs\": [", stdout);
    print_tensor(c->x[i], c->values[i]);
  }
  fputs("], \"output\": ", stdout);
  print_tensor(y, wg_data(plan, y));
  fputs(", \"cotangent\": ", stdout);
  print_values((size_t)wg_node_size(y), WG_F64, cotangent);
  for (int i = 0; i < c->sample->input_count; i++) {
    fputs(i ? ", " : ", \"grads\": [", stdout);
    if (grads[i])
      print_tensor(grads[i], wg_data(plan, grads[i]));
    else
      fputs("null", stdout);
  }
  puts("]}");
}

static bool call_run(const call *c, point at) {
  int count = c->sample->input_count;
  wg_node *y = wg_apply(c->op, count, c->x, c->sample->attrs), *grads[WG_SAMPLE_INPUTS_MAX];
  wg_node *seed = wg_input(c->tape, NULL, WG_F64, wg_node_shape(y));
  call_grads(c, y, seed, grads);
  if (wg_tape_status(c->tape) != WG_OK) return call_failed(c, wg_tape_error(c->tape));

  wg_node *outputs[WG_SAMPLE_INPUTS_MAX + 1] = {y};
  size_t output_count = 1;
  for (int i = 0; i < count; i++)
    if (grads[i]) outputs[output_count++] = grads[i];
  double *cotangent = random_f64((size_t)wg_node_size(y), -1, 1, 5);
  wg_plan *plan = wg_plan_new(output_count, outputs);
  for (int i = 0; i < count; i++) wg_bind(plan, c->x[i], c->values[i]);
  wg_bind(plan, seed, cotangent);
  wg_status status = wg_run(plan);
  /* the others may lie outside of the domain */
  bool good = status == WG_OK || (status == WG_ERROR_DATA && at != POINT_RANDOM) || call_failed(c, wg_plan_error(plan));
  if (status == WG_OK) call_print(c, plan, y, cotangent, grads, at);
  wg_plan_free(plan);
  free(cotangent);
  return good;
}

int main(void) {
  bool good = true;
  for (size_t i = 0; i < wg_op_count(); i++)
    for (int index = 0; wg_op_at(i)->samples[index].input_count; index++)
      for (int at = 0; at < POINT_COUNT; at++) {
        call c = call_new(wg_op_at(i), index, (point)at);
        good = call_run(&c, (point)at) && good;
        call_free(&c);
      }
  return good && fflush(stdout) == 0 ? 0 : 1;
}
