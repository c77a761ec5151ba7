/* Text in C: unique identifiers, and literals. */
#ifndef CLI_C_NAMES_H
#define CLI_C_NAMES_H

#include <gradus/json.h>

#include <stdbool.h>
#include <stdio.h>

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
