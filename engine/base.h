/* base.h: what every part of wengert shares: statuses, element types, the allocator hook.
 *
 * Errors are values. No function of the library prints, exits or aborts; each says in its comment which status it
 * can return, and every object that can fail keeps the first failure with a message for a human reader. */
#ifndef WG_BASE_H
#define WG_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined _WIN32 || defined __CYGWIN__
#define WG_API
#elif defined __GNUC__
#define WG_API __attribute__((visibility("default")))
#else
#define WG_API
#endif

#if defined __GNUC__
#define WG_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#else
#define WG_PRINTF(format_at, first_at)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What went wrong, for a program; the message beside it (wg_tape_error, wg_plan_error …) is for people. */
typedef enum wg_status {
  WG_OK = 0,
  WG_ERROR_MEMORY,   /* an allocation failed */
  WG_ERROR_SHAPE,    /* shapes do not fit each other, or a rank or size is beyond the limits */
  WG_ERROR_DTYPE,    /* element types do not fit */
  WG_ERROR_ARGUMENT, /* an argument no call can take: NULL, an unknown attribute, nodes of two tapes */
  WG_ERROR_UNBOUND,  /* a plan was run before all its inputs and parameters had memory */
  WG_ERROR_DATA,     /* values an operation cannot take: a label out of range, text where a number belongs */
  WG_ERROR_FILE      /* a file cannot be opened, read or written */
} wg_status;

/* A few lower-case words for a status ("shapes do not fit"); never NULL. */
WG_API const char *wg_status_text(wg_status status);

/* Element types: f32 for training, f64 for checking gradients, i64 for labels and indices. */
typedef enum wg_dtype { WG_F32, WG_F64, WG_I64, WG_DTYPE_COUNT } wg_dtype;

WG_API size_t wg_dtype_size(wg_dtype dtype);      /* bytes of one element; 0 for an unknown type */
WG_API const char *wg_dtype_text(wg_dtype dtype); /* "f32", "f64", "i64" */

/* Where memory comes from. `allocate` returns memory aligned as malloc's or NULL; `release` takes what `allocate`
 * returned, never NULL. An allocator belongs to a tape (or another object) and its plans; it is called by several threads
 * at once only if plans of one tape are made or freed by several at once. */
typedef struct wg_allocator {
  void *(*allocate)(void *context, size_t size);
  void (*release)(void *context, void *memory);
  void *context;
} wg_allocator;

#ifdef __cplusplus
}
#endif
#endif
