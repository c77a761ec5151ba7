/* Losses by name, and the weights of rows. */
#include "fit/objective.h"
#include "fit/lists.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- which loss ---- */

static const char *const loss_names[] = {"ce", "nll", "bce", "bce_with_logits", "mse", "focal"};

static gd__loss default_loss(gd_task task)
{
    switch (task) {
    case GD_MULTICLASS:
        return GD__LOSS_CE;
    case GD_REGRESSION:
        return GD__LOSS_MSE;
    default:
        return GD__LOSS_BCE_WITH_LOGITS;
    }
}

static bool fits(gd__loss loss, gd_task task)
{
    switch (loss) {
    case GD__LOSS_CE:
    case GD__LOSS_NLL:
        return task == GD_BINARY || task == GD_MULTICLASS;
    case GD__LOSS_BCE:
    case GD__LOSS_BCE_WITH_LOGITS:
        return task == GD_BINARY || task == GD_MULTILABEL;
    case GD__LOSS_MSE:
        return task == GD_REGRESSION;
    default:
        return task != GD_REGRESSION;
    }
}

static gd_status choose_loss(gd__objective *objective, const gd_fit_options *options, gd_task task)
{
    objective->loss = default_loss(task);
    for (int i = 0; i < 6; ++i)
        if (options->loss != NULL && strcmp(options->loss, loss_names[i]) == 0)
            objective->loss = (gd__loss)i;
    if (!fits(objective->loss, task))
        return gd__fail(GD_ERROR_ARGUMENT, ".loss %s does not fit the task, which is %s",
                        loss_names[objective->loss], gd_task_name(task));
    return GD_OK;
}

/* ---- weights ---- */

static gd_status read_class_weights(gd__objective *objective, const gd_fit_options *options,
                                    const gd_target *target)
{
    const char *list = options->class_weight;
    if (list == NULL)
        return GD_OK;
    if (!gd__has_classes(target))
        return gd__fail(GD_ERROR_ARGUMENT, ".class_weight applies to classes; the task is %s",
                        gd_task_name(target->task));
    objective->class_weights = gd_tensor_create_ones(GD_F64, GD_DIMS(gd_target_width(target)));
    if (objective->class_weights == NULL)
        return gd_message_status();
    objective->balanced = strcmp(list, "balanced") == 0;
    for (gd__weight weight; !objective->balanced && gd__next_weight(&list, &weight);) {
        int64_t class = gd_target_find(target, weight.name, weight.length);
        if (class < 0)
            return gd__fail(GD_ERROR_ARGUMENT, ".class_weight: unknown class \"%.*s\"",
                            (int)weight.length, weight.name);
        ((double *)objective->class_weights->data)[class] = weight.number;
    }
    return GD_OK;
}

/* What makes the positive cells of an output weigh as much as the others. */
static double balance(const gd_target *target, const gd_examples *training, int64_t output)
{
    double counts[2] = {0, 0};
    bool yes;
    int64_t width = gd_target_width(target), j = target->task == GD_BINARY ? 1 : output;
    for (int64_t i = 0; i < gd__examples_rows(training); ++i)
        if (gd__is_known(training, i, width, j, &yes))
            ++counts[yes];
    return counts[0] > 0 && counts[1] > 0 ? counts[0] / counts[1] : 1;
}

static gd_status read_pos_weight(gd__objective *objective, const gd_fit_options *options,
                                 const gd_target *target, const gd_examples *training)
{
    const char *list = options->pos_weight;
    if (list == NULL)
        return GD_OK;
    if (objective->loss != GD__LOSS_BCE_WITH_LOGITS)
        return gd__fail(GD_ERROR_ARGUMENT, ".pos_weight applies only to the loss bce_with_logits");
    objective->pos_weight = gd_tensor_create_ones(GD_F32, GD_DIMS(objective->outputs));
    if (objective->pos_weight == NULL)
        return gd_message_status();
    float *weights = objective->pos_weight->data;
    bool automatic = strcmp(list, "auto") == 0;
    for (int64_t j = 0; automatic && j < objective->outputs; ++j)
        weights[j] = (float)balance(target, training, j);
    for (gd__weight weight; !automatic && gd__next_weight(&list, &weight);) {
        int64_t label =
            weight.name != NULL ? gd_target_find(target, weight.name, weight.length) : -1;
        if (weight.name != NULL && target->task == GD_BINARY)
            return gd__fail(GD_ERROR_ARGUMENT,
                            ".pos_weight X is the weight of the second class, \"%s\"; "
                            ".class_weight takes names",
                            gd_target_label(target, 1));
        if (weight.name != NULL && label < 0)
            return gd__fail(GD_ERROR_ARGUMENT, ".pos_weight: unknown label \"%.*s\"",
                            (int)weight.length, weight.name);
        for (int64_t j = 0; j < objective->outputs; ++j)
            if (weight.name == NULL || j == label)
                weights[j] = (float)weight.number;
    }
    return GD_OK;
}

gd_status gd__objective_create(gd__objective *objective, const gd_fit_options *options,
                               const gd_target *target, const gd_examples *training)
{
    *objective = (gd__objective){
        .label_smoothing = options->label_smoothing.given ? options->label_smoothing.value : 0};
    gd_status status = choose_loss(objective, options, target->task);
    bool of_classes = objective->loss == GD__LOSS_CE || objective->loss == GD__LOSS_NLL;
    objective->outputs = target->task == GD_BINARY && !of_classes ? 1 : gd_target_width(target);
    if (status == GD_OK && objective->label_smoothing > 0 &&
        (objective->loss == GD__LOSS_MSE || objective->loss == GD__LOSS_FOCAL))
        status = gd__fail(GD_ERROR_ARGUMENT, ".label_smoothing cannot be combined with the loss %s",
                          loss_names[objective->loss]);
    if (status == GD_OK)
        status = read_class_weights(objective, options, target);
    if (status == GD_OK)
        status = read_pos_weight(objective, options, target, training);
    return status;
}

void gd__objective_free(gd__objective *objective)
{
    gd_tensor_destroy(objective->pos_weight);
    gd_tensor_destroy(objective->class_weights);
    *objective = (gd__objective){.outputs = 0};
}

/* ---- targets ---- */

/* What the loss takes in place of y: classes as they are, everything else in float32. */
static gd_tensor *make_y(const gd__objective *objective, const gd_target *target,
                         const gd_examples *truth)
{
    int64_t n = truth->y->shape[0], outputs = objective->outputs;
    if (gd__has_classes(target) && outputs > 1)
        return gd_tensor_create_copy(truth->y);
    gd_tensor *y = gd_tensor_create(GD_F32, GD_DIMS(n, outputs));
    double smoothing = objective->label_smoothing;
    for (int64_t i = 0; y != NULL && i < n * outputs; ++i) {
        double value =
            target->task == GD_BINARY ? (double)((const int64_t *)truth->y->data)[i]
            : target->task == GD_MULTILABEL
                ? (double)((const float *)truth->y->data)[i]
                : (((const double *)truth->y->data)[i] - target->mean) / target->deviation;
        if (target->task != GD_REGRESSION)
            value = value * (1 - smoothing) + smoothing / 2;
        ((float *)y->data)[i] = (float)value;
    }
    return y;
}

/* n / (rows of the class); of a class without rows 0. */
static void balance_classes(double *of_class, int64_t classes, const gd_examples *truth)
{
    gd__examples_count(truth, classes, of_class);
    for (int64_t k = 0; k < classes; ++k)
        of_class[k] = of_class[k] > 0 ? (double)truth->y->shape[0] / of_class[k] : 0;
}

static double weight_of(const double *of_row, const double *of_class, const gd_examples *truth,
                        int64_t row)
{
    double weight = of_row != NULL ? of_row[row] : 1;
    return of_class != NULL ? weight * of_class[((const int64_t *)truth->y->data)[row]] : weight;
}

/* A row's weight times that of its class, divided by the mean of that; all 0 in a part whose rows
 * are. */
static gd_tensor *make_weights(const gd__objective *objective, const gd_examples *examples)
{
    int64_t n = gd__examples_rows(examples);
    gd_tensor *weights = gd_tensor_create(GD_F32, GD_DIMS(n, 1));
    const double *of_row = examples->weights != NULL ? examples->weights->data : NULL;
    double *of_class = objective->class_weights != NULL ? objective->class_weights->data : NULL;
    double sum = 0;
    if (objective->balanced)
        balance_classes(of_class, objective->class_weights->shape[0], examples);
    for (int64_t i = 0; i < n; ++i)
        sum += weight_of(of_row, of_class, examples, i);
    for (int64_t i = 0; weights != NULL && sum > 0 && i < n; ++i)
        ((float *)weights->data)[i] =
            (float)(weight_of(of_row, of_class, examples, i) / sum * (double)n);
    return weights;
}

gd_status gd__objective_targets(gd__batch *batch, const gd__objective *objective,
                                const gd_target *target, const gd_examples *examples)
{
    bool weighted = examples->weights != NULL || objective->class_weights != NULL;
    batch->y = make_y(objective, target, examples);
    batch->mask = examples->mask;
    batch->weights = weighted ? make_weights(objective, examples) : NULL;
    return batch->y != NULL && (!weighted || batch->weights != NULL) ? GD_OK : gd_message_status();
}

void gd__batch_free(gd__batch *batch)
{
    gd_tensor_destroy(batch->x);
    gd_tensor_destroy(batch->y);
    gd_tensor_destroy(batch->weights);
    *batch = (gd__batch){.x = NULL};
}

/* ---- the loss ---- */

/* Of each element, or their mean. */
static gd_tensor *plain_loss(gd_tape *tape, const gd__objective *o, gd_tensor *logits,
                             const gd__batch *batch, gd_reduction reduction)
{
    gd_nll_loss_options classes = {.reduction = reduction, .label_smoothing = o->label_smoothing};
    switch (o->loss) {
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
                .reduction = reduction, .mask = batch->mask, .pos_weight = o->pos_weight});
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

static int64_t count_known(const gd__batch *batch, const gd_tensor *losses)
{
    int64_t known = 0, cells = gd_tensor_numel(losses);
    for (int64_t i = 0; batch->mask != NULL && i < cells; ++i)
        known += ((const bool *)batch->mask->data)[i];
    return batch->mask != NULL ? known : cells;
}

gd_tensor *gd__objective_loss(gd_tape *tape, const gd__objective *objective, gd_tensor *logits,
                              const gd__batch *batch)
{
    if (batch->weights == NULL)
        return plain_loss(tape, objective, logits, batch, GD_REDUCTION_MEAN);
    gd_tensor *losses = plain_loss(tape, objective, logits, batch, GD_REDUCTION_NONE);
    if (losses == NULL)
        return NULL;
    int64_t known = count_known(batch, losses);
    gd_tensor *weights = losses->ndim == 1 ? gd_squeeze(tape, batch->weights, 1) : batch->weights;
    gd_tensor *sum = gd_sum(tape, gd_mul(tape, losses, weights), GD_ALL_DIMS, false);
    return gd_mul(tape, sum, gd_scalar(tape, known > 0 ? 1 / (double)known : 0, GD_F32));
}
