/* gradus train: the search for the best recipe, and the model that comes of it. */
#include "cli/cli.h"
#include "cli/commands/announce.h"
#include "cli/training.h"

#include <inttypes.h>
#include <unistd.h>

/* ---- checkpoints ---- */

/* FNV-1a over a tensor's bytes; NULL has none. */
static uint64_t hash_of(uint64_t hash, const gd_tensor *x)
{
    const unsigned char *bytes = x != NULL ? x->data : NULL;
    size_t size = x != NULL ? (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype) : 0;
    for (size_t i = 0; i < size; ++i)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

/* The rows that are trained and validated on, as sixteen hexadecimal digits. */
static gd__json *fingerprint(const cli_validation *v)
{
    char text[17];
    const cli_examples *const parts[] = {&v->train_examples[0], &v->valid_examples[0]};
    uint64_t hash = 0xcbf29ce484222325u;
    for (int i = 0; i < 2; ++i) {
        const cli_examples *e = parts[i];
        hash = hash_of(hash_of(hash_of(hash_of(hash, e->x), e->y), e->mask), e->weights);
    }
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return gd__json_string(text);
}

/* What a checkpoint must agree with: all that the run follows from. */
static gd__json *identity_of(const cli_training *t)
{
    const cli_options *o = t->options;
    static const char *const others[] = {"checkpoint", "resume", "log", "threads", NULL};
    gd__json *json = cli_options_json(o, others);
    gd__json_set(json, "table rows", gd__json_integer(gd_table_rows(t->table)));
    gd__json_set(json, "table columns", gd__json_integer(gd_table_columns(t->table)));
    gd__json_set(json, "table contents", fingerprint(&t->validation));
    return json;
}

/* Whether there is a checkpoint of the first stage should be as the options have it. */
static void warn_of_checkpoint(const cli_training *t, const char *stage)
{
    char path[4096];
    const char *folder = t->options->checkpoint;
    if (folder == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s.safetensors", folder, stage);
    bool there = access(path, F_OK) == 0;
    if (t->options->resume && !there)
        cli_warn("%s: no checkpoint found; training starts from the beginning", folder);
    if (!t->options->resume && there)
        cli_warn(
            "%s: overwriting the checkpoint of an earlier run; --resume would continue that run",
            folder);
}

/* ---- the model of the winner ---- */

/* Trains a finalist's recipe on all rows for as long as was best: the model's network, or where there is one already,
 * the mean of both. */
static int train_finalist(cli_training *t, const cli_finalist *finalist, const char *stage,
                          const cli_examples *all)
{
    cli_run run;
    cli_recipe recipe = finalist->recipe;
    cli_watch watch = t->watch;
    recipe.plan.last_epoch = finalist->epoch > 0 ? finalist->epoch : 1;
    recipe.architecture.inputs = all->x->shape[1];
    watch.stage = stage;
    watch.encoders = &t->model.encoder;
    int code = cli_run_create(&run, &t->model.target, &t->objective, &recipe.plan,
                              &recipe.architecture, recipe.members, false, all, NULL);
    if (code == CLI_OK)
        code = cli_run_train(&run, &watch);
    if (code == CLI_OK || code == CLI_INTERRUPTED) {
        int merged = t->model.network.parameters != NULL
                         ? cli_network_blend(&t->model.network, run.parameters)
                         : cli_network_merge(&t->model.network, &recipe.architecture, run.count,
                                             run.parameters);
        code = merged == CLI_OK ? code : merged;
    }
    cli_run_destroy(&run);
    return code;
}

/* What the user should know of the columns. */
static void print_notes(const cli_training *t)
{
    const gd_encoder *encoder = t->model.encoder;
    for (int64_t i = 0; gd_encoder_note(encoder, i) != NULL; ++i)
        cli_warn("%s", gd_encoder_note(encoder, i));
}

/* All rows of the table, with features learnt on all of them. */
static int train_final(cli_training *t)
{
    cli_part part = {.table = NULL};
    cli_examples all = {.x = NULL};
    gd_tensor *rows = gd_tensor_create_arange(GD_I64, 0, (double)t->truth.y->shape[0], 1);
    int code = rows != NULL ? cli_part_take(&part, t->table, &t->columns, &t->truth, rows)
                            : cli_error(CLI_RUNTIME, "%s", gd_message());
    gd_tensor_destroy(rows);
    if (code == CLI_OK)
        code = cli_examples_make(&all, &t->view, &part, &t->model.encoder);
    if (code == CLI_OK)
        print_notes(t);
    if (code == CLI_OK && t->choice.kind != CLI_LINEAR_MODEL)
        code = train_finalist(t, &t->choice.network, "final-mlp", &all);
    if (code == CLI_OK && t->choice.kind != CLI_NETWORK_MODEL)
        code = train_finalist(t, &t->choice.linear, "final-logreg", &all);
    cli_examples_free(&all);
    cli_part_free(&part);
    return code;
}

/* What was trained on the one pair is the model. */
static int keep_trained(cli_training *t)
{
    cli_choice *c = &t->choice;
    t->model.encoder = t->validation.encoders[0];
    t->validation.encoders[0] = NULL;
    print_notes(t);
    cli_finalist *f = c->kind == CLI_LINEAR_MODEL ? &c->linear : &c->network;
    t->model.network = f->network;
    f->network = (cli_network){.parameters = NULL};
    return c->kind == CLI_MEAN_OF_BOTH
               ? cli_network_blend(&t->model.network, c->linear.network.parameters)
               : CLI_OK;
}

/* ---- the search ---- */

int cli_training_run(cli_training *t)
{
    cli_recipe recipes[CLI_MOST_RECIPES];
    int64_t rows = t->validation.train[0].truth.y->shape[0];
    int count = cli_recipes(recipes, t->options, &t->model.target, &t->objective, rows);
    if (count < 0)
        return -count;
    warn_of_checkpoint(t, recipes[0].name);
    t->watch.identity = t->identity = identity_of(t);
    t->watch.encoders = t->validation.encoders;
    int code = cli_validation_run(&t->validation, &t->view, recipes, count, &t->watch, &t->choice,
                                  &t->model.network);
    if (code == CLI_INTERRUPTED) {
        t->model.encoder = t->validation.encoders[0];
        t->validation.encoders[0] = NULL;
        return code;
    }
    if (code != CLI_OK)
        return code;
    if (t->announces)
        cli_announce_choice(&t->choice);
    return t->validation.count > 1 ? train_final(t) : keep_trained(t);
}
