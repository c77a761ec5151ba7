/* A multi-layer perceptron: linear layers, and between them an activation and dropout. */
#include "nn/parameters.h"

#include <inttypes.h>

enum { MOST_LAYERS = 64, NAME_SIZE = 160 };

/* The model that is being made. PyTorch would name module i "prefix.i". */
typedef struct builder {
    const char *prefix;
    gd_module *modules[3 * MOST_LAYERS]; /* linear, activation, dropout */
    int count;
    char name[NAME_SIZE];
} builder;

static const char *next_name(builder *b)
{
    const char *dot = b->prefix[0] != '\0' ? "." : "";
    snprintf(b->name, sizeof b->name, "%.128s%s%d", b->prefix, dot, b->count);
    return b->name;
}

/* A layer that could not be created is NULL. */
static bool add(builder *b, void *layer)
{
    b->modules[b->count++] = layer;
    return layer != NULL;
}

static bool build(builder *b, gd_parameters *p, int n, const int64_t *sizes,
                  const gd_mlp_options *o)
{
    gd_activation function = o->activation != NULL ? o->activation : gd_relu;
    const gd_linear_options linear = {.dtype = o->dtype};
    for (int i = 1; i < n; ++i) {
        if (!add(b, gd_linear_layer_create(p, next_name(b), sizes[i - 1], sizes[i], &linear)))
            return false;
        if (i == n - 1)
            break;
        if (!add(b, gd_activation_layer_create(p, next_name(b), function)))
            return false;
        if (o->dropout > 0 && !add(b, gd_dropout_layer_create(p, next_name(b), o->dropout)))
            return false;
    }
    return true;
}

gd_module *gd_mlp_create(gd_parameters *parameters, const char *name, int n, const int64_t *sizes,
                         const gd_mlp_options *options)
{
    gd_mlp_options o = options != NULL ? *options : (gd_mlp_options){.activation = NULL};
    if (name == NULL || n < 2 || n > MOST_LAYERS || sizes == NULL)
        return gd__fail_null("mlp: a name and 2 to %d sizes are needed", MOST_LAYERS);
    if (!(o.dropout >= 0 && o.dropout < 1))
        return gd__fail_null("mlp: dropout %g is outside [0,1)", o.dropout);
    for (int i = 0; i < n; ++i)
        if (sizes[i] < 1)
            return gd__fail_null("mlp: size %d is %" PRId64 "; it must be positive", i, sizes[i]);
    builder b = {.prefix = name};
    gd__progress before = gd__parameters_progress(parameters);
    gd_sequential *model = NULL;
    if (build(&b, parameters, n, sizes, &o))
        model = gd_sequential_create(parameters, name, b.count, b.modules);
    return model != NULL ? &model->module : gd__parameters_go_back(parameters, &before);
}
