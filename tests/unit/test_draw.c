/* Drawings: well-formed and readable SVG, text that fits a terminal, and files that say when they cannot be written. */
#include "../support.h"

#include "../../models/draw_internal.h"
#include "../../models/models.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static double *numbers(const wg_table *table) { return table->features; }

/* ---- A boundary by hand: class 0 to the left, class 1 to the right ---- */

static void fill_halves(wg_boundary *boundary) {
  for (int64_t i = 0; i < boundary->width * boundary->height; i++)
    boundary->labels[i] = i % boundary->width >= boundary->width / 2;
}

static wg_boundary halves(int64_t *labels) {
  wg_table *owner = wg_table_new(0, 0, 0, NULL); /* lends the default allocator */
  wg_boundary boundary = {8, 4, -1, 1, -1, 1, 2, labels, owner->allocator};
  wg_table_free(owner);
  fill_halves(&boundary);
  return boundary;
}

/* Two samples at (∓0.5, 0.5), one of each class. */
static wg_table *two_samples(void) {
  wg_table *table = wg_table_new(2, 2, 2, NULL);
  memcpy(table->features, (double[]){-0.5, 0.5, 0.5, 0.5}, 4 * sizeof(double));
  table->labels[1] = 1;
  return table;
}

static wg_drawing *boundary_svg(const wg_boundary *boundary, const wg_table *table, const char *title) {
  wg_drawing *drawing;
  wg_error error;
  if (wg_draw_boundary_svg(boundary, table, title, &drawing, &error) != WG_OK) fail_msg("%s", error.message);
  return drawing;
}

static wg_drawing *loss_svg(size_t count, const wg_epoch *epochs) {
  wg_drawing *drawing;
  wg_error error;
  if (wg_draw_loss_svg(count, epochs, NULL, NULL, &drawing, &error) != WG_OK) fail_msg("%s", error.message);
  return drawing;
}

/* ---- XML ---- */

/* Fails unless tags nest, attributes are quoted, and no bare & or control character stands in the text. */
static void assert_well_formed(const char *xml) {
  char open[32][16];
  int depth = 0;
  for (const char *c = xml; *c; c++) {
    assert_true((unsigned char)*c >= 0x20 || *c == '\n');
    if (*c == '&')
      assert_true(!strncmp(c, "&lt;", 4) || !strncmp(c, "&gt;", 4) || !strncmp(c, "&amp;", 5) ||
                  !strncmp(c, "&quot;", 6));
    if (*c != '<') continue;
    bool closing = c[1] == '/';
    char name[16] = "";
    size_t length = strspn(c + 1 + closing, "abcdefghijklmnopqrstuvwxyz");
    assert_true(length > 0 && length < sizeof name);
    memcpy(name, c + 1 + closing, length);
    const char *end = c;
    for (bool quoted = false; quoted || *end != '>'; end++) {
      if (!*end) fail_msg("<%s without >", name);
      if (*end == '"') quoted = !quoted;
    }
    if (closing) {
      assert_true(depth > 0);
      assert_string_equal(name, open[--depth]);
    } else if (end[-1] != '/') {
      assert_true(depth < 32);
      memcpy(open[depth++], name, sizeof name);
    }
    c = end;
  }
  assert_int_equal(depth, 0);
}

static size_t count_text(const char *text, const char *part) {
  size_t count = 0;
  for (const char *at = text; (at = strstr(at, part)); at++) count++;
  return count;
}

static void an_svg_is_well_formed_and_described(void **state) {
  (void)state;
  int64_t labels[32];
  wg_boundary boundary = halves(labels);
  wg_table *table = two_samples();
  wg_drawing *drawing = boundary_svg(&boundary, table, NULL);
  const char *svg = wg_drawing_text(drawing);
  assert_int_equal(strlen(svg), wg_drawing_size(drawing));
  assert_well_formed(svg);
  assert_contains(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\"");
  assert_contains(svg, "role=\"img\" aria-labelledby=\"wg-boundary-title wg-boundary-desc\"");
  assert_contains(svg, "<title id=\"wg-boundary-title\">Decision boundary</title>");
  assert_contains(svg,
                  "over x1 from -1 to 1 and x2 from -1 to 1, with 2 samples as marks: 0 by a circle, 1 by a square.");
  assert_contains(svg, ">x1</text>");
  assert_contains(svg, ">x2</text>");
  assert_int_equal(count_text(svg, "http"), 1); /* self-contained: no other address than the name of the format */
  wg_drawing_free(drawing);

  const wg_epoch epochs[] = {{0, 2, 1.5, 0.5}, {1, 2, 0.75, 0.5}, {2, 2, 0.5, 1}};
  drawing = loss_svg(3, epochs);
  svg = wg_drawing_text(drawing);
  assert_well_formed(svg);
  assert_contains(svg, "The loss goes from 1.5 at epoch 0 to 0.5 at epoch 2.");
  assert_contains(svg, ">epoch</text>");
  assert_contains(svg, ">loss J</text>");
  wg_drawing_free(drawing);
  wg_table_free(table);
}

/* The plot is 460 pixels wide and high from (80, 50) on: x = ∓0.5 lies at 80 + 460/4 and 80 + 460·3/4, y = 0.5 at
 * 50 + 460/4. */
static void samples_and_areas_lie_where_they_should(void **state) {
  (void)state;
  int64_t labels[32];
  wg_boundary boundary = halves(labels);
  wg_table *table = two_samples();
  wg_drawing *drawing = boundary_svg(&boundary, table, NULL);
  const char *svg = wg_drawing_text(drawing);
  assert_contains(svg, "<path class=\"halo mark0\" d=\"M195.0 165.0m");
  assert_contains(svg, "<path class=\"halo mark1\" d=\"M425.0 165.0m");
  assert_contains(svg, "<path class=\"area0\" d=\"M80.0 50.0H310.0V165.0H80.0z");
  assert_contains(svg, "<path class=\"area1\" d=\"M310.0 50.0H540.0V165.0H310.0z");
  assert_contains(
      svg, "<path class=\"edge\" d=\"M310.0 50.0V165.0M310.0 165.0V280.0M310.0 280.0V395.0M310.0 395.0V510.0\"/>");
  wg_drawing_free(drawing);
  wg_table_free(table);
}

static void the_curve_goes_through_its_points_and_breaks_at_nan(void **state) {
  (void)state;
  /* From 0 to 4·1.05 on 310 pixels from 50 down, and 640 pixels from 80 on: loss 4 at 50 + 310·(0.2/4.2). */
  const wg_epoch epochs[] = {{0, 4, 4, 0}, {1, 4, 2.1, 0}, {2, 4, NAN, 0}, {3, 4, 2.1, 0}, {4, 4, 0, 0}};
  wg_drawing *drawing = loss_svg(5, epochs);
  assert_contains(wg_drawing_text(drawing),
                  "<path class=\"curve\" d=\"M80.0 64.8L240.0 205.0M560.0 205.0L720.0 360.0\"/>");
  wg_drawing_free(drawing);
}

static void names_from_outside_cannot_break_a_drawing(void **state) {
  (void)state;
  int64_t labels[32];
  wg_boundary boundary = halves(labels);
  wg_table *table = two_samples();
  char evil[] = "</title><script>\"&\x1b[31m\xff", plain[] = "b", *names[] = {evil, plain};
  table->class_names = table->column_names = names;
  table->label_name = evil;
  wg_drawing *drawing = boundary_svg(&boundary, table, evil);
  const char *svg = wg_drawing_text(drawing);
  assert_well_formed(svg);
  assert_null(strstr(svg, "<script"));
  assert_contains(svg, "&lt;/title&gt;&lt;script&gt;&quot;&amp;?[31m?");
  wg_drawing_free(drawing);

  const wg_terminal terminal = {.width = 80};
  assert_int_equal(wg_draw_boundary_text(&boundary, table, &terminal, &drawing, NULL), WG_OK);
  assert_null(strchr(wg_drawing_text(drawing), '\x1b'));
  wg_drawing_free(drawing);
  table->class_names = table->column_names = NULL;
  table->label_name = NULL;
  wg_table_free(table);
}

/* ---- Contrast ---- */

/* Relative luminance of #rrggbb, or of #fff (WCAG 2.2). */
static double luminance(const char *color) {
  double part[3];
  for (int i = 0; i < 3; i++) {
    int value;
    char digits[3] = {color[1], color[1], 0};
    if (strspn(color + 1, "0123456789abcdef") == 6) memcpy(digits, color + 1 + 2 * i, 2);
    assert_int_equal(sscanf(digits, "%x", (unsigned *)&value), 1);
    double s = value / 255.0;
    part[i] = s <= 0.04045 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4);
  }
  return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
}

static double contrast(const char *a, const char *b) {
  double x = luminance(a), y = luminance(b);
  return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

/* The color that a style rule sets. */
static const char *color_of(const char *style, const char *rule) {
  const char *at = strstr(style, rule);
  if (!at) fail_msg("no rule %s", rule);
  at = strchr(at, '#');
  assert_non_null(at);
  return at;
}

static void colors_differ_enough_on_light_and_dark_pages(void **state) {
  (void)state;
  int64_t labels[32];
  wg_boundary boundary = halves(labels);
  wg_table *table = two_samples();
  wg_drawing *drawing = boundary_svg(&boundary, table, NULL);
  const char *light = strstr(wg_drawing_text(drawing), "<style>");
  assert_non_null(light);
  const char *dark = strstr(light, "@media(prefers-color-scheme:dark)");
  assert_non_null(dark);
  const char *themes[] = {light, dark};
  for (int t = 0; t < 2; t++) {
    const char *page = color_of(themes[t], ".page{fill:");
    assert_true(contrast(color_of(themes[t], "text{"), page) >= 4.5);
    assert_true(contrast(color_of(themes[t], ".frame,.tick{stroke:"), page) >= 3);
    assert_true(contrast(color_of(themes[t], ".curve{stroke:"), page) >= 3);
    for (int area = 0; area < 8; area++) {
      char rule[32];
      snprintf(rule, sizeof rule, ".area%d{fill:", area);
      const char *area_color = color_of(themes[t], rule);
      assert_true(contrast(color_of(themes[t], ".edge{stroke:"), area_color) >= 3);
      for (int mark = 0; mark < 8; mark++) { /* a sample may lie in the area of another class */
        snprintf(rule, sizeof rule, ".mark%d{fill:", mark);
        double ratio = contrast(color_of(themes[t], rule), area_color);
        if (ratio < 3) fail_msg("%s theme, mark %d on area %d: contrast %.2f", t ? "dark" : "light", mark, area, ratio);
      }
    }
  }
  wg_drawing_free(drawing);
  wg_table_free(table);
}

static void classes_have_marks_of_different_shapes(void **state) {
  (void)state;
  int64_t labels[32];
  wg_boundary boundary = halves(labels);
  boundary.classes = 64;
  wg_table *table = two_samples();
  table->rows = 0;
  wg_drawing *drawing = boundary_svg(&boundary, table, NULL);
  assert_well_formed(wg_drawing_text(drawing));
  const char *shapes[] = {"circle", "square", "triangle,", "diamond", "plus", "triangle pointing down",
                          "cross",  "hexagon"};
  for (int i = 0; i < 8; i++) assert_contains(wg_drawing_text(drawing), shapes[i]);
  assert_contains(wg_drawing_text(drawing), "and 47 more");
  wg_drawing_free(drawing);
  wg_table_free(table);
}

/* ---- Terminals ---- */

static wg_drawing *boundary_text(const wg_boundary *boundary, const wg_table *table, wg_terminal terminal) {
  wg_drawing *drawing;
  wg_error error;
  if (wg_draw_boundary_text(boundary, table, &terminal, &drawing, &error) != WG_OK) fail_msg("%s", error.message);
  return drawing;
}

static void plain_text_shows_areas_by_characters_and_samples_by_letters(void **state) {
  (void)state;
  int64_t labels[32];
  wg_boundary boundary = halves(labels);
  wg_table *table = two_samples();
  wg_drawing *drawing = boundary_text(&boundary, table, (wg_terminal){.width = 21});
  assert_string_equal(wg_drawing_text(drawing), "        1|.....:::::\n"
                                                "         |..A..::B::\n"
                                                "         |.....:::::\n"
                                                "       -1|.....:::::\n"
                                                "         +----------\n"
                                                "          -1       1\n"
                                                "  across x1, up x2\n"
                                                "  .A. 0\n"
                                                "  :B: 1\n");
  wg_drawing_free(drawing);
  wg_table_free(table);
}

/* Columns of a line: characters, without escape sequences. */
static int columns_of(const char *line, size_t length) {
  int columns = 0;
  for (size_t i = 0; i < length; i++) {
    if (line[i] == '\x1b')
      while (line[i] != 'm') i++;
    else if (((unsigned char)line[i] & 0xC0) != 0x80)
      columns++;
  }
  return columns;
}

static void assert_fits(const char *text, const wg_terminal *terminal) {
  for (const char *line = text, *end; *line; line = end + 1) {
    end = strchr(line, '\n');
    assert_non_null(end);
    int columns = columns_of(line, (size_t)(end - line));
    if (columns > terminal->width)
      fail_msg("%d columns of %d: %.*s", columns, terminal->width, (int)(end - line), line);
    const char *reset = NULL, *escape = NULL;
    for (const char *c = line; c < end; c++) {
      if (*c == '\x1b') escape = c;
      if (!strncmp(c, "\x1b[0m", 4)) reset = c;
      if (!terminal->unicode) assert_true((unsigned char)*c < 0x80);
    }
    assert_true(terminal->color || !escape);
    assert_true(escape == reset); /* the last escape sequence of a line is the one that ends all color */
  }
}

static void text_fits_every_terminal(void **state) {
  (void)state;
  int64_t labels[32];
  wg_boundary boundary = halves(labels);
  boundary.x_min = -1.23456e-100;
  boundary.y_min = -1.23456e+100;
  wg_table *table = two_samples();
  char longest[] = "a name that is much longer than any terminal of a sensible size, and goes on, and on and on and on";
  char *names[] = {longest, longest};
  table->class_names = table->column_names = names;
  wg_epoch epochs[150];
  for (int i = 0; i < 150; i++) epochs[i] = (wg_epoch){i * 1000000, 149000000, 1e-7 * i, 0.5};
  const int widths[] = {20, 21, 39, 40, 80, 200};
  for (int w = 0; w < 6; w++)
    for (int flags = 0; flags < 4; flags++) {
      const wg_terminal terminal = {widths[w], flags & 1, flags & 2};
      wg_drawing *drawing = boundary_text(&boundary, table, terminal);
      assert_fits(wg_drawing_text(drawing), &terminal);
      wg_drawing_free(drawing);
      assert_int_equal(wg_draw_loss_text(150, epochs, &terminal, NULL, &drawing, NULL), WG_OK);
      assert_fits(wg_drawing_text(drawing), &terminal);
      wg_drawing_free(drawing);
    }
  table->class_names = table->column_names = NULL;
  wg_table_free(table);
}

static void color_and_shape_both_tell_the_class(void **state) {
  (void)state;
  int64_t labels[32];
  wg_boundary boundary = halves(labels);
  wg_table *table = two_samples();
  wg_drawing *drawing = boundary_text(&boundary, table, (wg_terminal){.unicode = true, .color = true});
  assert_contains(wg_drawing_text(drawing), "\x1b[38;5;117;48;5;17m●");
  assert_contains(wg_drawing_text(drawing), "\x1b[38;5;216;48;5;52m■");
  wg_drawing_free(drawing);
  wg_table_free(table);
}

/* Lines of the plot, 12 rows of 9 columns for 9 equally long parts of two epochs, of which the larger loss counts. */
static void the_loss_is_drawn_as_columns_of_its_height(void **state) {
  (void)state;
  const double losses[] = {1, 12, 11, 1, 6, 6, 6, 5, 3, NAN, NAN, NAN, 0, 1, 0.5, 0, 0, 0};
  wg_epoch epochs[18];
  for (int i = 0; i < 18; i++) epochs[i] = (wg_epoch){i, 17, losses[i], 0.5};
  wg_drawing *drawing;
  assert_int_equal(wg_draw_loss_text(18, epochs, &(wg_terminal){.width = 20}, NULL, &drawing, NULL), WG_OK);
  assert_string_equal(wg_drawing_text(drawing), "       12|#        \n"
                                                "         |##       \n"
                                                "         |##       \n"
                                                "         |##       \n"
                                                "         |##       \n"
                                                "         |##       \n"
                                                "         |####     \n"
                                                "         |####     \n"
                                                "         |####     \n"
                                                "         |#####    \n"
                                                "         |#####    \n"
                                                "        0|##### ## \n"
                                                "         +---------\n"
                                                "          0      17\n"
                                                "  across epoch, up J\n"
                                                "  last 0\n");
  wg_drawing_free(drawing);
}

static void a_terminal_too_narrow_or_wide_is_refused(void **state) {
  (void)state;
  const int widths[] = {19, 201, -1};
  wg_error error;
  wg_drawing *drawing;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(wg_draw_loss_text(0, NULL, &(wg_terminal){.width = widths[i]}, NULL, &drawing, &error),
                     WG_ERROR_ARGUMENT);
    assert_contains(error.message, "drawings need 20 to 200");
    assert_null(drawing);
  }
}

/* ---- Odd data ---- */

static void curves_of_odd_losses_are_drawn(void **state) {
  (void)state;
  const wg_epoch flat[] = {{0, 1, 0, 1}, {1, 1, 0, 1}}, negative[] = {{0, 1, -1, 1}, {1, 1, -2, 1}};
  const wg_epoch single[] = {{5, 5, 0.3, 1}}, broken[] = {{0, 1, NAN, 0}, {1, 1, INFINITY, 0}};
  const struct {
    size_t count;
    const wg_epoch *epochs;
  } cases[] = {{0, NULL}, {2, flat}, {2, negative}, {1, single}, {2, broken}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    wg_drawing *drawing = loss_svg(cases[i].count, cases[i].epochs);
    assert_well_formed(wg_drawing_text(drawing));
    assert_null(strstr(strstr(wg_drawing_text(drawing), "</desc>"), "nan"));
    assert_null(strstr(strstr(wg_drawing_text(drawing), "</desc>"), "inf"));
    wg_drawing_free(drawing);
    const wg_terminal terminal = {.width = 80, .unicode = true};
    assert_int_equal(wg_draw_loss_text(cases[i].count, cases[i].epochs, &terminal, NULL, &drawing, NULL), WG_OK);
    assert_fits(wg_drawing_text(drawing), &terminal);
    wg_drawing_free(drawing);
  }
}

static wg_model *spiral_model(const wg_allocator *allocator) {
  wg_net_spec spec = wg_net_spec_of(WG_NET_SPIRAL);
  spec.allocator = allocator;
  wg_model *model;
  wg_model_new(&spec, WG_INIT_HE, 1, &model, NULL);
  return model;
}

static void a_boundary_is_what_the_model_predicts(void **state) {
  (void)state;
  wg_model *model = spiral_model(NULL);
  wg_table *table = wg_spiral(3, 20, 0.2, 1, NULL);
  wg_boundary *boundary;
  assert_int_equal(wg_boundary_new(model, table, 30, 20, &boundary, NULL), WG_OK);
  for (int64_t row = 0; row < 20; row++)
    for (int64_t column = 0; column < 30; column++) {
      double x = boundary->x_min + (boundary->x_max - boundary->x_min) * ((double)column + 0.5) / 30;
      double y = boundary->y_max - (boundary->y_max - boundary->y_min) * ((double)row + 0.5) / 20;
      int64_t label;
      assert_int_equal(wg_predict(model, 1, 2, (double[]){x, y}, &label, NULL, NULL), WG_OK);
      assert_int_equal(boundary->labels[row * 30 + column], label);
    }
  for (int i = 0; i < 60; i++) {
    const double *point = numbers(table) + 2 * i;
    assert_true(point[0] > boundary->x_min && point[0] < boundary->x_max);
    assert_true(point[1] > boundary->y_min && point[1] < boundary->y_max);
  }
  wg_boundary_free(boundary);
  wg_table_free(table);
  wg_model_free(model);
}

static void boundaries_of_odd_tables_are_drawn_or_refused(void **state) {
  (void)state;
  wg_model *model = spiral_model(NULL);
  wg_error error;
  wg_boundary *boundary;
  const double values[] = {0, 3, 1e200, -1e-200, NAN};
  for (int i = -1; i < 5; i++) { /* no sample at all, then one sample of an odd value */
    wg_table *table = wg_table_new(i >= 0, 2, 3, NULL);
    if (i >= 0) numbers(table)[0] = numbers(table)[1] = values[i];
    if (wg_boundary_new(model, table, 5, 5, &boundary, &error) != WG_OK) fail_msg("%s", error.message);
    assert_true(boundary->x_min < boundary->x_max && boundary->y_min < boundary->y_max);
    wg_drawing *drawing = boundary_svg(boundary, table, NULL);
    assert_well_formed(wg_drawing_text(drawing));
    wg_drawing_free(drawing);
    wg_drawing_free(boundary_text(boundary, table, (wg_terminal){.width = 80}));
    wg_boundary_free(boundary);
    wg_table_free(table);
  }
  wg_table *table = wg_table_new(2, 2, 3, NULL);
  numbers(table)[0] = 1e308;
  numbers(table)[2] = -1e308;
  assert_int_equal(wg_boundary_new(model, table, 5, 5, &boundary, &error), WG_ERROR_ARGUMENT);
  assert_string_equal(error.message, "the features spread too far to be drawn");
  numbers(table)[0] = numbers(table)[2] = 0;
  assert_int_equal(wg_boundary_new(model, table, 0, 5, &boundary, &error), WG_ERROR_ARGUMENT);
  assert_contains(error.message, "each side must be 1 to 1000");
  table->columns = 1;
  assert_int_equal(wg_boundary_new(model, table, 5, 5, &boundary, &error), WG_ERROR_ARGUMENT);
  assert_string_equal(error.message, "a boundary is drawn for two features, and here are 1");
  assert_null(boundary);
  wg_table_free(table);
  wg_model_free(model);
}

/* ---- Files ---- */

static void a_drawing_is_written_whole(void **state) {
  (void)state;
  const wg_epoch epochs[] = {{0, 1, 1, 0}, {1, 1, 0.5, 1}};
  wg_drawing *drawing = loss_svg(2, epochs);
  char path[] = "/tmp/wengert-draw-XXXXXX", *read = calloc(1, wg_drawing_size(drawing) + 2);
  int descriptor = mkstemp(path);
  assert_true(descriptor >= 0);
  close(descriptor);
  assert_int_equal(wg_drawing_write(drawing, path, NULL), WG_OK);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(fread(read, 1, wg_drawing_size(drawing) + 1, file), wg_drawing_size(drawing));
  fclose(file);
  assert_string_equal(read, wg_drawing_text(drawing));
  remove(path);
  free(read);
  wg_drawing_free(drawing);
}

static void a_file_that_cannot_be_written_is_named(void **state) {
  (void)state;
  wg_drawing *drawing = loss_svg(0, NULL);
  wg_error error;
  assert_int_equal(wg_drawing_write(drawing, "/nowhere/x.svg", &error), WG_ERROR_FILE);
  assert_string_equal(error.message, "/nowhere/x.svg: cannot be opened: No such file or directory");
  if (access("/dev/full", W_OK) == 0) {
    assert_int_equal(wg_drawing_write(drawing, "/dev/full", &error), WG_ERROR_FILE);
    assert_string_equal(error.message, "/dev/full: cannot be written: No space left on device");
  }
  wg_drawing_free(drawing);
  assert_string_equal(wg_drawing_text(NULL), "");
  wg_drawing_free(NULL);
}

static void numbers_have_points_in_every_locale(void **state) {
  (void)state;
  const wg_epoch epochs[] = {{0, 1, 1.5, 0}, {1, 1, 0.5, 1}};
  const char *locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"};
  for (int i = 0; i < 3; i++) {
    if (!setlocale(LC_NUMERIC, locales[i])) continue;
    wg_drawing *drawing = loss_svg(2, epochs);
    setlocale(LC_NUMERIC, "C");
    assert_contains(wg_drawing_text(drawing), "from 1.5 at epoch 0 to 0.5");
    wg_drawing_free(drawing);
  }
}

static void every_failed_allocation_is_a_status(void **state) {
  (void)state;
  wg_table *table = wg_spiral(3, 3, 0.2, 1, NULL);
  const wg_epoch epochs[] = {{0, 1, 1, 0}, {1, 1, 0.5, 1}};
  for (int for_good = 0; for_good < 2; for_good++)
    for (size_t n = 1;; n++) {
      failing_memory memory = {.fail = n, .for_good = for_good};
      wg_allocator allocator = failing_allocator(&memory);
      wg_model *model = spiral_model(&allocator);
      wg_boundary *boundary = NULL;
      wg_drawing *drawings[4] = {NULL};
      wg_status status = model ? wg_boundary_new(model, table, 6, 6, &boundary, NULL) : WG_ERROR_MEMORY;
      if (status == WG_OK) status = wg_draw_boundary_svg(boundary, table, NULL, &drawings[0], NULL);
      if (status == WG_OK) status = wg_draw_boundary_text(boundary, table, NULL, &drawings[1], NULL);
      if (status == WG_OK) status = wg_draw_loss_svg(2, epochs, NULL, &allocator, &drawings[2], NULL);
      if (status == WG_OK) status = wg_draw_loss_text(2, epochs, NULL, &allocator, &drawings[3], NULL);
      assert_int_equal(status, memory.failed ? WG_ERROR_MEMORY : WG_OK);
      for (int i = 0; i < 4; i++) wg_drawing_free(drawings[i]);
      wg_boundary_free(boundary);
      wg_model_free(model);
      assert_int_equal(memory.live, 0);
      if (!memory.failed) break;
    }
  wg_table_free(table);
}

/* ---- Times ---- */

static void assert_seconds(double seconds, const char *expected) {
  char text[WG_DIGITS_SIZE];
  assert_string_equal(wg_draw_seconds(text, seconds), expected);
}

static void times_have_three_digits_of_the_unit_that_fits(void **state) {
  (void)state;
  assert_seconds(1.3149, "1.31 s");
  assert_seconds(4.2e-3, "4.2 ms");
  assert_seconds(310e-9, "310 ns");
  assert_seconds(0.427e-9, "0.427 ns");
  assert_seconds(-2e-6, "-2 µs");
  assert_seconds(12345, "12345 s");
}

static void a_time_that_rounds_up_to_the_next_unit_is_in_that_unit(void **state) {
  (void)state;
  assert_seconds(999.4e-6, "999 µs");
  assert_seconds(999.6e-6, "1 ms");
  assert_seconds(0.9996, "1 s");
  assert_seconds(999.7, "1000 s");
  assert_seconds(99999.7, "1e+05 s");
}

static void what_no_clock_sees_is_no_time(void **state) {
  (void)state;
  assert_seconds(0, "0 ns");
  assert_seconds(3e-15, "0 ns");
  assert_seconds(-3e-15, "0 ns");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_svg_is_well_formed_and_described),
      cmocka_unit_test(samples_and_areas_lie_where_they_should),
      cmocka_unit_test(the_curve_goes_through_its_points_and_breaks_at_nan),
      cmocka_unit_test(names_from_outside_cannot_break_a_drawing),
      cmocka_unit_test(colors_differ_enough_on_light_and_dark_pages),
      cmocka_unit_test(classes_have_marks_of_different_shapes),
      cmocka_unit_test(plain_text_shows_areas_by_characters_and_samples_by_letters),
      cmocka_unit_test(text_fits_every_terminal),
      cmocka_unit_test(color_and_shape_both_tell_the_class),
      cmocka_unit_test(the_loss_is_drawn_as_columns_of_its_height),
      cmocka_unit_test(times_have_three_digits_of_the_unit_that_fits),
      cmocka_unit_test(a_time_that_rounds_up_to_the_next_unit_is_in_that_unit),
      cmocka_unit_test(what_no_clock_sees_is_no_time),
      cmocka_unit_test(a_terminal_too_narrow_or_wide_is_refused),
      cmocka_unit_test(curves_of_odd_losses_are_drawn),
      cmocka_unit_test(a_boundary_is_what_the_model_predicts),
      cmocka_unit_test(boundaries_of_odd_tables_are_drawn_or_refused),
      cmocka_unit_test(a_drawing_is_written_whole),
      cmocka_unit_test(a_file_that_cannot_be_written_is_named),
      cmocka_unit_test(numbers_have_points_in_every_locale),
      cmocka_unit_test(every_failed_allocation_is_a_status),
  };
  return RUN_TESTS(tests);
}
