/* Training progress on standard error. */
#include "cli/train/progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double cli_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The locale's character encoding by its variables: the program itself stays in the C locale, so
 * that numbers have a point. */
static bool is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (int i = 0; i < 3; ++i) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0')
            return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL;
    }
    return false;
}

void cli_progress_begin(cli_progress *progress, const char *style, const char *stage,
                        int64_t epochs, const char *metric)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool terminal = isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
    *progress = (cli_progress){.style = terminal ? CLI_LINE : CLI_PLAIN,
                               .colour = no_color == NULL || no_color[0] == '\0',
                               .utf8 = is_utf8(),
                               .stage = stage,
                               .epochs = epochs,
                               .metric = metric,
                               .start = cli_seconds()};
    if (style != NULL && strcmp(style, "plain") == 0)
        progress->style = CLI_PLAIN;
    if (style != NULL && strcmp(style, "none") == 0)
        progress->style = CLI_SILENT;
}

/* The latest losses as bars; the lowest is the shortest. text [at least 4 CLI_SPARKS + 1]. */
static void draw_sparks(const cli_progress *progress, char *text)
{
    static const char *const bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const plain[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
    int64_t count = progress->seen < CLI_SPARKS ? progress->seen : CLI_SPARKS;
    double low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < count; ++i) {
        low = fmin(low, progress->losses[i]);
        high = fmax(high, progress->losses[i]);
    }
    text[0] = '\0';
    for (int64_t i = progress->seen - count; i < progress->seen; ++i) {
        double part = (progress->losses[i % CLI_SPARKS] - low) / (high - low);
        int bar = part > 0 ? (int)fmin(7, floor(8 * part)) : 0;
        strcat(text, progress->utf8 ? bars[bar] : plain[bar]);
    }
}

static void print_numbers(const cli_progress *progress, int64_t epoch, double train_loss,
                          double valid_loss, double metric)
{
    fprintf(stderr, "%s  epoch %" PRId64 "/%" PRId64 "  loss %.4f", progress->stage, epoch,
            progress->epochs, train_loss);
    if (!isnan(valid_loss))
        fprintf(stderr, "  valid %.4f", valid_loss);
    if (!isnan(metric))
        fprintf(stderr, "  %s %.4f", progress->metric, metric);
}

void cli_progress_epoch(cli_progress *progress, int64_t epoch, double train_loss, double valid_loss,
                        double metric)
{
    double loss = isnan(valid_loss) ? train_loss : valid_loss;
    progress->losses[progress->seen++ % CLI_SPARKS] = loss;
    int64_t tenth = progress->epochs / 10 > 0 ? progress->epochs / 10 : 1;
    if (progress->style == CLI_SILENT ||
        (progress->style == CLI_PLAIN && epoch != 1 && epoch % tenth != 0))
        return;
    if (progress->style == CLI_PLAIN) {
        print_numbers(progress, epoch, train_loss, valid_loss, metric);
        fputc('\n', stderr);
        return;
    }
    char sparks[4 * CLI_SPARKS + 1];
    double spent = cli_seconds() - progress->start;
    draw_sparks(progress, sparks);
    fputs("\r\033[K", stderr);
    print_numbers(progress, epoch, train_loss, valid_loss, metric);
    fprintf(stderr, "  %s%s%s  %.0f s left", progress->colour ? "\033[36m" : "", sparks,
            progress->colour ? "\033[0m" : "",
            ceil(spent / (double)progress->seen * (double)(progress->epochs - epoch)));
    fflush(stderr);
}

void cli_progress_end(cli_progress *progress, int64_t epoch, int64_t patience)
{
    if (progress->style == CLI_LINE && progress->seen > 0)
        fputc('\n', stderr);
    if (progress->style != CLI_SILENT && patience > 0 && progress->epochs > epoch)
        fprintf(stderr,
                "%s  early stopping at epoch %" PRId64
                ": no improvement in validation loss for %" PRId64 " epoch%s\n",
                progress->stage, epoch, patience, patience == 1 ? "" : "s");
}
