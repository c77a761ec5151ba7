#include "bench/side_by_side.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

int bench_threads = 1;

typedef struct part {
    pthread_t thread;
    void (*f)(void *arrays, int64_t begin, int64_t end);
    void *arrays;
    int64_t begin, end;
} part;

static void *run(void *context)
{
    const part *p = context;
    p->f(p->arrays, p->begin, p->end);
    return NULL;
}

void side_by_side(int64_t n, void (*f)(void *arrays, int64_t begin, int64_t end), void *arrays)
{
    part parts[MOST_PARTS];
    int count = bench_threads < MOST_PARTS ? bench_threads : MOST_PARTS;
    for (int i = 0; i < count; ++i) {
        parts[i] = (part){.f = f,
                          .arrays = arrays,
                          .begin = n / 64 * i / count * 64,
                          .end = i + 1 < count ? n / 64 * (i + 1) / count * 64 : n};
        if (i > 0 && pthread_create(&parts[i].thread, NULL, run, &parts[i]) != 0) {
            fprintf(stderr, "bench: the system starts no thread\n");
            exit(1);
        }
    }
    run(&parts[0]);
    for (int i = 1; i < count; ++i)
        pthread_join(parts[i].thread, NULL);
}
