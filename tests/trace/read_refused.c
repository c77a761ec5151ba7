/* Files that are no traces, or are damaged: read up to there, or refused. */
#include "../cmocka_all.h"
#include "tests.h"

#include "trace/read/recording.h"

#include <stdlib.h>
#include <string.h>

static gd_recording *read_text(const char *text, size_t size)
{
    return gd__recording_of("some/folder/t.trace", text, size, NULL);
}

static size_t read_file(const char *path, char *to, size_t room)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(to, 1, room, file);
    fclose(file);
    assert_true(size > 0 && size < room);
    return size;
}

/* What is read can be gone through: every id leads somewhere, every list has what it says. */
static void check_whole(const gd_recording *r)
{
    for (int64_t i = 0; i < r->n_events; ++i) {
        const gd_recorded_event *e = &r->events[i];
        assert_true(e->node >= -1 && (e->node < r->n_nodes || e->kind == GD_RECORDED_RELEASE));
        assert_true(e->tensor >= -1 && e->tensor < r->n_tensors);
        bool has_values = e->kind <= GD_RECORDED_NODE || e->kind == GD_RECORDED_UPDATE;
        assert_true((e->values.x != NULL) == has_values);
        if (has_values)
            assert_int_equal(e->values.x->dtype, r->tensors[e->tensor].dtype);
        if (e->kind == GD_RECORDED_ADD) {
            assert_true(e->gives.x != NULL && e->after.x != NULL);
            assert_true(e->operand >= 0 && e->operand < r->nodes[e->node].n_in);
        }
        for (int k = 0; k < e->n_inputs; ++k)
            assert_true(e->inputs[k] >= 0 && e->inputs[k] < r->n_tensors);
    }
    for (int64_t i = 0; i < r->n_nodes; ++i) {
        const gd_recorded_node *node = &r->nodes[i];
        assert_true(node->out >= 0 && node->out < r->n_tensors);
        assert_int_equal(r->tensors[node->out].node, i);
        for (int k = 0; k < node->n_in; ++k)
            assert_true(node->in[k] >= -1 && node->in[k] < r->n_tensors);
    }
}

/* Reads a text that may be anything. Returns whether it was read to its end. */
static bool try(const char *text, size_t size)
{
    gd_recording *r = read_text(text, size);
    if (r == NULL) {
        gd_status status = gd_message_status();
        assert_int_equal(status, GD_ERROR_FORMAT);
        assert_memory_equal(gd_message(), "t.trace:1: ", 11);
        return false;
    }
    check_whole(r);
    bool whole = r->damage == NULL;
    if (!whole)
        assert_memory_equal(r->damage, "t.trace:", 8);
    gd_recording_destroy(r);
    return whole;
}

static int64_t events_before(const char *text, size_t size)
{
    gd_recording *r = read_text(text, size);
    int64_t n = r != NULL ? r->n_events : -1;
    gd_recording_destroy(r);
    return n;
}

/* Cut anywhere, the lines that are whole are read. */
static void truncate_at_all(const char *path)
{
    static char sample[1 << 14];
    size_t size = read_file(path, sample, sizeof sample), line = 0;
    for (size_t n = 0; n < size; ++n) {
        bool whole = try(sample, n);
        bool at_end = n > 0 && (sample[n - 1] == '\n' || sample[n] == '\n');
        if (whole != at_end)
            fail_msg("cut at byte %zu: %s", n, whole ? "taken for whole" : gd_message());
        if (sample[n] == '\n')
            line = n + 1;
        else if (line > 0 && n > line)
            assert_int_equal(events_before(sample, n), events_before(sample, line));
    }
}

/* Every bit of every byte. */
static void flip_all(const char *path)
{
    static char sample[1 << 14];
    size_t size = read_file(path, sample, sizeof sample);
    int refused = 0;
    for (size_t i = 0; i < size; ++i)
        for (int bit = 0; bit < 8; ++bit) {
            sample[i] = (char)(sample[i] ^ 1 << bit);
            refused += !try(sample, size);
            sample[i] = (char)(sample[i] ^ 1 << bit);
        }
    assert_true(refused > (int)size); /* most of a trace is structure */
}

static const char *const whole[] = {GD_TESTS_DIR "/trace/corpus/tiny.trace",
                                    GD_TESTS_DIR "/trace/corpus/second_derivative.trace"};

static void test_truncations(void **state)
{
    (void)state;
    for (int i = 0; i < 2; ++i)
        truncate_at_all(whole[i]);
}

static void test_flipped_bits(void **state)
{
    (void)state;
    for (int i = 0; i < 2; ++i)
        flip_all(whole[i]);
}

/* ---- lines that cannot be ---- */

#define HEAD "{\"gradus_trace\":1,\"program\":\"p.c\",\"full\":4}\n"
#define X                                                                                          \
    "{\"e\":\"leaf\",\"id\":0,\"dtype\":\"float32\",\"shape\":[2],\"values\":[1,2],\"wants\":"     \
    "true}\n"
#define SUM                                                                                        \
    "{\"e\":\"op\",\"node\":0,\"op\":\"sum\",\"in\":[0],\"out\":1,\"shape\":[],\"values\":[3]}\n"
#define ROOT "{\"e\":\"backward\",\"root\":1,\"gives\":[1]}\n"
#define NODE "{\"e\":\"node\",\"node\":0,\"dy\":[1]}\n"
#define ADD                                                                                        \
    "{\"e\":\"add\",\"node\":0,\"operand\":0,\"to\":0,\"way\":\"rule\",\"gives\":[1,1],"           \
    "\"before\":null,\"after\":[1,1]}\n"
#define LEAF(rest) "{\"e\":\"leaf\",\"id\":1,\"wants\":false," rest "}\n"

static const struct {
    const char *lines, *damage;
} damaged[] = {
    {X
     "{\"e\":\"leaf\",\"id\":2,\"dtype\":\"float32\",\"shape\":[],\"values\":[1],\"wants\":true}\n",
     "t.trace:3: \"id\" must be an integer in [0, 1]"},
    {LEAF("\"dtype\":\"float32\",\"shape\":[],\"values\":[1]"),
     "t.trace:2: \"id\" must be an integer in [0, 0]"},
    {X LEAF("\"dtype\":\"float16\",\"shape\":[],\"values\":[1]"),
     "t.trace:3: \"dtype\" is none of this version"},
    {X LEAF("\"shape\":[],\"values\":[1]"), "t.trace:3: \"dtype\" is missing"},
    {X LEAF("\"dtype\":\"float32\",\"shape\":[2],\"values\":[1]"),
     "t.trace:3: \"values\" must be a list of 2 values"},
    {X LEAF("\"dtype\":\"float32\",\"shape\":[1],\"values\":[1e39]"),
     "t.trace:3: \"values\": value 0 is none of float32"},
    {X LEAF("\"dtype\":\"bool\",\"shape\":[1],\"values\":[1]"),
     "t.trace:3: \"values\": value 0 is none of bool"},
    {X LEAF("\"dtype\":\"uint8\",\"shape\":[2],\"values\":[1,256]"),
     "t.trace:3: \"values\": value 1 is none of uint8"},
    {X LEAF("\"dtype\":\"int64\",\"shape\":[1],\"values\":[\"9223372036854775808\"]"),
     "t.trace:3: \"values\": value 0 is none of int64"},
    {X LEAF("\"dtype\":\"float32\",\"shape\":[-1],\"values\":[]"),
     "t.trace:3: \"shape\" must be at most 8 integers in [0, 9223372036854775807]"},
    {X LEAF("\"dtype\":\"float32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"values\":[1]"),
     "t.trace:3: \"shape\" must be at most 8 integers in [0, 9223372036854775807]"},
    {X LEAF("\"dtype\":\"float32\",\"shape\":[4294967296,4294967296],\"values\":[1],"
            "\"window\":[1,1]"),
     "t.trace:3: no tensor can have this shape"},
    {X LEAF("\"dtype\":\"float32\",\"shape\":[0,4294967296,4294967296],\"values\":[]"),
     "t.trace:3: no tensor can have this shape"},
    {X LEAF("\"dtype\":\"float32\",\"shape\":[2,2],\"stride\":[1],\"values\":[1,2,3,4]"),
     "t.trace:3: \"stride\" does not fit the shape"},
    {X LEAF("\"dtype\":\"float32\",\"shape\":[3],\"stride\":[4611686018427387904],"
            "\"values\":[1,2,3]"),
     "t.trace:3: no tensor can have this shape and stride"},
    {X LEAF("\"dtype\":\"float32\",\"shape\":[9],\"values\":[1],\"window\":[1,10]"),
     "t.trace:3: \"window\" must be at most 2 integers in [1, 8]"},
    {X LEAF("\"dtype\":\"float32\",\"shape\":[4,9],\"values\":[1],\"window\":[5,1]"),
     "t.trace:3: \"window\" does not fit in the shape"},
    {X LEAF("\"dtype\":\"float32\",\"shape\":[4,9],\"values\":[1],\"window\":[1,1]"),
     "t.trace:3: \"stats\" are missing or do not fit"},
    {X LEAF("\"dtype\":\"float32\",\"shape\":[],\"values\":[1],\"window\":[1,1]"),
     "t.trace:3: \"window\" does not fit in the shape"},
    {X "{\"e\":\"leaf\",\"id\":0,\"dtype\":\"float32\",\"shape\":[1],\"values\":[1],\"wants\":true}"
       "\n",
     "t.trace:3: tensor 0 is another one"},
    {X "{\"e\":\"leaf\",\"id\":0,\"dtype\":\"float64\",\"shape\":[2],\"values\":[1,2],\"wants\":"
       "true}\n",
     "t.trace:3: tensor 0 is another one"},
    {X LEAF(
         "\"dtype\":\"float32\",\"shape\":[9],\"values\":[1],\"window\":[1,1],\"stats\":{\"min\":1,"
         "\"max\":1,\"norm\":3,\"zeros\":0,\"nonfinite\":9}"),
     "t.trace:3: \"stats\" are missing or do not fit"},
    {X SUM
     "{\"e\":\"step\",\"step\":2}\n{\"e\":\"op\",\"node\":1,\"op\":\"exp\",\"in\":[1],\"out\":2,"
     "\"shape\":[],\"values\":[1]}\n",
     "t.trace:5: tensor 1 is gone: its step is over or was released"},
    {X "{\"e\":\"leaf\",\"id\":1,\"dtype\":\"int64\",\"shape\":[],\"values\":[\"1\"],\"wants\":"
       "true}\n",
     "t.trace:3: a tensor of int64 has no gradient"},
    {X LEAF("\"dtype\":\"float32\",\"shape\":[],\"values\":[1],\"color\":2"),
     "t.trace:3: a member that such a line does not have, or that does not apply"},
    {X "{\"e\":\"lief\"}\n", "t.trace:3: \"e\" must be a kind of line of this version"},
    {X "[1]\n", "t.trace:3: \"e\" must be a kind of line of this version"},
    {X "\n", "t.trace:3: byte 0: '{' or '[' is expected, found the end of the text"},
    {"{\"e\":\"op\",\"node\":1,\"op\":\"sum\",\"in\":[],\"out\":0,\"shape\":[],\"values\":[3]}\n",
     "t.trace:2: \"node\" must be an integer in [0, 0]"},
    {X
     "{\"e\":\"op\",\"node\":0,\"op\":\"sum\",\"in\":[1],\"out\":1,\"shape\":[],\"values\":[3]}\n",
     "t.trace:3: \"in\" names something that is not there yet"},
    {X
     "{\"e\":\"op\",\"node\":0,\"op\":\"add\",\"in\":[0],\"out\":1,\"shape\":[],\"values\":[3]}\n",
     "t.trace:3: add has 2 to 2 operands, not 1"},
    {X "{\"e\":\"op\",\"node\":0,\"op\":\"add\",\"in\":[0,null],\"out\":1,\"shape\":[],\"values\":["
       "3]}\n",
     "t.trace:3: add needs operand 1"},
    {X
     "{\"e\":\"op\",\"node\":0,\"op\":\"sum\",\"in\":[0],\"out\":0,\"shape\":[],\"values\":[3]}\n",
     "t.trace:3: \"out\" must be an integer in [1, 1]"},
    {X "{\"e\":\"op\",\"node\":0,\"op\":\"eq\",\"in\":[0,0],\"out\":1,\"dtype\":\"bool\",\"shape\":"
       "[],\"values\":[true]}\n",
     "t.trace:3: eq of bool is not recorded"},
    {X "{\"e\":\"op\",\"node\":0,\"op\":\"sum\",\"in\":[0],\"attr\":[],\"out\":1,\"shape\":[],"
       "\"values\":[3]}\n",
     "t.trace:3: \"attr\" must be an object"},
    {X SUM "{\"e\":\"op\",\"node\":1,\"op\":\"exp\",\"in\":[1],\"out\":2,\"shape\":[],\"values\":["
           "3],\"of\":{\"node\":0,\"operand\":0}}\n",
     "t.trace:4: backward is not at node 0"},
    {X SUM "{\"e\":\"place\",\"nodes\":[1],\"file\":\"p.c\",\"line\":1}\n",
     "t.trace:4: \"nodes\" names something that is not there yet"},
    {X SUM "{\"e\":\"place\",\"nodes\":[0],\"file\":\"p.c\",\"line\":0}\n",
     "t.trace:4: \"line\" must be an integer in [1, 2147483647]"},
    {X SUM "{\"e\":\"place\",\"nodes\":[],\"file\":\"p.c\",\"line\":1}\n",
     "t.trace:4: a place of nothing"},
    {X SUM "{\"e\":\"place\",\"nodes\":[0,0],\"file\":\"p.c\",\"line\":1}\n",
     "t.trace:4: node 0 has a place already"},
    {X "{\"e\":\"backward\",\"root\":0,\"gives\":[1,1]}\n", "t.trace:3: tensor 0 was not recorded"},
    {X SUM "{\"e\":\"backward\",\"root\":1,\"gives\":[1,1]}\n",
     "t.trace:4: \"gives\" must be a list of 1 values"},
    {X SUM NODE, "t.trace:4: no backward has begun"},
    {X SUM ROOT "{\"e\":\"node\",\"node\":1,\"dy\":[1]}\n",
     "t.trace:5: \"node\" must be an integer in [0, 0]"},
    {X SUM ROOT NODE NODE, "t.trace:6: \"node\" must be an integer in [0, -1]"},
    {X SUM ROOT ADD, "t.trace:5: backward is at no node"},
    {X SUM ROOT NODE "{\"e\":\"add\",\"node\":0,\"operand\":1,\"to\":0,\"way\":\"rule\",\"gives\":["
                     "1,1],\"before\":null,\"after\":[1,1]}\n",
     "t.trace:6: \"operand\" must be an integer in [0, 0]"},
    {X SUM ROOT NODE "{\"e\":\"add\",\"node\":0,\"operand\":0,\"to\":1,\"way\":\"rule\",\"gives\":["
                     "1],\"before\":null,\"after\":[1]}\n",
     "t.trace:6: node 0 gives nothing to tensor 1 by operand 0"},
    {X SUM ROOT NODE "{\"e\":\"add\",\"node\":0,\"operand\":0,\"to\":0,\"way\":\"around\","
                     "\"gives\":[1,1],\"before\":null,\"after\":[1,1]}\n",
     "t.trace:6: \"way\" must be rule, direct or through"},
    {X SUM ROOT NODE "{\"e\":\"add\",\"node\":0,\"operand\":0,\"to\":0,\"way\":\"through\","
                     "\"gives\":[1,1],\"before\":null,\"after\":[1,1]}\n",
     "t.trace:6: node 0 gives nothing to tensor 0 by operand 0"},
    {X SUM ROOT NODE "{\"e\":\"add\",\"node\":0,\"operand\":0,\"to\":0,\"way\":\"rule\",\"summed\":"
                     "[0],\"gives\":[1,1],\"before\":null,\"after\":[1,1]}\n",
     "t.trace:6: \"summed\" must be at most 8 integers in [0, -1]"},
    {X SUM ROOT NODE "{\"e\":\"add\",\"node\":0,\"operand\":0,\"to\":0,\"way\":\"rule\",\"gives\":"
                     "null,\"before\":null,\"after\":[1,1]}\n",
     "t.trace:6: \"gives\" must be a list of 2 values"},
    {X SUM "{\"e\":\"step\",\"step\":3}\n", "t.trace:4: \"step\" must be an integer in [2, 2]"},
    {X SUM "{\"e\":\"step\",\"step\":2}\n{\"e\":\"backward\",\"root\":1,\"gives\":[1]}\n",
     "t.trace:5: tensor 1 is gone: its step is over or was released"},
    {X SUM "{\"e\":\"release\",\"from\":0}\n{\"e\":\"backward\",\"root\":1,\"gives\":[1]}\n",
     "t.trace:5: tensor 1 is gone: its step is over or was released"},
    {X SUM "{\"e\":\"release\",\"from\":2}\n", "t.trace:4: \"from\" must be an integer in [0, 1]"},
    {X SUM "{\"e\":\"update\",\"id\":1,\"values\":[1]}\n", "t.trace:4: tensor 1 is no leaf"},
    {"{\"e\":\"update\",\"id\":0,\"values\":[1]}\n",
     "t.trace:2: \"id\" must be an integer in [0, -1]"},
    {X "{\"e\":\"stopped\",\"why\":\"64 MiB\"}\n" SUM,
     "t.trace:4: nothing happens after the end of the trace"},
    {X "{\"e\":\"source\",\"file\":\"p.c\"}\n", "t.trace:3: \"text\" is missing"},
    {X "{\"e\":\"error\",\"message\":7}\n", "t.trace:3: \"message\" must be a string"},
};

static void test_lines_that_cannot_be(void **state)
{
    (void)state;
    char text[4096];
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; ++i) {
        int size = snprintf(text, sizeof text, HEAD "%s", damaged[i].lines);
        gd_recording *r = read_text(text, (size_t)size);
        if (r == NULL)
            fail_msg("%s: %s", damaged[i].lines, gd_message());
        if (r->damage == NULL || strcmp(r->damage, damaged[i].damage) != 0)
            fail_msg("%s\ndamage %s\nand not %s", damaged[i].lines, r->damage, damaged[i].damage);
        check_whole(r);
        gd_recording_destroy(r);
    }
}

static void test_no_trace(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "\n",
                                        "{}",
                                        "{\"gradus_trace\":2,\"program\":\"p\",\"full\":1}",
                                        "{\"gradus_trace\":1,\"full\":1}",
                                        "%PDF-1.4",
                                        "[]"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
        assert_null(read_text(texts[i], strlen(texts[i])));
        assert_int_equal(gd_message_status(), GD_ERROR_FORMAT);
    }
    assert_null(gd_trace_read("no_such_file.trace", NULL));
    assert_int_equal(gd_message_status(), GD_ERROR_IO);
    assert_null(gd_trace_read(".", NULL));
    assert_int_equal(gd_message_status(), GD_ERROR_IO);
    assert_null(gd_trace_read("/dev/zero", NULL));
    assert_int_equal(gd_message_status(), GD_ERROR_IO);
    assert_null(gd_trace_read(NULL, NULL));
    gd_recording_destroy(NULL);
}

int read_refused_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_lines_that_cannot_be),
        cmocka_unit_test(test_no_trace),
    };
    return cmocka_run_group_tests_name("damaged traces", tests, NULL, NULL);
}
