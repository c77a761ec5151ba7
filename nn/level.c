/* Defines gd__optimizer_kernels_for(dtype) and gd__optimizer_kernels_at(level, dtype). */
#include "nn/kernels.h"

GD__KERNEL_TABLES(gd__optimizer_kernels, gd__nn_kernels, gd__optimizer_kernels)
