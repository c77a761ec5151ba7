/* Where a tape's tensors come from: this step's memory, the pool of a plain backward, or the
 * memory of gradients. `source` says which. */
#include "autograd/internal.h"

#include <string.h>

static gd_tensor **free_list(gd_tape *tape, size_t size)
{
    return &tape->free_tensors[size / GD__ALIGNMENT % GD__POOL_LISTS];
}

/* A free tensor of the pool with exactly this much memory, NULL if none. */
static gd_tensor *reuse(gd_tape *tape, size_t size)
{
    for (gd_tensor **link = free_list(tape, size); *link != NULL; link = &(*link)->next) {
        gd_tensor *x = *link;
        if (x->allocated == size) {
            *link = x->next;
            return x;
        }
    }
    return NULL;
}

/* A header with `size` bytes of memory of its own at data (0: none). What the callers set is not
 * set here. */
static gd_tensor *take(gd_tape *tape, gd__source source, size_t size)
{
    gd_tensor *x = source == GD__POOL ? reuse(tape, size) : NULL;
    if (x == NULL) {
        x = gd__arena_take(gd__tape_headers(tape), sizeof *x);
        if (x != NULL)
            x->epoch = 0; /* marked as gone, in case there is no memory for its elements */
        gd__arena *arena = source == GD__GRADIENTS ? &tape->gradients : &tape->data;
        void *data = x != NULL && size > 0 ? gd__arena_take(arena, size) : NULL;
        if (x == NULL || (size > 0 && data == NULL)) {
            gd_tape_fail(tape, GD_ERROR_MEMORY, "no memory for %zu bytes", size);
            return NULL;
        }
        x->data = data;
        x->allocated = size;
    }
    x->grad = x->grad_memory = NULL;
    x->requires_grad = x->owns_grad = false;
    x->version = 0;
    x->root = x->owner = NULL;
    x->tape = tape;
    x->epoch = tape->epoch;
    x->node = NULL;
    x->references = 0;
    if (source == GD__POOL) {
        x->references = 1;
        x->next = tape->temporaries;
        tape->temporaries = x;
    }
    return x;
}

/* How much memory the elements of a tensor of this dtype and shape get: whole cache lines, also
 * where there are none, so that they have an address. 0 and the tape's error: there is no such
 * tensor. The usual shape is checked without a call; gd__shape_is_valid knows the others. */
static size_t size_of(gd_tape *tape, const gd_tensor *like)
{
    int64_t product = (int64_t)gd_dtype_size(like->dtype);
    bool is_usual = product > 0 && like->ndim >= 0 && like->ndim <= GD_MAX_DIMS;
    for (int i = 0; is_usual && i < like->ndim; ++i)
        is_usual = like->shape[i] > 0 && !__builtin_mul_overflow(product, like->shape[i], &product);
    size_t bytes = (size_t)product;
    if (!is_usual && !gd__shape_is_valid("result", like->dtype, like->ndim, like->shape, &bytes)) {
        gd_tape_fail(tape, GD_ERROR_SHAPE, "%s", gd_message());
        return 0;
    }
    bytes = bytes > 0 ? bytes : 1;
    return gd__round_up(bytes, GD__ALIGNMENT);
}

gd_tensor *gd__new_tensor(gd_tape *tape, gd__source source, const gd_tensor *like)
{
    size_t size = size_of(tape, like);
    gd_tensor *x = size > 0 ? take(tape, source, size) : NULL;
    if (x == NULL)
        return NULL;
    x->dtype = like->dtype;
    x->ndim = like->ndim;
    int64_t stride = 1; /* shape and strides in one loop: every call of an op comes here */
    for (int i = x->ndim - 1; i >= 0; --i) {
        x->shape[i] = like->shape[i];
        x->stride[i] = stride;
        stride *= x->shape[i] > 0 ? x->shape[i] : 1;
    }
    return x;
}

gd_tensor *gd__new_gradient(gd_tape *tape, gd_tensor *owner)
{
    gd_tensor *x = gd__new_tensor(tape, GD__GRADIENTS, owner);
    if (x == NULL)
        return NULL;
    /* Find the tensor that lives longest: of a gradient its owner, of a view its root. */
    while (owner->owner != NULL || (owner->root != NULL && owner->root->tape != NULL))
        owner = owner->owner != NULL ? owner->owner : owner->root;
    x->owner = owner;
    /* A release to a mark that was set after the owner was made must not give this gradient's
     * memory back. */
    gd__position end = gd__arena_position(&tape->gradients);
    for (int k = tape->state_count - 1; k >= 0; --k) {
        gd__tape_state *state = &tape->states[k];
        if (gd__arena_is_since(gd__tape_headers(tape), state->headers, owner))
            break; /* the owner was made after this mark, and after the earlier ones */
        state->gradients = end;
    }
    return x;
}

gd_tensor *gd__new_view(gd_tape *tape, gd__source source, const gd_tensor *view)
{
    gd_tensor *x = take(tape, source, 0);
    if (x == NULL)
        return NULL;
    x->data = view->data;
    x->dtype = view->dtype;
    x->ndim = view->ndim;
    x->root = view->root;
    for (int i = 0; i < x->ndim; ++i) {
        x->shape[i] = view->shape[i];
        x->stride[i] = view->stride[i];
    }
    if (source == GD__POOL)
        gd__pool_retain(x->root);
    return x;
}

void gd__pool_retain(gd_tensor *x)
{
    if (x->references > 0) /* 0: not of the pool */
        ++x->references;
}

void gd__pool_release(gd_tape *tape, gd_tensor *x)
{
    if (x->references == 0 || --x->references > 0)
        return;
    if (x->root != NULL)
        gd__pool_release(tape, x->root);
    gd_tensor **list = free_list(tape, x->allocated);
    x->next = *list;
    *list = x;
}

void gd__pool_clear(gd_tape *tape)
{
    while (tape->temporaries != NULL) {
        gd_tensor *x = tape->temporaries;
        tape->temporaries = x->next;
        gd__pool_release(tape, x);
    }
}

/* ---- creation on a tape ---- */

/* A contiguous tensor of the tape, not written; NULL where the tape holds an error. */
static gd_tensor *create(gd_tape *tape, const char *function, gd_dtype dtype, int ndim,
                         const int64_t *shape)
{
    size_t bytes;
    if (tape == NULL || tape->status != GD_OK)
        return NULL;
    const char *caller = tape->calling; /* an op whose forward makes x: later errors are its own */
    tape->calling = function;
    if (!gd__shape_is_valid(function, dtype, ndim, shape, &bytes)) {
        gd__tape_fail_as_said(tape, GD_ERROR_SHAPE);
        return NULL;
    }
    gd_tensor like = {.dtype = dtype, .ndim = ndim};
    for (int i = 0; i < ndim; ++i)
        like.shape[i] = shape[i];
    gd_tensor *x = gd__new_tensor(tape, gd__source_of_results(tape), &like);
    if (x != NULL)
        tape->calling = caller;
    return x;
}

static gd_tensor *filled(gd_tape *tape, const char *function, gd_dtype dtype, double value,
                         int ndim, const int64_t *shape)
{
    gd_tensor *x = create(tape, function, dtype, ndim, shape);
    if (x == NULL || gd_tensor_fill(x, value) == GD_OK)
        return x;
    tape->calling = function;
    gd_tape_fail(tape, GD_ERROR_VALUE, "%g is not a value of %s", value, gd_dtype_name(dtype));
    return NULL;
}

gd_tensor *gd_scalar(gd_tape *tape, double value, gd_dtype dtype)
{
    return filled(tape, "scalar", dtype, value, 0, NULL);
}

gd_tensor *gd_scalar_like(gd_tape *tape, double value, const gd_tensor *x)
{
    return x != NULL ? gd_scalar(tape, value, x->dtype) : NULL;
}

gd_tensor *gd_zeros(gd_tape *tape, gd_dtype dtype, int ndim, const int64_t *shape)
{
    return filled(tape, "zeros", dtype, 0.0, ndim, shape);
}

gd_tensor *gd_ones(gd_tape *tape, gd_dtype dtype, int ndim, const int64_t *shape)
{
    return filled(tape, "ones", dtype, 1.0, ndim, shape);
}

gd_tensor *gd_full(gd_tape *tape, gd_dtype dtype, double value, int ndim, const int64_t *shape)
{
    return filled(tape, "full", dtype, value, ndim, shape);
}

gd_tensor *gd_arange(gd_tape *tape, gd_dtype dtype, double start, double end, double step)
{
    int64_t numel;
    if (tape == NULL || tape->status != GD_OK)
        return NULL;
    if (!gd__arange_numel(dtype, start, end, step, &numel)) {
        tape->calling = "arange";
        gd__tape_fail_as_said(tape, GD_ERROR_VALUE);
        return NULL;
    }
    gd_tensor *x = create(tape, "arange", dtype, GD_DIMS(numel));
    if (x != NULL)
        gd__arange_fill(x, start, step);
    return x;
}

gd_tensor *gd_from_data(gd_tape *tape, gd_dtype dtype, const void *data, int ndim,
                        const int64_t *shape)
{
    gd_tensor *x = create(tape, "from_data", dtype, ndim, shape);
    size_t bytes = x != NULL ? (size_t)gd_tensor_numel(x) * gd_dtype_size(dtype) : 0;
    if (bytes == 0)
        return x;
    if (data == NULL) {
        tape->calling = "from_data";
        gd_tape_fail(tape, GD_ERROR_ARGUMENT, "data is NULL");
        return NULL;
    }
    memcpy(x->data, data, bytes);
    return x;
}
