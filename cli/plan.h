/* How a model is trained where no option says it. The defaults were chosen on fifty tables of 50 to 7000 rows; see
 * docs/defaults.md. */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include "cli/options/options.h"
#include "cli/run.h"

/* A kind of model and how it is trained. */
typedef struct cli_recipe {
    const char *name; /* "logreg-1", "mlp": of its stage in logs and checkpoints */
    cli_architecture
        architecture; /* of a member; its inputs are filled in where the features are known */
    cli_plan plan;
    int members; /* networks whose mean is taken */
} cli_recipe;

enum { CLI_MOST_RECIPES = 8 };

/* The recipes to be tried for so many training rows, in the order in which they win a draw; their number, or a
 * negative exit code after a message. */
int cli_recipes(cli_recipe recipes[CLI_MOST_RECIPES], const cli_options *options,
                const cli_target *target, const cli_objective *objective, int64_t rows);

#endif
