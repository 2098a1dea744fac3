#include "report.h"
#include <stdarg.h>

report report_begin(bool as_json) {
  report r = {.as_json = as_json, .json = json_new(stdout)};
  if (as_json) json_object(&r.json, NULL);
  return r;
}

void report_end(report *r) {
  if (r->as_json) {
    json_count(&r->json, "goals", (uint64_t)r->goals);
    json_count(&r->json, "goals_met", (uint64_t)r->met);
    json_object_end(&r->json);
  } else if (r->goals) {
    printf("\n%d of %d goals are met.\n", r->met, r->goals);
  }
}

void report_workload(report *r, const char *key, const char *title) {
  if (r->as_json) {
    json_object(&r->json, key);
    json_text(&r->json, "title", title);
    json_array(&r->json, "rows");
    return;
  }
  printf("\n%s  %s\n  beside          threads     theirs    wengert ratio  half of them goal\n", key, title);
  fflush(stdout);
}

void report_workload_end(report *r) {
  if (!r->as_json) return;
  json_array_end(&r->json);
  json_object_end(&r->json);
}

static void print_time(double seconds) {
  const char *unit = seconds < 1e-6 ? "ns" : seconds < 1e-3 ? "µs" : "ms";
  printf("  %6.2f %s", seconds * (seconds < 1e-6 ? 1e9 : seconds < 1e-3 ? 1e6 : 1e3), unit);
}

const char *report_verdict(report *r, double value, double goal) {
  bool met = value <= goal;
  r->goals++;
  r->met += met;
  return met ? "met" : "missed";
}

void report_row(report *r, const char *beside, int threads, const comparison *c, double goal) {
  const char *verdict = goal > 0 ? report_verdict(r, c->ratio, goal) : NULL;
  if (r->as_json) {
    json *j = &r->json;
    json_object_flat(j, NULL);
    json_text(j, "beside", beside);
    json_integer(j, "threads", threads);
    json_number(j, "seconds_beside", c->first);
    json_number(j, "seconds_wengert", c->second);
    json_number(j, "ratio", c->ratio);
    json_number(j, "quartile_low", c->low);
    json_number(j, "quartile_high", c->high);
    if (goal > 0) json_number(j, "goal", goal), json_boolean(j, "met", c->ratio <= goal);
    json_object_end(j);
    return;
  }
  printf("  %-20s %2d", beside, threads);
  print_time(c->first);
  print_time(c->second);
  const int digits = c->high < 10 ? 2 : 1;
  printf(" %5.2f  %4.*f … %-4.*f", c->ratio, digits, c->low, digits, c->high);
  if (goal > 0) printf("  %4.2f %s", goal, verdict);
  printf("\n");
  fflush(stdout);
}

void report_figure(report *r, const char *key, double value, const char *format, ...) {
  if (r->as_json) {
    json_number(&r->json, key, value);
    return;
  }
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  fflush(stdout);
}
