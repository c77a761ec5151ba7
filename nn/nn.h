/* gradus/nn.h - what is trained, and how: parameters, layers, optimisers, schedules, checkpoints.
 *
 * Purpose    A gd_parameters is the named list of what a model learns; layers register there, an
 *            optimiser changes all of it by the gradients that gd_backward has left there, and a
 *            gd_state_dict saves it by name.
 * Ownership  The list owns its tensors, their gradients and the layers; optimisers and state dicts
 *            refer to it, and it must outlive them.
 * Errors     NULL or a gd_status, with gd_message(); a forward's are the tape's.
 *
 *     gd_parameters *parameters = gd_parameters_create();
 *     gd_module *model = gd_mlp_create(parameters, "", GD_DIMS(30, 64, 1), NULL);
 *     gd_optimizer *adam = gd_adam_create(parameters, NULL);
 *     for each batch:
 *         gd_tape_reset(tape);
 *         gd_optimizer_zero_grad(adam);
 *         gd_tensor *logits = gd_module_forward(tape, model, x);
 *         ... gd_backward(tape, loss) ...
 *         gd_optimizer_step(adam);
 *     gd_optimizer_destroy(adam);
 *     gd_parameters_destroy(parameters);
 */
#ifndef GRADUS_NN_H
#define GRADUS_NN_H

#include <gradus/autograd.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* ---- parameters --------------------------------------------------------------------------- */

typedef struct gd_parameters gd_parameters;

gd_parameters *gd_parameters_create(void);
void gd_parameters_destroy(gd_parameters *parameters); /* NULL is allowed */

/* A new parameter, all zeros, that requires a gradient; float32 or float64. The list owns it. The tensor
 * stays where it is; its elements, which lie in one piece of memory with those of the others of its dtype,
 * may move when another is added: views and `data` are to be taken when the model is complete. `name` is
 * copied and must be new in the list. NULL and a gd_message() otherwise. */
gd_tensor *gd_parameters_add(gd_parameters *parameters, const char *name, gd_dtype dtype, int ndim,
                             const int64_t *shape);

/* The same for what a model keeps without learning it, of any dtype: a running mean, a scale. It is saved
 * with the parameters; no optimiser changes it. */
gd_tensor *gd_parameters_add_buffer(gd_parameters *parameters, const char *name, gd_dtype dtype,
                                    int ndim, const int64_t *shape);

int gd_parameters_count(const gd_parameters *parameters); /* of parameters and buffers */
gd_tensor *gd_parameters_at(const gd_parameters *parameters, int index); /* in order of adding */
const char *gd_parameters_name(const gd_parameters *parameters, int index);
gd_tensor *gd_parameters_find(const gd_parameters *parameters, const char *name); /* NULL: none */
int64_t gd_parameters_numel(const gd_parameters *parameters); /* elements of all parameters */

/* The stream that layers draw their first weights from, and dropout its noise. It starts with key 0:
 *     *gd_parameters_rng(parameters) = (gd_rng){.key = seed}; */
gd_rng *gd_parameters_rng(gd_parameters *parameters);

/* Training (true, as it is at first) or evaluation: with false dropout does nothing and batch norm takes
 * its running statistics. Returns the setting before.
 *
 * Any number of threads may evaluate a model, each with its own tape. In training dropout and batch norm change what
 * the list keeps, its stream and the statistics, and the thread that has done so first alone may go on: others get
 * GD_ERROR_STATE. A tape with a stream of its own (gd_tape_set_rng) takes dropout's noise from there, so that any
 * number of threads may train a model without batch norm by gd_grad. To hand a model on to another thread, call this function
 * when the first one has finished. */
bool gd_parameters_set_training(gd_parameters *parameters, bool training);

/* ---- modules: what layers are made of ----------------------------------------------------- */

/* A layer, or a model of layers, is a struct that begins with a gd_module. Yours is made as those below
 * are:
 *
 *     typedef struct residual {
 *         gd_module module;
 *         gd_linear_layer *inner;
 *     } residual;
 *
 *     static gd_tensor *forward(gd_tape *tape, gd_module *module, gd_tensor *x)
 *     {
 *         residual *r = (residual *)module;
 *         return gd_add(tape, x, gd_relu(tape, gd_module_forward(tape, &r->inner->module, x)));
 *     }
 *
 *     residual *r = gd_module_create(parameters, sizeof *r, "Residual", "block", forward);
 *     r->inner = gd_linear_layer_create(parameters, "block.inner", 64, 64, NULL);
 */
typedef struct gd_module gd_module;
struct gd_module {
    const char *kind; /* "Linear": for the summary */
    const char
        *name; /* "block.inner": with a dot behind it, what its parameters' names begin with */
    gd_tensor *(*forward)(gd_tape *tape, gd_module *module, gd_tensor *x);
    gd_parameters *parameters; /* that it belongs to */

    /* The library's own. */
    gd_module *next;
    size_t size;
};

/* Memory for a module: `size` bytes, which begin with a gd_module and are zeros behind it. The list owns
 * it. `kind` must outlive it, `name` is copied; "" leaves its parameters' names without a beginning. NULL
 * and a gd_message() without memory. */
void *gd_module_create(gd_parameters *parameters, size_t size, const char *kind, const char *name,
                       gd_tensor *(*forward)(gd_tape *tape, gd_module *module, gd_tensor *x));

/* gd_parameters_add and _add_buffer under the module's name, a dot, and this one. */
gd_tensor *gd_module_add_parameter(gd_module *module, const char *name, gd_dtype dtype, int ndim,
                                   const int64_t *shape);
gd_tensor *gd_module_add_buffer(gd_module *module, const char *name, gd_dtype dtype, int ndim,
                                const int64_t *shape);

bool gd_module_is_training(const gd_module *module);

/* What the module makes of x, which must be there. NULL and the tape's error where its forward is refused. What
 * that says to gd_tape_fail is prefixed by the module's kind. */
gd_tensor *gd_module_forward(gd_tape *tape, gd_module *module, gd_tensor *x);

/* A table of what happens to x in a model: each layer, the shape of what it returns, how many parameters
 * it has, and their sum. x is passed through it, in evaluation and without recording. Like snprintf: writes
 * at most size bytes with the closing 0 and returns the length of the whole text; -1 and a gd_message()
 * where x does not fit. */
int gd_summary_format(char *buffer, size_t size, gd_module *model, gd_tensor *x);
gd_status gd_summary_fprint(FILE *file, gd_module *model, gd_tensor *x);

/* ---- layers ------------------------------------------------------------------------------- */
/* Each is registered in the list under `name`, which also owns its memory. First weights are PyTorch's
 * defaults; change them afterwards with the functions below. Options NULL: all defaults. NULL and a
 * gd_message() where a size is not positive, a name is there already, or there is no memory; the list is then as
 * before. */

/* x W^T + b: [..,in] -> [..,out]. */
typedef struct gd_linear_layer {
    gd_module module;
    gd_tensor *weight; /* [out,in]; uniform in +-1 / sqrt(in), and so is the bias */
    gd_tensor *bias;   /* [out]; NULL: no_bias */
} gd_linear_layer;
typedef struct gd_linear_options {
    bool no_bias;
    gd_dtype dtype;
} gd_linear_options;
gd_linear_layer *gd_linear_layer_create(gd_parameters *parameters, const char *name, int64_t in,
                                        int64_t out, const gd_linear_options *options);

/* Rows of a table: int64 of any shape, each in [0, count) -> [x's shape,size]. */
typedef struct gd_embedding_layer {
    gd_module module;
    gd_tensor *weight; /* [count,size]; standard normal */
} gd_embedding_layer;
gd_embedding_layer *gd_embedding_layer_create(gd_parameters *parameters, const char *name,
                                              int64_t count, int64_t size, gd_dtype dtype);

/* In training gd_dropout with probability p, from the tape's stream (gd_tape_set_rng) or, where it has none, from
 * the list's; in evaluation x itself. */
typedef struct gd_dropout_layer {
    gd_module module;
    double p;
} gd_dropout_layer;
gd_dropout_layer *gd_dropout_layer_create(gd_parameters *parameters, const char *name, double p);

typedef struct gd_norm_options {
    gd_optional eps; /* added to the variance; 1e-5 if not given */
    gd_optional
        momentum; /* batch norm: how much a batch counts in the running mean; 0.1 if not given */
    gd_dtype dtype;
} gd_norm_options;

/* Over the last dimension: w (x - mean) / sqrt(variance + eps) + b (Ba, Kiros and Hinton 2016). */
typedef struct gd_layer_norm_layer {
    gd_module module;
    gd_tensor *weight, *bias; /* [size]; ones, zeros */
    double eps;
} gd_layer_norm_layer;
gd_layer_norm_layer *gd_layer_norm_layer_create(gd_parameters *parameters, const char *name,
                                                int64_t size, const gd_norm_options *options);

/* The same over the rows of x [N,size] for each column (Ioffe and Szegedy 2015). In training a batch of at
 * least 2 rows gives mean and variance, and moves the running ones; in evaluation those are taken. */
typedef struct gd_batch_norm_layer {
    gd_module module;
    gd_tensor *weight, *bias;              /* [size]; ones, zeros */
    gd_tensor *running_mean, *running_var; /* [size]; buffers: zeros, ones */
    gd_tensor *num_batches_tracked;        /* [], int64; a buffer */
    double eps, momentum;
} gd_batch_norm_layer;
gd_batch_norm_layer *gd_batch_norm_layer_create(gd_parameters *parameters, const char *name,
                                                int64_t size, const gd_norm_options *options);

/* A function of each element: gd_relu, gd_tanh, gd_gelu, ... or any function of this form. */
typedef gd_tensor *(*gd_activation)(gd_tape *tape, gd_tensor *x);
typedef struct gd_activation_layer {
    gd_module module;
    gd_activation function;
} gd_activation_layer;
gd_activation_layer *gd_activation_layer_create(gd_parameters *parameters, const char *name,
                                                gd_activation function);

/* One module after the other. */
typedef struct gd_sequential {
    gd_module module;
    int count;
    gd_module *const *modules; /* [count]; a copy of what was given */
} gd_sequential;
gd_sequential *gd_sequential_create(gd_parameters *parameters, const char *name, int count,
                                    gd_module *const *modules);

/* A multi-layer perceptron: linear layers of the n sizes given (the first is x's last dimension, the last
 * the result's), and between them the activation and dropout. Its layers have the numbers that they would
 * have in PyTorch's Sequential: "0.weight", or "name.0.weight". */
typedef struct gd_mlp_options {
    gd_activation activation; /* NULL: gd_relu */
    double dropout;           /* in [0,1); 0: none */
    gd_dtype dtype;
} gd_mlp_options;
gd_module *gd_mlp_create(gd_parameters *parameters, const char *name, int n, const int64_t *sizes,
                         const gd_mlp_options *options);

/* ---- first weights ------------------------------------------------------------------------ */
/* Fill a weight [out,in] (more dimensions: [out,in,..], each position of which counts) so that the size of
 * what passes through stays about the same. gain: 1 for linear and sigmoid, 5/3 for tanh, sqrt(2) for
 * relu. GD_ERROR_SHAPE: fewer than two dimensions; else as gd_tensor_uniform. */

/* Glorot and Bengio 2010: variance gain^2 2 / (in + out). */
gd_status gd_init_xavier_uniform(gd_tensor *weight, double gain, gd_rng *rng);
gd_status gd_init_xavier_normal(gd_tensor *weight, double gain, gd_rng *rng);
/* He et al. 2015: variance gain^2 / in. */
gd_status gd_init_kaiming_uniform(gd_tensor *weight, double gain, gd_rng *rng);
gd_status gd_init_kaiming_normal(gd_tensor *weight, double gain, gd_rng *rng);

/* ---- optimisers --------------------------------------------------------------------------- */

typedef struct gd_optimizer gd_optimizer;

/* Each is for the parameters that are in the list, and require a gradient, when it is made, and computes what PyTorch's
 * of this name does. options (copied) NULL: all defaults. NULL and a gd_message() where an option is out
 * of its range, a gd_optional was given a number without GD_SOME, or there is no memory. Formulas are at the top of each one's file in nn/. */

typedef struct gd_sgd_options {
    gd_optional learning_rate; /* at least 0; 0.001 if not given */
    double momentum;           /* in [0,1) */
    double dampening;          /* in [0,1) */
    double weight_decay;       /* of all parameters; at least 0 */
    bool nesterov;             /* needs momentum, and no dampening */
} gd_sgd_options;
gd_optimizer *gd_sgd_create(gd_parameters *parameters, const gd_sgd_options *options);

typedef struct gd_adam_options {
    gd_optional learning_rate; /* at least 0; 0.001 if not given */
    gd_optional beta1, beta2;  /* in [0,1); 0.9 and 0.999 if not given */
    gd_optional eps;           /* 1e-8 if not given */
    gd_optional weight_decay;  /* if not given: 0 for Adam, 0.01 for AdamW */
} gd_adam_options;
gd_optimizer *gd_adam_create(gd_parameters *parameters, const gd_adam_options *options);
gd_optimizer *gd_adamw_create(gd_parameters *parameters, const gd_adam_options *options);

typedef struct gd_rmsprop_options {
    gd_optional learning_rate; /* at least 0; 0.01 if not given */
    gd_optional alpha;         /* in [0,1); 0.99 if not given */
    gd_optional eps;           /* 1e-8 if not given */
    double momentum;           /* in [0,1) */
    double weight_decay;
    bool centered;
} gd_rmsprop_options;
gd_optimizer *gd_rmsprop_create(gd_parameters *parameters, const gd_rmsprop_options *options);

typedef struct gd_adagrad_options {
    gd_optional learning_rate; /* at least 0; 0.01 if not given */
    double lr_decay, weight_decay, initial_accumulator_value;
    gd_optional eps; /* 1e-10 if not given */
} gd_adagrad_options;
gd_optimizer *gd_adagrad_create(gd_parameters *parameters, const gd_adagrad_options *options);

/* L-BFGS (Liu and Nocedal 1989), for a whole data set at once: a quasi-Newton method whose line search finds
 * a step that satisfies the strong Wolfe conditions. It evaluates the model several times a step, by a
 * closure. */
typedef struct gd_lbfgs_options {
    gd_optional
        learning_rate; /* length of a step that is tried first, in Newton steps; 1 if not given */
    int max_iter;      /* a call of gd_lbfgs_step; 0: 20 */
    int max_eval;      /* closures a call; 0: max_iter * 5 / 4 */
    int history_size;  /* steps that curvature is learnt from; 0: 100 */
    gd_optional tolerance_grad; /* done where no gradient is above it; 1e-7 if not given */
    gd_optional
        tolerance_change; /* ... or no parameter, nor the loss, changes more; 1e-9 if not given */
} gd_lbfgs_options;
gd_optimizer *gd_lbfgs_create(gd_parameters *parameters, const gd_lbfgs_options *options);

/* Computes the loss of the parameters as they are: empties their gradients, runs gd_backward, and returns
 * what that returned. */
typedef gd_status (*gd_closure)(void *context, double *loss);

/* One call: up to max_iter steps. What the closure returns other than GD_OK ends it and is returned; so does
 * GD_ERROR_VALUE where the loss is not finite, with the parameters as they were. */
gd_status gd_lbfgs_step(gd_optimizer *optimizer, gd_closure closure, void *context);

void gd_optimizer_destroy(gd_optimizer *optimizer); /* NULL is allowed */

void gd_optimizer_zero_grad(gd_optimizer *optimizer); /* empties every gradient */

/* Changes every parameter whose gradient is not empty. GD_ERROR_ARGUMENT: the optimizer is NULL. */
gd_status gd_optimizer_step(gd_optimizer *optimizer);

double gd_optimizer_learning_rate(const gd_optimizer *optimizer);
/* What a schedule does before each step. GD_ERROR_ARGUMENT: not in [0,inf). */
gd_status gd_optimizer_set_learning_rate(gd_optimizer *optimizer, double learning_rate);

/* A group: the parameters whose names fit a shell pattern ("*.bias", "encoder.*") have a learning rate that
 * is a part of the optimiser's, or a weight decay of their own:
 *     gd_optimizer_set_group(adamw, "*.bias", &(gd_group_options){.weight_decay = GD_SOME(0)});
 * GD_ERROR_ARGUMENT: no name fits, or a number is below 0. */
typedef struct gd_group_options {
    gd_optional rate_factor, weight_decay; /* as before if not given */
} gd_group_options;
gd_status gd_optimizer_set_group(gd_optimizer *optimizer, const char *pattern,
                                 const gd_group_options *options);

/* Gradient clipping, between backward and step. All gradients of the list that are not empty, as one
 * vector, are made no longer than max_norm (Pascanu et al. 2013); *norm_out (NULL: not wanted) gets its
 * length before. GD_ERROR_VALUE: that is not finite; nothing is changed. GD_ERROR_ARGUMENT: max_norm is
 * not above 0. */
gd_status gd_clip_grad_norm(gd_parameters *parameters, double max_norm, double *norm_out);
/* Each element is kept within [-most, most]; NaN stays. GD_ERROR_ARGUMENT: most is below 0. */
gd_status gd_clip_grad_value(gd_parameters *parameters, double most);

/* ---- schedules ---------------------------------------------------------------------------- */

typedef enum gd_schedule_kind {
    GD_SCHEDULE_CONSTANT,
    GD_SCHEDULE_STEP,   /* times gamma after every `steps` */
    GD_SCHEDULE_COSINE, /* down to final_rate in `steps`, along half a cosine */
    GD_SCHEDULE_ONE_CYCLE, /* up from learning_rate / div_factor in the first part, `rise`, of `steps`, then down
                              to the start / final_div_factor (Smith and Topin 2018) */
    GD_SCHEDULE_REDUCE_ON_PLATEAU /* times gamma where a loss reported has not become less for long */
} gd_schedule_kind;

/* Plain data: yours to fill in, to copy and to save. What PyTorch's of this name does, once a step:
 *     gd_schedule schedule = {.kind = GD_SCHEDULE_COSINE, .learning_rate = 0.01, .steps = epochs * batches};
 *     for each batch:
 *         ...
 *         gd_schedule_step(&schedule, adam);
 *         gd_optimizer_step(adam);
 */
typedef struct gd_schedule {
    gd_schedule_kind kind;
    double learning_rate;     /* the highest; after the warm-up */
    int64_t warmup_steps;     /* before the rest, in which the rate rises in a line */
    gd_optional warmup_start; /* ... from this part of it, in [0,1]; 0 if not given */
    int64_t steps;
    double final_rate;                              /* cosine, plateau: the lowest */
    gd_optional gamma;                              /* in (0,1]; 0.1 if not given */
    gd_optional rise, div_factor, final_div_factor; /* one-cycle; 0.3, 25 and 1e4 if not given */
    gd_optional patience,
        threshold; /* plateau: reports without a loss below best (1 - threshold) that are
                                        borne; 10 and 1e-4 if not given */
    /* Its state. */
    int64_t step, reductions, bad_reports, has_best;
    double best;
} gd_schedule;

/* Of step 0, 1, ...; NaN and a gd_message(): a number is out of its range. */
double gd_schedule_rate(const gd_schedule *schedule, int64_t step);

/* Before each step of the optimiser: gives it the rate of that. GD_ERROR_ARGUMENT: a number is out of its
 * range. */
gd_status gd_schedule_step(gd_schedule *schedule, gd_optimizer *optimizer);
/* After each validation; only REDUCE_ON_PLATEAU takes notice. */
gd_status gd_schedule_report(gd_schedule *schedule, double loss);

/* ---- checkpoints -------------------------------------------------------------------------- */

/* What is to be saved, by name: a list of tensors and numbers that belong to others, which must outlive it.
 * A model alone, or all that a run needs to go on bit for bit as if it had not been stopped:
 *     gd_state_dict *state = gd_state_dict_create();
 *     gd_state_dict_add_parameters(state, parameters);
 *     gd_metadata about = {"architecture", "mlp 30 64 1"};
 *     gd_state_dict_save(state, "model.safetensors", 1, &about); // Python's safetensors reads it
 *     gd_state_dict_add_optimizer(state, "optimizer", adam);
 *     gd_state_dict_add_schedule(state, "schedule", &schedule);
 *     gd_state_dict_add_rng(state, "rng", gd_parameters_rng(parameters));
 *     gd_state_dict_add(state, "loader", gd_loader_state(loader)); // of <gradus/data.h>
 *     gd_state_dict_add_integers(state, "epoch", &epoch, 1);
 *     gd_state_dict_save(state, "run.safetensors", 1, &about);
 * Options are not saved: a run that goes on is made by the same code as before, and then loaded into. */
typedef struct gd_state_dict gd_state_dict;

gd_state_dict *gd_state_dict_create(void);             /* NULL and a gd_message(): no memory */
void gd_state_dict_destroy(gd_state_dict *state_dict); /* NULL is allowed */

/* Each adds something under a name, or names that begin with it and a dot; parameters have theirs.
 * GD_ERROR_ARGUMENT: NULL, a name that is there already, a tensor that is not contiguous. GD_ERROR_MEMORY. After an
 * error nothing has been added. */
gd_status gd_state_dict_add(gd_state_dict *state_dict, const char *name, gd_tensor *x);
gd_status gd_state_dict_add_integers(gd_state_dict *state_dict, const char *name, int64_t *values,
                                     int64_t count);
gd_status gd_state_dict_add_rng(gd_state_dict *state_dict, const char *name, gd_rng *rng);
gd_status gd_state_dict_add_parameters(gd_state_dict *state_dict, gd_parameters *parameters);
gd_status gd_state_dict_add_optimizer(gd_state_dict *state_dict, const char *name,
                                      gd_optimizer *optimizer);
gd_status gd_state_dict_add_schedule(gd_state_dict *state_dict, const char *name,
                                     gd_schedule *schedule);

/* Writes all of it, and m texts (gd_version() under "gradus" comes by itself), as gd_safetensors_save does: a crash
 * or a full disk at any moment leaves the file of before. */
gd_status gd_state_dict_save(const gd_state_dict *state_dict, const char *path, int m,
                             const gd_metadata *metadata);

/* Reads all of it back. The file must have every entry, of the same dtype and shape, and no others unless
 * they are allowed; nothing is changed until that is known. GD_ERROR_FORMAT (also for whatever
 * gd_safetensors_open has to say), GD_ERROR_DTYPE, GD_ERROR_SHAPE, GD_ERROR_VALUE (a learning rate or a count of
 * steps that cannot be one): gd_message() names the entry. */
gd_status gd_state_dict_load(gd_state_dict *state_dict, const char *path, bool allow_others);
gd_status gd_state_dict_load_from(gd_state_dict *state_dict, const gd_safetensors *file,
                                  bool allow_others);

#include <gradus/nn_sites.h>

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
