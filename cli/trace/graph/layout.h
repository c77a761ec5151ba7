/* Where the boxes and lines of a graph stand: in layers, so that every line leads from a layer to
 * a later one. Positions are along (from layer to layer) and across. */
#ifndef CLI_TRACE_LAYOUT_H
#define CLI_TRACE_LAYOUT_H

#include <stdbool.h>

typedef struct layout_box {
    bool is_source;       /* stands one layer before its first reader */
    double along, across; /* its size */
    int layer;
    double at_along, at_across; /* its corner */
} layout_box;

typedef struct layout_line {
    int from, to; /* boxes, from < to */
    /* Between two boxes whose layers are not neighbours: the lanes that it passes through. */
    int n_lanes;
    struct layout_lane {
        double begin, end, across;
    } * lanes;
} layout_line;

typedef struct layout {
    layout_box *boxes; /* [n_boxes], each after those that its lines come from */
    int n_boxes;
    layout_line *lines;
    int n_lines;
    double gap_along, gap_across, lane; /* between layers and boxes; the width of a lane */
    double along, across;               /* the size of all */
} layout;

/* boxes, lines and gaps are given; all else is set. */
void layout_place(layout *l);
void layout_free(layout *l); /* boxes and lines, too */

#endif
