/* JSON as text, and texts as JSON and messages show them. */
#include "tensor/json.h"
#include "tensor/number.h"

#include <inttypes.h>
#include <string.h>

/* ---- characters ---- */

/* As Unicode's table of well-formed sequences has it: the second byte's range keeps out what is longer than need be,
 * surrogates, and what is above U+10FFFF. */
size_t gd__utf8_length(const char *text)
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
        if ((n = gd__utf8_length(text)) == 0)
            return false;
    return true;
}

/* Text that is written as far as there is room, and counted beyond. */
typedef struct text {
    char *to;
    size_t size, at;
} text;

/* Bytes, if all of them fit. */
static void put(text *t, const char *bytes, size_t n)
{
    if (t->at + n < t->size) {
        memcpy(t->to + t->at, bytes, n);
        t->to[t->at + n] = '\0';
    }
    t->at += n;
}

/* What stands for the character of n bytes (0: no UTF-8), as \" or \u001b; NULL: itself. Controls are those of ASCII, DEL,
 * and U+0080 to 009F, which some terminals obey. */
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

static void put_string(text *t, const char *string)
{
    put(t, "\"", 1);
    for (size_t n; *string != '\0'; string += n > 0 ? n : 1) {
        char buffer[8];
        n = gd__utf8_length(string);
        const char *escaped = escape(buffer, string, n);
        put(t, escaped != NULL ? escaped : string, escaped != NULL ? strlen(escaped) : n);
    }
    put(t, "\"", 1);
}

size_t gd__json_quote(char *to, size_t size, const char *string)
{
    text t = {to, size, 0};
    put_string(&t, string);
    return t.at;
}

const char *gd__shown(char buffer[GD__SHOWN], const char *string)
{
    enum { ROOM = GD__SHOWN - 4 }; /* "..." and a quote */
    if (gd__json_quote(buffer, ROOM, string) >= ROOM)
        strcat(buffer, "...\"");
    return buffer;
}

/* ---- values ---- */

/* 1.0, 0.1, 1e20, 1e-5: shortest, and never taken for an integer. */
static void put_real(text *t, double real)
{
    char buffer[GD__NUMBER_TEXT];
    const char *number = gd__number_text(real, false, buffer), *e = strchr(number, 'e');
    size_t n = e != NULL ? (size_t)(e - number) : strlen(number);
    put(t, number, n);
    if (e == NULL && memchr(number, '.', n) == NULL)
        put(t, ".0", 2);
    if (e == NULL)
        return;
    put(t, "e-", e[1] == '-' ? 2 : 1);
    e += strspn(e, "e+-0");
    put(t, e, strlen(e));
}

static void put_integer(text *t, int64_t integer)
{
    char buffer[24];
    put(t, buffer, (size_t)snprintf(buffer, sizeof buffer, "%" PRId64, integer));
}

static void put_value(text *t, const gd__json *value, bool spaced);

static void put_members(text *t, const gd__json *value, bool spaced)
{
    bool object = gd__json_is(value, GD__JSON_OBJECT);
    put(t, object ? "{" : "[", 1);
    for (size_t i = 0; i < gd__json_size(value); ++i) {
        if (i > 0)
            put(t, ", ", spaced ? 2 : 1);
        if (object) {
            put_string(t, gd__json_key(value, i));
            put(t, ": ", spaced ? 2 : 1);
        }
        put_value(t, gd__json_at(value, i), spaced);
    }
    put(t, object ? "}" : "]", 1);
}

static void put_value(text *t, const gd__json *value, bool spaced)
{
    if (gd__json_is(value, GD__JSON_NULL))
        put(t, "null", 4);
    else if (gd__json_is(value, GD__JSON_BOOLEAN))
        put(t, gd__json_is_true(value) ? "true" : "false", gd__json_is_true(value) ? 4 : 5);
    else if (gd__json_is(value, GD__JSON_INTEGER))
        put_integer(t, gd__json_integer_of(value));
    else if (gd__json_is(value, GD__JSON_REAL))
        put_real(t, gd__json_number_of(value));
    else if (gd__json_is(value, GD__JSON_STRING))
        put_string(t, gd__json_string_of(value));
    else
        put_members(t, value, spaced);
}

char *gd__json_text(const gd__json *value, bool spaced)
{
    if (gd__json_check(value) != GD_OK)
        return NULL;
    text t = {NULL, 0, 0};
    put_value(&t, value, spaced);
    t = (text){gd__allocate(t.at + 1), t.at + 1, 0};
    if (t.to == NULL) {
        gd__fail(GD_ERROR_MEMORY, "JSON: no memory");
        return NULL;
    }
    put_value(&t, value, spaced);
    return t.to;
}

void gd__json_text_destroy(char *json)
{
    if (json != NULL)
        gd__free(json, strlen(json) + 1);
}
