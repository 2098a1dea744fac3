/* check_scene.h: a tape with one parameter x, and gradient checks of functions of it. */
#ifndef WG_CHECK_SCENE_H
#define WG_CHECK_SCENE_H

#include "../support.h"

typedef struct scene {
  wg_tape *tape;
  wg_node *x;
} scene;

static inline scene scene_new(wg_shape shape) {
  wg_tape *tape = wg_tape_new();
  return (scene){tape, wg_param(tape, "x", WG_F64, shape)};
}

static inline wg_check *check_at(scene *s, wg_node *root, const double *values, const wg_check_options *options) {
  return wg_check_gradient(root, 1, &s->x, 1, &(wg_binding){s->x, values}, options);
}

/* Against a gradient that the test brings. */
static inline wg_check *check_claim(scene *s, wg_node *root, const double *values, const double *claim) {
  wg_node *grad = wg_constant(s->tape, WG_F64, wg_node_shape(s->x), claim);
  return wg_check_against(root, 1, &s->x, &grad, 1, &(wg_binding){s->x, values}, NULL);
}

static inline void assert_good(const wg_check *check) {
  if (wg_check_status(check) != WG_OK) fail_msg("check: %s", wg_check_error(check));
}

static inline void assert_verdict(scene *s, wg_check *check, wg_verdict verdict) {
  assert_good(check);
  const wg_check_entry *worst = wg_check_worst(check, 0);
  if (wg_check_verdict(check) != verdict)
    fail_msg("%s instead of %s: reverse %.17g, difference %.17g, left %.17g, right %.17g, error %g",
             wg_verdict_text(wg_check_verdict(check)), wg_verdict_text(verdict), worst->reverse, worst->difference,
             worst->left, worst->right, worst->error);
  wg_check_free(check);
  wg_tape_free(s->tape);
}

#endif
