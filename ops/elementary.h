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

/* ---- σ(x) = 1 / (1 + e^(−x)) = e^x / (1 + e^x) ----
 *
 * What 1 + e loses when it is rounded is put back: 1/(1 + e) is σ(|x|), which is 1 less the result below 0. */

WG_INLINE float wg_sigmoid_f32(float x) {
  const float e = wg_exp_f32(-fabsf(x)), sum = 1 + e, lost = e - (sum - 1);
  const float y = (x < 0 ? e : 1) / sum;
  return y - y * (lost * (x < 0 ? 1 - y : y));
}
WG_INLINE double wg_sigmoid_f64(double x) {
  const double e = wg_exp_f64(-fabs(x)), sum = 1 + e, lost = e - (sum - 1);
  const double y = (x < 0 ? e : 1) / sum;
  return y - y * (lost * (x < 0 ? 1 - y : y));
}

/* ---- erf x = 2/√π ∫_0^x e^(−t²) dt ----
 *
 * Below 1 the series 2/√π·Σ (−1)^n x^(2n+1) / (n!·(2n+1)); else 1 − erfc x. Between ½ and 10.5,
 * erfc x = e^(−x²)·h(v)/(x + 3) with h the polynomial that has the exact values at the Chebyshev points of v, which is
 * 1/(x + 3) mapped to −1 … 1; it is within 10^−17 of h. What x² loses when it is rounded comes from x in two parts.
 * In f32 the same in f64, which is exact to half a unit. */

/* erf x / x − 1, up to 1 */
WG_INLINE double wg_erf_rest_f64(double x) {
  const double c0 = 0.1283791670955125739, c1 = -0.37612638903183752463, c2 = 0.11283791670955125739,
               c3 = -0.026866170645131251759, c4 = 0.0052239776254421878421, c5 = -0.00085483270234508528325,
               c6 = 0.00012055332981789664251, c7 = -0.000014925650358406250977, c8 = 1.6462114365889247402e-6,
               c9 = -1.6365844691234924317e-7, c10 = 1.480719281587921724e-8, c11 = -1.2290555301717927353e-9,
               c12 = 9.4227590646504109706e-11, c13 = -6.7113668551641103779e-12, c14 = 4.4632242632864773449e-13,
               c15 = -2.7835162072109213549e-14, c16 = 1.6342614095367151894e-15, c17 = -9.0639708428086724792e-17,
               c18 = 4.7633480405150681197e-18;
  const double s = x * x, s2 = s * s;
  const double even =
      c2 + s2 * (c4 + s2 * (c6 + s2 * (c8 + s2 * (c10 + s2 * (c12 + s2 * (c14 + s2 * (c16 + s2 * (c18))))))));
  const double odd =
      c1 + s2 * (c3 + s2 * (c5 + s2 * (c7 + s2 * (c9 + s2 * (c11 + s2 * (c13 + s2 * (c15 + s2 * (c17))))))));
  return c0 + s * (odd + s * even);
}

/* erfc x between ½ and 10.5 */
WG_INLINE double wg_erfc_far_f64(double x) {
  const double h0 = 1.14799534852565324, h1 = 0.6242492231368391335, h2 = 0.2696093198412569048,
               h3 = 0.08960515879861711415, h4 = 0.02112690916847088107, h5 = 0.002665632406526789471,
               h6 = -0.0001953705945196936942, h7 = -0.0001378201281041924083, h8 = -8.528925297812685698e-6,
               h9 = 5.866058964864703516e-6, h10 = 7.935605142417620802e-7, h11 = -2.991290865831400643e-7,
               h12 = -4.823317753509367207e-8, h13 = 1.920194388598527857e-8, h14 = 2.345763264640516856e-9,
               h15 = -1.375482004209435177e-9, h16 = -5.898470880093563296e-11, h17 = 7.809350537327251478e-11,
               h18 = -2.750716036829305429e-12;
  const double high = wg_of_bits_f64(wg_bits_f64(x) & ~UINT64_C(0x7ffffff)), low = x - high;
  const double square = x * x, lost = ((high * high - square) + 2 * high * low) + low * low;
  const double part = 1 / (x + 3), v = part * 9.45 - 1.7, v2 = v * v;
  const double even =
      h0 +
      v2 * (h2 + v2 * (h4 + v2 * (h6 + v2 * (h8 + v2 * (h10 + v2 * (h12 + v2 * (h14 + v2 * (h16 + v2 * (h18)))))))));
  const double odd =
      h1 + v2 * (h3 + v2 * (h5 + v2 * (h7 + v2 * (h9 + v2 * (h11 + v2 * (h13 + v2 * (h15 + v2 * (h17))))))));
  return wg_exp_f64(-square) * ((1 - lost) * (part * (even + v * odd)));
}

WG_INLINE double wg_erf_f64(double x) {
  const double size = fabs(x) > 6 ? 6 : fabs(x);
  const double near = x + x * wg_erf_rest_f64(size < 1 ? x : 1);
  return size < 1 ? near : x != x ? x : copysign(1 - wg_erfc_far_f64(size), x);
}
WG_INLINE float wg_erf_f32(float x) { return (float)wg_erf_f64((double)x); }

/* 1 − erf x, to the last digits where it is small. */
WG_INLINE float wg_erfc_f32(float x) {
  const double wide = (double)x, size = fabs(wide) > 10.5 ? 10.5 : fabs(wide);
  const double near = 1 - (wide + wide * wg_erf_rest_f64(size < 1 ? wide : 1)), far = wg_erfc_far_f64(size);
  return (float)(size < 1 ? near : x < 0 ? 2 - far : far);
}

#endif
