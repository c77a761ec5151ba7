/* --report: one page of HTML about a model and how good it is, for reading offline. No script; it loads nothing. */
#ifndef CLI_REPORT_PAGE_H
#define CLI_REPORT_PAGE_H

#include "cli/model.h"

/* What is reported. Everything is the caller's. */
typedef struct cli_report {
    const cli_model *model;
    const char *path;       /* the model's file; NULL: it is not kept */
    const gd_table *table;  /* that is described */
    const bool *targets;    /* [its columns] */
    const gd_table *judged; /* whose rows the truth has */
    const cli_truth *truth;
    const cli_prediction *prediction;
    const gd__json *scores;
    const char *how;     /* the rows were judged: a sentence */
    const gd__json *log; /* lines of training; NULL: none */
    const char *stage;   /* of those, which came to the model */
    bool seen;           /* the model was trained on the rows of `judged` */
} cli_report;

/* An exit code. */
int cli_report_write(const cli_report *report, const char *path);

/* ---- its parts: sections, each an exit code; for cli_report_write ---- */

int cli_report_training(FILE *file, const cli_report *report);
int cli_report_scores(FILE *file, const cli_report *report);
int cli_report_curves(FILE *file, const cli_report *report);
int cli_report_predictions(FILE *file, const cli_report *report); /* of numbers */
int cli_report_features(FILE *file, const cli_report *report);
int cli_report_data(FILE *file, const cli_report *report);

#endif
