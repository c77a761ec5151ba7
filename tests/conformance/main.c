/* conformance [FILE.json..]: runs cases of the losses, each in float64 and in float32; without a
 * file, the project's own. Prints what differs, and at the end "N passed, N failed, N skipped",
 * one count a case and dtype. Exits with 0 if none failed and at least one ran, 1 if not, 2 if a
 * file is no such list.
 *
 * A file holds {"cases": [..]}; a missing key counts as null, unknown keys are ignored. A tensor
 * is {shape, dtype, data}: row-major numbers, or "nan", "inf", "-inf". Both forms of cases have
 *   name, loss
 *   out             expected; null: not compared
 *   grad_out        upstream gradient; null: ones
 *   error           {kind}: the call must be refused, and the message must name its function
 *   ideal           {out, and gradients by their keys}: required instead of PyTorch's
 *   tags            f64_only: not in float32; precision: compared relatively
 * The first form, a case with `input`:
 *   loss            nll, cross_entropy, bce, bce_with_logits, masked_select, log_softmax
 *   input_layout    transposed2d: a transposed view of a contiguous tensor
 *   pre             sigmoid, log_softmax: applied to the input first
 *   target, target_requires_grad, weight, pos_weight, ignore_index, label_smoothing, reduction,
 *   dim mask            with `post` or masked_select: its mask; else the loss's own option
 *   post            masked_select, masked_select_mean, masked_select_sum: applied to the loss
 *   grad_input, grad_target, grad_weight, grad_pos_weight    expected; null: not compared
 * The second form, a case with `inputs`:
 *   loss            mse, l1, smooth_l1, huber, kl_div, soft_margin, multi_margin,
 *                   multilabel_soft_margin, cosine_embedding, triplet_margin, gaussian_nll,
 *                   poisson_nll, sigmoid_focal
 *   inputs          tensors by PyTorch's argument names
 *   params          PyTorch's keyword arguments; the case is skipped, and that is printed, if the
 *                   library lacks one
 *   grads           expected, by the inputs' names */
#include "conformance.h"

#include <stdlib.h>

static int counts[3]; /* of each outcome */

static outcome run(const json_t *c, gd_dtype dtype)
{
    gd_tape *tape = gd_tape_create();
    trial t = {.tape = tape, .c = c, .dtype = dtype};
    outcome result = dtype == GD_F32 && has_tag(c, "f64_only")      ? SKIPPED
                     : json_is_object(json_object_get(c, "inputs")) ? run_other_loss(t)
                                                                    : run_class_loss(t);
    gd_tape_destroy(tape);
    return result;
}

static void run_file(const char *path)
{
    json_error_t error;
    json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    json_t *cases = json_object_get(file, "cases"), *c;
    size_t i;
    if (!json_is_array(cases)) {
        fprintf(stderr, "conformance: %s:%d:%d: %s\n", path, error.line, error.column,
                file == NULL ? error.text : "there is no list of cases");
        exit(2);
    }
    json_array_foreach(cases, i, c)
    {
        ++counts[run(c, GD_F64)];
        ++counts[run(c, GD_F32)];
    }
    json_decref(file);
}

int main(int argc, char **argv)
{
    static const char *const own[] = {GD_TESTS_DIR "/fixtures/loss_cases.json",
                                      GD_TESTS_DIR "/fixtures/loss_cases_more.json",
                                      GD_TESTS_DIR "/fixtures/other_loss_cases.json",
                                      GD_TESTS_DIR "/fixtures/other_loss_cases_more.json"};
    for (size_t k = 0; argc == 1 && k < sizeof own / sizeof *own; ++k)
        run_file(own[k]);
    for (int i = 1; i < argc; ++i)
        run_file(argv[i]);
    printf("%d passed, %d failed, %d skipped\n", counts[PASSED], counts[FAILED], counts[SKIPPED]);
    return counts[FAILED] == 0 && counts[PASSED] > 0 ? 0 : 1;
}
