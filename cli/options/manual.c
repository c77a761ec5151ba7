/* The manual page, in roff, made from the tables of commands and options. */
#include "cli/cli.h"

#include <string.h>

/* Text as roff prints it: what would be a request or an escape is not, and a minus stays one. */
static void put_text(FILE *file, const char *text, size_t length)
{
    for (size_t i = 0; i < length; ++i) {
        bool begins = i == 0 || text[i - 1] == '\n';
        if (begins && (text[i] == '.' || text[i] == '\''))
            fputs("\\&", file);
        if (text[i] == '\\')
            fputs("\\e", file);
        else if (text[i] == '-')
            fputs("\\-", file);
        else
            fputc(text[i], file);
    }
}

static void put(FILE *file, const char *before, const char *text, const char *after)
{
    fputs(before, file);
    put_text(file, text, strlen(text));
    fputs(after, file);
}

/* Paragraphs; lines that begin with a blank as they stand. */
static void put_details(FILE *file, const char *text)
{
    for (bool verbatim = false; *text != '\0';) {
        size_t n = strcspn(text, "\n");
        if ((text[0] == ' ') != verbatim) {
            verbatim = !verbatim;
            fputs(verbatim ? ".RS\n.nf\n" : ".fi\n.RE\n", file);
        }
        if (n == 0)
            fputs(".PP", file);
        size_t indent = strspn(text, " ");
        put_text(file, text + indent, n - indent);
        fputc('\n', file);
        text += n + (text[n] == '\n');
        if (*text == '\0' && verbatim)
            fputs(".fi\n.RE\n", file);
    }
}

static void put_command(FILE *file, const cli_command *command)
{
    fprintf(file, ".SS gradus %s [\\fIOPTION\\fR]...", command->name);
    put(file, command->operands[0] != '\0' ? " \\fI" : "", command->operands,
        command->operands[0] != '\0' ? "\\fR\n" : "\n");
    put_details(file, command->details);
}

static void put_option(FILE *file, const cli_option *option)
{
    char text[400];
    const char *separator = " (";
    cli_describe_option(text, sizeof text, option);
    fputs(".TP\n", file);
    if (option->letter != 0)
        fprintf(file, "\\fB\\-%c\\fR, ", option->letter);
    put(file, "\\fB\\-\\-", option->name, "\\fR");
    put(file, option->argument != NULL ? " \\fI" : "",
        option->argument != NULL ? option->argument : "",
        option->argument != NULL ? "\\fR\n" : "\n");
    put(file, "", text, ".");
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c)
        if (cli_takes(c, option)) {
            fprintf(file, "%s%s", separator, c->name);
            separator = ", ";
        }
    fputs(")\n", file);
}

static void put_group(FILE *file, cli_group group)
{
    fprintf(file, ".SS %s\n", cli_group_names[group]);
    if (cli_group_details[group] != NULL)
        put(file, "", cli_group_details[group], "\n");
}

static void put_options(FILE *file)
{
    int group = -1;
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o) {
        if ((int)o->group != group)
            put_group(file, o->group);
        group = (int)o->group;
        put_option(file, o);
    }
}

static const char description[] =
    "Trains small models on tables and applies them. Results go to standard output, everything "
    "else to standard error.\n\nOptions and operands may stand in any order. After \"--\", all "
    "arguments are operands. \"-\" is standard input or output. The value of an option follows it, "
    "or follows an equals sign: --seed 1, --seed=1. Options cannot be abbreviated. If an option is "
    "given twice, the last one counts. Numbers have a decimal point in every locale.";

static const char exit_status[] =
    ".TP\n0\nsuccess\n"
    ".TP\n1\na file cannot be read or written, or memory is exhausted\n"
    ".TP\n2\ninvalid command line; nothing has been read or written\n"
    ".TP\n3\ntraining diverged: the loss is not finite\n"
    ".TP\n4\ninvalid table, model or checkpoint\n"
    ".TP\n129, 130, 143\nended by SIGHUP, SIGINT, SIGTERM\n"
    ".PP\nIf the reader of standard output closes the pipe, as \\fBhead\\fR(1) does, SIGPIPE ends "
    "the program; a shell shows this as 141.\n";

void cli_print_manual(FILE *file)
{
    fprintf(file,
            ".TH GRADUS 1 \"\" \"gradus %s\" \"User Commands\"\n"
            ".SH NAME\ngradus \\- train small models on tables and apply them\n"
            ".SH SYNOPSIS\n.B gradus\n.I COMMAND\n[\\fIOPTION\\fR | \\fIOPERAND\\fR]...\n"
            ".br\n.B gradus help\n[\\fICOMMAND\\fR]\n.SH DESCRIPTION\n",
            gd_version());
    put_details(file, description);
    fputs(".SH COMMANDS\n", file);
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c)
        put_command(file, c);
    fputs(".SH OPTIONS\nThe commands that accept an option stand in brackets.\n", file);
    put_options(file);
    fprintf(file, ".SH EXIT STATUS\n%s", exit_status);
}
