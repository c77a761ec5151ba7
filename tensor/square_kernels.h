/* Part of kernels.c: the loops of the mean squared error. */

static double square_sum(int64_t n, const void *left, int64_t x_step, const void *right,
                         int64_t y_step)
{
    const real *x = left, *y = right;
    double lanes[SUM_LANES] = {0};
    int64_t i = 0;
    for (; x_step == 1 && y_step == 1 && n - i >= SUM_LANES; i += SUM_LANES)
        for (int j = 0; j < SUM_LANES; ++j) {
            double d = (double)x[i + j] - (double)y[i + j];
            lanes[j] += d * d;
        }
    for (; i < n; ++i) {
        double d = (double)x[i * x_step] - (double)y[i * y_step];
        lanes[0] += d * d;
    }
    return sum_of_lanes(lanes);
}

static void square_grad(int64_t n, void *to, const void *left, int64_t x_step, const void *right,
                        int64_t y_step, double scale, bool accumulate)
{
    real *restrict dx = to;
    const real *x = left, *y = right;
    if (x_step == 1 && y_step == 1 && !accumulate)
        for (int64_t i = 0; i < n; ++i)
            dx[i] = (real)(scale * ((double)x[i] - (double)y[i]));
    else
        for (int64_t i = 0; i < n; ++i) {
            double before = accumulate ? (double)dx[i] : 0;
            dx[i] = (real)(before + scale * ((double)x[i * x_step] - (double)y[i * y_step]));
        }
}
