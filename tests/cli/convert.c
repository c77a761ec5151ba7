/* gradus convert */
#include "cli/files/tables.h"
#include "run.h"
#include "tests.h"

#include <stdio.h>
#include <string.h>

static const char table[] = "name,\"a \"\"b\"\"\",n\n\"x, y\",1.0,007\n\" z\",2e0,\n";

static void test_texts_stay(void **state)
{
    (void)state;
    write_file("t.csv", table);
    outcome o = run("gradus convert t.csv u.csv");
    assert_int_equal(o.code, 0);
    assert_string_equal(o.out, "");
    assert_string_equal(o.err, "");
    assert_string_equal(read_file("u.csv"), table);
    assert_string_equal(run("gradus convert t.csv --to csv").out, table);
    assert_string_equal(run("gradus convert - - --to=csv <t.csv").out, table);
    assert_string_equal(run("gzip -c t.csv >t.csv.gz; gradus convert t.csv.gz --to csv").out,
                        table);
}

static void test_dialects(void **state)
{
    (void)state;
    write_file("t.csv", table);
    assert_string_equal(run("gradus convert t.csv --to tsv").out,
                        "name\t\"a \"\"b\"\"\"\tn\nx, y\t1.0\t007\n\" z\"\t2e0\t\n");
    assert_int_equal(
        run("gradus convert t.csv u.tsv && gradus convert u.tsv u.csv && cmp t.csv u.csv").code, 0);
    write_file("s.csv", "a;b\n1;-\n");
    assert_string_equal(run("gradus convert s.csv --to csv").out, "a,b\n1,-\n");
    assert_string_equal(run("gradus convert s.csv --to csv --delimiter ';'").out, "a;b\n1;-\n");
    assert_string_equal(run("gradus convert s.csv --to csv --missing=-").out, "a,b\n1,\n");
    assert_string_equal(run("gradus convert s.csv --to csv --delimiter ,").out,
                        "\"a;b\"\n\"1;-\"\n");
    assert_string_equal(run("gradus convert s.csv --to tsv --format csv --no-header").out,
                        "a\tb\n1\t-\n");
    write_file("h.csv", "1,2\n3,4\n");
    assert_string_equal(
        run("gradus convert h.csv --to csv --header | gradus convert - --to tsv --header").out,
        "1\t2\n3\t4\n");
    write_file("d.csv", "p;q\n1.234,5;1,500\n2;3\n"); /* numbers get points, whatever they had */
    assert_string_equal(run("gradus convert d.csv --to csv --decimal ,").out,
                        "p,q\n1234.5,1.500\n2,3\n");
    assert_string_equal(
        run("gradus convert d.csv --to csv 2>&1").out,
        "gradus: d.csv:2:1: \"1.234,5\" in column \"p\" and in 1 more column is read as 1234.5; "
        "--decimal . reads commas as thousands separators\np,q\n1234.5,1.500\n2,3\n");
}

/* A text of n bytes, the last of which may need quotes. */
static void put_long(FILE *file, int n, const char *quote, const char *last)
{
    fprintf(file, "a,b\n1,%s%0*d%s%s\n", quote, n - 1, 0, last, quote);
    fprintf(file, "2,\n3,\"?\"\n4,%s%0*d%s%s\n", quote, n - 1, 0, last, quote);
}

static void test_long_texts(void **state)
{
    (void)state;
    for (int n = 250; n < 260; ++n)
        for (int quoted = 0; quoted < 2; ++quoted) {
            FILE *file = fopen("t.csv", "w");
            assert_non_null(file);
            put_long(file, n, quoted ? "\"" : "", quoted ? "," : "x");
            assert_int_equal(fclose(file), 0);
            assert_int_equal(run("gradus convert t.csv u.csv && cmp t.csv u.csv").code, 0);
        }
}

static void assert_lists(const char *message, const char *formats)
{
    char list[256] = "among ", *to = list + strlen(list);
    for (const char *at = formats; *at != '\0'; ++at)
        to += *at == '|' ? sprintf(to, ", ") : sprintf(to, "%c", *at);
    strcpy(to, " is expected");
    assert_says(message, list);
}

/* --format and --to have exactly the library's formats, which its messages list. */
static void test_formats(void **state)
{
    (void)state;
    const char *formats = NULL, *written = NULL;
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o) {
        formats = strcmp(o->name, "format") == 0 ? o->accepts : formats;
        if (strcmp(o->name, "to") == 0 && (o->commands & CLI_CONVERT) != 0)
            written = o->accepts;
    }
    assert_null(gd_table_read("/dev/null", &(gd_table_options){.format = "?"}));
    assert_lists(gd_message(), formats);
    assert_false(gd_table_can_write("?"));
    assert_lists(gd_message(), written);
    assert_string_equal(gd_table_format_of("a/t.csv.gz"), "csv");
    assert_string_equal(gd_table_format_of("t.tsv"), "tsv");
    assert_string_equal(gd_table_format_of("train-images-idx3-ubyte.gz"), "idx");
    assert_string_equal(gd_table_format_of("a.arff"), "arff");
    assert_string_equal(gd_table_format_of("heart.svm"), "libsvm");
    assert_string_equal(gd_table_format_of("words.ft.gz"), "fasttext");
    assert_string_equal(gd_table_format_of("x.npy"), "npy");
    assert_string_equal(gd_table_format_of("x.npz"), "npz");
    assert_null(gd_table_format_of(".csv"));
    assert_null(gd_table_format_of("csv"));
    write_file("n.csv", "a,b,c\n1.5,2,0\n2.5,3,1\n");
    write_file("w.csv", "words,kind\na b,x\nc,y\n");
    for (const char *at = written; *at != '\0';) {
        size_t n = strcspn(at, "|");
        const char *in = strncmp(at, "fasttext", n) == 0 ? "w.csv" : "n.csv";
        outcome o = run("gradus convert %s --to %.*s", in, (int)n, at);
        if (o.code != CLI_OK)
            fail_msg("--to %s: %s", at, o.err);
        at += n + (at[n] == '|');
    }
}

static void test_refused(void **state)
{
    (void)state;
    write_file("t.csv", table);
    assert_fails(CLI_USAGE, "gradus convert", "gradus convert: IN is missing\n");
    assert_fails(CLI_USAGE, "gradus convert t.csv",
                 "gradus convert: --to is missing: standard output");
    assert_fails(CLI_USAGE, "gradus convert t.csv x.unknown",
                 "gradus convert: the name \"x.unknown\" does not determine the format to write\n");
    assert_fails(CLI_USAGE, "gradus convert t.csv x.csv.gz",
                 "gradus convert: \"x.csv.gz\" would not be compressed");
    assert_fails(CLI_USAGE, "gradus convert t.csv --to xml", "--to takes csv");
    assert_fails(CLI_USAGE, "gradus convert t.csv --to npz", "--to takes csv");
    assert_fails(CLI_USAGE, "gradus convert missing.csv x.npz", /* before anything is read */
                 "gradus convert: x.npz: a format among csv, tsv, arff, libsvm, fasttext, npy is "
                 "expected, found \"npz\"\n");
    assert_fails(CLI_USAGE,
                 "gradus split missing.csv --fractions 0.5,0.5 --out a.csv,x-images-idx3-ubyte",
                 "gradus split: x-images-idx3-ubyte: a format among csv, tsv, arff, libsvm, "
                 "fasttext, npy is expected, found \"idx\"\n");
    assert_fails(CLI_RUNTIME, "gradus convert t.csv no/x.csv",
                 "gradus: no/x.csv: No such file or directory\n");
    assert_fails(CLI_RUNTIME, "gradus convert . x.csv", "gradus: .: Is a directory\n");
    assert_fails(CLI_RUNTIME, "gradus convert t.csv --to csv >/dev/full",
                 "gradus: standard output: No space left on device\n");
    write_file("bad.csv", "a,b\n1,2\n3\n");
    assert_fails(CLI_DATA, "gradus convert bad.csv x.csv", "gradus: bad.csv:3:");
    assert_false(file_exists("x.csv"));
}

/* What is written is read back as the same table: delimiters that the reader might find, quotes,
 * blanks, control bytes, texts that stand for nothing unless they are quoted, numbers of any
 * size. */
static void test_written_and_read(void **state)
{
    (void)state;
    write_file("awkward.csv", "\"text;more\",\"__label__a\",n\n"
                              "\"w1;v1\",\"NA\",1e-40\n\"w2|v2\",\"?\",1e40\n\"\t\",\"nan\",-0.0\n"
                              "\" b \",\"\x1b\x7f\",5e-324\n\"a\"\"b\",\"x\ny\",\n\"'%{}\\\",,3\n");
    assert_int_equal(run("gradus convert awkward.csv 1.csv").code, 0);
    const char *const names[] = {"2.csv", "2.tsv", "2.arff"};
    for (int i = 0; i < 3; ++i) {
        outcome o = run("gradus convert 1.csv %s && gradus convert %s 3.csv && diff 1.csv 3.csv",
                        names[i], names[i]);
        if (o.code != 0)
            fail_msg("%s: %s%s", names[i], o.err, o.out);
    }
    outcome o = run("gradus inspect 1.csv --json");
    assert_says(o.out, "\"name\": \"text;more\"");
    assert_says(o.out, "\"NA\": 1");
}

int convert_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_and_read), cmocka_unit_test(test_texts_stay),
        cmocka_unit_test(test_dialects),         cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_formats),          cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("convert", tests, enter_folder, leave_folder);
}
