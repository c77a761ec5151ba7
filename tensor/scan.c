#include "tensor/scan.h"

#include "tensor/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "entry "weight": " into `text`, or nothing. */
static const char *entry_text(char text[GD__SHOWN + 10], const gd__scanner *s)
{
    char name[GD__SHOWN];
    text[0] = '\0';
    if (s->entry != NULL)
        snprintf(text, GD__SHOWN + 10, "entry %s: ", gd__shown(name, s->entry));
    return text;
}

bool gd__scan_expected(const gd__scanner *s, const char *expected)
{
    return gd__scan_found(s, expected, s->text[s->at]);
}

bool gd__scan_found(const gd__scanner *s, const char *expected, char found)
{
    char entry[GD__SHOWN + 10], byte[40];
    if (found > ' ' && found < 0x7f)
        snprintf(byte, sizeof byte, "'%c'", found);
    else if (s->at < s->size)
        snprintf(byte, sizeof byte, "byte 0x%02x", (unsigned)(unsigned char)found);
    else
        snprintf(byte, sizeof byte, "the end of the %s", s->whole);
    return gd__fail_false(GD_ERROR_FORMAT, "%s: byte %zu: %s%s is expected, found %s", s->path,
                          s->start + s->at, entry_text(entry, s), expected, byte);
}

bool gd__scan_fail(const gd__scanner *s, size_t from, const char *problem)
{
    enum { SHOWN = 64 }; /* bytes, at most */
    char entry[GD__SHOWN + 10];
    size_t length = s->at - from;
    return gd__fail_false(GD_ERROR_FORMAT, "%s: byte %zu: %s%s: %.*s", s->path, s->start + from,
                          entry_text(entry, s), problem, length < SHOWN ? (int)length : SHOWN,
                          s->text + from);
}

void gd__scan_blanks(gd__scanner *s)
{
    s->at += strspn(s->text + s->at, s->blanks);
}

bool gd__scan_accept(gd__scanner *s, char c)
{
    gd__scan_blanks(s);
    bool found = s->text[s->at] == c;
    s->at += found;
    return found;
}

bool gd__scan_expect(gd__scanner *s, char c)
{
    return gd__scan_accept(s, c) || gd__scan_expected(s, (const char[]){'\'', c, '\'', '\0'});
}

bool gd__scan_end(gd__scanner *s)
{
    char end[40];
    gd__scan_blanks(s);
    snprintf(end, sizeof end, "the end of the %s", s->whole);
    return s->at == s->size || gd__scan_expected(s, end);
}

bool gd__scan_another(gd__scanner *s, int64_t n, char close, bool *ok)
{
    if (gd__scan_accept(s, close))
        return false;
    char expected[] = "',' or '?'";
    *strchr(expected, '?') = close;
    *ok = n == 0 || gd__scan_accept(s, ',') || gd__scan_expected(s, expected);
    return *ok;
}

bool gd__scan_whole(gd__scanner *s, int64_t *value)
{
    gd__scan_blanks(s);
    const char *digits = s->text + s->at;
    size_t from = s->at;
    char *end;
    if (!gd__is_digit(digits[0]) || (digits[0] == '0' && gd__is_digit(digits[1])))
        return gd__scan_expected(s, "a whole number");
    errno = 0;
    *value = strtoll(digits, &end, 10);
    s->at += (size_t)(end - digits);
    return errno == 0 || gd__scan_fail(s, from, "a number below 2^63 is expected, found");
}
