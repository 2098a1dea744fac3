/* The check as JSON. */
#include "checking.h"

static void params_json(json *j, const checking *c) {
  json_array(j, "results");
  for (size_t k = 0; k < c->net->param_count; k++) {
    param_result result = param_count(c->check, c->net->params[k]);
    json_object_flat(j, NULL);
    json_text(j, "parameter", wg_node_name(result.node));
    json_count(j, "tried", result.tried);
    json_count(j, "pass", result.of[WG_PASS]);
    json_count(j, "kink", result.of[WG_KINK]);
    json_count(j, "unresolved", result.of[WG_UNRESOLVED]);
    json_count(j, "fail", result.of[WG_FAIL]);
    json_number(j, "error_max", result.worst ? result.worst->error : 0);
    json_object_end(j);
  }
  json_array_end(j);
}

static void worst_json(json *j, const wg_check *check, size_t count) {
  json_array(j, "worst");
  for (size_t rank = 0; rank < count && rank < wg_check_count(check); rank++) {
    const wg_check_entry *entry = wg_check_worst(check, rank);
    char element[128];
    element_text(entry->node, entry->index, element, sizeof element);
    json_object_flat(j, NULL);
    json_text(j, "element", element);
    json_text(j, "parameter", wg_node_name(entry->node));
    json_integer(j, "index", entry->index);
    json_number(j, "reverse", entry->reverse);
    json_number(j, "difference", entry->difference);
    json_number(j, "left", entry->left);
    json_number(j, "right", entry->right);
    json_number(j, "error", entry->error);
    json_text(j, "verdict", wg_verdict_text(entry->verdict));
    json_object_end(j);
  }
  json_array_end(j);
}

static void taylor_json(json *j, const wg_taylor_test *taylor) {
  json_object(j, "taylor");
  json_number(j, "first_slope", taylor->first_slope);
  json_number(j, "second_slope", taylor->second_slope);
  json_text(j, "verdict", wg_verdict_text(taylor->verdict));
  json_array(j, "steps");
  for (int k = 0; k < WG_TAYLOR_STEPS; k++) {
    json_object_flat(j, NULL);
    json_number(j, "h", taylor->steps[k].h);
    json_number(j, "first", taylor->steps[k].first);
    json_number(j, "second", taylor->steps[k].second);
    json_boolean(j, "fitted", taylor->steps[k].fitted);
    json_object_end(j);
  }
  json_array_end(j);
  json_object_end(j);
}

static void witness_json(json *j, const wg_witness *witness) {
  const wg_forward_test *forward = wg_witness_forward(witness);
  json_object(j, "witnesses");
  json_object_flat(j, "forward");
  json_number(j, "forward", forward->forward);
  json_number(j, "reverse", forward->reverse);
  json_number(j, "error", forward->error);
  json_text(j, "verdict", wg_verdict_text(forward->verdict));
  json_object_end(j);
  taylor_json(j, wg_witness_taylor(witness));
  json_array(j, "rules");
  for (size_t i = 0; i < wg_witness_node_count(witness); i++) {
    const wg_node_test *test = wg_witness_node_at(witness, i);
    json_object_flat(j, NULL);
    json_text(j, "op", wg_node_op(test->node));
    json_count(j, "node", wg_node_id(test->node));
    json_text(j, "name", wg_node_name(test->node));
    json_integer(j, "input", test->input);
    json_number(j, "forward", test->forward);
    json_number(j, "reverse", test->reverse);
    json_number(j, "error", test->error);
    json_count(j, "left_out", test->left_out);
    json_text(j, "verdict", wg_verdict_text(test->verdict));
    json_object_end(j);
  }
  json_array_end(j);
  json_object_end(j);
}

static void diagnosis_json(json *j, const checking *c) {
  json_array(j, "diagnosis");
  for (size_t k = 0; k < c->net->param_count; k++) {
    char text[256];
    wg_diagnosis diagnosis = check_diagnosis(c, c->net->params[k]);
    if (diagnosis.signature == WG_SIGNATURE_NONE) continue;
    wg_diagnosis_text(&diagnosis, text, sizeof text);
    json_object_flat(j, NULL);
    json_text(j, "parameter", wg_node_name(c->net->params[k]));
    json_text(j, "text", text);
    json_object_end(j);
  }
  json_array_end(j);
}

void check_json(const terminal *t, const checking *c, const check_settings *settings) {
  json j = json_new(t->out);
  json_object(&j, NULL);
  net_json(&j, &c->net->spec, wg_net_param_elements(c->net));
  json_text(&j, "command", settings->again);
  json_count(&j, "seed", settings->library.seed);
  json_integer(&j, "order", settings->order);
  json_text(&j, "gradient_dtype", wg_dtype_text(settings->dtype));
  json_number(&j, "step", settings->library.step);
  json_number(&j, "tolerance", settings->library.tolerance);
  json_text(&j, "verdict", wg_verdict_text(check_verdict(c)));
  json_count(&j, "tried", wg_check_count(c->check));
  json_number(&j, "error_max", wg_check_error_max(c->check));
  params_json(&j, c);
  worst_json(&j, c->check, (size_t)settings->worst);
  if (c->witness) witness_json(&j, c->witness);
  diagnosis_json(&j, c);
  json_object_end(&j);
}
