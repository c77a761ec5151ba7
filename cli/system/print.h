/* Printing of text from untrusted sources (names, cells, paths), safe for a terminal. */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include <stdarg.h>
#include <stdio.h>

/* The printable form of the first character of a non-empty text: the character itself, or \x1b for
 * control bytes, DEL, U+0080 to 009F, and bytes that are not UTF-8. Returns the length of the
 * character. */
enum { CLI_SHOWN = 12 };
size_t cli_shown(const char *character, char shown[CLI_SHOWN]);

/* fprintf whose arguments are printed as by cli_shown; the format (at most 1000 bytes) is printed
 * as it is. */
__attribute__((format(printf, 2, 3))) void cli_print(FILE *file, const char *format, ...);
void cli_vprint(FILE *file, const char *format, va_list arguments);

/* Lines as they stand, NULL-terminated. */
void cli_put_lines(FILE *file, const char *const *lines);

/* How many columns a text takes in a terminal: one for each character. */
int cli_text_width(const char *text);

/* cli_print of a text, and blanks up to `width` columns. */
void cli_print_padded(FILE *file, const char *text, int width);

#endif
