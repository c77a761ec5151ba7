/* Every public function that writes into a tensor says so: a backward that still needs the values
 * before is refused and does not use others. (Functions that return a new tensor have nothing to
 * say.) */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All that is written to. */
typedef struct things {
    gd_tape *tape; /* that writers may use; the record to be refused is another one's */
    gd_parameters *list;
    gd_linear_layer *linear;
    gd_batch_norm_layer *norm;
    gd_optimizer *optimizer;
    gd_loader *loader;
    gd_tensor *x, *integers, *source;
    gd_rng rng;
} things;

static gd_status backward(things *s)
{
    gd_tape_reset(s->tape);
    gd_tensor *y = gd_linear(s->tape, s->source, s->linear->weight, s->linear->bias);
    return gd_backward(s->tape, gd_sum(s->tape, y, GD_ALL_DIMS, false));
}

static gd_status closure(void *context, double *loss)
{
    *loss = 1;
    return backward(context);
}

static things create_things(void)
{
    things s = {.tape = gd_tape_create(), .list = gd_parameters_create()};
    s.linear = gd_linear_layer_create(s.list, "linear", 3, 2, NULL);
    s.norm = gd_batch_norm_layer_create(s.list, "norm", 3, NULL);
    s.x = gd_tensor_create_ones(GD_F32, GD_DIMS(2, 3));
    s.source = gd_tensor_create_full(GD_F32, 7, GD_DIMS(2, 3));
    s.integers = gd_tensor_create_arange(GD_I64, 0, 4, 1);
    s.loader = gd_loader_create(1, (const gd_tensor *[]){s.source},
                                &(gd_loader_options){.batch_size = 1, .shuffle = true});
    assert_non_null(s.loader);
    assert_int_equal(backward(&s), GD_OK); /* there are gradients */
    return s;
}

static void destroy_things(things *s)
{
    gd_optimizer_destroy(s->optimizer);
    gd_loader_destroy(s->loader);
    gd_parameters_destroy(s->list);
    gd_tape_destroy(s->tape);
    gd_tensor_destroy(s->x);
    gd_tensor_destroy(s->source);
    gd_tensor_destroy(s->integers);
}

/* ---- what is written ---- */

static gd_tensor *x(things *s)
{
    return s->x;
}

static gd_tensor *integers(things *s)
{
    return s->integers;
}

static gd_tensor *weight(things *s)
{
    return s->linear->weight;
}

static gd_tensor *gradient(things *s)
{
    return s->linear->weight->grad;
}

static gd_tensor *running_mean(things *s)
{
    return s->norm->running_mean;
}

static gd_tensor *running_var(things *s)
{
    return s->norm->running_var;
}

static gd_tensor *batches_tracked(things *s)
{
    return s->norm->num_batches_tracked;
}

static gd_tensor *batch(things *s)
{
    gd_tensor *rows[1];
    assert_true(gd_loader_next(s->loader, rows));
    return rows[0];
}

static gd_tensor *loader_state(things *s)
{
    return gd_loader_state(s->loader);
}

/* ---- who writes ---- */

static gd_status fill(things *s)
{
    return gd_tensor_fill(s->x, 2);
}

static gd_status fill_with_zeros(things *s)
{
    return gd_tensor_fill(s->x, 0);
}

static gd_status fill_a_view(things *s)
{
    gd_tensor view = gd_tensor_transpose(s->x, 0, 1);
    return gd_tensor_fill(&view, 2);
}

static gd_status copy(things *s)
{
    return gd_tensor_copy(s->x, s->source);
}

static gd_status uniform(things *s)
{
    return gd_tensor_uniform(s->x, &s->rng, 0, 1);
}

static gd_status normal(things *s)
{
    return gd_tensor_normal(s->x, &s->rng, 0, 1);
}

static gd_status permutation(things *s)
{
    return gd_tensor_permutation(s->integers, &s->rng);
}

static gd_status xavier_uniform(things *s)
{
    return gd_init_xavier_uniform(s->x, 1, &s->rng);
}

static gd_status xavier_normal(things *s)
{
    return gd_init_xavier_normal(s->x, 1, &s->rng);
}

static gd_status kaiming_uniform(things *s)
{
    return gd_init_kaiming_uniform(s->x, 1, &s->rng);
}

static gd_status kaiming_normal(things *s)
{
    return gd_init_kaiming_normal(s->x, 1, &s->rng);
}

static gd_status standardize(things *s)
{
    gd_tensor *mean, *deviation;
    gd_status status = gd_standardize_fit(s->source, &mean, &deviation);
    if (status == GD_OK)
        status = gd_standardize(s->x, mean, deviation);
    gd_tensor_destroy(mean);
    gd_tensor_destroy(deviation);
    return status;
}

static gd_status clip_norm(things *s)
{
    return gd_clip_grad_norm(s->list, 0.5, NULL);
}

static gd_status clip_value(things *s)
{
    return gd_clip_grad_value(s->list, 0.5);
}

static gd_status backward_that_adds(things *s)
{
    return backward(s);
}

static gd_status backward_after_zero_grad(things *s)
{
    gd_zero_grad(s->linear->weight);
    return backward(s);
}

static gd_status backward_after_all_zero_grad(things *s)
{
    s->optimizer = gd_sgd_create(s->list, NULL);
    gd_optimizer_zero_grad(s->optimizer);
    return backward(s);
}

static gd_status sgd(things *s)
{
    s->optimizer = gd_sgd_create(s->list, NULL);
    return gd_optimizer_step(s->optimizer);
}

static gd_status adam(things *s)
{
    s->optimizer = gd_adam_create(s->list, NULL);
    return gd_optimizer_step(s->optimizer);
}

static gd_status adamw(things *s)
{
    s->optimizer = gd_adamw_create(s->list, NULL);
    return gd_optimizer_step(s->optimizer);
}

static gd_status rmsprop(things *s)
{
    s->optimizer = gd_rmsprop_create(s->list, NULL);
    return gd_optimizer_step(s->optimizer);
}

static gd_status adagrad(things *s)
{
    s->optimizer = gd_adagrad_create(s->list, NULL);
    return gd_optimizer_step(s->optimizer);
}

static gd_status lbfgs(things *s)
{
    s->optimizer = gd_lbfgs_create(s->list, &(gd_lbfgs_options){.max_iter = 1});
    return gd_lbfgs_step(s->optimizer, closure, s);
}

static gd_status batch_norm(things *s)
{
    gd_tape_reset(s->tape);
    return gd_module_forward(s->tape, &s->norm->module, s->x) != NULL ? GD_OK : GD_ERROR_STATE;
}

static gd_status next_batch(things *s)
{
    return batch(s) != NULL ? GD_OK : GD_ERROR_STATE;
}

static gd_status grow(things *s)
{
    return gd_parameters_add(s->list, "more", GD_F32, GD_DIMS(1000)) != NULL ? GD_OK
                                                                             : GD_ERROR_MEMORY;
}

static gd_status load(things *s)
{
    gd_state_dict *dict = gd_state_dict_create();
    gd_state_dict_add_parameters(dict, s->list);
    gd_state_dict_add(dict, "x", s->x);
    gd_state_dict_add(dict, "loader", gd_loader_state(s->loader));
    char path[] = "/tmp/gradus_changes_XXXXXX";
    close(mkstemp(path));
    gd_status status = gd_state_dict_save(dict, path, 0, NULL);
    if (status == GD_OK)
        status = gd_state_dict_load(dict, path, false);
    gd_state_dict_destroy(dict);
    remove(path);
    return status;
}

static gd_status by_hand(things *s)
{
    ((float *)s->x->data)[0] = 3;
    gd_tensor_modified(s->x);
    return GD_OK;
}

#define WRITER(written, write)                                                                     \
    {                                                                                              \
#write " into " #written, written, write                                                   \
    }

static const struct writer {
    const char *name;
    gd_tensor *(*written)(things *);
    gd_status (*write)(things *);
} writers[] = {WRITER(x, fill),
               WRITER(x, fill_with_zeros),
               WRITER(x, fill_a_view),
               WRITER(x, copy),
               WRITER(x, uniform),
               WRITER(x, normal),
               WRITER(integers, permutation),
               WRITER(x, xavier_uniform),
               WRITER(x, xavier_normal),
               WRITER(x, kaiming_uniform),
               WRITER(x, kaiming_normal),
               WRITER(x, standardize),
               WRITER(x, by_hand),
               WRITER(gradient, clip_norm),
               WRITER(gradient, clip_value),
               WRITER(gradient, backward_that_adds),
               WRITER(gradient, backward_after_zero_grad),
               WRITER(gradient, backward_after_all_zero_grad),
               WRITER(weight, sgd),
               WRITER(weight, adam),
               WRITER(weight, adamw),
               WRITER(weight, rmsprop),
               WRITER(weight, adagrad),
               WRITER(weight, lbfgs),
               WRITER(running_mean, batch_norm),
               WRITER(running_var, batch_norm),
               WRITER(batches_tracked, batch_norm),
               WRITER(batch, next_batch),
               WRITER(loader_state, next_batch),
               WRITER(weight, grow),
               WRITER(gradient, grow),
               WRITER(weight, load),
               WRITER(running_mean, load),
               WRITER(batches_tracked, load),
               WRITER(x, load),
               WRITER(loader_state, load)};

/* A loss whose gradient needs the values of x: as a factor, or as indices. */
static gd_tensor *loss_of(gd_tape *t, gd_tensor *x, gd_tensor **leaf)
{
    bool is_index = x->dtype == GD_I64;
    *leaf = is_index ? gd_ones(t, GD_F64, GD_DIMS(5, 1)) : gd_ones(t, x->dtype, x->ndim, x->shape);
    (*leaf)->requires_grad = true;
    gd_tensor *y = is_index ? gd_embedding(t, *leaf, x) : gd_mul(t, *leaf, x);
    return gd_sum(t, y, GD_ALL_DIMS, false);
}

static void test_writers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof writers / sizeof *writers; ++i)
        for (int through_a_view = 0; through_a_view < 2; ++through_a_view) {
            things s = create_things();
            gd_tape *t = gd_tape_create();
            gd_tensor *leaf, *target = writers[i].written(&s);
            gd_tensor *seen = through_a_view ? gd_reshape(t, target, GD_DIMS(-1)) : target;
            gd_tensor *loss = loss_of(t, seen, &leaf);
            gd_tensor *other = loss_of(t, s.source, &leaf);
            assert_int_equal(gd_tape_status(t), GD_OK);
            if (writers[i].write(&s) != GD_OK)
                fail_msg("%s: %s %s", writers[i].name, gd_message(), gd_tape_message(s.tape));
            assert_int_equal(gd_backward(t, other), GD_OK); /* nothing else was changed */
            if (gd_backward(t, loss) != GD_ERROR_STATE)
                fail_msg("%s%s: a backward takes the new values", writers[i].name,
                         through_a_view ? ", seen through a view" : "");
            assert_non_null(strstr(gd_tape_message(t), "was changed in place after this call"));
            gd_tape_destroy(t);
            destroy_things(&s);
        }
}

int changes_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_writers)};
    return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
