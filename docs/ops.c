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
        "* Every gradient is made of these ops, so that it can be differentiated again.\n");
#define ROW(name)             print_op(&gd_op_##name);
#define LOOP_ROW(name, value) ROW(name)
#define SECTION(title)        print_section(title);
    GD__AUTOGRAD_OPS(ROW, ROW, ROW, LOOP_ROW, LOOP_ROW, LOOP_ROW, SECTION)
    print_section("Losses and masks");
    GD__LOSS_OPS(ROW)
#undef SECTION
#undef LOOP_ROW
#undef ROW
    return 0;
}
