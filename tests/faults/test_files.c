/* Every system call of saving fails in turn: once, for good as when the process dies, with a full disk, an interrupted
 * call, a short write. The snapshots before it can be loaded, what a failure leaves behind is removed by the next save, and
 * every failure that matters is reported. */
#include "../support.h"
#include "../../models/file.h"
#include "../../models/models.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- A file system that fails at will ---- */

typedef enum call_kind { CALL_OPEN, CALL_WRITE, CALL_FSYNC, CALL_CLOSE, CALL_RENAME, CALL_UNLINK } call_kind;

typedef enum failure_kind {
  FAILS_ONCE,     /* that call, with `reason` */
  FAILS_FOR_GOOD, /* that call and all later ones: as if the process had died there */
  WRITES_SHORT,   /* that call, if it writes, takes only one byte */
  WRITES_NOTHING  /* … takes none, and does not say why */
} failure_kind;

typedef struct failing_files {
  int calls, fail; /* made so far; the one that fails, from 1, or 0 */
  failure_kind how;
  int reason;
  bool met;       /* the failure came up */
  call_kind kind; /* … in such a call */
  char log[200];  /* a letter for each call: o w f c r u */
} failing_files;

/* Whether this call fails. A close that fails has closed the file nevertheless. */
static bool fails(failing_files *files, call_kind kind) {
  files->calls++;
  size_t length = strlen(files->log);
  if (length + 1 < sizeof files->log) files->log[length] = "owfcru"[kind];
  bool now = files->calls == files->fail || (files->how == FAILS_FOR_GOOD && files->fail && files->calls > files->fail);
  if (!now || files->how == WRITES_SHORT || files->how == WRITES_NOTHING) return false;
  if (!files->met) files->kind = kind;
  files->met = true;
  errno = files->reason;
  return true;
}

static int failing_open(void *context, const char *path, int flags, mode_t mode) {
  return fails(context, CALL_OPEN) ? -1 : wg_file_system_default.open(NULL, path, flags, mode);
}

static ssize_t failing_write(void *context, int file, const void *bytes, size_t size) {
  failing_files *files = context;
  bool failed = fails(files, CALL_WRITE), now = files->calls == files->fail;
  if (!now || (files->how != WRITES_SHORT && files->how != WRITES_NOTHING))
    return failed ? -1 : wg_file_system_default.write(NULL, file, bytes, size);
  files->met = true;
  files->kind = CALL_WRITE;
  errno = 0;
  return files->how == WRITES_NOTHING ? 0 : wg_file_system_default.write(NULL, file, bytes, 1);
}

static int failing_fsync(void *context, int file) {
  return fails(context, CALL_FSYNC) ? -1 : wg_file_system_default.fsync(NULL, file);
}

static int failing_close(void *context, int file) {
  bool failed = fails(context, CALL_CLOSE);
  int reason = errno, result = wg_file_system_default.close(NULL, file);
  errno = failed ? reason : errno;
  return failed ? -1 : result;
}

static int failing_rename(void *context, const char *from, const char *to) {
  return fails(context, CALL_RENAME) ? -1 : wg_file_system_default.rename(NULL, from, to);
}

static int failing_unlink(void *context, const char *path) {
  return fails(context, CALL_UNLINK) ? -1 : wg_file_system_default.unlink(NULL, path);
}

static wg_file_system failing_system(failing_files *files) {
  return (wg_file_system){failing_open,   failing_write,  failing_fsync, failing_close,
                          failing_rename, failing_unlink, files};
}

/* ---- A folder ---- */

static char folder[] = "/tmp/wengert-files-XXXXXX";
static char stem[64]; /* of the snapshots in it */

static int make_folder(void **state) {
  (void)state;
  if (!mkdtemp(folder)) return -1;
  snprintf(stem, sizeof stem, "%s/run", folder);
  return 0;
}

/* How many names in the folder contain this; with `remove`, those go. */
static int count_names(const char *part, bool remove) {
  DIR *entries = opendir(folder);
  assert_non_null(entries);
  int count = 0;
  for (struct dirent *entry; (entry = readdir(entries));) {
    if (entry->d_name[0] == '.' || !strstr(entry->d_name, part)) continue;
    char name[400];
    snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
    if (remove) assert_int_equal(unlink(name), 0);
    count++;
  }
  closedir(entries);
  return count;
}

static int empty_folder(void **state) {
  (void)state;
  count_names("", true);
  return 0;
}

static int remove_folder(void **state) {
  (void)state;
  count_names("", true);
  return rmdir(folder);
}

/* ---- A training of two numbers and an array larger than a buffer ---- */

enum { SIZE = 6000 };

typedef struct training {
  int64_t step;
  double best, array[SIZE];
} training;

static void training_fill(training *t, int64_t step) {
  t->step = step;
  t->best = 1. / (double)(step + 1);
  fill_f64(t->array, SIZE, -1, 1, (uint64_t)step + 1);
}

static wg_snapshot *snapshot_of(training *t, const wg_file_system *system, int64_t keep) {
  wg_snapshot *snapshot;
  wg_error error = {0};
  const wg_snapshot_options options = {.path = stem, .keep = keep, .system = system};
  if (wg_snapshot_new(&options, &snapshot, &error) != WG_OK) fail_msg("%s", error.message);
  wg_snapshot_integer(snapshot, "step", &t->step);
  wg_snapshot_number(snapshot, "best", &t->best);
  wg_state_array array = {.name = "momentum.0", .dtype = WG_F64, .count = SIZE, .data = t->array};
  wg_snapshot_array(snapshot, "optimizer", &array);
  wg_snapshot_setting(snapshot, "batch", "%d", 32);
  return snapshot;
}

static wg_status save(int64_t step, const wg_file_system *system, wg_error *error) {
  training t;
  training_fill(&t, step);
  wg_snapshot *snapshot = snapshot_of(&t, system, 2);
  wg_status status = wg_snapshot_save(snapshot, step, error);
  wg_snapshot_free(snapshot);
  return status;
}

/* The number of the snapshot that is loaded, all of whose values must be right. */
static int64_t load(void) {
  training t = {0}, expected;
  wg_snapshot *snapshot = snapshot_of(&t, NULL, 2);
  wg_error error = {0};
  int64_t number;
  if (wg_snapshot_load(snapshot, NULL, NULL, &number, &error) != WG_OK) fail_msg("%s", error.message);
  if (number >= 0) {
    training_fill(&expected, number);
    assert_int_equal(t.step, number);
    assert_true(t.best == expected.best);
    assert_memory_equal(t.array, expected.array, sizeof t.array);
  }
  wg_snapshot_free(snapshot);
  return number;
}

/* ---- The statements ---- */

static void assert_saves_are_safe(failure_kind how, int reason, bool harmless) {
  int fail = 1;
  for (;; fail++) {
    count_names("", true);
    for (int step = 1; step <= 3; step++) assert_int_equal(save(step, NULL, NULL), WG_OK);
    assert_int_equal(count_names("", false), 2); /* kept: 2 and 3 */

    failing_files files = {.fail = fail, .how = how, .reason = reason};
    wg_file_system system = failing_system(&files);
    wg_error error = {0};
    wg_status status = save(4, &system, &error);
    if (!files.met && files.calls < fail) { /* all calls were failed in turn */
      assert_int_equal(status, WG_OK);
      break;
    }
    bool reported = status == WG_ERROR_FILE && error.status == status && strstr(error.message, strerror(reason));
    if (harmless || !files.met ? status != WG_OK : !reported)
      fail_msg("call %d (%s): \"%s\", %s", fail, files.log, wg_status_text(status), error.message);
    /* a failed save removes what it began, unless it dies; who goes on then removes it */
    assert_true(count_names("partial", false) <= (how == FAILS_FOR_GOOD ? 1 : 0));
    int64_t number = load();
    if (number != 4 && (number != 3 || status == WG_OK))
      fail_msg("call %d (%s): %lld is loaded", fail, files.log, (long long)number);
    assert_int_equal(count_names("partial", false), 0);
    assert_int_equal(save(5, NULL, &error), WG_OK);
    assert_int_equal(load(), 5);
    assert_int_equal(count_names("", false), 2);
  }
  printf("%s (%s): %d calls\n",
         how == FAILS_FOR_GOOD ? "for good"
         : how == WRITES_SHORT ? "short"
                               : "once",
         reason ? strerror(reason) : "", fail - 1);
  assert_true(fail > 8);
}

static void a_full_disk_leaves_the_snapshots_before_it(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  assert_saves_are_safe(FAILS_ONCE, ENOSPC, false);
  assert_saves_are_safe(FAILS_FOR_GOOD, ENOSPC, false);
}

static void a_failing_disk_leaves_the_snapshots_before_it(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  assert_saves_are_safe(FAILS_ONCE, EIO, false);
  assert_saves_are_safe(FAILS_FOR_GOOD, EIO, false);
}

static void a_disk_that_takes_nothing_is_full(void **state) {
  (void)state;
  failing_files files = {.fail = 2, .how = WRITES_NOTHING};
  wg_file_system system = failing_system(&files);
  wg_error error = {0};
  assert_int_equal(save(1, &system, &error), WG_ERROR_FILE);
  assert_true(files.met);
  assert_contains(error.message, strerror(ENOSPC));
}

static void interrupted_calls_and_short_writes_go_on(void **state) {
  (void)state;
  if (!wg_safetensors_readable()) skip();
  /* rename and unlink are never interrupted (POSIX), so those two may report it */
  int fail = 1;
  for (bool more = true; more; fail++) {
    failing_files files = {.fail = fail, .how = FAILS_ONCE, .reason = EINTR};
    wg_file_system system = failing_system(&files);
    wg_status status = save(fail, &system, NULL);
    more = files.met;
    if (files.met && (files.kind == CALL_RENAME || files.kind == CALL_UNLINK)) continue;
    if (status != WG_OK) fail_msg("call %d (%s): \"%s\"", fail, files.log, wg_status_text(status));
    assert_int_equal(load(), fail);
  }
  assert_true(fail > 8);
  assert_saves_are_safe(WRITES_SHORT, 0, true);
}

/* Otherwise a power failure may leave the new name with nothing behind it. */
static void a_file_is_on_the_disk_before_it_takes_its_name(void **state) {
  (void)state;
  failing_files files = {0};
  wg_file_system system = failing_system(&files);
  assert_int_equal(save(1, &system, NULL), WG_OK);
  assert_string_equal(files.log, "owwfcrofc"); /* open, write …, fsync, close, rename; then the folder */
}

static void a_file_system_that_cannot_sync_folders_is_good_enough(void **state) {
  (void)state;
  failing_files files = {.fail = 8, .reason = EINVAL}; /* the second f in the list above */
  wg_file_system system = failing_system(&files);
  assert_int_equal(save(1, &system, NULL), WG_OK);
  assert_true(files.met && files.kind == CALL_FSYNC);
}

static void only_regular_files_are_replaced(void **state) {
  (void)state;
  wg_file_writer *writer;
  wg_error error = {0};
  const wg_allocator allocator = failing_allocator(&(failing_memory){0});
  assert_int_equal(wg_file_writer_new("/dev/null", NULL, NULL, &allocator, &writer, &error), WG_ERROR_FILE);
  assert_contains(error.message, "not a regular file");
  assert_int_equal(wg_file_writer_new(folder, NULL, NULL, &allocator, &writer, &error), WG_ERROR_FILE);
  assert_int_equal(wg_file_writer_new("/nonexistent/a", NULL, NULL, &allocator, &writer, &error), WG_ERROR_FILE);
  assert_contains(error.message, strerror(ENOENT));
  assert_int_equal(wg_file_writer_new("", NULL, NULL, &allocator, &writer, &error), WG_ERROR_FILE);
  assert_int_equal(wg_file_writer_new("/tmp/", NULL, NULL, &allocator, &writer, &error), WG_ERROR_FILE);
  assert_null(writer);
}

/* Published values of FNV-1a with 64 bits, of "", "a" and "foobar". */
static void digests_are_those_of_fnv_1a(void **state) {
  (void)state;
  assert_true(wg_digest_of("", 0) == 0xcbf29ce484222325);
  assert_true(wg_digest_of("a", 1) == 0xaf63dc4c8601ec8c);
  assert_true(wg_digest_of("foobar", 6) == 0x85944171f73967e8);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(a_full_disk_leaves_the_snapshots_before_it, empty_folder),
      cmocka_unit_test_setup(a_failing_disk_leaves_the_snapshots_before_it, empty_folder),
      cmocka_unit_test_setup(a_disk_that_takes_nothing_is_full, empty_folder),
      cmocka_unit_test_setup(interrupted_calls_and_short_writes_go_on, empty_folder),
      cmocka_unit_test_setup(a_file_is_on_the_disk_before_it_takes_its_name, empty_folder),
      cmocka_unit_test_setup(a_file_system_that_cannot_sync_folders_is_good_enough, empty_folder),
      cmocka_unit_test(only_regular_files_are_replaced),
      cmocka_unit_test(digests_are_those_of_fnv_1a),
  };
  return cmocka_run_group_tests_name(__FILE__, tests, make_folder, remove_folder);
}
