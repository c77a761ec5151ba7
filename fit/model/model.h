/* A model: target, encoder, network, and how it was trained. */
#ifndef GRADUS_FIT_MODEL_MODEL_H
#define GRADUS_FIT_MODEL_MODEL_H

#include "fit/model/network.h"

/* How the training table was read. The texts are the model's. */
typedef struct gd__reading {
    bool known; /* older files do not tell */
    bool header;
    char delimiter, likely_delimiter, decimal, likely_decimal; /* 0: not given */
    const char *format; /* from the file's name or an option; NULL: none */
    const char *weight; /* the column of sample weights; NULL: none */
} gd__reading;

/* The options, and what they leave open as it was found; without texts. */
gd__reading gd__reading_of(const gd_table *table, const gd_table_options *options);

struct gd_model {
    gd_encoder *encoder;
    gd_target target;
    gd__network network;
    gd__levels ids;      /* names of the identifier columns */
    gd__levels texts;    /* all other texts of the model */
    const char *missing; /* further texts for missing values; NULL: none */
    gd__reading reading;
    double *thresholds; /* [width] */
    double *shares;     /* [width]: of classes or labels in training; the mean of numbers */
    gd_training training;

    /* Of gd_fit. */
    gd_table *taken, *valid_taken; /* copies without rows of weight 0; NULL: there are none */
    gd_examples examples;          /* the validation rows */
    gd_prediction prediction;
    gd_validation validation;
};

/* An empty model; gd_model_destroy. NULL and a message. */
gd_model *gd__model_create(void);

/* Copies a text to the model's, NULL to NULL. */
bool gd__model_keep(gd_model *model, const char **kept, const char *text);

/* Thresholds of 0.5 and shares of 0, of the target's width. */
bool gd__model_create_numbers(gd_model *model);

/* The same, with the shares of the rows that are known. */
bool gd__model_set_shares(gd_model *model, const gd_examples *training);

/* Each threshold becomes the one with the best F1 of its label on these rows; of two classes, the
 * one with the best mean of both classes' F1. Of several it is the one nearest to 0.5. */
bool gd__thresholds_tune(gd_model *model, const gd_examples *examples,
                         const gd_prediction *prediction);

gd_json *gd__scores_json(const gd_scores *scores);
bool gd__scores_from_json(gd_scores *scores, const gd_json *json);

gd_json *gd__seed_json(uint64_t seed);

/* The terms of gd_training.model, by gd__selected, and of gd_training.validation. */
extern const char *const gd__kinds[3], *const gd__validations[3];

#endif
