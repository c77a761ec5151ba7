/* The `gradus` program: its commands, its exit codes, its messages.
 *
 * Results go to standard output, everything else to standard error. A command prints its own messages
 * and returns its exit code. The program stays in the "C" locale: numbers are read and written with a
 * decimal point wherever it runs. */
#ifndef CLI_H
#define CLI_H

#include "cli/options/options.h"
#include "cli/system/memory.h"
#include "data/json.h"

#include <gradus/data.h>

enum cli_code {
    CLI_OK = 0,
    CLI_RUNTIME = 1,      /* a file that cannot be read or written, no memory */
    CLI_USAGE = 2,        /* the command line is wrong; nothing has been read or written */
    CLI_DIVERGED = 3,     /* training came to a loss that is not finite */
    CLI_DATA = 4,         /* a table or a model does not hold what it must */
    CLI_SIGNALLED = 128,  /* and a signal's number, as shells count it */
    CLI_INTERRUPTED = 130 /* train by a signal, whose number it ends with: SIGINT's is 2 */
};

int cli_train(const cli_options *options);
int cli_predict(const cli_options *options);
int cli_eval(const cli_options *options);
int cli_plot(const cli_options *options);
int cli_export_model(const cli_options *options);
int cli_inspect(const cli_options *options);
int cli_split(const cli_options *options);
int cli_convert(const cli_options *options);
int cli_help(const cli_options *options);
int cli_version(const cli_options *options);

/* --report, if it was given, can be written; an exit code. */
int cli_check_report(const cli_options *options);

/* The path of an option is none of the files that the command reads, nor that of another of its outputs: CLI_OK, or CLI_USAGE
 * with a message. */
int cli_check_output(const cli_options *options, const char *option, const char *path);

/* Starts the program anew where BLAS was loaded with kernels far older than the processor, or with threads. */
void cli_start_with_fast_blas(char **argv);

/* Whether the threads that BLAS has started with may be waiting for memory. */
bool cli_is_address_space_limited(void);

/* What `gradus help` prints; and what COMMAND --help prints, or (all) COMMAND --help-all: every option. */
void cli_print_commands(FILE *file);
void cli_print_command(FILE *file, const cli_command *command, bool all);

/* The same as a manual page, in roff; and as a script that completes command lines in bash. */
void cli_print_manual(FILE *file);
void cli_print_completion(FILE *file);

/* Prints a result on standard output. CLI_OK; CLI_RUNTIME with a message, and nothing printed, where it has failed. */
int cli_print_json(const gd__json *json);

/* What was asked for, but for the output and the options in `but` (NULL ends it): an object with a member for each that was
 * given. */
gd__json *cli_options_json(const cli_options *options, const char *const *but);

/* What an encoder has learnt, as gd_encoder_json has it; NULL with a gd_message(). */
gd__json *cli_encoder_json(const gd_encoder *encoder);

/* "gradus: " and the message on standard error, a line; returns `code`. Where memory has ended, the message says that, once, and the
 * code is CLI_RUNTIME: whatever else was to be said is doubtful. */
__attribute__((format(printf, 2, 3))) int cli_error(int code, const char *format, ...);

/* The same of what does not end the program. */
__attribute__((format(printf, 1, 2))) void cli_warn(const char *format, ...);

/* "gradus COMMAND: " and the message, and where the command's help is found; returns CLI_USAGE. */
__attribute__((format(printf, 2, 3))) int cli_usage_error(const cli_options *options,
                                                          const char *format, ...);

/* A message about a command that there is not; returns CLI_USAGE. */
int cli_unknown_command(const char *name);

#endif
