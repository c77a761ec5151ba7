/* Draws charts with characters. */
#include "cli/charts/chart.h"
#include "cli/system/print.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ROWS = 16, LEAST_WIDTH = 20, MOST_WIDTH = 400 };

int cli_columns_of(FILE *file)
{
    struct winsize size = {.ws_col = 0};
    int fd = fileno(file);
    bool terminal = isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return terminal ? size.ws_col : 80;
}

typedef struct canvas {
    int width; /* of the plot */
    cli_axis x, y;
    char cells[ROWS][MOST_WIDTH];
} canvas;

static char letter_of(const cli_series *series)
{
    return (char)((series->secondary ? 'a' : 'A') + series->look % 26);
}

/* The nearest of `count` places along an axis. */
static int place(const cli_axis *axis, double value, int count)
{
    double at = floor(cli_axis_place(axis, value) * (count - 1) + 0.5);
    return at < 0 ? 0 : at > count - 1 ? count - 1 : (int)at;
}

/* Every column between two points is marked: few epochs make a line, too. */
static void draw(canvas *c, const cli_series *s)
{
    int before = -1; /* the column of the point before */
    for (int64_t i = 0; i < s->count; ++i) {
        int column = isnan(s->y[i]) ? -1 : place(&c->x, s->x[i], c->width);
        if (column < 0) {
            before = -1;
            continue;
        }
        int first = before >= 0 && before < column ? before + 1 : column;
        for (int k = first; k <= column; ++k) {
            double part =
                before >= 0 && column > before ? (double)(k - before) / (column - before) : 1;
            double y =
                i > 0 && before >= 0 ? s->y[i - 1] + part * (s->y[i] - s->y[i - 1]) : s->y[i];
            c->cells[ROWS - 1 - place(&c->y, y, ROWS)][k] = letter_of(s);
        }
        before = column;
    }
}

/* The label of the tick in this row, or nothing. */
static void row_label(const canvas *c, int row, char label[32])
{
    label[0] = '\0';
    for (int i = 0; i < cli_axis_ticks(&c->y); ++i)
        if (ROWS - 1 - place(&c->y, cli_axis_tick(&c->y, i), ROWS) == row)
            cli_axis_label(&c->y, i, label);
}

static int label_width(const canvas *c)
{
    int widest = 0;
    for (int row = 0; row < ROWS; ++row) {
        char label[32];
        row_label(c, row, label);
        int length = (int)strlen(label);
        widest = length > widest ? length : widest;
    }
    return widest;
}

/* The ticks of x, each under its column, as long as the line has room for them. */
static void print_ticks(FILE *file, const canvas *c, int margin, const char *title)
{
    int written = 0;
    cli_print(file, "%*s", margin + 2, "");
    for (int i = 0; i < cli_axis_ticks(&c->x); ++i) {
        char label[32];
        cli_axis_label(&c->x, i, label);
        int length = (int)strlen(label),
            column = place(&c->x, cli_axis_tick(&c->x, i), c->width) - length / 2;
        column = column < 0 ? 0 : column;
        if (column + length > c->width || (written > 0 && column <= written))
            continue;
        cli_print(file, "%*s%s", column - written, "", label);
        written = column + length;
    }
    cli_print(file, "\n%*s%s\n", margin + 2, "", title);
}

static void print_legend(FILE *file, const cli_chart *chart, int margin)
{
    for (int i = 0; i < chart->count; ++i)
        if (chart->series[i].name != NULL)
            cli_print(file, "%*s%c  %s\n", margin + 2, "", letter_of(&chart->series[i]),
                      chart->series[i].name);
}

void cli_ascii_chart(FILE *file, const cli_chart *chart, int columns)
{
    canvas c;
    memset(c.cells, ' ', sizeof c.cells);
    cli_chart_axes(chart, 8, 5, &c.x, &c.y);
    int margin = label_width(&c);
    c.width = columns - margin - 3;
    c.width = c.width < LEAST_WIDTH ? LEAST_WIDTH : c.width > MOST_WIDTH ? MOST_WIDTH : c.width;
    for (int pass = 0; pass < 2; ++pass)
        for (int i = 0; i < chart->count; ++i)
            if (chart->series[i].secondary == (pass == 0))
                draw(&c, &chart->series[i]);
    cli_print(file, "%s\n", chart->title);
    for (int row = 0; row < ROWS; ++row) {
        char label[32];
        int end = c.width;
        row_label(&c, row, label);
        while (end > 0 && c.cells[row][end - 1] == ' ')
            --end;
        cli_print(file, "%*s %c%.*s\n", margin, label, label[0] != '\0' ? '+' : '|', end,
                  c.cells[row]);
    }
    cli_print(file, "%*s +", margin, "");
    for (int i = 0; i < c.width; ++i)
        fputc('-', file);
    fputc('\n', file);
    print_ticks(file, &c, margin, chart->x_title);
    print_legend(file, chart, margin);
}
