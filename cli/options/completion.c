/* Completion for bash, made from the tables of commands and options. */
#include "cli/cli.h"
#include "cli/system/embedded.h"

#include <string.h>

static void put_names(FILE *file)
{
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c)
        fprintf(file, "%s%s", c == cli_command_list ? "" : " ", c->name);
}

/* "a|b" as "a b" */
static void put_words(FILE *file, const char *words)
{
    for (; *words != '\0' && *words != ' '; ++words)
        fputc(*words == '|' ? ' ' : *words, file);
}

/* "train --output" | "train -o" | ..: options of one name differ from command to command. */
static void put_patterns(FILE *file, const cli_option *option)
{
    const char *separator = "    ";
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c) {
        if (!cli_takes(c, option))
            continue;
        fprintf(file, "%s\"%s --%s\"", separator, c->name, option->name);
        separator = " | ";
        if (option->letter != 0)
            fprintf(file, " | \"%s -%c\"", c->name, option->letter);
    }
    fputc(')', file);
}

/* The values of an option: its choices, files, or nothing if only the user knows them. */
static void put_values(FILE *file, const cli_option *option)
{
    if (option->argument == NULL)
        return;
    put_patterns(file, option);
    if (option->kind == CLI_CHOICE) {
        fputs(" _gradus_words \"", file);
        put_words(file, option->accepts);
        fputs("\";", file);
    } else if (option->kind == CLI_FILE) {
        fputs(" _gradus_files;", file);
    }
    fputs(" return ;;\n", file);
}

static void put_options(FILE *file, const cli_command *command)
{
    fprintf(file, "    %s) options=\"", command->name);
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o)
        if (cli_takes(command, o))
            fprintf(file, "--%s ", o->name);
    fputs("--help\" ;;\n", file);
}

/* completion.bash, with what comes from the tables in the place of its words between @. */
void cli_print_completion(FILE *file)
{
    for (const char *const *line = cli_completion_bash; *line != NULL; ++line) {
        const char *at = strchr(*line, '@');
        if (strcmp(*line, "@VALUES@") == 0) {
            for (const cli_option *o = cli_option_list; o->name != NULL; ++o)
                put_values(file, o);
        } else if (strcmp(*line, "@OPTIONS@") == 0) {
            for (const cli_command *c = cli_command_list; c->name != NULL; ++c)
                put_options(file, c);
        } else if (at != NULL) { /* @COMMANDS@ */
            fwrite(*line, 1, (size_t)(at - *line), file);
            put_names(file);
            fprintf(file, "%s\n", strchr(at + 1, '@') + 1);
        } else {
            fprintf(file, "%s\n", *line);
        }
    }
}
