#include "tensor/text.h"

#include <string.h>

/* As Unicode's table of well-formed sequences has it: the second byte's range keeps out what is
 * longer than need be, surrogates, and what is above U+10FFFF. */
size_t gd_utf8_length(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    if (c[0] < 0x80)
        return 1;
    size_t length = c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : c[0] < 0xf5 ? 4 : 0;
    unsigned low = c[0] == 0xe0 ? 0xa0 : c[0] == 0xf0 ? 0x90 : 0x80;
    unsigned high = c[0] == 0xed ? 0x9f : c[0] == 0xf4 ? 0x8f : 0xbf;
    for (size_t i = 1; i < length; ++i, low = 0x80, high = 0xbf)
        if (c[i] < low || c[i] > high)
            return 0;
    return length;
}

bool gd__is_utf8(const char *text)
{
    for (size_t n; *text != '\0'; text += n)
        if ((n = gd_utf8_length(text)) == 0)
            return false;
    return true;
}

int gd_utf8_cut(const char *text, int most)
{
    int length = (int)strnlen(text, (size_t)most + 1);
    if (length <= most)
        return length;
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        --most;
    return most;
}

size_t gd__utf8_write(char *to, uint32_t c)
{
    static const unsigned first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; --i, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)(first[length] | c);
    return length;
}

void gd__text_put(gd__text *t, const char *bytes, size_t n)
{
    if (t->at + n < t->size) {
        memcpy(t->to + t->at, bytes, n);
        t->to[t->at + n] = '\0';
    }
    t->at += n;
}

/* What stands for the character of n bytes (0: no UTF-8), as \" or \u001b; NULL: itself. Controls
 * are those of ASCII, DEL, and U+0080 to 009F, which some terminals obey. */
static const char *escape(char buffer[8], const char *character, size_t n)
{
    unsigned c = (unsigned char)character[0];
    if (n == 2 && c == 0xc2 && (unsigned char)character[1] < 0xa0)
        c = (unsigned char)character[1];
    if (n == 0)
        snprintf(buffer, 8, "\\x%02x", c);
    else if (c == '"' || c == '\\')
        snprintf(buffer, 8, "\\%c", (int)c);
    else if (c < ' ' || (c >= 0x7f && c < 0xa0))
        snprintf(buffer, 8, "\\u%04x", c);
    else
        return NULL;
    return buffer;
}

void gd__text_put_string(gd__text *t, const char *string)
{
    gd__text_put(t, "\"", 1);
    for (size_t n; *string != '\0'; string += n > 0 ? n : 1) {
        char buffer[8];
        n = gd_utf8_length(string);
        const char *escaped = escape(buffer, string, n);
        gd__text_put(t, escaped != NULL ? escaped : string, escaped != NULL ? strlen(escaped) : n);
    }
    gd__text_put(t, "\"", 1);
}

const char *gd__shown(char buffer[GD__SHOWN], const char *string)
{
    enum { ROOM = GD__SHOWN - 4 }; /* "..." and a quote */
    gd__text text = {buffer, ROOM, 0};
    gd__text_put_string(&text, string);
    return text.at < ROOM ? buffer : strcat(buffer, "...\"");
}
