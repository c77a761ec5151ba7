/* What reading CSV decides by itself: whether the first line names the columns, what commas in
 * numbers are, what quotes say; and that it tells what may be otherwise. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/data.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static void assert_note(const gd_table *t, const char *expected, gd_guess expected_guess)
{
    gd_guess guess = GD_GUESS_HEADER;
    const char *note = gd_table_note(t, 0, &guess);
    if (expected == NULL) {
        if (note != NULL)
            fail_msg("%s", note);
        return;
    }
    assert_non_null(note);
    assert_string_equal(note, expected);
    assert_int_equal(guess, expected_guess);
    assert_null(gd_table_note(t, 1, &guess));
    assert_null(gd_table_note(t, -1, &guess));
}

static gd_table *must(const char *text, const gd_table_options *options)
{
    gd_table *t = read_text(text, options);
    if (t == NULL)
        fail_msg("%s", gd_message());
    return t;
}

/* ---- header ---- */

#define ROWS   "7,1,yes\n8,2,no\n9,3,yes\n7,4,no\n"
#define PLACES "Bonn,12,13,yes\nKiel,14,15,no\nUlm,16,17,yes\nHof,18,19,no\n"

static void test_headers(void **state)
{
    (void)state;
    const struct {
        const char *text;
        bool header;
        const char *note;
    } cases[] = {
        {"a,b,y\n" ROWS, true, NULL},
        {ROWS, false, NULL},
        {"a,2019,y\n" ROWS, true,
         "t.csv:1: the line is read as a header: \"a\" stands above numbers"},
        {"a,?,y\n" ROWS, true, "t.csv:1: the line is read as a header: \"a\" stands above numbers"},
        {"city,2019,2020,y\n" PLACES, true,
         "t.csv:1: the line is read as a header: \"y\" does not occur below it"},
        {"Rom,12,14,perhaps\n" PLACES,
         false, /* a class that is rare, and numbers among the others */
         "t.csv:1: the line is read as a row: \"12\" may be a cell"},
        {"Rom,12,14,yes\n" PLACES, false, NULL},
        {"1.5,2\n2.5,3\n", false, NULL},
        {"\"2019\",\"2020\"\n1,2\n3,4\n", true,
         NULL}, /* as programs write that put names in quotes */
        {"\"2019\",\"2020\"\n\"1\",\"2\"\n", false, NULL},
        {"text,label\nso good,1\nso bad,0\n", true, NULL},
        {"text,label\ngood,pos\nbad,neg\nfine,pos\nsad,neg\n", true, NULL},
        {"text\ngood\nbad\n", true,
         "t.csv:1: the line is read as a header: \"text\" is not a number"},
        {"p,x,s\ne,x,s\np,y,t\ne,y,s\n", false,
         "t.csv:1: the line is read as a row: \"p\" occurs again below it"},
        {"p,x,p\ne,z,s\n", false, "t.csv:1: the line is read as a row: \"p\" occurs twice"},
        {"\n\na,b\n1,2\n", true, NULL},
        {"preis;y\n1,5;a\n2,5;b\n", true, NULL},
        {"n\nn.a.\n1\n2\n3\n4\n5\n6\n", true, NULL}, /* a stray text among numbers */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        gd_table *t = must(cases[i].text, &(gd_table_options){.decimal = ','});
        if (gd_table_has_header(t) != cases[i].header)
            fail_msg("%zu: %s", i, cases[i].text);
        assert_note(t, cases[i].note, cases[i].header ? GD_GUESS_HEADER : GD_GUESS_NO_HEADER);
        gd_table_destroy(t);
        /* What was said is no guess. */
        t = must(cases[i].text, &(gd_table_options){.header = GD_HEADER_NO, .decimal = ','});
        assert_false(gd_table_has_header(t));
        assert_note(t, NULL, GD_GUESS_HEADER);
        gd_table_destroy(t);
    }
    gd_table *t = must("a,b\n", NULL); /* names and no rows */
    assert_true(gd_table_has_header(t));
    assert_int_equal(gd_table_rows(t), 0);
    assert_int_equal(gd_table_columns(t), 2);
    gd_table_destroy(t);
    assert_null(read_text("value,value,y\n1,2,a\n3,4,b\n", NULL));
    assert_string_equal(gd_message(), "t.csv:1:7: a name for column 2 that no other column has is "
                                      "expected, found \"value\", the name of column 1");
}

/* ---- commas in numbers ---- */

static void assert_numbers(const char *text, const gd_table_options *options, int column,
                           const double *expected, const char *note, gd_guess guess)
{
    gd_table *t = must(text, options);
    assert_int_equal(gd_table_kind(t, column), GD_COLUMN_NUMBERS);
    for (int64_t row = 0; row < gd_table_rows(t); ++row) {
        double number = gd_table_number(t, row, column);
        if (memcmp(&number, &expected[row], sizeof number) != 0 &&
            !(isnan(number) && isnan(expected[row])))
            fail_msg("%s: row %d: %.17g", text, (int)row, number);
    }
    assert_note(t, note, guess);
    gd_table_destroy(t);
}

static void test_decimal_commas(void **state)
{
    (void)state;
    const gd_table_options comma = {.decimal = ','}, point = {.decimal = '.'},
                           likely_comma = {.likely_decimal = ','};
    const double small[] = {1.17, -2.5, 3, NAN, 1e3}, large[] = {1234.5, 1234567, 3.25};
    assert_numbers("x;y\n1,17;1\n-2,5;2\n3;1\n?;1\n1,0e3;2\n", NULL, 0, small,
                   "t.csv:2:1: \"1,17\" in column \"x\" is read as 1.17", GD_GUESS_DECIMAL_COMMA);
    assert_numbers("x,y\n\"1,17\",1\n\"-2,5\",2\n3,1\n?,1\n\"1,0e3\",2\n", NULL, 0, small,
                   "t.csv:2:1: \"1,17\" in column \"x\" is read as 1.17", GD_GUESS_DECIMAL_COMMA);
    assert_numbers("x;y\n1.234,5;1\n1.234.567;2\n3,25;1\n", NULL, 0, large,
                   "t.csv:2:1: \"1.234,5\" in column \"x\" is read as 1234.5",
                   GD_GUESS_DECIMAL_COMMA);
    assert_numbers("x,y\n\"1,234.5\",1\n\"1,234,567\",2\n3.25,1\n", NULL, 0, large,
                   "t.csv:2:1: \"1,234.5\" in column \"x\" is read as 1234.5", GD_GUESS_THOUSANDS);
    /* Both fit: by the delimiter, another column, the option, or what was so elsewhere. */
    assert_numbers("x,y\n1,1\n\"8,137\",2\n", NULL, 0, (const double[]){1, 8137},
                   "t.csv:3:1: \"8,137\" in column \"x\" is read as 8137", GD_GUESS_THOUSANDS);
    assert_numbers("x;y\n8,137;2\n", NULL, 0, (const double[]){8.137},
                   "t.csv:2:1: \"8,137\" in column \"x\" is read as 8.137", GD_GUESS_DECIMAL_COMMA);
    assert_numbers("x,y\n\"8,137\",\"1,5\"\n", NULL, 0, (const double[]){8.137},
                   "t.csv:2:1: \"8,137\" in column \"x\" and in 1 more column is read as 8.137",
                   GD_GUESS_DECIMAL_COMMA);
    assert_numbers("x;y\n8,137;1\n", &point, 0, (const double[]){8137}, NULL, GD_GUESS_THOUSANDS);
    assert_numbers("x,y\n\"8,137\",1\n", &comma, 0, (const double[]){8.137}, NULL,
                   GD_GUESS_THOUSANDS);
    assert_numbers("x,y\n\"8,137\",1\n", &likely_comma, 0, (const double[]){8.137},
                   "t.csv:2:1: \"8,137\" in column \"x\" is read as 8.137", GD_GUESS_DECIMAL_COMMA);
    assert_numbers("x,y\n1.234,1\n-12.345.678,1\n7,1\n", &comma, 0,
                   (const double[]){1234, -12345678, 7}, NULL, GD_GUESS_THOUSANDS);
    assert_numbers("x;y\n1.234;1\n1.5;2\n", NULL, 0, (const double[]){1.234, 1.5}, NULL,
                   GD_GUESS_THOUSANDS);
}

/* One cell that is no number leaves the column as it stands; so does a list of columns to keep. */
static void test_texts_with_commas(void **state)
{
    (void)state;
    static const char *const odd[] = {"12,34,5", "1,2345,678", "1,,5", ",",  "1,5,", "12%",
                                      "$8",      "n.a.",       "inf",  "5,", "1,5 m"};
    char text[128], buffer[32];
    for (size_t i = 0; i < sizeof odd / sizeof *odd; ++i) {
        snprintf(text, sizeof text, "x;y\n1,500;1\n%s;2\n", odd[i]);
        gd_table *t = must(text, &(gd_table_options){.decimal = i % 2 ? '.' : '\0'});
        assert_int_equal(gd_table_kind(t, 0), GD_COLUMN_TEXTS);
        assert_string_equal(gd_table_text(t, 0, 0, buffer), "1,500");
        assert_string_equal(gd_table_text(t, 1, 0, buffer), odd[i]);
        assert_true(isnan(gd_table_number(t, 1, 0)));
        assert_note(t, NULL, GD_GUESS_HEADER);
        gd_table_destroy(t);
    }
    gd_table *t = must("x;y\n1,5;1\nn.a.;2\n", &(gd_table_options){.decimal = ','});
    assert_true(gd_table_number(t, 0, 0) == 1.5 && isnan(gd_table_number(t, 1, 0)));
    gd_table_destroy(t);
    t = must("x;y\n1,5;1\n2,5;2\n", &(gd_table_options){.verbatim = "x"});
    assert_int_equal(gd_table_kind(t, 0), GD_COLUMN_TEXTS);
    assert_string_equal(gd_table_level(t, 0, 0), "1,5");
    gd_table_destroy(t);
    /* Different spellings of a number are one level; many numbers are no list. */
    t = must("x;y\n1,50;1\n1,5;2\n2;1\n", NULL);
    assert_int_equal(gd_table_level_count(t, 0), 2);
    assert_string_equal(gd_table_level(t, 0, 0), "1.5");
    gd_table_destroy(t);
    static char many[4000] = "x;y\n";
    for (int i = 0; i < 100; ++i)
        snprintf(many + strlen(many), 16, "%d,5;1\n", i);
    t = must(many, NULL);
    assert_int_equal(gd_table_level_count(t, 0), -1);
    for (int row = 0; row < 100; ++row)
        assert_true(gd_table_number(t, row, 0) == row + 0.5);
    gd_table_destroy(t);
    /* Commas may come after so many numbers that their list was given up: the file is read once
     * more. */
    snprintf(many, sizeof many, "x,y\n");
    for (int i = 0; i < 100; ++i)
        snprintf(many + strlen(many), 32, "%d.5,1\n", i);
    strcat(many, "\"1,000.5\",2\n");
    t = must(many, NULL);
    assert_int_equal(gd_table_kind(t, 0), GD_COLUMN_NUMBERS);
    assert_true(gd_table_number(t, 99, 0) == 99.5 && gd_table_number(t, 100, 0) == 1000.5);
    gd_table_destroy(t);
}

/* ---- delimiter ---- */

static void test_likely_delimiter(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        char likely, delimiter;
        int columns;
    } cases[] = {
        {"x\n1,5\n2,5\n", ';', ';', 1}, /* the line of names has none */
        {"a;b\n", '\0', ';', 2},        /* one line */
        {"a;b\n", '|', '|', 1},
        {"a;b\n", ',', ',', 1},
        {"a;b,c\nd;e,f\n", '\0', ';', 2}, /* both do */
        {"a;b,c\nd;e,f\n", ',', ',', 2},
        {"a;b|c\nd;e|f\n", ',', ';', 2}, /* two lines show another */
        {"a,b\nc;d,e\n", ';', ',', 2},
        {"a;b\nc\n", '\t', '\t', 1}, /* not equally often */
        {"a\n", '|', '|', 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        gd_table *t = must(cases[i].text, &(gd_table_options){.likely_delimiter = cases[i].likely});
        if (gd_table_delimiter(t) != cases[i].delimiter || gd_table_columns(t) != cases[i].columns)
            fail_msg("%zu: '%c', %d", i, gd_table_delimiter(t), gd_table_columns(t));
        gd_tensor *rows = gd_tensor_create(GD_I64, GD_DIMS(1));
        gd_table *taken = gd_table_rows(t) > 0 ? gd_table_take_rows(t, rows) : NULL;
        assert_true(taken == NULL || gd_table_delimiter(taken) == cases[i].delimiter);
        gd_table_destroy(taken);
        gd_tensor_destroy(rows);
        gd_table_destroy(t);
    }
    assert_null(read_text("a\n", &(gd_table_options){.likely_delimiter = 'x'}));
    assert_non_null(strstr(gd_message(), "found byte 0x78"));
    gd_table *t = must("@attribute a real\n@data\n1\n", NULL);
    assert_int_equal(gd_table_delimiter(t), '\0');
    gd_table_destroy(t);
}

/* ---- quotes ---- */

static void test_quoted(void **state)
{
    (void)state;
    char buffer[32];
    gd_table *t = must("c,n\n\"NA\",1\nNA,2\n\"?\",3\n,4\n\"\",NA\nNA,5\n", NULL);
    const char *const texts[] = {"NA", "", "?", "", "", ""};
    for (int row = 0; row < 6; ++row)
        assert_string_equal(gd_table_text(t, row, 0, buffer), texts[row]);
    assert_int_equal(gd_table_missing(t, 0), 4);
    assert_int_equal(gd_table_kind(t, 1), GD_COLUMN_NUMBERS);
    gd_table_destroy(t);
    /* A text that is named stands for nothing in quotes, too; an empty list leaves out the usual
     * ones. */
    t = must("c\n\"NA\"\nNA\n\"x\"\nx\n?\n", &(gd_table_options){.missing = "NA,x"});
    assert_int_equal(gd_table_missing(t, 0), 5);
    gd_table_destroy(t);
    t = must("c\nNA\nnull\n?\n", &(gd_table_options){.missing = ""});
    assert_int_equal(gd_table_missing(t, 0), 0);
    assert_int_equal(gd_table_level_count(t, 0), 3);
    gd_table_destroy(t);
    t = must("c\nNA\nnull\n-9\n", &(gd_table_options){.missing = ",-9"});
    assert_int_equal(gd_table_missing(t, 0), 1);
    gd_table_destroy(t);
    t = must("n\n\"5\"\n\"6.5\"\n", NULL); /* quoted numbers are numbers */
    assert_int_equal(gd_table_kind(t, 0), GD_COLUMN_NUMBERS);
    gd_table_destroy(t);
}

int guesses_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers), cmocka_unit_test(test_decimal_commas),
        cmocka_unit_test(test_texts_with_commas), cmocka_unit_test(test_likely_delimiter),
        cmocka_unit_test(test_quoted)};
    return cmocka_run_group_tests_name("guesses", tests, enter_folder, leave_folder);
}
