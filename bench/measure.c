#include "bench/measure.h"
#include "bench/limit.h"

#include <gradus.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { MOST_REPETITIONS = 31, LEAST_REPETITIONS = 5 };

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

/* Seconds a step, over n of them. */
static double time_steps(const bench_case *c, workload *w, int n)
{
    double start = seconds();
    for (int i = 0; i < n; ++i)
        c->step(w);
    return (seconds() - start) / n;
}

static double time_limit(const bench_limit *limit, void *arrays, int n)
{
    double start = seconds();
    for (int i = 0; i < n; ++i)
        limit->step(arrays);
    return (seconds() - start) / n;
}

/* How many steps a repetition has, and how many repetitions there are: a repetition takes at least
 * 20 ms, and all of them about 4 s. */
static void choose_repetitions(const bench_case *c, workload *w, result *r)
{
    double start = seconds();
    int steps = 0;
    while (steps < 3 || seconds() - start < 0.2) {
        c->step(w);
        ++steps;
    }
    double a_step = (seconds() - start) / steps;
    r->n = 0.02 / a_step > 1 ? (int)(0.02 / a_step) : 1;
    double repetitions = 4.0 / (a_step * r->n) + 1;
    r->reps = repetitions < LEAST_REPETITIONS  ? LEAST_REPETITIONS
              : repetitions > MOST_REPETITIONS ? MOST_REPETITIONS
                                               : (int)repetitions;
}

static void check_limit(const bench_case *c, double of_limit, double of_case)
{
    if (fabs(of_limit - of_case) <= 1e-5 * fabs(of_case))
        return;
    fprintf(stderr, "bench: %s: its limit computes %.9g, the case %.9g\n", c->name, of_limit,
            of_case);
    exit(1);
}

static void measure_beside_limit(const bench_case *c, workload *w, double first_loss, result *r)
{
    const bench_limit *limit = limit_of(c);
    if (limit == NULL)
        return;
    void *arrays = limit->setup(c);
    check_limit(c, limit->step(arrays), first_loss);
    double least = time_steps(c, w, r->n), least_limit = time_limit(limit, arrays, r->n);
    for (int i = 0; i < r->reps; ++i) {
        least = fmin(least, time_steps(c, w, r->n));
        least_limit = fmin(least_limit, time_limit(limit, arrays, r->n));
    }
    r->limit_us = 1e6 * least_limit;
    r->ratio = least / least_limit;
}

result measure(const bench_case *c)
{
    gd_set_allocator(counting_allocator, NULL);
    result r = {.rss_import_mb = peak_mb()};
    workload *w = c->setup(c);
    r.first_us = 1e6 * time_steps(c, w, 1);
    double times[MOST_REPETITIONS], first_loss = c->loss(w);
    choose_repetitions(c, w, &r);
    long before = allocations;
    for (int i = 0; i < r.reps; ++i)
        times[i] = time_steps(c, w, r.n);
    r.allocs_per_step = (double)(allocations - before) / ((double)r.n * r.reps);
    qsort(times, (size_t)r.reps, sizeof *times, compare);
    r.us = 1e6 * times[r.reps / 2];
    r.us_min = 1e6 * times[0];
    r.rss_mb = peak_mb();
    r.loss = c->loss(w);
    measure_beside_limit(c, w, first_loss, &r);
    return r;
}

/* ---- was the machine quiet? ---- */

static double processor_seconds(int who)
{
    struct rusage u;
    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

machine machine_now(void)
{
    machine m = {seconds(), -1};
    FILE *file = fopen("/proc/stat", "r");
    double user, nice, system, idle, wait, irq, softirq, steal;
    if (file == NULL)
        return m;
    if (fscanf(file, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &user, &nice, &system, &idle, &wait,
               &irq, &softirq, &steal) == 8)
        m.others = (user + nice + system + irq + softirq + steal) / (double)sysconf(_SC_CLK_TCK) -
                   processor_seconds(RUSAGE_SELF) - processor_seconds(RUSAGE_CHILDREN);
    fclose(file);
    return m;
}

double machine_others(const machine *before, const machine *after)
{
    double passed = after->seconds - before->seconds;
    if (before->others < 0 || after->others < 0 || !(passed > 0))
        return -1;
    return fmax(0, (after->others - before->others) / passed);
}
