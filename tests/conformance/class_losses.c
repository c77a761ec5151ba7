/* Cases of the first form: nll, cross_entropy, bce, bce_with_logits, masked_select, log_softmax.
 * */
#include "conformance.h"

#include <string.h>

typedef struct operands {
    gd_tensor *input, *target, *weight, *pos_weight, *mask;
} operands;

static gd_tensor *tensor_at(const trial *t, const char *key)
{
    return read_tensor(t, json_object_get(t->c, key));
}

/* x as a transposed view of contiguous memory. */
static gd_tensor *transposed(const trial *t, gd_tensor *x)
{
    if (x->ndim != 2)
        malformed(t->c, "transposed2d is for two dimensions");
    return gd_transpose(t->tape, gd_clone(t->tape, gd_transpose(t->tape, x, 0, 1)), 0, 1);
}

static const json_t *expected_at(const trial *t, const char *key)
{
    return ideal_or(t, key, json_object_get(t->c, key));
}

static int class_dim(const trial *t, const gd_tensor *x)
{
    gd_optional dim = optional_at(t, t->c, "dim");
    return dim.given ? (int)dim.value : x->ndim > 1 ? 1 : 0;
}

static gd_tensor *call_loss(const trial *t, const operands *o, gd_tensor *x)
{
    const char *loss = string_at(t->c, "loss");
    gd_tensor *mask = string_at(t->c, "post")[0] != '\0' ? NULL : o->mask;
    gd_nll_loss_options classes = {.reduction = reduction_of(t->c),
                                   .mask = mask,
                                   .weight = o->weight,
                                   .ignore_index = optional_at(t, t->c, "ignore_index"),
                                   .label_smoothing = optional_at(t, t->c, "label_smoothing").value,
                                   .dim = optional_at(t, t->c, "dim")};
    if (strcmp(loss, "nll") == 0)
        return gd_nll_loss(t->tape, x, o->target, &classes);
    if (strcmp(loss, "cross_entropy") == 0)
        return gd_cross_entropy(t->tape, x, o->target, &classes);
    if (strcmp(loss, "bce") == 0)
        return gd_binary_cross_entropy(
            t->tape, x, o->target,
            &(gd_binary_cross_entropy_options){
                .reduction = reduction_of(t->c), .mask = mask, .weight = o->weight});
    if (strcmp(loss, "bce_with_logits") == 0)
        return gd_binary_cross_entropy_with_logits(
            t->tape, x, o->target,
            &(gd_binary_cross_entropy_with_logits_options){.reduction = reduction_of(t->c),
                                                           .mask = mask,
                                                           .weight = o->weight,
                                                           .pos_weight = o->pos_weight});
    if (strcmp(loss, "masked_select") == 0)
        return gd_masked_select(t->tape, x, o->mask);
    if (strcmp(loss, "log_softmax") == 0)
        return gd_log_softmax(t->tape, x, class_dim(t, x));
    malformed(t->c, "there is no such loss");
    return NULL;
}

static const char *function_of(const char *loss)
{
    return strcmp(loss, "nll") == 0               ? "nll_loss"
           : strcmp(loss, "bce") == 0             ? "binary_cross_entropy"
           : strcmp(loss, "bce_with_logits") == 0 ? "binary_cross_entropy_with_logits"
                                                  : loss;
}

static gd_tensor *before_loss(const trial *t, gd_tensor *x)
{
    const char *pre = string_at(t->c, "pre");
    return strcmp(pre, "sigmoid") == 0       ? gd_sigmoid(t->tape, x)
           : strcmp(pre, "log_softmax") == 0 ? gd_log_softmax(t->tape, x, class_dim(t, x))
                                             : x;
}

static gd_tensor *after_loss(const trial *t, gd_tensor *loss, gd_tensor *mask)
{
    const char *post = string_at(t->c, "post");
    if (post[0] == '\0')
        return loss;
    gd_tensor *kept = gd_masked_select(t->tape, loss, mask);
    return strcmp(post, "masked_select_mean") == 0  ? gd_mean(t->tape, kept, GD_ALL_DIMS, false)
           : strcmp(post, "masked_select_sum") == 0 ? gd_sum(t->tape, kept, GD_ALL_DIMS, false)
                                                    : kept;
}

static bool check_gradients(const trial *t, gd_tensor *out, const operands *o)
{
    const char *const keys[] = {"grad_input", "grad_target", "grad_weight", "grad_pos_weight"};
    gd_tensor *all[] = {o->input, o->target, o->weight, o->pos_weight};
    wanted_gradient wanted[MOST_GRADIENTS];
    int n = 0;
    for (int k = 0; k < MOST_GRADIENTS; ++k)
        if (all[k] != NULL && all[k]->requires_grad)
            wanted[n++] = (wanted_gradient){keys[k], expected_at(t, keys[k]), all[k]};
    return compare_gradients(t, out, n, wanted);
}

static operands read_operands(const trial *t)
{
    operands o = {tensor_at(t, "input"), tensor_at(t, "target"), tensor_at(t, "weight"),
                  tensor_at(t, "pos_weight"), tensor_at(t, "mask")};
    if (o.input == NULL)
        malformed(t->c, "there is no input");
    if (strcmp(string_at(t->c, "input_layout"), "transposed2d") == 0)
        o.input = transposed(t, o.input);
    o.input->requires_grad = gd_dtype_is_float(o.input->dtype);
    if (o.target != NULL)
        o.target->requires_grad = gd_dtype_is_float(o.target->dtype) &&
                                  (json_is_true(json_object_get(t->c, "target_requires_grad")) ||
                                   is_given(expected_at(t, "grad_target")));
    if (o.weight != NULL)
        o.weight->requires_grad = is_given(expected_at(t, "grad_weight"));
    if (o.pos_weight != NULL)
        o.pos_weight->requires_grad = is_given(expected_at(t, "grad_pos_weight"));
    return o;
}

outcome run_class_loss(trial t)
{
    t.float_name = string_at(json_object_get(t.c, "input"), "dtype");
    operands o = read_operands(&t);
    gd_tensor *out = after_loss(&t, call_loss(&t, &o, before_loss(&t, o.input)), o.mask);
    bool right = false;
    if (json_is_object(json_object_get(t.c, "error")))
        right = is_refused(&t, function_of(string_at(t.c, "loss")), out);
    else if (out == NULL)
        right = fail(&t, gd_tape_message(t.tape));
    else
        right = compare(&t, "out", expected_at(&t, "out"), out) && check_gradients(&t, out, &o);
    return right ? PASSED : FAILED;
}
