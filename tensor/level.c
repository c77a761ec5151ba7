/* Which of the compiled kernels this processor runs. */
#include "tensor/kernels.h"

extern const gd__kernels gd__kernels_f32_base, gd__kernels_f64_base;

#ifdef __x86_64__

extern const gd__kernels gd__kernels_f32_v3, gd__kernels_f64_v3;
extern const gd__kernels gd__kernels_f32_v4, gd__kernels_f64_v4;

/* What the processor has is read once, before main, by the compiler's own support library. */
gd__level gd__best_level(void)
{
    bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    return v3 && v4 ? GD__LEVEL_V4 : v3 ? GD__LEVEL_V3 : GD__LEVEL_BASE;
}

const gd__kernels *gd__kernels_at(gd__level level, gd_dtype dtype)
{
    static const gd__kernels *const tables[GD__LEVEL_COUNT][2] = {
        {&gd__kernels_f32_base, &gd__kernels_f64_base},
        {&gd__kernels_f32_v3, &gd__kernels_f64_v3},
        {&gd__kernels_f32_v4, &gd__kernels_f64_v4}};
    return tables[level][dtype == GD_F64];
}

#else

gd__level gd__best_level(void)
{
    return GD__LEVEL_BASE;
}

const gd__kernels *gd__kernels_at(gd__level level, gd_dtype dtype)
{
    (void)level;
    return dtype == GD_F64 ? &gd__kernels_f64_base : &gd__kernels_f32_base;
}

#endif

const gd__kernels *gd__kernels_for(gd_dtype dtype)
{
    return gd__kernels_at(gd__best_level(), dtype);
}
