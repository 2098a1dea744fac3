/* doctor_layers.c: what the first loss, and the figures of weights and layers say. */
#include "doctor_internal.h"

#include "../engine/anomaly.h"

#include <math.h>
#include <stdio.h>

/* ---- The first loss ---- */

/* What a net that knows nothing should have: ln K, or ln 2 for the one probability. Sums over several outputs (net C)
 * are not judged. */
static bool expected_loss(const wg_net *net, double *expected, int64_t *classes) {
  *classes = wg_net_classes(net);
  *expected = log((double)*classes);
  return *classes >= 2 && !(wg_net_samples_are_columns(net) && wg_net_outputs(net) > 1);
}

/* −Σ p·ln p: the loss of a net that only knows how frequent the classes are; `without` where that is unknown. */
static double prior_loss(const wg_doctor *doctor, double without) {
  const wg_samples *samples = doctor->patient ? doctor->patient->training : NULL;
  if (!samples || !samples->labels || samples->classes < 2) return without;
  double loss = 0;
  for (int64_t k = 0; k < samples->classes; k++) {
    double count = 0;
    for (int64_t i = 0; i < samples->rows; i++) count += samples->labels[i] == k;
    if (count > 0) loss -= count / (double)samples->rows * log(count / (double)samples->rows);
  }
  return loss;
}

void wg_doctor_judge_loss(wg_look *look, double loss) {
  double expected;
  int64_t classes;
  if (!isfinite(loss)) {
    wg_anomaly anomaly;
    char text[1024] = "";
    if (wg_anomaly_find(look->plan, &anomaly) == WG_OK) wg_anomaly_text(&anomaly, text, sizeof text);
    wg_doctor_add(look->doctor, WG_SYMPTOM_FIRST_LOSS, WG_SEVERITY_PROBLEM, WG_VARIANT_NONE,
                  "the loss at the start is %g; %s", loss, text);
    return;
  }
  if (!expected_loss(look->net, &expected, &classes)) return;
  double above = loss - expected, prior = prior_loss(look->doctor, expected);
  bool high = above > fmax(2, 2 * expected), note = above > fmax(0.75, expected / 2), low = loss < prior / 10;
  wg_severity severity = high ? WG_SEVERITY_PROBLEM : note || low ? WG_SEVERITY_NOTE : WG_SEVERITY_GOOD;
  char frequent[80] = "";
  if (prior < 0.99 * expected) snprintf(frequent, sizeof frequent, ", knowing how frequent they are %.4g", prior);
  wg_doctor_add(look->doctor, WG_SYMPTOM_FIRST_LOSS, severity, low ? WG_VARIANT_LOW : WG_VARIANT_HIGH,
                "the loss at the start is %.4g; knowing nothing of %lld classes gives ln %lld = %.4g%s", loss,
                (long long)classes, (long long)classes, expected, frequent);
}

/* ---- From layer to layer ---- */

/* The layer whose samples differ most, or least, compared with the first. */
static const wg_layer_health *farthest(const wg_doctor *doctor) {
  const wg_layer_health *first = &doctor->layers[0], *far = &doctor->layers[doctor->layer_count - 1];
  for (size_t l = 1; l < doctor->layer_count; l++)
    if (fabs(log(doctor->layers[l].spread / first->spread)) > fabs(log(far->spread / first->spread)))
      far = &doctor->layers[l];
  return far;
}

static void judge_signal(wg_doctor *doctor) {
  if (doctor->layer_count < 2) return;
  const wg_layer_health *first = &doctor->layers[0], *far = farthest(doctor);
  bool high = far->spread > 1e3 * first->spread, low = far->spread <= 1e-2 * first->spread;
  wg_doctor_add(doctor, WG_SYMPTOM_SIGNAL_RANGE, high || low ? WG_SEVERITY_PROBLEM : WG_SEVERITY_GOOD,
                low ? WG_VARIANT_LOW : WG_VARIANT_HIGH, "samples differ by %.3g in %s, and by %.3g in %s",
                first->spread, first->name, far->spread, far->name);
}

/* Matrices and kernels, from the first to the last. */
static void judge_gradients(wg_doctor *doctor, const wg_weights *weights) {
  const wg_weight_health *first = NULL, *last = NULL, *none = NULL;
  for (size_t k = 0; k < weights->count; k++) {
    if (weights->role[k] != WG_ROLE_MATRIX && weights->role[k] != WG_ROLE_KERNEL) continue;
    const wg_weight_health *health = &doctor->weights[k];
    if (!first) first = health;
    if (health->gradient == 0 && !none) none = health;
    last = health;
  }
  if (!first) return;
  if (none) {
    wg_doctor_add(doctor, WG_SYMPTOM_GRADIENT_RANGE, WG_SEVERITY_PROBLEM, WG_VARIANT_NONE,
                  "the gradient of %s is 0 in every element", none->name);
    return;
  }
  double ratio = first->gradient / last->gradient;
  bool high = ratio > 1000, low = ratio < 1e-3;
  wg_doctor_add(doctor, WG_SYMPTOM_GRADIENT_RANGE, high || low ? WG_SEVERITY_PROBLEM : WG_SEVERITY_GOOD,
                low ? WG_VARIANT_LOW : WG_VARIANT_HIGH, "the gradient of %s is %.3g, that of %s %.3g", first->name,
                first->gradient, last->name, last->gradient);
}

/* ---- Units ---- */

/* The layer with the largest part of dead units; NULL where no layer has any. */
static const wg_layer_health *most_dead(const wg_doctor *doctor, bool later) {
  const wg_layer_health *worst = NULL;
  double largest = 0;
  for (size_t l = 0; l < doctor->layer_count; l++) {
    const wg_layer_health *layer = &doctor->layers[l];
    double part = (double)(later ? layer->dead_later : layer->dead) / (double)layer->units;
    if (part <= largest) continue;
    largest = part;
    worst = layer;
  }
  return worst;
}

static const wg_layer_health *most_saturated(const wg_doctor *doctor, bool later) {
  const wg_layer_health *worst = NULL;
  double largest = 0;
  for (size_t l = 0; l < doctor->layer_count; l++) {
    double part = later ? doctor->layers[l].saturated_later : doctor->layers[l].saturated;
    if (part <= largest) continue;
    largest = part;
    worst = &doctor->layers[l];
  }
  return worst;
}

static bool has_layers_of(const wg_look *look, bool relu) {
  for (size_t l = 0; l < look->layer_count; l++)
    if (relu ? look->layers[l].bounds == WG_FROM_0 : look->layers[l].bounds > WG_FROM_0) return true;
  return false;
}

/* Some units die in healthy nets, and more as they learn. */
static wg_severity dead_severity(int64_t dead, int64_t units, double note, double problem) {
  double part = (double)dead / (double)units;
  return part > problem && dead > 1 ? WG_SEVERITY_PROBLEM : part > note ? WG_SEVERITY_NOTE : WG_SEVERITY_GOOD;
}

static wg_severity saturated_severity(double part, double note, double problem) {
  return part > problem ? WG_SEVERITY_PROBLEM : part > note ? WG_SEVERITY_NOTE : WG_SEVERITY_GOOD;
}

static void judge_units(wg_look *look) {
  wg_doctor *doctor = look->doctor;
  const wg_layer_health *dead = most_dead(doctor, false), *saturated = most_saturated(doctor, false);
  if (dead)
    wg_doctor_add(doctor, WG_SYMPTOM_UNITS_DEAD, dead_severity(dead->dead, dead->units, 0.2, 0.3), WG_VARIANT_ONLY,
                  "%lld of %lld units of %s %s 0 for every sample", (long long)dead->dead, (long long)dead->units,
                  dead->name, dead->dead == 1 ? "is" : "are");
  else if (has_layers_of(look, true))
    wg_doctor_add(doctor, WG_SYMPTOM_UNITS_DEAD, WG_SEVERITY_GOOD, WG_VARIANT_ONLY, "no unit is 0 for every sample");
  if (saturated)
    wg_doctor_add(doctor, WG_SYMPTOM_UNITS_SATURATED, saturated_severity(saturated->saturated, 0.25, 0.5),
                  WG_VARIANT_ONLY, "%.1f %% of the values of %s are at their bounds", 100 * saturated->saturated,
                  saturated->name);
  else if (has_layers_of(look, false))
    wg_doctor_add(doctor, WG_SYMPTOM_UNITS_SATURATED, WG_SEVERITY_GOOD, WG_VARIANT_ONLY, "no value is at its bounds");
}

void wg_doctor_judge_start(wg_look *look) {
  if (look->doctor->failed) return;
  judge_signal(look->doctor);
  judge_gradients(look->doctor, look->model->weights);
  judge_units(look);
}

/* Only what got worse: more dead or saturated units than at the start. */
void wg_doctor_judge_later(wg_look *look) {
  wg_doctor *doctor = look->doctor;
  if (!has_layers_of(look, true) && !has_layers_of(look, false)) return;
  const wg_layer_health *dead = most_dead(doctor, true), *saturated = most_saturated(doctor, true);
  wg_severity by_dead =
      dead && dead->dead_later > dead->dead ? dead_severity(dead->dead_later, dead->units, 0.3, 0.5) : WG_SEVERITY_GOOD;
  wg_severity by_bounds = saturated && saturated->saturated_later > saturated->saturated
                              ? saturated_severity(saturated->saturated_later, 0.4, 0.7)
                              : WG_SEVERITY_GOOD;
  if (by_dead >= by_bounds && by_dead > WG_SEVERITY_GOOD)
    wg_doctor_add(doctor, WG_SYMPTOM_UNITS_DYING, by_dead, WG_VARIANT_ONLY,
                  "after these steps %lld of %lld units of %s %s 0 for every sample (before: %lld)",
                  (long long)dead->dead_later, (long long)dead->units, dead->name, dead->dead_later == 1 ? "is" : "are",
                  (long long)dead->dead);
  else if (by_bounds > WG_SEVERITY_GOOD)
    wg_doctor_add(doctor, WG_SYMPTOM_UNITS_DYING, by_bounds, WG_VARIANT_ONLY,
                  "after these steps %.1f %% of the values of %s are at their bounds (before: %.1f %%)",
                  100 * saturated->saturated_later, saturated->name, 100 * saturated->saturated);
  else
    wg_doctor_add(doctor, WG_SYMPTOM_UNITS_DYING, WG_SEVERITY_GOOD, WG_VARIANT_ONLY,
                  "hardly any unit is dead or at its bounds after these steps that was not before");
}
