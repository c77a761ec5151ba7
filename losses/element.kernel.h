/* Part of losses/kernels.c: the loops of element.c. A mask has elements 0 and 1. */

/* Whether an x that the mask (NULL: all 1) keeps is not in [low, high]; NaN is not. Without a
 * branch, so that it vectorises. */
static bool is_outside(int64_t n, const double *x, const double *mask, double low, double high)
{
    int outside = 0;
    if (mask == NULL)
        for (int64_t j = 0; j < n; ++j)
            outside |= !(x[j] >= low) | !(x[j] <= high);
    else
        for (int64_t j = 0; j < n; ++j)
            outside |= (!(x[j] >= low) | !(x[j] <= high)) & (mask[j] != 0);
    return outside != 0;
}

/* x = weight x, and 0 where the weight or the mask (NULL: all 1) is 0, whatever x is. Returns how
 * many the mask keeps. */
static int64_t weigh(int64_t n, double *restrict x, const double *restrict weight,
                     const double *restrict mask)
{
    double kept = 0;
    for (int64_t j = 0; weight != NULL && j < n; ++j)
        x[j] = weight[j] == 0 ? 0 : weight[j] * x[j];
    for (int64_t j = 0; mask != NULL && j < n; ++j) {
        x[j] = mask[j] == 0 ? 0 : x[j];
        kept += mask[j];
    }
    return mask != NULL ? (int64_t)kept : n;
}

/* dx = u dx with u = dl / divisor, and 0 where dl is 0, whatever dx is. is_one: dl[0] is for
 * all. */
static void times_u(int64_t n, double *restrict dx, const double *restrict dl, bool is_one,
                    double divisor)
{
    double first = dl[0] / divisor;
    if (is_one)
        for (int64_t j = 0; j < n; ++j)
            dx[j] = first == 0 ? 0 : first * dx[j];
    else
        for (int64_t j = 0; j < n; ++j)
            dx[j] = dl[j] == 0 ? 0 : dl[j] / divisor * dx[j];
}
