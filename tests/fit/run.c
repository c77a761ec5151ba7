/* Training a module of one's own with gd_run_train, by public headers alone. */
#include "tests.h"

#include <gradus/fit.h>

#include <math.h>
#include <string.h>

enum { ROWS = 40, EPOCHS = 30 };

/* Features [n,2], and classes that depend on the first one, with noise: a network overfits. */
static gd_batch draw_rows(uint64_t key)
{
    gd_rng rng = {.key = key};
    gd_batch rows = {.x = gd_tensor_create(GD_F32, GD_DIMS(ROWS, 2)),
                     .y = gd_tensor_create(GD_I64, GD_DIMS(ROWS))};
    gd_tensor *noise = gd_tensor_create(GD_F32, GD_DIMS(ROWS));
    gd_tensor_normal(rows.x, &rng, 0, 1);
    gd_tensor_normal(noise, &rng, 0, 1);
    for (int i = 0; i < ROWS; ++i)
        ((int64_t *)rows.y->data)[i] =
            ((const float *)rows.x->data)[2 * i] + ((const float *)noise->data)[i] > 0;
    gd_tensor_destroy(noise);
    return rows;
}

static void free_rows(gd_batch *rows)
{
    gd_tensor_destroy(rows->x);
    gd_tensor_destroy(rows->y);
}

/* What the callback has seen, and when it stops. */
typedef struct seen {
    double lowest;
    int64_t best_epoch, epochs, steps, patience;
    int64_t stop_after; /* steps; 0: never */
} seen;

static bool watch(void *context, const gd_fit_event *event)
{
    seen *s = context;
    assert_string_equal(event->stage, "run");
    s->steps += event->kind == GD_FIT_STEP;
    if (event->kind == GD_FIT_EPOCH) {
        s->epochs = event->epoch;
        if (event->valid_loss < s->lowest) {
            s->lowest = event->valid_loss;
            s->best_epoch = event->epoch;
        }
    }
    if (event->kind == GD_FIT_END)
        s->patience = event->patience;
    return s->stop_after == 0 || s->steps < s->stop_after;
}

static gd_tensor *loss(void *context, gd_tape *tape, gd_tensor *logits, const gd_batch *batch)
{
    (void)context;
    return gd_cross_entropy(tape, logits, batch->y, NULL);
}

static gd_tensor *logistic(void *context, gd_tape *tape, gd_tensor *logits, const gd_batch *batch)
{
    (void)context;
    return gd_binary_cross_entropy_with_logits(tape, logits, batch->y, NULL);
}

/* A module in training, and all that belongs to it. */
typedef struct setup {
    gd_batch train, valid;
    gd_parameters *parameters;
    gd_learner learners[2];
    gd_run run;
    gd_recipe recipe;
    seen seen;
} setup;

static void prepare(setup *s, int learners)
{
    *s = (setup){.train = draw_rows(1), .valid = draw_rows(2)};
    s->parameters = gd_parameters_create();
    *gd_parameters_rng(s->parameters) = (gd_rng){.key = 7};
    for (int k = 0; k < learners; ++k)
        s->learners[k] = (gd_learner){
            .module = gd_mlp_create(s->parameters, k == 0 ? "a" : "b", GD_DIMS(2, 32, 2), NULL),
            .train = s->train,
            .valid = s->valid};
    s->seen.lowest = INFINITY;
    s->run = (gd_run){.parameters = s->parameters,
                      .count = learners,
                      .learners = s->learners,
                      .loss = loss,
                      .watch = watch,
                      .context = &s->seen};
    gd_fit_options o = {.epochs = GD_SOME(EPOCHS), .lr = GD_SOME(0.05), .batch = GD_SOME(8)};
    assert_int_equal(gd_recipe_init(&s->recipe, &o, ROWS), GD_OK);
    s->recipe.patience = 0;
}

static void release(setup *s)
{
    free_rows(&s->train);
    free_rows(&s->valid);
    gd_parameters_destroy(s->parameters);
}

/* The mean loss of a module on rows, computed without gd_run_train. */
static double loss_of(gd_module *module, const gd_batch *rows)
{
    gd_tape *tape = gd_tape_create();
    gd_parameters_set_training(module->parameters, false);
    gd_tensor *logits = gd_module_forward(tape, module, rows->x);
    double value = gd_item(gd_cross_entropy(tape, logits, rows->y, NULL));
    gd_tape_destroy(tape);
    return value;
}

/* The weights, the result and the logits are those of the epoch with the lowest validation loss. */
static void test_best_epoch(void **state)
{
    (void)state;
    setup s;
    gd_run_result r;
    prepare(&s, 1);
    double before = loss_of(s.learners[0].module, &s.train);
    assert_int_equal(gd_run_train(&s.run, &s.recipe, &r), GD_OK);
    assert_int_equal(r.epochs, EPOCHS);
    assert_int_equal(r.resumed, 0);
    assert_int_equal(s.seen.steps, EPOCHS * (ROWS / 8));
    assert_int_equal(s.seen.patience, 0);
    assert_int_equal(r.best_epoch, s.seen.best_epoch);
    assert_in_range(r.best_epoch, 2, EPOCHS - 5); /* it overfits after that */
    assert_true(r.valid_loss == s.seen.lowest);
    assert_true(fabs(loss_of(s.learners[0].module, &s.valid) - r.valid_loss) < 1e-6);
    assert_true(loss_of(s.learners[0].module, &s.train) < 0.9 * before);
    assert_true(r.logits->shape[0] == ROWS && r.logits->shape[1] == 2);
    gd_tape *tape = gd_tape_create();
    const gd_tensor *logits = gd_module_forward(tape, s.learners[0].module, s.valid.x);
    assert_memory_equal(logits->data, r.logits->data, ROWS * 2 * sizeof(float));
    gd_tape_destroy(tape);
    gd_run_result_free(&r);
    release(&s);
}

/* Training ends when the validation loss has not improved for as many epochs as .patience. */
static void test_early_stopping(void **state)
{
    (void)state;
    setup s;
    gd_run_result r;
    prepare(&s, 1);
    s.recipe.patience = 4;
    assert_int_equal(gd_run_train(&s.run, &s.recipe, &r), GD_OK);
    assert_int_equal(r.epochs, r.best_epoch + 4);
    assert_true(r.epochs < EPOCHS);
    assert_int_equal(s.seen.epochs, r.epochs);
    assert_int_equal(s.seen.patience, 4);
    gd_run_result_free(&r);
    release(&s);
}

/* Without validation rows the weights are those of the last epoch. */
static void test_without_validation(void **state)
{
    (void)state;
    setup s;
    gd_run_result r;
    prepare(&s, 1);
    s.learners[0].valid = (gd_batch){.x = NULL};
    s.recipe.patience = 1;
    s.recipe.last_epoch = 6;
    assert_int_equal(gd_run_train(&s.run, &s.recipe, &r), GD_OK);
    assert_true(r.epochs == 6 && r.best_epoch == 6);
    assert_true(isnan(r.valid_loss) && r.logits == NULL);
    gd_run_result_free(&r);
    release(&s);
}

/* A run that is stopped after any number of steps and resumed ends with the same bits. */
static void test_resume(void **state)
{
    (void)state;
    setup whole, s;
    gd_run_result expected, r;
    prepare(&whole, 1);
    whole.recipe.patience = 4;
    assert_int_equal(gd_run_train(&whole.run, &whole.recipe, &expected), GD_OK);
    gd_status status = GD_STOPPED;
    for (int tries = 0; status == GD_STOPPED; ++tries) {
        prepare(&s, 1);
        s.recipe.patience = 4;
        s.run.checkpoint = "run.safetensors";
        s.run.identity = "{\"seed\":7}";
        s.run.resume = tries > 0;
        s.seen.stop_after = 7; /* in the middle of an epoch of 5 steps */
        status = gd_run_train(&s.run, &s.recipe, &r);
        assert_int_equal(s.seen.steps <= 7 && r.resumed < expected.epochs, true);
        if (status == GD_STOPPED) {
            assert_true(r.epochs == (7 * tries + 6) / 5 && r.resumed == (7 * tries - 1) / 5);
            gd_run_result_free(&r);
            release(&s);
        }
    }
    assert_int_equal(status, GD_OK);
    assert_int_equal(r.epochs, expected.epochs);
    assert_int_equal(r.best_epoch, expected.best_epoch);
    assert_memory_equal(r.logits->data, expected.logits->data, ROWS * 2 * sizeof(float));
    for (int i = 0; i < gd_parameters_count(s.parameters); ++i) {
        const gd_tensor *a = gd_parameters_at(s.parameters, i),
                        *b = gd_parameters_at(whole.parameters, i);
        assert_memory_equal(a->data, b->data, (size_t)gd_tensor_numel(a) * sizeof(float));
    }
    gd_run_result_free(&r);
    assert_int_equal(gd_run_train(&s.run, &s.recipe, &r), GD_OK); /* nothing is left to do */
    assert_int_equal(r.resumed, r.epochs);
    gd_run_result_free(&r);
    s.run.identity = "{\"seed\":8}";
    assert_int_equal(gd_run_train(&s.run, &s.recipe, &r), GD_ERROR_FORMAT);
    assert_string_equal(gd_message(), "run.safetensors: the checkpoint belongs to another run: "
                                      "seed was 7, but is now 8");
    gd_run_result_free(&r);
    gd_run_result_free(&expected);
    release(&whole);
    release(&s);
}

/* A resumed learner whose epoch has ended waits for one that has more batches. */
static void test_resume_of_unequal_learners(void **state)
{
    (void)state;
    setup s[2];
    for (int k = 0; k < 2; ++k) {
        gd_run_result r;
        prepare(&s[k], 2);
        gd_tensor x = gd_tensor_slice(s[k].train.x, 0, 0, 20, 1),
                  y = gd_tensor_slice(s[k].train.y, 0, 0, 20, 1);
        s[k].learners[1].train = (gd_batch){.x = &x, .y = &y}; /* 3 batches, not 5 */
        s[k].recipe.last_epoch = 2;
        if (k == 1) {
            s[k].run.checkpoint = "unequal.safetensors";
            s[k].seen.stop_after = 4;
            assert_int_equal(gd_run_train(&s[k].run, &s[k].recipe, &r), GD_STOPPED);
            gd_run_result_free(&r);
            s[k].seen.stop_after = 0;
            s[k].run.resume = true;
        }
        assert_int_equal(gd_run_train(&s[k].run, &s[k].recipe, &r), GD_OK);
        gd_run_result_free(&r);
    }
    for (int i = 0; i < gd_parameters_count(s[0].parameters); ++i) {
        const gd_tensor *a = gd_parameters_at(s[0].parameters, i),
                        *b = gd_parameters_at(s[1].parameters, i);
        assert_memory_equal(a->data, b->data, (size_t)gd_tensor_numel(a) * sizeof(float));
    }
    release(&s[0]);
    release(&s[1]);
}

/* Side by side, learners are validated together; as an ensemble by the mean of their logits. */
static void test_several_learners(void **state)
{
    (void)state;
    for (int ensemble = 0; ensemble < 2; ++ensemble) {
        setup s;
        gd_run_result r;
        prepare(&s, 2);
        s.run.ensemble = ensemble;
        assert_int_equal(gd_run_train(&s.run, &s.recipe, &r), GD_OK);
        gd_tape *tape = gd_tape_create();
        const gd_tensor *a = gd_module_forward(tape, s.learners[0].module, s.valid.x),
                        *b = gd_module_forward(tape, s.learners[1].module, s.valid.x);
        assert_int_equal(r.logits->shape[0], ensemble ? ROWS : 2 * ROWS);
        double at = ((const float *)r.logits->data)[5], x = ((const float *)a->data)[5],
               y = ((const float *)b->data)[5];
        assert_true(fabs(at - (ensemble ? (x + y) / 2 : x)) < 1e-6);
        double apart =
            (loss_of(s.learners[0].module, &s.valid) + loss_of(s.learners[1].module, &s.valid)) / 2;
        assert_true(ensemble ? r.valid_loss < apart : fabs(r.valid_loss - apart) < 1e-6);
        gd_tape_destroy(tape);
        gd_run_result_free(&r);
        release(&s);
    }
}

/* Logistic regression by L-BFGS with weight decay: the weights are those of scikit-learn 1.9's
 * LogisticRegression(C=1/(0.1*8), tol=1e-12). */
static void test_lbfgs(void **state)
{
    (void)state;
    static const double weights[] = {1.42255611, -0.12579032}, bias = -0.09078977;
    float x[] = {0.5f, 1,    1.5f,  -1,   -1,    0.25f,  -0.5f,  -2,
                 2,    0.5f, -1.5f, 1.5f, 0.25f, -0.75f, -0.25f, 2};
    float y[] = {1, 1, 0, 0, 1, 0, 1, 0};
    setup s = {.train = {.x = gd_tensor_create_from_data(GD_F32, x, GD_DIMS(8, 2)),
                         .y = gd_tensor_create_from_data(GD_F32, y, GD_DIMS(8, 1))},
               .parameters = gd_parameters_create()};
    gd_architecture linear = {.inputs = 2, .outputs = 1};
    gd_learner learner = {.module = gd_architecture_build(&linear, s.parameters, ""),
                          .train = s.train};
    gd_fit_options o = {.optim = "lbfgs", .weight_decay = GD_SOME(0.1), .epochs = GD_SOME(4)};
    gd_run_result r;
    gd_run run = {.parameters = s.parameters, .count = 1, .learners = &learner, .loss = logistic};
    assert_int_equal(gd_recipe_init(&s.recipe, &o, 8), GD_OK);
    assert_int_equal(gd_run_train(&run, &s.recipe, &r), GD_OK);
    const float *w = gd_parameters_at(s.parameters, 0)->data,
                *b = gd_parameters_at(s.parameters, 1)->data;
    assert_true(fabs(w[0] - weights[0]) < 2e-3 && fabs(w[1] - weights[1]) < 2e-3 &&
                fabs(b[0] - bias) < 2e-3);
    gd_run_result_free(&r);
    release(&s);
}

static void assert_run_refused(const gd_run *run, const gd_recipe *recipe, const char *words)
{
    gd_run_result r;
    assert_int_equal(gd_run_train(run, recipe, &r), GD_ERROR_ARGUMENT);
    assert_non_null(strstr(gd_message(), words));
    gd_run_result_free(&r);
}

static void test_refusals(void **state)
{
    (void)state;
    setup s;
    gd_run_result r;
    prepare(&s, 2);
    gd_run run = s.run;
    run.loss = NULL;
    assert_run_refused(&run, &s.recipe, "a loss");
    assert_run_refused(&s.run, &(gd_recipe){.name = "x"}, "gd_recipe_init");
    s.learners[1].valid = (gd_batch){.x = NULL};
    assert_run_refused(&s.run, &s.recipe, "learner 1: either all learners");
    gd_parameters *others = gd_parameters_create();
    gd_module *other = gd_mlp_create(others, "", GD_DIMS(2, 2), NULL);
    run = s.run;
    run.learners = &(gd_learner){.module = other, .train = s.train};
    run.count = 1;
    assert_run_refused(&run, &s.recipe, "learner 0 belongs to other parameters");
    gd_parameters_destroy(others);
    s.learners[1].module = NULL;
    assert_run_refused(&s.run, &s.recipe, "learner 1 has no module");
    s.run.count = 1;
    ((float *)s.train.x->data)[2 * 5 + 1] = 1e30f;
    s.recipe.optim = "sgd";
    s.recipe.batch = ROWS;
    assert_int_equal(gd_run_train(&s.run, &s.recipe, &r), GD_ERROR_DIVERGED);
    assert_non_null(strstr(gd_message(), "column \"1\" has a value 1e+30 standard deviations"));
    gd_run_result_free(&r);
    release(&s);
}

/* The defaults of docs/defaults.md, and the options that replace them. */
static void test_recipes(void **state)
{
    (void)state;
    gd_recipe r[GD_MOST_RECIPES];
    int count;
    assert_int_equal(gd_recipe_init(r, NULL, 150), GD_OK);
    assert_string_equal(r->optim, "adamw");
    assert_string_equal(r->schedule, "one-cycle");
    assert_true(r->lr == 0.005 && r->weight_decay == 0.01 && r->clip == 0);
    assert_true(r->batch == 32 && r->epochs == 120 && r->patience == 20); /* 600 steps of 5 */
    assert_int_equal(gd_recipe_init(r, &(gd_fit_options){.lr = GD_SOME(-1)}, 150),
                     GD_ERROR_ARGUMENT);
    assert_int_equal(gd_recipes(r, &count, NULL, GD_MULTICLASS, 3, 100), GD_OK);
    assert_int_equal(count, 5);
    assert_string_equal(r[0].name, "logreg-1");
    assert_true(r[0].weight_decay == 1 && r[3].weight_decay == 0.001); /* 1 / (C n) */
    assert_string_equal(r[4].name, "mlp");
    assert_true(r[4].members == 3 && r[4].architecture.hidden[0] == 64);
    assert_int_equal(gd_recipes(r, &count, &(gd_fit_options){.hidden = "8,4"}, GD_BINARY, 1, 100),
                     GD_OK);
    assert_true(count == 1 && r->members == 1 && r->architecture.hidden_count == 2);
    assert_int_equal(gd_recipes(r, &count, &(gd_fit_options){.model = "logreg", .optim = "sgd"},
                                GD_BINARY, 1, 100),
                     GD_OK);
    assert_true(count == 1 && r->architecture.hidden_count == 0 && r->lr == 0.1);
}

/* scikit-learn 1.9: compute_class_weight("balanced", classes=[0, 1, 3], y=[0, 0, 0, 1, 1, 3]). */
static void test_class_weights(void **state)
{
    (void)state;
    static const double expected[] = {2.0 / 3, 1, 0, 2};
    int64_t classes[] = {0, 0, 0, 1, 1, 3};
    gd_tensor *y = gd_tensor_create_from_data(GD_I64, classes, GD_DIMS(6));
    gd_tensor *weights = gd_balanced_class_weights(y, 4, GD_F64);
    gd_tensor *single = gd_balanced_class_weights(y, 4, GD_F32);
    for (int k = 0; k < 4; ++k) {
        assert_true(fabs(((const double *)weights->data)[k] - expected[k]) < 1e-15);
        assert_true(((const float *)single->data)[k] == (float)expected[k]);
    }
    assert_null(gd_balanced_class_weights(y, 3, GD_F64));
    assert_string_equal(gd_message(), "balanced_class_weights: class 3 is outside [0,3)");
    assert_null(gd_balanced_class_weights(y, 4, GD_I64));
    gd_tensor_destroy(single);
    gd_tensor_destroy(weights);
    gd_tensor_destroy(y);
}

static void test_pos_weight(void **state)
{
    (void)state;
    float labels[] = {1, 0, 0, 0, 0, 1, 0, 1};
    bool known[] = {true, true, true, false, true, true, true, true};
    int64_t classes[] = {1, 0, 0, 0};
    gd_tensor *y = gd_tensor_create_from_data(GD_F32, labels, GD_DIMS(4, 2));
    gd_tensor *mask = gd_tensor_create_from_data(GD_BOOL, known, GD_DIMS(4, 2));
    gd_tensor *one = gd_tensor_create_from_data(GD_I64, classes, GD_DIMS(4));
    gd_tensor *weights = gd_balanced_pos_weight(y, mask),
              *single = gd_balanced_pos_weight(one, NULL);
    assert_true(((const float *)weights->data)[0] == 3 &&
                ((const float *)weights->data)[1] == 0.5f);
    assert_true(single->shape[0] == 1 && *(const float *)single->data == 3);
    assert_null(gd_balanced_pos_weight(mask, NULL));
    gd_tensor_destroy(y);
    gd_tensor_destroy(mask);
    gd_tensor_destroy(one);
    gd_tensor_destroy(weights);
    gd_tensor_destroy(single);
}

int training_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_best_epoch),
                                       cmocka_unit_test(test_early_stopping),
                                       cmocka_unit_test(test_without_validation),
                                       cmocka_unit_test(test_resume),
                                       cmocka_unit_test(test_resume_of_unequal_learners),
                                       cmocka_unit_test(test_several_learners),
                                       cmocka_unit_test(test_lbfgs),
                                       cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_recipes),
                                       cmocka_unit_test(test_class_weights),
                                       cmocka_unit_test(test_pos_weight)};
    return cmocka_run_group_tests_name("runs", tests, enter_folder, leave_folder);
}
