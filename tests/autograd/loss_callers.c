/* How each loss is called for a case of tests/fixtures/losses.txt. Its first argument is the
 * reduction, then come the numbers of its options; an operand that is bool is the mask. */
#include "fixtures.h"

/* The mask, if the case has one, and the number of other operands. */
static gd_tensor *mask_of(const fixture *f, gd_tensor *const *x)
{
    return x[f->n - 1]->dtype == GD_BOOL ? x[f->n - 1] : NULL;
}

static int others(const fixture *f, gd_tensor *const *x)
{
    return mask_of(f, x) != NULL ? f->n - 1 : f->n;
}

/* Operand k, if there is one that is not the mask. */
static gd_tensor *optional(const fixture *f, gd_tensor *const *x, int k)
{
    return k < others(f, x) ? x[k] : NULL;
}

#define COMMON .reduction = (gd_reduction)f->arguments[0], .mask = mask_of(f, x)

#define PLAIN(name)                                                                                \
    static gd_tensor *call_##name(gd_tape *t, const fixture *f, gd_tensor *const *x)               \
    {                                                                                              \
        return gd_##name(t, x[0], x[1], &(gd_loss_options){COMMON});                               \
    }
PLAIN(mse_loss)
PLAIN(l1_loss)
PLAIN(soft_margin_loss)

#define WITH(name, ...)                                                                            \
    static gd_tensor *call_##name(gd_tape *t, const fixture *f, gd_tensor *const *x)               \
    {                                                                                              \
        return gd_##name(t, x[0], x[1], &(gd_##name##_options){COMMON, __VA_ARGS__});              \
    }
WITH(smooth_l1_loss, .beta = GD_SOME(f->arguments[1]))
WITH(huber_loss, .delta = GD_SOME(f->arguments[1]))
WITH(kl_div, .log_target = f->arguments[1] != 0)
WITH(poisson_nll_loss, .of_rate = f->arguments[1] != 0, .full = f->arguments[2] != 0,
     .eps = GD_SOME(f->arguments[3]))
WITH(sigmoid_focal_loss, .gamma = GD_SOME(f->arguments[1]), .alpha = GD_SOME(f->arguments[2]))
WITH(softmax_focal_loss, .gamma = GD_SOME(f->arguments[1]), .weight = optional(f, x, 2))
WITH(multi_margin_loss, .p = (int)f->arguments[1], .margin = GD_SOME(f->arguments[2]),
     .weight = optional(f, x, 2))
WITH(multilabel_soft_margin_loss, .weight = optional(f, x, 2))

static gd_tensor *call_gaussian_nll_loss(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_gaussian_nll_loss(t, x[0], x[1], x[2],
                                &(gd_gaussian_nll_loss_options){COMMON,
                                                                .full = f->arguments[1] != 0,
                                                                .eps = GD_SOME(f->arguments[2])});
}

static gd_tensor *call_cosine_embedding_loss(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_cosine_embedding_loss(
        t, x[0], x[1], x[2],
        &(gd_cosine_embedding_loss_options){COMMON, .margin = f->arguments[1]});
}

static gd_tensor *call_triplet_margin_loss(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_triplet_margin_loss(
        t, x[0], x[1], x[2],
        &(gd_triplet_margin_loss_options){COMMON, .margin = GD_SOME(f->arguments[1]),
                                          .p = f->arguments[2], .swap = f->arguments[3] != 0});
}

#define CALLER(name)                                                                               \
    {                                                                                              \
#name, call_##name                                                                         \
    }
const named_caller loss_callers[] = {CALLER(mse_loss),
                                     CALLER(l1_loss),
                                     CALLER(smooth_l1_loss),
                                     CALLER(huber_loss),
                                     CALLER(kl_div),
                                     CALLER(poisson_nll_loss),
                                     CALLER(gaussian_nll_loss),
                                     CALLER(soft_margin_loss),
                                     CALLER(multilabel_soft_margin_loss),
                                     CALLER(multi_margin_loss),
                                     CALLER(sigmoid_focal_loss),
                                     CALLER(softmax_focal_loss),
                                     CALLER(cosine_embedding_loss),
                                     CALLER(triplet_margin_loss),
                                     {NULL, NULL}};
