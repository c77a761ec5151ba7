/* The library gradus_mpi, on as many ranks as mpirun starts: each rank computes its part of a
 * batch, and on a copy of the model the whole of it, as one process does. */
#include "../cmocka_all.h"

#include <gradus.h>
#include <gradus/mpi.h>

#include <math.h>
#include <string.h>

enum { FEATURES = 5, CLASSES = 3, MOST_ROWS = 37 };

static int rank, ranks;

typedef struct model {
    gd_parameters *parameters;
    gd_tensor *weight, *bias, *scale; /* [CLASSES,FEATURES], [CLASSES] float64; [2] float32 */
    gd_tensor *unused;                /* [3] float64 */
    gd_optimizer *adam;
} model;

static model model_of(uint64_t seed)
{
    gd_rng rng = {.key = seed};
    model m = {.parameters = gd_parameters_create()};
    m.weight = gd_parameters_add(m.parameters, "weight", GD_F64, GD_DIMS(CLASSES, FEATURES));
    m.scale = gd_parameters_add(m.parameters, "scale", GD_F32, GD_DIMS(2));
    m.bias = gd_parameters_add(m.parameters, "bias", GD_F64, GD_DIMS(CLASSES));
    m.unused = gd_parameters_add(m.parameters, "unused", GD_F64, GD_DIMS(3));
    gd_tensor *all[] = {m.weight, m.scale, m.bias, m.unused};
    for (int i = 0; i < 4; ++i)
        assert_int_equal(gd_tensor_normal(all[i], &rng, 0, 1), GD_OK);
    m.adam = gd_adam_create(m.parameters, &(gd_adam_options){.weight_decay = GD_SOME(0.1)});
    assert_non_null(m.adam);
    return m;
}

static void destroy(model *m)
{
    gd_optimizer_destroy(m->adam);
    gd_parameters_destroy(m->parameters);
}

typedef struct batch {
    gd_tensor *x, *y; /* [rows,FEATURES], [rows] */
} batch;

static batch batch_of(int64_t rows)
{
    gd_rng rng = {.key = 7};
    batch b = {gd_tensor_create(GD_F64, GD_DIMS(rows, FEATURES)),
               gd_tensor_create(GD_I64, GD_DIMS(rows))};
    assert_int_equal(gd_tensor_normal(b.x, &rng, 0, 1), GD_OK);
    for (int64_t i = 0; i < rows; ++i)
        ((int64_t *)b.y->data)[i] = i * i % CLASSES;
    return b;
}

/* Backward of the mean loss over all `rows`, for those from start to end. Only a part that begins
 * the batch uses `scale`. */
static void backward(gd_tape *tape, const model *m, const batch *b, int64_t start, int64_t end)
{
    gd_tensor x = gd_tensor_slice(b->x, 0, start, end, 1),
              y = gd_tensor_slice(b->y, 0, start, end, 1);
    gd_cross_entropy_options whole = {.denominator = GD_SOME((double)b->x->shape[0])};
    gd_tape_reset(tape);
    gd_optimizer_zero_grad(m->adam);
    gd_tensor *logits = gd_linear(tape, &x, m->weight, m->bias);
    gd_tensor *loss = gd_cross_entropy(tape, logits, &y, &whole);
    if (start == 0) {
        gd_tensor *scale = gd_sum(tape, m->scale, GD_ALL_DIMS, false);
        loss = gd_add(tape, loss, gd_cast(tape, scale, GD_F64));
    }
    if (gd_backward(tape, loss) != GD_OK)
        fail_msg("%s", gd_tape_message(tape));
}

static void assert_close(const gd_tensor *a, const gd_tensor *b, double relative)
{
    double largest = 0;
    assert_true((a != NULL) == (b != NULL));
    if (a == NULL)
        return;
    for (int64_t i = 0; i < gd_tensor_numel(b); ++i)
        largest = fmax(largest, fabs(gd_tensor_at(b, i)));
    for (int64_t i = 0; i < gd_tensor_numel(a); ++i)
        assert_true(fabs(gd_tensor_at(a, i) - gd_tensor_at(b, i)) <= relative * largest);
}

/* Rank r's part ends at rows (r + 1)^2 / ranks^2: the parts are unequal, and of few rows some are
 * empty. */
static int64_t end_of(int64_t rows, int r)
{
    return rows * (r + 1) * (r + 1) / (ranks * ranks);
}

/* Gradients and steps are those of one process, to the rounding of float64. */
static void test_equals_one_process(void **state)
{
    (void)state;
    gd_tape *tape = gd_tape_create();
    const int64_t sizes[] = {MOST_ROWS, 8, 3, 1};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; ++k) {
        batch b = batch_of(sizes[k]);
        model parts = model_of(1), one = model_of(1);
        for (int step = 0; step < 5; ++step) {
            int64_t start = rank > 0 ? end_of(sizes[k], rank - 1) : 0;
            backward(tape, &parts, &b, start, end_of(sizes[k], rank));
            if (gd_mpi_sum_gradients(parts.parameters, MPI_COMM_WORLD) != GD_OK)
                fail_msg("%s", gd_message());
            backward(tape, &one, &b, 0, sizes[k]);
            assert_non_null(parts.weight->grad);
            assert_close(parts.weight->grad, one.weight->grad, 1e-14);
            assert_close(parts.bias->grad, one.bias->grad, 1e-14);
            assert_int_equal(gd_optimizer_step(parts.adam), GD_OK);
            assert_int_equal(gd_optimizer_step(one.adam), GD_OK);
            assert_close(parts.weight, one.weight, 1e-12);
        }
        destroy(&parts);
        destroy(&one);
        gd_tensor_destroy(b.x);
        gd_tensor_destroy(b.y);
    }
    gd_tape_destroy(tape);
}

/* What one rank alone contributes to counts in full; stale numbers of the others do not. What no
 * rank contributes to stays empty, so that weight decay does not move it. */
static void test_empty_gradients(void **state)
{
    (void)state;
    gd_tape *tape = gd_tape_create();
    batch b = batch_of(MOST_ROWS);
    model m = model_of(1), before = model_of(1);
    for (int step = 0; step < 2; ++step) {
        /* The part that begins the batch goes to the first rank, then to the last one, when the
         * first still has the gradient of the step before in its memory. */
        int part = step == 0 ? rank : ranks - 1 - rank;
        int64_t start = part > 0 ? end_of(MOST_ROWS, part - 1) : 0;
        backward(tape, &m, &b, start, end_of(MOST_ROWS, part));
        assert_true((m.scale->grad != NULL) == (start == 0));
        assert_int_equal(gd_mpi_sum_gradients(m.parameters, MPI_COMM_WORLD), GD_OK);
        assert_non_null(m.scale->grad);
        for (int i = 0; i < 2; ++i)
            assert_true(gd_tensor_at(m.scale->grad, i) == 1);
        assert_null(m.unused->grad);
        assert_int_equal(gd_optimizer_step(m.adam), GD_OK);
    }
    assert_memory_equal(m.unused->data, before.unused->data, 3 * sizeof(double));
    gd_optimizer_zero_grad(m.adam); /* on all ranks: nothing is filled */
    assert_int_equal(gd_mpi_sum_gradients(m.parameters, MPI_COMM_WORLD), GD_OK);
    assert_null(m.weight->grad);
    destroy(&m);
    destroy(&before);
    gd_tensor_destroy(b.x);
    gd_tensor_destroy(b.y);
    gd_tape_destroy(tape);
}

/* More parameters than one message tells of. */
static void test_many_parameters(void **state)
{
    (void)state;
    enum { MANY = 2500 };
    gd_parameters *parameters = gd_parameters_create();
    for (int i = 0; i < MANY; ++i) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i);
        gd_tensor *p = i % 7 == 3 ? gd_parameters_add_buffer(parameters, name, GD_F32, GD_DIMS(1))
                                  : gd_parameters_add(parameters, name, GD_F64, GD_DIMS(1));
        assert_non_null(p);
    }
    gd_tape *tape = gd_tape_create();
    for (int i = 0; i < MANY; ++i) /* each is used on one rank */
        if (i % ranks == rank && i % 7 != 3) {
            gd_tensor *p = gd_parameters_at(parameters, i);
            gd_tensor *y = gd_mul(tape, p, gd_scalar(tape, i, GD_F64));
            assert_int_equal(gd_backward(tape, gd_sum(tape, y, GD_ALL_DIMS, false)), GD_OK);
        }
    assert_int_equal(gd_mpi_sum_gradients(parameters, MPI_COMM_WORLD), GD_OK);
    for (int i = 0; i < MANY; ++i) {
        const gd_tensor *p = gd_parameters_at(parameters, i);
        assert_true((p->grad != NULL) == (i % 7 != 3));
        assert_true(p->grad == NULL || gd_tensor_at(p->grad, 0) == i);
    }
    gd_tape_destroy(tape);
    gd_parameters_destroy(parameters);
}

/* All ranks get those of the root, buffers too, and what was recorded with others is refused. */
static void test_broadcast(void **state)
{
    (void)state;
    int root = ranks - 1;
    model m = model_of((uint64_t)rank), of_root = model_of((uint64_t)root);
    gd_tensor *buffer = gd_parameters_add_buffer(m.parameters, "buffer", GD_I64, GD_DIMS(2));
    ((int64_t *)buffer->data)[1] = rank;
    gd_tape *tape = gd_tape_create();
    gd_tensor *product = gd_mul(tape, m.bias, m.bias);
    assert_int_equal(gd_mpi_broadcast(m.parameters, root, MPI_COMM_WORLD), GD_OK);
    assert_memory_equal(m.weight->data, of_root.weight->data, sizeof(double[CLASSES][FEATURES]));
    assert_memory_equal(m.scale->data, of_root.scale->data, sizeof(float[2]));
    assert_int_equal(((int64_t *)buffer->data)[1], root);
    assert_int_equal(gd_backward(tape, gd_sum(tape, product, GD_ALL_DIMS, false)), GD_ERROR_STATE);
    gd_tape_destroy(tape);
    destroy(&m);
    destroy(&of_root);
}

/* On all ranks, although only one of them is different; and nothing is changed. */
static void test_different_lists(void **state)
{
    (void)state;
    const char *const names[] = {"weight", "weight", "other"};
    for (int k = 0; k < 3; ++k) {
        bool odd = rank == ranks - 1;
        gd_parameters *parameters = gd_parameters_create();
        gd_tensor *w = gd_parameters_add(parameters, odd ? names[k] : "weight",
                                         odd && k == 1 ? GD_F32 : GD_F64,
                                         GD_DIMS(odd && k == 0 ? 3 : 2, odd && k == 0 ? 2 : 3));
        gd_tensor_fill(w, rank);
        gd_status status = gd_mpi_broadcast(parameters, 0, MPI_COMM_WORLD);
        assert_int_equal(status, ranks == 1 ? GD_OK : GD_ERROR_SHAPE);
        assert_true(ranks == 1 || strcmp(gd_message(), "mpi_broadcast: the ranks' lists of "
                                                       "parameters differ") == 0);
        assert_true(gd_tensor_at(w, 0) == rank);
        gd_parameters_destroy(parameters);
    }
}

/* An error of MPI comes back as a status, and the communicator's handler is as it was. */
static void test_errors(void **state)
{
    (void)state;
    model m = model_of(0);
    MPI_Errhandler handler;
    assert_int_equal(gd_mpi_broadcast(m.parameters, ranks, MPI_COMM_WORLD), GD_ERROR_STATE);
    assert_ptr_equal(strstr(gd_message(), "mpi_broadcast: MPI_ERR_ROOT"), gd_message());
    MPI_Comm_get_errhandler(MPI_COMM_WORLD, &handler);
    assert_true(handler == MPI_ERRORS_ARE_FATAL);
    assert_int_equal(gd_mpi_broadcast(NULL, 0, MPI_COMM_WORLD), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_mpi_broadcast(m.parameters, -1, MPI_COMM_WORLD), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_mpi_sum_gradients(NULL, MPI_COMM_WORLD), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_mpi_sum_gradients(m.parameters, MPI_COMM_NULL), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_message(), "mpi_sum_gradients: the communicator is MPI_COMM_NULL");
    destroy(&m);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_one_process), cmocka_unit_test(test_empty_gradients),
        cmocka_unit_test(test_many_parameters),    cmocka_unit_test(test_broadcast),
        cmocka_unit_test(test_different_lists),    cmocka_unit_test(test_errors)};
    int failed = cmocka_run_group_tests_name("mpi", tests, NULL, NULL);
    MPI_Finalize();
    return failed > 0;
}
