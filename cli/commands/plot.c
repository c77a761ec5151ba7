/* gradus plot: draws the training curves of logs, as SVG or with characters. */
#include "cli/charts/chart.h"
#include "cli/charts/training_log.h"
#include "cli/cli.h"
#include "cli/files/output.h"
#include "cli/report/html.h"
#include "cli/system/embedded.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH = 720 };

typedef struct plot {
    int count; /* of logs */
    gd_json *logs[CLI_MOST_RUNS];
    cli_history runs[CLI_MOST_RUNS];
    char *names[CLI_MOST_RUNS];
    cli_history_charts charts;
} plot;

/* A log's file, with its folders where another is named alike, and the stage that is drawn. */
static char *name_run(const cli_options *o, int index, const char *stage)
{
    const char *path = o->operands[index], *name = cli_file_name(path);
    for (int i = 0; i < o->count; ++i)
        if (i != index && strcmp(cli_file_name(o->operands[i]), cli_file_name(path)) == 0)
            name = path;
    return cli_text("%s (%s)", name, stage);
}

static int read_logs(plot *p, const cli_options *o)
{
    for (int i = 0; i < o->count; ++i) {
        p->count = i + 1;
        int code = cli_log_read(&p->logs[i], o->operands[i]);
        if (code != CLI_OK)
            return code;
        const char *stage = cli_longest_stage(p->logs[i]);
        cli_history_create(&p->runs[i], p->logs[i], stage);
        p->names[i] = name_run(o, i, stage);
    }
    return CLI_OK;
}

static void write_ascii(FILE *file, const cli_history_charts *charts)
{
    for (int i = 0; i < charts->count; ++i) {
        if (i > 0)
            fputc('\n', file);
        cli_ascii_chart(file, &charts->charts[i], cli_columns_of(file));
    }
}

static void write_svg(FILE *file, const plot *p)
{
    int height = 0, y = 0;
    for (int i = 0; i < p->charts.count; ++i)
        height += cli_svg_height(&p->charts.charts[i], WIDTH);
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\" role=\"group\" aria-labelledby=\"title\">\n"
            "<title id=\"title\">Training curves:",
            WIDTH, height, WIDTH, height);
    for (int i = 0; i < p->count; ++i) {
        fputs(i > 0 ? ", " : " ", file);
        cli_put_text(file, p->names[i], 0);
    }
    fputs("</title>\n<style>", file);
    cli_put_lines(file, cli_chart_css);
    fputs(".paper{fill:#fff}@media (prefers-color-scheme:dark){.paper{fill:#15181d}}</style>\n"
          "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n",
          file);
    for (int i = 0; i < p->charts.count; ++i) {
        cli_svg_chart(file, &p->charts.charts[i], WIDTH, y);
        y += cli_svg_height(&p->charts.charts[i], WIDTH);
    }
    fputs("</svg>\n", file);
}

static int write_plot(const plot *p, const cli_options *o)
{
    cli_output output;
    if (!cli_output_open(&output, o->output))
        return CLI_RUNTIME;
    if (o->ascii)
        write_ascii(output.file, &p->charts);
    else
        write_svg(output.file, p);
    return cli_output_finish(&output);
}

int cli_plot(const cli_options *options)
{
    plot p = {.count = 0};
    if (options->count > CLI_MOST_RUNS)
        return cli_usage_error(options, "one chart takes at most %d logs", CLI_MOST_RUNS);
    int code = cli_check_output(options, "output", options->output);
    if (code == CLI_OK)
        code = read_logs(&p, options);
    if (code == CLI_OK)
        cli_history_draw(&p.charts, p.runs, p.count > 1 ? p.names : NULL, p.count);
    if (code == CLI_OK)
        code = write_plot(&p, options);
    cli_history_charts_free(&p.charts);
    for (int i = 0; i < p.count; ++i) {
        cli_history_free(&p.runs[i]);
        free(p.names[i]);
        gd_json_destroy(p.logs[i]);
    }
    return code;
}
