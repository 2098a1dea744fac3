/* bench_machine.c: what the machine can do at most, measured in a fraction of a second: the lines that a step is judged by
 * (Williams, Waterman, Patterson: Roofline, CACM 52(4), 2009). */
#include "../../engine/memory.h"
#include "../../ops/kernels/kernels.h"
#include "../../ops/ops.h"
#include "bench.h"
#include <stdlib.h>
#include <string.h>

/* ---- Multiply-adds ---- */

enum { PIECES = 64, SUMS = 8 };

typedef struct peak_work {
  wg_peak_kernel *kernel;
  int64_t rounds;
  struct {
    double flops, sum[SUMS]; /* a cache line of its own */
  } piece[PIECES];
} peak_work;

static void peak_piece(void *context, int64_t piece) {
  peak_work *work = context;
  work->piece[piece].flops = work->kernel(work->rounds, work->piece[piece].sum);
}

/* Multiply-adds a second in all threads, twice counted: the best of many series of some tens of microseconds. */
static double peak_measure(wg_dtype dtype, wg_threads *threads, double limit) {
  const wg_kernels *kernels = wg_kernels_here();
  peak_work work = {.kernel = dtype == WG_F64 ? kernels->peak_f64 : kernels->peak_f32, .rounds = 1000};
  const int64_t pieces = wg_threads_count(threads) * 4 < PIECES ? wg_threads_count(threads) * 4 : PIECES;
  double best = 0, begin = clock_seconds();
  do {
    double start = clock_seconds(), flops = 0;
    wg_threads_run(threads, pieces, peak_piece, &work);
    double taken = clock_seconds() - start;
    for (int64_t i = 0; i < pieces; i++) flops += work.piece[i].flops;
    if (taken > 0 && flops / taken > best) best = flops / taken;
    if (taken < 1e-4) work.rounds *= 2;
  } while (clock_seconds() - begin < limit);
  return best;
}

/* ---- Plans of the machine's own ---- */

/* The fastest of at least three runs, and of as many as take that long; or a negative number if there were none. */
static double plan_time(wg_plan *plan, double limit) {
  double best = -1, begin = clock_seconds();
  for (int run = 0; run < 3 || clock_seconds() - begin < limit; run++) {
    double start = clock_seconds();
    if (wg_run(plan) != WG_OK) return -1;
    double taken = clock_seconds() - start;
    if (run > 0 && (best < 0 || taken < best)) best = taken;
  }
  return best;
}

/* Bytes a second: two arrays that no cache holds are added into a third. */
static double bandwidth_measure(wg_threads *threads, double limit) {
  const int64_t count = BENCH_ARRAY_BYTES / (int64_t)sizeof(float);
  wg_tape *tape = wg_tape_new();
  float *memory = wg_allocate(&wg_allocator_default, 2 * (size_t)count, sizeof *memory);
  wg_node *a = wg_input(tape, "a", WG_F32, WG_SHAPE(count)), *b = wg_input(tape, "b", WG_F32, WG_SHAPE(count));
  wg_node *c = wg_add(a, b);
  wg_plan *plan = memory ? wg_plan_new(1, &c) : NULL;
  double taken = -1;
  if (wg_plan_status(plan) == WG_OK) {
    for (int64_t i = 0; i < 2 * count; i++) memory[i] = 1;
    wg_bind(plan, a, memory);
    wg_bind(plan, b, memory + count);
    wg_plan_use_threads(plan, threads);
    taken = plan_time(plan, limit);
  }
  wg_plan_free(plan);
  wg_tape_free(tape);
  free(memory);
  return taken > 0 ? 3.0 * BENCH_ARRAY_BYTES / taken : -1;
}

/* Seconds of a step that computes one number: of many, each of the one before. */
static double step_measure(wg_dtype dtype, double limit) {
  enum { STEPS = 512 };
  const double zero[1] = {0};
  wg_tape *tape = wg_tape_new();
  wg_node *x = wg_input(tape, "x", dtype, WG_SHAPE(1)), *y = x;
  for (int i = 0; i < STEPS; i++) y = wg_neg(y);
  wg_plan *plan = wg_plan_new(1, &y);
  wg_bind(plan, x, zero);
  double taken = plan_time(plan, limit);
  wg_plan_free(plan);
  wg_tape_free(tape);
  return taken > 0 ? taken / STEPS : -1;
}

int bench_machine_measure(const terminal *t, wg_dtype dtype, wg_threads *threads, double limit,
                          bench_machine *machine) {
  double begin = clock_seconds();
  wg_machine *best = &machine->rates;
  wg_machine now = {peak_measure(dtype, threads, limit / 3), bandwidth_measure(threads, limit / 2),
                    step_measure(dtype, limit / 6)};
  machine->level = wg_kernels_here()->level;
  if (!(now.flops > 0 && now.bytes > 0 && now.step > 0))
    return failure(t, WG_ERROR_MEMORY, "no memory to measure the machine with");
  if (now.flops > best->flops) best->flops = now.flops;
  if (now.bytes > best->bytes) best->bytes = now.bytes;
  if (best->step == 0 || now.step < best->step) best->step = now.step;
  machine->seconds += clock_seconds() - begin;
  return EXIT_GOOD;
}
