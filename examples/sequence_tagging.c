/* Tagging every token of sequences of different lengths: padding that does not count.
 *
 * Made-up sentences of 3 to 12 tokens out of 20, in each of which a token's tag depends on the
 * token and the one before it. A batch [N,T] is filled up to its longest sentence with token 0.
 * The loss of each token is cross entropy, [N,T]; what is padding leaves it in one of two ways:
 *     masked_select   takes the losses of real tokens, and their mean is the loss;
 *     mask            the loss's own option, which does not look at padding at all.
 * Both train to the same parameters, and no gradient comes out of the padding, even though its
 * logits are NaN here, as if whoever made the features had left them undefined.
 *
 * sequence_tagging [--seed N] [--epochs N] [--quiet] */
#include "common/example.h"

#include <gradus.h>

#include <math.h>
#include <stdio.h>

enum { TOKENS = 20, TAGS = 4, SENTENCES = 64, LONGEST = 12, WIDTH = 16 };

/* A batch: tokens and the ones before them [N,T], tags [N,T], and what is real [N,T]. */
typedef struct batch {
    gd_tensor *token, *previous, *tag, *real;
} batch;

static batch make_batch(gd_rng *rng)
{
    batch b = {gd_tensor_create(GD_I64, GD_DIMS(SENTENCES, LONGEST)),
               gd_tensor_create(GD_I64, GD_DIMS(SENTENCES, LONGEST)),
               gd_tensor_create(GD_I64, GD_DIMS(SENTENCES, LONGEST)),
               gd_tensor_create(GD_BOOL, GD_DIMS(SENTENCES, LONGEST))};
    gd_tensor *u = gd_tensor_create(GD_F64, GD_DIMS(SENTENCES, LONGEST + 1));
    example_check(b.token && b.previous && b.tag && b.real && u, gd_message());
    example_check(gd_tensor_uniform(u, rng, 0, 1) == GD_OK, gd_message());
    for (int64_t i = 0; i < SENTENCES; ++i) {
        const double *row = (const double *)u->data + i * (LONGEST + 1);
        int64_t length = 3 + (int64_t)(row[LONGEST] * (LONGEST - 2)), before = 0;
        for (int64_t j = 0; j < length; ++j) {
            int64_t at = i * LONGEST + j, token = 1 + (int64_t)(row[j] * (TOKENS - 1));
            ((int64_t *)b.token->data)[at] = token;
            ((int64_t *)b.previous->data)[at] = before;
            ((int64_t *)b.tag->data)[at] = (token + before) % TAGS;
            ((uint8_t *)b.real->data)[at] = 1;
            before = token;
        }
    }
    gd_tensor_destroy(u);
    return b;
}

static void destroy_batch(batch *b)
{
    gd_tensor_destroy(b->token);
    gd_tensor_destroy(b->previous);
    gd_tensor_destroy(b->tag);
    gd_tensor_destroy(b->real);
}

/* The model: two embeddings [TOKENS,WIDTH], of a token and of the one before, then a layer
 * [WIDTH,WIDTH] and one to the tags. In float64, so that what differs is told from rounding. */
enum { TOKEN, PREVIOUS, HIDDEN, HIDDEN_BIAS, OUT, OUT_BIAS, PARAMETERS };

static gd_parameters *make_parameters(uint64_t seed)
{
    static const char *const names[] = {"token",       "previous",   "hidden.weight",
                                        "hidden.bias", "out.weight", "out.bias"};
    static const int64_t shapes[][2] = {{TOKENS, WIDTH}, {TOKENS, WIDTH}, {WIDTH, WIDTH},
                                        {WIDTH},         {TAGS, WIDTH},   {TAGS}};
    gd_rng rng = {.key = seed, .counter = 1 << 20};
    gd_parameters *parameters = gd_parameters_create();
    example_check(parameters != NULL, gd_message());
    for (int k = 0; k < PARAMETERS; ++k) {
        bool bias = shapes[k][1] == 0;
        gd_tensor *p = gd_parameters_add(parameters, names[k], GD_F64, bias ? 1 : 2, shapes[k]);
        example_check(p != NULL, gd_message());
        example_check(bias || gd_tensor_normal(p, &rng, 0, k < HIDDEN ? 1 : 0.25) == GD_OK,
                      gd_message());
    }
    return parameters;
}

/* Logits [N,T,TAGS], NaN in the padding. */
static gd_tensor *logits_of(gd_tape *tape, const gd_parameters *model, const batch *b)
{
    gd_tensor *p[PARAMETERS];
    for (int k = 0; k < PARAMETERS; ++k)
        p[k] = gd_parameters_at(model, k);
    gd_tensor *x = gd_tanh(tape, gd_add(tape, gd_embedding(tape, p[TOKEN], b->token),
                                        gd_embedding(tape, p[PREVIOUS], b->previous)));
    gd_tensor *hidden = gd_tanh(tape, gd_linear(tape, x, p[HIDDEN], p[HIDDEN_BIAS]));
    gd_tensor *logits = gd_linear(tape, hidden, p[OUT], p[OUT_BIAS]);
    gd_tensor *padding = gd_unsqueeze(tape, gd_logical_not(tape, b->real), -1);
    return gd_masked_fill(tape, logits, padding, (double)NAN);
}

/* The classes are dimension 2 of the logits. */
static gd_tensor *loss_by_select(gd_tape *tape, gd_tensor *logits, const batch *b)
{
    gd_cross_entropy_options none = {.reduction = GD_REDUCTION_NONE, .dim = GD_SOME(2)};
    gd_tensor *losses = gd_cross_entropy(tape, logits, b->tag, &none); /* [N,T] */
    return gd_mean(tape, gd_masked_select(tape, losses, b->real), GD_ALL_DIMS, false);
}

static gd_tensor *loss_by_mask(gd_tape *tape, gd_tensor *logits, const batch *b)
{
    gd_cross_entropy_options mask = {.mask = b->real, .dim = GD_SOME(2)};
    return gd_cross_entropy(tape, logits, b->tag, &mask);
}

/* Whether the gradient of the logits [N,T,TAGS] is 0 in the padding and finite elsewhere. */
static bool padding_is_silent(const gd_tensor *gradient, const batch *b)
{
    bool silent = true;
    for (int64_t i = 0; i < gd_tensor_numel(gradient); ++i) {
        double g = ((const double *)gradient->data)[i];
        silent &= ((const uint8_t *)b->real->data)[i / TAGS] ? (bool)isfinite(g) : g == 0;
    }
    return silent;
}

typedef gd_tensor *loss_function(gd_tape *tape, gd_tensor *logits, const batch *b);

/* Trains a model from the seed's start with one of the two losses; the last one is in *last. */
static gd_parameters *train(const example_options *options, const batch *b, loss_function *loss_of,
                            double *last)
{
    gd_tape *tape = gd_tape_create();
    gd_parameters *model = make_parameters(options->seed);
    gd_optimizer *sgd =
        gd_sgd_create(model, &(gd_sgd_options){.learning_rate = GD_SOME(0.5), .momentum = 0.9});
    example_check(tape != NULL && sgd != NULL, gd_message());
    example_trace(__FILE__, tape, model);
    for (int epoch = 1; epoch <= options->epochs; ++epoch) {
        gd_tape_reset(tape);
        gd_optimizer_zero_grad(sgd);
        gd_tensor *logits = logits_of(tape, model, b), *loss = loss_of(tape, logits, b);
        gd_retain_grad(tape, logits);
        example_check(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
        example_check(padding_is_silent(logits->grad, b), "a gradient comes out of the padding");
        gd_optimizer_step(sgd);
        *last = gd_item(loss);
        example_progress(options, epoch, *last);
    }
    example_trace_end();
    gd_optimizer_destroy(sgd);
    gd_tape_destroy(tape);
    return model;
}

/* The share of real tokens that get their tag. */
static double accuracy(const gd_parameters *model, const batch *b)
{
    gd_tape *tape = gd_tape_create();
    example_check(tape != NULL, gd_message());
    gd_tape_set_recording(tape, false);
    gd_tensor *right = gd_eq(tape, gd_argmax(tape, logits_of(tape, model, b), 2, false), b->tag);
    gd_tensor *kept = gd_cast(tape, gd_masked_select(tape, right, b->real), GD_F64);
    gd_tensor *share = gd_mean(tape, kept, GD_ALL_DIMS, false);
    example_check(share != NULL, gd_tape_message(tape));
    double value = gd_item(share);
    gd_tape_destroy(tape);
    return value;
}

/* The largest difference of two models' parameters. */
static double difference(const gd_parameters *a, const gd_parameters *b)
{
    double most = 0;
    for (int k = 0; k < PARAMETERS; ++k) {
        double d = example_difference(gd_parameters_at(a, k), gd_parameters_at(b, k));
        most = most >= d || isnan(most) ? most : d; /* keeps a NaN */
    }
    return most;
}

static int64_t count_padding(const batch *b)
{
    int64_t padding = 0;
    for (int64_t i = 0; i < SENTENCES * LONGEST; ++i)
        padding += ((const uint8_t *)b->real->data)[i] == 0;
    return padding;
}

int main(int argc, char **argv)
{
    example_options options = {.epochs = 200};
    example_parse(&options, argc, argv);
    double by_select = 0, by_mask = 0;
    gd_rng rng = {.key = options.seed};
    batch b = make_batch(&rng);
    gd_parameters *selected = train(&options, &b, loss_by_select, &by_select);
    gd_parameters *masked = train(&options, &b, loss_by_mask, &by_mask);
    int padding = (int)count_padding(&b);
    if (!options.quiet)
        printf("%d sentences, %d places, %d of them padding with NaN for logits\n"
               "padding removed by masked_select: loss %.6f, accuracy %.4f\n"
               "padding removed by the mask:      loss %.6f, accuracy %.4f\n"
               "gradients of the padding: exactly 0 in every step of both\n",
               SENTENCES, SENTENCES * LONGEST, padding, by_select, accuracy(selected, &b), by_mask,
               accuracy(masked, &b));
    printf("{\"loss\": %.9g, \"accuracy\": %.6f, \"padding\": %d, \"largest_difference\": %.3g}\n",
           by_mask, accuracy(masked, &b), padding, difference(selected, masked));
    gd_parameters_destroy(selected);
    gd_parameters_destroy(masked);
    destroy_batch(&b);
    return 0;
}
