/* denormals.h: whether the calling thread takes denormal numbers for zero, operands and results; internal. Threads that work
 * for it do so too (threads.h).
 *
 *     const wg_denormals before = wg_denormals_flushed();
 *     …
 *     wg_denormals_restore(before); */
#ifndef WG_DENORMALS_H
#define WG_DENORMALS_H

#include <stdbool.h>
#include <stdint.h>

#if defined __SSE2__
#include <xmmintrin.h>

#define WG_DENORMALS_FLUSH true
typedef unsigned wg_denormals; /* how the processor was set */
static inline wg_denormals wg_denormals_flushed(void) {
  const wg_denormals before = _mm_getcsr();
  _mm_setcsr(before | 0x8040); /* FTZ and DAZ */
  return before;
}
static inline void wg_denormals_restore(wg_denormals before) { _mm_setcsr(before); }
#elif defined __aarch64__ && defined __GNUC__
#define WG_DENORMALS_FLUSH true
typedef uint64_t wg_denormals;
static inline wg_denormals wg_denormals_flushed(void) {
  wg_denormals before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(before | UINT64_C(1) << 24)); /* FZ */
  return before;
}
static inline void wg_denormals_restore(wg_denormals before) { __asm__ volatile("msr fpcr, %0" : : "r"(before)); }
#else
#define WG_DENORMALS_FLUSH false
typedef int wg_denormals;
static inline wg_denormals wg_denormals_flushed(void) { return 0; }
static inline void wg_denormals_restore(wg_denormals before) { (void)before; }
#endif

#endif
