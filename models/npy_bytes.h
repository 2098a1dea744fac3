/* npy_bytes.h: the bytes of an NPY file, alone or inside an NPZ; internal. */
#ifndef WG_NPY_BYTES_H
#define WG_NPY_BYTES_H

#include "bytes.h"
#include "npy.h"

/* Adds what the file holds for this array. False without memory. */
bool wg_npy_add(wg_bytes *bytes, const wg_array *array);

#endif
