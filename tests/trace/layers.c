/* Every layer and every loss in a program that trains: replayed bit for bit and proven. */
#include "../cmocka_all.h"
#include "tests.h"
#include "traced.h"

static gd_tensor *drawn(gd_tape *t, uint64_t key, double low, double high, int ndim,
                        const int64_t *shape)
{
    gd_rng rng = {.key = key};
    gd_tensor *x = gd_zeros(t, GD_F32, ndim, shape);
    gd_tensor_uniform(x, &rng, low, high);
    return x;
}

static void must(gd_tape *t, gd_status status)
{
    if (status != GD_OK)
        fail_msg("%s %s", gd_tape_message(t), gd_message());
}

/* Two steps of a model with all layers: embedding, linear, batch norm, activation, dropout, layer
 * norm, an MLP. */
static void train_layers(gd_tape *t, void *context)
{
    (void)context;
    gd_parameters *p = gd_parameters_create();
    gd_embedding_layer *words = gd_embedding_layer_create(p, "words", 7, 4, GD_F32);
    gd_module *model =
        &gd_sequential_create(
             p, "model", 6,
             (gd_module *[]){
                 &gd_linear_layer_create(p, "in", 4, 6, NULL)->module,
                 &gd_batch_norm_layer_create(p, "batch", 6, NULL)->module,
                 &gd_activation_layer_create(p, "gelu", gd_gelu)->module,
                 &gd_dropout_layer_create(p, "drop", 0.3)->module,
                 &gd_layer_norm_layer_create(p, "layer", 6, NULL)->module,
                 gd_mlp_create(p, "mlp", GD_DIMS(6, 5, 3), &(gd_mlp_options){.dropout = 0.2})})
             ->module;
    gd_optimizer *adam = gd_adam_create(p, NULL);
    const int64_t rows[] = {0, 3, 6, 6, 1, 2, 5, 4}, classes[] = {0, 1, 2, 2, 1, 0, 1, 2};
    for (int step = 0; step < 2; ++step) {
        gd_tape_reset(t);
        gd_optimizer_zero_grad(adam);
        gd_tensor *x =
            gd_module_forward(t, &words->module, gd_from_data(t, GD_I64, rows, GD_DIMS(8)));
        gd_tensor *y = gd_module_forward(t, model, x);
        gd_tensor *loss =
            gd_cross_entropy(t, y, gd_from_data(t, GD_I64, classes, GD_DIMS(8)), NULL);
        must(t, gd_backward(t, loss));
        must(t, gd_optimizer_step(adam));
    }
    gd_tape_reset(t);
    gd_optimizer_destroy(adam);
    gd_parameters_destroy(p);
}

/* The sum of all losses of one output, x, or of its rows. */
static void all_losses(gd_tape *t, void *context)
{
    (void)context;
    gd_rng rng = {.key = 9};
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(4, 3));
    gd_tensor_uniform(x, &rng, -1, 1);
    x->requires_grad = true;
    gd_tensor *real = drawn(t, 1, -1, 1, GD_DIMS(4, 3)),
              *share = drawn(t, 2, 0.1, 0.9, GD_DIMS(4, 3));
    gd_tensor *sign =
        gd_where(t, gd_gt(t, share, gd_scalar(t, 0.5, GD_F32)), gd_ones(t, GD_F32, GD_DIMS(4, 3)),
                 gd_full(t, GD_F32, -1, GD_DIMS(4, 3)));
    gd_tensor *class = gd_from_data(t, GD_I64, (const int64_t[]){0, 2, 1, 1}, GD_DIMS(4));
    gd_tensor *side = gd_from_data(t, GD_F32, (const float[]){1, -1, -1, 1}, GD_DIMS(4));
    gd_tensor *bit = gd_cast(t, gd_gt(t, share, gd_scalar(t, 0.5, GD_F32)), GD_F32);
    gd_tensor *losses[] = {
        gd_nll_loss(t, gd_log_softmax(t, x, 1), class, NULL),
        gd_cross_entropy(t, x, class, &(gd_cross_entropy_options){.label_smoothing = 0.1}),
        gd_cross_entropy(t, x, gd_softmax(t, real, 1), NULL),
        gd_softmax_focal_loss(t, x, class, NULL),
        gd_multi_margin_loss(t, x, class, NULL),
        gd_binary_cross_entropy(t, gd_sigmoid(t, x), share, NULL),
        gd_binary_cross_entropy_with_logits(t, x, share, NULL),
        gd_multilabel_soft_margin_loss(t, x, bit, NULL),
        gd_sigmoid_focal_loss(t, x, bit, NULL),
        gd_soft_margin_loss(t, x, sign, NULL),
        gd_mse_loss(t, x, real, NULL),
        gd_l1_loss(t, x, real, NULL),
        gd_smooth_l1_loss(t, x, real, NULL),
        gd_huber_loss(t, x, real, NULL),
        gd_kl_div(t, gd_log_softmax(t, x, 1), gd_softmax(t, real, 1), NULL),
        gd_poisson_nll_loss(t, x, share, NULL),
        gd_gaussian_nll_loss(t, x, real, gd_add(t, share, gd_scalar(t, 0.5, GD_F32)), NULL),
        gd_cosine_embedding_loss(t, x, real, side, NULL),
        gd_triplet_margin_loss(t, x, real, share, NULL),
    };
    gd_tensor *sum = gd_scalar(t, 0, GD_F32);
    for (size_t i = 0; i < sizeof losses / sizeof *losses; ++i)
        sum = gd_add(t, sum, losses[i]);
    must(t, gd_backward(t, sum));
    gd_tape_reset(t);
    gd_tensor_destroy(x);
}

static void check(traced_program program, const char *label)
{
    gd_recording *r = record(program, NULL, NULL);
    assert_null(r->stopped);
    assert_int_equal(count_other_bits(r, label), 0);
    for (int64_t step = 1; step <= r->steps; ++step) {
        verdicts v = prove(r, step, label);
        assert_int_equal(v.wrong + v.unchecked, 0);
        assert_int_equal(v.rounded, 0);
        assert_true(v.right > 100);
    }
    gd_recording_destroy(r);
}

static void test_layers(void **state)
{
    (void)state;
    check(train_layers, "layers");
}

static void test_losses(void **state)
{
    (void)state;
    check(all_losses, "losses");
}

int layers_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_losses),
    };
    return cmocka_run_group_tests_name("layers and losses", tests, NULL, NULL);
}
