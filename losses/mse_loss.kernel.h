/* Part of losses/kernels.c: the loops of mse_loss.c. */

/* l = (x - y)^2 */
static void mse_value(int64_t n, double *restrict l, const double *restrict x,
                      const double *restrict y)
{
    for (int64_t j = 0; j < n; ++j)
        l[j] = (x[j] - y[j]) * (x[j] - y[j]);
}

/* dl/dx = 2 (x - y) */
static void mse_slope(int64_t n, double *restrict dx, const double *restrict x,
                      const double *restrict y)
{
    for (int64_t j = 0; j < n; ++j)
        dx[j] = 2 * (x[j] - y[j]);
}
