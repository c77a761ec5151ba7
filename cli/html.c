#include "cli/html.h"
#include "tensor/number.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* The length of the character at `text`, and what it is; of what is none, U+FFFD and 1. */
static int decode(const unsigned char *text, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int length = text[0] < 0x80   ? 1
                 : text[0] < 0xC0 ? 0
                 : text[0] < 0xE0 ? 2
                 : text[0] < 0xF0 ? 3
                 : text[0] < 0xF8 ? 4
                                  : 0;
    uint32_t c = length > 1 ? text[0] & (0x7Fu >> length) : text[0];
    for (int i = 1; i < length; ++i) {
        if ((text[i] & 0xC0) != 0x80) /* the end of the text, too */
            length = 0;
        c = c << 6 | (text[i] & 0x3F);
    }
    bool is_control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
    bool is_none = length == 0 || c < least[length] || (c >= 0xD800 && c < 0xE000) ||
                   c > 0x10FFFF || (c & 0xFFFE) == 0xFFFE;
    *character = is_none || is_control ? 0xFFFD : c;
    return is_none ? 1 : length;
}

int cli_characters(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    uint32_t character;
    int count = 0;
    for (; *at != '\0'; ++count)
        at += decode(at, &character);
    return count;
}

static void put_character(FILE *file, const unsigned char *text, int length, uint32_t character)
{
    switch (character) {
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
    case 0xFFFD:
        fputs("\xEF\xBF\xBD", file);
        break;
    default:
        fwrite(text, 1, (size_t)length, file);
    }
}

void cli_put_text(FILE *file, const char *text, int most)
{
    const unsigned char *at = (const unsigned char *)text;
    bool cut = most > 0 && cli_characters(text) > most;
    for (int i = 0; *at != '\0' && !(cut && i == most - 1); ++i) {
        uint32_t character;
        int length = decode(at, &character);
        put_character(file, at, length, character);
        at += length;
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
