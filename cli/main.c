/* gradus COMMAND ...: trains small models on tables and applies them. */
#include "cli/cli.h"
#include "cli/files/output.h"
#include "cli/system/signals.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int run(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (cli_is_address_space_limited())
        cli_start_with_fast_blas(argv);
    if (name[0] == '\0') {
        cli_print_commands(stderr);
        return CLI_USAGE;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    if (strcmp(name, "--version") == 0)
        name = "version";
    const cli_command *command = cli_find_command(name);
    if (command == NULL)
        return cli_unknown_command(name);
    cli_options options;
    cli_help_kind help;
    if (command->bit == CLI_TRAIN)
        cli_start_with_fast_blas(argv);
    int code = cli_parse(&options, command, argc - 2, argv + 2, &help);
    if (code != CLI_OK)
        return code;
    if (help)
        return cli_print_command(stdout, command, help == CLI_WHOLE_HELP), CLI_OK;
    return command->run(&options);
}

/* A closed one would be the number of the next file that is opened: messages would go into a log.
 * Reading and writing fail as before. */
static void open_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
}

int main(int argc, char **argv)
{
    open_standard_streams();
    cli_prepare_signals(); /* a model is saved even if nobody reads the report */
    cli_watch_memory();
    return cli_output_end(run(argc, argv));
}
