/* The report page: its head, facts about the model, and the sections in their order. */
#include "cli/report/page.h"
#include "cli/charts/chart.h"
#include "cli/cli.h"
#include "cli/files/output.h"
#include "cli/report/html.h"
#include "cli/system/embedded.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Nothing but what stands in the page may be shown or run, whatever a table's texts are. */
static const char head[] =
    "<!DOCTYPE html>\n"
    "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
    "<meta charset=\"utf-8\"/>\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:\"/>\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
    "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
    "<link rel=\"icon\" href=\"data:,\"/>\n";

/* ---- what the model is ---- */

/* The texts that a target's function gives, the first few of `count`. */
static void put_list(FILE *file, const gd_target *target,
                     const char *(*text_at)(const gd_target *target, int64_t i), int64_t count)
{
    enum { MOST_SHOWN = 12 };
    for (int64_t i = 0; i < count && i < MOST_SHOWN; ++i) {
        fputs(i > 0 ? ", " : "", file);
        cli_put_text(file, text_at(target, i), 60);
    }
    if (count > MOST_SHOWN)
        fprintf(file, ", … (%" PRId64 ")", count);
}

static void put_fact(FILE *file, const char *name, const gd_json *value)
{
    fprintf(file, "<dt>%s</dt><dd>", name);
    if (gd_json_is(value, GD_JSON_STRING))
        cli_put_text(file, gd_json_string_of(value), 0);
    else if (gd_json_is(value, GD_JSON_INTEGER))
        fprintf(file, "%" PRId64, gd_json_integer_of(value));
    else
        fputs("yes", file);
    fputs("</dd>\n", file);
}

/* How it came about, as its file says; the scores there are of other rows, or again those below.
 * */
static void put_facts(FILE *file, const cli_report *r)
{
    const gd_target *target = gd_model_target(r->model);
    int64_t width = gd_target_width(target);
    const gd_architecture *network = gd_model_architecture(r->model);
    gd_json *model = cli_model_json(r->model), *training = gd_json_get(model, "training");
    fputs("<dl>\n<dt>target</dt><dd>", file);
    put_list(file, target, gd_target_column, cli_has_classes(target) ? 1 : width);
    if (cli_has_classes(target)) {
        fputs(": ", file);
        put_list(file, target, gd_target_label, width);
    }
    fprintf(file, "</dd>\n<dt>task</dt><dd>%s</dd>\n<dt>network</dt><dd>%" PRId64 " feature%s",
            gd_task_name(gd_target_task(target)), network->inputs, network->inputs == 1 ? "" : "s");
    for (int i = 0; i < network->hidden_count; ++i)
        fprintf(file, " → %" PRId64 " %s", network->hidden[i], network->act);
    fprintf(file, " → %" PRId64 " output%s</dd>\n", network->outputs,
            network->outputs == 1 ? "" : "s");
    for (size_t i = 0; i < gd_json_size(training); ++i)
        if (!gd_json_is(gd_json_at(training, i), GD_JSON_OBJECT))
            put_fact(file, gd_json_key(training, i), gd_json_at(training, i));
    gd_json_destroy(model);
    fputs("</dl>\n", file);
}

/* ---- the whole ---- */

static const struct {
    const char *id, *title;
    unsigned tasks; /* 1 << those that have it */
    void (*write)(FILE *file, const cli_report *report);
} sections[] = {
    {"scores", "Scores", 15, cli_report_scores},
    {"training", "Training", 15, cli_report_training},
    {"curves", "ROC and precision-recall", 1 << GD_BINARY | 1 << GD_MULTICLASS | 1 << GD_MULTILABEL,
     cli_report_curves},
    {"predictions", "Predictions", 1 << GD_REGRESSION, cli_report_predictions},
    {"features", "Feature importance", 15, cli_report_features},
    {"data", "Data", 15, cli_report_data},
};
enum { SECTIONS = sizeof sections / sizeof *sections };

static bool has(const cli_report *r, int section)
{
    return (sections[section].tasks >> gd_target_task(gd_model_target(r->model)) & 1) != 0 &&
           (sections[section].write != cli_report_training || r->log != NULL);
}

static void put_navigation(FILE *file, const cli_report *r)
{
    fputs("<nav aria-label=\"Sections\"><ul>\n", file);
    for (int i = 0; i < SECTIONS; ++i)
        if (has(r, i))
            fprintf(file, "<li><a href=\"#%s\">%s</a></li>\n", sections[i].id, sections[i].title);
    fputs("</ul></nav>\n", file);
}

static void write_page(FILE *file, const cli_report *r)
{
    const char *name = r->path != NULL ? r->path : gd_table_path(r->table);
    fprintf(file, "%s<title>", head);
    cli_put_text(file, name, 0);
    fputs(" – Gradus report</title>\n<style>\n", file);
    cli_put_lines(file, cli_page_css);
    cli_put_lines(file, cli_chart_css);
    fputs("</style>\n</head>\n<body>\n<header>\n<h1>", file);
    cli_put_text(file, name, 0);
    fputs("</h1>\n", file);
    put_facts(file, r);
    put_navigation(file, r);
    fputs("</header>\n<main>\n", file);
    for (int i = 0; i < SECTIONS; ++i)
        if (has(r, i)) {
            cli_open_section(file, sections[i].id, sections[i].title);
            sections[i].write(file, r);
            fputs("</section>\n", file);
        }
    fprintf(file, "</main>\n<footer class=\"note\"><p>gradus %s</p></footer>\n</body>\n</html>\n",
            gd_version());
}

int cli_check_report(const cli_options *options)
{
    const char *path = options->report;
    if (path == NULL)
        return CLI_OK;
    if (strcmp(path, "-") == 0)
        return cli_usage_error(options,
                               "--report takes a file name; standard output is for the scores");
    if (cli_check_output(options, "report", path) != CLI_OK)
        return CLI_USAGE;
    return cli_output_check(path) ? CLI_OK : CLI_RUNTIME;
}

int cli_report_write(const cli_report *report, const char *path)
{
    cli_output output;
    if (!cli_output_open(&output, path))
        return CLI_RUNTIME;
    write_page(output.file, report);
    return cli_output_finish(&output);
}
