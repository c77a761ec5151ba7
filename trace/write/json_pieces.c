#include "trace/write/json_pieces.h"

#include <gradus/data.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void gd__out_text(gd__string *out, const char *text)
{
    gd__string_put(out, text, strlen(text));
}

void gd__out_integer(gd__string *out, int64_t value)
{
    char text[24];
    gd__string_put(out, text, (size_t)snprintf(text, sizeof text, "%" PRId64, value));
}

void gd__out_real(gd__string *out, double value, bool single)
{
    char text[GD_NUMBER_TEXT];
    if (isnan(value))
        gd__out_text(out, "\"nan\"");
    else if (isinf(value))
        gd__out_text(out, value > 0 ? "\"inf\"" : "\"-inf\"");
    else if (value == 0 && signbit(value))
        gd__out_text(out, "-0.0"); /* most readers of JSON take -0 for the integer 0 */
    else if (fabs(value) < 1e6 && value == trunc(value))
        gd__out_integer(out, (int64_t)value); /* most are 0 or 1; the same text */
    else
        gd__out_text(out, gd_number_text(value, single, text));
}

/* What stands for a character in a string; NULL: itself. */
static const char *escaped(char buffer[8], unsigned char c)
{
    if (c == '"')
        return "\\\"";
    if (c == '\\')
        return "\\\\";
    if (c == '\n')
        return "\\n";
    if (c == '\t')
        return "\\t";
    if (c >= 0x20 && c != 0x7f)
        return NULL;
    snprintf(buffer, 8, "\\u%04x", (unsigned)c);
    return buffer;
}

void gd__out_string(gd__string *out, const char *bytes, size_t n)
{
    const char *end = bytes + n;
    char rest[5], buffer[8];
    gd__out_text(out, "\"");
    while (bytes < end) {
        size_t left = (size_t)(end - bytes);
        size_t known = left < 4 ? left : 4;
        memcpy(rest, bytes, known); /* a character that is cut at the end is none */
        rest[known] = '\0';
        size_t length = gd_utf8_length(rest);
        const char *other = *bytes == '\0' || length == 1 ? escaped(buffer, (unsigned char)*bytes)
                            : length == 0                 ? "\xef\xbf\xbd"
                                                          : NULL;
        length = length > 0 ? length : 1;
        gd__string_put(out, other != NULL ? other : bytes, other != NULL ? strlen(other) : length);
        bytes += length;
    }
    gd__out_text(out, "\"");
}

void gd__out_member(gd__string *out, const char *key, const char *text)
{
    gd__out_text(out, ",\"");
    gd__out_text(out, key);
    gd__out_text(out, "\":");
    gd__out_string(out, text, strlen(text));
}

void gd__out_list(gd__string *out, int n, const int64_t *numbers)
{
    gd__out_text(out, "[");
    for (int i = 0; i < n; ++i) {
        gd__out_text(out, i > 0 ? "," : "");
        gd__out_integer(out, numbers[i]);
    }
    gd__out_text(out, "]");
}
