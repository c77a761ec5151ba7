/* What is read must not be written. */
#include "cli/cli.h"

#include <sys/stat.h>

static bool is_same_file(const char *path, const struct stat *output)
{
    struct stat input;
    return path != NULL && stat(path, &input) == 0 && S_ISREG(input.st_mode) &&
           input.st_dev == output->st_dev && input.st_ino == output->st_ino;
}

int cli_check_output_is_no_input(const cli_options *options, const char *option, const char *path)
{
    struct stat output;
    if (path == NULL || stat(path, &output) != 0)
        return CLI_OK;
    for (int i = 0; i < options->count; ++i)
        if (is_same_file(options->operands[i], &output))
            return cli_usage_error(options, "--%s would replace %s, which is to be read", option,
                                   options->operands[i]);
    const char *const others[] = {options->valid, options->data};
    for (int i = 0; i < 2; ++i)
        if (is_same_file(others[i], &output))
            return cli_usage_error(options, "--%s would replace %s, which is to be read", option,
                                   others[i]);
    return CLI_OK;
}
