#include "tests.h"

int main(void)
{
    return fit_tests() + refusal_tests() + model_tests() + training_tests() + score_tests() +
               stop_tests() + thread_tests() + memory_tests() >
           0;
}
