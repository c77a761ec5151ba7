/* Cases of the second form: the further losses, called with PyTorch's names. */
#include "conformance.h"

#include <string.h>

enum { MOST_TENSORS = MOST_GRADIENTS, MOST_PARAMETERS = 5 };

static const json_t *parameters_of(const trial *t)
{
    return json_object_get(t->c, "params");
}

static gd_optional parameter(const trial *t, const char *name)
{
    return optional_at(t, parameters_of(t), name);
}

static bool is_true(const trial *t, const char *name)
{
    return parameter(t, name).value != 0;
}

/* ---- the losses: x holds the tensors in the order of the table below */

/* PyTorch's mean of nothing is NaN; an ideal asks for 0 instead. */
#define COMMON                                                                                     \
    .reduction = reduction_of(parameters_of(t)),                                                   \
    .nan_when_empty = !is_given(json_object_get(t->c, "ideal"))

static gd_tensor *mse(const trial *t, gd_tensor *const *x)
{
    return gd_mse_loss(t->tape, x[0], x[1], &(gd_loss_options){COMMON});
}

static gd_tensor *l1(const trial *t, gd_tensor *const *x)
{
    return gd_l1_loss(t->tape, x[0], x[1], &(gd_loss_options){COMMON});
}

static gd_tensor *smooth_l1(const trial *t, gd_tensor *const *x)
{
    return gd_smooth_l1_loss(t->tape, x[0], x[1],
                             &(gd_smooth_l1_loss_options){COMMON, .beta = parameter(t, "beta")});
}

static gd_tensor *huber(const trial *t, gd_tensor *const *x)
{
    return gd_huber_loss(t->tape, x[0], x[1],
                         &(gd_huber_loss_options){COMMON, .delta = parameter(t, "delta")});
}

static gd_tensor *kl_div(const trial *t, gd_tensor *const *x)
{
    return gd_kl_div(t->tape, x[0], x[1],
                     &(gd_kl_div_options){COMMON, .log_target = is_true(t, "log_target")});
}

static gd_tensor *soft_margin(const trial *t, gd_tensor *const *x)
{
    return gd_soft_margin_loss(t->tape, x[0], x[1], &(gd_loss_options){COMMON});
}

static gd_tensor *multi_margin(const trial *t, gd_tensor *const *x)
{
    return gd_multi_margin_loss(t->tape, x[0], x[1],
                                &(gd_multi_margin_loss_options){COMMON, .weight = x[2],
                                                                .margin = parameter(t, "margin"),
                                                                .p = (int)parameter(t, "p").value});
}

static gd_tensor *multilabel_soft_margin(const trial *t, gd_tensor *const *x)
{
    return gd_multilabel_soft_margin_loss(
        t->tape, x[0], x[1], &(gd_multilabel_soft_margin_loss_options){COMMON, .weight = x[2]});
}

static gd_tensor *cosine_embedding(const trial *t, gd_tensor *const *x)
{
    return gd_cosine_embedding_loss(
        t->tape, x[0], x[1], x[2],
        &(gd_cosine_embedding_loss_options){COMMON, .margin = parameter(t, "margin").value});
}

static gd_tensor *triplet_margin(const trial *t, gd_tensor *const *x)
{
    return gd_triplet_margin_loss(
        t->tape, x[0], x[1], x[2],
        &(gd_triplet_margin_loss_options){COMMON, .margin = parameter(t, "margin"),
                                          .p = parameter(t, "p").value, .eps = parameter(t, "eps"),
                                          .swap = is_true(t, "swap")});
}

static gd_tensor *gaussian_nll(const trial *t, gd_tensor *const *x)
{
    return gd_gaussian_nll_loss(t->tape, x[0], x[1], x[2],
                                &(gd_gaussian_nll_loss_options){COMMON, .full = is_true(t, "full"),
                                                                .eps = parameter(t, "eps")});
}

static gd_tensor *poisson_nll(const trial *t, gd_tensor *const *x)
{
    gd_optional log_input = parameter(t, "log_input");
    return gd_poisson_nll_loss(
        t->tape, x[0], x[1],
        &(gd_poisson_nll_loss_options){COMMON, .of_rate = log_input.given && log_input.value == 0,
                                       .full = is_true(t, "full"), .eps = parameter(t, "eps")});
}

static gd_tensor *sigmoid_focal(const trial *t, gd_tensor *const *x)
{
    return gd_sigmoid_focal_loss(t->tape, x[0], x[1],
                                 &(gd_sigmoid_focal_loss_options){COMMON,
                                                                  .gamma = parameter(t, "gamma"),
                                                                  .alpha = parameter(t, "alpha")});
}

/* A loss by its name in a file. Its tensors, of which the first so many are required; the numbers
 * are the parameters that the library has besides the reduction. */
typedef struct other_loss {
    const char *name, *function;
    gd_tensor *(*call)(const trial *t, gd_tensor *const *x);
    int required;
    const char *tensors[MOST_TENSORS], *numbers[MOST_PARAMETERS];
} other_loss;

static const other_loss losses[] = {
    {"mse", "mse_loss", mse, 2, {"input", "target"}, {NULL}},
    {"l1", "l1_loss", l1, 2, {"input", "target"}, {NULL}},
    {"smooth_l1", "smooth_l1_loss", smooth_l1, 2, {"input", "target"}, {"beta"}},
    {"huber", "huber_loss", huber, 2, {"input", "target"}, {"delta"}},
    {"kl_div", "kl_div", kl_div, 2, {"input", "target"}, {"log_target"}},
    {"soft_margin", "soft_margin_loss", soft_margin, 2, {"input", "target"}, {NULL}},
    {"multi_margin",
     "multi_margin_loss",
     multi_margin,
     2,
     {"input", "target", "weight"},
     {"margin", "p"}},
    {"multilabel_soft_margin",
     "multilabel_soft_margin_loss",
     multilabel_soft_margin,
     2,
     {"input", "target", "weight"},
     {NULL}},
    {"cosine_embedding",
     "cosine_embedding_loss",
     cosine_embedding,
     3,
     {"input1", "input2", "target"},
     {"margin"}},
    {"triplet_margin",
     "triplet_margin_loss",
     triplet_margin,
     3,
     {"anchor", "positive", "negative"},
     {"margin", "p", "eps", "swap"}},
    {"gaussian_nll",
     "gaussian_nll_loss",
     gaussian_nll,
     3,
     {"input", "target", "var"},
     {"full", "eps"}},
    {"poisson_nll",
     "poisson_nll_loss",
     poisson_nll,
     2,
     {"input", "target"},
     {"log_input", "full", "eps"}},
    {"sigmoid_focal",
     "sigmoid_focal_loss",
     sigmoid_focal,
     2,
     {"input", "target"},
     {"alpha", "gamma"}},
};

/* ---- a case */

static const other_loss *loss_of(const json_t *c)
{
    for (size_t k = 0; k < sizeof losses / sizeof *losses; ++k)
        if (strcmp(losses[k].name, string_at(c, "loss")) == 0)
            return &losses[k];
    malformed(c, "there is no such loss");
    return NULL;
}

static bool is_among(const char *name, int n, const char *const *names)
{
    for (int k = 0; k < n && names[k] != NULL; ++k)
        if (strcmp(name, names[k]) == 0)
            return true;
    return false;
}

/* The first key of the object with a value that the loss has no place for; NULL: none. */
static const char *unknown_key(const other_loss *l, json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key,
                        value) if (is_given(value) && strcmp(key, "reduction") != 0 &&
                                   !is_among(key, MOST_TENSORS, l->tensors) &&
                                   !is_among(key, MOST_PARAMETERS, l->numbers)) return key;
    return NULL;
}

/* Among the inputs, or (a weight) among the parameters. */
static const json_t *tensor_named(const trial *t, const char *name)
{
    const json_t *input = json_object_get(json_object_get(t->c, "inputs"), name);
    return is_given(input) ? input : json_object_get(parameters_of(t), name);
}

static const json_t *gradient_named(const trial *t, const char *name)
{
    const json_t *gradients = json_object_get(t->c, "grads");
    return ideal_or(t, name, json_object_get(gradients, name));
}

static void read_tensors(const trial *t, const other_loss *l, gd_tensor **x)
{
    for (int k = 0; k < MOST_TENSORS; ++k) {
        x[k] = l->tensors[k] != NULL ? read_tensor(t, tensor_named(t, l->tensors[k])) : NULL;
        if (k < l->required && x[k] == NULL)
            malformed(t->c, "an input is missing");
        if (x[k] != NULL)
            x[k]->requires_grad = is_given(gradient_named(t, l->tensors[k]));
    }
}

static bool check_gradients(const trial *t, const other_loss *l, gd_tensor *out,
                            gd_tensor *const *x)
{
    wanted_gradient wanted[MOST_GRADIENTS];
    int n = 0;
    for (int k = 0; k < MOST_TENSORS; ++k)
        if (x[k] != NULL && x[k]->requires_grad)
            wanted[n++] = (wanted_gradient){l->tensors[k], gradient_named(t, l->tensors[k]), x[k]};
    return n == 0 || compare_gradients(t, out, n, wanted);
}

static outcome skip(const trial *t, const other_loss *l, const char *key)
{
    printf("%s %s: skipped: gd_%s has no %s\n", string_at(t->c, "name"), gd_dtype_name(t->dtype),
           l->function, key);
    return SKIPPED;
}

outcome run_other_loss(trial t)
{
    const other_loss *l = loss_of(t.c);
    gd_tensor *x[MOST_TENSORS];
    const char *unknown = unknown_key(l, json_object_get(t.c, "inputs"));
    unknown = unknown != NULL ? unknown : unknown_key(l, json_object_get(t.c, "params"));
    if (unknown != NULL)
        return skip(&t, l, unknown);
    if (unknown_key(l, json_object_get(t.c, "grads")) != NULL)
        malformed(t.c, "a gradient is of no input");
    t.float_name = string_at(tensor_named(&t, l->tensors[0]), "dtype");
    read_tensors(&t, l, x);
    gd_tensor *out = l->call(&t, x);
    bool right = false;
    if (json_is_object(json_object_get(t.c, "error")))
        right = is_refused(&t, l->function, out);
    else if (out == NULL)
        right = fail(&t, gd_tape_message(t.tape));
    else
        right = compare(&t, "out", ideal_or(&t, "out", json_object_get(t.c, "out")), out) &&
                check_gradients(&t, l, out, x);
    return right ? PASSED : FAILED;
}
