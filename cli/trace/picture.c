#include "cli/trace/picture.h"

#include <inttypes.h>

static void put_states(picture *p, picture_part part)
{
    if (part.done > p->at)
        fputs(" ghost", p->file);
    for (int i = 0; i < p->n_marks; ++i)
        if (p->marks[i].part == part.part && p->marks[i].number == part.number)
            fprintf(p->file, " %s", p->marks[i].state);
}

bool picture_open(picture *p, picture_part part)
{
    bool is_page = p->at < 0, always = part.from < 0;
    if (!is_page && !always && (p->at < part.from || p->at >= part.until))
        return false;
    fprintf(p->file, "<g class=\"%s", part.class);
    if (!is_page)
        put_states(p, part);
    fputc('"', p->file);
    if (is_page && part.part != 0)
        fprintf(p->file, " data-k=\"%c%" PRId64 "\"", part.part, part.number);
    if (is_page && part.done >= 0)
        fprintf(p->file, " data-at=\"%" PRId64 "\"", part.done);
    if (is_page && !always)
        fprintf(p->file, " data-in=\"%" PRId64 " %" PRId64 "\"", part.from, part.until);
    if (is_page && part.part == 'b')
        fputs(" tabindex=\"0\" role=\"img\"", p->file);
    fputc('>', p->file);
    return true;
}

void picture_close(picture *p)
{
    fputs("</g>\n", p->file);
}

const char *picture_verb(const picture *p, char kind, int64_t number)
{
    for (int i = p->n_marks - 1; i >= 0; --i)
        if (p->marks[i].part == kind && p->marks[i].number == number && p->marks[i].verb[0] != '\0')
            return p->marks[i].verb;
    return "";
}

place picture_place(const picture *p, int box)
{
    const layout_box *b = &p->g->l.boxes[box];
    if (p->way == TRACE_WIDE)
        return (place){b->at_along, b->at_across, b->along, b->across};
    return (place){b->at_across, b->at_along, b->across, b->along};
}
