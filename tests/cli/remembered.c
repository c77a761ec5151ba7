/* What a model remembers of the options that it was trained with: predict, eval and export read
 * as training has read. */
#include "cli/cli.h"
#include "run.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A table of one row after the other, again and again: y is yes in the first row, and no in the
 * second. */
typedef struct example {
    const char *options;     /* of train */
    const char *header;      /* a line of the table, or nothing */
    const char *yes, *no;    /* rows */
    const char *few;         /* what predict reads: by a file whose name tells nothing */
    const char *predictions; /* of it */
} example;

static const example examples[] = {
    {"--missing zz", "x,y\n", "1,yes\n", "9,no\n", "x\nzz\n9\n1\n", "prediction\nno\nno\nyes\n"},
    {"--missing ''", "x,y\n", "NA,yes\n", "b,no\n", "x\nb\nNA\n", "prediction\nno\nyes\n"},
    {"--no-header", "", "a,yes\n", "b,no\n", "a,yes\nb,no\n", "prediction\nyes\nno\n"},
    {"--header --target 2", "1,2\n", "3,yes\n", "9,no\n", "1,2\n9,yes\n3,yes\n",
     "prediction\nno\nyes\n"},
    {"--delimiter '|'", "x|y\n", "1,5;a|yes\n", "2,5;b|no\n", "x\n2,5;b\n1,5;a\n",
     "prediction\nno\nyes\n"},
    {"--delimiter tab --decimal ,", "x\ty\n", "1,250\tyes\n", "9,500\tno\n", "x\n9,500\n1,250\n",
     "prediction\nno\nyes\n"},
    {"", "x;y\n", "1,5;yes\n", "2,5;no\n", "x\n2,5\n1,5\n", "prediction\nno\nyes\n"},
    {"--no-header", "", "a;b|yes\n", "c,d|no\n", "a;b\n", "prediction\nyes\n"},
    {"--no-header", "", "a;b|yes\n", "c,d|no\n", "c,d\na;b\n", "prediction\nno\nyes\n"},
    {"--no-header", "", "a b;c\tyes\n", "c d\tno\n", "a b;c\n", "prediction\nyes\n"},
    {"--decimal . --delimiter ';'", "x;y\n", "1,250;yes\n", "9;no\n", "x\n1,250\n9\n",
     "prediction\nyes\nno\n"},
    {"--format tsv", "x\ty\n", "a,b;1\tyes\n", "a,b;2\tno\n", "x\na,b;2\na,b;1\n",
     "prediction\nno\nyes\n"},
    {"--format fasttext", "", "__label__yes good one\n", "__label__no bad one\n",
     "bad one\ngood one\nbad bad\n", "prediction\nno\nyes\nno\n"},
    {"--categorical zip", "zip,y\n", "01,yes\n", "1,no\n", "zip\n1\n01\n", "prediction\nno\nyes\n"},
    {"--text t", "t,y\n", "red cat,yes\n", "blue dog,no\n", "t\ndog red dog blue\ncat\n",
     "prediction\nno\nyes\n"},
    {"--drop d", "d,x,y\n", "7,1,yes\n", "8,9,no\n", "x\n9\n1\n", "prediction\nno\nyes\n"},
    {"--only x", "d,x,y\n", "7,1,yes\n", "8,9,no\n", "x\n9\n1\n", "prediction\nno\nyes\n"},
    {"--id n", "n,x,y\n", "007,1,yes\n", "8,9,no\n", "x,n\n9,007\n1,08\n",
     "n,prediction\n007,no\n08,yes\n"},
    {"--weight w", "w,x,y\n", "1,1,yes\n", "2,9,no\n", "x\n9\n1\n", "prediction\nno\nyes\n"},
    {"--target y", "y,x\n", "yes,1\n", "no,9\n", "x\n9\n1\n", "prediction\nno\nyes\n"},
    {"--categorical y --target y", "y,x\n", "01,1\n", "1,9\n", "x\n9\n1\n", "prediction\n1\n01\n"},
};

static void write_table(const example *e, const char *name)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    fputs(e->header, file);
    for (int i = 0; i < 40; ++i)
        fputs(i % 2 == 0 ? e->yes : e->no, file);
    assert_int_equal(fclose(file), 0);
}

static void test_options(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; ++i) {
        const example *e = &examples[i];
        write_table(e, "table");
        write_file("few", e->few);
        outcome o =
            run("gradus train table --model logreg --epochs 5 --folds 2 -q -o m.st %s", e->options);
        if (o.code != 0)
            fail_msg("%s: %s", e->options, o.err);
        o = run("gradus predict m.st few && gradus predict m.st - <few");
        if (strncmp(o.out, e->predictions, strlen(e->predictions)) != 0 ||
            strcmp(o.out + strlen(e->predictions), e->predictions) != 0)
            fail_msg("%s: %s%s", e->options, o.out, o.err);
        o = run("gradus eval m.st table --json");
        if (o.code != 0 || strstr(o.out, "{\"rows\": 40, \"accuracy\": 1.0,") != o.out)
            fail_msg("%s: eval: %s%s", e->options, o.out, o.err);
        o = run("gradus export m.st -o m.c --int8 --data table");
        if (o.code != 0 || strstr(o.out, "accuracy 1, before 1") == NULL)
            fail_msg("%s: export: %s%s", e->options, o.out, o.err);
    }
}

/* A row of weight 0 is absent for whoever judges; each row is predicted nevertheless, and the
 * column may be missing. */
static void test_weight_0(void **state)
{
    (void)state;
    write_file("w.csv",
               "w,x,y\n1,1,yes\n2,9,no\n1,1,yes\n2,9,no\n0,1,no\n0,9,yes\n1,1,yes\n2,9,no\n"
               "1,1,yes\n2,9,no\n1,1,yes\n2,9,no\n");
    write_file("without.csv", "x,y\n1,yes\n9,no\n1,no\n");
    assert_int_equal(
        run("gradus train w.csv --weight w --model logreg --epochs 5 --folds 2 -q -o w.st").code,
        0);
    assert_says(run("gradus eval w.st w.csv --json").out, "{\"rows\": 10, \"accuracy\": 1.0,");
    assert_says(run("gradus eval w.st without.csv --json").out, "{\"rows\": 3, ");
    assert_string_equal(run("gradus predict w.st w.csv | wc -l").out, "13\n");
    assert_says(run("gradus export w.st -o w.c --int8 --data w.csv").out, "accuracy 1, before 1");
}

int remembered_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_options),
                                       cmocka_unit_test(test_weight_0)};
    return cmocka_run_group_tests_name("remembered", tests, enter_folder, leave_folder);
}
