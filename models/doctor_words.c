/* doctor_words.c: what symptoms are called, what they mean, and what helps. */
#include "doctor_internal.h"

#include "../engine/text.h"

#include <stdarg.h>

static const char *const texts[WG_SYMPTOM_COUNT] = {
    [WG_SYMPTOM_CLASSES_EMPTY] = "classes-empty",
    [WG_SYMPTOM_CLASSES_UNEVEN] = "classes-uneven",
    [WG_SYMPTOM_FEATURES_CONSTANT] = "features-constant",
    [WG_SYMPTOM_FEATURES_UNSCALED] = "features-unscaled",
    [WG_SYMPTOM_SAMPLES_CONTRADICT] = "samples-contradict",
    [WG_SYMPTOM_SAMPLES_LEAKED] = "samples-leaked",
    [WG_SYMPTOM_FIRST_LOSS] = "first-loss",
    [WG_SYMPTOM_SIGNAL_RANGE] = "signal-range",
    [WG_SYMPTOM_GRADIENT_RANGE] = "gradient-range",
    [WG_SYMPTOM_UNITS_DEAD] = "units-dead",
    [WG_SYMPTOM_UNITS_SATURATED] = "units-saturated",
    [WG_SYMPTOM_GRADIENT_WRONG] = "gradient-wrong",
    [WG_SYMPTOM_TWENTY_SAMPLES] = "twenty-samples",
    [WG_SYMPTOM_LOSS_FALLS] = "loss-falls",
    [WG_SYMPTOM_STEP_SIZE] = "step-size",
    [WG_SYMPTOM_UNITS_DYING] = "units-dying",
};

/* What a symptom means and what helps; of some it depends on what was seen. */
typedef struct explanation {
  wg_symptom symptom;
  wg_variant variant;
  const char *means, *cure;
} explanation;

static const explanation explanations[] = {
    {WG_SYMPTOM_CLASSES_EMPTY, WG_VARIANT_ONLY,
     "The net has outputs for classes of which it never sees one, and will not predict them.",
     "See whether a part of the data is missing, or whether the file was cut; leave those classes out."},
    {WG_SYMPTOM_CLASSES_UNEVEN, WG_VARIANT_ONLY,
     "Always saying the most frequent class is right so often that the accuracy says little, and rare classes weigh "
     "little in the loss.",
     "Compare the accuracy with that of always saying the most frequent class, judge by recall and F1 of each "
     "class, collect or repeat samples of the rare ones."},
    {WG_SYMPTOM_CLASSES_UNEVEN, WG_VARIANT_NONE,
     "There is nothing to tell apart: whatever the features are, this class is right.",
     "See whether the labels are in another column (--label), or whether a part of the data is missing."},
    {WG_SYMPTOM_FEATURES_CONSTANT, WG_VARIANT_ONLY,
     "They say nothing about the class, and their weights are never used.",
     "Leave them out, or see whether the column was read wrong."},
    {WG_SYMPTOM_FEATURES_UNSCALED, WG_VARIANT_ONLY,
     "The largest feature decides what the net sees and how large a step may be; the others are hardly learned from.",
     "--standardize, which gives each feature mean 0 and deviation 1."},
    {WG_SYMPTOM_SAMPLES_CONTRADICT, WG_VARIANT_ONLY, "No net can be right about both, so the loss cannot come near 0.",
     "Look at these samples: a wrong label, a feature that is missing or was rounded."},
    {WG_SYMPTOM_SAMPLES_LEAKED, WG_VARIANT_ONLY,
     "The net has seen the answers, so the held-out figures are better than those of new samples.",
     "Remove duplicates before splitting, and keep samples of one origin (a person, a day) in one part."},
    {WG_SYMPTOM_FIRST_LOSS, WG_VARIANT_HIGH,
     "The net is sure of wrong answers before it has learned anything; the first steps only undo that.",
     "Scale the features (--standardize), begin with smaller weights (--init small), or look for logits that are "
     "multiplied by something."},
    {WG_SYMPTOM_FIRST_LOSS, WG_VARIANT_LOW,
     "A net that has learned nothing cannot know that much: the answer is among the features, or the loss is not "
     "the one that is meant.",
     "See whether a feature is made from the label."},
    {WG_SYMPTOM_FIRST_LOSS, WG_VARIANT_NONE, "Nothing can be learned from a loss that is not a number.",
     "Look where it comes from, above; usually features or weights are far too large, or a feature is not a number."},
    {WG_SYMPTOM_SIGNAL_RANGE, WG_VARIANT_HIGH,
     "Values grow from layer to layer; a little deeper they overflow, and gradients with them.",
     "--init he for relu and its kin, --init xavier for tanh and sigmoid; scale the features."},
    {WG_SYMPTOM_SIGNAL_RANGE, WG_VARIANT_LOW,
     "All samples look the same to the last layer: what tells them apart gets lost on the way.",
     "--init he with relu, --init xavier with tanh; relu instead of sigmoid; fewer layers."},
    {WG_SYMPTOM_GRADIENT_RANGE, WG_VARIANT_HIGH,
     "The gradient grows on its way back: the first layers take steps that are far too large.",
     "--init he or xavier, --clip-norm 1, a smaller --rate; of recurrent nets lstm, or fewer --steps."},
    {WG_SYMPTOM_GRADIENT_RANGE, WG_VARIANT_LOW, "The gradient fades on its way back: the first layers hardly learn.",
     "relu instead of sigmoid, --init he or xavier, fewer layers; of recurrent nets lstm; an optimizer that scales "
     "each weight's step, such as adam."},
    {WG_SYMPTOM_GRADIENT_RANGE, WG_VARIANT_NONE, "No gradient reaches these weights, so they never change.",
     "See whether all units of a layer are dead, or whether all weights begin at 0 (--init zeros)."},
    {WG_SYMPTOM_UNITS_DEAD, WG_VARIANT_ONLY,
     "A unit of relu that is 0 for every sample gets no gradient and never changes: the net is smaller than it "
     "looks.",
     "Scale the features, --init he, another --activation such as leaky_relu or elu."},
    {WG_SYMPTOM_UNITS_SATURATED, WG_VARIANT_ONLY,
     "Where sigmoid or tanh is at its bound its slope is nearly 0, so hardly any gradient comes through.",
     "Scale the features, begin with smaller weights (--init xavier), or take --activation relu."},
    {WG_SYMPTOM_GRADIENT_WRONG, WG_VARIANT_ONLY,
     "A backward rule is wrong, or the function has a jump; the steps do not go downhill.",
     "`wengert check` with the same net says which rule, and how it is wrong."},
    {WG_SYMPTOM_TWENTY_SAMPLES, WG_VARIANT_HIGH,
     "What cannot be learned by heart cannot be learned: the net is too small, or nothing gets through it, or "
     "labels do not belong to their samples.",
     "More or wider layers, another activation; see the other findings; look at some samples with their labels."},
    {WG_SYMPTOM_TWENTY_SAMPLES, WG_VARIANT_LOW,
     "A net without hidden layers draws straight borders between classes, and these samples cannot be parted so.",
     "A net with hidden layers: E --hidden 32."},
    {WG_SYMPTOM_LOSS_FALLS, WG_VARIANT_HIGH, "Steps jump over the valley that they should lead into.",
     "A --rate that is 3 to 10 times smaller, --warmup, --clip-norm 1."},
    {WG_SYMPTOM_LOSS_FALLS, WG_VARIANT_LOW, "Nothing is learned in that time.",
     "A --rate that is 10 times larger; see the findings about gradients and units."},
    {WG_SYMPTOM_LOSS_FALLS, WG_VARIANT_NONE, "The training broke down.",
     "A --rate that is 10 times smaller, --warmup, --clip-norm 1."},
    {WG_SYMPTOM_STEP_SIZE, WG_VARIANT_HIGH,
     "A step changes the weights so much that what was learned is lost; about 0.1 % is usual.",
     "A --rate that is 3 to 10 times smaller."},
    {WG_SYMPTOM_STEP_SIZE, WG_VARIANT_LOW,
     "A step changes so little that it would take thousands of them to learn anything; about 0.1 % is usual.",
     "A --rate that is 10 times larger."},
    {WG_SYMPTOM_STEP_SIZE, WG_VARIANT_NONE, "These weights stand still: no gradient reaches them, at any rate.",
     "See the findings about gradients and units."},
    {WG_SYMPTOM_UNITS_DYING, WG_VARIANT_ONLY,
     "Units die or saturate as the net learns: steps push them where no gradient brings them back.",
     "A smaller --rate, --clip-norm 1, --activation leaky_relu or elu."},
};

const char *wg_symptom_text(wg_symptom symptom) { return (unsigned)symptom < WG_SYMPTOM_COUNT ? texts[symptom] : ""; }

const char *wg_severity_text(wg_severity severity) {
  static const char *const severities[] = {"good", "note", "problem"};
  return (unsigned)severity < 3 ? severities[severity] : "";
}

/* What is good needs none. */
static explanation explanation_of(wg_symptom symptom, wg_severity severity, wg_variant variant) {
  for (size_t i = 0; severity != WG_SEVERITY_GOOD && i < sizeof explanations / sizeof *explanations; i++)
    if (explanations[i].symptom == symptom && explanations[i].variant == variant) return explanations[i];
  return (explanation){0};
}

/* Kept in the order of wg_symptom, whatever the order of looking. */
static void insert(wg_doctor *doctor, wg_finding finding) {
  size_t place = doctor->finding_count++;
  for (; place > 0 && doctor->findings[place - 1].symptom > finding.symptom; place--)
    doctor->findings[place] = doctor->findings[place - 1];
  doctor->findings[place] = finding;
}

void wg_doctor_add(wg_doctor *doctor, wg_symptom symptom, wg_severity severity, wg_variant variant, const char *format,
                   ...) {
  char seen[1536];
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(seen, sizeof seen, format, arguments);
  va_end(arguments);
  const explanation why = explanation_of(symptom, severity, variant);
  const char *copy = wg_doctor_copy(doctor, seen);
  if (!copy || wg_doctor_find(doctor, symptom)) return;
  insert(doctor, (wg_finding){symptom, severity, copy, why.means, why.cure});
}
