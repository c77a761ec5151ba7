#include "cli/model.h"
#include "cli/cli.h"
#include "cli/system/output.h"
#include "cli/system/signals.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- thresholds and shares ---- */

static bool create_numbers(cli_model *model)
{
    size_t width = (size_t)cli_target_width(&model->target);
    model->thresholds = cli_calloc(width, sizeof(double));
    model->shares = cli_calloc(width, sizeof(double));
    for (size_t j = 0; model->thresholds != NULL && j < width; ++j)
        model->thresholds[j] = 0.5;
    return model->thresholds != NULL && model->shares != NULL;
}

int cli_model_set_shares(cli_model *model, const cli_truth *training)
{
    int64_t n = training->y->shape[0], width = cli_target_width(&model->target);
    if (!create_numbers(model))
        return cli_error(CLI_RUNTIME, "no memory");
    if (model->target.classes != NULL) {
        cli_truth_count(training, width, model->shares);
        for (int64_t j = 0; j < width && n > 0; ++j)
            model->shares[j] /= (double)n;
        return CLI_OK;
    }
    for (int64_t j = 0; j < width; ++j) {
        double sum = 0, known = 0;
        for (int64_t i = 0; i < n; ++i)
            if (model->target.task == CLI_REGRESSION) {
                sum += (((const double *)training->y->data)[i] - sum) / (double)(i + 1);
                known = 1;
            } else if (((const bool *)training->mask->data)[i * width + j]) {
                sum += (double)((const float *)training->y->data)[i * width + j];
                ++known;
            }
        model->shares[j] = known > 0 ? sum / known : 0;
    }
    return CLI_OK;
}

/* ---- saving ---- */

static gd__json *numbers_json(const double *numbers, int64_t count)
{
    gd__json *list = gd__json_array();
    for (int64_t i = 0; i < count; ++i)
        gd__json_append(list, gd__json_real(numbers[i]));
    return list;
}

/* All but the weights. */
static gd__json *describe(const cli_model *model)
{
    int64_t width = cli_target_width(&model->target);
    gd__json *json = gd__json_object();
    gd__json_set(json, "target", cli_target_json(&model->target));
    gd__json_set(json, "network", cli_architecture_json(&model->network.architecture));
    gd__json_set(json, "encoder", cli_encoder_json(model->encoder));
    gd__json_set(json, "ids", gd__json_copy(model->ids));
    gd__json_set(json, "thresholds", numbers_json(model->thresholds, width));
    gd__json_set(json, "shares", numbers_json(model->shares, width));
    gd__json_set(json, "training", gd__json_copy(model->training));
    if (model->missing != NULL)
        gd__json_set(json, "missing", gd__json_copy(model->missing));
    if (model->reading != NULL)
        gd__json_set(json, "reading", gd__json_copy(model->reading));
    return json;
}

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

gd_status cli_save_state(const gd_state_dict *state, const char *path, const gd_metadata *metadata)
{
    cli_hold_signals(true); /* the library's temporary file is known to itself alone */
    gd_status status = gd_state_dict_save(state, path, 1, metadata);
    cli_hold_signals(false);
    return status;
}

/* The library writes by a path, here the temporary one, with which its message begins. */
static int write_model(const gd_state_dict *state, const char *path, const gd_metadata *metadata)
{
    cli_output output;
    if (!cli_output_open(&output, path))
        return CLI_RUNTIME;
    if (cli_save_state(state, output.temporary, metadata) == GD_OK)
        return cli_output_finish(&output);
    const char *message = gd_message();
    size_t n = strlen(output.temporary);
    if (strncmp(message, output.temporary, n) == 0)
        cli_error(CLI_RUNTIME, "%s%s", path, message + n);
    else
        cli_error(CLI_RUNTIME, "%s", message);
    cli_output_discard(&output);
    return CLI_RUNTIME;
}

int cli_model_save(const cli_model *model, const char *path)
{
    gd__json *json = describe(model);
    char *text = gd__json_text(json, false);
    gd_state_dict *state = gd_state_dict_create();
    int code = CLI_OK;
    if (cli_memory_refused() > 0) /* and something was done without it */
        code = cli_error(CLI_RUNTIME, "no memory");
    else if (!is_finite(model->network.parameters))
        code =
            cli_error(CLI_DIVERGED, "the last step of training left a weight that is not a finite "
                                    "number; try a lower --lr");
    else if (text == NULL || state == NULL ||
             gd_state_dict_add_parameters(state, model->network.parameters) != GD_OK)
        code = cli_error(CLI_RUNTIME, "no memory for the model's description");
    else
        code = write_model(state, path, &(gd_metadata){"model", text});
    gd_state_dict_destroy(state);
    gd__json_text_destroy(text);
    gd__json_destroy(json);
    return code;
}

/* ---- loading ---- */

static bool read_numbers(double *numbers, int64_t count, const gd__json *list)
{
    bool ok = gd__json_size(list) == (size_t)count;
    for (int64_t i = 0; ok && i < count; ++i) {
        const gd__json *value = gd__json_at(list, (size_t)i);
        numbers[i] = gd__json_number_of(value);
        ok = gd__json_is_number(value) && isfinite(numbers[i]);
    }
    return ok;
}

/* Probabilities: 0 to 1. */
static bool are_thresholds(const double *numbers, int64_t count)
{
    bool ok = true;
    for (int64_t i = 0; i < count; ++i)
        ok &= numbers[i] >= 0 && numbers[i] <= 1;
    return ok;
}

/* The parts of a description fit each other. */
static bool fits(const cli_model *model, const cli_architecture *a)
{
    int64_t width = cli_target_width(&model->target);
    return a->inputs == gd_encoder_width(model->encoder) &&
           (a->outputs == width || (a->outputs == 1 && model->target.task == CLI_BINARY));
}

static int read_description(cli_model *model, cli_architecture *a, const char *path,
                            const gd__json *json)
{
    gd__json *encoder = gd__json_get(json, "encoder"), *ids = gd__json_get(json, "ids"),
             *training = gd__json_get(json, "training"), *missing = gd__json_get(json, "missing"),
             *reading = gd__json_get(json, "reading");
    if (!cli_target_from_json(&model->target, gd__json_get(json, "target")))
        return cli_error(CLI_DATA, "%s: invalid \"target\"", path);
    if (!cli_architecture_from_json(a, gd__json_get(json, "network")))
        return cli_error(CLI_DATA, "%s: invalid \"network\"", path);
    char *text = gd__json_text(encoder, false);
    model->encoder = text != NULL ? gd_encoder_from_json(text) : NULL;
    gd__json_text_destroy(text);
    if (model->encoder == NULL)
        return cli_error(CLI_DATA, "%s: invalid \"encoder\": %s", path, gd_message());
    if (!create_numbers(model))
        return cli_error(CLI_RUNTIME, "no memory");
    int64_t width = cli_target_width(&model->target);
    if (!fits(model, a) || !cli_all_strings(ids, 0) || !gd__json_is(training, GD__JSON_OBJECT) ||
        (missing != NULL && !gd__json_is(missing, GD__JSON_STRING)) || !cli_is_reading(reading) ||
        !read_numbers(model->thresholds, width, gd__json_get(json, "thresholds")) ||
        !are_thresholds(model->thresholds, width) ||
        !read_numbers(model->shares, width, gd__json_get(json, "shares")))
        return cli_error(CLI_DATA, "%s: the parts of its description do not match", path);
    model->ids = gd__json_copy(ids);
    model->missing = gd__json_copy(missing);
    model->reading = gd__json_copy(reading);
    model->training = gd__json_copy(training);
    return gd__json_check(model->ids) == GD_OK && gd__json_check(model->training) == GD_OK &&
                   (missing == NULL || gd__json_check(model->missing) == GD_OK) &&
                   (reading == NULL || gd__json_check(model->reading) == GD_OK)
               ? CLI_OK
               : cli_error(CLI_RUNTIME, "%s", gd_message());
}

/* The file holds as many weights as the architecture has: memory is taken for no others. */
static bool has_weights(const cli_architecture *a, const gd_safetensors *file)
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

static int read_model(cli_model *model, const char *path, const gd_safetensors *file)
{
    cli_architecture architecture;
    const char *text = gd_safetensors_metadata(file, "model");
    if (text == NULL)
        return cli_error(CLI_DATA, "%s: not a model of gradus train: it has no description", path);
    gd__json *json = gd__json_parse("its description", text, strlen(text));
    if (json == NULL)
        return cli_error(CLI_DATA, "%s: %s", path, gd_message());
    int code = read_description(model, &architecture, path, json);
    gd__json_destroy(json);
    if (code == CLI_OK && !has_weights(&architecture, file))
        code = cli_error(CLI_DATA, "%s: its weights do not match its \"network\"", path);
    if (code == CLI_OK)
        code = cli_network_create(&model->network, &architecture);
    gd_state_dict *state = code == CLI_OK ? gd_state_dict_create() : NULL;
    if (code == CLI_OK &&
        (gd_state_dict_add_parameters(state, model->network.parameters) != GD_OK ||
         gd_state_dict_load_from(state, file, false) != GD_OK))
        code = cli_error(CLI_DATA, "%s", gd_message());
    gd_state_dict_destroy(state);
    if (code == CLI_OK && !is_finite(model->network.parameters))
        code = cli_error(CLI_DATA, "%s: a weight is not a finite number", path);
    return code;
}

int cli_model_load(cli_model *model, const char *path)
{
    *model = (cli_model){.encoder = NULL};
    if (access(path, R_OK) != 0)
        return cli_error(CLI_RUNTIME, "%s: %s", path, strerror(errno));
    gd_safetensors *file = gd_safetensors_open(path);
    if (file == NULL)
        return cli_error(CLI_DATA, "%s; expected a model of gradus train", gd_message());
    int code = read_model(model, path, file);
    gd_safetensors_close(file);
    if (code != CLI_OK)
        cli_model_free(model);
    return code;
}

/* Whether a file is one; a pipe is not looked into. */
static bool is_model(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    gd_safetensors *file = gd_safetensors_open(path);
    gd_safetensors_close(file);
    return file != NULL;
}

int cli_model_load_operand(cli_model *model, const cli_options *o)
{
    if (o->count > 1 && is_model(o->operands[1]) && !is_model(o->operands[0]))
        return cli_error(CLI_DATA, "%s: expected a model, but %s is one: gradus %s MODEL TABLE",
                         o->operands[0], o->operands[1], o->command->name);
    return cli_model_load(model, o->operands[0]);
}

void cli_model_free(cli_model *model)
{
    gd_encoder_destroy(model->encoder);
    cli_target_free(&model->target);
    cli_network_free(&model->network);
    gd__json_destroy(model->ids);
    gd__json_destroy(model->missing);
    gd__json_destroy(model->reading);
    gd__json_destroy(model->training);
    free(model->thresholds);
    free(model->shares);
    *model = (cli_model){.encoder = NULL};
}

/* ---- what logits say ---- */

static void softmax_row(const float *logits, double *p, int64_t n)
{
    float most =
        -INFINITY; /* of floats: gcc 12 for arm64 fails to vectorise their maximum in double */
    double sum = 0;
    for (int64_t c = 0; c < n; ++c)
        most = fmaxf(most, logits[c]);
    for (int64_t c = 0; c < n; ++c)
        sum += p[c] = exp((double)logits[c] - (double)most);
    for (int64_t c = 0; c < n; ++c)
        p[c] /= sum;
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

gd_tensor *cli_values_of_logits(const cli_target *target, const gd_tensor *logits)
{
    int64_t n = logits->shape[0], outputs = logits->shape[1], width = cli_target_width(target);
    gd_tensor *values = gd_tensor_create(GD_F64, GD_DIMS(n, width));
    for (int64_t i = 0; values != NULL && i < n; ++i) {
        const float *x = (const float *)logits->data + i * outputs;
        double *p = (double *)values->data + i * width;
        if (target->task == CLI_BINARY && outputs == 1) {
            p[0] = sigmoid(-(double)x[0]);
            p[1] = sigmoid((double)x[0]);
        } else if (target->classes != NULL) {
            softmax_row(x, p, width);
        } else {
            for (int64_t j = 0; j < width; ++j)
                p[j] = target->task == CLI_REGRESSION
                           ? (double)x[j] * target->deviation + target->mean
                           : sigmoid((double)x[j]);
        }
    }
    return values;
}

/* ---- predictions ---- */

enum { BLOCK = 4096 /* rows whose logits are held beside what they say */ };

/* What the network says of rows of x, from `first` on, into the same rows of values; an exit code. */
static int predict_block(const cli_model *model, gd_tape *tape, const gd_tensor *x, int64_t first,
                         gd_tensor *values)
{
    gd_tensor block = gd_tensor_slice(x, 0, first, first + BLOCK, 1);
    gd_tensor to = gd_tensor_slice(values, 0, first, first + BLOCK, 1);
    gd_tensor *logits = cli_logits(tape, model->network.module, &block);
    if (logits == NULL)
        return CLI_RUNTIME;
    gd_tensor *part = cli_values_of_logits(&model->target, logits);
    bool done = part != NULL && gd_tensor_copy(&to, part) == GD_OK;
    gd_tensor_destroy(logits);
    gd_tensor_destroy(part);
    return done ? CLI_OK : cli_error(CLI_RUNTIME, "%s", gd_message());
}

int cli_model_predict_features(const cli_model *model, const gd_tensor *x,
                               cli_prediction *prediction)
{
    int64_t n = x->shape[0];
    gd_tape *tape = gd_tape_create();
    *prediction = (cli_prediction){.thresholds = model->thresholds};
    prediction->values = gd_tensor_create(GD_F64, GD_DIMS(n, cli_target_width(&model->target)));
    int code = tape != NULL && prediction->values != NULL
                   ? CLI_OK
                   : cli_error(CLI_RUNTIME, "%s", gd_message());
    for (int64_t first = 0; code == CLI_OK && first < n; first += BLOCK)
        code = predict_block(model, tape, x, first, prediction->values);
    gd_tape_destroy(tape);
    if (code != CLI_OK) {
        gd_tensor_destroy(prediction->values);
        prediction->values = NULL;
    }
    return code;
}

/* Numbers far beyond all that training has seen count as the farthest that may be. */
static void warn_of_far_out(const cli_model *model, const gd_table *table, const gd_tensor *rows)
{
    char buffer[32], place[32];
    int64_t row;
    int column;
    int64_t count = gd_encoder_cut_off(model->encoder, table, rows, &row, &column);
    if (count > 0)
        cli_warn("%s%s: \"%s\" in column \"%.80s\" is far outside the range seen in training and "
                 "is clipped (numbers clipped: %" PRId64 ")",
                 gd_table_path(table), gd_table_place(table, row, place),
                 gd_table_text(table, row, column, buffer), gd_table_name(table, column), count);
}

int cli_model_predict(const cli_model *model, const gd_table *table, const gd_tensor *rows,
                      cli_prediction *prediction)
{
    int64_t unknown = 0;
    gd_tensor *x = gd_encoder_apply(model->encoder, table, rows, &unknown);
    if (x == NULL)
        return cli_error(CLI_DATA, "%s", gd_message());
    if (unknown > 0)
        cli_warn("%s: %" PRId64 " %s treated as missing", gd_table_path(table), unknown,
                 unknown == 1 ? "value was not seen in training and is"
                              : "values were not seen in training and are");
    warn_of_far_out(model, table, rows);
    int code = cli_model_predict_features(model, x, prediction);
    gd_tensor_destroy(x);
    return code;
}

int cli_model_baseline(const cli_model *model, int64_t n, cli_prediction *prediction)
{
    int64_t width = cli_target_width(&model->target);
    *prediction = (cli_prediction){.values = gd_tensor_create(GD_F64, GD_DIMS(n, width))};
    if (prediction->values == NULL)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    double *values = prediction->values->data;
    for (int64_t i = 0; i < n; ++i)
        memcpy(values + i * width, model->shares, (size_t)width * sizeof *values);
    return CLI_OK;
}
