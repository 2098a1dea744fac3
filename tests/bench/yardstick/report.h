/* report.h: what is measured, as text that a reader understands, or as JSON. */
#ifndef REPORT_H
#define REPORT_H

#include "../../../models/program/json.h"
#include "measure.h"

typedef struct report {
  bool as_json;
  json json;
  int goals, met;
} report;

report report_begin(bool as_json);
void report_end(report *r);

/* A workload: its letter and what it is. Rows follow. */
void report_workload(report *r, const char *key, const char *title);
void report_workload_end(report *r);

/* wengert (the second) beside something else (the first). `goal`: the ratio to reach; 0 for none. */
void report_row(report *r, const char *beside, int threads, const comparison *c, double goal);

/* A line of running text; as JSON, a member `key` with that number. */
void report_figure(report *r, const char *key, double value, const char *format, ...) WG_PRINTF(4, 5);

/* Whether a figure that should be at most `goal` is; counted, and said in a word. */
const char *report_verdict(report *r, double value, double goal);

#endif
