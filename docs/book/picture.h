/* The pictures of the book: each program draws its own when it is given a path. SVG for light and
 * dark, without scripts and fonts. A path that cannot be written ends the program. */
#ifndef BOOK_PICTURE_H
#define BOOK_PICTURE_H

#include "cli/charts/chart.h"

#include <stdio.h>

/* A file of charts, one below the other. */
void picture_charts(const char *path, const cli_chart *charts, int count);

/* A file of boxes, texts and arrows; title: for screen readers. Coordinates are pixels.
 * Looks: "value" (solid), "gradient" (dashed), "now" (filled), "off" (dark), "soft" (pale text),
 * "head" (bold text), "" (plain). */
FILE *picture_begin(const char *path, int width, int height, const char *title);
void picture_box(FILE *file, const char *look, double x, double y, double width, double height,
                 const char *format, ...) __attribute__((format(printf, 7, 8)));
/* Its middle is at x. */
void picture_text(FILE *file, const char *look, double x, double y, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void picture_arrow(FILE *file, const char *look, double x1, double y1, double x2, double y2);
void picture_end(FILE *file);

#endif
