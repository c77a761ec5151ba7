/* A multi-layer perceptron: which digit is it, from 8 x 8 grey levels?
 *
 * Between the pixels and the scores of the ten digits stands a hidden layer, whose units learn
 * what to look for. Training goes through the rows in small batches, in another order in each
 * epoch: many rough steps instead of one exact one. The learning rate rises, so that early steps
 * do no harm, and falls to 0, so that the last ones settle. Dropout leaves out some of the hidden
 * units at random in every step: what is learnt then cannot hang on a few of them, and fits new
 * rows better. Read main() first.
 *
 * digits_mlp [--seed N] [--epochs N] [--quiet] [FILE] */
#include "common/example.h"

#include <gradus.h>

#include <stdio.h>

/* What a file of your own must hold. */
static void check_pixels(const gd_tensor *x)
{
    bool fits = x->shape[1] == 64;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        fits &= ((const float *)x->data)[i] >= 0 && ((const float *)x->data)[i] <= 16;
    example_check(fits, "each row must hold 64 grey levels from 0 to 16, then the digit");
}

/* Scores [N,10] of x [N,64]: grey levels from 0 to 16, which become 0 to 4. */
static gd_tensor *scores_of(gd_tape *tape, gd_module *model, gd_tensor *x)
{
    gd_tensor *scaled = gd_mul(tape, x, gd_scalar(tape, 1 / 4., GD_F32));
    return gd_module_forward(tape, model, scaled);
}

static void train_model(gd_tape *tape, gd_module *model, const example_part *rows,
                        const example_options *options)
{
    gd_loader_options shuffled = {.batch_size = 64, .shuffle = true, .seed = options->seed};
    gd_loader *loader =
        example_must(gd_loader_create(2, (const gd_tensor *[]){rows->x, rows->y}, &shuffled));
    gd_optimizer *adam = example_must(gd_adam_create(model->parameters, NULL));
    gd_schedule schedule = {.kind = GD_SCHEDULE_ONE_CYCLE,
                            .learning_rate = 0.015,
                            .steps = options->epochs * gd_loader_batches(loader)};
    for (int epoch = 1; epoch <= options->epochs; ++epoch) {
        double sum = 0;
        for (gd_tensor *batch[2]; gd_loader_next(loader, batch);) {
            gd_tape_reset(tape);
            gd_optimizer_zero_grad(adam);
            gd_tensor *loss =
                gd_cross_entropy(tape, scores_of(tape, model, batch[0]), batch[1], NULL);
            example_check(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
            example_check(gd_schedule_step(&schedule, adam) == GD_OK, gd_message());
            gd_optimizer_step(adam);
            sum += gd_item(loss);
        }
        example_progress(options, epoch, sum / (double)gd_loader_batches(loader));
    }
    gd_optimizer_destroy(adam);
    gd_loader_destroy(loader);
}

/* Draws the first few rows whose digit the model gets wrong. */
static void draw_misread(const gd_tensor *x, const gd_tensor *y, const gd_tensor *said)
{
    int drawn = 0;
    for (int64_t i = 0; i < y->shape[0] && drawn < 3; ++i) {
        int64_t truth = ((const int64_t *)y->data)[i], wrong = ((const int64_t *)said->data)[i];
        if (truth == wrong)
            continue;
        const float *pixel = (const float *)x->data + i * x->shape[1];
        printf("a %d, taken for a %d:\n", (int)truth, (int)wrong);
        for (int k = 0; k < x->shape[1]; ++k)
            printf("%c%s", " .:-=+*#@"[(int)(pixel[k] / 2)], k % 8 == 7 ? "\n" : "");
        ++drawn;
    }
}

int main(int argc, char **argv)
{
    double start = example_seconds();
    example_options options = {.epochs = 30, .file = EXAMPLES_DATA "/digits.csv.gz"};
    example_parse(&options, argc, argv);

    gd_table *table = example_must(gd_table_read(options.file, NULL));
    example_part train, test; /* x [N,64], float32; y [N] */
    example_split(table, GD_F32, options.seed, &train, &test);
    check_pixels(train.x);
    check_pixels(test.x);

    gd_parameters *parameters = example_must(gd_parameters_create());
    *gd_parameters_rng(parameters) = (gd_rng){.key = options.seed};
    gd_module *model = example_must(
        gd_mlp_create(parameters, "", GD_DIMS(train.x->shape[1], 128, example_classes(table)),
                      &(gd_mlp_options){.dropout = 0.4}));
    gd_tape *tape = example_must(gd_tape_create());
    example_trace(__FILE__, tape, parameters);
    train_model(tape, model, &train, &options);

    gd_tape_reset(tape);
    gd_tape_set_recording(tape, false);
    gd_parameters_set_training(parameters, false); /* every unit takes part */
    gd_tensor *scores = scores_of(tape, model, test.x);
    double accuracy = example_accuracy(tape, scores, test.y);
    double loss = gd_item(gd_cross_entropy(tape, scores, test.y, NULL));
    if (!options.quiet)
        draw_misread(test.x, test.y, gd_argmax(tape, scores, 1, false));
    example_trace_end();
    gd_tape_destroy(tape);
    gd_parameters_destroy(parameters);
    gd_table_destroy(table);
    example_part_destroy(&train);
    example_part_destroy(&test);
    printf("{\"test_accuracy\": %.6f, \"test_log_loss\": %.6f, \"seconds\": %.6f}\n", accuracy,
           loss, example_seconds() - start);
    return 0;
}
