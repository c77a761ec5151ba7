/* Output of results: standard output, or files that are all replaced together at the end of the
 * program. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* A path that is NULL or "-" means standard output. For a regular file, also behind a symbolic
 * link, the new contents go to a temporary file beside it. cli_output_finish completes it on the
 * disk. It replaces the old file at the end of the program if everything has succeeded; otherwise
 * the old file is unchanged. Pipes and devices are written directly.
 *
 *     cli_output output;
 *     if (!cli_output_open(&output, path))
 *         return CLI_RUNTIME;
 *     ... fprintf(output.file, ...) ...              // as often as needed, unchecked
 *     return cli_output_finish(&output); */
typedef struct cli_output {
    FILE *file;
    char *path, *temporary; /* NULL: none */
    bool is_new;            /* the path did not exist before */
    int error;              /* errno of a failure that FILE may no longer report */
} cli_output;

/* The part of a path after the last slash. */
const char *cli_file_name(const char *path);

/* Whether cli_output_open would succeed, to check before long work; leaves nothing behind. false
 * with a message. */
bool cli_output_check(const char *path);

bool cli_output_open(cli_output *output, const char *path); /* false with a message */

/* Writes bytes at once, whose failure cli_output_finish reports. */
void cli_output_write(cli_output *output, const void *bytes, size_t size);

/* Completes the output: CLI_OK, or CLI_RUNTIME with a message. cli_output_end reports errors of
 * standard output. */
int cli_output_finish(cli_output *output);
void cli_output_discard(cli_output *output); /* leaves the path as it was */

/* Ends all files; `code` is the exit code so far. If it is CLI_OK, or that of training ended by a
 * signal, the completed files replace the old ones: all of them, or none with CLI_RUNTIME and a
 * message. */
int cli_output_commit(int code);

/* Call it last: commits the files and closes standard output. If standard output could not be
 * written, the code is CLI_RUNTIME, with a message. If its reader has closed the pipe, as in
 * `gradus ... | head`, SIGPIPE ends the program silently. */
int cli_output_end(int code);

#endif
