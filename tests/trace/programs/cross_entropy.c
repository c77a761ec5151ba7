/* Three classes: the scores of four rows, and how far they are from the labels.
 * Usage: cross_entropy TRACE */
#include <gradus.h>

#include <stdio.h>

static int fail(const char *message)
{
    fprintf(stderr, "%s\n", message);
    return 1;
}

int main(int argc, char **argv)
{
    float rows[] = {1, 2, 0.5F, -1, -2, 1, 0, 3},
          weights[] = {0.3F, -0.2F, 0.1F, 0.4F, -0.5F, 0.2F};
    int64_t classes[] = {2, 0, 1, 1};
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_tensor_create_borrowed(GD_F32, rows, GD_DIMS(4, 2));
    gd_tensor *w = gd_tensor_create_borrowed(GD_F32, weights, GD_DIMS(3, 2));
    gd_tensor *b = gd_tensor_create(GD_F32, GD_DIMS(3));
    gd_tensor *y = gd_tensor_create_borrowed(GD_I64, classes, GD_DIMS(4));
    if (argc != 2 || t == NULL || x == NULL || w == NULL || b == NULL || y == NULL)
        return fail("usage: cross_entropy TRACE");
    w->requires_grad = b->requires_grad = true;

    gd_trace *trace = gd_trace_create(argv[1], &(gd_trace_options){.source = SOURCE});
    if (trace == NULL || gd_trace_attach(trace, t) != GD_OK)
        return fail(gd_message());
    gd_tensor *scores = gd_linear(t, x, w, b);
    gd_tensor *loss = gd_cross_entropy(t, scores, y, NULL);
    if (gd_backward(t, loss) != GD_OK)
        return fail(gd_tape_message(t));
    printf("loss %.6f\n", gd_item(loss));
    if (gd_trace_close(trace) != GD_OK)
        return fail(gd_message());
    gd_tape_destroy(t);
    gd_tensor_destroy(x);
    gd_tensor_destroy(w);
    gd_tensor_destroy(b);
    gd_tensor_destroy(y);
    return 0;
}
