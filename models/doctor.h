/* doctor.h: looks at a net and its data before they cost a night of training: at the data, at the net with its initial
 * weights, at whether it can learn anything at all, and at what its first steps do to it. What to look for, and
 * in this order, stands in A. Karpathy, "A Recipe for Training Neural Networks" (2019), and Goodfellow, Bengio,
 * Courville, Deep Learning (2016), 11.5. Nothing here prints, and the caller's model and data stay as they are. */
#ifndef WG_DOCTOR_H
#define WG_DOCTOR_H

#include "train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is examined. */
typedef struct wg_patient {
  wg_net_spec spec;                            /* samples and learning are not used */
  wg_init init;                                /* how its weights begin, */
  uint64_t seed;                               /* and with which random numbers */
  const wg_samples *training, *held;           /* held may be NULL */
  const wg_table *training_table, *held_table; /* the same as tables, or NULL where they are none: a text */
  wg_train_options options;                    /* how it is to be trained */
  int64_t steps;                               /* of the trial training; 0 means 100 (lbfgs: 10) */
} wg_patient;

/* What may be wrong; each is looked for once, if it can be. */
typedef enum wg_symptom {
  WG_SYMPTOM_CLASSES_EMPTY,
  WG_SYMPTOM_CLASSES_UNEVEN,
  WG_SYMPTOM_FEATURES_CONSTANT,
  WG_SYMPTOM_FEATURES_UNSCALED,
  WG_SYMPTOM_SAMPLES_CONTRADICT,
  WG_SYMPTOM_SAMPLES_LEAKED,
  WG_SYMPTOM_FIRST_LOSS,
  WG_SYMPTOM_SIGNAL_RANGE,
  WG_SYMPTOM_GRADIENT_RANGE,
  WG_SYMPTOM_UNITS_DEAD,
  WG_SYMPTOM_UNITS_SATURATED,
  WG_SYMPTOM_GRADIENT_WRONG,
  WG_SYMPTOM_TWENTY_SAMPLES,
  WG_SYMPTOM_LOSS_FALLS,
  WG_SYMPTOM_STEP_SIZE,
  WG_SYMPTOM_UNITS_DYING,
  WG_SYMPTOM_COUNT
} wg_symptom;

WG_API const char *wg_symptom_text(wg_symptom symptom); /* "classes-empty" …; "" out of range */

typedef enum wg_severity {
  WG_SEVERITY_GOOD,   /* looked for, not there */
  WG_SEVERITY_NOTE,   /* worth knowing */
  WG_SEVERITY_PROBLEM /* to be cured before training goes on */
} wg_severity;

WG_API const char *wg_severity_text(wg_severity severity); /* "good", "note", "problem" */

typedef struct wg_finding {
  wg_symptom symptom;
  wg_severity severity;
  const char *seen;         /* "6 of 13 features are constant, the first is 'alcohol'" */
  const char *means, *cure; /* what that does, and what to try; NULL where it is good */
} wg_finding;

/* One of the net's weights: root mean squares of its elements and of ∂J by them at the start, and how much of it a step
 * of the trial training changed: |Δw|/|w|, the median over the steps; NaN where there were none, or w was 0. */
typedef struct wg_weight_health {
  const char *name;
  double size, gradient, change;
} wg_weight_health;

/* One layer of hidden values, at the start: how far they are from 0 (root mean square), how far a unit's values for
 * different samples are from their mean, the same of ∂J by them, and of `units` how many are dead (always 0, of relu) and
 * which part of the values is saturated (within 0.01 of a bound, of sigmoid and tanh); then after the trial training. */
typedef struct wg_layer_health {
  const char *name;
  double size, spread, gradient;
  int64_t units, dead, dead_later;
  double saturated, saturated_later; /* 0 … 1 */
} wg_layer_health;

typedef struct wg_doctor wg_doctor;

/* Examines: some seconds for a small net; every step and sample count is bounded. What is found is not an error. Returns
 * WG_OK and *doctor, which the caller frees; the patient may go before it. Errors (*doctor is NULL then): those of
 * wg_trainer_new, WG_ERROR_DATA (the samples do not fit the net, there are none), WG_ERROR_MEMORY. */
WG_API wg_status wg_doctor_new(const wg_patient *patient, const wg_allocator *allocator, wg_doctor **doctor,
                               wg_error *error);
WG_API void wg_doctor_free(wg_doctor *doctor);

/* The findings, good ones too, in the order of wg_symptom; NULL out of range. */
WG_API size_t wg_doctor_count(const wg_doctor *doctor);
WG_API const wg_finding *wg_doctor_at(const wg_doctor *doctor, size_t i);
WG_API const wg_finding *wg_doctor_find(const wg_doctor *doctor, wg_symptom symptom); /* NULL if not looked for */
WG_API wg_severity wg_doctor_worst(const wg_doctor *doctor);

/* The weights, in their order, and the hidden layers, from the first to the last; NULL out of range. */
WG_API const wg_weight_health *wg_doctor_weight(const wg_doctor *doctor, size_t i);
WG_API const wg_layer_health *wg_doctor_layer(const wg_doctor *doctor, size_t i);

#ifdef __cplusplus
}
#endif
#endif
