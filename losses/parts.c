#include "losses/parts.h"

bool gd__check_vectors(gd_tape *tape, gd_node *n)
{
    const gd_tensor *a = n->in[0], *b = n->in[1];
    char texts[2][GD__SHAPE_TEXT];
    if (!gd__same_shape(a, b))
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "%s and %s: shapes must be equal",
                            gd__shape_text(texts[0], a->ndim, a->shape),
                            gd__shape_text(texts[1], b->ndim, b->shape));
    if (a->ndim == 0)
        return gd_tape_fail(tape, GD_ERROR_SHAPE, "[] is no vector: [..,D] is needed");
    gd__set_like(n->out, a);
    n->out->ndim = a->ndim - 1;
    return true;
}

const gd_sample gd__vector_samples[] = {{.shapes = "[2,3] [2,3]"},
                                        {.shapes = "[3] [3]"},
                                        {.shapes = "[2,2,3] [2,2,3]"},
                                        {.shapes = "[0,3] [0,3]"},
                                        {.shapes = NULL}};

const gd_sample gd__vector_refused[] = {{.shapes = "[2,3] [3]"}, {.shapes = "[2,3] [2,2]"},
                                        {.shapes = "[] []"},     {.shapes = "[2] i[2]"},
                                        {.shapes = "[2] -"},     {.shapes = NULL}};
