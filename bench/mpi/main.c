/* mpirun -n N bench_mpi: what summing the gradients over the ranks adds to a step.
 *
 * Each training case runs with its batch shared out among the ranks. `step` is a rank's own work
 * on its part, in microseconds, and `sum` one gd_mpi_sum_gradients: the least of the repetitions,
 * each as long as the slowest rank took. */
#include "bench/cases.h"
#include "bench/draw.h"

#include <gradus.h>
#include <gradus/mpi.h>

#include <math.h>
#include <stdio.h>

enum { REPETITIONS = 31 };

static int rank, ranks;

static void sum_gradients(gd_parameters *parameters)
{
    if (gd_mpi_sum_gradients(parameters, MPI_COMM_WORLD) != GD_OK) {
        fprintf(stderr, "bench_mpi: %s\n", gd_message());
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
}

/* Microseconds of one step or, with w NULL, of one sum. */
static double time_of(const bench_case *c, workload *w, gd_parameters *parameters)
{
    double least = HUGE_VAL;
    int calls = gd_parameters_numel(parameters) < 200000 ? 20 : 2;
    for (int i = 0; i < REPETITIONS; ++i) {
        MPI_Barrier(MPI_COMM_WORLD);
        double start = MPI_Wtime();
        for (int k = 0; k < calls; ++k)
            if (w != NULL)
                c->step(w);
            else
                sum_gradients(parameters);
        double time = 1e6 * (MPI_Wtime() - start) / calls;
        MPI_Allreduce(MPI_IN_PLACE, &time, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
        least = fmin(least, time);
    }
    return least;
}

static void measure_training(const bench_case *whole)
{
    bench_case c = *whole;
    c.batch = whole->batch / ranks;
    workload *w = c.setup(&c);
    gd_parameters *parameters = workload_parameters(w);
    c.step(w);
    double step = time_of(&c, w, parameters), sum = time_of(&c, NULL, parameters);
    if (rank == 0)
        printf("%-32s %6d %11lld %10.1f %10.1f\n", c.name, ranks,
               (long long)gd_parameters_numel(parameters), step, sum);
}

static void measure_sum(int64_t n)
{
    gd_parameters *parameters = must(gd_parameters_create());
    gd_tensor *x = must(gd_parameters_add(parameters, "x", GD_F32, GD_DIMS(n)));
    x->grad = x->grad_memory; /* not empty */
    sum_gradients(parameters);
    double sum = time_of(NULL, NULL, parameters);
    if (rank == 0)
        printf("%-32s %6d %11lld %10s %10.1f\n", "the sum alone", ranks, (long long)n, "", sum);
    gd_parameters_destroy(parameters);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (rank == 0)
        printf("%-32s %6s %11s %10s %10s\n", "case", "ranks", "parameters", "step us", "sum us");
    for (int i = 0; i < bench_case_count; ++i)
        if (bench_cases[i].limit == LIMIT_TRAINING)
            measure_training(&bench_cases[i]);
    for (int64_t n = 1000; n <= 10000000; n *= 10)
        measure_sum(n);
    MPI_Finalize();
    return 0;
}
