/* gradus inspect, of models; and the options of reading, of tables. */
#include "cli/cli.h"
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <stdio.h>
#include <string.h>

static void assert_json(const json_t *object, const char *key, const char *expected)
{
    char *text = json_dumps(json_object_get(object, key), JSON_COMPACT | JSON_ENCODE_ANY);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void test_json(void **state)
{
    (void)state;
    write_two_classes("two.csv", 40);
    assert_int_equal(
        run("gradus train two.csv --hidden 5,3 --act tanh --epochs 2 --seed 7 -q -o m.st "
            "--valid-frac 0.2")
            .code,
        0);
    json_t *report = run_json("gradus inspect m.st --json");
    json_t *column = json_array_get(json_object_get(report, "columns"), 2),
           *network = json_object_get(report, "network"),
           *training = json_object_get(report, "training");
    assert_json(report, "target",
                "{\"task\":\"binary\",\"columns\":[\"y\"],\"classes\":[\"no\",\"yes\"]}");
    assert_json(report, "thresholds", "{\"yes\":0.5}");
    assert_json(column, "name", "\"c\"");
    assert_json(column, "kind", "\"category\"");
    assert_json(column, "missing", "true");
    assert_json(column, "levels", "[\"blue\",\"green\",\"red\"]");
    assert_json(network, "inputs", "6"); /* x1, x2, three colours, no colour */
    assert_json(network, "shapes",
                "{\"0.weight\":[5,6],\"0.bias\":[5],\"2.weight\":[3,5],\"2.bias\":[3],"
                "\"4.weight\":[1,3],\"4.bias\":[1]}");
    assert_json(network, "parameters", "57"); /* 30 + 5 + 15 + 3 + 3 + 1 */
    assert_json(training, "table", "\"two.csv\"");
    assert_json(training, "seed", "7");
    assert_json(training, "rows", "40");
    assert_json(training, "model", "\"mlp\"");
    assert_json(training, "validation", "\"held-out rows\"");
    assert_json(json_object_get(training, "scores"), "rows", "8");
    json_decref(report);
}

/* Seeds have 64 bits, of which JSON's whole numbers hold 63. */
static void test_seeds(void **state)
{
    (void)state;
    static const char *const seeds[][2] = {{"0", "0"},
                                           {"9223372036854775807", "9223372036854775807"},
                                           {"9223372036854775808", "\"9223372036854775808\""},
                                           {"18446744073709551615", "\"18446744073709551615\""}};
    write_two_classes("two.csv", 40);
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; ++i) {
        char line[64];
        assert_int_equal(
            run("gradus train two.csv --model logreg --epochs 2 --seed %s -q -o m.st", seeds[i][0])
                .code,
            0);
        json_t *report = run_json("gradus inspect m.st --json");
        assert_json(json_object_get(report, "training"), "seed", seeds[i][1]);
        json_decref(report);
        snprintf(line, sizeof line, "  %-32s %s\n", "seed", seeds[i][0]);
        assert_says(run("gradus inspect m.st").out, line);
    }
}

/* The model that has won, as --json says it, is the one that is saved: by its name and by its
 * weights. */
static void assert_winner(const char *table, const char *winner)
{
    char line[256];
    snprintf(line, sizeof line, "gradus train %s --epochs 40 --seed 1 -o m.st --json -q", table);
    json_t *result = run_json(line), *report = run_json("gradus inspect m.st --json");
    const char *model = json_string_value(json_object_get(result, "model"));
    json_t *training = json_object_get(report, "training");
    size_t hidden = json_array_size(json_object_get(json_object_get(report, "network"), "hidden"));
    assert_non_null(model);
    assert_string_equal(model, winner);
    assert_string_equal(json_string_value(json_object_get(training, "model")), winner);
    assert_int_equal(hidden > 0, strcmp(winner, "logreg") != 0);
    assert_true(number_at(result, "epochs") == number_at(training, "epochs"));
    json_decref(result);
    json_decref(report);
}

static void test_winner(void **state)
{
    (void)state;
    FILE *line = fopen("line.csv", "w"), *corners = fopen("corners.csv", "w"),
         *both = fopen("both.csv", "w");
    fputs("x,z,y\n", line);
    fputs("x,z,y\n", corners);
    fputs("x,z,y\n", both);
    for (int i = 0; i < 240; ++i) {
        double x = (i * 37 % 101) / 50.0 - 1, z = (i * 53 % 97) / 48.0 - 1;
        fprintf(line, "%g,%g,%s\n", x, z, x + z + (i % 7 - 3) * 0.1 > 0 ? "yes" : "no");
        fprintf(corners, "%g,%g,%s\n", x, z, x * z > 0 ? "yes" : "no");
        double noise = (i * 7919 % 13 - 6) * 0.08;
        fprintf(both, "%g,%g,%s\n", x, z, x + z + 0.45 * x * z + noise > 0 ? "yes" : "no");
    }
    fclose(line);
    fclose(corners);
    fclose(both);
    assert_winner("line.csv", "logreg");
    assert_winner("corners.csv", "mlp");
    assert_winner("both.csv", "mean of logreg and mlp");
    assert_winner("line.csv --model mlp", "mlp");
    assert_winner("corners.csv --model logreg", "logreg");
}

static void test_text(void **state)
{
    (void)state;
    write_model("m.st", 2, "{\"task\":\"multilabel\",\"columns\":[\"p\",\"q\"]}");
    assert_string_equal(run("gradus inspect m.st").out,
                        "m.st: a model that predicts p, q (multilabel)\n"
                        "\n"
                        "2 columns\n"
                        "  x0                       number    mean 0, deviation 1\n"
                        "  x1                       number    mean 0, deviation 1\n"
                        "\n"
                        "2 features -> 2, 6 parameters\n"
                        "  0.weight                 2 x 2\n"
                        "  0.bias                   2\n"
                        "\n"
                        "thresholds\n"
                        "  p                                0.5\n"
                        "  q                                0.5\n"
                        "\n"
                        "training\n");
}

static void test_table_options(void **state)
{
    (void)state;
    write_file("t.txt", "x y\n1 2\n- 4\n");
    assert_says(run("gradus inspect t.txt --format csv --delimiter ' ' --missing -").out,
                "  x       number        1  1 .. 1");
    assert_says(run("gradus inspect t.txt --delimiter ' ' --no-header").out,
                "t.txt: 3 rows, 2 columns without names\n");
    write_file("t.csv", "x\n1.500\n2.500\n");
    assert_says(run("gradus inspect t.csv --decimal ,").out, "1500 .. 2500");
    write_file("t.csv", "1,2\n3,4\n");
    assert_says(run("gradus inspect t.csv --header").out, "t.csv: 1 rows, 2 columns\n");
}

/* A model is told by its content, whatever its name. */
/* Of a table, and of a model, with many columns: the first ones, how many more there are, and the
 * last one. */
static void test_many_columns(void **state)
{
    (void)state;
    FILE *file = fopen("wide.csv", "w");
    for (int i = 0; i < 300; ++i)
        fprintf(file, "c%03d,", i);
    fputs("y\n", file);
    for (int row = 0; row < 40; ++row) {
        for (int i = 0; i < 300; ++i)
            fprintf(file, "%d,", row * (1 + i % 7) % 11);
        fprintf(file, "%s\n", row % 2 ? "yes" : "no");
    }
    fclose(file);
    const char *text = run("gradus inspect wide.csv").out;
    assert_says(text, "\n  c098 ");
    assert_says(text, "\n  and 201 more (--json lists all)\n* y ");
    assert_null(strstr(text, "\n  c099 "));
    assert_int_equal(run("gradus train wide.csv --model logreg --epochs 2 -q -o m.st").code, 0);
    text = run("gradus inspect m.st").out;
    assert_says(text, "\n  c099 ");
    assert_says(text, "\n  and 200 more (--json lists all)\n");
    assert_null(strstr(text, "\n  c100 "));
    json_t *report = run_json("gradus inspect wide.csv --json");
    assert_int_equal(json_array_size(json_object_get(report, "columns")), 301);
    json_decref(report);
}

static void test_names(void **state)
{
    (void)state;
    write_model("model.csv", 1,
                "{\"task\":\"regression\",\"columns\":[\"y\"],\"mean\":0,\"deviation\":1}");
    write_file("table.safetensors", "x,y\n1,2\n3,4\n");
    assert_says(run("gradus inspect model.csv").out,
                "model.csv: a model that predicts y (regression)\n");
    assert_says(run("gradus inspect table.safetensors").out,
                "table.safetensors: 2 rows, 2 columns\n");
}

int inspect_model_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),         cmocka_unit_test(test_text),
        cmocka_unit_test(test_seeds),        cmocka_unit_test(test_winner),
        cmocka_unit_test(test_many_columns), cmocka_unit_test(test_table_options),
        cmocka_unit_test(test_names)};
    return cmocka_run_group_tests_name("inspect: models", tests, enter_folder, leave_folder);
}
