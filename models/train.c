/* train.c: a whole training in one call. */
#include "trainer.h"

wg_status wg_train_samples(wg_model *model, const wg_samples *training, const wg_samples *held,
                           const wg_train_options *options, wg_epoch *last, wg_error *error) {
  wg_trainer *trainer;
  wg_status status = wg_trainer_new(model, training, held, options, &trainer, error);
  wg_trainer_event event = WG_TRAINER_STEPPED;
  bool go_on = true;
  while (status == WG_OK && go_on && event != WG_TRAINER_ENDED) {
    status = wg_trainer_next(trainer, &event, error);
    if (status != WG_OK || event != WG_TRAINER_JUDGED) continue;
    if (last) *last = *wg_trainer_epoch(trainer);
    go_on = !options->progress || options->progress(options->context, wg_trainer_epoch(trainer));
  }
  wg_trainer_free(trainer);
  return status;
}

wg_status wg_train(wg_model *model, const wg_table *table, const wg_train_options *options, wg_epoch *last,
                   wg_error *error) {
  const wg_samples samples = wg_table_samples(table);
  return wg_train_samples(model, &samples, NULL, options, last, error);
}
