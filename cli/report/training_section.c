/* The report's section Training: the curves of the log, and the same numbers as a table. */
#include "cli/charts/chart.h"
#include "cli/charts/training_log.h"
#include "cli/report/html.h"
#include "cli/report/page.h"

enum { WIDTH = 350 };

static void put_epochs(FILE *file, const cli_history *h)
{
    const char *columns[] = {"epoch", "training loss", "validation loss", h->score_name, NULL};
    fputs("<details><summary>The curves as a table</summary>\n", file);
    cli_open_table(file, "After each epoch", columns);
    for (int64_t i = 0; i < h->count; ++i) {
        fprintf(file, "<tr><th scope=\"row\">%.0f</th>", h->epoch[i]);
        cli_put_cell(file, h->train_loss[i]);
        cli_put_cell(file, h->valid_loss[i]);
        if (h->score_name != NULL)
            cli_put_cell(file, h->score[i]);
        cli_close_row(file);
    }
    cli_close_table(file);
    fputs("</details>\n", file);
}

void cli_report_training(FILE *file, const cli_report *report)
{
    cli_history history;
    cli_history_charts charts = {.count = 0};
    cli_history_create(&history, report->log, report->stage);
    if (history.count == 0)
        fputs("<p>The checkpoint was already complete: this run trained no epoch.</p>\n", file);
    else
        cli_history_draw(&charts, &history, NULL, 1);
    if (charts.count > 0) {
        fputs("<div class=\"charts\">\n", file);
        for (int i = 0; i < charts.count; ++i)
            cli_svg_chart(file, &charts.charts[i], WIDTH, 0);
        fputs("</div>\n", file);
        put_epochs(file, &history);
    }
    cli_history_charts_free(&charts);
    cli_history_free(&history);
}
