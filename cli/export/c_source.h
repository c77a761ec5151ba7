/* Export of a model to C99: shared by the files of the exporter. */
#ifndef CLI_EXPORT_C_H
#define CLI_EXPORT_C_H

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
/* Writes functions of code/, and an empty line. */
void cli_c_code(const cli_c_writer *writer, const char *const *lines);
/* The activation of hidden units as an expression in x. */
const char *cli_c_activation(const cli_c_writer *writer);
/* Whether <math.h> is needed. */
bool cli_c_uses_libm(const cli_c_writer *writer);

/* Writes test vectors and main. */
void cli_c_self_test(const cli_c_writer *writer);

/* ---- text in C: unique identifiers, and literals ---- */

/* Makes an identifier for a text and enters it into the set `taken` (a JSON object): its letters,
 * digits and single underscores, in upper case if `upper`, after `prefix`. It is no keyword of C
 * or C++ and no standard macro; a number at its end distinguishes it from others. Yours to
 * free. */
char *cli_c_name(gd_json *taken, const char *prefix, const char *text, bool upper);

/* Writes a string literal, in ASCII. */
void cli_c_string(FILE *file, const char *text);

/* Writes a text for a comment: letters unchanged; sequences that could end the comment or mislead
 * its reader are escaped as in a literal. */
void cli_c_comment(FILE *file, const char *text);

/* Writes a float constant with exactly this value. */
void cli_c_float(FILE *file, float value);

#endif
