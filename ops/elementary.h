/* elementary.h: e^x, ln x and their relatives, written so that a loop over them becomes vector instructions: without
 * branches, calls or tables, a choice being one of two numbers that are both computed. For the files of ops/ only.
 *
 * Within 2 ulp of the exact value. All operations are those of IEEE 754, none is fused, so the bits are the same on every
 * processor, whatever the width of its vectors and wherever an element stands. NaN stays NaN. The polynomials are the
 * series themselves, cut where the next term is below the rounding error. */
#ifndef WG_ELEMENTARY_H
#define WG_ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined __GNUC__
#define WG_INLINE static inline __attribute__((always_inline))
#else
#define WG_INLINE static inline
#endif

/* ---- Numbers as bits ---- */

WG_INLINE uint32_t wg_bits_f32(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
WG_INLINE uint64_t wg_bits_f64(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
WG_INLINE float wg_of_bits_f32(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
WG_INLINE double wg_of_bits_f64(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* 1.5·2^23 and 1.5·2^52: a number below half of it, added, is rounded to a whole number, which then is in the last bits. */
#define WG_SHIFTER_F32 12582912.0F
#define WG_SHIFTER_F64 6755399441055744.0

/* ln 2 in two parts, the first with so few bits that its products with exponents are exact. */
#define WG_LN2_HIGH_F32 0x1.62ep-1F
#define WG_LN2_LOW_F32 0x1.0bfbe8p-15F
#define WG_LN2_HIGH_F64 0x1.62e42fee00000p-1
#define WG_LN2_LOW_F64 0x1.a39ef35793c76p-33

/* ---- e^x ----
 *
 * e^x = 2^n·e^r with n the whole number next to x/ln 2, so that |r| ≤ ln 2 / 2. */

/* (e^r − 1 − r) / r² */
WG_INLINE float wg_exp_rest_f32(float r) {
  const float c2 = 1.0F / 2, c3 = 1.0F / 6, c4 = 1.0F / 24, c5 = 1.0F / 120, c6 = 1.0F / 720, c7 = 1.0F / 5040;
  return c2 + r * (c3 + r * (c4 + r * (c5 + r * (c6 + r * c7))));
}
WG_INLINE double wg_exp_rest_f64(double r) {
  const double c2 = 1.0 / 2, c3 = 1.0 / 6, c4 = 1.0 / 24, c5 = 1.0 / 120, c6 = 1.0 / 720, c7 = 1.0 / 5040,
               c8 = 1.0 / 40320, c9 = 1.0 / 362880, c10 = 1.0 / 3628800, c11 = 1.0 / 39916800, c12 = 1.0 / 479001600,
               c13 = 1.0 / 6227020800.0;
  const double s = r * r;
  const double even = c4 + s * (c6 + s * (c8 + s * (c10 + s * c12)));
  const double odd = c5 + s * (c7 + s * (c9 + s * (c11 + s * c13)));
  return c2 + r * c3 + s * (even + r * odd);
}

WG_INLINE float wg_exp_f32(float x) {
  const float most = 90, least = -105;
  const float within = x > most ? most : x < least ? least : x;
  const float shifted = within * 0x1.715476p+0F + WG_SHIFTER_F32, n = shifted - WG_SHIFTER_F32;
  const float r = (within - n * WG_LN2_HIGH_F32) - n * WG_LN2_LOW_F32;
  const float y = 1 + (r + r * r * wg_exp_rest_f32(r));
  /* 2^n in two factors, either of which is a normal number */
  const uint32_t whole = wg_bits_f32(shifted) - wg_bits_f32(WG_SHIFTER_F32), half = (uint32_t)((int32_t)whole >> 1);
  return y * wg_of_bits_f32((half + 127) << 23) * wg_of_bits_f32((whole - half + 127) << 23);
}
WG_INLINE double wg_exp_f64(double x) {
  const double most = 710, least = -746;
  const double within = x > most ? most : x < least ? least : x;
  const double shifted = within * 0x1.71547652b82fep+0 + WG_SHIFTER_F64, n = shifted - WG_SHIFTER_F64;
  const double r = (within - n * WG_LN2_HIGH_F64) - n * WG_LN2_LOW_F64;
  const double y = 1 + (r + r * r * wg_exp_rest_f64(r));
  /* halved as a number with an offset that makes it positive, because vectors lack the signed shift */
  const uint64_t whole = wg_bits_f64(shifted) - wg_bits_f64(WG_SHIFTER_F64), half = ((whole + 4096) >> 1) - 2048;
  return y * wg_of_bits_f64((half + 1023) << 52) * wg_of_bits_f64((whole - half + 1023) << 52);
}

/* ---- e^x − 1 = 2·(2^(n−1)·(e^r − 1) + (2^(n−1) − 1/2)) ---- */

WG_INLINE float wg_expm1_f32(float x) {
  const float most = 89, least = -30;
  const float within = x > most ? most : x < least ? least : x;
  const float shifted = within * 0x1.715476p+0F + WG_SHIFTER_F32, n = shifted - WG_SHIFTER_F32;
  const float r = (within - n * WG_LN2_HIGH_F32) - n * WG_LN2_LOW_F32;
  const float y = r + r * r * wg_exp_rest_f32(r);
  const uint32_t whole = wg_bits_f32(shifted) - wg_bits_f32(WG_SHIFTER_F32);
  const float half = wg_of_bits_f32((whole + 126) << 23), result = 2 * (half * y + (half - 0.5F));
  return x == 0 ? x : x > most ? (float)INFINITY : n == 0 ? y : result;
}
WG_INLINE double wg_expm1_f64(double x) {
  const double most = 709.8, least = -50;
  const double within = x > most ? most : x < least ? least : x;
  const double shifted = within * 0x1.71547652b82fep+0 + WG_SHIFTER_F64, n = shifted - WG_SHIFTER_F64;
  const double r = (within - n * WG_LN2_HIGH_F64) - n * WG_LN2_LOW_F64;
  const double y = r + r * r * wg_exp_rest_f64(r);
  const uint64_t whole = wg_bits_f64(shifted) - wg_bits_f64(WG_SHIFTER_F64);
  const double half = wg_of_bits_f64((whole + 1022) << 52), result = 2 * (half * y + (half - 0.5));
  return x == 0 ? x : x > most ? (double)INFINITY : n == 0 ? y : result;
}

/* ---- tanh x ----
 *
 * Near 0 the eighth convergent of Lambert's continued fraction x/(1 + x²/(3 + x²/(5 + …))), as x − x·q; else
 * 1 − 2/(e^(2x) + 1). Either way a small correction of a number that is exact. */

WG_INLINE float wg_tanh_f32(float x) {
  const float size = fabsf(x) > 10 ? 10 : fabsf(x), e = wg_expm1_f32(2 * size), s = size * size;
  const float above = s * (675675 + s * (45045 + s * (594 + s)));
  const float below = 2027025 + s * (945945 + s * (51975 + s * (630 + s)));
  const int near = size < 0.55F;
  const float q = (near ? above : 2) / (near ? below : e + 2);
  return x != x ? x : copysignf(near ? size - size * q : 1 - q, x);
}
WG_INLINE double wg_tanh_f64(double x) {
  const double size = fabs(x) > 20 ? 20 : fabs(x), e = wg_expm1_f64(2 * size), s = size * size;
  const double above = s * (675675 + s * (45045 + s * (594 + s)));
  const double below = 2027025 + s * (945945 + s * (51975 + s * (630 + s)));
  const int near = size < 0.55;
  const double q = (near ? above : 2) / (near ? below : e + 2);
  return x != x ? x : copysign(near ? size - size * q : 1 - q, x);
}

/* ---- ln x ----
 *
 * ln(2^n·(1 + f)) = n·ln 2 + ln(1 + f) with 1 + f between √½ and √2; with s = f / (2 + f),
 * ln(1 + f) = 2·artanh s = f − s·(f − R) where R = 2·(s²/3 + s⁴/5 + …). */

WG_INLINE float wg_log_rest_f32(float s2) {
  const float c1 = 2.0F / 3, c2 = 2.0F / 5, c3 = 2.0F / 7, c4 = 2.0F / 9, c5 = 2.0F / 11;
  return s2 * (c1 + s2 * (c2 + s2 * (c3 + s2 * (c4 + s2 * c5))));
}
WG_INLINE double wg_log_rest_f64(double s2) {
  const double c1 = 2.0 / 3, c2 = 2.0 / 5, c3 = 2.0 / 7, c4 = 2.0 / 9, c5 = 2.0 / 11, c6 = 2.0 / 13, c7 = 2.0 / 15,
               c8 = 2.0 / 17, c9 = 2.0 / 19, c10 = 2.0 / 21, c11 = 2.0 / 23;
  const double s4 = s2 * s2;
  const double even = c2 + s4 * (c4 + s4 * (c6 + s4 * (c8 + s4 * c10)));
  const double odd = c1 + s4 * (c3 + s4 * (c5 + s4 * (c7 + s4 * (c9 + s4 * c11))));
  return s2 * (odd + s2 * even);
}

WG_INLINE float wg_log_f32(float x) {
  const float least = 0x1p-126F;
  const uint32_t root = wg_bits_f32(0x1.6a09e6p-1F);
  const uint32_t bits = wg_bits_f32(x < least ? x * 0x1p24F : x), above = bits - root;
  const float n = (float)((int32_t)above >> 23) - (x < least ? 24.0F : 0.0F);
  const float f = wg_of_bits_f32((above & 0x007fffffU) + root) - 1;
  const float s = f / (2 + f), rest = wg_log_rest_f32(s * s), half = f * f / 2;
  const float result = n * WG_LN2_HIGH_F32 + (f - (half - (s * (half + rest) + n * WG_LN2_LOW_F32)));
  return x > 0 ? x < (float)INFINITY ? result : x : x == 0 ? -(float)INFINITY : (float)NAN;
}
WG_INLINE double wg_log_f64(double x) {
  const double least = 0x1p-1022;
  const uint64_t root = wg_bits_f64(0x1.6a09e667f3bcdp-1);
  const uint64_t bits = wg_bits_f64(x < least ? x * 0x1p54 : x), above = bits - root + (UINT64_C(2048) << 52);
  /* the exponent, offset by 2048, becomes a number as the last bits of another */
  const double shifted = wg_of_bits_f64((above >> 52) | wg_bits_f64(0x1p52)) - 0x1p52;
  const double n = shifted - 2048 - (x < least ? 54.0 : 0.0);
  const double f = wg_of_bits_f64((above & UINT64_C(0x000fffffffffffff)) + root) - 1;
  const double s = f / (2 + f), rest = wg_log_rest_f64(s * s), half = f * f / 2;
  const double result = n * WG_LN2_HIGH_F64 + (f - (half - (s * (half + rest) + n * WG_LN2_LOW_F64)));
  return x > 0 ? x < (double)INFINITY ? result : x : x == 0 ? -(double)INFINITY : (double)NAN;
}

/* ---- ln(1 + x) = ln u + (x − (u − 1)) / u, with u = 1 + x as rounded ---- */

WG_INLINE float wg_log1p_f32(float x) {
  const float u = 1 + x, lost = (x - (u - 1)) / u;
  const float result = wg_log_f32(u) + (u > 0 ? u < (float)INFINITY ? lost : 0 : 0);
  return x == 0 ? x : result;
}
WG_INLINE double wg_log1p_f64(double x) {
  const double u = 1 + x, lost = (x - (u - 1)) / u;
  const double result = wg_log_f64(u) + (u > 0 ? u < (double)INFINITY ? lost : 0 : 0);
  return x == 0 ? x : result;
}

#endif
