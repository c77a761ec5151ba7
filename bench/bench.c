/* bench [--list] [--cases a,b] [--threads N] [--json]: how long a training step takes.
 *
 * A step is reset, zero_grad, forward, loss, backward, optimiser. Each case runs in a process of
 * its own, so that its peak memory is its own. `us` is the median over repetitions of the mean of
 * n steps. */
#include "cases.h"

#include <gradus.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_REPETITIONS = 31 };

typedef struct options {
    const char *cases;   /* comma-separated; NULL: all */
    const char *threads; /* of BLAS */
    bool list, json;
} options;

static long allocations;

static void *counting_allocator(void *context, void *memory, size_t old_size, size_t new_size)
{
    (void)context, (void)old_size;
    ++allocations;
    if (new_size > 0)
        return malloc(new_size);
    free(memory);
    return NULL;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double peak_mb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct result {
    double us, us_min, first_us, rss_mb, rss_import_mb, loss, allocs_per_step;
    int n, reps;
} result;

/* Seconds a step, over n of them. */
static double time_steps(const bench_case *c, workload *w, int n)
{
    double start = seconds();
    for (int i = 0; i < n; ++i)
        c->step(w);
    return (seconds() - start) / n;
}

static result measure(const bench_case *c)
{
    result r = {.rss_import_mb = peak_mb()};
    workload *w = c->setup(c);
    r.first_us = 1e6 * time_steps(c, w, 1);
    double start = seconds(), times[MOST_REPETITIONS];
    int steps = 0;
    while (steps < 3 || seconds() - start < 0.2) {
        c->step(w);
        ++steps;
    }
    double a_step = (seconds() - start) / steps, repetitions;
    r.n = 0.02 / a_step > 1 ? (int)(0.02 / a_step) : 1;
    repetitions = 4.0 / (a_step * r.n) + 1;
    r.reps = repetitions < 5                          ? 5
             : repetitions > (double)MOST_REPETITIONS ? MOST_REPETITIONS
                                                      : (int)repetitions;
    long before = allocations;
    for (int i = 0; i < r.reps; ++i)
        times[i] = time_steps(c, w, r.n);
    r.allocs_per_step = (double)(allocations - before) / ((double)r.n * r.reps);
    qsort(times, (size_t)r.reps, sizeof *times, compare);
    r.us = 1e6 * times[r.reps / 2];
    r.us_min = 1e6 * times[0];
    r.rss_mb = peak_mb();
    r.loss = c->loss(w);
    return r;
}

static void print_json(const bench_case *c, const result *r, const options *o)
{
    const char *coretype = getenv("OPENBLAS_CORETYPE");
    printf(
        "{\"case\": \"%s\", \"lib\": \"gradus\", \"threads\": %s, \"us\": %.3f, \"us_min\": %.3f, "
        "\"n\": %d, \"reps\": %d, \"first_us\": %.1f, \"rss_mb\": %.1f, \"rss_import_mb\": %.1f, "
        "\"import_s\": 0.0, \"loss\": %.9g, \"torch\": \"\", \"coretype\": \"%s\", "
        "\"blas_kernel\": \"%s\", \"allocs_per_step\": %g",
        c->name, o->threads, r->us, r->us_min, r->n, r->reps, r->first_us, r->rss_mb,
        r->rss_import_mb, r->loss, coretype != NULL ? coretype : "", gd_blas_info().kernel,
        r->allocs_per_step);
    if (c->ops > 0)
        printf(", \"ops\": %d, \"ns_op\": %.1f, \"ns_op_min\": %.1f", c->ops, r->us * 1000 / c->ops,
               r->us_min * 1000 / c->ops);
    printf("}\n");
}

static void print_row(const bench_case *c, const result *r)
{
    printf("%-32s %12.3f %12.3f %9.1f %8g", c->name, r->us, r->us_min, r->rss_mb,
           r->allocs_per_step);
    if (c->ops > 0)
        printf("   %.1f ns an op", r->us * 1000 / c->ops);
    printf("\n");
}

/* In a process of its own; false where it failed. */
static bool run(const bench_case *c, const options *o)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        gd_set_allocator(counting_allocator, NULL);
        result r = measure(c);
        if (o->json)
            print_json(c, &r, o);
        else
            print_row(c, &r);
        fflush(stdout);
        _exit(0);
    }
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* Whether `name` is one of the comma-separated names. */
static bool is_chosen(const char *names, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = names; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

static const bench_case *find(const char *name, size_t length)
{
    for (int i = 0; i < bench_case_count; ++i)
        if (strlen(bench_cases[i].name) == length &&
            strncmp(bench_cases[i].name, name, length) == 0)
            return &bench_cases[i];
    return NULL;
}

/* Every name in --cases must be one; a wrong one ends the program. */
static void check_names(const char *names)
{
    while (names != NULL && *names != '\0') {
        size_t length = strcspn(names, ",");
        if (find(names, length) == NULL) {
            fprintf(stderr, "bench: there is no case \"%.*s\"; --list names them\n", (int)length,
                    names);
            exit(2);
        }
        names += length + (names[length] == ',');
    }
}

static options parse(int argc, char **argv)
{
    options o = {.threads = "1"};
    for (int i = 1; i < argc; ++i) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--list") == 0) {
            o.list = true;
        } else if (strcmp(argv[i], "--json") == 0) {
            o.json = true;
        } else if (strcmp(argv[i], "--cases") == 0 && more) {
            o.cases = argv[++i];
        } else if (strcmp(argv[i], "--threads") == 0 && more && atoi(argv[i + 1]) > 0) {
            o.threads = argv[++i];
        } else {
            fprintf(stderr, "usage: bench [--list] [--cases a,b] [--threads N] [--json]\n");
            exit(2);
        }
    }
    check_names(o.cases);
    return o;
}

/* OpenBLAS reads its number of threads when it is loaded: the program starts again with the right
 * one. */
static void set_threads(char **argv, const char *threads)
{
    const char *now = getenv("OPENBLAS_NUM_THREADS");
    if (now != NULL && strcmp(now, threads) == 0)
        return;
    setenv("OPENBLAS_NUM_THREADS", threads, 1);
    execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
    options o = parse(argc, argv);
    if (o.list) {
        for (int i = 0; i < bench_case_count; ++i)
            printf("%s\n", bench_cases[i].name);
        return 0;
    }
    set_threads(argv, o.threads);
    if (!o.json) {
        gd_blas blas = gd_blas_info();
        printf("%s, kernel %s, %s thread(s)\n", blas.config, blas.kernel, o.threads);
        printf("%-32s %12s %12s %9s %8s\n", "case", "us", "us_min", "rss MB", "allocs");
    }
    bool ok = true;
    for (int i = 0; i < bench_case_count; ++i)
        if (o.cases == NULL || is_chosen(o.cases, bench_cases[i].name))
            ok &= run(&bench_cases[i], &o);
    return ok ? 0 : 1;
}
