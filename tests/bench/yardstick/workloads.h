/* workloads.h: the workloads by their letters. Each returns false after a message: numbers that do not agree. */
#ifndef WORKLOADS_H
#define WORKLOADS_H

#include "contest.h"

bool spiral_run(const settings *s, report *r); /* a: net D */
bool neuron_run(const settings *s, report *r); /* b */
bool c_run(const settings *s, report *r);
bool d_run(const settings *s, report *r);
bool e_run(const settings *s, report *r);

#endif
