/* derivative.c: several outputs, forward mode and second order, all out of reverse sweeps. */
#include "derivative.h"
#include "tape_internal.h"

/* ---- Several outputs ---- */

/* The root of a sweep for several outputs: Σ_j ⟨seeds[j], outputs[j]⟩, whose adjoint is always 1. Input 0 holds the seeds
 * together, the others are the outputs; what it sends to an output is that output's seed. Neither node is ever run. */
static bool together_infer(wg_draft *draft) {
  draft->dtype = draft->inputs[draft->input_count - 1]->dtype;
  return true;
}

static wg_node *bundle_vjp(wg_node *y, wg_node *dy, int i) {
  (void)dy;
  return y->inputs[0]->inputs[i - 1];
}

static const wg_op seeds_op = {.name = "seeds", .arity = WG_VARIADIC, .infer = together_infer};
static const wg_op bundle_op = {
    .name = "bundle", .arity = WG_VARIADIC, .nondifferentiable = 1, .infer = together_infer, .vjp = bundle_vjp};

/* Checks one output and its seed, and gives the seed. */
static wg_node *seed_of(wg_node *output, wg_node *seed) {
  char output_text[WG_NODE_TEXT_SIZE], seed_text[WG_NODE_TEXT_SIZE];
  if (!seed && wg_node_size(output) == 1) return wg_fill(output->tape, output->dtype, *output->shape, 1);
  if (!seed)
    return wg_fail(output, WG_ERROR_ARGUMENT, "gradient of %s: it is not a scalar, so it needs a seed",
                   wg_node_text(output, output_text));
  if (wg_node_inert(seed) || seed->dtype != output->dtype || !wg_shape_equal(seed->shape, output->shape))
    return wg_fail(output, WG_ERROR_SHAPE, "derivative of %s: the seed %s is of another shape or element type",
                   wg_node_text(output, output_text), wg_node_text(seed, seed_text));
  return seed;
}

/* The bundle of the outputs with their seeds, or an inert node. */
static wg_node *bundle_of(wg_tape *tape, size_t count, wg_node *const *outputs, wg_node *const *seeds) {
  if (count == 0 || count >= INT32_MAX || !outputs) {
    wg_tape_fail(tape, WG_ERROR_ARGUMENT, "derivative: there are no outputs");
    return wg_tape_inert(tape);
  }
  if (!wg_nodes_usable(tape, "derivative of", count, outputs)) return wg_tape_inert(tape);
  wg_node **nodes = wg_allocate(wg_tape_allocator(tape), count + 1, sizeof *nodes);
  if (!nodes) {
    wg_tape_fail_memory(tape);
    return wg_tape_inert(tape);
  }
  for (size_t j = 0; j < count; j++) nodes[j] = seed_of(outputs[j], seeds ? seeds[j] : NULL);
  nodes[0] = wg_apply(&seeds_op, (int)count, nodes, NULL);
  for (size_t j = 0; j < count; j++) nodes[j + 1] = outputs[j];
  wg_node *bundle = wg_apply(&bundle_op, (int)count + 1, nodes, NULL);
  wg_release(wg_tape_allocator(tape), nodes);
  return bundle;
}

wg_status wg_vjp_several(size_t output_count, wg_node *const *outputs, wg_node *const *seeds, size_t count,
                         wg_node *const *wrt, wg_node **grad) {
  wg_tape *tape = output_count && outputs ? wg_node_tape(outputs[0]) : NULL;
  wg_node *bundle = bundle_of(tape, output_count, outputs, seeds);
  if (!wg_node_inert(bundle)) return wg_grad(bundle, count, wrt, grad);
  for (size_t k = 0; grad && k < count; k++) grad[k] = wg_tape_inert(tape);
  return wg_tape_status(tape);
}

/* ---- Forward mode ---- */

/* A cotangent of y that has no value: what is linear in it is differentiated by it. The same output asked for twice has
 * two, told apart by their number. */
static const wg_op cotangent_op = {.name = "cotangent",
                                   .arity = 1,
                                   .attrs = (const wg_attr[]){{.name = "number", .kind = WG_ATTR_INTEGER}, {0}},
                                   .nondifferentiable = WG_ALL_INPUTS,
                                   .infer = wg_infer_same};

/* J·ẋ = ∂⟨Jᵀ·ȳ, ẋ⟩/∂ȳ; `work` has room for the cotangents ȳ and for Jᵀ·ȳ. */
static wg_status jvp(size_t output_count, wg_node *const *outputs, size_t count, wg_node *const *wrt,
                     wg_node *const *tangents, wg_node **results, wg_node **work) {
  wg_node **cotangents = work, **pulled_back = work + output_count;
  for (size_t j = 0; j < output_count; j++)
    cotangents[j] = wg_apply(&cotangent_op, 1, &outputs[j], (wg_attr[]){wg_attr_integer("number", (int64_t)j), {0}});
  wg_status status = wg_vjp_several(output_count, outputs, cotangents, count, wrt, pulled_back);
  if (status != WG_OK) return status;
  return wg_vjp_several(count, pulled_back, tangents, output_count, cotangents, results);
}

wg_status wg_jvp(size_t output_count, wg_node *const *outputs, size_t count, wg_node *const *wrt,
                 wg_node *const *tangents, wg_node **results) {
  wg_tape *tape = output_count && outputs ? wg_node_tape(outputs[0]) : NULL;
  const wg_allocator *allocator = wg_tape_allocator(tape);
  size_t room;
  wg_node **work = wg_size_add(output_count, count, &room) ? wg_allocate(allocator, room, sizeof *work) : NULL;
  wg_status status = WG_ERROR_ARGUMENT;
  if (!work) {
    wg_tape_fail_memory(tape);
    status = WG_ERROR_MEMORY;
  } else if (wg_nodes_usable(tape, "forward derivative of", output_count, outputs) &&
             wg_nodes_usable(tape, "forward derivative by", count, wrt) &&
             wg_nodes_usable(tape, "forward derivative along", count, tangents)) {
    status = jvp(output_count, outputs, count, wrt, tangents, results, work);
  }
  for (size_t j = 0; status != WG_OK && results && j < output_count; j++) results[j] = wg_tape_inert(tape);
  wg_release(allocator, work);
  return status;
}

/* ---- Second order ---- */

wg_status wg_hvp(wg_node *root, size_t count, wg_node *const *wrt, wg_node *const *vectors, wg_node **results) {
  wg_tape *tape = wg_node_tape(root);
  wg_node **grad = wg_allocate(wg_tape_allocator(tape), count, sizeof *grad);
  wg_status status = WG_ERROR_MEMORY;
  if (!grad)
    wg_tape_fail_memory(tape);
  else if (!wg_nodes_usable(tape, "Hessian times", count, vectors))
    status = WG_ERROR_ARGUMENT;
  else
    status = wg_grad(root, count, wrt, grad);
  if (status == WG_OK) status = wg_vjp_several(count, grad, vectors, count, wrt, results);
  for (size_t k = 0; status != WG_OK && results && k < count; k++) results[k] = wg_tape_inert(tape);
  wg_release(wg_tape_allocator(tape), grad);
  return status;
}

bool wg_node_is_zero(const wg_node *node) {
  double value;
  int64_t count;
  return wg_node_is_fill(node, &value, &count) && value == 0;
}
