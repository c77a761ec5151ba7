#include "tests.h"

int main(void)
{
    int failed = tensor_tests() + view_tests() + random_tests() + format_tests() + npy_tests() +
                 safetensors_tests();
    return failed > 0;
}
