/* bench [--list] [--sweep] [--cases a,b] [--threads N] [--json]: how long a training step takes.
 *
 * A step is reset, zero_grad, forward, loss, backward, optimiser. Each case runs in a process of
 * its own, so that its peak memory is its own. `us` is the median over repetitions of the mean of
 * n steps. `limit` is the time as a multiple of what plain C takes (limit.h), on one thread but for
 * relu_xw_b and adam_10M, which have as many as the case. --threads N hands a pool of N threads to
 * tapes and optimisers; BLAS has one. The last line says whether other programs ran meanwhile.
 * --sweep: one network in many sizes. */
#include "bench/draw.h"
#include "bench/measure.h"
#include "bench/side_by_side.h"

#include <gradus.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct options {
    const char *cases; /* comma-separated; NULL: all */
    int threads;
    bool list, sweep, json;
} options;

static void print_json(const bench_case *c, const result *r, double others, const options *o)
{
    const char *coretype = getenv("OPENBLAS_CORETYPE");
    printf(
        "{\"case\": \"%s\", \"lib\": \"gradus\", \"threads\": %d, \"us\": %.3f, \"us_min\": %.3f, "
        "\"n\": %d, \"reps\": %d, \"first_us\": %.1f, \"rss_mb\": %.1f, \"rss_import_mb\": %.1f, "
        "\"import_s\": 0.0, \"loss\": %.9g, \"torch\": \"\", \"coretype\": \"%s\", "
        "\"blas_kernel\": \"%s\", \"allocs_per_step\": %g",
        c->name, o->threads, r->us, r->us_min, r->n, r->reps, r->first_us, r->rss_mb,
        r->rss_import_mb, r->loss, coretype != NULL ? coretype : "", gd_blas_info().kernel,
        r->allocs_per_step);
    if (c->ops > 0)
        printf(", \"ops\": %d, \"ns_op\": %.1f, \"ns_op_min\": %.1f", c->ops, r->us * 1000 / c->ops,
               r->us_min * 1000 / c->ops);
    if (r->limit_us > 0)
        printf(", \"limit_us\": %.3f, \"limit_ratio\": %.3f", r->limit_us, r->ratio);
    if (others >= 0)
        printf(", \"others\": %.2f", others);
    printf("}\n");
}

static void print_row(const bench_case *c, const result *r)
{
    char limit[16] = "";
    if (r->limit_us > 0)
        snprintf(limit, sizeof limit, "%.2f", r->ratio);
    printf("%-32s %12.3f %12.3f %6s %9.1f %8g", c->name, r->us, r->us_min, limit, r->rss_mb,
           r->allocs_per_step);
    if (c->ops > 0)
        printf("   %.1f ns an op", r->us * 1000 / c->ops);
    printf("\n");
}

/* A tenth of a processor is what an idle system needs for itself. */
static void print_machine(double others)
{
    if (others < 0)
        printf("This system does not tell whether other programs ran meanwhile.\n");
    else
        printf("The machine was %squiet: other programs kept %.2f of %ld processors busy.\n",
               others > 0.1 ? "not " : "", others, sysconf(_SC_NPROCESSORS_ONLN));
}

/* In a process of its own; false where it failed. */
static bool run(const bench_case *c, const options *o)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        machine before = machine_now();
        bench_threads = o->threads;
        bench_pool = o->threads > 1 ? must(gd_pool_create(o->threads)) : NULL;
        result r = measure(c);
        machine after = machine_now();
        if (o->json)
            print_json(c, &r, machine_others(&before, &after), o);
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
    options o = {.threads = 1};
    for (int i = 1; i < argc; ++i) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--list") == 0) {
            o.list = true;
        } else if (strcmp(argv[i], "--sweep") == 0) {
            o.sweep = true;
        } else if (strcmp(argv[i], "--json") == 0) {
            o.json = true;
        } else if (strcmp(argv[i], "--cases") == 0 && more) {
            o.cases = argv[++i];
        } else if (strcmp(argv[i], "--threads") == 0 && more && atoi(argv[i + 1]) > 0) {
            o.threads = atoi(argv[++i]);
        } else {
            fprintf(stderr,
                    "usage: bench [--list] [--sweep] [--cases a,b] [--threads N] [--json]\n");
            exit(2);
        }
    }
    check_names(o.cases);
    return o;
}

/* Products are cut for the pool's threads, and BLAS computes each part with one. It reads its
 * number of threads when it is loaded: the program starts again with that. */
static void set_blas_threads(char **argv)
{
    const char *now = getenv("OPENBLAS_NUM_THREADS");
    if (now != NULL && strcmp(now, "1") == 0)
        return;
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
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
    set_blas_threads(argv);
    if (!o.json) {
        gd_blas blas = gd_blas_info();
        printf("%s, kernel %s, %d thread(s)\n", blas.config, blas.kernel, o.threads);
        printf("%-32s %12s %12s %6s %9s %8s\n", "case", "us", "us_min", "limit", "rss MB",
               "allocs");
    }
    bool ok = true;
    machine before = machine_now();
    const bench_case *cases = o.sweep ? sweep_cases : bench_cases;
    for (int i = 0; i < (o.sweep ? sweep_case_count : bench_case_count); ++i)
        if (o.cases == NULL || is_chosen(o.cases, cases[i].name))
            ok &= run(&cases[i], &o);
    machine after = machine_now();
    if (!o.json)
        print_machine(machine_others(&before, &after));
    return ok ? 0 : 1;
}
