#include "table.h"

#include "../cmocka_all.h"
#include "../comparing.h"

#include <string.h>

/* ---- the callers */

static gd_optional number(const loss_call *a, const char *name)
{
    return option_of(&a->c, name);
}

static gd_tensor *tensor(const loss_call *a, const char *name)
{
    int k = tensor_of(&a->c, name);
    return k >= 0 ? a->x[k] : NULL;
}

#define COMMON                                                                                     \
    .reduction = a->common.reduction, .mask = a->common.mask,                                      \
    .denominator = a->common.denominator, .count_out = a->common.count_out,                        \
    .nan_when_empty = a->common.nan_when_empty

/* A caller of gd_NAME(tape, input, target, &options). */
#define PAIR(name, ...)                                                                            \
    static gd_tensor *name(const loss_call *a)                                                     \
    {                                                                                              \
        return gd_##name(a->tape, tensor(a, "input"), tensor(a, "target"), __VA_ARGS__);           \
    }
PAIR(nll_loss, &(gd_nll_loss_options){
                   COMMON, .weight = tensor(a, "weight"), .ignore_index = number(a, "ignore_index"),
                   .label_smoothing = number(a, "label_smoothing").value, .dim = number(a, "dim")})
PAIR(cross_entropy,
     &(gd_cross_entropy_options){
         COMMON, .weight = tensor(a, "weight"), .ignore_index = number(a, "ignore_index"),
         .label_smoothing = number(a, "label_smoothing").value, .dim = number(a, "dim")})
PAIR(softmax_focal_loss,
     &(gd_softmax_focal_loss_options){COMMON, .weight = tensor(a, "weight"),
                                      .ignore_index = number(a, "ignore_index"),
                                      .gamma = number(a, "gamma"), .dim = number(a, "dim")})
PAIR(multi_margin_loss,
     &(gd_multi_margin_loss_options){COMMON, .weight = tensor(a, "weight"),
                                     .margin = number(a, "margin"), .p = (int)number(a, "p").value})
PAIR(binary_cross_entropy,
     &(gd_binary_cross_entropy_options){COMMON, .weight = tensor(a, "weight")})
PAIR(binary_cross_entropy_with_logits,
     &(gd_binary_cross_entropy_with_logits_options){COMMON, .weight = tensor(a, "weight"),
                                                    .pos_weight = tensor(a, "pos_weight")})
PAIR(multilabel_soft_margin_loss,
     &(gd_multilabel_soft_margin_loss_options){COMMON, .weight = tensor(a, "weight")})
PAIR(sigmoid_focal_loss, &(gd_sigmoid_focal_loss_options){COMMON, .gamma = number(a, "gamma"),
                                                          .alpha = number(a, "alpha")})
PAIR(soft_margin_loss, &a->common)
PAIR(mse_loss, &a->common)
PAIR(l1_loss, &a->common)
PAIR(smooth_l1_loss, &(gd_smooth_l1_loss_options){COMMON, .beta = number(a, "beta")})
PAIR(huber_loss, &(gd_huber_loss_options){COMMON, .delta = number(a, "delta")})
PAIR(kl_div, &(gd_kl_div_options){COMMON, .log_target = number(a, "log_target").value != 0})
PAIR(poisson_nll_loss,
     &(gd_poisson_nll_loss_options){COMMON, .of_rate = number(a, "of_rate").value != 0,
                                    .full = number(a, "full").value != 0, .eps = number(a, "eps")})

static gd_tensor *gaussian_nll_loss(const loss_call *a)
{
    return gd_gaussian_nll_loss(
        a->tape, tensor(a, "input"), tensor(a, "target"), tensor(a, "var"),
        &(gd_gaussian_nll_loss_options){COMMON, .full = number(a, "full").value != 0,
                                        .eps = number(a, "eps")});
}

static gd_tensor *cosine_embedding_loss(const loss_call *a)
{
    return gd_cosine_embedding_loss(
        a->tape, tensor(a, "input1"), tensor(a, "input2"), tensor(a, "target"),
        &(gd_cosine_embedding_loss_options){COMMON, .margin = number(a, "margin").value});
}

static gd_tensor *triplet_margin_loss(const loss_call *a)
{
    return gd_triplet_margin_loss(
        a->tape, tensor(a, "anchor"), tensor(a, "positive"), tensor(a, "negative"),
        &(gd_triplet_margin_loss_options){COMMON, .margin = number(a, "margin"),
                                          .p = number(a, "p").value, .eps = number(a, "eps"),
                                          .swap = number(a, "swap").value != 0});
}

static gd_tensor *masked_select(const loss_call *a)
{
    return gd_masked_select(a->tape, tensor(a, "x"), tensor(a, "mask"));
}

static gd_tensor *masked_scatter(const loss_call *a)
{
    return gd_masked_scatter(a->tape, tensor(a, "x"), tensor(a, "mask"), tensor(a, "source"));
}

static gd_tensor *log_softmax(const loss_call *a)
{
    return gd_log_softmax(a->tape, tensor(a, "input"), (int)number(a, "dim").value);
}

/* ---- the rows */

#define ROW(name, ...)                                                                             \
    {                                                                                              \
#name, name, __VA_ARGS__                                                                   \
    }
const loss_row loss_table[] = {
    ROW(nll_loss, ROWS, .is_node = true, .of_classes = true, .required = 2,
        .refused = {{"target", 77}, {"target", -1}, {"weight", -2}, {"label_smoothing", 1.5}}),
    ROW(cross_entropy, ROWS, .is_node = true, .of_classes = true, .required = 2,
        .refused = {{"target", 77}, {"target", -1}, {"weight", -2}, {"label_smoothing", -0.5}}),
    ROW(softmax_focal_loss, ROWS, .of_classes = true, .required = 2,
        .refused = {{"target", 77}, {"target", -1}, {"weight", -2}, {"gamma", -0.5}}),
    ROW(multi_margin_loss, ROWS, .of_classes = true, .required = 2,
        .refused = {{"target", 77}, {"target", -1}, {"weight", -2}, {"p", 3}}),
    ROW(binary_cross_entropy, EACH, .is_node = true, .required = 2,
        .refused =
            {{"target", 1.5}, {"target", -0.5}, {"input", 1.25}, {"input", -0.25}, {"weight", -2}}),
    ROW(binary_cross_entropy_with_logits, EACH, .is_node = true, .required = 2,
        .refused = {{"target", 1.5}, {"target", -0.5}, {"weight", -2}, {"pos_weight", -2}}),
    ROW(multilabel_soft_margin_loss, LABELS, .required = 2,
        .refused = {{"target", 1.5}, {"target", -0.5}, {"weight", -2}}),
    ROW(sigmoid_focal_loss, EACH, .required = 2,
        .refused = {{"target", 0.5}, {"target", -1}, {"gamma", -0.5}}),
    ROW(soft_margin_loss, EACH, .required = 2, .refused = {{"target", 0}, {"target", 2}}),
    ROW(mse_loss, EACH, .is_node = true, .required = 2),
    ROW(l1_loss, EACH, .required = 2),
    ROW(smooth_l1_loss, EACH, .required = 2, .refused = {{"beta", -0.5}}),
    ROW(huber_loss, EACH, .required = 2, .refused = {{"delta", -0.5}, {"delta", 0}}),
    ROW(kl_div, EACH, .required = 2, .refused = {{"target", 1.5}, {"target", -0.5}}),
    ROW(poisson_nll_loss, EACH, .required = 2, .refused = {{"target", -1}, {"eps", -0.5}}),
    ROW(gaussian_nll_loss, EACH, .required = 3,
        .refused = {{"var", -1}, {"eps", 0}, {"eps", -0.5}}),
    ROW(cosine_embedding_loss, ROWS, .required = 3, .refused = {{"target", 3}, {"target", 0}}),
    ROW(triplet_margin_loss, ROWS, .required = 3, .refused = {{"p", 0.5}}),
    ROW(masked_select, PLAIN, .is_node = true, .required = 2),
    ROW(masked_scatter, PLAIN, .is_node = true, .required = 3),
    ROW(log_softmax, PLAIN, .is_node = true, .required = 1),
};
const int loss_rows = sizeof loss_table / sizeof *loss_table;

const loss_row *row_of(const char *name)
{
    for (int k = 0; k < loss_rows; ++k)
        if (strcmp(loss_table[k].name, name) == 0)
            return &loss_table[k];
    fail_msg("%s has no row in the table", name);
    return NULL;
}

void each_row(void (*visit)(const loss_row *row))
{
    for (int k = 0; k < loss_rows; ++k)
        visit(&loss_table[k]);
}

/* ---- calling */

loss_call call_of(gd_tape *tape, const loss_case *c, gd_dtype dtype, bool scattered)
{
    loss_call call = {.tape = tape, .c = *c};
    for (int k = 0; k < c->n_tensors; ++k) {
        call.x[k] = operand_of(tape, c->tensors[k].x, dtype, scattered);
        call.x[k]->requires_grad = c->tensors[k].grad != NULL;
    }
    call.common.reduction = (gd_reduction)option_of(c, "reduction").value;
    call.common.mask = tensor(&call, "mask");
    return call;
}

gd_tensor *called(const loss_row *row, const loss_call *call)
{
    gd_tensor *out = row->call(call);
    if (out == NULL)
        fail_msg("losses.txt:%d: %s", call->c.line, gd_tape_message(call->tape));
    return out;
}

gd_tensor *gradient_of(const loss_call *call, gd_tensor *out, int k, gd_tensor *upstream)
{
    gd_tensor *x = call->x[k], *g = NULL;
    gd_grad_options options = {
        .gradient = upstream, .create_graph = call->recorded, .allow_unused = true};
    if (gd_grad(call->tape, out, &x, 1, &g, &options) != GD_OK)
        fail_msg("losses.txt:%d: %s", call->c.line, gd_tape_message(call->tape));
    return g;
}
