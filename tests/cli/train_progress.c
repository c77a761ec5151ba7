/* Progress: one line that is drawn again and again on a terminal, plain lines anywhere else. */
#include "run.h"
#include "tables.h"
#include "tests.h"

#include <string.h>

/* What the line prints on a terminal, by script(1), with this environment. */
static const char *on_terminal(const char *environment, const char *arguments)
{
    outcome o = run("env -u NO_COLOR -u LC_ALL -u LC_CTYPE -u LANG TERM=xterm %s script -qec "
                    "'gradus train two.csv -o m.st --hidden 4 --epochs 12 --patience 99 "
                    "--valid-frac 0.3 %s' /dev/null",
                    environment, arguments);
    assert_int_equal(o.code, 0);
    return o.out;
}

static void test_terminal(void **state)
{
    (void)state;
    if (run("script -qec true /dev/null").code != 0)
        skip();
    write_two_classes("two.csv", 40);
    const char *text = on_terminal("", "");
    assert_says(text, "\r\033[Kmlp  epoch 1/12  loss 0.");
    assert_says(text, "\r\033[Kmlp  epoch 12/12  loss 0.");
    assert_says(text, "  valid 0.");
    assert_says(text, "  accuracy 0.");
    assert_says(text, "  \033[36m#"); /* the first loss is the largest */
    assert_says(text, " s left");
    assert_null(strstr(text, "█"));
    text = on_terminal("NO_COLOR=1", "");
    assert_null(strstr(text, "\033[36m"));
    assert_says(text, "\r\033[Kmlp  epoch 12/12");
    assert_says(on_terminal("LANG=de_DE.UTF-8", ""), "█");
    assert_says(on_terminal("LC_ALL=C LANG=de_DE.UTF-8", ""), "#");
    text = on_terminal("TERM=dumb", "");
    assert_null(strchr(text, '\033'));
    assert_says(text, "epoch 12/12  loss 0.");
    text = on_terminal("", "--progress plain");
    assert_null(strchr(text, '\033'));
    assert_says(text, "epoch 12/12  loss 0.");
    assert_null(strstr(on_terminal("", "--progress none"), "epoch"));
    assert_null(strstr(on_terminal("", "--quiet"), "epoch"));
}

static void test_plain(void **state)
{
    (void)state;
    write_two_classes("two.csv", 40);
    outcome o = run("TERM=xterm gradus train two.csv -o m.st --hidden 4 --epochs 30 --patience 99 "
                    "--valid-frac 0.3 --json");
    int lines = 0;
    for (const char *at = o.err; (at = strchr(at, '\n')) != NULL; ++at)
        ++lines;
    assert_int_equal(lines, 12); /* what is predicted, the first epoch and ten more */
    assert_null(strpbrk(o.err, "\r\033"));
    assert_ptr_equal(strstr(o.err, "gradus: predicting \"y\" (2 classes: no, yes) from "), o.err);
    assert_says(o.err, "\nmlp  epoch 1/30  loss ");
}

int train_progress_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_terminal),
                                       cmocka_unit_test(test_plain)};
    return cmocka_run_group_tests_name("train: progress", tests, enter_folder, leave_folder);
}
