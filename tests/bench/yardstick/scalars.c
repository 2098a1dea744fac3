/* scalars.c: what a node costs: graphs of scalars, from ten to a million nodes, recorded, swept, planned and run,
 * beside other tapes; see hand_scalars.h. */
#include "hand_scalars.h"
#include "workloads.h"
#include <math.h>
#include <stdlib.h>
#include <wengert.h>

/* ---- Wengert ---- */

typedef struct phases {
  double record, sweep, plan, run; /* seconds */
  size_t recorded, nodes, steps;
  size_t tape_bytes, plan_bytes;
  double derivative[2];
} phases;

static void *count_allocate(void *bytes, size_t size) {
  *(size_t *)bytes += size;
  return malloc(size);
}
static void count_release(void *bytes, void *memory) {
  (void)bytes;
  free(memory);
}

/* With `bytes`, what is allocated is counted there, and seconds are not to be trusted. */
static bool wengert_run(int rounds, size_t *bytes, phases *p) {
  static const double x_value = 1, v_value = 0;
  const wg_allocator counting = {count_allocate, count_release, bytes};
  const double start = clock_now();
  wg_tape *t = wg_tape_new_with(bytes ? &counting : NULL);
  wg_node *h = wg_param(t, "h", WG_F64, WG_SCALAR), *k = wg_param(t, "k", WG_F64, WG_SCALAR);
  wg_node *x0 = wg_input(t, "x", WG_F64, WG_SCALAR), *v0 = wg_input(t, "v", WG_F64, WG_SCALAR), *x = x0, *v = v0;
  for (int i = 0; i < rounds; i++) {
    x = wg_add(x, wg_mul(h, v));
    v = wg_sub(v, wg_mul(h, wg_mul(k, x)));
  }
  const double recorded = clock_now();
  wg_node *outputs[3] = {x};
  p->recorded = wg_tape_count(t);
  wg_grad(x, 2, (wg_node *[]){h, k}, outputs + 1);
  const double swept = clock_now();
  p->nodes = wg_tape_count(t);
  if (bytes) p->tape_bytes = *bytes;
  wg_plan *plan = wg_plan_new(3, outputs);
  const double planned = clock_now();
  if (bytes) p->plan_bytes = *bytes - p->tape_bytes;
  p->steps = wg_plan_step_count(plan);
  wg_bind(plan, h, &spring_h), wg_bind(plan, k, &spring_k), wg_bind(plan, x0, &x_value), wg_bind(plan, v0, &v_value);
  bool good = wg_run(plan) == WG_OK;
  const int runs = 1 + 4000 / rounds;
  const double begin = clock_now();
  for (int i = 0; i < runs; i++) good = wg_run(plan) == WG_OK && good;
  p->run = (clock_now() - begin) / runs;
  p->record = recorded - start, p->sweep = swept - recorded, p->plan = planned - swept;
  for (int i = 0; i < 2 && good; i++) p->derivative[i] = *(const double *)wg_data(plan, outputs[1 + i]);
  wg_plan_free(plan);
  wg_tape_free(t);
  return good;
}

/* ---- All of them, in turn ---- */

enum { OTHERS = 3, REPEATS_MAX = 200, NODES_A_ROUND = 17 /* five forward, twelve adjoints */ };

static const struct {
  const char *name;
  bool (*run)(int rounds, scalar_run *result);
} others[OTHERS] = {{"opcodes", opcodes_run}, {"pointers", pointers_run}, {"ADOL-C", adolc_run}};

typedef struct scalars_row {
  phases wengert; /* seconds are medians */
  bool there[OTHERS];
  scalar_run other[OTHERS];
} scalars_row;

static bool agrees(const double *derivative, const double *expected) {
  for (int i = 0; i < 2; i++)
    if (!(fabs(derivative[i] - expected[i]) <= 1e-9 * fabs(expected[i]))) return false;
  return true;
}

static bool scalars_measure(int rounds, scalars_row *row) {
  double record[REPEATS_MAX], sweep[REPEATS_MAX], plan[REPEATS_MAX], run[REPEATS_MAX];
  double forward[OTHERS][REPEATS_MAX], back[OTHERS][REPEATS_MAX];
  const int repeats = rounds >= 50000 ? 5 : rounds >= 5000 ? 9 : rounds >= 500 ? 25 : REPEATS_MAX;
  for (int i = 0; i < repeats; i++) {
    phases *w = &row->wengert;
    if (!wengert_run(rounds, NULL, w)) return fprintf(stderr, "i: a run failed\n"), false;
    record[i] = w->record, sweep[i] = w->sweep, plan[i] = w->plan, run[i] = w->run;
    for (int k = 0; k < OTHERS; k++) {
      row->there[k] = others[k].run(rounds, &row->other[k]);
      if (!row->there[k]) continue;
      forward[k][i] = row->other[k].record, back[k][i] = row->other[k].reverse;
      if (agrees(w->derivative, row->other[k].derivative)) continue;
      fprintf(stderr, "i: the derivatives of %s are others\n", others[k].name);
      return false;
    }
  }
  phases *w = &row->wengert, counted;
  size_t bytes = 0;
  if (!wengert_run(rounds, &bytes, &counted)) return false;
  w->tape_bytes = counted.tape_bytes, w->plan_bytes = counted.plan_bytes;
  w->record = median(repeats, record), w->sweep = median(repeats, sweep);
  w->plan = median(repeats, plan), w->run = median(repeats, run);
  for (int k = 0; k < OTHERS; k++)
    if (row->there[k])
      row->other[k].record = median(repeats, forward[k]), row->other[k].reverse = median(repeats, back[k]);
  return true;
}

/* ---- The table ---- */

static const char *const title = "scalars: what an operation costs, ns";
static const char *const how_to_read =
    "  Wengert: ns for each node that is recorded, for each that the sweep records,\n"
    "  for each of both when planned and when run. The others: ns for each operation,\n"
    "  when recorded with its value, and in the sweep back. Tape, plan: bytes a node.\n\n"
    "          wengert                               opcodes     pointers   ADOL-C\n"
    "    nodes record sweep  plan   run tape plan   rec  rev    rec  rev    rec  rev\n";

static void row_as_json(report *r, const scalars_row *row, double operations) {
  const phases *w = &row->wengert;
  const double nodes = (double)w->nodes;
  json *j = &r->json;
  json_object_flat(j, NULL);
  json_count(j, "operations", (uint64_t)operations);
  json_count(j, "nodes", w->nodes);
  json_number(j, "record_ns", 1e9 * w->record / (double)w->recorded);
  json_number(j, "sweep_ns", 1e9 * w->sweep / (double)(w->nodes - w->recorded));
  json_number(j, "plan_ns", 1e9 * w->plan / nodes);
  json_number(j, "run_ns", 1e9 * w->run / (double)w->steps);
  json_number(j, "tape_bytes", (double)w->tape_bytes / nodes);
  json_number(j, "plan_bytes", (double)w->plan_bytes / nodes);
  for (int k = 0; k < OTHERS; k++) {
    if (!row->there[k]) continue;
    json_object_flat(j, others[k].name);
    json_number(j, "record_ns", 1e9 * row->other[k].record / operations);
    json_number(j, "reverse_ns", 1e9 * row->other[k].reverse / operations);
    json_object_end(j);
  }
  json_object_end(j);
}

static void row_as_text(const scalars_row *row, double operations) {
  const phases *w = &row->wengert;
  const double nodes = (double)w->nodes;
  printf("  %7zu %6.1f %5.0f %5.0f %5.1f %4.0f %4.0f", w->nodes, 1e9 * w->record / (double)w->recorded,
         1e9 * w->sweep / (double)(w->nodes - w->recorded), 1e9 * w->plan / nodes, 1e9 * w->run / (double)w->steps,
         (double)w->tape_bytes / nodes, (double)w->plan_bytes / nodes);
  for (int k = 0; k < OTHERS; k++)
    if (row->there[k])
      printf("  %5.*f %4.*f", k < 2, 1e9 * row->other[k].record / operations, k < 2,
             1e9 * row->other[k].reverse / operations);
    else
      printf("      –    –");
  printf("\n");
  fflush(stdout);
}

bool scalars_run(const settings *s, report *r) {
  (void)s;
  double record_ns = 0, run_ns = 0;
  if (r->as_json) {
    json_object(&r->json, "i");
    json_text(&r->json, "title", title);
    json_array(&r->json, "rows");
  } else {
    printf("\ni  %s\n%s", title, how_to_read);
  }
  for (int nodes = 10; nodes <= 1000000; nodes *= 10) {
    const int rounds = 1 + nodes / NODES_A_ROUND;
    scalars_row row;
    if (!scalars_measure(rounds, &row)) return false;
    const double operations = OPERATIONS_A_ROUND * (double)rounds;
    if (r->as_json)
      row_as_json(r, &row, operations);
    else
      row_as_text(&row, operations);
    record_ns = 1e9 * row.wengert.record / (double)row.wengert.recorded;
    run_ns = 1e9 * row.wengert.run / (double)row.wengert.steps;
  }
  if (r->as_json) json_array_end(&r->json);
  const char *const recording = report_verdict(r, record_ns, 100), *const running = report_verdict(r, run_ns, 10);
  if (r->as_json)
    json_object_end(&r->json);
  else
    printf("  At a million: recording a node in 100 ns: %s; running it in 10 ns: %s.\n", recording, running);
  return true;
}
