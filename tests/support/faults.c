/* Preloaded into a command and what it starts: one of its calls that change files below a folder
 * fails or kills it. Which one stands in a file that all of them map; see faults.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct plan {
    long calls;       /* so many were met */
    long first, last; /* these fail, but for those after the first that free space */
    long error;       /* with this number; 0: the process group is killed */
    char root[PATH_MAX];
};
static struct plan *plan;
static int log_fd = -1;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS_PLAN"), *log = getenv("FAULTS_LOG");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *found = fd < 0 ? MAP_FAILED
                         : mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (log)
        log_fd = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (found != MAP_FAILED)
        plan = found;
}

/* Whether a path, of a file that may not be there yet, is in the folder or is the folder. */
static int is_below(int folder, const char *path, char *full) {
    char link[64];
    ssize_t n = 0;
    if (path[0] != '/') {
        if (folder == AT_FDCWD)
            strcpy(link, "/proc/self/cwd");
        else
            snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        n = readlink(link, full, PATH_MAX - 1);
        if (n < 0)
            return 0;
        full[n++] = '/';
    }
    snprintf(full + n, PATH_MAX - n, "%s", path);
    size_t length = strlen(plan->root);
    return !strncmp(full, plan->root, length) && (full[length] == '/' || !full[length]);
}

static int is_failing(const char *call, int folder, const char *path) {
    char full[PATH_MAX];
    int before = errno;
    if (!plan || !plan->root[0] || !is_below(folder, path, full)) {
        errno = before;
        return 0;
    }
    long number = __atomic_add_fetch(&plan->calls, 1, __ATOMIC_SEQ_CST);
    if (log_fd >= 0)
        dprintf(log_fd, "%ld %s %s\n", number, call, full + strlen(plan->root));
    int frees = !strncmp(call, "unlink", 6) || !strncmp(call, "rm", 2) || !strncmp(call, "rem", 3);
    if (number < plan->first || number > plan->last || (number > plan->first && frees)) {
        errno = before;
        return 0;
    }
    if (!plan->error)
        kill(0, SIGKILL);
    errno = (int)plan->error;
    return 1;
}

static int is_failing_fd(const char *call, int fd) {
    char link[64], path[PATH_MAX];
    if (!plan || !plan->root[0])
        return 0;
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    errno = before;
    if (n <= 0 || path[0] != '/')
        return 0;
    path[n] = 0;
    return is_failing(call, AT_FDCWD, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ON_PATH(name, folder, path, parameters, ...)                                              \
    int name parameters { return is_failing(#name, folder, path) ? -1 : REAL(name)(__VA_ARGS__); }
#define ON_FD(type, name, parameters, ...)                                                        \
    type name parameters { return is_failing_fd(#name, fd) ? -1 : REAL(name)(__VA_ARGS__); }
#define OPENING(name, folder, path, parameters, ...)                                              \
    int name parameters {                                                                         \
        mode_t mode = 0;                                                                          \
        if (flags & (O_CREAT | O_TMPFILE)) {                                                      \
            va_list more;                                                                         \
            va_start(more, flags);                                                                \
            mode = va_arg(more, mode_t);                                                          \
            va_end(more);                                                                         \
        }                                                                                         \
        if (flags & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR) && is_failing("open", folder, path))  \
            return -1;                                                                            \
        return REAL(name)(__VA_ARGS__, flags, mode);                                              \
    }

OPENING(open, AT_FDCWD, path, (const char *path, int flags, ...), path)
OPENING(open64, AT_FDCWD, path, (const char *path, int flags, ...), path)
OPENING(openat, folder, path, (int folder, const char *path, int flags, ...), folder, path)
OPENING(openat64, folder, path, (int folder, const char *path, int flags, ...), folder, path)
ON_PATH(mkstemp64, AT_FDCWD, path, (char *path), path)
ON_PATH(mkdir, AT_FDCWD, path, (const char *path, mode_t mode), path, mode)
ON_PATH(mkdirat, at, path, (int at, const char *path, mode_t mode), at, path, mode)
ON_PATH(rmdir, AT_FDCWD, path, (const char *path), path)
ON_PATH(unlink, AT_FDCWD, path, (const char *path), path)
ON_PATH(unlinkat, at, path, (int at, const char *path, int flags), at, path, flags)
ON_PATH(remove, AT_FDCWD, path, (const char *path), path)
ON_PATH(rename, AT_FDCWD, to, (const char *from, const char *to), from, to)
ON_PATH(renameat, t, to, (int f, const char *from, int t, const char *to), f, from, t, to)
ON_PATH(link, AT_FDCWD, to, (const char *from, const char *to), from, to)
ON_PATH(symlink, AT_FDCWD, to, (const char *from, const char *to), from, to)
ON_PATH(chmod, AT_FDCWD, path, (const char *path, mode_t mode), path, mode)
ON_FD(int, fchmod, (int fd, mode_t mode), fd, mode)
ON_FD(int, fsync, (int fd), fd)
ON_FD(int, fdatasync, (int fd), fd)
ON_FD(int, ftruncate, (int fd, off_t size), fd, size)
ON_FD(int, ftruncate64, (int fd, off64_t size), fd, size)
ON_FD(int, fallocate, (int fd, int mode, off_t at, off_t size), fd, mode, at, size)
ON_FD(ssize_t, write, (int fd, const void *bytes, size_t size), fd, bytes, size)
ON_FD(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t at), fd, bytes, size, at)
ON_FD(ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off64_t at), fd, bytes, size, at)
