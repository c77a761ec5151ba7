/* Part of limit.c: ops of elements. */

static void *setup_elementwise(const bench_case *c)
{
    arrays *a = arrays_of(c);
    a->x = draw_normal(GD_DIMS(a->n), 0)->data;
    a->w = draw_normal(GD_DIMS(a->n), 1)->data;
    a->b = draw_normal(GD_DIMS(a->n), 2)->data;
    a->product = floats(a->n);
    a->sum = floats(a->n);
    a->dw = c->variant == 1 ? floats(a->n) : NULL;
    a->db = c->variant == 1 ? floats(a->n) : NULL;
    return a;
}

/* y = relu(x w + b), with the values of all three ops written. */
static void relu_value(int64_t n, const float *restrict x, const float *restrict w,
                       const float *restrict b, float *restrict product, float *restrict sum,
                       float *restrict y)
{
    for (int64_t i = 0; i < n; ++i) {
        product[i] = x[i] * w[i];
        sum[i] = product[i] + b[i];
        y[i] = sum[i] > 0 ? sum[i] : 0;
    }
}

/* The gradients of the sum of y. */
static void relu_slope(int64_t n, const float *restrict x, const float *restrict w,
                       const float *restrict y, float *restrict dx, float *restrict dw,
                       float *restrict db)
{
    for (int64_t i = 0; i < n; ++i) {
        float dz = (float)(y[i] > 0);
        dx[i] = dz * w[i];
        dw[i] = dz * x[i];
        db[i] = dz;
    }
}

static void relu_values(void *of, int64_t i, int64_t end)
{
    arrays *a = of;
    relu_value(end - i, a->x + i, a->w + i, a->b + i, a->product + i, a->sum + i, a->y + i);
}

static void relu_slopes(void *of, int64_t i, int64_t end)
{
    arrays *a = of;
    relu_slope(end - i, a->x + i, a->w + i, a->y + i, a->dx + i, a->dw + i, a->db + i);
    a->part_sums[i * MOST_PARTS / a->n] = sum_of(end - i, a->y + i);
}

static double step_elementwise(void *of)
{
    arrays *a = of;
    side_by_side(a->n, relu_values, a);
    if (a->dw == NULL)
        return (double)a->y[0];
    side_by_side(a->n, relu_slopes, a);
    double sum = 0;
    for (int part = 0; part < MOST_PARTS; ++part)
        sum += a->part_sums[part];
    return sum;
}

static void *setup_unary(const bench_case *c)
{
    arrays *a = arrays_of(c);
    a->x = draw_normal(GD_DIMS(a->n), 1)->data;
    return a;
}

static double step_exp(void *of)
{
    arrays *a = of;
    for (int64_t i = 0; i + ELEMENTS_BLOCK <= a->n; i += ELEMENTS_BLOCK)
        exp_block(a->y + i, a->x + i);
    return (double)a->y[0];
}

static double step_tanh(void *of)
{
    arrays *a = of;
    for (int64_t i = 0; i + ELEMENTS_BLOCK <= a->n; i += ELEMENTS_BLOCK)
        tanh_block(a->y + i, a->x + i);
    return (double)a->y[0];
}

static double step_sigmoid(void *of)
{
    arrays *a = of;
    for (int64_t i = 0; i + ELEMENTS_BLOCK <= a->n; i += ELEMENTS_BLOCK)
        sigmoid_block(a->y + i, a->x + i);
    return (double)a->y[0];
}
