/* Draws charts as SVG. */
#include "cli/charts/chart.h"
#include "cli/report/html.h"

#include <math.h>
#include <string.h>

enum {
    COLOURS = 8,
    LEFT = 52, /* at the least: longer labels have more */
    RIGHT = 16,
    TOP = 30,
    BOTTOM = 44, /* ticks and the axis's title */
    LINE = 20,   /* of the legend */
    SAMPLE = 30, /* before a name */
    LETTER = 7,  /* about as wide as one is */
    MOST_LETTERS = 40
};

/* Where things are. */
typedef struct frame {
    double left, top, width, height; /* of the plot */
    cli_axis x, y;
} frame;

static frame frame_of(const cli_chart *chart, int width)
{
    bool square = chart->unit || chart->diagonal;
    frame f = {.left = LEFT, .top = TOP};
    int title = chart->y_title != NULL ? 14 : 0; /* a line, upright */
    cli_chart_axes(chart, width / 80, square ? width / 80 : 5, &f.x, &f.y);
    for (int i = 0; i < cli_axis_ticks(&f.y); ++i) {
        char label[32];
        cli_axis_label(&f.y, i, label);
        f.left = fmax(f.left, LETTER * (int)(strlen(label) + 1) + 3 + title);
    }
    f.width = (width - RIGHT) - f.left;
    f.height = square ? f.width : floor(0.55 * f.width);
    return f;
}

static double at_x(const frame *f, double x)
{
    return f->left + f->width * cli_axis_place(&f->x, x);
}

static double at_y(const frame *f, double y)
{
    return f->top + f->height * (1 - cli_axis_place(&f->y, y));
}

/* ---- legend ---- */

static int entry_width(const cli_series *series)
{
    int letters = cli_characters(series->name);
    return SAMPLE + LETTER * (letters < MOST_LETTERS ? letters : MOST_LETTERS) + 2 * LETTER;
}

/* Where an entry stands: in *x and its line. */
static void next_place(int width, int entry, int *x, int *line)
{
    if (*x > LEFT && *x + entry > width) {
        *x = LEFT;
        ++*line;
    }
}

static int legend_lines(const cli_chart *chart, int width)
{
    int x = LEFT, line = 0;
    bool any = false;
    for (int i = 0; i < chart->count; ++i) {
        if (chart->series[i].name == NULL)
            continue;
        next_place(width, entry_width(&chart->series[i]), &x, &line);
        x += entry_width(&chart->series[i]);
        any = true;
    }
    return any ? line + 1 : 0;
}

int cli_svg_height(const cli_chart *chart, int width)
{
    frame f = frame_of(chart, width);
    return TOP + (int)f.height + BOTTOM + LINE * legend_lines(chart, width) + 6;
}

/* ---- parts ---- */

/* Which marker a look has: beyond the colours, other pairs of both. */
static void put_marker(FILE *file, int look, double x, double y)
{
    static const char *const shapes[] = {"m-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z",
                                         "m-4,-4h8v8h-8z",
                                         "m0,-5l5,9h-10z",
                                         "m0,-5l5,5l-5,5l-5,-5z",
                                         "m0,5l5,-9h-10z",
                                         "m-5,-1.5h3.5v-3.5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5z",
                                         "m-3,-5l8,5l-8,5z",
                                         "m3,-5l-8,5l8,5z"};
    int shape = (look + look / COLOURS) % COLOURS;
    fprintf(file, "M%.1f,%.1f%s", x, y, shapes[shape]);
}

static void put_tick(FILE *file, const cli_axis *axis, int i, double x, double y,
                     const char *anchor)
{
    char label[32];
    cli_axis_label(axis, i, label);
    fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor,
            label);
}

static void put_axes(FILE *file, const cli_chart *chart, const frame *f)
{
    double bottom = f->top + f->height;
    fputs("<path class=\"grid\" fill=\"none\" stroke=\"currentColor\" d=\"", file);
    for (int i = 0; i < cli_axis_ticks(&f->y); ++i)
        fprintf(file, "M%.1f,%.1fh%.1f", f->left, at_y(f, cli_axis_tick(&f->y, i)), f->width);
    for (int i = 0; i < cli_axis_ticks(&f->x); ++i)
        fprintf(file, "M%.1f,%dv%.1f", at_x(f, cli_axis_tick(&f->x, i)), TOP, f->height);
    fprintf(file, "\"/>\n<path fill=\"none\" stroke=\"currentColor\" d=\"M%.1f,%dV%.1fh%.1f\"/>\n",
            f->left, TOP, bottom, f->width);
    if (chart->diagonal)
        fprintf(file,
                "<path fill=\"none\" stroke=\"currentColor\" stroke-dasharray=\"2 4\" "
                "d=\"M%.1f,%.1fL%.1f,%d\"/>\n",
                f->left, bottom, f->left + f->width, TOP);
    for (int i = 0; i < cli_axis_ticks(&f->y); ++i)
        put_tick(file, &f->y, i, f->left - 6, at_y(f, cli_axis_tick(&f->y, i)) + 4, "end");
    for (int i = 0; i < cli_axis_ticks(&f->x); ++i)
        put_tick(file, &f->x, i, at_x(f, cli_axis_tick(&f->x, i)), bottom + 17, "middle");
    fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
            f->left + f->width / 2, bottom + 35, chart->x_title);
    if (chart->y_title != NULL)
        fprintf(file,
                "<text transform=\"translate(14,%.1f) rotate(-90)\" "
                "text-anchor=\"middle\">%s</text>\n",
                f->top + f->height / 2, chart->y_title);
}

/* A line through the points, broken where one is missing. */
static void put_line(FILE *file, const frame *f, const cli_series *s)
{
    bool drawing = false;
    fprintf(file, "<path fill=\"none\" stroke=\"currentColor\" stroke-linejoin=\"round\" %s d=\"",
            s->secondary ? "stroke-width=\"1.5\" stroke-dasharray=\"6 4\"" : "stroke-width=\"2\"");
    for (int64_t i = 0; i < s->count; ++i) {
        if (!isnan(s->y[i]))
            fprintf(file, "%c%.1f,%.1f", drawing ? 'L' : 'M', at_x(f, s->x[i]), at_y(f, s->y[i]));
        drawing = !isnan(s->y[i]);
    }
    fputs("\"/>\n", file);
}

static void put_point(FILE *file, const cli_chart *chart, const cli_series *s, double x, double y)
{
    if (chart->style == CLI_DOTS)
        fprintf(file, "M%.1f,%.1fm-2,0a2,2 0 1,0 4,0a2,2 0 1,0 -4,0z", x, y);
    else
        put_marker(file, s->look, x, y);
}

/* Of a line about eight markers, and not those of another series at the same places. */
static void put_markers(FILE *file, const frame *f, const cli_chart *chart, const cli_series *s)
{
    int64_t every = chart->style == CLI_DOTS || s->count <= 8 ? 1 : s->count / 8;
    fprintf(file, "<path fill=\"%s\" stroke=\"currentColor\" d=\"",
            s->secondary ? "none" : "currentColor");
    for (int64_t i = every > 1 ? every * (s->look % COLOURS) / COLOURS : 0; i < s->count;
         i += every)
        if (!isnan(s->y[i]))
            put_point(file, chart, s, at_x(f, s->x[i]), at_y(f, s->y[i]));
    fputs("\"/>\n", file);
}

static void put_series(FILE *file, const cli_chart *chart, const frame *f)
{
    for (int i = 0; i < chart->count; ++i) {
        const cli_series *s = &chart->series[i];
        fprintf(file, "<g class=\"series k%d\"%s>\n", s->look % COLOURS,
                chart->style == CLI_DOTS ? " opacity=\"0.6\"" : "");
        if (chart->style != CLI_DOTS)
            put_line(file, f, s);
        if (chart->style != CLI_LINES)
            put_markers(file, f, chart, s);
        fputs("</g>\n", file);
    }
}

static void put_legend(FILE *file, const cli_chart *chart, const frame *f, int width)
{
    int x = LEFT, line = 0, top = TOP + (int)f->height + BOTTOM;
    for (int i = 0; i < chart->count; ++i) {
        const cli_series *s = &chart->series[i];
        if (s->name == NULL)
            continue;
        next_place(width, entry_width(s), &x, &line);
        int y = top + LINE * line + LINE / 2;
        fprintf(file,
                "<g class=\"k%d\"><path fill=\"none\" stroke=\"currentColor\" %s "
                "d=\"M%d,%dh24\"/>",
                s->look % COLOURS,
                s->secondary ? "stroke-width=\"1.5\" stroke-dasharray=\"6 4\""
                             : "stroke-width=\"2\"",
                x, y);
        fprintf(file, "<path stroke=\"currentColor\" fill=\"%s\" d=\"",
                s->secondary ? "none" : "currentColor");
        put_marker(file, s->look, x + 12, y);
        fprintf(file, "\"/></g>\n<text x=\"%d\" y=\"%d\">", x + SAMPLE, y + 4);
        cli_put_text(file, s->name, MOST_LETTERS);
        fputs("</text>\n", file);
        x += entry_width(s);
    }
}

void cli_svg_chart(FILE *file, const cli_chart *chart, int width, int y)
{
    frame f = frame_of(chart, width);
    int height = cli_svg_height(chart, width);
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" y=\"%d\" width=\"%d\" "
            "height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"system-ui, sans-serif\" "
            "font-size=\"12\" fill=\"currentColor\" role=\"img\" aria-labelledby=\"%s-t %s-d\">\n",
            y, width, height, width, height, chart->id, chart->id);
    fprintf(file, "<title id=\"%s-t\">", chart->id);
    cli_put_text(file, chart->title, 0);
    fprintf(file, "</title>\n<desc id=\"%s-d\">", chart->id);
    cli_put_text(file, chart->description, 0);
    fprintf(file, "</desc>\n<text x=\"%d\" y=\"18\" font-weight=\"bold\" font-size=\"13\">", LEFT);
    cli_put_text(file, chart->title, width / 8);
    fputs("</text>\n", file);
    put_axes(file, chart, &f);
    put_series(file, chart, &f);
    put_legend(file, chart, &f, width);
    fputs("</svg>\n", file);
}
