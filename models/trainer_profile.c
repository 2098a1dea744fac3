/* trainer_profile.c: where the time of a training goes. */
#include "trainer_internal.h"

double wg_trainer_clock(const wg_trainer *trainer) { return trainer->seconds ? trainer->seconds() : 0; }

bool wg_trainer_batch_at(const wg_trainer *trainer, size_t i, wg_trainer_batch *batch) {
  const wg_recording *both[] = {trainer->learning.batch, trainer->learning.last};
  if (i >= sizeof both / sizeof *both || !both[i]) return false;
  *batch = (wg_trainer_batch){both[i]->plan, both[i]->net, both[i]->parts};
  return true;
}

wg_status wg_trainer_profile(wg_trainer *trainer, double (*seconds)(void), wg_error *error) {
  wg_trainer_batch batch;
  trainer->times = (wg_trainer_times){0};
  for (size_t i = 0; wg_trainer_batch_at(trainer, i, &batch); i++) {
    wg_status status = wg_plan_profile_start(batch.plan, seconds);
    if (status != WG_OK) return wg_error_set(error, status, "%s", wg_plan_error(batch.plan));
  }
  trainer->seconds = seconds;
  return WG_OK;
}

wg_trainer_times wg_trainer_times_taken(const wg_trainer *trainer) { return trainer->times; }
