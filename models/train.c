#include "recording.h"

#include "../engine/memory.h"

#include <math.h>

wg_train_options wg_train_options_default(void) { return (wg_train_options){.rate = 1, .epochs = 1000, .seed = 1}; }

/* A training in progress. */
typedef struct training {
  wg_model *model;
  const wg_table *table;
  const wg_train_options *options;
  wg_error *error;
  wg_walk learning, evaluating;
  wg_evaluation evaluation;
  size_t *order; /* of the samples in this epoch; NULL for a full batch, in the table's order */
  wg_random random;
} training;

static wg_status fail_loss(training *job, int64_t epoch, double loss) {
  return wg_error_set(job->error, WG_ERROR_DATA, "epoch %lld: the loss is %g; try a learning rate smaller than %g",
                      (long long)epoch, loss, job->options->rate);
}

/* W ← W − α·∂W, for every parameter. */
static void descend(const wg_recording *recording, const wg_weights *weights, double rate) {
  for (size_t k = 0; k < weights->count; k++) {
    const void *gradient = wg_data(recording->plan, recording->grad[k]);
    for (int64_t i = 0; i < weights->size[k]; i++)
      if (weights->dtype == WG_F32)
        ((float *)weights->data[k])[i] -= (float)rate * ((const float *)gradient)[i];
      else
        ((double *)weights->data[k])[i] -= rate * ((const double *)gradient)[i];
  }
}

/* One pass over the samples. */
static wg_status run_epoch(training *job, int64_t epoch) {
  const wg_walk *walk = &job->learning;
  if (job->order) wg_random_shuffle(&job->random, (size_t)walk->rows, job->order);
  for (int64_t first = 0; first < walk->rows; first += walk->size) {
    wg_recording *recording = wg_walk_at(walk, first);
    if (job->order) wg_recording_fill(recording, job->table, first, job->order);
    wg_status status = wg_recording_run(recording, job->error);
    if (status != WG_OK) return status;
    double loss = wg_recording_loss(recording);
    if (!isfinite(loss)) return fail_loss(job, epoch, loss);
    descend(recording, job->model->weights, job->options->rate);
  }
  return WG_OK;
}

/* Evaluates and reports; *go_on is false if the callback wants to stop. */
static wg_status report(training *job, int64_t epoch, wg_epoch *last, bool *go_on) {
  wg_status status = wg_walk_evaluate(&job->evaluating, job->table, &job->evaluation, job->error);
  if (status != WG_OK) return status;
  wg_epoch now = {epoch, job->options->epochs, job->evaluation.loss, job->evaluation.accuracy};
  if (!isfinite(now.loss)) return fail_loss(job, epoch, now.loss);
  if (last) *last = now;
  *go_on = !job->options->progress || job->options->progress(job->options->context, &now);
  return WG_OK;
}

static wg_status run_epochs(training *job, wg_epoch *last) {
  const wg_train_options *options = job->options;
  int64_t every = options->report_every > 0 ? options->report_every : 1;
  bool go_on = true;
  wg_status status = report(job, 0, last, &go_on);
  for (int64_t epoch = 1; status == WG_OK && go_on && epoch <= options->epochs; epoch++) {
    status = run_epoch(job, epoch);
    if (status == WG_OK && (epoch % every == 0 || epoch == options->epochs)) status = report(job, epoch, last, &go_on);
  }
  return status;
}

static wg_status check_options(const wg_train_options *options, wg_error *error) {
  if (!(isfinite(options->rate) && options->rate > 0))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the learning rate must be positive, not %g", options->rate);
  if (options->epochs < 0)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the number of epochs is %lld", (long long)options->epochs);
  if (options->batch < 0)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "the batch size is %lld", (long long)options->batch);
  return WG_OK;
}

static wg_status prepare(training *job) {
  int64_t rows = job->table->rows;
  if (rows == 0) return wg_error_set(job->error, WG_ERROR_DATA, "there are no samples to learn from");
  wg_status status = wg_evaluation_start(&job->evaluation, job->model, job->table, job->error);
  if (status == WG_OK)
    status = wg_walk_start(&job->learning, job->model, rows, job->options->batch, WG_TO_LEARN, job->error);
  if (status == WG_OK)
    status = wg_walk_start(&job->evaluating, job->model, rows, wg_evaluation_size, WG_TO_EVALUATE, job->error);
  if (status != WG_OK) return status;

  if (job->learning.size == rows) { /* the same samples for every step: laid out once */
    wg_recording_fill(job->learning.batch, job->table, 0, NULL);
    return WG_OK;
  }
  job->random = wg_random_new(job->options->seed, WG_STREAM_BATCHES);
  job->order = wg_allocate(&job->model->allocator, (size_t)rows, sizeof *job->order);
  for (int64_t i = 0; job->order && i < rows; i++) job->order[i] = (size_t)i;
  return job->order ? WG_OK : wg_error_memory(job->error);
}

wg_status wg_train(wg_model *model, const wg_table *table, const wg_train_options *options, wg_epoch *last,
                   wg_error *error) {
  training job = {.model = model, .table = table, .options = options, .error = error};
  wg_status status = check_options(options, error);
  if (status == WG_OK) status = prepare(&job);
  if (status == WG_OK) status = run_epochs(&job, last);
  wg_walk_end(&job.learning);
  wg_walk_end(&job.evaluating);
  wg_evaluation_clear(&job.evaluation);
  if (job.order) wg_release(&model->allocator, job.order);
  return status;
}
