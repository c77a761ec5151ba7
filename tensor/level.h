/* The instruction sets that the loops of a folder's kernels.c are compiled for. */
#ifndef GRADUS_TENSOR_LEVEL_H
#define GRADUS_TENSOR_LEVEL_H

#include <gradus/tensor.h>

/* Each needs the ones before it. */
typedef enum gd__level {
    GD__LEVEL_BASE, /* what every processor of the kind has: SSE2, NEON */
    GD__LEVEL_V3,   /* x86-64-v3: AVX2, FMA */
    GD__LEVEL_V4,   /* x86-64-v4: AVX-512 */
    GD__LEVEL_COUNT
} gd__level;

gd__level gd__best_level(void); /* of this processor */

/* Declares the tables that the build makes of a folder's kernels.c, NAME_f32_base and so on, of
 * the given type, and defines NAME_at(level, dtype), which is one of them, and NAME_for(dtype),
 * that of the best level. */
#ifdef __x86_64__
#define GD__KERNEL_TABLES(type, folder, name)                                                      \
    extern const type folder##_f32_base, folder##_f64_base, folder##_f32_v3, folder##_f64_v3,      \
        folder##_f32_v4, folder##_f64_v4;                                                          \
    static const type *const name##_tables[GD__LEVEL_COUNT][2] = {                                 \
        {&folder##_f32_base, &folder##_f64_base},                                                  \
        {&folder##_f32_v3, &folder##_f64_v3},                                                      \
        {&folder##_f32_v4, &folder##_f64_v4}};                                                     \
    GD__KERNELS_OF(type, name)
#else
#define GD__KERNEL_TABLES(type, folder, name)                                                      \
    extern const type folder##_f32_base, folder##_f64_base;                                        \
    static const type *const name##_tables[1][2] = {{&folder##_f32_base, &folder##_f64_base}};     \
    GD__KERNELS_OF(type, name)
#endif
#define GD__KERNELS_OF(type, name)                                                                 \
    const type *name##_at(gd__level level, gd_dtype dtype)                                         \
    {                                                                                              \
        return name##_tables[level][dtype == GD_F64];                                              \
    }                                                                                              \
    const type *name##_for(gd_dtype dtype)                                                         \
    {                                                                                              \
        return name##_tables[gd__best_level()][dtype == GD_F64];                                   \
    }

#endif
