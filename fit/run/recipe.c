/* Recipes: the defaults of options. They were chosen on fifty tables of 50 to 7000 rows; see
 * docs/defaults.md. */
#include "fit/fit_state.h"
#include "fit/number_lists.h"

#include <string.h>

static bool is(const char *text, const char *other)
{
    return text != NULL && strcmp(text, other) == 0;
}

static bool is_given(const char *choice)
{
    return choice != NULL && strcmp(choice, "auto") != 0;
}

/* Learning rates that suit standardised features. */
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

/* In batches. */
static void train_stepwise(gd_recipe *r, const gd_fit_options *o, int64_t rows)
{
    r->optim = is_given(o->optim) ? o->optim : "adamw";
    r->schedule = is_given(o->schedule) ? o->schedule : "one-cycle";
    r->lr = gd__given(o->lr, default_rate(r->optim));
    r->weight_decay = gd__given(o->weight_decay, is(r->optim, "adamw") ? 0.01 : 0);
    r->clip = gd__given(o->clip, 0);
    r->batch = (int64_t)gd__given(o->batch, BATCH);
    r->epochs = (int64_t)gd__given(o->epochs, (double)default_epochs(rows, r->batch));
}

enum { LBFGS_EPOCHS = 2 /* of 20 iterations */ };

/* All rows at once. */
static void train_whole(gd_recipe *r, const gd_fit_options *o, double weight_decay)
{
    r->optim = "lbfgs";
    r->schedule = "constant";
    r->lr = gd__given(o->lr, 1);
    r->weight_decay = gd__given(o->weight_decay, weight_decay);
    r->clip = 0;
    r->batch = 0;
    r->epochs = (int64_t)gd__given(o->epochs, LBFGS_EPOCHS);
}

static void train(gd_recipe *r, const gd_fit_options *o, int64_t rows)
{
    *r = (gd_recipe){.name = "run",
                     .members = 1,
                     .patience = (int64_t)gd__given(o->patience, PATIENCE),
                     .seed = o->seed};
    if (is(o->optim, "lbfgs"))
        train_whole(r, o, 1e-4);
    else
        train_stepwise(r, o, rows);
}

gd_status gd_recipe_init(gd_recipe *recipe, const gd_fit_options *options, int64_t rows)
{
    const gd_fit_options *o = options != NULL ? options : &gd__fit_defaults;
    gd_status status = gd_fit_check_options(o);
    if (status == GD_OK && rows < 1)
        status = gd_fail(GD_ERROR_ARGUMENT, "recipe_init: at least one row is needed");
    if (status == GD_OK)
        train(recipe, o, rows);
    return status;
}

/* A linear model for each strength of the L2 penalty |W|^2 / (2 C) beside the sum of the losses,
 * as scikit-learn's C. */
static int linear_recipes(gd_recipe *recipes, const gd_fit_options *o, const gd_recipe *base,
                          int64_t rows)
{
    static const double strengths[] = {0.01, 0.1, 1, 10};
    static const char *const names[] = {"logreg-1", "logreg-2", "logreg-3", "logreg-4"};
    int count = 0;
    for (int i = 0; i < 4 && (i == 0 || !o->weight_decay.given); ++i) {
        recipes[count] = *base;
        recipes[count].name = names[i];
        recipes[count].architecture.hidden_count = 0;
        train_whole(&recipes[count++], o, 1 / (strengths[i] * (double)rows));
    }
    return count;
}

enum { HIDDEN = 64, HIDDEN_FOR_LABELS = 128, MEMBERS = 3 };

/* Most labels have few positive rows: without dropout a network overfits them. */
static void adapt_to_labels(gd_recipe *recipe, const gd_fit_options *o)
{
    recipe->architecture.dropout = gd__given(o->dropout, 0.5);
    recipe->architecture.input_dropout = o->dropout.given ? 0 : 0.2;
    if (!o->lr.given && is(recipe->optim, "adamw"))
        recipe->lr = 0.003;
}

static gd_status read_hidden(const gd_fit_options *o, gd_architecture *a)
{
    const char *list = o->hidden;
    for (gd__weight size; gd__next_weight(&list, &size);) {
        if (a->hidden_count == GD_MOST_HIDDEN)
            return gd_fail(GD_ERROR_ARGUMENT, ".hidden: at most %d layers", GD_MOST_HIDDEN);
        a->hidden[a->hidden_count++] = (int64_t)size.number;
    }
    return GD_OK;
}

/* The default network. */
static void complete_network(gd_recipe *recipe, const gd_fit_options *o, gd_task task)
{
    gd_architecture *a = &recipe->architecture;
    if (o->hidden == NULL) {
        a->hidden_count = 1;
        a->hidden[0] = task == GD_MULTILABEL ? HIDDEN_FOR_LABELS : HIDDEN;
        recipe->members = is(o->optim, "lbfgs") ? 1 : MEMBERS;
    }
    if (task == GD_MULTILABEL)
        adapt_to_labels(recipe, o);
}

gd_status gd_recipes(gd_recipe recipes[GD_MOST_RECIPES], int *count, const gd_fit_options *options,
                     gd_task task, int64_t outputs, int64_t rows)
{
    const gd_fit_options *o = options != NULL ? options : &gd__fit_defaults;
    bool linear = is(o->model, "logreg"), network = is(o->model, "mlp") || o->hidden != NULL;
    bool stepwise = is_given(o->optim) && !is(o->optim, "lbfgs");
    gd_recipe base;
    gd_status status = gd_recipe_init(&base, o, rows);
    *count = 0;
    if (status == GD_OK && linear && o->hidden != NULL)
        status = gd_fail(GD_ERROR_ARGUMENT, ".hidden requires .model mlp");
    if (status != GD_OK)
        return status;
    base.name = linear ? "logreg" : "mlp";
    base.architecture = (gd_architecture){.outputs = outputs,
                                          .act = o->act != NULL ? o->act : "relu",
                                          .dropout = linear ? 0 : gd__given(o->dropout, 0)};
    status = read_hidden(o, &base.architecture);
    if (!stepwise && !network)
        *count = linear_recipes(recipes, o, &base, rows);
    if (!linear)
        complete_network(&base, o, task);
    if (!linear || stepwise)
        recipes[(*count)++] = base;
    return status;
}
