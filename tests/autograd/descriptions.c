/* What an op says of itself, which messages, documentation and tests rely on: every name in a
 * formula is an operand, an attribute, y, dy, the gradient of an operand, a function, or defined
 * beside it. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "tests.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

static const char *const vocabulary[] = {
    /* functions and constants */
    "abs", "before", "classes", "count", "e", "float32", "ln", "max", "mean", "min", "noise",
    "normal_cdf", "nth", "per_class", "pi", "reduced", "sigmoid", "sign", "softmax", "softplus",
    "sqrt", "sum", "tanh", "T",
    /* of a loss: dy of one position, and what the mean divides by */
    "u", "D",
    /* words */
    "NaN", "added", "after", "along", "among", "and", "another", "are", "as", "at", "back", "bool",
    "both", "bounds", "class", "classes", "copied", "counts", "density", "dim", "dimension",
    "dimensions", "distribution", "drawn", "each", "either", "element", "elements", "else",
    "equals", "even", "evenly", "first", "float", "float32", "for", "half", "history", "if", "in",
    "int64", "is", "it", "its", "kept", "larger", "largest", "least", "logarithms", "loss", "major",
    "names", "new", "no", "none", "normal", "not", "number", "of", "one", "or", "order", "over",
    "part", "place", "places", "positions", "probability", "reduced", "repeated", "row", "rows",
    "same", "shape", "shared", "size", "slice", "slices", "smaller", "smallest", "standard",
    "summed", "swapped", "taken", "that", "the", "their", "them", "they", "those", "to", "true",
    "two", "unless", "was", "were", "where", "whether", "with", "within", "without"};

typedef struct word {
    const char *text;
    int length;
} word;

static bool is_text(word w, const char *text)
{
    return (int)strlen(text) == w.length && strncmp(w.text, text, (size_t)w.length) == 0;
}

static bool in_vocabulary(word w)
{
    for (size_t k = 0; k < sizeof vocabulary / sizeof *vocabulary; ++k)
        if (is_text(w, vocabulary[k]))
            return true;
    return false;
}

/* An operand, or after a d its gradient. */
static bool is_operand(const gd_op *op, word w)
{
    word after_d = {w.text + 1, w.length - 1};
    for (int i = 0; i < GD_OP_OPERANDS && op->operands[i] != NULL; ++i)
        if (is_text(w, op->operands[i]) || (w.text[0] == 'd' && is_text(after_d, op->operands[i])))
            return true;
    return is_text(w, "y") || is_text(w, "dy");
}

static bool is_attribute(const gd_op *op, word w)
{
    for (const gd_field *field = op->fields; field != NULL && field->name != NULL; ++field)
        if (is_text(w, field->name))
            return true;
    return false;
}

/* "v = ..", "s the sigmoid". */
static bool is_defined(const char *formula, word w)
{
    static const char *const after[] = {" = ", " the ", " its ", " drawn"};
    for (const char *at = formula; w.text[0] != 'd' && *at != '\0'; ++at) {
        bool whole = (at == formula || !isalnum((unsigned char)at[-1])) &&
                     strncmp(at, w.text, (size_t)w.length) == 0;
        for (size_t k = 0; whole && k < sizeof after / sizeof *after; ++k)
            if (strncmp(at + w.length, after[k], strlen(after[k])) == 0)
                return true;
    }
    return false;
}

static void check_text(const gd_op *op, const char *text)
{
    for (const char *at = text; *at != '\0';) {
        at += strncmp(at, "'s ", 3) == 0 ? 3 : 0;
        word w = {at, 0};
        while (isalpha((unsigned char)*at) || *at == '_' ||
               (w.length > 0 && isdigit((unsigned char)*at)))
            ++at, ++w.length;
        if (w.length > 0 && !in_vocabulary(w) && !is_operand(op, w) && !is_attribute(op, w) &&
            !is_defined(text, w) && !is_defined(op->formula, w))
            fail_msg("%s: \"%.*s\" in \"%s\" is no operand, attribute or function", op->name,
                     w.length, w.text, text);
        at += w.length == 0;
    }
}

static void check_description(const gd_op *op)
{
    check_text(op, op->formula);
    check_text(op, op->gradient != NULL ? op->gradient : "");
    check_text(op, op->ties != NULL ? op->ties : "");
}

static void test_formulas(void **state)
{
    (void)state;
    each_op(check_description);
}

static void check_descriptor(const gd_op *op)
{
    assert_true(strlen(op->name) > 0 && strlen(op->formula) > 0);
    assert_non_null(op->operands[0]);
    assert_non_null(op->check);
    assert_true((op->attributes_size == 0) == (op->fields == NULL));
    assert_true(op->most_operands <= GD_OP_OPERANDS || op->most_operands == INT_MAX);
    assert_int_equal(op->grad == NULL, op->gradient == NULL);
    const gd_op *found = gd_op_find(op->name), *loss = gd_loss_op_find(op->name);
    assert_ptr_equal(found != NULL ? found : loss, op);
    assert_true(found == NULL || loss == NULL);
}

static void test_descriptors(void **state)
{
    (void)state;
    each_op(check_descriptor);
    assert_null(gd_op_find("relu6"));
    assert_null(gd_op_find(NULL));
    assert_null(gd_loss_op_find("l1_loss")); /* a function made of ops */
    assert_null(gd_loss_op_find(NULL));
}

/* ---- attributes as text ---- */

static void assert_text(const gd_op *op, const gd_sample *sample, const char *expected)
{
    char text[256] = "?";
    int length = gd_op_print_attributes(op, sample->attributes, text, sizeof text);
    assert_string_equal(text, expected);
    assert_int_equal(length, strlen(expected));
    gd_op_print_attributes(op, sample->attributes, text, 5); /* as snprintf: cut, never beyond */
    assert_true(strlen(text) < 5);
}

static void test_attributes_as_text(void **state)
{
    (void)state;
    assert_text(gd_op_find("sum"), &gd_op_find("sum")->samples[0], "dims=all");
    assert_text(gd_op_find("sum"), &gd_op_find("sum")->samples[5], "dims=[1], keepdim");
    assert_text(gd_op_find("reshape"), &gd_op_find("reshape")->samples[3], "shape=[]");
    assert_text(gd_op_find("dropout"), &gd_op_find("dropout")->samples[1],
                "p=0.25, key=2, counter=7");
    assert_text(gd_op_find("one_hot"), &gd_op_find("one_hot")->samples[1], "classes=3, dtype=bool");
    assert_text(gd_op_find("unslice"), &gd_op_find("unslice")->samples[1],
                "dim=-1, start=0, end=5, step=2, shape=[2,5]");
    const gd_op *nll = gd_loss_op_find("nll_loss");
    assert_text(nll, &nll->samples[2], "reduction=mean, ignore_index=0");
    assert_text(nll, &nll->samples[3], "reduction=mean, denominator=4, label_smoothing=0.1");
    assert_text(nll, &nll->refused[1], "reduction=?");
    assert_text(gd_op_find("add"), &gd_op_find("add")->samples[0], "");
}

/* ---- names in messages ---- */

static void assert_message(gd_tape *t, const char *message)
{
    const char *actual = gd_tape_message(t), *end = actual + strlen(actual);
    if (strlen(actual) < strlen(message) || strcmp(end - strlen(message), message) != 0)
        fail_msg("\"%s\" does not end in \"%s\"", actual, message);
    gd_tape_reset(t);
}

static void test_messages(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_tensor_create_ones(GD_F64, GD_DIMS(2)), *two_by_3, *deep, *c;
    assert_null(gd_gather(t, x, 0, x));
    assert_message(t, "gather: index is float64; int64 is needed");
    assert_null(gd_linear(t, x, NULL, NULL));
    assert_message(t, "linear: weight is NULL");
    assert_null(gd_concat(t, (gd_tensor *[]){x, x, NULL}, 3, 0));
    assert_message(t, "concat: tensors[2] is NULL");
    c = gd_zeros(t, GD_BOOL, GD_DIMS(2));
    assert_null(gd_where(t, c, x, gd_ones(t, GD_F64, GD_DIMS(3))));
    assert_message(t, "where: [2], [2] and [3] cannot be broadcast together (other)");
    two_by_3 = gd_ones(t, GD_F64, GD_DIMS(2, 3));
    deep = gd_zeros(t, GD_I64, GD_DIMS(1, 1, 1, 1, 1, 1, 1, 1));
    assert_null(gd_embedding(t, two_by_3, deep));
    assert_message(t, "embedding: an index of 8 dimensions leaves none for the rows");
    gd_tensor_destroy(x);
    gd_tape_destroy(t);
}

/* What is no operand is called what the user calls it. */
static void test_messages_of_gradients(void **state)
{
    (void)state;
    gd_tape *t = gd_tape_create(), *other = gd_tape_create();
    gd_tensor *x = gd_tensor_create_ones(GD_F64, GD_DIMS(1)), *g[2];
    gd_tensor *strange = gd_ones(other, GD_F64, GD_DIMS(1));
    x->requires_grad = true;
    gd_backward(t, strange);
    assert_message(t, "backward: the root is of another tape");
    gd_backward_with(t, gd_neg(t, x), &(gd_backward_options){.gradient = strange});
    assert_message(t, "backward: the gradient is of another tape");
    gd_grad(t, gd_neg(t, x), (gd_tensor *[]){x, strange}, 2, g, NULL);
    assert_message(t, "grad: input 1 is of another tape");
    gd_retain_grad(t, strange);
    assert_message(t, "retain_grad: the tensor is of another tape");
    gd_tensor_destroy(x);
    gd_tape_destroy(t);
    gd_tape_destroy(other);
}

/* An op whose author gave no names. */
static void test_messages_without_names(void **state)
{
    (void)state;
    static const gd_op nameless = {
        .name = "nameless", .least_operands = 2, .most_operands = 2, .check = gd_check_elementwise};
    gd_tape *t = gd_tape_create();
    gd_tensor *x = gd_tensor_create_ones(GD_F64, GD_DIMS(2));
    assert_null(gd_apply(t, &nameless, (gd_tensor *[]){x, NULL}, 2, NULL));
    assert_message(t, "nameless: operand 1 is NULL");
    gd_tensor_destroy(x);
    gd_tape_destroy(t);
}

int descriptions_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_formulas),
                                       cmocka_unit_test(test_descriptors),

                                       cmocka_unit_test(test_attributes_as_text),
                                       cmocka_unit_test(test_messages),
                                       cmocka_unit_test(test_messages_of_gradients),
                                       cmocka_unit_test(test_messages_without_names)};
    return cmocka_run_group_tests_name("what ops say of themselves", tests, NULL, NULL);
}
