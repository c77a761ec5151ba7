/* gradus train: checks, before anything is read, that all outputs can be written. */
#include "cli/files/output.h"
#include "cli/report/page.h"
#include "cli/train/training.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A model is replaced in one step, which neither a pipe nor a device can be. */
static int check_model_path(const cli_options *o)
{
    struct stat status;
    if (o->output == NULL) {
        cli_warn("no --output: the model will be scored but not saved");
        return CLI_OK;
    }
    if (strcmp(o->output, "-") == 0)
        return cli_usage_error(o, "--output takes a file name; standard output is for the scores");
    if (cli_check_output(o, "output", o->output) != CLI_OK)
        return CLI_USAGE;
    if (!cli_output_check(o->output))
        return CLI_RUNTIME;
    if (stat(o->output, &status) == 0 && !S_ISREG(status.st_mode))
        return cli_error(CLI_RUNTIME, "%s: a regular file is expected", o->output);
    return CLI_OK;
}

/* The folder is there, or is made. */
static int check_folder(const char *path)
{
    struct stat status;
    if (mkdir(path, 0777) == 0)
        return CLI_OK;
    int error = errno;
    if (error == EEXIST && stat(path, &status) == 0)
        error = !S_ISDIR(status.st_mode) ? ENOTDIR : access(path, W_OK | X_OK) != 0 ? errno : 0;
    return error == 0 ? CLI_OK : cli_error(CLI_RUNTIME, "%s: %s", path, strerror(error));
}

/* A run that was killed may have left a part of its last line: away with it. */
static bool drop_torn_line(FILE *file, off_t size)
{
    off_t end = size;
    while (end > 0 && fseeko(file, end - 1, SEEK_SET) == 0 && fgetc(file) != '\n')
        --end;
    return (end == size || ftruncate(fileno(file), end) == 0) && fseeko(file, 0, SEEK_END) == 0;
}

/* NULL: errno says why. */
static FILE *open_log(const char *path, bool resume)
{
    struct stat status;
    bool goes_on = resume && stat(path, &status) == 0 && S_ISREG(status.st_mode);
    FILE *file = fopen(path, goes_on ? "a+" : resume ? "a" : "w");
    if (file != NULL && goes_on && !drop_torn_line(file, status.st_size)) {
        fclose(file);
        return NULL;
    }
    return file;
}

int cli_training_check_outputs(cli_training *t)
{
    const cli_options *o = t->options;
    int code = check_model_path(o);
    if (code == CLI_OK && o->fit.checkpoint != NULL)
        code = check_folder(o->fit.checkpoint);
    if (code != CLI_OK)
        return code;
    if (cli_check_output(o, "log", o->log) != CLI_OK ||
        cli_check_output(o, "trace", o->trace) != CLI_OK)
        return CLI_USAGE;
    if (o->trace != NULL && !cli_output_check(o->trace))
        return CLI_RUNTIME;
    if (o->log != NULL && (t->log = open_log(o->log, o->fit.resume)) == NULL)
        return cli_error(CLI_RUNTIME, "%s: %s", o->log, strerror(errno));
    t->history = o->report != NULL ? gd_json_array() : NULL;
    t->announces = !o->quiet && (o->progress == NULL || strcmp(o->progress, "none") != 0);
    return cli_check_report(o);
}
