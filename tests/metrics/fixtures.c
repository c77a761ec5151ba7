/* Every metric against scikit-learn: tests/fixtures/metrics.txt, whose form make_metrics.py
 * describes. With float64, float32 and scattered operands, in one batch and in several. */
#include "../cmocka_all.h"
#include "../tensor_of_text.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char file_name[] = "metrics.txt";
static int line_number, differences;

enum { INPUT, TARGET, MASK, TENSORS };

typedef struct data {
    int64_t classes;
    int n;
    gd_tensor *x[TENSORS]; /* [n]; the mask may be missing */
} data;

/* ---- how the operands are given ---- */

enum form { PLAIN, SINGLE, SCATTERED, FORMS };

/* A tape's tensor with x's values, and for SCATTERED the dimensions in memory reversed. */
static gd_tensor *operand(gd_tape *t, gd_tensor *x, enum form form)
{
    int64_t shape[GD_MAX_DIMS], order[GD_MAX_DIMS];
    if (form == SINGLE)
        return gd_dtype_is_float(x->dtype) ? gd_cast(t, x, GD_F32) : x;
    if (form == PLAIN)
        return x;
    for (int k = 0; k < x->ndim; ++k) {
        shape[k] = x->shape[x->ndim - 1 - k];
        order[k] = x->ndim - 1 - k;
    }
    gd_tensor *view = gd_permute(t, gd_zeros(t, x->dtype, x->ndim, shape), x->ndim, order);
    assert_int_equal(gd_tensor_copy(view, x), GD_OK);
    return view;
}

/* Takes in rows [from, to). */
static void update(gd_metric *m, gd_tensor *const *x, int64_t from, int64_t to)
{
    gd_tensor part[TENSORS];
    for (int k = 0; k < TENSORS && x[k] != NULL; ++k)
        part[k] = gd_tensor_slice(x[k], 0, from, to, 1);
    if (gd_metric_update(m, &part[INPUT], &part[TARGET], x[MASK] != NULL ? &part[MASK] : NULL) !=
        GD_OK)
        fail_msg("%s:%d: %s", file_name, line_number, gd_message());
}

/* ---- comparing ---- */

static bool agrees(double a, double e)
{
    return isnan(e) ? isnan(a) : fabs(a - e) <= 1e-12 * fabs(e) + 1e-15;
}

static void compare(const char *name, const gd_tensor *actual, const gd_tensor *expected)
{
    bool same = gd_tensor_numel(actual) == gd_tensor_numel(expected);
    for (int64_t i = 0; same && i < gd_tensor_numel(expected); ++i)
        same = agrees(((const double *)actual->data)[i], ((const double *)expected->data)[i]);
    if (!same) {
        ++differences;
        print_error("%s:%d: %s is %g, not %g\n", file_name, line_number, name,
                    ((const double *)actual->data)[0], ((const double *)expected->data)[0]);
    }
}

static void check(const data *d, const gd_metric_kind *kind, const gd_metric_options *o,
                  enum form form, const gd_tensor *expected)
{
    gd_tape *t = gd_tape_create();
    gd_metric *m = gd_metric_create(kind, d->classes, o);
    gd_tensor *x[TENSORS] = {NULL};
    if (m == NULL)
        fail_msg("%s:%d: %s", file_name, line_number, gd_message());
    for (int k = 0; k < d->n; ++k)
        x[k] = operand(t, d->x[k], form);
    int64_t rows = x[INPUT]->shape[0];
    update(m, x, 0, rows);
    compare(gd_metric_name(kind), gd_metric_compute(m), expected);
    gd_metric_reset(m);
    update(m, x, rows / 3, rows);
    gd_metric_compute(m); /* a look on the way changes nothing */
    update(m, x, 0, 0);
    update(m, x, 0, rows / 3);
    compare(gd_metric_name(kind), gd_metric_compute(m), expected);
    gd_metric_destroy(m);
    gd_tape_destroy(t);
}

/* ---- reading ---- */

static bool seen[100]; /* kinds */

/* What stands under the mask must not be looked at: it becomes what would be refused, or wrong. */
static void spoil(data *d)
{
    const gd_tensor *mask = d->x[MASK];
    for (int k = INPUT; k <= TARGET; ++k) {
        gd_tensor *x = d->x[k];
        int64_t each = gd_tensor_numel(x) / gd_tensor_numel(mask);
        for (int64_t i = 0; i < gd_tensor_numel(x); ++i) {
            if (((const uint8_t *)mask->data)[i / each] != 0)
                continue;
            if (x->dtype == GD_F64)
                ((double *)x->data)[i] = (double)NAN;
            else if (x->dtype == GD_I64)
                ((int64_t *)x->data)[i] = d->classes;
            else
                ((uint8_t *)x->data)[i] ^= 1;
        }
    }
}

static void check_line(const data *d, char *line)
{
    char keyword[8], name[64], *at = line;
    int read = 0;
    sscanf(line, "%7s %63s%n", keyword, name, &read);
    gd_metric_options o = {.average = (gd_average)strtol(at + read, &at, 10)};
    o.zero_division = strtod(at, &at);
    o.threshold = strtod(at, &at);
    o.k = strtoll(at, &at, 10);
    const gd_metric_kind *kind = gd_metric_find(name);
    if (kind == NULL)
        fail_msg("%s:%d: there is no %s", file_name, line_number, name);
    for (int i = 0; gd_metric_kind_at(i) != NULL; ++i)
        seen[i] |= gd_metric_kind_at(i) == kind;
    gd_tensor *expected = tensor_of_text(at + 1, file_name, line_number);
    for (enum form form = PLAIN; form < FORMS; ++form)
        if (strcmp(keyword, form == SINGLE ? "is64" : "is32") != 0)
            check(d, kind, &o, form, expected);
    gd_tensor_destroy(expected);
}

static void forget(data *d)
{
    for (int k = 0; k < d->n; ++k)
        gd_tensor_destroy(d->x[k]);
    *d = (data){.n = 0};
}

static void test_against_scikit_learn(void **state)
{
    (void)state;
    static char line[1 << 16];
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/metrics.txt", "r");
    data d = {.n = 0};
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        ++line_number;
        if (strncmp(line, "data ", 5) == 0) {
            forget(&d);
            d.classes = strtoll(line + 5, NULL, 10);
        } else if (strncmp(line, "is", 2) == 0)
            check_line(&d, line);
        else {
            d.x[d.n++] = tensor_of_text(line, file_name, line_number);
            if (d.n == TENSORS)
                spoil(&d);
        }
    }
    forget(&d);
    fclose(file);
    assert_int_equal(differences, 0);
    for (int i = 0; gd_metric_kind_at(i) != NULL; ++i)
        if (!seen[i])
            fail_msg("%s has no case", gd_metric_name(gd_metric_kind_at(i)));
}

int fixtures_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_scikit_learn)};
    return cmocka_run_group_tests_name("against scikit-learn", tests, NULL, NULL);
}
