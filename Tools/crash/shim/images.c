/* A program that answers for one disk image after another: loaded with LD_PRELOAD, it stops a
 * command of `yarrow` where it first opens a file of its home, and goes on from there once for each
 * byte on YARROW_IMAGES_IN, in a child of its own (Protocol/faults.md §7).
 *
 *   YARROW_IMAGES_HOME  the home; whoever writes the byte has put an image there
 *   YARROW_IMAGES_IN    a descriptor: one byte for each image
 *   YARROW_IMAGES_OUT   a descriptor: the child's status, four bytes, when it has ended
 *
 * The child ends when it has written a line to standard output or standard error, since the other
 * threads of the program are not in it: 0 after output, 100 after an error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int served, is_child;

static int number(const char *name) {
  const char *text = getenv(name);
  return text ? atoi(text) : -1;
}

static void serve(void) {
  int in = number("YARROW_IMAGES_IN"), out = number("YARROW_IMAGES_OUT");
  char byte;
  served = 1;
  for (;;) {
    if (syscall(SYS_read, in, &byte, 1) != 1) _exit(0);
    pid_t child = fork();
    if (child == 0) {
      is_child = 1;
      alarm(20); /* a child that waits for a thread that it has not got is a finding too */
      return;
    }
    int status = -1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    int32_t told = status;
    if (syscall(SYS_write, out, &told, sizeof told) != sizeof told) _exit(0);
  }
}

static int opened(int directory, const char *path, int flags, mode_t permission) {
  const char *home = getenv("YARROW_IMAGES_HOME");
  if (!served && home && path && !strncmp(path, home, strlen(home))) serve();
  return syscall(SYS_openat, directory, path, flags, permission);
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list arguments; \
    va_start(arguments, flags); \
    mode_t permission = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0; \
    va_end(arguments); \
    return opened(AT_FDCWD, path, flags, permission); \
  }
OPEN(open)
OPEN(open64)

ssize_t write(int fd, const void *bytes, size_t count) {
  ssize_t result = syscall(SYS_write, fd, bytes, count);
  if (is_child && (fd == 1 || fd == 2) && count && ((const char *)bytes)[count - 1] == '\n') {
    _exit(fd == 1 ? 0 : 100);
  }
  return result;
}
