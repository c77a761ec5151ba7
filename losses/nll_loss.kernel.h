/* Part of losses/kernels.c: the loops over the classes of one position, for nll_loss.c, which
 * derives them. */

/* q_c = w_c ((1 - e) t_c + e / C) */
static inline double share(const gd__nll_row *r, int64_t c)
{
    double t = r->target != NULL ? (double)((const real *)r->target)[c * r->target_step]
                                 : (c == r->label ? 1 : 0);
    double w = r->weight != NULL ? r->weight[c] : 1;
    return w * ((1 - r->smoothing) * t + r->smoothing / (double)r->classes);
}

/* L_c */
static inline double log_probability(const gd__nll_row *r, int64_t c)
{
    return (double)((const real *)r->x)[c * r->x_step] - r->max - r->log_sum;
}

/* The sum of -q_c L_c, where q_c = 0 makes 0 of any L_c; or, for `shares`, Q, the sum of q_c. */
static inline __attribute__((always_inline)) double sum_over_classes(const gd__nll_row *row,
                                                                     bool shares)
{
    const gd__nll_row copy = *row, *r = &copy; /* which nothing else writes to */
    double term[GD__CHUNK];
    gd__exact_sum sum = {0, 0};
    for (int64_t first = 0; first < r->classes; first += GD__CHUNK) {
        int64_t n = r->classes - first < GD__CHUNK ? r->classes - first : GD__CHUNK;
        for (int64_t j = 0; j < n; ++j) {
            double q = share(r, first + j), l = shares ? -1 : log_probability(r, first + j);
            term[j] = q == 0 ? 0 : -q * l;
        }
        gd__exact_sum_add(&sum, sum_chunk(n, term));
    }
    return gd__exact_sum_value(sum);
}

/* l = -sum of q_c L_c */
static double nll_value(const gd__nll_row *r)
{
    return sum_over_classes(r, false);
}

/* dL_c = -u q_c */
static void nll_slope(const gd__nll_row *row, void *to, int64_t step, double u, bool accumulate)
{
    const gd__nll_row copy = *row, *r = &copy;
    real *dx = to;
    for (int64_t c = 0; c < r->classes; ++c) {
        double before = accumulate ? (double)dx[c * step] : 0, q = share(r, c);
        dx[c * step] = (real)(before - (q == 0 ? 0 : u * q));
    }
}

/* dx_c = u (Q p_c - q_c), p_c = e^L_c. Where p_c is near 1 that cancels; there it is
 * u (Q (p_c - 1) + (Q - q_c)), with p_c - 1 by expm1. */
static void nll_logit_slope(const gd__nll_row *row, void *to, int64_t step, double u,
                            bool accumulate)
{
    const gd__nll_row copy = *row, *r = &copy;
    real *dx = to;
    double total = sum_over_classes(r, true);
    for (int64_t c = 0; c < r->classes; ++c) {
        double q = share(r, c), l = log_probability(r, c);
        double small = total * exp_(l) - q, large = total * expm1_(l) + (total - q);
        double before = accumulate ? (double)dx[c * step] : 0;
        double slope = total == 0 ? 0 : l > -0.7 ? large : small; /* 0: even of NaN */
        dx[c * step] = (real)(before + u * slope);
    }
}
