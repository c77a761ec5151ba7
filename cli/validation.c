#include "cli/validation.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- features and targets ---- */

/* Why there is no feature: what was learnt of each column. */
static int fail_no_features(const gd_encoder *encoder, const cli_part *part)
{
    enum { SHOWN = 3 };
    char reasons[1200] = "";
    int64_t count = 0;
    size_t end = 0;
    for (const char *note; (note = gd_encoder_note(encoder, count)) != NULL; ++count)
        if (count < SHOWN)
            end += (size_t)snprintf(reasons + end, sizeof reasons - end, "%s%s",
                                    count > 0 ? "; " : "", note);
    if (count > SHOWN)
        snprintf(reasons + end, sizeof reasons - end, "; and %" PRId64 " more", count - SHOWN);
    return cli_error(CLI_DATA,
                     "%s: no column can be used as a feature (training rows: %" PRId64 "): %s",
                     gd_table_path(part->table), part->truth.rows->shape[0], reasons);
}

gd_encoder *cli_encoder_fit(const cli_view *view, const gd_table *table, const gd_tensor *rows)
{
    return gd_encoder_fit(table, view->columns->features, rows,
                          &(gd_encoder_options){.words = view->columns->text,
                                                .categorical = view->columns->categorical,
                                                .numeric = view->columns->numeric});
}

int cli_examples_make(cli_examples *examples, const cli_view *view, const cli_part *part,
                      gd_encoder **encoder)
{
    *examples = (cli_examples){.x = NULL};
    if (*encoder == NULL)
        *encoder = cli_encoder_fit(view, part->table, part->truth.rows);
    if (*encoder != NULL)
        examples->x = gd_encoder_apply(*encoder, part->table, part->truth.rows, NULL);
    if (examples->x == NULL)
        return cli_error(CLI_DATA, "%s", gd_message());
    if (gd_encoder_width(*encoder) == 0)
        return fail_no_features(*encoder, part);
    return cli_objective_targets(examples, view->objective, view->target, &part->truth,
                                 part->weights);
}

void cli_examples_free(cli_examples *examples)
{
    gd_tensor_destroy(examples->x);
    gd_tensor_destroy(examples->y);
    gd_tensor_destroy(examples->mask);
    gd_tensor_destroy(examples->weights);
    *examples = (cli_examples){.x = NULL};
}

/* ---- pairs ---- */

int cli_validation_create(cli_validation *validation, int count)
{
    size_t n = (size_t)count;
    *validation = (cli_validation){.count = count,
                                   .train = cli_calloc(n, sizeof(cli_part)),
                                   .valid = cli_calloc(n, sizeof(cli_part)),
                                   .encoders = cli_calloc(n, sizeof(gd_encoder *)),
                                   .train_examples = cli_calloc(n, sizeof(cli_examples)),
                                   .valid_examples = cli_calloc(n, sizeof(cli_examples))};
    bool ok = validation->train != NULL && validation->valid != NULL &&
              validation->encoders != NULL && validation->train_examples != NULL &&
              validation->valid_examples != NULL;
    if (!ok)
        validation->count = 0; /* there is nothing in them to be freed */
    return ok ? CLI_OK : cli_error(CLI_RUNTIME, "no memory");
}

int cli_validation_encode(cli_validation *v, const cli_view *view)
{
    int code = CLI_OK;
    for (int k = 0; code == CLI_OK && k < v->count; ++k) {
        code = cli_examples_make(&v->train_examples[k], view, &v->train[k], &v->encoders[k]);
        if (code == CLI_OK)
            code = cli_examples_make(&v->valid_examples[k], view, &v->valid[k], &v->encoders[k]);
    }
    return code;
}

/* Copies part after part into whole, which is as long as all of them. */
static void put_together(gd_tensor *whole, const gd_tensor *part, int64_t row)
{
    if (whole == NULL)
        return;
    gd_tensor rows = gd_tensor_slice(whole, 0, row, row + part->shape[0], 1);
    gd_tensor_copy(&rows, part);
}

static gd_tensor *create_like(const gd_tensor *x, int64_t rows)
{
    int64_t shape[2] = {rows, x->ndim > 1 ? x->shape[1] : 1};
    return gd_tensor_create(x->dtype, x->ndim, shape);
}

int cli_validation_join(cli_validation *v)
{
    const cli_truth *first = &v->valid[0].truth;
    int64_t rows = 0, row = 0;
    for (int k = 0; k < v->count; ++k)
        rows += v->valid[k].truth.y->shape[0];
    v->truth = (cli_truth){.rows = create_like(first->rows, rows),
                           .y = create_like(first->y, rows),
                           .mask = first->mask != NULL ? create_like(first->mask, rows) : NULL};
    if (v->truth.rows == NULL || v->truth.y == NULL ||
        (first->mask != NULL && v->truth.mask == NULL))
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    for (int k = 0; k < v->count; ++k) {
        const cli_truth *part = &v->valid[k].truth;
        put_together(v->truth.rows, part->rows, row);
        put_together(v->truth.y, part->y, row);
        put_together(v->truth.mask, part->mask, row);
        row += part->y->shape[0];
    }
    return CLI_OK;
}

void cli_validation_free(cli_validation *v)
{
    for (int k = 0; k < v->count; ++k) {
        cli_part_free(&v->train[k]);
        cli_part_free(&v->valid[k]);
        gd_encoder_destroy(v->encoders[k]);
        cli_examples_free(&v->train_examples[k]);
        cli_examples_free(&v->valid_examples[k]);
    }
    free(v->train);
    free(v->valid);
    free(v->encoders);
    free(v->train_examples);
    free(v->valid_examples);
    cli_truth_free(&v->truth);
    *v = (cli_validation){.count = 0};
}

/* ---- trying a recipe ---- */

/* Folds have a network each; one pair has as many as are to be averaged. */
static int create_run(cli_run *run, const cli_validation *v, const cli_view *view,
                      const cli_recipe *recipe)
{
    bool folds = v->count > 1;
    int code = cli_run_create(run, view->target, view->objective, &recipe->plan,
                              &recipe->architecture, folds ? v->count : recipe->members, folds,
                              v->train_examples, v->valid_examples);
    run->valid_truth = &v->truth;
    return code;
}

/* The networks of the first pair as one. */
static int take_network(cli_network *network, const cli_recipe *recipe, const cli_validation *v,
                        const cli_run *run)
{
    cli_architecture member = recipe->architecture;
    member.inputs = v->train_examples[0].x->shape[1];
    return cli_network_merge(network, &member, v->count > 1 ? 1 : run->count, run->parameters);
}

static void free_finalist(cli_finalist *finalist)
{
    gd_tensor_destroy(finalist->logits);
    cli_network_free(&finalist->network);
    *finalist = (cli_finalist){.epoch = 0};
}

/* The run's recipe takes the finalist's place, if there is none or it is better. */
static int keep_better(cli_finalist *finalist, const cli_recipe *recipe, const cli_validation *v,
                       cli_run *run)
{
    if (finalist->logits != NULL && !(run->best_loss < finalist->valid_loss))
        return CLI_OK;
    free_finalist(finalist);
    *finalist = (cli_finalist){.recipe = *recipe,
                               .epoch = run->best_epoch,
                               .train_loss = run->best_train_loss,
                               .valid_loss = run->best_loss,
                               .logits = run->best_logits};
    run->best_logits = NULL;
    return v->count == 1 ? take_network(&finalist->network, recipe, v, run) : CLI_OK;
}

/* *earlier: the weights of the recipe before, to start from, and then this one's; NULL: the run starts anew. */
static int try_recipe(const cli_validation *v, const cli_view *view, const cli_recipe *recipe,
                      const cli_watch *watch, cli_finalist *finalist, gd_parameters **earlier,
                      cli_network *interrupted)
{
    cli_run run;
    cli_watch own = *watch;
    own.stage = recipe->name;
    int code = create_run(&run, v, view, recipe);
    if (code == CLI_OK && earlier != NULL && *earlier != NULL)
        cli_run_start_from(&run, *earlier);
    if (code == CLI_OK)
        code = cli_run_train(&run, &own);
    if (code == CLI_OK)
        code = keep_better(finalist, recipe, v, &run);
    else if (code == CLI_INTERRUPTED && take_network(interrupted, recipe, v, &run) != CLI_OK)
        code = CLI_RUNTIME;
    if (earlier != NULL) {
        gd_parameters *mine = run.parameters;
        run.parameters = *earlier;
        *earlier = mine;
    }
    cli_run_destroy(&run);
    return code;
}

/* ---- choosing ---- */

static gd_tensor *mean_of(const gd_tensor *a, const gd_tensor *b)
{
    gd_tensor *mean = gd_tensor_create(GD_F32, 2, a->shape);
    for (int64_t i = 0; mean != NULL && i < gd_tensor_numel(a); ++i)
        ((float *)mean->data)[i] = (((const float *)a->data)[i] + ((const float *)b->data)[i]) / 2;
    return mean;
}

static void choose(cli_choice *choice, cli_winner kind, double loss, gd_tensor *logits)
{
    choice->kind = kind;
    choice->valid_loss = loss;
    choice->logits = logits;
}

/* By how much a network, or the mean, may be worse than the linear model and be preferred to it. */
static const double for_network = 0.98, for_mean = 0.99;

/* Of finalists of both kinds; of classes their mean is one, too. */
static int choose_finalist(const cli_validation *v, const cli_view *view, cli_choice *choice)
{
    const cli_finalist *linear = &choice->linear, *network = &choice->network;
    if (linear->logits == NULL || network->logits == NULL) {
        bool is_linear = linear->logits != NULL;
        const cli_finalist *only = is_linear ? linear : network;
        choose(choice, is_linear ? CLI_LINEAR_MODEL : CLI_NETWORK_MODEL, only->valid_loss,
               gd_tensor_create_copy(only->logits));
    } else if (view->target->task == CLI_REGRESSION ||
               !cli_can_blend(&network->recipe.architecture)) {
        bool is_linear = linear->valid_loss <= network->valid_loss;
        const cli_finalist *best = is_linear ? linear : network;
        choose(choice, is_linear ? CLI_LINEAR_MODEL : CLI_NETWORK_MODEL, best->valid_loss,
               gd_tensor_create_copy(best->logits));
    } else {
        gd_tensor *mean = mean_of(linear->logits, network->logits);
        gd_tape *tape = gd_tape_create();
        double loss = mean != NULL && tape != NULL
                          ? cli_pairs_loss(tape, view->objective, v->valid_examples, v->count, mean)
                          : (double)NAN;
        gd_tape_destroy(tape);
        double l = linear->valid_loss, n = for_network * network->valid_loss, m = for_mean * loss;
        if (m < l && m < n)
            choose(choice, CLI_MEAN_OF_BOTH, loss, gd_tensor_create_copy(mean));
        else if (n < l)
            choose(choice, CLI_NETWORK_MODEL, network->valid_loss,
                   gd_tensor_create_copy(network->logits));
        else
            choose(choice, CLI_LINEAR_MODEL, l, gd_tensor_create_copy(linear->logits));
        gd_tensor_destroy(mean);
    }
    return choice->logits != NULL ? CLI_OK : cli_error(CLI_RUNTIME, "%s", gd_message());
}

/* Linear recipes pull less and less towards 0: each starts where the one before ended, and where one is worse than
 * that, the rest would be, too. */
int cli_validation_run(const cli_validation *validation, const cli_view *view,
                       const cli_recipe *recipes, int count, const cli_watch *watch,
                       cli_choice *choice, cli_network *interrupted)
{
    int code = CLI_OK;
    bool worse = false;
    gd_parameters *earlier = NULL;
    *choice = (cli_choice){.kind = CLI_NETWORK_MODEL};
    for (int i = 0; code == CLI_OK && i < count; ++i) {
        bool linear = recipes[i].architecture.hidden_count == 0;
        if (linear && worse)
            continue;
        cli_finalist *finalist = linear ? &choice->linear : &choice->network;
        double before = finalist->logits != NULL ? finalist->valid_loss : (double)INFINITY;
        code = try_recipe(validation, view, &recipes[i], watch, finalist, linear ? &earlier : NULL,
                          interrupted);
        worse = linear && !(finalist->valid_loss < before);
    }
    gd_parameters_destroy(earlier);
    return code == CLI_OK ? choose_finalist(validation, view, choice) : code;
}

void cli_choice_free(cli_choice *choice)
{
    free_finalist(&choice->linear);
    free_finalist(&choice->network);
    gd_tensor_destroy(choice->logits);
    choice->logits = NULL;
}
