#include "cli/trace/graph/picture.h"
#include "cli/system/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Around the boxes: for the frame of one at the side; for a verb above and a count below. */
enum { SIDE = 4, ABOVE = 20 };

/* What text of 13 pixels may shrink to before the graph scrolls: 11 pixels. */
static const double LEAST_SCALE = 0.846;

void trace_picture_begin(picture *p, layout *l)
{
    bool is_wide = p->way == TRACE_WIDE;
    layout_place(l);
    p->width = is_wide ? l->along : l->across;
    p->height = is_wide ? l->across : l->along;
    double width = p->width + 2 * SIDE, height = p->height + 2 * ABOVE;
    const char *class = is_wide ? "wide" : "narrow", *small = p->is_small ? " small" : "";
    if (p->at < 0)
        fprintf(p->file,
                "<div class=\"frame %s%s\" data-training=\"%" PRId64
                "\" hidden><div class=\"canvas\">",
                class, small, p->g->training);
    fprintf(
        p->file,
        "<svg class=\"g %s%s\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"%d %d %.0f %.0f\" "
        "width=\"%.0f\" height=\"%.0f\"",
        class, small, -SIDE, -ABOVE, width, height, width, height);
    if (p->at < 0)
        fprintf(p->file, " style=\"width:100%%;min-width:%.0fpx;max-width:%.0fpx\"",
                ceil(LEAST_SCALE * width), width);
    fputs(" role=\"group\" aria-label=\"Graph\">\n", p->file);
    p->taken = cli_calloc((size_t)(2 * l->n_boxes + 2 * l->n_lines) + 1, sizeof *p->taken);
    for (int i = 0; i < l->n_boxes; ++i) {
        place at = picture_place(p, i);
        double beyond = is_wide && !p->is_small ? ABOVE : 2; /* verbs and counts */
        p->taken[p->n_taken++] = (place){at.x, at.y - beyond, at.width, at.height + 2 * beyond};
    }
}

void trace_picture_end(picture *p)
{
    fputs(p->at < 0 ? "</svg></div></div>\n" : "</svg>\n", p->file);
    free(p->taken);
    free(p->dots);
}

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
