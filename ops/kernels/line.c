/* line.c: products of a matrix and a vector, compiled once for each level of processors.
 *
 * They read every element of the matrix once, so memory or a cache sets the pace; nothing is packed. The lanes of a sum
 * (narrow.h) are those of a vector where the matrix lies along the inner axis. Where it lies across, each is a sum of its
 * own, in vectors of as many results as registers hold. */
#include "level.h"
#include "narrow.h"
#include "vector.h"

#include <string.h>

enum {
  LANE_BYTES = 64,                                                  /* of the lanes of one sum, on every level */
  PARTS = LANE_BYTES / VECTOR_BYTES,                                /* vectors that hold them */
  TOGETHER = REGISTERS == 32 ? 8 / PARTS : 4 / PARTS + (PARTS > 2), /* lines that are read at a time */
  LANES_AT_ONCE = 4,
  WIDE = REGISTERS / 8 /* vectors of results */
};

#define KERNEL "kernels/line_kernel.h"
#include "../each_float.h"
