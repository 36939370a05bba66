/* Makes writes below one directory fail as a bad disk's do. Loaded into a node by LD_PRELOAD.
 *
 * PEERAGE_FAULT_DIRECTORY says below which directory, PEERAGE_FAULT_CONTROL in which directory the orders are:
 *
 *     write       every write fails with EIO while this file exists
 *     sync        so does every fdatasync and fsync
 *     sync-once   the next of those fails, once, and the file is gone: so Linux reports a lost page, and forgets it
 *
 * Each failure adds a byte to the file "failures" there: a test can tell a fault that struck from one that did not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *directory, *control;

__attribute__((constructor)) static void read_orders(void) {
    directory = getenv("PEERAGE_FAULT_DIRECTORY");
    control = getenv("PEERAGE_FAULT_CONTROL");
}

static int path_of(const char *order, char *path) {
    return control && snprintf(path, PATH_MAX, "%s/%s", control, order) < PATH_MAX;
}

static int is_below_directory(int file) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    size_t prefix = directory ? strlen(directory) : 0;
    return prefix && length > (ssize_t)prefix && !strncmp(path, directory, prefix) && path[prefix] == '/';
}

/* By system calls, for `write` is replaced here. */
static void count_failure(void) {
    char path[PATH_MAX];
    if (!path_of("failures", path)) return;
    int file = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0) return;
    syscall(SYS_write, file, "x", 1);
    syscall(SYS_close, file);
}

static int fail(void) {
    count_failure();
    errno = EIO;
    return -1;
}

static int is_ordered(const char *order, int file) {
    char path[PATH_MAX];
    return path_of(order, path) && !access(path, F_OK) && is_below_directory(file);
}

static int is_ordered_once(const char *order, int file) {
    char path[PATH_MAX];
    /* Of several threads only one removes the file. */
    return is_ordered(order, file) && path_of(order, path) && !unlink(path);
}

static int sync_fails(int file) { return is_ordered("sync", file) || is_ordered_once("sync-once", file); }

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *bytes, size_t count) {
    return is_ordered("write", file) ? fail() : NEXT(write)(file, bytes, count);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    return is_ordered("write", file) ? fail() : NEXT(writev)(file, parts, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    return is_ordered("write", file) ? fail() : NEXT(pwrite)(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    return is_ordered("write", file) ? fail() : NEXT(pwrite64)(file, bytes, count, offset);
}

int fdatasync(int file) { return sync_fails(file) ? fail() : NEXT(fdatasync)(file); }

int fsync(int file) { return sync_fails(file) ? fail() : NEXT(fsync)(file); }
