#include "nn/parameters.h"

#include <gradus/mpi.h>
#include <string.h>

enum { PIECE = 1 << 30, FLAGS = 1024 }; /* PIECE: MPI counts elements with an int */

/* data [n] becomes that of rank `root` or, with root -1, `op` of all ranks' data. The library ends
 * no program: errors are returned, and the communicator's handler is then as it was. */
static gd_status exchange(const char *name, void *data, int64_t n, MPI_Datatype type, MPI_Op op,
                          int root, MPI_Comm comm)
{
    MPI_Errhandler handler;
    char text[MPI_MAX_ERROR_STRING] = "";
    int size, length, code;
    if (comm == MPI_COMM_NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "%s: the communicator is MPI_COMM_NULL", name);
    MPI_Type_size(type, &size);
    MPI_Comm_get_errhandler(comm, &handler);
    code = MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
    for (int64_t at = 0, count; code == MPI_SUCCESS && at < n; at += count) {
        char *piece = (char *)data + at * size;
        count = n - at < PIECE ? n - at : PIECE;
        code = root >= 0 ? MPI_Bcast(piece, (int)count, type, root, comm)
                         : MPI_Allreduce(MPI_IN_PLACE, piece, (int)count, type, op, comm);
    }
    if (code != MPI_SUCCESS)
        MPI_Error_string(code, text, &length);
    MPI_Comm_set_errhandler(comm, handler);
    MPI_Errhandler_free(&handler);
    return code == MPI_SUCCESS ? GD_OK : gd_fail(GD_ERROR_STATE, "%s: %s", name, text);
}

static uint64_t hash_of(const void *data, size_t size, uint64_t hash) /* FNV-1a */
{
    for (const uint8_t *byte = data; size > 0; --size, ++byte)
        hash = (hash ^ *byte) * 0x100000001b3;
    return hash;
}

gd_status gd_mpi_broadcast(gd_parameters *parameters, int root, MPI_Comm comm)
{
    const char *const name = "mpi_broadcast";
    uint64_t hash = 0xcbf29ce484222325;
    if (parameters == NULL || root < 0)
        return gd_fail(GD_ERROR_ARGUMENT, "%s: the list is NULL, or root %d is below 0", name,
                       root);
    for (const gd__entry *entry = parameters->first; entry != NULL; entry = entry->next) {
        const gd_tensor *x = entry->is_buffer ? entry->buffer : &entry->tensor;
        hash = hash_of(entry->name, strlen(entry->name) + 1, hash);
        hash = hash_of(&x->dtype, sizeof x->dtype, hash);
        hash = hash_of(x->shape, (size_t)x->ndim * sizeof *x->shape, hash);
    }
    uint64_t most[2] = {hash, ~hash}; /* ... and, inverted, the least */
    gd_status status = exchange(name, most, 2, MPI_UINT64_T, MPI_MAX, -1, comm);
    if (status == GD_OK && most[0] != ~most[1])
        status = gd_fail(GD_ERROR_SHAPE, "%s: the ranks' lists of parameters differ", name);
    for (gd__entry *entry = parameters->first; entry != NULL && status == GD_OK;
         entry = entry->next) {
        gd_tensor *x = entry->is_buffer ? entry->buffer : &entry->tensor;
        status = exchange(name, x->data, gd_tensor_numel(x) * (int64_t)gd_dtype_size(x->dtype),
                          MPI_BYTE, MPI_OP_NULL, root, comm);
        gd_tensor_modified(x);
    }
    return status;
}

/* Up to FLAGS gradients, from `entry` on: those that are empty on this rank become zeros, and stay
 * empty only where they are empty on all ranks. */
static gd_status fill_empty(gd__entry *entry, MPI_Comm comm)
{
    uint8_t filled[FLAGS];
    int n = 0;
    for (gd__entry *e = entry; e != NULL && n < FLAGS; e = e->next, ++n) {
        filled[n] = !e->is_buffer && e->tensor.grad != NULL;
        if (!e->is_buffer && e->tensor.grad == NULL)
            memset(e->gradient.data, 0,
                   (size_t)gd_tensor_numel(&e->gradient) * gd_dtype_size(e->gradient.dtype));
    }
    gd_status status = exchange("mpi_sum_gradients", filled, n, MPI_UINT8_T, MPI_MAX, -1, comm);
    for (int i = 0; i < n && status == GD_OK; ++i, entry = entry->next)
        if (filled[i] != 0) {
            entry->tensor.grad = &entry->gradient;
            gd_tensor_modified(&entry->gradient);
        }
    return status;
}

gd_status gd_mpi_sum_gradients(gd_parameters *parameters, MPI_Comm comm)
{
    const char *const name = "mpi_sum_gradients";
    gd_status status = GD_OK;
    if (parameters == NULL)
        return gd_fail(GD_ERROR_ARGUMENT, "%s: the list is NULL", name);
    gd__entry *entry = parameters->first;
    for (int i = 0; entry != NULL && status == GD_OK; ++i, entry = entry->next)
        status = i % FLAGS == 0 ? fill_empty(entry, comm) : status;
    for (int i = 0; i < GD__SLABS && status == GD_OK; ++i)
        if (parameters->now.used[i] > 0)
            status = exchange(name, parameters->slabs[i].gradients->data, parameters->now.used[i],
                              i == GD_F32 ? MPI_FLOAT : MPI_DOUBLE, MPI_SUM, -1, comm);
    return status;
}
