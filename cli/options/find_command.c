/* Finds a command by its name, or the nearest name. */
#include "cli/cli.h"

#include <gradus/data.h>

#include <string.h>

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
    const char *nearest = gd_nearest_name(name, name_at, NULL);
    if (nearest != NULL)
        cli_error(CLI_USAGE, "unknown command \"%s\"; did you mean %s?", name, nearest);
    else
        cli_error(CLI_USAGE, "unknown command \"%s\"", name);
    fputs("Try `gradus help`.\n", stderr);
    return CLI_USAGE;
}
