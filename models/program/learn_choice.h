/* learn_choice.h: how a net learns: options, and what they say to the library. */
#ifndef WG_PROGRAM_LEARN_CHOICE_H
#define WG_PROGRAM_LEARN_CHOICE_H

#include "program.h"

/* Numbers that were not given are NAN, counts −1. */
typedef struct learn_choice {
  int optimizer, schedule, average, watch;
  double rate, momentum, beta1, beta2, decay, l1, clip_norm, clip_value, warmup, period, factor, average_decay,
      min_delta;
  bool decoupled;
  int64_t epochs, batch, accumulate, patience, average_from;
} learn_choice;

#define LEARN_CHOICE_DEFAULT                                                                                           \
  {                                                                                                                    \
    .average = -1, .rate = NAN, .momentum = NAN, .beta1 = NAN, .beta2 = NAN, .decay = NAN, .period = NAN,              \
    .factor = NAN, .average_decay = NAN, .average_from = -1, .min_delta = NAN, .watch = -1, .epochs = 1000,            \
    .accumulate = 1                                                                                                    \
  }

#define INIT_CHOICES "he|xavier|small|he-uniform|xavier-normal|lecun|lecun-uniform|orthogonal|zeros"
#define OPTIMIZER_CHOICES "sgd|momentum|nesterov|adagrad|rmsprop|adam|adamw|lion|lbfgs"
#define SCHEDULE_CHOICES "constant|step|exponential|cosine|one-cycle|plateau"

#define LEARN_OPTIONS(c)                                                                                               \
  {"epochs", OPTION_INTEGER, &(c).epochs, "N", "passes over the samples", 0, 1e9},                                     \
      {"batch", OPTION_INTEGER, &(c).batch, "N", "samples in a step; 0 means all of them", 0, 1e9},                    \
      {"accumulate", OPTION_INTEGER, &(c).accumulate, "N", "batches whose gradients make one step", 1, 1e6},           \
      {"optimizer", OPTION_CHOICE, &(c).optimizer, OPTIMIZER_CHOICES, "how a gradient becomes a step", 0, 0},          \
      {"rate",                                                                                                         \
       OPTION_NUMBER,                                                                                                  \
       &(c).rate,                                                                                                      \
       "A",                                                                                                            \
       "learning rate α [sgd: 1 on the spiral, 0.1 with --data; the others: what is usual for them]",                  \
       ABOVE_ZERO,                                                                                                     \
       1e6},                                                                                                           \
      {"momentum", OPTION_NUMBER, &(c).momentum, "M", "of sgd and rmsprop [momentum, nesterov: 0.9]", 0, 0.999999},    \
      {"beta1", OPTION_NUMBER, &(c).beta1, "B", "of adam, adamw, lion [0.9]", 0, 0.999999},                            \
      {"beta2", OPTION_NUMBER, &(c).beta2, "B", "of adam, adamw [0.999], lion [0.99]", 0, 0.999999},                   \
      {"schedule", OPTION_CHOICE, &(c).schedule, SCHEDULE_CHOICES, "how the rate changes", 0, 0},                      \
      {"warmup", OPTION_NUMBER, &(c).warmup, "E", "climb to the rate over so many epochs first", 0, 1e9},              \
      {"period",                                                                                                       \
       OPTION_NUMBER,                                                                                                  \
       &(c).period,                                                                                                    \
       "E",                                                                                                            \
       "its epochs [step: a third of all; cosine, one-cycle: all]",                                                    \
       ABOVE_ZERO,                                                                                                     \
       1e9},                                                                                                           \
      {"factor",                                                                                                       \
       OPTION_NUMBER,                                                                                                  \
       &(c).factor,                                                                                                    \
       "F",                                                                                                            \
       "the rate times this: every period [step: 0.1], every epoch [exponential: 0.95], when the loss stands still "   \
       "[plateau: 0.1]",                                                                                               \
       ABOVE_ZERO,                                                                                                     \
       1e6},                                                                                                           \
      OPTIONS_UNDER("Regularization:"), {"decay",                                                                      \
                                         OPTION_NUMBER,                                                                \
                                         &(c).decay,                                                                   \
                                         "L",                                                                          \
                                         "weight decay: adds L/2·|W|² to J [0; adamw, decoupled: 0.01]",               \
                                         0,                                                                            \
                                         1e6},                                                                         \
      {"l1", OPTION_NUMBER, &(c).l1, "L", "adds L·|W|₁ to J", 0, 1e6},                                                 \
      {"decoupled", OPTION_FLAG, &(c).decoupled, NULL, "decay acts on the weights, not through the gradient", 0, 0},   \
      {"clip-norm", OPTION_NUMBER, &(c).clip_norm, "N", "bound of the gradient's norm; 0 means none", 0, 1e30},        \
      {"clip-value", OPTION_NUMBER, &(c).clip_value, "V", "bound of each element; 0 means none", 0, 1e30},             \
      {"average",                                                                                                      \
       OPTION_CHOICE,                                                                                                  \
       &(c).average,                                                                                                   \
       "ema|swa",                                                                                                      \
       "end with an average of the weights: over steps, fading, or over epochs",                                       \
       0,                                                                                                              \
       0},                                                                                                             \
      {"average-decay", OPTION_NUMBER, &(c).average_decay, "D", "how slowly ema forgets [0.999]", 0, 0.9999999},       \
      {"average-from", OPTION_INTEGER, &(c).average_from, "EPOCH", "where averaging begins [0]", 0, 1e9},              \
      {"patience",                                                                                                     \
       OPTION_INTEGER,                                                                                                 \
       &(c).patience,                                                                                                  \
       "N",                                                                                                            \
       "stop after N epochs without a better loss (held-out, if there is any), and keep the best weights "             \
       "[never]",                                                                                                      \
       0,                                                                                                              \
       1e9},                                                                                                           \
      {"min-delta", OPTION_NUMBER, &(c).min_delta, "D", "better means by more than this [0]", 0, 1e30}, {              \
    "watch", OPTION_CHOICE, &(c).watch, "loss|accuracy", "what --patience looks at [loss]", 0, 0                       \
  }

/* What the library is to do, for so many training samples. EXIT_USAGE after a message if options do not go together. */
int learn_options(const terminal *t, const learn_choice *choice, int64_t rows, double sgd_rate,
                  wg_train_options *options);

#endif
