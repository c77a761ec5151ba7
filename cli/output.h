/* Where results go: standard output, or a file that is replaced in one step. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* A path that is NULL or "-" means standard output. A regular file, also one that a symbolic link leads to, is written
 * beside the old one, which it replaces, whole and on the disk, when it is committed; until then and after any
 * failure the old one is untouched. Into anything else, a pipe or a device, it is written straight.
 *
 *     cli_output output;
 *     if (!cli_output_open(&output, path))
 *         return CLI_RUNTIME;
 *     ... fprintf(output.file, ...) ...              // as often as needed, unchecked
 *     return cli_output_commit(&output); */
typedef struct cli_output {
    FILE *file;
    char *path, *temporary; /* NULL where there is none */
    int error; /* errno of a failure that a writer has seen and the file may have forgotten */
} cli_output;

/* Whether cli_output_open would do, before long work; nothing is left behind. false with a message. */
bool cli_output_check(const char *path);

bool cli_output_open(cli_output *output, const char *path); /* false with a message */

/* Ends: CLI_OK, or CLI_RUNTIME with a message. Of standard output cli_output_end says it. Of several files none is replaced
 * before all are written. */
int cli_output_commit(cli_output *output);
int cli_output_commit_all(cli_output *outputs, int count);
void cli_output_discard(cli_output *output); /* leaves the path as it was */

/* To be called last, with the code that the program would end with. Where standard output could not be written it
 * is CLI_RUNTIME with a message instead; unless nobody was reading any more, `gradus ... | head`: then the program
 * ends by SIGPIPE, silently, as any other. */
int cli_output_end(int code);

#endif
