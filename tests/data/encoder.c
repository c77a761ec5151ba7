/* What encoders learn, what they make of other tables, and their JSON. */
#include "../cmocka_all.h"
#include "data/table.h"
#include "tests.h"

#include <gradus/data.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int enter(void **state)
{
    (void)state;
    return enter_folder("t.csv");
}

static int leave(void **state)
{
    (void)state;
    return leave_folder();
}

static gd_table *must_read(const char *text)
{
    gd_table *table = read_text(text, NULL);
    if (table == NULL)
        fail_msg("%s", gd_message());
    return table;
}

enum { MOST_COLUMNS = 16 };
static const bool all[MOST_COLUMNS] = {true, true, true, true, true, true, true, true,
                                       true, true, true, true, true, true, true, true};

/* Learns all columns of all rows. */
static gd_encoder *fit(const char *text, const gd_encoder_options *options)
{
    gd_table *table = must_read(text);
    gd_encoder *encoder = gd_encoder_fit(table, all, NULL, options);
    gd_table_destroy(table);
    if (encoder == NULL)
        fail_msg("%s", gd_message());
    return encoder;
}

static void assert_features(const gd_encoder *encoder, const char *expected)
{
    char text[512] = "";
    for (int64_t i = 0; i < gd_encoder_width(encoder); ++i) {
        strcat(text, i > 0 ? "|" : "");
        strcat(text, gd_encoder_feature(encoder, i));
    }
    assert_string_equal(text, expected);
    assert_null(gd_encoder_feature(encoder, gd_encoder_width(encoder)));
    assert_null(gd_encoder_feature(encoder, -1));
}

static void assert_notes(const gd_encoder *encoder, int64_t count, const char *const *expected)
{
    for (int64_t i = 0; i < count; ++i) {
        assert_non_null(gd_encoder_note(encoder, i));
        assert_string_equal(gd_encoder_note(encoder, i), expected[i]);
    }
    assert_null(gd_encoder_note(encoder, count));
}

/* What the encoder makes of a table with this text. */
static void assert_applied(const gd_encoder *encoder, const char *text, int64_t rows,
                           const float *expected, int64_t expected_unknown)
{
    gd_table *table = must_read(text);
    int64_t unknown = -1;
    gd_tensor *x = gd_encoder_apply(encoder, table, NULL, &unknown);
    if (x == NULL)
        fail_msg("%s", gd_message());
    assert_int_equal(x->dtype, GD_F32);
    assert_int_equal(x->shape[0], rows);
    assert_int_equal(x->shape[1], gd_encoder_width(encoder));
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        if (((float *)x->data)[i] != expected[i])
            fail_msg("%s: element %d is %g, not %g", text, (int)i, ((double *)x->data)[i],
                     (double)expected[i]);
    assert_int_equal(unknown, expected_unknown);
    gd_tensor_destroy(x);
    gd_table_destroy(table);
}

static void assert_not_applied(const gd_encoder *encoder, const char *text, const char *message)
{
    gd_table *table = must_read(text);
    assert_null(gd_encoder_apply(encoder, table, NULL, NULL));
    assert_string_equal(gd_message(), message);
    gd_table_destroy(table);
}

/* ---- what is learnt ---- */

/* The rows whose number is no multiple of 4. */
static gd_tensor *training_rows(int64_t all_rows)
{
    gd_tensor *rows = gd_tensor_create(GD_I64, GD_DIMS(all_rows - (all_rows + 3) / 4));
    for (int64_t i = 0, at = 0; i < all_rows; ++i)
        if (i % 4 != 0)
            ((int64_t *)rows->data)[at++] = i;
    return rows;
}

/* Against scikit-learn: fixtures/encoder.txt, made by fixtures/make_encoder.py. */
static void test_fixture(void **state)
{
    (void)state;
    gd_table *table = gd_table_read(GD_TESTS_DIR "/fixtures/encoder.csv", NULL);
    assert_non_null(table);
    gd_tensor *rows = training_rows(gd_table_rows(table));
    gd_encoder *encoder = gd_encoder_fit(table, all, rows, NULL);
    gd_tensor *x = gd_encoder_apply(encoder, table, NULL, NULL);
    assert_non_null(x);
    FILE *file = fopen(GD_TESTS_DIR "/fixtures/encoder.txt", "r");
    char line[4096], *at = line;
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    for (int64_t i = 0; i < x->shape[1]; ++i) {
        size_t length = strcspn(at, "\t\n");
        assert_int_equal(at[length], i + 1 < x->shape[1] ? '\t' : '\n');
        at[length] = '\0';
        assert_string_equal(gd_encoder_feature(encoder, i), at);
        at += length + 1;
    }
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i) {
        double expected, found = (double)((float *)x->data)[i];
        assert_int_equal(fscanf(file, "%lf", &expected), 1);
        if (fabs(found - expected) > 1.2e-7 * fabs(expected)) /* an ULP of float32 */
            fail_msg("row %d, \"%s\": %.9g, not %.9g", (int)(i / x->shape[1]),
                     gd_encoder_feature(encoder, i % x->shape[1]), found, expected);
    }
    fclose(file);
    gd_tensor_destroy(x);
    gd_tensor_destroy(rows);
    gd_encoder_destroy(encoder);
    gd_table_destroy(table);
}

/* Whatever the other rows hold, the same is learnt; a row that is listed twice counts twice. */
static void test_chosen_rows_alone(void **state)
{
    (void)state;
    const char *const texts[] = {"a,b\n1,x\n2,x\n3,y\n,y\n", "a,b\n1,x\n2,x\n-9e9,z\n5,\n",
                                 "a,b\n1,x\n2,x\n"};
    char *json[3];
    for (int i = 0; i < 3; ++i) {
        gd_table *table = must_read(texts[i]);
        gd_tensor *rows = gd_tensor_create_from_data(GD_I64, (const int64_t[]){1, 0}, GD_DIMS(2));
        gd_encoder *encoder = gd_encoder_fit(table, all, i < 2 ? rows : NULL, NULL);
        json[i] = gd_encoder_json(encoder);
        assert_non_null(json[i]);
        gd_encoder_destroy(encoder);
        gd_tensor_destroy(rows);
        gd_table_destroy(table);
    }
    assert_string_equal(json[0], json[2]);
    assert_string_equal(json[1], json[2]);
    for (int i = 0; i < 3; ++i)
        gd_encoder_json_destroy(json[i]);
}

/* Columns that say nothing, the trace that missing values leave of them, and what is told. */
static void test_dropped(void **state)
{
    (void)state;
    gd_encoder *encoder = fit("one,none,name,kind,some,note,n\n"
                              "7,,ann,k,3,,1\n7,,bob,k,,hé,3\n7,,cy,k,3,x,1\n7,,di,k,3,,3\n",
                              NULL);
    assert_features(encoder, "some missing|note missing|n");
    const char *const notes[] = {"\"one\": its values are not used: all are the same",
                                 "\"none\": not used: it has no value in any row",
                                 "\"name\": its levels (4) are not used: each is in one row only",
                                 "\"kind\": not used: it is the same in all rows",
                                 "\"some\": its values are not used: all are the same",
                                 "\"note\": its levels (2) are not used: each is in one row only"};
    assert_notes(encoder, 6, notes);
    /* What adds nothing need not be there. */
    assert_applied(encoder, "n,note,some\n1,,5\n3,q,\n", 2, (const float[]){0, 1, -1, 1, 0, 1}, 0);
    gd_encoder_destroy(encoder);
}

static void test_rare_levels(void **state)
{
    (void)state;
    gd_encoder *only = fit("c,n\nyes,1\n,2\nyes,1\n", NULL);
    assert_features(only, "c=yes|c missing|n");
    assert_notes(only, 0, NULL);
    gd_encoder_destroy(only);
    gd_encoder *encoder = fit("c\nb\na\nrare\nb\na\n", NULL);
    assert_features(encoder, "c=a|c=b");
    assert_notes(
        encoder, 1,
        (const char *const[]){"\"c\": 2 of 3 levels are used, the most frequent ones of at "
                              "least 2 rows"});
    assert_applied(encoder, "c\nrare\nb\n", 2, (const float[]){0, 0, 0, 1}, 1);
    gd_encoder_destroy(encoder);
}

/* 1200 levels in 2 rows each, of which every third is in one more: those 400, and of the others the first. */
static void test_many_levels(void **state)
{
    (void)state;
    static char text[40000];
    size_t used = (size_t)snprintf(text, sizeof text, "c\n");
    for (int i = 0; i < 3600; ++i)
        if (i < 2400 || i % 3 == 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "x%04d\n", i % 1200);
    gd_encoder *encoder = fit(text, NULL);
    assert_int_equal(gd_encoder_width(encoder), 1000);
    assert_string_equal(gd_encoder_feature(encoder, 1), "c=x0001");
    assert_string_equal(gd_encoder_feature(encoder, 899), "c=x0899");
    assert_string_equal(gd_encoder_feature(encoder, 900), "c=x0900");
    assert_string_equal(gd_encoder_feature(encoder, 901), "c=x0903");
    assert_string_equal(gd_encoder_feature(encoder, 999), "c=x1197");
    gd_encoder_destroy(encoder);
}

static void test_numbers_as_categories(void **state)
{
    (void)state;
    const gd_encoder_options options = {.categorical = all};
    gd_encoder *encoder = fit("zip\n10\n1.0\n9\n1\n10\n9\n\n", &options);
    assert_features(encoder, "zip=1|zip=9|zip=10");
    assert_applied(encoder, "zip\n1\n+1.00\n1e1\n2\n", 4,
                   (const float[]){1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0}, 1);
    /* A column of texts in this table: numbers among them are found by value all the same. */
    assert_applied(encoder, "zip\n01\nnone such\n9.0\n", 3,
                   (const float[]){1, 0, 0, 0, 0, 0, 0, 1, 0}, 1);
    gd_encoder_destroy(encoder);
    encoder = fit("a\n-0\n0\n1\n1\n", &options);
    assert_features(encoder, "a=0|a=1");
    gd_encoder_destroy(encoder);
    /* Levels that were texts, in a table where all are numbers. */
    encoder = fit("c\n1\n1\nb\nb\n2.50\n2.50\n", NULL);
    assert_features(encoder, "c=1|c=2.50|c=b");
    assert_applied(encoder, "c\n2.5\n1.0\n7\n", 3, (const float[]){0, 1, 0, 1, 0, 0, 0, 0, 0}, 1);
    gd_encoder_destroy(encoder);
}

/* 01 and 1 are two levels where they are texts, and each is found by its own text first. */
static void test_texts_before_values(void **state)
{
    (void)state;
    gd_encoder *encoder = fit("c\n01\n1\nb\n01\n1\nb\n", NULL);
    assert_features(encoder, "c=01|c=1|c=b");
    assert_applied(encoder, "c\n01\n1\n1.0\nb\n", 4,
                   (const float[]){1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1}, 0);
    gd_encoder_destroy(encoder);
}

static void test_texts_as_numbers(void **state)
{
    (void)state;
    const gd_encoder_options numeric = {.numeric = all};
    gd_table *table = must_read("a,b\n1,x\n2,3\n4,5\n6,y\n");
    const bool second[] = {false, true}, first[] = {true, false};
    assert_null(gd_encoder_fit(table, second, NULL, &numeric));
    assert_string_equal(gd_message(),
                        "t.csv:2:3: a number is expected in column \"b\", found \"x\"");
    gd_tensor *rows = gd_tensor_create_from_data(GD_I64, (const int64_t[]){1, 2}, GD_DIMS(2));
    gd_encoder *encoder = gd_encoder_fit(table, second, rows, &numeric);
    assert_features(encoder, "b");
    ((int64_t *)rows->data)[0] = 3;
    assert_null(gd_encoder_fit(table, second, rows, &numeric));
    assert_string_equal(gd_message(), "t.csv:5: a number is expected in column \"b\", found \"y\"");
    const gd_encoder_options both = {.numeric = all, .categorical = all};
    assert_null(gd_encoder_fit(table, first, NULL, &both));
    assert_string_equal(gd_message(),
                        "encoder_fit: the column \"a\" cannot be both categorical and numeric");
    gd_encoder_destroy(encoder);
    gd_tensor_destroy(rows);
    gd_table_destroy(table);
    encoder = fit("age\n1\n2\n3\nx2\n4\n1\n", NULL);
    assert_string_equal(gd_encoder_note(encoder, 0),
                        "\"age\": taken as categories: \"x2\" is no number, but 4 of 5 different "
                        "texts are");
    gd_encoder_destroy(encoder);
    encoder = fit("c\n1\n2\nx\ny\n1\n2\nx\ny\n", NULL);
    assert_notes(encoder, 0, NULL);
    gd_encoder_destroy(encoder);
}

static void test_refused(void **state)
{
    (void)state;
    gd_table *table = must_read("a,b\n1,x\n2,y\n");
    gd_tensor *rows = gd_tensor_create_from_data(GD_I64, (const int64_t[]){1, 2}, GD_DIMS(2)),
              *none = gd_tensor_create(GD_I64, GD_DIMS(0));
    assert_null(gd_encoder_fit(NULL, all, NULL, NULL));
    assert_null(gd_encoder_fit(table, NULL, NULL, NULL));
    assert_null(gd_encoder_fit(table, all, none, NULL));
    assert_string_equal(gd_message(), "encoder_fit: there is no row to learn from");
    assert_null(gd_encoder_fit(table, all, rows, NULL));
    assert_string_equal(gd_message(), "encoder_fit: index 2 at 1 is not one of 2 rows");
    gd_encoder *encoder = gd_encoder_fit(table, all, NULL, NULL);
    assert_null(gd_encoder_apply(encoder, table, rows, NULL));
    assert_string_equal(gd_message(), "encoder_apply: index 2 at 1 is not one of 2 rows");
    assert_null(gd_encoder_apply(NULL, table, NULL, NULL));
    gd_tensor *x = gd_encoder_apply(encoder, table, none, NULL);
    assert_int_equal(x->shape[0], 0);
    assert_int_equal(x->shape[1], 1);
    gd_tensor_destroy(x);
    gd_tensor_destroy(rows);
    gd_tensor_destroy(none);
    gd_encoder_destroy(encoder);
    gd_table_destroy(table);
}

/* ---- numbers ---- */

static void assert_numbers(const char *text, int64_t rows, const double *expected)
{
    gd_encoder *encoder = fit(text, NULL);
    gd_table *table = must_read(text);
    gd_tensor *x = gd_encoder_apply(encoder, table, NULL, NULL);
    assert_non_null(x);
    for (int64_t i = 0; i < rows; ++i)
        if (!(fabs((double)((float *)x->data)[i] - expected[i]) <= 1e-7 * fabs(expected[i])))
            fail_msg("%s: row %d is %.9g, not %.9g", text, (int)i, (double)((float *)x->data)[i],
                     expected[i]);
    gd_tensor_destroy(x);
    gd_table_destroy(table);
    gd_encoder_destroy(encoder);
}

/* -1, 1 and, of 1 2 4: mean 7/3, deviation sqrt(14)/3. */
static void test_magnitudes(void **state)
{
    (void)state;
    const double two[] = {-1, 1};
    const double three[] = {-4 / sqrt(14), -1 / sqrt(14), 5 / sqrt(14)};
    assert_numbers("a\n1\n3\n", 2, two);
    assert_numbers("a\n1000000000000001\n1000000000000003\n", 2, two);
    assert_numbers("a\n-1.7e308\n1.7e308\n", 2, two);
    assert_numbers("a\n1e308\n1.2e308\n", 2, two);
    assert_numbers("a\n-1e-320\n1e-320\n", 2, two);
    assert_numbers("a\n1e-200\n2e-200\n4e-200\n", 3, three);
    assert_numbers("a\n1e200\n2e200\n4e200\n", 3, three);
    assert_numbers("a\n100000001\n100000002\n100000004\n", 3, three);
}

static void test_too_large(void **state)
{
    (void)state;
    gd_encoder *encoder = fit("a,b\n1,2\n3,2\n", NULL);
    assert_not_applied(
        encoder, "b,a\n0,1\n0,-1e39\n",
        "t.csv:3:3: a number that is not too large is expected in column \"a\", found "
        "\"-1e39\"");
    assert_applied(encoder, "a\n3e38\n-3e38\n", 2, (const float[]){3e38F, -3e38F}, 0);
    gd_encoder_destroy(encoder);
    /* Too large once it is divided; the text below is in no row that is asked for. */
    encoder = fit("a\n0.001\n0.003\n", NULL);
    gd_table *table = must_read("a\n1e37\nx\n");
    gd_tensor *rows = gd_tensor_create(GD_I64, GD_DIMS(1));
    assert_null(gd_encoder_apply(encoder, table, rows, NULL));
    assert_string_equal(gd_message(), "t.csv:2: a number that is not too large is expected in "
                                      "column \"a\", found \"1e37\"");
    gd_tensor_destroy(rows);
    gd_table_destroy(table);
    gd_encoder_destroy(encoder);
}

/* A hundred thousand numbers around a large mean: no drift. The mean of i / 8 is 6249.9375, their deviation
 * sqrt(n^2 - 1) / sqrt(12) / 8. */
static void test_no_drift(void **state)
{
    (void)state;
    enum { N = 100000 };
    FILE *file = fopen("t.csv", "wb");
    fputs("a\n", file);
    for (int i = 0; i < N; ++i)
        fprintf(file, "%.3f\n", 1e11 + i / 8.0);
    fclose(file);
    gd_table *table = gd_table_read("t.csv", NULL);
    gd_encoder *encoder = gd_encoder_fit(table, all, NULL, NULL);
    char *json = gd_encoder_json(encoder), *deviation = strstr(json, "\"deviation\":");
    double expected = sqrt((double)N * N - 1) / sqrt(12) / 8;
    gd_tensor *x = gd_encoder_apply(encoder, table, NULL, NULL);
    for (int i = 0; i < N; ++i) {
        double number = (i / 8.0 - 6249.9375) / expected;
        assert_true(fabs((double)((float *)x->data)[i] - number) <= 1e-7 * fabs(number));
    }
    gd_tensor_destroy(x);
    assert_non_null(strstr(json, "\"mean\":100000006249.9375,"));
    assert_true(fabs(strtod(deviation + 12, NULL) - expected) <= 1e-14 * expected);
    gd_encoder_json_destroy(json);
    gd_encoder_destroy(encoder);
    gd_table_destroy(table);
}

/* A text among so many numbers that their texts are not kept any more: nobody knows which other cells were texts. */
static void test_late_text(void **state)
{
    (void)state;
    char text[4096] = "a,b\n";
    for (int i = 0; i < 200; ++i)
        snprintf(text + strlen(text), 16, "%d,%d.5\n", i, i);
    strcat(text, "1,half\n2,2.5\n");
    gd_table *table = must_read(text);
    assert_int_equal(gd_table_kind(table, 1), GD_COLUMN_NUMBERS);
    assert_null(gd_encoder_fit(table, all, NULL, NULL));
    assert_string_equal(gd_message(),
                        "t.csv:202:3: a number is expected in column \"b\", found \"half\"");
    gd_table_destroy(table);
}

/* ---- other tables ---- */

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
    gd_encoder *encoder = gd_encoder_fit(table, all, NULL, NULL);
    assert_features(encoder, "text=and|text=cat|text=the");
    assert_notes(encoder, 1,
                 (const char *const[]){"\"text\": 3 of 7 words are used, the most frequent ones of "
                                       "at least 2 rows"});
    assert_null(gd_encoder_fit(table, all, NULL, &(gd_encoder_options){.numeric = all}));
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
    encoder = gd_encoder_fit(table, all, NULL, NULL);
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
    gd_encoder *encoder = gd_encoder_fit(table, all, NULL, NULL);
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
        gd_encoder_fit(table, all, NULL, &(gd_encoder_options){.categorical = categorical});
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
    /* Where it learnt from a table that says all, a column that is absent is missing. */
    encoder = fit("a,b\n1,2\n2,3\n", NULL);
    assert_null(gd_encoder_apply(encoder, table, NULL, NULL));
    assert_string_equal(gd_message(), "t.csv: missing columns: \"a\", \"b\"");
    gd_encoder_destroy(encoder);
    gd_table_destroy(table);
}

/* ---- JSON ---- */

static void test_round_trip(void **state)
{
    (void)state;
    gd_table *table = gd_table_read(GD_TESTS_DIR "/fixtures/encoder.csv", NULL);
    gd_tensor *rows = training_rows(gd_table_rows(table));
    gd_encoder *encoder = gd_encoder_fit(table, all, rows, NULL);
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
                      levels[] =
                          "encoder: column 1 (\"a\"): name, kind, missing and a list of levels "
                          "are expected",
                      column[] =
                          "encoder: column 1: a name, a kind (number, category, words, missing) "
                          "and missing (true, false) are expected",
                      object[] = "encoder: an object of sparse (true, false), columns and notes "
                                 "(lists) is expected";
    const char *const cases[][2] = {
        {"", "encoder: line 1, column 0: '[' or '{' expected near end of file"},
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
        {WITH(NUMBER(",\"mean\":1e999,\"deviation\":1")),
         "encoder: line 1, column 83: real number overflow near '1e999'"},
        {WITH(NUMBER(",\"mean\":NaN,\"deviation\":1")),
         "encoder: line 1, column 81: invalid token near 'NaN'"},
        {WITH(NUMBER(",\"mean\":1,\"mean\":1,\"deviation\":1")),
         "encoder: line 1, column 86: duplicate object key near '\"mean\"'"},
        {WITH(LEVELS("")), levels},
        {WITH(LEVELS(",\"levels\":[]")), levels},
        {WITH(LEVELS(",\"levels\":\"x\"")), levels},
        {WITH(LEVELS(",\"levels\":[\"x\"],\"mean\":1")), levels},
        {WITH(LEVELS(",\"levels\":[\"x\",2]")), "encoder: item 2 of a list of texts is no text"},
        {WITH(LEVELS(",\"levels\":[\"x\",\"y\",\"x\"]")),
         "encoder: the level \"x\" is there twice"},
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
    gd_encoder *encoder = table != NULL ? gd_encoder_fit(table, all, NULL, &options) : NULL;
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

int encoder_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_fixture),
                                       TEST(test_chosen_rows_alone),
                                       TEST(test_dropped),
                                       TEST(test_rare_levels),
                                       TEST(test_many_levels),
                                       TEST(test_numbers_as_categories),
                                       TEST(test_texts_before_values),
                                       TEST(test_texts_as_numbers),
                                       TEST(test_refused),
                                       TEST(test_magnitudes),
                                       TEST(test_too_large),
                                       TEST(test_no_drift),
                                       TEST(test_late_text),
                                       TEST(test_columns_by_name),
                                       TEST(test_many_missing_columns),
                                       TEST(test_newly_missing),
                                       TEST(test_words),
                                       TEST(test_most_frequent_words),
                                       TEST(test_sparse),
                                       TEST(test_round_trip),
                                       TEST(test_awkward_texts),
                                       TEST(test_accepted),
                                       TEST(test_malformed),
                                       TEST(test_damaged),
                                       TEST(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("encoder", tests, enter, leave);
}
