/* What every layer and model begins with. */
#include "autograd/internal.h"
#include "nn/parameters.h"

#include <string.h>

enum { NAME_SIZE = 256 };

void *gd_module_create(gd_parameters *parameters, size_t size, const char *kind, const char *name,
                       gd_tensor *(*forward)(gd_tape *tape, gd_module *module, gd_tensor *x))
{
    if (parameters == NULL || name == NULL || forward == NULL || size < sizeof(gd_module))
        return gd__fail_null(
            "module_create: a list, a name, a forward and the size of a struct that "
            "begins with a gd_module are needed");
    size_t length = strlen(name) + 1;
    if (length > NAME_SIZE / 2)
        return gd__fail_null("module_create: \"%.40s...\" is too long for a name", name);
    gd_module *module = gd_allocate(size + length);
    if (module == NULL)
        return gd__fail_memory("module_create: no memory for \"%s\"", name);
    memset(module, 0, size);
    *module = (gd_module){.kind = kind,
                          .name = memcpy((char *)module + size, name, length),
                          .forward = forward,
                          .parameters = parameters,
                          .next = parameters->now.modules,
                          .size = size + length};
    parameters->now.modules = module;
    return module;
}

/* "encoder.0" and "weight" become "encoder.0.weight". */
static gd_tensor *add(gd_module *module, const char *name, bool is_buffer, gd_dtype dtype, int ndim,
                      const int64_t *shape)
{
    char whole[NAME_SIZE];
    int length = NAME_SIZE;
    if (module != NULL && name != NULL)
        length = snprintf(whole, sizeof whole, "%s%s%s", module->name,
                          module->name[0] != '\0' ? "." : "", name);
    if (length >= NAME_SIZE)
        return gd__fail_null("module_add: the module or the name is NULL, or the name is too long");
    return gd__parameters_add(module->parameters, whole, module, is_buffer, dtype, ndim, shape);
}

gd_tensor *gd_module_add_parameter(gd_module *module, const char *name, gd_dtype dtype, int ndim,
                                   const int64_t *shape)
{
    return add(module, name, false, dtype, ndim, shape);
}

gd_tensor *gd_module_add_buffer(gd_module *module, const char *name, gd_dtype dtype, int ndim,
                                const int64_t *shape)
{
    return add(module, name, true, dtype, ndim, shape);
}

bool gd_module_is_training(const gd_module *module)
{
    return module != NULL && module->parameters->training;
}

bool gd__may_train(gd_tape *tape, const gd_module *module)
{
    static _Thread_local char here; /* its address tells the thread */
    const void *trainer = NULL, *mine = &here;
    return atomic_compare_exchange_strong(&module->parameters->trainer, &trainer, mine) ||
           trainer == mine ||
           gd_tape_fail(tape, GD_ERROR_STATE,
                        "another thread trains this model, and in training \"%s\" changes what "
                        "the model keeps",
                        module->name);
}

gd_tensor *gd_module_forward(gd_tape *tape, gd_module *module, gd_tensor *x)
{
    if (tape == NULL || tape->status != GD_OK)
        return NULL;
    tape->calling = module != NULL ? module->kind : "module_forward";
    if (module == NULL)
        gd_tape_fail(tape, GD_ERROR_ARGUMENT, "the module is NULL");
    if (module == NULL || (!gd__tape_is_alive(tape, x) && !gd_check_operand(tape, x, "input")))
        return NULL;
    const gd_parameters *p = module->parameters;
    if (p->watch != NULL)
        p->watch(p->watcher, module, NULL);
    gd_tensor *y = module->forward(tape, module, x);
    if (p->watch != NULL && y != NULL)
        p->watch(p->watcher, module, y);
    return y;
}
