/* optimizer_update.c: the loops of the optimizers, for f32 and f64. */
#include "optimizer_internal.h"

#include "../ops/loop.h"

#include <math.h>

#define REAL float
#define ROOT sqrtf
#define NAME(name) name##_f32
#include "optimizer_update.h"
WG_LEVELS(run_f32, (const wg_optimizer_options *options, const wg_update *update), update_f32(options, update))
#undef REAL
#undef ROOT
#undef NAME

#define REAL double
#define ROOT sqrt
#define NAME(name) name##_f64
#include "optimizer_update.h"
WG_LEVELS(run_f64, (const wg_optimizer_options *options, const wg_update *update), update_f64(options, update))

void wg_update_run(const wg_optimizer_options *options, wg_dtype dtype, const wg_update *update) {
  if (dtype == WG_F32)
    WG_AT_LEVEL(run_f32, update->size, (options, update));
  else
    WG_AT_LEVEL(run_f64, update->size, (options, update));
}
