/* What fails halfway leaves nothing behind: layers whose last name is taken, or whose memory
 * ends; additions to a state dict. */
#include "../cmocka_all.h"
#include "../counting_allocator.h"
#include "nn/parameters.h"
#include "tests.h"

#include <gradus.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- layers ---- */

static void *linear(gd_parameters *p)
{
    return gd_linear_layer_create(p, "l", 3, 2, NULL);
}

static void *linear_of_integers(gd_parameters *p)
{
    return gd_linear_layer_create(p, "l", 3, 2, &(gd_linear_options){.dtype = GD_I64});
}

static void *embedding(gd_parameters *p)
{
    return gd_embedding_layer_create(p, "l", 3, 2, GD_F32);
}

static void *layer_norm(gd_parameters *p)
{
    return gd_layer_norm_layer_create(p, "l", 3, NULL);
}

static void *batch_norm(gd_parameters *p)
{
    return gd_batch_norm_layer_create(p, "l", 3, NULL);
}

static void *mlp(gd_parameters *p)
{
    return gd_mlp_create(p, "l", GD_DIMS(3, 4, 5, 2), &(gd_mlp_options){.dropout = 0.5});
}

static const struct layer {
    const char *taken; /* so that it fails */
    void *(*create)(gd_parameters *p);
} layers[] = {{"l.weight", linear},
              {"l.bias", linear},
              {"other", linear_of_integers},
              {"l.weight", embedding},
              {"l.bias", layer_norm},
              {"l.bias", batch_norm},
              {"l.running_mean", batch_norm},
              {"l.running_var", batch_norm},
              {"l.num_batches_tracked", batch_norm},
              {"l.0.bias", mlp},
              {"l.3.weight", mlp},
              {"l.6.bias", mlp}};

/* A list with one parameter, and a module, from before. */
static gd_parameters *list_with(const char *name)
{
    gd_parameters *p = gd_parameters_create();
    gd_tensor *x = gd_parameters_add(p, name, GD_F32, GD_DIMS(2));
    *gd_parameters_rng(p) = (gd_rng){.key = 3, .counter = 7};
    assert_non_null(gd_dropout_layer_create(p, "before", 0.5));
    assert_int_equal(gd_tensor_fill(x, 5), GD_OK);
    return p;
}

static void assert_as_before(gd_parameters *p, const char *name, const gd_module *modules)
{
    const gd_rng *rng = gd_parameters_rng(p);
    assert_int_equal(gd_parameters_count(p), 1);
    assert_string_equal(gd_parameters_name(p, 0), name);
    assert_null(gd_parameters_at(p, 1));
    assert_int_equal(gd_parameters_numel(p), 2);
    assert_true(rng->key == 3 && rng->counter == 7);
    assert_ptr_equal(p->now.modules, modules);
    assert_true(((float *)gd_parameters_at(p, 0)->data)[1] == 5);
}

static void test_taken_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof layers / sizeof *layers; ++i) {
        gd_parameters *p = list_with(layers[i].taken);
        const gd_module *modules = p->now.modules;
        int64_t used = p->now.used[GD_F32];
        assert_null(layers[i].create(p));
        assert_as_before(p, layers[i].taken, modules);
        assert_int_equal(p->now.used[GD_F32], used);
        /* The list is as good as new. */
        gd_tensor *x = gd_parameters_add(p, "next", GD_F32, GD_DIMS(2));
        assert_ptr_equal(gd_parameters_at(p, 1), x);
        assert_true(((float *)x->data)[0] == 0 && ((float *)x->data)[1] == 0);
        gd_parameters_destroy(p);
    }
}

static void test_memory_ends(void **state)
{
    (void)state;
    allocations a = {.calls = 0};
    gd_set_allocator(counting_allocator, &a);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; ++i) {
        bool whole = layers[i].create == linear_of_integers;
        for (long k = 1; !whole; ++k) {
            a = (allocations){.calls = 0};
            gd_parameters *p = list_with("other");
            const gd_module *modules = p->now.modules;
            long live = a.live;
            a.fail_at = a.calls + k;
            whole = layers[i].create(p) != NULL;
            if (!whole) {
                assert_as_before(p, "other", modules);
                assert_true(a.live <= live + 2); /* slabs of another dtype may be there */
            }
            gd_parameters_destroy(p);
            assert_int_equal(a.live, 0);
        }
    }
    gd_set_allocator(NULL, NULL);
}

/* ---- state dicts ---- */

enum { KINDS = 4 };

static gd_status add(gd_state_dict *state, int kind, gd_parameters *p, gd_optimizer *adam,
                     gd_optimizer *lbfgs, gd_schedule *schedule)
{
    return kind == 0   ? gd_state_dict_add_parameters(state, p)
           : kind == 1 ? gd_state_dict_add_optimizer(state, "a", adam)
           : kind == 2 ? gd_state_dict_add_optimizer(state, "a", lbfgs)
                       : gd_state_dict_add_schedule(state, "a", schedule);
}

/* The last name of each kind is taken: nothing of it is added, and what was there is still found
 * and saved. */
static void test_additions(void **state)
{
    (void)state;
    const char *const first[KINDS] = {"l.weight", "a.learning_rate", "a.learning_rate", "a.best"};
    const char *const last[KINDS] = {"l.bias", "a.l.bias.exp_avg_sq", "a.numbers", "a.has_best"};
    char path[] = "/tmp/gradus_halfway_XXXXXX";
    close(mkstemp(path));
    gd_parameters *p = gd_parameters_create();
    gd_linear_layer_create(p, "l", 3, 2, NULL);
    gd_optimizer *adam = gd_adam_create(p, NULL), *lbfgs = gd_lbfgs_create(p, NULL);
    gd_schedule schedule = {.learning_rate = 1};
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(1));
    for (int kind = 0; kind < KINDS; ++kind) {
        gd_state_dict *dict = gd_state_dict_create();
        assert_int_equal(gd_state_dict_add(dict, "first", x), GD_OK);
        assert_int_equal(gd_state_dict_add(dict, last[kind], x), GD_OK);
        assert_int_equal(add(dict, kind, p, adam, lbfgs, &schedule), GD_ERROR_ARGUMENT);
        assert_int_equal(gd_state_dict_add(dict, "behind", x), GD_OK);
        assert_int_equal(gd_state_dict_add(dict, "first", x), GD_ERROR_ARGUMENT);
        assert_int_equal(gd_state_dict_add(dict, first[kind], x), GD_OK); /* it is free again */
        assert_int_equal(gd_state_dict_save(dict, path, 0, NULL), GD_OK);
        gd_safetensors *file = gd_safetensors_open(path);
        assert_int_equal(gd_safetensors_count(file), 4);
        assert_non_null(gd_safetensors_find(file, "behind"));
        gd_safetensors_close(file);
        assert_int_equal(gd_state_dict_load(dict, path, false), GD_OK);
        gd_state_dict_destroy(dict);
    }
    remove(path);
    assert_int_equal(gd_state_dict_add_parameters(NULL, p), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add_optimizer(NULL, "a", adam), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add_schedule(NULL, "a", &schedule), GD_ERROR_ARGUMENT);
    gd_tensor_destroy(x);
    gd_optimizer_destroy(adam);
    gd_optimizer_destroy(lbfgs);
    gd_parameters_destroy(p);
}

/* Allocates with 64 bytes behind, which nobody may write to. */
static void *guarding_allocator(void *context, void *memory, size_t old_size, size_t new_size)
{
    char guard[64];
    memset(guard, 0x5a, sizeof guard);
    if (new_size == 0) {
        *(bool *)context |= memcmp((char *)memory + old_size, guard, sizeof guard) != 0;
        free(memory);
        return NULL;
    }
    char *fresh = malloc(new_size + sizeof guard);
    memcpy(fresh + new_size, guard, sizeof guard);
    return fresh;
}

/* Names whose hash (FNV-1a) is the last place of a table of 64: the others go to its beginning. */
static void test_last_place(void **state)
{
    (void)state;
    const char *const names[] = {"n4", "n77", "n123", "n170"};
    int64_t number = 0;
    bool overwritten = false;
    gd_set_allocator(guarding_allocator, &overwritten);
    gd_state_dict *dict = gd_state_dict_create();
    for (int i = 0; i < 4; ++i)
        assert_int_equal(gd_state_dict_add_integers(dict, names[i], &number, 1), GD_OK);
    for (int i = 0; i < 4; ++i)
        assert_int_equal(gd_state_dict_add_integers(dict, names[i], &number, 1), GD_ERROR_ARGUMENT);
    gd_state_dict_destroy(dict);
    gd_set_allocator(NULL, NULL);
    assert_false(overwritten);
}

int halfway_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken_names), cmocka_unit_test(test_memory_ends),
        cmocka_unit_test(test_additions), cmocka_unit_test(test_last_place)};
    return cmocka_run_group_tests_name("halfway", tests, NULL, NULL);
}
