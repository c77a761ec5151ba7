/* How OpenBLAS is started. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
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
    if (changed && (old_kernels || idle_threads)) /* else it would start itself for ever */
        execv("/proc/self/exe", argv);            /* where it returns, it is only slower */
    prctl(PR_SET_NAME, "gradus");                 /* after that it would be called "exe" */
}
