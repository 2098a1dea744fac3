/* text_write.c: text from a language model, one character after another: the model sees the last T characters, and the
 * next is drawn from what it says of them. */
#include "text_data.h"

#include "../engine/memory.h"

#include <math.h>
#include <string.h>

/* A model that writes. */
typedef struct writer {
  wg_net *net;
  wg_plan *plan;
  int64_t *window; /* the last characters, T of them; those after the first `filled` are not seen by the predictions */
  double *weight;  /* of each character, to draw by */
  int64_t filled;
  wg_random random;
} writer;

static wg_status writer_start(writer *w, const wg_model *model, wg_error *error) {
  wg_net_spec spec = model->spec;
  spec.samples = 1;
  spec.learning = false;
  spec.allocator = &model->allocator;
  w->net = wg_net_new(&spec);
  wg_status status = wg_net_status(w->net);
  if (status != WG_OK) return wg_error_set(error, status, "%s", wg_net_error(w->net));
  w->window = wg_allocate_zeroed(&model->allocator, (size_t)spec.steps, sizeof *w->window);
  w->weight = wg_allocate(&model->allocator, (size_t)wg_net_classes(w->net), sizeof *w->weight);
  w->plan = wg_plan_new(1, &w->net->logits);
  if (!w->window || !w->weight) return wg_error_memory(error);
  status = wg_plan_status(w->plan);
  if (status == WG_OK) status = wg_bind(w->plan, w->net->X, w->window);
  if (status == WG_OK) status = wg_weights_bind(model->weights, w->net, w->plan);
  return status == WG_OK ? WG_OK
                         : wg_error_set(error, status, "%s", w->plan ? wg_plan_error(w->plan) : "out of memory");
}

static void writer_end(writer *w, const wg_model *model) {
  wg_plan_free(w->plan);
  wg_net_free(w->net);
  wg_release(&model->allocator, w->window);
  wg_release(&model->allocator, w->weight);
}

static void see(writer *w, uint32_t character) {
  int64_t T = w->net->spec.steps;
  if (w->filled == T) {
    memmove(w->window, w->window + 1, (size_t)(T - 1) * sizeof *w->window);
    w->filled--;
  }
  w->window[w->filled++] = character;
}

/* The next character, by the logits after the last; −1 where one of these is not a number. */
static int64_t draw(writer *w, double temperature) {
  int64_t classes = wg_net_classes(w->net), first = (w->filled - 1) * classes, likeliest = 0;
  const void *logits = wg_data(w->plan, w->net->logits);
  for (int64_t k = 0; k < classes; k++) {
    w->weight[k] =
        w->net->spec.dtype == WG_F32 ? (double)((const float *)logits)[first + k] : ((const double *)logits)[first + k];
    if (!isfinite(w->weight[k])) return -1;
    if (w->weight[k] > w->weight[likeliest]) likeliest = k;
  }
  if (temperature == 0) return likeliest;
  double largest = w->weight[likeliest], total = 0;
  for (int64_t k = 0; k < classes; k++) total += w->weight[k] = exp((w->weight[k] - largest) / temperature);
  double rest = wg_random_uniform(&w->random) * total;
  for (int64_t k = 0; k < classes; k++) {
    rest -= w->weight[k];
    if (rest < 0) return k;
  }
  return likeliest; /* by rounding alone */
}

static wg_status check(const wg_model *model, int64_t given_count, const uint32_t *given, const wg_writing *writing,
                       wg_error *error) {
  const wg_net net = {.spec = model->spec};
  if (!wg_net_is_sequence(model->spec.kind))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "net %s is no language model", wg_net_label(model->spec.kind));
  if (!(writing->temperature >= 0 && isfinite(writing->temperature)) || writing->count < 0)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%lld characters at a temperature of %g", (long long)writing->count,
                        writing->temperature);
  if (given_count < 1) return wg_error_set(error, WG_ERROR_ARGUMENT, "there is no character to go on from");
  for (int64_t i = 0; i < given_count; i++)
    if (given[i] >= wg_net_classes(&net))
      return wg_error_set(error, WG_ERROR_ARGUMENT, "character %lld is number %lu of a vocabulary of %lld",
                          (long long)i + 1, (unsigned long)given[i], (long long)wg_net_classes(&net));
  return WG_OK;
}

wg_status wg_write_text(const wg_model *model, int64_t given_count, const uint32_t *given, const wg_writing *writing,
                        uint32_t *written, int64_t *done, wg_error *error) {
  *done = 0;
  wg_status status = check(model, given_count, given, writing, error);
  if (status != WG_OK) return status;
  writer w = {.random = wg_random_new(writing->seed, WG_STREAM_DATA)};
  status = writer_start(&w, model, error);
  for (int64_t i = 0; status == WG_OK && i < given_count; i++) see(&w, given[i]);
  for (bool go_on = true; status == WG_OK && go_on && *done < writing->count;) {
    status = wg_run(w.plan);
    if (status != WG_OK) {
      wg_error_set(error, status, "%s", wg_plan_error(w.plan));
      break;
    }
    int64_t next = draw(&w, writing->temperature);
    if (next < 0) {
      status = wg_error_set(error, WG_ERROR_DATA, "the model says nothing: its logits are not numbers");
      break;
    }
    written[(*done)++] = (uint32_t)next;
    see(&w, (uint32_t)next);
    go_on = !writing->progress || writing->progress(writing->context, (uint32_t)next);
  }
  writer_end(&w, model);
  return status;
}
