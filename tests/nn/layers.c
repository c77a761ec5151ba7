/* Every layer of <gradus/nn.h> has a row below, and each row is tested: gradients of the input
 * and of all parameters, creation that fails halfway, every allocation, checkpoints, the summary.
 * Values are tested in modules.c. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "tests.h"

#include <gradus.h>

#include <string.h>
#include <unistd.h>

static void *linear(gd_parameters *p, const char *name, gd_dtype dtype)
{
    return gd_linear_layer_create(p, name, 3, 2, &(gd_linear_options){.dtype = dtype});
}

static void *embedding(gd_parameters *p, const char *name, gd_dtype dtype)
{
    return gd_embedding_layer_create(p, name, 5, 2, dtype);
}

static void *dropout(gd_parameters *p, const char *name, gd_dtype dtype)
{
    (void)dtype;
    return gd_dropout_layer_create(p, name, 0.5);
}

static void *layer_norm(gd_parameters *p, const char *name, gd_dtype dtype)
{
    return gd_layer_norm_layer_create(p, name, 3, &(gd_norm_options){.dtype = dtype});
}

static void *batch_norm(gd_parameters *p, const char *name, gd_dtype dtype)
{
    return gd_batch_norm_layer_create(p, name, 3, &(gd_norm_options){.dtype = dtype});
}

static void *activation(gd_parameters *p, const char *name, gd_dtype dtype)
{
    (void)dtype;
    return gd_activation_layer_create(p, name, gd_tanh);
}

static void *mlp(gd_parameters *p, const char *name, gd_dtype dtype)
{
    const gd_mlp_options o = {.activation = gd_tanh, .dropout = 0.5, .dtype = dtype};
    return gd_mlp_create(p, name, GD_DIMS(3, 4, 2), &o);
}

static void *sequential(gd_parameters *p, const char *name, gd_dtype dtype)
{
    gd_module *twice[] = {activation(p, name, dtype), activation(p, name, dtype)};
    return twice[0] != NULL && twice[1] != NULL ? gd_sequential_create(p, name, 2, twice) : NULL;
}

/* A small layer, and its input: floats [4,3], or int64 [4,3] in [0,5). */
static const struct row {
    const char *name, *kind; /* kind: in the summary */
    void *(*create)(gd_parameters *p, const char *name, gd_dtype dtype);
    bool of_numbers;
} rows[] = {
#define ROW(name, ...)                                                                             \
    {                                                                                              \
#name, __VA_ARGS__                                                                         \
    }
    ROW(linear_layer, "Linear", linear, false),
    ROW(embedding_layer, "Embedding", embedding, true),
    ROW(dropout_layer, "Dropout", dropout, false),
    ROW(layer_norm_layer, "LayerNorm", layer_norm, false),
    ROW(batch_norm_layer, "BatchNorm1d", batch_norm, false),
    ROW(activation_layer, "Tanh", activation, false),
    ROW(sequential, "Tanh", sequential, false),
    ROW(mlp, "Linear", mlp, false),
};
enum { ROWS = sizeof rows / sizeof *rows, MOST_PARAMETERS = 16 };

static gd_tensor *input_of(const struct row *row, gd_dtype dtype)
{
    gd_rng rng = {.key = 11};
    gd_tensor *x = gd_tensor_create(row->of_numbers ? GD_I64 : dtype, GD_DIMS(4, 3));
    if (!row->of_numbers)
        assert_int_equal(gd_tensor_uniform(x, &rng, -1, 1), GD_OK);
    for (int i = 0; row->of_numbers && i < 12; ++i)
        ((int64_t *)x->data)[i] = i * i % 5;
    return x;
}

/* Twice what the layer gives, as some give the input itself; with the same noise at every
 * evaluation. */
static gd_tensor *evaluate(gd_tape *tape, gd_tensor *const *inputs, int n, void *context)
{
    gd_module *layer = context;
    (void)n;
    *gd_parameters_rng(layer->parameters) = (gd_rng){.key = 5};
    gd_tensor *y = gd_module_forward(tape, layer, inputs[0]);
    return gd_add(tape, y, y);
}

static void test_gradients(void **state)
{
    (void)state;
    for (int k = 0; k < 2 * ROWS; ++k) {
        const struct row *row = &rows[k / 2];
        gd_parameters *p = gd_parameters_create();
        gd_module *layer = row->create(p, "l", GD_F64);
        gd_parameters_set_training(p, k % 2 == 0);
        gd_tensor *inputs[1 + MOST_PARAMETERS] = {input_of(row, GD_F64)};
        int n = 1;
        inputs[0]->requires_grad = !row->of_numbers;
        for (int i = 0; i < gd_parameters_count(p); ++i)
            if (gd_parameters_at(p, i)->requires_grad)
                inputs[n++] = gd_parameters_at(p, i);
        gd_gradcheck_options twice = {.second_order = true};
        if (gd_gradcheck(evaluate, inputs, n, layer, &twice) != GD_OK)
            fail_msg("%s, training %d: %s", row->name, k % 2 == 0, gd_message());
        gd_tensor_destroy(inputs[0]);
        gd_parameters_destroy(p);
    }
}

/* Any of its names is taken: it is not created, and nothing of it stays. */
static void test_names_that_are_taken(void **state)
{
    (void)state;
    for (int k = 0; k < ROWS; ++k) {
        gd_parameters *whole = gd_parameters_create();
        assert_non_null(rows[k].create(whole, "l", GD_F32));
        for (int i = 0; i < gd_parameters_count(whole); ++i) {
            gd_parameters *p = gd_parameters_create();
            gd_tensor *taken =
                gd_parameters_add(p, gd_parameters_name(whole, i), GD_F32, GD_DIMS(2));
            if (rows[k].create(p, "l", GD_F32) != NULL)
                fail_msg("%s takes \"%s\"", rows[k].name, gd_parameters_name(whole, i));
            assert_int_equal(gd_parameters_count(p), 1);
            assert_int_equal(gd_parameters_numel(p), 2);
            assert_true(gd_parameters_at(p, 0) == taken && gd_parameters_rng(p)->counter == 0);
            gd_parameters_destroy(p);
        }
        gd_parameters_destroy(whole);
    }
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    allocations a = {.calls = 0};
    for (int k = 0; k < ROWS; ++k) {
        gd_tensor *x = input_of(&rows[k], GD_F32);
        gd_set_allocator(counting_allocator, &a);
        bool whole = false;
        for (long fail_at = 1; !whole; ++fail_at) {
            a = (allocations){.fail_at = fail_at};
            gd_tape *t = gd_tape_create();
            gd_parameters *p = gd_parameters_create();
            gd_module *layer = p != NULL ? rows[k].create(p, "l", GD_F32) : NULL;
            bool done = t != NULL && layer != NULL && gd_module_forward(t, layer, x) != NULL;
            if (p != NULL && layer == NULL)
                assert_int_equal(gd_parameters_count(p), 0);
            whole = a.calls < fail_at;
            assert_true(done == whole && fail_at < 1000);
            gd_tape_destroy(t);
            gd_parameters_destroy(p);
            assert_int_equal(a.live, 0);
        }
        gd_set_allocator(NULL, NULL);
        gd_tensor_destroy(x);
    }
}

static gd_status save_or_load(gd_parameters *p, const char *path, bool load)
{
    gd_state_dict *state = gd_state_dict_create();
    gd_status status = gd_state_dict_add_parameters(state, p);
    if (status == GD_OK)
        status = load ? gd_state_dict_load(state, path, false)
                      : gd_state_dict_save(state, path, 0, NULL);
    gd_state_dict_destroy(state);
    return status;
}

/* What a layer has become in training is saved: another one that loads it gives the same bits. */
static void test_checkpoints(void **state)
{
    (void)state;
    const char *path = "layers.safetensors";
    for (int k = 0; k < ROWS; ++k) {
        gd_tensor *x = input_of(&rows[k], GD_F32), *y[2];
        gd_tape *t = gd_tape_create();
        gd_parameters *p[2];
        for (int i = 0; i < 2; ++i) {
            p[i] = gd_parameters_create();
            *gd_parameters_rng(p[i]) = (gd_rng){.key = (uint64_t)i};
            gd_module *layer = rows[k].create(p[i], "l", GD_F32);
            if (i == 0)
                assert_non_null(gd_module_forward(t, layer, x));
            assert_int_equal(save_or_load(p[i], path, i == 1), GD_OK);
            gd_parameters_set_training(p[i], false);
            y[i] = gd_module_forward(t, layer, x);
        }
        if (memcmp(y[0]->data, y[1]->data, (size_t)gd_tensor_numel(y[0]) * sizeof(float)) != 0)
            fail_msg("%s: what was loaded gives another result", rows[k].name);
        gd_parameters_destroy(p[0]);
        gd_parameters_destroy(p[1]);
        gd_tape_destroy(t);
        gd_tensor_destroy(x);
        unlink(path);
    }
}

static void test_summary(void **state)
{
    (void)state;
    for (int k = 0; k < ROWS; ++k) {
        char text[2000], row[40];
        gd_tensor *x = input_of(&rows[k], GD_F32);
        gd_parameters *p = gd_parameters_create();
        gd_module *layer = rows[k].create(p, "", GD_F32);
        assert_true(gd_summary_format(text, sizeof text, layer, x) > 0);
        snprintf(row, sizeof row, "%s ", rows[k].kind);
        if (strstr(text, row) == NULL)
            fail_msg("%s: no %s in\n%s", rows[k].name, row, text);
        gd_parameters_destroy(p);
        gd_tensor_destroy(x);
    }
}

int layers_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients), cmocka_unit_test(test_names_that_are_taken),
        cmocka_unit_test(test_every_allocation_may_fail), cmocka_unit_test(test_checkpoints),
        cmocka_unit_test(test_summary)};
    return cmocka_run_group_tests_name("layers", tests, NULL, NULL);
}
