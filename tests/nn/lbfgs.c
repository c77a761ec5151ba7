/* L-BFGS beyond the trajectories of optimizers.c: its search along a line against PyTorch's
 * (tests/fixtures/line_search.txt, whose form make_line_search.py describes), logistic regression
 * against scikit-learn, and what it does where a function ends. */
#include "../cmocka_all.h"
#include "nn/optimizers/optimizer.h"
#include "options_of_text.h"
#include "tests.h"

#include <gradus.h>

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- functions of one variable ---- */

/* The value at x; *slope gets the derivative. */
typedef double function(double x, double *slope);

static double hill(double x, double *slope)
{
    double below = x * x + 2;
    *slope = (x * x - 2) / (below * below);
    return -x / below;
}

static double waves(double x, double *slope)
{
    *slope = x / 5 + 5 * cos(5 * x);
    return x * x / 10 + sin(5 * x);
}

static double quartic(double x, double *slope)
{
    *slope = x * x * x - 2 * x + 0.3;
    return x * x * x * x / 4 - x * x + 0.3 * x;
}

static double steep(double x, double *slope)
{
    double value = 1e4 * quartic(x, slope);
    *slope *= 1e4;
    return value;
}

static double shallow(double x, double *slope)
{
    double value = 1e-4 * quartic(x, slope);
    *slope *= 1e-4;
    return value;
}

static double cliff(double x, double *slope)
{
    double fallen = tanh(x / 5e-5);
    *slope = 2e-5 * x - (1 - fallen * fallen);
    return 1e-5 * x * x - 5e-5 * fallen;
}

static double kink(double x, double *slope)
{
    double bend = 1 + x * x / 50, away = x - 0.3;
    *slope = (away > 0 ? 1 : -1) * bend + fabs(away) * x / 25;
    return fabs(away) * bend;
}

/* There is nothing beyond 0, which steps of any size may reach; what there is of value, or of
 * slope alone, is NaN, or the value minus infinity. The minimum is at 1. */
static double with_an_edge(double x, double *slope)
{
    *slope = 1 - 1 / x;
    return x - log(x);
}

static double slope_ends(double x, double *slope)
{
    *slope = x > 0 ? 1 - 1 / x : (double)NAN;
    return x > 0 ? x - log(x) : -5;
}

static double falls(double x, double *slope)
{
    *slope = x > 0 ? 1 - 1 / x : 1;
    return x > 0 ? x - log(x) : -(double)INFINITY;
}

typedef struct line {
    gd_tape *tape;
    gd_tensor *x;
    function *f;
    int evaluations;
} line;

/* The tape is given what has the function's slope. */
static gd_status evaluate(void *context, double *loss)
{
    line *l = context;
    double slope;
    ++l->evaluations;
    *loss = l->f(gd_item(l->x), &slope);
    gd_tape_reset(l->tape);
    gd_zero_grad(l->x);
    return gd_backward(l->tape, gd_mul(l->tape, l->x, gd_scalar(l->tape, slope, GD_F64)));
}

static gd_optimizer *begin_line(line *l, gd_parameters *p, function *f, double start,
                                const gd_lbfgs_options *options)
{
    *l = (line){.tape = gd_tape_create(), .f = f};
    l->x = gd_parameters_add(p, "x", GD_F64, 0, NULL);
    gd_tensor_fill(l->x, start);
    gd_optimizer *lbfgs = gd_lbfgs_create(p, options);
    assert_non_null(lbfgs);
    return lbfgs;
}

static function *function_of(const char *name)
{
    const struct {
        const char *name;
        function *f;
    } all[] = {{"hill", hill},       {"waves", waves}, {"quartic", quartic}, {"steep", steep},
               {"shallow", shallow}, {"cliff", cliff}, {"kink", kink}};
    size_t i = 0;
    while (strcmp(all[i].name, name) != 0)
        assert_true(++i < sizeof all / sizeof *all);
    return all[i].f;
}

static void check_line(const char *name, double start, char *results)
{
    line l;
    gd_parameters *p = gd_parameters_create();
    gd_optimizer *lbfgs = begin_line(&l, p, function_of(name), start,
                                     &(gd_lbfgs_options){
                                         .learning_rate = optional("learning_rate"),
                                         .max_iter = (int)number("max_iter", 0),
                                         .max_eval = (int)number("max_eval", 0),
                                         .tolerance_grad = optional("tolerance_grad"),
                                         .tolerance_change = optional("tolerance_change"),
                                     });
    int steps = 0;
    for (char *text = strtok(results, " \n"); text != NULL; text = strtok(NULL, " \n"), ++steps) {
        double wanted = strtod(text, NULL), x;
        int evaluations = atoi(strtok(NULL, " \n"));
        assert_int_equal(gd_lbfgs_step(lbfgs, evaluate, &l), GD_OK);
        x = gd_item(l.x);
        if (!(fabs(x - wanted) <= 1e-9 * (1 + fabs(wanted))) || l.evaluations != evaluations)
            fail_msg("%s from %g%s, step %d: %.12g after %d evaluations, not %.12g after %d", name,
                     start, options_text, steps + 1, x, l.evaluations, wanted, evaluations);
    }
    assert_true(steps > 0);
    gd_optimizer_destroy(lbfgs);
    gd_parameters_destroy(p);
    gd_tape_destroy(l.tape);
}

static void test_line_search(void **state)
{
    (void)state;
    char given[512], results[512], name[32];
    double start;
    int cases = 0, used;
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/line_search.txt", "r");
    assert_non_null(file);
    while (fgets(given, sizeof given, file) != NULL) {
        assert_int_equal(sscanf(given, "%31s %lf%n", name, &start, &used), 2);
        given[strcspn(given, "\n")] = '\0';
        options_text = given + used;
        assert_non_null(fgets(results, sizeof results, file));
        check_line(name, start, results);
        ++cases;
    }
    assert_int_equal(cases, 81);
    fclose(file);
}

/* Steps that lead where nothing is are made shorter. */
static void test_where_a_function_ends(void **state)
{
    (void)state;
    function *const edges[] = {with_an_edge, slope_ends, falls};
    const double rates[] = {1, 5, 100, 1e6};
    for (int k = 0; k < 3; ++k)
        for (int i = 0; i < 4; ++i) {
            line l;
            gd_parameters *p = gd_parameters_create();
            gd_optimizer *lbfgs = begin_line(&l, p, edges[k], 4,
                                             &(gd_lbfgs_options){.learning_rate = GD_SOME(rates[i]),
                                                                 .max_iter = 50,
                                                                 .max_eval = 1000});
            assert_int_equal(gd_lbfgs_step(lbfgs, evaluate, &l), GD_OK);
            if (!(fabs(gd_item(l.x) - 1) < 1e-4))
                fail_msg("function %d, rate %g: x is %g", k, rates[i], gd_item(l.x));
            gd_optimizer_destroy(lbfgs);
            gd_parameters_destroy(p);
            gd_tape_destroy(l.tape);
        }
}

/* Where the gradient is 0 at once, or becomes it, one evaluation says so. A parameter without a
 * gradient stays. */
static void test_at_the_minimum(void **state)
{
    (void)state;
    line l;
    gd_parameters *p = gd_parameters_create();
    gd_tensor *idle = gd_parameters_add(p, "idle", GD_F32, GD_DIMS(3));
    gd_tensor_fill(idle, 5);
    gd_optimizer *lbfgs = begin_line(&l, p, with_an_edge, 1, NULL);
    assert_int_equal(gd_lbfgs_step(lbfgs, evaluate, &l), GD_OK);
    assert_true(l.evaluations == 1 && gd_item(l.x) == 1);
    gd_tensor_fill(l.x, 3);
    assert_int_equal(gd_lbfgs_step(lbfgs, evaluate, &l), GD_OK);
    assert_true(fabs(gd_item(l.x) - 1) < 1e-4 && ((float *)idle->data)[2] == 5);
    gd_optimizer_destroy(lbfgs);
    gd_parameters_destroy(p);
    gd_tape_destroy(l.tape);
}

/* What it writes is a change in place. A state that no step has made, as a file may hold, is
 * refused. */
static void test_writes_and_states(void **state)
{
    (void)state;
    line l;
    gd_parameters *p = gd_parameters_create();
    gd_optimizer *lbfgs = begin_line(&l, p, quartic, 0.5, &(gd_lbfgs_options){.history_size = 4});
    gd_tape *t = gd_tape_create();
    gd_tensor *square = gd_mul(t, l.x, l.x);
    assert_int_equal(gd_lbfgs_step(lbfgs, evaluate, &l), GD_OK);
    assert_int_equal(gd_backward(t, square), GD_ERROR_STATE);
    const int64_t wild[][3] = {{-1, 0, 0}, {1, -1, 0}, {1, 5, 0},
                               {1, 0, -1}, {1, 0, 4},  {1, INT64_MAX, 0}};
    int64_t *counts = lbfgs->state[1]->data;
    for (size_t i = 0; i < sizeof wild / sizeof *wild; ++i) {
        memcpy(counts, wild[i], sizeof wild[i]);
        assert_int_equal(gd_lbfgs_step(lbfgs, evaluate, &l), GD_ERROR_STATE);
        assert_string_equal(gd_message(),
                            "lbfgs_step: the state that was loaded is not one of lbfgs");
    }
    gd_tape_destroy(t);
    gd_tape_destroy(l.tape);
    gd_optimizer_destroy(lbfgs);
    lbfgs = gd_lbfgs_create(p, &(gd_lbfgs_options){.max_iter = INT_MAX}); /* 5 / 4 of it are none */
    assert_non_null(lbfgs);
    assert_int_equal(lbfgs->options.lbfgs.max_eval, INT_MAX);
    gd_optimizer_destroy(lbfgs);
    gd_parameters_destroy(p);
}

/* ---- a data set ---- */

/* Logistic regression with a penalty of |w|^2 / 2: x [N,30], y [N,1]. */
typedef struct regression {
    gd_tape *tape;
    gd_optimizer *lbfgs;
    gd_tensor *x, *y, *weight, *bias;
    int closures, fail_at; /* the closure of that number: an error; 0: none */
} regression;

static gd_status penalised_loss(void *context, double *loss)
{
    regression *r = context;
    gd_tape *t = r->tape;
    gd_tape_reset(t);
    gd_optimizer_zero_grad(r->lbfgs);
    if (++r->closures == r->fail_at)
        return GD_ERROR_STATE;
    gd_tensor *logits = gd_linear(t, r->x, r->weight, r->bias);
    gd_tensor *fit = gd_binary_cross_entropy_with_logits(
        t, logits, r->y,
        &(gd_binary_cross_entropy_with_logits_options){.reduction = GD_REDUCTION_SUM});
    gd_tensor *square = gd_sum(t, gd_mul(t, r->weight, r->weight), GD_ALL_DIMS, false);
    gd_tensor *all = gd_add(t, fit, gd_mul(t, gd_scalar(t, 0.5, GD_F64), square));
    gd_status status = gd_backward(t, all);
    *loss = status == GD_OK ? gd_item(all) : (double)NAN;
    return status;
}

static gd_parameters *begin_regression(regression *r, const gd_lbfgs_options *options)
{
    gd_table *table = gd_table_read(GD_DATA_DIR "/breast_cancer.csv", NULL);
    assert_non_null(table);
    gd_tensor *mean, *deviation, *classes = gd_table_classes(table, 30);
    *r = (regression){.tape = gd_tape_create(), .x = gd_table_numbers(table, 0, 30, GD_F64)};
    assert_int_equal(gd_standardize_fit(r->x, &mean, &deviation), GD_OK);
    assert_int_equal(gd_standardize(r->x, mean, deviation), GD_OK);
    r->y = gd_tensor_create(GD_F64, GD_DIMS(classes->shape[0], 1));
    for (int64_t i = 0; i < classes->shape[0]; ++i)
        ((double *)r->y->data)[i] = (double)((int64_t *)classes->data)[i];
    gd_tensor_destroy(mean);
    gd_tensor_destroy(deviation);
    gd_tensor_destroy(classes);
    gd_table_destroy(table);
    gd_parameters *p = gd_parameters_create();
    r->weight = gd_parameters_add(p, "weight", GD_F64, GD_DIMS(1, 30));
    r->bias = gd_parameters_add(p, "bias", GD_F64, GD_DIMS(1));
    r->lbfgs = gd_lbfgs_create(p, options);
    assert_non_null(r->lbfgs);
    return p;
}

static void end_regression(regression *r, gd_parameters *p)
{
    gd_optimizer_destroy(r->lbfgs);
    gd_parameters_destroy(p);
    gd_tensor_destroy(r->x);
    gd_tensor_destroy(r->y);
    gd_tape_destroy(r->tape);
}

/* Against scikit-learn: tests/fixtures/logistic.txt, made by make_logistic.py. */
static void test_the_optimum(void **state)
{
    (void)state;
    regression r;
    gd_parameters *p =
        begin_regression(&r, &(gd_lbfgs_options){.max_iter = 200, .tolerance_change = GD_SOME(0)});
    if (gd_lbfgs_step(r.lbfgs, penalised_loss, &r) != GD_OK)
        fail_msg("%s", gd_message());
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/logistic.txt", "r");
    assert_non_null(file);
    for (int i = 0; i <= 30; ++i) {
        char text[40];
        assert_int_equal(fscanf(file, "%39s", text), 1);
        double value = i < 30 ? ((double *)r.weight->data)[i] : gd_item(r.bias);
        if (!(fabs(value - strtod(text, NULL)) <= 1e-5))
            fail_msg("coefficient %d is %.9g, not %.9g", i, value, strtod(text, NULL));
    }
    fclose(file);
    end_regression(&r, p);
}

/* An error of the closure ends the step at once and leaves the parameters where that step began.
 * */
static void test_refusals(void **state)
{
    (void)state;
    regression r;
    gd_parameters *p = begin_regression(&r, &(gd_lbfgs_options){.max_iter = 1, .max_eval = 25});
    assert_int_equal(gd_lbfgs_step(r.lbfgs, penalised_loss, &r), GD_OK);
    double weight = ((double *)r.weight->data)[3];
    r.fail_at = r.closures + 2;
    assert_int_equal(gd_lbfgs_step(r.lbfgs, penalised_loss, &r), GD_ERROR_STATE);
    assert_int_equal(r.closures, r.fail_at);
    assert_true(((double *)r.weight->data)[3] == weight && weight != 0);
    gd_tensor_fill(r.bias, (double)NAN);
    assert_int_equal(gd_lbfgs_step(r.lbfgs, penalised_loss, &r), GD_ERROR_VALUE);
    assert_int_equal(gd_optimizer_step(r.lbfgs), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_message(), "optimizer_step: lbfgs needs gd_lbfgs_step, and a closure");
    assert_int_equal(gd_lbfgs_step(NULL, penalised_loss, &r), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_lbfgs_step(r.lbfgs, NULL, &r), GD_ERROR_ARGUMENT);
    assert_null(gd_lbfgs_create(p, &(gd_lbfgs_options){.max_iter = -1}));
    assert_string_equal(gd_message(), "lbfgs: max_iter -1 is outside [1,inf)");
    end_regression(&r, p);
}

int lbfgs_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_search),    cmocka_unit_test(test_where_a_function_ends),
        cmocka_unit_test(test_at_the_minimum), cmocka_unit_test(test_writes_and_states),
        cmocka_unit_test(test_the_optimum),    cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests_name("L-BFGS", tests, NULL, NULL);
}
