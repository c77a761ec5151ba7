/* A model as C99: what the files of the exporter share. */
#ifndef CLI_EXPORT_C_H
#define CLI_EXPORT_C_H

#include "cli/export/c_names.h"
#include "cli/export/export.h"

typedef struct cli_c_writer {
    const cli_export *export;
    const char *name; /* what all that the header declares begins with */
    char *upper;      /* the same in upper case, and an underscore */
    char **members;   /* [columns]: of the struct of inputs */
    bool int8, no_libm;
    FILE *file;    /* the source, after its head */
    int64_t flash; /* bytes of constants so far, where a pointer has 4 */
    int64_t stack; /* bytes of arrays */
} cli_c_writer;

/* The header; false: no memory. */
bool cli_c_header(const cli_c_writer *writer, FILE *file);

/* The source: what was learnt; the functions. Both count bytes. */
void cli_c_tables(cli_c_writer *writer);
void cli_c_functions(cli_c_writer *writer);

/* The functions of one number that the model needs. */
void cli_c_elementary(const cli_c_writer *writer);
/* The activation of hidden units, of x. */
const char *cli_c_activation(const cli_c_writer *writer);
/* Whether <math.h> is needed. */
bool cli_c_uses_libm(const cli_c_writer *writer);

/* Test vectors and main. */
void cli_c_self_test(const cli_c_writer *writer);

#endif
