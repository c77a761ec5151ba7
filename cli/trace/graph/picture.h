/* A picture of a graph while it is being drawn: for a page, in which a script shows its steps, or
 * of one step. */
#ifndef CLI_TRACE_PICTURE_H
#define CLI_TRACE_PICTURE_H

#include "cli/trace/graph/draw.h"

typedef struct place {
    double x, y, width, height;
} place;

typedef struct picture {
    FILE *file;
    const trace_graph *g;
    trace_way way;
    int64_t at; /* the step; -1: for a page */
    trace_mark marks[TRACE_MARKS];
    int n_marks;
    place *taken; /* [n_taken]: boxes and labels, which no label may cover */
    int n_taken;
    place *dots; /* [n_dots]: on lines */
    int n_dots;
    double width, height;
    bool is_small;        /* gradients alone are drawn */
    const char *sum_sign; /* in the circle where contributions meet */
} picture;

/* A part: its class, its mark's part and number (part 0: none), the first step at which it is no
 * longer "not yet" (-1: it always is there), the steps at which it is seen (from -1: all). */
typedef struct picture_part {
    const char *class;
    char part;
    int64_t number, done, from, until;
} picture_part;

/* Places the boxes, whose sizes and gaps are known, and opens the element; closes it. */
void trace_picture_begin(picture *p, layout *l);
void trace_picture_end(picture *p);

/* Opens a group; false: it is not seen at the picture's step, and nothing was written. */
bool picture_open(picture *p, picture_part part);
void picture_close(picture *p);

/* The verb of a box, "gives"; "": none. */
const char *picture_verb(const picture *p, char kind, int64_t number);

place picture_place(const picture *p, int box);

/* Lines, which stand below the boxes; and what stands above them: sums, labels. */
void picture_lines(picture *p);
void picture_labels(picture *p);

/* Of the longest label of a contribution. */
double picture_label_width(const picture *p);

/* How high a box is down to the middle of its value's row, and of its gradient's. */
enum { PICTURE_VALUE = 41, PICTURE_GRADIENT = 67 };

/* A small box: its height, and down to the middle of its gradient's row. */
enum { SMALL_HEIGHT = 54, SMALL_GRADIENT = 39 };

#endif
