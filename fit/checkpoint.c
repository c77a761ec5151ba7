/* What a run must remember to go on after it was stopped, bit for bit: a file for each stage. */
#include "fit/run.h"

#include <string.h>
#include <unistd.h>

static bool add_members(gd__run *r)
{
    bool ok = true;
    for (int k = 0; ok && k < r->count; ++k) {
        char name[32];
        snprintf(name, sizeof name, "loader.%d", k);
        ok = gd_state_dict_add(r->state, name, gd_loader_state(r->members[k].loader)) == GD_OK;
    }
    return ok;
}

static bool add_best(gd__run *r)
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
static bool list_state(gd__run *r)
{
    const char *const names[GD__RUN_NUMBERS] = {"loss_sum", "best_loss", "best_train_loss"};
    gd_state_dict *s = r->state = gd_state_dict_create();
    bool ok = s != NULL && gd_state_dict_add_parameters(s, r->parameters) == GD_OK &&
              gd_state_dict_add_optimizer(s, "optimizer", r->optimizer) == GD_OK &&
              gd_state_dict_add_schedule(s, "schedule", &r->schedule) == GD_OK &&
              gd_state_dict_add_rng(s, "rng", gd_parameters_rng(r->parameters)) == GD_OK &&
              gd_state_dict_add_integers(s, "epoch", &r->epoch, 1) == GD_OK &&
              gd_state_dict_add_integers(s, "best_epoch", &r->best_epoch, 1) == GD_OK &&
              gd_state_dict_add_integers(s, "rows_seen", &r->rows_seen, 1) == GD_OK;
    for (int i = 0; ok && i < GD__RUN_NUMBERS; ++i)
        ok = gd_state_dict_add(s, names[i], r->numbers[i]) == GD_OK;
    return ok && add_members(r) && add_best(r);
}

/* The file of the stage; freed with its size. NULL and a message. */
static char *path_of(const gd__run *run, size_t *size)
{
    const char *folder = run->watch->options->checkpoint;
    *size = strlen(folder) + strlen(run->recipe->name) + sizeof "/.safetensors";
    char *path = gd__zeros(*size, 1);
    if (path != NULL)
        snprintf(path, *size, "%s/%s.safetensors", folder, run->recipe->name);
    return path;
}

static gd_status write_state(const gd__run *run)
{
    size_t size = 0;
    char *identity = gd_json_text(run->watch->identity, false);
    char *path = identity != NULL ? path_of(run, &size) : NULL;
    gd_status status = path != NULL ? GD_OK : gd_message_status();
    if (path != NULL) {
        gd__notify(run->watch, &(gd_fit_event){.kind = GD_FIT_SAVE, .stage = run->recipe->name});
        status = gd_state_dict_save(run->state, path, 1, &(gd_metadata){"run", identity});
        gd__notify(run->watch, &(gd_fit_event){.kind = GD_FIT_SAVED, .stage = run->recipe->name});
    }
    gd_json_text_destroy(identity);
    gd__free(path, size);
    return status;
}

gd_status gd__checkpoint_save(gd__run *run, bool due)
{
    double now = gd__seconds();
    if (run->state == NULL || (!due && now - run->saved < 10 * run->saving))
        return GD_OK;
    gd_status status = write_state(run);
    run->saved = gd__seconds();
    run->saving = run->saved - now;
    return status;
}

static gd_status fail_identity(const char *path, const char *key, const char *before,
                               const char *now)
{
    return gd__fail(GD_ERROR_FORMAT,
                    "%s: the checkpoint belongs to another run: %s was %s, but is now %s", path,
                    key, before != NULL ? before : "not given", now != NULL ? now : "not given");
}

/* A member of both, either of which may lack it, is the same. */
static gd_status check_member(const char *path, const char *key, const gd_json *before,
                              const gd_json *now)
{
    char *texts[2] = {before != NULL ? gd_json_text(before, false) : NULL,
                      now != NULL ? gd_json_text(now, false) : NULL};
    gd_status status = GD_OK;
    if ((before != NULL && texts[0] == NULL) || (now != NULL && texts[1] == NULL))
        status = gd_message_status();
    else if (texts[0] == NULL || texts[1] == NULL || strcmp(texts[0], texts[1]) != 0)
        status = fail_identity(path, key, texts[0], texts[1]);
    gd_json_text_destroy(texts[0]);
    gd_json_text_destroy(texts[1]);
    return status;
}

/* The checkpoint is of this very run: the first thing that differs is named. An option that is
 * not given is in neither object, so that each is looked through for what the other lacks. */
static gd_status check_identity(const gd_json *identity, const gd_safetensors *file,
                                const char *path)
{
    const char *text = gd_safetensors_metadata(file, "run");
    gd_json *saved = text != NULL ? gd_json_parse(path, text, strlen(text)) : NULL;
    gd_status status =
        gd_json_is(saved, GD_JSON_OBJECT)
            ? GD_OK
            : gd__fail(GD_ERROR_FORMAT, "%s: not a checkpoint of gradus train", path);
    for (size_t i = 0; status == GD_OK && i < gd_json_size(identity); ++i) {
        const char *key = gd_json_key(identity, i);
        status = check_member(path, key, gd_json_get(saved, key), gd_json_at(identity, i));
    }
    for (size_t i = 0; status == GD_OK && i < gd_json_size(saved); ++i) {
        const char *key = gd_json_key(saved, i);
        if (gd_json_get(identity, key) == NULL)
            status = check_member(path, key, gd_json_at(saved, i), NULL);
    }
    gd_json_destroy(saved);
    return status;
}

static gd_status read_state(gd__run *run, const char *path)
{
    gd_safetensors *file = gd_safetensors_open(path);
    if (file == NULL)
        return gd_message_status();
    gd_status status = check_identity(run->watch->identity, file, path);
    if (status == GD_OK)
        status = gd_state_dict_load_from(run->state, file, false);
    gd_safetensors_close(file);
    return status == GD_OK || status == GD_ERROR_MEMORY
               ? status
               : gd__fail(GD_ERROR_FORMAT, "%s", gd_message());
}

gd_status gd__checkpoint_load(gd__run *run)
{
    size_t size = 0;
    if (run->watch->options->checkpoint == NULL)
        return GD_OK;
    char *path = list_state(run) ? path_of(run, &size) : NULL;
    if (path == NULL)
        return gd_message_status();
    gd_status status = GD_OK;
    if (run->watch->resume && access(path, F_OK) == 0)
        status = read_state(run, path);
    gd__free(path, size);
    return status;
}
