/* gradus version: the version, the BLAS library and the processor features. */
#include "cli/cli.h"

/* Those that a kernel of the library is compiled for. */
static gd_json *cpu_features(void)
{
    gd_json *list = gd_json_array();
#ifdef __x86_64__
    const char *const features[] = {__builtin_cpu_supports("avx2") ? "avx2" : NULL,
                                    __builtin_cpu_supports("fma") ? "fma" : NULL,
                                    __builtin_cpu_supports("avx512f") ? "avx512f" : NULL,
                                    __builtin_cpu_supports("avx512bw") ? "avx512bw" : NULL,
                                    __builtin_cpu_supports("avx512dq") ? "avx512dq" : NULL,
                                    __builtin_cpu_supports("avx512vl") ? "avx512vl" : NULL};
    for (size_t i = 0; i < sizeof features / sizeof *features; ++i)
        if (features[i] != NULL)
            gd_json_append(list, gd_json_string(features[i]));
#endif
    return list;
}

static void print_text(gd_blas blas, const gd_json *cpu)
{
    printf("gradus %s\n", gd_version());
    printf("BLAS: %s; kernel %s, threads %d\nCPU:", blas.config, blas.kernel, blas.threads);
    for (size_t i = 0; i < gd_json_size(cpu); ++i)
        printf(" %s", gd_json_string_of(gd_json_at(cpu, i)));
    puts(gd_json_size(cpu) == 0 ? " none of the features that kernels are compiled for" : "");
}

int cli_version(const cli_options *options)
{
    gd_blas blas = gd_blas_info();
    gd_json *cpu = cpu_features();
    if (!options->json) {
        print_text(blas, cpu);
        gd_json_destroy(cpu);
        return CLI_OK;
    }
    gd_json *json = gd_json_object(), *kernels = gd_json_object();
    gd_json_set(kernels, "config", gd_json_string(blas.config));
    gd_json_set(kernels, "kernel", gd_json_string(blas.kernel));
    gd_json_set(kernels, "threads", gd_json_integer(blas.threads));
    gd_json_set(json, "version", gd_json_string(gd_version()));
    gd_json_set(json, "blas", kernels);
    gd_json_set(json, "cpu", cpu);
    int code = cli_print_json(json);
    gd_json_destroy(json);
    return code;
}
