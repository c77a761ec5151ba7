/* What a run has to remember, by name: views of memory that belongs to others, saved and restored
 * as one. */
#include "nn/optimizers/optimizer.h"
#include "tensor/text.h"

#include <float.h>
#include <limits.h>
#include <string.h>

typedef struct item {
    struct item *next; /* in order of adding */
    gd_tensor *tensor; /* somebody's, or `memory` */
    gd_tensor memory;  /* over plain numbers */
    double most;       /* what is loaded must be in [0,most]; 0: it may be any */
    char name[];       /* with its closing 0 */
} item;

/* Items are found by a hash of their names. */
struct gd_state_dict {
    item *first, **end;
    item **table; /* [room], room being 0 or a power of two above 2 count */
    size_t count, room;
};

gd_state_dict *gd_state_dict_create(void)
{
    gd_state_dict *dict = gd_allocate(sizeof *dict);
    if (dict == NULL)
        return gd__fail_memory("state_dict_create: no memory");
    *dict = (gd_state_dict){.first = NULL};
    dict->end = &dict->first;
    return dict;
}

/* Takes out what was added since `end`. */
static void go_back(gd_state_dict *dict, item **end)
{
    for (item *i = *end, *next; i != NULL; i = next) {
        next = i->next;
        gd_free(i, sizeof *i + strlen(i->name) + 1);
        --dict->count;
    }
    *end = NULL;
    dict->end = end;
}

void gd_state_dict_destroy(gd_state_dict *dict)
{
    if (dict == NULL)
        return;
    go_back(dict, &dict->first);
    gd_free(dict->table, dict->room * sizeof(item *));
    gd_free(dict, sizeof *dict);
}

/* ---- finding items ---- */

/* Where the item of this name stands, or would stand. The hash is Fowler, Noll and Vo's 1a. */
static item **place_of(const gd_state_dict *dict, const char *name)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (const char *c = name; *c != '\0'; ++c)
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
    item **place = &dict->table[hash & (dict->room - 1)];
    while (*place != NULL && strcmp((*place)->name, name) != 0)
        place = place + 1 < dict->table + dict->room ? place + 1 : dict->table;
    return place;
}

static void fill_table(gd_state_dict *dict)
{
    for (size_t k = 0; k < dict->room; ++k)
        dict->table[k] = NULL;
    for (item *i = dict->first; i != NULL; i = i->next)
        *place_of(dict, i->name) = i;
}

/* Room for one more. */
static bool make_room(gd_state_dict *dict)
{
    if (2 * (dict->count + 1) < dict->room)
        return true;
    size_t room = dict->room > 0 ? 2 * dict->room : 64;
    item **table = gd_allocate(room * sizeof *table);
    if (table == NULL)
        return false;
    gd_free(dict->table, dict->room * sizeof *table);
    dict->table = table;
    dict->room = room;
    fill_table(dict);
    return true;
}

/* ---- adding: true, or false and a message ---- */

/* The most that a count of steps may be: one more is exact as a double, and no overflow. */
static const double most_steps = 0x1p53;

/* A new item called a, a.b or a.b.c (those that are not ""). NULL and a message: none. */
static item *add_item(gd_state_dict *dict, const char *a, const char *b, const char *c)
{
    const char *dots[] = {b[0] != '\0' ? "." : "", c[0] != '\0' ? "." : ""};
    if (dict == NULL || a == NULL || a[0] == '\0')
        return gd__fail_null("state_dict_add: the state dict is NULL, or the name is empty");
    size_t length = strlen(a) + strlen(dots[0]) + strlen(b) + strlen(dots[1]) + strlen(c) + 1;
    item *i = make_room(dict) ? gd_allocate(sizeof *i + length) : NULL;
    if (i == NULL)
        return gd__fail_memory("state_dict_add: no memory for \"%s\"", a);
    *i = (item){.next = NULL};
    snprintf(i->name, length, "%s%s%s%s%s", a, dots[0], b, dots[1], c);
    item **place = place_of(dict, i->name);
    if (*place != NULL) {
        gd_free(i, sizeof *i + length);
        return gd__fail_null("state_dict_add: there is a \"%s\" already", (*place)->name);
    }
    *place = *dict->end = i;
    dict->end = &i->next;
    ++dict->count;
    return i;
}

static bool add(gd_state_dict *dict, const char *a, const char *b, const char *c, gd_tensor *x)
{
    item *i = add_item(dict, a, b, c);
    if (i != NULL)
        i->tensor = x;
    return i != NULL;
}

/* Plain memory of `count` numbers, which are loaded if they are in [0,most]; most 0: always. */
static bool add_memory(gd_state_dict *dict, const char *a, const char *b, const char *c,
                       gd_dtype dtype, void *memory, int64_t count, double most)
{
    item *i = add_item(dict, a, b, c);
    if (i == NULL)
        return false;
    i->memory =
        (gd_tensor){.data = memory, .dtype = dtype, .ndim = 1, .shape = {count}, .stride = {1}};
    i->tensor = &i->memory;
    i->most = most;
    return true;
}

/* The status of a whole that begins behind `end`: if not all of it could be added, nothing is. */
static gd_status finish(gd_state_dict *dict, item **end, bool ok)
{
    if (ok)
        return GD_OK;
    gd_status status = gd_message_status();
    if (dict != NULL && *end != NULL) {
        go_back(dict, end);
        fill_table(dict);
    }
    return status;
}

gd_status gd_state_dict_add(gd_state_dict *dict, const char *name, gd_tensor *x)
{
    if (x == NULL || x->ndim < 0 || !gd_tensor_is_contiguous(x))
        return gd_fail(GD_ERROR_ARGUMENT, "state_dict_add: a contiguous tensor is needed");
    return add(dict, name, "", "", x) ? GD_OK : gd_message_status();
}

gd_status gd_state_dict_add_integers(gd_state_dict *dict, const char *name, int64_t *values,
                                     int64_t count)
{
    if (values == NULL || count < 0)
        return gd_fail(GD_ERROR_ARGUMENT, "state_dict_add: there are no values");
    bool ok = add_memory(dict, name, "", "", GD_I64, values, count, 0);
    return ok ? GD_OK : gd_message_status();
}

gd_status gd_state_dict_add_rng(gd_state_dict *dict, const char *name, gd_rng *rng)
{
    if (rng == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "state_dict_add: the stream is NULL");
    /* Two words; int64_t and uint64_t may stand for each other. */
    return gd_state_dict_add_integers(dict, name, (int64_t *)(void *)rng, 2);
}

gd_status gd_state_dict_add_parameters(gd_state_dict *dict, gd_parameters *parameters)
{
    if (dict == NULL || parameters == NULL)
        return gd_fail(GD_ERROR_ARGUMENT,
                       "state_dict_add: the state dict or the list of parameters is NULL");
    item **end = dict->end;
    bool ok = true;
    for (gd__entry *e = parameters->first; ok && e != NULL; e = e->next)
        ok = add(dict, e->name, "", "", e->is_buffer ? e->buffer : &e->tensor);
    return finish(dict, end, ok);
}

gd_status gd_state_dict_add_optimizer(gd_state_dict *dict, const char *name,
                                      gd_optimizer *optimizer)
{
    if (dict == NULL || optimizer == NULL)
        return gd_fail(GD_ERROR_ARGUMENT,
                       "state_dict_add: the state dict or the optimizer is NULL");
    item **end = dict->end;
    bool is_lbfgs = optimizer->update == NULL;
    bool ok =
        add_memory(dict, name, "learning_rate", "", GD_F64, &optimizer->learning_rate, 1, DBL_MAX);
    for (int k = 0; k < GD__STATES && ok; ++k)
        if (optimizer->state_name[k] != NULL)
            ok = add(dict, name, optimizer->state_name[k], "", optimizer->state[k]);
    for (int i = 0; i < optimizer->count && ok && !is_lbfgs; ++i) {
        gd__slot *slot = &optimizer->slots[i];
        ok = add_memory(dict, name, slot->name, "step", GD_I64, &slot->steps, 1, most_steps);
        for (int k = 0; k < GD__MOMENTS && ok; ++k)
            if (optimizer->moment[k] != NULL)
                ok = add(dict, name, slot->name, optimizer->moment[k], &slot->moment[k]);
    }
    return finish(dict, end, ok);
}

gd_status gd_state_dict_add_schedule(gd_state_dict *dict, const char *name, gd_schedule *schedule)
{
    if (dict == NULL || schedule == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "state_dict_add: the state dict or the schedule is NULL");
    item **end = dict->end;
    const char *const names[] = {"step", "reductions", "bad_reports", "has_best"};
    int64_t *const counts[] = {&schedule->step, &schedule->reductions, &schedule->bad_reports,
                               &schedule->has_best};
    bool ok = add_memory(dict, name, "best", "", GD_F64, &schedule->best, 1, 0);
    for (int i = 0; i < 4 && ok; ++i)
        ok = add_memory(dict, name, names[i], "", GD_I64, counts[i], 1, most_steps);
    return finish(dict, end, ok);
}

/* ---- saving and loading ---- */

gd_status gd_state_dict_save(const gd_state_dict *dict, const char *path, int m,
                             const gd_metadata *metadata)
{
    if (dict == NULL || dict->count > INT_MAX)
        return gd_fail(GD_ERROR_ARGUMENT, "state_dict_save: it is NULL, or too large");
    size_t bytes = dict->count * sizeof(gd_named_tensor);
    gd_named_tensor *tensors = gd_allocate(bytes);
    if (tensors == NULL)
        return gd_fail(GD_ERROR_MEMORY, "state_dict_save: no memory");
    int n = 0;
    for (const item *i = dict->first; i != NULL; i = i->next)
        tensors[n++] = (gd_named_tensor){i->name, i->tensor};
    gd_status status = gd_safetensors_save(path, n, tensors, m, metadata);
    gd_free(tensors, bytes);
    return status;
}

/* What is loaded into this item is in its range. */
static gd_status check_range(const char *path, const item *i, const gd_tensor *x)
{
    for (int64_t k = 0; i->most > 0 && k < x->shape[0]; ++k) {
        double value = x->dtype == GD_I64 ? (double)((const int64_t *)x->data)[k]
                                          : ((const double *)x->data)[k];
        if (!(value >= 0 && value <= i->most))
            return gd_fail(GD_ERROR_VALUE, "%s: entry \"%s\": %g is outside [0,%g]", path, i->name,
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
        return gd_fail(GD_ERROR_FORMAT, "%s: there is no entry \"%s\"", path, i->name);
    if (x->dtype == wanted->dtype && gd__same_shape(x, wanted))
        return check_range(path, i, x);
    return gd_fail(x->dtype != wanted->dtype ? GD_ERROR_DTYPE : GD_ERROR_SHAPE,
                   "%s: entry \"%s\": %s %s is expected, found %s %s", path, i->name,
                   gd_dtype_name(wanted->dtype),
                   gd__shape_text(texts[1], wanted->ndim, wanted->shape), gd_dtype_name(x->dtype),
                   gd__shape_text(texts[0], x->ndim, x->shape));
}

gd_status gd_state_dict_load_from(gd_state_dict *dict, const gd_safetensors *file,
                                  bool allow_others)
{
    if (dict == NULL || file == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "state_dict_load: the state dict or the file is NULL");
    for (const item *i = dict->first; i != NULL; i = i->next) {
        gd_status status = check_item(file, i);
        if (status != GD_OK)
            return status;
    }
    for (int k = 0; !allow_others && k < gd_safetensors_count(file); ++k)
        if (dict->count == 0 || *place_of(dict, gd_safetensors_name(file, k)) == NULL) {
            char shown[GD__SHOWN];
            return gd_fail(GD_ERROR_FORMAT, "%s: entry %s belongs to nothing here",
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
