/* gradus split */
#include "cli/cli.h"
#include "run.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 100 rows of the classes a (60), b (30), c (10), in no order; groups of 5 rows. */
static int make_table(void **state)
{
    if (enter_folder(state) != 0)
        return -1;
    FILE *file = fopen("t.csv", "w");
    assert_non_null(file);
    fputs("row,group,amount,class\n", file);
    for (int i = 0; i < 100; ++i)
        fprintf(file, "%d,g%d,%d.50,%c\n", i, i / 5, i * 37 % 101, "aaaaaabbbc"[i * 7 % 10]);
    return fclose(file) == 0 ? 0 : -1;
}

static int count(const char *command)
{
    return atoi(run("%s", command).out);
}

static void assert_splits(const char *arguments)
{
    outcome o = run("gradus split t.csv %s", arguments);
    if (o.code != CLI_OK)
        fail_msg("%s: %s", arguments, o.err);
    assert_string_equal(o.out, "");
}

/* Every row of the table is in one of the files, whole, and the files' rows are in the table's
 * order. */
static void assert_partition(const char *files)
{
    assert_int_equal(
        run("for f in %s; do head -n 1 $f; done | sort -u >h; head -n 1 t.csv | cmp - h", files)
            .code,
        0);
    assert_int_equal(
        run("tail -n +2 -q %s | sort >x; tail -n +2 t.csv | sort | cmp - x", files).code, 0);
    assert_int_equal(run("for f in %s; do tail -n +2 $f | sort -nc || exit 1; done", files).code,
                     0);
}

static void test_stratified(void **state)
{
    (void)state;
    assert_splits("--fractions 0.7,0.2,0.1 --out a.csv,b.csv,c.csv");
    assert_partition("a.csv b.csv c.csv");
    assert_int_equal(count("grep -c ,a$ a.csv"), 42);
    assert_int_equal(count("grep -c ,b$ a.csv"), 21);
    assert_int_equal(count("grep -c ,c$ a.csv"), 7);
    assert_int_equal(count("grep -c ,a$ b.csv"), 12);
    assert_int_equal(count("grep -c ,b$ b.csv"), 6);
    assert_int_equal(count("grep -c ,c$ b.csv"), 2);
    assert_int_equal(count("grep -c ,c$ c.csv"), 1);
}

static void test_says_how_many(void **state)
{
    (void)state;
    outcome o = run("gradus split t.csv --fractions 0.5,0.25 --out a.csv,b.csv");
    assert_int_equal(o.code, 0);
    assert_string_equal(o.err,
                        "a.csv: 50 rows\nb.csv: 25 rows\n"); /* of the classes 15, 7.5 and 2.5 */
    assert_int_equal(count("cat a.csv b.csv | sort | uniq -d | wc -l"), 1); /* the header */
}

static void test_seed(void **state)
{
    (void)state;
    assert_splits("--fractions 0.5,0.5 --out a.csv,b.csv --seed 7");
    assert_splits("--fractions 0.5,0.5 --out c.csv,d.csv --seed=7");
    assert_splits("--fractions 0.5,0.5 --out e.csv,f.csv");
    assert_int_equal(run("cmp a.csv c.csv && cmp b.csv d.csv && ! cmp -s a.csv e.csv").code, 0);
}

static void test_target(void **state)
{
    (void)state;
    /* By amount, a real number, rows are split without classes: 50 of 100 all the same. */
    assert_splits("--fractions 0.5,0.5 --out a.csv,b.csv --target amount");
    assert_partition("a.csv b.csv");
    assert_int_equal(count("wc -l <a.csv"), 51);
    assert_splits("--fractions 0.5,0.5 --out a.csv,b.csv --target 4");
    assert_int_equal(count("grep -c ,c$ a.csv"), 5);
    assert_splits("--fractions 0.5,0.5 --out a.csv,b.csv --targets amount,class");
    assert_partition("a.csv b.csv");
}

static void test_group(void **state)
{
    (void)state;
    assert_splits("--fractions 0.6,0.2,0.2 --group group --out a.csv,b.csv,c.csv");
    assert_partition("a.csv b.csv c.csv");
    assert_int_equal(count("wc -l <a.csv"), 61);
    assert_int_equal(count("wc -l <b.csv"), 21);
    assert_string_equal(
        run("for f in a b c; do tail -n +2 $f.csv | cut -d, -f2 | sort -u; done | sort | uniq -d")
            .out,
        "");
}

static void test_missing_target(void **state)
{
    (void)state;
    FILE *file = fopen("m.csv", "w");
    assert_non_null(file);
    fputs("x,y\n", file);
    for (int i = 0; i < 80; ++i)
        fprintf(file, "%d,%s\n", i, i % 4 < 2 ? "" : i % 4 == 2 ? "p" : "q");
    assert_int_equal(fclose(file), 0);
    assert_int_equal(run("gradus split m.csv --fractions 0.5,0.5 --out a.csv,b.csv").code, 0);
    assert_int_equal(count("grep -c ',$' a.csv"), 20); /* a class of its own */
    assert_int_equal(count("grep -c ',p$' a.csv"), 10);
}

static void test_formats(void **state)
{
    (void)state;
    write_file("m.csv", "x;y\n1.0;r\n\"2,\";p\n03;q\n04;r\n5;p\n6;q\n");
    assert_int_equal(
        run("gradus split m.csv --fractions 0.5,0.5 --out a.tsv,b.csv --delimiter ';'").code, 0);
    assert_string_equal(run("head -qn 1 a.tsv b.csv").out, "x\ty\nx;y\n");
    assert_string_equal(
        run("(tail -n +2 a.tsv | tr '\\t' ';'; tail -n +2 b.csv) | tr -d '\"' | sort").out,
        "03;q\n04;r\n1.0;r\n2,;p\n5;p\n6;q\n");
}

static void test_refused(void **state)
{
    (void)state;
    assert_fails(CLI_USAGE, "gradus split t.csv", "gradus split: --fractions is missing\n");
    assert_fails(CLI_USAGE, "gradus split t.csv --fractions 0.5",
                 "gradus split: --out is missing\n");
    assert_fails(CLI_USAGE, "gradus split --fractions 0.5 --out x.csv",
                 "gradus split: DATA is missing\n");
    assert_fails(CLI_USAGE, "gradus split t.csv --fractions 0.8,0.3 --out x.csv,y.csv",
                 "--fractions must sum to at most 1, not \"0.8,0.3\"");
    assert_fails(CLI_USAGE, "gradus split t.csv --fractions 0.8,0.2 --out x.csv",
                 "--fractions are 2, but --out names 1 files");
    assert_fails(CLI_USAGE, "gradus split t.csv --fractions 0.5,0.5 --out x.csv,x.csv",
                 "--out names \"x.csv\" twice");
    assert_fails(CLI_USAGE, "gradus split t.csv --fractions 0.5,0.5 --out x.csv,y",
                 "the name \"y\" does not determine the format to write");
    assert_fails(CLI_DATA, "gradus split t.csv --fractions 0.5 --out x.csv --target clas",
                 "\"class\"");
    assert_fails(CLI_DATA, "gradus split t.csv --fractions 0.5 --out x.csv --target '*'",
                 "gradus: --target takes one column; \"*\" are 4\n");
    assert_fails(CLI_DATA, "gradus split t.csv --fractions 0.001,0.5 --out x.csv,y.csv",
                 "gradus: t.csv: too few rows for a fraction of 0.001\n");
    assert_fails(CLI_RUNTIME, "gradus split no.csv --fractions 0.5 --out x.csv",
                 "gradus: no.csv: No such file or directory\n");
    assert_fails(CLI_RUNTIME, "gradus split t.csv --fractions 0.5,0.5 --out x.csv,no/y.csv",
                 "gradus: no/y.csv: No such file or directory\n");
    assert_false(file_exists("x.csv")); /* all files, or none */
    assert_string_equal(run("ls -A | grep tmp").out, "");
}

static void test_table_options(void **state)
{
    (void)state;
    write_file("t.txt", "1;2.5\n-;4.5\n5;6.5\n7;8.5\n");
    outcome o = run("gradus split t.txt --format csv --delimiter ';' --missing - --no-header "
                    "--fractions 0.5,0.5 --out a.csv,b.csv; LC_ALL=C sort a.csv b.csv");
    assert_int_equal(o.code, 0);
    assert_string_equal(o.out, "1;2.5\n5;6.5\n7;8.5\n;4.5\n");
    o = run("gradus split t.txt --delimiter ';' --header --fractions 0.4,0.6 --out a.csv,b.csv; "
            "head -qn 1 a.csv b.csv; cat a.csv b.csv | wc -l");
    assert_string_equal(o.out, "1;2.5\n1;2.5\n5\n");
    write_file("d.csv", "p;q\n1,500;a\n2,500;b\n1,500;a\n2,500;b\n");
    o = run("gradus split d.csv --decimal , --fractions 0.5,0.5 --out a.csv,b.csv; cat a.csv b.csv "
            "| sort");
    assert_string_equal(o.out, "1.500,a\n1.500,a\n2.500,b\n2.500,b\np,q\np,q\n");
}

int split_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stratified), cmocka_unit_test(test_says_how_many),
        cmocka_unit_test(test_seed),       cmocka_unit_test(test_target),
        cmocka_unit_test(test_group),      cmocka_unit_test(test_missing_target),
        cmocka_unit_test(test_formats),    cmocka_unit_test(test_table_options),
        cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("split", tests, make_table, leave_folder);
}
