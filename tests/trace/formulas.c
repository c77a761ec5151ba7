/* Formulas of an element, against what they describe: forward and the gradient rule of every op
 * that has them, over all its samples, in float64. */
#include "../cmocka_all.h"
#include "../operands.h"
#include "tests.h"
#include "trace/formula/formula.h"

#include <math.h>
#include <string.h>

static gd__numbers numbers_of(const gd_tensor *x, const char *name)
{
    gd__numbers n = {.given = x != NULL, .x = x, .name = name};
    if (x == NULL)
        return n;
    n.dtype = x->dtype;
    n.ndim = x->ndim;
    for (int k = 0; k < x->ndim; ++k)
        n.shape[k] = x->shape[k];
    return n;
}

/* What is asked in place of the op; NULL: itself. */
static const gd_op *replaced;

static gd__call call_of(const gd_node *node, const gd_tensor *dy)
{
    gd__call c = {.op = replaced != NULL ? replaced : node->op,
                  .attributes = node->attributes,
                  .n_in = node->n_in};
    for (int i = 0; i < node->n_in && i < GD_OP_OPERANDS; ++i)
        c.slots[i] = numbers_of(node->in[i], "operand");
    c.slots[GD__Y] = numbers_of(node->out, "y");
    c.slots[GD__DY] = numbers_of(dy, "dy");
    c.slots[GD__X] = numbers_of(node->through != NULL ? node->through->in[0] : NULL, "x");
    return c;
}

/* Whether the formula gives what `right` holds. */
static bool agrees(const gd__call *call, int operand, const gd_tensor *right)
{
    static gd__formula f;
    if (!gd__formula_read(&f, call, operand))
        return false;
    for (int64_t i = 0; i < gd_tensor_numel(right); ++i) {
        gd__evaluation e;
        gd__evaluation_begin(&e, &f, i);
        double value = (double)gd__evaluate(&e, f.root), wanted = element(right, i);
        bool failed = e.failed;
        gd__evaluation_end(&e);
        if (failed)
            return false;
        if (value == wanted || (isnan(value) && isnan(wanted)))
            continue;
        if (!(fabs(value - wanted) <= 1e-12 * (1 + fabs(wanted)))) {
            gd_fail(GD_ERROR_VALUE, "element %d of %s is %.17g, not %.17g", (int)i,
                    operand < 0 ? "the value" : call->slots[operand].name, value, wanted);
            return false;
        }
    }
    return true;
}

/* Ops whose formula is prose: they show no numbers. */
static bool is_prose(const gd_op *op)
{
    return op == gd_op_find("argmax");
}

/* The gradient of x, which is the operand, or through the op before. */
static bool gradient_agrees(const gd_node *node, gd_tensor *out, gd_tape *tape, int operand,
                            gd_tensor *x)
{
    gd_rng rng = {.key = 77};
    gd_tensor *dy = gd_zeros(tape, out->dtype, out->ndim, out->shape), *dx;
    gd_tensor_uniform(dy, &rng, 0.5, 1.5);
    gd__call call = call_of(node, dy);
    gd_grad_options options = {.gradient = dy, .allow_unused = true};
    assert_int_equal(gd_grad(tape, out, &x, 1, &dx, &options), GD_OK);
    gd_tensor *copy = gd_tensor_create_copy(dx);
    bool agree = agrees(&call, operand, copy);
    gd_tensor_destroy(copy);
    return agree;
}

static bool sample_agrees(const gd_op *op, const gd_sample *sample, uint64_t seed)
{
    operands o = operands_create(op, sample, GD_F64, seed);
    gd_tape *tape = gd_tape_create();
    gd_tensor *out = gd_apply(tape, op, o.x, o.n, sample->attributes);
    assert_non_null(out);
    const gd_node *node = gd_node_of(tape, out);
    gd_node constant = {.op = op, .in = o.x, .n_in = o.n, .out = out};
    constant.attributes = sample->attributes;
    gd__call call = call_of(node != NULL ? node : &constant, NULL);
    bool agree = agrees(&call, -1, out);
    for (int i = 0; agree && i < o.n && op->grad != NULL && node != NULL; ++i)
        if (o.x[i] != NULL && gd_dtype_is_float(o.x[i]->dtype))
            agree = gradient_agrees(node, out, tape, i, o.x[i]);
    gd_tape_destroy(tape);
    operands_destroy(&o);
    return agree;
}

/* The same call behind the op that it passes through, along each dimension. */
static bool through_agrees(const gd_op *op, const gd_sample *sample)
{
    const gd_op *maker = op->through->op;
    bool passed = false, agree = true;
    for (int dim = 0; agree && dim < GD_MAX_DIMS; ++dim) {
        operands o = operands_create(op, sample, GD_F64, 43);
        gd_tape *tape = gd_tape_create();
        gd_tensor *x = o.x[0];
        const void *attributes = maker->attributes_size > 0 ? &(const gd_along){dim} : NULL;
        o.x[0] = gd_apply(tape, maker, &x, 1, attributes);
        gd_tensor *out = o.x[0] != NULL ? gd_apply(tape, op, o.x, o.n, sample->attributes) : NULL;
        const gd_node *node = out != NULL ? gd_node_of(tape, out) : NULL;
        bool through = node != NULL && node->through != NULL;
        agree = !through || gradient_agrees(node, out, tape, GD__X, x);
        passed |= through;
        o.x[0] = x;
        gd_tape_destroy(tape);
        operands_destroy(&o);
    }
    assert_true(passed || !agree);
    return agree;
}

/* Of elements that are -1, 0 or 1, in all combinations of the operands. */
static bool agrees_at_kinks(const gd_op *op)
{
    gd_tensor *x[GD_OP_OPERANDS];
    int64_t count = 1;
    for (int i = 0; i < op->least_operands; ++i)
        count *= 3;
    for (int64_t i = 0, step = 1; i < op->least_operands; ++i, step *= 3) {
        x[i] = gd_tensor_create(GD_F64, GD_DIMS(count));
        x[i]->requires_grad = true;
        for (int64_t j = 0; j < count; ++j)
            ((double *)x[i]->data)[j] = (double)(j / step % 3 - 1);
    }
    gd_tape *tape = gd_tape_create();
    gd_tensor *out = gd_apply(tape, op, x, op->least_operands, NULL);
    bool agree = true;
    for (int i = 0; agree && i < op->least_operands; ++i)
        agree = gradient_agrees(gd_node_of(tape, out), out, tape, i, x[i]);
    gd_tape_destroy(tape);
    for (int i = 0; i < op->least_operands; ++i)
        gd_tensor_destroy(x[i]);
    return agree;
}

/* Over all samples, and at kinks; *sample: the first that does not. */
static bool op_agrees(const gd_op *op, gd_sample *sample)
{
    for (calls c = {.row = op->samples}; next_call(&c);) {
        *sample = c.call;
        if (!sample_agrees(op, sample, 42) || !sample_agrees(op, sample, 7) ||
            (op->through != NULL && !through_agrees(op, sample)))
            return false;
    }
    *sample = (gd_sample){.shapes = "elements at kinks"};
    return op->ties == NULL || op->attributes_size > 0 || agrees_at_kinks(op);
}

static void check_op(const gd_op *op)
{
    gd_sample sample;
    if (!is_prose(op) && !op_agrees(op, &sample))
        fail_msg("%s: %s", call_text(op, &sample), gd_message());
}

static void test_values_and_gradients(void **state)
{
    (void)state;
    each_op(check_op);
}

/* ---- mutants: what that must catch ---- */

/* No sample of unslice has a start that counts from the end. */
static bool may_survive(const gd_op *op, const char *sign)
{
    return op == gd_op_find("unslice") && strncmp(sign, "+ size(y", 8) == 0;
}

/* Each sign of the text, which `replace` puts into the mutant, in turn becomes another. */
static void check_signs(const gd_op *op, gd_op *mutant, const char **place, const char *text)
{
    char wrong[1024];
    gd_sample sample;
    for (const char *at = text; at != NULL && at[0] != '\0' && at[1] != '\0'; ++at) {
        bool is_sign = at > text && at[-1] == ' ' && strchr("+-*/<>", at[0]) != NULL;
        if (!is_sign || may_survive(op, at))
            continue;
        snprintf(wrong, sizeof wrong, "%s", text);
        wrong[at - text] = *at == '+' ? '-' : *at == '<' ? '>' : *at == '>' ? '<' : '+';
        *place = wrong;
        replaced = mutant;
        bool survives = op_agrees(op, &sample);
        replaced = NULL;
        *place = text;
        if (survives)
            fail_msg("%s: \"%s\" is not caught", op->name, wrong);
    }
}

static void check_mutants(const gd_op *op)
{
    gd_op mutant = *op;
    gd_pass_through through = op->through != NULL ? *op->through : (gd_pass_through){.op = NULL};
    const char *value = op->element != NULL ? op->element : op->formula;
    const char *gradient = op->element_gradient != NULL ? op->element_gradient : op->gradient;
    if (is_prose(op))
        return;
    if (op->through != NULL)
        mutant.through = &through;
    check_signs(op, &mutant, &mutant.element, value);
    mutant = *op;
    check_signs(op, &mutant, &mutant.element_gradient, gradient);
    mutant = *op;
    if (op->through == NULL)
        return;
    mutant.through = &through;
    const char *element = through.element != NULL ? through.element : through.gradient;
    check_signs(op, &mutant, &through.element, element);
}

static void test_mutants(void **state)
{
    (void)state;
    each_op(check_mutants);
}

/* ---- calls that no op would accept, as a trace may hold them ---- */

enum { STRANGE_CALLS = 300, LARGEST = 3 };

static int draw(gd_rng *rng, int n)
{
    double u;
    gd_tensor one = {.data = &u, .dtype = GD_F64};
    gd_tensor_uniform(&one, rng, 0, 1);
    return (int)(u * n);
}

static gd_tensor *strange_tensor(gd_rng *rng)
{
    static const gd_dtype dtypes[] = {GD_F64, GD_F32, GD_I64, GD_BOOL};
    int64_t shape[GD_MAX_DIMS];
    int ndim = draw(rng, 10) == 0 ? GD_MAX_DIMS : draw(rng, 4);
    for (int k = 0; k < ndim; ++k)
        shape[k] = ndim == GD_MAX_DIMS ? 1 : draw(rng, LARGEST + 1);
    gd_tensor *x = gd_tensor_create(dtypes[draw(rng, 4)], ndim, shape);
    gd_tensor_fill(x, draw(rng, 2));
    return x;
}

static void set_strange_attributes(const gd_op *op, char *attributes, gd_rng *rng)
{
    for (const gd_field *f = op->fields; f != NULL && f->name != NULL; ++f) {
        void *member = attributes + f->offset;
        int value = draw(rng, 12) - 3;
        value = draw(rng, 20) == 0 ? 1000000 : value;
        switch (f->kind) {
        case GD_FIELD_INT:
        case GD_FIELD_ENUM:
        case GD_FIELD_DTYPE:
            memcpy(member, &value, sizeof value);
            break;
        case GD_FIELD_INT64:
        case GD_FIELD_UINT64:
            *(int64_t *)member = value;
            break;
        case GD_FIELD_DOUBLE:
            *(double *)member = value;
            break;
        case GD_FIELD_OPTIONAL:
            *(gd_optional *)member = (gd_optional){value, value > 2};
            break;
        case GD_FIELD_LIST:
            for (int k = 0; k < GD_MAX_DIMS; ++k)
                ((int64_t *)member)[k] = draw(rng, 12) - 3;
            *(int *)(void *)(attributes + f->count_offset) = draw(rng, GD_MAX_DIMS + 2);
            break;
        default:
            *(bool *)member = value > 0;
        }
    }
}

static void ask(const gd__call *call, int operand)
{
    static gd__formula f;
    gd__evaluation e;
    const gd__numbers *x = &call->slots[operand < 0 ? GD__Y : operand];
    int64_t numel = x->given ? gd_tensor_numel(x->x) : 0;
    if (numel == 0 || !gd__formula_read(&f, call, operand))
        return;
    gd__string names = {.text = NULL}, numbers = {.text = NULL};
    gd__evaluation_begin(&e, &f, numel - 1);
    e.watch = true;
    gd__evaluate(&e, f.root);
    gd__write_formula(&e, false, &names);
    gd__write_formula(&e, true, &numbers);
    gd__evaluation_end(&e);
    gd__string_free(&names);
    gd__string_free(&numbers);
}

static void check_strange_calls(const gd_op *op)
{
    gd_rng rng = {.key = 11};
    double attributes[64];
    assert_true(op->attributes_size <= sizeof attributes);
    for (int i = 0; i < STRANGE_CALLS; ++i) {
        gd_tensor *x[GD__SLOTS];
        gd__call call = {.op = op, .n_in = draw(&rng, GD_OP_OPERANDS + 1)};
        memset(attributes, 0, sizeof attributes);
        set_strange_attributes(op, (char *)attributes, &rng);
        call.attributes = op->fields != NULL ? attributes : NULL;
        for (int k = 0; k < GD__SLOTS; ++k)
            x[k] = strange_tensor(&rng);
        for (int k = 0; k < GD__SLOTS; ++k)
            if (k >= GD_OP_OPERANDS || k < call.n_in)
                call.slots[k] = numbers_of(x[k], "x");
        for (int k = -1; k < GD_OP_OPERANDS; ++k)
            ask(&call, k);
        ask(&call, GD__X);
        for (int k = 0; k < GD__SLOTS; ++k)
            gd_tensor_destroy(x[k]);
    }
}

static void test_strange_calls(void **state)
{
    (void)state;
    each_op(check_strange_calls);
}

int formulas_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values_and_gradients),
                                       cmocka_unit_test(test_mutants),
                                       cmocka_unit_test(test_strange_calls)};
    return cmocka_run_group_tests_name("formulas of an element", tests, NULL, NULL);
}
