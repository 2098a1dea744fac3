#include "file.h"

#include "../engine/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- The system's own calls ---- */

static int system_open(void *context, const char *path, int flags, mode_t mode) {
  (void)context;
  return open(path, flags, mode);
}

static ssize_t system_write(void *context, int file, const void *bytes, size_t size) {
  (void)context;
  return write(file, bytes, size);
}

static int system_fsync(void *context, int file) {
  (void)context;
  return fsync(file);
}

static int system_close(void *context, int file) {
  (void)context;
  return close(file);
}

static int system_rename(void *context, const char *from, const char *to) {
  (void)context;
  return rename(from, to);
}

static int system_unlink(void *context, const char *path) {
  (void)context;
  return unlink(path);
}

const wg_file_system wg_file_system_default = {system_open,   system_write,  system_fsync, system_close,
                                               system_rename, system_unlink, NULL};

/* Calls that a signal interrupted are made again. */

static int open_again(const wg_file_system *system, const char *path, int flags) {
  int file;
  do file = system->open(system->context, path, flags | O_CLOEXEC, 0666);
  while (file < 0 && errno == EINTR);
  return file;
}

static int fsync_again(const wg_file_system *system, int file) {
  int result;
  do result = system->fsync(system->context, file);
  while (result < 0 && errno == EINTR);
  return result;
}

/* … but not close: the file may be closed after that, and its number another's. What matters is on the disk by then. */
static int close_once(const wg_file_system *system, int file) {
  int result = system->close(system->context, file);
  return result < 0 && errno == EINTR ? 0 : result;
}

/* ---- Digests ---- */

static const uint64_t fnv_basis = 0xcbf29ce484222325, fnv_prime = 0x100000001b3;

static uint64_t digest_add(uint64_t digest, const unsigned char *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) digest = (digest ^ bytes[i]) * fnv_prime;
  return digest;
}

uint64_t wg_digest_of(const void *bytes, size_t size) { return digest_add(fnv_basis, bytes, size); }

/* ---- Folders and names ---- */

const char *wg_file_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* The folder of a path, "." for a name alone; NULL without memory. */
static char *folder_of(const char *path, const wg_allocator *allocator) {
  size_t length = (size_t)(wg_file_name(path) - path);
  wg_text folder = WG_TEXT_EMPTY(allocator);
  wg_text_add_bytes(&folder, length ? path : ".", length ? length : 1);
  return folder.data;
}

wg_status wg_file_list(const char *path, const wg_allocator *allocator, bool (*each)(void *context, const char *name),
                       void *context, wg_error *error) {
  char *folder = folder_of(path, allocator);
  if (!folder) return wg_error_memory(error);
  DIR *entries = opendir(folder);
  wg_status status = WG_OK;
  bool more = entries != NULL;
  errno = entries ? 0 : errno;
  while (more) {
    const struct dirent *entry = readdir(entries);
    more = entry && each(context, entry->d_name);
    if (entry) errno = 0;
  }
  if (errno) status = wg_error_set(error, WG_ERROR_FILE, "%s: the folder cannot be read: %s", folder, strerror(errno));
  if (entries) closedir(entries);
  wg_release(allocator, folder);
  return status;
}

/* ---- Writers ---- */

enum { BUFFER_SIZE = 32768, NAME_TRIES = 100 };

struct wg_file_writer {
  const wg_file_system *system;
  wg_allocator allocator;
  char *path, *folder, *partial; /* "runs/a.csv", "runs/", "runs/a.csv.partial-…" */
  int file;                      /* −1 while it is not open */
  bool exists;                   /* the partial file does */
  int reason;                    /* errno of the first failure, 0 if there is none */
  const char *failed;            /* what could not be done then */
  uint64_t digest;
  size_t used;
  unsigned char buffer[BUFFER_SIZE];
};

static void fail(wg_file_writer *writer, const char *what) {
  if (writer->failed) return;
  writer->failed = what;
  writer->reason = errno;
}

static wg_status tell(const wg_file_writer *writer, wg_error *error) {
  if (!writer->failed) return WG_OK;
  return wg_error_set(error, WG_ERROR_FILE, "%s: %s: %s", writer->path, writer->failed, strerror(writer->reason));
}

/* What killed processes left is removed as far as that is possible; nothing depends on it. */
typedef struct leftovers {
  const wg_file_system *system;
  const wg_allocator *allocator;
  const char *folder, *prefix; /* of their names */
  bool no_memory;
} leftovers;

static bool remove_leftover(void *context, const char *name) {
  leftovers *left = context;
  if (strncmp(name, left->prefix, strlen(left->prefix)) != 0) return true;
  wg_text path = WG_TEXT_EMPTY(left->allocator);
  wg_text_print(&path, "%s/%s", left->folder, name);
  if (!path.failed) left->system->unlink(left->system->context, path.data);
  left->no_memory = path.failed;
  wg_text_free(&path);
  return !left->no_memory;
}

wg_status wg_file_clean(const char *path, const char *stem, const wg_file_system *system, const wg_allocator *allocator,
                        wg_error *error) {
  wg_text prefix = WG_TEXT_EMPTY(allocator);
  wg_text_print(&prefix, "%s.partial-", stem);
  char *folder = folder_of(path, allocator);
  leftovers left = {system ? system : &wg_file_system_default, allocator, folder, wg_text_string(&prefix), false};
  left.no_memory = prefix.failed || !folder;
  if (!left.no_memory && wg_file_list(path, allocator, remove_leftover, &left, NULL) == WG_ERROR_MEMORY)
    left.no_memory = true;
  wg_text_free(&prefix);
  wg_release(allocator, folder);
  return left.no_memory ? wg_error_memory(error) : WG_OK;
}

/* Opens a new file under a name that no other has. */
static wg_status open_partial(wg_file_writer *writer, const char *stem, wg_error *error) {
  for (int i = 0; i < NAME_TRIES; i++) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    wg_text partial = WG_TEXT_EMPTY(&writer->allocator);
    wg_text_print(&partial, "%s/%s.partial-%lld-%09ld", writer->folder, stem, (long long)getpid(), (long)now.tv_nsec);
    if (partial.failed) return wg_error_memory(error);
    writer->partial = partial.data;
    writer->file = open_again(writer->system, writer->partial, O_WRONLY | O_CREAT | O_EXCL);
    writer->exists = writer->file >= 0;
    if (writer->exists) return WG_OK;
    if (errno != EEXIST) break;
    wg_text_free(&partial);
    writer->partial = NULL;
  }
  fail(writer, "a new file cannot be made beside it");
  return tell(writer, error);
}

static wg_status start(wg_file_writer *writer, const char *path, const char *stem, wg_error *error) {
  wg_text name = WG_TEXT_EMPTY(&writer->allocator);
  wg_text_add(&name, path);
  writer->path = name.data;
  writer->folder = folder_of(path, &writer->allocator);
  if (!writer->path || !writer->folder) return wg_error_memory(error);
  if (!*wg_file_name(path)) return wg_error_set(error, WG_ERROR_FILE, "'%s' is no name of a file", path);

  struct stat there;
  if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
    return wg_error_set(error, WG_ERROR_FILE, "%s: it is not a regular file, and so is not replaced", path);
  if (!stem) stem = wg_file_name(writer->path);
  wg_status status = wg_file_clean(path, stem, writer->system, &writer->allocator, error);
  return status == WG_OK ? open_partial(writer, stem, error) : status;
}

wg_status wg_file_writer_new(const char *path, const char *stem, const wg_file_system *system,
                             const wg_allocator *allocator, wg_file_writer **writer, wg_error *error) {
  *writer = NULL;
  wg_file_writer *made = wg_allocate(allocator, 1, sizeof *made);
  if (!made) return wg_error_memory(error);
  made->system = system ? system : &wg_file_system_default;
  made->allocator = *allocator;
  made->path = made->folder = made->partial = NULL;
  made->file = -1;
  made->exists = false;
  made->reason = 0;
  made->failed = NULL;
  made->digest = fnv_basis;
  made->used = 0;
  wg_status status = start(made, path, stem, error);
  if (status == WG_OK)
    *writer = made;
  else
    wg_file_writer_free(made);
  return status;
}

static void write_buffer(wg_file_writer *writer) {
  size_t done = 0;
  while (done < writer->used && !writer->failed) {
    ssize_t written =
        writer->system->write(writer->system->context, writer->file, writer->buffer + done, writer->used - done);
    if (written == 0) errno = ENOSPC; /* a file system that takes nothing, and does not say why */
    if (written > 0)
      done += (size_t)written;
    else if (written == 0 || errno != EINTR)
      fail(writer, "cannot be written");
  }
  writer->used = 0;
}

void wg_file_writer_add(wg_file_writer *writer, const void *bytes, size_t size) {
  const unsigned char *next = bytes;
  writer->digest = digest_add(writer->digest, next, size);
  while (size && !writer->failed) {
    size_t room = BUFFER_SIZE - writer->used, piece = size < room ? size : room;
    memcpy(writer->buffer + writer->used, next, piece);
    writer->used += piece;
    next += piece;
    size -= piece;
    if (writer->used == BUFFER_SIZE) write_buffer(writer);
  }
}

uint64_t wg_file_writer_digest(const wg_file_writer *writer) { return writer->digest; }

/* The new name is in the folder, which is a file of its own. Some file systems cannot do this, and say EINVAL. */
static void sync_folder(wg_file_writer *writer) {
  int folder = open_again(writer->system, writer->folder, O_RDONLY | O_DIRECTORY);
  if (folder < 0) fail(writer, "its folder cannot be opened");
  if (folder >= 0 && fsync_again(writer->system, folder) < 0 && errno != EINVAL)
    fail(writer, "its folder cannot be brought to the disk");
  if (folder >= 0 && close_once(writer->system, folder) < 0) fail(writer, "its folder cannot be closed");
}

wg_status wg_file_writer_finish(wg_file_writer *writer, wg_error *error) {
  const wg_file_system *system = writer->system;
  write_buffer(writer);
  if (!writer->failed && fsync_again(system, writer->file) < 0) fail(writer, "cannot be brought to the disk");
  if (writer->file >= 0 && close_once(system, writer->file) < 0) fail(writer, "cannot be closed");
  writer->file = -1;
  if (!writer->failed && system->rename(system->context, writer->partial, writer->path) < 0)
    fail(writer, "the new file cannot take its place");
  if (writer->failed) return tell(writer, error);
  writer->exists = false;
  sync_folder(writer);
  return tell(writer, error);
}

void wg_file_writer_free(wg_file_writer *writer) {
  if (!writer) return;
  wg_allocator allocator = writer->allocator;
  if (writer->file >= 0) close_once(writer->system, writer->file);
  if (writer->exists) writer->system->unlink(writer->system->context, writer->partial);
  wg_release(&allocator, writer->partial);
  wg_release(&allocator, writer->folder);
  wg_release(&allocator, writer->path);
  wg_release(&allocator, writer);
}
