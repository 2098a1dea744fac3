/* doctor_data.c: whether the samples are such that a net can learn from them: classes and features. */
#include "doctor_internal.h"

#include <math.h>
#include <stdio.h>

/* ---- Classes ---- */

/* The names of the first few classes without samples. */
static void empty_names(const wg_table *table, const int64_t *counts, char *text, size_t size) {
  int named = 0;
  size_t length = 0;
  *text = 0;
  for (int64_t k = 0; k < table->classes && length < size; k++) {
    char name[WG_CLASS_TEXT_SIZE];
    if (counts[k]) continue;
    if (++named > 5) {
      snprintf(text + length, size - length, " …");
      return;
    }
    length +=
        (size_t)snprintf(text + length, size - length, "%s%s", named > 1 ? ", " : "", wg_class_text(table, k, name));
  }
}

static void judge_classes(wg_doctor *doctor, const wg_table *table, const int64_t *counts) {
  int64_t empty = 0, least = INT64_MAX, most = 0;
  for (int64_t k = 0; k < table->classes; k++) {
    empty += counts[k] == 0;
    if (counts[k] > most) most = counts[k];
    if (counts[k] > 0 && counts[k] < least) least = counts[k];
  }
  char names[6 * WG_CLASS_TEXT_SIZE];
  empty_names(table, counts, names, sizeof names);
  if (empty)
    wg_doctor_add(doctor, WG_SYMPTOM_CLASSES_EMPTY, WG_SEVERITY_PROBLEM, WG_VARIANT_ONLY,
                  "%lld of %lld classes %s no samples: %s", (long long)empty, (long long)table->classes,
                  empty == 1 ? "has" : "have", names);
  else if (table->classes > 1)
    wg_doctor_add(doctor, WG_SYMPTOM_CLASSES_EMPTY, WG_SEVERITY_GOOD, WG_VARIANT_ONLY, "all %lld classes have samples",
                  (long long)table->classes);
  if (most == 0) return;
  if (most == table->rows) {
    wg_doctor_add(doctor, WG_SYMPTOM_CLASSES_UNEVEN, WG_SEVERITY_PROBLEM, WG_VARIANT_NONE,
                  "all %lld samples are of one class", (long long)most);
    return;
  }
  double ratio = (double)most / (double)least;
  wg_severity severity = ratio >= 10 ? WG_SEVERITY_PROBLEM : ratio >= 3 ? WG_SEVERITY_NOTE : WG_SEVERITY_GOOD;
  char from[32] = "";
  if (least < most) snprintf(from, sizeof from, "%lld to ", (long long)least);
  wg_doctor_add(doctor, WG_SYMPTOM_CLASSES_UNEVEN, severity, WG_VARIANT_ONLY,
                "%s%lld samples a class; always the most frequent one is right in %.1f %%", from, (long long)most,
                100 * (double)most / (double)table->rows);
}

wg_status wg_doctor_classes(wg_doctor *doctor, wg_error *error) {
  const wg_table *table = doctor->patient->training_table;
  int64_t *counts = wg_allocate_zeroed(&doctor->allocator, (size_t)table->classes, sizeof *counts);
  if (!counts) return wg_error_memory(error);
  for (int64_t i = 0; i < table->rows; i++) counts[table->labels[i]]++;
  judge_classes(doctor, table, counts);
  wg_release(&doctor->allocator, counts);
  return WG_OK;
}

/* ---- Features ---- */

typedef struct feature {
  int64_t column;
  double mean, deviation;
} feature;

/* Mean and deviation of columns first … first + count − 1 together. */
static feature measure(const wg_table *table, int64_t first, int64_t count) {
  double n = (double)table->rows * (double)count, sum = 0, squares = 0;
  for (int64_t i = 0; i < table->rows; i++)
    for (int64_t c = first; c < first + count; c++) sum += wg_table_feature(table, i, c) / n;
  for (int64_t i = 0; i < table->rows; i++)
    for (int64_t c = first; c < first + count; c++) {
      double off = wg_table_feature(table, i, c) - sum;
      squares += off * off / n;
    }
  return (feature){first, sum, sqrt(squares)};
}

static const char *name_of(const wg_table *table, int64_t column, char text[64]) {
  if (table->column_names && table->column_names[column])
    snprintf(text, 64, "'%.40s'", table->column_names[column]);
  else
    snprintf(text, 64, "%s %lld", table->channels ? "of channel" : "number", (long long)column + 1);
  return text;
}

typedef struct features_seen {
  int64_t count, constant, first_constant;
  feature narrowest, widest, farthest; /* by deviation; by |mean| in deviations */
} features_seen;

static features_seen look_at_features(const wg_table *table, int64_t count, int64_t width) {
  features_seen seen = {.count = count, .first_constant = -1, .narrowest = {.deviation = INFINITY}};
  for (int64_t c = 0; c < count; c++) {
    feature f = measure(table, c * width, width);
    f.column = c;
    if (fabs(f.mean) < 1e-9 * f.deviation) f.mean = 0; /* but for rounding */
    if (!(f.deviation > 1e-12 * fabs(f.mean))) {       /* rounding makes it more than 0 */
      if (seen.constant++ == 0) seen.first_constant = c;
      continue;
    }
    if (f.deviation < seen.narrowest.deviation) seen.narrowest = f;
    if (f.deviation > seen.widest.deviation) seen.widest = f;
    if (fabs(f.mean) > fabs(seen.farthest.mean)) seen.farthest = f;
  }
  return seen;
}

static void judge_constant(wg_doctor *doctor, const wg_table *table, const features_seen *seen) {
  char name[64];
  if (seen->constant == 0) {
    wg_doctor_add(doctor, WG_SYMPTOM_FEATURES_CONSTANT, WG_SEVERITY_GOOD, WG_VARIANT_ONLY, "no feature is constant");
    return;
  }
  wg_doctor_add(doctor, WG_SYMPTOM_FEATURES_CONSTANT,
                seen->constant == seen->count ? WG_SEVERITY_PROBLEM : WG_SEVERITY_NOTE, WG_VARIANT_ONLY,
                "%lld of %lld features %s the same in all samples, the first is %s", (long long)seen->constant,
                (long long)seen->count, seen->constant == 1 ? "is" : "are", name_of(table, seen->first_constant, name));
}

static void judge_scale(wg_doctor *doctor, const wg_table *table, const features_seen *seen) {
  if (seen->constant == seen->count) return;
  double ratio = seen->widest.deviation / seen->narrowest.deviation;
  double far = fabs(seen->farthest.mean), wide = seen->widest.deviation;
  bool problem = ratio > 100 || wide > 10 || far > 30, note = ratio > 10 || wide > 5 || far > 10;
  wg_severity severity = problem ? WG_SEVERITY_PROBLEM : note ? WG_SEVERITY_NOTE : WG_SEVERITY_GOOD;
  char narrow[64], broad[64], distant[64];
  if (seen->count == 1) {
    wg_doctor_add(doctor, WG_SYMPTOM_FEATURES_UNSCALED, severity, WG_VARIANT_ONLY, "mean %.3g, deviation %.3g",
                  seen->farthest.mean, wide);
    return;
  }
  wg_doctor_add(doctor, WG_SYMPTOM_FEATURES_UNSCALED, severity, WG_VARIANT_ONLY,
                "deviations from %.3g (%s) to %.3g (%s); the mean farthest from 0 is %.3g (%s)",
                seen->narrowest.deviation, name_of(table, seen->narrowest.column, narrow), wide,
                name_of(table, seen->widest.column, broad), seen->farthest.mean,
                name_of(table, seen->farthest.column, distant));
}

/* Of images each channel counts as one feature: pixels at the border are often constant, and that is no fault. */
void wg_doctor_features(wg_doctor *doctor) {
  const wg_table *table = doctor->patient->training_table;
  int64_t count = table->channels ? table->channels : table->columns;
  if (table->rows == 0 || count == 0) return;
  features_seen seen = look_at_features(table, count, table->columns / count);
  judge_constant(doctor, table, &seen);
  judge_scale(doctor, table, &seen);
}
