/* Schedules against PyTorch: tests/fixtures/schedules.txt, whose form make_schedules.py
 * describes. */
#include "../cmocka_all.h"
#include "options_of_text.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 40 };

static gd_schedule_kind kind_of(const char *name)
{
    const char *const names[] = {"constant", "step", "cosine", "one_cycle", "reduce_on_plateau"};
    int kind = 0;
    while (strcmp(names[kind], name) != 0)
        assert_true(++kind < 5);
    return (gd_schedule_kind)kind;
}

static gd_schedule schedule_of(const char *name)
{
    return (gd_schedule){.kind = kind_of(name),
                         .learning_rate = number("learning_rate", 0),
                         .warmup_steps = (int64_t)number("warmup_steps", 0),
                         .warmup_start = optional("warmup_start"),
                         .steps = (int64_t)number("steps", 0),
                         .final_rate = number("final_rate", 0),
                         .gamma = optional("gamma"),
                         .rise = optional("rise"),
                         .div_factor = optional("div_factor"),
                         .final_div_factor = optional("final_div_factor"),
                         .patience = optional("patience"),
                         .threshold = optional("threshold")};
}

static double loss_of(int step)
{
    if (number("saw", 0) != 0)
        return 1.0 / (1 + step / 3) + 0.01 * (step % 3);
    return step < 8 ? 1 / (1 + 0.2 * step) : 0.4 + 0.001 * (step % 3);
}

static void test_against_pytorch(void **state)
{
    (void)state;
    char line[512], name[32], text[40];
    int cases = 0;
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/schedules.txt", "r");
    assert_non_null(file);
    gd_parameters *p = gd_parameters_create();
    gd_optimizer *sgd = gd_sgd_create(p, NULL);
    while (fgets(line, sizeof line, file) != NULL && sscanf(line, "case %31s", name) == 1) {
        line[strcspn(line, "\n")] = '\0';
        options_text = line + 5 + strlen(name);
        gd_schedule schedule = schedule_of(name);
        for (int step = 0; step < STEPS; ++step) {
            assert_int_equal(fscanf(file, "%39s", text), 1);
            double wanted = strtod(text, NULL);
            if (gd_schedule_step(&schedule, sgd) != GD_OK)
                fail_msg("%s", gd_message());
            double rate = gd_optimizer_learning_rate(sgd);
            if (!(fabs(rate - wanted) <= 1e-14 + 1e-12 * wanted))
                fail_msg("%s%s, step %d: the rate is %.17g, not %.17g", name, options_text, step,
                         rate, wanted);
            assert_int_equal(gd_schedule_report(&schedule, loss_of(step)), GD_OK);
        }
        assert_int_equal(fgetc(file), '\n');
        ++cases;
    }
    assert_int_equal(cases, 13);
    fclose(file);
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(p);
}

/* After its last step a schedule stays where it is. */
static void test_after_the_end(void **state)
{
    (void)state;
    const gd_schedule cosine = {.kind = GD_SCHEDULE_COSINE,
                                .learning_rate = 0.5,
                                .steps = 10,
                                .final_rate = 0.125,
                                .warmup_steps = 5};
    const gd_schedule cycle = {.kind = GD_SCHEDULE_ONE_CYCLE, .learning_rate = 0.5, .steps = 10};
    for (int64_t step = 0; step < 100; step += 7) {
        assert_true(gd_schedule_rate(&cosine, 15 + step) == 0.125);
        assert_true(gd_schedule_rate(&cycle, 9 + step) == gd_schedule_rate(&cycle, 9));
    }
    assert_true(fabs(gd_schedule_rate(&cycle, 9) - 0.5 / 25 / 1e4) < 1e-18);
    assert_true(isnan(gd_schedule_rate(&cosine, -1)));
    assert_string_equal(gd_message(), "schedule_rate: step -1 is negative");
    assert_true(isnan(gd_schedule_rate(&(gd_schedule){.kind = GD_SCHEDULE_STEP}, 3)));
    assert_true(isnan(gd_schedule_rate(NULL, 0)));
}

/* A loss that is not a number is no better than any, the first one neither. */
static void test_plateau_of_nan(void **state)
{
    (void)state;
    gd_schedule s = {.kind = GD_SCHEDULE_REDUCE_ON_PLATEAU, .patience = GD_SOME(1)};
    const double losses[] = {(double)NAN, 3, (double)NAN, 2, (double)NAN, (double)NAN, 1};
    for (int i = 0; i < 7; ++i)
        assert_int_equal(gd_schedule_report(&s, losses[i]), GD_OK);
    assert_true(s.reductions == 1 && s.best == 1 && s.bad_reports == 0);
}

/* A loss as small as the best by the threshold has not become less (ReduceLROnPlateau: a < best
 * (1 - threshold)). */
static void test_plateau_of_equals(void **state)
{
    (void)state;
    const double thresholds[] = {0, 0.5};
    for (int k = 0; k < 2; ++k) {
        gd_schedule s = {.kind = GD_SCHEDULE_REDUCE_ON_PLATEAU,
                         .patience = GD_SOME(0),
                         .threshold = GD_SOME(thresholds[k])};
        assert_int_equal(gd_schedule_report(&s, 4), GD_OK);
        assert_int_equal(gd_schedule_report(&s, 4 * (1 - thresholds[k])), GD_OK);
        assert_true(s.best == 4 && s.reductions == 1);
        assert_int_equal(gd_schedule_report(&s, nextafter(4 * (1 - thresholds[k]), 0)), GD_OK);
        assert_true(s.best < 4 && s.reductions == 1);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    const struct {
        gd_schedule schedule;
        const char *message;
    } bad[] = {
        {{.learning_rate = -1}, "schedule_step: the schedule: its learning rate is not in [0,inf)"},
        {{.kind = GD_SCHEDULE_STEP}, "schedule_step: the schedule: it needs `steps`"},
        {{.kind = GD_SCHEDULE_COSINE, .steps = -3},
         "schedule_step: the schedule: it needs `steps`"},
        {{.final_rate = NAN}, "schedule_step: the schedule: its final rate is not in [0,inf)"},
        {{.warmup_steps = -1},
         "schedule_step: the schedule: its warm-up is negative, or starts outside [0,1]"},
        {{.gamma = GD_SOME(0)}, "schedule_step: the schedule: gamma is not in (0,1]"},
        {{.rise = GD_SOME(2)}, "schedule_step: the schedule: `rise` is not in [0,1]"},
        {{.div_factor = GD_SOME(0)},
         "schedule_step: the schedule: a factor to divide by is not above 0"},
        {{.patience = GD_SOME(NAN)},
         "schedule_step: the schedule: its patience is not in [0,2^63)"},
        {{.threshold = GD_SOME(1)}, "schedule_step: the schedule: its threshold is not in [0,1)"},
        {{.step = -1},
         "schedule_step: the schedule: its count of steps, reductions or reports is out of range"},
        {{.bad_reports = INT64_MAX},
         "schedule_step: the schedule: its count of steps, reductions or reports is out of range"}};
    gd_parameters *p = gd_parameters_create();
    gd_optimizer *sgd = gd_sgd_create(p, &(gd_sgd_options){.learning_rate = GD_SOME(0.5)});
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        gd_schedule schedule = bad[i].schedule;
        assert_int_equal(gd_schedule_step(&schedule, sgd), GD_ERROR_ARGUMENT);
        assert_string_equal(gd_message(), bad[i].message);
    }
    assert_true(gd_optimizer_learning_rate(sgd) == 0.5);
    assert_int_equal(gd_schedule_step(NULL, sgd), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_schedule_step(&(gd_schedule){.learning_rate = 1}, NULL), GD_ERROR_ARGUMENT);
    gd_optimizer_destroy(sgd);
    gd_parameters_destroy(p);
}

int schedules_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_pytorch), cmocka_unit_test(test_after_the_end),
        cmocka_unit_test(test_plateau_of_nan), cmocka_unit_test(test_plateau_of_equals),
        cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests_name("schedules", tests, NULL, NULL);
}
