/* gradus version */
#include "cli/cli.h"

/* Those that a kernel of the library is compiled for. */
static gd__json *cpu_features(void)
{
    gd__json *list = gd__json_array();
#ifdef __x86_64__
    const char *const features[] = {__builtin_cpu_supports("avx2") ? "avx2" : NULL,
                                    __builtin_cpu_supports("fma") ? "fma" : NULL,
                                    __builtin_cpu_supports("avx512f") ? "avx512f" : NULL,
                                    __builtin_cpu_supports("avx512bw") ? "avx512bw" : NULL,
                                    __builtin_cpu_supports("avx512dq") ? "avx512dq" : NULL,
                                    __builtin_cpu_supports("avx512vl") ? "avx512vl" : NULL};
    for (size_t i = 0; i < sizeof features / sizeof *features; ++i)
        if (features[i] != NULL)
            gd__json_append(list, gd__json_string(features[i]));
#endif
    return list;
}

static void print_text(gd_blas blas, const gd__json *cpu)
{
    printf("gradus %s\n", gd_version());
    printf("BLAS: %s; kernel %s, threads %d\nCPU:", blas.config, blas.kernel, blas.threads);
    for (size_t i = 0; i < gd__json_size(cpu); ++i)
        printf(" %s", gd__json_string_of(gd__json_at(cpu, i)));
    puts(gd__json_size(cpu) == 0 ? " none of the features that kernels are compiled for" : "");
}

int cli_version(const cli_options *options)
{
    gd_blas blas = gd_blas_info();
    gd__json *cpu = cpu_features();
    if (!options->json) {
        print_text(blas, cpu);
        gd__json_destroy(cpu);
        return CLI_OK;
    }
    gd__json *json = gd__json_object(), *kernels = gd__json_object();
    gd__json_set(kernels, "config", gd__json_string(blas.config));
    gd__json_set(kernels, "kernel", gd__json_string(blas.kernel));
    gd__json_set(kernels, "threads", gd__json_integer(blas.threads));
    gd__json_set(json, "version", gd__json_string(gd_version()));
    gd__json_set(json, "blas", kernels);
    gd__json_set(json, "cpu", cpu);
    int code = cli_print_json(json);
    gd__json_destroy(json);
    return code;
}
