#include "docs/book/exercises/judge/judge.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 5, MOST_NUMBERS = 4096, MOST_SHOWN = 5, MOST_KINDS = 16 };

/* One comparison, as the judge's process sends it. what "": the case begins; "end": all is done. */
typedef struct row {
    char what[40], place[24], text[120];
    double yours, right;
    bool ok;
} row;

/* ---- in the judge's process ---- */

static int out = -1;
static char case_text[sizeof((row *)0)->text];

static void send(row *r)
{
    if (write(out, r, sizeof *r) != (ssize_t)sizeof *r)
        _exit(1);
}

void judge_case(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(case_text, sizeof case_text, format, arguments);
    va_end(arguments);
    row r = {.ok = true};
    memcpy(r.text, case_text, sizeof r.text);
    send(&r);
}

static void send_result(const char *what, const char *place, const char *text, double yours,
                        double right, bool ok)
{
    row r = {.yours = yours, .right = right, .ok = ok};
    snprintf(r.what, sizeof r.what, "%s", what);
    snprintf(r.place, sizeof r.place, "%s", place);
    snprintf(r.text, sizeof r.text, "%s", text);
    send(&r);
}

void judge_number(const char *what, const char *place, double yours, double right)
{
    bool ok = fabs(yours - right) <= 1e-6 * (1 + fabs(right)); /* false for NaN */
    send_result(what, place, case_text, yours, right, ok);
}

static void index_text(char *text, size_t size, int ndim, const int64_t *shape, int64_t flat)
{
    int64_t index[GD_MAX_DIMS];
    for (int d = ndim - 1; d >= 0; --d) {
        index[d] = flat % shape[d];
        flat /= shape[d];
    }
    size_t used = 0;
    text[0] = '\0';
    for (int d = 0; d < ndim && used < size; ++d)
        used += (size_t)snprintf(text + used, size - used, "%s%" PRId64 "%s", d == 0 ? "[" : ",",
                                 index[d], d == ndim - 1 ? "]" : "");
}

/* Why a tensor cannot be compared; NULL: it can. */
static const char *problem(gd_tape *tape, const gd_tensor *x, int ndim, const int64_t *shape)
{
    static char text[120];
    if (x == NULL) {
        const char *why = gd_tape_message(tape);
        return why[0] != '\0' ? why : "NULL was returned";
    }
    bool fits = x->ndim == ndim && x->dtype == GD_F64;
    for (int d = 0; fits && d < ndim; ++d)
        fits = x->shape[d] == shape[d];
    if (fits)
        return NULL;
    int used = snprintf(text, sizeof text, "it is %s [", gd_dtype_name(x->dtype));
    for (int d = 0; d < x->ndim; ++d)
        used += snprintf(text + used, sizeof text - (size_t)used, d == 0 ? "%" PRId64 : ",%" PRId64,
                         x->shape[d]);
    used += snprintf(text + used, sizeof text - (size_t)used, "], not float64 [");
    for (int d = 0; d < ndim; ++d)
        used += snprintf(text + used, sizeof text - (size_t)used, d == 0 ? "%" PRId64 : ",%" PRId64,
                         shape[d]);
    snprintf(text + used, sizeof text - (size_t)used, "]");
    return text;
}

void judge_tensor(const char *what, gd_tape *tape, const gd_tensor *yours, int ndim,
                  const int64_t *shape, const double *right)
{
    const char *why = problem(tape, yours, ndim, shape);
    gd_tensor *dense = why == NULL ? gd_tensor_create_copy(yours) : NULL;
    int64_t count = 1;
    for (int d = 0; d < ndim; ++d)
        count *= shape[d];
    for (int64_t i = 0; i < count; ++i) {
        char place[24];
        index_text(place, sizeof place, ndim, shape, i);
        if (dense != NULL)
            judge_number(what, place, ((const double *)dense->data)[i], right[i]);
        else
            send_result(what, place, why, (double)NAN, right[i], false);
    }
    gd_tensor_destroy(dense);
}

double judge_uniform(gd_rng *rng, double low, double high)
{
    double value;
    gd_tensor *x = gd_tensor_create_borrowed(GD_F64, &value, 0, NULL);
    gd_tensor_uniform(x, rng, low, high);
    gd_tensor_destroy(x);
    return value;
}

double judge_sign(gd_rng *rng)
{
    double value = judge_uniform(rng, -1, 1);
    return value < 0 ? value - 0.5 : value + 0.5;
}

gd_tensor *judge_draw(gd_rng *rng, double low, double high, int ndim, const int64_t *shape)
{
    gd_tensor *x = gd_tensor_create(GD_F64, ndim, shape);
    gd_tensor_uniform(x, rng, low, high);
    x->requires_grad = true;
    return x;
}

static double weighted(const judged *j, const double *weights, int64_t count, double *values)
{
    double sum = 0;
    j->reference(j->inputs, j->context, values);
    for (int64_t i = 0; i < count; ++i)
        sum += weights[i] * values[i];
    return sum;
}

/* The gradient of the weighted reference for an input, by central differences. */
static void differences(const judged *j, gd_tensor *x, const double *weights, int64_t count,
                        double *gradient)
{
    static double values[MOST_NUMBERS];
    const double step = 1e-5;
    double *data = x->data;
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i) {
        double before = data[i];
        data[i] = before + step;
        double above = weighted(j, weights, count, values);
        data[i] = before - step;
        double below = weighted(j, weights, count, values);
        data[i] = before;
        gradient[i] = (above - below) / (2 * step);
    }
}

/* The reader's value, on an empty tape. */
static gd_tensor *value_of(const judged *j, gd_tape *tape)
{
    gd_tape_reset(tape);
    return j->yours(tape, j->inputs, j->n, j->context);
}

void judge_function(const judged *j, gd_rng *rng)
{
    static double right[MOST_NUMBERS], gradient[MOST_NUMBERS];
    gd_tape *tape = gd_tape_create();
    gd_tensor *u = gd_tensor_create(GD_F64, j->ndim, j->shape);
    int64_t count = gd_tensor_numel(u);
    for (int64_t i = 0; i < count; ++i)
        ((double *)u->data)[i] = judge_sign(rng);
    j->reference(j->inputs, j->context, right);
    judge_tensor("value", tape, value_of(j, tape), j->ndim, j->shape, right);
    for (int i = 0; i < j->n; ++i) {
        char what[40];
        gd_tensor *x = j->inputs[i], *g = NULL;
        if (j->names[i] == NULL)
            continue;
        snprintf(what, sizeof what, "gradient of %s", j->names[i]);
        gd_tensor *y = value_of(j, tape);
        if (problem(tape, y, j->ndim, j->shape) == NULL)
            (gd_grad)(tape, y, &x, 1, &g, &(gd_grad_options){.gradient = u});
        differences(j, x, u->data, count, gradient);
        judge_tensor(what, tape, g, x->ndim, x->shape, gradient);
    }
    gd_tape_destroy(tape);
    gd_tensor_destroy(u);
}

/* ---- in the first process ---- */

/* How many numbers of a kind there are, and how many of them are right. */
typedef struct kind {
    char what[40];
    int count, right;
} kind;

typedef struct result {
    kind kinds[MOST_KINDS];
    int kinds_count, wrong, right;
    char last_case[sizeof((row *)0)->text];
    bool ended;
} result;

static kind *kind_of(result *r, const char *what)
{
    int i = 0;
    while (i < r->kinds_count && strcmp(r->kinds[i].what, what) != 0)
        ++i;
    if (i == MOST_KINDS)
        return &r->kinds[MOST_KINDS - 1];
    if (i == r->kinds_count)
        snprintf(r->kinds[r->kinds_count++].what, sizeof r->kinds[0].what, "%s", what);
    return &r->kinds[i];
}

/* The table of what differs: of each kind the first few. */
static void print_wrong(const kind *k, const row *rows, int count)
{
    int shown = 0, wrong = k->count - k->right;
    for (int i = 0; i < count && shown < MOST_SHOWN; ++i) {
        if (rows[i].ok || strcmp(rows[i].what, k->what) != 0)
            continue;
        ++shown;
        printf("%-22s %-7s %12.6g %12.6g   %s\n", rows[i].what, rows[i].place, rows[i].yours,
               rows[i].right, rows[i].text);
    }
    if (wrong > shown)
        printf("%-22s ... and %d more\n", k->what, wrong - shown);
}

static void collect(result *r, int in)
{
    static row rows[MOST_NUMBERS];
    int count = 0;
    for (row row; !r->ended && read(in, &row, sizeof row) == (ssize_t)sizeof row;) {
        if (row.what[0] == '\0')
            memcpy(r->last_case, row.text, sizeof r->last_case);
        else if (strcmp(row.what, "end") == 0)
            r->ended = true;
        else if (count < MOST_NUMBERS) {
            rows[count++] = row;
            kind *k = kind_of(r, row.what);
            ++k->count;
            k->right += row.ok;
            r->right += row.ok;
        }
    }
    for (int i = 0; i < r->kinds_count; ++i)
        printf("%-22s %d of %d numbers are right\n", r->kinds[i].what, r->kinds[i].right,
               r->kinds[i].count);
    if (r->right < count)
        printf("\n%-30s %12s %12s\n", "what differs", "yours", "right");
    for (int i = 0; i < r->kinds_count; ++i)
        print_wrong(&r->kinds[i], rows, count);
    r->wrong = count - r->right;
}

static void say_how_it_ended(const result *r, int status)
{
    const char *where = r->last_case[0] != '\0' ? r->last_case : "before the first case";
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        printf("\nYour function did not return within %d seconds (%s).\n", SECONDS, where);
    else if (WIFSIGNALED(status))
        printf("\nYour function crashed: %s (%s).\n", strsignal(WTERMSIG(status)), where);
    else
        printf("\nYour function ended the program instead of returning (%s).\n", where);
}

static pid_t start(uint64_t seed, int in_and_out[2])
{
    if (pipe(in_and_out) != 0)
        return -1;
    fflush(NULL);
    pid_t child = fork();
    if (child != 0)
        return child;
    out = in_and_out[1];
    close(in_and_out[0]);
    alarm(SECONDS);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    setrlimit(RLIMIT_AS, &(struct rlimit){(rlim_t)4 << 30, (rlim_t)4 << 30});
    the_exercise.judge(&(gd_rng){.key = seed});
    send_result("end", "", "", 0, 0, true);
    _exit(0);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--hint") == 0)
        return printf("%s\n", the_exercise.hint) < 0;
    int in_and_out[2], status = 0;
    result r = {.wrong = 0};
    const char *seed = argc == 2 ? argv[1] : "0";
    pid_t child = start(strtoull(seed, NULL, 10), in_and_out);
    if (child < 0)
        return perror("judge"), 2;
    close(in_and_out[1]);
    collect(&r, in_and_out[0]);
    kill(child, SIGKILL); /* has ended, or has closed its pipe */
    waitpid(child, &status, 0);
    if (!r.ended)
        say_how_it_ended(&r, status);
    if (r.ended && r.wrong == 0 && r.right > 0)
        return printf("\nAll of it is right.\n\n%s\n", the_exercise.learnt) < 0;
    printf("\nNot yet. The same numbers again: --seed %s. Help: --hint\n", seed);
    return 1;
}
