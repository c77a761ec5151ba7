#include "tables.h"

#include "run.h"

#include <gradus.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables ---- */

/* About normal: the sum of twelve uniform numbers. */
static double draw(gd_rng *rng)
{
    double uniform[12], sum = -6;
    gd_tensor *u = gd_tensor_create_borrowed(GD_F64, uniform, GD_DIMS(12));
    gd_tensor_uniform(u, rng, 0, 1);
    for (int i = 0; i < 12; ++i)
        sum += uniform[i];
    gd_tensor_destroy(u);
    return sum;
}

static FILE *open_table(const char *name)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    return file;
}

void write_two_classes(const char *name, int rows)
{
    static const char *const colours[] = {"red", "green", "blue"};
    FILE *file = open_table(name);
    gd_rng rng = {.key = 1};
    fputs("x1,x2,c,y\n", file);
    for (int i = 0; i < rows; ++i) {
        double x1 = draw(&rng), x2 = draw(&rng), noise = draw(&rng);
        fprintf(file, "%.3f,%.3f,%s,%s\n", x1, x2, i % 10 == 9 ? "" : colours[i % 3],
                x1 + x2 + noise > 1.2 ? "yes" : "no");
    }
    fclose(file);
}

static const char *cell(gd_rng *rng, bool yes)
{
    return draw(rng) > 0.44 ? "" : yes ? "1" : "0";
}

void write_labels(const char *name, int rows)
{
    FILE *file = open_table(name);
    gd_rng rng = {.key = 2};
    fputs("id,x1,x2,a,b,\"c, d\"\n", file);
    for (int i = 0; i < rows; ++i) {
        double x1 = draw(&rng), x2 = draw(&rng);
        fprintf(file, "r%d,%.3f,%.3f,", i, x1, x2);
        fprintf(file, "%s,", cell(&rng, x1 > 0));
        fprintf(file, "%s,", cell(&rng, x2 + 0.5 * draw(&rng) > 0.8));
        fprintf(file, "%s\n", cell(&rng, x1 + x2 + draw(&rng) > 0));
    }
    fclose(file);
}

void write_numbers(const char *name, int rows)
{
    FILE *file = open_table(name);
    gd_rng rng = {.key = 3};
    fputs("x,y\n", file);
    for (int i = 0; i < rows; ++i) {
        double x = draw(&rng);
        fprintf(file, "%.3f,%.3f\n", x, 3 * x + 1 + 0.1 * draw(&rng));
    }
    fclose(file);
}

/* ---- a model ---- */

/* An encoder that passes x0, x1, .. on as they are. */
static json_t *identity_encoder(int outputs)
{
    json_t *columns = json_array();
    for (int i = 0; i < outputs; ++i) {
        char name[16];
        snprintf(name, sizeof name, "x%d", i);
        json_array_append_new(columns,
                              json_pack("{s:s, s:s, s:b, s:f, s:f}", "name", name, "kind", "number",
                                        "missing", 0, "mean", 0.0, "deviation", 1.0));
    }
    return json_pack("{s:b, s:o, s:[]}", "sparse", 0, "columns", columns, "notes");
}

static json_t *equal_numbers(size_t count, double number)
{
    json_t *list = json_array();
    while (count-- > 0)
        json_array_append_new(list, json_real(number));
    return list;
}

static void save_weights(const char *path, int outputs, const char *description)
{
    gd_tensor *w = gd_tensor_create(GD_F32, GD_DIMS(outputs, outputs));
    gd_tensor *b = gd_tensor_create(GD_F32, GD_DIMS(outputs));
    for (int i = 0; i < outputs; ++i)
        ((float *)w->data)[i * outputs + i] = 1;
    const gd_named_tensor weights[] = {{"0.weight", w}, {"0.bias", b}};
    assert_int_equal(gd_safetensors_save(path, 2, weights, 1, &(gd_metadata){"model", description}),
                     GD_OK);
    gd_tensor_destroy(w);
    gd_tensor_destroy(b);
}

void write_model(const char *path, int outputs, const char *target)
{
    json_t *parsed = json_loads(target, 0, NULL);
    assert_non_null(parsed);
    size_t classes = json_array_size(json_object_get(parsed, "classes"));
    size_t width = classes > 0 ? classes : json_array_size(json_object_get(parsed, "columns"));
    json_t *shares = json_incref(json_object_get(parsed, "shares"));
    json_t *model = json_pack(
        "{s:o, s:{s:i, s:[], s:s, s:f, s:i}, s:o, s:[], s:o, s:o, s:{}}", "target", parsed,
        "network", "inputs", outputs, "hidden", "act", "relu", "dropout", 0.0, "outputs", outputs,
        "encoder", identity_encoder(outputs), "ids", "thresholds", equal_numbers(width, 0.5),
        "shares", shares != NULL ? shares : equal_numbers(width, 1.0 / (double)width), "training");
    char *text = json_dumps(model, 0);
    assert_non_null(text);
    save_weights(path, outputs, text);
    free(text);
    json_decref(model);
}

/* ---- JSON ---- */

json_t *run_json(const char *line)
{
    outcome o = run("%s", line);
    if (o.code != 0)
        fail_msg("%s: exit code %d: %s", line, o.code, o.err);
    const char *end = strchr(o.out, '\n');
    assert_true(end != NULL && end[1] == '\0');
    json_t *object = json_loads(o.out, JSON_REJECT_DUPLICATES, NULL);
    assert_true(json_is_object(object));
    return object;
}

double number_at(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    if (!json_is_number(number))
        fail_msg("\"%s\" is not a number", key);
    return json_number_value(number);
}
