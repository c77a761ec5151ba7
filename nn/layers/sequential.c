/* Modules one after the other. */
#include "nn/parameters.h"

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
