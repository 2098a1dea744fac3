/* The doctor: every disease is planted and found, and healthy nets are found healthy. */
#include "../support.h"

#include "../../models/doctor_internal.h"
#include "../../models/text_data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- A patient: net E on a table ---- */

typedef struct fixture {
  wg_table *table, *held;
  wg_samples samples, held_samples;
  int64_t widths[8];
  wg_patient patient;
  wg_doctor *doctor;
} fixture;

/* Two clouds in the plane, around (−½,−½) and (½,½): `rows` samples, one of each class in turn. */
static wg_table *clouds(int64_t rows) {
  wg_table *table = wg_table_new(rows, 2, 2, NULL);
  assert_non_null(table);
  wg_random random = wg_random_new(3, WG_STREAM_DATA);
  for (int64_t i = 0; i < rows; i++) {
    table->labels[i] = i % 2;
    for (int64_t c = 0; c < 2; c++)
      wg_table_set_feature(table, i, c, (i % 2 ? 0.5 : -0.5) + 0.5 * wg_random_normal(&random));
  }
  return table;
}

static void layers(fixture *f, size_t count, const int64_t *widths) {
  memcpy(f->widths, widths, count * sizeof *widths);
  f->patient.spec.width_count = count;
  f->patient.spec.widths = f->widths;
}

/* A healthy one, to be spoiled. */
static void begin(fixture *f, wg_table *table) {
  *f = (fixture){.table = table};
  f->patient = (wg_patient){.spec = wg_net_spec_of(WG_NET_LAYERS), .init = WG_INIT_HE, .seed = 1};
  layers(f, 4, (const int64_t[]){table->columns, 16, 16, table->classes});
  f->patient.options = wg_train_options_default();
  f->patient.options.optimizer = wg_optimizer_options_of(WG_OPTIMIZER_ADAM);
  f->patient.options.rate = 0.01;
}

static void hold(fixture *f, wg_table *held) {
  f->held = held;
  f->held_samples = wg_table_samples(held);
  f->patient.held = &f->held_samples;
  f->patient.held_table = held;
}

static void examine(fixture *f) {
  wg_error error;
  f->samples = wg_table_samples(f->table);
  f->patient.training = &f->samples;
  f->patient.training_table = f->table;
  if (wg_doctor_new(&f->patient, NULL, &f->doctor, &error) != WG_OK) fail_msg("%s", error.message);
}

static void end(fixture *f) {
  wg_doctor_free(f->doctor);
  wg_table_free(f->table);
  wg_table_free(f->held);
}

static const wg_finding *finding(const fixture *f, wg_symptom symptom) {
  const wg_finding *found = wg_doctor_find(f->doctor, symptom);
  if (!found) fail_msg("%s was not looked for", wg_symptom_text(symptom));
  return found;
}

/* The finding is of that severity, and says `part`. */
static void assert_found(const fixture *f, wg_symptom symptom, wg_severity severity, const char *part) {
  const wg_finding *found = finding(f, symptom);
  if (found->severity != severity)
    fail_msg("%s is %s, not %s: %s", wg_symptom_text(symptom), wg_severity_text(found->severity),
             wg_severity_text(severity), found->seen);
  assert_contains(found->seen, part);
  assert_true((severity == WG_SEVERITY_GOOD) == (found->means == NULL));
  assert_true((severity == WG_SEVERITY_GOOD) == (found->cure == NULL));
}

static void assert_problem(const fixture *f, wg_symptom symptom, const char *part) {
  assert_found(f, symptom, WG_SEVERITY_PROBLEM, part);
}

static void assert_healthy(const fixture *f) {
  for (size_t i = 0; i < wg_doctor_count(f->doctor); i++) {
    const wg_finding *found = wg_doctor_at(f->doctor, i);
    if (found->severity != WG_SEVERITY_GOOD) fail_msg("%s: %s", wg_symptom_text(found->symptom), found->seen);
  }
  assert_int_equal(wg_doctor_worst(f->doctor), WG_SEVERITY_GOOD);
}

/* ---- Health ---- */

static void a_healthy_net_has_no_findings(void **state) {
  (void)state;
  const wg_activation activations[] = {WG_ACTIVATION_RELU, WG_ACTIVATION_TANH, WG_ACTIVATION_GELU};
  for (int a = 0; a < 3; a++)
    for (int optimizer = 0; optimizer < 2; optimizer++) {
      fixture f;
      begin(&f, clouds(200));
      f.patient.spec.activation = activations[a];
      if (optimizer) f.patient.options.optimizer = wg_optimizer_options_of(WG_OPTIMIZER_SGD);
      if (optimizer) f.patient.options.rate = 0.1;
      f.patient.options.batch = 20;
      hold(&f, clouds(1));
      wg_table_set_feature(f.held, 0, 0, 0.123); /* not the first training sample */
      examine(&f);
      assert_healthy(&f);
      /* dead units only of relu, bounds only of tanh; all else is looked for */
      const size_t looked = WG_SYMPTOM_COUNT - (a == 2 ? 3 : 1);
      assert_int_equal(wg_doctor_count(f.doctor), looked);
      for (size_t i = 1; i < looked; i++)
        assert_true(wg_doctor_at(f.doctor, i)->symptom > wg_doctor_at(f.doctor, i - 1)->symptom);
      assert_null(wg_doctor_at(f.doctor, looked));
      end(&f);
    }
}

static void the_lectures_nets_with_one_output_are_healthy(void **state) {
  (void)state;
  const wg_net_kind kinds[] = {WG_NET_NEURON, WG_NET_COLUMNS};
  for (int k = 0; k < 2; k++) {
    fixture f;
    wg_table *table = clouds(100);
    for (int i = 0; i < 200; i++) /* farther apart, for the net that can only draw a line */
      wg_table_set_feature(table, i / 2, i % 2, wg_table_feature(table, i / 2, i % 2) + (i / 2 % 2 ? 1 : -1));
    begin(&f, table);
    f.patient.spec = wg_net_spec_of(kinds[k]);
    f.patient.init = WG_INIT_SMALL; /* a line drawn at random may be wrong about nearly all of them */
    examine(&f);
    assert_healthy(&f);
    assert_contains(finding(&f, WG_SYMPTOM_FIRST_LOSS)->seen, "knowing nothing of 2 classes gives ln 2 = 0.6931");
    end(&f);
  }
}

static void figures_of_weights_and_layers_are_shown(void **state) {
  (void)state;
  fixture f;
  begin(&f, clouds(100));
  f.patient.init = WG_INIT_SMALL;
  examine(&f);
  const char *weights[] = {"W1", "b1", "W2", "b2", "W3", "b3"};
  for (size_t k = 0; k < 6; k++) {
    const wg_weight_health *health = wg_doctor_weight(f.doctor, k);
    assert_string_equal(health->name, weights[k]);
    assert_true(k % 2 ? health->size == 0 : fabs(health->size - 0.01) < 0.004); /* N(0, 0.01²) */
    assert_true(health->gradient > 0 && (k % 2 || health->change > 0));
  }
  assert_null(wg_doctor_weight(f.doctor, 6));
  assert_string_equal(wg_doctor_layer(f.doctor, 0)->name, "A1");
  assert_string_equal(wg_doctor_layer(f.doctor, 1)->name, "A2");
  assert_int_equal(wg_doctor_layer(f.doctor, 1)->units, 16);
  assert_null(wg_doctor_layer(f.doctor, 2));
  end(&f);
}

/* ---- The data ---- */

static void missing_classes_are_found(void **state) {
  (void)state;
  fixture f;
  wg_table *table = clouds(100);
  table->classes = 4;
  begin(&f, table);
  examine(&f);
  assert_problem(&f, WG_SYMPTOM_CLASSES_EMPTY, "2 of 4 classes have no samples: 2, 3");
  end(&f);
}

static void uneven_classes_are_found(void **state) {
  (void)state;
  for (int rare = 5; rare <= 20; rare += 15) {
    fixture f;
    wg_table *table = clouds(100);
    for (int i = 0; i < 100; i++) table->labels[i] = i < rare;
    begin(&f, table);
    examine(&f);
    if (rare == 5)
      assert_contains(finding(&f, WG_SYMPTOM_FIRST_LOSS)->seen, "how frequent they are 0.1985"); /* −Σ p·ln p */
    if (rare == 5)
      assert_problem(&f, WG_SYMPTOM_CLASSES_UNEVEN,
                     "5 to 95 samples a class; always the most frequent one is right in 95");
    else
      assert_found(&f, WG_SYMPTOM_CLASSES_UNEVEN, WG_SEVERITY_NOTE, "20 to 80");
    end(&f);
  }
}

static void one_class_alone_is_found(void **state) {
  (void)state;
  fixture f;
  wg_table *table = clouds(100);
  for (int i = 0; i < 100; i++) table->labels[i] = 0;
  begin(&f, table);
  examine(&f);
  assert_problem(&f, WG_SYMPTOM_CLASSES_UNEVEN, "all 100 samples are of one class");
  assert_contains(finding(&f, WG_SYMPTOM_CLASSES_UNEVEN)->means, "nothing to tell apart");
  end(&f);
}

static void constant_features_are_found(void **state) {
  (void)state;
  fixture f;
  wg_table *table = clouds(100);
  for (int i = 0; i < 100; i++) wg_table_set_feature(table, i, 1, 0.1);
  begin(&f, table);
  examine(&f);
  assert_found(&f, WG_SYMPTOM_FEATURES_CONSTANT, WG_SEVERITY_NOTE,
               "1 of 2 features is the same in all samples, the first is number 2");
  end(&f);
  table = clouds(100);
  for (int i = 0; i < 200; i++) wg_table_set_feature(table, i / 2, i % 2, 0.1);
  begin(&f, table);
  examine(&f);
  assert_problem(&f, WG_SYMPTOM_FEATURES_CONSTANT, "2 of 2 features are");
  end(&f);
}

static void unscaled_features_are_found(void **state) {
  (void)state;
  fixture f;
  wg_table *table = clouds(100);
  for (int i = 0; i < 100; i++) wg_table_set_feature(table, i, 1, 500 + 50 * wg_table_feature(table, i, 1));
  begin(&f, table);
  examine(&f);
  assert_problem(&f, WG_SYMPTOM_FEATURES_UNSCALED, "(number 2); the mean farthest from 0 is 50");
  assert_contains(finding(&f, WG_SYMPTOM_FEATURES_UNSCALED)->cure, "--standardize");
  /* and what comes of it: */
  assert_problem(&f, WG_SYMPTOM_FIRST_LOSS, "knowing nothing of 2 classes gives ln 2");
  assert_problem(&f, WG_SYMPTOM_UNITS_DEAD, "units of A");
  end(&f);
}

static void contradictions_and_leaks_are_found(void **state) {
  (void)state;
  fixture f;
  wg_table *table = clouds(100), *held = clouds(30);
  for (int i = 0; i < 12; i += 2) /* sample 20 + i + 1 as 20 + i, which is of the other class */
    for (int c = 0; c < 2; c++) wg_table_set_feature(table, 20 + i + 1, c, wg_table_feature(table, 20 + i, c));
  for (int i = 10; i < 30; i++) /* the first ten rows are those of the table, the others are new */
    for (int c = 0; c < 2; c++) wg_table_set_feature(held, i, c, 10 + i);
  begin(&f, table);
  hold(&f, held);
  examine(&f);
  assert_problem(&f, WG_SYMPTOM_SAMPLES_CONTRADICT,
                 "6 of 100 samples are equal to another of another class, such as numbers");
  assert_problem(&f, WG_SYMPTOM_SAMPLES_LEAKED,
                 "10 of 30 held-out samples are among those to learn from, the first is "
                 "number 1");
  end(&f);
}

static void repeated_samples_of_one_class_are_counted_and_no_fault(void **state) {
  (void)state;
  fixture f;
  wg_table *table = clouds(100);
  for (int i = 2; i < 100; i += 2)
    for (int c = 0; c < 2; c++) wg_table_set_feature(table, i, c, c ? -0.0 : -1);
  for (int c = 0; c < 2; c++) wg_table_set_feature(table, 0, c, c ? 0.0 : -1); /* 0 and −0 are equal */
  begin(&f, table);
  examine(&f);
  assert_found(&f, WG_SYMPTOM_SAMPLES_CONTRADICT, WG_SEVERITY_GOOD, "(to one of the same class: 49)");
  end(&f);
}

/* ---- The net as it begins ---- */

static void a_first_loss_that_is_no_number_is_traced(void **state) {
  (void)state;
  fixture f;
  wg_table *table = clouds(100);
  for (int i = 0; i < 100; i++) wg_table_set_feature(table, i, 0, i % 2 ? 1e308 : -1e308);
  begin(&f, table);
  examine(&f);
  assert_problem(&f, WG_SYMPTOM_FIRST_LOSS, "the loss at the start is");
  assert_contains(finding(&f, WG_SYMPTOM_FIRST_LOSS)->seen, "forward: matmul");
  assert_null(wg_doctor_find(f.doctor, WG_SYMPTOM_LOSS_FALLS)); /* nothing else can be said */
  assert_null(wg_doctor_layer(f.doctor, 0));
  end(&f);
}

static void fading_signals_and_gradients_are_found(void **state) {
  (void)state;
  fixture f;
  begin(&f, clouds(200));
  layers(&f, 8, (const int64_t[]){2, 16, 16, 16, 16, 16, 16, 2});
  f.patient.spec.activation = WG_ACTIVATION_SIGMOID;
  f.patient.init = WG_INIT_XAVIER;
  examine(&f);
  assert_problem(&f, WG_SYMPTOM_SIGNAL_RANGE, "in A1, and by");
  assert_contains(finding(&f, WG_SYMPTOM_SIGNAL_RANGE)->means, "look the same");
  assert_problem(&f, WG_SYMPTOM_GRADIENT_RANGE, "the gradient of W1 is");
  assert_contains(finding(&f, WG_SYMPTOM_GRADIENT_RANGE)->means, "fades");
  end(&f);
}

static void weights_without_gradient_are_found(void **state) {
  (void)state;
  fixture f;
  begin(&f, clouds(100));
  f.patient.init = WG_INIT_ZEROS;
  examine(&f);
  assert_problem(&f, WG_SYMPTOM_GRADIENT_RANGE, "the gradient of W1 is 0 in every element");
  end(&f);
}

/* No initializer makes signals or gradients grow a thousandfold, so these figures are made up. */
static void growing_signals_and_gradients_are_found(void **state) {
  (void)state;
  fixture f;
  begin(&f, clouds(100));
  examine(&f);
  wg_model *model;
  assert_int_equal(wg_model_new(&f.patient.spec, WG_INIT_HE, 1, &model, NULL), WG_OK);
  wg_layer_health made_up[] = {{.name = "A1", .spread = 1, .units = 4}, {.name = "A2", .spread = 2000, .units = 4}};
  wg_weight_health weights[] = {{.name = "W1", .gradient = 5000},
                                {.name = "b1"},
                                {.name = "W2", .gradient = 10},
                                {.name = "b2"},
                                {"W3", 0, 1, 0},
                                {.name = "b3"}};
  wg_doctor second = {
      .allocator = f.doctor->allocator, .layers = made_up, .layer_count = 2, .weights = weights, .weight_count = 6};
  wg_look look = {.doctor = &second, .model = model};
  wg_doctor_judge_start(&look);
  fixture g = {.doctor = &second};
  assert_problem(&g, WG_SYMPTOM_SIGNAL_RANGE, "by 1 in A1, and by 2e+03 in A2");
  assert_contains(finding(&g, WG_SYMPTOM_SIGNAL_RANGE)->means, "grow");
  assert_problem(&g, WG_SYMPTOM_GRADIENT_RANGE, "W1 is 5e+03, that of W3 1");
  assert_contains(finding(&g, WG_SYMPTOM_GRADIENT_RANGE)->means, "grows");
  wg_arena_free(&second.arena, &second.allocator);
  wg_model_free(model);
  end(&f);
}

static void a_first_loss_that_knows_too_much_is_noted(void **state) {
  (void)state;
  fixture f;
  begin(&f, clouds(100));
  examine(&f);
  wg_net *net = wg_net_new(&f.patient.spec);
  wg_doctor second = {.allocator = f.doctor->allocator};
  wg_look look = {.doctor = &second, .net = net};
  wg_doctor_judge_loss(&look, 0.02);
  fixture g = {.doctor = &second};
  assert_found(&g, WG_SYMPTOM_FIRST_LOSS, WG_SEVERITY_NOTE, "0.02; knowing nothing of 2 classes gives ln 2");
  assert_contains(finding(&g, WG_SYMPTOM_FIRST_LOSS)->means, "cannot know");
  wg_arena_free(&second.arena, &second.allocator);
  wg_net_free(net);
  end(&f);
}

static void dead_units_are_found(void **state) {
  (void)state;
  fixture f;
  wg_table *table = clouds(100);
  for (int i = 0; i < 200; i++)
    wg_table_set_feature(table, i / 2, i % 2, 9 + 0.1 * wg_table_feature(table, i / 2, i % 2));
  begin(&f, table); /* all samples lie on one side of most units' borders */
  examine(&f);
  assert_problem(&f, WG_SYMPTOM_UNITS_DEAD, "units of A");
  const wg_layer_health *layer = wg_doctor_layer(f.doctor, 0);
  assert_true(layer->dead > 2 && layer->dead < 14);
  end(&f);
}

static void saturated_units_are_found(void **state) {
  (void)state;
  for (int tanh = 0; tanh < 2; tanh++) {
    fixture f;
    wg_table *table = clouds(100);
    for (int i = 0; i < 200; i++) wg_table_set_feature(table, i / 2, i % 2, 40 * wg_table_feature(table, i / 2, i % 2));
    begin(&f, table);
    f.patient.spec.activation = tanh ? WG_ACTIVATION_TANH : WG_ACTIVATION_SIGMOID;
    examine(&f);
    assert_problem(&f, WG_SYMPTOM_UNITS_SATURATED, "of the values of A1 are at their bounds");
    end(&f);
  }
}

/* ---- Whether it learns ---- */

static void a_wrong_gradient_is_found(void **state) {
  (void)state;
  wg_tape *t = wg_tape_new();
  const double values[] = {1, 2};
  wg_node *w = wg_param(t, "w", WG_F64, WG_SHAPE(2)), *J = wg_sum_all(wg_square(w)), *wrong = wg_scale(w, 3);
  const wg_binding binding = {w, values};
  wg_check *check = wg_check_against(J, 1, &w, &wrong, 1, &binding, NULL);
  wg_doctor doctor = {.allocator = wg_allocator_default};
  wg_doctor_judge_gradient(&doctor, check);
  fixture f = {.doctor = &doctor};
  assert_problem(&f, WG_SYMPTOM_GRADIENT_WRONG, "2 of 2 elements are not what central differences say; element");
  wg_arena_free(&doctor.arena, &doctor.allocator);
  wg_check_free(check);
  wg_tape_free(t);
}

static void what_cannot_be_learned_by_heart_is_found(void **state) {
  (void)state;
  fixture f;
  wg_table *table = clouds(100);
  for (int i = 0; i < 200; i++) wg_table_set_feature(table, i / 2, i % 2, 0.5); /* equal samples of both classes */
  begin(&f, table);
  examine(&f);
  assert_problem(&f, WG_SYMPTOM_TWENTY_SAMPLES, "20 samples are not learned by heart in 400 steps: loss 0.6");
  end(&f);
}

static void a_net_without_hidden_layers_may_not_part_twenty_samples(void **state) {
  (void)state;
  fixture f;
  wg_table *table = clouds(80);
  for (int i = 0; i < 80; i++) { /* exclusive or */
    int quarter = i % 4;
    table->labels[i] = quarter == 1 || quarter == 2;
    wg_table_set_feature(table, i, 0, (quarter & 1 ? 1 : -1) + 0.001 * i);
    wg_table_set_feature(table, i, 1, (quarter & 2 ? 1 : -1) - 0.002 * i);
  }
  begin(&f, table);
  f.patient.spec = wg_net_spec_of(WG_NET_SOFTMAX);
  layers(&f, 2, (const int64_t[]){2, 2});
  examine(&f);
  assert_found(&f, WG_SYMPTOM_TWENTY_SAMPLES, WG_SEVERITY_NOTE, "not learned by heart");
  assert_contains(finding(&f, WG_SYMPTOM_TWENTY_SAMPLES)->means, "straight");
  end(&f);
}

static void rates_out_of_range_are_found(void **state) {
  (void)state;
  const struct {
    double rate;
    wg_severity loss;
    const char *loss_means, *step_means;
  } cases[] = {{1e-9, WG_SEVERITY_NOTE, "Nothing is learned", "thousands"},
               {100, WG_SEVERITY_PROBLEM, "jump over", "what was learned is lost"},
               {1e308, WG_SEVERITY_PROBLEM, "broke down", NULL}};
  for (size_t c = 0; c < 3; c++) {
    fixture f;
    begin(&f, clouds(100));
    f.patient.spec.activation = WG_ACTIVATION_TANH; /* relu would be dead, and the loss ln 2, after one step */
    f.patient.options.optimizer = wg_optimizer_options_of(WG_OPTIMIZER_SGD);
    f.patient.options.rate = cases[c].rate;
    f.patient.options.batch = 10;
    examine(&f);
    assert_int_equal(finding(&f, WG_SYMPTOM_LOSS_FALLS)->severity, cases[c].loss);
    assert_contains(finding(&f, WG_SYMPTOM_LOSS_FALLS)->means, cases[c].loss_means);
    if (cases[c].step_means) {
      assert_int_equal(finding(&f, WG_SYMPTOM_STEP_SIZE)->severity, WG_SEVERITY_PROBLEM);
      assert_contains(finding(&f, WG_SYMPTOM_STEP_SIZE)->means, cases[c].step_means);
    }
    end(&f);
  }
}

static void units_that_die_while_learning_are_found(void **state) {
  (void)state;
  for (int tanh = 0; tanh < 2; tanh++) {
    fixture f;
    begin(&f, clouds(100));
    f.patient.options.optimizer = wg_optimizer_options_of(WG_OPTIMIZER_SGD);
    f.patient.options.rate = tanh ? 1e3 : 50;
    f.patient.spec.activation = tanh ? WG_ACTIVATION_TANH : WG_ACTIVATION_RELU;
    examine(&f);
    assert_problem(&f, WG_SYMPTOM_UNITS_DYING, tanh ? "are at their bounds (before" : "for every sample (before: ");
    end(&f);
  }
}

/* ---- Other nets and optimizers ---- */

static void images_count_by_channel(void **state) {
  (void)state;
  fixture f;
  wg_table *table = wg_table_new(60, 32, 2, NULL);
  assert_non_null(table);
  table->channels = 2;
  table->height = table->width = 4;
  wg_random random = wg_random_new(1, WG_STREAM_DATA);
  for (int i = 0; i < 60; i++) {
    table->labels[i] = i % 2;
    for (int c = 0; c < 32; c++) /* the border is black, channel 2 is brighter where the label is 1 */
      wg_table_set_feature(table, i, c, c % 4 == 0 ? 0 : wg_random_uniform(&random) + (c >= 16 && i % 2));
  }
  begin(&f, table);
  f.patient.spec = wg_net_spec_of(WG_NET_CNN);
  layers(&f, 3, (const int64_t[]){32, 8, 2});
  f.patient.spec.image[0] = 2;
  f.patient.spec.image[1] = f.patient.spec.image[2] = 4;
  examine(&f);
  assert_found(&f, WG_SYMPTOM_FEATURES_CONSTANT, WG_SEVERITY_GOOD, "no feature");
  assert_contains(finding(&f, WG_SYMPTOM_FEATURES_UNSCALED)->seen, "of channel 2");
  assert_int_equal(wg_doctor_layer(f.doctor, 0)->units, f.patient.spec.filters[0]);
  end(&f);
}

static void lbfgs_is_tried_for_fewer_steps(void **state) {
  (void)state;
  fixture f;
  begin(&f, clouds(100));
  f.patient.options.optimizer = wg_optimizer_options_of(WG_OPTIMIZER_LBFGS);
  f.patient.options.rate = 1;
  examine(&f);
  assert_contains(finding(&f, WG_SYMPTOM_LOSS_FALLS)->seen, "in 10 steps");
  end(&f);
}

static void a_text_is_examined_without_a_table(void **state) {
  (void)state;
  const wg_net_kind kinds[] = {WG_NET_RNN, WG_NET_LSTM, WG_NET_TRANSFORMER};
  for (int k = 0; k < 3; k++) {
    wg_text_data *text;
    wg_text_part parts[2];
    wg_error error;
    const char *words = "the cat sat on the mat and the dog sat on the cat and the mat sat on the dog. the cat and ";
    if (wg_text_data_new(words, strlen(words), NULL, NULL, &text, &error) != WG_OK) fail_msg("%s", error.message);
    fixture f = {0};
    f.patient = (wg_patient){.spec = wg_net_spec_of(kinds[k]), .init = WG_INIT_XAVIER, .seed = 1};
    f.patient.options = wg_train_options_default();
    f.patient.options.optimizer = wg_optimizer_options_of(WG_OPTIMIZER_ADAM);
    f.patient.options.rate = 0.01;
    layers(&f, 3, (const int64_t[]){text->classes, 12, text->classes});
    wg_text_split(text, 0, f.patient.spec.steps, 1, &parts[0], &parts[1]);
    f.samples = wg_text_samples(&parts[0]);
    f.patient.training = &f.samples;
    if (wg_doctor_new(&f.patient, NULL, &f.doctor, &error) != WG_OK) fail_msg("%s", error.message);
    assert_null(wg_doctor_find(f.doctor, WG_SYMPTOM_CLASSES_EMPTY));
    assert_healthy(&f);
    assert_int_equal(wg_doctor_layer(f.doctor, 0)->units, 12);
    wg_doctor_free(f.doctor);
    wg_text_data_free(text);
  }
}

static void what_does_not_fit_is_refused(void **state) {
  (void)state;
  fixture f;
  wg_error error;
  begin(&f, clouds(10));
  f.samples = wg_table_samples(f.table);
  f.patient.training = &f.samples;
  f.patient.training_table = f.table;
  layers(&f, 3, (const int64_t[]){3, 4, 2});
  assert_int_equal(wg_doctor_new(&f.patient, NULL, &f.doctor, &error), WG_ERROR_DATA);
  assert_null(f.doctor);
  layers(&f, 3, (const int64_t[]){2, 4, 2});
  f.patient.options.rate = -1;
  assert_int_equal(wg_doctor_new(&f.patient, NULL, &f.doctor, &error), WG_ERROR_ARGUMENT);
  assert_contains(error.message, "learning rate");
  end(&f);
  begin(&f, clouds(0));
  f.samples = wg_table_samples(f.table);
  f.patient.training = &f.samples;
  f.patient.training_table = f.table;
  assert_int_equal(wg_doctor_new(&f.patient, NULL, &f.doctor, &error), WG_ERROR_DATA);
  end(&f);
}

static void symptoms_have_names(void **state) {
  (void)state;
  for (wg_symptom a = 0; a < WG_SYMPTOM_COUNT; a++) {
    assert_true(*wg_symptom_text(a));
    for (wg_symptom b = 0; b < a; b++) assert_string_not_equal(wg_symptom_text(a), wg_symptom_text(b));
  }
  assert_string_equal(wg_symptom_text(WG_SYMPTOM_COUNT), "");
  assert_string_equal(wg_severity_text(WG_SEVERITY_PROBLEM), "problem");
  assert_string_equal(wg_severity_text((wg_severity)3), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_healthy_net_has_no_findings),
      cmocka_unit_test(the_lectures_nets_with_one_output_are_healthy),
      cmocka_unit_test(figures_of_weights_and_layers_are_shown),
      cmocka_unit_test(missing_classes_are_found),
      cmocka_unit_test(uneven_classes_are_found),
      cmocka_unit_test(one_class_alone_is_found),
      cmocka_unit_test(constant_features_are_found),
      cmocka_unit_test(unscaled_features_are_found),
      cmocka_unit_test(contradictions_and_leaks_are_found),
      cmocka_unit_test(repeated_samples_of_one_class_are_counted_and_no_fault),
      cmocka_unit_test(a_first_loss_that_is_no_number_is_traced),
      cmocka_unit_test(fading_signals_and_gradients_are_found),
      cmocka_unit_test(weights_without_gradient_are_found),
      cmocka_unit_test(growing_signals_and_gradients_are_found),
      cmocka_unit_test(a_first_loss_that_knows_too_much_is_noted),
      cmocka_unit_test(dead_units_are_found),
      cmocka_unit_test(saturated_units_are_found),
      cmocka_unit_test(a_wrong_gradient_is_found),
      cmocka_unit_test(what_cannot_be_learned_by_heart_is_found),
      cmocka_unit_test(a_net_without_hidden_layers_may_not_part_twenty_samples),
      cmocka_unit_test(rates_out_of_range_are_found),
      cmocka_unit_test(units_that_die_while_learning_are_found),
      cmocka_unit_test(images_count_by_channel),
      cmocka_unit_test(lbfgs_is_tried_for_fewer_steps),
      cmocka_unit_test(a_text_is_examined_without_a_table),
      cmocka_unit_test(what_does_not_fit_is_refused),
      cmocka_unit_test(symptoms_have_names),
  };
  return RUN_TESTS(tests);
}
