/* The way of a line from box to box: values forward, gradients beside them the other way. */
#ifndef CLI_TRACE_PICTURE_PATH_H
#define CLI_TRACE_PICTURE_PATH_H

#include "cli/trace/graph/picture.h"

/* Along and across, as in a layout. */
typedef struct point {
    double along, across;
    bool is_straight; /* the way here from the point before */
} point;

typedef struct line_path {
    point *points;
    int n;
} line_path;

/* The point as x and y. */
point picture_point(const picture *p, point at);

/* The points that a line's path needs, to be freed; and the path through them. */
point *picture_new_points(const picture *p, int line);
line_path picture_path_of(const picture *p, int line, bool is_gradient, point *points);

/* A curve that begins and ends in the direction of the layers. */
void picture_put_path(picture *p, const line_path *path);

/* Where a box ends along, and where its lines leave it across. */
double picture_end_of(const picture *p, int box);
double picture_out_port(const picture *p, int box, bool is_gradient);

/* The circle where contributions meet: whether a box has one, its radius, and its distance from the
 * box. */
bool picture_has_sum(const picture *p, int box);
int picture_radius(const picture *p);
int picture_distance(const picture *p);

#endif
