/* threads.c: a pool of threads. The caller posts a job and works on it like the others; whoever is late finds no piece
 * left, so nobody waits for a thread that the system has not woken yet. */
#include "threads.h"
#include "memory.h"

#ifdef WG_PTHREADS
#include <fenv.h>
#include <pthread.h>
#include <stdatomic.h>
#endif

static void run_here(int64_t count, wg_piece *piece, void *context) {
  for (int64_t k = 0; k < count; k++) piece(context, k);
}

wg_threads *wg_threads_new(int count) { return wg_threads_new_with(count, NULL); }

#ifdef WG_PTHREADS

struct wg_threads {
  wg_allocator allocator;
  int worker_count; /* besides the caller */
  pthread_mutex_t mutex;
  pthread_cond_t wake, idle;
  atomic_flag busy;     /* somebody's job is under way */
  atomic_uint posted;   /* goes up with every job */
  atomic_int active;    /* workers at the job */
  _Atomic int64_t next; /* piece of the job that nobody has taken yet */
  /* Under the mutex: */
  int sleeping;
  bool open, quit; /* workers may join the job; all is over */
  int64_t count;
  wg_piece *piece;
  void *context;
  fenv_t environment;
  pthread_t workers[];
};

/* How often to look before going to sleep: some 50 µs, the time between two steps that are worth cutting. */
enum { LOOKS = 1500 };

static inline void look_again(void) {
#if defined __x86_64__ || defined __i386__
  __builtin_ia32_pause();
#elif defined __aarch64__
  __asm__ volatile("yield");
#endif
}

static void take_pieces(wg_threads *threads, int64_t count, wg_piece *piece, void *context) {
  for (int64_t k; (k = atomic_fetch_add_explicit(&threads->next, 1, memory_order_relaxed)) < count;) piece(context, k);
}

/* Waits for a job that this worker has not seen, joins it if it still goes on, and leaves it. False when all is over. */
static bool worker_job(wg_threads *threads, unsigned *seen) {
  for (int look = 0; look < LOOKS && atomic_load(&threads->posted) == *seen; look++) look_again();
  pthread_mutex_lock(&threads->mutex);
  threads->sleeping++;
  while (atomic_load(&threads->posted) == *seen) pthread_cond_wait(&threads->wake, &threads->mutex);
  threads->sleeping--;
  *seen = atomic_load(&threads->posted);
  bool joins = threads->open, quit = threads->quit;
  int64_t count = threads->count;
  wg_piece *piece = threads->piece;
  void *context = threads->context;
  if (joins) fesetenv(&threads->environment);
  if (joins) atomic_fetch_add(&threads->active, 1);
  pthread_mutex_unlock(&threads->mutex);
  if (!joins) return !quit;
  take_pieces(threads, count, piece, context);
  pthread_mutex_lock(&threads->mutex);
  if (atomic_fetch_sub(&threads->active, 1) == 1) pthread_cond_signal(&threads->idle);
  pthread_mutex_unlock(&threads->mutex);
  return true;
}

static void *worker(void *argument) {
  unsigned seen = 0;
  while (worker_job(argument, &seen)) continue;
  return NULL;
}

/* Tells the workers of a job, or that all is over. */
static void post(wg_threads *threads, int64_t count, wg_piece *piece, void *context) {
  pthread_mutex_lock(&threads->mutex);
  threads->count = count;
  threads->piece = piece;
  threads->context = context;
  fegetenv(&threads->environment);
  threads->open = piece != NULL;
  threads->quit = !piece;
  atomic_store(&threads->next, 0);
  atomic_fetch_add(&threads->posted, 1);
  if (threads->sleeping) pthread_cond_broadcast(&threads->wake);
  pthread_mutex_unlock(&threads->mutex);
}

void wg_threads_run(wg_threads *threads, int64_t count, wg_piece *piece, void *context) {
  if (!threads || !threads->worker_count || count < 2 || atomic_flag_test_and_set(&threads->busy)) {
    run_here(count, piece, context);
    return;
  }
  post(threads, count, piece, context);
  take_pieces(threads, count, piece, context);
  for (int look = 0; look < LOOKS && atomic_load(&threads->active); look++) look_again();
  pthread_mutex_lock(&threads->mutex);
  threads->open = false;
  while (atomic_load(&threads->active)) pthread_cond_wait(&threads->idle, &threads->mutex);
  pthread_mutex_unlock(&threads->mutex);
  atomic_flag_clear(&threads->busy);
}

wg_threads *wg_threads_new_with(int count, const wg_allocator *allocator) {
  if (!allocator) allocator = &wg_allocator_default;
  const int workers = count < 1 ? 0 : count > WG_THREADS_MAX ? WG_THREADS_MAX - 1 : count - 1;
  wg_threads *threads = wg_allocate_zeroed(allocator, 1, sizeof *threads + (size_t)workers * sizeof(pthread_t));
  if (!threads) return NULL;
  threads->allocator = *allocator;
  atomic_flag_clear(&threads->busy);
  bool mutex = !pthread_mutex_init(&threads->mutex, NULL), wake = mutex && !pthread_cond_init(&threads->wake, NULL);
  if (!wake || pthread_cond_init(&threads->idle, NULL)) {
    if (wake) pthread_cond_destroy(&threads->wake);
    if (mutex) pthread_mutex_destroy(&threads->mutex);
    wg_release(allocator, threads);
    return NULL;
  }
  while (threads->worker_count < workers &&
         !pthread_create(&threads->workers[threads->worker_count], NULL, worker, threads))
    threads->worker_count++;
  return threads;
}

void wg_threads_free(wg_threads *threads) {
  if (!threads) return;
  post(threads, 0, NULL, NULL);
  for (int k = 0; k < threads->worker_count; k++) pthread_join(threads->workers[k], NULL);
  pthread_cond_destroy(&threads->idle);
  pthread_cond_destroy(&threads->wake);
  pthread_mutex_destroy(&threads->mutex);
  const wg_allocator allocator = threads->allocator;
  wg_release(&allocator, threads);
}

int wg_threads_count(const wg_threads *threads) { return threads ? threads->worker_count + 1 : 1; }

#else

struct wg_threads {
  wg_allocator allocator;
};

wg_threads *wg_threads_new_with(int count, const wg_allocator *allocator) {
  (void)count;
  if (!allocator) allocator = &wg_allocator_default;
  wg_threads *threads = wg_allocate(allocator, 1, sizeof *threads);
  if (threads) threads->allocator = *allocator;
  return threads;
}

void wg_threads_free(wg_threads *threads) {
  const wg_allocator allocator = threads ? threads->allocator : wg_allocator_default;
  wg_release(&allocator, threads);
}

int wg_threads_count(const wg_threads *threads) {
  (void)threads;
  return 1;
}

void wg_threads_run(wg_threads *threads, int64_t count, wg_piece *piece, void *context) {
  (void)threads;
  run_here(count, piece, context);
}

#endif
