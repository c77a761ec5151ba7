/* Errors, warnings and usage errors, and the exit codes of the library's errors. */
#include "cli/cli.h"
#include "cli/system/print.h"

#include <stdarg.h>
#include <string.h>

static void say(const char *format, va_list arguments)
{
    fputs("gradus: ", stderr);
    cli_vprint(stderr, format, arguments);
    fputc('\n', stderr);
}

int cli_error(int code, const char *format, ...)
{
    va_list arguments;
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

/* The exit code for a status of the library. */
static int code_of(gd_status status)
{
    switch (status) {
    case GD_OK:
        return CLI_OK;
    case GD_ERROR_MEMORY:
    case GD_ERROR_IO:
    case GD_ERROR_STATE:
        return CLI_RUNTIME;
    case GD_ERROR_ARGUMENT:
        return CLI_USAGE;
    case GD_ERROR_DIVERGED:
        return CLI_DIVERGED;
    case GD_STOPPED:
        return CLI_INTERRUPTED;
    default:
        return CLI_DATA;
    }
}

/* The length of an option that the library names as a member of its structs, ".valid_frac"; 0:
 * there is none here. */
static size_t member_length(const char *text)
{
    char name[24] = "";
    size_t n = text[0] == '.' ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_") : 0;
    if (n == 0 || n >= sizeof name)
        return 0;
    for (size_t i = 0; i < n; ++i)
        name[i] = text[1 + i] == '_' ? '-' : text[1 + i];
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o)
        if (strcmp(o->name, name) == 0)
            return n;
    return 0;
}

const char *cli_in_options(char text[CLI_MESSAGE], const char *message)
{
    size_t at = 0;
    bool quoted = false, begins = true; /* a word, outside of quotes */
    for (const char *from = message; *from != '\0' && at + 4 < CLI_MESSAGE; ++from) {
        size_t n = begins && !quoted ? member_length(from) : 0;
        quoted ^= *from == '"';
        begins = *from == ' ';
        if (n > 0)
            text[at++] = '-';
        text[at++] = n > 0 ? '-' : *from;
        for (; n > 0 && at + 4 < CLI_MESSAGE; --n)
            text[at++] = *++from == '_' ? '-' : *from;
    }
    text[at] = '\0';
    return text;
}

int cli_check(gd_status status)
{
    char text[CLI_MESSAGE];
    if (status == GD_OK || status == GD_STOPPED)
        return code_of(status);
    return cli_error(code_of(status), "%s", cli_in_options(text, gd_message()));
}

int cli_check_options(const cli_options *options, gd_status status)
{
    char text[CLI_MESSAGE];
    return status == GD_ERROR_ARGUMENT
               ? cli_usage_error(options, "%s", cli_in_options(text, gd_message()))
               : cli_check(status);
}

int cli_usage_error(const cli_options *options, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "gradus %s: ", options->command->name);
    cli_vprint(stderr, format, arguments);
    fprintf(stderr, "\nTry `gradus help %s`.\n", options->command->name);
    va_end(arguments);
    return CLI_USAGE;
}

int cli_print_json(const gd_json *json)
{
    char *text = gd_json_text(json, true);
    if (text == NULL)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    puts(text); /* cli_output_end says whether it could */
    gd_json_text_destroy(text);
    return CLI_OK;
}
