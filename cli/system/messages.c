#include "cli/cli.h"
#include "cli/system/print.h"

#include <stdarg.h>

static void say(const char *format, va_list arguments)
{
    fputs("gradus: ", stderr);
    cli_vprint(stderr, format, arguments);
    fputc('\n', stderr);
}

static int no_memory(void)
{
    static bool said;
    if (!said)
        fprintf(stderr, "gradus: not enough memory: %zu more bytes are needed\n",
                cli_memory_refused());
    said = true;
    return CLI_RUNTIME;
}

int cli_error(int code, const char *format, ...)
{
    va_list arguments;
    if (cli_memory_refused() > 0)
        return no_memory();
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    return code;
}

void cli_warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

int cli_usage_error(const cli_options *options, const char *format, ...)
{
    va_list arguments;
    if (cli_memory_refused() > 0)
        return no_memory();
    va_start(arguments, format);
    fprintf(stderr, "gradus %s: ", options->command->name);
    cli_vprint(stderr, format, arguments);
    fprintf(stderr, "\nTry `gradus help %s`.\n", options->command->name);
    va_end(arguments);
    return CLI_USAGE;
}
