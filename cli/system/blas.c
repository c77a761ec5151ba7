#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
/* Starts OpenBLAS with fast kernels and one thread. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static bool has_avx2(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

/* Each thread of OpenBLAS takes 128 MiB when it is loaded. Where they cannot be had it waits for
 * them for ever, and the end of the program waits for the thread, also where the environment asks
 * for threads. */
bool cli_is_address_space_limited(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

/* Two things that OpenBLAS decides when it is loaded, and so before the program begins: it takes
 * its oldest kernels for a processor that is newer than itself (in 0.7 of the time others train a
 * model of 1800 rows), and it starts a thread for each processor, which waits for work by turning
 * in circles (half of the processor time of a model of 569 rows). gd_blas_set_threads starts
 * threads where they are asked for. */
void cli_start_with_fast_blas(char **argv)
{
    if (getauxval(AT_BASE) == 0) /* started by the dynamic linker, which is /proc/self/exe then */
        return;
    bool old_kernels = getenv("OPENBLAS_CORETYPE") == NULL && has_avx2() &&
                       strcmp(gd_blas_info().kernel, "Prescott") == 0;
    const char *threads = getenv("OPENBLAS_NUM_THREADS");
    bool idle_threads =
        threads == NULL || (cli_is_address_space_limited() && strcmp(threads, "1") != 0);
    bool changed = (!old_kernels || setenv("OPENBLAS_CORETYPE", "Haswell", 1) == 0) &&
                   (!idle_threads || setenv("OPENBLAS_NUM_THREADS", "1", 1) == 0);
    if (changed && (old_kernels || idle_threads)) { /* else it would start itself for ever */
        execv("/proc/self/exe", argv);
        execv((const char *)getauxval(AT_EXECFN), argv); /* where /proc is not mounted */
    }                                                    /* where both return, it is only slower */
    prctl(PR_SET_NAME, "gradus");                        /* after that it would be called "exe" */
}

/* Whether address space of so many bytes can be had. */
static bool is_room(size_t size)
{
    void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room != MAP_FAILED)
        munmap(room, size);
    return room != MAP_FAILED;
}

int cli_check_blas_room(int threads)
{
    size_t size = (size_t)threads * 136 << 20; /* a buffer, and a stack */
    if (threads == 0 || !cli_is_address_space_limited() || is_room(size))
        return CLI_OK;
    return cli_error(CLI_RUNTIME,
                     "%d thread%s of BLAS need%s about %zu MiB of address space, which cannot be "
                     "had; raise the limit (ulimit -v)",
                     threads, threads == 1 ? "" : "s", threads == 1 ? "s" : "", size >> 20);
}

/* ---- before OpenBLAS is loaded ---- */

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

char *openblas_get_config(void); /* alone of its functions it may be called before it is loaded */

/* Whether OpenBLAS takes a buffer for each thread when it is loaded: 0.3.29 does, 0.3.21 does
 * not. */
static bool takes_buffers_at_load(void)
{
    int minor = 0;
    return sscanf(openblas_get_config(), "OpenBLAS 0.3.%d", &minor) != 1 || minor > 21;
}

/* How many threads OpenBLAS starts: one for each processor, unless the environment says one. */
static size_t count_threads(char **envp)
{
    for (; *envp != NULL; ++envp)
        if (strcmp(*envp, "OPENBLAS_NUM_THREADS=1") == 0)
            return 1;
    return (size_t)sysconf(_SC_NPROCESSORS_ONLN);
}

/* Such an OpenBLAS waits for ever where there is no room for its buffers, before main. So the room
 * is looked for before that. */
static void look_for_room(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv;
    if (!cli_is_address_space_limited() || !takes_buffers_at_load())
        return;
    size_t threads = count_threads(envp), size = threads * 129 << 20;
    if (is_room(size))
        return;
    char message[200];
    int length = snprintf(message, sizeof message,
                          "gradus: %zu thread%s of BLAS need%s about %zu MiB of address space, "
                          "which cannot be had; raise the limit (ulimit -v)\n",
                          threads, threads == 1 ? "" : "s", threads == 1 ? "s" : "", size >> 20);
    ssize_t written = write(STDERR_FILENO, message, (size_t)length);
    (void)written; /* there is nothing else to say it with */
    _exit(CLI_RUNTIME);
}

/* Functions in the program's preinit array run before its libraries are initialised. */
__attribute__((section(".preinit_array"),
               used)) static void (*const before_libraries)(int, char **, char **) = look_for_room;

#endif
