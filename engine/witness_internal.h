/* witness_internal.h: a witness's inside; for witness*.c only. */
#ifndef WG_WITNESS_INTERNAL_H
#define WG_WITNESS_INTERNAL_H

#include "check_internal.h"
#include "region.h"
#include "witness.h"

struct wg_witness {
  wg_allocator allocator;
  wg_status status;
  char message[512];
  wg_forward_test forward;
  wg_taylor_test taylor;
  wg_node_test *nodes;
  size_t node_count;
};

/* Keeps a failure, and returns false. */
bool wg_witness_fail(wg_witness *witness, wg_status status, const char *format, ...) WG_PRINTF(3, 4);
bool wg_witness_fail_memory(wg_witness *witness);

/* A random number whose size is in [0.5, 1), of either sign: a direction that no element is missing from. */
double wg_witness_random(uint64_t *state);

/* Taylor's test along `directions` (one for each variable), f having the slope `slope` by the gradient, which may be off
 * by `accepted`. */
void wg_witness_taylor_run(wg_taylor_test *test, wg_probe *probe, size_t count, const wg_variable *variables,
                           double *const *directions, double slope, double accepted);

/* Tries the rules between root and wrt, at the values that the bindings give. False with the failure on the witness. */
bool wg_witness_nodes_run(wg_witness *witness, wg_node *root, size_t count, wg_node *const *wrt, size_t binding_count,
                          const wg_binding *bindings, const wg_witness_options *options);

/* Tries the rule of one node for each input with wanted[i], its inputs having the values data[i]; adds the results to
 * `tests` and their number to *count. WG_OK or WG_ERROR_MEMORY. */
wg_status wg_witness_rule_run(const wg_node *node, const bool *wanted, const void *const *data,
                              const wg_allocator *allocator, double tolerance, uint64_t seed, wg_node_test *tests,
                              size_t *count);

#endif
