/* explore_derivation.c: the derivation in both forms, each line with the nodes that it is about. */
#include "explore_internal.h"

static wg_status write_form(wg_exploration *e, const char *key, wg_form form) {
  wg_derivation *derivation = wg_derivation_new(e->root, e->count, e->wanted, form, WG_UNICODE);
  wg_status status = derivation ? wg_derivation_status(derivation) : WG_ERROR_MEMORY;
  if (status != WG_OK) {
    wg_error_set(e->error, status, "%s", derivation ? wg_derivation_error(derivation) : "out of memory");
    wg_derivation_free(derivation);
    return status;
  }
  wg_json_open(&e->json, key, '{');
  wg_json_integer(&e->json, "samples", wg_derivation_samples(derivation));
  wg_json_open(&e->json, "lines", '[');
  for (size_t i = 0; i < wg_derivation_count(derivation); i++) {
    const wg_derivation_line *line = wg_derivation_at(derivation, i);
    wg_json_open(&e->json, NULL, '{');
    wg_json_text(&e->json, "left", line->left);
    wg_json_text(&e->json, "right", line->right);
    wg_json_text(&e->json, "shapes", line->shapes);
    wg_explore_id(e, "node", line->node);
    wg_explore_id(e, "adjoint", line->adjoint);
    wg_json_integer(&e->json, "power", line->power);
    wg_json_close(&e->json, '}');
  }
  wg_json_close(&e->json, ']');
  wg_json_close(&e->json, '}');
  wg_derivation_free(derivation);
  return WG_OK;
}

wg_status wg_explore_derivation_write(wg_exploration *e) {
  wg_json_open(&e->json, "derivation", '{');
  wg_status status = write_form(e, "engine", WG_FORM_ENGINE);
  if (status == WG_OK) status = write_form(e, "lecture", WG_FORM_LECTURE);
  wg_json_close(&e->json, '}');
  return status;
}
