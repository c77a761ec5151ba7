#include "losses/classes.h"

#include "tensor/walk.h"

#include <inttypes.h>

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

gd_tensor *gd__counting(gd_tape *tape, gd_tensor *target, gd_tensor *mask, int64_t ignored)
{
    gd_tensor *label = gd_full(tape, GD_I64, (double)ignored, 0, NULL);
    gd_tensor *kept = gd_ne(tape, target, label);
    return mask != NULL ? gd_logical_and(tape, kept, mask) : kept;
}

gd_tensor *gd__checked_labels(gd_tape *tape, gd_tensor *target, gd_tensor *counting,
                              int64_t classes)
{
    gd_tensor *labels = gd_clone(tape, target);
    gd_tensor *counts = counting != NULL ? gd_clone(tape, counting) : NULL;
    if (tape->status != GD_OK)
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

gd_tensor *gd__weight_of_labels(gd_tape *tape, gd_tensor *weight, gd_tensor *labels)
{
    if (weight == NULL || labels == NULL)
        return NULL;
    gd_tensor *list = gd_reshape(tape, labels, GD_DIMS(-1));
    return gd_reshape(tape, gd_index_select(tape, weight, 0, list), labels->ndim, labels->shape);
}
