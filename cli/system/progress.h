/* How far training has come, on stderr: one line that is written over on a terminal, plain lines elsewhere. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum { CLI_SPARKS = 24 };

typedef struct cli_progress {
    enum { CLI_SILENT, CLI_PLAIN, CLI_LINE } style;
    bool colour, utf8;
    const char *stage; /* what is under way */
    int64_t epochs;
    const char *metric;        /* "accuracy"; what epochs are judged by beside the loss */
    double start;              /* seconds */
    double losses[CLI_SPARKS]; /* the latest, in a ring */
    int64_t seen;
} cli_progress;

/* style: "auto" (NULL, too), "plain" or "none". */
void cli_progress_begin(cli_progress *progress, const char *style, const char *stage,
                        int64_t epochs, const char *metric);
/* After epoch 1, 2, ... A number that there is not is NaN. */
void cli_progress_epoch(cli_progress *progress, int64_t epoch, double train_loss, double valid_loss,
                        double metric);
/* Ends the line. patience: of the early stopping that ended training after `epoch`; 0: none did. */
void cli_progress_end(cli_progress *progress, int64_t epoch, int64_t patience);

double cli_seconds(void); /* since some moment; for differences */

#endif
