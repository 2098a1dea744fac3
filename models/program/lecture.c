/* wengert lecture: net D on the spiral, from the tape to the trained net. */
#include "lecture.h"
#include <inttypes.h>
#include <string.h>

static bool lecture_speaks(const lecture *lesson) { return !lesson->json; }

int lecture_tape(lecture *lesson) {
  const terminal *t = lesson->terminal;
  tape_view view = {0};
  int code = EXIT_GOOD;
  if (lecture_speaks(lesson)) {
    terminal_heading(t, "1  The tape");
    terminal_paragraph(
        t, 0,
        "Net D takes %" PRId64 " points of the plane, %" PRId64
        " on each arm of a spiral, and says which arm a point is on; "
        "it learns %" PRId64 " numbers for that. Samples are rows, m = %" PRId64
        ". The net's code only records: every call "
        "appends a node to the tape, with its operation, inputs and shape. A node comes after its inputs, so read "
        "downwards the tape computes, and read upwards it differentiates. SM is the softmax, CE the cross-entropy "
        "of each sample.",
        lesson->spiral->rows, lesson->points, wg_net_param_elements(lesson->net), lesson->spiral->rows);
    fputc('\n', t->out);
  }
  wg_status status = tape_view_new(&view, lesson->net, false, WG_UNICODE);
  if (status != WG_OK)
    code = failure(t, status, wg_tape_error(lesson->net->tape));
  else if (lesson->json)
    tape_print_json(lesson->json, "tape", &view, WG_UNICODE);
  else
    code = tape_print_table(t, &view, WG_UNICODE);
  tape_view_free(&view);
  return code;
}

static int form_print(lecture *lesson, wg_form form, const char *key) {
  const terminal *t = lesson->terminal;
  const wg_net *net = lesson->net;
  int code = EXIT_GOOD;
  wg_derivation *derivation = wg_derivation_new(net->J, net->param_count, net->params, form, WG_UNICODE);
  wg_status status = derivation ? wg_derivation_status(derivation) : WG_ERROR_MEMORY;
  if (status != WG_OK)
    code = failure(t, status, derivation ? wg_derivation_error(derivation) : NULL);
  else if (lesson->json)
    derivation_print_json(lesson->json, key, derivation);
  else
    code = derivation_print(t, derivation);
  wg_derivation_free(derivation);
  return code;
}

int lecture_derivation(lecture *lesson) {
  const terminal *t = lesson->terminal;
  bool speaks = lecture_speaks(lesson);
  if (speaks) {
    terminal_heading(t, "2  The derivation");
    terminal_paragraph(
        t, 0,
        "The reverse sweep walks up the tape from the loss J and applies the chain rule, one local rule for "
        "each operation. ∂V is the derivative of J by V. What the rules record are nodes like any other, so "
        "the gradients print as formulas. As the engine has them:");
    fputc('\n', t->out);
  }
  int code = form_print(lesson, WG_FORM_ENGINE, "derivation_engine");
  if (code != EXIT_GOOD) return code;
  if (speaks) {
    fputc('\n', t->out);
    terminal_paragraph(t, 0, "And as the lecture writes them:");
    fputc('\n', t->out);
  }
  code = form_print(lesson, WG_FORM_LECTURE, "derivation_lecture");
  if (code != EXIT_GOOD || !speaks) return code;
  fputc('\n', t->out);
  terminal_paragraph(
      t, 0,
      "The two differ in one place: J is a mean over m samples, so the chain rule carries 1/m from the loss "
      "on, while by hand it is written once, at the parameters; ∂Z2, ∂A1 and ∂Z1 by hand are m times the "
      "engine's, and the gradients of the parameters are the same.");
  return code;
}

/* ---- The whole ---- */

static int lecture_record(lecture *lesson) {
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  lesson->spiral = wg_spiral(3, lesson->points, 0.2, (uint64_t)lesson->seed, NULL);
  if (!lesson->spiral) return failure(lesson->terminal, WG_ERROR_MEMORY, "no memory for the spiral");
  lesson->widths[0] = lesson->spiral->columns;
  lesson->widths[1] = lesson->hidden;
  lesson->widths[2] = lesson->spiral->classes;
  spec.samples = lesson->spiral->rows;
  spec.widths = lesson->widths;
  spec.width_count = 3;
  return net_record(lesson->terminal, &spec, &lesson->net);
}

static int lecture_sweep(lecture *lesson) {
  const wg_net *net = lesson->net;
  wg_status status = wg_sweep(net->J, net->param_count, net->params, lesson->grad, NULL, &lesson->sweep);
  return status == WG_OK ? EXIT_GOOD : failure(lesson->terminal, status, wg_tape_error(net->tape));
}

static int lecture_give(lecture *lesson) {
  static int (*const parts[])(lecture *) = {lecture_tape,      lecture_sweep, lecture_derivation,
                                            lecture_gradients, lecture_memo,  lecture_training};
  int code = lecture_record(lesson);
  if (code != EXIT_GOOD) return code;
  if (lesson->json) {
    json_object(lesson->json, NULL);
    net_json(lesson->json, &lesson->net->spec, wg_net_param_elements(lesson->net));
    json_integer(lesson->json, "seed", lesson->seed);
  }
  if (lecture_speaks(lesson))
    fprintf(lesson->terminal->out, "%sThe main example of the lecture, from the tape to the trained net%s\n",
            terminal_style(lesson->terminal, STYLE_STRONG), terminal_style(lesson->terminal, STYLE_PLAIN));
  for (size_t i = 0; i < sizeof parts / sizeof *parts && code == EXIT_GOOD; i++) code = parts[i](lesson);
  if (lesson->json) {
    json_boolean(lesson->json, "agrees", !lesson->differs);
    json_boolean(lesson->json, "complete", code == EXIT_GOOD);
    json_object_end(lesson->json);
  }
  if (code != EXIT_GOOD || !lesson->differs) return code;
  terminal_message(lesson->terminal, "the gradients differ by more than is allowed: see part 3");
  return EXIT_CHECK;
}

int command_lecture(terminal *t, int argc, char **argv) {
  lecture lesson = {
      .terminal = t, .seed = 1, .epochs = 10000, .hidden = 4, .points = 100, .rate = 1, .svg = "wengert-lecture.svg"};
  bool no_svg = false, as_json = false;
  const option options[] = {
      {"seed", OPTION_INTEGER, &lesson.seed, "N", SEED_HELP, 0, SEED_MAX},
      {"points", OPTION_INTEGER, &lesson.points, "N", "points on each of the spiral's three arms", 2, 1e5},
      {"hidden", OPTION_INTEGER, &lesson.hidden, "N", "hidden relu units", 1, 1e5},
      {"rate", OPTION_NUMBER, &lesson.rate, "A", "learning rate α in W ← W − α·∂W", ABOVE_ZERO, 1e6},
      {"epochs", OPTION_INTEGER, &lesson.epochs, "N", "steps of training, each over all samples", 0, 1e9},
      {"every", OPTION_INTEGER, &lesson.every, "N", EVERY_HELP, 0, 1e9},
      {"svg", OPTION_TEXT, &lesson.svg, "FILE", "where the decision boundary is drawn", 0, 0},
      {"no-svg", OPTION_FLAG, &no_svg, NULL, "write no file", 0, 0},
      {"json", OPTION_FLAG, &as_json, NULL, JSON_HELP, 0, 0},
  };
  const command_usage usage = {
      .synopsis = "wengert lecture [options]",
      .about = "The lecture's main example from start to finish: net D (two layers, relu, softmax cross-entropy) on "
               "a spiral of three arms. Its tape; the derivation of its gradients; the gradients beside those "
               "derived by hand and beside finite differences; what the memo of the reverse sweep saves; training; "
               "and the decision boundary, drawn here and into a file.",
      .more = "Exit code 1 if a gradient differs from what it is compared with.",
      .options = options,
      .option_count = sizeof options / sizeof *options};
  options_result read = options_read(t, &usage, argc, argv, NULL);
  if (read != OPTIONS_RUN) return read == OPTIONS_HELP ? EXIT_GOOD : EXIT_USAGE;

  json writer = json_new(t->out);
  if (as_json) lesson.json = &writer;
  if (no_svg) lesson.svg = NULL;
  lesson.every = epoch_report_every(lesson.every, lesson.epochs);
  int code = lecture_give(&lesson);
  wg_net_free(lesson.net);
  wg_table_free(lesson.spiral);
  return code;
}
