/* Where results go: standard output, or files that are replaced all together at the end of the program. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* A path that is NULL or "-" means standard output. A regular file, also one that a symbolic link leads to, is written
 * beside the old one. When it is finished, it is whole and on the disk; it replaces the old one at the end of the
 * program, if all has gone well, and otherwise the old one is untouched. Into anything else, a pipe or a device, it is
 * written straight.
 *
 *     cli_output output;
 *     if (!cli_output_open(&output, path))
 *         return CLI_RUNTIME;
 *     ... fprintf(output.file, ...) ...              // as often as needed, unchecked
 *     return cli_output_finish(&output); */
typedef struct cli_output {
    FILE *file;
    char *path, *temporary; /* NULL where there is none */
    bool is_new;            /* there was no file before it was put in place */
    int error; /* errno of a failure that a writer has seen and the file may have forgotten */
} cli_output;

/* Whether cli_output_open would do, before long work; nothing is left behind. false with a message. */
bool cli_output_check(const char *path);

bool cli_output_open(cli_output *output, const char *path); /* false with a message */

/* Ends: CLI_OK, or CLI_RUNTIME with a message. Of standard output cli_output_end says it. */
int cli_output_finish(cli_output *output);
void cli_output_discard(cli_output *output); /* leaves the path as it was */

/* The end of all files, with the code that the program would end with. If that is CLI_OK, or says that a signal ended
 * training, those that are finished replace the old ones: all, or with CLI_RUNTIME and a message none. */
int cli_output_commit(int code);

/* To be called last: commits the files, and closes standard output. Where that could not be written the code is
 * CLI_RUNTIME with a message instead; unless nobody was reading any more, `gradus ... | head`: then the program ends by
 * SIGPIPE, silently, as any other. */
int cli_output_end(int code);

#endif
