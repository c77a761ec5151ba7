#include "autograd/ops/common.h"

const gd_sample gd__unary_samples[] = {{.shapes = "[2,3]"},         {.shapes = "[]"},
                                       {.shapes = "[0,2]"},         {.shapes = "[2,1,3]"},
                                       {.shapes = "[1,2,1,2,1,2]"}, {.shapes = NULL}};

const gd_sample gd__binary_samples[] = {{.shapes = "[2,3] [2,3]"},
                                        {.shapes = "[2,3] [3]"},
                                        {.shapes = "[3] [2,3]"},
                                        {.shapes = "[2,1] [1,3]"},
                                        {.shapes = "[] [2]"},
                                        {.shapes = "[2,2] []"},
                                        {.shapes = "[] []"},
                                        {.shapes = "[2,1,3] [4,1]"},
                                        {.shapes = "[0,3] [3]"},
                                        {.shapes = "[0] [1]"},
                                        {.shapes = "[1] [1,2,1,1,1,2]"},
                                        {.shapes = NULL}};

const gd_sample gd__binary_refused[] = {{.shapes = "[2,3] [2]"}, {.shapes = "[2] [3]"},
                                        {.shapes = "[0] [2]"},   {.shapes = "[2,2] [3,2,1,3]"},
                                        {.shapes = "- [2]"},     {.shapes = "[2] -"},
                                        {.shapes = NULL}};

gd_tensor *gd__apply1(gd_tape *tape, const gd_op *op, gd_tensor *x)
{
    return gd_apply(tape, op, &x, 1, NULL);
}

gd_tensor *gd__apply2(gd_tape *tape, const gd_op *op, gd_tensor *a, gd_tensor *b)
{
    return gd_apply(tape, op, (gd_tensor *[]){a, b}, 2, NULL);
}
