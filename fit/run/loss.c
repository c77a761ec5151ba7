/* The losses by name, class weights, and the targets as the loss takes them. */
#include "fit/run/loss.h"
#include "fit/number_lists.h"

#include <string.h>

/* ---- which loss ---- */

static const struct {
    const char *name;
    bool fits[4]; /* by gd_task: binary, multiclass, multilabel, regression */
} kinds[] = {{"ce", {true, true, false, false}},   {"nll", {true, true, false, false}},
             {"bce", {true, false, true, false}},  {"bce_with_logits", {true, false, true, false}},
             {"mse", {false, false, false, true}}, {"focal", {true, true, true, false}}};
static const gd__loss_kind default_kinds[] = {GD__LOSS_BCE_WITH_LOGITS, GD__LOSS_CE,
                                              GD__LOSS_BCE_WITH_LOGITS, GD__LOSS_MSE};

static bool choose_kind(gd__loss *loss, const gd_fit_options *options, gd_task task)
{
    loss->kind = default_kinds[task];
    for (int i = 0; i < 6; ++i)
        if (options->loss != NULL && strcmp(options->loss, kinds[i].name) == 0)
            loss->kind = (gd__loss_kind)i;
    const char *name = kinds[loss->kind].name;
    if (!kinds[loss->kind].fits[task])
        return gd__fail_false(GD_ERROR_ARGUMENT, ".loss %s does not fit the task, which is %s",
                              name, gd_task_name(task));
    if (loss->label_smoothing > 0 && (loss->kind == GD__LOSS_MSE || loss->kind == GD__LOSS_FOCAL))
        return gd__fail_false(GD_ERROR_ARGUMENT,
                              ".label_smoothing cannot be combined with the loss %s", name);
    return true;
}

/* ---- weights ---- */

/* Reads "a=2,b=5", or a number for all, to [outputs] weights: float64, the caller's. */
static gd_tensor *read_weights(const char *list, const char *option, const char *what,
                               const gd_target *target, int64_t outputs)
{
    gd_tensor *weights = gd_tensor_create_ones(GD_F64, GD_DIMS(outputs));
    for (gd__weight w; weights != NULL && gd__next_weight(&list, &w);) {
        int64_t index = w.name != NULL ? gd_target_find(target, w.name, w.length) : -1;
        if (w.name != NULL && index < 0) {
            gd_tensor_destroy(weights);
            gd_fail(GD_ERROR_ARGUMENT, ".%s: unknown %s \"%.*s\"", option, what, (int)w.length,
                    w.name);
            return NULL;
        }
        for (int64_t j = 0; j < outputs; ++j)
            if (w.name == NULL || j == index)
                ((double *)weights->data)[j] = w.number;
    }
    return weights;
}

static bool read_class_weights(gd__loss *loss, const char *list, const gd_target *target)
{
    if (list == NULL)
        return true;
    if (!gd__has_classes(target))
        return gd__fail_false(GD_ERROR_ARGUMENT, ".class_weight applies to classes; the task is %s",
                              gd_task_name(target->task));
    loss->balanced = strcmp(list, "balanced") == 0;
    if (!loss->balanced)
        loss->class_weights =
            read_weights(list, "class_weight", "class", target, gd_target_width(target));
    return loss->balanced || loss->class_weights != NULL;
}

static bool read_pos_weight(gd__loss *loss, const char *list, const gd_target *target,
                            const gd_examples *training)
{
    if (list == NULL)
        return true;
    if (loss->kind != GD__LOSS_BCE_WITH_LOGITS)
        return gd__fail_false(GD_ERROR_ARGUMENT,
                              ".pos_weight applies only to the loss bce_with_logits");
    if (target->task == GD_BINARY && strchr(list, '=') != NULL)
        return gd__fail_false(GD_ERROR_ARGUMENT,
                              ".pos_weight X is the weight of the second class, \"%s\"; "
                              ".class_weight takes names",
                              gd_target_label(target, 1));
    if (strcmp(list, "auto") == 0) {
        loss->pos_weight = gd_balanced_pos_weight(training->y, training->mask);
        return loss->pos_weight != NULL;
    }
    gd_tensor *weights = read_weights(list, "pos_weight", "label", target, loss->outputs);
    loss->pos_weight = weights != NULL ? gd_tensor_create(GD_F32, GD_DIMS(loss->outputs)) : NULL;
    for (int64_t j = 0; loss->pos_weight != NULL && j < loss->outputs; ++j)
        ((float *)loss->pos_weight->data)[j] = (float)((const double *)weights->data)[j];
    gd_tensor_destroy(weights);
    return loss->pos_weight != NULL;
}

bool gd__loss_create(gd__loss *loss, const gd_fit_options *options, const gd_target *target,
                     const gd_examples *training)
{
    *loss = (gd__loss){.label_smoothing = gd__given(options->label_smoothing, 0)};
    if (!choose_kind(loss, options, target->task))
        return false;
    bool of_classes = loss->kind == GD__LOSS_CE || loss->kind == GD__LOSS_NLL;
    loss->outputs = target->task == GD_BINARY && !of_classes ? 1 : gd_target_width(target);
    return read_class_weights(loss, options->class_weight, target) &&
           read_pos_weight(loss, options->pos_weight, target, training);
}

void gd__loss_free(gd__loss *loss)
{
    gd_tensor_destroy(loss->pos_weight);
    gd_tensor_destroy(loss->class_weights);
    *loss = (gd__loss){.outputs = 0};
}

/* ---- targets ---- */

/* Classes as they are, other targets as float32. */
static gd_tensor *make_y(const gd__loss *loss, const gd_target *target, const gd_examples *e)
{
    int64_t n = e->y->shape[0], outputs = loss->outputs;
    if (gd__has_classes(target) && outputs > 1)
        return gd_tensor_create_copy(e->y);
    gd_tensor *y = gd_tensor_create(GD_F32, GD_DIMS(n, outputs));
    double smoothing = loss->label_smoothing;
    for (int64_t i = 0; y != NULL && i < n * outputs; ++i) {
        double value = target->task == GD_BINARY ? (double)((const int64_t *)e->y->data)[i]
                       : target->task == GD_MULTILABEL
                           ? (double)((const float *)e->y->data)[i]
                           : (((const double *)e->y->data)[i] - target->mean) / target->deviation;
        if (target->task != GD_REGRESSION)
            value = value * (1 - smoothing) + smoothing / 2;
        ((float *)y->data)[i] = (float)value;
    }
    return y;
}

static double weight_of(const double *of_row, const double *of_class, const gd_examples *e,
                        int64_t row)
{
    double weight = of_row != NULL ? of_row[row] : 1;
    return of_class != NULL ? weight * of_class[((const int64_t *)e->y->data)[row]] : weight;
}

/* The weight of each row times that of its class, divided by the mean of these products; 0 if they
 * are all 0. of_class: [classes] float64, or NULL. */
static gd_tensor *make_weights(const gd_tensor *of_class, const gd_examples *examples)
{
    int64_t n = gd__examples_rows(examples);
    gd_tensor *weights = gd_tensor_create(GD_F32, GD_DIMS(n, 1));
    const double *rows = examples->weights != NULL ? examples->weights->data : NULL;
    const double *classes = of_class != NULL ? of_class->data : NULL;
    double sum = 0;
    for (int64_t i = 0; i < n; ++i)
        sum += weight_of(rows, classes, examples, i);
    for (int64_t i = 0; weights != NULL && sum > 0 && i < n; ++i)
        ((float *)weights->data)[i] =
            (float)(weight_of(rows, classes, examples, i) / sum * (double)n);
    return weights;
}

bool gd__batch_of(gd_batch *batch, const gd__loss *loss, const gd_target *target,
                  const gd_examples *examples)
{
    bool weighted = examples->weights != NULL || loss->class_weights != NULL || loss->balanced;
    gd_tensor *balanced = NULL;
    batch->y = make_y(loss, target, examples);
    batch->mask = examples->mask;
    if (loss->balanced)
        balanced = gd_balanced_class_weights(examples->y, gd_target_width(target), GD_F64);
    if (weighted && (!loss->balanced || balanced != NULL))
        batch->weights = make_weights(loss->balanced ? balanced : loss->class_weights, examples);
    gd_tensor_destroy(balanced);
    return batch->y != NULL && (!weighted || batch->weights != NULL);
}

void gd__batch_free(gd_batch *batch)
{
    gd_tensor_destroy(batch->x);
    gd_tensor_destroy(batch->y);
    gd_tensor_destroy(batch->weights);
    *batch = (gd_batch){.x = NULL};
}

/* ---- the loss ---- */

/* The loss of each element, or their mean. */
static gd_tensor *plain_loss(gd_tape *tape, const gd__loss *loss, gd_tensor *logits,
                             const gd_batch *batch, gd_reduction reduction)
{
    gd_nll_loss_options classes = {.reduction = reduction,
                                   .label_smoothing = loss->label_smoothing};
    switch (loss->kind) {
    case GD__LOSS_CE:
        return gd_cross_entropy(tape, logits, batch->y, &classes);
    case GD__LOSS_NLL:
        return gd_nll_loss(tape, gd_log_softmax(tape, logits, 1), batch->y, &classes);
    case GD__LOSS_BCE:
        return gd_binary_cross_entropy(
            tape, gd_sigmoid(tape, logits), batch->y,
            &(gd_binary_cross_entropy_options){.reduction = reduction, .mask = batch->mask});
    case GD__LOSS_BCE_WITH_LOGITS:
        return gd_binary_cross_entropy_with_logits(
            tape, logits, batch->y,
            &(gd_binary_cross_entropy_with_logits_options){
                .reduction = reduction, .mask = batch->mask, .pos_weight = loss->pos_weight});
    case GD__LOSS_MSE:
        return gd_mse_loss(tape, logits, batch->y, &(gd_loss_options){.reduction = reduction});
    default:
        if (batch->y->dtype == GD_I64)
            return gd_softmax_focal_loss(tape, logits, batch->y,
                                         &(gd_softmax_focal_loss_options){.reduction = reduction});
        return gd_sigmoid_focal_loss(
            tape, logits, batch->y,
            &(gd_sigmoid_focal_loss_options){.reduction = reduction, .mask = batch->mask});
    }
}

static int64_t count_known(const gd_batch *batch, const gd_tensor *losses)
{
    int64_t known = 0, cells = gd_tensor_numel(losses);
    for (int64_t i = 0; batch->mask != NULL && i < cells; ++i)
        known += ((const bool *)batch->mask->data)[i];
    return batch->mask != NULL ? known : cells;
}

gd_tensor *gd__loss_compute(gd_tape *tape, const gd__loss *loss, gd_tensor *logits,
                            const gd_batch *batch)
{
    if (batch->weights == NULL)
        return plain_loss(tape, loss, logits, batch, GD_REDUCTION_MEAN);
    gd_tensor *losses = plain_loss(tape, loss, logits, batch, GD_REDUCTION_NONE);
    if (losses == NULL)
        return NULL;
    int64_t known = count_known(batch, losses);
    gd_tensor *weights = losses->ndim == 1 ? gd_squeeze(tape, batch->weights, 1) : batch->weights;
    gd_tensor *sum = gd_sum(tape, gd_mul(tape, losses, weights), GD_ALL_DIMS, false);
    return gd_mul(tape, sum, gd_scalar(tape, known > 0 ? 1 / (double)known : 0, GD_F32));
}
