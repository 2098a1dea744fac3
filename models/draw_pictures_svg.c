/* draw_pictures_svg.c: images of samples as SVG. Pixels of one shade are one path, its stretches of a row rectangles. */
#include "draw_analysis.h"
#include "svg.h"

#include <math.h>

/* Shades of gray, or of each of red, green and blue. */
enum { GRAYS = 32, LEVELS = 8 };

enum {
  picture_size = 84,
  picture_step_x = 104,
  picture_step_y = 140,
  columns_most = 8,
  margin = 20,
  title_height = 52
};

typedef struct raster {
  int64_t channels, height, width;
  const double *pixels;
} raster;

static int level_of(double value, int levels) {
  if (!(value > 0)) return 0; /* NaN too */
  int level = (int)(fmin(value, 1) * levels);
  return level < levels ? level : levels - 1;
}

/* The shade of a pixel, 0 … shades − 1. */
static int shade_of(const raster *image, int64_t row, int64_t column) {
  int64_t plane = image->height * image->width, at = row * image->width + column;
  if (image->channels < 3) return level_of(image->pixels[at], GRAYS);
  int shade = 0;
  for (int64_t c = 0; c < 3; c++) shade = shade * LEVELS + level_of(image->pixels[c * plane + at], LEVELS);
  return shade;
}

static void add_fill(wg_text *text, const raster *image, int shade) {
  if (image->channels < 3) {
    int gray = shade * 255 / (GRAYS - 1);
    wg_text_print(text, "#%02x%02x%02x", gray, gray, gray);
    return;
  }
  int red = shade / (LEVELS * LEVELS), green = shade / LEVELS % LEVELS, blue = shade % LEVELS;
  wg_text_print(text, "#%02x%02x%02x", red * 255 / (LEVELS - 1), green * 255 / (LEVELS - 1), blue * 255 / (LEVELS - 1));
}

/* Where the stretch of one shade ends that begins at `column`. */
static int64_t stretch_end(const raster *image, int64_t row, int64_t column) {
  int shade = shade_of(image, row, column);
  while (column < image->width && shade_of(image, row, column) == shade) column++;
  return column;
}

static void path_begin(wg_text *text, const raster *image, int shade) {
  wg_text_add(text, "<path fill=\"");
  add_fill(text, image, shade);
  wg_text_add(text, "\" d=\"");
}

/* The stretches of a shade, or of all but 0 where it is −1, each of which is then a path of its own: colors rarely come
 * twice. */
static void add_stretches(wg_text *text, const raster *image, int wanted) {
  bool begun = false;
  for (int64_t row = 0; row < image->height; row++)
    for (int64_t column = 0, end; column < image->width; column = end) {
      int shade = shade_of(image, row, column);
      end = stretch_end(image, row, column);
      if (shade == 0 || (wanted >= 0 && shade != wanted)) continue;
      if (!begun) path_begin(text, image, shade);
      begun = wanted >= 0;
      wg_text_print(text, "M%d %dh%dv1h-%dz", (int)column, (int)row, (int)(end - column), (int)(end - column));
      if (!begun) wg_text_add(text, "\"/>");
    }
  if (begun) wg_text_add(text, "\"/>");
}

static void add_image(wg_text *text, const raster *image, double left, double top) {
  double scale = (double)picture_size / (double)(image->width > image->height ? image->width : image->height);
  wg_text_add(text, "<g shape-rendering=\"crispEdges\" transform=\"translate(");
  wg_svg_point(text, left, top);
  wg_text_add(text, ")scale(");
  wg_draw_number(text, "%.4f", scale);
  wg_text_print(text, ")\"><path d=\"M0 0h%dv%dh-%dz\"/>", (int)image->width, (int)image->height, (int)image->width);
  for (int shade = 1; shade < GRAYS && image->channels < 3; shade++) add_stretches(text, image, shade);
  if (image->channels >= 3) add_stretches(text, image, -1);
  wg_text_add(text, "</g>\n");
}

wg_status wg_draw_pictures_svg(size_t count, const wg_picture *pictures, int64_t channels, int64_t height,
                               int64_t width, const char *title, const wg_allocator *allocator, wg_drawing **drawing,
                               wg_error *error) {
  *drawing = NULL;
  if (count < 1 || count > WG_PICTURES_MAX || channels < 1 || height < 1 || width < 1 || height > WG_PICTURE_SIDE_MAX ||
      width > WG_PICTURE_SIDE_MAX)
    return wg_error_set(error, WG_ERROR_ARGUMENT, "%zu pictures of %lld×%lld×%lld cannot be drawn", count,
                        (long long)channels, (long long)height, (long long)width);
  size_t columns = count < columns_most ? count : columns_most, rows = (count + columns - 1) / columns;
  wg_text text = WG_TEXT_EMPTY(allocator ? allocator : &wg_allocator_default);
  int page_width = 2 * margin + (int)columns * picture_step_x;
  wg_svg_open(&text, "pictures", page_width < 420 ? 420 : page_width, title_height + (int)rows * picture_step_y + 10,
              title, "Images of samples; below each its class and what it is taken for.");
  wg_text_add(&text, "<style>.small{font-size:12px}</style>\n");
  for (size_t i = 0; i < count; i++) {
    double left = margin + (double)(i % columns) * picture_step_x;
    size_t row = i / columns;
    double top = title_height + (double)row * picture_step_y;
    add_image(&text, &(raster){channels, height, width, pictures[i].pixels}, left, top);
    for (int line = 0; line < 2; line++) {
      wg_text_add(&text, "<text class=\"small\" x=\"");
      wg_svg_pixel(&text, left);
      wg_text_add(&text, "\" y=\"");
      wg_svg_pixel(&text, top + picture_size + 17 + 17 * line);
      wg_text_add(&text, "\">");
      wg_draw_xml(&text, pictures[i].lines[line], 18);
      wg_text_add(&text, "</text>");
    }
    wg_text_add(&text, "\n");
  }
  wg_svg_close(&text);
  return wg_drawing_finish(&text, drawing, error);
}
