#include "error.h"

#include "../engine/text.h"

wg_status wg_error_set(wg_error *error, wg_status status, const char *format, ...) {
  if (!error) return status;
  error->status = status;
  va_list arguments;
  va_start(arguments, format);
  wg_message_print(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  return status;
}

wg_status wg_error_memory(wg_error *error) { return wg_error_set(error, WG_ERROR_MEMORY, "out of memory"); }
