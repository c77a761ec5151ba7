/* Text in SVG and HTML. Pages are also well-formed XML. */
#ifndef CLI_HTML_H
#define CLI_HTML_H

#include <stdio.h>

/* Writes a text with escapes, for use between tags or in an attribute in double quotes. At most
 * `most` characters (<= 0: all); a longer text ends with an ellipsis. Control characters become
 * \x1b; invalid UTF-8 and characters that XML forbids become U+FFFD. */
void cli_put_text(FILE *file, const char *text, int most);

/* The number of characters of a text. */
int cli_characters(const char *text);

/* Writes <data value="0.973333333333333">0.9733</data>: four digits, or a whole number in full, to
 * read, and the value as in eval --json. "–" if it is not finite. */
void cli_put_number(FILE *file, double number);

/* Opens <section id=..> with its heading; the caller writes </section>. */
void cli_open_section(FILE *file, const char *id, const char *title);

/* Opens a table with a caption that scrolls if it is too wide. columns: the headings,
 * NULL-terminated. */
void cli_open_table(FILE *file, const char *caption, const char *const *columns);
void cli_close_table(FILE *file);

void cli_open_row(FILE *file, const char *head); /* with its heading */
void cli_close_row(FILE *file);
void cli_put_cell(FILE *file, double number);
void cli_put_text_cell(FILE *file, const char *text);
/* A cell with a bar from `from` to `to`, as fractions of its width. */
void cli_put_bar_cell(FILE *file, double number, double from, double to);

#endif
