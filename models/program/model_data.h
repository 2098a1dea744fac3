/* model_data.h: a trained model and samples whose classes are known, for the commands that judge it. */
#ifndef WG_PROGRAM_MODEL_DATA_H
#define WG_PROGRAM_MODEL_DATA_H

#include "../model_file.h"
#include "../read.h"
#include "../text_data.h"
#include "program.h"

/* Fill with MODEL_DATA_DEFAULT. */
typedef struct model_data_choice {
  const char *model;       /* the argument MODEL */
  const char *data, *test; /* one of them: all samples or those for learning; or those for testing */
  const char *label, *delimiter;
  int64_t points, seed;
  double noise, hold_out;
} model_data_choice;

#define MODEL_DATA_DEFAULT                                                                                             \
  { .points = 100, .noise = -1, .seed = 1 }

#define MODEL_DATA_OPTIONS(choice)                                                                                      \
  {"data",                                                                                                              \
   OPTION_TEXT,                                                                                                         \
   &(choice).data,                                                                                                      \
   "FILE",                                                                                                              \
   "samples to judge by: a table (.csv, .npy, .npz), a folder with MNIST's files, for a language model a text; or a "   \
   "set that is made: spiral, moons, circles, xor, blobs",                                                              \
   0,                                                                                                                   \
   0},                                                                                                                  \
      {"test", OPTION_TEXT, &(choice).test, "FILE", "instead: the other part of such a folder, .npz or set", 0, 0},     \
      {"hold-out", OPTION_NUMBER, &(choice).hold_out, "PART", "judge by what train held out with this and --seed",      \
       0,          0.99},                                                                                               \
      {"label", OPTION_TEXT, &(choice).label, "COLUMN", "the column of the class, by its name or number [the last]", 0, \
       0},                                                                                                              \
      {"delimiter", OPTION_TEXT, &(choice).delimiter, "C", "what separates the fields, or the word tab [,]", 0, 0},     \
      {"points", OPTION_INTEGER, &(choice).points, "N", "points of each class of a made set", 1, 1e6},                  \
      {"noise", OPTION_NUMBER, &(choice).noise, "S", "standard deviation of a made set [the set's own]", 0, 100}, {     \
    "seed", OPTION_INTEGER, &(choice).seed, "N", "seed of --hold-out and of made sets", 0, SEED_MAX                     \
  }

/* What was loaded. To be given to model_data_free, also after a failure. */
typedef struct model_data {
  wg_model_file file;
  const char *name; /* of the data */
  wg_table *table;  /* the samples, scaled as the model wants them; NULL for a text */
  wg_text_data *text;
  wg_text_part counted, judged; /* of a text: what comes before the samples, and where they are */
  wg_samples samples;
} model_data;

/* Loads the model and the samples; classes and characters have the numbers that the model knows them by. EXIT_GOOD, or
 * a message and its exit code. */
int model_data_load(const terminal *t, const model_data_choice *choice, model_data *loaded);
void model_data_free(model_data *loaded);

/* The name of a class: the data's, the model's, a character, or its number. */
const char *model_data_class(const model_data *loaded, int64_t label, char text[WG_CLASS_TEXT_SIZE]);

#endif
