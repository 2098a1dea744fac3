/* The main of a fuzz target where there is no libFuzzer: mutate COUNT FILE-OR-FOLDER … tries the files, and COUNT inputs
 * made of them by changing, removing, repeating and mixing bytes; the same ones in every run. An input that fails is left
 * in the file "crash". */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

enum { SEEDS_MAX = 200, SIZE_MAX_ = 4096 };

typedef struct input {
  uint8_t bytes[SIZE_MAX_];
  size_t size;
} input;

static input seeds[SEEDS_MAX], now;
static size_t seed_count;
static uint64_t state = 1;

/* splitmix64, as in support.c */
static uint64_t random_bits(void) {
  uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}
static size_t below(size_t n) { return n ? (size_t)(random_bits() % n) : 0; }

static void read_seed(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || seed_count == SEEDS_MAX) {
    fprintf(stderr, "%s: cannot be read, or is one too many\n", path);
    exit(2);
  }
  input *seed = &seeds[seed_count++];
  seed->size = fread(seed->bytes, 1, sizeof seed->bytes, file);
  fclose(file);
}

static void read_seeds(const char *path) {
  struct stat about;
  DIR *folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode) ? opendir(path) : NULL;
  if (!folder) {
    read_seed(path);
    return;
  }
  for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
    char name[1024];
    if (entry->d_name[0] == '.') continue;
    snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
    read_seed(name);
  }
  closedir(folder);
}

static int by_bytes(const void *a, const void *b) {
  const input *x = a, *y = b;
  if (x->size != y->size) return x->size < y->size ? -1 : 1;
  return memcmp(x->bytes, y->bytes, x->size);
}

/* Replaces `removed` bytes at `at` by `added` others, as far as there is room. */
static void splice(size_t at, size_t removed, const uint8_t *from, size_t added) {
  uint8_t tail[SIZE_MAX_];
  size_t rest = now.size - at - removed;
  memcpy(tail, now.bytes + at + removed, rest);
  if (added > SIZE_MAX_ - at) added = SIZE_MAX_ - at;
  if (rest > SIZE_MAX_ - at - added) rest = SIZE_MAX_ - at - added;
  if (added) memmove(now.bytes + at, from, added);
  memcpy(now.bytes + at + added, tail, rest);
  now.size = at + added + rest;
}

static void mutate(void) {
  static const uint8_t words[][8] = {{0}, {255, 255, 255, 255, 255, 255, 255, 255}, {1}, {0, 0, 0, 0, 1}, {0x7f, 255}};
  static const size_t lengths[] = {1, 2, 4, 8};
  size_t at = below(now.size), left = now.size - at, length = lengths[below(4)];
  const input *other = &seeds[below(seed_count)];
  size_t from = below(other->size), much = below(other->size - from + 1);
  switch (below(7)) {
  case 0:
    if (left) now.bytes[at] ^= (uint8_t)(1u << below(8));
    break;
  case 1:
    if (left) now.bytes[at] = (uint8_t)random_bits();
    break;
  case 2:
    splice(at, length < left ? length : left, words[below(5)], length);
    break;
  case 3:
    splice(at, below(left + 1), NULL, 0);
    break;
  case 4:
    splice(at, 0, now.bytes + at, below(left < 16 ? left + 1 : 16));
    break;
  case 5:
    splice(at, below(left + 1) / 4, other->bytes + from, much < 64 ? much : 64);
    break;
  default:
    if (left) now.bytes[at] = (uint8_t)(now.bytes[at] + (below(2) ? 1 : -1));
  }
}

/* A sanitizer or require() ends the program; before that the input is saved. */
static void save_input(int signal_number) {
  FILE *file = fopen("crash", "wb");
  if (file) fwrite(now.bytes, 1, now.size, file);
  if (file) fclose(file);
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

static void try_input(void) {
  uint8_t *exact = malloc(now.size ? now.size : 1); /* of the exact size, so that reading beyond it is seen */
  if (!exact) exit(2);
  memcpy(exact, now.bytes, now.size);
  (void)LLVMFuzzerTestOneInput(exact, now.size);
  free(exact);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  long count = atol(argv[1]);
  for (int i = 2; i < argc; i++) read_seeds(argv[i]);
  qsort(seeds, seed_count, sizeof *seeds, by_bytes); /* a folder has no order of its own */
  signal(SIGABRT, save_input);
  signal(SIGSEGV, save_input);
  for (size_t i = 0; i < seed_count; i++) {
    now = seeds[i];
    try_input();
  }
  for (long i = 0; i < count; i++) {
    now = seeds[below(seed_count)];
    for (size_t k = 1 + below(6); k > 0; k--) mutate();
    try_input();
  }
  printf("%zu seeds and %ld inputs made of them\n", seed_count, count);
  return 0;
}
