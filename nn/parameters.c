/* The named list of what a model learns. */
#include "tensor/internal.h"

#include <gradus/nn.h>

#include <string.h>

struct entry {
    struct entry *next;
    gd_tensor *tensor;
    char name[]; /* with its closing 0 */
};

struct gd_parameters {
    struct entry *first, **end; /* in order of adding */
    int count;
};

gd_parameters *gd_parameters_create(void)
{
    gd_parameters *parameters = gd__allocate(sizeof *parameters);
    if (parameters == NULL)
        return gd__fail_null("parameters_create: no memory");
    *parameters = (gd_parameters){.first = NULL};
    parameters->end = &parameters->first;
    return parameters;
}

static size_t size_of(const struct entry *entry)
{
    return sizeof *entry + strlen(entry->name) + 1;
}

void gd_parameters_destroy(gd_parameters *parameters)
{
    if (parameters == NULL)
        return;
    for (struct entry *entry = parameters->first; entry != NULL;) {
        struct entry *next = entry->next;
        gd_tensor_destroy(entry->tensor);
        gd__free(entry, size_of(entry));
        entry = next;
    }
    gd__free(parameters, sizeof *parameters);
}

static struct entry *entry_at(const gd_parameters *parameters, int index)
{
    struct entry *entry = parameters != NULL && index >= 0 ? parameters->first : NULL;
    for (; entry != NULL && index > 0; --index)
        entry = entry->next;
    return entry;
}

gd_tensor *gd_parameters_add(gd_parameters *parameters, const char *name, gd_dtype dtype, int ndim,
                             const int64_t *shape)
{
    if (parameters == NULL || name == NULL || name[0] == '\0')
        return gd__fail_null("parameters_add: the list is NULL, or the name is empty");
    for (const struct entry *entry = parameters->first; entry != NULL; entry = entry->next)
        if (strcmp(entry->name, name) == 0)
            return gd__fail_null("parameters_add: there is a parameter \"%s\" already", name);
    if (!gd_dtype_is_float(dtype))
        return gd__fail_null("parameters_add: \"%s\" cannot be %s; float32 or float64 is needed",
                             name, gd_dtype_name(dtype));
    size_t length = strlen(name) + 1;
    struct entry *entry = gd__allocate(sizeof *entry + length);
    if (entry == NULL)
        return gd__fail_null("parameters_add: no memory for \"%s\"", name);
    gd_tensor *tensor = gd_tensor_create(dtype, ndim, shape);
    if (tensor == NULL) {
        gd__free(entry, sizeof *entry + length);
        return NULL;
    }
    tensor->requires_grad = true;
    *entry = (struct entry){.tensor = tensor};
    memcpy(entry->name, name, length);
    *parameters->end = entry;
    parameters->end = &entry->next;
    ++parameters->count;
    return tensor;
}

int gd_parameters_count(const gd_parameters *parameters)
{
    return parameters != NULL ? parameters->count : 0;
}

gd_tensor *gd_parameters_at(const gd_parameters *parameters, int index)
{
    const struct entry *entry = entry_at(parameters, index);
    return entry != NULL ? entry->tensor : NULL;
}

const char *gd_parameters_name(const gd_parameters *parameters, int index)
{
    const struct entry *entry = entry_at(parameters, index);
    return entry != NULL ? entry->name : NULL;
}
