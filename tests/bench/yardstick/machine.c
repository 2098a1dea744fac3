#include "machine.h"
#include "../../../ops/kernels/kernels.h"
#include "product.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- The best core type ---- */

#define RATE_OPTION "--rate-of-blas"

typedef struct operands {
  int m, n, k;
  float *a, *b, *c;
} operands;

static void multiply(void *context) {
  const operands *o = context;
  product(false, false, o->m, o->n, o->k, 1, o->a, o->b, 0, o->c);
}

/* The geometric mean of the rates at sizes from e, c and d. */
static double rate_of_blas(void) {
  static const int sizes[][3] = {{64, 32, 32}, {128, 256, 784}, {512, 1024, 1024}};
  double product_of_rates = 1;
  const size_t bytes = 1024 * 1024 * sizeof(float);
  operands o = {0, 0, 0, calloc(1, bytes), calloc(1, bytes), calloc(1, bytes)};
  if (!o.a || !o.b || !o.c) return 0;
  product_threads(1);
  for (int i = 0; i < 3; i++) {
    o.m = sizes[i][0], o.n = sizes[i][1], o.k = sizes[i][2];
    timings t;
    measure(1, &(entrant){&o, multiply, NULL, NULL}, 0.1, &t);
    product_of_rates *= 2.0 * o.m * o.n * o.k / median(t.rounds, t.seconds[0]);
  }
  free(o.a), free(o.b), free(o.c);
  return product_of_rates;
}

static bool same_word(const char *a, const char *b) { return !strcasecmp(a, b); }

/* What another process of this program, with that core type, says its rate is; 0 if it has no such kernels. */
static double rate_with_core(const char *program, const char *core) {
  int ends[2];
  if (pipe(ends)) return 0;
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]), close(ends[1]), close(STDERR_FILENO);
    setenv("OPENBLAS_CORETYPE", core, 1);
    execl(program, program, RATE_OPTION, (char *)NULL);
    _exit(1);
  }
  close(ends[1]);
  char name[64] = "";
  double rate = 0;
  FILE *answer = fdopen(ends[0], "r");
  if (answer && fscanf(answer, "%63s %lf", name, &rate) != 2) rate = 0;
  if (answer) fclose(answer);
  if (child > 0) waitpid(child, NULL, 0);
  return same_word(name, core) ? rate : 0;
}

bool machine_rate_asked(int argc, char **argv) {
  if (argc != 2 || strcmp(argv[1], RATE_OPTION)) return false;
  printf("%s %.9g\n", product_core(), rate_of_blas());
  return true;
}

void machine_choose_core(char **argv) {
  char program[4096];
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (!product_core()[0] || getenv("OPENBLAS_CORETYPE") || length <= 0) return;
  program[length] = 0;
  const char *cores[] = {product_core(), "Sapphirerapids", "Cooperlake", "SkylakeX", "Zen", "Haswell", "Sandybridge"};
  const char *best = cores[0];
  double highest = 0;
  for (size_t i = 0; i < sizeof cores / sizeof *cores; i++) {
    if (i && same_word(cores[i], cores[0])) continue;
    const double rate = rate_with_core(program, cores[i]);
    if (rate > highest) highest = rate, best = cores[i];
  }
  setenv("OPENBLAS_CORETYPE", best, 1);
  /* its threads look for work for 2^20 cycles after the last, so that they do not take part when it is another's turn */
  setenv("OPENBLAS_THREAD_TIMEOUT", "20", 0);
  execv(program, argv);
}

/* ---- What there is ---- */

/* The first line of a file that begins with `key`, from behind its colon; "" if there is none. */
static void line_of(const char *path, const char *key, char *value, size_t size) {
  char line[512];
  FILE *file = fopen(path, "r");
  value[0] = 0;
  while (file && fgets(line, sizeof line, file)) {
    const char *from = key[0] ? strchr(line, ':') : line;
    if (strncmp(line, key, strlen(key)) || !from) continue;
    if (key[0]) from++;
    while (isspace((unsigned char)*from)) from++;
    snprintf(value, size, "%s", from);
    value[strcspn(value, "\n")] = 0;
    break;
  }
  if (file) fclose(file);
}

/* "48K L1, 2048K L2, 107520K L3" */
static void caches(char *text, size_t size) {
  text[0] = 0;
  for (int i = 0; i < 8; i++) {
    char path[128], type[32], level[8], bytes[32];
    const char *const files[] = {"type", "level", "size"};
    char *const values[] = {type, level, bytes};
    const size_t sizes[] = {sizeof type, sizeof level, sizeof bytes};
    for (int k = 0; k < 3; k++) {
      snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", i, files[k]);
      line_of(path, "", values[k], sizes[k]);
    }
    if (!type[0] || !strcmp(type, "Instruction")) continue;
    const size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s L%s", used ? ", " : "", bytes, level);
  }
}

static const char *compiler(void) {
#if defined __clang__
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

static void fact(report *r, const char *key, const char *value) {
  if (r->as_json)
    json_text(&r->json, key, value);
  else
    printf("  %-11s %.66s\n", key, value[0] ? value : "unknown");
}

void machine_report(report *r) {
  char processor[256], memory[256], cores[32];
  line_of("/proc/cpuinfo", "model name", processor, sizeof processor);
  caches(memory, sizeof memory);
  snprintf(cores, sizeof cores, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
  if (r->as_json)
    json_object(&r->json, "machine");
  else
    printf("Measured on\n");
  fact(r, "processor", processor);
  fact(r, "processors", cores);
  fact(r, "caches", memory);
  fact(r, "compiler", compiler());
  fact(r, "kernels", wg_kernels_here()->level);
  fact(r, "BLAS", product_name());
  fact(r, "its core", product_core());
  if (r->as_json) json_object_end(&r->json);
}
