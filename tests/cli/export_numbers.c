/* gradus export to C: numbers at the ends of float, infinite and missing ones, in tables and in
 * targets. */
#include "cli/cli.h"
#include "run.h"
#include "tests.h"

#include <stdio.h>
#include <string.h>

#define STRICT "cc -std=c99 -Wall -Wextra -Werror -O2 "

static void runs(const char *line)
{
    outcome o = run("%s", line);
    if (o.code != 0)
        fail_msg("%s: %s%s", line, o.out, o.err);
}

/* Targets of any size, down to the last numbers that float has: the file's own test passes, or
 * there is none, as float cannot. */
static void test_sizes_of_targets(void **state)
{
    (void)state;
    static const double sizes[] = {1e-42, 3e-44, 1e-45, 1e-38, 1e-30, 1e30, 1e37};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; ++k) {
        FILE *file = fopen("t.csv", "w");
        fputs("x,y\n", file);
        for (int i = 0; i < 80; ++i)
            fprintf(file, "%d,%.9g\n", i % 11, sizes[k] * (i % 11 - 4) * (1 + i % 3 * 0.1));
        fclose(file);
        for (int mlp = 0; mlp < 2; ++mlp) {
            outcome o = run("gradus train t.csv --task regression --model %s --epochs 5 -q -o m.st",
                            mlp ? "mlp" : "logreg");
            if (o.code != 0)
                fail_msg("%s", o.err);
            o = run("rm -f m.c; gradus export m.st -o m.c");
            assert_int_equal(o.code, sizes[k] < 1e-38 ? CLI_DATA : CLI_OK);
            assert_int_equal(file_exists("m.c"), o.code == CLI_OK);
            if (o.code != CLI_OK)
                continue;
            o = run(STRICT "-DM_SELF_TEST m.c -lm -o self && ./self");
            if (o.code != 0)
                fail_msg("%g: %s%s", sizes[k], o.out, o.err);
        }
    }
}

/* Infinite, missing, very large and very small numbers: the C file says what predict says. */
static void test_infinite_and_missing(void **state)
{
    (void)state;
    static const char *const odd[] = {"1e400", "-1e400", "", "1e39", "-1e39", "1e-45", "-0", "3"};
    FILE *file = fopen("t.csv", "w"), *rows = fopen("rows.txt", "w");
    fputs("x,z,y\n", file);
    for (int i = 0; i < 400; ++i)
        fprintf(file, "%s,%d,%s\n",
                i >= 2 && i < 8 ? odd[i] : (const char *[]){"1", "2", "3.5"}[i % 3], i % 5,
                i % 3 > 1 ? "yes" : "no");
    fclose(file);
    for (int i = 0; i < 8; ++i)
        fprintf(rows, "%s %d\n", odd[i][0] == '\0' ? "nan" : odd[i], i % 5);
    fclose(rows);
    for (int mlp = 0; mlp < 2; ++mlp) {
        outcome o =
            run("gradus train t.csv --model %s --epochs 5 -q -o m.st", mlp ? "mlp" : "logreg");
        if (o.code != 0)
            fail_msg("%s", o.err);
        runs("gradus export m.st -o m.c");
        write_file("driver.c",
                   "#include \"m.h\"\n#include <stdio.h>\n#include <stdlib.h>\n"
                   "int main(void)\n{\n    char x[32], z[32];\n"
                   "    while (scanf(\"%31s %31s\", x, z) == 2) {\n        float p[2];\n"
                   "        m_input in = {(float)strtod(x, NULL), (float)strtod(z, NULL)};\n"
                   "        m_predict(&in, p);\n"
                   "        printf(\"%.4f %.4f\\n\", (double)p[0], (double)p[1]);\n"
                   "    }\n    return 0;\n}\n");
        file = fopen("odd.csv", "w");
        fputs("x,z\n", file);
        for (int i = 0; i < 8; ++i)
            fprintf(file, "%s,%d\n", odd[i], i % 5);
        fclose(file);
        runs(STRICT "driver.c m.c -lm -o driver && ./driver <rows.txt >said && "
                    "gradus predict m.st odd.csv --prob 2>/dev/null | sed 1d | "
                    "sed 's/^[^,]*,//' | awk -F, '{printf \"%.4f %.4f\\n\", $1, $2}' >expected && "
                    "[ $(wc -l <said) = 8 ] && cmp expected said");
        runs(STRICT "-DM_SELF_TEST m.c -lm -o self && ./self");
    }
}

int export_numbers_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes_of_targets),
                                       cmocka_unit_test(test_infinite_and_missing)};
    return cmocka_run_group_tests_name("export: numbers", tests, enter_folder, leave_folder);
}
