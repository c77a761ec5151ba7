/* Export to C: e^x, sigmoid and activations, with the C library or without it. */
#include "cli/export/c_source.h"
#include "cli/system/embedded.h"

#include <string.h>

/* Of the functions without the C library, in code/:
 * e^x is 2^-k e^r, where x = r - k ln 2 and |r| <= ln 2 / 2; ln 2 has two parts, the first of few
 * bits, so that k times it is exact. Taylor's polynomial leaves out r^8 / 8! < 6e-9.
 * The error function is Abramowitz and Stegun's 7.1.26.
 * ln(1 + e) = 2 artanh(s), s = e / (2 + e) <= 1/3; its series leaves out 2 s^13 / 13 < 1e-7. */

/* By name: the expression with the C library and without it, and what that needs. */
static const struct {
    const char *name, *with, *without;
    bool exponential, sigmoid; /* with the C library; without it all but relu need the first */
    const char *const *own;
} activations[] = {
    {"relu", "x > 0.0f ? x : 0.0f", "x > 0.0f ? x : 0.0f", false, false, NULL},
    {"tanh", "tanhf(x)", "2.0f * sigmoid(2.0f * x) - 1.0f", false, false, cli_sigmoid_c},
    {"sigmoid", "sigmoid(x)", "sigmoid(x)", true, true, NULL},
    {"gelu", "0.5f * x * (1.0f + erff(x * 0.707106781f))",
     "0.5f * x * (1.0f + error_function(x * 0.707106781f))", false, false,
     cli_own_error_function_c},
    {"silu", "x * sigmoid(x)", "x * sigmoid(x)", true, true, NULL},
    {"softplus", "(x > 0.0f ? x : 0.0f) + log1pf(exponential(x > 0.0f ? -x : x))",
     "(x > 0.0f ? x : 0.0f) + log_of_1_plus(exponential(x > 0.0f ? -x : x))", true, false,
     cli_own_logarithm_c}};

/* Of hidden units; -1: there are none. */
static int activation_of(const cli_c_writer *w)
{
    const gd_model *model = w->export->model;
    int i = gd_model_architecture(model)->hidden_count > 0 ? 0 : -1;
    while (i >= 0 && strcmp(activations[i].name, gd_model_architecture(model)->act) != 0)
        ++i;
    return i;
}

void cli_c_code(const cli_c_writer *w, const char *const *lines)
{
    cli_put_lines(w->file, lines);
    fputc('\n', w->file);
}

const char *cli_c_activation(const cli_c_writer *w)
{
    int act = activation_of(w);
    return w->no_libm ? activations[act].without : activations[act].with;
}

static bool needs_softmax(const cli_c_writer *w)
{
    return cli_has_classes(gd_model_target(w->export->model)) &&
           gd_model_architecture(w->export->model)->outputs > 1;
}

static bool needs_output_sigmoid(const cli_c_writer *w)
{
    return gd_target_task(gd_model_target(w->export->model)) != GD_REGRESSION && !needs_softmax(w);
}

static bool needs_exponential(const cli_c_writer *w)
{
    int act = activation_of(w);
    return gd_target_task(gd_model_target(w->export->model)) != GD_REGRESSION ||
           (act > 0 && w->no_libm) || (act >= 0 && activations[act].exponential);
}

bool cli_c_uses_libm(const cli_c_writer *w)
{
    return !w->no_libm && (needs_exponential(w) || activation_of(w) > 0);
}

void cli_c_elementary(const cli_c_writer *w)
{
    int act = activation_of(w);
    const char *const *own = act >= 0 && w->no_libm ? activations[act].own : NULL;
    if (needs_exponential(w))
        cli_c_code(w, w->no_libm ? cli_own_exponential_c : cli_exponential_c);
    if (needs_output_sigmoid(w) || (act >= 0 && activations[act].sigmoid) || own == cli_sigmoid_c)
        cli_c_code(w, cli_sigmoid_c);
    if (own != NULL && own != cli_sigmoid_c)
        cli_c_code(w, own);
}
