#include "forced.h"

#include "../engine/plan_internal.h"
#include "../ops/kernels/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Levels ---- */

#if defined __x86_64__ && defined __GNUC__
/* What __builtin_cpu_supports looks at, a part of libgcc (libgcc/config/i386/cpuinfo.h) that is linked into the program once;
 * the numbers of its bits never change. */
extern struct processor_model { unsigned vendor, type, subtype, features[1]; } processor_model __asm__("__cpu_model");

enum { AVX = 9, AVX2 = 10, FMA = 14, AVX512F = 15, AVX512VL = 20, AVX512BW = 21, AVX512DQ = 22 };

static void take_away(const char *level) {
  static unsigned as_it_is;
  const unsigned avx512 = 1U << AVX512F | 1U << AVX512VL | 1U << AVX512BW | 1U << AVX512DQ;
  const unsigned avx2 = 1U << AVX | 1U << AVX2 | 1U << FMA;
  if (!as_it_is) as_it_is = processor_model.features[0];
  processor_model.features[0] = as_it_is;
  if (level && strcmp(level, "avx512")) processor_model.features[0] &= ~avx512;
  if (level && !strcmp(level, "baseline")) processor_model.features[0] &= ~avx2;
}
#else
static void take_away(const char *level) { (void)level; }
#endif

bool force_level(const char *level) {
  take_away(level);
  if (!level || !strcmp(wg_kernels_here()->level, level)) return true;
  take_away(NULL);
  return false;
}

/* ---- Threads ---- */

static wg_threads *pool;

/* The linker puts these in the place of the library's functions, for calls from the library too (--wrap). */
wg_plan *__real_wg_plan_make(const wg_goal *goal, const wg_sequence *sequence, const wg_plan_tuning *tuning);
wg_plan *__wrap_wg_plan_make(const wg_goal *goal, const wg_sequence *sequence, const wg_plan_tuning *tuning);
wg_plan *__wrap_wg_plan_new(size_t count, wg_node *const *outputs);
wg_plan *__wrap_wg_plan_new_updating(size_t count, wg_node *const *outputs, size_t update_count,
                                     const wg_leaf_update *updates);

wg_plan *__wrap_wg_plan_make(const wg_goal *goal, const wg_sequence *sequence, const wg_plan_tuning *tuning) {
  wg_plan_tuning cut = *tuning;
  if (pool && cut.piece > FORCED_PIECE) cut.piece = FORCED_PIECE;
  wg_plan *plan = __real_wg_plan_make(goal, sequence, &cut);
  if (pool) wg_plan_use_threads(plan, pool);
  return plan;
}

wg_plan *__wrap_wg_plan_new(size_t count, wg_node *const *outputs) {
  return __wrap_wg_plan_make(&(wg_goal){.count = count, .outputs = outputs}, NULL, &wg_plan_tuned);
}

wg_plan *__wrap_wg_plan_new_updating(size_t count, wg_node *const *outputs, size_t update_count,
                                     const wg_leaf_update *updates) {
  return __wrap_wg_plan_make(&(wg_goal){count, outputs, update_count, updates}, NULL, &wg_plan_tuned);
}

/* ---- Before and after main ---- */

enum { SKIPPED = 77 };

__attribute__((constructor)) static void force(void) {
  const char *level = getenv("WENGERT_TEST_LEVEL"), *threads = getenv("WENGERT_TEST_THREADS");
  if (level && *level && !force_level(level)) {
    printf("skipped: no %s here\n", level);
    exit(SKIPPED);
  }
  if (threads && atoi(threads) > 0) pool = wg_threads_new(atoi(threads));
}

__attribute__((destructor)) static void end(void) { wg_threads_free(pool); }
