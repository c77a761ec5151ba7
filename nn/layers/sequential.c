/* Modules one after the other, and the builder of the commonest of such models. */
#include "nn/parameters.h"

#include <inttypes.h>
#include <string.h>

static gd_tensor *forward(gd_tape *tape, gd_module *module, gd_tensor *x)
{
    gd_sequential *sequential = (gd_sequential *)module;
    for (int i = 0; i < sequential->count && x != NULL; ++i)
        x = gd_module_forward(tape, sequential->modules[i], x);
    return x;
}

gd_sequential *gd_sequential_create(gd_parameters *parameters, const char *name, int count,
                                    gd_module *const *modules)
{
    if (count < 0 || (count > 0 && modules == NULL))
        return gd__fail_null("sequential: there are no modules");
    for (int i = 0; i < count; ++i)
        if (modules[i] == NULL)
            return gd__fail_null("sequential: module %d is NULL", i);
    size_t bytes = (size_t)count * sizeof *modules;
    gd_sequential *sequential =
        gd_module_create(parameters, sizeof *sequential + bytes, "Sequential", name, forward);
    if (sequential == NULL)
        return NULL;
    sequential->count = count;
    if (count > 0)
        sequential->modules = memcpy(sequential + 1, modules, bytes);
    return sequential;
}

enum { MOST_LAYERS = 64, NAME_SIZE = 160 };

/* A model that is being made: PyTorch would name module i "prefix.i". */
typedef struct builder {
    gd_parameters *parameters;
    const char *prefix;
    const gd_mlp_options *options;
    gd_module *modules[3 * MOST_LAYERS]; /* linear, activation, dropout */
    int count;
} builder;

static const char *next_name(const builder *b, char *buffer)
{
    snprintf(buffer, NAME_SIZE, "%.128s%s%d", b->prefix, b->prefix[0] != '\0' ? "." : "", b->count);
    return buffer;
}

static bool add_linear(builder *b, int64_t in, int64_t out)
{
    char name[NAME_SIZE];
    gd_linear_layer *layer =
        gd_linear_layer_create(b->parameters, next_name(b, name), in, out,
                               &(gd_linear_options){.dtype = b->options->dtype});
    if (layer != NULL)
        b->modules[b->count++] = &layer->module;
    return layer != NULL;
}

static bool add_between(builder *b)
{
    char name[NAME_SIZE];
    gd_activation function = b->options->activation != NULL ? b->options->activation : gd_relu;
    gd_activation_layer *activation =
        gd_activation_layer_create(b->parameters, next_name(b, name), function);
    if (activation == NULL)
        return false;
    b->modules[b->count++] = &activation->module;
    if (b->options->dropout == 0)
        return true;
    gd_dropout_layer *dropout =
        gd_dropout_layer_create(b->parameters, next_name(b, name), b->options->dropout);
    if (dropout != NULL)
        b->modules[b->count++] = &dropout->module;
    return dropout != NULL;
}

gd_module *gd_mlp_create(gd_parameters *parameters, const char *name, int n, const int64_t *sizes,
                         const gd_mlp_options *options)
{
    if (name == NULL || n < 2 || n > MOST_LAYERS || sizes == NULL)
        return gd__fail_null("mlp: a name and 2 to %d sizes are needed", MOST_LAYERS);
    if (options != NULL && !(options->dropout >= 0 && options->dropout < 1))
        return gd__fail_null("mlp: dropout %g is outside [0,1)", options->dropout);
    for (int i = 0; i < n; ++i)
        if (sizes[i] < 1)
            return gd__fail_null("mlp: size %d is %" PRId64 "; it must be positive", i, sizes[i]);
    builder b = {.parameters = parameters,
                 .prefix = name,
                 .options = options != NULL ? options : &(gd_mlp_options){.activation = NULL}};
    gd__progress before = gd__parameters_progress(parameters);
    for (int i = 1; i < n; ++i)
        if (!add_linear(&b, sizes[i - 1], sizes[i]) || (i < n - 1 && !add_between(&b)))
            return gd__parameters_go_back(parameters, &before);
    gd_sequential *model = gd_sequential_create(parameters, name, b.count, b.modules);
    return model != NULL ? &model->module : gd__parameters_go_back(parameters, &before);
}
