/* Loaded before the C library: while the file SYNC_GATE is there, a sync of a log's WAL waits, and says so in SYNC_GATE.waiting. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void wait_at_gate(int fd) {
  static const char wal[] = "log.db-wal";
  const char *gate = getenv("SYNC_GATE");
  char link[64], path[4096], waiting[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (gate == NULL || length < (ssize_t)sizeof wal) return;
  path[length] = '\0';
  if (strcmp(path + length - (sizeof wal - 1), wal) != 0 || access(gate, F_OK) != 0) return;
  snprintf(waiting, sizeof waiting, "%s.waiting", gate);
  close(open(waiting, O_CREAT | O_WRONLY, 0600));
  while (access(gate, F_OK) == 0) usleep(1000);
}

int fdatasync(int fd) {
  wait_at_gate(fd);
  return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}

int fsync(int fd) {
  wait_at_gate(fd);
  return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}
