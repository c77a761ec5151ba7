#include "docs/book/picture.h"

#include "cli/charts/chart.h"
#include "cli/report/html.h"
#include "cli/system/embedded.h"

#include <stdarg.h>
#include <stdlib.h>

enum { CHART_WIDTH = 640 };

static const char style[] =
    "text{font:14px system-ui,sans-serif;fill:#1b1e23;text-anchor:middle}.head{font-weight:bold}"
    "rect{fill:none;stroke:#59616c}path{fill:none;stroke:#59616c;stroke-width:1.5}"
    "text.soft{fill:#59616c}rect.value{stroke:#1a5cc0;fill:#e9f1fd}"
    "rect.gradient{stroke:#a8440a;stroke-dasharray:5 3}rect.now{stroke:#a8440a;fill:#fcefe4;"
    "stroke-width:2.5}rect.off{fill:#59616c}text.off{fill:#ffffff}"
    "path.value{stroke:#1a5cc0}path.gradient{stroke:#a8440a;stroke-dasharray:5 3}"
    "path.now{stroke:#a8440a;stroke-width:2.5}\n"
    "@media (prefers-color-scheme:dark){text{fill:#e6e9ed}rect,path{stroke:#a3abb6}"
    "text.soft{fill:#a3abb6}rect.value{stroke:#86b6ff;fill:#172a47}"
    "rect.gradient{stroke:#ffab70}rect.now{stroke:#ffab70;fill:#3b2514}rect.off{fill:#a3abb6}"
    "text.off{fill:#14171b}path.value{stroke:#86b6ff}path.gradient,path.now{stroke:#ffab70}}\n";

static FILE *begin(const char *path, int width, int height)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\" role=\"img\">\n",
            width, height, width, height);
    return file;
}

void picture_end(FILE *file)
{
    fputs("</svg>\n", file);
    if (ferror(file) | fclose(file)) {
        perror("picture");
        exit(1);
    }
}

void picture_charts(const char *path, const cli_chart *charts, int count)
{
    int height = 0, y = 0;
    for (int i = 0; i < count; ++i)
        height += cli_svg_height(&charts[i], CHART_WIDTH);
    FILE *file = begin(path, CHART_WIDTH, height);
    fputs("<style>\n", file);
    cli_put_lines(file, cli_chart_css);
    fputs("</style>\n", file);
    for (int i = 0; i < count; ++i) {
        cli_svg_chart(file, &charts[i], CHART_WIDTH, y);
        y += cli_svg_height(&charts[i], CHART_WIDTH);
    }
    picture_end(file);
}

FILE *picture_begin(const char *path, int width, int height, const char *title)
{
    FILE *file = begin(path, width, height);
    fputs("<title>", file);
    cli_put_text(file, title, 0);
    fprintf(file,
            "</title>\n<style>%s</style>\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" "
            "refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" "
            "orient=\"auto\"><path d=\"M1,1L7,4L1,7\" style=\"stroke:context-stroke\"/></marker>"
            "</defs>\n",
            style);
    return file;
}

static void put_text(FILE *file, const char *look, double x, double y, const char *format,
                     va_list arguments)
{
    char text[200];
    vsnprintf(text, sizeof text, format, arguments);
    fprintf(file, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", look, x, y);
    cli_put_text(file, text, 0);
    fputs("</text>\n", file);
}

void picture_text(FILE *file, const char *look, double x, double y, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put_text(file, look, x, y, format, arguments);
    va_end(arguments);
}

void picture_box(FILE *file, const char *look, double x, double y, double width, double height,
                 const char *format, ...)
{
    va_list arguments;
    fprintf(file,
            "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"4\"/>\n",
            look, x, y, width, height);
    va_start(arguments, format);
    put_text(file, look, x + width / 2, y + height / 2 + 5, format, arguments);
    va_end(arguments);
}

void picture_arrow(FILE *file, const char *look, double x1, double y1, double x2, double y2)
{
    fprintf(file, "<path class=\"%s\" d=\"M%.1f,%.1fL%.1f,%.1f\" marker-end=\"url(#tip)\"/>\n",
            look, x1, y1, x2, y2);
}
