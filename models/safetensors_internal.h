/* safetensors_internal.h: what the files safetensors*.c share, and what a snapshot needs beyond safetensors.h. */
#ifndef WG_SAFETENSORS_INTERNAL_H
#define WG_SAFETENSORS_INTERNAL_H

#include "../engine/text.h"
#include "bytes.h"
#include "file.h"
#include "safetensors.h"

typedef struct wg_safetensors_entry {
  char *key, *text;
} wg_safetensors_entry;

struct wg_safetensors {
  wg_allocator allocator;
  bool was_read;  /* then tensors are as in the file, else as in memory */
  wg_bytes bytes; /* of the file, where it was read from a path */
  size_t tensor_count, tensor_capacity;
  wg_stored_tensor *tensors; /* their names belong to the file */
  size_t text_count, text_capacity;
  wg_safetensors_entry *texts;
  wg_status status; /* the first failure of adding, with its message */
  char message[WG_ERROR_MESSAGE_SIZE];
};

/* One more tensor or text, its name copied; false without memory. */
bool wg_safetensors_append(wg_safetensors *file, const char *name, const wg_stored_tensor *tensor);
bool wg_safetensors_append_text(wg_safetensors *file, const char *key, const char *text);
void wg_safetensors_sort_texts(wg_safetensors *file); /* of a file that was read, by their keys */

/* A failure that stays with a file that is being made, unless it has one. Returns the one that it has then. */
wg_status wg_safetensors_refuse(wg_safetensors *file, wg_status status, const char *format, ...) WG_PRINTF(3, 4);

/* A name out of a file, made fit for a message: cut, and without control characters. Returns `shown`. */
#define WG_SAFETENSORS_SHOWN_SIZE 64
const char *wg_safetensors_show(const char *text, char shown[WG_SAFETENSORS_SHOWN_SIZE]);

/* The last tensor of a file that can be checked: 8 bytes, U8, the digest of all bytes before them. */
#define WG_SAFETENSORS_DIGEST "digest"

/* Writes the file, with that last tensor if `digest`. The writer was begun, and is still to be finished. Errors:
 * WG_ERROR_MEMORY, WG_ERROR_ARGUMENT (a tensor has the digest's name), what wg_safetensors_add returned. */
wg_status wg_safetensors_put(wg_safetensors *file, bool digest, wg_file_writer *writer, wg_error *error);

/* Whether a file that was read from a path ends in its digest, and the digest is right. */
bool wg_safetensors_sound(const wg_safetensors *file);

#endif
