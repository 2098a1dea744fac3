/* error.h: a failure as a value: the status for a program, the message for people. */
#ifndef WG_ERROR_H
#define WG_ERROR_H

#include "../engine/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WG_ERROR_MESSAGE_SIZE 512

/* Filled by the function that failed; functions take a pointer that may be NULL, and leave it alone on success. */
typedef struct wg_error {
  wg_status status;
  char message[WG_ERROR_MESSAGE_SIZE]; /* "iris.csv: row 3, column 2: 'abc' is not a number" */
} wg_error;

/* Fills *error (which may be NULL) and returns the status. A message that is too long is cut. */
WG_API wg_status wg_error_set(wg_error *error, wg_status status, const char *format, ...) WG_PRINTF(3, 4);

/* The failure that every function has: no memory. */
WG_API wg_status wg_error_memory(wg_error *error);

#ifdef __cplusplus
}
#endif
#endif
