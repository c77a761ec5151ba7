/* Where a row is, in messages about tables without lines: "t.npy, row 3", counted as in the file.
 * */
#include "cli/cli.h"
#include "run.h"
#include "tests.h"

#include <stdio.h>
#include <string.h>

/* 40 rows a, b, y = a + 2 b of 0 and 1; row 5 with these numbers instead. */
static void write_table(const char *name, const char *fifth)
{
    char line[400];
    FILE *file = fopen("rows.csv", "w");
    assert_non_null(file);
    for (int i = 0; i < 40; ++i)
        if (i == 4)
            fprintf(file, "%s\n", fifth);
        else
            fprintf(file, "%d.5,%d,%d\n", i % 3, i % 2, i % 2);
    fclose(file);
    snprintf(line, sizeof line, "gradus convert --no-header rows.csv %s", name);
    outcome o = run("%s", line);
    if (o.code != 0)
        fail_msg("%s", o.err);
}

/* .npy of texts: rows of two of one byte. */
static void write_texts(const char *name, const char *cells)
{
    char head[129] = "\x93NUMPY\x01\x00\x76";
    int used =
        snprintf(head + 10, 118, "{'descr': '|S1', 'fortran_order': False, 'shape': (%d, 2), }",
                 (int)strlen(cells) / 2);
    memset(head + 10 + used, ' ', 117 - (size_t)used);
    head[127] = '\n';
    FILE *file = fopen(name, "wb");
    fwrite(head, 1, 128, file);
    fputs(cells, file);
    fclose(file);
}

static void assert_warns(const char *line, const char *message)
{
    outcome o = run("%s", line);
    if (o.code != 0)
        fail_msg("%s: %s", line, o.err);
    assert_says(o.err, message);
}

static void test_rows_of_numbers(void **state)
{
    (void)state;
    write_table("good.npy", "0.5,0,0");
    outcome o = run("gradus train good.npy -o m.st --model logreg --epochs 3 -q");
    if (o.code != 0)
        fail_msg("%s", o.err);
    write_table("t.npy", "0.5,0,7");
    assert_warns("gradus eval m.st t.npy",
                 "gradus: t.npy, row 5: \"7\" is not a class of the model");
    write_table("t.npy", "1e30,0,0");
    assert_warns("gradus predict m.st t.npy -o out.csv",
                 "gradus: t.npy, row 5: \"1e+30\" in column \"1\" is far outside");
    assert_warns("gradus train t.npy --model logreg --epochs 3",
                 " far beyond the others and cut off: 1e+30 in row 5 counts as ");
    write_table("t.npy", "0.5,-1,0");
    assert_fails(
        CLI_DATA, "gradus train t.npy --weight 2 --epochs 3 -q",
        "gradus: t.npy, row 5: the weight in column \"2\" must be a finite number of at least 0");
    write_table("t.npy", "0.5,,0");
    assert_fails(CLI_DATA, "gradus train t.npy --group 2 --epochs 3 -q",
                 "gradus: t.npy, row 5: the group in column \"2\" is missing");
    write_table("t.npy", "0.5,0,3");
    assert_fails(CLI_DATA, "gradus train t.npy --targets 2- --epochs 3 -q",
                 "gradus: t.npy, row 5: several targets must be 0 or 1");
    o = run("gradus train good.npy -o labels.st --targets 2- --epochs 3 -q");
    if (o.code != 0)
        fail_msg("%s", o.err);
    assert_fails(CLI_DATA, "gradus eval labels.st t.npy",
                 "gradus: t.npy, row 5: column \"3\": 0 or 1 is expected, found \"3\"");
}

/* Rows of weight 0 are left out, and those behind them are still counted as in the file. */
static void test_rows_left_out(void **state)
{
    (void)state;
    FILE *file = fopen("rows.csv", "w");
    for (int i = 0; i < 40; ++i)
        fprintf(file, "%s,%d,%d\n", i == 20 ? "1e30" : i % 2 ? "1.5" : "2.5", i >= 10, i % 2);
    fclose(file);
    assert_int_equal(run("gradus convert --no-header rows.csv t.npy").code, 0);
    assert_warns("gradus train t.npy --weight 2 --model logreg --epochs 3",
                 " cut off: 1e+30 in row 21 counts as ");
    assert_warns("gradus train rows.csv --no-header --weight 2 --model logreg --epochs 3",
                 " cut off: 1e30 in line 21 counts as ");
}

static void test_rows_of_texts(void **state)
{
    (void)state;
    char cells[121] = "";
    for (int i = 0; i < 60; ++i)
        snprintf(cells + 2 * i, 3, "%c%d", i == 6 ? '-' : '0' + i % 9, i % 2);
    write_texts("t.npy", cells);
    assert_says(run("gradus inspect t.npy").out,
                "\"-\" in row 7 is not; if it marks a missing value");
    assert_warns("gradus train t.npy --epochs 3", "\"-\" in row 7 is no number");
    assert_fails(CLI_DATA, "gradus train t.npy --numeric 1 --epochs 3 -q",
                 "gradus: t.npy, row 7: a number is expected in column \"1\", found \"-\"");
    cells[13] = '\xff';
    write_texts("t.npy", cells);
    assert_fails(CLI_DATA, "gradus inspect t.npy",
                 "gradus: t.npy, row 7: text in UTF-8 is expected, found byte 0xff");
}

int places_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows_of_numbers),
                                       cmocka_unit_test(test_rows_left_out),
                                       cmocka_unit_test(test_rows_of_texts)};
    return cmocka_run_group_tests_name("places", tests, enter_folder, leave_folder);
}
