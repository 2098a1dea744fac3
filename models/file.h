/* file.h: files replaced at once or not at all; internal to the library and the program.
 *
 * A file is replaced by a new one beside it, which is written, brought to the disk (fsync), given the name (rename), and
 * then the folder is brought to the disk too. Until the rename the old file is untouched, so a crash leaves the one or
 * the other. A new file that was not finished is removed: at once after a failure, and by the next writer if the process
 * was killed. */
#ifndef WG_FILE_H
#define WG_FILE_H

#include "error.h"

#include <sys/types.h>

/* The system calls that files are made with: as in POSIX, −1 and errno for a failure. Tests put failures in. */
typedef struct wg_file_system {
  int (*open)(void *context, const char *path, int flags, mode_t mode);
  ssize_t (*write)(void *context, int file, const void *bytes, size_t size);
  int (*fsync)(void *context, int file);
  int (*close)(void *context, int file);
  int (*rename)(void *context, const char *from, const char *to);
  int (*unlink)(void *context, const char *path);
  void *context;
} wg_file_system;

extern const wg_file_system wg_file_system_default;

typedef struct wg_file_writer wg_file_writer;

/* Begins a new file for `path`, where there is none or a regular one. Until it is finished it is called
 * "stem.partial-…", in the same folder; NULL means that the stem is the file's own name. What a killed process left
 * under that stem is removed first, so only one writer at a time may have it. The caller frees the writer.
 * Errors: WG_ERROR_FILE, WG_ERROR_MEMORY; *writer is NULL then. */
wg_status wg_file_writer_new(const char *path, const char *stem, const wg_file_system *system,
                             const wg_allocator *allocator, wg_file_writer **writer, wg_error *error);

/* Puts bytes at its end. The first failure stays with the writer, later calls do nothing, and wg_file_writer_finish
 * tells. */
void wg_file_writer_add(wg_file_writer *writer, const void *bytes, size_t size);

/* The digest of all bytes so far: the FNV-1a hash of 64 bits (Fowler, Noll and Vo). And that of bytes in memory. */
uint64_t wg_file_writer_digest(const wg_file_writer *writer);
uint64_t wg_digest_of(const void *bytes, size_t size);

/* Puts the file in its place. WG_ERROR_FILE with the first failure: then the old file is there as before, unless it is
 * only the folder that could not be brought to the disk; then the new one is, but may not outlive a power failure. */
wg_status wg_file_writer_finish(wg_file_writer *writer, wg_error *error);

/* A file that is not finished is removed. NULL is fine. */
void wg_file_writer_free(wg_file_writer *writer);

/* ---- Folders and names ---- */

/* Removes what killed writers of that stem left in the folder of `path`, as far as it can be removed. Errors:
 * WG_ERROR_MEMORY. */
wg_status wg_file_clean(const char *path, const char *stem, const wg_file_system *system, const wg_allocator *allocator,
                        wg_error *error);

/* Calls `each` for every entry of the folder that `path` lies in, until it returns false. Errors: WG_ERROR_FILE,
 * WG_ERROR_MEMORY. */
wg_status wg_file_list(const char *path, const wg_allocator *allocator, bool (*each)(void *context, const char *name),
                       void *context, wg_error *error);

/* Where the file's name begins in a path: after the last slash. */
const char *wg_file_name(const char *path);

#endif
