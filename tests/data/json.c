/* JSON: what is written is read back, also by jansson, which has nothing to do with it; what
 * fails, fails for good. */
#include <gradus/json.h>

#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "tests.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static gd_json *parse(const char *text)
{
    return gd_json_parse("t", text, strlen(text));
}

static void assert_text(const gd_json *json, bool spaced, const char *expected)
{
    char *text = gd_json_text(json, spaced);
    if (text == NULL)
        fail_msg("%s", gd_message());
    assert_string_equal(text, expected);
    gd_json_text_destroy(text);
}

/* ---- writing ---- */

static gd_json *example(void)
{
    gd_json *json = gd_json_object(), *list = gd_json_array();
    gd_json_append(list, gd_json_null());
    gd_json_append(list, gd_json_boolean(true));
    gd_json_append(list, gd_json_integer(INT64_MIN));
    gd_json_append(list, gd_json_real(-0.0)); /* an integer has no -0 */
    gd_json_append(list, gd_json_array());
    gd_json_set(json, "z", gd_json_boolean(false));
    gd_json_set(json, "a", list);
    gd_json_set(json, "z", gd_json_string("again"));
    gd_json_set(json, "", gd_json_object());
    return json;
}

static void test_forms(void **state)
{
    (void)state;
    gd_json *json = example(), *copy = gd_json_copy(json);
    assert_text(json, false,
                "{\"z\":\"again\",\"a\":[null,true,-9223372036854775808,-0.0,[]],\"\":{}}");
    assert_text(
        copy, true,
        "{\"z\": \"again\", \"a\": [null, true, -9223372036854775808, -0.0, []], \"\": {}}");
    gd_json_destroy(json);
    gd_json_destroy(copy);
}

/* What a terminal obeys (C0, DEL, C1) is escaped; letters stay. */
static void test_characters(void **state)
{
    (void)state;
    gd_json *json = gd_json_array();
    gd_json_append(json, gd_json_string("\"\\/\b\f\n\r\t\x01\x1b\x1f\x7f"));
    gd_json_append(json, gd_json_string("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0é€𝄞"));
    assert_text(json, false,
                "[\"\\\"\\\\/\\u0008\\u000c\\u000a\\u000d\\u0009\\u0001\\u001b\\u001f\\u007f\","
                "\"\\u0080\\u009b\\u009f\xc2\xa0é€𝄞\"]");
    gd_json_destroy(json);
}

static void test_many_members(void **state)
{
    (void)state;
    gd_json *json = gd_json_object();
    char key[16];
    for (int i = 0; i < 3000; ++i) {
        snprintf(key, sizeof key, "k%d", i % 1500);
        gd_json_set(json, key, gd_json_integer(i));
    }
    assert_int_equal(gd_json_size(json), 1500);
    for (int i = 0; i < 1500; ++i) {
        snprintf(key, sizeof key, "k%d", i);
        assert_string_equal(gd_json_key(json, (size_t)i), key);
        assert_int_equal(gd_json_integer_of(gd_json_get(json, key)), i + 1500);
    }
    assert_null(gd_json_get(json, "k1500"));
    gd_json_destroy(json);
}

static void assert_read_back(double value)
{
    gd_json *json = gd_json_array();
    gd_json_append(json, gd_json_real(value));
    char *text = gd_json_text(json, false);
    gd_json *again = parse(text);
    json_t *other = json_loads(text, 0, NULL);
    double ours = gd_json_number_of(gd_json_at(again, 0));
    double theirs = json_real_value(json_array_get(other, 0));
    if (!gd_json_is(gd_json_at(again, 0), GD_JSON_REAL) ||
        memcmp(&ours, &value, sizeof value) != 0 || memcmp(&theirs, &value, sizeof value) != 0)
        fail_msg("%a was written as %s and read as %a, by jansson as %a", value, text, ours,
                 theirs);
    json_decref(other);
    gd_json_destroy(again);
    gd_json_destroy(json);
    gd_json_text_destroy(text);
}

static void test_numbers_are_read_back(void **state)
{
    (void)state;
    const double special[] = {0,
                              -0.0,
                              1,
                              0.1,
                              1e20,
                              1e-5,
                              5e-324,
                              0x1p-1022,
                              1e22,
                              1e23,
                              123456789012345680,
                              1.5e300,
                              0x1.fffffffffffffp+1023,
                              -0x1.fffffffffffffp+1023,
                              1.0 / 3};
    for (size_t i = 0; i < sizeof special / sizeof *special; ++i)
        assert_read_back(special[i]);
    uint64_t bits = 1;
    for (int i = 0; i < 20000; ++i) {
        double value;
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            assert_read_back(value);
    }
    gd_json *json = gd_json_array();
    gd_json_append(json, gd_json_real(0.1));
    gd_json_append(json, gd_json_real(1e20));
    gd_json_append(json, gd_json_real(-2.5e-7));
    gd_json_append(json, gd_json_real(3));
    assert_text(json, false, "[0.1,1e20,-2.5e-7,3.0]");
    gd_json_destroy(json);
}

/* ---- failures ---- */

static void assert_failed(gd_json *json, gd_status status, const char *message)
{
    gd_json *outer = gd_json_array();
    gd_json_append(outer, json);
    gd_json_append(outer, gd_json_integer(1));
    assert_null(gd_json_text(outer, false));
    assert_string_equal(gd_message(), message);
    assert_int_equal(gd_json_check(outer), status);
    gd_json_destroy(outer);
}

static void test_failures_stick(void **state)
{
    (void)state;
    gd_json *object = gd_json_object(), *list = gd_json_array();
    assert_failed(NULL, GD_ERROR_MEMORY, "JSON: no memory");
    assert_failed(gd_json_string("\xff"), GD_ERROR_FORMAT, "JSON: a text is not UTF-8");
    assert_failed(gd_json_real(NAN), GD_ERROR_VALUE, "JSON: a number is not finite");
    assert_failed(gd_json_real(INFINITY), GD_ERROR_VALUE, "JSON: a number is not finite");
    gd_json_set(object, "\xc3(", gd_json_null());
    assert_failed(object, GD_ERROR_FORMAT, "JSON: a text is not UTF-8");
    gd_json_set(list, "a", gd_json_null());
    assert_failed(list, GD_ERROR_ARGUMENT,
                  "JSON: a value was added to something other than an array or object");
    /* also where it happens inside, after it was added */
    gd_json *outer = gd_json_object(), *inner = gd_json_array();
    gd_json_set(outer, "a", inner);
    gd_json_append(inner, NULL);
    gd_json_append(inner, gd_json_null());
    assert_int_equal(gd_json_check(outer), GD_ERROR_MEMORY);
    gd_json_destroy(outer);
    gd_json_append(NULL, gd_json_null());
    gd_json_set(NULL, "a", gd_json_null());
}

/* Each allocation of building, writing and reading: the text is whole, or there is none. */
static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    bool whole = false;
    for (long k = 1; !whole; ++k) {
        allocations a = {.fail_at = k};
        gd_set_allocator(counting_allocator, &a);
        gd_json *json = example();
        char *text = gd_json_text(json, false);
        gd_json *again = text != NULL ? parse(text) : NULL, *copy = gd_json_copy(again);
        char *last = gd_json_text(copy, false);
        whole = last != NULL;
        assert_int_equal(whole, a.calls < k);
        if (whole)
            assert_string_equal(text, last);
        else
            assert_non_null(strstr(gd_message(), "no memory"));
        gd_json_destroy(json);
        gd_json_text_destroy(text);
        gd_json_destroy(again);
        gd_json_destroy(copy);
        gd_json_text_destroy(last);
        assert_int_equal(a.live, 0);
        gd_set_allocator(NULL, NULL);
        assert_true(k < 200);
    }
}

/* ---- reading ---- */

/* The first and the last character of each length, by the table of RFC 3629. */
static void test_ends_of_utf8(void **state)
{
    (void)state;
    const char ends[] =
        "[\"\\u0001\\u007f\\u0080\\u07ff\\u0800\\uffff\\ud800\\udc00\\udbff\\udfff\"]";
    gd_json *characters = gd_json_parse("t", ends, strlen(ends));
    assert_string_equal(gd_json_string_of(gd_json_at(characters, 0)),
                        "\x01\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80"
                        "\xf4\x8f\xbf\xbf");
    gd_json_destroy(characters);
}

static void test_refused(void **state)
{
    (void)state;
    const char *const cases[][2] = {
        {"", "byte 0: '{' or '[' is expected, found the end of the text"},
        {"1", "byte 0: '{' or '[' is expected, found '1'"},
        {"[1,]", "byte 3: a value is expected, found ']'"},
        {"[1 2]", "byte 3: ',' or ']' is expected, found '2'"},
        {"[1] x", "byte 4: the end of the text is expected, found 'x'"},
        {"[01]", "byte 2: ',' or ']' is expected, found '1'"},
        {"[-]", "byte 1: a value is expected, found '-'"},
        {"[1.]", "byte 2: ',' or ']' is expected, found '.'"},
        {"[.5]", "byte 1: a value is expected, found '.'"},
        {"[1e]", "byte 2: ',' or ']' is expected, found 'e'"},
        {"[+1]", "byte 1: a value is expected, found '+'"},
        {"[0x10]", "byte 2: ',' or ']' is expected, found 'x'"},
        {"[NaN]", "byte 1: a value is expected, found 'N'"},
        {"[9223372036854775808]", "byte 1: a whole number of 64 bits is expected, found '9'"},
        {"[-9223372036854775809]", "byte 1: a whole number of 64 bits is expected, found '-'"},
        {"[1e400]", "byte 1: a number below 1.8e308 is expected, found '1'"},
        {"[nul]", "byte 1: a value is expected, found 'n'"},
        {"[truefalse]", "byte 5: ',' or ']' is expected, found 'f'"},
        {"{\"a\":1,\"a\":2}", "byte 7: the key \"a\" comes twice"},
        {"{\"\\u0061\":1,\"a\":2}", "byte 12: the key \"a\" comes twice"},
        {"{a:1}", "byte 1: a string is expected, found 'a'"},
        {"{\"a\" 1}", "byte 5: ':' is expected, found '1'"},
        {"[\"\xff\"]", "byte 2: UTF-8 is expected, found byte 0xff"},
        {"[\"\xc0\xaf\"]", "byte 2: UTF-8 is expected, found byte 0xc0"},
        {"[\"\xed\xa0\x80\"]", "byte 2: UTF-8 is expected, found byte 0xed"},
        {"[\"\\ud800\"]", "byte 8: the other half of a surrogate pair is expected, found '\"'"},
        {"[\"a\nb\"]", "byte 3: a character or an escape is expected, found byte 0x0a"},
        {"[\"a", "byte 3: a closing quote is expected, found the end of the text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char expected[160];
        snprintf(expected, sizeof expected, "t: %s", cases[i][1]);
        assert_null(parse(cases[i][0]));
        assert_string_equal(gd_message(), expected);
    }
    assert_null(gd_json_parse("t", "[1\0]", 4));
    assert_string_equal(gd_message(), "t: byte 2: ',' or ']' is expected, found byte 0x00");
    assert_null(gd_json_parse("t", "[\"\\u0000\"]", 10));
}

static void test_depth(void **state)
{
    (void)state;
    char text[400];
    for (int depth = 99; depth <= 101; ++depth) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        text[2 * depth] = '\0';
        gd_json *json = parse(text);
        assert_int_equal(json != NULL, depth <= 100);
        gd_json_destroy(json);
    }
    size_t deep = 1000000;
    char *open = malloc(deep + 1);
    memset(open, '[', deep);
    assert_null(gd_json_parse("t", open, deep));
    free(open);
}

/* Whether both readers say the same of a text: refused, or read as the same value, which both
 * write alike. */
static void assert_as_jansson(const char *text, size_t size)
{
    gd_json *ours = gd_json_parse("t", text, size);
    json_t *theirs = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    if ((ours != NULL) != (theirs != NULL))
        fail_msg("%.*s: %s", (int)size, text, ours != NULL ? "read" : gd_message());
    if (ours != NULL) {
        char *again = gd_json_text(ours, false);
        json_t *back = again != NULL ? json_loads(again, JSON_REJECT_DUPLICATES, NULL) : NULL;
        if (!json_equal(back, theirs))
            fail_msg("%.*s: written as %s", (int)size, text, again);
        json_decref(back);
        gd_json_text_destroy(again);
    }
    gd_json_destroy(ours);
    json_decref(theirs);
}

/* Texts near good ones, without a NUL, which jansson skips. GD_JSON_FUZZ says how many; the
 * sequence is always the same. */
static void test_mutants(void **state)
{
    (void)state;
    static const char *const seeds[] = {
        "{\"a\":[1,-2.5e3,0.1E-7,true,false,null],\"b\":{\"c\":\"\\u00e9\\n\\\"x\"},\"\":[]}",
        " [ 1e308 , 12345678901234567890 , -0 , -0.0 , 5e-324 , {} ] ",
        "[\"\\ud834\\udd1e\",\"é\xc2\x80\x7f\",\"\\/\\b\\f\\r\\t\",[[[[{\"k\":[]}]]]]]"};
    static const char bytes[] = "{}[]\",:\\u0019.eE+-tfn \xc3\xa9\xf0\x01/";
    const char *wanted = getenv("GD_JSON_FUZZ");
    long tries = wanted != NULL ? atol(wanted) : 20000;
    gd_rng rng = {.key = 7};
    int32_t draws[16];
    for (long i = 0; i < tries; ++i) {
        char text[128];
        const char *seed = seeds[i % 3];
        size_t size = strlen(seed);
        memcpy(text, seed, size);
        double uniform[16];
        gd_tensor *u = gd_tensor_create_borrowed(GD_F64, uniform, GD_DIMS(16));
        gd_tensor_uniform(u, &rng, 0, 1);
        gd_tensor_destroy(u);
        for (int d = 0; d < 16; ++d)
            draws[d] = (int32_t)(uniform[d] * 1e9);
        for (int m = 0; m <= draws[0] % 4; ++m) {
            size_t at = (size_t)draws[1 + 3 * m] % size;
            char byte = bytes[(size_t)draws[2 + 3 * m] % (sizeof bytes - 1)];
            if (draws[3 + 3 * m] % 3 == 0) {
                memmove(text + at, text + at + 1, size - at - 1);
                --size;
            } else if (draws[3 + 3 * m] % 3 == 1) {
                memmove(text + at + 1, text + at, size - at);
                text[at] = byte;
                ++size;
            } else {
                text[at] = byte;
            }
        }
        assert_as_jansson(text, size);
    }
}

int json_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),          cmocka_unit_test(test_characters),
        cmocka_unit_test(test_many_members),   cmocka_unit_test(test_numbers_are_read_back),
        cmocka_unit_test(test_failures_stick), cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_ends_of_utf8),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_depth),          cmocka_unit_test(test_mutants)};
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
