/* Writes texts, numbers and tables of the report as HTML. */
#include "cli/report/html.h"
#include "cli/system/print.h"
#include <gradus/data.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* The length of the first character; shown: its printable form, from cli_shown, or U+FFFD if it is
 * not a character. */
static size_t decode(const char *text, char shown[CLI_SHOWN])
{
    size_t n = gd_utf8_length(text), length = cli_shown(text, shown);
    const unsigned char *last = (const unsigned char *)text + length - 1;
    /* U+FFFE, U+FFFF, and the last two of each plane */
    bool is_none =
        n == 0 || (n > 2 && last[0] >= 0xbe && last[-1] == 0xbf && (last[-2] & 0xf) == 0xf);
    if (is_none)
        strcpy(shown, "\xEF\xBF\xBD");
    return length;
}

int cli_characters(const char *text)
{
    char shown[CLI_SHOWN];
    int count = 0;
    for (; *text != '\0'; ++count)
        text += decode(text, shown);
    return count;
}

static void put_shown(FILE *file, const char *shown)
{
    switch (shown[0]) {
    case '&':
        fputs("&amp;", file);
        break;
    case '<':
        fputs("&lt;", file);
        break;
    case '>':
        fputs("&gt;", file);
        break;
    case '"':
        fputs("&quot;", file);
        break;
    default:
        fputs(shown, file);
    }
}

void cli_put_text(FILE *file, const char *text, int most)
{
    char shown[CLI_SHOWN];
    bool cut = most > 0 && cli_characters(text) > most;
    for (int i = 0; *text != '\0' && !(cut && i == most - 1); ++i) {
        text += decode(text, shown);
        put_shown(file, shown);
    }
    if (cut)
        fputs("…", file);
}

void cli_put_number(FILE *file, double number)
{
    bool whole = number == floor(number) || fabs(number) >= 1000;
    char exact[GD_NUMBER_TEXT];
    if (!isfinite(number)) {
        fputs("–", file);
        return;
    }
    fprintf(file, "<data value=\"%s\">", gd_number_text(number, false, exact));
    fprintf(file, whole && fabs(number) < 1e9 ? "%.0f</data>" : "%.4g</data>", number);
}

/* ---- sections and tables ---- */

void cli_open_section(FILE *file, const char *id, const char *title)
{
    fprintf(file, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">%s</h2>\n", id, id,
            id, title);
}

void cli_open_table(FILE *file, const char *caption, const char *const *columns)
{
    fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"", file);
    cli_put_text(file, caption, 0);
    fputs("\"><table>\n<caption>", file);
    cli_put_text(file, caption, 0);
    fputs("</caption>\n<thead><tr>", file);
    for (int i = 0; columns[i] != NULL; ++i) {
        fputs("<th scope=\"col\">", file);
        cli_put_text(file, columns[i], 60);
        fputs("</th>", file);
    }
    fputs("</tr></thead>\n<tbody>\n", file);
}

void cli_close_table(FILE *file)
{
    fputs("</tbody></table></div>\n", file);
}

void cli_open_row(FILE *file, const char *head)
{
    fputs("<tr><th scope=\"row\">", file);
    cli_put_text(file, head, 120);
    fputs("</th>", file);
}

void cli_close_row(FILE *file)
{
    fputs("</tr>\n", file);
}

void cli_put_cell(FILE *file, double number)
{
    fputs("<td>", file);
    cli_put_number(file, number);
    fputs("</td>", file);
}

void cli_put_text_cell(FILE *file, const char *text)
{
    fputs("<td class=\"text\">", file);
    cli_put_text(file, text, 120);
    fputs("</td>", file);
}

void cli_put_bar_cell(FILE *file, double number, double from, double to)
{
    double left = 100 * fmin(from, to), right = 100 * fmax(from, to);
    const char *colour = to < from ? "var(--back)" : "var(--bar)";
    if (isfinite(left) && isfinite(right))
        fprintf(file,
                "<td class=\"bar\" style=\"background-image:linear-gradient(to right,transparent "
                "%.2f%%,%s %.2f%%,%s %.2f%%,transparent %.2f%%)\">",
                left, colour, left, colour, right, right);
    else
        fputs("<td class=\"bar\">", file);
    cli_put_number(file, number);
    fputs("</td>", file);
}
