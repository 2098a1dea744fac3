/* Trains weights of one dimension or more on a function that stands on the other side of a pipe, for a comparison with
 * another library. Options come as arguments, name=value; the function is asked for by a line on standard output,
 *
 *     evaluate 0.5 -1.25 …            the weights, all tensors one after the other
 *
 * and answers with a line on standard input: the loss and then as many gradients. After each step comes
 *
 *     step 0.01 0.49 -1.2 … | 0.5 …   the rate that it had, the weights, and after the bar their average, if there is one
 *
 * Numbers have the digits that read back as the same double. */
#include "../../models/average.h"
#include "../../models/gradients.h"
#include "../../models/optimizer.h"
#include "../../models/schedule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TENSORS_MAX = 8, GROUPS_MAX = 4, ELEMENTS_MAX = 1000 };

typedef struct job {
  wg_optimizer_options optimizer;
  wg_schedule_options schedule;
  wg_param_group groups[GROUPS_MAX];
  size_t group_members[GROUPS_MAX], group_count;
  int64_t steps, accumulate;
  double clip_value, clip_norm, average_decay;
  bool averages;
  wg_average_kind average;
  wg_weights weights;
  int64_t size[TENSORS_MAX];
  void *data[TENSORS_MAX];
  wg_gradients *summed;
  const void *answered[TENSORS_MAX];
} job;

static void fail(const char *what, const char *why) {
  fprintf(stderr, "optimizer_values: %s: %s\n", what, why);
  exit(2);
}

/* ---- Options ---- */

static bool number_option(job *j, const char *name, double value) {
  wg_optimizer_options *o = &j->optimizer;
  wg_schedule_options *s = &j->schedule;
  const struct {
    const char *name;
    double *number;
    int64_t *integer;
    bool *flag;
  } targets[] = {
      {"decay", &o->decay, NULL, NULL},
      {"l1", &o->l1, NULL, NULL},
      {"decoupled", NULL, NULL, &o->decoupled},
      {"momentum", &o->momentum, NULL, NULL},
      {"dampening", &o->dampening, NULL, NULL},
      {"nesterov", NULL, NULL, &o->nesterov},
      {"beta1", &o->beta1, NULL, NULL},
      {"beta2", &o->beta2, NULL, NULL},
      {"alpha", &o->alpha, NULL, NULL},
      {"centered", NULL, NULL, &o->centered},
      {"amsgrad", NULL, NULL, &o->amsgrad},
      {"epsilon", &o->epsilon, NULL, NULL},
      {"history", NULL, &o->history, NULL},
      {"iterations", NULL, &o->iterations, NULL},
      {"evaluations", NULL, &o->evaluations, NULL},
      {"tolerance_gradient", &o->tolerance_gradient, NULL, NULL},
      {"tolerance_change", &o->tolerance_change, NULL, NULL},
      {"rate", &s->rate, NULL, NULL},
      {"warmup", NULL, &s->warmup, NULL},
      {"warmup_from", &s->warmup_from, NULL, NULL},
      {"period", NULL, &s->period, NULL},
      {"factor", &s->factor, NULL, NULL},
      {"minimum", &s->minimum, NULL, NULL},
      {"restart_factor", &s->restart_factor, NULL, NULL},
      {"divisor", &s->divisor, NULL, NULL},
      {"final_divisor", &s->final_divisor, NULL, NULL},
      {"rise", &s->rise, NULL, NULL},
      {"patience", NULL, &s->patience, NULL},
      {"threshold", &s->threshold, NULL, NULL},
      {"cooldown", NULL, &s->cooldown, NULL},
      {"steps", NULL, &j->steps, NULL},
      {"accumulate", NULL, &j->accumulate, NULL},
      {"clip_value", &j->clip_value, NULL, NULL},
      {"clip_norm", &j->clip_norm, NULL, NULL},
      {"average_decay", &j->average_decay, NULL, NULL},
  };
  for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
    if (strcmp(name, targets[i].name)) continue;
    if (targets[i].number) *targets[i].number = value;
    if (targets[i].integer) *targets[i].integer = (int64_t)value;
    if (targets[i].flag) *targets[i].flag = value != 0;
    return true;
  }
  return false;
}

/* "1:0.5:0.1:0": weights 1 with half the rate, decay 0.1 and no l1. */
static void group_option(job *j, const char *value) {
  if (j->group_count == GROUPS_MAX) fail(value, "too many groups");
  wg_param_group *group = &j->groups[j->group_count];
  size_t *member = &j->group_members[j->group_count++];
  *group = (wg_param_group){.count = 1, .params = member};
  if (sscanf(value, "%zu:%lf:%lf:%lf", member, &group->rate_factor, &group->decay, &group->l1) != 4)
    fail(value, "not a group");
}

static void sizes_option(job *j, char *value) {
  for (char *size = strtok(value, ","); size; size = strtok(NULL, ",")) {
    if (j->weights.count == TENSORS_MAX) fail(value, "too many tensors");
    j->size[j->weights.count++] = atoll(size);
  }
}

static void option(job *j, char *name) {
  char *value = strchr(name, '=');
  if (!value) fail(name, "not name=value");
  *value++ = 0;
  bool known = true;
  if (strcmp(name, "optimizer") == 0)
    known = wg_optimizer_find(value, &j->optimizer);
  else if (strcmp(name, "schedule") == 0) {
    known = wg_schedule_find(value, &j->schedule.kind);
    j->schedule = wg_schedule_options_of(j->schedule.kind);
  } else if (strcmp(name, "line_search") == 0)
    known = wg_line_search_find(value, &j->optimizer.line_search);
  else if (strcmp(name, "average") == 0)
    known = j->averages = wg_average_find(value, &j->average);
  else if (strcmp(name, "dtype") == 0)
    j->weights.dtype = strcmp(value, "f32") == 0 ? WG_F32 : WG_F64;
  else if (strcmp(name, "sizes") == 0)
    sizes_option(j, value);
  else if (strcmp(name, "group") == 0)
    group_option(j, value);
  else
    known = number_option(j, name, atof(value));
  if (!known) fail(name, "unknown");
}

/* ---- The function ---- */

static double read_number(void) {
  double number;
  if (scanf("%lf", &number) != 1) fail("standard input", "ends");
  return number;
}

static void read_tensors(const job *j, void *const *data) {
  for (size_t k = 0; k < j->weights.count; k++)
    for (int64_t i = 0; i < j->size[k]; i++) {
      double number = read_number();
      if (j->weights.dtype == WG_F32)
        ((float *)data[k])[i] = (float)number;
      else
        ((double *)data[k])[i] = number;
    }
}

static void print_tensors(const job *j, void *const *data) {
  for (size_t k = 0; k < j->weights.count; k++)
    for (int64_t i = 0; i < j->size[k]; i++)
      printf(" %.17g", j->weights.dtype == WG_F32 ? (double)((const float *)data[k])[i] : ((const double *)data[k])[i]);
}

static wg_status evaluate(void *context, double *loss, const void *const **gradients, wg_error *error) {
  job *j = context;
  static double memory[TENSORS_MAX][ELEMENTS_MAX];
  void *batch[TENSORS_MAX];
  (void)error;
  wg_gradients_zero(j->summed);
  *loss = 0;
  for (int64_t part = 0; part < j->accumulate; part++) {
    printf("evaluate");
    print_tensors(j, j->data);
    puts("");
    fflush(stdout);
    *loss += read_number() / (double)j->accumulate;
    for (size_t k = 0; k < j->weights.count; k++) batch[k] = memory[k];
    read_tensors(j, batch);
    wg_gradients_add(j->summed, (const void *const *)batch, 1 / (double)j->accumulate);
  }
  if (j->clip_value > 0) wg_clip_value(j->summed, j->clip_value);
  if (j->clip_norm > 0) wg_clip_norm(j->summed, j->clip_norm);
  for (size_t k = 0; k < j->weights.count; k++) j->answered[k] = j->summed->data[k];
  *gradients = j->answered;
  return WG_OK;
}

/* ---- The training ---- */

static void run(job *j) {
  wg_error error;
  wg_optimizer *optimizer;
  wg_schedule schedule;
  wg_average *average = NULL;
  if (wg_optimizer_new(&j->optimizer, j->group_count, j->groups, &j->weights, NULL, &optimizer, &error) != WG_OK)
    fail("optimizer", error.message);
  if (wg_schedule_start(&schedule, &j->schedule, &error) != WG_OK) fail("schedule", error.message);
  if (j->averages && wg_average_new(j->average, j->average_decay, &j->weights, NULL, &average, &error) != WG_OK)
    fail("average", error.message);
  const wg_evaluator evaluator = {evaluate, j};
  for (int64_t step = 0; step < j->steps; step++) {
    double loss, rate = wg_schedule_rate(&schedule, step);
    if (wg_optimizer_step_by(optimizer, &evaluator, rate, &loss, &error) != WG_OK) fail("step", error.message);
    wg_schedule_observe(&schedule, loss);
    if (average) wg_average_update(average);
    printf("step %.17g", rate);
    print_tensors(j, j->data);
    if (average) {
      fputs(" |", stdout);
      print_tensors(j, wg_average_weights(average)->data);
    }
    puts("");
    fflush(stdout);
  }
  wg_average_free(average);
  wg_optimizer_free(optimizer);
}

int main(int argc, char **argv) {
  static job j;
  j = (job){.schedule = wg_schedule_options_of(WG_SCHEDULE_CONSTANT),
            .steps = 100,
            .accumulate = 1,
            .weights = {.dtype = WG_F64, .size = j.size, .data = j.data}};
  for (int i = 1; i < argc; i++) option(&j, argv[i]);
  for (size_t k = 0; k < j.weights.count; k++) {
    if (j.size[k] < 0 || j.size[k] > ELEMENTS_MAX) fail("sizes", "out of range");
    j.data[k] = calloc((size_t)j.size[k] + 1, sizeof(double));
    if (!j.data[k]) fail("memory", "none");
  }
  j.summed = wg_gradients_new(&j.weights, NULL);
  if (!j.summed) fail("memory", "none");
  read_tensors(&j, j.data);
  run(&j);
  wg_gradients_free(j.summed);
  for (size_t k = 0; k < j.weights.count; k++) free(j.data[k]);
  return 0;
}
