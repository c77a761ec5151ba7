/* Small tables, and what tests ask of them. */
#include "tests.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const table_names[4] = {"binary.csv", "classes.csv", "labels.csv", "numbers.csv"};

static double draw(gd_rng *rng)
{
    double value;
    gd_tensor *x = gd_tensor_create_borrowed(GD_F64, &value, GD_DIMS(1));
    gd_tensor_uniform(x, rng, -1, 1);
    gd_tensor_destroy(x);
    return value;
}

static void write_tables(void)
{
    static const char *const heads[] = {"x,c,w,y", "x,z,y", "x,z,a,b,d", "x,c,y"};
    for (int k = 0; k < 4; ++k) {
        FILE *file = fopen(table_names[k], "w");
        gd_rng rng = {.key = 5};
        assert_non_null(file);
        fprintf(file, "%s\n", heads[k]);
        for (int i = 0; i < 60; ++i) {
            double x = draw(&rng), z = draw(&rng);
            const char *c = i % 3 == 0 ? "red" : i % 3 == 1 ? "blue" : "";
            if (k == 0)
                fprintf(file, "%.3f,%s,%d,%s\n", x, c, i % 4, x + 0.3 * z > 0 ? "yes" : "no");
            else if (k == 1)
                fprintf(file, "%.3f,%.3f,%s\n", x, z, x > 0.3 ? "high" : z > 0.2 ? "low" : "none");
            else if (k == 2)
                fprintf(file, "%.3f,%.3f,%d,%s,%d\n", x, z, x > 0,
                        i % 9 == 0 ? ""
                        : z > 0    ? "1"
                                   : "0",
                        x > z);
            else
                fprintf(file, "%.3f,%s,%.3f\n", x, c, 2 * x + (i % 3) + 0.1 * z);
        }
        fclose(file);
    }
}

static char folder[] = "/tmp/gradus_fit_XXXXXX";

int enter_folder(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return -1;
    write_tables();
    return 0;
}

int leave_folder(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

gd_table *must_read(const char *path)
{
    gd_table *table = gd_table_read(path, NULL);
    if (table == NULL)
        fail_msg("%s", gd_message());
    return table;
}

gd_model *must_fit(const char *path, const gd_fit_options *options)
{
    gd_table *table = must_read(path);
    gd_model *model;
    if (gd_fit(table, options, &model) != GD_OK)
        fail_msg("%s", gd_message());
    gd_table_destroy(table); /* of which a model keeps nothing but what gd_model_validation gives */
    return model;
}

void assert_refused(const char *path, const gd_fit_options *options, gd_status status,
                    const char *words)
{
    gd_table *table = must_read(path);
    gd_model *model = (gd_model *)(void *)table;
    gd_status said = gd_fit(table, options, &model);
    if (said != status || strstr(gd_message(), words) == NULL)
        fail_msg("expected %s: %s\nfound %s: %s", gd_status_text(status), words,
                 gd_status_text(said), gd_message());
    assert_null(model);
    gd_table_destroy(table);
}

void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

bool are_same(const char *a, const char *b)
{
    FILE *x = fopen(a, "rb"), *y = fopen(b, "rb");
    assert_true(x != NULL && y != NULL);
    int c, d;
    do {
        c = fgetc(x);
        d = fgetc(y);
    } while (c == d && c != EOF);
    fclose(x);
    fclose(y);
    return c == d;
}
