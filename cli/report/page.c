/* The page: its head, and its sections in their order. */
#include "cli/report/page.h"
#include "cli/charts/chart.h"
#include "cli/cli.h"
#include "cli/files/output.h"
#include "cli/report/html.h"

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

static const char style[] =
    ":root{color-scheme:light "
    "dark;--paper:#fff;--ink:#1b1f24;--faint:#59616c;--rule:#dfe3e8;--bar:#bcdaf2;"
    "--back:#f6c9a6;--link:#0067a5}\n"
    "@media (prefers-color-scheme:dark){:root{--paper:#15181d;--ink:#e6e9ee;--faint:#a4adb8;"
    "--rule:#333a44;--bar:#1f4a6e;--back:#6b3d17;--link:#6cb8f0}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:1rem;max-width:64rem;background:var(--paper);color:var(--ink);"
    "font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\n"
    "h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}h2{font-size:1.2rem;margin:2.2rem 0 .6rem}"
    "h3{font-size:1rem;margin:1.4rem 0 .4rem}p,ul,dl{margin:.5rem 0}\n"
    "a{color:var(--link)}nav ul{display:flex;flex-wrap:wrap;gap:.2rem "
    "1.2rem;padding:0;list-style:none}"
    "nav a{display:inline-block;padding:.2rem 0}\n"
    ":focus-visible{outline:2px solid var(--link);outline-offset:2px}\n"
    ".note{color:var(--faint)}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem "
    "1rem}dt{color:var(--faint)}dd{margin:0}\n"
    ".scroll{overflow:auto;max-height:32rem;margin:.6rem 0}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;overflow-wrap:normal}"
    "caption{text-align:left;color:var(--faint);padding:.2rem 0}"
    "th,td{padding:.2rem "
    ".7rem;border-bottom:1px solid var(--rule);text-align:right;white-space:nowrap}"
    "th{font-weight:600}thead th{position:sticky;top:0;background:var(--paper)}"
    "th[scope=row],.text,thead th:first-child{text-align:left}"
    "th[scope=row],.text{max-width:24rem;white-space:normal}th[scope=row]{min-width:6rem}"
    "#data th,#data td{text-align:left}#data td:nth-child(n+4){min-width:15rem}"
    ".bar{min-width:9rem;background-clip:content-box;background-origin:content-box}\n"
    ".charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr));gap:"
    "1rem}"
    ".small{grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr))}"
    ".charts svg{width:100%;height:auto;max-width:29rem}.small svg{max-width:21rem}\n"
    "summary{cursor:pointer;padding:.3rem 0;color:var(--link)}\n"
    "@media (max-width:30rem){table{font-size:.875rem}.bar{min-width:6rem}th,td{padding:.2rem "
    ".4rem}th[scope=row]{overflow-wrap:anywhere}}\n"
    "@media print{.scroll{max-height:none;overflow:visible}nav{display:none}}\n";

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
    fprintf(file,
            " – Gradus report</title>\n<style>\n%s%s</style>\n</head>\n<body>\n<header>\n<h1>",
            style, cli_chart_style);
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
