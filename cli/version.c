/* gradus version */
#include "cli/cli.h"

/* Those that a kernel of the library is compiled for. */
static json_t *cpu_features(void)
{
#ifdef __x86_64__
    return json_pack("[s*, s*, s*, s*, s*, s*]", __builtin_cpu_supports("avx2") ? "avx2" : NULL,
                     __builtin_cpu_supports("fma") ? "fma" : NULL,
                     __builtin_cpu_supports("avx512f") ? "avx512f" : NULL,
                     __builtin_cpu_supports("avx512bw") ? "avx512bw" : NULL,
                     __builtin_cpu_supports("avx512dq") ? "avx512dq" : NULL,
                     __builtin_cpu_supports("avx512vl") ? "avx512vl" : NULL);
#else
    return json_array();
#endif
}

static void print_text(gd_blas blas, const json_t *cpu)
{
    printf("gradus %s\n", gd_version());
    printf("BLAS: %s; kernel %s, threads %d\nCPU:", blas.config, blas.kernel, blas.threads);
    for (size_t i = 0; i < json_array_size(cpu); ++i)
        printf(" %s", json_string_value(json_array_get(cpu, i)));
    puts(json_array_size(cpu) == 0 ? " none of the features that kernels are compiled for" : "");
}

int cli_version(const cli_options *options)
{
    gd_blas blas = gd_blas_info();
    json_t *cpu = cpu_features();
    if (!options->json) {
        print_text(blas, cpu);
        json_decref(cpu);
        return CLI_OK;
    }
    return cli_print_json(json_pack("{s:s, s:{s:s, s:s, s:i}, s:o}", "version", gd_version(),
                                    "blas", "config", blas.config, "kernel", blas.kernel, "threads",
                                    blas.threads, "cpu", cpu));
}
