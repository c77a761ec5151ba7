#include "nn/kernels.h"

GD__KERNEL_TABLES(gd__optimizer_kernels, gd__nn_kernels, gd__optimizer_kernels)
