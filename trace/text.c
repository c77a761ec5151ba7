#include "trace/text.h"

#include <gradus/data.h>
#include <gradus/tensor.h>

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool make_room(gd__string *t, size_t more)
{
    if (t->failed || t->length + more < t->room)
        return !t->failed;
    size_t room = 2 * (t->length + more) + 64;
    char *text = gd_allocate(room);
    t->failed = text == NULL;
    if (t->failed)
        return false;
    memcpy(text, t->text != NULL ? t->text : "", t->length + 1);
    gd_free(t->text, t->room);
    t->text = text;
    t->room = room;
    return true;
}

void gd__string_add(gd__string *t, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length >= 0 && make_room(t, (size_t)length)) {
        vsnprintf(t->text + t->length, t->room - t->length, format, arguments);
        t->length += (size_t)length;
    }
    va_end(arguments);
}

void gd__string_put(gd__string *t, const char *bytes, size_t n)
{
    if (!make_room(t, n))
        return;
    if (n > 0) /* memcpy takes no NULL */
        memcpy(t->text + t->length, bytes, n);
    t->length += n;
    t->text[t->length] = '\0';
}

void gd__string_insert(gd__string *t, size_t at, const char *what)
{
    size_t length = strlen(what);
    if (!make_room(t, length))
        return;
    memmove(t->text + at + length, t->text + at, t->length - at + 1);
    memcpy(t->text + at, what, length);
    t->length += length;
}

void gd__string_remove(gd__string *t, size_t at)
{
    if (!t->failed)
        memmove(t->text + at, t->text + at + 1, t->length-- - at);
}

void gd__string_cut(gd__string *t, size_t length)
{
    if (t->length <= length)
        return;
    t->length = length;
    t->text[length] = '\0';
}

void gd__string_free(gd__string *t)
{
    gd_free(t->text, t->room);
    *t = (gd__string){.text = NULL};
}

/* gd_number_text of the nearest number with 6 digits. */
const char *gd__short_number(double value, char buffer[GD__SHORT])
{
    double scale = pow(10, 5 - floor(log10(fabs(value))));
    double rounded = round(value * scale) / scale;
    bool can_round = value != 0 && isfinite(scale) && scale > 0 && isfinite(rounded);
    if (can_round && fabs(value) >= 1e5 && fabs(value) < 1e15)
        rounded = round(value);
    return gd_number_text(can_round ? rounded : value, false, buffer);
}

const char *gd__index_text(int64_t element, int ndim, const int64_t *shape, char buffer[GD__INDEX])
{
    int64_t index[GD_MAX_DIMS];
    size_t length = 0;
    buffer[0] = '\0';
    for (int k = ndim - 1; k >= 0; --k) {
        index[k] = shape[k] > 0 ? element % shape[k] : 0;
        element = shape[k] > 0 ? element / shape[k] : 0;
    }
    for (int k = 0; k < ndim; ++k)
        length += (size_t)snprintf(buffer + length, GD__INDEX - length, "%s%" PRId64 "%s",
                                   k == 0 ? "[" : ",", index[k], k == ndim - 1 ? "]" : "");
    return buffer;
}
