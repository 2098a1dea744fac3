/* elementary.h: e^x, ln x and their relatives, and a quotient, written so that a loop over them becomes vector instructions:
 * without branches, calls or tables, a choice being one of two numbers that are both computed. For the files of ops/ only.
 *
 * Within 2 ulp of the exact value. `fused`, a constant wherever these are called, says whether a·b + c is rounded once; so the
 * bits are the same on every processor that does so, and on every one that does not, whatever the width of its vectors
 * and wherever an element stands. NaN stays NaN.
 *
 * The polynomials have the least relative error of all of their degree on the interval that they are for, as E. Remez's
 * exchange (1934) finds them, but for the rounding of their coefficients. What is said of their errors counts that. */
#ifndef WG_ELEMENTARY_H
#define WG_ELEMENTARY_H

#include <math.h>
#include <stdbool.h>
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

/* ln 2; and in two parts, the first with so few bits that its products with exponents are exact. */
#define WG_LN2_F32 0x1.62e430p-1F
#define WG_LN2_F64 0x1.62e42fefa39efp-1
#define WG_LN2_HIGH_F32 0x1.62ep-1F
#define WG_LN2_LOW_F32 0x1.0bfbe8p-15F
#define WG_LN2_HIGH_F64 0x1.62e42fee00000p-1
#define WG_LN2_LOW_F64 0x1.a39ef35793c76p-33

/* a·b + c, rounded once where `fused` says that the processor does so; a name that every function here has in scope. */
WG_INLINE float wg_fma_f32(float a, float b, float c, bool fused) {
  return fused ? __builtin_fmaf(a, b, c) : a * b + c;
}
WG_INLINE double wg_fma_f64(double a, double b, double c, bool fused) {
  return fused ? __builtin_fma(a, b, c) : a * b + c;
}
#define WG_FMA(a, b, c) _Generic((a), float : wg_fma_f32, default : wg_fma_f64)(a, b, c, fused)

/* ---- x / p for a whole number p, by its reciprocal q, rounded ----
 *
 * where multiply-add is fused: a division takes a processor longer than all else that is done to an element of a mean. x·q is
 * off by 1.5 units in the last place at most; `rest`, what it differs by from x times p, is exact; and with rest·q less the
 * quotient is off by 1.5·2^−24 units (in f64 2^−53) before it is rounded. As x / p is not nearer than 1/(2p) units to where
 * rounding changes, the result is that of the division while p < 2^24/3, unless it or `rest` is too small to be a normal number.
 * (P. Markstein, Computation of elementary functions on the IBM RISC System/6000 processor, 1990.) Of ∞, rest is NaN; and its
 * sign is such that −0 stays −0. */

WG_INLINE float wg_quotient_f32(float x, float p, float q, bool fused) {
  const float y = x * q, rest = WG_FMA(y, p, -x);
  return fused ? rest == rest ? WG_FMA(rest, -q, y) : y : x / p;
}
WG_INLINE double wg_quotient_f64(double x, double p, double q, bool fused) {
  const double y = x * q, rest = WG_FMA(y, p, -x);
  return fused ? rest == rest ? WG_FMA(rest, -q, y) : y : x / p;
}

/* ---- e^x ----
 *
 * e^x = 2^n·e^r with n the whole number next to x/ln 2, so that |r| ≤ ln 2 / 2. A whole number added to the shifter is added to
 * n, so that the last bits of `shifted` are an exponent as numbers have it. */

#define WG_LOG2_E_F32 0x1.715476p+0F
#define WG_LOG2_E_F64 0x1.71547652b82fep+0

/* (e^r − 1 − r) / r², to 2^−25 (2^−55) of e^r − 1; in f64 in even and odd terms, which a processor computes at once. */
WG_INLINE float wg_exp_rest_f32(float r, bool fused) {
  const float c2 = 0x1.fffffep-2F, c3 = 0x1.5554b6p-3F, c4 = 0x1.5556d0p-5F, c5 = 0x1.122bd2p-7F, c6 = 0x1.6ca7c2p-10F;
  return WG_FMA(WG_FMA(WG_FMA(WG_FMA(c6, r, c5), r, c4), r, c3), r, c2);
}
WG_INLINE double wg_exp_rest_f64(double r, bool fused) {
  const double c2 = 0x1p-1, c3 = 0x1.555555555553ep-3, c4 = 0x1.5555555553b11p-5, c5 = 0x1.1111111118cf9p-7,
               c6 = 0x1.6c16c179fd755p-10, c7 = 0x1.a01a0171b3acep-13, c8 = 0x1.a019b3a19b745p-16,
               c9 = 0x1.71de97678892fp-19, c10 = 0x1.28976081ec7bbp-22, c11 = 0x1.ae49175374c31p-26;
  const double s = r * r;
  const double even = WG_FMA(WG_FMA(WG_FMA(WG_FMA(c10, s, c8), s, c6), s, c4), s, c2);
  const double odd = WG_FMA(WG_FMA(WG_FMA(WG_FMA(c11, s, c9), s, c7), s, c5), s, c3);
  return WG_FMA(odd, r, even);
}

/* e^r − 1 for r = x − n·ln 2 */
WG_INLINE float wg_exp_part_f32(float x, float n, bool fused) {
  const float r = WG_FMA(n, -WG_LN2_LOW_F32, WG_FMA(n, -WG_LN2_HIGH_F32, x));
  return WG_FMA(wg_exp_rest_f32(r, fused), r * r, r);
}
WG_INLINE double wg_exp_part_f64(double x, double n, bool fused) {
  const double r = WG_FMA(n, -WG_LN2_LOW_F64, WG_FMA(n, -WG_LN2_HIGH_F64, x));
  return WG_FMA(wg_exp_rest_f64(r, fused), r * r, r);
}

WG_INLINE float wg_exp_f32(float x, bool fused) {
  const float most = 89, least = -104, shifter = WG_SHIFTER_F32 + 254;
  const float shifted = WG_FMA(x, WG_LOG2_E_F32, shifter);
  const float y = wg_exp_part_f32(x, shifted - shifter, fused);
  /* 2^n in two factors, either of which is a normal number */
  const uint32_t half = (wg_bits_f32(shifted) >> 1) << 23, other = (wg_bits_f32(shifted) << 23) - half;
  const float result = WG_FMA(y, wg_of_bits_f32(half), wg_of_bits_f32(half)) * wg_of_bits_f32(other);
  return wg_of_bits_f32(wg_bits_f32(x > most ? (float)INFINITY : result) & ((uint32_t)(x < least) - 1));
}
WG_INLINE double wg_exp_f64(double x, bool fused) {
  const double most = 710, least = -746, shifter = WG_SHIFTER_F64 + 2046;
  const double shifted = WG_FMA(x, WG_LOG2_E_F64, shifter);
  const double y = wg_exp_part_f64(x, shifted - shifter, fused);
  const uint64_t half = (wg_bits_f64(shifted) >> 1) << 52, other = (wg_bits_f64(shifted) << 52) - half;
  const double result = WG_FMA(y, wg_of_bits_f64(half), wg_of_bits_f64(half)) * wg_of_bits_f64(other);
  return wg_of_bits_f64(wg_bits_f64(x > most ? (double)INFINITY : result) & ((uint64_t)(x < least) - 1));
}

/* e^x for x ≤ 0: y·2^(n+24)·2^−24 (in f64 54), of which all factors are normal numbers. */
WG_INLINE float wg_exp_below_f32(float x, bool fused) {
  const float least = -105, shifter = WG_SHIFTER_F32 + 127 + 24;
  const float within = x < least ? least : x;
  const float shifted = WG_FMA(within, WG_LOG2_E_F32, shifter);
  const float y = wg_exp_part_f32(within, shifted - shifter, fused);
  const float large = wg_of_bits_f32(wg_bits_f32(shifted) << 23);
  return WG_FMA(y, large, large) * 0x1p-24F;
}
WG_INLINE double wg_exp_below_f64(double x, bool fused) {
  const double least = -746, shifter = WG_SHIFTER_F64 + 1023 + 54;
  const double within = x < least ? least : x;
  const double shifted = WG_FMA(within, WG_LOG2_E_F64, shifter);
  const double y = wg_exp_part_f64(within, shifted - shifter, fused);
  const double large = wg_of_bits_f64(wg_bits_f64(shifted) << 52);
  return WG_FMA(y, large, large) * 0x1p-54;
}

/* ---- e^x − 1 = 2·(2^(n−1)·(e^r − 1) + (2^(n−1) − 1/2)), which has the sign of x ----
 *
 * r in two parts, the larger of which is added to the constant first: just above x = ½ ln 2 both nearly cancel, and what e^r − 1
 * would lose to rounding there would count twice. */

WG_INLINE float wg_expm1_f32(float x, bool fused) {
  const float most = 89, least = -30, shifter = WG_SHIFTER_F32 + 126;
  const float below = x > most ? most : x, within = below < least ? least : below;
  const float shifted = WG_FMA(within, WG_LOG2_E_F32, shifter), n = shifted - shifter;
  const float high = WG_FMA(n, -WG_LN2_HIGH_F32, within), low = n * WG_LN2_LOW_F32, r = high - low;
  const float part = WG_FMA(wg_exp_rest_f32(r, fused), r * r, -low);
  const float half = wg_of_bits_f32(wg_bits_f32(shifted) << 23);
  const float far = 2 * WG_FMA(half, part, WG_FMA(half, high, half - 0.5F));
  return copysignf(n == 0 ? high + part : far, x);
}
WG_INLINE double wg_expm1_f64(double x, bool fused) {
  const double most = 709.9, least = -50, shifter = WG_SHIFTER_F64 + 1022;
  const double below = x > most ? most : x, within = below < least ? least : below;
  const double shifted = WG_FMA(within, WG_LOG2_E_F64, shifter), n = shifted - shifter;
  const double high = WG_FMA(n, -WG_LN2_HIGH_F64, within), low = n * WG_LN2_LOW_F64, r = high - low;
  const double part = WG_FMA(wg_exp_rest_f64(r, fused), r * r, -low);
  const double half = wg_of_bits_f64(wg_bits_f64(shifted) << 52);
  const double far = 2 * WG_FMA(half, part, WG_FMA(half, high, half - 0.5));
  return copysign(n == 0 ? high + part : far, x);
}

/* ---- tanh x ----
 *
 * Where it is below 1/2, x + x³·P(x²); else 1 − 2 / (e^(2x) + 1) with e^(2x) = 2^n·(1 + y). Either way a small correction of a
 * number that is exact. P is within 2^−24 (2^−55) of tanh x. */

WG_INLINE float wg_tanh_f32(float x, bool fused) {
  const float c3 = -0x1.555454p-2F, c5 = 0x1.10cf5ep-3F, c7 = -0x1.af877cp-5F, c9 = 0x1.0d7a10p-6F;
  const float size = fabsf(x), s = size * size;
  const float near = WG_FMA(size * s, WG_FMA(WG_FMA(WG_FMA(c9, s, c7), s, c5), s, c3), size);
  const float most = 20, z = size * 2 > most ? most : size * 2, shifter = WG_SHIFTER_F32 + 127;
  const float shifted = WG_FMA(z, WG_LOG2_E_F32, shifter), power = wg_of_bits_f32(wg_bits_f32(shifted) << 23);
  const float r = WG_FMA(shifted - shifter, -WG_LN2_F32, z), y = WG_FMA(WG_FMA(wg_exp_rest_f32(r, fused), r, 1), r, 1);
  return copysignf(size < 0.5493F ? near : 1 - 2 / WG_FMA(power, y, 1), x);
}
WG_INLINE double wg_tanh_f64(double x, bool fused) {
  const double c3 = -0x1.55555555554a1p-2, c5 = 0x1.1111111102d9dp-3, c7 = -0x1.ba1ba1ada4d60p-5,
               c9 = 0x1.664f45cc89112p-6, c11 = -0x1.226dde4efce3dp-7, c13 = 0x1.d6c63f3e1f2cbp-9,
               c15 = -0x1.7cf50d8ed9eeap-10, c17 = 0x1.2faa6d3551458p-11, c19 = -0x1.b93dfee10dbc0p-13,
               c21 = 0x1.ac938bb944845p-15;
  const double size = fabs(x), s = size * size, s2 = s * s;
  const double even = WG_FMA(WG_FMA(WG_FMA(WG_FMA(c19, s2, c15), s2, c11), s2, c7), s2, c3);
  const double odd = WG_FMA(WG_FMA(WG_FMA(WG_FMA(c21, s2, c17), s2, c13), s2, c9), s2, c5);
  const double near = WG_FMA(size * s, WG_FMA(odd, s, even), size);
  const double most = 40, z = size * 2 > most ? most : size * 2, shifter = WG_SHIFTER_F64 + 1023;
  const double shifted = WG_FMA(z, WG_LOG2_E_F64, shifter), power = wg_of_bits_f64(wg_bits_f64(shifted) << 52);
  const double y = wg_exp_part_f64(z, shifted - shifter, fused);
  return copysign(size < 0.5493 ? near : 1 - 2 / WG_FMA(power, y, power + 1), x);
}

/* ---- σ(x) = 1 − e/(1 + e) for x ≥ 0 and e − e·e/(1 + e) below, with e = e^(−|x|) ---- */

WG_INLINE float wg_sigmoid_f32(float x, bool fused) {
  const float e = wg_exp_below_f32(-fabsf(x), fused), part = x < 0 ? e : 1;
  return WG_FMA(-part, e / (1 + e), part);
}
WG_INLINE double wg_sigmoid_f64(double x, bool fused) {
  const double e = wg_exp_below_f64(-fabs(x), fused), part = x < 0 ? e : 1;
  return WG_FMA(-part, e / (1 + e), part);
}

/* ---- ln x ----
 *
 * ln(2^n·(1 + f)) = n·ln 2 + ln(1 + f) with 1 + f between 3/4 and 3/2. */

/* (ln(1 + f) − f) / f², to 2^−27 of ln(1 + f) */
WG_INLINE float wg_log_rest_f32(float f, bool fused) {
  const float c3 = 0x1.5555a4p-2F, c4 = -0x1.00004ap-2F, c5 = 0x1.996974p-3F, c6 = -0x1.54f17cp-3F, c7 = 0x1.2895dep-3F,
              c8 = -0x1.0d7728p-3F, c9 = 0x1.aac4eep-4F, c10 = -0x1.6cd6f2p-5F;
  const float s = f * f, upper = WG_FMA(WG_FMA(c10, s, WG_FMA(c9, f, c8)), s, WG_FMA(c7, f, c6));
  return WG_FMA(WG_FMA(upper, s, WG_FMA(c5, f, c4)), s, WG_FMA(c3, f, -0.5F));
}
WG_INLINE float wg_log_sum_f32(float n, float f, bool fused) {
  return WG_FMA(n, WG_LN2_F32, WG_FMA(f * f, wg_log_rest_f32(f, fused), f));
}

/* The upper 12 bits, a whole number with a sign, as a number: with an offset of 2048 it becomes the last bits of another,
 * because vectors lack the conversion. */
WG_INLINE double wg_exponent_f64(uint64_t bits) {
  const uint64_t offset = bits + (UINT64_C(2048) << 52);
  return wg_of_bits_f64((offset >> 52) | wg_bits_f64(0x1p52)) - (0x1p52 + 2048);
}

/* In f64 with s = f / (2 + f): ln(1 + f) = 2·artanh s = f − s·(f − R) where R = 2·(s²/3 + s⁴/5 + …), to 2^−61. */
WG_INLINE double wg_log_rest_f64(double s2, bool fused) {
  const double c1 = 0x1.555555555554fp-1, c2 = 0x1.999999999c175p-2, c3 = 0x1.24924921e4c25p-2,
               c4 = 0x1.c71c748f33eaap-3, c5 = 0x1.745c4b0279e11p-3, c6 = 0x1.3b35bb425c33fp-3,
               c7 = 0x1.0dcbfa0bfcabep-3, c8 = 0x1.1b7ec718e742ap-3;
  const double s4 = s2 * s2;
  const double even = WG_FMA(WG_FMA(WG_FMA(c8, s4, c6), s4, c4), s4, c2);
  const double odd = WG_FMA(WG_FMA(WG_FMA(c7, s4, c5), s4, c3), s4, c1);
  return s2 * WG_FMA(s2, even, odd);
}
WG_INLINE double wg_log_sum_f64(double n, double f, bool fused) {
  const double s = f / (2 + f), half = f * f / 2;
  const double rest = half + wg_log_rest_f64(s * s, fused);
  return WG_FMA(n, WG_LN2_F64, f - WG_FMA(-s, rest, half));
}

/* Of a subnormal number, 2^24 (in f64 2^54) times as much is taken. Choices made of masks keep GCC from computing twice what
 * follows, for numbers that are subnormal and for such that are not. */
WG_INLINE float wg_log_f32(float x, bool fused) {
  const uint32_t low = wg_bits_f32(0.75F), one = wg_bits_f32(1), small = -(uint32_t)(x < 0x1p-126F) & (24 << 23);
  const uint32_t above = wg_bits_f32(x * wg_of_bits_f32(one + small)) - low;
  const float n = (float)((int32_t)(above - small) >> 23), f = wg_of_bits_f32((above & 0x007fffffU) + low) - 1;
  const float result = x < (float)INFINITY ? wg_log_sum_f32(n, f, fused) : x;
  return wg_of_bits_f32(wg_bits_f32(x == 0 ? -(float)INFINITY : result) | -(uint32_t)(x < 0));
}
WG_INLINE double wg_log_f64(double x, bool fused) {
  const uint64_t low = wg_bits_f64(0.75), one = wg_bits_f64(1),
                 small = -(uint64_t)(x < 0x1p-1022) & (UINT64_C(54) << 52);
  const uint64_t above = wg_bits_f64(x * wg_of_bits_f64(one + small)) - low;
  const double n = wg_exponent_f64(above - small), f = wg_of_bits_f64((above & UINT64_C(0x000fffffffffffff)) + low) - 1;
  const double result = x < (double)INFINITY ? wg_log_sum_f64(n, f, fused) : x;
  return wg_of_bits_f64(wg_bits_f64(x == 0 ? -(double)INFINITY : result) | -(uint64_t)(x < 0));
}

/* ---- ln(1 + x) = n·ln 2 + ln(1 + f), which has the sign of x ----
 *
 * with n from 1 + x as rounded, and f = 2^−n·x + (2^−n − 1), rounded once. 4·2^−n is a normal number for every n. */

/* for finite x > −1 */
WG_INLINE float wg_log1p_within_f32(float x, bool fused) {
  const uint32_t above = wg_bits_f32(1 + x) - wg_bits_f32(0.75F);
  const float scale = wg_of_bits_f32(wg_bits_f32(4) - (above & 0xff800000U));
  return wg_log_sum_f32((float)((int32_t)above >> 23), WG_FMA(x, scale, scale - 4) * 0.25F, fused);
}
WG_INLINE double wg_log1p_within_f64(double x, bool fused) {
  const uint64_t above = wg_bits_f64(1 + x) - wg_bits_f64(0.75);
  const double scale = wg_of_bits_f64(wg_bits_f64(4) - (above & UINT64_C(0xfff0000000000000)));
  return wg_log_sum_f64(wg_exponent_f64(above), WG_FMA(x, scale, scale - 4) * 0.25, fused);
}

WG_INLINE float wg_log1p_f32(float x, bool fused) {
  const float result = wg_log1p_within_f32(x, fused);
  return copysignf(x > -1 ? x < (float)INFINITY ? result : x : x == -1 ? (float)INFINITY : (float)NAN, x);
}
WG_INLINE double wg_log1p_f64(double x, bool fused) {
  const double result = wg_log1p_within_f64(x, fused);
  return copysign(x > -1 ? x < (double)INFINITY ? result : x : x == -1 ? (double)INFINITY : (double)NAN, x);
}

/* ln(1 + e^x) for x ≤ 0. In f32, ln(1 + e) = e + e²·Q(e) for 0 ≤ e ≤ 1, to within 2^−27: no exponent to be found. Where each
 * product is rounded, that would be off by up to 2.2 ulp. */
WG_INLINE float wg_log1p_exp_f32(float x, bool fused) {
  const float c2 = -0.5F, c3 = 0x1.55527ep-2F, c4 = -0x1.ff7d56p-3F, c5 = 0x1.94f9a2p-3F, c6 = -0x1.3eda66p-3F,
              c7 = 0x1.c38b7ep-4F, c8 = -0x1.f2f7aep-5F, c9 = 0x1.66490cp-6F, c10 = -0x1.e1c5fcp-9F;
  const float e = wg_exp_below_f32(x, fused);
  if (!fused) return wg_log1p_within_f32(e, fused);
  const float high = WG_FMA(WG_FMA(WG_FMA(WG_FMA(c10, e, c9), e, c8), e, c7), e, c6);
  return WG_FMA(WG_FMA(WG_FMA(WG_FMA(WG_FMA(high, e, c5), e, c4), e, c3), e, c2), e * e, e);
}
WG_INLINE double wg_log1p_exp_f64(double x, bool fused) {
  return wg_log1p_within_f64(wg_exp_below_f64(x, fused), fused);
}

/* ---- erf x = 2/√π ∫_0^x e^(−t²) dt = 1 − e^(a·Q(a) − a), with the sign of x ----
 *
 * a is |x|, or where erf x rounds to 1; and 1 − e^z = (1 − 2^n) − 2^n·(e^r − 1), with r in two parts as in e^x − 1. Q brings
 * erf x to within 2^−27 (2^−55). */

WG_INLINE float wg_erf_f32(float x, bool fused) {
  const float c0 = -0x1.06eba8p-3F, c1 = -0x1.45f2fap-1F, c2 = -0x1.a4fa5ep-4F, c3 = 0x1.39cdc6p-6F,
              c4 = 0x1.505e0ep-13F, c5 = -0x1.b4ffeap-10F, c6 = 0x1.4bc93cp-11F, c7 = -0x1.ed6a20p-14F,
              c8 = 0x1.369406p-17F;
  const float size = fabsf(x), a = size > 3.95F ? 3.95F : size, a2 = a * a, shifter = WG_SHIFTER_F32 + 127;
  const float even = WG_FMA(WG_FMA(WG_FMA(WG_FMA(c8, a2, c6), a2, c4), a2, c2), a2, c0);
  const float odd = WG_FMA(WG_FMA(WG_FMA(c7, a2, c5), a2, c3), a2, c1);
  const float part = a * WG_FMA(odd, a, even);
  const float shifted = WG_FMA(part - a, WG_LOG2_E_F32, shifter), power = wg_of_bits_f32(wg_bits_f32(shifted) << 23);
  const float n = shifted - shifter, high = WG_FMA(n, -WG_LN2_HIGH_F32, -a), low = WG_FMA(n, -WG_LN2_LOW_F32, part);
  const float r = high + low, y = high + WG_FMA(wg_exp_rest_f32(r, fused), r * r, low);
  return copysignf(WG_FMA(-power, y, 1 - power), x);
}
WG_INLINE double wg_erf_f64(double x, bool fused) {
  const double c0 = -0x1.06eba8214db68p-3, c1 = -0x1.45f306dc9c8d9p-1, c2 = -0x1.a4f4e2a1a9b1ep-4,
               c3 = 0x1.396685908c434p-6, c4 = 0x1.b6b6a1d0e6367p-13, c5 = -0x1.bca691e5d7e05p-10,
               c6 = 0x1.35663c1cc95e8p-11, c7 = -0x1.b29b126cf9cdep-16, c8 = -0x1.0e32e54f21321p-14,
               c9 = 0x1.f032115b874fbp-16, c10 = -0x1.a967ab1356ad3p-19, c11 = -0x1.a4860edbccd8cp-19,
               c12 = 0x1.117309e05a64bp-19, c13 = -0x1.326bf43fdc1d2p-21, c14 = 0x1.94ba5512de5a5p-27,
               c15 = 0x1.1a2ee3036f124p-24, c16 = -0x1.28fab05d5a8eep-25, c17 = 0x1.720d563c3b185p-27,
               c18 = -0x1.44527e594b88dp-29, c19 = 0x1.9d5a890ed342ep-32, c20 = -0x1.7a3ff5f13d958p-35,
               c21 = 0x1.d94ceb3cf9f50p-39, c22 = -0x1.6b7a450056b82p-43, c23 = 0x1.02b8b00b89491p-48;
  const double size = fabs(x), a = size > 5.95 ? 5.95 : size, a2 = a * a, a4 = a2 * a2, shifter = WG_SHIFTER_F64 + 1023;
  const double p0 = WG_FMA(WG_FMA(WG_FMA(WG_FMA(WG_FMA(c20, a4, c16), a4, c12), a4, c8), a4, c4), a4, c0);
  const double p1 = WG_FMA(WG_FMA(WG_FMA(WG_FMA(WG_FMA(c21, a4, c17), a4, c13), a4, c9), a4, c5), a4, c1);
  const double p2 = WG_FMA(WG_FMA(WG_FMA(WG_FMA(WG_FMA(c22, a4, c18), a4, c14), a4, c10), a4, c6), a4, c2);
  const double p3 = WG_FMA(WG_FMA(WG_FMA(WG_FMA(WG_FMA(c23, a4, c19), a4, c15), a4, c11), a4, c7), a4, c3);
  const double part = a * WG_FMA(WG_FMA(p3, a, p2), a2, WG_FMA(p1, a, p0));
  const double shifted = WG_FMA(part - a, WG_LOG2_E_F64, shifter), power = wg_of_bits_f64(wg_bits_f64(shifted) << 52);
  const double n = shifted - shifter, high = WG_FMA(n, -WG_LN2_HIGH_F64, -a), low = WG_FMA(n, -WG_LN2_LOW_F64, part);
  const double r = high + low, y = high + WG_FMA(wg_exp_rest_f64(r, fused), r * r, low);
  return copysign(WG_FMA(-power, y, 1 - power), x);
}

/* ---- erfc x = 1 − erf x = e^(a·Q(a) − a) for x = a ≥ 0, and 2 less that for x = −a ----
 *
 * In f32 computed in f64, with a Q that is for a up to 10.1 and brings erfc to 2^−26. In f64 the C library's, which is more
 * exact. */

WG_INLINE float wg_erfc_f32(float x, bool fused) {
  const double c0 = -0x1.06eba5f94308fp-3, c1 = -0x1.45f38610e675bp-1, c2 = -0x1.a4cf42501827ap-4,
               c3 = 0x1.371c76a4e7601p-6, c4 = 0x1.0d02e849a0e7ep-11, c5 = -0x1.15a49a34843c6p-9,
               c6 = 0x1.04149cbce75b4p-10, c7 = -0x1.385b425c85185p-12, c8 = 0x1.149f0bfee979bp-14,
               c9 = -0x1.76ab785646d3ep-17, c10 = 0x1.86ea7719c8211p-20, c11 = -0x1.380899b99f728p-23,
               c12 = 0x1.7618314b0a9d2p-27, c13 = -0x1.45c913bdbfbadp-31, c14 = 0x1.84d9892b90775p-36,
               c15 = -0x1.1c42f94dca95fp-41, c16 = 0x1.7fad834940de0p-48;
  const double size = fabs((double)x), a = size > 10.1 ? 10.1 : size, a2 = a * a;
  const double even = WG_FMA(
      WG_FMA(WG_FMA(WG_FMA(WG_FMA(WG_FMA(WG_FMA(WG_FMA(c16, a2, c14), a2, c12), a2, c10), a2, c8), a2, c6), a2, c4), a2,
             c2),
      a2, c0);
  const double odd = WG_FMA(
      WG_FMA(WG_FMA(WG_FMA(WG_FMA(WG_FMA(WG_FMA(c15, a2, c13), a2, c11), a2, c9), a2, c7), a2, c5), a2, c3), a2, c1);
  const double y = wg_exp_below_f64(WG_FMA(a, WG_FMA(odd, a, even), -a), fused);
  return (float)(x < 0 ? 2 - y : y);
}
WG_INLINE double wg_erfc_f64(double x, bool fused) { return (void)fused, erfc(x); }

#endif
