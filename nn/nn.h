/* gradus/nn.h - models and their training: parameters, layers, optimisers, checkpoints.
 *
 * Purpose    A gd_parameters is the named list of what a model learns. Layers add to it. An
 *            optimiser updates it from the gradients that gd_backward has left, and a
 *            gd_state_dict saves it.
 * Ownership  The list owns its tensors, their gradients and the layers. Optimisers and state dicts
 *            refer to the list, which must outlive them.
 * Errors     NULL or a gd_status, with a gd_message(). Errors of a forward pass are the tape's.
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

/* Adds a parameter, float32 or float64, filled with zeros, that requires a gradient; or a buffer,
 * which is saved with the parameters but not trained, of any dtype. `name` is copied and must be
 * new. NULL and a gd_message() on error.
 *
 * All parameters of a dtype share one buffer. Adding one may move it, so take views and `data`
 * pointers after the model is complete; the gd_tensor itself stays where it is. */
gd_tensor *gd_parameters_add(gd_parameters *parameters, const char *name, gd_dtype dtype, int ndim,
                             const int64_t *shape);
gd_tensor *gd_parameters_add_buffer(gd_parameters *parameters, const char *name, gd_dtype dtype,
                                    int ndim, const int64_t *shape);

int gd_parameters_count(const gd_parameters *parameters); /* parameters and buffers */
gd_tensor *gd_parameters_at(const gd_parameters *parameters, int index); /* in order of adding */
const char *gd_parameters_name(const gd_parameters *parameters, int index);
gd_tensor *gd_parameters_find(const gd_parameters *parameters, const char *name); /* or NULL */
int64_t gd_parameters_numel(const gd_parameters *parameters); /* elements of all parameters */

/* The random stream of initial weights and of dropout. It starts with key 0; to seed it:
 *     *gd_parameters_rng(parameters) = (gd_rng){.key = seed}; */
gd_rng *gd_parameters_rng(gd_parameters *parameters);

/* Switches between training (the default) and evaluation, in which dropout does nothing and batch
 * norm uses its running statistics. Returns the previous setting.
 *
 * Any number of threads may evaluate a model, each with its own tape. Training changes the stream
 * and the running statistics: only the first thread that does so may go on, others get
 * GD_ERROR_STATE. This call hands the model to another thread. Dropout takes its noise from the
 * tape if that has a stream (gd_tape_set_rng), so any number of threads may train a model without
 * batch norm by gd_grad. */
bool gd_parameters_set_training(gd_parameters *parameters, bool training);

/* ---- modules: what layers are made of ----------------------------------------------------- */

/* A layer, or a model of layers, is a struct that begins with a gd_module. Your own is made as the
 * library's are:
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
    const char *kind; /* "Linear": for errors and the summary */
    const char *name; /* "block.inner": its parameters are "block.inner.weight", ... */
    gd_tensor *(*forward)(gd_tape *tape, gd_module *module, gd_tensor *x);
    gd_parameters *parameters; /* the list that owns it */

    /* The library's own. */
    gd_module *next;
    size_t size;
};

/* Allocates a module of `size` bytes, zeros behind its gd_module. The list owns it. `kind` must
 * outlive it; `name` is copied and has up to 127 bytes, with "" its parameters have plain names.
 * NULL and a gd_message() on error. */
void *gd_module_create(gd_parameters *parameters, size_t size, const char *kind, const char *name,
                       gd_tensor *(*forward)(gd_tape *tape, gd_module *module, gd_tensor *x));

/* The same in the module's list, with the module's name and a dot before `name`. */
gd_tensor *gd_module_add_parameter(gd_module *module, const char *name, gd_dtype dtype, int ndim,
                                   const int64_t *shape);
gd_tensor *gd_module_add_buffer(gd_module *module, const char *name, gd_dtype dtype, int ndim,
                                const int64_t *shape);

bool gd_module_is_training(const gd_module *module);

/* Runs the module on x, which must not be NULL. NULL and the tape's error if that fails; messages
 * of gd_tape_fail begin with the module's kind. */
gd_tensor *gd_module_forward(gd_tape *tape, gd_module *module, gd_tensor *x);

/* A table of the layers that x passes: shape of the output, number of parameters, total. x is
 * passed through the model in evaluation mode, without recording. Like snprintf: writes at most
 * size bytes with the closing 0 and returns the length of the whole text. -1 and a gd_message() if
 * x does not fit. */
int gd_summary_format(char *buffer, size_t size, gd_module *model, gd_tensor *x);
gd_status gd_summary_fprint(FILE *file, gd_module *model, gd_tensor *x);

/* ---- layers ------------------------------------------------------------------------------- */
/* Each registers in the list under `name`. Initial weights are PyTorch's defaults; the functions
 * for initial weights below change them. options NULL: all defaults. NULL and a gd_message() if a
 * size is not positive, an option is out of its range, a name exists, or there is no memory; the
 * list is then as before. */

/* x W^T + b: [..,in] -> [..,out]. */
typedef struct gd_linear_layer {
    gd_module module;
    gd_tensor *weight; /* [out,in]; uniform in +-1 / sqrt(in) */
    gd_tensor *bias;   /* [out]; likewise; NULL with no_bias */
} gd_linear_layer;
typedef struct gd_linear_options {
    bool no_bias;
    gd_dtype dtype;
} gd_linear_options;
gd_linear_layer *gd_linear_layer_create(gd_parameters *parameters, const char *name, int64_t in,
                                        int64_t out, const gd_linear_options *options);

/* Rows of a table: x int64 [..], each in [0,count) -> [..,size]. */
typedef struct gd_embedding_layer {
    gd_module module;
    gd_tensor *weight; /* [count,size]; standard normal */
} gd_embedding_layer;
gd_embedding_layer *gd_embedding_layer_create(gd_parameters *parameters, const char *name,
                                              int64_t count, int64_t size, gd_dtype dtype);

/* In training gd_dropout with probability p in [0,1]; in evaluation x itself. The noise comes from
 * the tape's stream (gd_tape_set_rng) or, without one, from the list's. */
typedef struct gd_dropout_layer {
    gd_module module;
    double p;
} gd_dropout_layer;
gd_dropout_layer *gd_dropout_layer_create(gd_parameters *parameters, const char *name, double p);

typedef struct gd_norm_options {
    gd_optional eps;      /* at least 0; 1e-5 if not given */
    gd_optional momentum; /* batch norm: share of a batch in the running ones, [0,1]; 0.1 */
    gd_dtype dtype;
} gd_norm_options;

/* weight (x - mean) / sqrt(variance + eps) + bias, with mean and variance over the last dimension:
 * [..,size] -> [..,size] (Ba, Kiros and Hinton 2016). */
typedef struct gd_layer_norm_layer {
    gd_module module;
    gd_tensor *weight, *bias; /* [size]; ones, zeros */
    double eps;
} gd_layer_norm_layer;
gd_layer_norm_layer *gd_layer_norm_layer_create(gd_parameters *parameters, const char *name,
                                                int64_t size, const gd_norm_options *options);

/* The same formula with mean and variance of each column: [N,size] -> [N,size] (Ioffe and Szegedy
 * 2015). In training they are the batch's, which needs at least 2 rows and moves the running
 * statistics; in evaluation they are the running ones. */
typedef struct gd_batch_norm_layer {
    gd_module module;
    gd_tensor *weight, *bias; /* [size]; ones, zeros */
    double eps, momentum;
    gd_tensor *running_mean, *running_var; /* [size]; buffers: zeros, ones */
    gd_tensor *num_batches_tracked;        /* [], int64; a buffer */
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

/* Modules one after the other. */
typedef struct gd_sequential {
    gd_module module;
    int count;
    gd_module *const *modules; /* [count]; a copy of what was given */
} gd_sequential;
gd_sequential *gd_sequential_create(gd_parameters *parameters, const char *name, int count,
                                    gd_module *const *modules);

/* A multi-layer perceptron: linear layers from sizes[0] inputs to sizes[n-1] outputs, with the
 * activation and dropout between them; n in [2,64]. Names are those of PyTorch's Sequential:
 * "name.0.weight", or "0.weight" if name is "". */
typedef struct gd_mlp_options {
    gd_activation activation; /* NULL: gd_relu */
    double dropout;           /* in [0,1); 0: none */
    gd_dtype dtype;
} gd_mlp_options;
gd_module *gd_mlp_create(gd_parameters *parameters, const char *name, int n, const int64_t *sizes,
                         const gd_mlp_options *options);

/* ---- initial weights ---------------------------------------------------------------------- */
/* Fill a weight [out,in,..] (further dimensions, as of a kernel, multiply both) so that what
 * passes through keeps about its size. gain: 1 for linear and sigmoid, 5/3 for tanh, sqrt(2) for
 * relu. GD_ERROR_SHAPE: fewer than two dimensions; otherwise as gd_tensor_uniform. */

/* Variance gain^2 2 / (in + out) (Glorot and Bengio 2010). */
gd_status gd_init_xavier_uniform(gd_tensor *weight, double gain, gd_rng *rng);
gd_status gd_init_xavier_normal(gd_tensor *weight, double gain, gd_rng *rng);
/* Variance gain^2 / in (He et al. 2015). */
gd_status gd_init_kaiming_uniform(gd_tensor *weight, double gain, gd_rng *rng);
gd_status gd_init_kaiming_normal(gd_tensor *weight, double gain, gd_rng *rng);

/* ---- optimisers --------------------------------------------------------------------------- */

typedef struct gd_optimizer gd_optimizer;

/* Each updates the parameters that are in the list and require a gradient when it is created, as
 * PyTorch's optimiser of the same name does; formulas are at the top of nn/optimizers/NAME.c.
 * options (copied) NULL: all defaults. NULL and a gd_message() if an option is out of its range,
 * an optional was set without GD_SOME, or there is no memory. Rates, decays, eps: at least 0.
 *
 * pool: the threads that a step of a large parameter runs on; NULL: the calling thread alone. It is
 * yours and must outlive the optimiser's steps. */

typedef struct gd_sgd_options {
    gd_optional learning_rate; /* 0.001 if not given */
    double momentum;           /* in [0,1) */
    double dampening;          /* in [0,1) */
    double weight_decay;
    bool nesterov; /* needs momentum, and no dampening */
    gd_pool *pool;
} gd_sgd_options;
gd_optimizer *gd_sgd_create(gd_parameters *parameters, const gd_sgd_options *options);

typedef struct gd_adam_options {
    gd_optional learning_rate; /* 0.001 if not given */
    gd_optional beta1, beta2;  /* in [0,1); 0.9 and 0.999 if not given */
    gd_optional eps;           /* 1e-8 if not given */
    gd_optional weight_decay;  /* 0 for Adam, 0.01 for AdamW if not given */
    gd_pool *pool;
} gd_adam_options;
gd_optimizer *gd_adam_create(gd_parameters *parameters, const gd_adam_options *options);
gd_optimizer *gd_adamw_create(gd_parameters *parameters, const gd_adam_options *options);

typedef struct gd_rmsprop_options {
    gd_optional learning_rate; /* 0.01 if not given */
    gd_optional alpha;         /* in [0,1); 0.99 if not given */
    gd_optional eps;           /* 1e-8 if not given */
    double momentum;           /* in [0,1) */
    double weight_decay;
    bool centered;
    gd_pool *pool;
} gd_rmsprop_options;
gd_optimizer *gd_rmsprop_create(gd_parameters *parameters, const gd_rmsprop_options *options);

typedef struct gd_adagrad_options {
    gd_optional learning_rate; /* 0.01 if not given */
    double lr_decay, weight_decay, initial_accumulator_value;
    gd_optional eps; /* 1e-10 if not given */
    gd_pool *pool;
} gd_adagrad_options;
gd_optimizer *gd_adagrad_create(gd_parameters *parameters, const gd_adagrad_options *options);

/* L-BFGS (Liu and Nocedal 1989), for a whole data set at once: a quasi-Newton method whose line
 * search satisfies the strong Wolfe conditions. One step evaluates the model several times. */
typedef struct gd_lbfgs_options {
    gd_optional learning_rate;    /* first length tried, in Newton steps; 1 if not given */
    int max_iter;                 /* steps in a call of gd_lbfgs_step; 0: 20 */
    int max_eval;                 /* closures in a call; 0: max_iter * 5 / 4 */
    int history_size;             /* steps that the curvature is learnt from; 0: 100 */
    gd_optional tolerance_grad;   /* stops if no gradient is larger; 1e-7 if not given */
    gd_optional tolerance_change; /* stops if no parameter, nor the loss, changes more; 1e-9 */
} gd_lbfgs_options;
gd_optimizer *gd_lbfgs_create(gd_parameters *parameters, const gd_lbfgs_options *options);

/* Computes the loss of the parameters as they are: empties the gradients, runs gd_backward, and
 * returns its status. */
typedef gd_status (*gd_closure)(void *context, double *loss);

/* Up to max_iter steps. A status of the closure other than GD_OK ends the call and is returned.
 * GD_ERROR_VALUE: the loss or a gradient is not finite to begin with; nothing is changed. */
gd_status gd_lbfgs_step(gd_optimizer *optimizer, gd_closure closure, void *context);

void gd_optimizer_destroy(gd_optimizer *optimizer);   /* NULL is allowed */
void gd_optimizer_zero_grad(gd_optimizer *optimizer); /* empties every gradient */

/* Updates every parameter whose gradient is not empty. GD_ERROR_ARGUMENT: NULL, or L-BFGS. */
gd_status gd_optimizer_step(gd_optimizer *optimizer);

double gd_optimizer_learning_rate(const gd_optimizer *optimizer);
/* GD_ERROR_ARGUMENT: the rate is not in [0,inf). */
gd_status gd_optimizer_set_learning_rate(gd_optimizer *optimizer, double learning_rate);

/* Gives the parameters whose names match a shell pattern ("*.bias", "encoder.*") a learning rate
 * of their own, as a factor of the optimiser's, or a weight decay of their own:
 *     gd_optimizer_set_group(adamw, "*.bias", &(gd_group_options){.weight_decay = GD_SOME(0)});
 * GD_ERROR_ARGUMENT: no name matches, a number is below 0, or the optimiser is L-BFGS. */
typedef struct gd_group_options {
    gd_optional rate_factor, weight_decay; /* unchanged if not given */
} gd_group_options;
gd_status gd_optimizer_set_group(gd_optimizer *optimizer, const char *pattern,
                                 const gd_group_options *options);

/* Clipping, between backward and step. The first scales the gradients of the list, as one vector,
 * to a norm of at most max_norm (Pascanu et al. 2013); *norm_out (may be NULL) gets the norm
 * before. GD_ERROR_VALUE: the norm is not finite; nothing is changed. The second keeps each
 * element within [-most,most]; NaN stays. GD_ERROR_ARGUMENT: max_norm <= 0 or most < 0. */
gd_status gd_clip_grad_norm(gd_parameters *parameters, double max_norm, double *norm_out);
gd_status gd_clip_grad_value(gd_parameters *parameters, double most);

/* ---- schedules ---------------------------------------------------------------------------- */

typedef enum gd_schedule_kind {
    GD_SCHEDULE_CONSTANT,
    GD_SCHEDULE_STEP,      /* times gamma after every `steps` */
    GD_SCHEDULE_COSINE,    /* to final_rate in `steps`, along half a cosine */
    GD_SCHEDULE_ONE_CYCLE, /* from learning_rate / div_factor up in the first part, `rise`, of
                                     `steps`, then down to start / final_div_factor (Smith and
                                     Topin 2018) */
    GD_SCHEDULE_REDUCE_ON_PLATEAU /* times gamma if reported losses do not improve for long */
} gd_schedule_kind;

/* Learning rates, step by step, as PyTorch's schedulers of these names. Plain data: fill it in,
 * copy it, save it.
 *     gd_schedule schedule = {.kind = GD_SCHEDULE_COSINE, .learning_rate = 0.01, .steps = total};
 *     for each batch:
 *         ...
 *         gd_schedule_step(&schedule, adam);
 *         gd_optimizer_step(adam);
 */
typedef struct gd_schedule {
    gd_schedule_kind kind;
    double learning_rate;     /* the highest, after the warm-up */
    int64_t warmup_steps;     /* before the rest; the rate rises linearly */
    gd_optional warmup_start; /* ... from this part of it, in [0,1]; 0 if not given */
    int64_t steps;
    double final_rate;                              /* cosine, plateau: the lowest */
    gd_optional gamma;                              /* in (0,1]; 0.1 if not given */
    gd_optional rise, div_factor, final_div_factor; /* one-cycle; 0.3, 25 and 1e4 if not given */
    gd_optional patience;  /* plateau: reports without improvement that are tolerated; 10 */
    gd_optional threshold; /* plateau: a loss below best (1 - threshold) is an improvement; 1e-4 */
    /* Its state. */
    int64_t step, reductions, bad_reports, has_best;
    double best;
} gd_schedule;

/* GD_ERROR_ARGUMENT, or NaN, with a gd_message(): a number of the schedule is out of its range. */
double gd_schedule_rate(const gd_schedule *schedule, int64_t step);         /* of step 0, 1, ... */
gd_status gd_schedule_step(gd_schedule *schedule, gd_optimizer *optimizer); /* sets a new rate */
gd_status gd_schedule_report(gd_schedule *schedule, double loss); /* after validation: plateau */

/* ---- checkpoints -------------------------------------------------------------------------- */

/* Tensors and numbers to be saved, by name. They belong to others and must outlive the state dict.
 * It holds a model alone, or all that a run needs to go on bit for bit as if it had not been
 * stopped:
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
 * Options are not saved: to resume, run the same code and load into what it has created. */
typedef struct gd_state_dict gd_state_dict;

gd_state_dict *gd_state_dict_create(void);             /* NULL and a gd_message(): no memory */
void gd_state_dict_destroy(gd_state_dict *state_dict); /* NULL is allowed */

/* Each adds an entry `name`, or several whose names begin with it and a dot; parameters keep their
 * names. GD_ERROR_ARGUMENT: NULL, a name that exists, a tensor that is not contiguous.
 * GD_ERROR_MEMORY. After an error nothing has been added. */
gd_status gd_state_dict_add(gd_state_dict *state_dict, const char *name, gd_tensor *x);
gd_status gd_state_dict_add_integers(gd_state_dict *state_dict, const char *name, int64_t *values,
                                     int64_t count);
gd_status gd_state_dict_add_rng(gd_state_dict *state_dict, const char *name, gd_rng *rng);
gd_status gd_state_dict_add_parameters(gd_state_dict *state_dict, gd_parameters *parameters);
gd_status gd_state_dict_add_optimizer(gd_state_dict *state_dict, const char *name,
                                      gd_optimizer *optimizer);
gd_status gd_state_dict_add_schedule(gd_state_dict *state_dict, const char *name,
                                     gd_schedule *schedule);

/* Writes all entries and m texts (gd_version() is added as "gradus"), as gd_safetensors_save does:
 * after a crash or a full disk the previous file is still there. */
gd_status gd_state_dict_save(const gd_state_dict *state_dict, const char *path, int m,
                             const gd_metadata *metadata);

/* Reads all entries back. The file must have each of them with the same dtype and shape, and no
 * others unless allow_others is set; nothing is changed until that is known. GD_ERROR_FORMAT (also
 * for errors of gd_safetensors_open), GD_ERROR_DTYPE, GD_ERROR_SHAPE, GD_ERROR_VALUE (a learning
 * rate or a number of steps out of range); gd_message() names the entry. */
gd_status gd_state_dict_load(gd_state_dict *state_dict, const char *path, bool allow_others);
gd_status gd_state_dict_load_from(gd_state_dict *state_dict, const gd_safetensors *file,
                                  bool allow_others);

#include <gradus/nn_sites.h>

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
