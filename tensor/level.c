/* Which of the compiled kernels this processor runs. */
#include "tensor/kernels.h"

#ifdef __x86_64__

/* What the processor has is read once, before main, by the compiler's own support library. */
gd__level gd__best_level(void)
{
    bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return v3 && v4 ? GD__LEVEL_V4 : v3 ? GD__LEVEL_V3 : GD__LEVEL_BASE;
}

#else

gd__level gd__best_level(void)
{
    return GD__LEVEL_BASE;
}

#endif

GD__KERNEL_TABLES(gd__kernels, gd__tensor_kernels, gd__kernels)
