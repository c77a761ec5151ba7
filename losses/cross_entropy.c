/* Cross entropy: the negative log likelihood of logits.
 *
 * Definition. Logits x say p = softmax(x), and with log_softmax's L_c = x_c - ln sum of e^x
 *     cross_entropy(x, t) = nll_loss(log_softmax(x), t) = -sum over classes c of q_c L_c,
 * q as in nll_loss.c: q_y = 1 for a class y without weights and smoothing. These two nodes are
 * what the tape records.
 *
 * Stable form. With m the largest logit and rest = sum of e^(x_j - m) over all but that one,
 *     L_c = (x_c - m) - log_sum,    log_sum = ln(1 + rest) by log1p.
 * Both parts are at most 0, so nothing cancels. Where the model is sure of the right class, x_c =
 * m and L_c = -log_sum keeps a rest that 1 + rest would round away.
 *
 * Gradient. dx_c = u (Q p_c - q_c), Q = sum of q_c: nll_loss.c derives it, through log_softmax. */
#include <gradus/losses.h>

gd_tensor *gd_cross_entropy(gd_tape *tape, gd_tensor *input, gd_tensor *target,
                            const gd_cross_entropy_options *options)
{
    if (tape == NULL)
        return NULL;
    bool given = options != NULL && options->dim.given;
    int dim = given ? (int)options->dim.value : input != NULL && input->ndim == 1 ? 0 : 1;
    const char *before = gd_call_begin(tape, "cross_entropy");
    gd_tensor *log_probabilities = gd_log_softmax(tape, input, dim);
    return gd_call_end(tape, before, gd_nll_loss(tape, log_probabilities, target, options));
}
