/* Refuses to write a file that is also an input, or to write one file twice. */
#include "cli/cli.h"

#include <string.h>
#include <sys/stat.h>

static bool is_same_file(const char *path, const struct stat *output)
{
    struct stat other;
    return path != NULL && stat(path, &other) == 0 && S_ISREG(other.st_mode) &&
           other.st_dev == output->st_dev && other.st_ino == output->st_ino;
}

/* Two outputs that do not exist yet are known by their paths alone. */
static int check_other_outputs(const cli_options *o, const char *option, const char *path,
                               const struct stat *output)
{
    const struct {
        const char *name, *path;
    } others[] = {
        {"output", o->output}, {"log", o->log}, {"trace", o->trace}, {"report", o->report}};
    for (int i = 0; i < 4; ++i)
        if (others[i].path != NULL && strcmp(others[i].name, option) != 0 &&
            (output != NULL ? is_same_file(others[i].path, output)
                            : strcmp(others[i].path, path) == 0))
            return cli_usage_error(o, "--%s and --%s would both write %s", option, others[i].name,
                                   path);
    return CLI_OK;
}

int cli_check_output(const cli_options *options, const char *option, const char *path)
{
    struct stat output;
    if (path == NULL || strcmp(path, "-") == 0)
        return CLI_OK;
    if (stat(path, &output) != 0)
        return check_other_outputs(options, option, path, NULL);
    for (int i = 0; i < options->count; ++i)
        if (is_same_file(options->operands[i], &output))
            return cli_usage_error(options, "--%s would overwrite %s, which is an input", option,
                                   options->operands[i]);
    const char *const others[] = {options->valid, options->data};
    for (int i = 0; i < 2; ++i)
        if (is_same_file(others[i], &output))
            return cli_usage_error(options, "--%s would overwrite %s, which is an input", option,
                                   others[i]);
    return check_other_outputs(options, option, path, &output);
}
