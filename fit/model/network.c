#include "fit/model/network.h"

#include <math.h>
#include <string.h>

/* ---- activations ---- */

/* The values of .act, in the order of activations[]. */
static const char *const activation_names[] = {"relu", "tanh",     "sigmoid", "gelu",
                                               "silu", "softplus", NULL};

/* In parentheses, so that they are the functions, not the macros that add file and line. */
static const gd_activation activations[] = {(gd_relu), (gd_tanh), (gd_sigmoid),
                                            (gd_gelu), (gd_silu), (gd_softplus)};

static int find_activation(const char *name)
{
    for (int i = 0; name != NULL && activation_names[i] != NULL; ++i)
        if (strcmp(name, activation_names[i]) == 0)
            return i;
    return -1;
}

/* ---- layers ---- */

/* Initial weights of the parameters from `first` on: He et al. 2015 for hidden layers, variance
 * 1 / inputs for the last one, and biases 0. */
static void draw_weights(gd_parameters *parameters, int first)
{
    int count = gd_parameters_count(parameters);
    gd_rng *rng = gd_parameters_rng(parameters);
    for (int i = first; i < count; ++i) {
        gd_tensor *x = gd_parameters_at(parameters, i);
        if (x->ndim == 1)
            gd_tensor_fill(x, 0);
        else
            gd_init_kaiming_normal(x, i == count - 2 ? 1 : sqrt(2), rng);
    }
}

gd_module *gd_architecture_build(const gd_architecture *architecture, gd_parameters *parameters,
                                 const char *name)
{
    const gd_architecture *a = architecture;
    int act = find_activation(a->act != NULL ? a->act : "relu");
    int64_t sizes[GD_MOST_HIDDEN + 2] = {a->inputs};
    if (act < 0 || a->hidden_count < 0 || a->hidden_count > GD_MOST_HIDDEN)
        return gd__fail_null("architecture: an unknown activation, or not 0 to 16 hidden layers");
    memcpy(sizes + 1, a->hidden, (size_t)a->hidden_count * sizeof *sizes);
    sizes[a->hidden_count + 1] = a->outputs;
    int before = gd_parameters_count(parameters);
    gd_module *mlp =
        gd_mlp_create(parameters, name, a->hidden_count + 2, sizes,
                      &(gd_mlp_options){.activation = activations[act], .dropout = a->dropout});
    if (mlp == NULL)
        return NULL;
    draw_weights(parameters, before);
    if (a->input_dropout == 0)
        return mlp;
    gd_dropout_layer *dropout = gd_dropout_layer_create(parameters, name, a->input_dropout);
    gd_sequential *both =
        dropout != NULL
            ? gd_sequential_create(parameters, name, 2, (gd_module *[]){&dropout->module, mlp})
            : NULL;
    return both != NULL ? &both->module : NULL;
}

enum { ROWS_AT_ONCE = 512 };

gd_tensor *gd__create_rows_like(const gd_tensor *x, int64_t n)
{
    int64_t shape[GD_MAX_DIMS];
    memcpy(shape, x->shape, (size_t)x->ndim * sizeof *shape);
    shape[0] = n;
    return gd_tensor_create(x->dtype, x->ndim, shape);
}

/* The logits of x; NULL, and the tape's error or a message. */
static gd_tensor *pass(gd_tape *tape, gd_module *module, const gd_tensor *x)
{
    gd_tensor *all = NULL;
    for (int64_t i = 0; i == 0 || i < x->shape[0]; i += ROWS_AT_ONCE) {
        gd_tensor batch = gd_tensor_slice(x, 0, i, i + ROWS_AT_ONCE, 1);
        gd_tape_reset(tape);
        gd_tensor *logits = gd_module_forward(tape, module, &batch), part;
        if (logits != NULL && i == 0)
            all = gd__create_rows_like(logits, x->shape[0]);
        if (all != NULL)
            part = gd_tensor_slice(all, 0, i, i + ROWS_AT_ONCE, 1);
        if (logits == NULL || all == NULL || gd_tensor_copy(&part, logits) != GD_OK) {
            gd_tensor_destroy(all);
            return NULL;
        }
    }
    return all;
}

gd_tensor *gd__logits(gd_tape *tape, gd_module *module, const gd_tensor *x)
{
    /* Leaves the number of threads, and checks that OpenBLAS has room for its buffers: without it a
     * product would wait for ever. */
    bool ready = gd_blas_set_threads(gd_blas_info().threads) == GD_OK;
    bool training = gd_parameters_set_training(module->parameters, false);
    bool recording = gd_tape_set_recording(tape, false);
    gd_tensor *logits = ready ? pass(tape, module, x) : NULL;
    if (logits == NULL && gd_tape_status(tape) != GD_OK)
        gd__tape_failure(tape);
    gd_tape_set_recording(tape, recording);
    gd_parameters_set_training(module->parameters, training);
    return logits;
}

/* ---- networks ---- */

bool gd__network_create(gd__network *network, const gd_architecture *architecture)
{
    *network = (gd__network){.architecture = *architecture, .parameters = gd_parameters_create()};
    if (network->parameters != NULL)
        network->module = gd_architecture_build(architecture, network->parameters, "");
    if (network->module == NULL)
        gd__network_free(network);
    return network->module != NULL;
}

void gd__network_free(gd__network *network)
{
    gd_parameters_destroy(network->parameters);
    *network = (gd__network){.parameters = NULL};
}

/* Adds factor times the block to x [outputs,inputs] from row and column on; vectors have column
 * 0. */
static void add_block(gd_tensor *x, const gd_tensor *block, int64_t row, int64_t column,
                      double factor)
{
    int64_t width = x->ndim > 1 ? x->shape[1] : 1, columns = x->ndim > 1 ? block->shape[1] : 1;
    for (int64_t i = 0; i < block->shape[0]; ++i)
        for (int64_t j = 0; j < columns; ++j)
            ((float *)x->data)[(row + i) * width + column + j] +=
                (float)(factor * (double)((const float *)block->data)[i * columns + j]);
    gd_tensor_modified(x);
}

bool gd__network_merge(gd__network *network, const gd_architecture *member, int count,
                       gd_parameters *const *members)
{
    gd_architecture whole = *member;
    int layers = member->hidden_count + 1; /* each of a weight and a bias */
    for (int l = 0; l < member->hidden_count; ++l)
        whole.hidden[l] *= count;
    if (!gd__network_create(network, &whole))
        return false;
    for (int k = 0; k < 2 * layers; ++k) {
        gd_tensor *x = gd_parameters_at(network->parameters, k);
        bool first = k < 2, last = k >= 2 * (layers - 1);
        gd_tensor_fill(x, 0);
        for (int m = 0; m < count; ++m) {
            const gd_tensor *block = gd_parameters_at(members[m], k);
            bool is_weight = block->ndim == 2;
            add_block(x, block, last ? 0 : m * block->shape[0],
                      is_weight && !first ? m * block->shape[1] : 0, last ? 1.0 / count : 1);
        }
    }
    return true;
}

bool gd__can_blend(const gd_architecture *architecture)
{
    return architecture->hidden_count == 1 && strcmp(architecture->act, "relu") == 0;
}

bool gd__network_blend(gd__network *network, const gd_parameters *linear)
{
    const gd_tensor *w = gd_parameters_at(linear, 0), *b = gd_parameters_at(linear, 1);
    gd__network half = *network;
    int64_t hidden = half.architecture.hidden[0], outputs = half.architecture.outputs;
    gd_architecture whole = half.architecture;
    whole.hidden[0] += 2 * outputs;
    bool ok = gd__network_create(network, &whole);
    gd_tensor *to[4];
    for (int k = 0; ok && k < 4; ++k) {
        to[k] = gd_parameters_at(network->parameters, k);
        gd_tensor_fill(to[k], 0);
        add_block(to[k], gd_parameters_at(half.parameters, k), 0, 0, k < 2 ? 1 : 0.5);
    }
    for (int sign = 1; ok && sign >= -1; sign -= 2) {
        int64_t row = hidden + (sign > 0 ? 0 : outputs);
        add_block(to[0], w, row, 0, sign);
        add_block(to[1], b, row, 0, sign);
        for (int64_t j = 0; j < outputs; ++j)
            ((float *)to[2]->data)[j * (hidden + 2 * outputs) + row + j] = (float)(0.5 * sign);
    }
    gd__network_free(&half);
    return ok;
}

/* ---- in a model's file ---- */

gd_json *gd__architecture_json(const gd_architecture *a)
{
    gd_json *hidden = gd_json_array();
    for (int i = 0; i < a->hidden_count; ++i)
        gd_json_append(hidden, gd_json_integer(a->hidden[i]));
    gd_json *json = gd_json_object();
    gd_json_set(json, "inputs", gd_json_integer(a->inputs));
    gd_json_set(json, "hidden", hidden);
    gd_json_set(json, "act", gd_json_string(a->act));
    gd_json_set(json, "dropout", gd_json_real(a->dropout));
    gd_json_set(json, "outputs", gd_json_integer(a->outputs));
    return json;
}

static bool read_size(int64_t *size, const gd_json *value)
{
    *size = gd_json_integer_of(value);
    return gd_json_is(value, GD_JSON_INTEGER) && *size > 0 && *size <= INT32_MAX;
}

bool gd__architecture_from_json(gd_architecture *a, const gd_json *json)
{
    const gd_json *hidden = gd_json_get(json, "hidden");
    int act = find_activation(gd_json_string_at(json, "act"));
    *a = (gd_architecture){.dropout = gd_json_number_of(gd_json_get(json, "dropout"))};
    bool ok =
        act >= 0 && gd_json_is(hidden, GD_JSON_ARRAY) && gd_json_size(hidden) <= GD_MOST_HIDDEN &&
        read_size(&a->inputs, gd_json_get(json, "inputs")) &&
        read_size(&a->outputs, gd_json_get(json, "outputs")) && a->dropout >= 0 && a->dropout < 1;
    for (size_t i = 0; ok && i < gd_json_size(hidden); ++i)
        ok = read_size(&a->hidden[a->hidden_count++], gd_json_at(hidden, i));
    a->act = act >= 0 ? activation_names[act] : NULL;
    return ok;
}
