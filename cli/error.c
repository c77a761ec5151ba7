#include "cli/cli.h"

#include <stdarg.h>

int cli_error(int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("gradus: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return code;
}

int cli_usage_error(const cli_options *options, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "gradus %s: ", options->command->name);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\nTry `gradus help %s`.\n", options->command->name);
    va_end(arguments);
    return CLI_USAGE;
}
