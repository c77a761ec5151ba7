/* Functions of one number for exported C: of the C library, or without it. */
#include "cli/export/c_source.h"

#include <string.h>

/* e^x as 2^-k e^r, where x = r - k ln 2 and |r| <= ln 2 / 2; ln 2 has two parts, the first of few
 * bits, so that k times it is exact. Taylor's polynomial leaves out r^8 / 8! < 6e-9. */
static const char own_exponential[] =
    "/* e^x for x <= 0; the relative error is below 3e-7. Below -87 it is 0. */\n"
    "static float exponential(float x)\n"
    "{\n"
    "    int k;\n"
    "    float r, power = 0.5f, y;\n"
    "    if (!(x >= -87.0f)) /* NaN stays what it is */\n"
    "        return x < 0.0f ? 0.0f : x;\n"
    "    k = (int)(0.5f - x * 1.44269504f);\n"
    "    r = (x + (float)k * 0.693359375f) - (float)k * 2.12194440e-4f;\n"
    "    y = 1.0f + r * (1.0f + r * (0.5f + r * (0.166666667f + r * (0.0416666667f\n"
    "        + r * (8.33333333e-3f + r * (1.38888889e-3f + r * 1.98412698e-4f))))));\n"
    "    for (; k > 0; k /= 2, power *= power)\n"
    "        if (k % 2 == 1)\n"
    "            y *= power;\n"
    "    return y;\n"
    "}\n\n";

static const char exponential[] = "/* e^x for x <= 0 */\n"
                                  "static float exponential(float x)\n"
                                  "{\n"
                                  "    return expf(x);\n"
                                  "}\n\n";

static const char sigmoid[] = "static float sigmoid(float x)\n"
                              "{\n"
                              "    float e = exponential(x < 0.0f ? x : -x);\n"
                              "    return x < 0.0f ? e / (1.0f + e) : 1.0f / (1.0f + e);\n"
                              "}\n\n";

/* Abramowitz and Stegun, 7.1.26. */
static const char own_error_function[] =
    "/* The error function; the absolute error is below 1e-6. */\n"
    "static float error_function(float x)\n"
    "{\n"
    "    float a = x < 0.0f ? -x : x, t = 1.0f / (1.0f + 0.3275911f * a);\n"
    "    float y = 1.0f - t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f\n"
    "        + t * (-1.453152027f + t * 1.061405429f)))) * exponential(-a * a);\n"
    "    return x < 0.0f ? -y : y;\n"
    "}\n\n";

/* ln(1 + e) = 2 artanh(s), s = e / (2 + e) <= 1/3; its series leaves out 2 s^13 / 13 < 1e-7. */
static const char own_logarithm[] =
    "/* ln(1 + e) for e from 0 to 1; the absolute error is below 3e-7. */\n"
    "static float log_of_1_plus(float e)\n"
    "{\n"
    "    float s = e / (2.0f + e), q = s * s;\n"
    "    return 2.0f * s * (1.0f + q * (0.333333333f + q * (0.2f + q * (0.142857143f\n"
    "        + q * (0.111111111f + q * 0.0909090909f)))));\n"
    "}\n\n";

/* By name: the expression with the C library and without it, and what that needs. */
static const struct {
    const char *name, *with, *without;
    bool exponential, sigmoid; /* with the C library; without it all but relu need the first */
    const char *own;
} activations[] = {{"relu", "x > 0.0f ? x : 0.0f", "x > 0.0f ? x : 0.0f", false, false, ""},
                   {"tanh", "tanhf(x)", "2.0f * sigmoid(2.0f * x) - 1.0f", false, false, sigmoid},
                   {"sigmoid", "sigmoid(x)", "sigmoid(x)", true, true, ""},
                   {"gelu", "0.5f * x * (1.0f + erff(x * 0.707106781f))",
                    "0.5f * x * (1.0f + error_function(x * 0.707106781f))", false, false,
                    own_error_function},
                   {"silu", "x * sigmoid(x)", "x * sigmoid(x)", true, true, ""},
                   {"softplus", "(x > 0.0f ? x : 0.0f) + log1pf(exponential(x > 0.0f ? -x : x))",
                    "(x > 0.0f ? x : 0.0f) + log_of_1_plus(exponential(x > 0.0f ? -x : x))", true,
                    false, own_logarithm}};

/* Of hidden units; -1: there are none. */
static int activation_of(const cli_c_writer *w)
{
    const gd_model *model = w->export->model;
    int i = gd_model_architecture(model)->hidden_count > 0 ? 0 : -1;
    while (i >= 0 && strcmp(activations[i].name, gd_model_architecture(model)->act) != 0)
        ++i;
    return i;
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
    const char *own = act >= 0 && w->no_libm ? activations[act].own : "";
    if (needs_exponential(w))
        fputs(w->no_libm ? own_exponential : exponential, w->file);
    if (needs_output_sigmoid(w) || (act >= 0 && activations[act].sigmoid) || own == sigmoid)
        fputs(sigmoid, w->file);
    if (own != sigmoid)
        fputs(own, w->file);
}
