/* dropout: noise that a network learns to bear (Srivastava et al. 2014). */
#include "autograd/ops/common.h"
#include "tensor/chunks.h"
#include "tensor/random.h"

#include <inttypes.h>

/* y = x m / (1 - p), where each m is 0 with probability p, else 1   =>   dx = dy m / (1 - p): the same op
 * on dy, for m is not kept but drawn again, from where the stream stood. The division leaves the
 * expected value as it is. */
typedef struct noise {
    double p;
    gd_rng rng;
} noise;

static bool dropout_check(gd_tape *tape, gd_node *n)
{
    double p = ((const noise *)n->attributes)->p;
    if (!(p >= 0 && p <= 1))
        return gd_tape_fail(tape, GD_ERROR_VALUE, "the probability %g is outside [0,1]", p);
    return gd_check_elementwise(tape, n);
}

/* The noise of an element depends on its place in the result alone. */
static void dropout_part(void *context, int part, gd__walk *w)
{
    const gd_node *n = context;
    const noise *a = n->attributes;
    double x[GD__CHUNK], y[GD__CHUNK], m[GD__CHUNK], scale = 1 / (1 - a->p);
    (void)part;
    for (gd__chunks c = gd__chunks_begin(w); gd__chunks_next(&c);) {
        int64_t place = ((char *)gd__chunks_data(&c, 0) - (char *)n->out->data) / w->size[0];
        gd_rng rng = {a->rng.key, a->rng.counter + (uint64_t)place};
        gd__bernoulli(&rng, 1 - a->p, c.n, m);
        gd__chunks_load(&c, 1, x);
        for (int64_t j = 0; j < c.n; ++j)
            y[j] = m[j] != 0 ? x[j] * scale : 0; /* also of inf and NaN */
        gd__chunks_store(&c, y);
    }
}

static bool dropout_forward(gd_tape *tape, const gd_node *n)
{
    gd__walk w = gd__walk_begin(2, (const gd_tensor *[]){n->out, n->in[0]});
    gd__parallel_walk(tape->pool, &w, GD__GRAIN, dropout_part, (void *)n);
    return true;
}

static gd_tensor *dropout_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    (void)i;
    return gd_apply(tape, &gd_op_dropout, &dy, 1, n->attributes);
}

const gd_op gd_op_dropout = {
    .name = "dropout",
    GD_OPERANDS("input"),
    .formula = "input / (1 - p) where noise < 1 - p, else 0",
    .gradient = "dinput = dy / (1 - p) where noise < 1 - p, else 0",
    GD_FIELDS(noise, GD_FIELD(noise, p),
              {.name = "key", .kind = GD_FIELD_UINT64, .offset = offsetof(noise, rng.key)},
              {.name = "counter", .kind = GD_FIELD_UINT64, .offset = offsetof(noise, rng.counter)}),
    .check = dropout_check,
    .forward = dropout_forward,
    .grad = dropout_grad,
    .samples =
        GD_SAMPLES({"[2,3]", &(const noise){0.5, {5, 0}}}, {"[3,4]", &(const noise){0.25, {2, 7}}},
                   {"[4]", &(const noise){0, {3, 0}}}, {"[0,2]", &(const noise){0.5, {4, 0}}}),
    .refused =
        GD_SAMPLES({"[2]", &(const noise){-0.1, {0, 0}}}, {"[2]", &(const noise){1.5, {0, 0}}},
                   {"i[2]; -", &(const noise){0.5, {0, 0}}}),
};

gd_tensor *gd_dropout(gd_tape *tape, gd_tensor *input, double p, gd_rng *rng)
{
    gd_tensor *y =
        gd_apply(tape, &gd_op_dropout, &input, 1, rng != NULL ? &(noise){p, *rng} : NULL);
    if (y != NULL)
        rng->counter += (uint64_t)gd_tensor_numel(y);
    return y;
}
