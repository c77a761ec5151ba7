/* Batches of rows. */
#include "data/rows/rows.h"

#include <inttypes.h>
#include <string.h>

enum { EPOCH, POSITION, STATE }; /* POSITION: rows of this epoch so far */

/* One of the tensors. */
struct part {
    const gd_tensor *whole;
    gd_tensor *memory; /* [batch_size,..] for copies of rows; NULL: batches are views */
    gd_tensor batch;   /* the last one */
};

struct gd_loader {
    gd_loader_options options; /* defaults filled in */
    int64_t rows;              /* in an epoch */
    int64_t state[STATE];
    gd_tensor state_view; /* of `state` */
    gd_tensor *chosen;    /* [rows] a copy of options.rows; NULL: all rows */
    gd_tensor *order;     /* [rows] the shuffled rows of epoch `ordered`; NULL: no shuffling */
    int64_t ordered;
    bool is_ordered; /* whether any epoch has been shuffled */
    int count;
    struct part parts[];
};

static size_t size_for(int count)
{
    return sizeof(gd_loader) + (size_t)count * sizeof(struct part);
}

static bool has_rows_of(const gd_tensor *x, int k, const gd_tensor *first)
{
    if (!gd__is_valid("loader", x))
        return false;
    if (x->ndim == 0)
        gd_fail(GD_ERROR_SHAPE, "loader: tensor %d is a scalar: it has no rows", k);
    else if (x->shape[0] != first->shape[0])
        gd_fail(GD_ERROR_SHAPE, "loader: tensor %d has %" PRId64 " rows, tensor 0 has %" PRId64, k,
                x->shape[0], first->shape[0]);
    else
        return true;
    return false;
}

static bool check(int count, const gd_tensor *const *tensors, const gd_loader_options *o)
{
    if (count < 1 || tensors == NULL)
        return gd__fail_false(GD_ERROR_ARGUMENT, "loader: there are no tensors");
    for (int k = 0; k < count; ++k)
        if (!has_rows_of(tensors[k], k, tensors[0]))
            return false;
    if (o->batch_size < 0)
        return gd__fail_false(GD_ERROR_ARGUMENT, "loader: batch_size %" PRId64 " is negative",
                              o->batch_size);
    return o->rows == NULL || gd__are_rows("loader", o->rows, tensors[0]->shape[0]);
}

/* Allocates the lists of rows. */
static bool make_lists(gd_loader *loader)
{
    const gd_loader_options *o = &loader->options;
    if (o->rows != NULL)
        loader->chosen = gd_tensor_create_copy(o->rows);
    if (o->shuffle)
        loader->order = gd_tensor_create(GD_I64, GD_DIMS(loader->rows));
    return (loader->chosen != NULL || o->rows == NULL) && (loader->order != NULL || !o->shuffle);
}

/* Allocates memory for batches, unless they are views. */
static bool make_batches(gd_loader *loader)
{
    int64_t size = loader->options.batch_size;
    bool copies = loader->chosen != NULL || loader->order != NULL;
    for (int k = 0; copies && k < loader->count; ++k) {
        struct part *part = &loader->parts[k];
        int64_t shape[GD_MAX_DIMS];
        memcpy(shape, part->whole->shape, sizeof shape);
        shape[0] = size < loader->rows ? size : loader->rows;
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
    o.batch_size = o.batch_size == 0 ? 32 : o.batch_size;
    gd_loader *loader = gd_allocate(size_for(count));
    if (loader == NULL)
        return gd__fail_memory("loader: no memory");
    *loader = (gd_loader){.options = o, .count = count};
    loader->rows = o.rows != NULL ? o.rows->shape[0] : tensors[0]->shape[0];
    loader->state_view = (gd_tensor){
        .data = loader->state, .dtype = GD_I64, .ndim = 1, .shape = {STATE}, .stride = {1}};
    for (int k = 0; k < count; ++k)
        loader->parts[k] = (struct part){.whole = tensors[k]};
    if (make_lists(loader) && make_batches(loader))
        return loader;
    gd_loader_destroy(loader);
    return NULL;
}

void gd_loader_destroy(gd_loader *loader)
{
    if (loader == NULL)
        return;
    for (int k = 0; k < loader->count; ++k) {
        gd_tensor_destroy(&loader->parts[k].batch); /* a view; frees its gradient */
        gd_tensor_destroy(loader->parts[k].memory);
    }
    gd_tensor_destroy(loader->order);
    gd_tensor_destroy(loader->chosen);
    gd_free(loader, size_for(loader->count));
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

/* Shuffles the rows of this epoch. The order depends on seed and epoch alone, so that the state
 * need not hold it. It uses the upper half of the seed's stream; initial weights and splits use
 * the lower half. */
static void put_in_order(gd_loader *loader)
{
    int64_t epoch = loader->state[EPOCH], *order = loader->order->data;
    if (loader->is_ordered && loader->ordered == epoch)
        return;
    gd_rng rng = {.key = loader->options.seed,
                  .counter = (1ULL << 63) + (uint64_t)epoch * (uint64_t)loader->rows};
    gd_tensor_permutation(loader->order, &rng);
    for (int64_t i = 0; loader->chosen != NULL && i < loader->rows; ++i)
        order[i] = gd__row_at(loader->chosen, order[i]);
    loader->ordered = epoch;
    loader->is_ordered = true;
}

static void hand_out(const gd_loader *loader, struct part *part, int64_t first, int64_t n)
{
    uint32_t version = part->batch.version;
    bool copies = part->memory != NULL;
    gd_tensor_destroy(&part->batch);
    part->batch = copies ? gd_tensor_slice(part->memory, 0, 0, n, 1)
                         : gd_tensor_slice(part->whole, 0, first, first + n, 1);
    part->batch.version = version + 1; /* a backward pass that needs the previous rows is refused */
    if (!copies)
        return;
    const gd_tensor *list = loader->order != NULL ? loader->order : loader->chosen;
    gd_tensor rows = gd_tensor_slice(list, 0, first, first + n, 1);
    gd__take_rows(&part->batch, part->whole, &rows);
}

bool gd_loader_next(gd_loader *loader, gd_tensor **batch)
{
    if (loader == NULL || batch == NULL)
        return false;
    gd_tensor_modified(&loader->state_view);
    int64_t at = loader->state[POSITION], size = loader->options.batch_size;
    int64_t left = at >= 0 && at <= loader->rows ? loader->rows - at : 0;
    int64_t n = left < size ? left : size;
    if (n == 0 || (n < size && loader->options.drop_last)) {
        loader->state[EPOCH] = (int64_t)((uint64_t)loader->state[EPOCH] + 1);
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
