/* Every command there is: a row each. */
#include "cli/cli.h"

#include <string.h>

const cli_command cli_command_list[] = {
    {"version", CLI_VERSION, cli_version, "", "which gradus this is, and what it computes with",
     "Prints the version, the BLAS library in use with its kernel and its threads, and those of "
     "the "
     "processor's features that Gradus has kernels for."},
    {"help", CLI_HELP, cli_help, "[COMMAND]", "the commands, or the options of one",
     "Prints the list of commands, or what a command does and takes."},
    {.name = NULL}};

const cli_command *cli_find_command(const char *name)
{
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static const char *name_at(const void *context, int index)
{
    (void)context;
    return cli_command_list[index].name;
}

int cli_unknown_command(const char *name)
{
    const char *nearest = cli_nearest(name, name_at, NULL);
    if (nearest != NULL)
        cli_error(CLI_USAGE, "there is no command \"%s\"; did you mean %s?", name, nearest);
    else
        cli_error(CLI_USAGE, "there is no command \"%s\"", name);
    fputs("Try `gradus help`.\n", stderr);
    return CLI_USAGE;
}
