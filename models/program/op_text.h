/* op_text.h: what can be said of an operation of the table, for a list of them. Operations are named by their place. */
#ifndef WG_PROGRAM_OP_TEXT_H
#define WG_PROGRAM_OP_TEXT_H

#include "../../engine/text.h"

enum { OP_NAME_MAX = 32 };

/* The parameters of its function in C: "(wg_node *x, int64_t axis)". */
const char *op_parameters(size_t op);

/* How many inputs it has, with those that may be left out; 2 for a list of any length. */
int op_input_count(size_t op);

/* The name of the i-th input, as in the parameters; x0, x1 … in a list. */
void op_input_name(size_t op, int i, char name[OP_NAME_MAX]);

typedef struct op_texts {
  wg_text inputs;  /* "a, b"; "x0, x1, …" */
  wg_text attrs;   /* with their defaults, "axis=-1, keep=0" */
  wg_text formula; /* with the names of inputs and attributes; "" for an operation that is recorded as others */
} op_texts;

op_texts op_texts_new(size_t op);
bool op_texts_free(op_texts *texts); /* false if there was no memory for them */

#endif
