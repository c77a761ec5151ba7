#include "tensor/json_string.h"

#include "tensor/text.h"

#include <string.h>

const char gd__json_blanks[] = " \t\n\r";

/* The number of \uXXXX; -1: that is not what is at `at`. */
static long unit_at(const char *at)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    long code = 0;
    if (at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; ++i) {
        const char *digit = at[i] != '\0' ? strchr(digits, at[i]) : NULL;
        if (digit == NULL)
            return -1;
        code = code * 16 + (digit - digits) % 16;
    }
    return code;
}

/* An escape in a string; what is expected instead, or NULL. What it stands for is never longer
 * than itself. */
static const char *read_escape(gd__scanner *s, char **to)
{
    static const char codes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *at = s->text + s->at;
    const char *simple = at[1] != '\0' ? strchr(codes, at[1]) : NULL;
    if (simple != NULL) {
        *(*to)++ = meant[simple - codes];
        s->at += 2;
        return NULL;
    }
    long code = unit_at(at);
    if (code < 0)
        return "an escape of JSON's";
    if (code == 0)
        return "a character other than NUL";
    s->at += 6;
    if (code >= 0xd800 && code < 0xe000) {
        long low = code < 0xdc00 ? unit_at(at + 6) : -1;
        if (low < 0xdc00 || low >= 0xe000)
            return "the other half of a surrogate pair";
        s->at += 6;
        code = 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00);
    }
    *to += gd__utf8_write(*to, (uint32_t)code);
    return NULL;
}

/* The same for any character. */
static const char *read_character(gd__scanner *s, char **to)
{
    const char *at = s->text + s->at;
    if (*at == '\\')
        return read_escape(s, to);
    if (*at == '\0' && s->at == s->size)
        return "a closing quote";
    if ((unsigned char)*at < ' ')
        return "a character or an escape";
    size_t n = gd_utf8_length(at);
    if (n == 0)
        return "UTF-8";
    memmove(*to, at, n);
    *to += n;
    s->at += n;
    return NULL;
}

bool gd__json_read_string(gd__scanner *s, const char **text)
{
    if (!gd__scan_accept(s, '"'))
        return gd__scan_expected(s, "a string");
    char *to = s->text + s->at;
    const char *expected = NULL;
    *text = to;
    while (expected == NULL && s->text[s->at] != '"')
        expected = read_character(s, &to);
    char found = s->text[s->at];
    *to = '\0'; /* perhaps over `found` */
    if (expected != NULL)
        return gd__scan_found(s, expected, found);
    ++s->at;
    return true;
}
