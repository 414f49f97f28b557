/*
 * Calls of the system that fail, are interrupted or do a part, as a disk or a network mount lets them: loaded by
 * LD_PRELOAD, for the files below one folder. calls.ts compiles it and says what the variables hold.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *folder;
static const char *failing;
static const char *count_file;
static int error_number;
static long from_call;
static long only_calls;
static size_t most;
static int interrupts;
static long calls;
static long turns;

static long number(const char *name) {
  const char *text = getenv(name);
  return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void) {
  folder = getenv("FAULT_FOLDER");
  failing = getenv("FAULT_CALL");
  count_file = getenv("FAULT_COUNT");
  error_number = (int)number("FAULT_ERRNO");
  from_call = number("FAULT_FROM");
  only_calls = number("FAULT_CALLS");
  most = (size_t)number("FAULT_MOST");
  interrupts = (int)number("FAULT_INTERRUPTS");
}

/* How many calls there were that could fail. */
__attribute__((destructor)) static void end(void) {
  if (!count_file) return;
  FILE *file = fopen(count_file, "w");
  if (!file) return;
  fprintf(file, "%ld", __atomic_load_n(&calls, __ATOMIC_SEQ_CST));
  fclose(file);
}

static int below(const char *path) {
  return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int ours(int descriptor) {
  char link[64], path[PATH_MAX];
  int saved = errno;
  if (!folder) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  errno = saved;
  if (length < 0) return 0;
  path[length] = 0;
  return below(path);
}

/* Counts a call of one kind; true if it is to fail. */
static int fails(const char *kind) {
  if (!failing || strcmp(failing, kind) != 0) return 0;
  long call = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
  if (call < from_call || (only_calls > 0 && call >= from_call + only_calls)) return 0;
  errno = error_number;
  return 1;
}

/* True if a call is interrupted: every other one. */
static int interrupted(void) {
  if (!interrupts || __atomic_add_fetch(&turns, 1, __ATOMIC_SEQ_CST) % 2 == 0) return 0;
  errno = EINTR;
  return 1;
}

static size_t part(size_t length) {
  return most > 0 && length > most ? most : length;
}

/* The function of the C library behind ours. */
#define NEXT(name) \
  static __typeof__(&name) next; \
  if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define TRANSFER(name, kind, bytes, at, offset) \
  ssize_t name(int descriptor, bytes buffer, size_t length at) { \
    NEXT(name); \
    if (!ours(descriptor)) return next(descriptor, buffer, length offset); \
    if (fails(kind) || interrupted()) return -1; \
    return next(descriptor, buffer, part(length) offset); \
  }

#define COMMA ,
TRANSFER(read, "read", void *, , )
TRANSFER(pread, "read", void *, COMMA off_t at, COMMA at)
TRANSFER(pread64, "read", void *, COMMA off64_t at, COMMA at)
TRANSFER(write, "write", const void *, , )
TRANSFER(pwrite, "write", const void *, COMMA off_t at, COMMA at)
TRANSFER(pwrite64, "write", const void *, COMMA off64_t at, COMMA at)

/* Many buffers at once: with a limit, a part of the first. */
#define VECTOR(name, kind, at, offset) \
  ssize_t name(int descriptor, const struct iovec *vector, int count at) { \
    NEXT(name); \
    if (!ours(descriptor)) return next(descriptor, vector, count offset); \
    if (fails(kind) || interrupted()) return -1; \
    if (most == 0 || count == 0) return next(descriptor, vector, count offset); \
    struct iovec first = {vector[0].iov_base, part(vector[0].iov_len)}; \
    return next(descriptor, &first, 1 offset); \
  }

VECTOR(readv, "read", , )
VECTOR(preadv, "read", COMMA off_t at, COMMA at)
VECTOR(preadv64, "read", COMMA off64_t at, COMMA at)
VECTOR(writev, "write", , )
VECTOR(pwritev, "write", COMMA off_t at, COMMA at)
VECTOR(pwritev64, "write", COMMA off64_t at, COMMA at)

#define ON_FILE(name, kind) \
  int name(int descriptor) { \
    NEXT(name); \
    if (ours(descriptor) && fails(kind)) return -1; \
    return next(descriptor); \
  }

ON_FILE(fsync, "sync")
ON_FILE(fdatasync, "sync")

#define ON_NAMES(name, kind) \
  int name(const char *from, const char *to) { \
    NEXT(name); \
    if (below(to) && fails(kind)) return -1; \
    return next(from, to); \
  }

ON_NAMES(rename, "name")
ON_NAMES(link, "name")
