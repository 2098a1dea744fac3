/* model_file.h: a trained net in one safetensors file, with all that is needed to use it on new data.
 *
 * Tensors: the weights by their names (W1, b1 …), in the net's dtype; scaler.mean and scaler.deviation (F64). Texts: "net"
 * and the fields of its spec, the names of columns and classes as JSON arrays, the shape of an image, the vocabulary. */
#ifndef WG_MODEL_FILE_H
#define WG_MODEL_FILE_H

#include "safetensors.h"
#include "train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a model file holds. To save one, point to what there is; one that was loaded owns it all. */
typedef struct wg_model_file {
  wg_model *model;
  wg_table *data; /* what its data looks like: columns, classes, their names, the image; rows are not saved. Or NULL */
  wg_scaler *scaler; /* to be applied to features; NULL if they are taken as they are */
  char *vocabulary;  /* the characters of a language model, in the order of their indices, as UTF-8; or NULL */
} wg_model_file;

/* Writes a model file; what was there before is replaced only by a complete one. Errors: WG_ERROR_FILE, WG_ERROR_MEMORY,
 * WG_ERROR_DATA (data, a scaler or a vocabulary that do not fit the net). */
WG_API wg_status wg_model_save(const char *path, const wg_model_file *file, wg_error *error);

/* Reads a model file, or a snapshot. On success *file is to be given to wg_model_file_clear; on failure it is empty.
 * Weights in other types (F16, BF16 …) become those of the net. `allocator` is copied; NULL means malloc and free.
 * Errors: WG_ERROR_FILE, WG_ERROR_DATA (no model file, weights that are missing or of another shape), WG_ERROR_MEMORY. */
WG_API wg_status wg_model_load(const char *path, const wg_allocator *allocator, wg_model_file *file, wg_error *error);
WG_API void wg_model_file_clear(wg_model_file *file); /* frees all it points to; zeroed is fine, and so is twice */

/* Adds what a model file has besides the weights to a file that is being made: for one that holds the weights of a
 * training, as a snapshot does. Errors: WG_ERROR_MEMORY, WG_ERROR_DATA (the parts do not belong together). */
WG_API wg_status wg_model_describe(const wg_model_file *file, wg_safetensors *stored, wg_error *error);

/* The model file in a file that was read; `name` stands for it in messages. Errors as of wg_model_load. */
WG_API wg_status wg_model_take(const wg_safetensors *stored, const char *name, const wg_allocator *allocator,
                               wg_model_file *file, wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
