/* What a run needs in order to resume with the same bits: one file. */
#include "fit/run/side_by_side.h"

#include <string.h>
#include <unistd.h>

static bool add_loaders(gd__run_state *s)
{
    bool ok = true;
    for (int k = 0; ok && k < s->run->count; ++k) {
        char name[32];
        snprintf(name, sizeof name, "loader.%d", k);
        ok = gd_state_dict_add(s->checkpoint, name, gd_loader_state(s->streams[k].loader)) == GD_OK;
    }
    return ok;
}

/* The names of a trainer's entries end with its number, if there are several. */
static const char *numbered(char text[32], const char *name, const gd__run_state *s, int trainer)
{
    if (s->count == 1)
        return name;
    snprintf(text, 32, "%s.%d", name, trainer);
    return text;
}

static bool add_best(const gd__run_state *s, const gd__trainer *t)
{
    bool ok = true;
    for (int i = 0; ok && i < t->best_count; ++i) {
        char name[256];
        snprintf(name, sizeof name, "best.%s", gd_parameters_name(t->parameters, i));
        ok = gd_state_dict_add(s->checkpoint, name, t->best[i]) == GD_OK;
    }
    return ok;
}

static bool add_trainer(gd__run_state *s, int k)
{
    char text[32];
    gd__trainer *t = &s->trainers[k];
    gd_state_dict *d = s->checkpoint;
    return gd_state_dict_add_parameters(d, t->parameters) == GD_OK &&
           gd_state_dict_add_optimizer(d, numbered(text, "optimizer", s, k), t->optimizer) ==
               GD_OK &&
           gd_state_dict_add_schedule(d, numbered(text, "schedule", s, k), &t->schedule) == GD_OK &&
           gd_state_dict_add_rng(d, numbered(text, "rng", s, k),
                                 gd_parameters_rng(t->parameters)) == GD_OK &&
           gd_state_dict_add_integers(d, numbered(text, "rows_seen", s, k), &t->rows_seen, 1) ==
               GD_OK &&
           gd_state_dict_add(d, numbered(text, "loss_sum", s, k), t->loss_view) == GD_OK &&
           add_best(s, t);
}

/* Everything that determines the rest of the run; false and a gd_message(). */
static bool list_state(gd__run_state *s)
{
    const char *const names[GD__RUN_NUMBERS] = {"best_loss", "best_train_loss"};
    gd_state_dict *d = s->checkpoint = gd_state_dict_create();
    bool ok = d != NULL && gd_state_dict_add_integers(d, "epoch", &s->epoch, 1) == GD_OK &&
              gd_state_dict_add_integers(d, "best_epoch", &s->best_epoch, 1) == GD_OK;
    for (int i = 0; ok && i < GD__RUN_NUMBERS; ++i)
        ok = gd_state_dict_add(d, names[i], s->numbers[i]) == GD_OK;
    for (int k = 0; ok && k < s->count; ++k)
        ok = add_trainer(s, k);
    if (ok && s->best_logits != NULL)
        ok = gd_state_dict_add(d, "best_logits", s->best_logits) == GD_OK;
    return ok && add_loaders(s);
}

static const char *identity_of(const gd_run *run)
{
    return run->identity != NULL ? run->identity : "{}";
}

bool gd__checkpoint_save(gd__run_state *s, bool due)
{
    double now = gd__seconds();
    if (s->checkpoint == NULL || (!due && now - s->saved < 10 * s->saving))
        return true;
    gd__lane_tell(s->lane, &(gd_fit_event){.epoch = s->epoch}, GD_FIT_SAVE);
    bool ok = gd_state_dict_save(s->checkpoint, s->run->checkpoint, 1,
                                 &(gd_metadata){"run", identity_of(s->run)}) == GD_OK;
    gd__lane_tell(s->lane, &(gd_fit_event){.epoch = s->epoch}, GD_FIT_SAVED);
    s->saved = gd__seconds();
    s->saving = s->saved - now;
    return ok;
}

/* Compares a member of the identities before and now; either may lack it. */
static bool compare_member(const char *path, const char *key, const gd_json *before,
                           const gd_json *now)
{
    char *texts[2] = {before != NULL ? gd_json_text(before, false) : NULL,
                      now != NULL ? gd_json_text(now, false) : NULL};
    bool read = (before == NULL) == (texts[0] == NULL) && (now == NULL) == (texts[1] == NULL);
    bool same = read && before != NULL && now != NULL && strcmp(texts[0], texts[1]) == 0;
    if (read && !same)
        gd_fail(GD_ERROR_FORMAT,
                "%s: the checkpoint belongs to another run: %s was %s, but is now %s", path, key,
                before != NULL ? texts[0] : "not given", now != NULL ? texts[1] : "not given");
    gd_json_text_destroy(texts[0]);
    gd_json_text_destroy(texts[1]);
    return same;
}

/* The message names the first member that differs. */
static bool compare(const char *path, const gd_json *before, const gd_json *now)
{
    if (!gd_json_is(before, GD_JSON_OBJECT))
        return gd__fail_false(GD_ERROR_FORMAT, "%s: not a checkpoint of gradus train", path);
    size_t count = gd_json_size(now);
    for (size_t i = 0; i < count + gd_json_size(before); ++i) {
        const char *key = i < count ? gd_json_key(now, i) : gd_json_key(before, i - count);
        if (!compare_member(path, key, gd_json_get(before, key), gd_json_get(now, key)))
            return false;
    }
    return true;
}

static bool check_identity(const gd_run *run, const gd_safetensors *file)
{
    const char *now = identity_of(run), *before = gd_safetensors_metadata(file, "run");
    gd_json *own = gd_json_parse("the identity of the run", now, strlen(now));
    gd_json *saved = before != NULL ? gd_json_parse(run->checkpoint, before, strlen(before)) : NULL;
    bool same = own != NULL && compare(run->checkpoint, saved, own);
    gd_json_destroy(own);
    gd_json_destroy(saved);
    return same;
}

static bool read_state(gd__run_state *s)
{
    gd_safetensors *file = gd_safetensors_open(s->run->checkpoint);
    if (file == NULL)
        return false;
    bool ok = check_identity(s->run, file) &&
              gd_state_dict_load_from(s->checkpoint, file, false) == GD_OK;
    gd_safetensors_close(file);
    if (!ok && gd_message_status() != GD_ERROR_MEMORY)
        gd_fail(GD_ERROR_FORMAT, "%s", gd_message());
    return ok;
}

bool gd__checkpoint_load(gd__run_state *s)
{
    const char *path = s->run->checkpoint;
    return path == NULL ||
           (list_state(s) && (!s->run->resume || access(path, F_OK) != 0 || read_state(s)));
}
