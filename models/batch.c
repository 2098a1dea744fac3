/* batch.c: samples of a table laid out in memory as a net's X and Y want them. */
#include "sample_layout.h"

#include <float.h>
#include <math.h>
#include <string.h>

static wg_status check_finite(const wg_table *table, wg_dtype dtype, wg_error *error) {
  for (int64_t i = 0; i < table->rows; i++)
    for (int64_t j = 0; j < table->columns; j++) {
      double x = wg_table_feature(table, i, j);
      if (isfinite(x) && (dtype != WG_F32 || fabs(x) <= FLT_MAX)) continue;
      const char *name = table->column_names ? table->column_names[j] : "";
      return wg_error_set(error, WG_ERROR_DATA, "sample %lld, feature %lld%s%.40s%s: %g is not a finite %s number%s",
                          (long long)i + 1, (long long)j + 1, *name ? " (" : "", name, *name ? ")" : "", x,
                          wg_dtype_text(dtype), isfinite(x) ? "; f64 takes it" : "");
    }
  return WG_OK;
}

wg_status wg_table_fits(const wg_table *table, const wg_net *net, wg_error *error) {
  long long features = (long long)wg_net_features(net), classes = (long long)wg_net_classes(net);
  if (wg_net_is_sequence(net->spec.kind))
    return wg_error_set(error, WG_ERROR_DATA, "net %s learns from a text, not from a table",
                        wg_net_name(net->spec.kind));
  if (table->columns != features)
    return wg_error_set(error, WG_ERROR_DATA, "the data has %lld features, the net takes %lld",
                        (long long)table->columns, features);
  if (table->classes > classes)
    return wg_error_set(error, WG_ERROR_DATA, "the data has %lld classes, the net tells %lld apart",
                        (long long)table->classes, classes);
  for (int64_t i = 0; i < table->rows; i++)
    if (table->labels[i] < 0 || table->labels[i] >= classes)
      return wg_error_set(error, WG_ERROR_DATA, "sample %lld has label %lld, outside of 0 to %lld", (long long)i + 1,
                          (long long)table->labels[i], classes - 1);
  return check_finite(table, net->spec.dtype, error);
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

void wg_sample_feature(const wg_net *net, int64_t j, int64_t i, double value, void *x) {
  int64_t at = place(wg_net_samples_are_columns(net), net->spec.samples, wg_net_features(net), j, i);
  store(net->spec.dtype, x, at, value);
}

void wg_sample_target(const wg_net *net, int64_t j, int64_t label, void *y) {
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

static void store_features(const wg_table *table, int64_t row, const wg_net *net, int64_t j, void *x) {
  int64_t m = net->spec.samples, n = table->columns;
  wg_dtype dtype = net->spec.dtype;
  bool columns = wg_net_samples_are_columns(net);
  if (!columns && dtype == table->dtype && n > 0) { /* as it lies there */
    size_t bytes = (size_t)n * wg_dtype_size(dtype);
    memcpy((char *)x + (size_t)j * bytes, (const char *)table->features + (size_t)row * bytes, bytes);
    return;
  }
  if (!columns && dtype == WG_F32) {
    const double *from = (const double *)table->features + row * n;
    float *to = (float *)x + j * n;
    for (int64_t i = 0; i < n; i++) to[i] = (float)from[i];
    return;
  }
  for (int64_t i = 0; i < n; i++) store(dtype, x, place(columns, m, n, j, i), wg_table_feature(table, row, i));
}

static void fill(const wg_table *table, const wg_net *net, const size_t *rows, int64_t first, void *x, void *y) {
  for (int64_t j = 0; j < net->spec.samples; j++) {
    int64_t row = rows ? (int64_t)rows[j] : first + j;
    store_features(table, row, net, j, x);
    if (y) wg_sample_target(net, j, table->labels[row], y);
  }
}

void wg_table_fill(const wg_table *table, const wg_net *net, const size_t *rows, void *x, void *y) {
  fill(table, net, rows, 0, x, y);
}

static wg_status samples_fit(const wg_samples *samples, const wg_net *net, wg_error *error) {
  return wg_table_fits(samples->source, net, error);
}

static void samples_fill(const wg_samples *samples, const wg_net *net, int64_t epoch, const size_t *rows, int64_t first,
                         void *x, void *y) {
  (void)epoch;
  fill(samples->source, net, rows, first, x, y);
}

wg_samples wg_table_samples(const wg_table *table) {
  return (wg_samples){.rows = table->rows,
                      .classes = table->classes,
                      .labels = table->labels,
                      .source = table,
                      .fits = samples_fit,
                      .fill = samples_fill};
}

void wg_random_fill(wg_random *random, const wg_net *net, void *x, void *y) {
  int64_t m = net->spec.samples, n = wg_net_features(net);
  uint64_t classes = (uint64_t)wg_net_classes(net);
  if (wg_net_is_sequence(net->spec.kind)) {
    for (int64_t i = 0; i < m * n; i++) {
      store(WG_I64, x, i, (double)wg_random_below(random, classes));
      store(WG_I64, y, i, (double)wg_random_below(random, classes));
    }
    return;
  }
  for (int64_t i = 0; i < m * n; i++) store(net->spec.dtype, x, i, wg_random_normal(random));
  for (int64_t j = 0; j < m; j++) wg_sample_target(net, j, (int64_t)wg_random_below(random, classes), y);
}
