/* Parts 5 and 6 of the lecture: training, and the decision boundary. */
#include "lecture.h"
#include <inttypes.h>
#include <math.h>

/* ---- 5: training ---- */

static void training_introduce(const lecture *lesson) {
  const terminal *t = lesson->terminal;
  terminal_heading(t, "5  Training");
  terminal_paragraph(
      t, 0,
      "Gradient descent: W ← W − α·∂W for every parameter, α = %g, all %" PRId64 " points in every step, in "
      "f32 from the same graph code. A net that knows nothing has the loss ln 3 = %.4f and guesses a third "
      "right.",
      lesson->rate, lesson->spiral->rows, log(3));
  fputc('\n', t->out);
}

static int training_run(lecture *lesson, wg_model *model, wg_epoch *last) {
  epoch_report report = epoch_report_new(lesson->terminal, lesson->json, lesson->every);
  wg_train_options options = wg_train_options_default();
  options.rate = lesson->rate;
  options.epochs = lesson->epochs;
  options.seed = (uint64_t)lesson->seed;
  options.progress = epoch_report_next;
  options.context = &report;
  options.report_every = epoch_report_interval(&report);
  wg_error error = {0};
  if (lesson->json) json_array(lesson->json, "epochs");
  wg_status status = wg_train(model, lesson->spiral, &options, last, &error);
  progress_wipe(&report.bar);
  if (lesson->json) json_array_end(lesson->json);
  if (status != WG_OK) return failure(lesson->terminal, status, error.message);
  if (lesson->json) {
    json_number(lesson->json, "loss", last->loss);
    json_number(lesson->json, "accuracy", last->accuracy);
    return EXIT_GOOD;
  }
  fputc('\n', lesson->terminal->out);
  terminal_paragraph(lesson->terminal, 0,
                     "It is right for %.1f %% of the points. With few hidden units that depends on where the weights "
                     "began: try other seeds (--seed 2), or more units (--hidden 16).",
                     100 * last->accuracy);
  return EXIT_GOOD;
}

/* ---- 6: the boundary ---- */

static int drawing_fail(const lecture *lesson, wg_status status, const wg_error *error) {
  return failure(lesson->terminal, status, error->message);
}

static int boundary_print(const lecture *lesson, const wg_boundary *boundary) {
  const terminal *t = lesson->terminal;
  const wg_terminal look = {.width = t->width < 80 ? t->width : 80, .unicode = true, .color = t->color};
  wg_drawing *drawing = NULL;
  wg_error error = {0};
  terminal_heading(t, "6  The decision boundary");
  terminal_paragraph(t, 0, "The plane as the trained net divides it, with the points that it learned from.");
  fputc('\n', t->out);
  wg_status status = wg_draw_boundary_text(boundary, lesson->spiral, &look, &drawing, &error);
  if (status != WG_OK) return drawing_fail(lesson, status, &error);
  fputs(wg_drawing_text(drawing), t->out);
  wg_drawing_free(drawing);
  return EXIT_GOOD;
}

static int boundary_write(const lecture *lesson, const wg_boundary *boundary) {
  wg_drawing *drawing = NULL;
  wg_error error = {0};
  wg_status status =
      wg_draw_boundary_svg(boundary, lesson->spiral, "Net D on the spiral: its decision boundary", &drawing, &error);
  if (status == WG_OK) status = wg_drawing_write(drawing, lesson->svg, &error);
  wg_drawing_free(drawing);
  if (status != WG_OK) return drawing_fail(lesson, status, &error);
  if (lesson->json)
    json_text(lesson->json, "svg", lesson->svg);
  else
    fprintf(lesson->terminal->out, "\nThe same as a picture: %s\n", lesson->svg);
  return EXIT_GOOD;
}

static int boundary_report(const lecture *lesson, const wg_model *model) {
  enum { GRID = 160 };
  wg_boundary *boundary = NULL;
  wg_error error = {0};
  wg_status status = wg_boundary_new(model, lesson->spiral, GRID, GRID, &boundary, &error);
  if (status != WG_OK) return drawing_fail(lesson, status, &error);
  int code = lesson->json ? EXIT_GOOD : boundary_print(lesson, boundary);
  if (code == EXIT_GOOD && lesson->svg) code = boundary_write(lesson, boundary);
  wg_boundary_free(boundary);
  return code;
}

int lecture_training(lecture *lesson) {
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  wg_model *model = NULL;
  wg_epoch last = {0};
  wg_error error = {0};
  spec.dtype = WG_F32;
  spec.widths = lesson->widths;
  spec.width_count = 3;
  wg_status status = wg_model_new(&spec, WG_INIT_HE, (uint64_t)lesson->seed, &model, &error);
  if (status != WG_OK) return failure(lesson->terminal, status, error.message);
  if (!lesson->json) training_introduce(lesson);
  int code = training_run(lesson, model, &last);
  if (code == EXIT_GOOD) code = boundary_report(lesson, model);
  wg_model_free(model);
  return code;
}
