/* each_float.h: includes the file that KERNEL names, seen from this folder, once for f32 and once for f64: with REAL the
 * element type, and NAME(x) the name x_f32 or x_f64. */
#define REAL float
#define NAME(name) name##_f32
#include KERNEL
#undef REAL
#undef NAME
#define REAL double
#define NAME(name) name##_f64
#include KERNEL
#undef REAL
#undef NAME
#undef KERNEL
