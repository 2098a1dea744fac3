/* augment.c: images shifted and mirrored at random. */
#include "sample_layout.h"

/* How one image is varied. */
typedef struct variation {
  int64_t down, right;
  bool mirrored;
} variation;

static const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);

static variation variation_of(const wg_augmentation *augmentation, int64_t epoch, int64_t row) {
  if (epoch == 0) return (variation){0, 0, false};
  wg_random random = wg_random_new(augmentation->seed + (uint64_t)epoch * golden, WG_STREAM_AUGMENT);
  random = wg_random_new(wg_random_next(&random) + (uint64_t)row * golden, WG_STREAM_AUGMENT);
  uint64_t places = 2 * (uint64_t)augmentation->shift + 1;
  int64_t down = (int64_t)wg_random_below(&random, places) - augmentation->shift;
  int64_t right = (int64_t)wg_random_below(&random, places) - augmentation->shift;
  return (variation){down, right, augmentation->flip && wg_random_below(&random, 2) == 1};
}

static int64_t inside(int64_t i, int64_t count) { return i < 0 ? 0 : i < count ? i : count - 1; }

static void fill_image(const wg_table *table, int64_t row, const variation *how, const wg_net *net, int64_t j,
                       void *x) {
  int64_t height = table->height, width = table->width, i = 0;
  for (int64_t c = 0; c < table->channels; c++)
    for (int64_t line = 0; line < height; line++)
      for (int64_t column = 0; column < width; column++) {
        int64_t from_line = inside(line - how->down, height), from_column = inside(column - how->right, width);
        if (how->mirrored) from_column = width - 1 - from_column;
        int64_t from = (c * height + from_line) * width + from_column;
        wg_sample_feature(net, j, i++, wg_table_feature(table, row, from), x);
      }
}

static void fill(const wg_samples *samples, const wg_net *net, int64_t epoch, const size_t *rows, int64_t first,
                 void *x, void *y) {
  const wg_augmentation *augmentation = samples->source;
  const wg_table *table = augmentation->table;
  for (int64_t j = 0; j < net->spec.samples; j++) {
    int64_t row = rows ? (int64_t)rows[j] : first + j;
    const variation how = variation_of(augmentation, epoch, row);
    fill_image(table, row, &how, net, j, x);
    if (y) wg_sample_target(net, j, table->labels[row], y);
  }
}

static wg_status fits(const wg_samples *samples, const wg_net *net, wg_error *error) {
  const wg_augmentation *augmentation = samples->source;
  const wg_table *table = augmentation->table;
  if (table->channels < 1 || table->height < 1 || table->width < 1 ||
      table->channels * table->height * table->width != table->columns)
    return wg_error_set(error, WG_ERROR_DATA, "the samples are no images, and cannot be shifted or mirrored");
  int64_t smaller = table->height < table->width ? table->height : table->width;
  if (augmentation->shift < 0 || augmentation->shift >= smaller)
    return wg_error_set(error, WG_ERROR_DATA, "images of %lld×%lld pixels cannot be shifted by up to %lld",
                        (long long)table->height, (long long)table->width, (long long)augmentation->shift);
  return wg_table_fits(table, net, error);
}

wg_samples wg_augmented_samples(const wg_augmentation *augmentation) {
  wg_samples samples = wg_table_samples(augmentation->table);
  samples.varies = true;
  samples.source = augmentation;
  samples.fits = fits;
  samples.fill = fill;
  return samples;
}
