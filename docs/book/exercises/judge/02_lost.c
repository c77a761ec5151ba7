#include "docs/book/exercises/judge/judge.h"
#include "docs/book/tape.h"

#include <stdio.h>

void repaired_backward(tape *t, int root);

enum { LEAVES = 2, OPS = 3 };

typedef struct plan {
    double leaves[LEAVES];
    struct {
        const op *op;
        int in[2];
    } calls[OPS];
} plan;

static int record(const plan *p, tape *t)
{
    t->count = 0;
    for (int i = 0; i < LEAVES; ++i)
        leaf(t, p->leaves[i]);
    for (int i = 0; i < OPS; ++i)
        apply(t, p->calls[i].op, p->calls[i].in[0], p->calls[i].in[1]);
    return t->count - 1;
}

/* Each op uses the result before it; every other tape has an op whose operands are one number. */
static plan draw(gd_rng *rng, bool same)
{
    plan p;
    for (int i = 0; i < LEAVES; ++i)
        p.leaves[i] = judge_sign(rng);
    for (int i = 0; i < OPS; ++i) {
        int before = i == 0 ? 0 : LEAVES + i - 1;
        p.calls[i].op = judge_uniform(rng, 0, 1) < 0.5 ? &op_add : &op_mul;
        p.calls[i].in[0] = before;
        p.calls[i].in[1] = (int)judge_uniform(rng, 0, before + 0.5); /* not `before` itself */
        if (i == 0 || (same && i == OPS - 1))
            p.calls[i].in[1] = i == 0 ? 1 : before;
    }
    return p;
}

static void describe(const plan *p, char *text, size_t size)
{
    static const char names[] = "abcde";
    size_t used = 0;
    for (int i = 0; i < OPS; ++i)
        used += (size_t)snprintf(text + used, size - used, "%s%c = %s(%c, %c)", i > 0 ? ", " : "",
                                 names[LEAVES + i], p->calls[i].op->name, names[p->calls[i].in[0]],
                                 names[p->calls[i].in[1]]);
}

static void judge_lost(gd_rng *rng)
{
    static tape t, moved;
    const double h = 1e-6;
    for (int i = 0; i < 10; ++i) {
        plan p = draw(rng, i % 2 == 1);
        char text[100];
        describe(&p, text, sizeof text);
        judge_case("%s", text);
        int root = record(&p, &t);
        moved = t;
        repaired_backward(&t, root);
        for (int k = 0; k <= root; ++k)
            judge_number("value", (char[]){(char)('a' + k), 0}, t.at[k].value, moved.at[k].value);
        for (int k = 0; k < LEAVES; ++k) {
            double sides[2];
            for (int side = 0; side < 2; ++side) {
                plan q = p;
                q.leaves[k] += side == 0 ? h : -h;
                record(&q, &moved);
                sides[side] = moved.at[root].value;
            }
            judge_number("gradient", (char[]){(char)('a' + k), 0}, t.at[k].grad,
                         (sides[0] - sides[1]) / (2 * h));
        }
    }
}

const exercise the_exercise = {
    .judge = judge_lost,
    .hint = "Read the cases that differ: in each of them some op has the same number twice, as in\n"
            "e = add(d, d). In that case, where do a and b point in the file, and what does the\n"
            "last line do to what the line before has written?",
    .learnt =
        "Both sums were computed before either was stored. With one number as both operands\n"
        "the second store overwrote the first, and one of two contributions was lost. This is\n"
        "the = in place of += of this chapter, in a disguise. Programs with such a mistake\n"
        "train, only worse: nothing but a comparison with differences shows it.",
};
