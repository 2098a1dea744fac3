/* optimizer.c: optimizers: made, taking steps, and their state. */
#include "optimizer_internal.h"

#include "../engine/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Groups ---- */

static wg_status check_group(const wg_optimizer_options *options, const wg_param_group *group, size_t number,
                             wg_error *error) {
  bool lbfgs = options->kind == WG_OPTIMIZER_LBFGS;
  if (!(group->rate_factor >= 0 && isfinite(group->rate_factor)))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "group %zu: the factor of the rate is %g, and must be 0 or more",
                        number, group->rate_factor);
  if (lbfgs && group->rate_factor != 0 && group->rate_factor != 1)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "group %zu: with lbfgs all that moves has one rate, not %g of it",
                        number, group->rate_factor);
  if (!(group->decay >= 0 && isfinite(group->decay)))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "group %zu: decay is %g, and must be 0 or more", number,
                        group->decay);
  if (!(group->l1 >= 0 && isfinite(group->l1)))
    return wg_error_set(error, WG_ERROR_ARGUMENT, "group %zu: l1 is %g, and must be 0 or more", number, group->l1);
  if (lbfgs && group->l1 != 0) return wg_error_set(error, WG_ERROR_ARGUMENT, "lbfgs has no l1");
  return WG_OK;
}

/* The factor, decay and l1 of each of the weights: the options', and then those of the groups. */
static wg_status set_groups(wg_optimizer *optimizer, size_t group_count, const wg_param_group *groups,
                            wg_error *error) {
  size_t count = optimizer->weights->count;
  for (size_t k = 0; k < count; k++) {
    optimizer->rate_factor[k] = NAN; /* in no group yet */
    optimizer->decay[k] = optimizer->options.decay;
    optimizer->l1[k] = optimizer->options.l1;
  }
  for (size_t number = 0; number < group_count; number++) {
    const wg_param_group *group = &groups[number];
    wg_status status = check_group(&optimizer->options, group, number + 1, error);
    if (status != WG_OK) return status;
    for (size_t j = 0; j < group->count; j++) {
      size_t k = group->params[j];
      if (k >= count)
        return wg_error_set(error, WG_ERROR_ARGUMENT, "group %zu: there are weights 0 to %zu, not %zu", number + 1,
                            count - 1, k);
      if (!isnan(optimizer->rate_factor[k]))
        return wg_error_set(error, WG_ERROR_ARGUMENT, "group %zu: weights %zu are in a group already", number + 1, k);
      optimizer->rate_factor[k] = group->rate_factor;
      optimizer->decay[k] = group->decay;
      optimizer->l1[k] = group->l1;
    }
  }
  for (size_t k = 0; k < count; k++)
    if (isnan(optimizer->rate_factor[k])) optimizer->rate_factor[k] = 1;
  return WG_OK;
}

/* ---- Making ---- */

static bool allocate(wg_optimizer *optimizer) {
  const wg_weights *weights = optimizer->weights;
  const wg_allocator *allocator = &optimizer->allocator;
  optimizer->rate_factor = wg_allocate(allocator, weights->count, sizeof(double));
  optimizer->decay = wg_allocate(allocator, weights->count, sizeof(double));
  optimizer->l1 = wg_allocate(allocator, weights->count, sizeof(double));
  optimizer->slot = wg_allocate_zeroed(allocator, optimizer->slots.count * weights->count, sizeof(void *));
  bool complete = optimizer->rate_factor && optimizer->decay && optimizer->l1 && optimizer->slot;
  for (size_t i = 0; complete && i < optimizer->slots.count * weights->count; i++) {
    optimizer->slot[i] =
        wg_allocate_zeroed(allocator, (size_t)weights->size[i % weights->count], wg_dtype_size(weights->dtype));
    complete = optimizer->slot[i] != NULL;
  }
  if (complete && optimizer->options.kind == WG_OPTIMIZER_LBFGS)
    complete = (optimizer->lbfgs = wg_lbfgs_new(optimizer)) != NULL;
  return complete;
}

wg_status wg_optimizer_new(const wg_optimizer_options *options, size_t group_count, const wg_param_group *groups,
                           wg_weights *weights, const wg_allocator *allocator, wg_optimizer **optimizer,
                           wg_error *error) {
  *optimizer = NULL;
  wg_status status = wg_optimizer_options_check(options, error);
  if (status != WG_OK) return status;
  if (weights->dtype != WG_F32 && weights->dtype != WG_F64)
    return wg_error_set(error, WG_ERROR_DTYPE, "the weights are %s, and must be f32 or f64",
                        wg_dtype_text(weights->dtype));
  if (!allocator) allocator = &wg_allocator_default;
  wg_optimizer *made = wg_allocate_zeroed(allocator, 1, sizeof *made);
  if (!made) return wg_error_memory(error);
  made->options = *options;
  made->allocator = *allocator;
  made->weights = weights;
  made->slots = wg_optimizer_slots(options);
  status = allocate(made) ? set_groups(made, group_count, groups, error) : wg_error_memory(error);
  if (status == WG_OK)
    *optimizer = made;
  else
    wg_optimizer_free(made);
  return status;
}

void wg_optimizer_free(wg_optimizer *optimizer) {
  if (!optimizer) return;
  wg_allocator allocator = optimizer->allocator;
  size_t slots = optimizer->slots.count * optimizer->weights->count;
  for (size_t i = 0; optimizer->slot && i < slots; i++) wg_release(&allocator, optimizer->slot[i]);
  wg_release(&allocator, optimizer->slot);
  wg_release(&allocator, optimizer->rate_factor);
  wg_release(&allocator, optimizer->decay);
  wg_release(&allocator, optimizer->l1);
  wg_lbfgs_free(optimizer->lbfgs, &allocator);
  wg_release(&allocator, optimizer);
}

const wg_optimizer_options *wg_optimizer_options_used(const wg_optimizer *optimizer) { return &optimizer->options; }
int64_t wg_optimizer_steps(const wg_optimizer *optimizer) { return optimizer->steps; }
bool wg_optimizer_evaluates(const wg_optimizer *optimizer) { return optimizer->lbfgs != NULL; }

/* ---- Steps ---- */

void wg_optimizer_use_threads(wg_optimizer *optimizer, wg_threads *threads) { optimizer->threads = threads; }

/* A large tensor is cut into pieces for the threads; elements make no difference to each other. */
enum { PIECE = 32768 };

typedef struct pieces {
  const wg_optimizer *optimizer;
  const wg_update *whole;
} pieces;

static void piece_run(void *context, int64_t number) {
  const pieces *p = context;
  const wg_dtype dtype = p->optimizer->weights->dtype;
  const int64_t first = number * PIECE;
  const size_t offset = (size_t)first * wg_dtype_size(dtype);
  wg_update piece = *p->whole;
  piece.size = piece.size - first < PIECE ? piece.size - first : PIECE;
  piece.weights = (char *)piece.weights + offset;
  piece.gradient = (const char *)piece.gradient + offset;
  for (size_t s = 0; s < p->optimizer->slots.count; s++) piece.slot[s] = (char *)piece.slot[s] + offset;
  wg_update_run(&p->optimizer->options, dtype, &piece);
}

static void update_run(const wg_optimizer *optimizer, const wg_update *update) {
  pieces p = {optimizer, update};
  if (optimizer->threads && update->size > PIECE)
    wg_threads_run(optimizer->threads, (update->size - 1) / PIECE + 1, piece_run, &p);
  else
    wg_update_run(&optimizer->options, optimizer->weights->dtype, update);
}

static void step(wg_optimizer *optimizer, const void *const *gradients, double rate) {
  const wg_weights *weights = optimizer->weights;
  bool decoupled = optimizer->options.decoupled;
  optimizer->steps++;
  for (size_t k = 0; k < weights->count; k++) {
    if (!gradients[k] || optimizer->rate_factor[k] == 0) continue;
    double own_rate = rate * optimizer->rate_factor[k];
    wg_update update = {.size = weights->size[k],
                        .weights = weights->data[k],
                        .gradient = gradients[k],
                        .step = optimizer->steps,
                        .rate = own_rate,
                        .decay = decoupled ? 0 : optimizer->decay[k],
                        .l1 = decoupled ? 0 : optimizer->l1[k],
                        .keep = decoupled ? 1 - own_rate * optimizer->decay[k] : 1,
                        .pull = decoupled ? own_rate * optimizer->l1[k] : 0};
    for (size_t s = 0; s < optimizer->slots.count; s++) update.slot[s] = optimizer->slot[s * weights->count + k];
    update_run(optimizer, &update);
  }
}

wg_status wg_optimizer_step(wg_optimizer *optimizer, const void *const *gradients, double rate) {
  if (optimizer->lbfgs) return WG_ERROR_ARGUMENT;
  step(optimizer, gradients, rate);
  return WG_OK;
}

wg_status wg_optimizer_step_by(wg_optimizer *optimizer, const wg_evaluator *evaluator, double rate, double *loss,
                               wg_error *error) {
  if (optimizer->lbfgs) return wg_lbfgs_step(optimizer, evaluator, rate, loss, error);
  double before;
  const void *const *gradients;
  wg_status status = evaluator->evaluate(evaluator->context, &before, &gradients, error);
  if (status != WG_OK) return status;
  step(optimizer, gradients, rate);
  if (loss) *loss = before;
  return WG_OK;
}

/* ---- State: the number of steps, L-BFGS's own, and the slots ---- */

static size_t own_count(const wg_optimizer *optimizer) { return 1 + (optimizer->lbfgs ? wg_lbfgs_state_count() : 0); }

size_t wg_optimizer_state_count(const wg_optimizer *optimizer) {
  return own_count(optimizer) + optimizer->slots.count * optimizer->weights->count;
}

bool wg_optimizer_state_at(wg_optimizer *optimizer, size_t i, wg_state_array *array) {
  if (i >= wg_optimizer_state_count(optimizer)) return false;
  if (i == 0) {
    *array = (wg_state_array){.name = "steps", .dtype = WG_I64, .count = 1, .data = &optimizer->steps};
    return true;
  }
  if (i < own_count(optimizer)) return wg_lbfgs_state_at(optimizer, i - 1, array);
  i -= own_count(optimizer);
  size_t slot = i / optimizer->weights->count, k = i % optimizer->weights->count;
  *array = (wg_state_array){
      .dtype = optimizer->weights->dtype, .count = (size_t)optimizer->weights->size[k], .data = optimizer->slot[i]};
  snprintf(array->name, sizeof array->name, "%s.%zu", optimizer->slots.names[slot], k);
  return true;
}

wg_status wg_optimizer_state_check(const wg_optimizer *optimizer, wg_error *error) {
  if (optimizer->steps < 0 || optimizer->steps == INT64_MAX)
    return wg_error_set(error, WG_ERROR_DATA, "the state of the optimizer has taken %lld steps",
                        (long long)optimizer->steps);
  return optimizer->lbfgs ? wg_lbfgs_state_check(optimizer, error) : WG_OK;
}
