/* Another machine for a program under test, put in front of the C library by LD_PRELOAD.
 *
 *   MACHINE_DISK     a directory that is a file system of its own
 *   MACHINE_ROOM     a file with the number of bytes it holds; read at every write that needs room
 *   MACHINE_CLOCK    seconds that its clock is ahead, or behind
 *   MACHINE_PATIENCE how many times faster than others the machine gets tired of waiting for a key
 *
 * What is not named is as it is. The programs know nothing of this: the shim is part of the tests. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define REAL(type, name, ...)                                                  \
  static type (*real)(__VA_ARGS__);                                            \
  if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

/* --- A small disk ------------------------------------------------------------------------------ */

static __thread long long found;

static int add(const char *path, const struct stat *status, int kind, struct FTW *walk) {
  (void)path, (void)walk;
  if (kind == FTW_F) found += status->st_size;
  return 0;
}

/* Whether a file may grow to `end` bytes. */
static int has_room(int file, off_t end) {
  const char *disk = getenv("MACHINE_DISK"), *room = getenv("MACHINE_ROOM");
  struct stat status;
  char link[64], path[PATH_MAX];
  if (!disk || !room || fstat(file, &status) || !S_ISREG(status.st_mode)) return 1;
  if (end <= status.st_size) return 1;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 1;
  path[length] = 0;
  size_t prefix = strlen(disk);
  if (strncmp(path, disk, prefix) || path[prefix] != '/') return 1;
  long long limit = 0;
  FILE *limits = fopen(room, "r");
  if (!limits) return 1;
  int read = fscanf(limits, "%lld", &limit);
  fclose(limits);
  if (read != 1) return 1;
  found = 0;
  nftw(disk, add, 8, FTW_PHYS);
  if (found + (end - status.st_size) <= limit) return 1;
  errno = ENOSPC;
  return 0;
}

ssize_t write(int file, const void *bytes, size_t count) {
  REAL(ssize_t, "write", int, const void *, size_t);
  off_t at = lseek(file, 0, SEEK_CUR);
  if (at >= 0 && !has_room(file, at + (off_t)count)) return -1;
  return real(file, bytes, count);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  return has_room(file, at + (off_t)count) ? real(file, bytes, count, at) : -1;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
  return pwrite64(file, bytes, count, at);
}

int ftruncate64(int file, off64_t size) {
  REAL(int, "ftruncate64", int, off64_t);
  return has_room(file, size) ? real(file, size) : -1;
}

int ftruncate(int file, off_t size) { return ftruncate64(file, size); }

int fallocate64(int file, int mode, off64_t at, off64_t count) {
  REAL(int, "fallocate64", int, int, off64_t, off64_t);
  return has_room(file, at + count) ? real(file, mode, at, count) : -1;
}

int fallocate(int file, int mode, off_t at, off_t count) {
  return fallocate64(file, mode, at, count);
}

int posix_fallocate64(int file, off64_t at, off64_t count) {
  REAL(int, "posix_fallocate64", int, off64_t, off64_t);
  return has_room(file, at + count) ? real(file, at, count) : ENOSPC;
}

int posix_fallocate(int file, off_t at, off_t count) { return posix_fallocate64(file, at, count); }

/* --- Another clock ----------------------------------------------------------------------------- */

static long long ahead(void) {
  const char *seconds = getenv("MACHINE_CLOCK");
  return seconds ? atoll(seconds) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *moment) {
  REAL(int, "clock_gettime", clockid_t, struct timespec *);
  int outcome = real(clock, moment);
  if (!outcome && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    moment->tv_sec += ahead();
  return outcome;
}

int gettimeofday(struct timeval *restrict moment, void *restrict zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  moment->tv_sec = now.tv_sec;
  moment->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *moment) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (moment) *moment = now.tv_sec;
  return now.tv_sec;
}

/* --- A person who is away ----------------------------------------------------------------------- */

int poll(struct pollfd *files, nfds_t count, int milliseconds) {
  REAL(int, "poll", struct pollfd *, nfds_t, int);
  const char *patience = getenv("MACHINE_PATIENCE");
  int times = patience ? atoi(patience) : 1;
  /* A slice that only tells Esc from a sequence is left as it is. */
  if (times > 1 && milliseconds >= 100) milliseconds = milliseconds / times + 1;
  return real(files, count, milliseconds);
}
