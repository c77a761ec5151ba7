/* Model files: .safetensors, with all but the weights as JSON in the metadata. */
#include "data/encoder/encoder.h"
#include "fit/model/model.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- description ---- */

const char *const gd__kinds[3] = {"logreg", "mlp", "mean of logreg and mlp"};
const char *const gd__validations[3] = {"validation table", "cross-validation", "held-out rows"};
/* Their names in older files. */
static const char *const older_validations[3] = {"a table of its own", "cross-validation",
                                                 "a part of the rows"};

static gd_json *numbers_json(const double *numbers, int64_t count)
{
    gd_json *list = gd_json_array();
    for (int64_t i = 0; i < count; ++i)
        gd_json_append(list, gd_json_real(numbers[i]));
    return list;
}

/* Exact for any seed: integers from 2^63 on, which many readers of JSON lack, become a string. */
gd_json *gd__seed_json(uint64_t seed)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, seed);
    return seed <= INT64_MAX ? gd_json_integer((int64_t)seed) : gd_json_string(text);
}

static uint64_t read_seed(const gd_json *json)
{
    const char *text = gd_json_string_of(json);
    return text != NULL ? strtoull(text, NULL, 10) : (uint64_t)gd_json_integer_of(json);
}

/* A path that is not UTF-8 becomes null. */
static gd_json *training_json(const gd_training *t)
{
    gd_json *json = gd_json_object();
    bool named = t->table != NULL && gd__is_utf8(t->table);
    if (t->rows == 0) /* unknown */
        return json;
    gd_json_set(json, "table", named ? gd_json_string(t->table) : gd_json_null());
    gd_json_set(json, "seed", gd__seed_json(t->seed));
    gd_json_set(json, "rows", gd_json_integer(t->rows));
    if (t->model != NULL) {
        gd_json_set(json, "model", gd_json_string(t->model));
        gd_json_set(json, "epochs", gd_json_integer(t->epochs));
    } else {
        gd_json_set(json, "interrupted", gd_json_boolean(true));
    }
    if (t->validation != NULL)
        gd_json_set(json, "validation", gd_json_string(t->validation));
    gd_json_set(json, "folds", gd_json_integer(t->folds));
    if (t->scores.count > 0)
        gd_json_set(json, "scores", gd__scores_json(&t->scores));
    return json;
}

static gd_json *mark_json(char mark)
{
    return gd_json_string(mark == '\t' ? "tab" : (const char[]){mark, '\0'});
}

static gd_json *reading_json(const gd__reading *reading)
{
    gd_json *json = gd_json_object();
    gd_json_set(json, "header", gd_json_boolean(reading->header));
    if (reading->delimiter != '\0')
        gd_json_set(json, "delimiter", mark_json(reading->delimiter));
    if (reading->likely_delimiter != '\0')
        gd_json_set(json, "likely_delimiter", mark_json(reading->likely_delimiter));
    if (reading->decimal != '\0')
        gd_json_set(json, "decimal", mark_json(reading->decimal));
    if (reading->likely_decimal != '\0')
        gd_json_set(json, "likely_decimal", mark_json(reading->likely_decimal));
    if (reading->format != NULL)
        gd_json_set(json, "format", gd_json_string(reading->format));
    if (reading->weight != NULL)
        gd_json_set(json, "weight", gd_json_string(reading->weight));
    return json;
}

static gd_json *model_json(const gd_model *model)
{
    int64_t width = gd_target_width(&model->target);
    gd_json *json = gd_json_object();
    gd_json_set(json, "target", gd__target_json(&model->target));
    gd_json_set(json, "network", gd__architecture_json(&model->network.architecture));
    gd_json_set(json, "encoder", gd__encoder_to_json(model->encoder));
    gd_json_set(json, "ids", gd__texts_json(&model->ids));
    gd_json_set(json, "thresholds", numbers_json(model->thresholds, width));
    gd_json_set(json, "shares", numbers_json(model->shares, width));
    gd_json_set(json, "training", training_json(&model->training));
    if (model->missing != NULL)
        gd_json_set(json, "missing", gd_json_string(model->missing));
    if (model->reading.known)
        gd_json_set(json, "reading", reading_json(&model->reading));
    return json;
}

char *gd_model_describe(const gd_model *model)
{
    gd_json *json = model_json(model);
    char *text = gd_json_text(json, false);
    gd_json_destroy(json);
    return text;
}

void gd_model_describe_destroy(char *text)
{
    gd_json_text_destroy(text);
}

/* ---- saving ---- */

static bool is_finite(const gd_parameters *parameters)
{
    for (int k = 0; k < gd_parameters_count(parameters); ++k) {
        const gd_tensor *x = gd_parameters_at(parameters, k);
        for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
            if (!isfinite(((const float *)x->data)[i]))
                return false;
    }
    return true;
}

gd_status gd_model_save(const gd_model *model, const char *path)
{
    if (!is_finite(model->network.parameters))
        return gd_fail(GD_ERROR_DIVERGED, "the last step of training left a weight that is not a "
                                          "finite number; try a lower .lr");
    char *text = gd_model_describe(model);
    gd_state_dict *state = text != NULL ? gd_state_dict_create() : NULL;
    gd_status status = state != NULL
                           ? gd_state_dict_add_parameters(state, model->network.parameters)
                           : gd_message_status();
    if (status == GD_OK)
        status = gd_state_dict_save(state, path, 1, &(gd_metadata){"model", text});
    gd_state_dict_destroy(state);
    gd_model_describe_destroy(text);
    return status;
}

/* ---- loading ---- */

static bool read_numbers(double *numbers, int64_t count, const gd_json *list)
{
    bool ok = gd_json_size(list) == (size_t)count;
    for (int64_t i = 0; ok && i < count; ++i) {
        const gd_json *value = gd_json_at(list, (size_t)i);
        numbers[i] = gd_json_number_of(value);
        ok = gd_json_is_number(value) && isfinite(numbers[i]);
    }
    return ok;
}

/* Whether all numbers are in [0,1]. */
static bool are_thresholds(const double *numbers, int64_t count)
{
    bool ok = true;
    for (int64_t i = 0; i < count; ++i)
        ok &= numbers[i] >= 0 && numbers[i] <= 1;
    return ok;
}

/* The one of three terms that the text names, possibly by its older name; NULL: none. */
static const char *term_of(const char *const terms[3], const char *const older[3],
                           const gd_json *value)
{
    const char *text = gd_json_string_of(value);
    for (int i = 0; text != NULL && i < 3; ++i)
        if (strcmp(text, terms[i]) == 0 || strcmp(text, older[i]) == 0)
            return terms[i];
    return NULL;
}

static bool read_training(gd_model *model, const gd_json *json)
{
    const char *table = gd_json_string_at(json, "table");
    gd_training *t = &model->training;
    if (!gd_json_is(json, GD_JSON_OBJECT))
        return false;
    *t = (gd_training){
        .seed = read_seed(gd_json_get(json, "seed")),
        .rows = gd_json_integer_of(gd_json_get(json, "rows")),
        .model = term_of(gd__kinds, gd__kinds, gd_json_get(json, "model")),
        .epochs = gd_json_integer_of(gd_json_get(json, "epochs")),
        .validation = term_of(gd__validations, older_validations, gd_json_get(json, "validation")),
        .folds = gd_json_integer_of(gd_json_get(json, "folds"))};
    return gd__model_keep(model, &t->table, table) &&
           gd__scores_from_json(&t->scores, gd_json_get(json, "scores"));
}

/* Reads a character (one of `among`, if given), or "tab". 0: the member is absent. */
static bool read_mark(char *mark, const char *among, const gd_json *json, const char *key)
{
    const gd_json *value = gd_json_get(json, key);
    const char *text = gd_json_string_of(value);
    if (text != NULL && strcmp(text, "tab") == 0 && among == NULL)
        *mark = '\t';
    else if (text != NULL && strlen(text) == 1 && (among == NULL || strchr(among, text[0]) != NULL))
        *mark = text[0];
    else
        return value == NULL;
    return true;
}

/* Reads a text, or NULL if the member is absent. */
static bool read_text(gd_model *model, const char **text, const gd_json *json, const char *key)
{
    const gd_json *value = gd_json_get(json, key);
    return gd__model_keep(model, text, gd_json_string_of(value)) &&
           (value == NULL || *text != NULL);
}

static bool read_reading(gd_model *model, const gd_json *json)
{
    gd__reading *r = &model->reading;
    const gd_json *header = gd_json_get(json, "header");
    *r = (gd__reading){.known = header != NULL, .header = gd_json_is_true(header)};
    return json == NULL ||
           (gd_json_is(json, GD_JSON_OBJECT) && read_text(model, &r->format, json, "format") &&
            read_text(model, &r->weight, json, "weight") &&
            (header == NULL || gd_json_is(header, GD_JSON_BOOLEAN)) &&
            read_mark(&r->delimiter, NULL, json, "delimiter") &&
            read_mark(&r->likely_delimiter, NULL, json, "likely_delimiter") &&
            read_mark(&r->decimal, ".,", json, "decimal") &&
            read_mark(&r->likely_decimal, ".,", json, "likely_decimal"));
}

/* Whether reading failed for lack of memory. The message is cleared before. */
static bool lacks_memory(void)
{
    return gd_message_status() == GD_ERROR_MEMORY;
}

static bool misfit(const char *what, const char *path)
{
    return !lacks_memory() && gd__fail_false(GD_ERROR_FORMAT, "%s: %s", path, what);
}

static bool read_numbers_and_texts(gd_model *model, const gd_json *json)
{
    int64_t width = gd_target_width(&model->target);
    return gd__texts_from_json(&model->ids, gd_json_get(json, "ids"), 0) &&
           read_training(model, gd_json_get(json, "training")) &&
           read_text(model, &model->missing, json, "missing") &&
           read_reading(model, gd_json_get(json, "reading")) &&
           read_numbers(model->thresholds, width, gd_json_get(json, "thresholds")) &&
           are_thresholds(model->thresholds, width) &&
           read_numbers(model->shares, width, gd_json_get(json, "shares"));
}

static bool read_description(gd_model *model, gd_architecture *a, const char *path,
                             const gd_json *json)
{
    if (!gd__target_from_json(&model->target, gd_json_get(json, "target")))
        return misfit("invalid \"target\"", path);
    if (!gd__architecture_from_json(a, gd_json_get(json, "network")))
        return misfit("invalid \"network\"", path);
    model->encoder = gd__encoder_of_json(gd_json_get(json, "encoder"));
    if (model->encoder == NULL)
        return gd__fail_false(lacks_memory() ? GD_ERROR_MEMORY : GD_ERROR_FORMAT,
                              "%s: invalid \"encoder\": %s", path, gd_message());
    int64_t width = gd_target_width(&model->target);
    bool fits = a->inputs == gd_encoder_width(model->encoder) &&
                (a->outputs == width || (a->outputs == 1 && model->target.task == GD_BINARY));
    if (!gd__model_create_numbers(model))
        return false;
    return (fits && read_numbers_and_texts(model, json)) ||
           misfit("the parts of its description do not match", path);
}

/* Whether the file holds as many weights as the architecture has: checked before any memory is
 * allocated for them. */
static bool has_weights(const gd_architecture *a, const gd_safetensors *file)
{
    double wanted = 0, there = 0, inputs = (double)a->inputs;
    for (int i = 0; i <= a->hidden_count; ++i) {
        double outputs = (double)(i < a->hidden_count ? a->hidden[i] : a->outputs);
        wanted += (inputs + 1) * outputs;
        inputs = outputs;
    }
    for (int i = 0; i < gd_safetensors_count(file); ++i)
        there += (double)gd_tensor_numel(gd_safetensors_at(file, i));
    return wanted == there;
}

static bool read_weights(gd_model *model, const char *path, const gd_safetensors *file)
{
    gd_state_dict *state = gd_state_dict_create();
    bool ok = state != NULL &&
              gd_state_dict_add_parameters(state, model->network.parameters) == GD_OK &&
              gd_state_dict_load_from(state, file, false) == GD_OK;
    gd_state_dict_destroy(state);
    return ok && (is_finite(model->network.parameters) ||
                  gd__fail_false(GD_ERROR_FORMAT, "%s: a weight is not a finite number", path));
}

static bool read_model(gd_model *model, const char *path, const gd_safetensors *file)
{
    gd_architecture architecture;
    const char *text = gd_safetensors_metadata(file, "model");
    if (text == NULL)
        return gd__fail_false(GD_ERROR_FORMAT,
                              "%s: not a model of gradus train: it has no description", path);
    gd_fail(GD_OK, "%s", ""); /* for lacks_memory */
    gd_json *json = gd_json_parse("its description", text, strlen(text));
    if (json == NULL)
        return gd__data_failure() ||
               gd__fail_false(gd_message_status(), "%s: %s", path, gd_message());
    bool ok = read_description(model, &architecture, path, json);
    gd_json_destroy(json);
    if (ok && !has_weights(&architecture, file))
        return gd__fail_false(GD_ERROR_FORMAT, "%s: its weights do not match its \"network\"",
                              path);
    return ok && gd__network_create(&model->network, &architecture) &&
           read_weights(model, path, file);
}

gd_status gd_model_load(gd_model **model, const char *path)
{
    *model = NULL;
    if (access(path, R_OK) != 0)
        return gd_fail(GD_ERROR_IO, "%s: %s", path, strerror(errno));
    gd_safetensors *file = gd_safetensors_open(path);
    if (file == NULL)
        return gd_fail(lacks_memory() ? GD_ERROR_MEMORY : GD_ERROR_FORMAT,
                       "%s; expected a model of gradus train", gd_message());
    gd_model *read = gd__model_create();
    gd_status status = gd__status(read != NULL && read_model(read, path, file));
    gd_safetensors_close(file);
    if (status == GD_OK)
        *model = read;
    else
        gd_model_destroy(read);
    return status;
}
