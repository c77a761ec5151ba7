/* What a run has to remember, by name: views of memory that belongs to others, saved and restored as one. */
#include "nn/optimizers/optimizer.h"
#include "tensor/json.h"

#include <float.h>
#include <limits.h>
#include <string.h>

typedef struct item {
    struct item *next;    /* in order of adding */
    struct item *chained; /* in the same bucket */
    gd_tensor *tensor;    /* somebody's, or `memory` */
    gd_tensor memory;     /* over plain numbers */
    double most;          /* what is loaded must be in [0,most]; 0: it may be any */
    char name[];          /* with its closing 0 */
} item;

/* Items are found by a hash of their names. */
struct gd_state_dict {
    item *first, **end;
    item **buckets; /* [room], room being 0 or a power of two */
    size_t count, room;
};

/* ---- its life ---- */

gd_state_dict *gd_state_dict_create(void)
{
    gd_state_dict *dict = gd__allocate(sizeof *dict);
    if (dict == NULL)
        return gd__fail_memory("state_dict_create: no memory");
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
    gd__free(dict->buckets, dict->room * sizeof(item *));
    gd__free(dict, sizeof *dict);
}

/* ---- finding items ---- */

/* Fowler, Noll and Vo's 1a. */
static item **bucket(const gd_state_dict *dict, const char *name)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (; *name != '\0'; ++name)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3;
    return &dict->buckets[hash & (dict->room - 1)];
}

static const item *find(const gd_state_dict *dict, const char *name)
{
    const item *i = dict->room > 0 ? *bucket(dict, name) : NULL;
    while (i != NULL && strcmp(i->name, name) != 0)
        i = i->chained;
    return i;
}

static void chain(gd_state_dict *dict, item *i)
{
    item **place = bucket(dict, i->name);
    i->chained = *place;
    *place = i;
}

/* A bucket for each item, one more than there are now. */
static bool make_buckets(gd_state_dict *dict)
{
    if (dict->count < dict->room)
        return true;
    size_t room = dict->room > 0 ? 2 * dict->room : 64;
    item **buckets = gd__allocate(room * sizeof *buckets);
    if (buckets == NULL)
        return false;
    gd__free(dict->buckets, dict->room * sizeof *buckets);
    dict->buckets = buckets;
    dict->room = room;
    for (size_t k = 0; k < room; ++k)
        buckets[k] = NULL;
    for (item *i = dict->first; i != NULL; i = i->next)
        chain(dict, i);
    return true;
}

/* ---- what is in it ---- */

/* The most that a count of steps may be: one more is still exact as a double, and does not overflow. */
static const double most_steps = 0x1p53;

/* A new item called a, a.b or a.b.c (those that are not ""); NULL and a status: none. */
static item *new_item(const gd_state_dict *dict, const char *a, const char *b, const char *c,
                      gd_status *status)
{
    const char *dots[] = {b[0] != '\0' ? "." : "", c[0] != '\0' ? "." : ""};
    size_t length = strlen(a) + strlen(dots[0]) + strlen(b) + strlen(dots[1]) + strlen(c) + 1;
    item *i = gd__allocate(sizeof *i + length);
    if (i == NULL) {
        *status = gd__fail(GD_ERROR_MEMORY, "state_dict_add: no memory for \"%s\"", a);
        return NULL;
    }
    *i = (item){.next = NULL};
    snprintf(i->name, length, "%s%s%s%s%s", a, dots[0], b, dots[1], c);
    if (find(dict, i->name) == NULL)
        return i;
    *status = gd__fail(GD_ERROR_ARGUMENT, "state_dict_add: there is a \"%s\" already", i->name);
    gd__free(i, size_of(i));
    return NULL;
}

/* Adds x under such a name. */
static gd_status add(gd_state_dict *dict, const char *a, const char *b, const char *c, gd_tensor *x)
{
    if (dict == NULL || a == NULL || a[0] == '\0')
        return gd__fail(GD_ERROR_ARGUMENT,
                        "state_dict_add: the state dict is NULL, or the name is empty");
    if (!make_buckets(dict))
        return gd__fail(GD_ERROR_MEMORY, "state_dict_add: no memory for \"%s\"", a);
    gd_status status = GD_OK;
    item *i = new_item(dict, a, b, c, &status);
    if (i == NULL)
        return status;
    i->tensor = x;
    *dict->end = i;
    dict->end = &i->next;
    ++dict->count;
    chain(dict, i);
    return GD_OK;
}

/* Returns the status; unless it is GD_OK, what has been added since `end` is taken out again. */
static gd_status keep_if_ok(gd_state_dict *dict, item **end, gd_status status)
{
    if (status == GD_OK)
        return status;
    for (item *i = *end, *next; i != NULL; i = next) {
        item **link = bucket(dict, i->name);
        while (*link != i)
            link = &(*link)->chained;
        *link = i->chained;
        next = i->next;
        gd__free(i, size_of(i));
        --dict->count;
    }
    *end = NULL;
    dict->end = end;
    return status;
}

/* Plain memory of `count` numbers, which belongs to `item.memory` then. */
static gd_status add_memory(gd_state_dict *dict, const char *a, const char *b, const char *c,
                            gd_dtype dtype, void *memory, int64_t count, double most)
{
    item **place = dict != NULL ? dict->end : NULL;
    gd_status status = add(dict, a, b, c, NULL);
    if (status != GD_OK)
        return status;
    item *i = *place;
    i->memory =
        (gd_tensor){.data = memory, .dtype = dtype, .ndim = 1, .shape = {count}, .stride = {1}};
    i->tensor = &i->memory;
    i->most = most;
    return GD_OK;
}

gd_status gd_state_dict_add(gd_state_dict *dict, const char *name, gd_tensor *x)
{
    if (x == NULL || x->ndim < 0 || !gd_tensor_is_contiguous(x))
        return gd__fail(GD_ERROR_ARGUMENT, "state_dict_add: a contiguous tensor is needed");
    return add(dict, name, "", "", x);
}

gd_status gd_state_dict_add_integers(gd_state_dict *dict, const char *name, int64_t *values,
                                     int64_t count)
{
    return values == NULL || count < 0
               ? gd__fail(GD_ERROR_ARGUMENT, "state_dict_add: there are no values")
               : add_memory(dict, name, "", "", GD_I64, values, count, 0);
}

gd_status gd_state_dict_add_rng(gd_state_dict *dict, const char *name, gd_rng *rng)
{
    /* Two words; int64_t and uint64_t may stand for each other. */
    return rng == NULL ? gd__fail(GD_ERROR_ARGUMENT, "state_dict_add: the stream is NULL")
                       : add_memory(dict, name, "", "", GD_I64, rng, 2, 0);
}

gd_status gd_state_dict_add_parameters(gd_state_dict *dict, gd_parameters *parameters)
{
    if (dict == NULL || parameters == NULL)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "state_dict_add: the state dict or the list of parameters is NULL");
    item **end = dict->end;
    gd_status status = GD_OK;
    for (gd__entry *e = parameters->first; status == GD_OK && e != NULL; e = e->next)
        status = add(dict, e->name, "", "", e->is_buffer ? e->buffer : &e->tensor);
    return keep_if_ok(dict, end, status);
}

/* ---- optimisers and schedules ---- */

static gd_status add_slot(gd_state_dict *dict, const char *name, const gd_optimizer *optimizer,
                          gd__slot *slot)
{
    gd_status status =
        add_memory(dict, name, slot->name, "step", GD_I64, &slot->steps, 1, most_steps);
    for (int k = 0; k < GD__MOMENTS && status == GD_OK; ++k)
        if (optimizer->moment[k] != NULL)
            status = add(dict, name, slot->name, optimizer->moment[k], &slot->moment[k]);
    return status;
}

gd_status gd_state_dict_add_optimizer(gd_state_dict *dict, const char *name,
                                      gd_optimizer *optimizer)
{
    if (dict == NULL || optimizer == NULL)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "state_dict_add: the state dict or the optimizer is NULL");
    item **end = dict->end;
    gd_status status =
        add_memory(dict, name, "learning_rate", "", GD_F64, &optimizer->learning_rate, 1, DBL_MAX);
    for (int k = 0; k < GD__STATES && status == GD_OK; ++k)
        if (optimizer->state_name[k] != NULL)
            status = add(dict, name, optimizer->state_name[k], "", optimizer->state[k]);
    bool is_lbfgs = optimizer->update == NULL;
    for (int i = 0; i < optimizer->count && status == GD_OK && !is_lbfgs; ++i)
        status = add_slot(dict, name, optimizer, &optimizer->slots[i]);
    return keep_if_ok(dict, end, status);
}

gd_status gd_state_dict_add_schedule(gd_state_dict *dict, const char *name, gd_schedule *schedule)
{
    if (dict == NULL || schedule == NULL)
        return gd__fail(GD_ERROR_ARGUMENT,
                        "state_dict_add: the state dict or the schedule is NULL");
    item **end = dict->end;
    const struct {
        const char *name;
        int64_t *value;
    } counts[] = {{"step", &schedule->step},
                  {"reductions", &schedule->reductions},
                  {"bad_reports", &schedule->bad_reports},
                  {"has_best", &schedule->has_best}};
    gd_status status = add_memory(dict, name, "best", "", GD_F64, &schedule->best, 1, 0);
    for (int i = 0; i < 4 && status == GD_OK; ++i)
        status = add_memory(dict, name, counts[i].name, "", GD_I64, counts[i].value, 1, most_steps);
    return keep_if_ok(dict, end, status);
}

/* ---- saving and loading ---- */

gd_status gd_state_dict_save(const gd_state_dict *dict, const char *path, int m,
                             const gd_metadata *metadata)
{
    if (dict == NULL || dict->count > INT_MAX)
        return gd__fail(GD_ERROR_ARGUMENT, "state_dict_save: it is NULL, or too large");
    size_t bytes = dict->count * sizeof(gd_named_tensor);
    gd_named_tensor *tensors = gd__allocate(bytes);
    if (tensors == NULL)
        return gd__fail(GD_ERROR_MEMORY, "state_dict_save: no memory");
    int n = 0;
    for (const item *i = dict->first; i != NULL; i = i->next)
        tensors[n++] = (gd_named_tensor){i->name, i->tensor};
    gd_status status = gd_safetensors_save(path, n, tensors, m, metadata);
    gd__free(tensors, bytes);
    return status;
}

/* What is loaded into this item is in its range. */
static gd_status check_range(const char *path, const item *i, const gd_tensor *x)
{
    for (int64_t k = 0; i->most > 0 && k < x->shape[0]; ++k) {
        double value = x->dtype == GD_I64 ? (double)((const int64_t *)x->data)[k]
                                          : ((const double *)x->data)[k];
        if (!(value >= 0 && value <= i->most))
            return gd__fail(GD_ERROR_VALUE, "%s: entry \"%s\": %g is outside [0,%g]", path, i->name,
                            value, i->most);
    }
    return GD_OK;
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
        return check_range(path, i, x);
    return gd__fail(x->dtype != wanted->dtype ? GD_ERROR_DTYPE : GD_ERROR_SHAPE,
                    "%s: entry \"%s\": %s %s is expected, found %s %s", path, i->name,
                    gd_dtype_name(wanted->dtype),
                    gd__shape_text(texts[1], wanted->ndim, wanted->shape), gd_dtype_name(x->dtype),
                    gd__shape_text(texts[0], x->ndim, x->shape));
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
        if (find(dict, gd_safetensors_name(file, k)) == NULL) {
            char shown[GD__SHOWN];
            return gd__fail(GD_ERROR_FORMAT, "%s: entry %s belongs to nothing here",
                            gd_safetensors_path(file),
                            gd__shown(shown, gd_safetensors_name(file, k)));
        }
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
