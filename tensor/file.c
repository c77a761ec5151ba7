/* Reading and replacing files by POSIX calls: O_CLOEXEC, O_EXCL and fsync are not to be had from
 * stdio. */
#include "tensor/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

gd_status gd__file_fail(const char *path, int error)
{
    char reason[128];
    if (strerror_r(error, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", error);
    return gd_fail(GD_ERROR_IO, "%s: %s", path, reason);
}

static bool is_regular(const char *path, const struct stat *status)
{
    if (S_ISDIR(status->st_mode))
        gd__file_fail(path, EISDIR);
    else if (!S_ISREG(status->st_mode))
        gd_fail(GD_ERROR_IO, "%s: a regular file is expected", path);
    return S_ISREG(status->st_mode);
}

/* ---- reading ---- */

bool gd__file_open(gd__file_reader *file, const char *path)
{
    /* O_NONBLOCK: a pipe is refused instead of waited for. Regular files know nothing of it. */
    *file = (gd__file_reader){.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat status;
    if (file->fd < 0 || fstat(file->fd, &status) != 0)
        gd__file_fail(path, errno);
    else if (is_regular(path, &status)) {
        file->size = status.st_size;
        return true;
    }
    gd__file_close(file);
    return false;
}

bool gd__file_read(gd__file_reader *file, void *to, size_t size, const char *what)
{
    int64_t left = file->size - file->at;
    if ((uint64_t)left < size)
        return gd__fail_false(GD_ERROR_FORMAT,
                              "%s: byte %" PRId64 ": %zu bytes of %s are expected, found %" PRId64,
                              file->path, file->at, size, what, left);
    if (file->next != NULL) {
        file->at += (int64_t)size;
        return file->next(file->context, to, size);
    }
    for (char *at = to; size > 0;) {
        ssize_t n = read(file->fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            gd__file_fail(file->path, errno);
        else if (n == 0)
            gd_fail(GD_ERROR_IO, "%s: the file was shortened while it was read", file->path);
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
        file->at += n;
    }
    return true;
}

void gd__file_close(gd__file_reader *file)
{
    if (file->fd >= 0)
        close(file->fd);
}

/* ---- replacing ---- */

bool gd_file_target(const char *path, char target[GD_LONGEST_PATH])
{
    enum { MOST_LINKS = 40 };
    char link[GD_LONGEST_PATH];
    size_t end = strlen(path), folder = 0;
    for (int links = 0; links < MOST_LINKS && folder + end < GD_LONGEST_PATH; ++links) {
        memmove(target + folder, path, end + 1);
        ssize_t n = readlink(target, link, sizeof link);
        if (n < 0)
            return errno == EINVAL || errno == ENOENT; /* it is no link */
        if (n == sizeof link)
            break;
        link[n] = '\0';
        const char *slash = strrchr(target, '/');
        folder = link[0] == '/' || slash == NULL ? 0 : (size_t)(slash + 1 - target);
        path = link;
        end = (size_t)n;
    }
    errno = folder + end < GD_LONGEST_PATH ? ELOOP : ENAMETOOLONG;
    return false;
}

/* A new file under a name that no other process, thread or crash has taken; -1 with errno. */
static int open_temporary(gd__file_writer *file, mode_t mode)
{
    for (int i = 0; i < 100; ++i) {
        snprintf(file->temporary, file->temporary_size, "%s.tmp.%jd.%d", file->target,
                 (intmax_t)getpid(), i);
        int fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

gd_status gd__file_create(gd__file_writer *file, const char *path)
{
    struct stat old;
    bool exists = stat(path, &old) == 0;
    if (exists && !is_regular(path, &old)) /* rename would replace a device, too */
        return GD_ERROR_IO;
    *file = (gd__file_writer){.path = path};
    if (!gd_file_target(path, file->target))
        return gd__file_fail(path, errno);
    file->temporary_size = strlen(file->target) + sizeof ".tmp.-9223372036854775808.99";
    file->temporary = gd_allocate(file->temporary_size);
    if (file->temporary == NULL)
        return gd_fail(GD_ERROR_MEMORY, "%s: no memory for a temporary file's name", path);
    file->fd = open_temporary(file, exists ? old.st_mode & 0777 : 0666);
    if (file->fd >= 0)
        return GD_OK;
    int error = errno;
    gd_free(file->temporary, file->temporary_size);
    return gd__file_fail(path, error);
}

void gd__file_write(gd__file_writer *file, const void *from, size_t size)
{
    for (const char *at = from; size > 0 && file->error == 0;) {
        ssize_t n = write(file->fd, at, size);
        if (n >= 0) {
            at += n;
            size -= (size_t)n;
        } else if (errno != EINTR) {
            file->error = errno;
        }
    }
}

static int sync_file(int fd)
{
    int failed;
    do
        failed = fsync(fd);
    while (failed != 0 && errno == EINTR);
    return failed;
}

gd_status gd__file_commit(gd__file_writer *file)
{
    if (file->error == 0 && sync_file(file->fd) != 0)
        file->error = errno;
    close(file->fd); /* fsync has reported what this could */
    if (file->error == 0 && rename(file->temporary, file->target) != 0)
        file->error = errno;
    if (file->error != 0)
        unlink(file->temporary);
    gd_free(file->temporary, file->temporary_size);
    return file->error == 0 ? GD_OK : gd__file_fail(file->path, file->error);
}
