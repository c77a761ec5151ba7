/* Files that are no tables or models, or odd ones, as a user may have them: an exit code and a
 * message, nothing else. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <gradus.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables ---- */

static void test_malformed_tables(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *message;
    } cases[] = {
        {"a.csv", "", "a.csv:1:1: a table is expected, found the end of the file\n"},
        {"a.csv", "x,y\n", "a.csv: the table has no rows\n"},
        {"a.csv", "x,y\n1,2,3\n",
         "a.csv:2:4: 2 fields are expected, as the first line names columns"},
        {"a.csv", "x,y\n1\n", "a.csv:2:2: 2 fields are expected"},
        {"a.csv", "x,y\n1,\"a\n", "a.csv:2:3: "},
        {"a.csv", "x,y\n1,caf\xe9\n",
         "a.csv:2:6: text in UTF-8 is expected, found byte 0xe9 (iconv -f LATIN1"},
        {"a.csv", "x\xe9,y\n1,a\n", "a.csv:1:2: text in UTF-8 is expected, found byte 0xe9"},
        {"a.tsv", "x\ty\n1\n", "a.tsv:2:2: 2 fields are expected"},
        {"a.arff", "@relation r\n@attribute x numeric\n", "a.arff:"},
        {"a.arff", "@relation r\n@attribute x number\n@data\n1\n", "a.arff:"},
        {"a.arff", "@relation r\n@attribute x numeric\n@attribute y {a,b}\n@data\n1,c\n",
         "a.arff:5:3: "},
        {"a.arff", "@relation r\n@attribute x numeric\n@attribute y {a,b}\n@data\n{7 1}\n",
         "a.arff:5:"},
        {"a.gz", "\x1f\x8b\x08 this is not gzip", "a.gz: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char line[64];
        write_file(cases[i].name, cases[i].text);
        snprintf(line, sizeof line, "gradus train %s -o m.st", cases[i].name);
        assert_fails(CLI_DATA, line, cases[i].message);
    }
    assert_fails(CLI_RUNTIME, "gradus train . -o m.st", "gradus: .: Is a directory\n");
    assert_fails(CLI_RUNTIME, "gradus train none -o m.st",
                 "gradus: none: No such file or directory\n");
    assert_false(file_exists("m.st"));
}

static void test_odd_tables(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"x,y\n1,a\n", "the target \"y\" has only one value in all rows; expected at least two "
                       "different values\n"},
        {"x,y\n1,0.5\n", "t.csv: at least 2 rows with a target are needed\n"},
        {"x,y\n1,a\n2,a\n3,a\n", "the target \"y\" has only one value in all rows"},
        {"x,y\n1,\n2,?\n3,NA\n", "the target \"y\" has no value in any row"},
        {"y\na\nb\n", "t.csv: no column is left to use as a feature\n"},
        {"c,d,y\n1,,a\n1,,b\n1,,a\n1,,b\n",
         "t.csv: no column can be used as a feature (training rows: 3): \"c\": its values are not "
         "used: all are the same; \"d\": not used: it has no value in any row\n"},
        {"x;y\n0;1,5\n1;2,5\n2;1,75m\n", ""}, /* texts, here classes */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        write_file("t.csv", cases[i].text);
        if (cases[i].message[0] != '\0')
            assert_fails(CLI_DATA, "gradus train t.csv -o m.st", cases[i].message);
        else
            assert_fails(CLI_DATA, "gradus train t.csv -o m.st --task regression",
                         "t.csv:2: column \"y\": a number is expected, found \"1,5\"");
    }
    write_file("t.csv",
               "c,x,y\n1,1,a\n1,2,b\n1,1,a\n1,2,b\n1,1,a\n1,2,b\n"); /* one constant column */
    outcome o =
        run("gradus train t.csv -o m.st --model logreg --progress none --weight-decay 0.001");
    assert_int_equal(o.code, 0);
    assert_string_equal(o.err, "gradus: \"c\": its values are not used: all are the same\n");
    assert_string_equal(run("printf 'x\\n1\\n' | gradus predict m.st").out, "prediction\na\n");
}

static void test_ten_thousand_columns(void **state)
{
    (void)state;
    FILE *file = fopen("wide.csv", "w");
    for (int i = 0; i < 10000; ++i)
        fprintf(file, "c%d,", i);
    fputs("y\n", file);
    for (int row = 0; row < 12; ++row) {
        for (int i = 0; i < 10000; ++i)
            fprintf(file, "%d,", (row * 7919 + i * 104729) % 101);
        fputs(row % 2 ? "a\n" : "b\n", file);
    }
    fclose(file);
    outcome o = run("gradus train wide.csv -o m.st --model logreg -q --folds 2; "
                    "gradus predict m.st wide.csv");
    assert_string_equal(o.err, "");
    assert_string_equal(o.out, "prediction\nb\na\nb\na\nb\na\nb\na\nb\na\nb\na\n");
}

/* ---- models ---- */

static const char target[] =
    "{\"task\":\"binary\",\"columns\":[\"y\"],\"classes\":[\"no\",\"yes\"]}";

static char *read_bytes(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 16);
    *size = fread(bytes, 1, 1 << 16, file);
    fclose(file);
    return bytes;
}

static void write_bytes(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    fwrite(bytes, 1, size, file);
    fclose(file);
}

/* Where a byte is cut off or another the program ends as it should, with a message if it fails:
 * no signal, no silence. */
static void test_damaged_models(void **state)
{
    (void)state;
    size_t size;
    write_model("m.st", 1, target);
    write_file("t.csv", "x0\n1\n");
    char *bytes = read_bytes("m.st", &size);
    for (size_t at = 0; at < size; at += 61) {
        write_bytes("cut.st", bytes, at);
        assert_fails(CLI_DATA, "gradus predict cut.st t.csv", "gradus: cut.st");
        char kept = bytes[at];
        bytes[at] = (char)(kept ^ 0x11);
        write_bytes("odd.st", bytes, size);
        bytes[at] = kept;
        outcome o = run("gradus predict odd.st t.csv");
        if (o.code != CLI_OK && o.code != CLI_DATA)
            fail_msg("byte %zu: exit code %d: %s", at, o.code, o.err);
        assert_true(o.code == CLI_OK || o.err[0] != '\0');
    }
    free(bytes);
}

/* Saves a weight of 1 x 1 with a description. */
static void write_description(const char *description)
{
    float one = 1, none = 0;
    gd_tensor *w = gd_tensor_create_borrowed(GD_F32, &one, GD_DIMS(1, 1));
    gd_tensor *b = gd_tensor_create_borrowed(GD_F32, &none, GD_DIMS(1));
    const gd_named_tensor weights[] = {{"0.weight", w}, {"0.bias", b}};
    assert_int_equal(gd_safetensors_save("m.st", 2, weights, description != NULL,
                                         &(gd_metadata){"model", description}),
                     GD_OK);
    gd_tensor_destroy(w);
    gd_tensor_destroy(b);
}

#define TARGET "\"target\":{\"task\":\"binary\",\"columns\":[\"y\"],\"classes\":[\"a\",\"b\"]}"
#define NETWORK                                                                                    \
    "\"network\":{\"inputs\":1,\"hidden\":[],\"act\":\"relu\",\"dropout\":0,\"outputs\":1}"
#define ENCODER                                                                                    \
    "\"encoder\":{\"sparse\":false,\"columns\":[{\"name\":\"x0\",\"kind\":\"number\","             \
    "\"missing\":false,\"mean\":0,\"deviation\":1}],\"notes\":[]}"
#define REST "\"ids\":[],\"thresholds\":[0.5,0.5],\"shares\":[0.5,0.5],\"training\":{}"

static void test_descriptions(void **state)
{
    (void)state;
    static const struct {
        const char *description, *message;
    } cases[] = {
        {NULL, "not a model of gradus train: it has no description\n"},
        {"{", "its description: byte 1: "},
        {"[]", "invalid \"target\"\n"},
        {"{\"target\":3}", "invalid \"target\"\n"},
        {"{\"target\":{\"task\":\"binary\",\"columns\":[\"y\"],\"classes\":[\"a\"]}}",
         "invalid \"target\"\n"},
        {"{" TARGET "}", "invalid \"network\"\n"},
        {"{" TARGET ",\"network\":{\"inputs\":1,\"hidden\":[-3],\"act\":\"relu\",\"outputs\":1}}",
         "invalid \"network\"\n"},
        {"{" TARGET ",\"network\":{\"inputs\":1,\"hidden\":[],\"act\":\"exp\",\"outputs\":1}}",
         "invalid \"network\"\n"},
        {"{" TARGET "," NETWORK "}", "invalid \"encoder\""},
        {"{" TARGET "," NETWORK "," ENCODER "}", "the parts of its description do not match\n"},
        {"{" TARGET "," NETWORK "," ENCODER
         ",\"ids\":[],\"thresholds\":[0.5],\"shares\":[0.5,0.5],\"training\":{}}",
         "the parts of its description do not match\n"},
        {"{" TARGET "," NETWORK "," ENCODER
         ",\"ids\":[7],\"thresholds\":[0.5,0.5],\"shares\":[0.5,0.5],\"training\":{}}",
         "the parts of its description do not match\n"},
        {"{" TARGET ",\"network\":{\"inputs\":1,\"hidden\":[2147483647,2147483647],\"act\":"
         "\"relu\",\"dropout\":0,"
         "\"outputs\":1}," ENCODER "," REST "}",
         "its weights do not match its \"network\"\n"},
        {"{" TARGET "," NETWORK "," ENCODER "," REST ",\"missing\":[7]}",
         "the parts of its description do not match\n"},
        {"{" TARGET "," NETWORK "," ENCODER "," REST ",\"ids\":[]}", "its description: byte "},
    };
    write_file("t.csv", "x0,y\n1,a\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        write_description(cases[i].description);
        assert_fails(CLI_DATA, "gradus predict m.st t.csv", cases[i].message);
        assert_fails(CLI_DATA, "gradus eval m.st t.csv", "gradus: m.st: ");
        assert_fails(CLI_DATA, "gradus inspect m.st", "gradus: m.st: ");
    }
    write_description("{" TARGET "," NETWORK "," ENCODER "," REST "}");
    assert_string_equal(run("gradus predict m.st t.csv").out, "prediction\nb\n");
}

static void test_tables_and_models_swapped(void **state)
{
    (void)state;
    write_model("m.st", 1, target);
    write_file("t.csv", "x0,y\n1,yes\n");
    assert_fails(CLI_DATA, "gradus predict t.csv m.st", "gradus: t.csv: ");
    assert_fails(CLI_DATA, "gradus train m.st -o n.st", "gradus: m.st:1:");
    assert_fails(CLI_DATA, "gradus predict m.st m.st", "gradus: m.st:1:");
}

int hostile_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_malformed_tables),
                                       cmocka_unit_test(test_odd_tables),
                                       cmocka_unit_test(test_ten_thousand_columns),
                                       cmocka_unit_test(test_damaged_models),
                                       cmocka_unit_test(test_descriptions),
                                       cmocka_unit_test(test_tables_and_models_swapped)};
    return cmocka_run_group_tests_name("hostile", tests, enter_folder, leave_folder);
}
