/* gradus export: what is written is compiled, run, and compared with gradus predict. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <gradus.h>

#include <stdlib.h>
#include <string.h>

#define STRICT "cc -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror "

static void runs(const char *line)
{
    outcome o = run("%s", line);
    if (o.code != CLI_OK)
        fail_msg("%s: exit code %d: %s%s", line, o.code, o.out, o.err);
}

/* m.st becomes m.c, which is compiled and passes its own test. */
static void export_c(const char *options)
{
    char line[256];
    snprintf(line, sizeof line, "gradus export m.st -o m.c %s >report", options);
    runs(line);
    runs(STRICT "-DM_SELF_TEST m.c -lm -o self && ./self");
}

/* A program that says what m.c does of the first columns of t.csv: numbers, or NAN where a field
 * is empty; "2=m_c,3=" makes column 2 levels by m_c() and leaves column 3 a text. */
static void write_driver(int columns, const char *calls)
{
    outcome o =
        run("awk -F, -v n=%d -v list='%s' '"
            "BEGIN { count = split(list, item, \",\"); for (i = 1; i <= count; ++i) {"
            "split(item[i], part, \"=\"); call[part[1]] = part[2] } }"
            "NR == 1 { print \"#include \\\"m.h\\\"\\n#include <math.h>\\n#include <stdio.h>\\n"
            "int main(void)\\n{\\nm_input rows[] = {\"; next }"
            "{ printf \"{\"; for (i = 1; i <= n; ++i)"
            "if (i in call) printf \"%%s(\\\"%%s\\\"), \", call[i], $i;"
            "else printf \"%%s, \", $i == \"\" ? \"NAN\" : $i;"
            "print \"},\" }"
            "END { print \"};\\nfor (unsigned i = 0; i < sizeof rows / sizeof *rows; ++i) {\\n"
            "float p[M_OUTPUTS];\\nm_predict(&rows[i], p);\\n"
            "for (int j = 0; j < M_OUTPUTS; ++j)\\n"
            "printf(\\\"%%s%%.9g\\\", j > 0 ? \\\",\\\" : \\\"\\\", (double)p[j]);\\n"
            "puts(\\\"\\\");\\n}\\nreturn 0;\\n}\" }' t.csv >driver.c",
            columns, calls);
    assert_string_equal(o.err, "");
}

/* The program says what predict does, to 1e-5; of numbers, of what they may be. */
static void assert_predicts(const char *options)
{
    runs("cc -std=gnu99 -O1 driver.c m.c -lm -o driver && ./driver >said");
    outcome o = run(
        "gradus predict m.st t.csv %s | tail -n +2 >expected;"
        "awk -F, 'NR == FNR { n = split($0, row, \",\"); for (i = 1; i <= n; ++i) a[FNR, i] = "
        "row[i];"
        "lines = FNR; next } { ++seen; for (i = 0; i < n; ++i) { x = $(NF - i); y = a[FNR, n - i];"
        "d = x - y; if (d < 0) d = -d; s = x < 0 ? -x : x; if (s < 1) s = 1;"
        "if (!(d <= 1e-5 * s)) print FNR \": \" x \" and \" y } }"
        "END { if (seen != lines || n == 0) print \"rows: \" seen \" and \" lines }' said expected",
        options);
    assert_string_equal(o.err, "");
    assert_string_equal(o.out, "");
}

static void test_iris(void **state)
{
    (void)state;
    runs("cp " SH_DATA "/iris.csv t.csv;"
         "gradus train t.csv -q -o m.st --model mlp --hidden 8,5 --act tanh --epochs 3");
    export_c("");
    write_driver(4, "");
    assert_predicts("--prob");
    assert_says(read_file("report"), "m.c, m.h: ");
}

static void test_two_classes(void **state)
{
    (void)state;
    runs("cp " SH_DATA "/breast_cancer.csv t.csv; gradus train t.csv -q -o m.st --model logreg");
    export_c("");
    write_driver(30, "");
    assert_predicts("--prob");
}

static void test_labels(void **state)
{
    (void)state;
    runs("gzip -dc " SH_DATA "/yeast.csv.gz | head -100 >t.csv;"
         "gradus train t.csv --targets 'label*' -q -o m.st --model mlp --hidden 16 --epochs 2");
    export_c("");
    write_driver(103, "");
    runs("gradus predict m.st t.csv --prob | cut -d, -f15- >p");
    assert_predicts("--prob | cut -d, -f15-");
}

static void test_categories_and_missing(void **state)
{
    (void)state;
    write_two_classes("all.csv", 120);
    runs("awk -F, -v OFS=, 'NR % 7 == 0 { $2 = \"\" } { print }' all.csv >t.csv;"
         "gradus train t.csv -q -o m.st --model mlp --hidden 4 --epochs 3; printf "
         "'0.5,-1,violet,no\\n' >>t.csv");
    export_c("");
    write_driver(3, "3=m_c");
    assert_predicts("--prob 2>/dev/null");
    assert_fails(1, "cc -ffast-math -c m.c", "error: #error missing numbers are NaN");
    export_c("--no-libm"); /* needs nothing of the C library */
    runs("cc -O1 -c m.c -o m.o && nm -u m.o >undefined && ! grep . undefined");
    assert_says(read_file("m.h"), "    M_C_RED = 2, /* \"red\" */\n");
    assert_says(read_file("m.h"), "enum { M_MISSING = -1, M_UNKNOWN = -2 };\n");
}

/* Columns, classes and categories of every delimiter, quote and control byte; numbers at the ends
 * of float, a cell of 1e40. */
static void test_hostile_table(void **state)
{
    (void)state;
    static const char *const texts[] = {"x,y",
                                        "p;q|r\t",
                                        "\"\"",
                                        "'\\",
                                        "\x02\x1b]52;c\x7f",
                                        "?\?/ %d%s",
                                        "\xe2\x80\xa8\xc2\x85",
                                        "NA",
                                        "1e5",
                                        "007",
                                        " lead ",
                                        "*/ //",
                                        "two\nlines",
                                        "\r"};
    enum { TEXTS = sizeof texts / sizeof *texts };
    FILE *file = fopen("t.csv", "w");
    fputs("\"a,b;c|d\te\",\"q\"\"uo'te\\\",\"\x01\x1b[31m\x7f\",\"\n?%s?"
          "?/*/\"\n",
          file);
    for (int i = 0; i < 280; ++i)
        fprintf(file, "\"%s\",%s,%d.%d,\"%s\"\n", texts[i % TEXTS],
                i == 9       ? "1e40"
                : i % 7 == 0 ? "1e-40"
                : i % 5 == 0 ? ""
                             : "0.5",
                i % 9, i % 4, texts[(i % TEXTS + i / 100) % 3]);
    fclose(file);
    static const char *const models[] = {"logreg", "mlp --hidden 6 --epochs 3"};
    for (int k = 0; k < 2; ++k) {
        outcome o = run("gradus train t.csv -q -o m.st --missing '' --model %s", models[k]);
        assert_int_equal(o.code, CLI_OK);
        export_c("");
        assert_says(read_file("report"), "m.c, m.h: ");
        json_t *model = run_json("gradus inspect m.st --json");
        json_t *classes = json_object_get(json_object_get(model, "target"), "classes");
        for (size_t c = 0; c < 3; ++c) {
            const char *text = json_string_value(json_array_get(classes, c));
            assert_true(strcmp(text, "x,y") == 0 || strcmp(text, "p;q|r\t") == 0 ||
                        strcmp(text, "\"") == 0);
        }
        json_decref(model);
    }
}

/* Numbers far out are cut off as by predict, infinite ones, too. */
static void test_cut_off(void **state)
{
    (void)state;
    write_numbers("n.csv", 60);
    runs("gradus train n.csv -q -o m.st --model logreg");
    export_c("");
    write_file("driver.c", "#include \"m.h\"\n#include <math.h>\n#include <stdio.h>\n"
                           "int main(void)\n{\n"
                           "    const float x[] = {1e30f, -1e30f, INFINITY, -INFINITY, 2.0f};\n"
                           "    for (int i = 0; i < 5; ++i) {\n"
                           "        m_input in = {.x = x[i]};\n        float y;\n"
                           "        m_predict(&in, &y);\n        printf(\"%.3f\\n\", (double)y);\n"
                           "    }\n    return 0;\n}\n");
    write_file("t.csv", "x\n1e30\n-1e30\n1e400\n-1e400\n2\n");
    outcome o = run("cc -std=c99 driver.c m.c -lm -o driver && ./driver >said; gradus predict m.st "
                    "t.csv | sed 1d | "
                    "while read y; do printf '%%.3f\\n' $y; done | cmp - said");
    if (o.code != 0)
        fail_msg("%s%s", o.out, o.err);
    assert_string_equal(o.err, "gradus: t.csv:2: \"1e30\" in column \"x\" is far outside the range "
                               "seen in training and is clipped (numbers clipped: 4)\n");
}

static void test_activations_and_no_libm(void **state)
{
    (void)state;
    write_numbers("t.csv", 60);
    for (int i = 0; i < 6; ++i) {
        const char *act =
            (const char *const[]){"relu", "tanh", "sigmoid", "gelu", "silu", "softplus"}[i];
        outcome o = run(
            "gradus train t.csv -q -o m.st --model mlp --hidden 5,4,3 --epochs 2 --act %s", act);
        assert_int_equal(o.code, CLI_OK);
        for (int own = 0; own < 2; ++own) {
            export_c(own ? "--no-libm" : "");
            write_driver(1, "");
            assert_predicts("");
            o = run("sed '/ifdef M_SELF_TEST/q' m.c | grep math.h");
            assert_int_equal(o.out[0] == '\0' || own, own || i == 0);
        }
    }
}

/* The errors that the source states, at every 1000th float. */
static void test_errors_of_own_functions(void **state)
{
    (void)state;
    write_two_classes("t.csv", 60);
    write_file("check.c",
               "#include \"m.c\"\n#include <math.h>\n#include <stdint.h>\n#include "
               "<stdio.h>\n#include <string.h>\n"
               "int main(void)\n{\n    double worst = 0;\n"
               "    for (uint32_t bits = 0; bits < 0x7f800000u; bits += 1000) {\n"
               "        float x;\n        memcpy(&x, &bits, sizeof x);\n"
               "        if (!(RANGE)) continue;\n"
               "        double error = fabs(OFF);\n"
               "        worst = error > worst ? error : worst;\n    }\n"
               "    printf(\"%g\\n\", worst);\n    return !(worst > 1e-8 && worst < MOST);\n}\n");
    runs("gradus train t.csv -q -o m.st --model mlp --hidden 2 --epochs 1 --act gelu; gradus "
         "export m.st -o m.c --no-libm");
    runs(STRICT "'-DRANGE=x <= 87' '-DOFF=exponential(-x) / exp(-(double)x) - 1' -DMOST=3e-7 "
                "check.c -lm -o check && ./check");
    runs(STRICT "'-DRANGE=1' '-DOFF=error_function(x) - erf((double)x)' -DMOST=1e-6 check.c -lm -o "
                "check && ./check");
    assert_says(read_file("m.c"),
                "/* e^x for x <= 0; the relative error is below 3e-7. Below -87 it is 0. */\n");
    assert_says(read_file("m.c"), "/* The error function; the absolute error is below 1e-6. */\n");
    write_file("nan.c", "#include \"m.c\"\n#include <math.h>\n"
                        "int main(void)\n{\n    float y = exponential(NAN);\n"
                        "    return y == y || exponential(-INFINITY) != 0.0f;\n}\n");
    runs(STRICT
         "-fsanitize=float-cast-overflow -fno-sanitize-recover=all nan.c -lm -o nan && ./nan");
    runs("gradus train t.csv -q -o m.st --model mlp --hidden 2 --epochs 1 --act softplus; gradus "
         "export m.st -o m.c --no-libm");
    runs(STRICT "'-DRANGE=x <= 1' '-DOFF=log_of_1_plus(x) - log1p((double)x)' -DMOST=3e-7 check.c "
                "-lm -o check && ./check");
    assert_says(read_file("m.c"), "the absolute error is below 3e-7. */\n");
}

/* What the report says of accuracy is what the compiled program and gradus eval come to. */
static void test_int8(void **state)
{
    (void)state;
    double after = 0, before = 0, change = 0, right = 0, accuracy = 0, most = 0;
    runs("cp " SH_DATA "/iris.csv t.csv;"
         "gradus train t.csv -q -o m.st --model mlp --hidden 8,5 --act tanh --epochs 8");
    export_c("--int8 --data t.csv");
    outcome o = run("sed -n 's/.* change by at most \\(.*\\); accuracy \\(.*\\), before "
                    "\\(.*\\)/\\1 \\2 \\3/p' report");
    assert_int_equal(sscanf(o.out, "%lf%lf%lf", &change, &after, &before), 3);
    assert_true(change > 1e-5 && change < 0.05);
    assert_says(read_file("m.c"), "static const signed char weights_1[4][8] = {");
    assert_says(
        read_file("m.c"),
        " * Weights are quantised to 8 bits: probabilities of the table's rows change by at most ");
    json_t *scores = run_json("gradus eval m.st t.csv --json");
    accuracy = number_at(scores, "accuracy");
    json_decref(scores);
    assert_true(before > accuracy - 1e-4 && before < accuracy + 1e-4);
    write_driver(4, "");
    o = run(
        "cc driver.c m.c -lm -o driver && ./driver >said; gradus predict m.st t.csv --prob | "
        "tail -n +2 | paste -d, said - | awk -F, '{ for (i = 1; i <= 3; ++i) { d = $i - $(i + 4);"
        "if (d < 0) d = -d; if (d > most) most = d } } END { print most }'");
    assert_int_equal(sscanf(o.out, "%lf", &most), 1);
    assert_true(change > 0.99 * most - 1e-6 && change < 1.01 * most + 1e-6);
    o = run("sed -i 's/m_predict(&rows/int c; m_predict(\\&rows/; s/^puts.*/c = m_class(p); "
            "puts(m_output_names[c]);/; s/^printf/0 \\&\\& printf/'"
            " driver.c; cc driver.c m.c -lm -o driver && ./driver >said;"
            "tail -n +2 t.csv | cut -d, -f5 | paste -d' ' - said | awk '$1 == $2 { ++n } END { "
            "print n / NR }'");
    assert_int_equal(sscanf(o.out, "%lf", &right), 1);
    assert_true(after > right - 1e-4 && after < right + 1e-4);
    assert_fails(CLI_USAGE, "gradus export m.st -o m.c --data t.csv", "--data requires --int8\n");
    assert_fails(CLI_RUNTIME, "gradus export m.st -o m.c --int8 --data none.csv", "none.csv");
}

/* Logits are x0; of the rows the first two are right. */
static void test_table_of_the_accuracy(void **state)
{
    (void)state;
    write_model("m.st", 1,
                "{\"task\":\"binary\",\"columns\":[\"y\"],\"classes\":[\"no\",\"yes\"]}");
    write_file("t.txt", "x0 y\n2 yes\n-1 no\n- yes\n3 no\n");
    outcome o = run("gradus export m.st -o m.c --int8 --data t.txt --format csv --delimiter ' ' "
                    "--missing - --header");
    assert_string_equal(o.err, "");
    assert_says(
        o.out,
        "int8: probabilities of the table's rows change by at most 0; accuracy 0.5, before 0.5\n");
    write_file("t.csv", "x0;y\n1,5;yes\nodd;no\n");
    o = run("gradus export m.st -o m.c --int8 --data t.csv --decimal ,");
    assert_says(o.out, "accuracy 1, before 1\n");
    o = run("gradus export m.st -o m.c --int8");
    assert_says(o.out, "int8: probabilities of the test vectors change by at most 0\n");
    assert_fails(CLI_DATA, "gradus export m.st -o m.c --int8 --data t.txt --no-header",
                 "missing target column \"y\"");
}

/* ---- a model that no table would give ---- */

static const char odd_columns[] =
    "[{\"name\":\"int\",\"kind\":\"number\",\"missing\":true,\"mean\":100000.303,\"deviation\":0."
    "25}"
    ","
    "{\"name\":\"c\",\"kind\":\"category\",\"missing\":true,\"levels\":[\"*/\",\"?\?/"
    "\",\"a\\\"\\\\b\",\"/*\",\"\u00e4\",\"1\"]},"
    "{\"name\":\"the  "
    "text\",\"kind\":\"words\",\"missing\":false,\"levels\":[\"ab\",\"abc\",\"b\",\"ba\","
    "\"z\u00e4\"]},"
    "{\"name\":\"int-\",\"kind\":\"missing\",\"missing\":true},"
    "{\"name\":\"1 predict\",\"kind\":\"number\",\"missing\":false,\"mean\":0,\"deviation\":1},"
    "{\"name\":\"predict\",\"kind\":\"category\",\"missing\":false,\"levels\":[\"a "
    "b\",\"a-b\",\"outputs\"]}]";

/* Saves a linear model of 19 features and two classes, whose description is `text` once it is
 * named. */
static void save_odd_model(const char *path, const char *columns)
{
    float weights[38], biases[2] = {0.5f, -0.5f};
    for (int i = 0; i < 38; ++i)
        weights[i] = (float)((i * 7) % 11 - 5) / 8;
    gd_tensor *w = gd_tensor_create_borrowed(GD_F32, weights, GD_DIMS(2, 19));
    gd_tensor *b = gd_tensor_create_borrowed(GD_F32, biases, GD_DIMS(2));
    char text[4096];
    snprintf(
        text, sizeof text,
        "{\"target\":{\"task\":\"multiclass\",\"columns\":[\"y "
        "*/\"],\"classes\":[\"no?\",\"no!\"]},"
        "\"network\":{\"inputs\":19,\"hidden\":[],\"act\":\"relu\",\"dropout\":0,\"outputs\":2},"
        "\"encoder\":{\"sparse\":false,\"columns\":%s,\"notes\":[]},\"ids\":[],\"thresholds\":[0.5,"
        "0.5],"
        "\"shares\":[0.5,0.5],\"training\":{}}",
        columns);
    const gd_named_tensor tensors[] = {{"0.weight", w}, {"0.bias", b}};
    assert_int_equal(gd_safetensors_save(path, 2, tensors, 1, &(gd_metadata){"model", text}),
                     GD_OK);
    gd_tensor_destroy(w);
    gd_tensor_destroy(b);
}

static void test_odd_names_and_words(void **state)
{
    (void)state;
    save_odd_model("m.st", odd_columns);
    export_c("");
    runs("c++ -Wall -Wextra -Werror -fsyntax-only -x c++ m.h");
    const char *header = read_file("m.h");
    assert_says(header, "    double int_; /* \"int\", too precise for a float */\n");
    assert_says(header, "    int int_2; /* \"int-\", 1 if the value is missing, else 0 */\n");
    assert_says(
        header,
        "    const char *the_text; /* \"the  text\", words separated by blanks, or NULL */\n");
    assert_says(header, "    float x1_predict; /* \"1 predict\" */\n");
    assert_says(header, "    int predict_2; /* \"predict\", a level */\n");
    assert_says(header, "    M_PREDICT_2_A_B_2 = 1, /* \"a-b\" */\n");
    assert_says(header, "    M_NO_2 = 1, /* \"no!\" */\n");
    assert_says(header, " = 4, /* \"\u00e4\" */\n");
    write_file("t.csv", "int,c,the  text,int-,1 predict,predict\n"
                        "100000,/*,b abc  b x,1,1,a b\n"
                        "100000.123456,?\?/, ab z\u00e4 ba ,1,-1,outputs\n"
                        "99999,,,1,1,a-b\n"
                        ",\u00e4,ab a abcd B,1,2,new\n"
                        "100000.5,*/,,1,3.25,\n"
                        "100000.25,new,zz abc,1,4,a-b\n");
    write_driver(6, "2=m_c,3=,6=m_predict_2");
    runs("sed -i 's/, 1, \\([-0-9.]*f*, m_predict\\)/, 0, \\1/' driver.c; grep -c "
         "', 0, ' driver.c");
    assert_predicts("--prob 2>/dev/null");
}

/* ---- where it goes, and what is refused ---- */

static void test_names(void **state)
{
    (void)state;
    save_odd_model("m.st", odd_columns);
    runs("mkdir -p d; gradus export m.st --to c -o d/'my model-2.c'; " STRICT
         "-c d/'my model-2.c' -o o");
    assert_says(read_file("d/my model-2.h"),
                "void my_model_2_predict(const my_model_2_input *in, ");
    runs("gradus export m.st -o m.c --name net");
    assert_says(read_file("m.h"), "#ifndef NET_H\n");
    assert_says(read_file("m.c"), "#include \"m.h\"\n");
    runs("gradus export m.st -o m\u00e8.c; " STRICT "-c m\u00e8.c -o o");
    assert_fails(CLI_USAGE, "gradus export m.st -o 'm\"?.c'",
                 "--output takes a name that #include accepts");
    assert_fails(CLI_USAGE, "gradus export m.st -o m.c --name 1a", "--name takes a C identifier");
    assert_fails(CLI_USAGE, "gradus export m.st -o m.c --name int", "--name takes a C identifier");
}

static void test_two_models_in_one_program(void **state)
{
    (void)state;
    save_odd_model("m.st", odd_columns);
    runs("gradus export m.st -o m.c; gradus export m.st -o net.c --int8");
    write_file("two.c", "#include \"m.h\"\n#include \"net.h\"\n#include \"m.h\"\n\n"
                        "int main(void)\n{\n    m_input x = {0};\n    net_input y = {0};\n"
                        "    float p[M_OUTPUTS], q[NET_OUTPUTS];\n    m_predict(&x, p);\n"
                        "    net_predict(&y, q);\n    return m_class(p) != net_class(q);\n}\n");
    runs(STRICT "two.c m.c net.c -lm -o two && ./two");
}

/* Columns and classes that, with the model's name before them, are called as something that is
 * there already. */
static void test_names_of_others(void **state)
{
    (void)state;
    save_odd_model("m.st", "[{\"name\":\"level\",\"kind\":\"category\",\"missing\":true,\"levels\":"
                           "[\"a\",\"b\",\"c\",\"d\"]},"
                           "{\"name\":\"t\",\"kind\":\"category\",\"missing\":true,\"levels\":"
                           "[\"a\",\"b\",\"c\",\"d\"]},"
                           "{\"name\":\"blank\",\"kind\":\"category\",\"missing\":true,\"levels\":"
                           "[\"a\",\"b\",\"c\"]},"
                           "{\"name\":\"words\",\"kind\":\"words\",\"missing\":false,\"levels\":"
                           "[\"a\",\"b\",\"c\"]},"
                           "{\"name\":\"number\",\"kind\":\"number\",\"missing\":true,\"mean\":0,"
                           "\"deviation\":1}]");
    runs("for name in add find is size levels texts; do gradus export m.st -o m.c --name $name "
         "&& " STRICT "-c m.c || exit 1; done");
    write_model("m.st", 1, "{\"task\":\"binary\",\"columns\":[\"y\"],\"classes\":[\"e\",\"pi\"]}");
    write_file("after.c", "#include <math.h>\n#include \"m.h\"\nint classes[M_OUTPUTS];\n");
    runs("gradus export m.st -o m.c; cc -std=gnu99 -c after.c");
}

static void test_refused(void **state)
{
    (void)state;
    save_odd_model("m.st", odd_columns);
    assert_fails(CLI_USAGE, "gradus export m.st", "gradus export: --output is missing");
    assert_fails(CLI_USAGE, "gradus export m.st -o m.x", "--to is missing");
    assert_fails(CLI_USAGE, "gradus export m.st -o m.x --to c", "ends in .c");
    assert_fails(CLI_USAGE, "gradus export m.st -o m.c --to elf", "--to takes c or onnx");
    assert_fails(CLI_USAGE, "gradus export m.st -o m.npz", "--to is missing");
    assert_fails(CLI_USAGE, "gradus export m.st -o m.onnx --int8",
                 "--int8, --no-libm, --name and --data apply only to C\n");
    assert_fails(CLI_USAGE, "cp m.st n.st; gradus export n.st -o n.st --to onnx",
                 "gradus export: --output would overwrite n.st, which is an input\n");
    assert_fails(CLI_RUNTIME, "gradus export m.st --to onnx -o /dev/full",
                 "gradus: /dev/full: No space left on device\n");
    assert_fails(CLI_USAGE, "cp m.st in.h; gradus export in.h -o in.c",
                 "--output would overwrite in.h, which is an input\n");
    assert_fails(CLI_RUNTIME, "gradus export m.st -o nowhere/m.c",
                 "gradus: nowhere/m.c: No such file or directory\n");
    write_file("m.h", "old");
    assert_fails(CLI_DATA, "head -c 100 m.st >cut.st; gradus export cut.st -o m.c", "cut.st");
    save_odd_model(
        "bad.st",
        "[{\"name\":\"a\",\"kind\":\"words\",\"missing\":false,\"levels\":[\"q\",\"b\",\"1\",\"2\","
        "\"3\","
        "\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\",\"13\",\"14\",\"15\",\"16\","
        "\"17\"]}]");
    assert_fails(CLI_DATA, "gradus export bad.st -o m.c",
                 "gradus: the words of \"a\" are not in order: \"q\" comes before \"b\"\n");
    assert_string_equal(read_file("m.h"), "old");
}

/* With a compiler for microcontrollers, where one is installed, the constants are as large as the
 * source says. */
static void test_microcontroller(void **state)
{
    (void)state;
    if (run("echo '#include <math.h>' | arm-none-eabi-gcc -E - >o").code != 0)
        skip();
    runs("gradus train " SH_DATA "/iris.csv -q -o m.st --model mlp --hidden 8,5 --epochs 1");
    runs("gradus export m.st -o m.c >report; arm-none-eabi-gcc -mcpu=cortex-m4 -Os -std=c99 -Wall "
         "-Wextra -Wpedantic"
         " -Werror -c m.c -o m.o");
    outcome o = run("awk '{ print $3 }' report; arm-none-eabi-size -A m.o |"
                    "awk '/rodata/ { constants += $2 } /^.(data|bss)/ { ram += $2 }"
                    "END { print constants; print ram + 0 }'");
    int stated = 0, constants = 0, ram = 1;
    assert_int_equal(sscanf(o.out, "%d%d%d", &stated, &constants, &ram), 3);
    assert_int_equal(ram, 0);
    assert_in_range(constants, stated - 8, stated + 8); /* padding, numbers in instructions */
}

int export_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_iris),
                                       cmocka_unit_test(test_two_classes),
                                       cmocka_unit_test(test_labels),
                                       cmocka_unit_test(test_categories_and_missing),
                                       cmocka_unit_test(test_hostile_table),
                                       cmocka_unit_test(test_cut_off),
                                       cmocka_unit_test(test_activations_and_no_libm),
                                       cmocka_unit_test(test_errors_of_own_functions),
                                       cmocka_unit_test(test_int8),
                                       cmocka_unit_test(test_table_of_the_accuracy),
                                       cmocka_unit_test(test_odd_names_and_words),
                                       cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_two_models_in_one_program),
                                       cmocka_unit_test(test_names_of_others),
                                       cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_microcontroller)};
    return cmocka_run_group_tests_name("export", tests, enter_folder, leave_folder);
}
