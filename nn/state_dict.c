/* What a run has to remember, by name: views of memory that belongs to others, saved and restored as one. */
#include "nn/lbfgs.h"
#include "nn/optimizer.h"

#include <string.h>

typedef struct item {
    struct item *next;
    gd_tensor *tensor; /* somebody's, or `memory` */
    gd_tensor memory;  /* over plain numbers */
    char name[];       /* with its closing 0 */
} item;

struct gd_state_dict {
    item *first, **end;
    int count;
};

enum { NAME_SIZE = 512 };

/* ---- its life ---- */

gd_state_dict *gd_state_dict_create(void)
{
    gd_state_dict *dict = gd__allocate(sizeof *dict);
    if (dict == NULL)
        return gd__fail_null("state_dict_create: no memory");
    *dict = (gd_state_dict){.first = NULL};
    dict->end = &dict->first;
    return dict;
}

static size_t size_of(const item *i)
{
    return sizeof *i + strlen(i->name) + 1;
}

void gd_state_dict_destroy(gd_state_dict *dict)
{
    if (dict == NULL)
        return;
    for (item *i = dict->first, *next; i != NULL; i = next) {
        next = i->next;
        gd__free(i, size_of(i));
    }
    gd__free(dict, sizeof *dict);
}

static const item *find(const gd_state_dict *dict, const char *name)
{
    const item *i = dict->first;
    while (i != NULL && strcmp(i->name, name) != 0)
        i = i->next;
    return i;
}

/* ---- what is in it ---- */

/* A new item, which is to be given its tensor; NULL and a message. */
static item *add(gd_state_dict *dict, const char *name)
{
    if (dict == NULL || name == NULL || name[0] == '\0')
        return gd__fail_null("state_dict_add: the state dict is NULL, or the name is empty");
    if (find(dict, name) != NULL)
        return gd__fail_null("state_dict_add: there is a \"%s\" already", name);
    size_t length = strlen(name) + 1;
    item *i = gd__allocate(sizeof *i + length);
    if (i == NULL)
        return gd__fail_null("state_dict_add: no memory for \"%s\"", name);
    *i = (item){.next = NULL};
    memcpy(i->name, name, length);
    *dict->end = i;
    dict->end = &i->next;
    ++dict->count;
    return i;
}

gd_status gd_state_dict_add(gd_state_dict *dict, const char *name, gd_tensor *x)
{
    if (x == NULL || !gd_tensor_is_contiguous(x))
        return gd__fail(GD_ERROR_ARGUMENT, "state_dict_add: a contiguous tensor is needed");
    item *i = add(dict, name);
    if (i == NULL)
        return GD_ERROR_ARGUMENT;
    i->tensor = x;
    return GD_OK;
}

/* Plain memory of `count` numbers. */
static gd_status add_memory(gd_state_dict *dict, const char *name, gd_dtype dtype, void *memory,
                            int64_t count)
{
    item *i = add(dict, name);
    if (i == NULL)
        return GD_ERROR_ARGUMENT;
    i->memory =
        (gd_tensor){.data = memory, .dtype = dtype, .ndim = 1, .shape = {count}, .stride = {1}};
    i->tensor = &i->memory;
    return GD_OK;
}

gd_status gd_state_dict_add_integers(gd_state_dict *dict, const char *name, int64_t *values,
                                     int64_t count)
{
    return values == NULL ? gd__fail(GD_ERROR_ARGUMENT, "state_dict_add: the values are NULL")
                          : add_memory(dict, name, GD_I64, values, count);
}

gd_status gd_state_dict_add_rng(gd_state_dict *dict, const char *name, gd_rng *rng)
{
    /* Two words; int64_t and uint64_t may stand for each other. */
    return rng == NULL ? gd__fail(GD_ERROR_ARGUMENT, "state_dict_add: the stream is NULL")
                       : add_memory(dict, name, GD_I64, rng, 2);
}

gd_status gd_state_dict_add_parameters(gd_state_dict *dict, gd_parameters *parameters)
{
    gd_status status = GD_OK;
    for (int i = 0; status == GD_OK && i < gd_parameters_count(parameters); ++i)
        status = gd_state_dict_add(dict, gd_parameters_name(parameters, i),
                                   gd_parameters_at(parameters, i));
    return status;
}

static const char *join(char *buffer, const char *a, const char *b, const char *c)
{
    snprintf(buffer, NAME_SIZE, "%s.%s%s%s", a, b, c[0] != '\0' ? "." : "", c);
    return buffer;
}

static gd_status add_slot(gd_state_dict *dict, const char *name, const gd_optimizer *optimizer,
                          gd__slot *slot)
{
    char whole[NAME_SIZE];
    gd_status status =
        gd_state_dict_add_integers(dict, join(whole, name, slot->name, "step"), &slot->steps, 1);
    for (int k = 0; k < GD__MOMENTS && status == GD_OK; ++k)
        if (optimizer->moment[k] != NULL)
            status = gd_state_dict_add(dict, join(whole, name, slot->name, optimizer->moment[k]),
                                       &slot->moment[k]);
    return status;
}

gd_status gd_state_dict_add_optimizer(gd_state_dict *dict, const char *name,
                                      gd_optimizer *optimizer)
{
    char whole[NAME_SIZE];
    if (name == NULL || optimizer == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "state_dict_add: a name and an optimizer are needed");
    gd_status status = add_memory(dict, join(whole, name, "learning_rate", ""), GD_F64,
                                  &optimizer->learning_rate, 1);
    if (optimizer->update != NULL) {
        for (int i = 0; i < optimizer->count && status == GD_OK; ++i)
            status = add_slot(dict, name, optimizer, &optimizer->slots[i]);
        return status;
    }
    gd__lbfgs *l = optimizer->options.lbfgs;
    const struct {
        const char *name;
        gd_tensor *tensor;
    } parts[] = {{"memory", l->memory}, {"counts", l->counts}, {"numbers", l->numbers}};
    for (int i = 0; i < 3 && status == GD_OK; ++i)
        status = gd_state_dict_add(dict, join(whole, name, parts[i].name, ""), parts[i].tensor);
    return status;
}

gd_status gd_state_dict_add_schedule(gd_state_dict *dict, const char *name, gd_schedule *schedule)
{
    char whole[NAME_SIZE];
    if (name == NULL || schedule == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "state_dict_add: a name and a schedule are needed");
    const struct {
        const char *name;
        int64_t *value;
    } counts[] = {{"step", &schedule->step},
                  {"reductions", &schedule->reductions},
                  {"bad_reports", &schedule->bad_reports},
                  {"has_best", &schedule->has_best}};
    gd_status status = add_memory(dict, join(whole, name, "best", ""), GD_F64, &schedule->best, 1);
    for (int i = 0; i < 4 && status == GD_OK; ++i)
        status = gd_state_dict_add_integers(dict, join(whole, name, counts[i].name, ""),
                                            counts[i].value, 1);
    return status;
}

/* ---- saving and loading ---- */

gd_status gd_state_dict_save(const gd_state_dict *dict, const char *path, int m,
                             const gd_metadata *metadata)
{
    if (dict == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "state_dict_save: it is NULL");
    size_t bytes = (size_t)dict->count * sizeof(gd_named_tensor);
    gd_named_tensor *tensors = gd__allocate(bytes);
    if (tensors == NULL && bytes > 0)
        return gd__fail(GD_ERROR_MEMORY, "state_dict_save: no memory");
    int n = 0;
    for (const item *i = dict->first; i != NULL; i = i->next)
        tensors[n++] = (gd_named_tensor){i->name, i->tensor};
    gd_status status = gd_safetensors_save(path, n, tensors, m, metadata);
    gd__free(tensors, bytes);
    return status;
}

/* The file has an entry of this item's name, dtype and shape. */
static gd_status check_item(const gd_safetensors *file, const item *i)
{
    char texts[2][GD__SHAPE_TEXT];
    const char *path = gd_safetensors_path(file);
    const gd_tensor *x = gd_safetensors_find(file, i->name), *wanted = i->tensor;
    if (x == NULL)
        return gd__fail(GD_ERROR_FORMAT, "%s: there is no entry \"%s\"", path, i->name);
    if (x->dtype == wanted->dtype && gd__same_shape(x, wanted))
        return GD_OK;
    return gd__fail(x->dtype != wanted->dtype ? GD_ERROR_DTYPE : GD_ERROR_SHAPE,
                    "%s: entry \"%s\" is %s %s; %s %s is needed", path, i->name,
                    gd_dtype_name(x->dtype), gd__shape_text(texts[0], x->ndim, x->shape),
                    gd_dtype_name(wanted->dtype),
                    gd__shape_text(texts[1], wanted->ndim, wanted->shape));
}

gd_status gd_state_dict_load_from(gd_state_dict *dict, const gd_safetensors *file,
                                  bool allow_others)
{
    if (dict == NULL || file == NULL)
        return gd__fail(GD_ERROR_ARGUMENT, "state_dict_load: the state dict or the file is NULL");
    for (const item *i = dict->first; i != NULL; i = i->next) {
        gd_status status = check_item(file, i);
        if (status != GD_OK)
            return status;
    }
    for (int k = 0; !allow_others && k < gd_safetensors_count(file); ++k)
        if (find(dict, gd_safetensors_name(file, k)) == NULL)
            return gd__fail(GD_ERROR_FORMAT, "%s: entry \"%s\" belongs to nothing here",
                            gd_safetensors_path(file), gd_safetensors_name(file, k));
    for (item *i = dict->first; i != NULL; i = i->next)
        gd_tensor_copy(i->tensor, gd_safetensors_find(file, i->name));
    return GD_OK;
}

gd_status gd_state_dict_load(gd_state_dict *dict, const char *path, bool allow_others)
{
    gd_safetensors *file = gd_safetensors_open(path);
    if (file == NULL)
        return GD_ERROR_FORMAT;
    gd_status status = gd_state_dict_load_from(dict, file, allow_others);
    gd_safetensors_close(file);
    return status;
}
