/* What comes from files and is shown, exported or believed. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <math.h>
#include <string.h>

/* Nothing that a terminal obeys but the newline, in either spelling: C0 and DEL as bytes, C1 as
 * UTF-8. */
static void assert_harmless(const char *line)
{
    outcome o = run("{ %s; } 2>&1", line);
    for (const char *c = o.out; *c != '\0'; ++c)
        if (((unsigned char)*c < ' ' && *c != '\n') || *c == 0x7f ||
            ((unsigned char)c[0] == 0xc2 && (unsigned char)c[1] < 0xa0))
            fail_msg("%s: byte 0x%02x: %s", line, (unsigned)(unsigned char)*c, o.out);
    if (strstr(o.out, "1b") == NULL)
        fail_msg("%s: the escape is not shown: %s", line, o.out);
}

static void test_control_bytes(void **state)
{
    (void)state;
    write_file("evil.csv",
               "x\x1b]52;c;eA==\a,c\xc2\x9b,y\n1,a\x1b[2J,\x1bp\n2,b\x7f,q\n3,a\x1b[2J,\x1bp\n"
               "4,b\x7f,q\n5,a\x1b[2J,\x1bp\n6,b\x7f,q\n7,a\x1b[2J,\x1bp\n8,b\x7f,q\n");
    assert_harmless("gradus inspect evil.csv");
    assert_harmless("gradus inspect evil.csv --json");
    assert_harmless("gradus train evil.csv --model logreg --epochs 1 --folds 2 -o e.st "
                    "--progress plain --log \"$(printf 'l\\033x')\"");
    assert_harmless("gradus inspect e.st");
    assert_harmless("gradus eval e.st evil.csv");
    assert_harmless("gradus eval e.st \"$(printf 'no\\033such')\"");
    assert_harmless("gradus plot --ascii \"$(printf 'l\\033x')\" l*x");
    assert_harmless("gradus predict e.st evil.csv --passthrough \"$(printf 'no\\033such')\"");
    assert_harmless("gradus \"$(printf 'no\\033such')\"");
    assert_harmless("gradus train \"$(printf -- '--no\\033such')\"");
    assert_harmless("gradus eval e.st evil.csv --report e.html && sed -n '/<body>/,$p' e.html");
    assert_harmless(
        "gradus train evil.csv --model logreg --epochs 1 --folds 2 -q --report e.html && "
        "sed -n '/<body>/,$p' e.html");
    assert_harmless("gradus plot \"$(printf 'l\\033x')\"");
}

/* A line of text stays one line, whatever a name, class, cell or path has in it; and so does one
 * in a page. */
static void test_newlines(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "inspect nl.csv",
        "train nl.csv --model logreg --epochs 1 --folds 2 -o nl.st",
        "inspect nl.st",
        "eval nl.st nl.csv",
        "predict nl.st few.csv",
        "eval nl.st \"$(printf 'a\\nforged')\"",
        "export nl.st -o \"$(printf 'nowhere\\nforged/a.onnx')\"",
        "\"$(printf 'a\\nforged')\"",
        "train --model \"$(printf 'a\\nforged')\"",
        "predict nl.st nl.csv --passthrough \"$(printf 'a\\nforged')\"",
    };
    write_file("nl.csv",
               "\"x\nforged\",\"c\nforged\",\"y\nforged\"\n1,\"a\nforged\",\"p\nforged\"\n"
               "2,b,q\n3,\"a\nforged\",\"p\nforged\"\n4,b,q\n5,\"a\nforged\",\"p\nforged\"\n"
               "6,b,q\n7,\"a\nforged\",\"p\nforged\"\n8,b,q\n");
    write_file("few.csv", "z\n1\n");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; ++i) {
        outcome o = run("gradus %s 2>&1", lines[i]);
        if (strstr(o.out, "\\x0aforged") == NULL || strstr(o.out, "\nforged") != NULL)
            fail_msg("%s: %s", lines[i], o.out);
    }
    assert_int_equal(run("gradus eval nl.st nl.csv --report nl.html").code, 0);
    assert_says(read_file("nl.html"), "c\\x0aforged");
    assert_null(strstr(read_file("nl.html"), "\nforged"));
    run("printf '{\"stage\": \"a\", \"epoch\": 1, \"train_loss\": 1}\\n' > \"$(printf "
        "'l\\nforged')\"");
    assert_says(run("gradus plot l*forged").out, "l\\x0aforged");
    assert_null(strstr(run("gradus plot l*forged; gradus plot --ascii l*forged").out, "\nforged"));
}

/* inf and numbers beyond float: said, or refused before anything is written. */
static void test_large_numbers(void **state)
{
    (void)state;
    gd_tensor *x =
        gd_tensor_create_from_data(GD_F64, (const double[]){INFINITY, 3, 4}, GD_DIMS(3, 1));
    assert_int_equal(gd_tensor_save_npy("inf.npy", x), GD_OK);
    gd_tensor_destroy(x);
    assert_says(run("gradus inspect inf.npy").out, "3 .. inf, mean inf");
    assert_says(run("gradus inspect inf.npy --json").out,
                "\"min\": 3.0, \"max\": null, \"mean\": null");
    write_file("big.csv", "x,y\n1,1e40\n2,2e40\n3,3e40\n4,4e40\n5,5e40\n6,6e40\n7,7e40\n8,8e40\n");
    assert_int_equal(
        run("gradus train big.csv --model logreg --epochs 2 --task regression -o big.st").code, 0);
    assert_fails(CLI_DATA, "gradus export big.st -o big.c",
                 "gradus: the numbers of \"y\" exceed the range of float\n");
    assert_false(file_exists("big.c") || file_exists("big.h"));
}

/* Classes, targets and thresholds of a model are as training would have them. */
static void test_models(void **state)
{
    (void)state;
    write_file("t.csv", "x0,x1\n1,2\n");
    write_model("good.st", 2, "{\"task\":\"multilabel\",\"columns\":[\"a\",\"b\"]}");
    assert_int_equal(run("gradus predict good.st t.csv").code, 0);
    write_model("m.st", 2, "{\"task\":\"multilabel\",\"columns\":[\"a\",\"a\"]}");
    assert_fails(CLI_DATA, "gradus predict m.st t.csv", "invalid \"target\"\n");
    write_model("m.st", 2,
                "{\"task\":\"multiclass\",\"columns\":[\"y\"],\"classes\":[\"a\",\"a\"]}");
    assert_fails(CLI_DATA, "gradus predict m.st t.csv", "invalid \"target\"\n");
    const char *const wrong[] = {" -5", "9e9", "1.5"}; /* as long as what they replace */
    for (int i = 0; i < 3; ++i) {
        assert_int_equal(run("sed 's/0[.]5, *0[.]5/%s,0.5/' good.st >m.st; [ $(wc -c <m.st) = $(wc "
                             "-c <good.st) ] "
                             "|| sed 's/0[.]5, *0[.]5/%s, 0.5/' good.st >m.st",
                             wrong[i], wrong[i])
                             .code,
                         0);
        assert_fails(CLI_DATA, "gradus predict m.st t.csv",
                     "gradus: m.st: the parts of its description do not match\n");
    }
}

/* The program starts itself anew for OpenBLAS: not where the dynamic linker has started it, nor
 * where that changes nothing. */
static void test_start(void **state)
{
    (void)state;
    write_file("s.csv", "x,y\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n7,a\n8,b\n");
    outcome o =
        run("linker=$(ls /lib64/ld-linux*.so.2 /lib/ld-linux*.so.1 2>/dev/null | head -n 1);"
            "unset OPENBLAS_NUM_THREADS OPENBLAS_CORETYPE; [ -z \"$linker\" ] || "
            "\"$linker\" \"$BUILD\"/gradus train s.csv --model logreg --epochs 1 --folds 2 -q");
    if (o.code != 0)
        fail_msg("%d: %s", o.code, o.err);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* which must come first */
    write_file("setenv.c", "int setenv(const char *name, const char *value, int replace);\n"
                           "int setenv(const char *name, const char *value, int replace)\n"
                           "{\n    (void)name, (void)value, (void)replace;\n    return -1;\n}\n");
    o = run("cc -shared -fPIC setenv.c -o setenv.so && unset OPENBLAS_NUM_THREADS && "
            "LD_PRELOAD=./setenv.so timeout -k 1 60 gradus train s.csv --model logreg --epochs 1 "
            "--folds 2 -q");
    if (o.code != 0)
        fail_msg("without setenv: %d: %s", o.code, o.err);
#endif
}

int untrusted_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_control_bytes),
                                       cmocka_unit_test(test_newlines),
                                       cmocka_unit_test(test_large_numbers),
                                       cmocka_unit_test(test_models), cmocka_unit_test(test_start)};
    return cmocka_run_group_tests_name("untrusted", tests, enter_folder, leave_folder);
}
