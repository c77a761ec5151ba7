/* What is trained: layers between features and logits, from a few words that a model's file
 * keeps. */
#ifndef GRADUS_FIT_NETWORK_H
#define GRADUS_FIT_NETWORK_H

#include "fit/internal.h"

enum { GD__MOST_HIDDEN = 16 };

typedef struct gd__architecture {
    int64_t inputs, outputs;
    int hidden_count; /* 0: logits are linear in the features */
    int64_t hidden[GD__MOST_HIDDEN];
    const char *act;      /* "relu", .. */
    double dropout;       /* of hidden units */
    double input_dropout; /* of features */
} gd__architecture;

/* The layers, in the list under `name` with their first weights; NULL and a gd_message(). */
gd_module *gd__architecture_build(const gd__architecture *architecture, gd_parameters *parameters,
                                  const char *name);

/* The logits of all rows of x [n,inputs], in evaluation and without recording: [n,outputs], the
 * caller's; NULL and a message. The tape is reset. */
gd_tensor *gd__logits(gd_tape *tape, gd_module *module, const gd_tensor *x);

/* What a model's file holds. */
typedef struct gd__network {
    gd__architecture architecture;
    gd_parameters *parameters;
    gd_module *module;
} gd__network;

gd_status gd__network_create(gd__network *network, const gd__architecture *architecture);
void gd__network_free(gd__network *network);

/* One network that says what `count` of one architecture say in the mean: their hidden units side
 * by side, each reading its own, and the logits' weights divided by their number. members: the
 * list that they were built in, one after the other, and nothing else. */
gd_status gd__network_merge(gd__network *network, const gd__architecture *member, int count,
                            const gd_parameters *members);

/* The mean of a network with one hidden layer of relu and a linear model, again as one such
 * network: a linear logit z is relu(z) - relu(-z). linear: its weight and bias. */
bool gd__can_blend(const gd__architecture *architecture);
gd_status gd__network_blend(gd__network *network, const gd_parameters *linear);

gd_json *gd__architecture_json(const gd__architecture *architecture);
bool gd__architecture_from_json(gd__architecture *architecture, const gd_json *json);

#endif
