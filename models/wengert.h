/* wengert.h: the whole public interface. Taken as <wengert.h>, with this project's root or its installed folder
 * include/wengert on the include path. */
#ifndef WENGERT_H
#define WENGERT_H

#include "engine/base.h"
#include "engine/shape.h"
#include "engine/tape.h"
#include "engine/op.h"
#include "engine/grad.h"
#include "engine/threads.h"
#include "engine/plan.h"
#include "engine/plan_cache.h"
#include "engine/plan_profile.h"
#include "engine/anomaly.h"
#include "engine/checkpoint.h"
#include "engine/check.h"
#include "engine/witness.h"
#include "engine/diagnosis.h"
#include "engine/derivative.h"
#include "engine/derivation.h"
#include "ops/ops.h"
#include "models/models.h"

#endif
