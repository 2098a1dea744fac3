/* snapshot.h: a training in files, from which it goes on with the same bits after the process or the machine has died.
 *
 * What a training consists of is registered once: memory, from which wg_snapshot_save takes the values and into which
 * wg_snapshot_load puts them, and settings, which must be the same in the training that goes on. A snapshot is one
 * safetensors file, path-000120.safetensors for number 120: the memory as tensors, the settings as texts "setting.…",
 * and a last tensor "digest", the FNV-1a hash of all bytes before it, so that a file that was cut or damaged is known.
 * (A checkpoint is something else: engine/checkpoint.h.) */
#ifndef WG_SNAPSHOT_H
#define WG_SNAPSHOT_H

#include "model_file.h"
#include "state.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where snapshots go. */
typedef struct wg_snapshot_options {
  const char *path; /* "runs/spiral": a folder that is there, and what the names of the files begin with */
  int64_t keep;     /* the newest so many are kept; 0 means 3 */
  const struct wg_file_system *system; /* NULL means the system's own; for tests */
  const wg_allocator *allocator;       /* copied; NULL means malloc and free */
} wg_snapshot_options;

typedef struct wg_snapshot wg_snapshot;

/* Nothing registered yet. The caller frees it. Errors: WG_ERROR_ARGUMENT (a path without a name, keep below 0),
 * WG_ERROR_MEMORY. */
WG_API wg_status wg_snapshot_new(const wg_snapshot_options *options, wg_snapshot **snapshot, wg_error *error);
WG_API void wg_snapshot_free(wg_snapshot *snapshot);

/* ---- Registering ----
 *
 * Memory stays the caller's and must outlive the snapshot, at its place. Names are copied, and each may be there once. The
 * first failure stays with the snapshot and is what saving and loading return: WG_ERROR_MEMORY, WG_ERROR_ARGUMENT. */

WG_API void wg_snapshot_integer(wg_snapshot *snapshot, const char *name, int64_t *value);
WG_API void wg_snapshot_number(wg_snapshot *snapshot, const char *name, double *value);

/* A part of an optimizer, an average …, called "prefix.name". */
WG_API void wg_snapshot_array(wg_snapshot *snapshot, const char *prefix, const wg_state_array *array);

/* The weights of a model by their own names, and what else makes every snapshot a model file too (model_file.h). What
 * `file` points to must outlive the snapshot. */
WG_API void wg_snapshot_model(wg_snapshot *snapshot, const wg_model_file *file);

/* An option, or what is known of the data: the text must be the same when training goes on. */
WG_API void wg_snapshot_setting(wg_snapshot *snapshot, const char *name, const char *format, ...) WG_PRINTF(3, 4);

/* ---- Saving and loading ---- */

/* Writes snapshot `number` (0 or more, larger for later ones), then removes those older than the `keep` newest. After a
 * failure all earlier snapshots are there as before. Errors: WG_ERROR_FILE (also if an old one cannot be removed),
 * WG_ERROR_MEMORY, WG_ERROR_ARGUMENT. */
WG_API wg_status wg_snapshot_save(wg_snapshot *snapshot, int64_t number, wg_error *error);

/* How many snapshots of that path there are, whole or not. Errors: WG_ERROR_FILE (no such folder …), WG_ERROR_MEMORY. */
WG_API wg_status wg_snapshot_count(const wg_snapshot *snapshot, size_t *count, wg_error *error);

/* Brings back the newest snapshot that is whole: all memory, or after a failure none of it. Damaged ones stay where they
 * are and are passed over, and `skipped` (may be NULL) is told why; files that a killed process did not finish are
 * removed. *number is that of the snapshot, or −1 where there is no file of that name, which is a success. The owners of
 * the memory check afterwards whether it can be a state (state.h). Errors: WG_ERROR_DATA (no snapshot is whole; or
 * another setting, other memory or another model, which the message names), WG_ERROR_FILE, WG_ERROR_MEMORY. */
WG_API wg_status wg_snapshot_load(wg_snapshot *snapshot, void (*skipped)(void *context, const char *why), void *context,
                                  int64_t *number, wg_error *error);

/* The file that was last saved or loaded; "" before. Valid until the next such call and wg_snapshot_free. */
WG_API const char *wg_snapshot_file(const wg_snapshot *snapshot);

#ifdef __cplusplus
}
#endif
#endif
