/* workloads.h: the workloads by their letters. Each returns false after a message: numbers that do not agree. */
#ifndef WORKLOADS_H
#define WORKLOADS_H

#include "contest.h"

bool spiral_run(const settings *s, report *r); /* a: net D */
bool neuron_run(const settings *s, report *r); /* b */
bool c_run(const settings *s, report *r);
bool d_run(const settings *s, report *r);
bool e_run(const settings *s, report *r);
bool images_run(const settings *s, report *r);  /* f */
bool g_run(const settings *s, report *r);       /* g */
bool h_run(const settings *s, report *r);       /* h */
bool scalars_run(const settings *s, report *r); /* i */

bool gradient_run(const settings *s, report *r);  /* forward and reverse over forward */
bool memory_run(const settings *s, report *r);    /* bytes of plans */
bool products_run(const settings *s, report *r);  /* products of matrices; only if asked for */
bool functions_run(const settings *s, report *r); /* elementwise functions */
bool batch_run(const settings *s, report *r);     /* what a sample costs */

#endif
