/* Text for people, who may read it in a terminal: names, cells and paths come from anywhere. */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include <stdarg.h>
#include <stdio.h>

/* What stands for the first character of a text that is not empty: itself, or as \x1b what a terminal obeys: control bytes, DEL,
 * U+0080 to 009F, and a byte that is not UTF-8. Returns its length. */
enum { CLI_SHOWN = 12 };
size_t cli_shown(const char *character, char shown[CLI_SHOWN]);

/* fprintf; its arguments come out as cli_shown has them, its format (of at most 1000 bytes) as it is. */
__attribute__((format(printf, 2, 3))) void cli_print(FILE *file, const char *format, ...);
void cli_vprint(FILE *file, const char *format, va_list arguments);

#endif
