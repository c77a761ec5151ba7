#include "run.h"

#include <gradus/tensor.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/gradus_cli_XXXXXX";
static char out_path[64], err_path[64];

/* The whole file in memory that lives until the next call with the same `kept`. */
static const char *read_kept(const char *path, char **kept)
{
    FILE *file = fopen(path, "rb");
    size_t size = 0, room = 1 << 16;
    char *text = malloc(room);
    assert_non_null(text);
    if (file != NULL) {
        for (size_t n; (n = fread(text + size, 1, room - size - 1, file)) > 0;) {
            size += n;
            if (size + 1 < room)
                continue;
            text = realloc(text, room *= 2);
            assert_non_null(text);
        }
        fclose(file);
    }
    text[size] = '\0';
    free(*kept);
    return *kept = text;
}

int enter_folder(void **state)
{
    (void)state;
    char path[4096];
    const char *old = getenv("PATH");
    strcpy(folder + sizeof folder - sizeof "XXXXXX", "XXXXXX");
    snprintf(path, sizeof path, "%s:%s", GRADUS_FOLDER, old != NULL ? old : "");
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || setenv("PATH", path, 1) != 0 ||
        setenv("TESTS", GD_TESTS_DIR, 1) != 0 || setenv("DATA", GD_DATA_DIR, 1) != 0 ||
        setenv("BUILD", GRADUS_FOLDER, 1) != 0)
        return -1;
    snprintf(out_path, sizeof out_path, "%s.out", folder);
    snprintf(err_path, sizeof err_path, "%s.err", folder);
    return 0;
}

int leave_folder(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "rm -rf %s %s %s", folder, out_path, err_path);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

outcome run(const char *format, ...)
{
    static char *out, *err;
    char line[4096], command[8192];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    assert_in_range(length, 1, sizeof line - 1);
    snprintf(command, sizeof command, "(%s\n) </dev/null >%s 2>%s", line, out_path, err_path);
    int status = system(command);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return (outcome){code, read_kept(out_path, &out), read_kept(err_path, &err)};
}

void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

const char *read_file(const char *name)
{
    static char *text;
    return read_kept(name, &text);
}

bool file_exists(const char *name)
{
    return access(name, F_OK) == 0;
}

static int real_stderr = -1;

void keep_stderr(void)
{
    fflush(stderr);
    real_stderr = dup(STDERR_FILENO);
    int fd = open(err_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(real_stderr >= 0 && fd >= 0);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

const char *kept_stderr(void)
{
    static char *text;
    fflush(stderr);
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    return read_kept(err_path, &text);
}

void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%.400s\" does not say \"%s\"", text, part);
}

void assert_fails(int code, const char *line, const char *message)
{
    outcome o = run("%s", line);
    if (o.code != code)
        fail_msg("%s: exit code %d, not %d: %s", line, o.code, code, o.err);
    assert_says(o.err, message);
    assert_string_equal(o.out, "");
}

bool takes_buffers_at_load(void)
{
    int minor = 0;
    return sscanf(gd_blas_info().config, "OpenBLAS 0.3.%d", &minor) != 1 || minor > 21;
}
