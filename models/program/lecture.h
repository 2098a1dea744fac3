/* lecture.h: the parts of `wengert lecture`. Each teaches one thing: prints it, or writes it into the JSON document. */
#ifndef WG_PROGRAM_LECTURE_H
#define WG_PROGRAM_LECTURE_H

#include "program.h"

typedef struct lecture {
  const terminal *terminal;
  json *json; /* NULL for text */
  int64_t seed, epochs, every, hidden, points;
  double rate;
  const char *svg; /* the file to draw into, or NULL */
  wg_table *spiral;
  wg_net *net; /* in f64, recorded once */
  wg_sweep_counts sweep;
  wg_node *grad[4]; /* ∂W1, ∂b1, ∂W2, ∂b2 */
  int64_t widths[3];
  bool differs; /* some comparison failed */
} lecture;

/* Each returns an exit code; EXIT_GOOD also where a comparison failed, which `differs` says. */
int lecture_tape(lecture *lesson);
int lecture_derivation(lecture *lesson);
int lecture_gradients(lecture *lesson);
int lecture_memo(lecture *lesson);
int lecture_training(lecture *lesson);

#endif
