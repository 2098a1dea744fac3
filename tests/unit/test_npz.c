/* NPZ files put together byte by byte, as the zip format says, and what is wrong with them if a field is. */
#include "../support.h"

#include "../../models/compress.h"
#include "../../models/npz.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- An archive by hand ---- */

/* An entry as it is put into the archive, wrong or right. */
typedef struct entry {
  const char *name;
  const unsigned char *bytes; /* packed */
  size_t packed, size;
  int method;
  int flags;
  bool zip64;                    /* sizes in an extra field of the local header, as NumPy writes them */
  const char *other_name;        /* in the local header */
  uint32_t other_size;           /* in the local header */
  uint32_t crc_error, other_crc; /* other_crc: in the local header alone */
  int64_t moved;                 /* what the directory says about the place of the header, less the truth */
} entry;

typedef struct archive {
  unsigned char bytes[8192];
  size_t size;
} archive;

static void put(archive *a, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) a->bytes[a->size++] = (unsigned char)(value >> 8 * i & 255);
}

static void put_bytes(archive *a, const void *bytes, size_t size) {
  assert_true(a->size + size <= sizeof a->bytes);
  if (size) memcpy(a->bytes + a->size, bytes, size);
  a->size += size;
}

/* Version, flags, method, time, date; checksum and sizes. */
static void put_common(archive *a, const entry *e, uint32_t crc, uint64_t packed, uint64_t size) {
  put(a, 20, 2), put(a, (uint64_t)e->flags, 2), put(a, (uint64_t)e->method, 2), put(a, 0, 4);
  put(a, crc, 4), put(a, packed, 4), put(a, size, 4);
}

static void put_local(archive *a, const entry *e, uint32_t crc) {
  const char *name = e->other_name ? e->other_name : e->name;
  bool later = (e->flags & 8) != 0;
  uint64_t size = e->other_size ? e->other_size : e->size, none = 0xffffffff;
  put(a, 0x04034b50, 4);
  put_common(a, e, later ? 0 : crc ^ e->other_crc,
             later      ? 0
             : e->zip64 ? none
                        : e->packed,
             later      ? 0
             : e->zip64 ? none
                        : size);
  put(a, strlen(name), 2), put(a, e->zip64 ? 24 : 0, 2), put_bytes(a, name, strlen(name));
  if (e->zip64) put(a, 0x7777, 2), put(a, 0, 2), put(a, 1, 2), put(a, 16, 2), put(a, size, 8), put(a, e->packed, 8);
  put_bytes(a, e->bytes, e->packed);
  if (later) put(a, 0x08074b50, 4), put(a, crc, 4), put(a, e->packed, 4), put(a, e->size, 4);
}

/* `crc` is that of the unpacked bytes. */
static void make(archive *a, size_t count, const entry *entries, const uint32_t *crc) {
  size_t place[8];
  a->size = 0;
  for (size_t i = 0; i < count; i++) {
    place[i] = a->size;
    put_local(a, &entries[i], crc[i] ^ entries[i].crc_error);
  }
  size_t start = a->size;
  for (size_t i = 0; i < count; i++) {
    const entry *e = &entries[i];
    put(a, 0x02014b50, 4), put(a, 20, 2);
    put_common(a, e, crc[i] ^ e->crc_error, e->packed, e->size);
    put(a, strlen(e->name), 2), put(a, 0, 2), put(a, 0, 2), put(a, 0, 2), put(a, 0, 2), put(a, 0, 4);
    put(a, place[i] + (uint64_t)e->moved, 4);
    put_bytes(a, e->name, strlen(e->name));
  }
  size_t end = a->size;
  put(a, 0x06054b50, 4), put(a, 0, 4), put(a, count, 2), put(a, count, 2), put(a, end - start, 4), put(a, start, 4);
  put(a, 0, 2);
}

/* The NPY file of the bytes 1, 2, 3; and the same as one stored block of deflate (RFC 1951, 3.2.4). */
static const char npy_text[] =
    "\x93NUMPY\x01\x00\x38\x00{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}\n\x01\x02\x03";
enum { NPY_SIZE = sizeof npy_text - 1 };
#define NPY ((const unsigned char *)npy_text)

static uint32_t crc_of_npy(void) { return wg_crc32(NPY, NPY_SIZE); }

static size_t deflated(unsigned char *to) {
  const unsigned char head[] = {1, NPY_SIZE, 0, (unsigned char)~NPY_SIZE, 0xff};
  memcpy(to, head, 5);
  memcpy(to + 5, npy_text, NPY_SIZE);
  return 5 + NPY_SIZE;
}

static wg_npz *parsed(const archive *a) {
  wg_npz *npz;
  wg_error error;
  if (wg_npz_parse("a.npz", a->bytes, a->size, 0, NULL, &npz, &error) != WG_OK) fail_msg("%s", error.message);
  return npz;
}

static void refuse_bytes(const void *bytes, size_t size, size_t bytes_max, const char *message) {
  wg_npz *npz = (wg_npz *)&size;
  wg_error error;
  assert_int_equal(wg_npz_parse("a.npz", bytes, size, bytes_max, NULL, &npz, &error), WG_ERROR_DATA);
  assert_null(npz);
  assert_string_equal(error.message, message);
}

static void refuse(size_t count, const entry *entries, const char *message) {
  archive a;
  uint32_t crc[8];
  for (size_t i = 0; i < 8; i++) crc[i] = crc_of_npy();
  make(&a, count, entries, crc);
  refuse_bytes(a.bytes, a.size, 0, message);
}

static void assert_one_two_three(const wg_array *array) {
  assert_non_null(array);
  assert_int_equal(array->element, WG_ELEMENT_U8);
  assert_int_equal(array->count, 3);
  for (int i = 0; i < 3; i++) assert_true(wg_array_number(array, i) == i + 1);
}

/* ---- What is read ---- */

/* The checksum of "123456789", which stands beside the polynomial in catalogs of checksums. */
static void the_checksum_is_that_of_zip(void **state) {
  (void)state;
  assert_true(wg_crc32((const unsigned char *)"123456789", 9) == UINT32_C(0xCBF43926));
  assert_true(wg_crc32(NULL, 0) == 0);
}

static void stored_entries_are_arrays_by_their_names(void **state) {
  (void)state;
  archive a;
  const entry entries[] = {{.name = "x.npy", .bytes = NPY, .packed = NPY_SIZE, .size = NPY_SIZE},
                           {.name = "größe.npy", .bytes = NPY, .packed = NPY_SIZE, .size = NPY_SIZE, .zip64 = true},
                           {.name = "z.npy", .bytes = NPY, .packed = NPY_SIZE, .size = NPY_SIZE, .flags = 8}};
  make(&a, 3, entries, (uint32_t[]){crc_of_npy(), crc_of_npy(), crc_of_npy()});
  wg_npz *npz = parsed(&a);
  assert_int_equal(npz->count, 3);
  assert_string_equal(npz->names[0], "x");
  assert_one_two_three(wg_npz_find(npz, "x"));
  assert_one_two_three(wg_npz_find(npz, "größe"));
  assert_one_two_three(wg_npz_find(npz, "z"));
  assert_null(wg_npz_find(npz, "x.npy"));
  wg_npz_free(npz);
}

static void a_comment_may_stand_at_the_end(void **state) {
  (void)state;
  archive a;
  make(&a, 1, &(entry){.name = "x.npy", .bytes = NPY, .packed = NPY_SIZE, .size = NPY_SIZE},
       (uint32_t[]){crc_of_npy()});
  a.bytes[a.size - 2] = 5;
  put_bytes(&a, "hello", 5);
  wg_npz *npz = parsed(&a);
  assert_one_two_three(wg_npz_find(npz, "x"));
  wg_npz_free(npz);
  refuse_bytes(a.bytes, a.size - 1, 0, "a.npz: is not a zip archive, or its end is missing");
}

static void deflated_entries_need_zlib(void **state) {
  (void)state;
  archive a;
  unsigned char packed[256];
  const entry e = {.name = "x.npy", .bytes = packed, .packed = deflated(packed), .size = NPY_SIZE, .method = 8};
  make(&a, 1, &e, (uint32_t[]){crc_of_npy()});
  wg_npz *npz;
  wg_error error;
  wg_status status = wg_npz_parse("a.npz", a.bytes, a.size, 0, NULL, &npz, &error);
  if (wg_has_zlib()) {
    assert_int_equal(status, WG_OK);
    assert_one_two_three(wg_npz_find(npz, "x"));
  } else {
    assert_int_equal(status, WG_ERROR_FILE);
    assert_string_equal(error.message, "a.npz: is compressed, and wengert was built without zlib");
  }
  wg_npz_free(npz);
}

/* ---- What is refused ---- */

static void bytes_that_are_no_archive_are_refused(void **state) {
  (void)state;
  refuse_bytes("", 0, 0, "a.npz: is not a zip archive, or its end is missing");
  refuse_bytes("PK\x03\x04", 4, 0, "a.npz: is not a zip archive, or its end is missing");
}

static void fields_that_disagree_are_refused(void **state) {
  (void)state;
  const entry good = {.name = "x.npy", .bytes = NPY, .packed = NPY_SIZE, .size = NPY_SIZE};
  entry e = good;
  e.other_name = "y.npy";
  refuse(1, &e, "a.npz: 'x.npy': its header says other things");
  e = good;
  e.other_size = 10;
  refuse(1, &e, "a.npz: 'x.npy': its header says other things");
  e = good;
  e.zip64 = true;
  e.other_size = 10;
  refuse(1, &e, "a.npz: 'x.npy': its header says other things");
  e = good;
  e.other_crc = 1;
  refuse(1, &e, "a.npz: 'x.npy': its header says other things");
  e = good;
  e.crc_error = 1;
  refuse(1, &e, "a.npz: 'x.npy': its checksum is wrong");
  e = good;
  e.moved = 1;
  refuse(1, &e, "a.npz: 'x.npy': there is no header where it should be");
  e = good;
  e.moved = 1000000;
  refuse(1, &e, "a.npz: 'x.npy': its header or its bytes lie outside of the archive");
  e = good;
  e.flags = 1;
  refuse(1, &e, "a.npz: 'x.npy': is encrypted");
  e = good;
  e.method = 12;
  refuse(1, &e, "a.npz: 'x.npy': is packed by a method other than deflate");
  e = good;
  e.size = 5;
  refuse(1, &e, "a.npz: 'x.npy': it cannot have the size that it claims");
  e = good;
  e.name = "x\n.npy";
  refuse(1, &e, "a.npz: the name of an entry is not text");
  e.name = "";
  refuse(1, &e, "a.npz: an entry has no name");
  e.name = "x.txt";
  refuse(1, &e, "a.npz: entry 0 is no array, its name does not end in .npy");
}

static void entries_that_share_a_name_or_bytes_are_refused(void **state) {
  (void)state;
  const entry good = {.name = "x.npy", .bytes = NPY, .packed = NPY_SIZE, .size = NPY_SIZE};
  entry two[] = {good, good};
  refuse(2, two, "a.npz: 'x.npy': there are two of that name");
  /* Both records of the directory point to one header, as in archives that unpack to more than they hold. */
  two[1].moved = -(int64_t)(30 + 5 + NPY_SIZE);
  refuse(2, two, "a.npz: 'x.npy': it overlaps another entry");
}

static void the_directory_must_lie_where_the_end_says(void **state) {
  (void)state;
  archive a, wrong;
  make(&a, 1, &(entry){.name = "x.npy", .bytes = NPY, .packed = NPY_SIZE, .size = NPY_SIZE},
       (uint32_t[]){crc_of_npy()});
  const struct {
    size_t back; /* of the byte that is changed, from the end */
    unsigned char value;
    const char *message;
  } cases[] = {
      {10, 1, "a.npz: its directory is not where it should be"}, /* its size */
      {6, 0, "a.npz: its directory is not where it should be"},  /* its place */
      {12, 2, "a.npz: is a part of a zip archive on several disks"},
      {18, 1, "a.npz: is a part of a zip archive on several disks"},
  };
  for (int i = 0; i < 4; i++) {
    wrong = a;
    wrong.bytes[a.size - cases[i].back] = cases[i].value;
    refuse_bytes(wrong.bytes, wrong.size, 0, cases[i].message);
  }
  wrong = a;
  wrong.bytes[a.size - 22 - 5 - 46] = 'x'; /* the mark of the directory's record */
  refuse_bytes(wrong.bytes, wrong.size, 0, "a.npz: its directory is damaged");
  wrong = a;
  wrong.bytes[a.size - 22 - 5 - 46 + 28] = 6; /* the length of the name */
  refuse_bytes(wrong.bytes, wrong.size, 0, "a.npz: its directory is damaged");
  wrong = a;
  memset(wrong.bytes + a.size - 14, 255, 4); /* 65535 entries */
  refuse_bytes(wrong.bytes, wrong.size, 0, "a.npz: zip archives of 4 GiB or 65535 entries are not read");
}

static void more_entries_than_fit_into_the_directory_are_refused_before_memory_is_asked_for_them(void **state) {
  (void)state;
  archive a;
  make(&a, 1, &(entry){.name = "x.npy", .bytes = NPY, .packed = NPY_SIZE, .size = NPY_SIZE},
       (uint32_t[]){crc_of_npy()});
  memcpy(a.bytes + a.size - 14, "\xfd\xff\xfd\xff", 4);
  failing_memory memory = {0};
  const wg_allocator allocator = failing_allocator(&memory);
  wg_npz *npz;
  wg_error error;
  assert_int_equal(wg_npz_parse("a.npz", a.bytes, a.size, 0, &allocator, &npz, &error), WG_ERROR_DATA);
  assert_string_equal(error.message, "a.npz: its directory is damaged");
  assert_int_equal(memory.calls, 0);
}

/* 42.zip and its like: little that claims to be much. */
static void bombs_are_refused_before_they_are_unpacked(void **state) {
  (void)state;
  unsigned char packed[256];
  entry e = {.name = "x.npy", .bytes = packed, .packed = deflated(packed), .size = 100000, .method = 8};
  refuse(1, &e, "a.npz: 'x.npy': it cannot have the size that it claims");
  archive a;
  e.size = NPY_SIZE;
  entry three[] = {e, e, e};
  three[1].name = "y.npy";
  three[2].name = "z.npy";
  make(&a, 3, three, (uint32_t[]){crc_of_npy(), crc_of_npy(), crc_of_npy()});
  refuse_bytes(a.bytes, a.size, 3 * NPY_SIZE - 1, "a.npz: unpacked it is larger than 206 bytes");
}

static void streams_that_end_early_or_late_are_refused(void **state) {
  (void)state;
  unsigned char packed[256];
  size_t size = deflated(packed);
  if (!wg_has_zlib()) skip();
  entry e = {.name = "x.npy", .bytes = packed, .packed = size - 1, .size = NPY_SIZE, .method = 8};
  refuse(1, &e, "a.npz: the compressed data ends too early");
  e.packed = size + 1;
  refuse(1, &e, "a.npz: unpacked it has another size than the file says");
  e.packed = size;
  e.size = NPY_SIZE + 1;
  refuse(1, &e, "a.npz: unpacked it has another size than the file says");
  e.size = NPY_SIZE - 1;
  refuse(1, &e, "a.npz: unpacked it has another size than the file says");
  e.size = 0;
  refuse(1, &e, "a.npz: unpacked it has another size than the file says");
  packed[0] = 7; /* a block of a kind that there is not */
  e.size = NPY_SIZE;
  refuse(1, &e, "a.npz: the compressed data is damaged (invalid block type)");
}

static void a_damaged_array_is_called_by_its_name(void **state) {
  (void)state;
  entry e = {.name = "x.npy", .bytes = NPY, .packed = NPY_SIZE - 1, .size = NPY_SIZE - 1};
  archive a;
  make(&a, 1, &e, (uint32_t[]){wg_crc32(NPY, NPY_SIZE - 1)});
  refuse_bytes(a.bytes, a.size, 0, "a.npz: x: the header's shape does not fit the 2 bytes of elements");
}

/* ---- Writing ---- */

static void what_is_written_is_read_again(void **state) {
  (void)state;
  char path[] = "/tmp/wengert-test-XXXXXX";
  close(mkstemp(path));
  wg_array *small = wg_array_new(WG_ELEMENT_F64, 0, NULL, NULL);
  wg_array *large = wg_array_new(WG_ELEMENT_I32, 2, (int64_t[]){300, 1000}, NULL);
  *(double *)small->data = 0.1;
  for (int i = 0; i < 300000; i++) ((int32_t *)large->data)[i] = i % 1001 * (i % 7);
  for (int packed = 0; packed <= (int)wg_has_zlib(); packed++) {
    wg_error error;
    wg_npz *npz;
    const wg_array *arrays[] = {small, large};
    const char *names[] = {"rate", "größe/1"};
    if (wg_npz_write(path, 2, names, arrays, packed, NULL, &error) != WG_OK) fail_msg("%s", error.message);
    if (wg_npz_read(path, 0, NULL, &npz, &error) != WG_OK) fail_msg("%s", error.message);
    assert_int_equal(npz->count, 2);
    assert_true(wg_array_number(wg_npz_find(npz, "rate"), 0) == 0.1);
    assert_memory_equal(wg_npz_find(npz, "größe/1")->data, large->data, 1200000);
    wg_npz_free(npz);
    assert_int_equal(wg_npz_read(path, 1200000, NULL, &npz, &error), packed ? WG_ERROR_DATA : WG_ERROR_FILE);
    assert_contains(error.message, "larger than 1200000 bytes");
  }
  remove(path);
  wg_array_free(small);
  wg_array_free(large);
}

static void names_that_cannot_be_are_not_written(void **state) {
  (void)state;
  wg_array *array = wg_array_new(WG_ELEMENT_F64, 0, NULL, NULL);
  const wg_array *arrays[] = {array, array};
  wg_error error;
  assert_int_equal(wg_npz_write("/nowhere/a.npz", 2, (const char *[]){"a", "a"}, arrays, false, NULL, &error),
                   WG_ERROR_ARGUMENT);
  assert_string_equal(error.message, "there are two arrays 'a'");
  assert_int_equal(wg_npz_write("/nowhere/a.npz", 1, (const char *[]){""}, arrays, false, NULL, &error),
                   WG_ERROR_ARGUMENT);
  assert_int_equal(wg_npz_write("/nowhere/a.npz", 1, (const char *[]){"a\n"}, arrays, false, NULL, &error),
                   WG_ERROR_ARGUMENT);
  assert_string_equal(error.message, "array 0 has no name that is text");
  assert_int_equal(wg_npz_write("/nowhere/a.npz", 1, (const char *[]){"a"}, arrays, false, NULL, &error),
                   WG_ERROR_FILE);
  wg_array_free(array);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_checksum_is_that_of_zip),
      cmocka_unit_test(stored_entries_are_arrays_by_their_names),
      cmocka_unit_test(a_comment_may_stand_at_the_end),
      cmocka_unit_test(deflated_entries_need_zlib),
      cmocka_unit_test(bytes_that_are_no_archive_are_refused),
      cmocka_unit_test(fields_that_disagree_are_refused),
      cmocka_unit_test(entries_that_share_a_name_or_bytes_are_refused),
      cmocka_unit_test(the_directory_must_lie_where_the_end_says),
      cmocka_unit_test(more_entries_than_fit_into_the_directory_are_refused_before_memory_is_asked_for_them),
      cmocka_unit_test(bombs_are_refused_before_they_are_unpacked),
      cmocka_unit_test(streams_that_end_early_or_late_are_refused),
      cmocka_unit_test(a_damaged_array_is_called_by_its_name),
      cmocka_unit_test(what_is_written_is_read_again),
      cmocka_unit_test(names_that_cannot_be_are_not_written),
  };
  return RUN_TESTS(tests);
}
