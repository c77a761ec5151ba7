/* The part of a gradient that relu and abs let pass. */
#include "autograd/ops/common.h"

/* The gradient of relu, for which a * (b > 0) would turn an infinite a into NaN:
 * y = a where b > 0, else 0   =>   da = dy where b > 0, else 0;   db = 0 (y jumps at b = 0, flat
 * elsewhere) */
static gd_tensor *gate_grad(gd_tape *tape, const gd_node *n, gd_tensor *dy, int i)
{
    return i == 0 ? gd__gate(tape, dy, n->in[1]) : gd__zeros_like(tape, n->in[1]);
}

const gd_op gd_op_gate = {
    .name = "gate",
    GD_OPERANDS("a", "b"),
    .formula = "a where b > 0, else 0",
    .gradient = "da = dy where b > 0, else 0, db = 0",
    .ties = "0 at b = 0",
    GD__BINARY_OP(gate),
    .grad = gate_grad,
    .reads = {GD_READS(1)},
    .domain = {{0}, {.low = -2, .high = 2, .gap = 0.1}},
    .flat = GD_READS(1),
};

gd_tensor *gd__gate(gd_tape *tape, gd_tensor *a, gd_tensor *b)
{
    return gd__apply2(tape, &gd_op_gate, a, b);
}
