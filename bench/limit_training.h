/* Part of limit.c: steps that are products above all. */

/* C [m,n] = A B, either transposed; all are dense. */
static void multiply(bool transpose_a, bool transpose_b, int m, int n, int k, const float *a,
                     const float *b, float *c)
{
    cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, m, n, k, 1, a, transpose_a ? m : k, b,
                transpose_b ? k : n, 0, c, n);
}

static void *setup_matmul(const bench_case *c)
{
    arrays *a = must(calloc(1, sizeof *a));
    a->rows = a->columns = c->sizes[0];
    a->n = (int64_t)a->rows * a->columns;
    a->x = draw_normal(GD_DIMS(a->n), 0)->data;
    a->w = draw_normal(GD_DIMS(a->n), 1)->data;
    a->y = floats(a->n);
    a->dx = floats(a->n);
    a->dw = floats(a->n);
    a->db = floats(a->n); /* the gradient of the product: ones */
    for (int64_t i = 0; i < a->n; ++i)
        a->db[i] = 1;
    return a;
}

static double step_matmul(void *of)
{
    arrays *a = of;
    int n = a->rows;
    multiply(false, false, n, n, n, a->x, a->w, a->y);
    multiply(false, true, n, n, n, a->db, a->w, a->dx);
    multiply(true, false, n, n, n, a->x, a->db, a->dw);
    return (double)a->y[0];
}

/* ---- a network: layers z = x W^T + b with relu between */

typedef struct parameter {
    int64_t n;
    float *x, *dx, *m, *v; /* m: momentum, or Adam's first moment */
} parameter;

typedef struct layer {
    int in, out;
    parameter weight, bias;
    float *z, *dz; /* [batch,out]; z after relu */
} layer;

typedef struct network {
    const bench_case *c;
    int layers, batch, at;
    layer layer[MAX_LAYERS];
    const float *x[BATCHES];
    const void *y[BATCHES];
    float *log_p;
    row_sums *sums;
    double step;
} network;

static parameter parameter_of(gd_tensor *x)
{
    int64_t n = gd_tensor_numel(x);
    return (parameter){n, x->data, floats(n), floats(n), floats(n)};
}

static layer layer_of(int batch, int in, int out, int i)
{
    gd_tensor *weight = must(gd_tensor_create(GD_F32, GD_DIMS(out, in)));
    gd_tensor *bias = must(gd_tensor_create(GD_F32, GD_DIMS(out)));
    draw_layer(weight, bias, i);
    return (layer){in,
                   out,
                   parameter_of(weight),
                   parameter_of(bias),
                   floats(batch * out),
                   floats(batch * out)};
}

static void *setup_training(const bench_case *c)
{
    network *w = must(calloc(1, sizeof *w));
    w->c = c;
    w->batch = c->batch;
    for (; w->layers < MAX_LAYERS && c->sizes[w->layers + 1] > 0; ++w->layers)
        w->layer[w->layers] =
            layer_of(c->batch, c->sizes[w->layers], c->sizes[w->layers + 1], w->layers);
    int out = c->sizes[w->layers];
    w->log_p = floats(c->batch * out);
    w->sums = must(calloc((size_t)c->batch, sizeof *w->sums));
    for (int i = 0; i < BATCHES; ++i) {
        uint64_t seed = 200 + (uint64_t)i;
        w->x[i] = draw_batch(c->batch, c->sizes[0], i)->data;
        w->y[i] = (c->variant == 1 ? draw_classes : draw_labels)(c->batch, out, seed)->data;
    }
    return w;
}

static void add_bias(const layer *l, int batch, bool relu)
{
    float *restrict z = l->z;
    const float *restrict bias = l->bias.x;
    for (int i = 0; i < batch; ++i, z += l->out)
        for (int j = 0; j < l->out; ++j) {
            float sum = z[j] + bias[j];
            z[j] = relu && sum < 0 ? 0 : sum;
        }
}

/* The sum of dz over the batch, in double. */
static void sum_bias(const layer *l, int batch)
{
    enum { WIDTH = 64 };
    for (int first = 0; first < l->out; first += WIDTH) {
        int width = l->out - first < WIDTH ? l->out - first : WIDTH;
        double sum[WIDTH] = {0};
        for (int i = 0; i < batch; ++i)
            for (int j = 0; j < width; ++j)
                sum[j] += (double)l->dz[i * l->out + first + j];
        for (int j = 0; j < width; ++j)
            l->bias.dx[first + j] = (float)sum[j];
    }
}

static void only_where_positive(int64_t n, float *restrict dz, const float *restrict z)
{
    for (int64_t i = 0; i < n; ++i)
        dz[i] = z[i] > 0 ? dz[i] : 0;
}

static void sgd_update(const parameter *p, float momentum)
{
    float *restrict x = p->x, *restrict m = p->m;
    const float *restrict dx = p->dx;
    if (momentum == 0)
        for (int64_t i = 0; i < p->n; ++i)
            x[i] -= 0.01f * dx[i];
    else
        for (int64_t i = 0; i < p->n; ++i) {
            m[i] = momentum * m[i] + dx[i];
            x[i] -= 0.01f * m[i];
        }
}

static void adam_update(const parameter *p, double step)
{
    float *restrict x = p->x, *restrict m = p->m, *restrict v = p->v;
    const float *restrict dx = p->dx;
    float rate = (float)(0.001 / (1 - pow(0.9, step))), root = (float)sqrt(1 - pow(0.999, step));
    for (int64_t i = 0; i < p->n; ++i) {
        m[i] = 0.9f * m[i] + 0.1f * dx[i];
        v[i] = 0.999f * v[i] + 0.001f * dx[i] * dx[i];
        x[i] -= rate * (m[i] / (sqrtf(v[i]) / root + 1e-8f));
    }
}

static void update(const network *w, const parameter *p)
{
    if (w->c->adam)
        adam_update(p, w->step);
    else
        sgd_update(p, (float)w->c->momentum);
}

static double step_training(void *of)
{
    network *w = of;
    const layer *last = &w->layer[w->layers - 1];
    const float *x = w->x[w->at];
    const void *y = w->y[w->at];
    int batch = w->batch;
    double loss;
    ++w->step;
    for (int i = 0; i < w->layers; ++i) {
        const layer *l = &w->layer[i];
        multiply(false, true, batch, l->out, l->in, i > 0 ? l[-1].z : x, l->weight.x, l->z);
        add_bias(l, batch, l != last);
    }
    if (w->c->variant == 1) {
        loss = ce_value(batch, last->out, last->z, y, w->log_p, w->sums);
        ce_slope(batch, last->out, last->z, y, w->sums, last->dz);
    } else {
        loss = bcel_value(batch * last->out, last->z, y);
        bcel_slope(batch * last->out, last->z, y, last->dz);
    }
    for (int i = w->layers - 1; i >= 0; --i) {
        const layer *l = &w->layer[i];
        multiply(true, false, l->out, l->in, batch, l->dz, i > 0 ? l[-1].z : x, l->weight.dx);
        sum_bias(l, batch);
        if (i > 0) {
            multiply(false, false, batch, l->in, l->out, l->dz, l->weight.x, l[-1].dz);
            only_where_positive((int64_t)batch * l->in, l[-1].dz, l[-1].z);
        }
        update(w, &l->weight);
        update(w, &l->bias);
    }
    w->at = (w->at + 1) % BATCHES;
    return loss;
}

/* ---- Adam alone, on one large parameter ---- */

typedef struct large_parameter {
    parameter p;
    double step;
} large_parameter;

static void *setup_adam(const bench_case *c)
{
    large_parameter *l = must(calloc(1, sizeof *l));
    l->p.n = c->sizes[0];
    l->p.x = draw_normal(GD_DIMS(l->p.n), 1)->data;
    l->p.dx = draw_normal(GD_DIMS(l->p.n), 2)->data;
    l->p.m = floats(l->p.n);
    l->p.v = floats(l->p.n);
    return l;
}

static void adam_part(void *of, int64_t i, int64_t end)
{
    const large_parameter *l = of;
    const parameter *p = &l->p;
    adam_update(
        &(parameter){.n = end - i, .x = p->x + i, .dx = p->dx + i, .m = p->m + i, .v = p->v + i},
        l->step);
}

static double step_adam(void *of)
{
    large_parameter *l = of;
    ++l->step;
    side_by_side(l->p.n, adam_part, l);
    return (double)l->p.x[0];
}
