#include "tensor/json.h"

#include <string.h>

/* ---- messages ---- */

static bool fail_expected(const gd__json *j, const char *expected, char found)
{
    char name[GD__SHOWN], entry[GD__SHOWN + 10] = "", byte[40] = "the end of the header";
    if (j->entry != NULL)
        snprintf(entry, sizeof entry, "entry %s: ", gd__shown(name, j->entry));
    if (found > ' ' && found < 0x7f)
        snprintf(byte, sizeof byte, "'%c'", found);
    else if (j->at < j->size)
        snprintf(byte, sizeof byte, "byte 0x%02x", (unsigned)(unsigned char)found);
    gd__fail(GD_ERROR_FORMAT, "%s: byte %zu: %s%s is expected, found %s", j->path, j->start + j->at,
             entry, expected, byte);
    return false;
}

bool gd__json_expected(const gd__json *j, const char *expected)
{
    return fail_expected(j, expected, j->text[j->at]);
}

/* ---- characters ---- */

/* Bytes of the UTF-8 character at `at`, in a text that ends with a 0; 0: there is none. As Unicode's table of
 * well-formed sequences has it: the second byte's range keeps out what is longer than need be, surrogates, and what is
 * above U+10FFFF. */
static size_t utf8_length(const char *at)
{
    const unsigned char *c = (const unsigned char *)at;
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

static char *write_utf8(char *to, long code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    const int first[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(first[more] | code >> 6 * more);
    while (more-- > 0)
        *to++ = (char)(0x80 | (code >> 6 * more & 0x3f));
    return to;
}

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

/* An escape in a string; what is expected instead, or NULL. What it stands for is never longer than itself. */
static const char *read_escape(gd__json *j, char **to)
{
    static const char codes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *at = j->text + j->at;
    const char *simple = at[1] != '\0' ? strchr(codes, at[1]) : NULL;
    if (simple != NULL) {
        *(*to)++ = meant[simple - codes];
        j->at += 2;
        return NULL;
    }
    long code = unit_at(at);
    if (code < 0)
        return "an escape of JSON's";
    if (code == 0)
        return "a character other than NUL";
    j->at += 6;
    if (code >= 0xd800 && code < 0xe000) {
        long low = code < 0xdc00 ? unit_at(at + 6) : -1;
        if (low < 0xdc00 || low >= 0xe000)
            return "the other half of a surrogate pair";
        j->at += 6;
        code = 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00);
    }
    *to = write_utf8(*to, code);
    return NULL;
}

/* The same for any character. */
static const char *read_character(gd__json *j, char **to)
{
    const char *at = j->text + j->at;
    if (*at == '\\')
        return read_escape(j, to);
    if (*at == '\0' && j->at == j->size)
        return "a closing quote";
    if ((unsigned char)*at < ' ')
        return "a character or an escape";
    size_t n = utf8_length(at);
    if (n == 0)
        return "UTF-8";
    memmove(*to, at, n);
    *to += n;
    j->at += n;
    return NULL;
}

/* ---- values ---- */

static void skip_space(gd__json *j)
{
    j->at += strspn(j->text + j->at, " \t\n\r");
}

/* Moves past white space, and past c if that is what comes then. */
static bool accept(gd__json *j, char c)
{
    skip_space(j);
    bool found = j->text[j->at] == c;
    j->at += found;
    return found;
}

bool gd__json_expect(gd__json *j, char c)
{
    return accept(j, c) || gd__json_expected(j, (const char[]){'\'', c, '\'', '\0'});
}

bool gd__json_is_at_end(gd__json *j)
{
    skip_space(j);
    return j->at == j->size;
}

bool gd__json_another(gd__json *j, int n, char close, bool *ok)
{
    if (accept(j, close))
        return false;
    *ok = n == 0 || accept(j, ',') ||
          gd__json_expected(j, close == '}' ? "',' or '}'" : "',' or ']'");
    return *ok;
}

bool gd__json_string(gd__json *j, const char **text)
{
    if (!accept(j, '"'))
        return gd__json_expected(j, "a string");
    char *to = j->text + j->at;
    const char *expected = NULL;
    *text = to;
    while (expected == NULL && j->text[j->at] != '"')
        expected = read_character(j, &to);
    char found = j->text[j->at];
    *to = '\0'; /* perhaps over `found` */
    if (expected != NULL)
        return fail_expected(j, expected, found);
    ++j->at;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool gd__json_whole(gd__json *j, int64_t *value)
{
    skip_space(j);
    const char *digits = j->text + j->at;
    if (!is_digit(digits[0]) || (digits[0] == '0' && is_digit(digits[1])))
        return gd__json_expected(j, "a whole number");
    size_t n = 0;
    bool fits = true;
    for (*value = 0; is_digit(digits[n]); ++n)
        fits = fits && !__builtin_mul_overflow(*value, 10, value) &&
               !__builtin_add_overflow(*value, digits[n] - '0', value);
    if (!fits)
        return gd__json_expected(j, "a number below 2^63");
    j->at += n;
    return true;
}

/* ---- writing ---- */

bool gd__is_utf8(const char *text)
{
    for (size_t n; *text != '\0'; text += n)
        if ((n = utf8_length(text)) == 0)
            return false;
    return true;
}

/* Bytes at `to` from *at on, if all of them fit. */
static void put(char *to, size_t size, size_t *at, const char *bytes, size_t n)
{
    if (*at + n < size) {
        memcpy(to + *at, bytes, n);
        to[*at + n] = '\0';
    }
    *at += n;
}

size_t gd__json_quote(char *to, size_t size, const char *text)
{
    size_t at = 0;
    put(to, size, &at, "\"", 1);
    for (size_t n; *text != '\0'; text += n > 0 ? n : 1) {
        char escape[8];
        unsigned char c = (unsigned char)*text;
        n = utf8_length(text);
        if (c == '"' || c == '\\')
            snprintf(escape, sizeof escape, "\\%c", c);
        else if (n == 0 || c < ' ' || c == 0x7f)
            snprintf(escape, sizeof escape, n == 0 ? "\\x%02x" : "\\u%04x", (unsigned)c);
        else
            escape[0] = '\0';
        put(to, size, &at, escape[0] != '\0' ? escape : text,
            escape[0] != '\0' ? strlen(escape) : n);
    }
    put(to, size, &at, "\"", 1);
    return at;
}

const char *gd__shown(char buffer[GD__SHOWN], const char *text)
{
    enum { ROOM = GD__SHOWN - 4 }; /* "..." and a quote */
    if (gd__json_quote(buffer, ROOM, text) >= ROOM)
        strcat(buffer, "...\"");
    return buffer;
}
