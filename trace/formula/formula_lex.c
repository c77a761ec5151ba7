/* The words, signs and numbers of a formula's text. */
#include "trace/formula/formula_names.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

int gd__take_refuse(gd__parser *p, const char *expected)
{
    int left = (int)(p->end - p->at);
    if (!p->refused)
        gd_fail(GD_ERROR_FORMAT, "%s: \"%.*s\" is no formula of an element: expected %s%s%.*s",
                p->f->call->op->name, p->text_length, p->text, expected,
                left > 0 ? " at " : " at its end", left < 20 ? left : 20, p->at);
    p->refused = true;
    return -1;
}

static void skip_blanks(gd__parser *p)
{
    while (p->at < p->end && *p->at == ' ')
        ++p->at;
}

bool gd__take_sign(gd__parser *p, const char *sign)
{
    size_t length = strlen(sign);
    skip_blanks(p);
    if ((size_t)(p->end - p->at) < length || strncmp(p->at, sign, length) != 0)
        return false;
    p->at += length;
    return true;
}

static int name_length(const char *at, const char *end)
{
    int length = 0;
    while (at + length < end && (isalpha((unsigned char)at[length]) || at[length] == '_' ||
                                 (length > 0 && isdigit((unsigned char)at[length]))))
        ++length;
    return length;
}

int gd__take_name(gd__parser *p, const char **name)
{
    skip_blanks(p);
    int length = name_length(p->at, p->end);
    *name = p->at;
    p->at += length;
    return length;
}

bool gd__take_word(gd__parser *p, const char *word)
{
    skip_blanks(p);
    int length = name_length(p->at, p->end);
    if (!gd__is_name(p->at, length, word))
        return false;
    p->at += length;
    return true;
}

bool gd__is_name(const char *name, int length, const char *word)
{
    return length == (int)strlen(word) && strncmp(name, word, (size_t)length) == 0;
}

bool gd__take_ended(gd__parser *p)
{
    skip_blanks(p);
    return p->at == p->end;
}

bool gd__take_digit(gd__parser *p)
{
    skip_blanks(p);
    return p->at < p->end && isdigit((unsigned char)*p->at);
}

/* The digits at p->at, one after another; returns how many. */
static int digits(gd__parser *p, long double *value)
{
    int count = 0;
    for (; p->at < p->end && isdigit((unsigned char)*p->at); ++p->at, ++count)
        *value = *value * 10 + (*p->at - '0');
    return count;
}

/* e-12 at p->at; e alone is a name. */
static int exponent(gd__parser *p)
{
    const char *s = p->at;
    bool negative = s + 1 < p->end && s[1] == '-';
    s += negative || (s + 1 < p->end && s[1] == '+') ? 2 : 1;
    if (p->at == p->end || *p->at != 'e' || s >= p->end || !isdigit((unsigned char)*s))
        return 0;
    long double value = 0;
    p->at = s;
    digits(p, &value);
    value = value < 9999 ? value : 9999; /* beyond all doubles */
    return (int)(negative ? -value : value);
}

double gd__take_number(gd__parser *p)
{
    long double value = 0;
    int behind = 0;
    digits(p, &value);
    if (p->at < p->end && *p->at == '.') {
        ++p->at;
        behind = digits(p, &value);
    }
    int scale = exponent(p) - behind;
    return (double)(scale < 0 ? value / powl(10, -scale) : value * powl(10, scale));
}
