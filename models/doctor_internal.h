/* doctor_internal.h: what the files doctor*.c share. */
#ifndef WG_DOCTOR_INTERNAL_H
#define WG_DOCTOR_INTERNAL_H

#include "../engine/check.h"
#include "../engine/memory.h"
#include "doctor.h"

struct wg_doctor {
  const wg_patient *patient; /* only while it examines */
  wg_allocator allocator;
  wg_arena arena; /* texts, arrays */
  bool failed;    /* there was no memory */
  wg_finding findings[WG_SYMPTOM_COUNT];
  size_t finding_count;
  wg_weight_health *weights;
  size_t weight_count;
  wg_layer_health *layers;
  size_t layer_count;
};

/* Which of the explanations of a symptom fits. */
typedef enum wg_variant { WG_VARIANT_ONLY, WG_VARIANT_HIGH, WG_VARIANT_LOW, WG_VARIANT_NONE } wg_variant;

/* Adds a finding with what was seen. */
void wg_doctor_add(wg_doctor *doctor, wg_symptom symptom, wg_severity severity, wg_variant variant, const char *format,
                   ...) WG_PRINTF(5, 6);

/* `count` zeroed elements that live as long as the doctor, or NULL, with `failed` set. */
void *wg_doctor_take(wg_doctor *doctor, size_t count, size_t size);
char *wg_doctor_copy(wg_doctor *doctor, const char *text);

/* Each looks for some symptoms. Errors: WG_ERROR_MEMORY, and what only the program can be blamed for. */
wg_status wg_doctor_classes(wg_doctor *doctor, wg_error *error);
void wg_doctor_features(wg_doctor *doctor);
wg_status wg_doctor_duplicates(wg_doctor *doctor, wg_error *error);
wg_status wg_doctor_gradient(wg_doctor *doctor, wg_error *error);
void wg_doctor_judge_gradient(wg_doctor *doctor, const wg_check *check);
wg_status wg_doctor_twenty(wg_doctor *doctor, wg_error *error);

/* Takes the steps of the trial training of a model, and says how they went. Afterwards its weights are those that they
 * led to. */
wg_status wg_doctor_trial(wg_doctor *doctor, wg_model *model, wg_error *error);

/* ---- A look at the inside of a model ---- */

/* What a layer's values are bounded by: relu, sigmoid, tanh. */
typedef enum wg_bounds { WG_UNBOUNDED, WG_FROM_0, WG_BETWEEN_0_1, WG_BETWEEN_1_1 } wg_bounds;

typedef struct wg_hidden {
  wg_node *node, *adjoint;
  wg_bounds bounds;
  int unit_axis;
} wg_hidden;

typedef struct wg_look {
  wg_doctor *doctor;
  const wg_model *model;
  wg_net *net;
  wg_plan *plan;
  void *x, *y;
  wg_node **grad; /* of the net's params */
  wg_hidden *layers;
  size_t layer_count;
} wg_look;

/* Some of the training samples, evenly picked, laid out for a net that is recorded with all its hidden values and
 * gradients; *look is NULL on failure. */
wg_status wg_look_new(wg_doctor *doctor, const wg_model *model, wg_look **look, wg_error *error);
void wg_look_free(wg_look *look);

/* Runs it at the weights that the model has now. */
wg_status wg_look_run(wg_look *look, double *loss, wg_error *error);

/* After a run: fills in the doctor's weights and layers, later only what may have died since. Without memory the doctor
 * has failed. */
void wg_look_measure(wg_look *look);
void wg_look_measure_later(wg_look *look);

/* What the figures say (doctor_layers.c). */
void wg_doctor_judge_loss(wg_look *look, double loss);
void wg_doctor_judge_start(wg_look *look);
void wg_doctor_judge_later(wg_look *look);

/* ---- Samples picked from others ---- */

typedef struct wg_picked {
  const wg_samples *of;
  size_t count;
  const size_t *rows;
} wg_picked;

/* Row j is rows[j] of the others; never varied. `picked` must outlive it. */
wg_samples wg_picked_samples(const wg_picked *picked);

/* count rows of `total` ≥ count: one of each of as many equal parts, drawn by seed, so that neither the order of the rows
 * nor a pattern in it decides which. */
void wg_pick(uint64_t seed, size_t total, size_t count, size_t *rows);

#endif
