/* Defines gd__loss_kernels_for(dtype) and gd__loss_kernels_at(level, dtype). */
#include "losses/kernels.h"

GD__KERNEL_TABLES(gd__loss_kernels, gd__losses_kernels, gd__loss_kernels)
