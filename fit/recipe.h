/* How a model is trained where no option says it. The defaults were chosen on fifty tables of 50
 * to 7000 rows; see docs/defaults.md. */
#ifndef GRADUS_FIT_RECIPE_H
#define GRADUS_FIT_RECIPE_H

#include "fit/network.h"

/* A kind of model and how it is trained. Members are called as the options are. */
typedef struct gd__recipe {
    const char *name; /* "logreg-1", "mlp": of its stage in logs and checkpoints */
    /* Of a member; its inputs are filled in where the features are known. */
    gd__architecture architecture;
    int members; /* networks whose mean is taken */
    const char *optim, *schedule;
    double lr;
    double weight_decay; /* of weights, not of biases */
    double clip;         /* 0: not at all */
    int64_t epochs;      /* that the schedule is made for */
    int64_t last_epoch;  /* training ends after it; 0: `epochs` */
    int64_t batch;
    int64_t patience; /* epochs without a better validation loss that are borne; 0: any number */
    uint64_t seed;
} gd__recipe;

enum { GD__MOST_RECIPES = 8 };

/* The recipes to be tried for so many training rows, in the order in which they win a draw. */
gd_status gd__recipes(gd__recipe recipes[GD__MOST_RECIPES], int *count,
                      const gd_fit_options *options, const gd_target *target, int64_t outputs,
                      int64_t rows);

#endif
