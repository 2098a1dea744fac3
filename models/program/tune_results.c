/* tune_results.c: what came out of each training, as a line of JSON in a file. The first line says which search it is.
 *
 * A line is written at once and brought to the disk, so that after a crash every line is whole but perhaps the last; that
 * one is cut off when the search goes on. */
#include "tuning.h"
#include "../bytes.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int complain(const tune_job *job, const char *what) {
  terminal_message(job->terminal, "%s: %s", job->settings->results, what);
  return EXIT_DATA;
}

/* ---- Lines ---- */

/* The search: the command line, but for what does not change any outcome, and the data. */
static void search_write(const tune_job *job, FILE *out) {
  char digest[24];
  json line = json_new(out), *j = &line;
  json_object_flat(j, NULL);
  json_array_flat(j, "tune");
  for (int i = 0, skipped = 0; i < job->argc; i += skipped) {
    skipped = 1;
    if (!tune_is_outside(job, i, &skipped)) json_text(j, NULL, job->argv[i]);
  }
  json_array_end(j);
  json_integer(j, "samples", job->samples);
  snprintf(digest, sizeof digest, "%016" PRIx64, job->data_digest);
  json_text(j, "data", digest);
  json_object_end(j);
}

static void outcome_write(const tune_job *job, const wg_tune_job *what, const tune_outcome *outcome, FILE *out) {
  json line = json_new(out), *j = &line;
  char value[WG_TUNE_VALUE_SIZE];
  json_object_flat(j, NULL);
  json_integer(j, "rung", what->rung + 1);
  json_integer(j, "trial", what->trial + 1);
  json_integer(j, "fold", what->fold + 1);
  json_integer(j, "epochs", what->epochs);
  json_object_flat(j, "options");
  for (size_t i = 0; i < job->search.axis_count; i++)
    json_text(j, job->axes[i].name, wg_tune_value(&job->search, what->trial, i, value));
  json_object_end(j);
  json_number(j, "seconds", outcome->seconds);
  if (outcome->numbers.failed) {
    json_text(j, "failed", outcome->why);
  } else {
    json_number(j, "loss", outcome->numbers.loss);
    json_number(j, "accuracy", outcome->numbers.accuracy);
  }
  json_object_end(j);
}

/* Writes the line, which `size` bytes of `text` are, to the end of the file and to the disk. */
static int line_put(const tune_job *job, const char *text, size_t size) {
  FILE *file = job->results;
  bool written = fwrite(text, 1, size, file) == size && fflush(file) == 0 && fsync(fileno(file)) == 0;
  if (written) return EXIT_GOOD;
  terminal_message(job->terminal, "%s: cannot be written: %s", job->settings->results, strerror(errno));
  return EXIT_DATA;
}

int tune_results_add(tune_job *job, const wg_tune_job *what, const tune_outcome *outcome) {
  char *text = NULL;
  size_t size = 0;
  if (!job->results) return EXIT_GOOD;
  FILE *line = open_memstream(&text, &size);
  if (!line) return failure(job->terminal, WG_ERROR_MEMORY, NULL);
  outcome_write(job, what, outcome, line);
  int code = fclose(line) == 0 ? line_put(job, text, size) : failure(job->terminal, WG_ERROR_MEMORY, NULL);
  free(text);
  return code;
}

/* ---- Going on ---- */

static int line_tell(tune_job *job, size_t number, const char *line, size_t size) {
  wg_tune_job what;
  wg_tune_outcome outcome;
  wg_error error = {0};
  wg_status status = wg_tune_read(line, size, &what, &outcome, &error);
  if (status == WG_OK) status = wg_tune_tell(job->tune, &what, &outcome, &error);
  if (status == WG_OK) return EXIT_GOOD;
  terminal_message(job->terminal, "%s: line %zu: %s", job->settings->results, number, error.message);
  return EXIT_DATA;
}

static int other_search_complain(const tune_job *job, const char *line, size_t length, const char *search) {
  enum { SHOWN = 2000 };
  int code =
      complain(job, "these are the results of another search, or of other data. It begins with the first of these "
                    "lines, this search with the second:");
  fprintf(job->terminal->messages, "  %.*s\n  %.*s\n", length < SHOWN ? (int)length - 1 : SHOWN, line,
          (int)strcspn(search, "\n"), search);
  return code;
}

/* Tells the search what stands in the lines; `search` is what the first one must be. */
static int lines_tell(tune_job *job, const char *text, size_t size, const char *search) {
  int code = EXIT_GOOD;
  size_t number = 1;
  for (const char *end; code == EXIT_GOOD && size > 0; number++) {
    end = memchr(text, '\n', size);
    size_t length = (size_t)(end - text) + 1;
    if (number > 1)
      code = line_tell(job, number, text, length);
    else if (length != strlen(search) || memcmp(text, search, length) != 0)
      code = other_search_complain(job, text, length, search);
    text += length;
    size -= length;
  }
  job->resumed = wg_tune_told(job->tune);
  return code;
}

static int results_read(tune_job *job, const char *search, size_t *whole) {
  wg_bytes bytes = {.allocator = &wg_allocator_default};
  wg_error error = {0};
  wg_status status = wg_bytes_read(job->settings->results, WG_FILE_BYTES_MAX, &bytes, &error);
  int code = status == WG_OK ? EXIT_GOOD : failure(job->terminal, status, error.message);
  *whole = bytes.size;
  while (*whole > 0 && bytes.data[*whole - 1] != '\n') --*whole;
  if (code == EXIT_GOOD) code = lines_tell(job, (const char *)bytes.data, *whole, search);
  wg_bytes_free(&bytes);
  return code;
}
/* ---- The file ---- */

/* Only one search at a time may write into it; the lock goes with the process. */
static int file_open(tune_job *job) {
  const char *path = job->settings->results;
  int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  bool opened = file >= 0,
       locked = opened && (fcntl(file, F_SETLK, &lock) == 0 || (errno != EACCES && errno != EAGAIN));
  if (locked) job->results = fdopen(file, "a");
  if (job->results) return EXIT_GOOD;
  if (opened && !locked)
    (void)complain(job, "another search is writing into it");
  else
    terminal_message(job->terminal, "%s: cannot be opened: %s", path, strerror(errno));
  if (opened) close(file);
  return EXIT_DATA;
}

static int search_begin(tune_job *job, const char *search) {
  off_t size = lseek(fileno(job->results), 0, SEEK_END);
  size_t whole = 0;
  if (size > 0 && !job->settings->resume)
    return complain(job, "is there already; --resume goes on with it, or remove it to begin anew");
  int code = size > 0 ? results_read(job, search, &whole) : EXIT_GOOD;
  if (code == EXIT_GOOD && (off_t)whole < size && ftruncate(fileno(job->results), (off_t)whole) != 0)
    code = complain(job, "its last line cannot be cut off");
  return code == EXIT_GOOD && whole == 0 ? line_put(job, search, strlen(search)) : code;
}

int tune_results_open(tune_job *job) {
  char *search = NULL;
  size_t size = 0;
  if (!job->settings->results) return EXIT_GOOD;
  int code = file_open(job);
  if (code != EXIT_GOOD) return code;
  FILE *line = open_memstream(&search, &size);
  if (line) search_write(job, line);
  code = line && fclose(line) == 0 ? search_begin(job, search) : failure(job->terminal, WG_ERROR_MEMORY, NULL);
  free(search);
  return code;
}

int tune_results_close(tune_job *job, int code) {
  if (!job->results) return code;
  bool closed = fclose(job->results) == 0;
  job->results = NULL;
  return closed || code != EXIT_GOOD ? code : complain(job, "could not be written whole");
}
