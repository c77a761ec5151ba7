/* A model: what it takes in, the network, what it says, and how it came about. */
#ifndef GRADUS_FIT_MODEL_H
#define GRADUS_FIT_MODEL_H

#include "fit/network.h"

/* A copy of a text, or NULL. */
typedef struct gd__owned_text {
    char *at;
    size_t size; /* with its 0 */
} gd__owned_text;

/* False and a message: no memory. Of NULL: NULL. */
bool gd__text_copy(gd__owned_text *text, const char *from);
void gd__text_free(gd__owned_text *text);

/* How training's table was read. */
typedef struct gd__reading {
    bool known; /* an old model does not tell */
    bool header;
    char delimiter, likely_delimiter, decimal, likely_decimal; /* 0: not said */
    gd__owned_text format, weight; /* what its name or an option tells; its column of weights */
} gd__reading;

/* As the options say, and where they leave it open as it turned out; without texts. */
gd__reading gd__reading_of(const gd_table *table, const gd_table_options *options);

struct gd_model {
    gd_encoder *encoder;
    gd_target target;
    gd__network network;
    gd__levels ids;         /* names of the columns that predictions repeat */
    gd__owned_text missing; /* further texts for missing values */
    gd__reading reading;
    double *thresholds; /* [width]; a label is said where its probability is above */
    double *shares;     /* [width]: of classes or labels in training; the mean of numbers */
    gd_training training;
    gd__owned_text table_path; /* training.table */

    /* Of gd_fit. */
    gd_table *taken, *valid_taken; /* without rows of weight 0; NULL: there are none such */
    gd_examples examples;          /* the validation rows */
    gd_prediction prediction;
    gd_validation validation;
};

/* Without a part; gd_model_destroy. NULL and a message. */
gd_model *gd__model_create(void);

/* thresholds of 0.5 and shares of 0, of the target's width. */
gd_status gd__model_create_numbers(gd_model *model);

/* The shares of the rows that are known. */
gd_status gd__model_set_shares(gd_model *model, const gd_examples *training);

/* Each threshold becomes the one with the best F1 of its label on these rows, of two classes with
 * the best mean of both classes' F1; of several the one nearest to 0.5. */
gd_status gd__thresholds_tune(gd_model *model, const gd_examples *truth,
                              const gd_prediction *prediction);

gd_json *gd__scores_json(const gd_scores *scores);
bool gd__scores_from_json(gd_scores *scores, const gd_json *json);

gd_json *gd__model_json(const gd_model *model);
gd_json *gd__seed_json(uint64_t seed);

/* What of training is one of a few words. */
extern const char *const gd__kinds[3], *const gd__validations[3];

#endif
