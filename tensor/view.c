/* Views: other shapes and strides over the same memory. */
#include "tensor/internal.h"

#include <inttypes.h>

gd_tensor gd__view_of(const gd_tensor *x)
{
    gd_tensor view = *x;
    view.requires_grad = false;
    view.owns_grad = false;
    view.grad = view.grad_memory = view.owner = view.next = NULL;
    view.node = NULL;
    view.allocated = 0;
    view.block = NULL;
    view.references = 0;
    /* C has no const for what a struct points to: writing through a view of a const tensor is the
       caller's promise to keep. */
    view.root = x->root != NULL ? x->root : (gd_tensor *)(uintptr_t)x;
    return view;
}

void gd__drop_dimension(gd_tensor *view, int dim)
{
    --view->ndim;
    for (int k = dim; k < view->ndim; ++k) {
        view->shape[k] = view->shape[k + 1];
        view->stride[k] = view->stride[k + 1];
    }
}

void gd__insert_dimension(gd_tensor *view, int dim)
{
    for (int k = view->ndim++; k > dim; --k) {
        view->shape[k] = view->shape[k - 1];
        view->stride[k] = view->stride[k - 1];
    }
    view->shape[dim] = view->stride[dim] = 1;
}

/* Fills in the one -1 of `shape` so that the sizes multiply to numel. */
static bool infer_shape(const gd_tensor *x, int ndim, const int64_t *shape, int64_t *inferred)
{
    char from[GD__SHAPE_TEXT], to[GD__SHAPE_TEXT];
    int unknown = -1;
    size_t bytes;
    for (int i = 0; i < ndim && i < GD_MAX_DIMS; ++i) {
        inferred[i] = shape[i];
        if (shape[i] != -1)
            continue;
        if (unknown >= 0)
            return gd__fail_false(GD_ERROR_SHAPE, "reshape: more than one size is -1");
        unknown = i;
        inferred[i] = 1;
    }
    if (!gd__shape_is_valid("reshape", x->dtype, ndim, inferred, &bytes))
        return false;
    int64_t numel = gd_tensor_numel(x), known = (int64_t)(bytes / gd_dtype_size(x->dtype));
    if (unknown >= 0 && known > 0)
        inferred[unknown] = numel / known;
    /* With a known size 0, -1 could be anything. */
    bool fits = unknown < 0 ? known == numel : known > 0 && numel % known == 0;
    if (!fits)
        gd_fail(GD_ERROR_SHAPE, "reshape: %s has %" PRId64 " elements, which do not fill %s",
                gd__shape_text(from, x->ndim, x->shape), numel, gd__shape_text(to, ndim, shape));
    return fits;
}

/* Strides that walk x's memory in its row-major order under view's shape. Possible where view's
 * dimensions fill x's runs: neighbouring dimensions that are one longer dimension in memory. */
static bool strides_for(const gd_tensor *x, gd_tensor *view)
{
    int64_t shape[GD_MAX_DIMS], stride[GD_MAX_DIMS];
    int ndim = 0, to = view->ndim - 1;
    for (int i = 0; i < x->ndim; ++i) {
        if (x->shape[i] == 1) /* its stride means nothing */
            continue;
        shape[ndim] = x->shape[i];
        stride[ndim++] = x->stride[i];
    }
    for (int last = ndim - 1; last >= 0;) {
        int first = last;
        int64_t run = shape[last], filled = 1;
        for (; first > 0 && stride[first - 1] == shape[first] * stride[first]; --first)
            run *= shape[first - 1];
        for (; to >= 0 && filled < run; --to) {
            view->stride[to] = filled * stride[last];
            filled *= view->shape[to];
        }
        if (filled != run)
            return false;
        last = first - 1;
    }
    for (; to >= 0; --to) /* only sizes 1 are left */
        view->stride[to] = 1;
    return true;
}

gd_tensor gd_tensor_reshape(const gd_tensor *x, int ndim, const int64_t *shape)
{
    if (!gd__is_valid("reshape", x))
        return (gd_tensor){.ndim = -1};
    gd_tensor view = gd__view_of(x);
    if (!infer_shape(x, ndim, shape, view.shape))
        return (gd_tensor){.ndim = -1};
    view.ndim = ndim;
    if (gd_tensor_is_contiguous(x)) {
        gd__set_contiguous(&view);
    } else if (!strides_for(x, &view)) {
        char from[GD__SHAPE_TEXT], to[GD__SHAPE_TEXT];
        return gd__fail_view("reshape: %s as it is laid out cannot be seen as %s; copy it first",
                             gd__shape_text(from, x->ndim, x->shape),
                             gd__shape_text(to, ndim, shape));
    }
    return view;
}

gd_tensor gd_tensor_transpose(const gd_tensor *x, int dim0, int dim1)
{
    if (!gd__is_valid("transpose", x))
        return (gd_tensor){.ndim = -1};
    int a = gd__dimension(dim0, x->ndim), b = gd__dimension(dim1, x->ndim);
    if (a < 0 || b < 0) {
        char text[GD__SHAPE_TEXT];
        return gd__fail_view("transpose: dimension %d of %s does not exist", a < 0 ? dim0 : dim1,
                             gd__shape_text(text, x->ndim, x->shape));
    }
    gd_tensor view = gd__view_of(x);
    view.shape[a] = x->shape[b], view.stride[a] = x->stride[b];
    view.shape[b] = x->shape[a], view.stride[b] = x->stride[a];
    return view;
}

gd_tensor gd_tensor_permute(const gd_tensor *x, int ndim, const int64_t *dims)
{
    if (!gd__is_valid("permute", x))
        return (gd_tensor){.ndim = -1};
    char text[GD__SHAPE_TEXT];
    if (ndim != x->ndim || (ndim > 0 && dims == NULL))
        return gd__fail_view("permute: %d dimensions are named, %s has %d", ndim,
                             gd__shape_text(text, x->ndim, x->shape), x->ndim);
    gd_tensor view = gd__view_of(x);
    bool used[GD_MAX_DIMS] = {false};
    for (int i = 0; i < ndim; ++i) {
        int from = gd__dimension(dims[i], ndim);
        if (from < 0 || used[from])
            return gd__fail_view("permute: dimension %" PRId64 " of %s %s", dims[i],
                                 gd__shape_text(text, x->ndim, x->shape),
                                 from < 0 ? "does not exist" : "is named twice");
        used[from] = true;
        view.shape[i] = x->shape[from];
        view.stride[i] = x->stride[from];
    }
    return view;
}

/* A bound of a slice as Python reads it: from the end if negative, clipped to [0, size]. */
static int64_t clip_bound(int64_t bound, int64_t size)
{
    if (bound < 0)
        bound = bound < -size ? 0 : bound + size;
    return bound < size ? bound : size;
}

gd_tensor gd_tensor_slice(const gd_tensor *x, int dim, int64_t start, int64_t end, int64_t step)
{
    if (!gd__is_valid("slice", x))
        return (gd_tensor){.ndim = -1};
    int at = gd__dimension(dim, x->ndim);
    char text[GD__SHAPE_TEXT];
    if (at < 0)
        return gd__fail_view("slice: dimension %d of %s does not exist", dim,
                             gd__shape_text(text, x->ndim, x->shape));
    if (step <= 0)
        return gd__fail_view("slice: step %" PRId64 " is not positive", step);
    gd_tensor view = gd__view_of(x);
    start = clip_bound(start, x->shape[at]);
    end = clip_bound(end, x->shape[at]);
    int64_t length = end > start ? end - start : 0;
    view.shape[at] = length / step + (length % step != 0);
    /* With one element left the stride is never used; step * stride could overflow. */
    if (view.shape[at] > 1)
        view.stride[at] = x->stride[at] * step;
    if (gd_tensor_numel(&view) > 0)
        view.data = (char *)x->data + start * x->stride[at] * (int64_t)gd_dtype_size(x->dtype);
    return view;
}

gd_tensor gd_tensor_expand(const gd_tensor *x, int ndim, const int64_t *shape)
{
    if (!gd__is_valid("expand", x))
        return (gd_tensor){.ndim = -1};
    char from[GD__SHAPE_TEXT], to[GD__SHAPE_TEXT];
    size_t bytes;
    gd_tensor view = gd__view_of(x);
    int added = ndim - x->ndim;
    bool fits = added >= 0 && ndim <= GD_MAX_DIMS && (ndim == 0 || shape != NULL);
    for (int i = 0; fits && i < ndim; ++i) {
        int64_t own = i < added ? 1 : x->shape[i - added];
        bool keeps = i >= added && (shape[i] == -1 || shape[i] == own);
        fits = keeps || (own == 1 && shape[i] >= 0);
        view.shape[i] = keeps ? own : shape[i];
        view.stride[i] = keeps ? x->stride[i - added] : 0;
    }
    if (!fits)
        return gd__fail_view("expand: %s cannot become %s", gd__shape_text(from, x->ndim, x->shape),
                             ndim >= 0 && ndim <= GD_MAX_DIMS && shape != NULL
                                 ? gd__shape_text(to, ndim, shape)
                                 : "that many dimensions");
    view.ndim = ndim;
    if (!gd__shape_is_valid("expand", x->dtype, ndim, view.shape, &bytes))
        return (gd_tensor){.ndim = -1};
    return view;
}
