#include "losses/kernels.h"

GD__KERNEL_TABLES(gd__loss_kernels, gd__losses_kernels, gd__loss_kernels)
