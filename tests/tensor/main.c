#include "tests.h"

int main(void)
{
    int failed = tensor_tests() + view_tests() + pool_tests() + random_tests() + format_tests() +
                 npy_tests() + npy_refused_tests() + npy_save_tests() + safetensors_tests() +
                 safetensors_refused_tests() + safetensors_memory_tests() +
                 safetensors_save_tests();
    return failed > 0;
}
