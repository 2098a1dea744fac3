/* bench.h: the parts of `wengert bench`: a net's step, the machine it runs on, and the reports. */
#ifndef WG_PROGRAM_BENCH_H
#define WG_PROGRAM_BENCH_H

#include "../profile.h"
#include "data_choice.h"
#include "learn_choice.h"

typedef struct bench_settings {
  net_choice net;
  data_choice data;
  int64_t seed, threads, batch;
  int dtype, init;
  double seconds, least;
  bool as_json;
  const char *output;
} bench_settings;

/* ---- The step (bench_step.c) ---- */

/* A net's whole step in one plan: the loss, the gradients, W ← W − α·∂W. To be given to bench_step_free, also after a
 * failure. */
typedef struct bench_step {
  wg_net *net;
  wg_model *model;
  wg_plan *plan;
  wg_tape_parts parts;
  int64_t *layers;
  void *x, *y;
  double rate[1]; /* α, in the net's element type: 0, so that all runs compute the same */
  int64_t seed;   /* of dropout masks */
} bench_step;

/* Records the step for spec->samples samples, the first of `samples`, or random ones where it is NULL. */
int bench_step_new(bench_step *step, const terminal *t, const bench_settings *settings, const wg_net_spec *spec,
                   const wg_samples *samples, wg_threads *threads);
void bench_step_free(bench_step *step);

/* What the parts of a step are called: "matmul ∂W1"; "add_bias+relu A1" for steps that run together. */
enum { BENCH_LABEL_SIZE = 160 };
typedef char bench_label[BENCH_LABEL_SIZE];
void bench_label_of(const wg_plan *plan, const wg_profile_line *line, bench_label label);

/* At most so many columns of a text, with "…" where it was cut; how many it takes. */
int bench_label_cut(const char *text, int columns, bench_label cut);

/* Names the adjoints of a net, of whose tape so many nodes are its own: ∂W1 instead of v27; where a node is the adjoint of
 * several, that of one with a name. */
void bench_adjoints_name(const wg_net *net, size_t forward);

/* ---- The machine (bench_machine.c) ---- */

typedef struct bench_machine {
  wg_machine rates;
  const char *level; /* the kernels that it runs: "avx512" */
  double seconds;    /* that measuring took */
} bench_machine;

enum { BENCH_ARRAY_BYTES = 64 << 20 };

/* Measures, with these threads, for numbers of that type; the best of this and of what is there already: on a machine with
 * other work, one look at it may be too few. Takes about `limit` seconds, and the time to take memory. */
int bench_machine_measure(const terminal *t, wg_dtype dtype, wg_threads *threads, double limit, bench_machine *machine);

/* ---- The measurement and its reports ---- */

typedef struct bench {
  const terminal *terminal;
  const bench_settings *settings;
  const char *data; /* for people */
  bench_machine machine;
  bench_step step;
  int threads;
  wg_profile profile;
  bench_label *labels;  /* of its lines */
  uint64_t runs;        /* without a clock in them */
  double fastest, mean; /* seconds of these */
  double total;         /* of the fastest times of all lines, which shares are of */
  double loss;
} bench;

/* Several lines together. */
typedef struct bench_sum {
  wg_cost cost;
  double seconds; /* of their fastest times */
  size_t lines, steps;
} bench_sum;
void bench_sum_add(bench_sum *sum, const wg_profile_line *line);

/* The lines of a phase (or all phases: WG_PHASE_COUNT) and layer (or all: −1). */
bench_sum bench_sum_of(const bench *b, wg_phase phase, int64_t layer);

/* "layer 2"; "loss" for what belongs to none. */
char *bench_layer_text(wg_phase phase, int64_t layer, char text[32]);

/* The largest layer; 0 where the net has none. */
int64_t bench_layers(const bench *b);

/* What kind of work a line is: its operation, or "pass" where several run together. */
const char *bench_kind(const wg_profile_line *line);

int bench_print(const bench *b);
void bench_json(const bench *b);

#endif
