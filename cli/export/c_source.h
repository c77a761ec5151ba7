/* Export of a model to C99: shared by the files of the exporter. */
#ifndef CLI_EXPORT_C_H
#define CLI_EXPORT_C_H

#include "cli/export/c_names.h"
#include "cli/export/export.h"

typedef struct cli_c_writer {
    const cli_export *export;
    const char *name; /* prefix of all names in the header */
    char *upper;      /* the prefix in upper case, with an underscore */
    char **members;   /* [columns]: member names of the input struct */
    bool int8, no_libm;
    FILE *file;    /* the source, after the comment at its top */
    int64_t flash; /* bytes of constants so far, with pointers of 4 bytes */
    int64_t stack; /* bytes of arrays */
} cli_c_writer;

/* Writes the header. */
void cli_c_header(const cli_c_writer *writer, FILE *file);

/* Write the source: the parameters; the functions. Both count bytes. */
void cli_c_tables(cli_c_writer *writer);
void cli_c_functions(cli_c_writer *writer);

/* Writes the elementary functions that the model needs. */
void cli_c_elementary(const cli_c_writer *writer);
/* The activation of hidden units as an expression in x. */
const char *cli_c_activation(const cli_c_writer *writer);
/* Whether <math.h> is needed. */
bool cli_c_uses_libm(const cli_c_writer *writer);

/* Writes test vectors and main. */
void cli_c_self_test(const cli_c_writer *writer);

#endif
