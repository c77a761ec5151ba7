/* Loaded before a program (LD_PRELOAD), lets one allocation of its main fail: number
 * FAILING_MALLOC, counted from 1, in whatever library. At the end their number goes into the file
 * FAILING_MALLOC_COUNT, if that is set. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*end)(void), void *stack);

static bool counts; /* main has begun */
static long calls, fail_at;
static const char *count_file;
static int (*real_main)(int, char **, char **);

static bool fails(void)
{
    if (!counts || __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) != fail_at)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return size > 0 && fails() ? NULL : __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    if (fails())
        return ENOMEM;
    *memory = __libc_memalign(alignment, size);
    return *memory != NULL ? 0 : ENOMEM;
}

static void write_count(void)
{
    counts = false;
    FILE *file = count_file != NULL ? fopen(count_file, "w") : NULL;
    if (file != NULL) {
        fprintf(file, "%ld\n", calls);
        fclose(file);
    }
}

static int counted_main(int argc, char **argv, char **environment)
{
    const char *number = getenv("FAILING_MALLOC");
    fail_at = number != NULL ? atol(number) : 0;
    count_file = getenv("FAILING_MALLOC_COUNT");
    atexit(write_count);
    counts = true;
    return real_main(argc, argv, environment);
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*end)(void), void *stack)
{
    union {
        void *pointer;
        __typeof__(&__libc_start_main) function;
    } next = {dlsym(RTLD_NEXT, "__libc_start_main")};
    real_main = main;
    return next.function(counted_main, argc, argv, init, fini, end, stack);
}
