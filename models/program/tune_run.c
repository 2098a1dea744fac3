/* tune_run.c: the processes of a search. Each trains once, writes what came out of it into a pipe, and ends. */
#include "tuning.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES_MAX = 256 };

typedef struct process {
  pid_t id;
  int outcome; /* the end of the pipe to read from */
  wg_tune_job what;
} process;

typedef struct tune_crew {
  tune_job *job;
  size_t count; /* at work */
  process processes[PROCESSES_MAX];
  progress bar;
} tune_crew;

/* ---- Being interrupted ---- */

static volatile sig_atomic_t interrupted;
static void interrupt(int signal_number) { interrupted = signal_number; }

static void interrupts_catch(void) {
  struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
  interrupted = 0;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

/* ---- One process ---- */

/* Writes all, or as much as the reader wants. */
static void write_all(int file, const void *bytes, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t written = write(file, (const char *)bytes + done, size - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    done += (size_t)written;
  }
}

static void child_run(tune_job *job, const wg_tune_job *what, pid_t parent, int file) {
  tune_outcome outcome;
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  memset(&outcome, 0, sizeof outcome); /* the bytes between the members are written too */
  tune_train(job, what, parent, &outcome);
  write_all(file, &outcome, sizeof outcome);
  _exit(EXIT_GOOD);
}

static int process_start(tune_crew *crew, const wg_tune_job *what) {
  const terminal *t = crew->job->terminal;
  int ends[2];
  pid_t parent = getpid();
  fflush(NULL); /* what is in a buffer would be written by both */
  if (pipe(ends) != 0) {
    terminal_message(t, "a pipe cannot be made: %s", strerror(errno));
    return EXIT_INTERNAL;
  }
  pid_t id = fork();
  if (id == 0) {
    close(ends[0]);
    child_run(crew->job, what, parent, ends[1]);
  }
  int reason = errno;
  close(ends[1]);
  if (id > 0) {
    crew->processes[crew->count++] = (process){id, ends[0], *what};
    return EXIT_GOOD;
  }
  close(ends[0]);
  terminal_message(t, "a process cannot be started: %s", strerror(reason));
  return EXIT_INTERNAL;
}

/* Reads what a process wrote before it ended; false if that is not an outcome. */
static bool outcome_read(int file, tune_outcome *outcome) {
  size_t done = 0;
  while (done < sizeof *outcome) {
    ssize_t got = read(file, (char *)outcome + done, sizeof *outcome - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += (size_t)got;
  }
  outcome->why[sizeof outcome->why - 1] = 0;
  return true;
}

static int process_wait(pid_t id) {
  int state = 0;
  while (waitpid(id, &state, 0) < 0 && errno == EINTR) continue;
  return state;
}

/* Takes the outcome of a process that has ended, or is about to. */
static int process_end(tune_crew *crew, size_t at) {
  tune_job *job = crew->job;
  process ended = crew->processes[at];
  tune_outcome outcome;
  wg_error error = {0};
  bool read = outcome_read(ended.outcome, &outcome);
  close(ended.outcome);
  int state = process_wait(ended.id);
  crew->processes[at] = crew->processes[--crew->count];
  if (!read && interrupted) return EXIT_GOOD; /* Ctrl-C reaches all processes */
  if (!read) {
    outcome = (tune_outcome){.numbers = {.failed = true, .loss = NAN, .accuracy = NAN}};
    snprintf(outcome.why, sizeof outcome.why, "the process was ended by signal %d",
             WIFSIGNALED(state) ? WTERMSIG(state) : 0);
  }
  if (outcome.numbers.failed && !*job->why) memcpy(job->why, outcome.why, sizeof job->why);
  int code = tune_results_add(job, &ended.what, &outcome);
  if (code != EXIT_GOOD) return code;
  wg_status status = wg_tune_tell(job->tune, &ended.what, &outcome.numbers, &error);
  return status == WG_OK ? EXIT_GOOD : failure(job->terminal, status, error.message);
}

/* ---- All of them ---- */

static void progress_tell(tune_crew *crew) {
  int64_t told = wg_tune_told(crew->job->tune), jobs = wg_tune_jobs(crew->job->tune);
  char note[64];
  snprintf(note, sizeof note, "%" PRId64 " of %" PRId64 " trainings", told, jobs);
  progress_show(&crew->bar, (double)told / (double)jobs, note);
}

static int crew_fill(tune_crew *crew) {
  int code = EXIT_GOOD;
  wg_tune_job what;
  size_t most = (size_t)crew->job->settings->processes;
  while (code == EXIT_GOOD && crew->count < most && wg_tune_next(crew->job->tune, &what))
    code = process_start(crew, &what);
  return code;
}

/* Waits until a process has something to say, a fifth of a second at most. */
static int crew_listen(tune_crew *crew) {
  struct pollfd files[PROCESSES_MAX];
  for (size_t i = 0; i < crew->count; i++) files[i] = (struct pollfd){crew->processes[i].outcome, POLLIN, 0};
  int code = EXIT_GOOD;
  if (poll(files, (nfds_t)crew->count, 200) <= 0) return code;
  for (size_t i = crew->count;
       i-- > 0 && code == EXIT_GOOD;) /* from the end: the last one takes an ended one's place */
    if (files[i].revents) code = process_end(crew, i);
  return code;
}

static void crew_dismiss(tune_crew *crew) {
  for (size_t i = 0; i < crew->count; i++) kill(crew->processes[i].id, SIGTERM);
  for (size_t i = 0; i < crew->count; i++) {
    close(crew->processes[i].outcome);
    process_wait(crew->processes[i].id);
  }
  crew->count = 0;
}

int tune_run(tune_job *job) {
  tune_crew crew = {.job = job, .bar = {.terminal = job->terminal, .label = "tuning"}};
  int code = EXIT_GOOD;
  interrupts_catch();
  while (code == EXIT_GOOD && !interrupted && !wg_tune_over(job->tune)) {
    code = crew_fill(&crew);
    if (code == EXIT_GOOD) code = crew_listen(&crew);
    progress_tell(&crew);
  }
  crew_dismiss(&crew);
  progress_wipe(&crew.bar);
  job->interrupted = interrupted != 0;
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  return code;
}
