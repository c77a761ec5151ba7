#include "step.h"

bool model_create(model *m)
{
    gd_rng rng = {.key = 5};
    *m = (model){.x = gd_tensor_create(GD_F32, GD_DIMS(32, 30))};
    m->y = gd_tensor_create_full(GD_F32, 1, GD_DIMS(32, 1));
    m->parameters = gd_parameters_create();
    m->w1 = gd_parameters_add(m->parameters, "w1", GD_F32, GD_DIMS(16, 30));
    m->b1 = gd_parameters_add(m->parameters, "b1", GD_F32, GD_DIMS(16));
    m->w2 = gd_parameters_add(m->parameters, "w2", GD_F32, GD_DIMS(1, 16));
    m->b2 = gd_parameters_add(m->parameters, "b2", GD_F32, GD_DIMS(1));
    m->sgd = gd_sgd_create(m->parameters,
                           &(gd_sgd_options){.learning_rate = GD_SOME(0.1), .momentum = 0.9});
    m->tape = gd_tape_create();
    if (m->x == NULL || m->y == NULL || m->b2 == NULL || m->w2 == NULL || m->b1 == NULL ||
        m->w1 == NULL || m->sgd == NULL || m->tape == NULL) {
        model_destroy(m);
        return false;
    }
    gd_tensor_normal(m->x, &rng, 0, 1);
    gd_tensor_normal(m->w1, &rng, 0, 0.2);
    gd_tensor_normal(m->w2, &rng, 0, 0.2);
    return true;
}

void model_destroy(model *m)
{
    gd_tape_destroy(m->tape);
    gd_optimizer_destroy(m->sgd);
    gd_parameters_destroy(m->parameters);
    gd_tensor_destroy(m->x);
    gd_tensor_destroy(m->y);
}

gd_status model_step(model *m)
{
    gd_tape *t = m->tape;
    gd_tape_reset(t);
    gd_optimizer_zero_grad(m->sgd);
    gd_tensor *hidden = gd_tanh(t, gd_linear(t, m->x, m->w1, m->b1));
    gd_tensor *logits = gd_linear(t, gd_relu(t, hidden), m->w2, m->b2), *g;
    gd_tensor *loss = gd_binary_cross_entropy_with_logits(t, logits, m->y, NULL);
    gd_grad(t, loss, &m->w1, 1, &g, &(gd_grad_options){.create_graph = true});
    gd_tensor *penalty = gd_mean(t, gd_mul(t, g, g), GD_ALL_DIMS, false);
    gd_status status = gd_backward(t, gd_add(t, loss, penalty));
    if (status == GD_OK)
        gd_optimizer_step(m->sgd);
    return status;
}
