/* gradus help */
#include "cli/cli.h"

#include <string.h>

enum { WIDTH = 79, INDENT = 28 };

/* Prints words from column `at` on, further lines from column `indent`. */
static void print_wrapped(FILE *file, const char *text, size_t length, int at, int indent)
{
    const char *end = text + length;
    for (bool first = true; text < end; first = false) {
        size_t n = strcspn(text, " \n");
        if (!first && at + 1 + (int)n > WIDTH) {
            fprintf(file, "\n%*s", indent, "");
            at = indent;
            first = true;
        }
        fprintf(file, "%s%.*s", first ? "" : " ", (int)n, text);
        at += (int)n + !first;
        text += n + (text[n] != '\0');
    }
    fputc('\n', file);
}

/* Paragraphs; lines that begin with a blank as they stand. */
static void print_details(FILE *file, const char *text)
{
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        if (n == 0 || text[0] == ' ')
            fprintf(file, "%.*s\n", (int)n, text);
        else
            print_wrapped(file, text, n, 0, 0);
        text += n + (text[n] == '\n');
    }
}

static void print_group(FILE *file, cli_group group)
{
    const char *details = cli_group_details[group];
    fprintf(file, "\n%s\n", cli_group_names[group]);
    if (details != NULL) {
        fputs("  ", file);
        print_wrapped(file, details, strlen(details), 2, 2);
    }
}

static void print_option(FILE *file, const cli_option *option)
{
    char text[400];
    cli_describe_option(text, sizeof text, option);
    int at =
        option->letter != 0 ? fprintf(file, "  -%c, ", option->letter) : fprintf(file, "      ");
    at += fprintf(file, "--%s%s%s", option->name, option->argument != NULL ? " " : "",
                  option->argument != NULL ? option->argument : "");
    if (at + 2 > INDENT) {
        fputc('\n', file);
        at = 0;
    }
    fprintf(file, "%*s", INDENT - at, "");
    print_wrapped(file, text, strlen(text), INDENT, INDENT);
}

void cli_print_command(FILE *file, const cli_command *command)
{
    fprintf(file, "usage: gradus %s [OPTION]...%s%s\n\n", command->name,
            command->operands[0] != '\0' ? " " : "", command->operands);
    print_details(file, command->details);
    int group = -1;
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o) {
        if (!cli_takes(command, o))
            continue;
        if ((int)o->group != group)
            print_group(file, o->group);
        group = (int)o->group;
        print_option(file, o);
    }
    fputs("\n  -h, --help                Print this\n", file);
}

void cli_print_commands(FILE *file)
{
    fputs("usage: gradus COMMAND [OPTION | OPERAND]...\n\n", file);
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c)
        fprintf(file, "  %-10s %s\n", c->name, c->summary);
    fputs("\n`gradus help COMMAND` says what a command takes.\n", file);
}

int cli_help(const cli_options *options)
{
    if (options->man)
        return cli_print_manual(stdout), CLI_OK;
    if (options->completion)
        return cli_print_completion(stdout), CLI_OK;
    if (options->count == 0)
        return cli_print_commands(stdout), CLI_OK;
    const cli_command *command = cli_find_command(options->operands[0]);
    if (command == NULL)
        return cli_unknown_command(options->operands[0]);
    cli_print_command(stdout, command);
    return CLI_OK;
}
