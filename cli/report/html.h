/* Texts in SVG and HTML. Pages are written in the syntax that is XML, too. */
#ifndef CLI_HTML_H
#define CLI_HTML_H

#include <stdio.h>

/* Writes any text so that it is nothing but text, between tags or in an attribute in double quotes; of its characters
 * only so many (<= 0: all), the last of which becomes an ellipsis where it has more. Controls are shown as
 * \x1b; what is not UTF-8, or no character of XML, becomes U+FFFD. */
void cli_put_text(FILE *file, const char *text, int most);

/* How many characters it has. */
int cli_characters(const char *text);

/* Writes "0.9733" as <data value="0.973333333333333">0.9733</data>: as people read it, with four digits or all of a
 * whole number, and as eval --json says it. "–" where it is not finite. */
void cli_put_number(FILE *file, double number);

/* <section id=..> and its heading; it ends with </section>. */
void cli_open_section(FILE *file, const char *id, const char *title);

/* A table that scrolls by itself where it is too wide, with its caption; columns: the heads, NULL at the end. */
void cli_open_table(FILE *file, const char *caption, const char *const *columns);
void cli_close_table(FILE *file);

void cli_put_head(FILE *file, const char *text); /* a cell that names its row */
void cli_put_cell(FILE *file, double number);
void cli_put_text_cell(FILE *file, const char *text);
/* A cell with a bar from `from` to `to`, parts of its width. */
void cli_put_bar_cell(FILE *file, double number, double from, double to);

#endif
