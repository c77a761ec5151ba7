/* What a run must remember to go on after it was stopped, bit for bit: a file for each stage. */
#include "cli/cli.h"
#include "cli/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool add_members(cli_run *r)
{
    bool ok = true;
    for (int k = 0; ok && k < r->count; ++k) {
        char name[32];
        snprintf(name, sizeof name, "loader.%d", k);
        ok = gd_state_dict_add(r->state, name, gd_loader_state(r->members[k].loader)) == GD_OK;
    }
    return ok;
}

static bool add_best(cli_run *r)
{
    bool ok = r->best_logits == NULL ||
              gd_state_dict_add(r->state, "best_logits", r->best_logits) == GD_OK;
    for (int i = 0; ok && i < gd_parameters_count(r->parameters); ++i) {
        char name[256];
        snprintf(name, sizeof name, "best.%s", gd_parameters_name(r->parameters, i));
        ok = gd_state_dict_add(r->state, name, r->best[i]) == GD_OK;
    }
    return ok;
}

/* Everything that the rest of the run follows from; false and a gd_message(). */
static bool list_state(cli_run *r)
{
    const char *const names[CLI_RUN_NUMBERS] = {"loss_sum", "best_loss", "best_train_loss"};
    gd_state_dict *s = r->state = gd_state_dict_create();
    bool ok = gd_state_dict_add_parameters(s, r->parameters) == GD_OK &&
              gd_state_dict_add_optimizer(s, "optimizer", r->optimizer) == GD_OK &&
              gd_state_dict_add_schedule(s, "schedule", &r->schedule) == GD_OK &&
              gd_state_dict_add_rng(s, "rng", gd_parameters_rng(r->parameters)) == GD_OK &&
              gd_state_dict_add_integers(s, "epoch", &r->epoch, 1) == GD_OK &&
              gd_state_dict_add_integers(s, "best_epoch", &r->best_epoch, 1) == GD_OK &&
              gd_state_dict_add_integers(s, "rows_seen", &r->rows_seen, 1) == GD_OK;
    for (int i = 0; ok && i < CLI_RUN_NUMBERS; ++i)
        ok = gd_state_dict_add(s, names[i], r->numbers[i]) == GD_OK;
    return ok && add_members(r) && add_best(r);
}

/* The file of the stage; freed by the caller. */
static char *path_of(const cli_watch *watch)
{
    size_t size = strlen(watch->checkpoint) + strlen(watch->stage) + sizeof "/.safetensors";
    char *path = cli_malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s/%s.safetensors", watch->checkpoint, watch->stage);
    return path;
}

static gd_status write_state(const cli_run *run)
{
    char *identity = gd__json_text(run->watch->identity, false), *path = path_of(run->watch);
    gd_status status = path == NULL
                           ? gd__fail(GD_ERROR_MEMORY, "no memory for the checkpoint's path")
                           : GD_ERROR_MEMORY;
    if (identity != NULL && path != NULL)
        status = cli_save_state(run->state, path, &(gd_metadata){"run", identity});
    gd__json_text_destroy(identity);
    free(path);
    return status;
}

int cli_checkpoint_save(cli_run *run, bool due)
{
    double now = cli_seconds();
    if (run->state == NULL || (!due && now - run->saved < 10 * run->saving))
        return CLI_OK;
    gd_status status = write_state(run);
    run->saved = cli_seconds();
    run->saving = run->saved - now;
    return status == GD_OK ? CLI_OK : cli_error(CLI_RUNTIME, "%s", gd_message());
}

static int fail_identity(const char *path, const char *key, const char *before, const char *now)
{
    return cli_error(CLI_DATA,
                     "%s: the checkpoint belongs to another run: %s was %s, but is now %s", path,
                     key, before != NULL ? before : "not given", now != NULL ? now : "not given");
}

/* A member of both, either of which may lack it, is the same. */
static int check_member(const char *path, const char *key, const gd__json *before,
                        const gd__json *now)
{
    char *texts[2] = {before != NULL ? gd__json_text(before, false) : NULL,
                      now != NULL ? gd__json_text(now, false) : NULL};
    int code = CLI_OK;
    if ((before != NULL && texts[0] == NULL) || (now != NULL && texts[1] == NULL))
        code = cli_error(CLI_RUNTIME, "%s", gd_message());
    else if (texts[0] == NULL || texts[1] == NULL || strcmp(texts[0], texts[1]) != 0)
        code = fail_identity(path, key, texts[0], texts[1]);
    gd__json_text_destroy(texts[0]);
    gd__json_text_destroy(texts[1]);
    return code;
}

/* The checkpoint is of this very run: the first thing that differs is named. An option that is not given is in neither
 * object, so that each is looked through for what the other lacks. */
static int check_identity(const gd__json *identity, const gd_safetensors *file, const char *path)
{
    const char *text = gd_safetensors_metadata(file, "run");
    gd__json *saved = text != NULL ? gd__json_parse(path, text, strlen(text)) : NULL;
    int code = gd__json_is(saved, GD__JSON_OBJECT)
                   ? CLI_OK
                   : cli_error(CLI_DATA, "%s: not a checkpoint of gradus train", path);
    for (size_t i = 0; code == CLI_OK && i < gd__json_size(identity); ++i) {
        const char *key = gd__json_key(identity, i);
        code = check_member(path, key, gd__json_get(saved, key), gd__json_at(identity, i));
    }
    for (size_t i = 0; code == CLI_OK && i < gd__json_size(saved); ++i) {
        const char *key = gd__json_key(saved, i);
        if (gd__json_get(identity, key) == NULL)
            code = check_member(path, key, gd__json_at(saved, i), NULL);
    }
    gd__json_destroy(saved);
    return code;
}

static int read_state(cli_run *run, const char *path)
{
    gd_safetensors *file = gd_safetensors_open(path);
    if (file == NULL)
        return cli_error(CLI_DATA, "%s", gd_message());
    int code = check_identity(run->watch->identity, file, path);
    if (code == CLI_OK && gd_state_dict_load_from(run->state, file, false) != GD_OK)
        code = cli_error(CLI_DATA, "%s", gd_message());
    gd_safetensors_close(file);
    return code;
}

int cli_checkpoint_load(cli_run *run)
{
    if (run->watch->checkpoint == NULL)
        return CLI_OK;
    char *path = path_of(run->watch);
    int code = CLI_OK;
    if (path == NULL || !list_state(run))
        code = cli_error(CLI_RUNTIME, "%s", gd_message());
    else if (*run->watch->resume && access(path, F_OK) == 0)
        code = read_state(run, path);
    free(path);
    return code;
}
