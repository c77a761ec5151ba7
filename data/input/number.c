/* Reading decimal numbers with a single rounding: a product or quotient of digits and a power of
 * ten that are both exact doubles (Clinger 1990), or integers of 128 bits. Other numbers go to
 * strtod. */
#include "data/input/number.h"
#include "tensor/text.h"

#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST = 19,         /* digits that uint64 always holds */
    EXACT_DOUBLE = 22,    /* 10^22 is a double */
    EXACT_INTEGER = 27,   /* 5^27 < 2^63 */
    LARGE_EXPONENT = 9999 /* beyond all doubles, whatever the digits of a reasonable text */
};

__extension__ typedef unsigned __int128 wide;

/* Sets the thread's locale to "C" until leave_c_locale; without memory, it stays as it is. */
static locale_t enter_c_locale(locale_t *c_locale)
{
    *c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return *c_locale != (locale_t)0 ? uselocale(*c_locale) : (locale_t)0;
}

static void leave_c_locale(locale_t c_locale, locale_t before)
{
    if (c_locale == (locale_t)0)
        return;
    uselocale(before);
    freelocale(c_locale);
}

static gd__parsed parse_slowly(const char *text, double *value)
{
    locale_t c_locale, before = enter_c_locale(&c_locale);
    *value = strtod(text, NULL);
    leave_c_locale(c_locale, before);
    return isfinite(*value) ? GD__NUMBER : GD__TOO_LARGE;
}

/* 5^n, n <= EXACT_INTEGER */
static uint64_t power_of_five(int n)
{
    uint64_t power = 1;
    for (uint64_t square = 5; n > 0; n /= 2, square *= square)
        power *= n % 2 == 1 ? square : 1;
    return power;
}

/* digits 10^exponent, |exponent| <= EXACT_INTEGER, as an integer times 2^shift. The integer is
 * exact, or has at least 63 bits, of which the last is set if any bits were lost: it rounds to the
 * same double. */
static double scale(uint64_t digits, int exponent)
{
    uint64_t rounded, five = power_of_five(abs(exponent));
    int shift = exponent;
    if (exponent >= 0) {
        wide product = (wide)digits * five;
        uint64_t high = (uint64_t)(product >> 64);
        int lost = high == 0 ? 0 : 64 - __builtin_clzll(high);
        rounded = (uint64_t)(product >> lost) | (product << 1 << (127 - lost) != 0);
        shift += lost;
    } else {
        int up = __builtin_clzll(digits), five_up = __builtin_clzll(five);
        wide dividend = (wide)(digits << up) << 63; /* high half below five << five_up */
        uint64_t divisor = five << five_up;
        rounded = (uint64_t)(dividend / divisor) | (dividend % divisor != 0);
        shift += five_up - up - 63;
    }
    return ldexp((double)rounded, shift);
}

/* Whether a number has more digits than uint64 holds, without leading zeros. */
static bool is_long(const char *text, const char *end)
{
    int count = 0;
    for (; text < end && !(*text == 'e' || *text == 'E'); ++text)
        count += gd__is_digit(*text) && (count > 0 || *text != '0');
    return count > LONGEST;
}

/* Moves past an exponent, if there is one, and adds it to *exponent. */
static const char *scan_exponent(const char *s, int64_t *exponent)
{
    if (*s != 'e' && *s != 'E')
        return s;
    const char *digits = s + 1;
    bool negative = *digits == '-';
    digits += negative || *digits == '+';
    if (!gd__is_digit(*digits))
        return s;
    int64_t number = 0;
    for (s = digits; gd__is_digit(*s); ++s)
        number = number < LARGE_EXPONENT ? 10 * number + (*s - '0') : number;
    *exponent += negative ? -number : number;
    return s;
}

gd__parsed gd__scan_number(const char *text, const char **end, double *value)
{
    static const double tens[EXACT_DOUBLE + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    bool negative = *text == '-';
    const char *s = text + (negative || *text == '+'), *first = s;
    uint64_t digits = 0;
    int64_t exponent = 0;
    for (; gd__is_digit(*s); ++s)
        digits = 10 * digits + (uint64_t)(*s - '0');
    ptrdiff_t count = s - first;
    if (*s == '.') {
        const char *point = ++s;
        for (; gd__is_digit(*s); ++s)
            digits = 10 * digits + (uint64_t)(*s - '0');
        exponent = point - s;
        count += s - point;
    }
    if (count == 0)
        return GD__NO_NUMBER;
    s = scan_exponent(s, &exponent);
    *end = s;
    if (count > LONGEST && is_long(first, s))
        return parse_slowly(text, value);
    double number;
    if (digits <= (uint64_t)1 << 53 && exponent >= -EXACT_DOUBLE && exponent <= EXACT_DOUBLE)
        number = exponent < 0 ? (double)digits / tens[-exponent] : (double)digits * tens[exponent];
    else if (digits == 0)
        number = 0;
    else if (exponent >= -EXACT_INTEGER && exponent <= EXACT_INTEGER)
        number = scale(digits, (int)exponent);
    else
        return parse_slowly(text, value);
    *value = negative ? -number : number;
    return GD__NUMBER;
}

gd__parsed gd__parse_number(const char *text, size_t length, double *value)
{
    const char *behind = text + length, *end;
    gd__trim(&text, &behind);
    if (text == behind)
        return GD__NO_NUMBER;
    gd__parsed parsed = gd__scan_number(text, &end, value);
    return parsed != GD__NO_NUMBER && end == behind ? parsed : GD__NO_NUMBER;
}

const char *gd_number_text(double value, bool single, char buffer[GD_NUMBER_TEXT])
{
    locale_t c_locale, before = enter_c_locale(&c_locale);
    for (int digits = single ? 6 : 15; digits <= 17; ++digits) {
        snprintf(buffer, GD_NUMBER_TEXT, "%.*g", digits, value);
        double again = strtod(buffer, NULL);
        if (single ? (float)again == (float)value : again == value)
            break;
    }
    leave_c_locale(c_locale, before);
    return buffer;
}

const char *gd__scan_count(const char *text, int64_t *count)
{
    for (*count = 0; gd__is_digit(*text); ++text)
        *count = *count < INT32_MAX ? 10 * *count + (*text - '0') : *count;
    return text;
}

int gd__compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
