/* batch.c: samples laid out in memory as a net's X and Y want them. */
#include "data.h"

wg_status wg_table_fits(const wg_table *table, const wg_net *net, wg_error *error) {
  long long features = (long long)wg_net_features(net), classes = (long long)wg_net_classes(net);
  if (table->columns != features)
    return wg_error_set(error, WG_ERROR_DATA, "the data has %lld features, the net takes %lld",
                        (long long)table->columns, features);
  if (table->classes > classes)
    return wg_error_set(error, WG_ERROR_DATA, "the data has %lld classes, the net tells %lld apart",
                        (long long)table->classes, classes);
  for (int64_t i = 0; i < table->rows; i++)
    if (table->labels[i] < 0 || table->labels[i] >= classes)
      return wg_error_set(error, WG_ERROR_DATA, "sample %lld has label %lld, outside of 0 to %lld", (long long)i,
                          (long long)table->labels[i], classes - 1);
  return WG_OK;
}

static void store(wg_dtype dtype, void *data, int64_t i, double value) {
  if (dtype == WG_F32)
    ((float *)data)[i] = (float)value;
  else if (dtype == WG_F64)
    ((double *)data)[i] = value;
  else
    ((int64_t *)data)[i] = (int64_t)value;
}

/* Element `i` of sample `j`, of m samples with n elements each. */
static int64_t place(bool samples_are_columns, int64_t m, int64_t n, int64_t j, int64_t i) {
  return samples_are_columns ? i * m + j : j * n + i;
}

/* The target of sample j: its class index, or 1 at its class and 0 elsewhere; one output is the probability of class
 * 1. */
static void store_target(const wg_net *net, int64_t j, int64_t label, void *y) {
  int64_t m = net->spec.samples, outputs = wg_net_outputs(net);
  bool columns = wg_net_samples_are_columns(net);
  wg_dtype dtype = wg_node_dtype(net->Y);
  if (dtype == WG_I64)
    store(dtype, y, j, (double)label);
  else if (columns && outputs == 1)
    store(dtype, y, j, label == 1);
  else
    for (int64_t k = 0; k < outputs; k++) store(dtype, y, place(columns, m, outputs, j, k), label == k);
}

void wg_table_fill(const wg_table *table, const wg_net *net, const size_t *rows, void *x, void *y) {
  int64_t m = net->spec.samples, n = wg_net_features(net);
  bool columns = wg_net_samples_are_columns(net);
  for (int64_t j = 0; j < m; j++) {
    size_t row = rows ? rows[j] : (size_t)j;
    const double *features = table->features + row * (size_t)n;
    for (int64_t i = 0; i < n; i++) store(net->spec.dtype, x, place(columns, m, n, j, i), features[i]);
    if (y) store_target(net, j, table->labels[row], y);
  }
}

void wg_random_fill(wg_random *random, const wg_net *net, void *x, void *y) {
  int64_t m = net->spec.samples, n = wg_net_features(net);
  for (int64_t i = 0; i < m * n; i++) store(net->spec.dtype, x, i, wg_random_normal(random));
  for (int64_t j = 0; j < m; j++)
    store_target(net, j, (int64_t)wg_random_below(random, (uint64_t)wg_net_classes(net)), y);
}
