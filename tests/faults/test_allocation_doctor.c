/* Every allocation of an examination fails in turn, once and for good: always a status, never a crash, and no leak. */
#include "../support.h"

#include "../../models/doctor.h"

#include <stdio.h>

static wg_status examine(const wg_allocator *allocator, void *context, double *number) {
  wg_net_spec spec = wg_net_spec_of(*(wg_net_kind *)context);
  const int64_t widths[] = {2, 8, 2};
  spec.width_count = 3;
  spec.widths = widths;
  wg_table *table = wg_table_new(4, 2, 2, NULL);
  assert_non_null(table);
  for (int64_t i = 0; i < 4; i++) { /* soon learned */
    table->labels[i] = i % 2;
    wg_table_set_feature(table, i, 0, i % 2 ? 1 : -1);
    wg_table_set_feature(table, i, 1, 0.1 * (double)i);
  }
  wg_samples samples = wg_table_samples(table);
  const wg_patient patient = {.spec = spec,
                              .init = WG_INIT_HE,
                              .seed = 1,
                              .training = &samples,
                              .training_table = table,
                              .held = &samples,
                              .held_table = table,
                              .options = wg_train_options_default(),
                              .steps = 2};
  wg_doctor *doctor;
  wg_error error = {0};
  wg_status status = wg_doctor_new(&patient, allocator, &doctor, &error);
  assert_true((status == WG_OK) == (doctor != NULL));
  assert_int_equal(error.status, status);
  if (status == WG_OK) *number = (double)wg_doctor_count(doctor);
  wg_doctor_free(doctor);
  wg_table_free(table);
  return status;
}

static void an_examination_survives_every_failed_allocation(void **state) {
  (void)state;
  wg_net_kind kind = WG_NET_LAYERS;
  printf("doctor: %zu allocations failed in turn\n", assert_survives_failed_allocations("doctor", examine, &kind));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(an_examination_survives_every_failed_allocation)};
  return RUN_TESTS(tests);
}
