#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
/* The one file that knows BLAS. */
#include "tensor/kernels.h"
#include "tensor/parallel.h"

#include <cblas.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>

gd_blas gd_blas_info(void)
{
    return (gd_blas){openblas_get_config(), openblas_get_corename(), openblas_get_num_threads()};
}

/* OpenBLAS maps a buffer for each thread that computes, and where there is no room for it tries
 * again for ever. So the room is looked for first. */
enum { BUFFER = 128 << 20, PAGE = 4096, MIB = 1 << 20 };

/* Whether `count` mappings of so many bytes fit at once. Each holds the address of the one
 * before. */
static bool is_room(int count, size_t size)
{
    void *last = NULL;
    int made = 0;
    for (; made < count; ++made) {
        void **next = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (next == MAP_FAILED)
            break;
        *next = last;
        last = next;
    }
    for (void **next = last; next != NULL; next = last) {
        last = *next;
        munmap(next, size);
    }
    return made == count;
}

static gd_status refuse_threads(int count, size_t size)
{
    return gd_fail(GD_ERROR_MEMORY,
                   "%d thread%s of BLAS need%s about %zu MiB of address space, which cannot be "
                   "had; raise the limit (ulimit -v)",
                   count, count == 1 ? "" : "s", count == 1 ? "s" : "", (size_t)count * size / MIB);
}

gd_status gd__blas_prepare(void)
{
    static _Thread_local bool prepared;
    if (prepared)
        return GD_OK;
    if (!is_room(1, BUFFER + PAGE))
        return refuse_threads(1, BUFFER);
    /* Small products of some kernels need no buffer, and a later one would: this one always takes
     * it. */
    float one[4] = {1, 0, 0, 1}, x[4] = {0};
    cblas_strmm(CblasRowMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, 2, 2, 1, one, 2,
                x, 2);
    prepared = true;
    return GD_OK;
}

/* Whether all threads of a pool may call BLAS at once: gd__blas_prepare is for the caller alone. */
static bool has_room_for(const gd_pool *pool)
{
    static _Thread_local int known_threads = 1;
    int threads = gd_pool_threads(pool);
    if (threads > known_threads && is_room(threads - 1, BUFFER + PAGE))
        known_threads = threads;
    return threads <= known_threads;
}

gd_status gd_blas_set_threads(int threads)
{
    int more = threads - openblas_get_num_threads();
    struct rlimit stack;
    size_t size = BUFFER + 2 * PAGE; /* and the stack, with its guard */
    if (getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur != RLIM_INFINITY)
        size += (size_t)stack.rlim_cur;
    gd_status status = gd__blas_prepare();
    if (status == GD_OK && more > 0 && !is_room(more, size))
        status = refuse_threads(more, size);
    if (status == GD_OK)
        openblas_set_num_threads(threads < 1 ? 1 : threads);
    return status;
}

/* One matrix as BLAS sees it: its rows are dense and `ld` elements apart; or its columns, if
 * transposed. */
typedef struct layout {
    CBLAS_TRANSPOSE transpose;
    int ld;
} layout;

/* How far apart the lines (rows, say) of a matrix are, if the elements of each are side by side as
 * BLAS wants them; otherwise 0. */
static int leading_dimension(int64_t lines, int64_t line_stride, int64_t length, int64_t stride)
{
    int64_t least = length > 1 ? length : 1;
    int64_t ld = lines > 1 ? line_stride : least; /* the stride of a single line is never used */
    bool dense = length <= 1 || stride == 1;
    return dense && ld >= least && ld <= INT_MAX ? (int)ld : 0;
}

/* Of the last two dimensions of x; ld is 0 where BLAS cannot read them. */
static layout layout_of(const gd_tensor *x)
{
    const int64_t *shape = x->shape + x->ndim - 2, *stride = x->stride + x->ndim - 2;
    int ld = leading_dimension(shape[0], stride[0], shape[1], stride[1]);
    if (ld > 0)
        return (layout){CblasNoTrans, ld};
    return (layout){CblasTrans, leading_dimension(shape[1], stride[1], shape[0], stride[0])};
}

bool gd__matrix_is_dense(const gd_tensor *x)
{
    return layout_of(x).ld > 0;
}

static gd_tensor as_one_matrix(const gd_tensor *x)
{
    gd_tensor matrix = *x;
    int64_t columns = x->shape[x->ndim - 1];
    matrix.ndim = 2;
    matrix.shape[0] = columns > 0 ? gd_tensor_numel(x) / columns : 0;
    matrix.shape[1] = columns;
    gd__set_contiguous(&matrix);
    return matrix;
}

/* A product C = A B of matrices, or some of its rows or columns. */
typedef struct product {
    gd_dtype dtype;
    layout a_layout, b_layout;
    int m, n, k; /* C [m,n], A [m,k], B [k,n] */
    bool accumulate, by_rows;
    char *c;
    const char *a, *b;
} product;

/* Rows, or columns, begin to end - 1 of a product. */
static void multiply_part(void *context, int part, int64_t begin, int64_t end)
{
    const product *p = context;
    int64_t size = (int64_t)gd_dtype_size(p->dtype);
    int64_t row = p->by_rows ? begin : 0, column = p->by_rows ? 0 : begin;
    int m = p->by_rows ? (int)(end - begin) : p->m, n = p->by_rows ? p->n : (int)(end - begin);
    bool a_by_rows = p->a_layout.transpose == CblasNoTrans;
    bool b_by_rows = p->b_layout.transpose == CblasNoTrans;
    const void *a = p->a + row * size * (a_by_rows ? p->a_layout.ld : 1);
    const void *b = p->b + column * size * (b_by_rows ? 1 : p->b_layout.ld);
    void *c = p->c + (row * p->n + column) * size;
    (void)part;
    if (p->dtype == GD_F32)
        cblas_sgemm(CblasRowMajor, p->a_layout.transpose, p->b_layout.transpose, m, n, p->k, 1.0f,
                    a, p->a_layout.ld, b, p->b_layout.ld, p->accumulate ? 1.0f : 0.0f, c, p->n);
    else
        cblas_dgemm(CblasRowMajor, p->a_layout.transpose, p->b_layout.transpose, m, n, p->k, 1.0, a,
                    p->a_layout.ld, b, p->b_layout.ld, p->accumulate ? 1.0 : 0.0, c, p->n);
}

/* Parts are of the longer side of C. Each packs the other factor again, so they are large. */
enum { LEAST_LINES = 192, LEAST_PRODUCTS = 1 << 22 };

void gd__multiply_dense(gd_pool *pool, gd_tensor *c, const gd_tensor *a, const gd_tensor *b,
                        bool accumulate)
{
    int64_t inner = a->shape[a->ndim - 1];
    if (gd_tensor_numel(c) == 0)
        return;
    if (inner == 0) {
        if (!accumulate)
            gd_tensor_fill(c, 0.0);
        return;
    }
    gd_tensor long_c, long_a; /* where the rows of all of a's matrices are one long matrix */
    if (b->ndim == 2 && a->ndim > 2 && a->ndim == c->ndim && gd_tensor_is_contiguous(a) &&
        gd_tensor_numel(a) / inner <= INT_MAX) {
        long_c = as_one_matrix(c);
        long_a = as_one_matrix(a);
        c = &long_c;
        a = &long_a;
    }
    product p = {.dtype = c->dtype,
                 .a_layout = layout_of(a),
                 .b_layout = layout_of(b),
                 .m = (int)c->shape[c->ndim - 2],
                 .n = (int)c->shape[c->ndim - 1],
                 .k = (int)inner,
                 .accumulate = accumulate};
    p.by_rows = p.m >= p.n;
    int64_t lines = p.by_rows ? p.m : p.n, of_line = inner * (p.by_rows ? p.n : p.m);
    int64_t grain = LEAST_PRODUCTS / of_line + 1;
    if (grain < LEAST_LINES)
        grain = LEAST_LINES;
    if (pool != NULL && !has_room_for(pool))
        pool = NULL;
    unsigned batch = (1u << (c->ndim - 2)) - 1; /* the dimensions before the matrices' */
    gd__walk w = gd__walk_along(3, (const gd_tensor *[]){c, a, b}, batch);
    do {
        for (int64_t i = 0; i < w.length; ++i) {
            p.c = w.data[0] + i * w.step[0] * w.size[0];
            p.a = w.data[1] + i * w.step[1] * w.size[1];
            p.b = w.data[2] + i * w.step[2] * w.size[2];
            gd__parallel(pool, lines, grain, multiply_part, &p);
        }
    } while (gd__walk_next(&w));
}
