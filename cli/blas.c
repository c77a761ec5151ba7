/* Which of OpenBLAS's kernels run. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_avx2(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

/* OpenBLAS takes its oldest kernels for a processor that is newer than itself, and can be told otherwise only before it
 * is loaded: so the program starts anew. On such a processor a model of 1800 rows is trained in 0.7 of the time. */
void cli_use_fast_kernels(char **argv)
{
    if (getenv("OPENBLAS_CORETYPE") != NULL || !has_avx2() ||
        strcmp(gd_blas_info().kernel, "Prescott") != 0)
        return;
    setenv("OPENBLAS_CORETYPE", "Haswell", 1);
    execv("/proc/self/exe", argv); /* where it returns, the old kernels do as well */
}
