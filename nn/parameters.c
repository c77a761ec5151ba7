/* The named list of what a model learns and keeps, and the memory of that: one slab of values and
 * one of gradients for each float dtype, which grow while the model is made. */
#include "nn/parameters.h"

#include <string.h>

static bool create_slab(gd__slab *slab, gd_dtype dtype, int64_t capacity)
{
    slab->values = gd_tensor_create(dtype, GD_DIMS(capacity));
    slab->gradients = gd_tensor_create(dtype, GD_DIMS(capacity));
    return slab->values != NULL && slab->gradients != NULL;
}

static void destroy_slab(gd__slab *slab)
{
    gd_tensor_destroy(slab->values);
    gd_tensor_destroy(slab->gradients);
}

/* Room for `numel` more. The tensors follow where their memory moves. */
static bool grow(gd_parameters *parameters, gd_dtype dtype, int64_t numel)
{
    gd__slab *slab = &parameters->slabs[dtype], larger = {.values = NULL};
    int64_t capacity = slab->values != NULL ? slab->values->shape[0] : 0;
    int64_t used = parameters->now.used[dtype];
    if (numel <= capacity - used)
        return true;
    int64_t needed = used + numel;
    if (!create_slab(&larger, dtype, needed > 2 * capacity ? needed : 2 * capacity)) {
        destroy_slab(&larger);
        return false;
    }
    if (used > 0) {
        size_t bytes = (size_t)used * gd_dtype_size(dtype);
        memcpy(larger.values->data, slab->values->data, bytes);
        memcpy(larger.gradients->data, slab->gradients->data, bytes);
    }
    for (gd__entry *entry = parameters->first; entry != NULL; entry = entry->next)
        if (!entry->is_buffer && entry->tensor.dtype == dtype) {
            entry->tensor.data = gd__slab_at(larger.values, entry->offset);
            entry->gradient.data = gd__slab_at(larger.gradients, entry->offset);
            gd_tensor_modified(&entry->tensor);
            gd_tensor_modified(&entry->gradient);
        }
    destroy_slab(slab);
    slab->values = larger.values;
    slab->gradients = larger.gradients;
    return true;
}

gd_parameters *gd_parameters_create(void)
{
    gd_parameters *parameters = gd_allocate(sizeof *parameters);
    if (parameters == NULL)
        return gd__fail_memory("parameters_create: no memory");
    *parameters = (gd_parameters){.training = true};
    parameters->now.end = &parameters->first;
    return parameters;
}

static size_t size_of(const gd__entry *entry)
{
    return sizeof *entry + strlen(entry->name) + 1;
}

gd__progress gd__parameters_progress(const gd_parameters *parameters)
{
    return parameters != NULL ? parameters->now : (gd__progress){.end = NULL};
}

void *gd__parameters_go_back(gd_parameters *parameters, const gd__progress *to)
{
    if (parameters == NULL)
        return NULL;
    for (gd__entry *entry = *to->end, *next; entry != NULL; entry = next) {
        next = entry->next;
        gd_tensor_destroy(entry->buffer);
        gd_free(entry, size_of(entry));
    }
    for (gd_module *module = parameters->now.modules, *next; module != to->modules; module = next) {
        next = module->next;
        gd_free(module, module->size);
    }
    *to->end = NULL;
    for (int i = 0; i < GD__SLABS; ++i) { /* what is added next begins with zeros */
        size_t released = (size_t)(parameters->now.used[i] - to->used[i]);
        if (released > 0)
            memset(gd__slab_at(parameters->slabs[i].values, to->used[i]), 0,
                   released * gd_dtype_size((gd_dtype)i));
    }
    parameters->now = *to;
    return NULL;
}

void gd_parameters_destroy(gd_parameters *parameters)
{
    if (parameters == NULL)
        return;
    gd__parameters_go_back(parameters, &(gd__progress){.end = &parameters->first});
    for (int i = 0; i < GD__SLABS; ++i)
        destroy_slab(&parameters->slabs[i]);
    gd_free(parameters, sizeof *parameters);
}

static gd_tensor *tensor_of(gd__entry *entry)
{
    return entry == NULL ? NULL : entry->is_buffer ? entry->buffer : &entry->tensor;
}

/* The tensor and its gradient behind what is used of the slab, at the start of a cache line. */
static bool place(gd_parameters *parameters, gd__entry *entry, gd_dtype dtype, int ndim,
                  const int64_t *shape)
{
    size_t bytes;
    if (!gd_dtype_is_float(dtype)) {
        gd_fail(GD_ERROR_DTYPE, "parameters_add: \"%s\" cannot be %s; float32 or float64 is needed",
                entry->name, gd_dtype_name(dtype));
        return false;
    }
    if (!gd__shape_is_valid("parameters_add", dtype, ndim, shape, &bytes))
        return false;
    gd__slab *slab = &parameters->slabs[dtype];
    int64_t room = gd__whole_lines(dtype, (int64_t)(bytes / gd_dtype_size(dtype)));
    if (!grow(parameters, dtype, room > 0 ? room : 1))
        return false;
    int64_t *used = &parameters->now.used[dtype];
    entry->offset = *used;
    entry->tensor =
        (gd_tensor){.data = gd__slab_at(slab->values, *used), .dtype = dtype, .ndim = ndim};
    for (int i = 0; i < ndim; ++i)
        entry->tensor.shape[i] = shape[i];
    gd__set_contiguous(&entry->tensor);
    entry->gradient = entry->tensor;
    entry->gradient.data = gd__slab_at(slab->gradients, *used);
    entry->tensor.grad_memory = &entry->gradient;
    entry->tensor.requires_grad = true;
    *used += room;
    return true;
}

gd_tensor *gd__parameters_add(gd_parameters *parameters, const char *name, const gd_module *owner,
                              bool is_buffer, gd_dtype dtype, int ndim, const int64_t *shape)
{
    if (parameters == NULL || name == NULL || name[0] == '\0')
        return gd__fail_null("parameters_add: the list is NULL, or the name is empty");
    if (gd_parameters_find(parameters, name) != NULL)
        return gd__fail_null("parameters_add: there is a parameter \"%s\" already", name);
    size_t length = strlen(name) + 1;
    gd__entry *entry = gd_allocate(sizeof *entry + length);
    if (entry == NULL)
        return gd__fail_memory("parameters_add: no memory for \"%s\"", name);
    *entry = (gd__entry){.owner = owner, .is_buffer = is_buffer};
    memcpy(entry->name, name, length);
    if (is_buffer)
        entry->buffer = gd_tensor_create(dtype, ndim, shape);
    if (is_buffer ? entry->buffer == NULL : !place(parameters, entry, dtype, ndim, shape)) {
        gd_free(entry, size_of(entry));
        return NULL;
    }
    *parameters->now.end = entry;
    parameters->now.end = &entry->next;
    ++parameters->now.count;
    return tensor_of(entry);
}

gd_tensor *gd_parameters_add(gd_parameters *parameters, const char *name, gd_dtype dtype, int ndim,
                             const int64_t *shape)
{
    return gd__parameters_add(parameters, name, NULL, false, dtype, ndim, shape);
}

gd_tensor *gd_parameters_add_buffer(gd_parameters *parameters, const char *name, gd_dtype dtype,
                                    int ndim, const int64_t *shape)
{
    return gd__parameters_add(parameters, name, NULL, true, dtype, ndim, shape);
}

static gd__entry *entry_at(const gd_parameters *parameters, int index)
{
    gd__entry *entry = parameters != NULL && index >= 0 ? parameters->first : NULL;
    for (; entry != NULL && index > 0; --index)
        entry = entry->next;
    return entry;
}

int gd_parameters_count(const gd_parameters *parameters)
{
    return parameters != NULL ? parameters->now.count : 0;
}

gd_tensor *gd_parameters_at(const gd_parameters *parameters, int index)
{
    return tensor_of(entry_at(parameters, index));
}

const char *gd_parameters_name(const gd_parameters *parameters, int index)
{
    const gd__entry *entry = entry_at(parameters, index);
    return entry != NULL ? entry->name : NULL;
}

gd_tensor *gd_parameters_find(const gd_parameters *parameters, const char *name)
{
    gd__entry *entry = parameters != NULL && name != NULL ? parameters->first : NULL;
    while (entry != NULL && strcmp(entry->name, name) != 0)
        entry = entry->next;
    return tensor_of(entry);
}

int64_t gd_parameters_numel(const gd_parameters *parameters)
{
    int64_t numel = 0;
    for (const gd__entry *entry = parameters != NULL ? parameters->first : NULL; entry != NULL;
         entry = entry->next)
        numel += entry->is_buffer ? 0 : gd_tensor_numel(&entry->tensor);
    return numel;
}

gd_rng *gd_parameters_rng(gd_parameters *parameters)
{
    return parameters != NULL ? &parameters->now.rng : NULL;
}

bool gd_parameters_set_training(gd_parameters *parameters, bool training)
{
    bool before = parameters != NULL && parameters->training;
    if (parameters != NULL) {
        parameters->training = training;
        atomic_store(&parameters->trainer, NULL);
    }
    return before;
}
