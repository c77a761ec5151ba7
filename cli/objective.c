/* Losses by name, and the weights of rows. */
#include "cli/objective.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- which loss ---- */

static const char *const loss_names[] = {"ce", "nll", "bce", "bce_with_logits", "mse", "focal"};

static cli_loss default_loss(cli_task task)
{
    switch (task) {
    case CLI_MULTICLASS:
        return CLI_LOSS_CE;
    case CLI_REGRESSION:
        return CLI_LOSS_MSE;
    default:
        return CLI_LOSS_BCE_WITH_LOGITS;
    }
}

static bool fits(cli_loss loss, cli_task task)
{
    switch (loss) {
    case CLI_LOSS_CE:
    case CLI_LOSS_NLL:
        return task == CLI_BINARY || task == CLI_MULTICLASS;
    case CLI_LOSS_BCE:
    case CLI_LOSS_BCE_WITH_LOGITS:
        return task == CLI_BINARY || task == CLI_MULTILABEL;
    case CLI_LOSS_MSE:
        return task == CLI_REGRESSION;
    default:
        return task != CLI_REGRESSION;
    }
}

static int choose_loss(cli_objective *objective, const cli_options *options, cli_task task)
{
    objective->loss = default_loss(task);
    for (int i = 0; i < 6; ++i)
        if (options->loss != NULL && strcmp(options->loss, loss_names[i]) == 0)
            objective->loss = (cli_loss)i;
    if (!fits(objective->loss, task))
        return cli_usage_error(options, "--loss %s does not fit the task, which is %s",
                               loss_names[objective->loss], cli_task_name(task));
    return CLI_OK;
}

/* ---- weights ---- */

static int read_class_weights(cli_objective *objective, const cli_options *options,
                              const cli_target *target)
{
    const char *list = options->class_weight;
    if (list == NULL)
        return CLI_OK;
    if (target->classes == NULL)
        return cli_usage_error(options, "--class-weight applies to classes; the task is %s",
                               cli_task_name(target->task));
    objective->class_weights = gd_tensor_create_ones(GD_F64, GD_DIMS(cli_target_width(target)));
    if (objective->class_weights == NULL)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    objective->balanced = strcmp(list, "balanced") == 0;
    for (cli_weight weight; !objective->balanced && cli_next_weight(&list, &weight);) {
        int class = cli_target_index(target, weight.name, weight.length);
        if (class < 0)
            return cli_usage_error(options, "--class-weight: unknown class \"%.*s\"",
                                   (int)weight.length, weight.name);
        ((double *)objective->class_weights->data)[class] = weight.number;
    }
    return CLI_OK;
}

/* How many known cells of column j are positive, and how many are not. */
static void count_positive(const cli_target *target, const cli_truth *truth, int64_t j,
                           double counts[2])
{
    int64_t n = truth->y->shape[0], width = cli_target_width(target);
    counts[0] = counts[1] = 0;
    for (int64_t i = 0; i < n; ++i)
        if (target->task == CLI_BINARY)
            ++counts[((const int64_t *)truth->y->data)[i] == 1];
        else if (((const bool *)truth->mask->data)[i * width + j])
            ++counts[((const float *)truth->y->data)[i * width + j] > 0];
}

/* What makes the positive cells of an output weigh as much as the others. */
static double balance(const cli_target *target, const cli_truth *training, int64_t j)
{
    double counts[2];
    count_positive(target, training, j, counts);
    return counts[0] > 0 && counts[1] > 0 ? counts[0] / counts[1] : 1;
}

static int read_pos_weight(cli_objective *objective, const cli_options *options,
                           const cli_target *target, const cli_truth *training)
{
    const char *list = options->pos_weight;
    if (list == NULL)
        return CLI_OK;
    if (objective->loss != CLI_LOSS_BCE_WITH_LOGITS)
        return cli_usage_error(options, "--pos-weight applies only to the loss bce_with_logits");
    objective->pos_weight = gd_tensor_create_ones(GD_F32, GD_DIMS(objective->outputs));
    if (objective->pos_weight == NULL)
        return cli_error(CLI_RUNTIME, "%s", gd_message());
    float *weights = objective->pos_weight->data;
    bool automatic = strcmp(list, "auto") == 0;
    for (int64_t j = 0; automatic && j < objective->outputs; ++j)
        weights[j] = (float)balance(target, training, j);
    for (cli_weight weight; !automatic && cli_next_weight(&list, &weight);) {
        int label = weight.name != NULL ? cli_target_index(target, weight.name, weight.length) : -1;
        if (weight.name != NULL && target->task == CLI_BINARY)
            return cli_usage_error(options,
                                   "--pos-weight X is the weight of the second class, \"%s\"; "
                                   "--class-weight takes names",
                                   cli_target_label(target, 1));
        if (weight.name != NULL && label < 0)
            return cli_usage_error(options, "--pos-weight: unknown label \"%.*s\"",
                                   (int)weight.length, weight.name);
        for (int j = 0; j < (int)objective->outputs; ++j)
            if (weight.name == NULL || j == label)
                weights[j] = (float)weight.number;
    }
    return CLI_OK;
}

int cli_objective_create(cli_objective *objective, const cli_options *options,
                         const cli_target *target, const cli_truth *training)
{
    *objective = (cli_objective){
        .label_smoothing = options->label_smoothing.given ? options->label_smoothing.value : 0};
    int code = choose_loss(objective, options, target->task);
    bool of_classes = objective->loss == CLI_LOSS_CE || objective->loss == CLI_LOSS_NLL;
    objective->outputs = target->task == CLI_BINARY && !of_classes ? 1 : cli_target_width(target);
    if (code == CLI_OK && objective->label_smoothing > 0 &&
        (objective->loss == CLI_LOSS_MSE || objective->loss == CLI_LOSS_FOCAL))
        code = cli_usage_error(options, "--label-smoothing cannot be combined with the loss %s",
                               loss_names[objective->loss]);
    if (code == CLI_OK)
        code = read_class_weights(objective, options, target);
    if (code == CLI_OK)
        code = read_pos_weight(objective, options, target, training);
    return code;
}

void cli_objective_free(cli_objective *objective)
{
    gd_tensor_destroy(objective->pos_weight);
    gd_tensor_destroy(objective->class_weights);
    *objective = (cli_objective){.outputs = 0};
}

/* ---- targets ---- */

/* What the loss takes in place of y: classes as they are, everything else in float32. */
static gd_tensor *make_y(const cli_objective *objective, const cli_target *target,
                         const cli_truth *truth)
{
    int64_t n = truth->y->shape[0], outputs = objective->outputs;
    if (target->classes != NULL && outputs > 1)
        return gd_tensor_create_copy(truth->y);
    gd_tensor *y = gd_tensor_create(GD_F32, GD_DIMS(n, outputs));
    double smoothing = objective->label_smoothing;
    for (int64_t i = 0; y != NULL && i < n * outputs; ++i) {
        double value =
            target->task == CLI_BINARY ? (double)((const int64_t *)truth->y->data)[i]
            : target->task == CLI_MULTILABEL
                ? (double)((const float *)truth->y->data)[i]
                : (((const double *)truth->y->data)[i] - target->mean) / target->deviation;
        if (target->task != CLI_REGRESSION)
            value = value * (1 - smoothing) + smoothing / 2;
        ((float *)y->data)[i] = (float)value;
    }
    return y;
}

/* n / (rows of the class); of a class without rows 0. */
static void balance_classes(double *of_class, int64_t classes, const cli_truth *truth)
{
    cli_truth_count(truth, classes, of_class);
    for (int64_t k = 0; k < classes; ++k)
        of_class[k] = of_class[k] > 0 ? (double)truth->y->shape[0] / of_class[k] : 0;
}

static double weight_of(const double *of_row, const double *of_class, const cli_truth *truth,
                        int64_t row)
{
    double weight = of_row != NULL ? of_row[row] : 1;
    return of_class != NULL ? weight * of_class[((const int64_t *)truth->y->data)[row]] : weight;
}

/* A row's weight times that of its class, divided by the mean of that; all 0 in a part whose rows are. */
static gd_tensor *make_weights(const cli_objective *objective, const cli_truth *truth,
                               const gd_tensor *row_weights)
{
    int64_t n = truth->y->shape[0];
    gd_tensor *weights = gd_tensor_create(GD_F32, GD_DIMS(n, 1));
    const double *of_row = row_weights != NULL ? row_weights->data : NULL;
    double *of_class = objective->class_weights != NULL ? objective->class_weights->data : NULL;
    double sum = 0;
    if (objective->balanced)
        balance_classes(of_class, objective->class_weights->shape[0], truth);
    for (int64_t i = 0; i < n; ++i)
        sum += weight_of(of_row, of_class, truth, i);
    for (int64_t i = 0; weights != NULL && sum > 0 && i < n; ++i)
        ((float *)weights->data)[i] =
            (float)(weight_of(of_row, of_class, truth, i) / sum * (double)n);
    return weights;
}

int cli_objective_targets(cli_examples *examples, const cli_objective *objective,
                          const cli_target *target, const cli_truth *truth,
                          const gd_tensor *row_weights)
{
    bool weighted = row_weights != NULL || objective->class_weights != NULL;
    examples->y = make_y(objective, target, truth);
    examples->mask = truth->mask != NULL ? gd_tensor_create_copy(truth->mask) : NULL;
    examples->weights = weighted ? make_weights(objective, truth, row_weights) : NULL;
    bool ok = examples->y != NULL && (truth->mask == NULL || examples->mask != NULL) &&
              (!weighted || examples->weights != NULL);
    return ok ? CLI_OK : cli_error(CLI_RUNTIME, "%s", gd_message());
}

/* ---- the loss ---- */

/* Of each element, or their mean. */
static gd_tensor *plain_loss(gd_tape *tape, const cli_objective *o, gd_tensor *logits,
                             const cli_examples *batch, gd_reduction reduction)
{
    gd_nll_loss_options classes = {.reduction = reduction, .label_smoothing = o->label_smoothing};
    switch (o->loss) {
    case CLI_LOSS_CE:
        return gd_cross_entropy(tape, logits, batch->y, &classes);
    case CLI_LOSS_NLL:
        return gd_nll_loss(tape, gd_log_softmax(tape, logits, 1), batch->y, &classes);
    case CLI_LOSS_BCE:
        return gd_binary_cross_entropy(
            tape, gd_sigmoid(tape, logits), batch->y,
            &(gd_binary_cross_entropy_options){.reduction = reduction, .mask = batch->mask});
    case CLI_LOSS_BCE_WITH_LOGITS:
        return gd_binary_cross_entropy_with_logits(
            tape, logits, batch->y,
            &(gd_binary_cross_entropy_with_logits_options){
                .reduction = reduction, .mask = batch->mask, .pos_weight = o->pos_weight});
    case CLI_LOSS_MSE:
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

static int64_t count_known(const cli_examples *batch, const gd_tensor *losses)
{
    int64_t known = 0, cells = gd_tensor_numel(losses);
    for (int64_t i = 0; batch->mask != NULL && i < cells; ++i)
        known += ((const bool *)batch->mask->data)[i];
    return batch->mask != NULL ? known : cells;
}

gd_tensor *cli_objective_loss(gd_tape *tape, const cli_objective *objective, gd_tensor *logits,
                              const cli_examples *batch)
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
