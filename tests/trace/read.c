/* What a trace says, as it is read. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE GD_TESTS_DIR "/trace/corpus/tiny.trace"

static gd_recording *recording_of(const char *path, const gd_trace_read_options *options)
{
    gd_recording *r = gd_trace_read(path, options);
    if (r == NULL)
        fail_msg("%s", gd_message());
    if (r->damage != NULL)
        fail_msg("%s", r->damage);
    return r;
}

static void assert_floats(const gd_tensor *x, int n, const float *expected)
{
    assert_int_equal(gd_tensor_numel(x), n);
    assert_int_equal(x->dtype, GD_F32);
    assert_memory_equal(x->data, expected, (size_t)n * sizeof *expected);
}
#define FLOATS(x, ...)                                                                             \
    assert_floats(x, (int)(sizeof((float[]){__VA_ARGS__}) / sizeof(float)), (float[]){__VA_ARGS__})

/* The sample of docs/trace.md; the numbers are worked out by hand. */
static void test_sample(void **state)
{
    (void)state;
    gd_recording *r = recording_of(SAMPLE, NULL);
    assert_string_equal(r->program, "tiny.c");
    assert_int_equal(r->steps, 1);
    assert_int_equal(r->n_tensors, 5);
    assert_int_equal(r->n_nodes, 3);
    assert_int_equal(r->n_events, 5 + 1 + 3 + 5);
    assert_int_equal(r->n_sources, 1);
    assert_string_equal(r->sources[0].file, "tiny.c");
    assert_memory_equal(r->sources[0].text, "#include <gradus.h>\n", 20);
    assert_null(r->stopped);

    static const char *const names[] = {"a", "b", "s", NULL, "loss"};
    static const int64_t makers[] = {-1, -1, 0, 1, 2};
    for (int i = 0; i < 5; ++i) {
        if (names[i] != NULL)
            assert_string_equal(r->tensors[i].name, names[i]);
        else
            assert_null(r->tensors[i].name);
        assert_int_equal(r->tensors[i].node, makers[i]);
        assert_true(r->tensors[i].wants_gradient);
    }
    const gd_recorded_node *mul = &r->nodes[1];
    assert_ptr_equal(mul->op, gd_op_find("mul"));
    assert_int_equal(mul->n_in, 2);
    assert_int_equal(mul->in[0], 0);
    assert_int_equal(mul->in[1], 2);
    assert_int_equal(mul->out, 3);
    assert_string_equal(mul->file, "tiny.c");
    assert_int_equal(mul->line, 5);
    assert_string_equal(mul->call, "mul");
    assert_string_equal(mul->text, "a, s");
    assert_true(mul->recorded && mul->of_node == -1);
    assert_int_equal(r->events[mul->event].kind, GD_RECORDED_OP);
    FLOATS(r->events[mul->event].values.x, 4.2F, 0.9F);

    const gd_recorded_event *e = &r->events[5];
    assert_int_equal(e->kind, GD_RECORDED_BACKWARD);
    assert_int_equal(e->tensor, 4);
    assert_int_equal(e->source_line, 7);
    assert_string_equal(e->file, "tiny.c");
    assert_false(e->is_grad);
    e = &r->events[12];
    assert_int_equal(e->kind, GD_RECORDED_ADD);
    assert_int_equal(e->line, 17);
    assert_int_equal(e->node, 0);
    assert_int_equal(e->operand, 0);
    assert_int_equal(e->tensor, 0);
    assert_int_equal(e->way, GD_WAY_RULE);
    assert_int_equal(e->summed, 0);
    FLOATS(e->gives.x, 2, -1);
    FLOATS(e->before.x, 2.1F, -0.9F);
    FLOATS(e->after.x, 4.1F, -1.9F);
    assert_int_equal(e[1].summed, 1);
    assert_null(e[1].before.x);
    assert_int_equal(e[1].after.x->ndim, 0);
    gd_recording_destroy(r);
}

/* ---- lines of every kind ---- */

static void write_trace(const char *path, const char *lines)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "{\"gradus_trace\":1,\"program\":\"p.c\",\"full\":4}\n%s", lines);
    assert_int_equal(fclose(file), 0);
}

static gd_recording *recording_with(const char *lines)
{
    write_trace("read_test.trace", lines);
    gd_recording *r = recording_of("read_test.trace", NULL);
    remove("read_test.trace");
    return r;
}

static void test_dtypes(void **state)
{
    (void)state;
    gd_recording *r = recording_with(
        "{\"e\":\"leaf\",\"id\":0,\"dtype\":\"float32\",\"shape\":[6],\"values\":[\"nan\",\"inf\","
        "\"-inf\",-0.0,1e-45,3.4028235e38],\"wants\":false}\n"
        "{\"e\":\"leaf\",\"id\":1,\"dtype\":\"float64\",\"shape\":[3],\"values\":[0.1,5e-324,"
        "\"nan\"],\"wants\":true}\n"
        "{\"e\":\"leaf\",\"id\":2,\"dtype\":\"int64\",\"shape\":[2],\"values\":["
        "\"-9223372036854775808\",\"9223372036854775807\"],\"wants\":false}\n"
        "{\"e\":\"leaf\",\"id\":3,\"dtype\":\"bool\",\"shape\":[1,2],\"values\":[true,false],"
        "\"wants\":false}\n"
        "{\"e\":\"leaf\",\"id\":4,\"dtype\":\"uint8\",\"shape\":[0,3],\"values\":[],"
        "\"wants\":false}\n"
        "{\"e\":\"leaf\",\"id\":5,\"dtype\":\"uint8\",\"shape\":[2],\"values\":[0,255],"
        "\"wants\":false}\n");
    const float *f = r->events[0].values.x->data;
    assert_true(isnan(f[0]) && f[1] == INFINITY && f[2] == -INFINITY && f[3] == 0 &&
                signbit(f[3]) && f[4] == 1e-45F && f[5] == 3.4028235e38F);
    const gd_recorded_values *v = &r->events[0].values;
    assert_true(v->whole && v->min == -INFINITY && v->max == INFINITY && v->zeros == 1 &&
                v->nonfinite == 0);
    v = &r->events[1].values;
    const double *d = v->x->data;
    assert_true(d[0] == 0.1 && d[1] == 5e-324 && isnan(d[2]));
    assert_true(v->min == 5e-324 && v->max == 0.1 && v->nonfinite == 2);
    const int64_t *i = r->events[2].values.x->data;
    assert_true(i[0] == INT64_MIN && i[1] == INT64_MAX);
    const uint8_t *b = r->events[3].values.x->data;
    assert_true(b[0] == 1 && b[1] == 0 && r->events[3].values.x->ndim == 2);
    v = &r->events[4].values;
    assert_true(isnan(v->min) && isnan(v->max) && v->norm == 0 && v->nonfinite == -1);
    b = r->events[5].values.x->data;
    assert_true(b[0] == 0 && b[1] == 255);
    assert_true(r->events[5].values.norm == 255);
    gd_recording_destroy(r);
}

/* The norm of squares that overflow: sqrt(9e400 + 16e400). */
static void test_norm(void **state)
{
    (void)state;
    gd_recording *r = recording_with("{\"e\":\"leaf\",\"id\":0,\"dtype\":\"float64\",\"shape\":[2],"
                                     "\"values\":[3e200,-4e200],\"wants\":false}\n");
    assert_true(fabs(r->events[0].values.norm / 5e200 - 1) < 1e-15);
    gd_recording_destroy(r);
}

static void test_window(void **state)
{
    (void)state;
    gd_recording *r = recording_with(
        "{\"e\":\"leaf\",\"id\":0,\"name\":\"w\",\"dtype\":\"float32\",\"shape\":[9,100,50],"
        "\"stride\":[0,1,100],\"values\":[1,2,3,4,5,6],\"window\":[2,3],\"stats\":{\"min\":-7,"
        "\"max\":\"inf\",\"norm\":\"inf\",\"zeros\":12,\"nonfinite\":44999},\"wants\":true}\n");
    const gd_recorded_values *v = &r->events[0].values;
    assert_false(v->whole);
    assert_int_equal(v->x->ndim, 2);
    assert_int_equal(v->x->shape[0], 2);
    assert_int_equal(v->x->shape[1], 3);
    assert_true(v->min == -7 && v->max == INFINITY && v->zeros == 12 && v->nonfinite == 44999);
    assert_int_equal(r->tensors[0].stride[0], 0);
    assert_int_equal(r->tensors[0].stride[2], 100);
    gd_recording_destroy(r);
}

#define LEAF(id, name, value)                                                                      \
    "{\"e\":\"leaf\",\"id\":" #id ",\"name\":\"" name                                              \
    "\",\"dtype\":\"float32\",\"shape\":[],\"values\":[" #value "],\"wants\":true}\n"

/* gd_grad with create_graph, in two steps, with an update, a release, errors and an end. */
static void test_events(void **state)
{
    (void)state;
    gd_recording *r = recording_with(LEAF(
        0, "x",
        3) "{\"e\":\"op\",\"node\":0,\"op\":\"exp\",\"in\":[0],\"out\":1,\"shape\":[],\"values\":["
           "9]}\n"
           "{\"e\":\"place\",\"nodes\":[0],\"file\":\"p.c\",\"line\":3,\"call\":\"exp\","
           "\"text\":\"x\"}\n"
           "{\"e\":\"backward\",\"root\":1,\"gives\":[1],\"inputs\":[0],\"create_graph\":true}\n"
           "{\"e\":\"node\",\"node\":0,\"dy\":[1]}\n"
           "{\"e\":\"op\",\"node\":1,\"op\":\"mul\",\"in\":[1,1],\"out\":2,\"shape\":[],"
           "\"values\":[81],\"of\":{\"node\":0,\"operand\":0}}\n"
           "{\"e\":\"add\",\"node\":0,\"operand\":0,\"to\":0,\"way\":\"rule\",\"gives\":[9],"
           "\"before\":null,\"after\":[9]}\n"
           "{\"e\":\"place\",\"nodes\":[],\"file\":\"p.c\",\"line\":4,\"call\":\"grad\","
           "\"text\":\"y, &x, 1, &g, &o\"}\n"
           "{\"e\":\"op\",\"node\":2,\"op\":\"gt\",\"in\":[0,0],\"out\":3,\"dtype\":\"bool\","
           "\"shape\":[],\"values\":[false],\"recorded\":false}\n"
           "{\"e\":\"release\",\"from\":1}\n"
           "{\"e\":\"name\",\"id\":1,\"name\":\"hidden\"}\n"
           "{\"e\":\"error\",\"message\":\"p.c:9: add: no\"}\n"
           "{\"e\":\"place\",\"nodes\":[],\"file\":\"p.c\",\"line\":9,\"text\":\"a, b\"}\n"
           "{\"e\":\"update\",\"id\":0,\"values\":[2.5]}\n"
           "{\"e\":\"step\",\"step\":2}\n" LEAF(
               0, "x", 2) "{\"e\":\"stopped\",\"why\":\"3 steps\"}\n"
                          "{\"e\":\"source\",\"file\":\"p.c\",\"text\":\"x\"}\n");
    static const gd_recorded_kind kinds[] = {
        GD_RECORDED_LEAF,  GD_RECORDED_OP,     GD_RECORDED_BACKWARD, GD_RECORDED_NODE,
        GD_RECORDED_OP,    GD_RECORDED_ADD,    GD_RECORDED_OP,       GD_RECORDED_RELEASE,
        GD_RECORDED_ERROR, GD_RECORDED_UPDATE, GD_RECORDED_STEP,     GD_RECORDED_LEAF};
    assert_int_equal(r->n_events, sizeof kinds / sizeof *kinds);
    for (int64_t i = 0; i < r->n_events; ++i)
        assert_int_equal(r->events[i].kind, kinds[i]);
    const gd_recorded_event *e = &r->events[2];
    assert_true(e->is_grad && e->create_graph && e->n_inputs == 1 && e->inputs[0] == 0);
    assert_int_equal(e->source_line, 4);
    assert_int_equal(r->nodes[1].of_node, 0);
    assert_int_equal(r->nodes[1].line, 3);
    assert_string_equal(r->nodes[1].text, "x");
    assert_false(r->nodes[2].recorded);
    assert_int_equal(r->events[7].node, 1);
    assert_string_equal(r->events[8].message, "p.c:9: add: no");
    assert_int_equal(r->events[8].source_line, 9);
    assert_string_equal(r->tensors[1].name, "hidden");
    assert_int_equal(r->events[10].step, 2);
    assert_int_equal(r->steps, 2);
    assert_string_equal(r->stopped, "3 steps");
    gd_recording_destroy(r);
}

/* ---- names ---- */

/* The name of tensor 0 or 1 after a call of this op with them as operands. */
static void assert_names(const char *op, const char *attributes, const char *text,
                         const char *first, const char *second)
{
    char lines[2048];
    const char *leaf =
        "{\"e\":\"leaf\",\"id\":%d,\"dtype\":\"float32\",\"shape\":[],\"values\":[0],"
        "\"wants\":false}\n";
    int n = 0;
    for (int i = 0; i < 2; ++i)
        n += snprintf(lines + n, sizeof lines - (size_t)n, leaf, i);
    snprintf(lines + n, sizeof lines - (size_t)n,
             "{\"e\":\"op\",\"node\":0,\"op\":\"%s\",\"in\":[0%s],%s\"out\":2,\"shape\":[],"
             "\"values\":[0],\"recorded\":false}\n"
             "{\"e\":\"place\",\"nodes\":[0],\"file\":\"p.c\",\"line\":1,\"call\":\"%s\","
             "\"text\":\"%s\"}\n",
             op, second != NULL ? ",1" : "", attributes, op, text);
    gd_recording *r = recording_with(lines);
    const char *expected[] = {first, second};
    for (int i = 0; i < 2; ++i)
        if ((r->tensors[i].name != NULL) != (expected[i] != NULL && *expected[i] != '\0') ||
            (r->tensors[i].name != NULL && strcmp(r->tensors[i].name, expected[i]) != 0))
            fail_msg("%s(%s): operand %d is called %s", op, text, i, r->tensors[i].name);
    gd_recording_destroy(r);
}

static void test_names(void **state)
{
    (void)state;
    assert_names("add", "", "a, b", "a", "b");
    assert_names("mul", "", "gd_add(t, a, (b)), model->layers[1].w", "", "model->layers[1].w");
    assert_names("sub", "", "&x, 1 - y", "x", "");
    assert_names("sum", "\"attr\":{\"dims\":[0]},", " logits , GD_ALL_DIMS, false", "logits", NULL);
    assert_names("gather", "\"attr\":{\"dim\":1},", "table, dim, index", "table", "index");
    assert_names("linear", "", "x, NULL", "x", "");
    assert_names("sum", "", "\\\"text\\\", f(a", "", NULL);
    assert_names("sum", "", "", "", NULL);
}

/* ---- attributes ---- */

/* What an op of one operand says of its attributes after they were read; of refused ones, the
 * damage. */
static const char *attributes_text(const char *op, const char *attributes)
{
    static char text[256];
    char lines[1024];
    snprintf(lines, sizeof lines,
             LEAF(0, "x", 3) "{\"e\":\"op\",\"node\":0,\"op\":\"%s\",\"in\":[0],\"attr\":%s,"
                             "\"out\":1,\"shape\":[],\"values\":[1],\"recorded\":false}\n",
             op, attributes);
    write_trace("read_test.trace", lines);
    gd_recording *r = gd_trace_read("read_test.trace", NULL);
    remove("read_test.trace");
    assert_non_null(r);
    if (r->damage != NULL)
        snprintf(text, sizeof text, "%s", r->damage);
    else
        gd_op_print_attributes(r->nodes[0].op, r->nodes[0].attributes, text, sizeof text);
    gd_recording_destroy(r);
    return text;
}

static void test_attributes(void **state)
{
    (void)state;
    static const struct {
        const char *op, *attributes, *text;
    } calls[] = {
        {"sum", "{\"dims\":[0,-1],\"keepdim\":true}", "dims=[0,-1], keepdim"},
        {"sum", "{}", "dims=all"},
        {"var", "{\"correction\":\"1\"}", "dims=all, correction=1"},
        {"clamp", "{\"low\":\"-inf\",\"high\":0.5}", "low=-inf, high=0.5"},
        {"dropout", "{\"p\":0.25,\"key\":\"18446744073709551615\",\"counter\":\"7\"}",
         "p=0.25, key=18446744073709551615, counter=7"},
        {"cast", "{\"dtype\":\"int64\"}", "dtype=int64"},
        {"log_softmax", "{\"dim\":-1}", "dim=-1"},
        {"sum", "{\"dims\":[0,1,2,3,4,5,6,7,8]}",
         "read_test.trace:3: sum: \"dims\" has no such value"},
        {"sum", "{\"dims\":[0.5]}", "read_test.trace:3: sum: \"dims\" has no such value"},
        {"cast", "{\"dtype\":\"float16\"}", "read_test.trace:3: cast: \"dtype\" has no such value"},
        {"log_softmax", "{\"dim\":2147483648}",
         "read_test.trace:3: log_softmax: \"dim\" has no such value"},
        {"log_softmax", "{\"dim\":-2147483649}",
         "read_test.trace:3: log_softmax: \"dim\" has no such value"},
        {"dropout", "{\"key\":\"-1\"}", "read_test.trace:3: dropout: \"key\" has no such value"},
        {"dropout", "{\"key\":\"18446744073709551616\"}",
         "read_test.trace:3: dropout: \"key\" has no such value"},
        {"exp", "{\"dim\":1}",
         "read_test.trace:3: a member that such a line does not have, or that does not apply"},
        {"sum", "{\"dim\":1}",
         "read_test.trace:3: a member that such a line does not have, or that does not apply"},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; ++i)
        assert_string_equal(attributes_text(calls[i].op, calls[i].attributes), calls[i].text);
}

/* ---- the file ---- */

static void test_sources_of_a_folder(void **state)
{
    (void)state;
    gd_trace_read_options options = {.source = "read_test_folder"};
    assert_int_equal(system("mkdir -p read_test_folder && echo new > read_test_folder/tiny.c"), 0);
    gd_recording *r = recording_of(SAMPLE, &options);
    assert_int_equal(r->n_sources, 1);
    assert_string_equal(r->sources[0].text, "new\n");
    gd_recording_destroy(r);

    /* A name that leads out of the folder is not read. */
    assert_int_equal(system("echo secret > read_test_folder/../read_test_secret"), 0);
    write_trace("read_test.trace",
                "{\"e\":\"leaf\",\"id\":0,\"dtype\":\"float32\",\"shape\":[],\"values\":[0],"
                "\"wants\":false}\n"
                "{\"e\":\"op\",\"node\":0,\"op\":\"exp\",\"in\":[0],\"out\":1,\"shape\":[],"
                "\"values\":[1],\"recorded\":false}\n"
                "{\"e\":\"place\",\"nodes\":[0],\"file\":\"../read_test_secret\",\"line\":1}\n");
    r = recording_of("read_test.trace", &options);
    assert_int_equal(r->n_sources, 0);
    gd_recording_destroy(r);
    assert_int_equal(system("rm -r read_test_folder read_test_secret read_test.trace"), 0);
}

static gd_op own = {.name = "mul", .least_operands = 2, .most_operands = 2};

/* An op of the user's own wins over the library's; one that nobody knows is read, too. */
static void test_own_ops(void **state)
{
    (void)state;
    own.grad = gd_op_find("mul")->grad;
    gd_recording *r = recording_of(
        SAMPLE, &(gd_trace_read_options){.ops = (const gd_op *const[]){&own}, .n_ops = 1});
    assert_ptr_equal(r->nodes[1].op, &own);
    gd_recording_destroy(r);
    r = recording_with(
        LEAF(0, "x", 3) "{\"e\":\"op\",\"node\":0,\"op\":\"nobodys\",\"in\":[0,null],"
                        "\"out\":1,\"shape\":[],\"values\":[1]}\n");
    assert_null(r->nodes[0].op);
    assert_int_equal(r->nodes[0].in[1], -1);
    gd_recording_destroy(r);
}

int read_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_dtypes),
        cmocka_unit_test(test_norm),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_sources_of_a_folder),
        cmocka_unit_test(test_own_ops),
        cmocka_unit_test(test_attributes),
    };
    return cmocka_run_group_tests_name("reading a trace", tests, NULL, NULL);
}
