/* With one BLAS thread, a warm training step calls malloc nowhere in the process: malloc and its
 * like are replaced here by functions that count. */
#include "../cmocka_all.h"

#include <gradus.h>

#include <stdatomic.h>
#include <stdlib.h>

#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define COUNTING 1
#else
#define COUNTING 0
#endif

static atomic_long calls;

#if COUNTING
/* glibc's own functions under the names that it keeps for this. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
    ++calls;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    ++calls;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    ++calls;
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    ++calls;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    ++calls;
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL;
}
#endif

/* OpenBLAS's own, not in any header that a test may include. */
extern void openblas_set_num_threads(int threads);

static void test_no_malloc(void **state)
{
    (void)state;
#if !COUNTING
    skip();
#endif
    openblas_set_num_threads(1);
    gd_parameters *p = gd_parameters_create();
    gd_tensor *w = gd_parameters_add(p, "w", GD_F32, GD_DIMS(1, 30)),
              *b = gd_parameters_add(p, "b", GD_F32, GD_DIMS(1));
    gd_tensor *x = gd_tensor_create_ones(GD_F32, GD_DIMS(32, 30)),
              *y = gd_tensor_create_ones(GD_F32, GD_DIMS(32, 1));
    gd_optimizer *sgd = gd_sgd_create(p, &(gd_sgd_options){.momentum = 0.9});
    gd_tape *t = gd_tape_create();
    long before = 0;
    assert_true(calls > 0); /* the counting works */
    for (int step = 0; step < 100; ++step) {
        if (step == 4)
            before = calls;
        gd_tape_reset(t);
        gd_optimizer_zero_grad(sgd);
        gd_tensor *logits = gd_linear(t, x, w, b);
        gd_status status = gd_backward(t, gd_binary_cross_entropy_with_logits(t, logits, y, NULL));
        gd_optimizer_step(sgd);
        if (status != GD_OK)
            fail_msg("%s", gd_tape_message(t));
    }
    assert_int_equal(calls, before);
    gd_tape_destroy(t);
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(p);
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
}

/* The same on three threads, with enough to do for each. */
static void test_no_malloc_with_a_pool(void **state)
{
    (void)state;
#if !COUNTING
    skip();
#endif
    openblas_set_num_threads(1);
    gd_pool *pool = gd_pool_create(3);
    gd_parameters *p = gd_parameters_create();
    gd_module *mlp = gd_mlp_create(p, "", GD_DIMS(300, 400, 10), NULL);
    gd_tensor *x = gd_tensor_create_ones(GD_F32, GD_DIMS(500, 300)),
              *y = gd_tensor_create(GD_I64, GD_DIMS(500));
    gd_optimizer *adam = gd_adam_create(p, &(gd_adam_options){.pool = pool});
    gd_tape *t = gd_tape_create();
    gd_tape_set_pool(t, pool);
    long before = 0;
    for (int step = 0; step < 20; ++step) {
        if (step == 4)
            before = calls;
        gd_tape_reset(t);
        gd_optimizer_zero_grad(adam);
        gd_tensor *loss = gd_cross_entropy(t, gd_module_forward(t, mlp, x), y, NULL);
        if (gd_backward(t, loss) != GD_OK)
            fail_msg("%s", gd_tape_message(t));
        gd_optimizer_step(adam);
    }
    assert_int_equal(calls, before);
    gd_tape_destroy(t);
    gd_optimizer_destroy(adam);
    gd_parameters_destroy(p);
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
    gd_pool_destroy(pool);
}

/* One batch of a model with layers of every kind that a table of numbers needs. */
static void train(gd_tape *t, gd_module *model, gd_optimizer *optimizer, gd_schedule *schedule,
                  gd_tensor *const batch[2])
{
    gd_tape_reset(t);
    gd_optimizer_zero_grad(optimizer);
    gd_tensor *logits = gd_module_forward(t, model, batch[0]);
    if (gd_backward(t, gd_cross_entropy(t, logits, batch[1], NULL)) != GD_OK ||
        gd_clip_grad_norm(model->parameters, 1, NULL) != GD_OK ||
        gd_schedule_step(schedule, optimizer) != GD_OK || gd_optimizer_step(optimizer) != GD_OK)
        fail_msg("%s %s", gd_tape_message(t), gd_message());
}

/* Epochs of shuffled batches, the last one smaller. */
static void test_epochs_without_malloc(void **state)
{
    (void)state;
#if !COUNTING
    skip();
#endif
    openblas_set_num_threads(1);
    gd_parameters *p = gd_parameters_create();
    gd_batch_norm_layer *norm = gd_batch_norm_layer_create(p, "norm", 20, NULL);
    gd_module *mlp = gd_mlp_create(p, "mlp", GD_DIMS(20, 16, 3), &(gd_mlp_options){.dropout = 0.5});
    gd_module *model = &gd_sequential_create(p, "", 2, (gd_module *[]){&norm->module, mlp})->module;
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(100, 20)),
              *y = gd_tensor_create(GD_I64, GD_DIMS(100));
    gd_tensor_normal(x, &(gd_rng){.key = 1}, 0, 1);
    gd_loader *loader = gd_loader_create(2, (const gd_tensor *[]){x, y},
                                         &(gd_loader_options){.batch_size = 32, .shuffle = true});
    gd_optimizer *adamw = gd_adamw_create(p, NULL);
    gd_schedule schedule = {.kind = GD_SCHEDULE_COSINE, .learning_rate = 0.01, .steps = 40};
    gd_tape *t = gd_tape_create();
    long before = 0;
    for (int epoch = 0; epoch < 10; ++epoch) {
        if (epoch == 1)
            before = calls;
        for (gd_tensor *batch[2]; gd_loader_next(loader, batch);)
            train(t, model, adamw, &schedule, batch);
    }
    assert_int_equal(schedule.step, 40);
    assert_int_equal(calls, before);
    gd_tape_destroy(t);
    gd_optimizer_destroy(adamw);
    gd_loader_destroy(loader);
    gd_parameters_destroy(p);
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_malloc),
                                       cmocka_unit_test(test_no_malloc_with_a_pool),
                                       cmocka_unit_test(test_epochs_without_malloc)};
    return cmocka_run_group_tests_name("allocations", tests, NULL, NULL) > 0;
}
