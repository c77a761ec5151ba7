/* Text for people, who may read it in a terminal: names, cells and paths come from anywhere. */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include <stdarg.h>
#include <stdio.h>

/* fprintf; what a terminal obeys comes out as \x1b, which it shows: control bytes but the newline, DEL, U+0080 to 009F, and bytes
 * that are not UTF-8. */
__attribute__((format(printf, 2, 3))) void cli_print(FILE *file, const char *format, ...);
void cli_vprint(FILE *file, const char *format, va_list arguments);

#endif
