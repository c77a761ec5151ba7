/* limit.c is compiled for each instruction set, as the library's kernels are. */
#include "bench/limit.h"
#include "tensor/level.h"

#include <stddef.h>

extern const bench_limit limits_base[LIMIT_KINDS];
#ifdef __x86_64__
extern const bench_limit limits_v3[LIMIT_KINDS], limits_v4[LIMIT_KINDS];
static const bench_limit *const limits[] = {limits_base, limits_v3, limits_v4};
#else
static const bench_limit *const limits[] = {limits_base};
#endif

const bench_limit *limit_of(const bench_case *c)
{
    const bench_limit *limit = &limits[gd__best_level()][c->limit];
    return limit->step != NULL ? limit : NULL;
}
