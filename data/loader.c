/* Batches of rows, epoch after epoch. */
#include "data/rows.h"

#include <gradus/data.h>

#include <string.h>

enum { EPOCH, POSITION, STATE }; /* where it stands; POSITION counts rows of this epoch */

struct gd_loader {
    gd_loader_options options;
    size_t size;  /* bytes of all of this */
    int64_t rows; /* in an epoch */
    int64_t state[STATE];
    gd_tensor state_view; /* of `state` */
    gd_tensor *order;     /* [rows] the row numbers of epoch `ordered`; NULL: as they lie */
    int64_t ordered;      /* -1: none yet */
    int count;
    struct part {
        const gd_tensor *whole;
        gd_tensor *memory; /* [batch_size,..] where rows are put together; NULL: a view serves */
        gd_tensor batch;   /* what was handed out last */
    } parts[];
};

static bool refuse(gd_status status, const char *why)
{
    gd__fail(status, "loader: %s", why);
    return false;
}

static bool check(int count, const gd_tensor *const *tensors, const gd_loader_options *o)
{
    if (count < 1 || tensors == NULL)
        return refuse(GD_ERROR_ARGUMENT, "there are no tensors");
    for (int k = 0; k < count; ++k) {
        if (!gd__is_valid("loader", tensors[k]))
            return false;
        if (tensors[k]->ndim == 0 || tensors[k]->shape[0] != tensors[0]->shape[0])
            return refuse(GD_ERROR_SHAPE, "the tensors have different numbers of rows");
    }
    if (o->batch_size < 0)
        return refuse(GD_ERROR_ARGUMENT, "the batch size is negative");
    const gd_tensor *rows = o->rows;
    if (rows == NULL)
        return true;
    if (rows->ndim != 1 || rows->dtype != GD_I64 || !gd_tensor_is_contiguous(rows))
        return refuse(GD_ERROR_ARGUMENT, "rows must be a 1-d int64 list");
    for (int64_t i = 0; i < rows->shape[0]; ++i) {
        int64_t row = ((const int64_t *)rows->data)[i];
        if (row < 0 || row >= tensors[0]->shape[0])
            return refuse(GD_ERROR_VALUE, "rows has a number that is no row's");
    }
    return true;
}

static bool make_memory(gd_loader *loader)
{
    bool gathers = loader->options.shuffle || loader->options.rows != NULL;
    if (!gathers)
        return true;
    loader->order = gd_tensor_create(GD_I64, GD_DIMS(loader->rows));
    if (loader->order == NULL)
        return false;
    for (int k = 0; k < loader->count; ++k) {
        struct part *part = &loader->parts[k];
        int64_t shape[GD_MAX_DIMS];
        memcpy(shape, part->whole->shape, sizeof shape);
        shape[0] = loader->options.batch_size;
        part->memory = gd_tensor_create(part->whole->dtype, part->whole->ndim, shape);
        if (part->memory == NULL)
            return false;
    }
    return true;
}

gd_loader *gd_loader_create(int count, const gd_tensor *const *tensors,
                            const gd_loader_options *options)
{
    gd_loader_options o = options != NULL ? *options : (gd_loader_options){.batch_size = 0};
    if (!check(count, tensors, &o))
        return NULL;
    int64_t rows = o.rows != NULL ? o.rows->shape[0] : tensors[0]->shape[0];
    o.batch_size = o.batch_size == 0 ? 32 : o.batch_size;
    o.batch_size = o.batch_size < rows ? o.batch_size : rows > 0 ? rows : 1;
    size_t size = sizeof(gd_loader) + (size_t)count * sizeof(struct part);
    gd_loader *loader = gd__allocate(size);
    if (loader == NULL)
        return gd__fail_null("loader: no memory");
    *loader = (gd_loader){.options = o, .size = size, .rows = rows, .ordered = -1, .count = count};
    loader->state_view = (gd_tensor){
        .data = loader->state, .dtype = GD_I64, .ndim = 1, .shape = {STATE}, .stride = {1}};
    for (int k = 0; k < count; ++k)
        loader->parts[k] = (struct part){.whole = tensors[k]};
    if (make_memory(loader))
        return loader;
    gd_loader_destroy(loader);
    return NULL;
}

void gd_loader_destroy(gd_loader *loader)
{
    if (loader == NULL)
        return;
    for (int k = 0; k < loader->count; ++k)
        gd_tensor_destroy(loader->parts[k].memory);
    gd_tensor_destroy(loader->order);
    gd__free(loader, loader->size);
}

int64_t gd_loader_batches(const gd_loader *loader)
{
    if (loader == NULL)
        return 0;
    int64_t size = loader->options.batch_size, whole = loader->rows / size;
    return whole + (!loader->options.drop_last && loader->rows % size > 0);
}

gd_tensor *gd_loader_state(gd_loader *loader)
{
    return loader != NULL ? &loader->state_view : NULL;
}

/* The order of an epoch is a function of seed and epoch: the state need not hold it. */
static void put_in_order(gd_loader *loader)
{
    int64_t epoch = loader->state[EPOCH], *order = loader->order->data;
    if (loader->ordered == epoch)
        return;
    gd_rng rng = {.key = loader->options.seed, .counter = (uint64_t)epoch * (uint64_t)loader->rows};
    if (loader->options.shuffle)
        gd_tensor_permutation(loader->order, &rng);
    const int64_t *rows = loader->options.rows != NULL ? loader->options.rows->data : NULL;
    for (int64_t i = 0; rows != NULL && i < loader->rows; ++i)
        order[i] = rows[loader->options.shuffle ? order[i] : i];
    loader->ordered = epoch;
}

static void hand_out(gd_loader *loader, struct part *part, int64_t first, int64_t n)
{
    if (part->memory == NULL) {
        part->batch = gd_tensor_slice(part->whole, 0, first, first + n, 1);
        return;
    }
    gd_tensor chosen = gd_tensor_slice(loader->order, 0, first, first + n, 1);
    uint32_t version = part->batch.version;
    part->batch = gd_tensor_slice(part->memory, 0, 0, n, 1);
    part->batch.root =
        NULL; /* its own versions: a backward that still needs the rows before sees the change */
    part->batch.version = version;
    gd__take_rows(&part->batch, part->whole, &chosen);
    gd_tensor_modified(&part->batch);
}

bool gd_loader_next(gd_loader *loader, gd_tensor **batch)
{
    if (loader == NULL || batch == NULL)
        return false;
    int64_t at = loader->state[POSITION], size = loader->options.batch_size;
    int64_t left = at >= 0 && at <= loader->rows ? loader->rows - at : 0;
    int64_t n = left < size ? left : size;
    if (n == 0 || (n < size && loader->options.drop_last)) {
        ++loader->state[EPOCH];
        loader->state[POSITION] = 0;
        return false;
    }
    if (loader->order != NULL)
        put_in_order(loader);
    for (int k = 0; k < loader->count; ++k) {
        hand_out(loader, &loader->parts[k], at, n);
        batch[k] = &loader->parts[k].batch;
    }
    loader->state[POSITION] += n;
    return true;
}
