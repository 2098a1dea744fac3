/* level.h: names of what is compiled once for each level: WG_LEVEL(wg_product_f32) is wg_product_f32_avx2, if Meson says
 * -DWG_LEVEL_NAME=avx2. For the files of this folder only. */
#ifndef WG_LEVEL_H
#define WG_LEVEL_H

#define WG_LEVEL_JOINED(name, level) name##_##level
#define WG_LEVEL_EXPANDED(name, level) WG_LEVEL_JOINED(name, level)
#define WG_LEVEL(name) WG_LEVEL_EXPANDED(name, WG_LEVEL_NAME)

#endif
