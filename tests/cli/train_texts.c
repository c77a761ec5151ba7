/* Categories and classes that look like numbers: texts byte for byte, in the model, in what
 * predict says and in exports; and classes that are numbers, which are equal where their values
 * are. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* y is 1 of the first of each pair of spellings, whatever x is. */
static const char *const zips[] = {"01002", "1002", "007",   "7",    "7.0", "0x7", "1e3",
                                   "1000",  " 7",   "1,000", "+1",   "1",   "-0",  "0",
                                   "nan",   "inf",  "NA",    "0x10", "16",  "7 "};
enum { ZIPS = sizeof zips / sizeof *zips };

static void train_zips(const char *options)
{
    FILE *file = fopen("zip.csv", "w");
    fputs("zip,x,y\n", file);
    for (int i = 0; i < 160; ++i)
        fprintf(file, "\"%s\",%d,%d\n", zips[i % ZIPS], i % 7, i % 2 == 0);
    fclose(file);
    outcome o = run("gradus train zip.csv --model logreg -q -o m.st %s", options);
    if (o.code != CLI_OK)
        fail_msg("%s", o.err);
}

static void test_levels_are_texts(void **state)
{
    (void)state;
    train_zips("--categorical zip");
    json_t *model = run_json("gradus inspect m.st --json");
    json_t *levels =
        json_object_get(json_array_get(json_object_get(model, "columns"), 0), "levels");
    assert_int_equal(json_array_size(levels), ZIPS);
    for (size_t k = 0; k < ZIPS; ++k) {
        size_t i = 0;
        while (i < ZIPS && strcmp(json_string_value(json_array_get(levels, i)), zips[k]) != 0)
            ++i;
        assert_true(i < ZIPS);
    }
    json_decref(model);
    outcome o = run("gradus predict m.st zip.csv | sed 1d | head -%d | tr -d '\\n'", (int)ZIPS);
    assert_string_equal(o.out, "10101010101010101010");
    assert_string_equal(o.err, "");
    o = run("printf 'zip,x\\n\"01002\",3\\n0001002,3\\n' | gradus predict m.st");
    assert_says(o.err, "1 value was not seen in training");
}

/* A number that is a level by its text alone is none by its value, also where the column has too
 * many to be a list. */
static void test_many_numbers(void **state)
{
    (void)state;
    train_zips("--categorical zip");
    FILE *file = fopen("many.csv", "w");
    fputs("zip,x\n", file);
    for (int i = 0; i < 3000; ++i)
        fprintf(file, "%s,3\n", i % 2 == 0 ? "01002" : "1002");
    for (int i = 0; i < 3000; ++i)
        fprintf(file, "%d,3\n", 5000 + i);
    fclose(file);
    outcome o =
        run("gradus predict m.st many.csv | sed 1d | head -3000 | sort | uniq -c | tr -d ' \\n'");
    assert_string_equal(o.out, "1500015001");
    assert_says(o.err, "3000 values were not seen in training");
}

static void test_exports(void **state)
{
    (void)state;
    train_zips("--categorical zip");
    FILE *file = fopen("driver.c", "w");
    fputs("#include \"m.h\"\n#include <stdio.h>\nint main(void)\n{\n"
          "    static const char *const zips[] = {",
          file);
    for (int i = 0; i < ZIPS; ++i)
        fprintf(file, "%s\"%s\"", i > 0 ? ", " : "", zips[i]);
    fprintf(
        file,
        "};\n    for (int i = 0; i < %d; ++i) {\n"
        "        m_input row = {.zip = m_zip(zips[i]), .x = (float)(i %% 7)};\n"
        "        float p[M_OUTPUTS];\n        m_predict(&row, p);\n"
        "        printf(\"%%.5f\\n\", (double)p[1]);\n    }\n"
        "    return m_zip(\"001002\") == M_UNKNOWN && m_zip(\"7.00\") == M_UNKNOWN ? 0 : 1;\n}\n",
        (int)ZIPS);
    fclose(file);
    outcome o = run("gradus export m.st -o m.c >size && cc -std=c99 driver.c m.c -lm -o driver && "
                    "./driver >said");
    assert_int_equal(o.code, 0);
    o = run("gradus predict m.st zip.csv --prob | sed 1d | head -%d | cut -d, -f3 | "
            "while read p; do printf '%%.5f\\n' $p; done | paste -d, - said",
            (int)ZIPS);
    double ours, theirs;
    const char *line = o.out;
    for (int i = 0; i < ZIPS; ++i, line = strchr(line, '\n') + 1) {
        assert_int_equal(sscanf(line, "%lf,%lf", &ours, &theirs), 2);
        assert_true(fabs(ours - theirs) < 2e-5 && (i % 2 == 0) == (ours > 0.5));
    }
    assert_int_equal(run("gradus export m.st -o m.onnx").code, 0);
    for (int i = 0; i < ZIPS; ++i)
        assert_int_equal(run("grep -a -c -F -- '%s' m.onnx", zips[i]).code, 0);
}

/* ---- classes ---- */

static void train_classes(const char *classes, const char *options)
{
    FILE *file = fopen("y.csv", "w");
    fputs("x,y\n", file);
    for (int i = 0; i < 80; ++i) {
        char class[32];
        int skip = 0;
        for (int k = i % 4; k > 0; --k)
            skip += (int)strcspn(classes + skip, ",") + 1;
        snprintf(class, sizeof class, "%.*s", (int)strcspn(classes + skip, ","), classes + skip);
        fprintf(file, "%d,%s\n", i % 4, class);
    }
    fclose(file);
    outcome o = run("gradus train y.csv --model logreg -q -o m.st %s", options);
    if (o.code != CLI_OK)
        fail_msg("%s", o.err);
}

static void assert_classes(const char *table, const char *options, const char *expected)
{
    train_classes(table, options);
    json_t *model = run_json("gradus inspect m.st --json"),
           *classes = json_object_get(json_object_get(model, "target"), "classes");
    char text[128] = "";
    for (size_t i = 0; i < json_array_size(classes); ++i)
        strcat(strcat(text, i > 0 ? "," : ""), json_string_value(json_array_get(classes, i)));
    assert_string_equal(text, expected);
    json_decref(model);
    json_t *scores = run_json("gradus eval m.st y.csv --json");
    assert_true(number_at(scores, "rows") == 80);
    json_decref(scores);
}

static void test_classes_that_are_numbers(void **state)
{
    (void)state;
    assert_classes("0,1,0.0,1.0", "", "0,1");
    assert_classes("-0,0,1.00,1e0", "", "0,1e0"); /* the shortest texts stand for them */
    assert_classes("2,02,+3,3.0", "", "2,+3");
    assert_classes("0,1,0.0,1.0", "--categorical y", "0,0.0,1,1.0");
    assert_classes("007,7,7,007", "--categorical y", "007,7");
    assert_classes("0x10,16,0x10,16", "", "0x10,16");
    outcome o = run("printf 'x,y\\n1,16\\n1,16.0\\n' | gradus eval m.st - --json");
    assert_says(o.out, "{\"rows\": 1, "); /* where one is a text, so are all */
    assert_says(o.err, "standard input:3: \"16.0\" is not a class of the model");
    train_classes("0,1,0,1", "");
    write_file("more.csv", "x,y\n0,0.0\n1,1e0\n2,+0\n");
    json_t *scores = run_json("gradus eval m.st more.csv --json");
    assert_true(number_at(scores, "rows") == 3);
    json_decref(scores);
    o = run("gradus split y.csv --fractions 0.5,0.5 --out a.csv,b.csv --seed 1");
    assert_int_equal(o.code, CLI_OK);
}

int train_texts_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_are_texts), cmocka_unit_test(test_many_numbers),
        cmocka_unit_test(test_exports), cmocka_unit_test(test_classes_that_are_numbers)};
    return cmocka_run_group_tests_name("train_texts", tests, enter_folder, leave_folder);
}
