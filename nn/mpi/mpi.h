/* gradus/mpi.h - training on several processes, of one machine or of many, over MPI.
 *
 * Purpose    Each rank has the whole model and takes a part of each batch. The ranks' gradients
 *            are summed before each step, so that all take the same step.
 * Collective Every rank of the communicator must call each function, in the same order. A rank
 *            that cannot go on calls MPI_Abort; otherwise the others wait for ever.
 * Library    gradus_mpi, of its own: -lgradus_mpi -lgradus; CMake: gradus::gradus_mpi.
 * Errors     A gd_status and a gd_message(); an error of MPI is GD_ERROR_STATE with MPI's text.
 *            The communicator's own error handler is not called.
 *
 *     gd_mpi_broadcast(parameters, 0, MPI_COMM_WORLD);     // all ranks begin with rank 0's
 *     for each batch of n rows, of which this rank takes some, or none:
 *         gd_cross_entropy_options whole = {.denominator = GD_SOME(n)};
 *         ... zero_grad, forward, gd_cross_entropy(tape, logits, y, &whole), gd_backward ...
 *         gd_mpi_sum_gradients(parameters, MPI_COMM_WORLD);
 *         gd_optimizer_step(adam);
 *
 * The loss's denominator is the number of rows of all ranks: losses and gradients then add up to
 * those of the whole batch, however unequal the parts are. The step is that of one process, but
 * for the rounding of sums in another order. Two layers do not see the whole batch: dropout draws
 * its noise on each rank, and batch norm takes the statistics of each part. */
#ifndef GRADUS_MPI_H
#define GRADUS_MPI_H

#include <gradus/nn.h>
#include <mpi.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Gives all ranks the parameters and buffers of rank `root`. GD_ERROR_SHAPE on all ranks, and
 * nothing is changed: the lists differ in names, shapes or dtypes. */
gd_status gd_mpi_broadcast(gd_parameters *parameters, int root, MPI_Comm comm);

/* Replaces each gradient by the sum over all ranks: one MPI_Allreduce for each float dtype, after
 * a short one that tells which gradients are empty. An empty gradient counts as zeros. It stays
 * empty, and the optimiser skips its parameter, only where it is empty on all ranks. */
gd_status gd_mpi_sum_gradients(gd_parameters *parameters, MPI_Comm comm);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
