/* costs.c: what a gradient costs beside its value, what a plan holds, and what a sample adds. */
#include "../../plan_sound.h"
#include "engine_net.h"
#include "workloads.h"
#include <stdlib.h>

/* ---- Nets ---- */

enum { WIDTHS_MAX = 51 };

typedef struct job {
  const char *name;
  int64_t samples;
  size_t count;
  int64_t widths[WIDTHS_MAX];
  bool sigmoid;
} job;

static const job job_c = {"c", 128, 4, {784, 256, 128, 10}, false};
static const job job_d = {"d", 512, 5, {1024, 1024, 1024, 1024, 10}, false};

static wg_net_spec spec_of(const job *j) {
  wg_net_spec spec = wg_net_spec_of(WG_NET_LAYERS);
  spec.width_count = j->count;
  spec.widths = j->widths;
  spec.samples = j->samples;
  spec.dtype = WG_F32;
  spec.class_indices = true;
  spec.activation = j->sigmoid ? WG_ACTIVATION_SIGMOID : WG_ACTIVATION_RELU;
  return spec;
}

/* A net on its first weights, without updates. */
typedef struct bound_net {
  samples data;
  engine_net engine;
  wg_plan *forward, *gradient;
} bound_net;

static wg_plan *bound_plan(bound_net *b, size_t count, wg_node *const *outputs) {
  wg_plan *plan = wg_plan_new(count, outputs);
  wg_bind(plan, b->engine.net->X, b->data.x);
  wg_bind(plan, b->engine.net->Y, b->data.labels);
  wg_weights_bind(b->engine.weights, b->engine.net, plan);
  return plan;
}

static bool bound_net_start(bound_net *b, const job *j) {
  const wg_net_spec spec = spec_of(j);
  *b = (bound_net){.data = samples_new((int)j->samples, (int)j->widths[0], (int)j->widths[j->count - 1])};
  if (!engine_net_start(&b->engine, &spec, j->sigmoid ? WG_INIT_XAVIER : WG_INIT_HE, 0.01f, b->data.x, b->data.labels))
    return false;
  const wg_net *net = b->engine.net;
  wg_node *outputs[1 + ENGINE_PARAMS_MAX] = {net->J};
  memcpy(outputs + 1, b->engine.gradients, net->param_count * sizeof *outputs);
  b->forward = bound_plan(b, 1, outputs);
  b->gradient = bound_plan(b, 1 + net->param_count, outputs);
  return wg_run(b->forward) == WG_OK && wg_run(b->gradient) == WG_OK;
}

static void bound_net_end(bound_net *b) {
  wg_plan_free(b->forward);
  wg_plan_free(b->gradient);
  engine_net_end(&b->engine);
  samples_free(&b->data);
}

static void plan_run(void *plan) { wg_run(plan); }

/* ---- Forward and reverse over forward ---- */

/* Multiply-adds of the products: each layer forward, twice that in reverse, but nobody wants the first layer's ∂X. */
static double work_ratio(const job *j) {
  double forward = 0, reverse = 0;
  for (size_t l = 0; l + 1 < j->count; l++) {
    const double layer = (double)j->samples * (double)j->widths[l] * (double)j->widths[l + 1];
    forward += layer;
    reverse += l ? 2 * layer : layer;
  }
  return (forward + reverse) / forward;
}

static bool gradient_cost(const settings *s, report *r, const job *j, const char *key, double goal) {
  bound_net b;
  bool good = bound_net_start(&b, j);
  if (good) {
    char title[128];
    snprintf(title, sizeof title, "net %s: with its gradient beside without (multiply-adds: %.2f)", j->name,
             work_ratio(j));
    const side value = {.name = "the value alone", .context = b.forward, .step = plan_run, .goal = goal};
    const settings one = {.seconds = s->seconds, .thread_counts = 1, .threads = {1}};
    const contest c = {key, title, {.context = b.gradient, .step = plan_run}, {value}, 1, 0};
    contest_run(&c, &one, r);
  }
  bound_net_end(&b);
  return good;
}

bool gradient_run(const settings *s, report *r) {
  return gradient_cost(s, r, &job_c, "gradient-c", 2.3) && gradient_cost(s, r, &job_d, "gradient-d", 2.8);
}

/* ---- Memory ---- */

static void memory_row(report *r, const char *name, const char *what, const wg_plan *plan) {
  const double bytes = (double)wg_plan_bytes(plan), alive = (double)plan_bytes_alive(plan);
  const char *verdict = report_verdict(r, bytes / alive, 1.05);
  if (r->as_json) {
    json_object_flat(&r->json, NULL);
    json_text(&r->json, "net", name);
    json_text(&r->json, "plan", what);
    json_number(&r->json, "bytes", bytes);
    json_number(&r->json, "alive", alive);
    json_number(&r->json, "ratio", bytes / alive);
    json_object_end(&r->json);
  } else {
    printf("  %-4s %-28s %12.0f %12.0f %7.3f   1.05 %s\n", name, what, bytes, alive, bytes / alive, verdict);
  }
}

bool memory_run(const settings *s, report *r) {
  (void)s;
  job jobs[] = {{"a", 300, 3, {2, 4, 3}, false}, job_c, job_d, {"e", 64, WIDTHS_MAX, {0}, true}};
  for (int l = 0; l < WIDTHS_MAX; l++) jobs[3].widths[l] = 32;
  if (r->as_json) {
    json_object(&r->json, "memory");
    json_text(&r->json, "title", "bytes of plans");
    json_array(&r->json, "rows");
  } else {
    printf("\nmemory  bytes of plans, and the largest sum of values that are needed at once\n"
           "  net  plan                                bytes         sum   ratio   goal\n");
  }
  bool good = true;
  for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
    bound_net b;
    good = bound_net_start(&b, &jobs[i]) && good;
    memory_row(r, jobs[i].name, "loss", b.forward);
    memory_row(r, jobs[i].name, "loss and gradients", b.gradient);
    memory_row(r, jobs[i].name, "loss, gradients and updates", b.engine.plan);
    bound_net_end(&b);
  }
  report_workload_end(r);
  return good;
}

/* ---- Batches ---- */

bool batch_run(const settings *s, report *r) {
  enum { SIZES = 6 };
  static const int64_t sizes[SIZES] = {32, 64, 128, 256, 512, 1024};
  bound_net nets[SIZES];
  entrant entrants[SIZES];
  bool good = true;
  for (int i = 0; i < SIZES; i++) {
    job j = job_c;
    j.samples = sizes[i];
    good = bound_net_start(&nets[i], &j) && good;
    entrants[i] = (entrant){nets[i].gradient, plan_run, NULL, NULL};
  }
  timings times;
  measure(SIZES, entrants, s->seconds, &times);
  if (r->as_json) {
    json_object(&r->json, "batch");
    json_text(&r->json, "title", "what a sample costs, by the size of the batch");
    json_array(&r->json, "rows");
  } else {
    printf("\nbatch  net c, value and gradient: what a sample costs, by the size of the batch\n"
           "  samples   µs a sample   bytes of the plan   bytes a sample\n");
  }
  for (int i = 0; i < SIZES; i++) {
    const double count = (double)sizes[i], bytes = (double)wg_plan_bytes(nets[i].gradient);
    const double taken = median(times.rounds, times.seconds[i]) / count;
    if (r->as_json) {
      json_object_flat(&r->json, NULL);
      json_number(&r->json, "samples", count);
      json_number(&r->json, "seconds_a_sample", taken);
      json_number(&r->json, "bytes", bytes);
      json_object_end(&r->json);
    } else {
      printf("  %7.0f %13.2f %19.0f %16.0f\n", count, 1e6 * taken, bytes, bytes / count);
    }
    bound_net_end(&nets[i]);
  }
  report_workload_end(r);
  return good;
}
