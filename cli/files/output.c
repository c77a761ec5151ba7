#define _GNU_SOURCE /* renameat2 */
#include "cli/files/output.h"

#include "cli/cli.h"
#include "cli/system/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int stdout_error; /* errno, as cli_output's */

/* Files that wait for the end. */
static cli_output finished[CLI_MOST_TEMPORARIES];
static int finished_count;

const char *cli_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static bool is_stdout(const char *path)
{
    return path == NULL || strcmp(path, "-") == 0;
}

/* A new file beside output->path, under a name that no other has, which a signal removes; -1 with
 * errno. */
static int open_temporary(cli_output *output, mode_t mode)
{
    int fd = -1;
    cli_hold_signals(true);
    errno = EEXIST;
    for (int i = 0; i < 100 && fd < 0 && errno == EEXIST; ++i) {
        free(output->temporary);
        output->temporary = cli_text("%s.tmp.%jd.%d", output->path, (intmax_t)getpid(), i);
        fd = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    }
    if (fd >= 0 && !cli_remember_temporary(output->temporary)) {
        close(fd);
        unlink(output->temporary);
        errno = EMFILE;
        fd = -1;
    }
    cli_hold_signals(false);
    return fd;
}

static void remove_temporary(cli_output *output)
{
    if (output->temporary == NULL)
        return;
    unlink(output->temporary);
    cli_forget_temporary(output->temporary);
}

/* -1 with errno. */
static int open_path(cli_output *output, const char *path)
{
    struct stat old;
    bool exists = stat(path, &old) == 0;
    char target[GD_LONGEST_PATH];
    if (!gd_file_target(path, target))
        return -1;
    output->path = cli_strdup(target);
    if (exists && !S_ISREG(old.st_mode))
        return open(path, O_WRONLY | O_CLOEXEC);
    return exists && access(path, W_OK) != 0
               ? -1
               : open_temporary(output, exists ? old.st_mode & 0777 : 0666);
}

bool cli_output_open(cli_output *output, const char *path)
{
    *output = (cli_output){.file = stdout};
    if (is_stdout(path))
        return true;
    int fd = open_path(output, path);
    output->file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (output->file != NULL)
        return true;
    cli_error(CLI_RUNTIME, "%s: %s", path, strerror(errno));
    if (fd >= 0) {
        close(fd);
        remove_temporary(output);
    }
    free(output->path);
    free(output->temporary);
    return false;
}

void cli_output_write(cli_output *output, const void *bytes, size_t size)
{
    errno = 0;
    if (fwrite(bytes, 1, size, output->file) != size)
        output->error = errno;
}

/* All of it is on the disk, and the file is closed; false with a message. */
static bool close_whole(cli_output *output)
{
    errno = output->error;
    bool written = fflush(output->file) == 0 && ferror(output->file) == 0 &&
                   (output->temporary == NULL || fsync(fileno(output->file)) == 0);
    int error = output->error != 0 ? output->error : errno;
    if (fclose(output->file) != 0 && written) {
        written = false;
        error = errno;
    }
    output->file = NULL;
    if (!written)
        cli_error(CLI_RUNTIME, "%s: %s", output->path,
                  error != 0 ? strerror(error) : "writing failed");
    return written;
}

int cli_output_finish(cli_output *output)
{
    if (output->path == NULL) {
        stdout_error = output->error;
        return CLI_OK;
    }
    bool whole = close_whole(output);
    if (whole && output->temporary != NULL)
        finished[finished_count++] = *output;
    else
        cli_output_discard(output);
    return whole ? CLI_OK : CLI_RUNTIME;
}

void cli_output_discard(cli_output *output)
{
    if (output->path == NULL)
        return;
    if (output->file != NULL)
        fclose(output->file);
    remove_temporary(output);
    free(output->path);
    free(output->temporary);
}

/* ---- the end ---- */

/* The new file takes the path's place, and the old one, if there is one, the temporary name:
 * where the file system can exchange them. False with a message. */
static bool put_in_place(cli_output *output)
{
    struct stat old;
    output->is_new = stat(output->path, &old) != 0;
    if (!output->is_new && S_ISDIR(old.st_mode))
        errno = EISDIR;
    else if (renameat2(AT_FDCWD, output->temporary, AT_FDCWD, output->path, RENAME_EXCHANGE) == 0 ||
             rename(output->temporary, output->path) == 0)
        return true;
    cli_error(CLI_RUNTIME, "%s: %s", output->path, strerror(errno));
    return false;
}

static void take_back(cli_output *output)
{
    if (output->is_new)
        unlink(output->path);
    else
        renameat2(AT_FDCWD, output->temporary, AT_FDCWD, output->path, RENAME_EXCHANGE);
}

/* All that is finished is put in place, or nothing; no signal comes between. */
static int put_all_in_place(void)
{
    int placed = 0;
    cli_hold_signals(true);
    while (placed < finished_count && put_in_place(&finished[placed]))
        ++placed;
    for (int i = 0; i < placed && placed < finished_count; ++i)
        take_back(&finished[i]);
    cli_hold_signals(false);
    return placed == finished_count ? CLI_OK : CLI_RUNTIME;
}

int cli_output_commit(int code)
{
    if (code == CLI_OK || code > CLI_SIGNALLED)
        code = finished_count > 0 && put_all_in_place() != CLI_OK ? CLI_RUNTIME : code;
    for (int i = 0; i < finished_count; ++i)
        cli_output_discard(&finished[i]);
    finished_count = 0;
    return code;
}

bool cli_output_check(const char *path)
{
    cli_output output;
    struct stat status;
    if (!is_stdout(path) && stat(path, &status) == 0 && !S_ISREG(status.st_mode) &&
        !S_ISDIR(status.st_mode))
        return true; /* opening a pipe would wait for its reader */
    if (!cli_output_open(&output, path))
        return false;
    cli_output_discard(&output);
    return true;
}

static bool has_reader(int fd)
{
    struct pollfd poll_fd = {.fd = fd};
    return poll(&poll_fd, 1, 0) <= 0 || (poll_fd.revents & POLLERR) == 0;
}

int cli_output_end(int code)
{
    code = cli_output_commit(code);
    errno = stdout_error;
    if (fflush(stdout) == 0 && ferror(stdout) == 0 && fclose(stdout) == 0)
        return code;
    if (errno == EPIPE || !has_reader(STDOUT_FILENO)) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    return cli_error(CLI_RUNTIME, "standard output: %s",
                     errno != 0 ? strerror(errno) : "writing failed");
}
