/* gradus export to ONNX. What onnxruntime says with the fixtures' graphs is kept beside them;
 * here they are compared with what is written now and with gradus predict, and read by the rules
 * of the wire format and of onnx.proto. */
#include "cli/cli.h"
#include "run.h"
#include "tests.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MODELS SH_TESTS "/fixtures/onnx/"

static const char *const names[] = {"kinds", "binary", "labels", "number", "clipped"};
enum { NAMES = sizeof names / sizeof *names };

/* ---- the wire format ---- */

typedef struct span {
    const unsigned char *at, *end;
} span;

typedef struct field {
    int number, kind;
    uint64_t value; /* of kind 0 */
    span bytes;     /* of kind 2, and the four of kind 5 */
} field;

static uint64_t read_varint(span *s)
{
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
        assert_true(s->at < s->end && shift < 64);
        value |= (uint64_t)(*s->at & 127) << shift;
        if (*s->at++ < 128)
            return value;
    }
}

/* The next field of a message; false: it has ended. */
static bool next(span *s, field *f)
{
    if (s->at == s->end)
        return false;
    uint64_t key = read_varint(s), length = 4;
    *f = (field){.number = (int)(key >> 3), .kind = (int)(key & 7)};
    assert_true(f->kind == 0 || f->kind == 2 || f->kind == 5);
    if (f->kind == 0) {
        f->value = read_varint(s);
        return true;
    }
    if (f->kind == 2)
        length = read_varint(s);
    assert_true(length <= (uint64_t)(s->end - s->at));
    f->bytes = (span){s->at, s->at + length};
    s->at += length;
    return true;
}

static bool find(span s, int number, field *f)
{
    while (next(&s, f))
        if (f->number == number)
            return true;
    return false;
}

static bool is_text(span s, const char *text)
{
    return (size_t)(s.end - s.at) == strlen(text) && memcmp(s.at, text, strlen(text)) == 0;
}

/* ---- the graph ---- */

typedef struct known {
    span names[256]; /* of values that there are so far */
    int count;
} known;

static void add(known *k, span name)
{
    assert_true(name.end > name.at && k->count < 256);
    for (int i = 0; i < k->count; ++i) /* each value is made once */
        assert_false(k->names[i].end - k->names[i].at == name.end - name.at &&
                     memcmp(k->names[i].at, name.at, (size_t)(name.end - name.at)) == 0);
    k->names[k->count++] = name;
}

static void assert_known(const known *k, span name)
{
    for (int i = 0; i < k->count; ++i)
        if (k->names[i].end - k->names[i].at == name.end - name.at &&
            memcmp(k->names[i].at, name.at, (size_t)(name.end - name.at)) == 0)
            return;
    fail_msg("the value %.*s comes from nowhere", (int)(name.end - name.at), name.at);
}

/* A constant has as many bytes as its shape says. */
static void check_constant(span tensor)
{
    field f;
    uint64_t count = 1, type = 0, bytes = 0;
    while (next(&tensor, &f)) {
        assert_true(f.number == 1 || f.number == 2 || f.number == 8 || f.number == 9);
        count *= f.number == 1 ? f.value : 1;
        type = f.number == 2 ? f.value : type;
        bytes = f.number == 9 ? (uint64_t)(f.bytes.end - f.bytes.at) : bytes;
    }
    assert_true(type == 1 || type == 7 || type == 11); /* float, int64, double */
    assert_int_equal(bytes, count * (type == 1 ? 4 : 8));
}

static void check_attribute(span attribute)
{
    static const int members[] = {[2] = 3, [3] = 4, [7] = 8, [8] = 9}; /* by type: what holds it */
    field f, type;
    assert_true(find(attribute, 1, &f));
    assert_true(find(attribute, 20, &type) && type.value <= 8 && members[type.value] != 0);
    while (next(&attribute, &f))
        assert_true(f.number == 1 || f.number == 20 || f.number == members[type.value]);
}

static void check_node(span node, known *k)
{
    static const char ops[] =
        " Cast IsNaN Sub Div Max Min Where OneHotEncoder Flatten Squeeze StringSplit "
        "TfIdfVectorizer Sign Concat Gemm "
        "Relu Tanh Sigmoid Gelu Softplus Mul Add Neg Softmax ";
    field f;
    char op[40];
    assert_true(find(node, 4, &f));
    snprintf(op, sizeof op, " %.*s ", (int)(f.bytes.end - f.bytes.at), f.bytes.at);
    assert_says(ops, op);
    bool learned = strcmp(op, " OneHotEncoder ") == 0;
    assert_int_equal(find(node, 7, &f) && is_text(f.bytes, "ai.onnx.ml"), learned);
    for (span s = node; next(&s, &f);) {
        assert_true(f.number == 1 || f.number == 2 || f.number == 3 || f.number == 4 ||
                    f.number == 5 || f.number == 7);
        if (f.number == 1)
            assert_known(k, f.bytes);
        if (f.number == 5)
            check_attribute(f.bytes);
    }
    while (next(&node, &f))
        if (f.number == 2)
            add(k, f.bytes);
}

static void check_graph(span graph)
{
    static known k;
    field f, name;
    k.count = 0;
    for (span s = graph; next(&s, &f);)
        if (f.number == 5 || f.number == 11) { /* constants and inputs */
            assert_true(find(f.bytes, f.number == 5 ? 8 : 1, &name));
            add(&k, name.bytes);
            if (f.number == 5)
                check_constant(f.bytes);
        }
    int outputs = 0;
    for (span s = graph; next(&s, &f);) {
        assert_true(f.number == 1 || f.number == 2 || f.number == 5 || f.number == 11 ||
                    f.number == 12);
        if (f.number == 1)
            check_node(f.bytes, &k); /* nodes are in order */
        if (f.number == 12) {
            assert_true(find(f.bytes, 1, &name));
            assert_known(&k, name.bytes);
            ++outputs;
        }
    }
    assert_int_equal(outputs, 1);
}

static span read_span(const char *path, unsigned char *bytes, size_t room)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(bytes, 1, room, file);
    fclose(file);
    assert_in_range(n, 1, room - 1);
    return (span){bytes, bytes + n};
}

/* ---- the tests ---- */

static void test_structure(void **state)
{
    (void)state;
    static unsigned char bytes[1 << 16];
    for (int i = 0; i < NAMES; ++i) {
        assert_int_equal(run("gradus export " MODELS "%s.safetensors -o m.onnx", names[i]).code,
                         CLI_OK);
        span model = read_span("m.onnx", bytes, sizeof bytes);
        field f;
        assert_true(find(model, 1, &f) && f.value == 9); /* the format's version */
        assert_true(find(model, 2, &f) && is_text(f.bytes, "gradus"));
        assert_true(find(model, 7, &f));
        check_graph(f.bytes);
        assert_true(find(model, 8, &f) && find(f.bytes, 2, &f) && f.value == 20); /* of operators */
        assert_true(find(model, 14, &f) && find(f.bytes, 1, &f) && is_text(f.bytes, "description"));
    }
}

/* The very graphs that onnxruntime ran. */
static void test_graphs_are_the_fixtures(void **state)
{
    (void)state;
    static unsigned char written[1 << 16], kept[1 << 16];
    for (int i = 0; i < NAMES; ++i) {
        char path[512];
        field a, b;
        assert_int_equal(run("gradus export " MODELS "%s.safetensors -o m.onnx", names[i]).code,
                         CLI_OK);
        snprintf(path, sizeof path, GD_TESTS_DIR "/fixtures/onnx/%s.onnx", names[i]);
        assert_true(find(read_span("m.onnx", written, sizeof written), 7, &a));
        assert_true(find(read_span(path, kept, sizeof kept), 7, &b));
        assert_int_equal(a.bytes.end - a.bytes.at, b.bytes.end - b.bytes.at);
        assert_memory_equal(a.bytes.at, b.bytes.at, (size_t)(a.bytes.end - a.bytes.at));
    }
}

static void test_onnxruntime_says_what_predict_does(void **state)
{
    (void)state;
    static const struct {
        const char *name, *prob, *rows;
        int outputs;
    } cases[] = {{"kinds", "--prob", "5\n", 3},
                 {"binary", "--prob", "8\n", 2},
                 {"labels", "--prob", "8\n", 2},
                 {"number", "", "9\n", 1},
                 {"clipped", "--prob", "13\n", 3}};
    for (int i = 0; i < NAMES; ++i) {
        const char *name = cases[i].name;
        outcome o = run(
            "gradus predict " MODELS "%s.safetensors " MODELS "%s.csv %s 2>/dev/null | tail -n +2 |"
            "paste -d, - " MODELS "%s.expected | awk -F, -v n=%d '{ for (j = 0; j < n; ++j) {"
            "d = $(NF - j) - $(NF - n - j); if (!(d <= 1e-5 && -d <= 1e-5)) print } } END { print "
            "NR }'",
            name, name, cases[i].prob, name, cases[i].outputs);
        assert_string_equal(o.err, "");
        assert_string_equal(o.out, cases[i].rows);
    }
}

/* "colour" becomes "number", and the file as long as before: "numbers" is an input of every graph
 * with numbers. */
static void test_names_refused(void **state)
{
    (void)state;
    char line[512];
    snprintf(line, sizeof line,
             "LC_ALL=C sed 's/\\\\\"colour\\\\\"/\\\\\"numbers\\\\\"/; "
             "s/\\\\\"text\\\\\"/\\\\\"tex\\\\\"/' " MODELS
             "kinds.safetensors >a.st; gradus export a.st -o m.onnx");
    assert_fails(CLI_DATA, line, "gradus: a text column cannot have the name \"numbers\" in ONNX");
}

int export_onnx_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_structure),
                                       cmocka_unit_test(test_graphs_are_the_fixtures),
                                       cmocka_unit_test(test_onnxruntime_says_what_predict_does),
                                       cmocka_unit_test(test_names_refused)};
    return cmocka_run_group_tests_name("export to onnx", tests, enter_folder, leave_folder);
}
