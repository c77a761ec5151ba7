/* The program `gradus`: commands, exit codes, messages.
 *
 * Results go to standard output, everything else to standard error. A command prints its own
 * messages and returns its exit code. The program stays in the "C" locale: numbers are read and
 * written with a decimal point wherever it runs. */
#ifndef CLI_H
#define CLI_H

#include "cli/options/options.h"
#include "cli/system/memory.h"
#include <gradus/json.h>

#include <gradus/data.h>

enum cli_code {
    CLI_OK = 0,
    CLI_RUNTIME = 1,     /* a file cannot be read or written, no memory */
    CLI_USAGE = 2,       /* invalid command line; nothing has been read or written */
    CLI_DIVERGED = 3,    /* training diverged: the loss is not finite */
    CLI_DATA = 4,        /* invalid table, model or checkpoint */
    CLI_SIGNALLED = 128, /* plus the number of the signal, as in shells */
    CLI_INTERRUPTED =
        130 /* training interrupted; the exit code has the signal's number: 2 is SIGINT */
};

int cli_train(const cli_options *options);
int cli_predict(const cli_options *options);
int cli_eval(const cli_options *options);
int cli_plot(const cli_options *options);
int cli_export_model(const cli_options *options);
int cli_inspect(const cli_options *options);
int cli_trace(const cli_options *options);
int cli_step(const cli_options *options);
int cli_split(const cli_options *options);
int cli_convert(const cli_options *options);
int cli_help(const cli_options *options);
int cli_version(const cli_options *options);

/* Checks that the file of --report, if given, can be written; an exit code. */
int cli_check_report(const cli_options *options);

/* Checks that the path of an option is neither an input of the command nor another output: CLI_OK,
 * or CLI_USAGE with a message. */
int cli_check_output(const cli_options *options, const char *option, const char *path);

/* Restarts the program if BLAS was loaded with kernels much older than the processor, or with
 * threads. */
void cli_start_with_fast_blas(char **argv);

/* Whether so many further threads have room for the buffers of BLAS, which would wait for it for
 * ever; an exit code. */
int cli_check_blas_room(int threads);

/* Whether the threads of BLAS may be waiting for memory. */
bool cli_is_address_space_limited(void);

/* The output of `gradus help`, and of COMMAND --help, or with `all` of COMMAND --help-all. */
void cli_print_commands(FILE *file);
void cli_print_command(FILE *file, const cli_command *command, bool all);

/* The manual page, in roff; the completion script for bash. */
void cli_print_manual(FILE *file);
void cli_print_completion(FILE *file);

/* Prints a result on standard output: CLI_OK, or CLI_RUNTIME with a message and no output. */
int cli_print_json(const gd_json *json);

/* Prints "gradus: " and the message on standard error, as one line, and returns `code`. */
__attribute__((format(printf, 2, 3))) int cli_error(int code, const char *format, ...);

/* The same for warnings: the program continues. */
__attribute__((format(printf, 1, 2))) void cli_warn(const char *format, ...);

/* Prints "gradus COMMAND: ", the message, and a hint to the command's help; returns CLI_USAGE. */
__attribute__((format(printf, 2, 3))) int cli_usage_error(const cli_options *options,
                                                          const char *format, ...);

/* GD_OK: CLI_OK. Else the library's message, and the exit code of its kind; of GD_STOPPED no
 * message. */
int cli_check(gd_status status);
/* The same, where an argument that is not allowed is an option of the command line. */
int cli_check_options(const cli_options *options, gd_status status);

/* A message of the library with options as the command line has them: "--valid-frac" for
 * ".valid_frac". Returns text. */
enum { CLI_MESSAGE = 2400 };
const char *cli_in_options(char text[CLI_MESSAGE], const char *message);

/* Reports an unknown command; returns CLI_USAGE. */
int cli_unknown_command(const char *name);

#endif
