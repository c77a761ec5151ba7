#include "bench/cases.h"
#include "bench/draw.h"

#include <gradus.h>

#include <stdio.h>
#include <stdlib.h>

gd_pool *bench_pool;

struct workload {
    const bench_case *c;
    gd_tape *tape;
    gd_tensor *in[3]; /* operands of the small cases */
    gd_tensor *out;
    /* The trained ones. */
    gd_tensor *x[BATCHES], *y[BATCHES];
    gd_tensor *weight[MAX_LAYERS], *bias[MAX_LAYERS];
    int layers, batch;
    gd_parameters *parameters;
    gd_optimizer *optimizer;
    double loss;
};

static void must_work(const workload *w, gd_status status)
{
    if (status != GD_OK) {
        fprintf(stderr, "bench: %s: %s\n", w->c->name, gd_tape_message(w->tape));
        exit(1);
    }
}

static workload *create(const bench_case *c)
{
    workload *w = must(calloc(1, sizeof *w));
    w->c = c;
    w->tape = must(gd_tape_create());
    gd_tape_set_pool(w->tape, bench_pool);
    return w;
}

static double loss_of(const workload *w)
{
    return w->loss;
}

/* ---- training: layers with relu between; binary cross entropy, or cross entropy (variant 1) */

static workload *setup_training(const bench_case *c)
{
    workload *w = create(c);
    w->parameters = must(gd_parameters_create());
    for (; w->layers < MAX_LAYERS && c->sizes[w->layers + 1] > 0; ++w->layers) {
        int64_t in = c->sizes[w->layers], out = c->sizes[w->layers + 1];
        char name[32];
        snprintf(name, sizeof name, "weight%d", w->layers);
        w->weight[w->layers] =
            must(gd_parameters_add(w->parameters, name, GD_F32, GD_DIMS(out, in)));
        snprintf(name, sizeof name, "bias%d", w->layers);
        w->bias[w->layers] = must(gd_parameters_add(w->parameters, name, GD_F32, GD_DIMS(out)));
        draw_layer(w->weight[w->layers], w->bias[w->layers], w->layers);
    }
    gd_adam_options adam = {.pool = bench_pool};
    gd_sgd_options sgd = {
        .learning_rate = GD_SOME(0.01), .momentum = c->momentum, .pool = bench_pool};
    w->optimizer =
        must(c->adam ? gd_adam_create(w->parameters, &adam) : gd_sgd_create(w->parameters, &sgd));
    for (int i = 0; i < BATCHES; ++i) {
        w->x[i] = draw_batch(c->batch, c->sizes[0], i);
        w->y[i] = (c->variant == 1 ? draw_classes : draw_labels)(c->batch, c->sizes[w->layers],
                                                                 200 + (uint64_t)i);
    }
    return w;
}

static void step_training(workload *w)
{
    gd_tape *t = w->tape;
    gd_tape_reset(t);
    gd_optimizer_zero_grad(w->optimizer);
    gd_tensor *x = w->x[w->batch];
    for (int i = 0; i < w->layers; ++i) {
        x = gd_linear(t, x, w->weight[i], w->bias[i]);
        if (i + 1 < w->layers)
            x = gd_relu(t, x);
    }
    gd_tensor *y = w->y[w->batch];
    gd_tensor *loss = w->c->variant == 1 ? gd_cross_entropy(t, x, y, NULL)
                                         : gd_binary_cross_entropy_with_logits(t, x, y, NULL);
    must_work(w, gd_backward(t, loss));
    gd_optimizer_step(w->optimizer);
    w->loss = gd_item(loss);
    w->batch = (w->batch + 1) % BATCHES;
}

gd_parameters *workload_parameters(workload *w)
{
    return w->parameters;
}

/* ---- chains of 1000 small ops ---- */

static workload *setup_chain(const bench_case *c)
{
    workload *w = create(c);
    int64_t size = c->sizes[0];
    int ndim = size > 0;
    w->in[0] = must(gd_tensor_create_ones(GD_F32, ndim, &size));
    w->in[1] = must(gd_tensor_create_full(GD_F32, 0.999, ndim, &size));
    w->in[2] = must(gd_tensor_create_full(GD_F32, 0.001, ndim, &size));
    w->in[0]->requires_grad = true;
    return w;
}

static gd_tensor *chain(workload *w)
{
    gd_tensor *x = w->in[0];
    for (int i = 0; i < 500; ++i) {
        x = gd_mul(w->tape, x, w->in[1]);
        x = gd_add(w->tape, x, w->in[2]);
    }
    return x;
}

static void step_chain(workload *w)
{
    gd_tape_reset(w->tape);
    gd_zero_grad(w->in[0]);
    gd_tensor *x = chain(w);
    if (w->c->sizes[0] > 0)
        x = gd_sum(w->tape, x, GD_ALL_DIMS, false);
    must_work(w, gd_backward(w->tape, x));
    w->loss = gd_item(x);
}

static void step_chain_nograd(workload *w)
{
    gd_tape_reset(w->tape);
    gd_tape_set_recording(w->tape, false);
    gd_tensor *x = chain(w);
    must_work(w, gd_tape_status(w->tape));
    w->loss = gd_item(x);
}

/* ---- single ops and losses ---- */

static workload *setup_bcel(const bench_case *c)
{
    workload *w = create(c);
    w->in[0] = draw_normal(GD_DIMS(c->sizes[0], c->sizes[1]), 1);
    w->in[1] = draw_labels(c->sizes[0], c->sizes[1], 2);
    w->in[0]->requires_grad = true;
    return w;
}

static void step_bcel(workload *w)
{
    gd_tape_reset(w->tape);
    gd_zero_grad(w->in[0]);
    gd_tensor *loss = gd_binary_cross_entropy_with_logits(w->tape, w->in[0], w->in[1], NULL);
    must_work(w, gd_backward(w->tape, loss));
    w->loss = gd_item(loss);
}

/* Cross entropy of [N,C] logits with classes. */
static workload *setup_ce(const bench_case *c)
{
    workload *w = create(c);
    w->in[0] = draw_normal(GD_DIMS(c->sizes[0], c->sizes[1]), 1);
    w->in[1] = draw_classes(c->sizes[0], c->sizes[1], 2);
    w->in[0]->requires_grad = true;
    return w;
}

static void step_ce(workload *w)
{
    gd_tape_reset(w->tape);
    gd_zero_grad(w->in[0]);
    gd_tensor *loss = gd_cross_entropy(w->tape, w->in[0], w->in[1], NULL);
    must_work(w, gd_backward(w->tape, loss));
    w->loss = gd_item(loss);
}

/* masked_select, summed up; variant 1: the mean over what a mask keeps of bcel's element
 * losses. */
static workload *setup_masked(const bench_case *c)
{
    workload *w = c->variant == 1 ? setup_bcel(c) : create(c);
    if (c->variant == 0)
        w->in[0] = draw_normal(GD_DIMS(c->sizes[0], c->sizes[1]), 1);
    w->in[2] = draw_mask(GD_DIMS(c->sizes[0], c->sizes[1]), 3);
    w->in[0]->requires_grad = true;
    return w;
}

static void step_masked(workload *w)
{
    gd_tape *t = w->tape;
    gd_tape_reset(t);
    gd_zero_grad(w->in[0]);
    gd_binary_cross_entropy_with_logits_options each = {.reduction = GD_REDUCTION_NONE};
    gd_tensor *x = w->in[0], *loss;
    if (w->c->variant == 1) {
        x = gd_binary_cross_entropy_with_logits(t, x, w->in[1], &each);
        loss = gd_mean(t, gd_masked_select(t, x, w->in[2]), GD_ALL_DIMS, false);
    } else {
        loss = gd_sum(t, gd_masked_select(t, x, w->in[2]), GD_ALL_DIMS, false);
    }
    must_work(w, gd_backward(t, loss));
    w->loss = gd_item(loss);
}

/* relu(x w + b); variant 1: with gradients of all three. */
static workload *setup_elementwise(const bench_case *c)
{
    workload *w = create(c);
    for (int i = 0; i < 3; ++i) {
        w->in[i] = draw_normal(GD_DIMS(c->sizes[0]), (uint64_t)i);
        w->in[i]->requires_grad = c->variant == 1;
    }
    return w;
}

static void step_elementwise(workload *w)
{
    gd_tape *t = w->tape;
    gd_tape_reset(t);
    for (int i = 0; i < 3; ++i)
        gd_zero_grad(w->in[i]);
    gd_tensor *y = gd_relu(t, gd_add(t, gd_mul(t, w->in[0], w->in[1]), w->in[2]));
    if (w->c->variant == 1) {
        y = gd_sum(t, y, GD_ALL_DIMS, false);
        must_work(w, gd_backward(t, y));
    }
    must_work(w, gd_tape_status(t));
    w->loss = (double)((const float *)y->data)[0];
}

/* Adam's step alone, on one large parameter. */
static workload *setup_adam(const bench_case *c)
{
    workload *w = create(c);
    w->parameters = must(gd_parameters_create());
    w->in[0] = must(gd_parameters_add(w->parameters, "x", GD_F32, GD_DIMS(c->sizes[0])));
    gd_tensor_copy(w->in[0], draw_normal(GD_DIMS(c->sizes[0]), 1));
    w->optimizer = must(gd_adam_create(w->parameters, &(gd_adam_options){.pool = bench_pool}));
    gd_tensor *gradient = draw_normal(GD_DIMS(c->sizes[0]), 2); /* of the sum of gradient x */
    must_work(w, gd_backward(w->tape, gd_sum(w->tape, gd_mul(w->tape, w->in[0], gradient),
                                             GD_ALL_DIMS, false)));
    return w;
}

static void step_adam(workload *w)
{
    gd_optimizer_step(w->optimizer);
    w->loss = (double)((const float *)w->in[0]->data)[0];
}

static workload *setup_unary(const bench_case *c)
{
    workload *w = create(c);
    w->in[0] = draw_normal(GD_DIMS(c->sizes[0]), 1);
    return w;
}

static void step_unary(workload *w)
{
    static gd_tensor *(*const functions[])(gd_tape *, gd_tensor *) = {gd_exp, gd_tanh, gd_sigmoid};
    gd_tape_reset(w->tape);
    gd_tensor *y = functions[w->c->variant](w->tape, w->in[0]);
    must_work(w, gd_tape_status(w->tape));
    w->loss = (double)((const float *)y->data)[0];
}

static workload *setup_matmul(const bench_case *c)
{
    workload *w = create(c);
    for (int i = 0; i < 2; ++i) {
        w->in[i] = draw_normal(GD_DIMS(c->sizes[0], c->sizes[0]), (uint64_t)i);
        w->in[i]->requires_grad = true;
    }
    w->in[2] = must(gd_tensor_create_ones(GD_F32, GD_DIMS(c->sizes[0], c->sizes[0])));
    return w;
}

static void step_matmul(workload *w)
{
    gd_tape_reset(w->tape);
    gd_zero_grad(w->in[0]);
    gd_zero_grad(w->in[1]);
    gd_tensor *y = gd_matmul(w->tape, w->in[0], w->in[1]);
    must_work(w, gd_backward_with(w->tape, y, &(gd_backward_options){.gradient = w->in[2]}));
    w->loss = (double)((const float *)y->data)[0];
}

#define TRAINING                                                                                   \
    .setup = setup_training, .step = step_training, .loss = loss_of, .limit = LIMIT_TRAINING
#define CLASSES TRAINING, .variant = 1
#define CHAIN   .setup = setup_chain, .loss = loss_of, .ops = 1000
#define BCEL    .setup = setup_bcel, .step = step_bcel, .loss = loss_of, .limit = LIMIT_BCEL
#define CE      .setup = setup_ce, .step = step_ce, .loss = loss_of, .limit = LIMIT_CE
#define MASKED  .setup = setup_masked, .step = step_masked, .loss = loss_of
#define ELEMENTWISE                                                                                \
    .setup = setup_elementwise, .step = step_elementwise, .loss = loss_of,                         \
    .limit = LIMIT_ELEMENTWISE
#define UNARY  .setup = setup_unary, .step = step_unary, .loss = loss_of, .sizes = {1 << 20}
#define MATMUL .setup = setup_matmul, .step = step_matmul, .loss = loss_of, .limit = LIMIT_MATMUL

const bench_case bench_cases[] = {
    {"logreg_30_b32_sgd", TRAINING, .sizes = {30, 1}, .batch = 32},
    {"multilabel_294_128_6_b32_sgdm", TRAINING, .sizes = {294, 128, 6}, .batch = 32,
     .momentum = 0.9},
    {"multilabel_294_128_6_b32_adam", TRAINING, .sizes = {294, 128, 6}, .batch = 32, .adam = true},
    {"mlp_64_128_10_b64_adam", CLASSES, .sizes = {64, 128, 10}, .batch = 64, .adam = true},
    {"mlp_784_128_10_b64_sgdm", CLASSES, .sizes = {784, 128, 10}, .batch = 64, .momentum = 0.9},
    {"mlp_784_512_512_10_b256_sgdm", CLASSES, .sizes = {784, 512, 512, 10}, .batch = 256,
     .momentum = 0.9},
    {"scalar_chain_1000", CHAIN, .step = step_chain},
    {"vec32_chain_1000", CHAIN, .step = step_chain, .sizes = {32}},
    {"vec1024_chain_1000", CHAIN, .step = step_chain, .sizes = {1024}},
    {"scalar_chain_1000_nograd", CHAIN, .step = step_chain_nograd},
    {"bcel_4096x1000", BCEL, .sizes = {4096, 1000}},
    {"bcel_32x6", BCEL, .sizes = {32, 6}},
    {"ce_4096x1000", CE, .sizes = {4096, 1000}},
    {"ce_64x32000", CE, .sizes = {64, 32000}},
    {"ce_64x10", CE, .sizes = {64, 10}},
    {"masked_select_4M", MASKED, .sizes = {1, 4 << 20}, .limit = LIMIT_MASKED_SELECT},
    {"masked_bcel_4096x1000", MASKED, .sizes = {4096, 1000}, .variant = 1,
     .limit = LIMIT_MASKED_BCEL},
    {"relu_xw_b_16M_fwd", ELEMENTWISE, .sizes = {16 << 20}},
    {"relu_xw_b_16M_fwdbwd", ELEMENTWISE, .sizes = {16 << 20}, .variant = 1},
    {"relu_xw_b_64K_fwdbwd", ELEMENTWISE, .sizes = {1 << 16}, .variant = 1},
    {"adam_10M", .setup = setup_adam, .step = step_adam, .loss = loss_of, .limit = LIMIT_ADAM,
     .sizes = {10000000}},
    {"exp_1M_fwd", UNARY, .variant = 0, .limit = LIMIT_EXP},
    {"tanh_1M_fwd", UNARY, .variant = 1, .limit = LIMIT_TANH},
    {"sigmoid_1M_fwd", UNARY, .variant = 2, .limit = LIMIT_SIGMOID},
    {"matmul_512_fwdbwd", MATMUL, .sizes = {512}},
    {"matmul_1024_fwdbwd", MATMUL, .sizes = {1024}},
};
const int bench_case_count = (int)(sizeof bench_cases / sizeof *bench_cases);

/* How time grows: a network 64 -> 128 -> 10 in batches of 64, with one of its sizes changed, and
 * cross entropy of more and more rows. The names are KIND=SIZE. */
#define NETWORK CLASSES, .adam = true
#define WIDTH(n)                                                                                   \
    {                                                                                              \
        "width=" #n, NETWORK, .sizes = {64, n, 10}, .batch = 64                                    \
    }
#define BATCH(n)                                                                                   \
    {                                                                                              \
        "batch=" #n, NETWORK, .sizes = {64, 128, 10}, .batch = n                                   \
    }
#define DEPTH(n, ...)                                                                              \
    {                                                                                              \
        "depth=" #n, NETWORK, .sizes = {64, __VA_ARGS__, 10}, .batch = 64                          \
    }
#define ROWS(n)                                                                                    \
    {                                                                                              \
        "rows=" #n, CE, .sizes = { n, 10 }                                                         \
    }

const bench_case sweep_cases[] = {
    WIDTH(8),
    WIDTH(32),
    WIDTH(128),
    WIDTH(512),
    WIDTH(2048),
    DEPTH(1, 128),
    DEPTH(2, 128, 128),
    DEPTH(4, 128, 128, 128, 128),
    DEPTH(8, 128, 128, 128, 128, 128, 128, 128, 128),
    BATCH(1),
    BATCH(4),
    BATCH(16),
    BATCH(64),
    BATCH(256),
    BATCH(1024),
    ROWS(1),
    ROWS(10),
    ROWS(100),
    ROWS(1000),
    ROWS(10000),
    ROWS(100000),
    ROWS(1000000),
};
const int sweep_case_count = (int)(sizeof sweep_cases / sizeof *sweep_cases);
