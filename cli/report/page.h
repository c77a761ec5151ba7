/* --report: an HTML page about a model and its scores, for offline reading. It has no script and
 * loads nothing. */
#ifndef CLI_REPORT_PAGE_H
#define CLI_REPORT_PAGE_H

#include "cli/files/model.h"

/* The contents of a report. The caller owns everything. */
typedef struct cli_report {
    const gd_model *model;
    const char *path;       /* the model's file; NULL: not saved */
    const gd_table *table;  /* described in the section Data */
    const gd_table *scored; /* the scored rows */
    const gd_examples *truth;
    const gd_prediction *prediction;
    const gd_scores *scores;
    const char *how;    /* a sentence: how the rows were scored */
    const gd_json *log; /* lines of the training log; NULL: none */
    const char *stage;  /* the stage that led to the model */
    bool seen;          /* the model was trained on the rows of `scored` */
} cli_report;

/* An exit code. */
int cli_report_write(const cli_report *report, const char *path);

/* ---- sections, for cli_report_write ---- */

void cli_report_training(FILE *file, const cli_report *report);
void cli_report_scores(FILE *file, const cli_report *report);
void cli_report_curves(FILE *file, const cli_report *report);
void cli_report_predictions(FILE *file, const cli_report *report); /* regression */
void cli_report_features(FILE *file, const cli_report *report);
void cli_report_data(FILE *file, const cli_report *report);

#endif
