/* The area under the ROC curve of each class, without all probabilities in memory. Only each row's
 * probability of its true class is kept, sorted by class. The probabilities of the other rows are
 * compared with these, block after block. */
#include "data/input/number.h"
#include "fit/model/predict.h"

#include <math.h>
#include <string.h>

typedef struct areas {
    int64_t rows, width;
    const int64_t *y; /* [rows] */
    size_t size;      /* of the arrays below together, in bytes */
    int64_t *start;   /* [width + 1]: where each class begins in `own` */
    double *own;      /* [rows]: the true class's probability, class after class, in order */
    double *won;      /* [width]: pairs of an own and another row that the own one wins; ties count
                         half */
} areas;

static int64_t own_rows(const areas *a, int64_t class)
{
    return a->start[class + 1] - a->start[class];
}

static void sort_own(areas *a, const double *own)
{
    for (int64_t i = 0; i < a->rows; ++i)
        ++a->start[a->y[i] + 1];
    for (int64_t k = 0; k < a->width; ++k)
        a->start[k + 1] += a->start[k];
    for (int64_t i = 0; i < a->rows; ++i) /* start[k] moves to the end of class k */
        a->own[a->start[a->y[i]]++] = own[i];
    memmove(a->start + 1, a->start, (size_t)a->width * sizeof *a->start);
    a->start[0] = 0;
    for (int64_t k = 0; k < a->width; ++k)
        gd__sort(a->own + a->start[k], (size_t)own_rows(a, k), sizeof *own, gd__compare_numbers);
}

/* How many of n values in order are less than p, or with `equal` at most p. */
static int64_t count_below(const double *values, int64_t n, double p, bool equal)
{
    int64_t low = 0, high = n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        bool below = equal ? values[middle] <= p : values[middle] < p;
        low = below ? middle + 1 : low;
        high = below ? high : middle;
    }
    return low;
}

/* Compares a row with the rows of each other class. False: a probability is NaN. */
static bool add_row(areas *a, int64_t row, const double *p, int64_t first)
{
    for (int64_t k = first; k < a->width; ++k) {
        const double *own = a->own + a->start[k];
        int64_t n = own_rows(a, k);
        if (isnan(p[k]))
            return false;
        if (k != a->y[row])
            a->won[k] += (double)(n - count_below(own, n, p[k], false)) / 2 +
                         (double)(n - count_below(own, n, p[k], true)) / 2;
    }
    return true;
}

static bool add_all(areas *a, const gd__predictions *predictions, int64_t first_class,
                    bool *defined)
{
    gd_prediction block;
    for (int64_t first = 0, end; *defined && first < a->rows; first = end) {
        if (!gd__predictions_block(predictions, first, &block))
            return false;
        end = first + block.values->shape[0];
        for (int64_t i = first; *defined && i < end; ++i)
            *defined = add_row(a, i, (const double *)block.values->data + (i - first) * a->width,
                               first_class);
        gd_prediction_free(&block);
    }
    return true;
}

/* The counts of pairs are halves of integers, and exact: only the quotients are rounded. */
bool gd__roc_auc(double *area, const gd_examples *examples, const gd__predictions *predictions,
                 const gd_tensor *own, int64_t width)
{
    areas a = {.rows = predictions->rows, .width = width, .y = examples->y->data};
    int64_t first = width == 2;
    bool defined = true;
    double sum = 0;
    *area = NAN;
    a.size = ((size_t)a.rows + 2 * (size_t)width + 1) * sizeof(double);
    a.start = gd__zeros(a.size, 1);
    if (a.start == NULL)
        return false;
    a.won = (double *)(void *)(a.start + width + 1);
    a.own = a.won + width;
    sort_own(&a, own->data);
    for (int64_t k = first; k < width; ++k)
        defined &= own_rows(&a, k) > 0 && own_rows(&a, k) < a.rows;
    bool ok = add_all(&a, predictions, first, &defined);
    for (int64_t k = first; k < width; ++k)
        sum += a.won[k] / ((double)own_rows(&a, k) * (double)(a.rows - own_rows(&a, k)));
    if (ok && defined)
        *area = sum / (double)(width - first);
    gd_free(a.start, a.size);
    return ok;
}
