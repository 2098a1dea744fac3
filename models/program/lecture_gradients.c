/* Part 3 of the lecture: the gradients of the sweep, of the hand, and of finite differences. */
#include "lecture.h"
#include <inttypes.h>
#include <math.h>

/* What two ways of computing may differ by: rounding alone, and the error of the differences themselves. */
#define HAND_TOLERANCE 1e-12
#define DIFFERENCE_TOLERANCE 1e-6

enum { ROWS = 7 };

/* One gradient, as the sweep and as the hand has it. */
typedef struct gradient_row {
  const char *name;
  wg_node *param;        /* NULL for an intermediate: no differences then */
  wg_node *adjoint;      /* the sweep's node */
  const double *reverse; /* … and its values */
  const double *hand;
  double factor; /* reverse times this is the hand's: m at the intermediates */
  double reverse_hand, reverse_difference, hand_difference; /* largest relative differences */
} gradient_row;

/* NaN is never smaller than anything. */
static double larger(double a, double b) { return isnan(a) || a > b ? a : b; }

/* Relative to the gradient's largest element; NaN if either is NaN. */
static double relative(double a, double b, double scale) {
  double difference = fabs(a - b);
  return difference == 0 ? 0 : difference / scale;
}

static double scale_of(const gradient_row *row) {
  double scale = 0;
  for (int64_t i = 0; i < wg_node_size(row->adjoint); i++) scale = fmax(scale, fabs(row->hand[i]));
  return scale;
}

static void rows_compare(gradient_row rows[ROWS], const wg_check *check) {
  for (int r = 0; r < ROWS; r++) {
    gradient_row *row = &rows[r];
    double scale = scale_of(row);
    for (int64_t i = 0; i < wg_node_size(row->adjoint); i++)
      row->reverse_hand = larger(relative(row->factor * row->reverse[i], row->hand[i], scale), row->reverse_hand);
    for (size_t i = 0; row->param && i < wg_check_count(check); i++) {
      const wg_check_entry *entry = wg_check_entry_at(check, i);
      if (entry->node != row->param || entry->verdict == WG_KINK || entry->verdict == WG_UNRESOLVED) continue;
      double hand = row->hand[entry->index], difference = entry->difference;
      row->reverse_difference = larger(relative(entry->reverse, difference, scale), row->reverse_difference);
      row->hand_difference = larger(relative(hand, difference, scale), row->hand_difference);
    }
  }
}

static bool rows_agree(const gradient_row rows[ROWS], const wg_check *check) {
  bool agree = wg_check_verdict(check) == WG_PASS;
  for (int r = 0; r < ROWS; r++)
    agree = agree && rows[r].reverse_hand <= HAND_TOLERANCE && rows[r].reverse_difference <= DIFFERENCE_TOLERANCE &&
            rows[r].hand_difference <= DIFFERENCE_TOLERANCE;
  return agree;
}

/* ---- Printing ---- */

static void pair_add(text_table *rows, double difference, double tolerance) {
  text_table_add(rows, difference <= tolerance ? STYLE_GOOD : STYLE_BAD, "%.1e", difference);
}

static int rows_print(const lecture *lesson, const gradient_row rows[ROWS], const wg_check *check) {
  const terminal *t = lesson->terminal;
  text_table lines = text_table_new("llrrrr");
  text_table_titles(&lines, "gradient|shape|largest|sweep, hand|sweep, diff.|hand, diff.");
  for (int r = 0; r < ROWS; r++) {
    wg_shape shape = wg_node_shape(rows[r].adjoint);
    char shape_text[WG_SHAPE_TEXT_SIZE];
    text_table_add(&lines, STYLE_STRONG, "%s%s", rows[r].name, rows[r].param ? "" : " (sweep × m)");
    text_table_add(&lines, STYLE_PLAIN, "%s", wg_shape_text(&shape, shape_text));
    text_table_add(&lines, STYLE_PLAIN, "%.4f", scale_of(&rows[r]));
    pair_add(&lines, rows[r].reverse_hand, HAND_TOLERANCE);
    for (int pair = 0; pair < 2; pair++) {
      if (rows[r].param)
        pair_add(&lines, pair ? rows[r].hand_difference : rows[r].reverse_difference, DIFFERENCE_TOLERANCE);
      else
        text_table_add(&lines, STYLE_PLAIN, "%s", "");
    }
  }
  bool printed = text_table_print(&lines, t);
  text_table_free(&lines);
  if (!printed) return failure(t, WG_ERROR_MEMORY, NULL);
  size_t kinks = wg_check_count_of(check, WG_KINK), unresolved = wg_check_count_of(check, WG_UNRESOLVED);
  if (kinks + unresolved)
    fprintf(t->out, "\n  Without differences: %zu elements at a kink of relu, %zu unresolved.\n", kinks, unresolved);
  fputc('\n', t->out);
  bool agree = rows_agree(rows, check);
  fprintf(t->out, "%s%s%s ", terminal_style(t, agree ? STYLE_GOOD : STYLE_BAD), agree ? "They agree." : "THEY DIFFER.",
          terminal_style(t, STYLE_PLAIN));
  fprintf(t->out,
          "Sweep and hand may differ by rounding, %.0e at most; differences\n"
          "have an error of their own, and %.0e is allowed.\n",
          HAND_TOLERANCE, DIFFERENCE_TOLERANCE);
  return EXIT_GOOD;
}

static void rows_json(json *j, const gradient_row rows[ROWS], const wg_check *check) {
  json_array(j, "gradients");
  for (int r = 0; r < ROWS; r++) {
    json_object_flat(j, NULL);
    json_text(j, "gradient", rows[r].name);
    json_boolean(j, "parameter", rows[r].param != NULL);
    json_number(j, "sweep_hand", rows[r].reverse_hand);
    if (rows[r].param) {
      json_number(j, "sweep_differences", rows[r].reverse_difference);
      json_number(j, "hand_differences", rows[r].hand_difference);
    }
    json_object_end(j);
  }
  json_array_end(j);
  json_count(j, "kinks", wg_check_count_of(check, WG_KINK));
  json_count(j, "unresolved", wg_check_count_of(check, WG_UNRESOLVED));
}

/* ---- Computing ---- */

static void rows_fill(gradient_row rows[ROWS], const lecture *lesson, const wg_hand *hand) {
  const wg_net *net = lesson->net;
  double m = (double)hand->samples;
  wg_node *const *p = net->params;
  wg_node *Z1 = wg_tape_find(net->tape, "Z1"), *A1 = wg_tape_find(net->tape, "A1"), *Z2 = net->logits;
  rows[0] = (gradient_row){.name = "∂Z2", .adjoint = wg_adjoint(net->J, Z2), .hand = hand->dZ2, .factor = m};
  rows[1] = (gradient_row){.name = "∂W2", .param = p[2], .adjoint = lesson->grad[2], .hand = hand->dW2, .factor = 1};
  rows[2] = (gradient_row){.name = "∂b2", .param = p[3], .adjoint = lesson->grad[3], .hand = hand->db2, .factor = 1};
  rows[3] = (gradient_row){.name = "∂A1", .adjoint = wg_adjoint(net->J, A1), .hand = hand->dA1, .factor = m};
  rows[4] = (gradient_row){.name = "∂Z1", .adjoint = wg_adjoint(net->J, Z1), .hand = hand->dZ1, .factor = m};
  rows[5] = (gradient_row){.name = "∂W1", .param = p[0], .adjoint = lesson->grad[0], .hand = hand->dW1, .factor = 1};
  rows[6] = (gradient_row){.name = "∂b1", .param = p[1], .adjoint = lesson->grad[1], .hand = hand->db1, .factor = 1};
}

/* Runs the sweep's nodes; the values stay valid as long as the plan. */
static wg_status rows_run(gradient_row rows[ROWS], const net_point *point, wg_plan **plan) {
  wg_node *outputs[ROWS];
  for (int r = 0; r < ROWS; r++) outputs[r] = rows[r].adjoint;
  *plan = wg_plan_new(ROWS, outputs);
  wg_status status = wg_plan_status(*plan);
  for (size_t i = 0; i < point->count && status == WG_OK; i++)
    status = wg_bind(*plan, point->bindings[i].node, point->bindings[i].data);
  if (status == WG_OK) status = wg_run(*plan);
  for (int r = 0; r < ROWS && status == WG_OK; r++) rows[r].reverse = wg_data(*plan, outputs[r]);
  return status;
}

static int gradients_report(lecture *lesson, const net_point *point, wg_hand *hand, wg_check *check) {
  gradient_row rows[ROWS];
  wg_plan *plan = NULL;
  double *const *weights = (double *const *)point->weights->data;
  wg_hand_run(hand, point->x, point->y, weights[0], weights[1], weights[2], weights[3]);
  rows_fill(rows, lesson, hand);
  int code = EXIT_GOOD;
  wg_status status = rows_run(rows, point, &plan);
  if (status != WG_OK) {
    code = failure(lesson->terminal, status, plan ? wg_plan_error(plan) : NULL);
  } else {
    rows_compare(rows, check);
    lesson->differs = !rows_agree(rows, check);
    if (lesson->json)
      rows_json(lesson->json, rows, check);
    else
      code = rows_print(lesson, rows, check);
  }
  wg_plan_free(plan);
  return code;
}

static void gradients_introduce(const terminal *t) {
  terminal_heading(t, "3  The gradients, three ways");
  terminal_paragraph(
      t, 0,
      "The same numbers from three sources: the reverse sweep; the lecture's seven lines, written out by hand "
      "as loops in C (models/hand.c); and central differences (J(w+h) − J(w−h)) / 2h, which know nothing of "
      "any derivation. All in f64, at random weights. Beside the largest element of each gradient stands what the "
      "ways differ by at most, relative to it: the sweep from the hand, the sweep from the differences, and the hand "
      "from the differences.");
  fputc('\n', t->out);
}

int lecture_gradients(lecture *lesson) {
  const wg_net *net = lesson->net;
  const wg_check_options options = {.tolerance = DIFFERENCE_TOLERANCE, .seed = (uint64_t)lesson->seed};
  net_point point;
  wg_status status = net_point_new(&point, net, lesson->spiral, (uint64_t)lesson->seed);
  wg_hand *hand = wg_hand_new(lesson->spiral->rows, lesson->widths[0], lesson->widths[1], lesson->widths[2], NULL);
  wg_check *check =
      status == WG_OK ? wg_check_gradient(net->J, net->param_count, net->params, point.count, point.bindings, &options)
                      : NULL;
  if (!lesson->json) gradients_introduce(lesson->terminal);
  int code = EXIT_GOOD;
  if (!hand || !check)
    code = failure(lesson->terminal, WG_ERROR_MEMORY, NULL);
  else if (wg_check_status(check) != WG_OK)
    code = failure(lesson->terminal, wg_check_status(check), wg_check_error(check));
  else
    code = gradients_report(lesson, &point, hand, check);
  wg_check_free(check);
  wg_hand_free(hand);
  net_point_free(&point);
  return code;
}
