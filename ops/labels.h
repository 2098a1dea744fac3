/* labels.h: class indices, WG_ROWS at a time; for the files of ops/ only. */
#ifndef WG_LABELS_H
#define WG_LABELS_H

#include "rows.h"

/* The labels of rows from number `first` on: where they are, or a copy, with 0 where rows are missing. */
static inline const int64_t *wg_labels_read(const wg_rows *labels, int64_t first, int64_t some, int64_t copy[WG_ROWS]) {
  const int64_t *data = labels->tensor->data;
  if (some == WG_ROWS && labels->even && labels->apart == 1) return data + first;
  for (int64_t r = 0; r < WG_ROWS; r++) copy[r] = r < some ? data[wg_rows_start(labels, first + r)] : 0;
  return copy;
}

/* Collects signs: that of a label below 0, or of classes − 1 − label where the label is above. */
WG_SPECIALIZED uint64_t wg_label_signs_of(const int64_t *label, int64_t count, int64_t classes) {
  uint64_t signs = 0;
  for (int64_t r = 0; r < count; r++) signs |= (uint64_t)label[r] | ((uint64_t)classes - 1 - (uint64_t)label[r]);
  return signs;
}
WG_LEVELS(wg_label_signs, (const int64_t *label, int64_t count, int64_t classes, uint64_t *signs),
          *signs = wg_label_signs_of(label, count, classes))

/* The first label that is not in 0 … classes − 1, or `count`. */
static inline int64_t wg_label_wrong(const int64_t *label, int64_t count, int64_t classes) {
  uint64_t signs;
  int64_t wrong = 0;
  WG_AT_LEVEL(wg_label_signs, count, (label, count, classes, &signs));
  if (signs <= INT64_MAX) return count;
  while (label[wrong] >= 0 && label[wrong] < classes) wrong++;
  return wrong;
}

#endif
