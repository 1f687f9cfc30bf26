/*
 * Loaded before the C library. SYNC_GATE names a file: while it is there, a sync of a file whose path ends as it says, or of any if it
 * says *, waits, and says so in SYNC_GATE.waiting. While SYNC_GATE.broken is there, such a sync fails instead. The syncs of the process's first thread, which must have none, are listed in
 * SYNC_GATE.first.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void append(const char *gate, const char *suffix, const char *path) {
  char name[4096];
  snprintf(name, sizeof name, "%s.%s", gate, suffix);
  int fd = open(name, O_CREAT | O_WRONLY | O_APPEND, 0600);
  dprintf(fd, "%s\n", path);
  close(fd);
}

static int holds(const char *gate, const char *path) {
  char held[4096];
  int fd = open(gate, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t length = read(fd, held, sizeof held - 1);
  close(fd);
  if (length <= 0) return 0;
  held[length] = '\0';
  size_t from = strlen(path);
  return strcmp(held, "*") == 0 || (from >= (size_t)length && strcmp(path + from - length, held) == 0);
}

/* Returns -1 where the sync is to fail. */
static int before_sync(int fd) {
  const char *gate = getenv("SYNC_GATE");
  char link[64], path[4096], broken[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (gate == NULL || length < 0) return 0;
  path[length] = '\0';
  if (gettid() == getpid()) append(gate, "first", path);
  snprintf(broken, sizeof broken, "%s.broken", gate);
  if (holds(broken, path)) {
    errno = EIO;
    return -1;
  }
  if (!holds(gate, path)) return 0;
  append(gate, "waiting", path);
  while (access(gate, F_OK) == 0) usleep(1000);
  return 0;
}

int fdatasync(int fd) {
  if (before_sync(fd) < 0) return -1;
  return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}

int fsync(int fd) {
  if (before_sync(fd) < 0) return -1;
  return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}
