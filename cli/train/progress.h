/* Training progress on standard error: one line that is overwritten on a terminal, plain lines
 * elsewhere. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum { CLI_SPARKS = 24 };

typedef struct cli_progress {
    enum { CLI_SILENT, CLI_PLAIN, CLI_LINE } style;
    bool colour, utf8;
    const char *stage; /* the current stage */
    int64_t epochs;
    const char *metric;        /* the score beside the loss, such as "accuracy" */
    double start;              /* seconds */
    double losses[CLI_SPARKS]; /* the latest, in a ring */
    int64_t seen;
} cli_progress;

/* style: "auto" (or NULL), "plain" or "none". */
void cli_progress_begin(cli_progress *progress, const char *style, const char *stage,
                        int64_t epochs, const char *metric);
/* Call it after each epoch, from 1. NaN: not available. */
void cli_progress_epoch(cli_progress *progress, int64_t epoch, double train_loss, double valid_loss,
                        double metric);
/* Ends the display. patience: that of early stopping if it ended training after `epoch`, else
 * 0. */
void cli_progress_end(cli_progress *progress, int64_t epoch, int64_t patience);

double cli_seconds(void); /* since an arbitrary time; for differences */

#endif
