/* What is trained: layers between features and logits, from a few words that a model's file keeps. */
#ifndef CLI_NETWORK_H
#define CLI_NETWORK_H

#include "data/json.h"

#include <gradus.h>

enum { CLI_MOST_HIDDEN = 16 };

typedef struct cli_architecture {
    int64_t inputs, outputs;
    int hidden_count; /* 0: logits are linear in the features */
    int64_t hidden[CLI_MOST_HIDDEN];
    const char *act;      /* "relu", ..: what --act takes */
    double dropout;       /* of hidden units */
    double input_dropout; /* of features */
} cli_architecture;

/* The layers, in the list under `name` with their first weights; NULL and a gd_message(). */
gd_module *cli_architecture_build(const cli_architecture *architecture, gd_parameters *parameters,
                                  const char *name);

/* The logits of all rows of x [n,inputs], in evaluation and without recording: [n,outputs], the caller's; NULL after
 * a message. The tape is reset. */
gd_tensor *cli_logits(gd_tape *tape, gd_module *module, const gd_tensor *x);

/* What a model's file holds. */
typedef struct cli_network {
    cli_architecture architecture;
    gd_parameters *parameters;
    gd_module *module;
} cli_network;

/* An exit code. */
int cli_network_create(cli_network *network, const cli_architecture *architecture);
void cli_network_free(cli_network *network);

/* One network that says what `count` of one architecture say in the mean: their hidden units side by side, each
 * reading its own, and the logits' weights divided by their number. members: the list that they were built in, one
 * after the other, and nothing else. An exit code. */
int cli_network_merge(cli_network *network, const cli_architecture *member, int count,
                      const gd_parameters *members);

/* The mean of a network with one hidden layer of relu and a linear model, again as one such network: a linear logit z is
 * relu(z) - relu(-z). linear: its weight and bias. An exit code. */
bool cli_can_blend(const cli_architecture *architecture);
int cli_network_blend(cli_network *network, const gd_parameters *linear);

/* Writes a file that no signal leaves half written. */
gd_status cli_save_state(const gd_state_dict *state, const char *path, const gd_metadata *metadata);

gd__json *cli_architecture_json(const cli_architecture *architecture);
bool cli_architecture_from_json(cli_architecture *architecture, const gd__json *json);

#endif
