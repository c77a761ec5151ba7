/* Texts as C has them: identifiers that differ, and literals. */
#ifndef CLI_C_NAMES_H
#define CLI_C_NAMES_H

#include "data/json.h"

#include <stdbool.h>
#include <stdio.h>

/* An identifier for a text in a set of them (a JSON object) that it enters: letters, digits and single underscores of it, in
 * upper case where that is wanted, after `prefix`; no keyword of C or C++ and no macro that is always there. Another is
 * told from those in the set by a number behind it. Yours to free; NULL: no memory. */
char *cli_c_name(gd__json *taken, const char *prefix, const char *text, bool upper);

/* Writes a string literal, in ASCII. */
void cli_c_string(FILE *file, const char *text);

/* Writes the text as it stands in a comment: letters as they are, what could end the comment or mislead its reader as in a
 * literal. */
void cli_c_comment(FILE *file, const char *text);

/* Writes a float constant that has just this value. */
void cli_c_float(FILE *file, float value);

#endif
