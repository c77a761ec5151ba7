/* Every op against PyTorch: tests/fixtures/ops.txt, made by make_ops.py, whose comment has the
 * format. Through the public functions; in both float types; with operands that lie side by side
 * in memory and with scattered ones. */
#include "fixtures.h"
#include "../cmocka_all.h"
#include "../tensor_of_text.h"
#include "tests.h"

#include "autograd/ops/op_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CALLERS = 100 };

/* What the file has of each caller: elements that are not 0, where a wrong factor shows. */
static struct seen {
    int cases;
    int64_t values, gradients[MOST_OPERANDS];
    bool is_float[MOST_OPERANDS];
} seen[MOST_CALLERS];

static const char file_name[] = "ops.txt";

static int caller_of(const char *name)
{
    for (int k = 0; op_callers[k].name != NULL; ++k)
        if (strcmp(op_callers[k].name, name) == 0)
            return k;
    return -1;
}

/* ---- reading ---- */

static int line_number;

static gd_tensor *read_tensor(const char *text)
{
    return tensor_of_text(text, file_name, line_number);
}

static void read_case(fixture *f, char *line)
{
    char *word = strtok(line, " \n");
    *f = (fixture){.n = 0};
    snprintf(f->name, sizeof f->name, "%s", word);
    for (; (word = strtok(NULL, " \n")) != NULL; ++f->n_arguments) {
        double value = strtod(word, NULL);
        f->arguments[f->n_arguments] = value;
        f->whole[f->n_arguments] = fabs(value) < 0x1p63 ? (int64_t)value : 0;
    }
}

/* One line about the case f. */
static void read_line(fixture *f, char *line)
{
    if (strncmp(line, "normwise", 8) == 0)
        f->normwise = true;
    else if (strncmp(line, "float64", 7) == 0)
        f->only_float64 = true;
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
    print_error("%s: the case before line %d: %s %s: %s\n", file_name, line_number,
                gd_dtype_name(dtype), f->name, what);
}

/* float32 values are rounded once or twice; gradients are made of some ops, and are sums, in which
 * -0 is 0. */
static void compare(const fixture *f, gd_dtype dtype, const char *what, const gd_tensor *actual,
                    const gd_tensor *expected)
{
    bool is_gradient = strcmp(what, "out") != 0;
    char label[160];
    snprintf(label, sizeof label, "%s: the case before line %d: %s %s: %s", file_name, line_number,
             gd_dtype_name(dtype), f->name, what);
    nearness near = {
        .ulps = is_gradient ? 6 : 3, .normwise = f->normwise, .signed_zeros = !is_gradient};
    differences += count_differences(label, actual, expected, near) != 0;
}

static void check(const fixture *f, gd_dtype dtype, bool scattered)
{
    gd_tape *t = gd_tape_create();
    gd_tensor *x[MOST_OPERANDS] = {NULL}, *wanted[MOST_OPERANDS], *gradients[MOST_OPERANDS];
    int n = 0;
    for (int i = 0; i < f->n; ++i) {
        x[i] = operand_of(t, f->operand[i], dtype, scattered);
        x[i]->requires_grad = f->gradient[i] != NULL;
        if (x[i]->requires_grad)
            wanted[n++] = x[i];
    }
    gd_tensor *y = op_callers[caller_of(f->name)].call(t, f, x);
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

static int64_t nonzeros(const gd_tensor *x)
{
    int64_t count = 0;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        count += isfinite(element(x, i)) && element(x, i) != 0;
    return count;
}

static void check_case(fixture *f)
{
    if (f->out == NULL)
        return;
    int k = caller_of(f->name);
    if (k < 0)
        fail_msg("%s:%d: there is no %s", file_name, line_number, f->name);
    ++seen[k].cases;
    seen[k].values += nonzeros(f->out);
    for (int i = 0; i < f->n; ++i) {
        seen[k].is_float[i] |= gd_dtype_is_float(f->operand[i]->dtype);
        seen[k].gradients[i] += f->gradient[i] != NULL ? nonzeros(f->gradient[i]) : 0;
    }
    for (int scattered = 0; scattered <= 1; ++scattered) {
        check(f, GD_F64, scattered);
        if (!f->only_float64)
            check(f, GD_F32, scattered);
    }
    destroy(f);
}

static void test_ops(void **state)
{
    (void)state;
    static char line[1 << 16];
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/ops.txt", "r");
    if (file == NULL)
        fail_msg("%s is not there", file_name);
    fixture f = {.n = 0};
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
    for (int k = 0; op_callers[k].name != NULL; ++k)
        if (seen[k].cases == 0)
            fail_msg("%s has no case in %s", op_callers[k].name, file_name);
}

/* The values of every op, and the gradient of each of its operands, are compared with the file. */
static void test_every_op_has_cases(void **state)
{
    (void)state;
    for (const gd_op *const *op = gd__autograd_ops; *op != NULL; ++op) {
        int k = caller_of((*op)->name);
        if (k < 0)
            fail_msg("%s has no caller", (*op)->name);
        if (seen[k].values == 0)
            fail_msg("%s has no value in %s that is not 0", (*op)->name, file_name);
        for (int i = 0; i < (*op)->least_operands && (*op)->grad != NULL; ++i)
            if (seen[k].is_float[i] && seen[k].gradients[i] == 0 &&
                ((*op)->flat & GD_READS(i)) == 0)
                fail_msg("%s has no gradient of operand %d in %s that is not 0", (*op)->name, i,
                         file_name);
    }
}

int fixtures_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ops),
                                       cmocka_unit_test(test_every_op_has_cases)};
    return cmocka_run_group_tests_name("against PyTorch", tests, NULL, NULL);
}
