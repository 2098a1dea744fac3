/* machine.h: what the figures were measured on, and a BLAS at its best. */
#ifndef MACHINE_H
#define MACHINE_H

#include "report.h"

/* OpenBLAS has kernels for several processors and guesses, when it is loaded, which one it is on; the guess may be wrong by
 * a factor of five. So each kind that might do is tried in a process of its own, and the program starts itself anew
 * with the best one in OPENBLAS_CORETYPE. Nothing happens if that variable is set, or without OpenBLAS. */
void machine_choose_core(char **argv);
bool machine_rate_asked(int argc, char **argv); /* whether this is such a process, which has printed its answer */

/* Processor, caches, compiler, BLAS, level of kernels. */
void machine_report(report *r);

#endif
