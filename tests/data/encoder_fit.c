/* What encoders learn. */
#include "../cmocka_all.h"
#include "encoder_help.h"
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Against scikit-learn: fixtures/encoder.txt, made by fixtures/make_encoder.py. */
static void test_fixture(void **state)
{
    (void)state;
    gd_table *table = gd_table_read(GD_TESTS_DIR "/fixtures/encoder.csv", NULL);
    assert_non_null(table);
    gd_tensor *rows = training_rows(gd_table_rows(table));
    gd_encoder *encoder = gd_encoder_fit(table, all_columns, rows, NULL);
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
        gd_encoder *encoder = gd_encoder_fit(table, all_columns, i < 2 ? rows : NULL, NULL);
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
    const char *const notes[] = {
        "\"one\": its values are not used: all are the same",
        "\"none\": not used: it has no value in any row",
        "\"name\": its levels (4) are not used: each is in one row only, as is \"ann\"; "
        "--drop leaves the column out",
        "\"kind\": not used: it is the same in all rows",
        "\"some\": its values are not used: all are the same",
        "\"note\": its levels (2) are not used: each is in one row only, as is \"hé\"; "
        "--drop leaves the column out"};
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

/* 1200 levels in 2 rows each, of which every third is in one more: those 400, and of the others
 * the first. */
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

/* Categories are texts, byte for byte, whatever numbers they look like: no spelling is another. */
static void test_numbers_as_categories(void **state)
{
    (void)state;
    const gd_encoder_options options = {.categorical = all_columns};
    gd_encoder *encoder =
        fit("zip\n01002\n1002\n01002\n1002\n1002.0\n1e3\n1002.0\n\"\"\n", &options);
    assert_features(encoder, "zip=01002|zip=1002|zip=1002.0|zip missing");
    assert_applied(
        encoder, "zip\n01002\n1002\n1002.0\n+1002\n001002\n1e3\n", 6,
        (const float[]){1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 3);
    /* The same in a table whose column holds texts, too. */
    assert_applied(encoder, "zip\n1002.0\nnone such\n01002\n", 3,
                   (const float[]){0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0}, 1);
    gd_encoder_destroy(encoder);
    encoder = fit("a\n-0\n0\n-0\n0\n", &options);
    assert_features(encoder, "a=-0|a=0");
    gd_encoder_destroy(encoder);
    /* Levels that were texts, in a table where all are numbers. */
    encoder = fit("c\n1\n1\nb\nb\n2.50\n2.50\n", NULL);
    assert_features(encoder, "c=1|c=2.50|c=b");
    assert_applied(encoder, "c\n2.5\n1.0\n2.50\n1\n", 4,
                   (const float[]){0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0}, 2);
    gd_encoder_destroy(encoder);
}

/* A column that has kept just numbers gives their shortest texts, in the order of their values. */
static void test_many_numbers_as_categories(void **state)
{
    (void)state;
    static char text[40000];
    size_t used = (size_t)snprintf(text, sizeof text, "n\n");
    for (int i = 0; i < 2200; ++i) /* 10.5, 9.5, 8.5, 7.5, and numbers that are in one row each */
        used += (size_t)snprintf(text + used, sizeof text - used, "%d.5\n",
                                 i < 8 ? 10 - i % 4 : i + 1000);
    gd_table *table = must_read(text);
    assert_int_equal(gd_table_level_count(table, 0), -1);
    gd_encoder *encoder =
        gd_encoder_fit(table, all_columns, NULL, &(gd_encoder_options){.categorical = all_columns});
    assert_features(encoder, "n=7.5|n=8.5|n=9.5|n=10.5");
    int64_t unknown;
    gd_tensor *x = gd_encoder_apply(encoder, table, NULL, &unknown);
    assert_memory_equal(x->data, ((const float[]){0, 0, 0, 1, 0, 0, 1, 0}), 8 * sizeof(float));
    assert_int_equal(unknown, 2192);
    gd_tensor_destroy(x);
    gd_encoder_destroy(encoder);
    gd_table_destroy(table);
}

static void test_columns_of_features(void **state)
{
    (void)state;
    gd_encoded_column column;
    gd_encoder *encoder = fit("n,c,same\n1,x,7\n3,y,7\n1,y,7\n,x,7\n", NULL);
    assert_true(gd_encoder_column(encoder, 0, &column));
    assert_string_equal(column.name, "n");
    assert_int_equal(column.kind, GD_ENCODED_NUMBER);
    assert_true(column.missing && column.mean == 5 / 3.0 && column.levels == 0);
    assert_true(column.first == 0 && column.features == 2);
    assert_true(gd_encoder_column(encoder, 1, &column));
    assert_string_equal(column.name, "c");
    assert_int_equal(column.kind, GD_ENCODED_LEVELS);
    assert_true(!column.missing && column.levels == 2);
    assert_true(column.first == 2 && column.features == 2);
    assert_string_equal(gd_encoder_level(encoder, 1, 0), "x");
    assert_string_equal(gd_encoder_level(encoder, 1, 1), "y");
    assert_null(gd_encoder_level(encoder, 1, 2));
    assert_null(gd_encoder_level(encoder, 0, 0));
    assert_false(gd_encoder_column(encoder, 2, &column));
    assert_false(gd_encoder_column(encoder, -1, &column));
    gd_encoder_destroy(encoder);
}

static void test_texts_as_numbers(void **state)
{
    (void)state;
    const gd_encoder_options numeric = {.numeric = all_columns};
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
    const gd_encoder_options both = {.numeric = all_columns, .categorical = all_columns};
    assert_null(gd_encoder_fit(table, first, NULL, &both));
    assert_string_equal(gd_message(),
                        "encoder_fit: the column \"a\" cannot be both categorical and numeric");
    gd_encoder_destroy(encoder);
    gd_tensor_destroy(rows);
    gd_table_destroy(table);
    encoder = fit("age\n1\n2\n3\nx2\n4\n1\n", NULL);
    assert_string_equal(
        gd_encoder_note(encoder, 0),
        "\"age\": taken as categories: \"x2\" in line 5 is no number, but 4 of 5 different "
        "texts are; --missing or --numeric decides otherwise");
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
    assert_null(gd_encoder_fit(NULL, all_columns, NULL, NULL));
    assert_null(gd_encoder_fit(table, NULL, NULL, NULL));
    assert_null(gd_encoder_fit(table, all_columns, none, NULL));
    assert_string_equal(gd_message(), "encoder_fit: there is no row to learn from");
    assert_null(gd_encoder_fit(table, all_columns, rows, NULL));
    assert_string_equal(gd_message(), "encoder_fit: index 2 at 1 is not one of 2 rows");
    gd_encoder *encoder = gd_encoder_fit(table, all_columns, NULL, NULL);
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

/* A number far beyond all that training had counts as the farthest that may be: as far beyond the
 * largest as that is from the smallest. */
static void test_cut_off(void **state)
{
    (void)state;
    gd_encoder *encoder = fit("a,b\n1,2\n3,2\n", NULL); /* mean 2, deviation 1, from -1 to 5 */
    assert_applied(encoder, "b,a\n0,1\n0,-1e39\n0,5.5\n0,4.5\n0,1e400\n0,-1e400\n0,1e308\n", 7,
                   (const float[]){-1, -3, 3, 2.5F, 3, -3, 3}, 0);
    int64_t row = -1;
    int column = -1;
    gd_table *table = must_read("b,a\n1e300,4\n0,5\n0,5.01\n0,\n0,-1e999\n");
    assert_int_equal(gd_encoder_cut_off(encoder, table, NULL, &row, &column), 2);
    assert_true(row == 2 && column == 1);
    gd_tensor *rows = gd_tensor_create_from_data(GD_I64, (const int64_t[]){4, 0}, GD_DIMS(2));
    assert_int_equal(gd_encoder_cut_off(encoder, table, rows, &row, &column), 1);
    assert_true(row == 4 && column == 1);
    gd_tensor_destroy(rows);
    gd_table_destroy(table);
    gd_encoder_destroy(encoder);
}

/* One odd value among hundred is cut off in training, too: of 1 to 99 and 1e9 the others end at
 * 99 and reach 98 farther, so it counts as 197. The mean of 1 to 99 and 197 is 51.47, the
 * deviation 31.975445: by Python's statistics.pstdev. */
static void test_odd_value(void **state)
{
    (void)state;
    char text[1024] = "a\n";
    for (int i = 1; i <= 99; ++i)
        snprintf(text + strlen(text), 8, "%d\n", i);
    strcat(text, "1e9\n");
    const float high = (float)((197 - 51.47) / 31.975445266641714);
    gd_encoder *encoder = fit(text, NULL);
    gd_table *table = must_read("a\n1e9\n50\n");
    gd_tensor *x = gd_encoder_apply(encoder, table, NULL, NULL);
    assert_true(fabsf(((float *)x->data)[0] - high) < 1e-5F);
    assert_true(fabsf(((float *)x->data)[1] - (float)((50 - 51.47) / 31.975445266641714)) < 1e-5F);
    assert_notes(
        encoder, 1,
        (const char *const[]){"\"a\": 1 of its numbers is far beyond the others and cut off: 1e9 "
                              "in line 101 counts as 197"});
    gd_tensor_destroy(x);
    gd_table_destroy(table);
    gd_encoder_destroy(encoder);
    /* Two of hundred are what the column is like. */
    strcat(text, "1e9\n");
    encoder = fit(text, NULL);
    assert_notes(encoder, 0, NULL);
    gd_encoder_destroy(encoder);
    encoder = fit("a\n1\n2\n3\n4\n-1e400\n5\n", NULL); /* too large for a double: -4 */
    assert_notes(
        encoder, 1,
        (const char *const[]){"\"a\": 1 of its numbers is far beyond the others and cut off: "
                              "-1e400 in line 6 counts as -3"});
    gd_encoder_destroy(encoder);
    table = must_read("a\n1\n1e400\n"); /* there are no others */
    assert_null(gd_encoder_fit(table, all_columns, NULL, NULL));
    assert_string_equal(gd_message(),
                        "t.csv:3:1: a number that is not too large is expected in column \"a\", "
                        "found \"1e400\"");
    gd_table_destroy(table);
}

/* 5.8 is an outlier: it is further than five times .85 from the middle, 0 to .85. But the range of
 * the other numbers, -4.2 to .85, extended by its width, ends at 5.9: nothing is cut off. Mean and
 * deviation are those of numpy.mean and numpy.std. */
static void test_outlier_in_reach(void **state)
{
    (void)state;
    char text[1024] = "a\n-4.2\n";
    for (int i = 0; i < 18; ++i)
        snprintf(text + strlen(text), 8, "%.2f\n", i / 20.0);
    strcat(text, "5.8\n");
    gd_encoder *encoder = fit(text, NULL);
    assert_notes(encoder, 0, NULL);
    gd_encoded_column column;
    assert_true(gd_encoder_column(encoder, 0, &column));
    assert_true(fabs(column.mean - 0.4625) < 1e-12);
    assert_true(fabs(column.deviation - 1.604125540598366) < 1e-12);
    gd_encoder_destroy(encoder);
}

/* A hundred thousand numbers around a large mean: no drift. The mean of i / 8 is 6249.9375, their
 * deviation sqrt(n^2 - 1) / sqrt(12) / 8. */
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
    gd_encoder *encoder = gd_encoder_fit(table, all_columns, NULL, NULL);
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

/* A text among so many numbers that their texts would not be kept: what a column is does not
 * depend on where it stands. */
static void test_late_text(void **state)
{
    (void)state;
    char lines[4096] = "", text[4200];
    for (int i = 0; i < 200; ++i)
        snprintf(lines + strlen(lines), 16, "%d,%d.5\n", i, i % 100);
    for (int late = 0; late < 2; ++late) {
        snprintf(text, sizeof text, "a,b\n%s%s%s", late ? "" : "1,half\n1,half\n", lines,
                 late ? "1,half\n1,half\n" : "");
        gd_table *table = must_read(text);
        assert_int_equal(gd_table_kind(table, 1), GD_COLUMN_TEXTS);
        assert_int_equal(gd_table_level_count(table, 1), 101);
        gd_encoder *encoder = gd_encoder_fit(table, all_columns, NULL, NULL);
        assert_int_equal(gd_encoder_width(encoder), 1 + 101);
        assert_string_equal(
            gd_encoder_note(encoder, 0),
            late ? "\"b\": taken as categories: \"half\" in line 202 is no number, but "
                   "100 of 101 different texts are; --missing or --numeric decides otherwise"
                 : "\"b\": taken as categories: \"half\" in line 2 is no number, but "
                   "100 of 101 different texts are; --missing or --numeric decides otherwise");
        gd_encoder_destroy(encoder);
        assert_null(gd_encoder_fit(table, all_columns, NULL,
                                   &(gd_encoder_options){.numeric = all_columns}));
        assert_string_equal(gd_message(),
                            late ? "t.csv:202:3: a number is expected in column \"b\", "
                                   "found \"half\""
                                 : "t.csv:2:3: a number is expected in column \"b\", "
                                   "found \"half\"");
        gd_table_destroy(table);
    }
}

#define TEST(name) cmocka_unit_test(name)

int encoder_fit_tests(void)
{
    const struct CMUnitTest tests[] = {TEST(test_fixture),
                                       TEST(test_chosen_rows_alone),
                                       TEST(test_dropped),
                                       TEST(test_rare_levels),
                                       TEST(test_many_levels),
                                       TEST(test_numbers_as_categories),
                                       TEST(test_many_numbers_as_categories),
                                       TEST(test_columns_of_features),
                                       TEST(test_texts_as_numbers),
                                       TEST(test_refused),
                                       TEST(test_magnitudes),
                                       TEST(test_cut_off),
                                       TEST(test_odd_value),
                                       TEST(test_outlier_in_reach),
                                       TEST(test_no_drift),
                                       TEST(test_late_text)};
    return cmocka_run_group_tests_name("encoder_fit", tests, enter_folder, leave_folder);
}
