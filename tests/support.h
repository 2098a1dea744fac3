/* support.h: what the tests share: values by seed, a node run to numbers, relative errors, an allocator that fails. */
#ifndef WG_TEST_SUPPORT_H
#define WG_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../engine/check.h"
#include "../engine/grad.h"
#include "../engine/plan.h"
#include "../ops/ops.h"

/* main of a test program whose tests are in the array `tests`. */
#define RUN_TESTS(tests) cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL)

/* ---- Values ---- */

/* n numbers drawn evenly from [low, high), the same for the same seed. */
void fill_f64(double *values, size_t n, double low, double high, uint64_t seed);
void fill_f32(float *values, size_t n, double low, double high, uint64_t seed);
void fill_i64(int64_t *values, size_t n, int64_t low, int64_t high, uint64_t seed); /* high itself never */

/* Memory of n numbers, never NULL and never too little for n = 0; the test fails without. The caller frees it. */
double *new_f64(size_t n);
double *random_f64(size_t n, double low, double high, uint64_t seed);

/* ---- Numbers ---- */

/* max |a − b| / max(|a|, |b|) over all elements together: 0 if all are equal, NaN if any is NaN. */
double relative_error(size_t n, const double *a, const double *b);

/* The test fails unless relative_error(n, actual, expected) ≤ bound; the message names `what` and the worst element. */
void assert_close(const char *what, size_t n, const double *actual, const double *expected, double bound);

/* Plans `node`, binds, runs, and writes its elements to `values` (as doubles, whatever its dtype); the test fails if
 * anything else does. */
void run_node(wg_node *node, size_t binding_count, const wg_binding *bindings, double *values);
double run_scalar(wg_node *node, size_t binding_count, const wg_binding *bindings);

/* The test fails, with the tape's message, unless its status is WG_OK. */
void assert_tape_good(const wg_tape *tape);
/* … unless its status is `status` and its message contains `part`. The error is cleared. */
void assert_tape_failed(wg_tape *tape, wg_status status, const char *part);
void assert_contains(const char *text, const char *part);

/* ---- An allocator that counts, and fails at will ---- */

typedef struct failing_memory {
  size_t calls;  /* allocations asked for */
  size_t live;   /* … given and not yet released */
  size_t fail;   /* the number of the call that fails, from 1; 0 for none */
  bool for_good; /* all later calls fail too */
  size_t failed; /* how many did */
} failing_memory;

/* The hook over `memory`, which must outlive everything made with it. */
wg_allocator failing_allocator(failing_memory *memory);

/* Something to try with an allocator: does it, gives all memory back, and returns the status of what failed first.
 * *number is what came out, if nothing failed. */
typedef wg_status attempt(const wg_allocator *allocator, void *context, double *number);

/* Tries it once with memory, and then with every allocation failed in turn: that one alone, and it and all after it. The
 * test fails unless each time the status is WG_ERROR_MEMORY (or WG_OK, if no allocation failed) and all memory comes
 * back. Returns the number of allocations. */
size_t assert_survives_failed_allocations(const char *what, attempt *run, void *context);

/* The same for something done with a tape. After each failure it is done again on that tape, now with memory, and must
 * give the same number as without the failure. */
typedef wg_status tape_attempt(wg_tape *tape, void *context, double *number);
size_t assert_tape_survives_failed_allocations(const char *what, tape_attempt *run, void *context);

#endif
