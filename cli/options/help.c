/* gradus help: the list of commands, and the help of one command. */
#include "cli/cli.h"

#include <string.h>

enum { WIDTH = 79, INDENT = 29 };

static const char columns[] =
    "COLUMNS are names, numbers from 1, ranges such as 104-117 or patterns such as 'label*', "
    "separated by commas.";

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

/* An option with its argument, and its description: beside it, or below if there is no room. */
static void print_row(FILE *file, const char *option, const char *text)
{
    int at = fprintf(file, "%s", option);
    if (at + 2 > INDENT) {
        fputc('\n', file);
        at = 0;
    }
    fprintf(file, "%*s", INDENT - at, "");
    print_wrapped(file, text, strlen(text), INDENT, INDENT);
}

static void print_option(FILE *file, const cli_option *o)
{
    char text[400], name[80], letter[8] = "      ";
    cli_describe_option(text, sizeof text, o);
    if (o->letter != 0)
        snprintf(letter, sizeof letter, "  -%c, ", o->letter);
    snprintf(name, sizeof name, "%s--%s%s%s", letter, o->name, o->argument != NULL ? " " : "",
             o->argument != NULL ? o->argument : "");
    print_row(file, name, text);
}

/* Every option, by groups. */
static void print_groups(FILE *file, const cli_command *command)
{
    int group = -1;
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o) {
        if (!cli_takes(command, o))
            continue;
        if ((int)o->group != group)
            print_group(file, o->group);
        group = (int)o->group;
        print_option(file, o);
    }
}

/* Whether the list "a,b" has the name. */
static bool has_name(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; (at = strstr(at, name)) != NULL; ++at)
        if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
            return true;
    return false;
}

/* The options that most runs need, and how to see the others. */
static void print_basic(FILE *file, const cli_command *command)
{
    int count = 0;
    char text[80];
    fputc('\n', file);
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o) {
        count += cli_takes(command, o);
        if (cli_takes(command, o) && has_name(command->basic, o->name))
            print_option(file, o);
    }
    snprintf(text, sizeof text, "Print all %d options", count);
    print_row(file, "  -h, --help", "Print this help");
    print_row(file, "      --help-all", text);
    if (has_name(command->basic, "targets")) {
        fputc('\n', file);
        print_wrapped(file, columns, strlen(columns), 0, 0);
    }
}

void cli_print_command(FILE *file, const cli_command *command, bool all)
{
    fprintf(file, "usage: gradus %s [OPTION]...%s%s\n\n", command->name,
            command->operands[0] != '\0' ? " " : "", command->operands);
    print_details(file, command->details);
    if (command->basic != NULL && !all) {
        print_basic(file, command);
        return;
    }
    print_groups(file, command);
    fputc('\n', file);
    print_row(file, "  -h, --help", "Print this help");
}

void cli_print_commands(FILE *file)
{
    fputs("usage: gradus COMMAND [OPTION | OPERAND]...\n\n", file);
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c)
        fprintf(file, "  %-10s %s\n", c->name, c->summary);
    fputs("\nRun `gradus help COMMAND` for the options of a command.\n", file);
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
    cli_print_command(stdout, command, false);
    return CLI_OK;
}
