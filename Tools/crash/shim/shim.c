/* A disk that fails on demand: loaded with LD_PRELOAD, numbers every call that a program makes on
 * files below given directories, and stops or fails it at one of them (Protocol/faults.md §2).
 *
 *   YARROW_FAULT_ROOTS  directories, separated by colons; everything else is left alone
 *   YARROW_FAULT_TRACE  a file that gets one record for each numbered call
 *   YARROW_FAULT_DATA   set: the records hold the bytes that were written
 *   YARROW_FAULT_READS  set: reads are numbered too
 *   YARROW_FAULT_LOOKS  set: looking for a name is numbered too
 *   YARROW_FAULT_ANSWERS  set: what is written to a socket is recorded before it is sent, not numbered
 *   YARROW_FAULT        what happens, one of
 *     kill:N:before|after|half   SIGKILL at call N; half performs half of a write first
 *     fail:N:E                   call N does nothing and gives errno E
 *     short:N                    call N writes half and says so
 *     full:B                     after B more bytes every write gives ENOSPC, as does a new file
 *   YARROW_FAULT_LIES   set: what a sync, a write or a read is refused it is told to have got, as a
 *                       program finds that looks at no result: a fault that has to be found
 *   YARROW_FAULT_DROPS  the end of a name: what is written to such files is lost, likewise
 *
 * A call on standard output is numbered as well: what was printed is what was promised.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FILES_MAX = 4096, ROOTS_MAX = 8 };
enum Mode { NONE, KILL_BEFORE, KILL_AFTER, KILL_HALF, FAIL, SHORT, FULL };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *paths[FILES_MAX]; /* of open descriptors below a root */
static char roots[ROOTS_MAX][PATH_MAX];
static const char *drops;
static int roots_count, trace = -1, with_data, with_reads, with_looks, with_answers, lies;
static enum Mode mode;
static long target, error_number, bytes_left, calls;

#define REAL(name) \
  static __typeof__(name) *real; \
  if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

/* Raw calls: what the shim does for itself must not come back to it. */
static long raw_write(int fd, const void *bytes, size_t count) {
  return syscall(SYS_write, fd, bytes, count);
}

__attribute__((constructor)) static void start(void) {
  const char *text = getenv("YARROW_FAULT_ROOTS");
  while (text && *text && roots_count < ROOTS_MAX) {
    size_t length = strcspn(text, ":");
    if (length && length < PATH_MAX) {
      memcpy(roots[roots_count], text, length);
      roots[roots_count++][length] = 0;
    }
    text += length + (text[length] == ':');
  }
  with_data = getenv("YARROW_FAULT_DATA") != NULL;
  with_reads = getenv("YARROW_FAULT_READS") != NULL;
  with_looks = getenv("YARROW_FAULT_LOOKS") != NULL;
  with_answers = getenv("YARROW_FAULT_ANSWERS") != NULL;
  lies = getenv("YARROW_FAULT_LIES") != NULL;
  drops = getenv("YARROW_FAULT_DROPS");
  const char *file = getenv("YARROW_FAULT_TRACE");
  if (file) {
    int opened = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    /* High, so that the program gets the descriptors that it would have without us. */
    trace = opened < 0 ? -1 : fcntl(opened, F_DUPFD_CLOEXEC, 900);
    if (opened >= 0) syscall(SYS_close, opened);
  }
  const char *fault = getenv("YARROW_FAULT");
  char how[16] = "";
  if (!fault) return;
  if (sscanf(fault, "kill:%ld:%15s", &target, how) == 2) {
    mode = !strcmp(how, "after") ? KILL_AFTER : !strcmp(how, "half") ? KILL_HALF : KILL_BEFORE;
  } else if (sscanf(fault, "fail:%ld:%ld", &target, &error_number) == 2) {
    mode = FAIL;
  } else if (sscanf(fault, "short:%ld", &target) == 1) {
    mode = SHORT;
  } else if (sscanf(fault, "full:%ld", &bytes_left) == 1) {
    mode = FULL;
  } else {
    static const char refusal[] = "shim: YARROW_FAULT cannot be read\n";
    raw_write(2, refusal, sizeof refusal - 1);
    _exit(99);
  }
}

/* The absolute path, if it lies below a root; otherwise NULL. */
static char *tracked(int directory, const char *path, char out[PATH_MAX]) {
  if (!path || !roots_count) return NULL;
  if (path[0] == '/') {
    if (snprintf(out, PATH_MAX, "%s", path) >= PATH_MAX) return NULL;
  } else {
    char base[PATH_MAX - 300];
    if (directory == AT_FDCWD) {
      if (!getcwd(base, sizeof base)) return NULL;
    } else if (directory >= 0 && directory < FILES_MAX && paths[directory]) {
      if (snprintf(base, sizeof base, "%s", paths[directory]) >= (int)sizeof base) return NULL;
    } else {
      return NULL;
    }
    if (snprintf(out, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return NULL;
  }
  for (int i = 0; i < roots_count; i++) {
    size_t length = strlen(roots[i]);
    if (!strncmp(out, roots[i], length) && (out[length] == '/' || !out[length])) return out;
  }
  return NULL;
}

static const char *path_of(int fd) {
  return fd >= 0 && fd < FILES_MAX ? paths[fd] : NULL;
}

static void remember(int fd, const char *path) {
  if (fd < 0 || fd >= FILES_MAX) return;
  free(paths[fd]);
  paths[fd] = path ? strdup(path) : NULL;
}

/* One record: kind, 0, length of the path, errno, inode, offset, length of the data that follows,
 * number of the call; path; data. Little endian, as every machine that runs this. */
struct Record {
  uint8_t kind, zero;
  uint16_t path_bytes;
  int32_t error;
  uint64_t inode, offset, data_bytes, call;
};

static void record(char kind, const char *path, uint64_t inode, uint64_t offset,
                   const void *data, size_t count, int error) {
  if (trace < 0) return;
  size_t path_bytes = path ? strlen(path) : 0;
  int keeps = data != NULL && (with_data || kind == 'a' || kind == 'r' || kind == 'l');
  struct Record head = {kind, 0, path_bytes, error, inode, offset, keeps ? count : 0, calls};
  struct iovec parts[3] = {
      {&head, sizeof head}, {(void *)path, path_bytes}, {(void *)data, keeps ? count : 0}};
  syscall(SYS_writev, trace, parts, 3);
}

static uint64_t inode_of(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* Numbers a call. What it answers is what the caller has to do. */
enum Verdict { DO, REFUSE, HALF, HALF_THEN_DIE };

static enum Verdict number(void) {
  if (++calls != target) return DO;
  switch (mode) {
  case KILL_BEFORE: die(); return REFUSE;
  case KILL_HALF: return HALF_THEN_DIE;
  case FAIL: errno = error_number; return REFUSE;
  case SHORT: return HALF;
  default: return DO;
  }
}

static void finish(void) {
  if (mode == KILL_AFTER && calls == target) die();
}

/* How many bytes of a write there is room for; -1 with errno when there is none. */
static ssize_t room(size_t count) {
  if (mode != FULL) return count;
  if (bytes_left <= 0 && count > 0) {
    errno = ENOSPC;
    return -1;
  }
  size_t fits = (long)count <= bytes_left ? count : (size_t)bytes_left;
  bytes_left -= fits;
  return fits;
}

/* ---- Opening ---- */

static int open_counted(int directory, const char *path, int flags, mode_t permission) {
  char full[PATH_MAX];
  pthread_mutex_lock(&lock);
  char *known = tracked(directory, path, full);
  if (!known) {
    int fd = syscall(SYS_openat, directory, path, flags, permission);
    int saved = errno;
    if (fd >= 0) remember(fd, NULL);
    pthread_mutex_unlock(&lock);
    errno = saved;
    return fd;
  }
  int exists = syscall(SYS_faccessat, AT_FDCWD, known, F_OK) == 0;
  int fd = -1;
  enum Verdict verdict = number();
  int creates = (flags & O_CREAT) && !exists;
  if (verdict == DO && creates && mode == FULL && bytes_left <= 0) {
    verdict = REFUSE;
    errno = ENOSPC;
  }
  if (verdict != REFUSE) {
    fd = syscall(SYS_openat, directory, path, flags, permission);
  }
  int saved = errno;
  if (fd >= 0) remember(fd, known);
  char kind = fd >= 0 && creates ? 'c' : fd >= 0 && (flags & O_TRUNC) ? 't' : 'o';
  record(kind, known, fd >= 0 ? inode_of(fd) : 0, 0, NULL, 0, fd < 0 ? saved : 0);
  if (verdict == HALF_THEN_DIE) die();
  finish();
  pthread_mutex_unlock(&lock);
  errno = saved;
  return fd;
}

static mode_t permission_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list arguments; \
    va_start(arguments, flags); \
    mode_t permission = permission_of(flags, arguments); \
    va_end(arguments); \
    return open_counted(AT_FDCWD, path, flags, permission); \
  }
#define OPENAT(name) \
  int name(int directory, const char *path, int flags, ...) { \
    va_list arguments; \
    va_start(arguments, flags); \
    mode_t permission = permission_of(flags, arguments); \
    va_end(arguments); \
    return open_counted(directory, path, flags, permission); \
  }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int creat(const char *path, mode_t permission) {
  return open_counted(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, permission);
}

int close(int fd) {
  if (fd == trace && fd >= 0) return 0;
  pthread_mutex_lock(&lock);
  remember(fd, NULL);
  int result = syscall(SYS_close, fd);
  int saved = errno;
  pthread_mutex_unlock(&lock);
  errno = saved;
  return result;
}

/* ---- Writing ---- */

/* Whether the name ends as those do whose content is to be lost. */
static int is_dropped(const char *path) {
  size_t length = path ? strlen(path) : 0, end = drops ? strlen(drops) : 0;
  return end && length >= end && !strcmp(path + length - end, drops);
}

/* What a peer may know from here on. */
static void answer(int fd, size_t count) {
  struct stat status;
  if (!with_answers || fstat(fd, &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  pthread_mutex_lock(&lock);
  record('n', NULL, 0, count, NULL, 0, 0);
  pthread_mutex_unlock(&lock);
}

static size_t bytes_of(const struct iovec *parts, size_t count) {
  size_t total = 0;
  for (size_t i = 0; i < count; i++) total += parts[i].iov_len;
  return total;
}

ssize_t send(int fd, const void *bytes, size_t count, int flags) {
  answer(fd, count);
  return syscall(SYS_sendto, fd, bytes, count, flags, NULL, 0);
}
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  answer(fd, bytes_of(message->msg_iov, message->msg_iovlen));
  return syscall(SYS_sendmsg, fd, message, flags);
}

static ssize_t write_counted(int fd, const void *bytes, size_t count, off_t offset, int positioned) {
  const char *path = path_of(fd);
  int promised = fd == STDOUT_FILENO && !path;
  if (!path && !promised) {
    answer(fd, count);
    return positioned ? syscall(SYS_pwrite64, fd, bytes, count, offset) : raw_write(fd, bytes, count);
  }
  pthread_mutex_lock(&lock);
  if (!positioned) offset = promised ? 0 : lseek(fd, 0, SEEK_CUR);
  enum Verdict verdict = number();
  ssize_t result = -1;
  if (verdict != REFUSE) {
    ssize_t fits = promised ? (ssize_t)count : room(count);
    if (verdict != DO && fits > 1) fits /= 2;
    if (fits >= 0 && is_dropped(path)) {
      result = fits;
    } else if (fits >= 0) {
      result = positioned ? syscall(SYS_pwrite64, fd, bytes, fits, offset)
                          : raw_write(fd, bytes, fits);
    }
  }
  if (result < 0 && lies && path) result = count;
  int saved = errno;
  record(promised ? 'a' : 'w', path, promised ? 0 : inode_of(fd), offset, bytes,
         result > 0 ? result : 0, result < 0 ? saved : 0);
  if (verdict == HALF_THEN_DIE) die();
  finish();
  pthread_mutex_unlock(&lock);
  errno = saved;
  return result;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  return write_counted(fd, bytes, count, 0, 0);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
  return write_counted(fd, bytes, count, offset, 1);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
  return write_counted(fd, bytes, count, offset, 1);
}

/* A copy is made of writes that can be numbered. */
static ssize_t copy_counted(int out, int in, off_t *offset, size_t count) {
  char bytes[65536];
  if (count > sizeof bytes) count = sizeof bytes;
  ssize_t got = offset ? syscall(SYS_pread64, in, bytes, count, *offset)
                       : syscall(SYS_read, in, bytes, count);
  if (got <= 0) return got;
  ssize_t put = write_counted(out, bytes, got, 0, 0);
  if (put > 0 && offset) *offset += put;
  if (!offset && put < got) lseek(in, (put > 0 ? put : 0) - got, SEEK_CUR);
  return put;
}

ssize_t sendfile(int out, int in, off_t *offset, size_t count) {
  REAL(sendfile);
  return path_of(out) ? copy_counted(out, in, offset, count) : real(out, in, offset, count);
}
ssize_t sendfile64(int out, int in, off64_t *offset, size_t count) {
  REAL(sendfile64);
  return path_of(out) ? copy_counted(out, in, offset, count) : real(out, in, offset, count);
}
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t count, unsigned flags) {
  REAL(copy_file_range);
  if (path_of(out)) {
    errno = EXDEV; /* as between file systems: the caller goes on with reads and writes */
    return -1;
  }
  return real(in, from, out, to, count, flags);
}

/* Nobody writes a home in pieces gathered from memory; who begins to is told here. */
ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (path_of(fd)) {
    errno = ENOSYS;
    return -1;
  }
  answer(fd, bytes_of(parts, count));
  return syscall(SYS_writev, fd, parts, count);
}

/* ---- Everything else that a disk can refuse ---- */

#define COUNTED(kind, fd_or_path, inode, offset, data, bytes, doing) \
  pthread_mutex_lock(&lock); \
  int result = -1; \
  enum Verdict verdict = number(); \
  if (verdict != REFUSE) result = (doing); \
  else if (lies) result = 0; \
  int saved = errno; \
  record(kind, fd_or_path, inode, offset, data, bytes, result < 0 ? saved : 0); \
  if (verdict == HALF_THEN_DIE) die(); \
  finish(); \
  pthread_mutex_unlock(&lock); \
  errno = saved; \
  return result;

static int sync_counted(int fd, long call) {
  const char *path = path_of(fd);
  if (!path) return syscall(call, fd);
  struct stat status;
  int is_directory = fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
  COUNTED(is_directory ? 'd' : 's', path, status.st_ino, 0, NULL, 0, syscall(call, fd))
}
int fsync(int fd) { return sync_counted(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_counted(fd, SYS_fdatasync); }

static int truncate_counted(int fd, off_t length) {
  const char *path = path_of(fd);
  if (!path) return syscall(SYS_ftruncate, fd, length);
  COUNTED('t', path, inode_of(fd), length, NULL, 0, syscall(SYS_ftruncate, fd, length))
}
int ftruncate(int fd, off_t length) { return truncate_counted(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncate_counted(fd, length); }

static int rename_counted(int from, const char *old, int to, const char *new, unsigned flags) {
  char full_old[PATH_MAX], full_new[PATH_MAX];
  char *known = tracked(from, old, full_old), *target_path = tracked(to, new, full_new);
  if (!known && !target_path) return syscall(SYS_renameat2, from, old, to, new, flags);
  if (!target_path) target_path = (char *)new;
  if (!known) known = (char *)old;
  COUNTED('r', known, 0, 0, target_path, strlen(target_path),
          syscall(SYS_renameat2, from, old, to, new, flags))
}
int rename(const char *old, const char *new) {
  return rename_counted(AT_FDCWD, old, AT_FDCWD, new, 0);
}
int renameat(int from, const char *old, int to, const char *new) {
  return rename_counted(from, old, to, new, 0);
}
int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
  return rename_counted(from, old, to, new, flags);
}

static int unlink_counted(int directory, const char *path, int flags) {
  char full[PATH_MAX];
  char *known = tracked(directory, path, full);
  if (!known) return syscall(SYS_unlinkat, directory, path, flags);
  COUNTED(flags & AT_REMOVEDIR ? 'x' : 'u', known, 0, 0, NULL, 0,
          syscall(SYS_unlinkat, directory, path, flags))
}
int unlink(const char *path) { return unlink_counted(AT_FDCWD, path, 0); }
int unlinkat(int directory, const char *path, int flags) {
  return unlink_counted(directory, path, flags);
}
int rmdir(const char *path) { return unlink_counted(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdir(const char *path, mode_t permission) {
  char full[PATH_MAX];
  char *known = tracked(AT_FDCWD, path, full);
  if (!known) return syscall(SYS_mkdirat, AT_FDCWD, path, permission);
  COUNTED('m', known, 0, 0, NULL, 0, syscall(SYS_mkdirat, AT_FDCWD, path, permission))
}

int link(const char *old, const char *new) {
  char full_old[PATH_MAX], full_new[PATH_MAX];
  char *known = tracked(AT_FDCWD, old, full_old), *added = tracked(AT_FDCWD, new, full_new);
  if (!known || !added) return syscall(SYS_linkat, AT_FDCWD, old, AT_FDCWD, new, 0);
  COUNTED('l', known, 0, 0, added, strlen(added),
          syscall(SYS_linkat, AT_FDCWD, old, AT_FDCWD, new, 0))
}

/* ---- Looking for a name, when asked for ---- */

static int look_counted(int directory, const char *path, struct stat *status, int flags, int way) {
  char full[PATH_MAX];
  char *known = with_looks ? tracked(directory, path, full) : NULL;
  if (!known) {
    return status ? syscall(SYS_newfstatat, directory, path, status, flags)
                  : syscall(SYS_faccessat, directory, path, way);
  }
  COUNTED('e', known, 0, 0, NULL, 0,
          status ? syscall(SYS_newfstatat, directory, path, status, flags)
                 : syscall(SYS_faccessat, directory, path, way))
}
int access(const char *path, int way) { return look_counted(AT_FDCWD, path, NULL, 0, way); }
int stat(const char *path, struct stat *status) {
  return look_counted(AT_FDCWD, path, status, 0, 0);
}
int stat64(const char *path, struct stat64 *status) {
  return look_counted(AT_FDCWD, path, (struct stat *)status, 0, 0);
}
int lstat(const char *path, struct stat *status) {
  return look_counted(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW, 0);
}
int lstat64(const char *path, struct stat64 *status) {
  return look_counted(AT_FDCWD, path, (struct stat *)status, AT_SYMLINK_NOFOLLOW, 0);
}

/* ---- Reading, when asked for ---- */

static ssize_t read_counted(int fd, void *bytes, size_t count, off_t offset, int positioned) {
  const char *path = with_reads ? path_of(fd) : NULL;
  if (!path) {
    return positioned ? syscall(SYS_pread64, fd, bytes, count, offset)
                      : syscall(SYS_read, fd, bytes, count);
  }
  pthread_mutex_lock(&lock);
  ssize_t result = -1;
  enum Verdict verdict = number();
  if (verdict == HALF && count > 1) count /= 2;
  if (verdict != REFUSE) {
    result = positioned ? syscall(SYS_pread64, fd, bytes, count, offset)
                        : syscall(SYS_read, fd, bytes, count);
  }
  if (verdict == REFUSE && lies) {
    memset(bytes, 0, count);
    result = count;
  }
  int saved = errno;
  record('p', path, inode_of(fd), offset, NULL, 0, result < 0 ? saved : 0);
  if (verdict == HALF_THEN_DIE) die();
  finish();
  pthread_mutex_unlock(&lock);
  errno = saved;
  return result;
}
ssize_t read(int fd, void *bytes, size_t count) { return read_counted(fd, bytes, count, 0, 0); }
ssize_t pread(int fd, void *bytes, size_t count, off_t offset) {
  return read_counted(fd, bytes, count, offset, 1);
}
ssize_t pread64(int fd, void *bytes, size_t count, off64_t offset) {
  return read_counted(fd, bytes, count, offset, 1);
}
