/* Fashion-MNIST: which of ten kinds of clothing is it, from 28 x 28 grey levels? (Xiao, Rasul and
 * Vollgraf 2017)
 *
 * 60000 images are 47 million bytes as they come, and four times that as floats. They stay bytes
 * here: the loader hands out bytes, and what is converted is one batch, on the tape, whose memory
 * the next step uses again. The images are not shipped with Gradus: Debian's package
 * dataset-fashion-mnist installs them. Where they are missing the program says so and ends with
 * status 77, which test harnesses take for "skipped".
 *
 * fashion_mnist [--seed N] [--epochs N] [--quiet] [FOLDER] */
#include "common/example.h"

#include <gradus.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIXELS = 28 * 28, CLASSES = 10, SKIPPED = 77 };

/* The images x [N,28,28] and their classes y [N], both uint8, of one part: "train" or "t10k". */
static example_part load(const char *folder, const char *part)
{
    char images[4096], labels[4096];
    snprintf(images, sizeof images, "%s/%s-images-idx3-ubyte.gz", folder, part);
    snprintf(labels, sizeof labels, "%s/%s-labels-idx1-ubyte.gz", folder, part);
    if (access(images, F_OK) != 0) {
        fprintf(stderr,
                "skipped: there is no %s; apt-get install dataset-fashion-mnist installs it in "
                "/usr/share/datasets/fashion-mnist\n",
                images);
        exit(SKIPPED);
    }
    example_part p = {example_must(gd_idx_read(images)), example_must(gd_idx_read(labels))};
    example_check(p.x->dtype == GD_U8 && p.x->ndim == 3 && p.x->shape[1] == 28 &&
                      p.x->shape[2] == 28 && p.x->shape[0] > 0,
                  "the images must be bytes [N,28,28]");
    example_check(p.y->dtype == GD_U8 && p.y->ndim == 1, "the labels must be bytes [N]");
    return p;
}

/* Scores [N,10] of images [N,28,28]: bytes become numbers from 0 to 1 here. */
static gd_tensor *scores_of(gd_tape *tape, gd_module *model, gd_tensor *images)
{
    gd_tensor *rows = gd_reshape(tape, gd_cast(tape, images, GD_F32), GD_DIMS(-1, PIXELS));
    gd_tensor *x = gd_mul(tape, rows, gd_scalar(tape, 1 / 255., GD_F32));
    return gd_module_forward(tape, model, x);
}

static void train_model(gd_tape *tape, gd_module *model, const example_part *rows,
                        const example_options *options)
{
    gd_loader_options shuffled = {.batch_size = 128, .shuffle = true, .seed = options->seed};
    gd_loader *loader =
        example_must(gd_loader_create(2, (const gd_tensor *[]){rows->x, rows->y}, &shuffled));
    gd_optimizer *adam = example_must(gd_adam_create(model->parameters, NULL));
    int64_t batches = gd_loader_batches(loader);
    gd_schedule schedule = {
        .kind = GD_SCHEDULE_ONE_CYCLE, .learning_rate = 0.003, .steps = options->epochs * batches};
    for (int epoch = 1; epoch <= options->epochs; ++epoch) {
        double sum = 0;
        for (gd_tensor *batch[2]; gd_loader_next(loader, batch);) {
            gd_tape_reset(tape);
            gd_optimizer_zero_grad(adam);
            gd_tensor *y = gd_cast(tape, batch[1], GD_I64);
            gd_tensor *loss = gd_cross_entropy(tape, scores_of(tape, model, batch[0]), y, NULL);
            example_check(gd_backward(tape, loss) == GD_OK, gd_tape_message(tape));
            example_check(gd_schedule_step(&schedule, adam) == GD_OK, gd_message());
            gd_optimizer_step(adam);
            sum += gd_item(loss);
        }
        example_progress(options, epoch, sum / (double)batches);
    }
    gd_optimizer_destroy(adam);
    gd_loader_destroy(loader);
}

/* In batches, too: all test images at once would take as many activations. */
static void test_model(gd_tape *tape, gd_module *model, const example_part *rows, double *accuracy,
                       double *log_loss)
{
    gd_loader *loader = example_must(gd_loader_create(2, (const gd_tensor *[]){rows->x, rows->y},
                                                      &(gd_loader_options){.batch_size = 1000}));
    gd_tape_set_recording(tape, false);
    *accuracy = *log_loss = 0;
    for (gd_tensor *batch[2]; gd_loader_next(loader, batch);) {
        gd_tape_reset(tape);
        gd_tensor *scores = scores_of(tape, model, batch[0]), *y = gd_cast(tape, batch[1], GD_I64);
        double share = (double)batch[1]->shape[0] / (double)rows->y->shape[0];
        *log_loss += share * gd_item(gd_cross_entropy(tape, scores, y, NULL));
        *accuracy += share * example_accuracy(tape, scores, y);
    }
    gd_loader_destroy(loader);
}

int main(int argc, char **argv)
{
    double start = example_seconds(), accuracy, log_loss;
    example_options options = {.epochs = 10, .file = "/usr/share/datasets/fashion-mnist"};
    example_parse(&options, argc, argv);
    example_part train = load(options.file, "train"), test = load(options.file, "t10k");

    gd_parameters *parameters = example_must(gd_parameters_create());
    *gd_parameters_rng(parameters) = (gd_rng){.key = options.seed};
    gd_module *model =
        example_must(gd_mlp_create(parameters, "", GD_DIMS(PIXELS, 256, 128, CLASSES), NULL));
    gd_tape *tape = example_must(gd_tape_create());
    example_trace(__FILE__, tape, parameters);
    train_model(tape, model, &train, &options);
    test_model(tape, model, &test, &accuracy, &log_loss);
    example_trace_end();
    gd_tape_destroy(tape);
    gd_parameters_destroy(parameters);
    example_part_destroy(&train);
    example_part_destroy(&test);
    printf(
        "{\"test_accuracy\": %.6f, \"test_log_loss\": %.6f, \"epochs\": %d, \"seconds\": %.6f}\n",
        accuracy, log_loss, options.epochs, example_seconds() - start);
    return 0;
}
