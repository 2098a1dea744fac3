/* Every allocation of a page of the explorer, and of the training that it records, fails in turn, once and for good: always
 * a status, never a crash, and no leak. */
#include "../support.h"
#include "../../models/models.h"

#include <stdio.h>
#include <unistd.h>

static double file_size(const char *path) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(fseek(file, 0, SEEK_END), 0);
  double size = (double)ftell(file);
  fclose(file);
  return size;
}

/* J = mean of a ⊙ a, a = σ(x·w): two contributions to one adjoint, and a mean that the derivation hoists. */
static wg_status write_page(const wg_allocator *allocator, void *context, double *number) {
  wg_tape *t = wg_tape_new(); /* the caller's own, which does not fail */
  wg_node *x = wg_input(t, "x", WG_F64, WG_SHAPE(2, 2)), *w = wg_param(t, "w", WG_F64, WG_SHAPE(2, 1));
  wg_node *a = wg_name(wg_sigmoid(wg_matmul(x, w)), "a");
  const int64_t axes[] = {0, 1};
  wg_node *J = wg_name(wg_mean(wg_mul(a, a), 2, axes, false), "J");
  const double values[] = {1, 2, 3, 4}, weights[] = {0.5, -0.5};
  const wg_binding bindings[] = {{x, values}, {w, weights}};
  const wg_explore_options options = {.allocator = allocator};
  wg_error error;
  wg_status status = wg_explore_write(context, J, 1, &w, 2, bindings, &options, &error);
  if (status != WG_OK) {
    assert_int_equal(error.status, status);
    assert_true(*error.message);
  }
  *number = file_size(context);
  assert_tape_good(t);
  wg_tape_free(t);
  return status;
}

static wg_status record_training(const wg_allocator *allocator, void *context, double *number) {
  wg_table *table = context;
  wg_net_spec spec = wg_net_spec_of(WG_NET_SOFTMAX);
  const int64_t widths[] = {2, 3};
  spec.widths = widths;
  spec.width_count = 2;
  spec.allocator = allocator;
  wg_model *model = NULL;
  wg_explore_training *training = NULL;
  wg_error error;
  wg_status status = wg_model_new(&spec, WG_INIT_HE, 1, &model, &error);
  wg_train_options options = wg_train_options_default();
  options.epochs = 2;
  wg_samples samples = wg_table_samples(table);
  if (status == WG_OK) status = wg_explore_train(model, &samples, table, &options, &training, &error);
  assert_int_equal(status == WG_OK, training != NULL);
  if (status != WG_OK) assert_int_equal(error.status, status);
  *number = 1;
  wg_explore_training_free(training);
  wg_model_free(model);
  return status;
}

static void page_survives_every_failed_allocation(void **state) {
  (void)state;
  char path[] = "/tmp/wengert-explore-XXXXXX";
  int file = mkstemp(path);
  assert_true(file >= 0 && close(file) == 0);
  printf("page: %zu allocations failed in turn\n", assert_survives_failed_allocations("page", write_page, path));
  assert_int_equal(unlink(path), 0);
}

static void recorded_training_survives_every_failed_allocation(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 4, 0.2, 1, NULL);
  assert_non_null(table);
  printf("training: %zu allocations failed in turn\n",
         assert_survives_failed_allocations("training", record_training, table));
  wg_table_free(table);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(page_survives_every_failed_allocation),
      cmocka_unit_test(recorded_training_survives_every_failed_allocation),
  };
  return RUN_TESTS(tests);
}
