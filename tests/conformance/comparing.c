#include "conformance.h"

#include <math.h>
#include <string.h>

bool fail(const trial *t, const char *what)
{
    printf("%s %s: %s\n", string_at(t->c, "name"), gd_dtype_name(t->dtype), what);
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

static bool agrees(const trial *t, double actual, double wanted)
{
    if (isnan(wanted) || isinf(wanted))
        return isnan(wanted) ? isnan(actual) : actual == wanted;
    return fabs(actual - wanted) <= tolerance(t->dtype, has_tag(t->c, "precision"), wanted);
}

bool compare(const trial *t, const char *what, const json_t *value, gd_tensor *x)
{
    gd_tensor *wanted = read_tensor(t, value);
    char text[160];
    if (wanted == NULL)
        return true;
    if (x == NULL)
        return fail(t, gd_tape_message(t->tape));
    x = gd_clone(t->tape, x);
    bool same = x->ndim == wanted->ndim;
    for (int i = 0; same && i < x->ndim; ++i)
        same = x->shape[i] == wanted->shape[i];
    snprintf(text, sizeof text, "%s has another shape", what);
    if (!same)
        return fail(t, text);
    for (int64_t i = 0; i < gd_tensor_numel(x); ++i)
        if (!agrees(t, element(x, i), element(wanted, i))) {
            snprintf(text, sizeof text, "%s[%d] is %.17g, not %.17g", what, (int)i, element(x, i),
                     element(wanted, i));
            return fail(t, text);
        }
    return true;
}

const json_t *ideal_or(const trial *t, const char *key, const json_t *value)
{
    const json_t *ideal = json_object_get(json_object_get(t->c, "ideal"), key);
    return is_given(ideal) ? ideal : value;
}

bool is_refused(const trial *t, const char *function, const gd_tensor *out)
{
    const char *kind = string_at(json_object_get(t->c, "error"), "kind");
    gd_status status = gd_tape_status(t->tape), wanted = strcmp(kind, "shape") == 0 ? GD_ERROR_SHAPE
                                                         : strcmp(kind, "dtype") == 0
                                                             ? GD_ERROR_DTYPE
                                                             : GD_ERROR_VALUE;
    char text[700], prefix[80];
    snprintf(prefix, sizeof prefix, "%s: ", function);
    if (out != NULL)
        return fail(t, "it is not refused");
    bool right = status == wanted || (strcmp(kind, "value") == 0 && status == GD_ERROR_ARGUMENT);
    snprintf(text, sizeof text, "refused with \"%s\": %s (%s)", gd_status_text(status),
             gd_tape_message(t->tape), kind);
    return (right && strstr(gd_tape_message(t->tape), prefix) != NULL) || fail(t, text);
}

bool compare_gradients(const trial *t, gd_tensor *out, int n, const wanted_gradient *wanted)
{
    gd_tensor *x[MOST_GRADIENTS], *gradients[MOST_GRADIENTS];
    gd_tensor *upstream = read_tensor(t, json_object_get(t->c, "grad_out"));
    if (upstream == NULL)
        upstream = gd_ones(t->tape, out->dtype, out->ndim, out->shape);
    for (int k = 0; k < n; ++k)
        x[k] = wanted[k].x;
    gd_grad_options options = {.gradient = upstream, .allow_unused = true};
    if (gd_grad(t->tape, out, x, n, gradients, &options) != GD_OK)
        return fail(t, gd_tape_message(t->tape));
    for (int k = 0; k < n; ++k)
        if (!compare(t, wanted[k].what, wanted[k].value, gradients[k]))
            return false;
    return true;
}
