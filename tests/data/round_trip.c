/* Tables of odd cells, written in every format: what is read again is the same table, or the
 * writer refused before the first byte. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus/data.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const formats[] = {"csv", "tsv", "arff", "libsvm", "fasttext", "npy"};
enum { FORMATS = sizeof formats / sizeof *formats };

static const char *const texts[] = {"NA",
                                    "?",
                                    "null",
                                    "None",
                                    "nan",
                                    "N/A",
                                    " a",
                                    "a ",
                                    "a,b",
                                    "a;b",
                                    "a\tb",
                                    "a|b",
                                    "a b",
                                    "\"",
                                    "a\"b",
                                    "\"a\"",
                                    "'",
                                    "a'b",
                                    "\\",
                                    "a\\nb",
                                    "a\nb",
                                    "a\rb",
                                    "\r\n",
                                    "{",
                                    "}",
                                    "%",
                                    "#",
                                    "@data",
                                    "__label__x",
                                    "inf",
                                    "-inf",
                                    "infinity",
                                    "0x1f",
                                    "1e",
                                    "1_000",
                                    "\x01",
                                    "\x1b[31m",
                                    "\x7f",
                                    "\v",
                                    "\f",
                                    "a\x0b"
                                    "b",
                                    "\xc2\x80",
                                    "\xef\xbb\xbf"
                                    "a",
                                    "\xe6\x97\xa5",
                                    ":",
                                    "1:2",
                                    "-",
                                    "--",
                                    "=",
                                    "a=b"};
static const char *const numbers[] = {"1",
                                      "-0",
                                      "0.1",
                                      "1e40",
                                      "-1e40",
                                      "1e-40",
                                      "5e-324",
                                      "1.7976931348623157e308",
                                      "1e400",
                                      "-1e400",
                                      "007",
                                      "1.50",
                                      "123456789012345678",
                                      "",
                                      "3.4e38"};

/* One column of odd texts or numbers, one of plain ones, a class. */
static gd_table *make(char delimiter, const char *const *cells, int count, bool spelling)
{
    FILE *file = fopen("t.csv", "wb");
    fprintf(file, "odd%cplain%cy\n", delimiter, delimiter);
    for (int i = 0; i < count; ++i) {
        fputc('"', file);
        for (const char *at = cells[i]; *at != '\0'; ++at)
            fprintf(file, *at == '"' ? "\"\"" : "%c", *at);
        fprintf(file, "\"%c%d%c%s\n", delimiter, i % 5, delimiter, i % 2 ? "yes" : "no");
    }
    fclose(file);
    gd_table *t = gd_table_read("t.csv", &(gd_table_options){.delimiter = delimiter,
                                                             .header = GD_HEADER_YES,
                                                             .decimal = '.',
                                                             .spelling = spelling});
    if (t == NULL)
        fail_msg("%s", gd_message());
    return t;
}

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void assert_same(const gd_table *again, const gd_table *t, const char *format)
{
    char a[32], b[32];
    if (again == NULL)
        fail_msg("%s: %s", format, gd_message());
    assert_int_equal(gd_table_rows(again), gd_table_rows(t));
    assert_int_equal(gd_table_columns(again), gd_table_columns(t));
    for (int column = 0; column < gd_table_columns(t); ++column) {
        bool numbers_there = gd_table_kind(t, column) == GD_COLUMN_NUMBERS;
        for (int64_t row = 0; row < gd_table_rows(t); ++row) {
            const char *text = gd_table_text(t, row, column, a),
                       *found = gd_table_text(again, row, column, b);
            bool same = numbers_there ? same_number(gd_table_number(t, row, column),
                                                    gd_table_number(again, row, column))
                                      : strcmp(text, found) == 0;
            if (!same)
                fail_msg("%s: row %d: \"%s\" became \"%s\"", format, (int)row, text, found);
        }
    }
}

/* As any later command would read it, but for --header. */
static void assert_goes_round(const gd_table *t, const char *format, char delimiter)
{
    FILE *file = fopen("t", "wb");
    gd_status status = gd_table_write(t, file, format, NULL, delimiter);
    long size = ftell(file);
    fclose(file);
    if (status != GD_OK) {
        assert_int_equal(status, GD_ERROR_VALUE);
        assert_int_equal(size, 0);
        return;
    }
    bool sniffed = delimiter == ',' || delimiter == ';' || delimiter == '\t' || delimiter == '|';
    gd_table *again =
        gd_table_read("t", &(gd_table_options){.format = format,
                                               .header = GD_HEADER_YES,
                                               .decimal = '.',
                                               .delimiter = sniffed ? '\0' : delimiter});
    assert_same(again, t, format);
    gd_table_destroy(again);
}

static void test_delimiters(void **state)
{
    (void)state;
    static const char delimiters[] = {',', ';', '\t', '|', ' ', ':', '/', '=', '~'};
    for (size_t d = 0; d < sizeof delimiters; ++d)
        for (int kind = 0; kind < 2; ++kind) {
            gd_table *t =
                kind == 0 ? make(delimiters[d], texts, sizeof texts / sizeof *texts, true)
                          : make(delimiters[d], numbers, sizeof numbers / sizeof *numbers, true);
            assert_int_equal(gd_table_kind(t, 0), kind == 0 ? GD_COLUMN_TEXTS : GD_COLUMN_NUMBERS);
            assert_goes_round(t, "csv", delimiters[d]);
            gd_table_destroy(t);
        }
}

static void test_formats(void **state)
{
    (void)state;
    for (int f = 0; f < FORMATS; ++f)
        for (int spelling = 0; spelling < 2; ++spelling) {
            gd_table *t = make(',', texts, sizeof texts / sizeof *texts, spelling);
            assert_goes_round(t, formats[f], '\0');
            gd_table_destroy(t);
            t = make(',', numbers, sizeof numbers / sizeof *numbers, spelling);
            assert_goes_round(t, formats[f], '\0');
            gd_table_destroy(t);
        }
}

/* Each text by itself, where others do not hide it. */
static void test_each_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i)
        for (int f = 0; f < FORMATS; ++f) {
            const char *const cells[] = {texts[i], "x", texts[i], "y", ""};
            gd_table *t = make(',', cells, 5, true);
            assert_goes_round(t, formats[f], '\0');
            gd_table_destroy(t);
        }
}

int round_trip_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_delimiters),
                                       cmocka_unit_test(test_formats),
                                       cmocka_unit_test(test_each_text)};
    return cmocka_run_group_tests_name("round_trip", tests, enter_folder, leave_folder);
}
