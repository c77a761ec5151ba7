/* Prints docs/ops.md from the op lists: ./dev docs. A test fails when the page is another. */
#include "autograd/ops/op_list.h"
#include "losses/loss_list.h"

#include <stdio.h>

/* In a table's cell | would end it. */
static void print_cell(const char *text)
{
    printf(" ");
    for (; *text != '\0'; ++text)
        printf(*text == '|' ? "\\|" : "%c", *text);
    printf(" |");
}

static void print_section(const char *title)
{
    printf("\n## %s\n\n| op | value | gradient | shapes | where the value has a kink |\n", title);
    printf("|---|---|---|---|---|\n");
}

static void print_op(const gd_op *op)
{
    printf("| `%s` |", op->name);
    print_cell(op->formula);
    print_cell(op->gradient != NULL ? op->gradient : "none");
    print_cell(op->shapes != NULL ? op->shapes : op->most_operands == 1 ? "any" : "broadcast");
    print_cell(op->ties != NULL ? op->ties : "");
    printf("\n");
}

/* The language of the formulas that a trace fills in. */
static void print_language(void)
{
    printf(
        "\n## Formulas of one element\n\n"
        "A trace shows how each number came to be: `dy[0] * s[0] = 1 * 2.1`. For this an op's "
        "`formula` and\n"
        "`gradient` are texts in a small language. Where they are prose, `element` and "
        "`element_gradient` say the\n"
        "same in that language. An op without such texts has no numbers in a trace. A text is a "
        "list of\n"
        "equations: the value (`y = ` may be left out), `dinput = ..` for each gradient, and names "
        "that these use.\n\n"
        "| write | for |\n|---|---|\n"
        "| `input`, `y`, `dy`, `x` | this element, broadcast; `x`: the operand of the op that is "
        "passed through |\n"
        "| `p`, `e`, `pi`, `float32` | an attribute, constants, whether the first operand is "
        "float32 |\n"
        "| `+ - * / ^`, `< <= > >= == !=`, `and or not` | as in C, `^` is a power |\n"
        "| `a where b, else c` | a choice |\n"
        "| `ln exp sqrt tanh sigmoid softplus abs sign erf sin cos normal_cdf trunc max min` | "
        "functions; `max` and `min` of two |\n"
        "| `sum(dims: a)`, `mean`, `max`, `min` | over the dimensions of the attribute `dims` or "
        "`dim`, the dimension of `classes`, all (`..`), or an index `k` |\n"
        "| `y[..,i,j] = input[..,i,k]` | indices; `..` are the leading dimensions, broadcast |\n"
        "| `input[dim: k]`, `at(dim)`, `size(input, dim)`, `count(dims)` | another place along a "
        "dimension, this place, sizes |\n"
        "| `dinput[*] = dy[#]`, `dy[# k]` | an element of the operand's own shape; by row-major "
        "number |\n"
        "| `swap(x, dim0, dim1)`, `permute(x, dims)`, `unpermute(x, dims)` | with other dimensions "
        "|\n"
        "| `joined(dim)`, `part(dy, dim)` | of a list of operands the one that is here; the "
        "operand's part of dy |\n"
        "| `nth(mask: a)`, `before(mask)` | a where the mask is true for the n-th time; how often "
        "it is true before |\n"
        "| `reduced(a)`, `u`, `kept`, `counted`, `by_count`, `per_class(x)` | of losses: a, "
        "reduced as gd_loss_options says; `kept` and `counted` are equations: which positions "
        "count, and how much |\n"
        "| `given(option, 3)`, `is_integer(x)`, `cast(a)`, `noise` | an option or its default; "
        "questions; the random number of this element |\n\n"
        "An operand that was not given falls out of its sum or product. A place that does not "
        "exist holds 0.\n"
        "The gradient of an operand that was broadcast is summed over what it was used for, "
        "unless `[*]` says\n"
        "that the equation is for the operand's own element.\n");
}

int main(void)
{
    printf(
        "# The ops\n\n"
        "After this page you can look up the value, gradient and shapes of each op. `./dev docs` "
        "makes it from\n"
        "the descriptions that stand beside the code in `autograd/ops/` and `losses/`. The "
        "prototypes, with all\n"
        "conditions and errors, are in `<gradus/autograd.h>` and `<gradus/losses.h>`, where `add` "
        "is `gd_add`.\n\n"
        "* y is the result. `dy` is the gradient of the differentiated value with respect to y; "
        "`dinput`,\n"
        "  `dother`, .. are the gradients with respect to the operands of these names. The "
        "formulas are for one\n"
        "  element. If an operand was broadcast, its gradient is summed over the elements that "
        "it was used for.\n"
        "* *broadcast*: shapes are aligned at the end, and dimensions of size 1 are repeated.\n"
        "* `..` stands for any dimensions.\n"
        "* In losses `u` is dy divided by what the reduction divides by, and 0 where the mask "
        "drops "
        "the element.\n"
        "* Every gradient is made of these ops, so that it can be differentiated again.\n");
#define ROW(name)             print_op(&gd_op_##name);
#define LOOP_ROW(name, value) ROW(name)
#define SECTION(title)        print_section(title);
    GD__AUTOGRAD_OPS(ROW, ROW, ROW, LOOP_ROW, LOOP_ROW, LOOP_ROW, SECTION)
    print_section("Losses and masks");
    GD__LOSS_OPS(ROW)
    print_language();
#undef SECTION
#undef LOOP_ROW
#undef ROW
    return 0;
}
