/* What encoders make of other tables. */
#include "../cmocka_all.h"
#include "data/encoder/encoder.h"
#include "encoder_help.h"
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void test_columns_by_name(void **state)
{
    (void)state;
    gd_encoder *encoder = fit("n,c,m\n1,x,\n3,y,1\n1,y,3\n3,x,5\n", NULL);
    assert_features(encoder, "n|c=x|c=y|m|m missing");
    const float root = (float)(2 / sqrt(2.0)); /* m: 3 1 3 5 */
    assert_applied(encoder, "m,other,c,n\n5,?,y,1\n,zzz,x,3\n3,1,w,\n", 3,
                   (const float[]){-1, 0, 1, root, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0}, 1);
    assert_not_applied(encoder, "c,N\nx,1\n", "t.csv: missing columns: \"n\", \"m\"");
    assert_not_applied(encoder, "m,n\n1,1\n", "t.csv: missing column: \"c\"");
    assert_applied(encoder, "m,n,c\n3,2,x\n3,two,x\n", 2,
                   (const float[]){0, 1, 0, 0, 0, 0, 1, 0, 0, 0}, 1);
    gd_encoder_destroy(encoder);
}

static void test_many_missing_columns(void **state)
{
    (void)state;
    char text[2048] = "";
    for (int line = 0; line < 3; ++line)
        for (int i = 0; i < 100; ++i)
            snprintf(text + strlen(text), 20, line == 0 ? "col%d%s" : "%d%s", line == 0 ? i : line,
                     i < 99 ? "," : "\n");
    gd_table *table = must_read(text);
    bool features[100];
    memset(features, true, sizeof features);
    gd_encoder *encoder = gd_encoder_fit(table, features, NULL, NULL);
    gd_table_destroy(table);
    table = must_read("x\n1\n");
    assert_null(gd_encoder_apply(encoder, table, NULL, NULL));
    const char *message = gd_message(), *first = "t.csv: missing columns: \"col0\", \"col1\", ";
    assert_true(strncmp(message, first, strlen(first)) == 0);
    int named = 0, more;
    for (const char *at = message; (at = strstr(at, "\"col")) != NULL; ++at)
        ++named;
    assert_int_equal(sscanf(strstr(message, " and "), " and %d more", &more), 1);
    assert_int_equal(named + more, 100);
    gd_encoder_destroy(encoder);
    gd_table_destroy(table);
}

/* Rows in blocks of 1, 2, .. have the features that they have together, and their unknown cells are
 * counted once, even if they are encoded twice. */
static void assert_blocks(const gd_encoder *encoder, const gd_table *table, const gd_tensor *rows)
{
    int64_t unknown = -1;
    gd_tensor *x = gd_encoder_apply(encoder, table, rows, &unknown);
    int64_t n = x->shape[0], width = x->shape[1];
    for (int64_t size = 1; size <= n; ++size) {
        gd__encoding encoding;
        assert_true(gd__encoding_open(&encoding, encoder, table, rows));
        assert_int_equal(encoding.count, n);
        for (int time = 0; time < 2; ++time)
            for (int64_t first = 0; first < n; first += size) {
                int64_t count = size < n - first ? size : n - first;
                gd_tensor *block = gd__encoding_rows(&encoding, first, count);
                assert_memory_equal(block->data, (const float *)x->data + first * width,
                                    (size_t)(count * width) * sizeof(float));
                gd_tensor_destroy(block);
            }
        assert_int_equal(encoding.unknown, unknown);
        gd__encoding_close(&encoding);
    }
    gd_tensor_destroy(x);
}

static void test_blocks_of_rows(void **state)
{
    (void)state;
    gd_encoder *encoder = fit("n,c,m\n1,x,\n3,y,1\n1,y,3\n3,x,5\n", NULL);
    gd_table *table = must_read("m,c,n\n5,?,y\n,zzz,x\n3,1,w\n9,x,1\n,y,?\n2,w,3\n-7,y,q\n");
    gd_tensor *rows = gd_tensor_create_arange(GD_I64, 6, -1, -2);
    assert_blocks(encoder, table, NULL);
    assert_blocks(encoder, table, rows);
    gd_tensor_destroy(rows);
    gd_table_destroy(table);
    gd_encoder_destroy(encoder);
}

/* A missing value where none was when it learnt: the mean, and no level. */
static void test_newly_missing(void **state)
{
    (void)state;
    gd_encoder *encoder = fit("n,c\n1,x\n3,y\n1,y\n3,x\n", NULL);
    assert_applied(encoder, "n,c\n,x\n3,\n", 2, (const float[]){0, 1, 0, 1, 0, 0}, 0);
    gd_encoder_destroy(encoder);
}

/* A table of lines of words, as readers of such formats make it. */
static gd_table *read_words(const char *text)
{
    gd_table *table = must_read(text);
    table->column[0].words = true;
    return table;
}

static void test_words(void **state)
{
    (void)state;
    gd_table *table =
        read_words("text\nthe cat sat\nthe dog the dog\ncat  and mat\nand\tthe end\n");
    gd_encoder *encoder = gd_encoder_fit(table, all_columns, NULL, NULL);
    assert_features(encoder, "text=and|text=cat|text=the");
    assert_notes(encoder, 1,
                 (const char *const[]){"\"text\": 3 of 7 words are used, the most frequent ones of "
                                       "at least 2 rows"});
    assert_null(
        gd_encoder_fit(table, all_columns, NULL, &(gd_encoder_options){.numeric = all_columns}));
    assert_string_equal(gd_message(), "encoder_fit: the column \"text\" holds lines of words");
    gd_table_destroy(table);
    table = read_words("text\nthe the unheard\ncats cat\n");
    int64_t unknown = -1;
    gd_tensor *x = gd_encoder_apply(encoder, table, NULL, &unknown);
    assert_memory_equal(x->data, ((const float[]){0, 0, 1, 0, 1, 0}), 6 * sizeof(float));
    assert_int_equal(unknown, 0);
    gd_tensor_destroy(x);
    /* A column of texts is lines of words, too; but words are no categories. */
    assert_applied(encoder, "text\nthe and\n\"a cat, the cat\"\n", 2,
                   (const float[]){1, 0, 1, 0, 1, 1}, 0);
    gd_encoder_destroy(encoder);
    encoder = fit("text\nx\ny\nx\ny\n", NULL);
    assert_null(gd_encoder_apply(encoder, table, NULL, NULL));
    assert_string_equal(gd_message(), "t.csv: the column \"text\" holds lines of words; it held "
                                      "categories where the encoder learnt");
    gd_table_destroy(table);
    gd_encoder_destroy(encoder);
    table = read_words("text\none\ntwo\n");
    encoder = gd_encoder_fit(table, all_columns, NULL, NULL);
    assert_features(encoder, "");
    assert_notes(
        encoder, 1,
        (const char *const[]){"\"text\": its words (2) are not used: none is in two rows"});
    gd_encoder_destroy(encoder);
    gd_table_destroy(table);
}

static void test_most_frequent_words(void **state)
{
    (void)state;
    static char text[200000];
    size_t used = (size_t)snprintf(text, sizeof text, "text\n");
    for (int copy = 0; copy < 3; ++copy)
        for (int i = 0; i < 5003; ++i) /* the last one is in three rows, all others in two */
            if (copy < 2 || i == 5002)
                used += (size_t)snprintf(text + used, sizeof text - used, "w%04d w%04d\n", i, i);
    gd_table *table = read_words(text);
    gd_encoder *encoder = gd_encoder_fit(table, all_columns, NULL, NULL);
    assert_int_equal(gd_encoder_width(encoder), 5000);
    assert_string_equal(gd_encoder_feature(encoder, 4998), "text=w4998");
    assert_string_equal(gd_encoder_feature(encoder, 4999), "text=w5002");
    gd_encoder_destroy(encoder);
    gd_table_destroy(table);
}

/* A sparse table, as readers of such formats make it. */
static gd_table *read_sparse(const char *text)
{
    gd_table *table = must_read(text);
    table->sparse = true;
    return table;
}

static void test_sparse(void **state)
{
    (void)state;
    gd_table *table = read_sparse("a,b\n2,5\n4,0\n0,5\n2,0\n");
    const bool categorical[] = {false, true};
    gd_encoder *encoder =
        gd_encoder_fit(table, all_columns, NULL, &(gd_encoder_options){.categorical = categorical});
    assert_features(encoder, "a|b=0|b=5");
    gd_table_destroy(table);
    char *json = gd_encoder_json(encoder);
    gd_encoder *again = gd_encoder_from_json(json);
    table = read_sparse("c\n1\n2\n");
    int64_t unknown;
    gd_tensor *x = gd_encoder_apply(again, table, NULL, &unknown);
    const float zero = (float)(-2 / sqrt(2.0)); /* 2 4 0 2: mean 2, deviation sqrt(2) */
    assert_memory_equal(x->data, ((const float[]){zero, 1, 0, zero, 1, 0}), 6 * sizeof(float));
    assert_int_equal(unknown, 0);
    gd_tensor_destroy(x);
    gd_encoder_json_destroy(json);
    gd_encoder_destroy(again);
    gd_encoder_destroy(encoder);
    /* Where it learnt from a table that says all_columns, a column that is absent is missing. */
    encoder = fit("a,b\n1,2\n2,3\n", NULL);
    assert_null(gd_encoder_apply(encoder, table, NULL, NULL));
    assert_string_equal(gd_message(), "t.csv: missing columns: \"a\", \"b\"");
    gd_encoder_destroy(encoder);
    gd_table_destroy(table);
}

#define TEST(name) cmocka_unit_test(name)

int encoder_apply_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_columns_by_name), TEST(test_many_missing_columns),
                                       TEST(test_blocks_of_rows),  TEST(test_newly_missing),
                                       TEST(test_words),           TEST(test_most_frequent_words),
                                       TEST(test_sparse)};
    return cmocka_run_group_tests_name("encoder_apply", tests, enter_folder, leave_folder);
}
