/* Layers: norms against PyTorch (tests/fixtures/modules.txt, whose numbers make_modules.py
 * describes), first weights against their distributions, the summary, modes, a module of a user's
 * own. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- against PyTorch ---- */

static gd_tensor *ramp(gd_tape *t, int ndim, const int64_t *shape, double factor)
{
    gd_tensor *x = gd_zeros(t, GD_F64, ndim, shape);
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        ((double *)x->data)[i] = (sin((double)i + 1) + (double)i / 7) * factor;
    return x;
}

static void prepare(gd_tensor *weight, gd_tensor *bias)
{
    for (int64_t i = 0; i < weight->shape[0]; ++i) {
        ((double *)weight->data)[i] = 1 + (double)i / 4;
        ((double *)bias->data)[i] = (double)i / 8;
    }
}

/* x against the line of this name. */
static void check(const char *name, const gd_tensor *x)
{
    char word[64];
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/modules.txt", "r");
    assert_non_null(file);
    do
        assert_int_equal(fscanf(file, "%63s", word), 1);
    while (strcmp(word, name) != 0);
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i) {
        assert_int_equal(fscanf(file, "%63s", word), 1);
        double value = ((double *)x->data)[i], wanted = strtod(word, NULL);
        if (!(fabs(value - wanted) <= 1e-12 * (1 + fabs(wanted))))
            fail_msg("%s[%d] is %.17g, not %.17g", name, (int)i, value, wanted);
    }
    assert_int_equal(fgetc(file), '\n');
    fclose(file);
}

static void run(gd_tape *t, const char *name, gd_module *module, gd_tensor *x, gd_tensor *weight,
                gd_tensor *bias)
{
    const char *const parts[] = {".y", ".x_grad", ".weight_grad", ".bias_grad"};
    x->requires_grad = true;
    gd_zero_grad(weight);
    gd_zero_grad(bias);
    gd_tensor *y = gd_module_forward(t, module, x);
    assert_non_null(y);
    gd_tensor *cotangent = gd_zeros(t, GD_F64, y->ndim, y->shape);
    for (int64_t i = 0; i < gd_tensor_numel(y); ++i)
        ((double *)cotangent->data)[i] = cos((double)i);
    assert_int_equal(gd_backward_with(t, y, &(gd_backward_options){.gradient = cotangent}), GD_OK);
    const gd_tensor *results[] = {y, x->grad, weight->grad, bias->grad};
    for (int k = 0; k < 4; ++k) {
        char line[64];
        snprintf(line, sizeof line, "%s%s", name, parts[k]);
        check(line, results[k]);
    }
}

static void test_layer_norm(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_layer_norm_layer *norm =
        gd_layer_norm_layer_create(p, "norm", 5, &(gd_norm_options){.dtype = GD_F64});
    gd_tape *t = gd_tape_create();
    prepare(norm->weight, norm->bias);
    run(t, "layer_norm", &norm->module, ramp(t, GD_DIMS(2, 3, 5), 1), norm->weight, norm->bias);
    gd_tape_destroy(t);
    gd_parameters_destroy(p);
}

static void test_batch_norm(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_batch_norm_layer *norm = gd_batch_norm_layer_create(
        p, "norm", 4, &(gd_norm_options){.dtype = GD_F64, .momentum = GD_SOME(0.25)});
    gd_tape *t = gd_tape_create();
    prepare(norm->weight, norm->bias);
    run(t, "batch_norm", &norm->module, ramp(t, GD_DIMS(6, 4), 1), norm->weight, norm->bias);
    assert_non_null(gd_module_forward(t, &norm->module, ramp(t, GD_DIMS(3, 4), 2)));
    check("batch_norm.running_mean", norm->running_mean);
    check("batch_norm.running_var", norm->running_var);
    assert_true(*(int64_t *)norm->num_batches_tracked->data == 2);
    assert_null(gd_module_forward(t, &norm->module, ramp(t, GD_DIMS(1, 4), 1)));
    assert_non_null(strstr(gd_tape_message(t),
                           "BatchNorm1d: x [1,4]: in training it must be [N,D] with N above 1"));
    gd_tape_reset(t);
    assert_true(gd_parameters_set_training(p, false));
    run(t, "batch_norm.eval", &norm->module, ramp(t, GD_DIMS(3, 4), 1), norm->weight, norm->bias);
    assert_true(*(int64_t *)norm->num_batches_tracked->data == 2);
    gd_tape_destroy(t);
    gd_parameters_destroy(p);
}

/* Defaults: ones and zeros, and a tenth of the batch in what is kept of it. */
static void test_norm_defaults(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_batch_norm_layer *norm = gd_batch_norm_layer_create(p, "norm", 2, NULL);
    gd_layer_norm_layer *rows = gd_layer_norm_layer_create(p, "rows", 2, NULL);
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_from_data(t, GD_F32, (const float[]){1, 4, 3, 8}, GD_DIMS(2, 2));
    gd_tensor *product = gd_mul(t, norm->weight, norm->running_mean);
    const float *y = gd_module_forward(t, &norm->module, x)->data;
    const float *mean = norm->running_mean->data, *variance = norm->running_var->data;
    assert_true(fabsf(mean[0] - 0.2f) < 1e-7f && fabsf(mean[1] - 0.6f) < 1e-7f);
    assert_true(fabsf(variance[0] - 1.1f) < 1e-6f && fabsf(variance[1] - 1.7f) < 1e-6f);
    assert_true(fabsf(y[0] + 1) < 1e-4f && fabsf(y[3] - 1) < 1e-4f);
    y = gd_module_forward(t, &rows->module, x)->data;
    assert_true(fabsf(y[0] + 1) < 1e-4f && fabsf(y[3] - 1) < 1e-4f);
    /* The statistics were changed in place after the product. */
    assert_int_equal(gd_backward(t, gd_sum(t, product, GD_ALL_DIMS, false)), GD_ERROR_STATE);
    gd_tape_destroy(t);
    gd_parameters_destroy(p);
}

static void refused(gd_tape *t, gd_module *module, gd_tensor *x, const char *message)
{
    assert_null(gd_module_forward(t, module, x));
    const char *found = strstr(gd_tape_message(t), message);
    if (found == NULL || strlen(found) != strlen(message))
        fail_msg("\"%s\" is said, not \"%s\"", gd_tape_message(t), message);
    gd_tape_reset(t);
}

static gd_tensor *count_calls(gd_tape *tape, gd_module *module, gd_tensor *x)
{
    (void)tape;
    ++*(int *)(void *)(module + 1);
    return x;
}

/* What would be broadcast is refused, and changes no statistics. */
static void test_shapes(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_module *layer = &gd_layer_norm_layer_create(p, "layer", 4, NULL)->module;
    gd_batch_norm_layer *norm = gd_batch_norm_layer_create(p, "batch", 4, NULL);
    gd_module *linear = &gd_linear_layer_create(p, "linear", 4, 2, NULL)->module;
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_tensor_create_ones(GD_F32, GD_DIMS(5, 1));
    for (int training = 0; training < 2; ++training) {
        gd_parameters_set_training(p, training);
        refused(t, layer, x, "LayerNorm: x [5,1]: its last dimension must be 4");
        refused(t, &norm->module, x, "BatchNorm1d: x [5,1]: its last dimension must be 4");
        refused(t, layer, gd_scalar(t, 1, GD_F32), "LayerNorm: x []: its last dimension must be 4");
        refused(t, linear, NULL, "Linear: input is NULL");
        refused(t, NULL, x, "module_forward: the module is NULL");
    }
    gd_module *counter =
        gd_module_create(p, sizeof *counter + sizeof(int), "Mine", "", count_calls);
    assert_ptr_equal(gd_module_forward(t, counter, x), x);
    gd_tape_fail(t, GD_ERROR_VALUE, "something before");
    assert_null(gd_module_forward(t, counter, x)); /* is not called */
    assert_int_equal(*(int *)(void *)(counter + 1), 1);
    gd_tape_reset(t);
    gd_tensor *gone = gd_ones(t, GD_F32, GD_DIMS(3, 4));
    gd_tape_reset(t);
    refused(t, &norm->module, gone,
            "BatchNorm1d: input was made before the tape was reset or released: it is gone");
    assert_true(*(int64_t *)norm->num_batches_tracked->data == 0);
    assert_null(gd_module_forward(NULL, linear, x));
    gd_tensor_destroy(x);
    gd_tape_destroy(t);
    gd_parameters_destroy(p);
}

/* ---- first weights ---- */

/* Mean and standard deviation of 120 x 80 are those asked for, and no element is outside the
 * bound. */
static void check_spread(const gd_tensor *w, double std, double bound)
{
    double sum = 0, square = 0, most = 0, n = (double)gd_tensor_numel(w);
    for (int64_t i = 0; i < gd_tensor_numel(w); ++i) {
        double x = (double)((float *)w->data)[i];
        sum += x;
        square += x * x;
        most = fmax(most, fabs(x));
    }
    assert_true(fabs(sum / n) < 4 * std / sqrt(n));
    assert_true(fabs(sqrt(square / n) / std - 1) < 0.03);
    assert_true(most <= bound && (isinf(bound) || most > 0.99 * bound));
}

static void test_first_weights(void **state)
{
    (void)state;
    gd_rng rng = {.key = 3};
    gd_parameters *p = gd_parameters_create();
    gd_linear_layer *linear = gd_linear_layer_create(p, "linear", 80, 120, NULL);
    gd_tensor *w = linear->weight;
    check_spread(w, 1 / sqrt(80.0 * 3), 1 / sqrt(80.0));
    assert_true(((float *)linear->bias->data)[7] != 0 &&
                fabsf(((float *)linear->bias->data)[7]) <= 1 / sqrtf(80));
    assert_int_equal(gd_init_xavier_uniform(w, 2, &rng), GD_OK);
    check_spread(w, 2 * sqrt(2.0 / 200), 2 * sqrt(6.0 / 200));
    assert_int_equal(gd_init_xavier_normal(w, 2, &rng), GD_OK);
    check_spread(w, 2 * sqrt(2.0 / 200), (double)INFINITY);
    assert_int_equal(gd_init_kaiming_uniform(w, 3, &rng), GD_OK);
    check_spread(w, 3 / sqrt(80.0), 3 * sqrt(3 / 80.0));
    assert_int_equal(gd_init_kaiming_normal(w, 3, &rng), GD_OK);
    check_spread(w, 3 / sqrt(80.0), (double)INFINITY);
    assert_int_equal(gd_init_kaiming_normal(linear->bias, 1, &rng), GD_ERROR_SHAPE);
    assert_string_equal(gd_message(),
                        "init_kaiming_normal: a weight has two dimensions or more, not 1");
    /* Each of 8 x 10 positions counts. */
    gd_tensor *kernel = gd_parameters_add(p, "kernel", GD_F32, GD_DIMS(12, 10, 8, 10));
    assert_int_equal(gd_init_kaiming_uniform(kernel, 1, &rng), GD_OK);
    check_spread(kernel, 1 / sqrt(800.0), sqrt(3 / 800.0));
    assert_int_equal(gd_init_xavier_uniform(kernel, 1, &rng), GD_OK);
    check_spread(kernel, sqrt(2 / 1760.0), sqrt(6 / 1760.0));
    gd_embedding_layer *embedding = gd_embedding_layer_create(p, "embedding", 120, 80, GD_F32);
    check_spread(embedding->weight, 1, (double)INFINITY);
    gd_parameters_destroy(p);
}

/* ---- the list ---- */

/* Values, gradients and the buffers of layers are where they belong after the slabs have grown. */
static void test_slabs(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_tensor *first = gd_parameters_add(p, "first", GD_F32, GD_DIMS(3));
    gd_tensor *buffer = gd_parameters_add_buffer(p, "buffer", GD_I64, GD_DIMS(2));
    gd_tape *t = gd_tape_create();
    gd_tensor_fill(first, 7);
    assert_int_equal(gd_backward(t, gd_sum(t, first, GD_ALL_DIMS, false)), GD_OK);
    gd_tensor *square = gd_sum(t, gd_mul(t, first, first), GD_ALL_DIMS, false);
    for (int i = 0; i < 50; ++i) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        gd_tensor *x = gd_parameters_add(p, name, i % 3 == 0 ? GD_F64 : GD_F32, GD_DIMS(i));
        assert_non_null(x);
        assert_true((uintptr_t)x->data % 64 == 0);
        gd_tensor_fill(x, i);
    }
    assert_int_equal(gd_backward(t, square), GD_ERROR_STATE); /* its values have moved */
    for (int i = 0; i < 3; ++i)
        assert_true(((float *)first->data)[i] == 7 && ((float *)first->grad->data)[i] == 1);
    gd_tensor *x = gd_parameters_find(p, "9"), *y = gd_parameters_find(p, "10");
    assert_true(((double *)x->data)[8] == 9 && ((float *)y->data)[0] == 10);
    assert_false(buffer->requires_grad);
    assert_ptr_equal(gd_parameters_find(p, "buffer"), buffer);
    assert_null(gd_parameters_find(p, "nothing"));
    assert_int_equal(gd_parameters_count(p), 52);
    assert_int_equal(gd_parameters_numel(p), 3 + 49 * 50 / 2);
    assert_null(gd_parameters_add_buffer(p, "first", GD_F32, GD_DIMS(1)));
    gd_tape_destroy(t);
    gd_parameters_destroy(p);
}

/* ---- modules ---- */

typedef struct residual {
    gd_module module;
    gd_linear_layer *inner;
    gd_tensor *scale;
} residual;

static gd_tensor *residual_forward(gd_tape *tape, gd_module *module, gd_tensor *x)
{
    residual *r = (residual *)module;
    gd_tensor *y = gd_module_forward(tape, &r->inner->module, x);
    return gd_add(tape, x, gd_mul(tape, r->scale, gd_relu(tape, y)));
}

static void test_own_module_and_summary(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    residual *block = gd_module_create(p, sizeof *block, "Residual", "block", residual_forward);
    block->inner = gd_linear_layer_create(p, "block.inner", 4, 4, NULL);
    block->scale = gd_module_add_parameter(&block->module, "scale", GD_F32, 0, NULL);
    gd_batch_norm_layer *norm = gd_batch_norm_layer_create(p, "norm", 4, NULL);
    gd_dropout_layer *noise = gd_dropout_layer_create(p, "noise", 0.5);
    gd_linear_layer *head =
        gd_linear_layer_create(p, "head", 4, 2, &(gd_linear_options){.no_bias = true});
    gd_sequential *model = gd_sequential_create(
        p, "", 4, (gd_module *[]){&block->module, &norm->module, &noise->module, &head->module});
    gd_parameters_add(p, "temperature", GD_F32, 0, NULL);
    gd_tensor *x = gd_tensor_create_ones(GD_F32, GD_DIMS(1, 4)); /* one row: not in training */
    char text[2000];
    const char *wanted = "layer               output  parameters\n"
                         "block.inner Linear  [1,4]           20\n"
                         "block Residual      [1,4]            1\n"
                         "norm BatchNorm1d    [1,4]            8\n"
                         "noise Dropout       [1,4]            0\n"
                         "head Linear         [1,2]            8\n"
                         "(of no layer)                        1\n"
                         "all                                 38\n";
    int length = gd_summary_format(text, sizeof text, &model->module, x);
    assert_string_equal(text, wanted);
    assert_int_equal(length, strlen(wanted));
    assert_int_equal(gd_summary_format(text, 10, &model->module, x), length);
    assert_string_equal(text, "layer    ");
    assert_true(gd_module_is_training(&model->module)); /* as before */
    assert_int_equal(gd_parameters_numel(p), 38);
    gd_tensor *narrow = gd_tensor_create_ones(GD_F32, GD_DIMS(5, 3));
    assert_int_equal(gd_summary_format(text, sizeof text, &model->module, narrow), -1);
    assert_non_null(strstr(gd_message(), "linear: "));
    assert_int_equal(gd_summary_fprint(stderr, NULL, x), GD_ERROR_ARGUMENT);
    gd_tensor_destroy(narrow);
    gd_tensor_destroy(x);
    gd_parameters_destroy(p);
}

/* A module's name has up to 127 bytes, and a parameter's with it up to 255; neither is cut. */
static void test_long_names(void **state)
{
    (void)state;
    char name[300];
    memset(name, 'n', sizeof name);
    gd_parameters *p = gd_parameters_create();
    name[128] = '\0';
    assert_null(gd_module_create(p, sizeof(gd_module), "Mine", name, count_calls));
    assert_string_equal(
        gd_message(), "module_create: \"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...\" is too long "
                      "for a name");
    assert_null(gd_linear_layer_create(p, name, 2, 2, NULL));
    assert_null(gd_mlp_create(p, name, GD_DIMS(2, 2), NULL));
    assert_int_equal(gd_parameters_count(p), 0);
    name[127] = '\0';
    gd_module *module = gd_module_create(p, sizeof *module, "Mine", name, count_calls);
    assert_string_equal(module->name, name);
    name[127] = 'n';
    name[128] = '\0'; /* with 127 bytes and a dot before them */
    assert_null(gd_module_add_parameter(module, name, GD_F32, 0, NULL));
    name[127] = '\0';
    gd_tensor *x = gd_module_add_parameter(module, name, GD_F32, 0, NULL);
    assert_ptr_equal(gd_parameters_at(p, 0), x);
    assert_int_equal(strlen(gd_parameters_name(p, 0)), 255);
    gd_parameters_destroy(p);
}

static void test_mlp(void **state)
{
    (void)state;
    const char *const names[] = {"net.0.weight", "net.0.bias",   "net.3.weight",
                                 "net.3.bias",   "net.6.weight", "net.6.bias"};
    gd_parameters *p = gd_parameters_create();
    gd_module *mlp = gd_mlp_create(p, "net", GD_DIMS(3, 8, 5, 2),
                                   &(gd_mlp_options){.activation = gd_tanh, .dropout = 0.5});
    assert_non_null(mlp);
    assert_int_equal(gd_parameters_count(p), 6);
    for (int i = 0; i < 6; ++i)
        assert_string_equal(gd_parameters_name(p, i), names[i]);
    assert_true(gd_parameters_find(p, "net.3.weight")->shape[0] == 5);
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_ones(t, GD_F32, GD_DIMS(4, 3));
    gd_parameters_set_training(p, false);
    gd_tensor *y = gd_module_forward(t, mlp, x),
              *h = gd_linear(t, x, gd_parameters_at(p, 0), gd_parameters_at(p, 1));
    h = gd_linear(t, gd_tanh(t, h), gd_parameters_at(p, 2), gd_parameters_at(p, 3));
    h = gd_linear(t, gd_tanh(t, h), gd_parameters_at(p, 4), gd_parameters_at(p, 5));
    assert_memory_equal(y->data, h->data, 32);
    gd_parameters_set_training(p, true);
    uint64_t counter = gd_parameters_rng(p)->counter;
    gd_tensor *noisy = gd_module_forward(t, mlp, x);
    assert_true(memcmp(y->data, noisy->data, 32) != 0);
    assert_true(gd_parameters_rng(p)->counter == counter + 4 * (8 + 5));
    assert_null(gd_mlp_create(p, "net", GD_DIMS(3, 2), NULL)); /* the names are taken */
    assert_null(gd_mlp_create(p, "one", GD_DIMS(3), NULL));
    assert_null(gd_mlp_create(p, "half", GD_DIMS(3, 5, 0), NULL));
    assert_string_equal(gd_message(), "mlp: size 2 is 0; it must be positive");
    assert_int_equal(gd_parameters_count(p), 6); /* nothing of it is left */
    gd_sequential *plain = (gd_sequential *)gd_mlp_create(p, "plain", GD_DIMS(3, 5, 2), NULL);
    assert_int_equal(plain->count, 3); /* no dropout */
    assert_string_equal(plain->modules[1]->kind, "ReLU");
    y = gd_module_forward(t, plain->modules[1], gd_full(t, GD_F32, -2, GD_DIMS(1)));
    assert_true(gd_item(y) == 0);
    assert_null(gd_mlp_create(p, "wet", GD_DIMS(3, 1), &(gd_mlp_options){.dropout = 1}));
    assert_null(gd_linear_layer_create(p, "none", 0, 4, NULL));
    assert_null(gd_module_forward(t, NULL, x));
    gd_tape_destroy(t);
    gd_parameters_destroy(p);
}

/* Half of many elements are 0, the others twice x; the gradient is 0 where they are; a stream
 * that stands where it stood gives the same. */
static void test_dropout(void **state)
{
    (void)state;
    enum { N = 10000 };
    gd_tape *t = gd_tape_create();
    gd_rng rng = {.key = 4}, before = rng;
    gd_tensor *x = gd_ones(t, GD_F32, GD_DIMS(N));
    x->requires_grad = true;
    gd_tensor *y = gd_dropout(t, x, 0.25, &rng);
    assert_int_equal(gd_backward(t, gd_sum(t, y, GD_ALL_DIMS, false)), GD_OK);
    int kept = 0;
    for (int i = 0; i < N; ++i) {
        float value = ((float *)y->data)[i];
        assert_true(value == 0 || value == 1 / 0.75f);
        assert_true(((float *)x->grad->data)[i] == value);
        kept += value != 0;
    }
    assert_true(fabs(kept - 0.75 * N) < 4 * sqrt(0.75 * 0.25 * N));
    assert_true(rng.counter == N);
    gd_tensor *again = gd_dropout(t, x, 0.25, &before), *next = gd_dropout(t, x, 0.25, &rng);
    assert_memory_equal(again->data, y->data, N * sizeof(float));
    assert_true(memcmp(next->data, y->data, N * sizeof(float)) != 0);
    assert_true(gd_item(gd_sum(t, gd_dropout(t, x, 1, &rng), GD_ALL_DIMS, false)) == 0);
    assert_null(gd_dropout(t, x, 0.5, NULL));
    gd_tape_reset(t);
    gd_parameters *p = gd_parameters_create();
    gd_dropout_layer *all = gd_dropout_layer_create(p, "all", 1),
                     *none = gd_dropout_layer_create(p, "none", 0);
    x = gd_ones(t, GD_F32, GD_DIMS(3));
    assert_true(((float *)gd_module_forward(t, &all->module, x)->data)[1] == 0);
    assert_ptr_equal(gd_module_forward(t, &none->module, x), x);
    assert_true(gd_parameters_rng(p)->counter == 3); /* drawn for the first alone */
    assert_null(gd_dropout_layer_create(p, "more", 1.5));
    assert_string_equal(gd_message(), "dropout_layer: the probability 1.5 is outside [0,1]");
    gd_parameters_destroy(p);
    gd_tape_destroy(t);
}

/* An element is kept where the stream's uniform number of its place is below 1 - p. */
static void test_dropout_follows_the_stream(void **state)
{
    (void)state;
    const double p[] = {0, 0.1, 0.5, 0.9};
    gd_tape *t = gd_tape_create();
    for (int k = 0; k < 4; ++k)
        for (int n = 0; n < 8; ++n) {
            gd_rng rng = {.key = 6, .counter = (uint64_t)(5 * k + n)}, same = rng;
            gd_tensor *u = gd_zeros(t, GD_F64, GD_DIMS(995 + n));
            assert_int_equal(gd_tensor_uniform(u, &same, 0, 1), GD_OK);
            gd_tensor *y = gd_dropout(t, gd_ones(t, GD_F64, GD_DIMS(995 + n)), p[k], &rng);
            for (int i = 0; i < 995 + n; ++i)
                assert_true((((double *)y->data)[i] != 0) == (((double *)u->data)[i] < 1 - p[k]));
            assert_true(rng.counter == same.counter);
        }
    gd_tape_destroy(t);
}

int modules_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layer_norm),
                                       cmocka_unit_test(test_batch_norm),
                                       cmocka_unit_test(test_norm_defaults),
                                       cmocka_unit_test(test_shapes),
                                       cmocka_unit_test(test_first_weights),
                                       cmocka_unit_test(test_slabs),
                                       cmocka_unit_test(test_own_module_and_summary),
                                       cmocka_unit_test(test_long_names),
                                       cmocka_unit_test(test_mlp),
                                       cmocka_unit_test(test_dropout),
                                       cmocka_unit_test(test_dropout_follows_the_stream)};
    return cmocka_run_group_tests_name("modules", tests, NULL, NULL);
}
