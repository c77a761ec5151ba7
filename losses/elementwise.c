#include "losses/elementwise.h"

#include <math.h>

/* What is walked: what is written or, in a reduction, the input again; the operands; the mask; dl. */
enum { WHOLE, VALUES, TENSORS = VALUES + GD__LOSS_NUMBERS + 2 };

static const gd__element_loss *form_of(const gd_node *n)
{
    return n->op->detail;
}

gd_tensor *gd__elementwise_operand(const gd_node *n, int k)
{
    return k < form_of(n)->operands && k < n->n_in ? n->in[k] : NULL;
}

gd_tensor *gd__elementwise_mask(const gd_node *n)
{
    int place = form_of(n)->operands;
    return place < n->n_in ? n->in[place] : NULL;
}

static gd_tensor view_of(const gd_node *n, int k)
{
    const gd__element_loss *form = form_of(n);
    return form->view != NULL ? form->view(n, k) : *n->in[k];
}

/* ---- what is accepted ---- */

/* Operand k, called `what`, must broadcast to the input's shape. */
static bool check_fits(gd_tape *tape, const gd_node *n, int k, const char *what)
{
    const gd_tensor *input = n->in[0], *given = n->in[k];
    gd_tensor x = k < form_of(n)->operands ? view_of(n, k) : *given;
    int added = input->ndim - x.ndim;
    bool fits = added >= 0;
    for (int d = 0; fits && d < x.ndim; ++d)
        fits = x.shape[d] == 1 || x.shape[d] == input->shape[d + added];
    char texts[2][GD__SHAPE_TEXT];
    return fits || gd_tape_fail(tape, GD_ERROR_SHAPE, "%s %s does not broadcast to input %s", what,
                                gd__shape_text(texts[0], given->ndim, given->shape),
                                gd__shape_text(texts[1], input->ndim, input->shape));
}

bool gd__elementwise_check(gd_tape *tape, gd_node *n)
{
    const gd__element_loss *form = form_of(n);
    const gd__reducing *r = n->attributes;
    if (!gd__check_reducing(tape, r) || !gd_check_float(tape, n, 0))
        return false;
    for (int k = 1; k < form->operands; ++k) {
        if (gd__elementwise_operand(n, k) == NULL)
            continue;
        if (!gd_check_same_dtype(tape, n, 0, k))
            return false;
        const char *what = form->accepted[k].what;
        if (k == 1 && k < n->op->least_operands ? !gd__check_target_shape(tape, n->in[0], n->in[1])
                                                : !check_fits(tape, n, k, what))
            return false;
    }
    if (gd__elementwise_mask(n) != NULL && (!gd_check_dtype(tape, n, form->operands, GD_BOOL) ||
                                            !check_fits(tape, n, form->operands, "mask")))
        return false;
    gd__set_like(n->out, n->in[0]);
    if (r->reduction != GD_REDUCTION_NONE)
        n->out->ndim = 0;
    return true;
}

/* ---- chunk after chunk ---- */

typedef struct problem {
    const gd__element_loss *form;
    gd__chunks chunks;
    gd__elements elements;
    const double *mask, *upstream; /* of this chunk; NULL: none */
    double values[TENSORS][GD__CHUNK];
    bool plain;   /* only the input and the target */
    int64_t kept; /* elements so far that the mask leaves in */
} problem;

/* `whole` has the input's shape: what is written, or the input again. */
static void begin(problem *p, const gd_node *n, const gd_tensor *whole, const gd_tensor *dl)
{
    const gd__element_loss *form = form_of(n);
    const gd_tensor *walked[TENSORS] = {whole};
    gd_tensor views[GD__LOSS_NUMBERS];
    int count = VALUES;
    p->elements = (gd__elements){.node = n};
    p->mask = p->upstream = NULL;
    for (int k = 0; k < form->operands; ++k) {
        if (gd__elementwise_operand(n, k) == NULL)
            continue;
        views[k] = view_of(n, k);
        p->elements.v[k] = p->values[count];
        walked[count++] = &views[k];
    }
    if (gd__elementwise_mask(n) != NULL) {
        p->mask = p->values[count];
        walked[count++] = gd__elementwise_mask(n);
    }
    p->plain = form->fast != NULL && count == GD__FAST_TARGET + 1;
    if (dl != NULL) {
        p->upstream = p->values[count];
        walked[count++] = dl;
    }
    p->form = form;
    p->kept = 0;
    p->chunks = gd__chunks_begin(count, walked);
    p->elements.kernels = p->chunks.kernels;
}

static bool is_accepted(const gd__accepted *a, double x)
{
    return a->only_ends ? x == a->low || x == a->high : x >= a->low && x <= a->high;
}

static bool refuse(gd_tape *tape, const problem *p, const gd__accepted *a, int64_t j, double x)
{
    char position[GD__SHAPE_TEXT];
    return gd_tape_fail(tape, GD_ERROR_VALUE, "%s %g at %s %s", a->what, x,
                        gd__position_text(position, p->elements.node->in[0], p->chunks.first + j),
                        a->rule);
}

/* Whether all values, where they count, are accepted. The first loop has no branch. */
static bool check_values(gd_tape *tape, const problem *p, const gd__accepted *a, const double *x)
{
    int outside = a->only_ends;
    for (int64_t j = 0; j < p->chunks.n; ++j)
        outside |= !(x[j] >= a->low) | !(x[j] <= a->high);
    for (int64_t j = 0; outside != 0 && j < p->chunks.n; ++j)
        if ((p->mask == NULL || p->mask[j] != 0) && !is_accepted(a, x[j]))
            return refuse(tape, p, a, j, x[j]);
    return true;
}

static void load(problem *p)
{
    gd__chunks_load(&p->chunks, p->values);
    p->elements.n = p->chunks.n;
}

static bool check_loaded(gd_tape *tape, const problem *p)
{
    for (int k = 0; k < p->form->operands; ++k)
        if (p->elements.v[k] != NULL && p->form->accepted[k].what != NULL &&
            !check_values(tape, p, &p->form->accepted[k], p->elements.v[k]))
            return false;
    return true;
}

/* The losses of this chunk, 0 where the mask is false. false: a value is refused. */
static bool make_losses(gd_tape *tape, problem *p, double *losses)
{
    load(p);
    if (!check_loaded(tape, p))
        return false;
    p->form->loss(&p->elements, losses);
    p->kept += p->mask == NULL ? p->chunks.n : 0;
    for (int64_t j = 0; p->mask != NULL && j < p->chunks.n; ++j) {
        losses[j] = p->mask[j] != 0 ? losses[j] : 0;
        p->kept += p->mask[j] != 0;
    }
    return true;
}

/* The same, written to the output. */
static bool store_losses(gd_tape *tape, problem *p)
{
    double losses[GD__CHUNK];
    if (p->plain && p->form->fast->losses != NULL && p->form->fast->losses(&p->chunks, losses))
        p->kept += p->chunks.n;
    else if (!make_losses(tape, p, losses))
        return false;
    gd__chunks_store(&p->chunks, losses);
    return true;
}

static bool add_losses(gd_tape *tape, problem *p, double *high, double *low)
{
    double losses[GD__CHUNK], sum;
    if (p->plain && p->form->fast->sum(&p->chunks, &sum))
        p->kept += p->chunks.n;
    else if (make_losses(tape, p, losses))
        sum = p->chunks.kernels->sum_chunk(p->chunks.n, losses);
    else
        return false;
    gd__two_sum(high, low, sum);
    return true;
}

/* ---- the value ---- */

/* What the gradient needs to know again. */
typedef struct kept {
    double divisor;
} kept;

size_t gd__elementwise_saved_size(const gd_node *n)
{
    (void)n;
    return sizeof(kept);
}

double gd__elementwise_divisor(const gd_node *n)
{
    return ((const kept *)n->saved)->divisor;
}

bool gd__elementwise_forward(gd_tape *tape, const gd_node *n)
{
    const gd__reducing *r = n->attributes;
    bool reduce = r->reduction != GD_REDUCTION_NONE, right = true;
    double high = 0, low = 0;
    problem p;
    begin(&p, n, reduce ? n->in[0] : n->out, NULL);
    while (right && gd__chunks_advance(&p.chunks))
        right = reduce ? add_losses(tape, &p, &high, &low) : store_losses(tape, &p);
    if (!right)
        return false;
    double divisor = gd__divisor(r, (double)p.kept, n->in[0]);
    ((kept *)n->saved)->divisor = divisor;
    if (r->count_out != NULL)
        *r->count_out = (double)p.kept;
    if (reduce)
        gd__set_float_at(n->out->dtype, n->out->data, 0,
                         gd__reduced(r, gd__sum_value(high, low), divisor));
    return true;
}

/* ---- the gradient ---- */

/* slopes = u slopes, u = dl / divisor; 0 where u is 0, whatever the slope is. */
static void times_upstream(const problem *p, double divisor, double *slopes)
{
    const double *dl = p->upstream;
    int64_t n = p->chunks.n;
    if (p->chunks.walk.step[p->chunks.walk.n - 1] == 0) { /* one for all */
        double u = dl[0] / divisor;
        for (int64_t j = 0; j < n; ++j)
            slopes[j] = u == 0 ? 0 : u * slopes[j];
    } else
        for (int64_t j = 0; j < n; ++j)
            slopes[j] = dl[j] == 0 ? 0 : slopes[j] * (dl[j] / divisor);
    for (int64_t j = 0; p->mask != NULL && j < n; ++j)
        slopes[j] = p->mask[j] != 0 ? slopes[j] : 0;
}

/* This chunk's slopes times u, written or added. Its values were checked forward. */
static void store_gradients(problem *p, int i, double divisor, bool accumulate)
{
    double slopes[GD__CHUNK];
    if (p->plain && i == 0 && p->form->fast->grad(&p->chunks, divisor, accumulate))
        return;
    load(p);
    p->form->slope(&p->elements, i, slopes);
    times_upstream(p, divisor, slopes);
    for (int64_t j = 0; accumulate && j < p->chunks.n; ++j)
        slopes[j] += p->values[WHOLE][j];
    gd__chunks_store(&p->chunks, slopes);
}

bool gd__elementwise_grad_into(gd_tape *tape, const gd_node *n, const gd_tensor *dl, int i,
                               gd_tensor *dst, bool accumulate)
{
    (void)tape;
    double divisor = gd__elementwise_divisor(n);
    if (i >= form_of(n)->slopes || !(divisor > 0) || !gd__same_shape(dst, n->in[0]))
        return false;
    problem p;
    begin(&p, n, dst, dl);
    while (gd__chunks_advance(&p.chunks))
        store_gradients(&p, i, divisor, accumulate);
    return true;
}

/* Operand k, with a safe number where the mask is false. */
static gd_tensor *filled(gd_tape *tape, const gd_node *n, int k, gd_tensor *unused)
{
    gd_tensor *x = gd__elementwise_operand(n, k);
    return x != NULL && unused != NULL ? gd_masked_fill(tape, x, unused, form_of(n)->safe[k]) : x;
}

/* u slope, u = dl / D */
gd_tensor *gd__elementwise_grad(gd_tape *tape, const gd_node *n, gd_tensor *dl, int i)
{
    const gd__element_loss *form = form_of(n);
    gd_tensor *v[GD__LOSS_NUMBERS] = {NULL}, *mask = gd__elementwise_mask(n);
    if (!(gd__elementwise_divisor(n) > 0) || i >= form->slopes)
        return gd__zeros_like(tape, n->in[i]);
    gd_tensor *u = gd_div(tape, dl, gd_scalar_like(tape, gd__elementwise_divisor(n), dl));
    gd_tensor *unused = mask != NULL ? gd_logical_not(tape, mask) : NULL;
    for (int k = 0; k < form->operands; ++k)
        v[k] = filled(tape, n, k, unused);
    if (unused != NULL)
        u = gd_masked_fill(tape, u, unused, 0);
    gd_tensor *g = gd__times_upstream(tape, u, form->slope_op(tape, n, v, i));
    return gd_expand(tape, g, n->in[0]->ndim, n->in[0]->shape);
}

/* ---- for messages and traces ---- */

int gd__elementwise_print(char *buffer, size_t size, const void *attributes)
{
    return gd__print_reducing(buffer, size, attributes);
}

int gd__print_numbers(char *buffer, size_t size, const void *attributes, const char *format)
{
    const gd__numbers *a = attributes;
    char numbers[160];
    int length = gd__print_reducing(buffer, size, &a->reducing);
    snprintf(numbers, sizeof numbers, format, a->p[0], a->p[1], a->p[2], a->p[3]);
    size_t used = (size_t)length < size ? (size_t)length : size;
    return length + snprintf(buffer + used, size - used, "%s", numbers);
}

/* ---- losses of an input and a target ---- */

gd_tensor *gd__apply_pair(gd_tape *tape, const gd_op *op, gd_tensor *input, gd_tensor *target,
                          const gd_loss_options *options)
{
    gd_loss_options o = options != NULL ? *options : (gd_loss_options){.mask = NULL};
    return gd_apply(tape, op, (gd_tensor *[]){input, target, o.mask}, 3,
                    &(gd__reducing)GD__REDUCING(o));
}

const gd_sample gd__pair_samples[] = {
    {"[2,3] [2,3]", &(const gd__numbers){.p = {0}}},
    {"[2,3] [2,3]", &(const gd__numbers){.reducing.reduction = GD_REDUCTION_SUM}},
    {"[2,3] [2,3] b[2,3]", &(const gd__numbers){.reducing.reduction = GD_REDUCTION_NONE}},
    {"[3,2] [3,2] b[2]", &(const gd__numbers){.reducing.denominator = {5, true}}},
    {"[4,1] [4,1]", &(const gd__numbers){.reducing.reduction = GD_REDUCTION_BATCHMEAN}},
    {"[] []", &(const gd__numbers){.p = {0}}},
    {"[0,2] [0,2]", &(const gd__numbers){.p = {0}}},
    {NULL, NULL}};

const gd_sample gd__pair_refused[] = {
    {"[2,3] [3]", &(const gd__numbers){.p = {0}}},
    {"[3,1] [3]", &(const gd__numbers){.p = {0}}},
    {"[3] [3] b[2]", &(const gd__numbers){.p = {0}}},
    {"[3] [3] i[3]", &(const gd__numbers){.p = {0}}},
    {"[3] i[3]", &(const gd__numbers){.p = {0}}},
    {"[3] -", &(const gd__numbers){.p = {0}}},
    {"- [3]", &(const gd__numbers){.p = {0}}},
    {"[3] [3]", &(const gd__numbers){.reducing.reduction = (gd_reduction)7}},
    {NULL, NULL}};
