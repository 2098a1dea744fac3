/* Every allocation of optimizers and of what stands around them fails in turn, once and for good: always a status, never a
 * crash, and no leak. */
#include "../support.h"

#include "../../models/average.h"
#include "../../models/early_stopping.h"
#include "../../models/gradients.h"
#include "../../models/optimizer.h"

#include <stdio.h>

static double first[3] = {1, 2, 3}, third[2] = {4, 5};
static int64_t sizes[] = {3, 0, 2};
static double nothing[1];
static void *data[] = {first, nothing, third};
static wg_weights weights = {.dtype = WG_F64, .count = 3, .size = sizes, .data = data};

static wg_status make_optimizer(const wg_allocator *allocator, void *context, double *number) {
  wg_optimizer_options options;
  wg_optimizer *optimizer;
  wg_error error = {0};
  const size_t member = 2;
  const wg_param_group group = {.count = 1, .params = &member, .rate_factor = 1};
  assert_true(wg_optimizer_find(context, &options));
  wg_status status = wg_optimizer_new(&options, 1, &group, &weights, allocator, &optimizer, &error);
  assert_true((status == WG_OK) == (optimizer != NULL));
  assert_true(error.status == status && (status == WG_OK || *error.message));
  if (status == WG_OK) *number = (double)wg_optimizer_state_count(optimizer);
  wg_optimizer_free(optimizer);
  return status;
}

static wg_status refuse_optimizer(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_optimizer_options options = wg_optimizer_options_of(WG_OPTIMIZER_ADAM);
  wg_optimizer *optimizer;
  const size_t member = 7;
  const wg_param_group group = {.count = 1, .params = &member, .rate_factor = 1};
  wg_status status = wg_optimizer_new(&options, 1, &group, &weights, allocator, &optimizer, NULL);
  assert_null(optimizer);
  *number = 1;
  return status == WG_ERROR_ARGUMENT ? WG_OK : status;
}

static wg_status make_gradients(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_gradients *gradients = wg_gradients_new(&weights, allocator);
  if (!gradients) return WG_ERROR_MEMORY;
  wg_gradients_add(gradients, (const void *const *)data, 1);
  *number = wg_gradients_norm(gradients);
  wg_gradients_free(gradients);
  return WG_OK;
}

static wg_status make_average(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_average *average;
  wg_status status = wg_average_new(WG_AVERAGE_EMA, 0.9, &weights, allocator, &average, NULL);
  assert_true((status == WG_OK) == (average != NULL));
  if (status == WG_OK) *number = (double)wg_average_state_count(average);
  wg_average_free(average);
  return status;
}

static wg_status make_stopping(const wg_allocator *allocator, void *context, double *number) {
  (void)context;
  wg_early_stopping *stopping;
  const wg_early_stopping_options options = {.patience = 1};
  wg_status status = wg_early_stopping_new(&options, &weights, allocator, &stopping, NULL);
  assert_true((status == WG_OK) == (stopping != NULL));
  if (status == WG_OK) *number = (double)wg_early_stopping_state_count(stopping);
  wg_early_stopping_free(stopping);
  return status;
}

static void try(const char *what, attempt *run, void *context) {
  printf("%s: %zu allocations failed in turn\n", what, assert_survives_failed_allocations(what, run, context));
}

static void optimizers_survive_every_failed_allocation(void **state) {
  (void)state;
  for (size_t i = 0; wg_optimizer_name_at(i); i++)
    try(wg_optimizer_name_at(i), make_optimizer, (void *)wg_optimizer_name_at(i));
  try("a refused group", refuse_optimizer, NULL);
}

static void what_stands_around_them_survives_every_failed_allocation(void **state) {
  (void)state;
  try("gradients", make_gradients, NULL);
  try("average", make_average, NULL);
  try("early stopping", make_stopping, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(optimizers_survive_every_failed_allocation),
      cmocka_unit_test(what_stands_around_them_survives_every_failed_allocation),
  };
  return RUN_TESTS(tests);
}
