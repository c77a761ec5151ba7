#include "cli/report/html.h"
#include "cli/system/print.h"
#include "tensor/json.h"
#include "tensor/number.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* The length of the first character; shown: what stands for it, as cli_shown has it, or U+FFFD for what is none. */
static size_t decode(const char *text, char shown[CLI_SHOWN])
{
    size_t n = gd__utf8_length(text), length = cli_shown(text, shown);
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
    char exact[GD__NUMBER_TEXT];
    if (!isfinite(number)) {
        fputs("–", file);
        return;
    }
    fprintf(file, "<data value=\"%s\">", gd__number_text(number, false, exact));
    fprintf(file, whole && fabs(number) < 1e9 ? "%.0f</data>" : "%.4g</data>", number);
}
