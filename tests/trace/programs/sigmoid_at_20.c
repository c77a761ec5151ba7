/* A sigmoid whose input is 20: in float32 its result is 1. The loss that is computed from it is
 * lost, the one that is computed from the input is not. Usage: sigmoid_at_20 TRACE */
#include <gradus.h>

#include <stdio.h>

static int fail(const char *message)
{
    fprintf(stderr, "%s\n", message);
    return 1;
}

int main(int argc, char **argv)
{
    float number = 20;
    gd_tape *t = gd_tape_create();
    gd_tensor *z = gd_tensor_create_borrowed(GD_F32, &number, GD_DIMS(1));
    gd_tensor *y = gd_tensor_create(GD_F32, GD_DIMS(1)); /* 0: the truth is "no" */
    if (argc != 2 || t == NULL || z == NULL || y == NULL)
        return fail("usage: sigmoid_at_20 TRACE");
    z->requires_grad = true;

    gd_trace *trace = gd_trace_create(argv[1], &(gd_trace_options){.source = SOURCE});
    if (trace == NULL || gd_trace_attach(trace, t) != GD_OK)
        return fail(gd_message());
    gd_tensor *p = gd_sigmoid(t, z);
    gd_tensor *lost = gd_binary_cross_entropy(t, p, y, NULL);
    gd_tensor *right = gd_binary_cross_entropy_with_logits(t, z, y, NULL);
    printf("of the probability %.6f, of the logit %.6f\n", gd_item(lost), gd_item(right));
    gd_tensor *loss = gd_add(t, lost, right);
    if (gd_backward(t, loss) != GD_OK)
        return fail(gd_tape_message(t));
    if (gd_trace_close(trace) != GD_OK)
        return fail(gd_message());
    gd_tape_destroy(t);
    gd_tensor_destroy(z);
    gd_tensor_destroy(y);
    return 0;
}
