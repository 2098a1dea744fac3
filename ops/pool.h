/* pool.h: what max and average pooling have in common; for the files of ops/ only. */
#ifndef WG_POOL_H
#define WG_POOL_H

#include "window.h"

/* The lists come first among the attributes of every pooling, in this order; dilation only for those that have it. */
enum { WG_POOL_SIZE, WG_POOL_STRIDE, WG_POOL_PADDING, WG_POOL_CEIL, WG_POOL_MORE };

/* Shape rule: (N,C,…) with as many windows along each axis after the channels as there are; `dilation` may be NULL. */
bool wg_infer_pool(wg_draft *draft, int axes, const wg_attr *dilation);

/* The windows of these attributes; a stride that is not given is the size. */
wg_windows wg_pool_windows(const wg_attr *attrs, int axes, const wg_attr *dilation);

#endif
