/* optimizer_update.h: one step for the elements of one tensor, for one element type; optimizer_update.c includes it once
 * for each, with REAL, ROOT (√) and NAME defined. Formulas and sources stand in optimizer.h. Every kind is one loop over
 * the memory in which elements make no difference, so that a compiler turns it into vector instructions, for each level of
 * processors (ops/loop.h), with the same bits; flags are constants where the function is called. */

/* What all kinds have in common. */
typedef struct NAME(common) {
  REAL rate, decay, l1, keep, pull;
} NAME(common);

WG_SPECIALIZED NAME(common) NAME(common_of)(const wg_update *u) {
  return (NAME(common)){(REAL)u->rate, (REAL)u->decay, (REAL)u->l1, (REAL)u->keep, (REAL)u->pull};
}

/* g + λ·w + λ₁·sign(w) */
WG_SPECIALIZED REAL NAME(penalized)(NAME(common) c, REAL g, REAL w) {
  return g + c.decay * w + (w > 0 ? c.l1 : w < 0 ? -c.l1 : 0);
}

/* The weight after a step by α·u: keep·w − α·u, less what of it lies within ±pull. NaN stays NaN. */
WG_SPECIALIZED REAL NAME(moved)(NAME(common) c, REAL w, REAL u) {
  w = c.keep * w - c.rate * u;
  return w - (w > c.pull ? c.pull : w < -c.pull ? -c.pull : w);
}

WG_SPECIALIZED void NAME(sgd)(const wg_update *update) {
  NAME(common) c = NAME(common_of)(update);
  REAL *restrict w = update->weights;
  const REAL *restrict gradient = update->gradient;
  for (int64_t i = 0; i < update->size; i++) w[i] = NAME(moved)(c, w[i], NAME(penalized)(c, gradient[i], w[i]));
}

WG_SPECIALIZED void NAME(momentum)(const wg_optimizer_options *o, const wg_update *update, bool nesterov) {
  NAME(common) c = NAME(common_of)(update);
  REAL *restrict w = update->weights, *restrict v = update->slot[0];
  const REAL *restrict gradient = update->gradient;
  REAL mu = (REAL)o->momentum, fresh = (REAL)(update->step == 1 ? 1 : 1 - o->dampening);
  for (int64_t i = 0; i < update->size; i++) {
    REAL g = NAME(penalized)(c, gradient[i], w[i]);
    v[i] = mu * v[i] + fresh * g;
    w[i] = NAME(moved)(c, w[i], nesterov ? g + mu * v[i] : v[i]);
  }
}

WG_SPECIALIZED void NAME(adagrad)(const wg_optimizer_options *o, const wg_update *update) {
  NAME(common) c = NAME(common_of)(update);
  REAL *restrict w = update->weights, *restrict s = update->slot[0];
  const REAL *restrict gradient = update->gradient;
  REAL epsilon = (REAL)o->epsilon;
  for (int64_t i = 0; i < update->size; i++) {
    REAL g = NAME(penalized)(c, gradient[i], w[i]);
    s[i] += g * g;
    w[i] = NAME(moved)(c, w[i], g / (ROOT(s[i]) + epsilon));
  }
}

/* s − a², the variance of the gradient, which rounding can make negative; NaN stays NaN. */
WG_SPECIALIZED REAL NAME(variance)(REAL s, REAL a) {
  REAL variance = s - a * a;
  return variance < 0 ? 0 : variance;
}

WG_SPECIALIZED void NAME(rmsprop)(const wg_optimizer_options *o, const wg_update *update, bool momentum,
                                  bool centered) {
  NAME(common) c = NAME(common_of)(update);
  REAL *restrict w = update->weights, *restrict s = update->slot[0];
  REAL *restrict v = update->slot[1], *restrict a = update->slot[momentum ? 2 : 1];
  const REAL *restrict gradient = update->gradient;
  REAL gamma = (REAL)o->alpha, fresh = (REAL)(1 - o->alpha), epsilon = (REAL)o->epsilon, mu = (REAL)o->momentum;
  for (int64_t i = 0; i < update->size; i++) {
    REAL g = NAME(penalized)(c, gradient[i], w[i]);
    s[i] = gamma * s[i] + fresh * (g * g);
    if (centered) a[i] = gamma * a[i] + fresh * g;
    REAL u = g / (ROOT(centered ? NAME(variance)(s[i], a[i]) : s[i]) + epsilon);
    if (momentum) u = v[i] = mu * v[i] + u;
    w[i] = NAME(moved)(c, w[i], u);
  }
}

WG_SPECIALIZED void NAME(adam)(const wg_optimizer_options *o, const wg_update *update, bool amsgrad) {
  NAME(common) c = NAME(common_of)(update);
  REAL *restrict w = update->weights, *restrict m = update->slot[0], *restrict s = update->slot[1],
                 *restrict largest = update->slot[2];
  const REAL *restrict gradient = update->gradient;
  REAL beta1 = (REAL)o->beta1, fresh1 = (REAL)(1 - o->beta1), beta2 = (REAL)o->beta2, fresh2 = (REAL)(1 - o->beta2);
  REAL epsilon = (REAL)o->epsilon;
  /* m and s began at 0, and are too small by these factors */
  REAL mean_part = (REAL)(1 - pow(o->beta1, (double)update->step));
  REAL root_part = (REAL)sqrt(1 - pow(o->beta2, (double)update->step));
  c.rate /= mean_part;
  for (int64_t i = 0; i < update->size; i++) {
    REAL g = NAME(penalized)(c, gradient[i], w[i]);
    m[i] = beta1 * m[i] + fresh1 * g;
    s[i] = beta2 * s[i] + fresh2 * (g * g);
    REAL square = s[i];
    if (amsgrad) square = largest[i] = square <= largest[i] ? largest[i] : square;
    w[i] = NAME(moved)(c, w[i], m[i] / (ROOT(square) / root_part + epsilon));
  }
}

WG_SPECIALIZED void NAME(lion)(const wg_optimizer_options *o, const wg_update *update) {
  NAME(common) c = NAME(common_of)(update);
  REAL *restrict w = update->weights, *restrict m = update->slot[0];
  const REAL *restrict gradient = update->gradient;
  REAL beta1 = (REAL)o->beta1, fresh1 = (REAL)(1 - o->beta1), beta2 = (REAL)o->beta2, fresh2 = (REAL)(1 - o->beta2);
  for (int64_t i = 0; i < update->size; i++) {
    REAL g = NAME(penalized)(c, gradient[i], w[i]);
    REAL u = beta1 * m[i] + fresh1 * g;
    m[i] = beta2 * m[i] + fresh2 * g;
    REAL sign = u > 0 ? 1 : u; /* that of NaN is NaN */
    w[i] = NAME(moved)(c, w[i], u < 0 ? -1 : sign);
  }
}

WG_SPECIALIZED void NAME(update)(const wg_optimizer_options *o, const wg_update *update) {
  switch (o->kind) {
  case WG_OPTIMIZER_ADAGRAD:
    NAME(adagrad)(o, update);
    break;
  case WG_OPTIMIZER_RMSPROP:
    if (o->centered)
      o->momentum > 0 ? NAME(rmsprop)(o, update, true, true) : NAME(rmsprop)(o, update, false, true);
    else
      o->momentum > 0 ? NAME(rmsprop)(o, update, true, false) : NAME(rmsprop)(o, update, false, false);
    break;
  case WG_OPTIMIZER_ADAM:
  case WG_OPTIMIZER_ADAMW:
    o->amsgrad ? NAME(adam)(o, update, true) : NAME(adam)(o, update, false);
    break;
  case WG_OPTIMIZER_LION:
    NAME(lion)(o, update);
    break;
  default:
    if (o->momentum > 0)
      o->nesterov ? NAME(momentum)(o, update, true) : NAME(momentum)(o, update, false);
    else
      NAME(sgd)(update);
  }
}
