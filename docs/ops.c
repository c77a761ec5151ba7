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
    printf("# The ops\n\n"
           "Made by `./dev docs` from the ops' own descriptions: the same text stands beside the "
           "code that it describes, in\n"
           "`autograd/ops/` and `losses/`. The prototypes, with all conditions and errors, are in "
           "`<gradus/autograd.h>` and\n"
           "`<gradus/losses.h>`, where `add` is `gd_add`.\n\n"
           "* y is the result; `dy` is the gradient of what you differentiate by y, and `dinput`, "
           "`dother`, .. are what the op makes\n"
           "  of it for the operand of that name. They are given for one element; where an operand "
           "was "
           "broadcast, its gradient is summed over the\n"
           "  elements that it was used for.\n"
           "* *broadcast*: shapes are aligned at the end, a size 1 is repeated, and the result has "
           "the shape that comes out.\n"
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
