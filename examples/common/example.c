#include "example.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What a command line is read with. */
typedef struct command {
    const char *program;
    example_options *options;
} command;

static _Noreturn void usage(const command *c, int status)
{
    static const example_option none = {.name = NULL};
    const example_option *own = c->options->own != NULL ? c->options->own : &none;
    FILE *out = status == 0 ? stdout : stderr;
    fprintf(out, "usage: %s [--seed N] [--epochs N]", c->program);
    for (const example_option *o = own; o->name != NULL; ++o)
        fprintf(out, " [%s%s]", o->name, o->flag != NULL ? "" : " X");
    fprintf(out, " [--quiet] [FILE]\n"
                 "  --seed N    of the split and the initial weights (default 0)\n"
                 "  --epochs N  passes over the training rows\n");
    for (const example_option *o = own; o->name != NULL; ++o)
        fprintf(out, "  %s%s\n              %s\n", o->name, o->flag != NULL ? "" : " X", o->help);
    fprintf(out, "  --quiet     only the closing line of JSON\n"
                 "  FILE        data in place of the example's own\n");
    if (c->options->see_also != NULL)
        fprintf(out, "%s\n", c->options->see_also);
    exit(status);
}

static _Noreturn void refuse(const command *c, const char *option, const char *expected,
                             const char *found)
{
    fprintf(stderr, "%s: %s takes %s, not \"%s\"\n", c->program, option, expected,
            found != NULL ? found : "");
    usage(c, 2);
}

static _Noreturn void refuse_argument(const command *c, const char *argument)
{
    fprintf(stderr, "%s: %s \"%s\"\n", c->program,
            argument[0] == '-' ? "unknown option" : "expected one FILE, found another:", argument);
    usage(c, 2);
}

/* A whole number from 0 to most. */
static uint64_t whole_number(const command *c, const char *option, const char *text, uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long value = text != NULL ? strtoull(text, &end, 10) : 0;
    if (text == NULL || text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
        value > most)
        refuse(c, option, "a whole number", text);
    return value;
}

/* A number in [0,1). */
static double share(const command *c, const char *option, const char *text)
{
    char *end;
    double value = text != NULL ? strtod(text, &end) : 0;
    if (text == NULL || end == text || *end != '\0' || !(value >= 0 && value < 1))
        refuse(c, option, "a number from 0 to below 1", text);
    return value;
}

/* One of the example's own options, with what may follow it; how many arguments they are, 0: it
 * is none. */
static int parse_own(const command *c, const char *option, const char *next)
{
    for (const example_option *o = c->options->own; o != NULL && o->name != NULL; ++o) {
        if (strcmp(option, o->name) != 0)
            continue;
        if (o->flag != NULL)
            *o->flag = true;
        if (o->share != NULL)
            *o->share = share(c, option, next);
        if (o->count != NULL && (*o->count = (int)whole_number(c, option, next, INT_MAX)) < 1)
            refuse(c, option, "a number from 1 on", next);
        if (o->text != NULL && (*o->text = next) == NULL)
            refuse(c, option, "a text", next);
        return o->flag != NULL ? 1 : 2;
    }
    return 0;
}

void example_parse(example_options *options, int argc, char **argv)
{
    command c = {argv[0], options};
    int files = 0;
    for (int i = 1; i < argc; ++i) {
        int own = parse_own(&c, argv[i], argv[i + 1]);
        if (own > 0)
            i += own - 1;
        else if (strcmp(argv[i], "--seed") == 0)
            options->seed = whole_number(&c, "--seed", argv[++i], UINT64_MAX);
        else if (strcmp(argv[i], "--epochs") == 0)
            options->epochs = (int)whole_number(&c, "--epochs", argv[++i], INT_MAX);
        else if (strcmp(argv[i], "--quiet") == 0)
            options->quiet = true;
        else if (strcmp(argv[i], "--help") == 0)
            usage(&c, 0);
        else if (argv[i][0] == '-' || files++ > 0)
            refuse_argument(&c, argv[i]);
        else
            options->file = argv[i];
    }
}

void example_progress(const example_options *options, int epoch, double loss)
{
    bool terminal = isatty(STDERR_FILENO) != 0, last = epoch == options->epochs;
    int tenth = options->epochs / 10 > 0 ? options->epochs / 10 : 1;
    if (options->quiet || (!last && epoch % tenth != 0 && !terminal))
        return;
    fprintf(stderr, "%sepoch %d of %d  loss %.4f%s", terminal ? "\r" : "", epoch, options->epochs,
            loss, terminal && !last ? "" : "\n");
}

static gd_trace *trace; /* that is being written; NULL: none */

void example_trace(const char *program, gd_tape *tape, gd_parameters *parameters)
{
    static bool has_traced;
    const char *path = getenv("GRADUS_TRACE");
    if (path == NULL || *path == '\0' || has_traced)
        return;
    has_traced = true;
    gd_trace_options options = {.program = program, .source = EXAMPLES_SOURCE};
    trace = example_must(gd_trace_create(path, &options));
    example_check(gd_trace_attach(trace, tape) == GD_OK &&
                      (parameters == NULL || gd_trace_watch(trace, parameters) == GD_OK),
                  gd_message());
}

void example_trace_end(void)
{
    gd_trace *ended = trace;
    trace = NULL;
    example_check(gd_trace_close(ended) == GD_OK, gd_message());
}

void example_fail(const char *message)
{
    fprintf(stderr, "%s\n", message);
    gd_trace_close(trace); /* what was recorded so far tells more */
    exit(1);
}

void example_check(bool ok, const char *message)
{
    if (!ok)
        example_fail(message);
}

void *example_must(void *result)
{
    example_check(result != NULL, gd_message());
    return result;
}

int64_t example_classes(const gd_table *table)
{
    int64_t count = gd_table_level_count(table, gd_table_columns(table) - 1);
    example_check(count >= 0, "the last column must hold classes");
    return count;
}

static example_part take_part(const gd_tensor *x, const gd_tensor *y, const gd_tensor *rows)
{
    return (example_part){example_must(gd_take_rows(x, rows)), example_must(gd_take_rows(y, rows))};
}

void example_split(gd_table *table, gd_dtype dtype, uint64_t seed, example_part *train,
                   example_part *test)
{
    int last = gd_table_columns(table) - 1;
    gd_tensor *x = example_must(gd_table_numbers(table, 0, last, dtype));
    gd_tensor *y = example_must(gd_table_classes(table, last)), *train_rows, *test_rows;
    gd_rng rng = {.key = seed};
    example_check(gd_split_stratified(y, 0.2, &rng, &train_rows, &test_rows) == GD_OK,
                  gd_message());
    *train = take_part(x, y, train_rows);
    *test = take_part(x, y, test_rows);
    gd_tensor *done[] = {x, y, train_rows, test_rows};
    for (int i = 0; i < 4; ++i)
        gd_tensor_destroy(done[i]);
}

void example_standardize(example_part *train, example_part *test)
{
    gd_tensor *mean, *deviation;
    example_check(gd_standardize_fit(train->x, &mean, &deviation) == GD_OK &&
                      gd_standardize(train->x, mean, deviation) == GD_OK &&
                      gd_standardize(test->x, mean, deviation) == GD_OK,
                  gd_message());
    gd_tensor_destroy(mean);
    gd_tensor_destroy(deviation);
}

void example_part_destroy(example_part *part)
{
    gd_tensor_destroy(part->x);
    gd_tensor_destroy(part->y);
}

void example_load(const char *file, int count, gd_tensor **x, gd_tensor **y)
{
    gd_table *table = gd_table_read(file, NULL);
    example_check(table != NULL, gd_message());
    gd_tensor *mean, *deviation, *classes = gd_table_classes(table, gd_table_columns(table) - 1);
    *x = gd_table_numbers(table, 0, count, GD_F64);
    example_check(classes != NULL && *x != NULL, gd_message());
    *y = gd_tensor_create(GD_F64, 1, classes->shape);
    example_check(*y != NULL && gd_standardize_fit(*x, &mean, &deviation) == GD_OK &&
                      gd_standardize(*x, mean, deviation) == GD_OK,
                  gd_message());
    for (int64_t i = 0; i < classes->shape[0]; ++i)
        ((double *)(*y)->data)[i] = (double)((int64_t *)classes->data)[i];
    gd_tensor_destroy(mean);
    gd_tensor_destroy(deviation);
    gd_tensor_destroy(classes);
    gd_table_destroy(table);
}

double example_difference(const gd_tensor *a, const gd_tensor *b)
{
    double most = 0;
    for (int64_t i = 0; i < gd_tensor_numel(a); ++i) {
        double difference = fabs(((const double *)a->data)[i] - ((const double *)b->data)[i]);
        most = most >= difference || isnan(most) ? most : difference; /* keeps a NaN */
    }
    return most;
}

double example_accuracy(gd_tape *tape, gd_tensor *scores, gd_tensor *y)
{
    gd_tensor *right = gd_eq(tape, gd_argmax(tape, scores, 1, false), y);
    gd_tensor *share = gd_mean(tape, gd_cast(tape, right, GD_F64), GD_ALL_DIMS, false);
    example_check(share != NULL, gd_tape_message(tape));
    return gd_item(share);
}

double example_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
