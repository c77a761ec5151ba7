/* Lines are used in place: the block of the source holds a whole line. */
#include "data/input/lines.h"

bool gd__lines_next(gd__lines *l, bool *found)
{
    gd__source *s = l->source;
    if (l->number == 0 && s->end >= 3 && memcmp(s->text, "\xEF\xBB\xBF", 3) == 0)
        s->at = 3;
    for (size_t looked = 0;;) {
        char *text = s->text + s->at;
        size_t left = s->end - s->at;
        char *end = memchr(text + looked, '\n', left - looked);
        if (end != NULL || s->ended) {
            *found = left > 0;
            s->at += end != NULL ? (size_t)(end + 1 - text) : left;
            end = end != NULL ? end : text + left;
            l->text = text;
            l->end = end - (end > text && end[-1] == '\r');
            ++l->number;
            return true;
        }
        looked = left;
        if (!gd__source_more(s))
            return false;
    }
}

bool gd__lines_fail(const gd__lines *l, const char *at, const char *expected)
{
    gd__place place = gd__lines_place(l, at);
    if (at == l->end)
        return gd__table_fail(l->table, place, "%s is expected, found the end of the %s", expected,
                              at == l->source->text + l->source->end && at == l->text ? "file"
                                                                                      : "line");
    if (*at > ' ' && *at < 0x7f)
        return gd__table_fail(l->table, place, "%s is expected, found '%c'", expected, *at);
    return gd__table_fail(l->table, place, "%s is expected, found byte 0x%02x", expected,
                          (unsigned)(unsigned char)*at);
}
