/* What writing a trace must not do: change a result, outgrow its limits, lose what was written,
 * hide an error, or tell where files lie. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "tests.h"
#include "writing.h"

#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a model with a layer of each kind ---- */

typedef struct training {
    gd_tape *tape;
    gd_parameters *parameters;
    gd_module *model;
    gd_optimizer *adam;
    gd_tensor *x, *y;
} training;

/* False: no memory. */
static bool training_create(training *s)
{
    *s = (training){.tape = gd_tape_create(), .parameters = gd_parameters_create()};
    if (s->tape == NULL || s->parameters == NULL)
        return false;
    *gd_parameters_rng(s->parameters) = (gd_rng){.key = 5};
    gd_batch_norm_layer *norm = gd_batch_norm_layer_create(s->parameters, "norm", 6, NULL);
    gd_module *mlp =
        gd_mlp_create(s->parameters, "mlp", GD_DIMS(6, 8, 3), &(gd_mlp_options){.dropout = 0.3});
    gd_sequential *model =
        norm != NULL && mlp != NULL
            ? gd_sequential_create(s->parameters, "", 2, (gd_module *[]){&norm->module, mlp})
            : NULL;
    s->adam = model != NULL ? gd_adam_create(s->parameters, NULL) : NULL;
    s->x = s->adam != NULL ? gd_tensor_create(GD_F32, GD_DIMS(12, 6)) : NULL;
    s->y = s->x != NULL ? gd_tensor_create_arange(GD_I64, 0, 12, 1) : NULL;
    if (s->y == NULL)
        return false;
    s->model = &model->module;
    for (int i = 0; i < 12; ++i)
        ((int64_t *)s->y->data)[i] %= 3;
    return gd_tensor_normal(s->x, &(gd_rng){.key = 1}, 0, 1) == GD_OK;
}

static void training_destroy(training *s)
{
    gd_tensor_destroy(s->x);
    gd_tensor_destroy(s->y);
    gd_optimizer_destroy(s->adam);
    gd_parameters_destroy(s->parameters);
    gd_tape_destroy(s->tape);
}

/* One step; its loss in *loss. */
static gd_status train(training *s, float *loss)
{
    gd_tape_reset(s->tape);
    gd_optimizer_zero_grad(s->adam);
    gd_tensor *logits = gd_module_forward(s->tape, s->model, s->x);
    gd_tensor *result = gd_cross_entropy(s->tape, logits, s->y, NULL);
    gd_status status = gd_backward(s->tape, result);
    *loss = status == GD_OK ? *(float *)result->data : 0;
    return status == GD_OK ? gd_optimizer_step(s->adam) : status;
}

/* ---- not a bit ---- */

enum { STEPS = 50 };

/* The losses, and all that the optimiser goes on from: parameters, buffers, moments. */
static void run(bool is_traced, float losses[STEPS], const char *state_file)
{
    training s;
    assert_true(training_create(&s));
    gd_trace *trace =
        is_traced ? trace_of(s.tape, &(gd_trace_options){.steps = STEPS, .full = 20}) : NULL;
    if (is_traced)
        assert_int_equal(gd_trace_watch(trace, s.parameters), GD_OK);
    for (int i = 0; i < STEPS; ++i)
        assert_int_equal(train(&s, &losses[i]), GD_OK);
    if (is_traced) {
        gd_recording *r = recording_of_closed(trace);
        assert_int_equal(r->steps, STEPS);
        assert_null(r->stopped);
        gd_recording_destroy(r);
    }
    gd_state_dict *state = gd_state_dict_create();
    gd_state_dict_add_parameters(state, s.parameters);
    gd_state_dict_add_optimizer(state, "adam", s.adam);
    gd_state_dict_add_rng(state, "rng", gd_parameters_rng(s.parameters));
    assert_int_equal(gd_state_dict_save(state, state_file, 0, NULL), GD_OK);
    gd_state_dict_destroy(state);
    training_destroy(&s);
}

static void test_traced_is_untraced(void **state)
{
    (void)state;
    float plain[STEPS], traced[STEPS];
    char files[2][128];
    for (int i = 0; i < 2; ++i) {
        snprintf(files[i], sizeof files[i], "%s.state%d", writing_path(), i);
        run(i == 1, i == 0 ? plain : traced, files[i]);
    }
    assert_memory_equal(plain, traced, sizeof plain);
    assert_true(plain[0] > plain[STEPS - 1]);
    gd_safetensors *a = gd_safetensors_open(files[0]), *b = gd_safetensors_open(files[1]);
    assert_true(a != NULL && b != NULL && gd_safetensors_count(a) == gd_safetensors_count(b));
    assert_true(gd_safetensors_count(a) > 20); /* parameters, buffers, two moments of each */
    for (int i = 0; i < gd_safetensors_count(a); ++i) {
        const gd_tensor *x = gd_safetensors_at(a, i), *y = gd_safetensors_at(b, i);
        assert_memory_equal(x->data, y->data, (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype));
    }
    gd_safetensors_close(a);
    gd_safetensors_close(b);
    unlink(files[0]);
    unlink(files[1]);
}

/* ---- limits ---- */

static void test_steps(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_tensor_create_ones(GD_F32, GD_DIMS(2));
    x->requires_grad = true;
    gd_trace *trace = trace_of(t, &(gd_trace_options){.steps = 2});
    for (int step = 0; step < 5; ++step) {
        gd_tape_reset(t);
        gd_exp(t, x); /* evaluation: it counts as no step of training */
        gd_tape_reset(t);
        gd_backward(t, gd_sum(t, x, GD_ALL_DIMS, false));
    }
    gd_recording *r = recording_of_closed(trace);
    assert_int_equal(r->steps, 4);
    assert_string_equal(r->stopped, "2 training steps were recorded");
    gd_recording_destroy(r);
    gd_tensor_destroy(x);
}

static void test_bytes(void **state)
{
    gd_tape *t = *state;
    for (int64_t bytes = 300; bytes < 6000; bytes += 97) {
        gd_tape_reset(t);
        gd_tensor *x = gd_ones(t, GD_F32, GD_DIMS(20));
        x->requires_grad = true;
        gd_trace *trace = trace_of(t, &(gd_trace_options){.bytes = bytes});
        for (int i = 0; i < 20; ++i)
            gd_exp(t, x);
        gd_backward(t, gd_sum(t, x, GD_ALL_DIMS, false));
        gd_recording *r = recording_of_closed(trace);
        struct stat status;
        assert_true(stat(writing_path(), &status) == 0 && status.st_size <= bytes);
        char why[80];
        snprintf(why, sizeof why, "the trace would be longer than %d bytes", (int)bytes);
        if (r->stopped != NULL)
            assert_string_equal(r->stopped, why);
        assert_true(r->stopped != NULL || bytes > 3000);
        gd_recording_destroy(r);
    }
}

/* ---- a program that dies ---- */

/* All but the call under way is there. */
static void test_crash(void **state)
{
    gd_tape *t = *state;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        gd_tensor *x = gd_scalar(t, 2, GD_F64);
        x->requires_grad = true;
        trace_of(t, NULL);
        gd_tensor *y = gd_mul(t, x, x);
        gd_backward(t, y);
        gd_exp(t, y);
        y = (gd_mul)(t, x, x);
        (gd_backward)(t, y); /* its end counts, too */
        (gd_neg)(t, y);      /* waits for its place */
        signal(SIGABRT, SIG_DFL);
        abort();
    }
    int status;
    assert_true(child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    gd_recording *r = gd_trace_read(writing_path(), NULL);
    assert_non_null(r);
    assert_null(r->damage);
    assert_int_equal(r->n_nodes, 3);
    assert_string_equal(r->nodes[1].call, "exp");
    assert_int_equal(event_of(r, GD_RECORDED_ADD, 3)->node, 2);
    assert_string_equal(event_of(r, GD_RECORDED_BACKWARD, 0)->file, "write_limits.c");
    gd_recording_destroy(r);
}

/* ---- errors ---- */

static void test_refusals(void **state)
{
    gd_tape *t = *state, *other = gd_tape_create();
    assert_null(gd_trace_create("/no/such/folder/run.trace", NULL));
    assert_int_equal(gd_message_status(), GD_ERROR_IO);
    assert_string_equal(gd_message(), "/no/such/folder/run.trace: No such file or directory");
    assert_int_equal(gd_trace_attach(NULL, t), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_trace_watch(NULL, NULL), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_message(), "/no/such/folder/run.trace: No such file or directory");
    assert_int_equal(gd_trace_close(NULL), GD_OK);
    assert_null(gd_trace_create(NULL, NULL));
    assert_int_equal(gd_message_status(), GD_ERROR_ARGUMENT);
    assert_null(gd_trace_create(writing_path(), &(gd_trace_options){.steps = -1}));
    assert_int_equal(gd_message_status(), GD_ERROR_ARGUMENT);
    gd_trace *trace = gd_trace_create(writing_path(), NULL);
    assert_int_equal(gd_trace_attach(trace, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_trace_watch(trace, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_trace_attach(trace, t), GD_OK);
    assert_int_equal(gd_trace_attach(trace, other), GD_ERROR_STATE);
    assert_string_equal(gd_message(), "trace_attach: the trace follows a tape already");
    assert_int_equal(gd_trace_attach(trace, t), GD_ERROR_STATE);
    assert_int_equal(gd_trace_close(trace), GD_OK);
    gd_tape_destroy(other);
}

static void test_full_disk(void **state)
{
    gd_tape *t = *state;
    gd_trace *trace = gd_trace_create("/dev/full", NULL);
    assert_non_null(trace);
    gd_trace_attach(trace, t);
    gd_tensor *x = gd_ones(t, GD_F32, GD_DIMS(2));
    x->requires_grad = true;
    assert_int_equal(gd_backward(t, gd_sum(t, x, GD_ALL_DIMS, false)), GD_OK);
    assert_int_equal(gd_trace_close(trace), GD_ERROR_IO);
    assert_string_equal(gd_message(), "/dev/full: No space left on device");
    trace = gd_trace_create("/dev/full", NULL); /* and where nothing has happened */
    assert_int_equal(gd_trace_close(trace), GD_ERROR_IO);
}

/* Whatever allocation fails: training goes on, or has the tape's error; the trace says so at its
 * close and can be read up to there; nothing is lost. */
static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    allocations c = {0};
    gd_set_allocator(counting_allocator, &c);
    bool reached_the_end = false;
    int told = 0;
    for (long k = 1; !reached_the_end; ++k) {
        c = (allocations){.fail_at = 0};
        training s;
        float loss;
        assert_true(training_create(&s));
        c.calls = 0;
        c.fail_at = k;
        gd_trace *trace = gd_trace_create(writing_path(), NULL);
        assert_true(trace != NULL || gd_message_status() == GD_ERROR_MEMORY);
        bool is_traced = trace != NULL && gd_trace_attach(trace, s.tape) == GD_OK &&
                         gd_trace_watch(trace, s.parameters) == GD_OK;
        gd_status status = GD_OK;
        for (int step = 0; step < 2 && is_traced; ++step)
            status = train(&s, &loss) == GD_OK ? status : GD_ERROR_MEMORY;
        gd_status closed = trace != NULL ? gd_trace_close(trace) : GD_ERROR_MEMORY;
        reached_the_end = c.calls < k;
        c.fail_at = 0;
        told += closed == GD_ERROR_MEMORY;
        assert_true(closed == GD_OK || closed == GD_ERROR_MEMORY);
        assert_true(reached_the_end
                        ? closed == GD_OK && status == GD_OK
                        : closed == GD_ERROR_MEMORY || status == GD_ERROR_MEMORY || is_traced);
        gd_recording *r = is_traced ? gd_trace_read(writing_path(), NULL) : NULL;
        if (r != NULL && r->damage != NULL)
            fail_msg("allocation %ld: %s", k, r->damage);
        gd_recording_destroy(r);
        training_destroy(&s);
        assert_int_equal(c.live, 0);
        assert_true(k < 3000);
    }
    gd_set_allocator(NULL, NULL);
    assert_true(told > 20);
}

/* Once it is warm, a trace asks for no memory at an event. */
static void test_a_warm_trace_allocates_nothing(void **state)
{
    (void)state;
#ifndef NDEBUG
    skip(); /* debug builds never use headers again */
#endif
    allocations c = {0};
    gd_set_allocator(counting_allocator, &c);
    training s;
    float loss;
    assert_true(training_create(&s));
    gd_trace *trace = trace_of(s.tape, &(gd_trace_options){.steps = 20});
    gd_trace_watch(trace, s.parameters);
    for (int i = 0; i < 4; ++i)
        train(&s, &loss);
    long before = c.calls;
    for (int i = 0; i < 10; ++i)
        train(&s, &loss);
    assert_int_equal(c.calls, before);
    assert_int_equal(gd_trace_close(trace), GD_OK);
    training_destroy(&s);
    gd_set_allocator(NULL, NULL);
}

/* ---- places ---- */

/* Files have as much of their path as tells them apart; none is absolute. */
static void test_sources(void **state)
{
    gd_tape *t = *state;
    gd_tensor *x = gd_ones(t, GD_F32, GD_DIMS(2));
    gd_trace *trace =
        gd_trace_create_for("/far/away/main.c", writing_path(),
                            &(gd_trace_options){.source = GD_TESTS_DIR "/trace/sources"});
    gd_trace_attach(trace, t);
#line 1 "/far/away/model.c"
    gd_exp(t, x);
#line 2 "/far/away/other/model.c"
    gd_exp(t, x);
#line 3 "../else/where/model.c"
    gd_exp(t, x);
#line 4 "/far/away/other/model.c"
    gd_exp(t, x);
#line 5 "model.c"
    gd_exp(t, x);
#line 349 "write_limits.c"
    gd_recording *r = recording_of_closed(trace);
    assert_string_equal(r->program, "main.c");
    static const char *const files[] = {"model.c", "other/model.c", "where/model.c",
                                        "other/model.c", "./model.c"};
    for (int i = 0; i < 5; ++i)
        assert_string_equal(r->nodes[i].file, files[i]);
    assert_string_equal(r->sources[0].file, "model.c");
    assert_string_equal(r->sources[0].text, "/* One file of this name. */\n");
    assert_string_equal(r->sources[1].file, "other/model.c");
    assert_string_equal(r->sources[1].text, "/* The other file of this name. */\n");
    char *text = contents(writing_path());
    assert_null(strstr(text, "/far"));
    free(text);
    gd_recording_destroy(r);
}

/* In a locale with a decimal comma, which is made here. */
static void test_locale(void **state)
{
    gd_tape *t = *state;
    char command[512], folder[] = "/tmp/gradus-locale-XXXXXX";
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command,
             "cd %s && printf 'LC_NUMERIC\\ndecimal_point \",\"\\nthousands_sep \".\"\\n"
             "grouping 3;3\\nEND LC_NUMERIC\\n' >source && "
             "localedef -c -i $PWD/source -f UTF-8 $PWD/xx_XX >/dev/null 2>&1",
             folder);
    int made = system(command);
    (void)made;
    setenv("LOCPATH", folder, 1);
    bool has_comma = setlocale(LC_ALL, "xx_XX") != NULL && *localeconv()->decimal_point == ',';
    gd_trace *trace = trace_of(t, NULL);
    gd_exp(t, gd_mul(t, gd_full(t, GD_F32, 12345.5, 0, NULL), gd_full(t, GD_F64, 0.25, 0, NULL)));
    gd_tape_reset(t);
    gd_clamp(t, gd_full(t, GD_F32, 12345.5, 0, NULL), -0.5, 1.5);
    int closed = gd_trace_close(trace);
    setlocale(LC_ALL, "C");
    unsetenv("LOCPATH");
    snprintf(command, sizeof command, "rm -r %s", folder);
    made = system(command);
    assert_int_equal(closed, GD_OK);
    char *text = contents(writing_path());
    assert_non_null(strstr(text, "\"values\":[12345.5]"));
    assert_non_null(strstr(text, "\"attr\":{\"low\":-0.5,\"high\":1.5}"));
    free(text);
    if (!has_comma)
        skip();
}

int write_limits_tests(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, writing_setup, writing_teardown)
        TEST(test_traced_is_untraced),
        TEST(test_steps),
        TEST(test_bytes),
        TEST(test_crash),
        TEST(test_refusals),
        TEST(test_full_disk),
        TEST(test_every_allocation_may_fail),
        TEST(test_a_warm_trace_allocates_nothing),
        TEST(test_sources),
        TEST(test_locale),
#undef TEST
    };
    return cmocka_run_group_tests_name("limits of written traces", tests, NULL, NULL);
}
