#include "cli/plan.h"
#include "cli/cli.h"

#include <string.h>

static bool is(const char *text, const char *other)
{
    return text != NULL && strcmp(text, other) == 0;
}

static double given(gd_optional option, double otherwise)
{
    return option.given ? option.value : otherwise;
}

static bool is_given(const char *choice)
{
    return choice != NULL && strcmp(choice, "auto") != 0;
}

/* What each optimiser is content with on standardised features. */
static double default_rate(const char *optim)
{
    return is(optim, "lbfgs")      ? 1
           : is(optim, "sgd")      ? 0.1
           : is(optim, "momentum") ? 0.02
           : is(optim, "adagrad")  ? 0.05
           : is(optim, "rmsprop")  ? 0.002
                                   : 0.005;
}

enum { STEPS = 600, LEAST_EPOCHS = 40, MOST_EPOCHS = 300, BATCH = 32, PATIENCE = 20 };

static int64_t default_epochs(int64_t rows, int64_t batch)
{
    int64_t steps = (rows + batch - 1) / batch, epochs = (STEPS + steps - 1) / steps;
    return epochs < LEAST_EPOCHS ? LEAST_EPOCHS : epochs > MOST_EPOCHS ? MOST_EPOCHS : epochs;
}

/* Steps of batches. */
static cli_plan stepwise_plan(const cli_options *o, int64_t rows)
{
    const char *optim = is_given(o->optim) ? o->optim : "adamw";
    int64_t batch = (int64_t)given(o->batch, BATCH);
    return (cli_plan){.optim = optim,
                      .schedule = is_given(o->schedule) ? o->schedule : "one-cycle",
                      .lr = given(o->lr, default_rate(optim)),
                      .weight_decay = given(o->weight_decay, is(optim, "adamw") ? 0.01 : 0),
                      .clip = given(o->clip, 0),
                      .epochs = (int64_t)given(o->epochs, (double)default_epochs(rows, batch)),
                      .batch = batch,
                      .patience = (int64_t)given(o->patience, PATIENCE),
                      .seed = o->seed};
}

enum { LBFGS_EPOCHS = 2 /* of 20 iterations */ };

/* All rows at once. */
static cli_plan whole_plan(const cli_options *o, double weight_decay)
{
    return (cli_plan){.optim = "lbfgs",
                      .schedule = "constant",
                      .lr = given(o->lr, 1),
                      .weight_decay = given(o->weight_decay, weight_decay),
                      .epochs = (int64_t)given(o->epochs, LBFGS_EPOCHS),
                      .patience = (int64_t)given(o->patience, PATIENCE),
                      .seed = o->seed};
}

/* A linear model, once for each strength of the pull towards 0: of a penalty of |W|^2 / (2 C) beside the sum of
 * losses. */
static int linear_recipes(cli_recipe *recipes, const cli_options *o, const cli_recipe *base,
                          int64_t rows)
{
    static const double strengths[] = {0.01, 0.1, 1, 10};
    static const char *const names[] = {"logreg-1", "logreg-2", "logreg-3", "logreg-4"};
    int count = 0;
    for (int i = 0; i < 4 && (i == 0 || !o->weight_decay.given); ++i) {
        recipes[count] = *base;
        recipes[count].members = 1;
        recipes[count].name = names[i];
        recipes[count].architecture.hidden_count = 0;
        recipes[count++].plan = whole_plan(o, 1 / (strengths[i] * (double)rows));
    }
    return count;
}

enum { HIDDEN = 64, HIDDEN_FOR_LABELS = 128, MEMBERS = 3 };

/* Many labels are learnt from few rows each: without dropout a network soon knows them by heart. */
static void adapt_to_labels(cli_recipe *recipe, const cli_options *o)
{
    recipe->architecture.dropout = given(o->dropout, 0.5);
    recipe->architecture.input_dropout = o->dropout.given ? 0 : 0.2;
    if (!o->lr.given && is(recipe->plan.optim, "adamw"))
        recipe->plan.lr = 0.003;
}

static int read_hidden(const cli_options *o, cli_architecture *a)
{
    const char *list = o->hidden;
    for (double size; cli_next_number(&list, &size);) {
        if (a->hidden_count == CLI_MOST_HIDDEN)
            return cli_usage_error(o, "--hidden: at most %d layers", CLI_MOST_HIDDEN);
        a->hidden[a->hidden_count++] = (int64_t)size;
    }
    return CLI_OK;
}

int cli_recipes(cli_recipe recipes[CLI_MOST_RECIPES], const cli_options *options,
                const cli_target *target, const cli_objective *objective, int64_t rows)
{
    const cli_options *o = options;
    bool linear = is(o->model, "logreg"), network = is(o->model, "mlp") || o->hidden != NULL;
    cli_recipe base = {.name = linear ? "logreg" : "mlp",
                       .members = 1,
                       .architecture = {.outputs = objective->outputs,
                                        .act = o->act != NULL ? o->act : "relu",
                                        .dropout = linear ? 0 : given(o->dropout, 0)}};
    if (linear && o->hidden != NULL)
        return -cli_usage_error(o, "--hidden requires --model mlp");
    int code = o->hidden != NULL ? read_hidden(o, &base.architecture) : CLI_OK;
    if (code != CLI_OK)
        return -code;
    bool whole = is(o->optim, "lbfgs"), stepwise = is_given(o->optim) && !whole;
    base.plan = whole ? whole_plan(o, 1e-4) : stepwise_plan(o, rows);
    if (linear && stepwise) {
        recipes[0] = base;
        return 1;
    }
    int count = 0;
    if (!network && !stepwise)
        count = linear_recipes(recipes, o, &base, rows);
    if (linear)
        return count > 0 ? count : linear_recipes(recipes, o, &base, rows);
    if (o->hidden == NULL) {
        base.architecture.hidden_count = 1;
        base.architecture.hidden[0] = target->task == CLI_MULTILABEL ? HIDDEN_FOR_LABELS : HIDDEN;
        base.members = whole ? 1 : MEMBERS;
    }
    if (target->task == CLI_MULTILABEL)
        adapt_to_labels(&base, o);
    recipes[count] = base;
    return count + 1;
}
