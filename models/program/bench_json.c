/* bench_json.c: a measured step as JSON. */
#include "bench.h"
#include <math.h>

static double part(double a, double b) { return b > 0 ? a / b : 0; }

/* What was computed and moved, and how fast that was beside the machine. */
static void rates_json(json *j, const bench *b, const wg_cost *cost, double seconds) {
  const wg_machine *machine = &b->machine.rates;
  double flops = wg_cost_flops(cost);
  json_number(j, "seconds", seconds);
  json_number(j, "share", part(seconds, b->total));
  json_count(j, "multiply_adds", cost->multiply_adds);
  json_count(j, "operations", cost->operations);
  json_number(j, "flops", flops);
  json_number(j, "flops_per_second", part(flops, seconds));
  json_number(j, "peak_share", part(flops, seconds * machine->flops));
  json_count(j, "bytes", cost->bytes);
  json_number(j, "bytes_per_second", part((double)cost->bytes, seconds));
  json_number(j, "bandwidth_share", part((double)cost->bytes, seconds * machine->bytes));
}

static void steps_json(json *j, const bench *b, const wg_profile_line *line) {
  wg_plan_step step;
  char symbol[128];
  json_array(j, "steps");
  for (size_t i = line->begin; i < line->end && wg_plan_step_at(b->step.plan, i, &step); i++) {
    wg_shape shape = wg_node_shape(step.node);
    wg_symbol(step.node, WG_UNICODE, symbol, sizeof symbol);
    json_object_flat(j, NULL);
    json_text(j, "op", step.copy ? "copy" : wg_node_op(step.node));
    json_text(j, "node", symbol);
    json_count(j, "id", wg_node_id(step.node));
    json_array_flat(j, "shape");
    for (int axis = 0; axis < shape.rank; axis++) json_integer(j, NULL, shape.size[axis]);
    json_array_end(j);
    if (step.updates) json_text(j, "updates", wg_node_name(step.updates));
    json_object_end(j);
  }
  json_array_end(j);
}

static void line_json(json *j, const bench *b, size_t i) {
  const wg_profile_line *line = &b->profile.lines[i];
  double share;
  wg_bound bound = wg_bound_of(&b->machine.rates, &line->cost, line->end - line->begin, line->time.fastest, &share);
  json_object(j, NULL);
  json_text(j, "label", b->labels[i]);
  json_text(j, "kind", bench_kind(line));
  json_text(j, "phase", wg_phase_text(line->phase));
  json_integer(j, "layer", line->layer);
  json_count(j, "runs", line->time.runs);
  json_number(j, "mean_seconds", part(line->time.seconds, (double)line->time.runs));
  rates_json(j, b, &line->cost, line->time.fastest);
  json_text(j, "bound", wg_bound_text(bound));
  json_number(j, "bound_share", share);
  steps_json(j, b, line);
  json_object_end(j);
}

static void machine_json(json *j, const bench *b) {
  const bench_machine *machine = &b->machine;
  json_object(j, "machine");
  json_text(j, "level", machine->level);
  json_integer(j, "threads", b->threads);
  json_number(j, "flops_per_second", machine->rates.flops);
  json_text(j, "flops_by", "multiply-adds in registers, two operations each");
  json_number(j, "bytes_per_second", machine->rates.bytes);
  json_text(j, "bytes_by", "adding two arrays of 64 MiB into a third");
  json_number(j, "step_seconds", machine->rates.step);
  json_text(j, "step_by", "the negative of one number");
  json_number(j, "seconds_to_measure", machine->seconds);
  json_object_end(j);
}

static void phases_json(json *j, const bench *b) {
  int64_t layers = bench_layers(b);
  char name[32];
  json_array(j, "phases");
  for (int phase = 0; phase < WG_PHASE_COUNT; phase++) {
    bench_sum sum = bench_sum_of(b, (wg_phase)phase, -1);
    json_object(j, NULL);
    json_text(j, "phase", wg_phase_text((wg_phase)phase));
    rates_json(j, b, &sum.cost, sum.seconds);
    json_array(j, "layers");
    for (int64_t layer = 0; layer <= layers; layer++) {
      sum = bench_sum_of(b, (wg_phase)phase, layer);
      if (!sum.lines) continue;
      json_object_flat(j, NULL);
      json_text(j, "name", bench_layer_text((wg_phase)phase, layer, name));
      json_integer(j, "layer", layer);
      rates_json(j, b, &sum.cost, sum.seconds);
      json_object_end(j);
    }
    json_array_end(j);
    json_object_end(j);
  }
  json_array_end(j);
}

void bench_json(const bench *b) {
  const wg_net *net = b->step.net;
  json writer = json_new(b->terminal->out), *j = &writer;
  json_object(j, NULL);
  net_json(j, &net->spec, wg_net_param_elements(net));
  json_text(j, "data", b->data);
  json_text(j, "optimizer", "sgd");
  json_number(j, "loss", b->loss);
  machine_json(j, b);
  json_object_flat(j, "step");
  json_count(j, "runs", b->runs);
  json_number(j, "seconds", b->fastest);
  json_number(j, "mean_seconds", b->mean);
  json_number(j, "samples_per_second", part((double)net->spec.samples, b->fastest));
  json_number(j, "seconds_one_by_one", b->total);
  json_object_end(j);
  json_object_flat(j, "plan");
  json_count(j, "steps", wg_plan_step_count(b->step.plan));
  json_count(j, "lines", b->profile.count);
  json_count(j, "bytes", wg_plan_bytes(b->step.plan));
  json_object_end(j);
  phases_json(j, b);
  json_array(j, "lines");
  for (size_t i = 0; i < b->profile.count; i++) line_json(j, b, i);
  json_array_end(j);
  json_object_end(j);
}
