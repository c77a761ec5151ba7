/* conformance [FILE.json..]: cases of the losses, each in float64 and in float32; without a file, the
 * project's own. Prints what differs, and at the end "N passed, N failed, N skipped", one count a
 * case and dtype. Exits with 0 if none failed and one ran at least, 1 if not, 2 for a file that is no
 * such list.
 *
 * A file holds {"cases": [..]}; keys that are missing count as null, unknown ones are ignored:
 *   name, loss      nll, cross_entropy, bce, bce_with_logits, masked_select, log_softmax
 *   input           {shape, dtype, data}: row-major numbers, or "nan", "inf", "-inf"
 *   input_layout    transposed2d: a transposed view of a contiguous tensor
 *   pre             sigmoid, log_softmax: applied to the input first
 *   target, target_requires_grad, weight, pos_weight, ignore_index, label_smoothing, reduction, dim
 *   mask            of masked_select; with `post` of that; else the loss's own option
 *   post            masked_select, masked_select_mean, masked_select_sum: applied to the loss
 *   grad_out        what comes in; null: ones
 *   out, grad_input, grad_target, grad_weight, grad_pos_weight    expected; null: not compared
 *   error           {kind}: the call must be refused, and the message name its function
 *   ideal           {out, grad_input, grad_target}: required instead of PyTorch's
 *   tags            f64_only: not in float32; precision: compared relatively */
#include <gradus.h>
#include <jansson.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int passed, failed, skipped;

/* ---- reading ---- */

static const char *string_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* A case that does not have the form. */
static void malformed(const json_t *c, const char *what)
{
    fprintf(stderr, "conformance: the case \"%s\": %s\n", string_at(c, "name"), what);
    exit(2);
}

static double number_of(const json_t *c, const json_t *value)
{
    const char *text = json_string_value(value);
    if (json_is_number(value))
        return json_number_value(value);
    if (json_is_boolean(value))
        return json_is_true(value);
    if (text == NULL ||
        (strcmp(text, "nan") != 0 && strcmp(text, "inf") != 0 && strcmp(text, "-inf") != 0))
        malformed(c, "a number is expected");
    return text[0] == 'n' ? (double)NAN : text[0] == 'i' ? (double)INFINITY : -(double)INFINITY;
}

static bool has_tag(const json_t *c, const char *tag)
{
    size_t i;
    json_t *value;
    json_array_foreach(json_object_get(c, "tags"), i,
                       value) if (json_is_string(value) &&
                                  strcmp(json_string_value(value), tag) == 0) return true;
    return false;
}

/* The input's float type becomes `dtype`, another float type the other one, so that a mixture stays
 * one; integers that the library does not have become uint8. */
static gd_dtype dtype_of(const json_t *c, const char *name, gd_dtype dtype)
{
    if (strncmp(name, "float", 5) == 0) {
        bool same = strcmp(name, string_at(json_object_get(c, "input"), "dtype")) == 0;
        return same ? dtype : dtype == GD_F32 ? GD_F64 : GD_F32;
    }
    return strcmp(name, "int64") == 0 ? GD_I64 : strcmp(name, "bool") == 0 ? GD_BOOL : GD_U8;
}

static void set(gd_tensor *x, int64_t i, double value)
{
    if (x->dtype == GD_F64)
        ((double *)x->data)[i] = value;
    else if (x->dtype == GD_F32)
        ((float *)x->data)[i] = (float)value;
    else if (x->dtype == GD_I64)
        ((int64_t *)x->data)[i] = (int64_t)value;
    else
        ((uint8_t *)x->data)[i] = (uint8_t)value;
}

/* The tensor under this key, on the tape; NULL where it is null. */
static gd_tensor *read_tensor(gd_tape *t, const json_t *c, const json_t *value, gd_dtype dtype)
{
    int64_t shape[GD_MAX_DIMS];
    if (value == NULL || json_is_null(value))
        return NULL;
    const json_t *sizes = json_object_get(value, "shape"), *data = json_object_get(value, "data");
    if (!json_is_array(sizes) || !json_is_array(data) || json_array_size(sizes) > GD_MAX_DIMS)
        malformed(c, "a tensor is {shape, dtype, data}");
    int ndim = (int)json_array_size(sizes);
    for (int i = 0; i < ndim; ++i)
        shape[i] = json_integer_value(json_array_get(sizes, (size_t)i));
    gd_tensor *x = gd_zeros(t, dtype_of(c, string_at(value, "dtype"), dtype), ndim, shape);
    if (x == NULL || gd_tensor_numel(x) != (int64_t)json_array_size(data))
        malformed(c, "a tensor's data do not fit its shape");
    for (size_t i = 0; i < json_array_size(data); ++i)
        set(x, (int64_t)i, number_of(c, json_array_get(data, i)));
    return x;
}

static gd_tensor *tensor_at(gd_tape *t, const json_t *c, const char *key, gd_dtype dtype)
{
    return read_tensor(t, c, json_object_get(c, key), dtype);
}

/* x as a transposed view of contiguous memory. */
static gd_tensor *transposed(gd_tape *t, const json_t *c, gd_tensor *x)
{
    if (x->ndim != 2)
        malformed(c, "transposed2d is for two dimensions");
    return gd_transpose(t, gd_clone(t, gd_transpose(t, x, 0, 1)), 0, 1);
}

/* What is required under this key: ideal's, unless that is null. */
static const json_t *expected_at(const json_t *c, const char *key)
{
    const json_t *ideal = json_object_get(json_object_get(c, "ideal"), key);
    return ideal != NULL && !json_is_null(ideal) ? ideal : json_object_get(c, key);
}

/* ---- calling ---- */

typedef struct operands {
    gd_tensor *input, *target, *weight, *pos_weight, *mask;
} operands;

static gd_reduction reduction_of(const json_t *c)
{
    const char *name = string_at(c, "reduction");
    return strcmp(name, "none") == 0                      ? GD_REDUCTION_NONE
           : strcmp(name, "sum") == 0                     ? GD_REDUCTION_SUM
           : strcmp(name, "mean") == 0 || name[0] == '\0' ? GD_REDUCTION_MEAN
                                                          : (gd_reduction)99;
}

static gd_optional optional_at(const json_t *c, const char *key)
{
    const json_t *value = json_object_get(c, key);
    return value == NULL || json_is_null(value) ? (gd_optional){.given = false}
                                                : GD_SOME(number_of(c, value));
}

static int class_dim(const json_t *c, const gd_tensor *x)
{
    gd_optional dim = optional_at(c, "dim");
    return dim.given ? (int)dim.value : x->ndim > 1 ? 1 : 0;
}

static gd_tensor *call_loss(gd_tape *t, const json_t *c, const operands *o, gd_tensor *x)
{
    const char *loss = string_at(c, "loss");
    gd_tensor *mask = string_at(c, "post")[0] != '\0' ? NULL : o->mask;
    gd_nll_loss_options classes = {.reduction = reduction_of(c),
                                   .mask = mask,
                                   .weight = o->weight,
                                   .ignore_index = optional_at(c, "ignore_index"),
                                   .label_smoothing = optional_at(c, "label_smoothing").value,
                                   .dim = optional_at(c, "dim")};
    if (strcmp(loss, "nll") == 0)
        return gd_nll_loss(t, x, o->target, &classes);
    if (strcmp(loss, "cross_entropy") == 0)
        return gd_cross_entropy(t, x, o->target, &classes);
    if (strcmp(loss, "bce") == 0)
        return gd_binary_cross_entropy(
            t, x, o->target,
            &(gd_binary_cross_entropy_options){
                .reduction = reduction_of(c), .mask = mask, .weight = o->weight});
    if (strcmp(loss, "bce_with_logits") == 0)
        return gd_binary_cross_entropy_with_logits(
            t, x, o->target,
            &(gd_binary_cross_entropy_with_logits_options){.reduction = reduction_of(c),
                                                           .mask = mask,
                                                           .weight = o->weight,
                                                           .pos_weight = o->pos_weight});
    if (strcmp(loss, "masked_select") == 0)
        return gd_masked_select(t, x, o->mask);
    if (strcmp(loss, "log_softmax") == 0)
        return gd_log_softmax(t, x, class_dim(c, x));
    malformed(c, "there is no such loss");
    return NULL;
}

static const char *function_of(const char *loss)
{
    return strcmp(loss, "nll") == 0               ? "nll_loss"
           : strcmp(loss, "bce") == 0             ? "binary_cross_entropy"
           : strcmp(loss, "bce_with_logits") == 0 ? "binary_cross_entropy_with_logits"
                                                  : loss;
}

static gd_tensor *before_loss(gd_tape *t, const json_t *c, gd_tensor *x)
{
    const char *pre = string_at(c, "pre");
    return strcmp(pre, "sigmoid") == 0       ? gd_sigmoid(t, x)
           : strcmp(pre, "log_softmax") == 0 ? gd_log_softmax(t, x, class_dim(c, x))
                                             : x;
}

static gd_tensor *after_loss(gd_tape *t, const json_t *c, gd_tensor *loss, gd_tensor *mask)
{
    const char *post = string_at(c, "post");
    if (post[0] == '\0')
        return loss;
    gd_tensor *kept = gd_masked_select(t, loss, mask);
    return strcmp(post, "masked_select_mean") == 0  ? gd_mean(t, kept, GD_ALL_DIMS, false)
           : strcmp(post, "masked_select_sum") == 0 ? gd_sum(t, kept, GD_ALL_DIMS, false)
                                                    : kept;
}

/* ---- comparing ---- */

static bool fail(const json_t *c, gd_dtype dtype, const char *what)
{
    printf("%s %s: %s\n", string_at(c, "name"), gd_dtype_name(dtype), what);
    return false;
}

static double element(const gd_tensor *x, int64_t i)
{
    return x->dtype == GD_F32 ? (double)((const float *)x->data)[i] : ((const double *)x->data)[i];
}

/* How far a result may be from `wanted`. */
static double tolerance(gd_dtype dtype, bool precision, double wanted)
{
    int exponent;
    frexp(wanted, &exponent);
    if (dtype == GD_F64)
        return precision ? 1e-12 * fabs(wanted) : 1e-13 + 1e-12 * fabs(wanted);
    double ulp = ldexp(1, exponent - 24 > -149 ? exponent - 24 : -149);
    return precision ? 4 * ulp : 1e-6 + 1e-5 * fabs(wanted);
}

static bool agrees(gd_dtype dtype, bool precision, double actual, double wanted)
{
    if (isnan(wanted) || isinf(wanted))
        return isnan(wanted) ? isnan(actual) : actual == wanted;
    return fabs(actual - wanted) <= tolerance(dtype, precision, wanted);
}

/* x against what is required under this key; true where nothing is. */
static bool compare(gd_tape *t, const json_t *c, gd_dtype dtype, const char *key, gd_tensor *x)
{
    gd_tensor *wanted = read_tensor(t, c, expected_at(c, key), dtype);
    char text[160];
    if (wanted == NULL)
        return true;
    if (x == NULL)
        return fail(c, dtype, gd_tape_message(t));
    x = gd_clone(t, x);
    bool same = x->ndim == wanted->ndim;
    for (int i = 0; same && i < x->ndim; ++i)
        same = x->shape[i] == wanted->shape[i];
    snprintf(text, sizeof text, "%s has another shape", key);
    if (!same)
        return fail(c, dtype, text);
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        if (!agrees(dtype, has_tag(c, "precision"), element(x, i), element(wanted, i))) {
            snprintf(text, sizeof text, "%s[%d] is %.17g, not %.17g", key, (int)i, element(x, i),
                     element(wanted, i));
            return fail(c, dtype, text);
        }
    return true;
}

static bool check_refused(gd_tape *t, const json_t *c, gd_dtype dtype, const gd_tensor *out)
{
    const char *kind = string_at(json_object_get(c, "error"), "kind");
    gd_status status = gd_tape_status(t), wanted = strcmp(kind, "shape") == 0   ? GD_ERROR_SHAPE
                                                   : strcmp(kind, "dtype") == 0 ? GD_ERROR_DTYPE
                                                                                : GD_ERROR_VALUE;
    char text[700], prefix[80];
    snprintf(prefix, sizeof prefix, "%s: ", function_of(string_at(c, "loss")));
    if (out != NULL)
        return fail(c, dtype, "it is not refused");
    bool right = status == wanted || (strcmp(kind, "value") == 0 && status == GD_ERROR_ARGUMENT);
    snprintf(text, sizeof text, "refused with \"%s\": %s (%s)", gd_status_text(status),
             gd_tape_message(t), kind);
    return (right && strstr(gd_tape_message(t), prefix) != NULL) || fail(c, dtype, text);
}

/* The gradients that are asked for, each against what is required. */
static bool check_gradients(gd_tape *t, const json_t *c, gd_dtype dtype, gd_tensor *out,
                            const operands *o)
{
    const char *const keys[] = {"grad_input", "grad_target", "grad_weight", "grad_pos_weight"};
    gd_tensor *all[] = {o->input, o->target, o->weight, o->pos_weight}, *wanted[4], *gradients[4];
    const char *names[4];
    int n = 0;
    for (int k = 0; k < 4; ++k)
        if (all[k] != NULL && all[k]->requires_grad) {
            names[n] = keys[k];
            wanted[n++] = all[k];
        }
    gd_tensor *upstream = tensor_at(t, c, "grad_out", dtype);
    if (upstream == NULL)
        upstream = gd_ones(t, out->dtype, out->ndim, out->shape);
    gd_grad_options options = {.gradient = upstream, .allow_unused = true};
    if (gd_grad(t, out, wanted, n, gradients, &options) != GD_OK)
        return fail(c, dtype, gd_tape_message(t));
    for (int k = 0; k < n; ++k)
        if (!compare(t, c, dtype, names[k], gradients[k]))
            return false;
    return true;
}

static bool is_wanted(const json_t *c, const char *key)
{
    const json_t *value = expected_at(c, key);
    return value != NULL && !json_is_null(value);
}

static bool run(gd_tape *t, const json_t *c, gd_dtype dtype)
{
    operands o = {tensor_at(t, c, "input", dtype), tensor_at(t, c, "target", dtype),
                  tensor_at(t, c, "weight", dtype), tensor_at(t, c, "pos_weight", dtype),
                  tensor_at(t, c, "mask", dtype)};
    if (o.input == NULL)
        malformed(c, "there is no input");
    if (strcmp(string_at(c, "input_layout"), "transposed2d") == 0)
        o.input = transposed(t, c, o.input);
    o.input->requires_grad = gd_dtype_is_float(o.input->dtype);
    if (o.target != NULL)
        o.target->requires_grad = gd_dtype_is_float(o.target->dtype) &&
                                  (json_is_true(json_object_get(c, "target_requires_grad")) ||
                                   is_wanted(c, "grad_target"));
    if (o.weight != NULL)
        o.weight->requires_grad = is_wanted(c, "grad_weight");
    if (o.pos_weight != NULL)
        o.pos_weight->requires_grad = is_wanted(c, "grad_pos_weight");
    gd_tensor *out = after_loss(t, c, call_loss(t, c, &o, before_loss(t, c, o.input)), o.mask);
    if (json_is_object(json_object_get(c, "error")))
        return check_refused(t, c, dtype, out);
    if (out == NULL)
        return fail(c, dtype, gd_tape_message(t));
    return compare(t, c, dtype, "out", out) && check_gradients(t, c, dtype, out, &o);
}

static void run_file(const char *path)
{
    json_error_t error;
    json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    json_t *cases = json_object_get(file, "cases"), *c;
    size_t i;
    if (!json_is_array(cases)) {
        fprintf(stderr, "conformance: %s:%d:%d: %s\n", path, error.line, error.column,
                file == NULL ? error.text : "there is no list of cases");
        exit(2);
    }
    json_array_foreach(cases, i, c) for (int k = 0; k < 2; ++k)
    {
        gd_tape *t = gd_tape_create();
        gd_dtype dtype = k == 0 ? GD_F64 : GD_F32;
        if (dtype == GD_F32 && has_tag(c, "f64_only"))
            ++skipped;
        else if (run(t, c, dtype))
            ++passed;
        else
            ++failed;
        gd_tape_destroy(t);
    }
    json_decref(file);
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        run_file(GD_TESTS_DIR "/fixtures/loss_cases.json");
        run_file(GD_TESTS_DIR "/fixtures/loss_cases_more.json");
    }
    for (int i = 1; i < argc; ++i)
        run_file(argv[i]);
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed == 0 && passed > 0 ? 0 : 1;
}
