#include "losses/classes.h"
#include "losses/reduction.h"

#include <inttypes.h>
#include <math.h>

gd_tensor gd__positions_of(const gd_tensor *input, int dim)
{
    gd_tensor positions = *input;
    gd__drop_dimension(&positions, dim);
    return positions;
}

bool gd__check_positions(gd_tape *tape, const gd_tensor *input, int dim, const gd_tensor *x,
                         const char *what)
{
    gd_tensor positions = gd__positions_of(input, dim);
    char texts[3][GD__SHAPE_TEXT];
    return gd__same_shape(x, &positions) ||
           gd_tape_fail(tape, GD_ERROR_SHAPE, "%s %s does not fit input %s: %s is needed", what,
                        gd__shape_text(texts[0], x->ndim, x->shape),
                        gd__shape_text(texts[1], input->ndim, input->shape),
                        gd__shape_text(texts[2], positions.ndim, positions.shape));
}

bool gd__check_class_weight(gd_tape *tape, const gd_tensor *input, const gd_tensor *weight,
                            int64_t classes)
{
    char text[GD__SHAPE_TEXT];
    if (weight == NULL)
        return true;
    if (weight->ndim != 1 || weight->shape[0] != classes)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "weight %s does not fit %" PRId64 " classes",
                            gd__shape_text(text, weight->ndim, weight->shape), classes);
    return weight->dtype == input->dtype ||
           gd_tape_fail(tape, GD_ERROR_DTYPE,
                        "the weight is %s, the input %s: they must be the same",
                        gd_dtype_name(weight->dtype), gd_dtype_name(input->dtype));
}

bool gd__refuse_class(gd_tape *tape, const gd_tensor *target, int64_t number, int64_t label,
                      int64_t classes)
{
    char position[GD__SHAPE_TEXT];
    return gd_tape_fail(tape, GD_ERROR_VALUE, "target %" PRId64 " at %s is outside [0,%" PRId64 ")",
                        label, gd__position_text(position, target, number), classes);
}

/* The positions that count, bool; NULL: all. */
static gd_tensor *kept_of(gd_tape *tape, gd_tensor *target, gd_tensor *mask, const int64_t *ignored)
{
    if (ignored == NULL)
        return mask;
    gd_tensor *label = gd_from_data(tape, GD_I64, ignored, 0, NULL);
    gd_tensor *kept = gd_ne(tape, target, label);
    return mask != NULL ? gd_logical_and(tape, kept, mask) : kept;
}

/* The target, and 0 where it is not kept. NULL: a label is outside [0, classes). */
static gd_tensor *labels_of(gd_tape *tape, gd_tensor *target, gd_tensor *kept, int64_t classes)
{
    gd_tensor *labels = gd_clone(tape, target);
    gd_tensor *counts = kept != NULL ? gd_clone(tape, kept) : NULL;
    if (gd_tape_status(tape) != GD_OK)
        return NULL;
    for (int64_t i = 0; i < gd_tensor_numel(labels); ++i) {
        int64_t *label = (int64_t *)labels->data + i;
        if (counts != NULL && ((const uint8_t *)counts->data)[i] == 0)
            *label = 0;
        else if (*label < 0 || *label >= classes) {
            gd__refuse_class(tape, target, i, *label, classes);
            return NULL;
        }
    }
    return labels;
}

static gd_tensor *weight_of(gd_tape *tape, gd_tensor *weight, gd_tensor *labels)
{
    if (weight == NULL || labels == NULL)
        return NULL;
    gd_check_values(tape, "weight", weight, 0, HUGE_VAL);
    gd_tensor *list = gd_reshape(tape, labels, GD_DIMS(-1));
    return gd_reshape(tape, gd_index_select(tape, weight, 0, list), labels->ndim, labels->shape);
}

static bool check_dtypes(gd_tape *tape, const gd_tensor *input, const gd_tensor *target)
{
    if (target->dtype != GD_I64)
        return gd_tape_fail(tape, GD_ERROR_DTYPE, "the target is %s; int64 classes are needed",
                            gd_dtype_name(target->dtype));
    return gd_dtype_is_float(input->dtype) ||
           gd_tape_fail(tape, GD_ERROR_DTYPE, "the input is %s; float32 or float64 is needed",
                        gd_dtype_name(input->dtype));
}

gd__labels gd__read_labels(gd_tape *tape, gd_tensor *input, int dim, gd_tensor *target,
                           gd_tensor *mask, gd_tensor *weight, const int64_t *ignored)
{
    gd__labels l = {.kept = NULL};
    if (gd_tape_status(tape) != GD_OK || !check_dtypes(tape, input, target) ||
        !gd__check_positions(tape, input, dim, target, "target") ||
        !(mask == NULL || gd__check_positions(tape, input, dim, mask, "mask")) ||
        !gd__check_class_weight(tape, input, weight, input->shape[dim]))
        return l;
    l.kept = kept_of(tape, target, mask, ignored);
    l.label = labels_of(tape, target, l.kept, input->shape[dim]);
    l.weight = weight_of(tape, weight, l.label);
    return l;
}
