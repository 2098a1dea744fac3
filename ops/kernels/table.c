/* table.c: the kernels of one level. */
#include "kernels.h"
#include "level.h"

#define TEXT_OF(name) #name
#define TEXT(name) TEXT_OF(name)

wg_product_kernel WG_LEVEL(wg_product_f32), WG_LEVEL(wg_product_f64);
wg_fold_kernel WG_LEVEL(wg_fold_f32), WG_LEVEL(wg_fold_f64);
wg_product_kernel WG_LEVEL(wg_narrow_f32), WG_LEVEL(wg_narrow_f64);
wg_product_kernel WG_LEVEL(wg_line_f32), WG_LEVEL(wg_line_f64);
wg_peak_kernel WG_LEVEL(wg_peak_f32), WG_LEVEL(wg_peak_f64);

const wg_kernels WG_LEVEL(wg_kernels) = {
    .level = TEXT(WG_LEVEL_NAME),
    .product_f32 = WG_LEVEL(wg_product_f32),
    .product_f64 = WG_LEVEL(wg_product_f64),
    .fold_f32 = WG_LEVEL(wg_fold_f32),
    .fold_f64 = WG_LEVEL(wg_fold_f64),
    .narrow_f32 = WG_LEVEL(wg_narrow_f32),
    .narrow_f64 = WG_LEVEL(wg_narrow_f64),
    .line_f32 = WG_LEVEL(wg_line_f32),
    .line_f64 = WG_LEVEL(wg_line_f64),
    .peak_f32 = WG_LEVEL(wg_peak_f32),
    .peak_f64 = WG_LEVEL(wg_peak_f64),
};
