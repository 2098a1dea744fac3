/* models.h: everything in models/: nets, data, training, drawing. */
#ifndef WG_MODELS_H
#define WG_MODELS_H

#include "csv.h"
#include "data.h"
#include "draw.h"
#include "error.h"
#include "hand.h"
#include "net.h"
#include "random.h"
#include "train.h"

#endif
