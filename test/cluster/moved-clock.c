// Loaded into one process: its machine's clock is off by as many milliseconds as the file $CLOCK_OFFSET says, at each moment.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*real)(clockid_t, struct timespec *);

static int ask(clockid_t clock, struct timespec *now) {
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  return real(clock, now);
}

static long long offset_ms(void) {
  static __thread long long known;
  static __thread time_t asked_s;
  static __thread long asked_ms;
  struct timespec now;
  ask(CLOCK_MONOTONIC, &now);
  // It is asked all the time.
  if (now.tv_sec == asked_s && now.tv_nsec / 1000000 == asked_ms) return known;
  asked_s = now.tv_sec;
  asked_ms = now.tv_nsec / 1000000;
  char text[32] = "";
  int file = open(getenv("CLOCK_OFFSET"), O_RDONLY | O_CLOEXEC);
  if (file < 0) return known;
  if (read(file, text, sizeof text - 1) > 0) known = atoll(text);
  close(file);
  return known;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int failed = ask(clock, now);
  if (failed || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return failed;
  long long ns = now->tv_sec * 1000000000LL + now->tv_nsec + offset_ms() * 1000000LL;
  now->tv_sec = ns / 1000000000LL;
  now->tv_nsec = ns % 1000000000LL;
  return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec exact;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (at) *at = exact.tv_sec;
  return exact.tv_sec;
}
