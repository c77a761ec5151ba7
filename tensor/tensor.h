/* gradus/tensor.h - values: typed, strided views of memory.
 *
 * Purpose    A gd_tensor says where numbers are and how they are laid out: dtype, shape, strides.
 *            Nothing here knows of gradients being computed; that is <gradus/autograd.h>.
 * Ownership  What a gd_tensor_create... function returns is yours; give it to gd_tensor_destroy.
 *            Views come back by value, own nothing, and are valid while the viewed memory is.
 * Errors     A function that fails returns a gd_status, NULL, or a view with ndim -1; gd_message()
 *            then says why, for the calling thread. Nothing aborts, exits or prints.
 *
 *     gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(2, 3));          // zeros
 *     gd_rng rng = {.key = 42};
 *     if (x == NULL || gd_tensor_normal(x, &rng, 0.0, 1.0) != GD_OK)
 *         return fail(gd_message());
 *     gd_tensor column = gd_tensor_slice(x, 1, 0, 1, 1);                // x[:, 0:1], no copy
 *     gd_tensor_fill(&column, 7.0);                                     // writes into x
 *     gd_tensor_fprint(stdout, x);
 *     gd_tensor_destroy(x);
 */
#ifndef GRADUS_TENSOR_H
#define GRADUS_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- status ------------------------------------------------------------------------------- */

/* The one list of codes and their texts. */
#define GD_STATUS_LIST(STATUS)                                                                     \
    STATUS(GD_OK, "ok")                                                                            \
    STATUS(GD_ERROR_MEMORY, "out of memory")                                                       \
    STATUS(GD_ERROR_SHAPE, "shapes do not fit")                                                    \
    STATUS(GD_ERROR_DTYPE, "dtype does not fit")                                                   \
    STATUS(GD_ERROR_VALUE, "value out of range")                                                   \
    STATUS(GD_ERROR_ARGUMENT, "argument not allowed")                                              \
    STATUS(GD_ERROR_STATE, "not allowed in this state")                                            \
    STATUS(GD_ERROR_IO, "input or output failed")                                                  \
    STATUS(GD_ERROR_FORMAT, "file is not in the expected format")

typedef enum gd_status {
#define GD_STATUS_CODE(code, text) code,
    GD_STATUS_LIST(GD_STATUS_CODE)
#undef GD_STATUS_CODE
} gd_status;

/* The text of a code; never NULL. */
const char *gd_status_text(gd_status status);

/* Why the calling thread's last failing call outside a tape failed; "" if none has. Valid until its
 * next one. */
const char *gd_message(void);

/* The version of the library: "0.1.0". */
const char *gd_version(void);

/* ---- options ------------------------------------------------------------------------------ */
/* They come as a struct whose zero value is the default. */

/* A number for which 0 is not the default: .ignore_index = GD_SOME(0). */
typedef struct gd_optional {
    double value;
    bool given;
} gd_optional;
#define GD_SOME(number) ((gd_optional){(double)(number), true})

/* ---- memory ------------------------------------------------------------------------------- */

/* The one allocation function (Lua's form): new_size 0 frees `memory` and returns NULL; memory NULL
 * allocates; the library never asks for both (it does not resize). Must return memory aligned as
 * malloc's. */
typedef void *(*gd_allocator)(void *context, void *memory, size_t old_size, size_t new_size);

/* Replaces malloc/free for all of the library's memory. To be called once, before anything else;
 * NULL brings malloc/free back (allowed when nothing is allocated). Not thread-safe. */
void gd_set_allocator(gd_allocator allocator, void *context);

/* ---- tensor ------------------------------------------------------------------------------- */

typedef enum gd_dtype { GD_F32, GD_F64, GD_I64, GD_BOOL, GD_U8 } gd_dtype;

const char *gd_dtype_name(gd_dtype dtype); /* "float32", "float64", "int64", "bool", "uint8" */
size_t gd_dtype_size(gd_dtype dtype);      /* bytes of one element */
bool gd_dtype_is_float(gd_dtype dtype);    /* GD_F32 or GD_F64 */

enum { GD_MAX_DIMS = 8 };

/* A list of sizes, or of dimensions, as the two arguments (count, const int64_t *) that functions
 * take: GD_DIMS(2, 3). A scalar's empty list is written 0, NULL. */
#define GD_DIMS(...)                                                                               \
    (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[])             \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

typedef struct gd_tensor gd_tensor;

struct gd_tensor {
    void *data;         /* the first element; an address even where there is none */
    gd_dtype dtype;     /* GD_BOOL and GD_U8 elements are uint8_t, GD_I64 int64_t */
    int ndim;           /* 0 (a scalar) to GD_MAX_DIMS */
    gd_tensor *grad;    /* of a leaf: its gradient, same shape and dtype; NULL: none yet */
    bool requires_grad; /* set it on a leaf; the tape sets it on what it computes */

    /* The library's own; not to be touched. */
    bool owns_grad;         /* grad_memory is freed with this tensor */
    uint32_t version;       /* counts changes: a root's of memory, a view's of what it shows */
    int32_t references;     /* of the tape's gradient pool */
    gd_tensor *root;        /* the tensor whose memory this is a view of; NULL: itself */
    gd_tensor *grad_memory; /* what grad points to when it is not empty */
    const void *tape;       /* the tape that made it; NULL: yours */
    uint64_t epoch;         /* the tape's step in which it was made */
    struct gd_node *node;   /* the call that made it, where the tape keeps that; or NULL */
    gd_tensor *owner;       /* of a gradient on a tape: the tensor that it is of */
    gd_tensor *next;        /* in a list of the tape */
    size_t allocated;       /* bytes behind data, where this tensor owns them */
    void *block;            /* the memory that header and elements lie in; NULL: a view */

    int64_t shape[GD_MAX_DIMS];  /* outermost first, as in NumPy; [0, ndim) are valid */
    int64_t stride[GD_MAX_DIMS]; /* in elements, may be 0 or negative */
};

/* ---- creation: owned ---------------------------------------------------------------------- */
/* Each returns a contiguous tensor in row-major order, 64-byte aligned, that is yours to
 * gd_tensor_destroy; or NULL with a gd_message(): GD_ERROR_SHAPE's (ndim outside 0..GD_MAX_DIMS, a
 * negative size, more than PTRDIFF_MAX bytes), _VALUE's or _MEMORY's. */

gd_tensor *gd_tensor_create(gd_dtype dtype, int ndim, const int64_t *shape); /* zeros */
gd_tensor *gd_tensor_create_ones(gd_dtype dtype, int ndim, const int64_t *shape);
gd_tensor *gd_tensor_create_full(gd_dtype dtype, double value, int ndim, const int64_t *shape);

/* 1-d: start, start + step, ... while before end: ceil((end - start) / step) elements. */
gd_tensor *gd_tensor_create_arange(gd_dtype dtype, double start, double end, double step);

/* A copy of row-major `data`, numel elements of `dtype`. */
gd_tensor *gd_tensor_create_from_data(gd_dtype dtype, const void *data, int ndim,
                                      const int64_t *shape);

/* A contiguous copy of x's values; no gradient. */
gd_tensor *gd_tensor_create_copy(const gd_tensor *x);

/* A tensor over the caller's row-major memory, which must outlive it and is not freed with it. */
gd_tensor *gd_tensor_create_borrowed(gd_dtype dtype, void *data, int ndim, const int64_t *shape);

/* Frees x, what it owns, and its gradient. Of a view only the gradient is freed, which it has if it was a
 * leaf of a backward. NULL is allowed; a tape's tensor and a copy of the struct are left alone. */
void gd_tensor_destroy(gd_tensor *x);

/* ---- views: returned by value, no copy ---------------------------------------------------- */
/* A view shares x's memory, carries no gradient (the ops of <gradus/autograd.h> do) and is valid
 * while x is. A negative dimension counts from the end. On failure ndim is -1: every function
 * refuses such a tensor, so that views can be nested and checked once. */

/* Same elements in row-major order under another shape; one size may be -1 (inferred). Fails with
 * GD_ERROR_SHAPE's message where strides cannot express it: copy first. */
gd_tensor gd_tensor_reshape(const gd_tensor *x, int ndim, const int64_t *shape);
gd_tensor gd_tensor_transpose(const gd_tensor *x, int dim0, int dim1); /* swaps two dimensions */
/* Dimension i of the view is dimension dims[i] of x; ndim must be x's. */
gd_tensor gd_tensor_permute(const gd_tensor *x, int ndim, const int64_t *dims);
/* x[..., start:end:step, ...] in dimension dim, as Python reads it (negative bounds count from the
 * end, bounds are clipped); step > 0. */
gd_tensor gd_tensor_slice(const gd_tensor *x, int dim, int64_t start, int64_t end, int64_t step);
/* Sizes 1 become shape's (stride 0); new dimensions may be added in front; -1 keeps a size. */
gd_tensor gd_tensor_expand(const gd_tensor *x, int ndim, const int64_t *shape);

/* ---- reading and writing ------------------------------------------------------------------ */

int64_t gd_tensor_numel(const gd_tensor *x); /* product of the sizes; 1 for a scalar */
bool gd_tensor_is_contiguous(const gd_tensor *x);

/* The only element of x (any shape with numel 1), as a double. NaN with a gd_message() otherwise. */
double gd_item(const gd_tensor *x);

/* Every element becomes `value`, which must be exact in an integer or bool dtype (GD_ERROR_VALUE). */
gd_status gd_tensor_fill(gd_tensor *x, double value);

/* Copies src's elements to dst: same shape and dtype (GD_ERROR_SHAPE, GD_ERROR_DTYPE), any strides,
 * no overlap. */
gd_status gd_tensor_copy(gd_tensor *dst, const gd_tensor *src);

/* To be called after writing to x->data by hand, so that a backward that still needs the old values
 * reports the change instead of using the new ones. The library's own writes do it themselves. */
void gd_tensor_modified(gd_tensor *x);

/* ---- random numbers ----------------------------------------------------------------------- */

/* A stream: element i of what is drawn depends on key and counter + i alone (Philox4x32-10, Salmon
 * et al. 2011), by integer and correctly rounded double arithmetic only: the same on every
 * platform.
 * {.key = seed} starts one. Save and restore it as plain data. */
typedef struct gd_rng {
    uint64_t key;     /* the seed; different keys give independent streams */
    uint64_t counter; /* elements drawn so far */
} gd_rng;

/* Fill x (float, any strides, row-major order) and advance rng by numel. GD_ERROR_DTYPE,
 * GD_ERROR_VALUE (bounds not finite, low > high, std < 0). A float32 and a float64 tensor drawn
 * from the same stream differ by rounding only. */
gd_status gd_tensor_uniform(gd_tensor *x, gd_rng *rng, double low, double high); /* [low, high) */
gd_status gd_tensor_normal(gd_tensor *x, gd_rng *rng, double mean, double std);

/* Fills 1-d GD_I64 x with a uniformly drawn order of 0..n-1. */
gd_status gd_tensor_permutation(gd_tensor *x, gd_rng *rng);

/* ---- printing ----------------------------------------------------------------------------- */

/* As NumPy prints an array: aligned columns, 8 digits, `...` above 1000 elements, lines of 75
 * characters. Like snprintf: writes at most size bytes with the closing 0 and returns the length
 * that the whole text has, -1 for an invalid x. */
int gd_tensor_format(char *buffer, size_t size, const gd_tensor *x);

/* The same text and a newline. GD_ERROR_IO where writing fails. */
gd_status gd_tensor_fprint(FILE *file, const gd_tensor *x);

/* ---- files -------------------------------------------------------------------------------- */

/* NumPy's .npy files, versions 1.0, 2.0 and 3.0, in either byte order and either element order: of the five dtypes, and
 * of narrower numbers as the next wider dtype: int8, int16, int32, uint16, uint32 and uint64 (all below 2^63) become int64,
 * float16 float32. The tensor is contiguous, row-major and yours to gd_tensor_destroy. NULL with a
 * gd_message(): GD_ERROR_IO's (also for what is not a regular file), _FORMAT's (with the offset of
 * the byte that is wrong; too few or too many bytes are, too), _SHAPE's or _MEMORY's. No file makes
 * it ask for more memory than twice the tensor's size and a little, nor, unless numbers become wider, than twice the file's. */
gd_tensor *gd_tensor_load_npy(const char *path);

/* Writes x, of any strides, as numpy.save writes the same array, byte for byte. An old file is
 * replaced when the new one is complete and on the disk; until then, and after any error, it is
 * untouched. A symbolic link stays, and what it leads to is replaced. A process that is killed in the middle leaves
 * "path.tmp..." beside it, which nobody needs. GD_ERROR_IO (also where the path is something
 * other than a regular file), GD_ERROR_ARGUMENT (NULL, a failed view), GD_ERROR_VALUE (a bool that
 * is neither 0 nor 1), GD_ERROR_MEMORY. */
gd_status gd_tensor_save_npy(const char *path, const gd_tensor *x);

/* .safetensors files: named tensors and metadata, readable from Python. Those of the five dtypes; others
 * (float16, ...) are refused, as is everything malformed, with a message that names the entry.
 * Little-endian processors only. */
typedef struct gd_safetensors gd_safetensors;

/* The whole file; yours to close, and its tensors and texts with it. NULL with a gd_message(): GD_ERROR_IO's,
 * _FORMAT's, _MEMORY's. No file makes it ask for more memory than 16 times the file's size and a little. */
gd_safetensors *gd_safetensors_open(const char *path);
void gd_safetensors_close(gd_safetensors *file); /* NULL is allowed */
const char *gd_safetensors_path(const gd_safetensors *file);
int gd_safetensors_count(const gd_safetensors *file);
/* Tensor `index` of them, in the order of strcmp of their names; NULL: there is none. */
const char *gd_safetensors_name(const gd_safetensors *file, int index);
const gd_tensor *gd_safetensors_at(const gd_safetensors *file, int index);
const gd_tensor *gd_safetensors_find(const gd_safetensors *file, const char *name); /* or NULL */
const char *gd_safetensors_metadata(const gd_safetensors *file, const char *key);   /* or NULL */

typedef struct gd_named_tensor {
    const char *name;        /* UTF-8 */
    const gd_tensor *tensor; /* contiguous */
} gd_named_tensor;
typedef struct gd_metadata {
    const char *key, *value; /* UTF-8; {"architecture", "mlp 30 64 1"} */
} gd_metadata;

/* Writes n tensors and m texts, and as another text gd_version() under the key "gradus". An old file is replaced
 * as by gd_tensor_save_npy. GD_ERROR_IO, GD_ERROR_MEMORY; GD_ERROR_ARGUMENT (NULL, not contiguous); GD_ERROR_VALUE
 * (a name comes twice, is "__metadata__" or not UTF-8; a bool is neither 0 nor 1; more than 100 MB of names). */
gd_status gd_safetensors_save(const char *path, int n, const gd_named_tensor *tensors, int m,
                              const gd_metadata *metadata);

/* ---- BLAS --------------------------------------------------------------------------------- */

typedef struct gd_blas {
    const char *config; /* e.g. "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY ..." */
    const char *kernel; /* the processor family whose kernels run, e.g. "SkylakeX"; one far older
                           than the processor means slow products: see OPENBLAS_CORETYPE */
    int threads;        /* that a large product may use */
} gd_blas;

gd_blas gd_blas_info(void); /* the strings are BLAS's own and constant */

/* How many threads products may use from now on, in all of the process; for programs, not for libraries. Below 1: 1.
 * GD_ERROR_MEMORY: the address space has no room for them, about 136 MiB each; they stay as many as they were. */
gd_status gd_blas_set_threads(int threads);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
