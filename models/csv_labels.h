/* csv_labels.h: from the fields of a label column to class numbers and names; internal. */
#ifndef WG_CSV_LABELS_H
#define WG_CSV_LABELS_H

#include "csv_fields.h"
#include "data.h"

/* One label: its field, its number where all labels are whole numbers, and its row in the table. */
typedef struct wg_csv_label {
  wg_csv_field field;
  int64_t number, row;
} wg_csv_label;

/* Sets the table's labels, classes and class names from `count` labels, whose order is lost. Whole numbers: classes in
 * order of size. Text: classes in order of first appearance. False without memory. */
bool wg_csv_classify(wg_table *table, size_t count, wg_csv_label *labels, bool whole);

#endif
