/* gradus/tensor.h - values: typed, strided views of memory.
 *
 * Purpose    A gd_tensor describes numbers in memory: address, dtype, shape and strides.
 *            This header creates, views, reads, writes, prints, loads and saves tensors. Gradients
 *            are the business of <gradus/autograd.h>.
 * Ownership  A gd_tensor_create... function returns a tensor that is yours: free it with
 *            gd_tensor_destroy. Views are returned by value, own nothing, and are valid while the
 *            memory that they view is.
 * Errors     A function that fails returns a gd_status, NULL, or a view with ndim -1. gd_message()
 *            then says why, for the calling thread. No function aborts, exits or prints.
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

/* All codes with their texts. */
#define GD_STATUS_LIST(STATUS)                                                                     \
    STATUS(GD_OK, "ok")                                                                            \
    STATUS(GD_ERROR_MEMORY, "out of memory")                                                       \
    STATUS(GD_ERROR_SHAPE, "shapes do not fit")                                                    \
    STATUS(GD_ERROR_DTYPE, "dtype does not fit")                                                   \
    STATUS(GD_ERROR_VALUE, "value out of range")                                                   \
    STATUS(GD_ERROR_ARGUMENT, "argument not allowed")                                              \
    STATUS(GD_ERROR_STATE, "not allowed in this state")                                            \
    STATUS(GD_ERROR_IO, "input or output failed")                                                  \
    STATUS(GD_ERROR_FORMAT, "file is not in the expected format")                                  \
    STATUS(GD_ERROR_DIVERGED, "training diverged")                                                 \
    STATUS(GD_STOPPED, "stopped, as the caller asked")

typedef enum gd_status {
#define GD_STATUS_CODE(code, text) code,
    GD_STATUS_LIST(GD_STATUS_CODE)
#undef GD_STATUS_CODE
} gd_status;

/* The text of a code, "unknown status" for other numbers; never NULL. */
const char *gd_status_text(gd_status status);

/* The reason of the last failure in the calling thread, tapes excepted, which have messages of
 * their own; "" if nothing has failed. Valid until the thread's next failure. */
const char *gd_message(void);

/* The status of the failure that gd_message() tells of; GD_OK if nothing has failed. It says why a
 * function returned NULL. */
gd_status gd_message_status(void);

/* For functions of your own that report as the library does: writes the calling thread's
 * gd_message(), in which the message before may be among the arguments, and returns `status`. */
gd_status gd_fail(gd_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Texts are UTF-8. The bytes of the character that a text begins with; 0 if it does not begin with
 * a well-formed one. */
size_t gd_utf8_length(const char *text);

/* How many bytes of a text to print, with "%.*s", if at most `most` fit: whole characters. */
int gd_utf8_cut(const char *text, int most);

/* The version of the library: "0.1.0". */
const char *gd_version(void);

/* ---- options ------------------------------------------------------------------------------ */
/* Functions take their options as a struct. A member that is zero means the default. */

/* An optional number, for options whose default is not 0: .ignore_index = GD_SOME(0). */
typedef struct gd_optional {
    double value;
    bool given;
} gd_optional;
#define GD_SOME(number) ((gd_optional){(double)(number), true})

/* ---- memory ------------------------------------------------------------------------------- */

/* An allocation function in Lua's form. memory NULL: allocates new_size bytes, aligned as
 * malloc's, and returns NULL where there are none. new_size 0: frees `memory`, which has old_size
 * bytes. The library calls it in these two ways alone; it never resizes. */
typedef void *(*gd_allocator)(void *context, void *memory, size_t old_size, size_t new_size);

/* Replaces malloc and free for all memory of the library. Call it before any other function, or
 * while nothing is allocated. NULL restores malloc and free. Not thread-safe. */
void gd_set_allocator(gd_allocator allocator, void *context);

/* Memory from that allocator, for tools that stand on the library. NULL where there is none: no
 * message is written. gd_free needs the size that was asked for; NULL is allowed. */
void *gd_allocate(size_t size);
void gd_free(void *memory, size_t size);

/* ---- tensor ------------------------------------------------------------------------------- */

typedef enum gd_dtype { GD_F32, GD_F64, GD_I64, GD_BOOL, GD_U8 } gd_dtype;

const char *gd_dtype_name(gd_dtype dtype); /* "float32", "float64", "int64", "bool", "uint8" */
size_t gd_dtype_size(gd_dtype dtype);      /* bytes of one element */
bool gd_dtype_is_float(gd_dtype dtype);    /* GD_F32 or GD_F64 */

enum { GD_MAX_DIMS = 8 };

/* Expands to the two arguments (int count, const int64_t *list) of functions that take sizes or
 * dimensions: GD_DIMS(2, 3). Write the empty list of a scalar as 0, NULL. */
#define GD_DIMS(...)                                                                               \
    (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[])             \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

typedef struct gd_tensor gd_tensor;

struct gd_tensor {
    void *data;         /* the first element; never NULL, even if the tensor is empty */
    gd_dtype dtype;     /* GD_BOOL and GD_U8 elements are uint8_t, GD_I64 int64_t */
    int ndim;           /* 0 (a scalar) to GD_MAX_DIMS */
    gd_tensor *grad;    /* gradient of a leaf, same shape and dtype; NULL: none yet */
    bool requires_grad; /* set it on a leaf; the tape sets it on its results */

    /* The library's own; not to be touched. */
    bool owns_grad; /* grad_memory is freed with this tensor */
    /* Counts changes. A root's: of its memory. A view's own part is raised when its header is made
     * to show other memory (gd_loader). */
    uint32_t version;
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

    int64_t shape[GD_MAX_DIMS];  /* [ndim], outermost dimension first, as in NumPy */
    int64_t stride[GD_MAX_DIMS]; /* [ndim], in elements; may be 0 or negative */
};

/* ---- creation: owned ---------------------------------------------------------------------- */
/* Each function returns a contiguous tensor in row-major order, aligned to 64 bytes, that is yours
 * to gd_tensor_destroy. NULL, with a gd_message(), on GD_ERROR_SHAPE (ndim outside 0..GD_MAX_DIMS,
 * a negative size, more than PTRDIFF_MAX bytes), GD_ERROR_DTYPE, GD_ERROR_VALUE (a value that the
 * dtype does not hold) and GD_ERROR_MEMORY. */

gd_tensor *gd_tensor_create(gd_dtype dtype, int ndim, const int64_t *shape); /* zeros */
gd_tensor *gd_tensor_create_ones(gd_dtype dtype, int ndim, const int64_t *shape);
gd_tensor *gd_tensor_create_full(gd_dtype dtype, double value, int ndim, const int64_t *shape);

/* [n]: start, start + step, ..., with n = ceil((end - start) / step), or 0 if that is negative. */
gd_tensor *gd_tensor_create_arange(gd_dtype dtype, double start, double end, double step);

/* Copies `data`: as many elements of `dtype` as the shape has, in row-major order. */
gd_tensor *gd_tensor_create_from_data(gd_dtype dtype, const void *data, int ndim,
                                      const int64_t *shape);

/* Copies x's values, of any strides. The copy is contiguous and has no gradient. */
gd_tensor *gd_tensor_create_copy(const gd_tensor *x);

/* A tensor over your own memory in row-major order, which must outlive the tensor and is not freed
 * with it. */
gd_tensor *gd_tensor_create_borrowed(gd_dtype dtype, void *data, int ndim, const int64_t *shape);

/* Frees x with its memory and gradient; of a view, the gradient alone, which it has if it was a
 * leaf of a backward. NULL, a tape's tensor and a copy of the struct are left alone. */
void gd_tensor_destroy(gd_tensor *x);

/* ---- views: returned by value, no copy ---------------------------------------------------- */
/* A view shares x's memory, is valid while x is, and records no gradient (use the ops of
 * <gradus/autograd.h> for that). A negative dimension counts from the end. On failure ndim is -1
 * and every function refuses such a tensor, so that calls can be nested and checked once. */

/* The same elements in row-major order under another shape; one size may be -1: it is inferred.
 * Fails if no strides express that shape: copy x first. */
gd_tensor gd_tensor_reshape(const gd_tensor *x, int ndim, const int64_t *shape);
/* Swaps two dimensions. */
gd_tensor gd_tensor_transpose(const gd_tensor *x, int dim0, int dim1);
/* Dimension i of the view is dimension dims[i] of x. ndim must be x's. */
gd_tensor gd_tensor_permute(const gd_tensor *x, int ndim, const int64_t *dims);
/* x[..., start:end:step, ...] in dimension dim, as in Python: negative bounds count from the end,
 * and bounds are clipped. step must be positive. */
gd_tensor gd_tensor_slice(const gd_tensor *x, int dim, int64_t start, int64_t end, int64_t step);
/* Repeats dimensions of size 1 (stride 0) up to the given sizes; -1 keeps a size. The shape may
 * have further dimensions in front. */
gd_tensor gd_tensor_expand(const gd_tensor *x, int ndim, const int64_t *shape);

/* ---- reading and writing ------------------------------------------------------------------ */

int64_t gd_tensor_numel(const gd_tensor *x); /* number of elements; 1 for a scalar */
bool gd_tensor_is_contiguous(const gd_tensor *x);

/* The only element of x, whose shape may be any with one element, as a double. Otherwise NaN with
 * a gd_message(). */
double gd_item(const gd_tensor *x);

/* Element i in row-major order, 0 <= i < numel, whatever the strides, as a double. Otherwise NaN
 * with a gd_message(). */
double gd_tensor_at(const gd_tensor *x, int64_t i);

/* Sets every element to `value`. GD_ERROR_VALUE if an integer or bool dtype does not hold it
 * exactly. */
gd_status gd_tensor_fill(gd_tensor *x, double value);

/* Copies src's elements to dst, of any strides. Shapes and dtypes must be equal (GD_ERROR_SHAPE,
 * GD_ERROR_DTYPE), and the memory must not overlap. */
gd_status gd_tensor_copy(gd_tensor *dst, const gd_tensor *src);

/* Call this after writing to x->data yourself. A backward that still needs the old values then
 * reports the change instead of using the new ones. The library's own functions do it
 * themselves. */
void gd_tensor_modified(gd_tensor *x);

/* ---- random numbers ----------------------------------------------------------------------- */

/* A stream of random numbers; {.key = seed} starts one. Element i of a draw depends on key and
 * counter + i alone (Philox4x32-10, Salmon et al. 2011), by integer and correctly rounded double
 * arithmetic, and so is the same on every platform. Save and restore a stream as plain data. */
typedef struct gd_rng {
    uint64_t key;     /* the seed; different keys give independent streams */
    uint64_t counter; /* elements drawn so far */
} gd_rng;

/* Fill x, of a float dtype and any strides, in row-major order, and advance rng by x's number of
 * elements. A float32 and a float64 tensor drawn from the same stream differ by rounding only.
 * GD_ERROR_DTYPE; GD_ERROR_VALUE (bounds not finite, low > high, std < 0). */
gd_status gd_tensor_uniform(gd_tensor *x, gd_rng *rng, double low, double high); /* [low, high) */
gd_status gd_tensor_normal(gd_tensor *x, gd_rng *rng, double mean, double std);

/* Fills x [n], GD_I64, with the numbers 0 to n - 1 in random order. GD_ERROR_DTYPE. */
gd_status gd_tensor_permutation(gd_tensor *x, gd_rng *rng);

/* ---- printing ----------------------------------------------------------------------------- */

/* Writes x as NumPy prints an array: aligned columns, up to 8 digits after the point, lines of 75
 * characters, and "..." for the middle of more than 1000 elements. As snprintf, writes at most
 * `size` bytes with the closing 0 and returns the length of the whole text; -1 for an invalid
 * x. */
int gd_tensor_format(char *buffer, size_t size, const gd_tensor *x);

/* Writes the same text and a newline to a file. GD_ERROR_IO if that fails. */
gd_status gd_tensor_fprint(FILE *file, const gd_tensor *x);

/* ---- files -------------------------------------------------------------------------------- */

/* Reads a .npy file of NumPy, version 1.0, 2.0 or 3.0, of either byte order and either element
 * order. The five dtypes are read as they are; narrower integers (int8, int16, int32, uint16,
 * uint32) and uint64 below 2^63 become int64, float16 becomes float32. The tensor is contiguous,
 * in row-major order, and yours to gd_tensor_destroy. NULL with a gd_message() on GD_ERROR_IO
 * (also for anything but a regular file), GD_ERROR_FORMAT (naming the byte that is wrong; also for
 * missing or surplus bytes), GD_ERROR_SHAPE and GD_ERROR_MEMORY. Reading takes no more memory than
 * twice the tensor's size and, unless numbers become wider, twice the file's. */
gd_tensor *gd_tensor_load_npy(const char *path);

/* Writes x, of any strides, byte for byte as numpy.save does. An old file is replaced once the new
 * one is complete and on the disk; until then, and after any error, it is untouched. A symbolic
 * link stays, and the file that it leads to is replaced. A process that is killed while it writes
 * may leave a file "path.tmp...", which can be deleted. GD_ERROR_IO (also if the path is anything
 * but a regular file), GD_ERROR_ARGUMENT (NULL, a failed view), GD_ERROR_VALUE (a bool that is
 * neither 0 nor 1), GD_ERROR_MEMORY. */
gd_status gd_tensor_save_npy(const char *path, const gd_tensor *x);

/* A .safetensors file in memory: named tensors and metadata, readable from Python. Tensors of
 * other than the five dtypes (float16, ...) are refused, as is everything malformed, with a
 * message that names the entry. Little-endian processors only. */
typedef struct gd_safetensors gd_safetensors;

/* Reads the whole file, which is yours to close; its tensors and texts are valid until then. NULL
 * with a gd_message() on GD_ERROR_IO, GD_ERROR_FORMAT and GD_ERROR_MEMORY. Reading takes no more
 * memory than about 16 times the file's size. */
gd_safetensors *gd_safetensors_open(const char *path);
void gd_safetensors_close(gd_safetensors *file); /* NULL is allowed */
const char *gd_safetensors_path(const gd_safetensors *file);
int gd_safetensors_count(const gd_safetensors *file);
/* Name and tensor number `index`, in the order of strcmp of the names; NULL: there is none. */
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

/* Writes n tensors, m texts, and gd_version() as the text "gradus". An old file is replaced as by
 * gd_tensor_save_npy. GD_ERROR_IO; GD_ERROR_MEMORY; GD_ERROR_ARGUMENT (NULL, not contiguous);
 * GD_ERROR_VALUE (a name that comes twice, is "__metadata__" or not UTF-8; a bool that is neither
 * 0 nor 1; more than 100 MB of names and texts). */
gd_status gd_safetensors_save(const char *path, int n, const gd_named_tensor *tensors, int m,
                              const gd_metadata *metadata);

enum { GD_LONGEST_PATH = 4096 }; /* bytes, with the closing 0 */

/* The file that a path leads to through symbolic links, in the last link's folder, whether that
 * file exists or not: the one that the functions above replace. Written into `target`. false, with
 * errno: too many links (ELOOP), too long (ENAMETOOLONG), or a folder that cannot be searched. */
bool gd_file_target(const char *path, char target[GD_LONGEST_PATH]);

/* ---- threads ------------------------------------------------------------------------------ */

/* Threads that wait for work. The library starts none that you have not asked for: hand a pool to
 * what is to use it, a tape, an optimiser or gd_fit. The results have the same bits with any number
 * of threads, and without a pool.
 *
 * Products of matrices are cut for the pool, too, and BLAS is to compute each part on the thread
 * that asks for it: a program that uses a pool calls gd_blas_set_threads(1) first. */
typedef struct gd_pool gd_pool;

enum { GD_MOST_THREADS = 1024 };

/* A pool of 1 to GD_MOST_THREADS threads, the caller's among them, so that 1 starts none. It is
 * yours to gd_pool_destroy, after all that uses it. Signals are blocked in the threads that it
 * starts. NULL with a gd_message() on GD_ERROR_ARGUMENT and GD_ERROR_MEMORY (threads that the
 * system does not start, too). */
gd_pool *gd_pool_create(int threads);
void gd_pool_destroy(gd_pool *pool);      /* NULL is allowed */
int gd_pool_threads(const gd_pool *pool); /* NULL: 1 */

/* Calls the task once for each index from 0 to count - 1, in any order, on all of the pool's
 * threads, the caller's among them, and returns when all calls have. No call is made for a count
 * below 1. A task says in its context what went wrong: gd_message() is each thread's own. What the
 * caller has written before the tasks see, and the caller what they write.
 *
 * All calls are made in order on the calling thread where the pool is NULL or has one thread,
 * where there is one index, where another thread's run is using the pool, and inside a task of any
 * pool: what runs side by side is not cut again. No memory is allocated. */
void gd_pool_run(gd_pool *pool, int64_t count, void (*task)(void *context, int64_t index),
                 void *context);

/* ---- BLAS --------------------------------------------------------------------------------- */

typedef struct gd_blas {
    const char *config; /* e.g. "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY ..." */
    const char *kernel; /* the processor family whose kernels run, e.g. "SkylakeX"; one far older
                           than the processor means slow products: see OPENBLAS_CORETYPE */
    int threads;        /* that a large product may use */
} gd_blas;

gd_blas gd_blas_info(void); /* the strings are BLAS's own and constant */

/* How many threads products may use from now on, in all of the process; for programs, not for
 * libraries. Below 1: 1. GD_ERROR_MEMORY: the address space has no room for them, about 136 MiB
 * each; they stay as many as they were. */
gd_status gd_blas_set_threads(int threads);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
