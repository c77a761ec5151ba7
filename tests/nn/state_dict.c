/* State dicts: what is saved comes back, and a file that does not fit changes nothing. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define T "t.safetensors"

static int enter_folder(void **state)
{
    static char folder[64];
    strcpy(folder, "/tmp/gradus_state_XXXXXX");
    *state = folder;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int leave_folder(void **state)
{
    remove(T);
    remove("other");
    return chdir("/") != 0 || rmdir(*state) != 0;
}

static void assert_ok(gd_status status)
{
    if (status != GD_OK)
        fail_msg("%s", gd_message());
}

static void assert_same_files(const char *a, const char *b)
{
    FILE *files[] = {fopen(a, "rb"), fopen(b, "rb")};
    assert_true(files[0] != NULL && files[1] != NULL);
    int left, right;
    long at = 0;
    do {
        left = fgetc(files[0]), right = fgetc(files[1]);
        if (left != right)
            fail_msg("%s and %s differ at byte %ld", a, b, at);
        ++at;
    } while (left != EOF);
    fclose(files[0]);
    fclose(files[1]);
}

/* ---- a run: all that can be saved ---- */

enum { ROWS = 20, IN = 4 };

typedef struct run {
    gd_parameters *parameters;
    gd_module *model;
    gd_optimizer *optimizer;
    gd_schedule schedule;
    gd_tensor *x, *y;
    gd_loader *loader;
    gd_tape *tape;
    int64_t numbers[2]; /* batches, epochs */
    gd_state_dict *state;
} run;

static gd_optimizer *sgd(gd_parameters *p)
{
    return gd_sgd_create(p, &(gd_sgd_options){.learning_rate = GD_SOME(0.1), .momentum = 0.9});
}

static gd_optimizer *plain_sgd(gd_parameters *p)
{
    return gd_sgd_create(p, &(gd_sgd_options){.learning_rate = GD_SOME(0.1)});
}

static gd_optimizer *adam(gd_parameters *p)
{
    return gd_adam_create(p, NULL);
}

static gd_optimizer *adamw(gd_parameters *p)
{
    return gd_adamw_create(p, NULL);
}

static gd_optimizer *rmsprop(gd_parameters *p)
{
    return gd_rmsprop_create(p, &(gd_rmsprop_options){.momentum = 0.9, .centered = true});
}

static gd_optimizer *adagrad(gd_parameters *p)
{
    return gd_adagrad_create(p, NULL);
}

static gd_optimizer *lbfgs(gd_parameters *p)
{
    return gd_lbfgs_create(p, &(gd_lbfgs_options){.max_iter = 3, .history_size = 5});
}

static void add_all(run *r)
{
    assert_ok(gd_state_dict_add_parameters(r->state, r->parameters));
    assert_ok(gd_state_dict_add_optimizer(r->state, "optimizer", r->optimizer));
    assert_ok(gd_state_dict_add_schedule(r->state, "schedule", &r->schedule));
    assert_ok(gd_state_dict_add_rng(r->state, "rng", gd_parameters_rng(r->parameters)));
    assert_ok(gd_state_dict_add(r->state, "loader", gd_loader_state(r->loader)));
    assert_ok(gd_state_dict_add_integers(r->state, "numbers", r->numbers, 2));
}

/* Of this optimiser; runs of different seeds have nothing in common but their data. */
static run make_run(gd_optimizer *(*create)(gd_parameters *), uint64_t seed)
{
    run r = {.parameters = gd_parameters_create(), .tape = gd_tape_create()};
    *gd_parameters_rng(r.parameters) = (gd_rng){.key = seed};
    gd_parameters *p = r.parameters;
    gd_module *layers[] = {&gd_linear_layer_create(p, "first", IN, 6, NULL)->module,
                           &gd_batch_norm_layer_create(p, "norm", 6, NULL)->module,
                           &gd_dropout_layer_create(p, "dropout", 0.3)->module,
                           &gd_linear_layer_create(p, "last", 6, 1, NULL)->module};
    r.model = &gd_sequential_create(p, "", 4, layers)->module;
    r.optimizer = create(p);
    r.schedule = (gd_schedule){.kind = GD_SCHEDULE_REDUCE_ON_PLATEAU,
                               .learning_rate = 0.01,
                               .warmup_steps = 8,
                               .patience = GD_SOME(1)};
    gd_rng rng = {.key = 5};
    r.x = gd_tensor_create(GD_F32, GD_DIMS(ROWS, IN));
    r.y = gd_tensor_create(GD_F32, GD_DIMS(ROWS, 1));
    gd_tensor_normal(r.x, &rng, 0, 1);
    gd_tensor_normal(r.y, &rng, 0, 1);
    r.loader = gd_loader_create(2, (const gd_tensor *[]){r.x, r.y},
                                &(gd_loader_options){.batch_size = 6, .shuffle = true});
    r.state = gd_state_dict_create();
    assert_true(r.model != NULL && r.optimizer != NULL && r.loader != NULL && r.state != NULL);
    return r;
}

static void destroy_run(run *r)
{
    gd_state_dict_destroy(r->state);
    gd_loader_destroy(r->loader);
    gd_optimizer_destroy(r->optimizer);
    gd_parameters_destroy(r->parameters);
    gd_tape_destroy(r->tape);
    gd_tensor_destroy(r->x);
    gd_tensor_destroy(r->y);
}

static double loss_of(run *r, gd_tensor *x, gd_tensor *y)
{
    gd_tape_reset(r->tape);
    gd_optimizer_zero_grad(r->optimizer);
    gd_tensor *loss = gd_mse_loss(r->tape, gd_module_forward(r->tape, r->model, x), y, NULL);
    if (gd_backward(r->tape, loss) != GD_OK)
        fail_msg("%s", gd_tape_message(r->tape));
    return gd_item(loss);
}

static gd_status whole_loss(void *context, double *loss)
{
    run *r = context;
    *loss = loss_of(r, r->x, r->y);
    return GD_OK;
}

static void train(run *r, int batches)
{
    for (gd_tensor *batch[2]; batches > 0; --batches) {
        while (!gd_loader_next(r->loader, batch))
            ++r->numbers[1];
        ++r->numbers[0];
        double loss = loss_of(r, batch[0], batch[1]);
        assert_ok(gd_schedule_report(&r->schedule, loss));
        assert_ok(gd_schedule_step(&r->schedule, r->optimizer));
        if (gd_optimizer_step(r->optimizer) != GD_OK) /* it is L-BFGS */
            assert_ok(gd_lbfgs_step(r->optimizer, whole_loss, r));
    }
}

static gd_optimizer *(*const makers[])(gd_parameters *) = {plain_sgd, sgd,     adam, adamw,
                                                           rmsprop,   adagrad, lbfgs};
enum { MAKERS = sizeof makers / sizeof *makers };

/* After loading, a run of another seed does what the first one does: their files are the same. */
static void test_every_optimizer(void **state)
{
    (void)state;
    for (int k = 0; k < MAKERS; ++k)
        for (int batches = 0; batches < 6; batches += 5) {
            run a = make_run(makers[k], 1), b = make_run(makers[k], 2);
            add_all(&a);
            add_all(&b);
            train(&a, batches);
            train(&b, 3);
            assert_ok(gd_state_dict_save(a.state, T, 0, NULL));
            assert_ok(gd_state_dict_load(b.state, T, false));
            train(&a, 9);
            train(&b, 9);
            assert_ok(gd_state_dict_save(a.state, T, 0, NULL));
            assert_ok(gd_state_dict_save(b.state, "other", 0, NULL));
            assert_same_files(T, "other");
            destroy_run(&a);
            destroy_run(&b);
        }
}

static void test_what_a_file_holds(void **state)
{
    (void)state;
    static const char *const names[] = {"first.bias",
                                        "first.weight",
                                        "last.bias",
                                        "last.weight",
                                        "loader",
                                        "norm.bias",
                                        "norm.num_batches_tracked",
                                        "norm.running_mean",
                                        "norm.running_var",
                                        "norm.weight",
                                        "numbers",
                                        "optimizer.first.bias.exp_avg",
                                        "optimizer.first.bias.exp_avg_sq",
                                        "optimizer.first.bias.step"};
    run r = make_run(adam, 1);
    add_all(&r);
    train(&r, 5);
    gd_metadata about = {"architecture", "4 6 1"};
    assert_ok(gd_state_dict_save(r.state, T, 1, &about));
    gd_safetensors *f = gd_safetensors_open(T);
    assert_non_null(f);
    for (int i = 0; i < (int)(sizeof names / sizeof *names); ++i)
        assert_string_equal(gd_safetensors_name(f, i), names[i]);
    assert_string_equal(gd_safetensors_metadata(f, "architecture"), "4 6 1");
    assert_string_equal(gd_safetensors_metadata(f, "gradus"), gd_version());
    assert_memory_equal(gd_safetensors_find(f, "numbers")->data, r.numbers, sizeof r.numbers);
    assert_true(gd_item(gd_safetensors_find(f, "optimizer.first.bias.step")) == 5);
    assert_true(gd_item(gd_safetensors_find(f, "optimizer.learning_rate")) ==
                gd_optimizer_learning_rate(r.optimizer));
    assert_ok(gd_state_dict_load_from(r.state, f, false));
    gd_safetensors_close(f);
    destroy_run(&r);
}

/* A model alone is loaded from the file of a run, or one of PyTorch's. */
static void test_a_model_alone(void **state)
{
    (void)state;
    run a = make_run(adam, 1), b = make_run(sgd, 2);
    add_all(&a);
    train(&a, 3);
    assert_ok(gd_state_dict_save(a.state, T, 0, NULL));
    assert_ok(gd_state_dict_add_parameters(b.state, b.parameters));
    assert_int_equal(gd_state_dict_load(b.state, T, false), GD_ERROR_FORMAT);
    assert_string_equal(gd_message(), T ": entry \"loader\" belongs to nothing here");
    assert_ok(gd_state_dict_load(b.state, T, true));
    for (int i = 0; i < gd_parameters_count(a.parameters); ++i) {
        const gd_tensor *x = gd_parameters_at(a.parameters, i);
        assert_memory_equal(x->data, gd_parameters_at(b.parameters, i)->data,
                            (size_t)gd_tensor_numel(x) * gd_dtype_size(x->dtype));
    }
    destroy_run(&a);
    destroy_run(&b);

    gd_parameters *p = gd_parameters_create();
    assert_non_null(gd_mlp_create(p, "", GD_DIMS(2, 3, 1), NULL));
    gd_state_dict *dict = gd_state_dict_create();
    assert_ok(gd_state_dict_add_parameters(dict, p));
    assert_ok(
        gd_state_dict_load(dict, GD_TESTS_DIR "/fixtures/safetensors/torch.safetensors", false));
    assert_memory_equal(gd_parameters_find(p, "0.weight")->data, "\x92\x8b\xba\x3e",
                        4); /* list.txt */
    gd_state_dict_destroy(dict);
    gd_parameters_destroy(p);
}

/* ---- files that do not fit ---- */

typedef struct wrong {
    const char *name; /* of the entry */
    gd_dtype dtype;
    int ndim;
    int64_t shape[2];
    double value;
    gd_status status;
    const char *message;
} wrong;

/* The file has ones for "a", "b" and the optimiser, all as it must be but for what is wrong. */
static void check_refused(const wrong *w)
{
    gd_parameters *p = gd_parameters_create();
    assert_non_null(gd_parameters_add(p, "c", GD_F64, GD_DIMS(1)));
    gd_optimizer *optimizer = gd_sgd_create(p, NULL);
    gd_tensor *a = gd_tensor_create(GD_F32, GD_DIMS(2, 3));
    int64_t b[2] = {0};
    gd_state_dict *dict = gd_state_dict_create();
    assert_ok(gd_state_dict_add(dict, "a", a));
    assert_ok(gd_state_dict_add_integers(dict, "b", b, 2));
    assert_ok(gd_state_dict_add_optimizer(dict, "o", optimizer));
    gd_tensor *ones[] = {
        gd_tensor_create_ones(GD_F32, GD_DIMS(2, 3)), gd_tensor_create_ones(GD_I64, GD_DIMS(2)),
        gd_tensor_create_full(GD_F64, 0.5, GD_DIMS(1)), gd_tensor_create_ones(GD_I64, GD_DIMS(1)),
        gd_tensor_create_full(w->dtype, w->value, w->ndim, w->shape)};
    gd_named_tensor entries[] = {{"a", ones[0]},
                                 {"b", ones[1]},
                                 {"o.learning_rate", ones[2]},
                                 {"o.c.step", ones[3]},
                                 {NULL, NULL}};
    int at = 0;
    while (at < 4 && strcmp(entries[at].name, w->name) != 0)
        ++at;
    entries[at] = (gd_named_tensor){w->name, ones[4]};
    assert_ok(gd_safetensors_save(T, at < 4 ? 4 : 5, entries, 0, NULL));
    assert_int_equal(gd_state_dict_load(dict, T, false), w->status);
    if (w->status != GD_OK) {
        assert_memory_equal(gd_message(), T ": ", sizeof T + 1);
        assert_string_equal(gd_message() + sizeof T + 1, w->message);
    }
    double loaded = w->status == GD_OK;
    assert_true(((float *)a->data)[0] == (float)loaded && b[1] == (int64_t)loaded);
    assert_true(gd_optimizer_learning_rate(optimizer) == (w->status == GD_OK ? 0.5 : 0.001));
    for (int i = 0; i < 5; ++i)
        gd_tensor_destroy(ones[i]);
    gd_state_dict_destroy(dict);
    gd_optimizer_destroy(optimizer);
    gd_parameters_destroy(p);
    gd_tensor_destroy(a);
}

static void test_wrong_files(void **state)
{
    (void)state;
    const wrong cases[] = {
        {"a", GD_F32, 2, {2, 3}, 1, GD_OK, NULL},
        {"a",
         GD_F64,
         2,
         {2, 3},
         1,
         GD_ERROR_DTYPE,
         "entry \"a\": float32 [2,3] is expected, found float64 [2,3]"},
        {"a",
         GD_F32,
         2,
         {3, 2},
         1,
         GD_ERROR_SHAPE,
         "entry \"a\": float32 [2,3] is expected, found float32 [3,2]"},
        {"a",
         GD_F32,
         1,
         {6},
         1,
         GD_ERROR_SHAPE,
         "entry \"a\": float32 [2,3] is expected, found float32 [6]"},
        {"b",
         GD_I64,
         1,
         {3},
         1,
         GD_ERROR_SHAPE,
         "entry \"b\": int64 [2] is expected, found int64 [3]"},
        {"b",
         GD_BOOL,
         1,
         {2},
         1,
         GD_ERROR_DTYPE,
         "entry \"b\": int64 [2] is expected, found bool [2]"},
        {"o.c.step",
         GD_I64,
         0,
         {0},
         1,
         GD_ERROR_SHAPE,
         "entry \"o.c.step\": int64 [1] is expected, found int64 []"},
        {"o.c.step", GD_I64, 1, {1}, 0x1p53, GD_OK, NULL},
        {"o.c.step",
         GD_I64,
         1,
         {1},
         0x1p54,
         GD_ERROR_VALUE,
         "entry \"o.c.step\": 1.80144e+16 is outside [0,9.0072e+15]"},
        {"o.c.step",
         GD_I64,
         1,
         {1},
         -1,
         GD_ERROR_VALUE,
         "entry \"o.c.step\": -1 is outside [0,9.0072e+15]"},
        {"o.learning_rate",
         GD_F64,
         1,
         {1},
         -1,
         GD_ERROR_VALUE,
         "entry \"o.learning_rate\": -1 is outside [0,1.79769e+308]"},
        {"o.learning_rate",
         GD_F64,
         1,
         {1},
         (double)INFINITY,
         GD_ERROR_VALUE,
         "entry \"o.learning_rate\": inf is outside [0,1.79769e+308]"},
        {"z", GD_F32, 1, {0}, 1, GD_ERROR_FORMAT, "entry \"z\" belongs to nothing here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        check_refused(&cases[i]);
}

/* Neither is loaded from a file that is damaged. */
static void test_damaged_file(void **state)
{
    (void)state;
    run a = make_run(adamw, 1), b = make_run(adamw, 2);
    add_all(&a);
    add_all(&b);
    train(&a, 2);
    assert_ok(gd_state_dict_save(b.state, "other", 0, NULL));
    assert_ok(gd_state_dict_save(a.state, T, 0, NULL));
    FILE *file = fopen(T, "r+b");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    assert_int_equal(ftruncate(fileno(file), ftell(file) - 1), 0);
    fclose(file);
    assert_int_equal(gd_state_dict_load(b.state, T, false), GD_ERROR_FORMAT);
    assert_non_null(
        strstr(gd_message(), T ": entry \"optimizer.last.bias.exp_avg_sq\": it ends at byte "));
    assert_int_equal(gd_state_dict_load(b.state, "missing", false), GD_ERROR_FORMAT);
    assert_string_equal(gd_message(), "missing: No such file or directory");
    assert_ok(gd_state_dict_save(b.state, T, 0, NULL));
    assert_same_files(T, "other");
    destroy_run(&a);
    destroy_run(&b);
}

/* ---- names ---- */

static void test_refused_additions(void **state)
{
    (void)state;
    gd_state_dict *dict = gd_state_dict_create();
    gd_tensor *x = gd_tensor_create(GD_F32, GD_DIMS(2, 3));
    gd_tensor turned = gd_tensor_transpose(x, 0, 1), failed = gd_tensor_transpose(x, 0, 7);
    int64_t number = 0;
    gd_rng rng = {.key = 0};
    gd_schedule schedule = {.learning_rate = 1};
    assert_ok(gd_state_dict_add(dict, "x", x));
    assert_int_equal(gd_state_dict_add_integers(dict, "x", &number, 1), GD_ERROR_ARGUMENT);
    assert_string_equal(gd_message(), "state_dict_add: there is a \"x\" already");
    assert_int_equal(gd_state_dict_add(dict, "y", &turned), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add(dict, "y", &failed), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add(dict, "y", NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add(dict, "", x), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add(dict, NULL, x), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add(NULL, "y", x), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add_integers(dict, "y", NULL, 1), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add_integers(dict, "y", &number, -1), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add_rng(dict, "y", NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add_rng(NULL, "y", &rng), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add_parameters(dict, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add_optimizer(dict, "y", NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add_schedule(dict, "y", NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_add_schedule(dict, NULL, &schedule), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_save(NULL, T, 0, NULL), GD_ERROR_ARGUMENT);
    assert_int_equal(gd_state_dict_load_from(dict, NULL, false), GD_ERROR_ARGUMENT);
    assert_ok(gd_state_dict_save(dict, T, 0, NULL)); /* "x" and nothing else */
    assert_int_equal(gd_state_dict_load(NULL, T, false), GD_ERROR_ARGUMENT);
    gd_safetensors *f = gd_safetensors_open(T);
    assert_int_equal(gd_safetensors_count(f), 1);
    gd_safetensors_close(f);
    gd_state_dict_destroy(dict);
    gd_state_dict_destroy(NULL);
    gd_tensor_destroy(x);
}

/* Names that are the same for a long way, and parameters without any elements. */
static void test_long_names_and_nothing(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    char name[2][2001];
    for (int i = 0; i < 2; ++i) {
        memset(name[i], 'n', 2000);
        name[i][1999] = (char)('0' + i);
        name[i][2000] = '\0';
        assert_non_null(gd_parameters_add(p, name[i], GD_F32, GD_DIMS(0)));
    }
    gd_optimizer *optimizer = gd_adam_create(p, NULL);
    gd_state_dict *dict = gd_state_dict_create();
    assert_ok(gd_state_dict_add_parameters(dict, p));
    assert_ok(gd_state_dict_add_optimizer(dict, "o", optimizer));
    assert_ok(gd_state_dict_save(dict, T, 0, NULL));
    assert_ok(gd_state_dict_load(dict, T, false));
    gd_state_dict_destroy(dict);
    gd_optimizer_destroy(optimizer);
    gd_parameters_destroy(p);
}

static void test_very_many(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    static int64_t values[MANY];
    gd_state_dict *dict = gd_state_dict_create();
    for (int i = 0; i < MANY; ++i) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        values[i] = i;
        assert_ok(gd_state_dict_add_integers(dict, name, &values[i], 1));
    }
    assert_ok(gd_state_dict_save(dict, T, 0, NULL));
    memset(values, 0, sizeof values);
    assert_ok(gd_state_dict_load(dict, T, false));
    for (int i = 0; i < MANY; ++i)
        assert_int_equal(values[i], i);
    gd_state_dict_destroy(dict);
}

/* ---- loading is a change in place; memory ---- */

static void test_load_is_seen(void **state)
{
    (void)state;
    gd_parameters *p = gd_parameters_create();
    gd_tensor *x = gd_parameters_add(p, "x", GD_F32, GD_DIMS(2));
    gd_state_dict *dict = gd_state_dict_create();
    assert_ok(gd_state_dict_add_parameters(dict, p));
    assert_ok(gd_state_dict_save(dict, T, 0, NULL));
    gd_tensor_fill(x, 3);
    assert_non_null(gd_parameters_add(p, "moves the elements", GD_F32, GD_DIMS(1000)));
    gd_tape *t = gd_tape_create();
    gd_tensor *loss = gd_sum(t, gd_mul(t, x, x), GD_ALL_DIMS, false);
    assert_ok(gd_state_dict_load(dict, T, false));
    assert_true(((float *)x->data)[1] == 0);
    assert_int_equal(gd_backward(t, loss), GD_ERROR_STATE);
    gd_tape_destroy(t);
    gd_state_dict_destroy(dict);
    gd_parameters_destroy(p);
}

static long calls_left, live;

static void *failing(void *context, void *memory, size_t old_size, size_t new_size)
{
    (void)context;
    live -= (long)old_size;
    if (new_size == 0) {
        free(memory);
        return NULL;
    }
    if (--calls_left == 0)
        return NULL;
    live += (long)new_size;
    return malloc(new_size);
}

/* Adds, saves and loads; the first status that is not GD_OK. */
static gd_status save_and_load(int64_t *values)
{
    gd_state_dict *dict = gd_state_dict_create();
    gd_status status = dict != NULL ? GD_OK : GD_ERROR_MEMORY;
    for (int i = 0; i < 100 && status == GD_OK; ++i) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        status = gd_state_dict_add_integers(dict, name, &values[i], 1);
    }
    status = status == GD_OK ? gd_state_dict_save(dict, T, 0, NULL) : status;
    if (status == GD_OK) {
        memset(values, 0, 100 * sizeof *values);
        status = gd_state_dict_load(dict, T, false);
        for (int i = 1; i < 100; ++i)
            assert_int_equal(values[i], status == GD_OK ? i : 0);
        status = status == GD_ERROR_FORMAT ? GD_ERROR_MEMORY : status;
    }
    gd_state_dict_destroy(dict);
    return status;
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    int k = 1;
    gd_set_allocator(failing, NULL);
    for (bool whole = false; !whole; ++k) {
        int64_t values[100];
        for (int i = 0; i < 100; ++i)
            values[i] = i;
        calls_left = k;
        gd_status status = save_and_load(values);
        whole = calls_left > 0;
        assert_int_equal(status, whole ? GD_OK : GD_ERROR_MEMORY);
        assert_true(whole || strstr(gd_message(), ": no memory") != NULL);
        assert_int_equal(live, 0);
    }
    assert_true(k > 200);
    gd_set_allocator(NULL, NULL);
}

#define TEST(name) cmocka_unit_test(name)

int state_tests(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_optimizer),        TEST(test_what_a_file_holds),
        TEST(test_a_model_alone),          TEST(test_wrong_files),
        TEST(test_damaged_file),           TEST(test_refused_additions),
        TEST(test_long_names_and_nothing), TEST(test_very_many),
        TEST(test_load_is_seen),           TEST(test_every_allocation_may_fail)};
    return cmocka_run_group_tests_name("state", tests, enter_folder, leave_folder);
}
