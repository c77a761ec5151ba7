/* Data-parallel training: several processes, one model.
 *
 *     mpirun -n 4 build/examples/data_parallel
 *
 * Every process (MPI calls it a rank) reads the table and draws the same random order of the rows.
 * Of each batch it takes a slice of its own, forward and backward. The ranks' gradients are then
 * summed, and all take the same step, so that all models stay equal.
 *
 * The loss is a mean. A mean of the slices' means would be wrong: slices need not have the same
 * size, and the last batch of an epoch may leave a rank with no row at all. So each rank divides
 * the sum over its slice by the number of rows in the whole batch, the loss's denominator. What
 * the ranks compute then adds up to the loss and the gradient of the batch: the result is that of
 * one process, but for rounding.
 *
 * A checkpoint has the model, the optimiser, the random stream and the epoch, and nothing about
 * ranks. A run that was stopped goes on with any number of them. Read main() first, then
 * train_epoch().
 *
 * data_parallel [--seed N] [--epochs N] [--batch X] [--checkpoint X] [--quiet] [FILE] */
#include "common/example.h"

#include <gradus.h>
#include <gradus/mpi.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct run {
    gd_tape *tape;
    gd_module *model;
    gd_optimizer *adam;
    gd_rng rng;       /* of the order of the rows */
    gd_tensor *order; /* [N]: the rows, as this epoch takes them */
    int64_t epochs;   /* that are behind */
    int batch, rank, ranks;
} run;

/* Where a process ends early, the others would wait for it for ever. MPI ends them. */
static void end_others(void)
{
    int finalized;
    if (MPI_Finalized(&finalized) == MPI_SUCCESS && !finalized)
        MPI_Abort(MPI_COMM_WORLD, 1);
}

/* This rank's rows of those in [start, end) of the epoch's order. */
static gd_tensor slice_of(const run *r, int64_t start, int64_t end)
{
    int64_t n = end - start;
    return gd_tensor_slice(r->order, 0, start + n * r->rank / r->ranks,
                           start + n * (r->rank + 1) / r->ranks, 1);
}

/* One pass over the rows; returns the mean loss of its batches. */
static double train_epoch(run *r, const example_part *rows)
{
    gd_tape *tape = r->tape;
    int64_t n = rows->y->shape[0], batches = 0;
    double sum = 0;
    example_check(gd_tensor_permutation(r->order, &r->rng) == GD_OK, gd_message());
    for (int64_t start = 0; start < n; start += r->batch, ++batches) {
        int64_t end = start + r->batch < n ? start + r->batch : n;
        gd_tensor slice = slice_of(r, start, end);
        gd_tape_reset(tape);
        gd_optimizer_zero_grad(r->adam);
        gd_tensor *x = gd_index_select(tape, rows->x, 0, &slice);
        gd_tensor *y = gd_index_select(tape, rows->y, 0, &slice);
        gd_cross_entropy_options whole = {.denominator = GD_SOME((double)(end - start))};
        gd_tensor *loss = gd_cross_entropy(tape, gd_module_forward(tape, r->model, x), y, &whole);
        example_check(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
        example_check(gd_mpi_sum_gradients(r->model->parameters, MPI_COMM_WORLD) == GD_OK,
                      gd_message());
        gd_optimizer_step(r->adam);
        sum += gd_item(loss);
    }
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    return sum / (double)batches;
}

/* What a run needs to go on. */
static gd_state_dict *state_of(run *r)
{
    gd_state_dict *state = example_must(gd_state_dict_create());
    example_check(gd_state_dict_add_parameters(state, r->model->parameters) == GD_OK &&
                      gd_state_dict_add_optimizer(state, "optimizer", r->adam) == GD_OK &&
                      gd_state_dict_add_rng(state, "order", &r->rng) == GD_OK &&
                      gd_state_dict_add_integers(state, "epochs", &r->epochs, 1) == GD_OK,
                  gd_message());
    return state;
}

/* Trains up to the last epoch, from the checkpoint on if there is one. Every rank reads it; rank 0
 * writes it, which it does not begin to do before all have read. */
static void train(run *r, const example_part *rows, const example_options *options,
                  const char *checkpoint)
{
    gd_state_dict *state = state_of(r);
    bool is_writer = checkpoint != NULL && r->rank == 0;
    if (checkpoint != NULL && access(checkpoint, F_OK) == 0)
        example_check(gd_state_dict_load(state, checkpoint, false) == GD_OK, gd_message());
    example_check(gd_mpi_broadcast(r->model->parameters, 0, MPI_COMM_WORLD) == GD_OK, gd_message());
    while (r->epochs < options->epochs) {
        double loss = train_epoch(r, rows);
        ++r->epochs;
        if (is_writer)
            example_check(gd_state_dict_save(state, checkpoint, 0, NULL) == GD_OK, gd_message());
        if (r->rank == 0)
            example_progress(options, (int)r->epochs, loss);
    }
    gd_state_dict_destroy(state);
}

static void print_scores(run *r, const example_part *test, double seconds)
{
    gd_tape_reset(r->tape);
    gd_tape_set_recording(r->tape, false);
    gd_tensor *logits = gd_module_forward(r->tape, r->model, test->x);
    double loss = gd_item(gd_cross_entropy(r->tape, logits, test->y, NULL));
    printf("{\"ranks\": %d, \"test_accuracy\": %.6f, \"test_log_loss\": %.15g, "
           "\"seconds\": %.6f}\n",
           r->ranks, example_accuracy(r->tape, logits, test->y), loss, seconds);
}

int main(int argc, char **argv)
{
    double start = example_seconds();
    const char *checkpoint = NULL;
    run r = {.batch = 64};
    example_options options = {
        .epochs = 20,
        .file = EXAMPLES_DATA "/digits.csv.gz",
        .own = (const example_option[]){{.name = "--batch",
                                         .help = "rows of a batch, of all ranks (default 64)",
                                         .count = &r.batch},
                                        {.name = "--checkpoint",
                                         .help = "file to go on from, written after each epoch",
                                         .text = &checkpoint},
                                        {.name = NULL}}};
    example_check(MPI_Init(&argc, &argv) == MPI_SUCCESS, "MPI cannot be started");
    atexit(end_others);
    MPI_Comm_rank(MPI_COMM_WORLD, &r.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &r.ranks);
    example_parse(&options, argc, argv);

    gd_table *table = example_must(gd_table_read(options.file, NULL));
    example_part train_rows, test_rows; /* x [N,D], float64; y [N] */
    example_split(table, GD_F64, options.seed, &train_rows, &test_rows);
    example_standardize(&train_rows, &test_rows);

    gd_parameters *parameters = example_must(gd_parameters_create());
    *gd_parameters_rng(parameters) = (gd_rng){.key = options.seed};
    r.model = example_must(
        gd_mlp_create(parameters, "", GD_DIMS(train_rows.x->shape[1], 64, example_classes(table)),
                      &(gd_mlp_options){.dtype = GD_F64}));
    r.adam = example_must(gd_adam_create(parameters, NULL));
    r.rng = (gd_rng){.key = options.seed + 1};
    r.order = example_must(gd_tensor_create(GD_I64, GD_DIMS(train_rows.y->shape[0])));
    r.tape = example_must(gd_tape_create());
    train(&r, &train_rows, &options, checkpoint);
    if (r.rank == 0)
        print_scores(&r, &test_rows, example_seconds() - start);

    gd_tape_destroy(r.tape);
    gd_tensor_destroy(r.order);
    gd_optimizer_destroy(r.adam);
    gd_parameters_destroy(parameters);
    gd_table_destroy(table);
    example_part_destroy(&train_rows);
    example_part_destroy(&test_rows);
    MPI_Finalize();
    return 0;
}
