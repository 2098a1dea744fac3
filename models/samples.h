/* samples.h: where the samples of a training come from: a table, images varied anew in every epoch, windows of a text. */
#ifndef WG_SAMPLES_H
#define WG_SAMPLES_H

#include "data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A source of samples: plain data and two functions, nothing to be freed. What `fill` writes depends on its arguments
 * alone, so a training that was interrupted goes on with the same samples. */
typedef struct wg_samples {
  int64_t rows;          /* how many there are */
  int64_t classes;       /* that are told apart */
  const int64_t *labels; /* each sample's class, or NULL where a sample has more than one target */
  bool varies;           /* whether a sample is another one in each epoch */
  const void *source;    /* what the functions read; it must outlive the samples */

  /* Whether the net can learn from them; only net->spec is read. Errors: WG_ERROR_DATA, with what does not fit. */
  wg_status (*fits)(const struct wg_samples *samples, const wg_net *net, wg_error *error);

  /* Lays out net->spec.samples of them for the net's X and Y, in its dtypes and orientation: sample j is rows[j], or
   * first + j where `rows` is NULL. `epoch` counts from 1; 0 stands for the samples as they are, for judging a net. y
   * may be NULL. Needs samples that fit; never fails. */
  void (*fill)(const struct wg_samples *samples, const wg_net *net, int64_t epoch, const size_t *rows, int64_t first,
               void *x, void *y);
} wg_samples;

/* The rows of a table, which must outlive the samples. */
WG_API wg_samples wg_table_samples(const wg_table *table);

/* Images varied at random, so that a net sees each of them in many places. */
typedef struct wg_augmentation {
  const wg_table *table; /* of images, that is with channels, height and width */
  int64_t shift; /* each image is moved by −shift … shift pixels in both directions; what moves in repeats the border */
  bool flip;     /* and mirrored left to right, every other time */
  uint64_t seed;
} wg_augmentation;

/* The rows of the augmentation's table, varied: how, depends on the seed, the epoch and the number of the row, not on
 * the batch that it is in. In epoch 0 they are as they are. The augmentation and its table must outlive the samples.
 * `fits` refuses what is no table of images, and a shift that is negative or as large as an image (WG_ERROR_DATA). */
WG_API wg_samples wg_augmented_samples(const wg_augmentation *augmentation);

#ifdef __cplusplus
}
#endif
#endif
