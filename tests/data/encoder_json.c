/* Encoders as text, and without memory. */
#include "../cmocka_all.h"
#include "encoder_help.h"
#include "tests.h"

#include <stdio.h>
#include <string.h>

static void test_round_trip(void **state)
{
    (void)state;
    gd_table *table = gd_table_read(GD_TESTS_DIR "/fixtures/encoder.csv", NULL);
    gd_tensor *rows = training_rows(gd_table_rows(table));
    gd_encoder *encoder = gd_encoder_fit(table, all_columns, rows, NULL);
    char *json = gd_encoder_json(encoder);
    gd_encoder *again = gd_encoder_from_json(json);
    if (again == NULL)
        fail_msg("%s: %s", gd_message(), json);
    char *json_again = gd_encoder_json(again);
    assert_string_equal(json, json_again);
    int64_t unknown[2];
    gd_tensor *x = gd_encoder_apply(encoder, table, NULL, &unknown[0]),
              *y = gd_encoder_apply(again, table, NULL, &unknown[1]);
    assert_int_equal(gd_encoder_width(encoder), gd_encoder_width(again));
    assert_memory_equal(x->data, y->data, (size_t)gd_tensor_numel(x) * sizeof(float));
    assert_int_equal(unknown[0], unknown[1]);
    assert_true(unknown[0] > 0);
    for (int64_t i = 0; i < gd_encoder_width(encoder); ++i)
        assert_string_equal(gd_encoder_feature(encoder, i), gd_encoder_feature(again, i));
    for (int64_t i = 0; gd_encoder_note(encoder, i) != NULL; ++i)
        assert_string_equal(gd_encoder_note(encoder, i), gd_encoder_note(again, i));
    gd_encoder_json_destroy(json);
    gd_encoder_json_destroy(json_again);
    gd_tensor_destroy(x);
    gd_tensor_destroy(y);
    gd_tensor_destroy(rows);
    gd_encoder_destroy(encoder);
    gd_encoder_destroy(again);
    gd_table_destroy(table);
}

/* Texts that would break JSON, and names that are long, come back. */
static void test_awkward_texts(void **state)
{
    (void)state;
    char text[1024], name[300] = "x"; /* 80 bytes end within a character */
    for (int i = 0; i < 100; ++i)
        strcat(name, "é");
    snprintf(
        text, sizeof text,
        "\"q\"\"uo\\te\",%s\n\"a\tb\nc\x01\",k\n\"a\tb\nc\x01\",k\n\"\\\"\"/\",k\n\"\\\"\"/\",k\n",
        name);
    gd_encoder *encoder = fit(text, NULL);
    char *json = gd_encoder_json(encoder);
    gd_encoder *again = gd_encoder_from_json(json);
    assert_features(again, "q\"uo\\te=\\\"/|q\"uo\\te=a\tb\nc\x01");
    assert_non_null(strstr(gd_encoder_note(again, 0), "é\": not used"));
    gd_encoder_json_destroy(json);
    gd_encoder_destroy(again);
    gd_encoder_destroy(encoder);
}

#define WITH(columns) "{\"sparse\":false,\"columns\":[" columns "],\"notes\":[]}"
#define NUMBER(rest)  "{\"name\":\"a\",\"kind\":\"number\",\"missing\":false" rest "}"
#define LEVELS(rest)  "{\"name\":\"a\",\"kind\":\"category\",\"missing\":false" rest "}"

static void test_accepted(void **state)
{
    (void)state;
    const char *const texts[] = {WITH(""), WITH(NUMBER(",\"mean\":1,\"deviation\":5e-324")),
                                 WITH(LEVELS(",\"levels\":[\"\"]")),
                                 " {\"notes\":[\"n\"],\n\"sparse\":true,\"columns\":[]} "};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
        gd_encoder *encoder = gd_encoder_from_json(texts[i]);
        if (encoder == NULL)
            fail_msg("%s: %s", texts[i], gd_message());
        gd_encoder_destroy(encoder);
    }
}

static void test_malformed(void **state)
{
    (void)state;
    static const char number[] = "encoder: column 1 (\"a\"): name, kind, missing, a mean and a "
                                 "deviation above 0 are expected",
                      cut[] = "encoder: column 1 (\"a\"): a \"least\" below \"most\" is expected, "
                              "between -1e30 and 1e30",
                      levels[] =
                          "encoder: column 1 (\"a\"): name, kind, missing and a list of levels "
                          "are expected",
                      column[] =
                          "encoder: column 1: a name, a kind (number, category, words, missing) "
                          "and missing (true, false) are expected",
                      object[] = "encoder: an object of sparse (true, false), columns and notes "
                                 "(lists) is expected";
    const char *const cases[][2] = {
        {"", "encoder: byte 0: '{' or '[' is expected, found the end of the text"},
        {"[]", object},
        {"{}", object},
        {"{\"sparse\":0,\"columns\":[],\"notes\":[]}", object},
        {"{\"sparse\":false,\"columns\":{},\"notes\":[]}", object},
        {"{\"sparse\":false,\"columns\":[],\"notes\":\"\"}", object},
        {"{\"sparse\":false,\"columns\":[],\"notes\":[],\"more\":1}", object},
        {"{\"sparse\":false,\"columns\":[],\"notes\":[1]}",
         "encoder: item 1 of a list of texts is no text"},
        {WITH("[]"), column},
        {WITH("{\"name\":1,\"kind\":\"number\",\"missing\":false}"), column},
        {WITH("{\"name\":\"a\",\"kind\":\"text\",\"missing\":false}"), column},
        {WITH("{\"name\":\"a\",\"kind\":7,\"missing\":false}"), column},
        {WITH("{\"name\":\"a\",\"kind\":\"number\",\"missing\":0}"), column},
        {WITH(NUMBER("")), number},
        {WITH(NUMBER(",\"mean\":\"1\",\"deviation\":1")), number},
        {WITH(NUMBER(",\"mean\":1,\"deviation\":0")), number},
        {WITH(NUMBER(",\"mean\":1,\"deviation\":-2")), number},
        {WITH(NUMBER(",\"mean\":1,\"deviation\":true")), number},
        {WITH(NUMBER(",\"mean\":1,\"deviation\":1,\"log\":true")), number},
        {WITH(NUMBER(",\"mean\":1,\"deviation\":1,\"least\":-1")), number},
        {WITH(NUMBER(",\"mean\":1,\"deviation\":1,\"least\":1,\"most\":1")), cut},
        {WITH(NUMBER(",\"mean\":1,\"deviation\":1,\"least\":-1e31,\"most\":1")), cut},
        {WITH(NUMBER(",\"mean\":1,\"deviation\":1,\"least\":-1,\"most\":1e300")), cut},
        {WITH(NUMBER(",\"mean\":1e999,\"deviation\":1")),
         "encoder: byte 78: a number below 1.8e308 is expected, found '1'"},
        {WITH(NUMBER(",\"mean\":NaN,\"deviation\":1")),
         "encoder: byte 78: a value is expected, found 'N'"},
        {WITH(NUMBER(",\"mean\":1,\"mean\":1,\"deviation\":1")),
         "encoder: byte 80: the key \"mean\" comes twice"},
        {WITH(LEVELS("")), levels},
        {WITH(LEVELS(",\"levels\":[]")), levels},
        {WITH(LEVELS(",\"levels\":\"x\"")), levels},
        {WITH(LEVELS(",\"levels\":[\"x\"],\"mean\":1")), levels},
        {WITH(LEVELS(",\"levels\":[\"x\",2]")), "encoder: item 2 of a list of texts is no text"},
        {WITH(LEVELS(",\"levels\":[\"x\",\"y\",\"x\"]")), "encoder: the level \"x\" occurs twice"},
        {WITH("{\"name\":\"a\",\"kind\":\"words\",\"missing\":true,\"levels\":[\"x\"]}"),
         "encoder: column 1 (\"a\"): words are never missing"},
        {WITH("{\"name\":\"a\",\"kind\":\"missing\",\"missing\":false}"),
         "encoder: column 1 (\"a\"): name, kind and \"missing\":true are expected"},
        {WITH(LEVELS(",\"levels\":[\"x\"]") "," NUMBER(",\"mean\":1,\"deviation\":1")),
         "encoder: there are two columns \"a\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        assert_null(gd_encoder_from_json(cases[i][0]));
        assert_string_equal(gd_message(), cases[i][1]);
    }
    assert_null(gd_encoder_from_json(NULL));
    assert_null(gd_encoder_json(NULL));
}

/* Any byte of a good text may be another, or the last one: refused or read, nothing else. */
static void test_damaged(void **state)
{
    (void)state;
    const char *good =
        WITH(LEVELS(",\"levels\":[\"x\",\"1\"]") ","
                                                 "{\"name\":\"b\",\"kind\":\"number\",\"missing\":"
                                                 "true,\"mean\":0.5,"
                                                 "\"deviation\":2.5}");
    char text[256];
    int refused = 0, tried = 0;
    for (size_t i = 0; i < strlen(good); ++i)
        for (const char *with = "\"{[0x-\\,"; *with != '\0'; ++with, ++tried) {
            strcpy(text, good);
            text[i] = *with;
            gd_encoder *encoder = gd_encoder_from_json(text);
            refused += encoder == NULL;
            gd_encoder_destroy(encoder);
            text[i] = '\0';
            assert_null(gd_encoder_from_json(text));
        }
    assert_true(refused > tried / 2 && refused < tried);
}

/* ---- memory ---- */

static bool fit_and_apply(void)
{
    gd_table *table = gd_table_read("t.csv", NULL);
    const bool categorical[] = {false, false, true, false};
    const gd_encoder_options options = {.categorical = categorical};
    gd_encoder *encoder = table != NULL ? gd_encoder_fit(table, all_columns, NULL, &options) : NULL;
    char *json = encoder != NULL ? gd_encoder_json(encoder) : NULL;
    gd_encoder *again = json != NULL ? gd_encoder_from_json(json) : NULL;
    gd_tensor *x = again != NULL ? gd_encoder_apply(again, table, NULL, NULL) : NULL;
    bool whole = x != NULL;
    gd_tensor_destroy(x);
    gd_encoder_destroy(again);
    gd_encoder_json_destroy(json);
    gd_encoder_destroy(encoder);
    gd_table_destroy(table);
    return whole;
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    gd_table_destroy(must_read("n,c,k,id\n1,x,1,\n,y,2,q\n1,x,1,a\n3,y,2,b\n"));
    bool whole = false;
    for (long k = 1; !whole && k < 1000; ++k) {
        fail_allocation(k);
        whole = fit_and_apply();
        assert_true(whole == !allocation_failed());
        assert_int_equal(allocations_live(), 0);
    }
    assert_true(whole);
    gd_set_allocator(NULL, NULL);
}

#define TEST(name) cmocka_unit_test(name)

int encoder_json_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_round_trip), TEST(test_awkward_texts),
                                       TEST(test_accepted),   TEST(test_malformed),
                                       TEST(test_damaged),    TEST(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("encoder_json", tests, enter_folder, leave_folder);
}
