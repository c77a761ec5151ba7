/* Every op against PyTorch: tests/fixtures/ops.txt, made by make_ops.py, whose comment has the
 * format. Through the public functions; in both float types; with operands that lie side by side in
 * memory and with scattered ones. */
#include "../cmocka_all.h"
#include "autograd/ops/op_list.h"
#include "losses/loss_list.h"
#include "operands.h"
#include "tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ARGUMENTS = 8, MOST_WORDS = 4096 };

/* A call of the file. Expected values are float64, int64 or bool. */
typedef struct fixture {
    char name[32];
    double arguments[MOST_ARGUMENTS];
    int n_arguments;
    gd_tensor *operand[MOST_OPERANDS], *gradient[MOST_OPERANDS], *dy, *out;
    int n;
    bool normwise;
} fixture;

typedef gd_tensor *caller(gd_tape *t, const fixture *f, gd_tensor *const *x);

/* ---- how each op is called ---- */

static int integer(const fixture *f, int k)
{
    return (int)f->arguments[k];
}

/* The arguments from number k on, as sizes or dimensions. */
static int list(const fixture *f, int k, int64_t *values)
{
    for (int i = k; i < f->n_arguments; ++i)
        values[i - k] = (int64_t)f->arguments[i];
    return f->n_arguments - k;
}

#define UNARY(name)                                                                                \
    static gd_tensor *call_##name(gd_tape *t, const fixture *f, gd_tensor *const *x)               \
    {                                                                                              \
        (void)f;                                                                                   \
        return gd_##name(t, x[0]);                                                                 \
    }
#define BINARY(name)                                                                               \
    static gd_tensor *call_##name(gd_tape *t, const fixture *f, gd_tensor *const *x)               \
    {                                                                                              \
        (void)f;                                                                                   \
        return gd_##name(t, x[0], x[1]);                                                           \
    }
#define ALONG(name)                                                                                \
    static gd_tensor *call_##name(gd_tape *t, const fixture *f, gd_tensor *const *x)               \
    {                                                                                              \
        return gd_##name(t, x[0], integer(f, 0));                                                  \
    }
/* With sizes or dimensions. */
#define LISTED(name)                                                                               \
    static gd_tensor *call_##name(gd_tape *t, const fixture *f, gd_tensor *const *x)               \
    {                                                                                              \
        int64_t values[MOST_ARGUMENTS];                                                            \
        int n = list(f, 0, values);                                                                \
        return gd_##name(t, x[0], n, values);                                                      \
    }
#define REDUCTION(name)                                                                            \
    static gd_tensor *call_##name(gd_tape *t, const fixture *f, gd_tensor *const *x)               \
    {                                                                                              \
        int64_t dims[MOST_ARGUMENTS];                                                              \
        int n = list(f, 1, dims);                                                                  \
        return gd_##name(t, x[0], n, dims, integer(f, 0) != 0);                                    \
    }

UNARY(neg)
UNARY(abs)
UNARY(sign)
UNARY(sqrt)
UNARY(rsqrt)
UNARY(exp)
UNARY(expm1)
UNARY(log)
UNARY(log1p)
UNARY(relu)
UNARY(sigmoid)
UNARY(tanh)
UNARY(silu)
UNARY(softplus)
UNARY(gelu)
UNARY(gelu_tanh)
UNARY(clone)
UNARY(detach)
UNARY(isnan)
UNARY(logical_not)
BINARY(add)
BINARY(sub)
BINARY(mul)
BINARY(div)
BINARY(pow)
BINARY(maximum)
BINARY(minimum)
BINARY(eq)
BINARY(ne)
BINARY(lt)
BINARY(le)
BINARY(gt)
BINARY(ge)
BINARY(logical_and)
BINARY(logical_or)
BINARY(matmul)
BINARY(embedding)
BINARY(masked_select)
ALONG(softmax)
ALONG(log_softmax)
ALONG(squeeze)
ALONG(unsqueeze)
LISTED(reshape)
LISTED(permute)
LISTED(expand)
REDUCTION(sum)
REDUCTION(mean)
REDUCTION(max)
REDUCTION(min)
REDUCTION(logsumexp)

static gd_tensor *call_var(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    int64_t dims[MOST_ARGUMENTS];
    int n = list(f, 2, dims);
    return gd_var(t, x[0], n, dims, integer(f, 0) != 0, (int64_t)f->arguments[1]);
}

static gd_tensor *call_leaky_relu(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_leaky_relu(t, x[0], f->arguments[0]);
}

static gd_tensor *call_clamp(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_clamp(t, x[0], f->arguments[0], f->arguments[1]);
}

static gd_tensor *call_where(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    (void)f;
    return gd_where(t, x[0], x[1], x[2]);
}

static gd_tensor *call_masked_fill(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_masked_fill(t, x[0], x[1], f->arguments[0]);
}

static gd_tensor *call_masked_scatter(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    (void)f;
    return gd_masked_scatter(t, x[0], x[1], x[2]);
}

static gd_tensor *call_linear(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_linear(t, x[0], x[1], f->n > 2 ? x[2] : NULL);
}

static gd_tensor *call_transpose(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_transpose(t, x[0], integer(f, 0), integer(f, 1));
}

static gd_tensor *call_slice(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_slice(t, x[0], integer(f, 0), (int64_t)f->arguments[1], (int64_t)f->arguments[2],
                    (int64_t)f->arguments[3]);
}

static gd_tensor *call_concat(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_concat(t, x, f->n, integer(f, 0));
}

static gd_tensor *call_stack(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_stack(t, x, f->n, integer(f, 0));
}

static gd_tensor *call_cast(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_cast(t, x[0], (gd_dtype)integer(f, 0));
}

static gd_tensor *call_gather(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_gather(t, x[0], integer(f, 0), x[1]);
}

static gd_tensor *call_scatter_add(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_scatter_add(t, x[0], integer(f, 0), x[1], x[2]);
}

static gd_tensor *call_index_select(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_index_select(t, x[0], integer(f, 0), x[1]);
}

static gd_tensor *call_index_add(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_index_add(t, x[0], integer(f, 0), x[1], x[2]);
}

static gd_tensor *call_one_hot(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_one_hot(t, x[0], (int64_t)f->arguments[0], (gd_dtype)integer(f, 1));
}

static gd_tensor *call_argmax(gd_tape *t, const fixture *f, gd_tensor *const *x)
{
    return gd_argmax(t, x[0], integer(f, 0), integer(f, 1) != 0);
}

#define CALLER(name)                                                                               \
    {                                                                                              \
#name, call_##name, 0                                                                      \
    }
static struct {
    const char *name;
    caller *call;
    int cases; /* seen in the file */
} callers[] = {CALLER(add),
               CALLER(sub),
               CALLER(mul),
               CALLER(div),
               CALLER(neg),
               CALLER(abs),
               CALLER(sign),
               CALLER(pow),
               CALLER(sqrt),
               CALLER(rsqrt),
               CALLER(exp),
               CALLER(expm1),
               CALLER(log),
               CALLER(log1p),
               CALLER(relu),
               CALLER(leaky_relu),
               CALLER(sigmoid),
               CALLER(tanh),
               CALLER(silu),
               CALLER(softplus),
               CALLER(gelu),
               CALLER(gelu_tanh),
               CALLER(softmax),
               CALLER(log_softmax),
               CALLER(maximum),
               CALLER(minimum),
               CALLER(clamp),
               CALLER(where),
               CALLER(masked_fill),
               CALLER(sum),
               CALLER(mean),
               CALLER(var),
               CALLER(max),
               CALLER(min),
               CALLER(logsumexp),
               CALLER(matmul),
               CALLER(linear),
               CALLER(reshape),
               CALLER(transpose),
               CALLER(permute),
               CALLER(slice),
               CALLER(expand),
               CALLER(squeeze),
               CALLER(unsqueeze),
               CALLER(concat),
               CALLER(stack),
               CALLER(clone),
               CALLER(detach),
               CALLER(cast),
               CALLER(gather),
               CALLER(scatter_add),
               CALLER(index_select),
               CALLER(index_add),
               CALLER(embedding),
               CALLER(one_hot),
               CALLER(eq),
               CALLER(ne),
               CALLER(lt),
               CALLER(le),
               CALLER(gt),
               CALLER(ge),
               CALLER(logical_and),
               CALLER(logical_or),
               CALLER(logical_not),
               CALLER(isnan),
               CALLER(argmax),
               CALLER(masked_select),
               CALLER(masked_scatter)};
enum { CALLERS = sizeof callers / sizeof *callers };

static int caller_of(const char *name)
{
    for (int k = 0; k < CALLERS; ++k)
        if (strcmp(callers[k].name, name) == 0)
            return k;
    return -1;
}

/* ---- reading ---- */

static int line_number;

/* "f [2,3] 0x1p+0 ..." as an owned tensor, in float64, int64 or bool. */
static gd_tensor *read_tensor(const char *text)
{
    char kind = *text;
    gd_dtype dtype = kind == 'f' ? GD_F64 : kind == 'i' ? GD_I64 : GD_BOOL;
    int64_t shape[GD_MAX_DIMS];
    int ndim = 0;
    char *s = (char *)(uintptr_t)(text + 3);
    if ((kind != 'f' && kind != 'i' && kind != 'b') || text[1] != ' ' || text[2] != '[')
        fail_msg("ops.txt:%d: a tensor is expected, not \"%.20s\"", line_number, text);
    for (; *s != ']'; s += *s == ',')
        shape[ndim++] = strtoll(s, &s, 10);
    gd_tensor *x = gd_tensor_create(dtype, ndim, shape);
    ++s;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i) {
        char *before = s;
        if (dtype == GD_F64)
            ((double *)x->data)[i] = strtod(s, &s);
        else if (dtype == GD_I64)
            ((int64_t *)x->data)[i] = strtoll(s, &s, 10);
        else
            ((uint8_t *)x->data)[i] = strtoll(s, &s, 10) != 0;
        if (s == before)
            fail_msg("ops.txt:%d: there are too few values", line_number);
    }
    if (s[strspn(s, " \n")] != '\0')
        fail_msg("ops.txt:%d: there are too many values", line_number);
    return x;
}

static void read_case(fixture *f, char *line)
{
    char *word = strtok(line, " \n");
    *f = (fixture){.n = 0};
    snprintf(f->name, sizeof f->name, "%s", word);
    while ((word = strtok(NULL, " \n")) != NULL)
        f->arguments[f->n_arguments++] = strtod(word, NULL);
}

/* One line about the case f. */
static void read_line(fixture *f, char *line)
{
    if (strncmp(line, "normwise", 8) == 0)
        f->normwise = true;
    else if (strncmp(line, "dy ", 3) == 0)
        f->dy = read_tensor(line + 3);
    else if (strncmp(line, "out ", 4) == 0)
        f->out = read_tensor(line + 4);
    else if (strncmp(line, "grad ", 5) == 0)
        f->gradient[line[5] - '0'] = read_tensor(line + 7);
    else
        f->operand[f->n++] = read_tensor(line);
}

static void destroy(fixture *f)
{
    for (int i = 0; i < f->n; ++i) {
        gd_tensor_destroy(f->operand[i]);
        gd_tensor_destroy(f->gradient[i]);
    }
    gd_tensor_destroy(f->dy);
    gd_tensor_destroy(f->out);
}

/* ---- comparing ---- */

static int differences;

/* All differences are shown, not the first alone. */
static void differs(const fixture *f, gd_dtype dtype, const char *what)
{
    ++differences;
    print_error("ops.txt: the case before line %d: %s %s: %s\n", line_number, gd_dtype_name(dtype),
                f->name, what);
}

/* A unit in the last place of `value` in a float type. */
static double ulp(gd_dtype dtype, double value)
{
    int digits = dtype == GD_F32 ? 24 : 53, least = dtype == GD_F32 ? -149 : -1074, exponent;
    frexp(value, &exponent);
    return ldexp(1, exponent - digits > least ? exponent - digits : least);
}

/* Units in the last place that float32 results may be off: values are rounded once or twice,
 * gradients are made of some ops. float64: relative, for 1e-12. */
static double tolerance(gd_dtype dtype, double magnitude, bool is_gradient)
{
    return dtype == GD_F32 ? (is_gradient ? 6 : 3) * ulp(dtype, magnitude) : 1e-12 * magnitude;
}

/* NaN meets NaN, an infinity itself, a zero one of its sign (but in gradients, which are sums). */
static bool agrees(double actual, double expected, double allowed, bool is_gradient)
{
    if (isnan(expected) || isinf(expected))
        return isnan(expected) ? isnan(actual) : actual == expected;
    if (expected == 0 && actual == 0)
        return is_gradient || signbit(actual) == signbit(expected);
    return fabs(actual - expected) <= allowed;
}

static void compare(const fixture *f, gd_dtype dtype, const char *what, const gd_tensor *actual,
                    const gd_tensor *expected)
{
    bool is_gradient = strcmp(what, "out") != 0;
    double largest = 0;
    bool same = actual->ndim == expected->ndim;
    for (int k = 0; same && k < actual->ndim; ++k)
        same = actual->shape[k] == expected->shape[k];
    if (!same) {
        differs(f, dtype, "another shape");
        return;
    }
    for (int64_t i = 0; i < gd_tensor_numel(expected); ++i)
        if (isfinite(element(expected, i)) && fabs(element(expected, i)) > largest)
            largest = fabs(element(expected, i));
    for (int64_t i = 0; i < gd_tensor_numel(expected); ++i) {
        double e = element(expected, i), a = element(actual, i);
        double rounded = dtype == GD_F32 ? (double)(float)e : e;
        double magnitude = f->normwise ? largest : fabs(e);
        if (!agrees(a, isinf(rounded) ? rounded : e, tolerance(dtype, magnitude, is_gradient),
                    is_gradient)) {
            char text[120];
            snprintf(text, sizeof text, "%s[%d] is %.9g, not %.9g", what, (int)i, a, e);
            differs(f, dtype, text);
        }
    }
}

/* A tape's tensor with x's values, floats in this dtype; `scattered`: every second element of a
 * larger one, with the dimensions in memory reversed. */
static gd_tensor *operand_of(gd_tape *t, gd_tensor *x, gd_dtype dtype, bool scattered)
{
    if (gd_dtype_is_float(x->dtype))
        x = gd_cast(t, x, dtype);
    if (!scattered)
        return gd_clone(t, x);
    int64_t shape[GD_MAX_DIMS], order[GD_MAX_DIMS];
    for (int k = 0; k < x->ndim; ++k) {
        shape[k] = 2 * x->shape[x->ndim - 1 - k];
        order[k] = x->ndim - 1 - k;
    }
    gd_tensor *memory = gd_full(t, x->dtype, x->dtype == GD_BOOL ? 1 : 77, x->ndim, shape);
    gd_tensor *view = gd_permute(t, memory, x->ndim, order);
    for (int k = 0; k < x->ndim; ++k)
        view = gd_slice(t, view, k, 0, view->shape[k], 2);
    assert_int_equal(gd_tensor_copy(view, x), GD_OK);
    return view;
}

static void check(const fixture *f, gd_dtype dtype, bool scattered)
{
    gd_tape *t = gd_tape_create();
    gd_tensor *x[MOST_OPERANDS], *wanted[MOST_OPERANDS], *gradients[MOST_OPERANDS];
    int n = 0;
    for (int i = 0; i < f->n; ++i) {
        x[i] = operand_of(t, f->operand[i], dtype, scattered);
        x[i]->requires_grad = f->gradient[i] != NULL;
        if (x[i]->requires_grad)
            wanted[n++] = x[i];
    }
    gd_tensor *y = callers[caller_of(f->name)].call(t, f, x);
    if (y == NULL) {
        differs(f, dtype, gd_tape_message(t));
        gd_tape_destroy(t);
        return;
    }
    if (f->out->dtype != GD_F64)
        assert_int_equal(y->dtype == GD_U8 ? GD_I64 : y->dtype, f->out->dtype);
    compare(f, dtype, "out", y, f->out);
    if (n > 0) {
        gd_grad_options options = {.gradient = gd_cast(t, f->dy, y->dtype), .allow_unused = true};
        bool done = gd_grad(t, y, wanted, n, gradients, &options) == GD_OK;
        if (!done)
            differs(f, dtype, gd_tape_message(t));
        for (int i = 0, k = 0; done && i < f->n; ++i)
            if (f->gradient[i] != NULL)
                compare(f, dtype, "gradient", gradients[k++], f->gradient[i]);
    }
    gd_tape_destroy(t);
}

static void check_case(fixture *f)
{
    if (f->out == NULL)
        return;
    int k = caller_of(f->name);
    if (k < 0)
        fail_msg("ops.txt:%d: there is no op %s", line_number, f->name);
    ++callers[k].cases;
    for (int scattered = 0; scattered <= 1; ++scattered) {
        check(f, GD_F64, scattered);
        check(f, GD_F32, scattered);
    }
    destroy(f);
}

static void test_against_pytorch(void **state)
{
    (void)state;
    static char line[1 << 16];
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/ops.txt", "r");
    assert_non_null(file);
    fixture f = {.n = 0};
    line_number = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        bool is_new = strncmp(line, "case ", 5) == 0;
        if (is_new)
            check_case(&f);
        ++line_number;
        if (is_new)
            read_case(&f, line + 5);
        else
            read_line(&f, line);
    }
    check_case(&f);
    fclose(file);
    assert_int_equal(differences, 0);
}

/* Ops that no user can call by name are parts of others; losses have their own fixtures. */
static bool is_elsewhere(const char *name)
{
    static const char *const names[] = {"gate", "unslice", "normal_cdf"};
    for (size_t k = 0; k < sizeof names / sizeof *names; ++k)
        if (strcmp(names[k], name) == 0)
            return true;
    return false;
}

static void test_every_op_has_cases(void **state)
{
    (void)state;
    for (const gd_op *const *op = gd__autograd_ops; *op != NULL; ++op) {
        int k = caller_of((*op)->name);
        if (!is_elsewhere((*op)->name) && (k < 0 || callers[k].cases == 0))
            fail_msg("%s has no case in ops.txt", (*op)->name);
    }
}

int fixtures_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_pytorch),
                                       cmocka_unit_test(test_every_op_has_cases)};
    return cmocka_run_group_tests_name("against PyTorch", tests, NULL, NULL);
}
