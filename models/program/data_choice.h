/* data_choice.h: which data a command works on: options, reading, splitting, standardizing, fitting the net to it. */
#ifndef WG_PROGRAM_DATA_CHOICE_H
#define WG_PROGRAM_DATA_CHOICE_H

#include "program.h"

/* Begin with DATA_CHOICE_DEFAULT: `points` and `noise` are −1 where they are not given. */
typedef struct data_choice {
  const char *data, *label, *label_file, *delimiter;
  const char *test; /* a file of held-out samples */
  const char *fold; /* 2/5 */
  int64_t points, shift;
  double noise, hold_out;
  bool standardize, flip;
} data_choice;

#define DATA_CHOICE_DEFAULT                                                                                            \
  { .points = -1, .noise = -1 }

#define DATA_OPTIONS(choice)                                                                                            \
  {"data",                                                                                                              \
   OPTION_TEXT,                                                                                                         \
   &(choice).data,                                                                                                      \
   "FILE",                                                                                                              \
   "a table (.csv, .npy, .npz, also packed), a folder with MNIST's files, for a language model a text; or a set "       \
   "that is made: spiral, moons, circles, xor, blobs [spiral]",                                                         \
   0,                                                                                                                   \
   0},                                                                                                                  \
      {"test",                                                                                                          \
       OPTION_TEXT,                                                                                                     \
       &(choice).test,                                                                                                  \
       "FILE",                                                                                                          \
       "samples to judge by, not to learn from; of a folder, .npz or made set by the same name its other part",         \
       0,                                                                                                               \
       0},                                                                                                              \
      {"hold-out",                                                                                                      \
       OPTION_NUMBER,                                                                                                   \
       &(choice).hold_out,                                                                                              \
       "PART",                                                                                                          \
       "or keep this part of every class, such as 0.2, of a text its end",                                              \
       0,                                                                                                               \
       0.99},                                                                                                           \
      {"fold",                                                                                                          \
       OPTION_TEXT,                                                                                                     \
       &(choice).fold,                                                                                                  \
       "K/N",                                                                                                           \
       "or the K-th of N parts, each with the classes in proportion, such as 2/5",                                      \
       0,                                                                                                               \
       0},                                                                                                              \
      {"label", OPTION_TEXT, &(choice).label, "COLUMN", "the column of the class, by its name or number [the last]", 0, \
       0},                                                                                                              \
      {"label-file",                                                                                                    \
       OPTION_TEXT,                                                                                                     \
       &(choice).label_file,                                                                                            \
       "FILE",                                                                                                          \
       "the labels, where the data is an array of features (.npy, IDX)",                                                \
       0,                                                                                                               \
       0},                                                                                                              \
      {"delimiter", OPTION_TEXT, &(choice).delimiter, "C", "what separates the fields, or the word tab [,]", 0, 0},     \
      {"standardize",                                                                                                   \
       OPTION_FLAG,                                                                                                     \
       &(choice).standardize,                                                                                           \
       NULL,                                                                                                            \
       "scale features to mean 0 and deviation 1 (of the training part)",                                               \
       0,                                                                                                               \
       0},                                                                                                              \
      {"points", OPTION_INTEGER, &(choice).points, "N", "points of each class of a made set [100]", 1, 1e6}, {          \
    "noise", OPTION_NUMBER, &(choice).noise, "S",                                                                       \
        "its standard deviation [spiral: 0.2, of the angles; moons: 0.1; circles: 0.05; xor: 0.3; blobs: 1]", 0, 100    \
  }

/* What only those that learn take. */
#define AUGMENTATION_OPTIONS(choice)                                                                                   \
  {"shift", OPTION_INTEGER, &(choice).shift, "N", "images: move each by up to N pixels, anew in every epoch", 0, 1e4}, \
  {                                                                                                                    \
    "flip", OPTION_FLAG, &(choice).flip, NULL, "images: mirror half of them, anew in every epoch", 0, 0                \
  }

/* What was read. To be given to data_free, also after a failure. */
typedef struct data_parts {
  const char *name;           /* for people: the file, or "the spiral" */
  wg_table *table;            /* all of it, or what --data names */
  wg_table *training_table;   /* the part to learn from; `table` itself where nothing is split off */
  wg_table *held_table;       /* held-out samples, or NULL */
  wg_scaler *scaler;          /* that was applied, or NULL */
  wg_text_data *text;         /* instead of tables, for a language model */
  wg_text_part text_parts[2]; /* to learn from, and held out */
  wg_augmentation augmentation;
  wg_samples training, held; /* the samples themselves */
  wg_samples plain;          /* the training samples, not varied */
  bool has_held;
  int64_t widths[NET_WIDTHS_MAX]; /* where the spec's widths are kept */
} data_parts;

/* Rows of a table that a cnn takes for images, by --image or because they are square, are images. */
void images_mark(const wg_net_spec *spec, wg_table *table);

/* Reads what was chosen, splits and standardizes it, and gives the spec the features and classes of the data where
 * --layers did not set them. EXIT_GOOD, or a message and its exit code. */
int data_load(const terminal *t, const data_choice *choice, const net_choice *net, uint64_t seed, wg_net_spec *spec,
              data_parts *parts);
void data_free(data_parts *parts);

#endif
