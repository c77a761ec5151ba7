/* gradus help, the manual page, the completions: each has every command and every option that
 * there is. */
#include "cli/cli.h"
#include "run.h"
#include "tests.h"

#include <string.h>

static void assert_lines_fit(const char *text)
{
    for (const char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        if (end - line > 79)
            fail_msg("wider than 79: %.*s", (int)(end - line), line);
}

static void test_commands(void **state)
{
    (void)state;
    outcome o = run("gradus help");
    assert_int_equal(o.code, 0);
    assert_string_equal(o.err, "");
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c) {
        assert_says(o.out, c->name);
        assert_says(o.out, c->summary);
    }
    assert_lines_fit(o.out);
    assert_int_equal(
        run("gradus help > a; gradus --help > b; gradus -h > c; cmp a b && cmp a c").code, 0);
    o = run("gradus");
    assert_int_equal(o.code, CLI_USAGE);
    assert_string_equal(o.out, "");
    assert_string_equal(o.err, read_file("a"));
}

static bool takes_one_called(const cli_command *command, const char *name)
{
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o)
        if (strcmp(o->name, name) == 0 && cli_takes(command, o))
            return true;
    return false;
}

static void test_options_of_each_command(void **state)
{
    (void)state;
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c) {
        outcome o = run("gradus %s --help-all", c->name);
        assert_int_equal(o.code, 0);
        assert_lines_fit(o.out);
        for (const cli_option *option = cli_option_list; option->name != NULL; ++option) {
            char name[64];
            snprintf(name, sizeof name, " --%s%s", option->name,
                     option->argument != NULL ? " " : "  ");
            if (cli_takes(c, option))
                assert_says(o.out, name);
            else if (!takes_one_called(c, option->name))
                assert_null(strstr(o.out, name));
        }
        assert_int_equal(run("gradus %s --help > a; gradus help %s > b; gradus %s x y z -h > c; "
                             "cmp a b && cmp a c",
                             c->name, c->name, c->name)
                             .code,
                         0);
    }
}

/* --help fits a terminal of 24 lines, and shows the options that most runs need. */
static void test_help_fits_a_screen(void **state)
{
    (void)state;
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c) {
        outcome o = run("gradus %s --help", c->name);
        int lines = 0;
        for (const char *s = o.out; *s != '\0'; ++s)
            lines += *s == '\n';
        if (lines > 24)
            fail_msg("gradus %s --help has %d lines", c->name, lines);
        assert_lines_fit(o.out);
    }
    outcome o = run("gradus train --help");
    static const char *const shown[] = {"target", "targets", "drop", "categorical", "model",
                                        "hidden", "epochs",  "seed", "output",      "report"};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; ++i) {
        char name[64];
        snprintf(name, sizeof name, "--%s ", shown[i]);
        assert_says(o.out, name);
    }
    assert_null(strstr(o.out, "--weight-decay"));
    assert_says(o.out, "--help-all             Print all ");
    assert_says(run("gradus train --help-all").out,
                "--weight-decay X       Weight decay (L2 regularisation)");
}

/* Each option of a command stands somewhere in the files of that command's tests. */
static void test_every_option_is_tested(void **state)
{
    (void)state;
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c) {
        outcome o = run("cat " SH_TESTS "/cli/%s*.c", c->name);
        assert_int_equal(o.code, 0);
        for (const cli_option *option = cli_option_list; option->name != NULL; ++option) {
            char name[64], letter[8];
            snprintf(name, sizeof name, "--%s", option->name);
            snprintf(letter, sizeof letter, " -%c ", option->letter != 0 ? option->letter : '-');
            if (cli_takes(c, option) && strstr(o.out, name) == NULL &&
                strstr(o.out, letter) == NULL)
                fail_msg("gradus %s %s has no test", c->name, name);
        }
    }
}

/* Where columns are named, how. */
static void test_columns(void **state)
{
    (void)state;
    static const char *const parts[] = {"104-117", "'label*'"};
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c) {
        outcome o = run("gradus %s --help-all", c->name);
        bool names = strstr(o.out, " COLUMNS") != NULL;
        for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i)
            assert_int_equal(strstr(o.out, parts[i]) != NULL, names);
    }
    assert_says(run("gradus help --man").out, "numbers from 1, ranges such as 104\\-117");
}

static void test_unknown(void **state)
{
    (void)state;
    assert_fails(CLI_USAGE, "gradus hepl",
                 "gradus: unknown command \"hepl\"; did you mean help?\nTry `gradus help`.\n");
    assert_fails(CLI_USAGE, "gradus help versoin",
                 "gradus: unknown command \"versoin\"; did you mean version?\n");
    assert_fails(CLI_USAGE, "gradus xyzzy", "gradus: unknown command \"xyzzy\"\n");
    assert_fails(
        CLI_USAGE, "gradus help --mna",
        "gradus help: unknown option --mna; did you mean --man?\nTry `gradus help help`.\n");
    assert_fails(CLI_USAGE, "gradus help --man --completion", "cannot be combined");
}

static void test_manual(void **state)
{
    (void)state;
    assert_int_equal(run("gradus help --man > gradus.1; cmp gradus.1 " SH_BUILD "/gradus.1").code,
                     0);
    const char *page = read_file("gradus.1");
    for (const cli_command *c = cli_command_list; c->name != NULL; ++c) {
        char part[64];
        snprintf(part, sizeof part, ".SS gradus %s [", c->name);
        assert_says(page, part);
    }
    outcome o = run("command -v groff && groff -man -Tascii -P-cbou -ww gradus.1");
    if (o.code == 127 || o.out[0] == '\0')
        skip(); /* groff is not installed */
    assert_int_equal(o.code, 0);
    assert_string_equal(o.err, "");
    assert_says(o.out, "EXIT STATUS");
}

/* What bash would offer after these words. */
static const char *completed(const char *words, int count)
{
    outcome o =
        run("bash -c 'eval \"$(gradus help --completion)\"; COMP_WORDS=(%s); COMP_CWORD=%d; "
            "_gradus; echo \"${COMPREPLY[*]}\"'",
            words, count - 1);
    assert_int_equal(o.code, 0);
    assert_string_equal(o.err, "");
    return o.out;
}

static void test_completion(void **state)
{
    (void)state;
    assert_int_equal(run("gradus help --completion | cmp - " SH_BUILD
                         "/gradus.bash && bash -n " SH_BUILD "/gradus.bash")
                         .code,
                     0);
    if (run("bash -c ': < <(:)'").code != 0)
        skip(); /* bash needs /dev/fd, which is /proc's, to complete */
    assert_string_equal(completed("gradus ver", 2), "version\n");
    assert_string_equal(completed("gradus help ver", 3), "version\n");
    assert_string_equal(completed("gradus version --js", 3), "--json\n");
    assert_string_equal(completed("gradus help --xyz", 3), "\n");
    write_file("a file.csv", "");
    assert_string_equal(completed("gradus version \"a f\"", 3), "a file.csv\n");
    assert_string_equal(completed("gradus train --schedule c", 4), "constant cosine\n");
    assert_string_equal(completed("gradus train --schedule = pl", 5), "plateau\n");
    assert_string_equal(completed("gradus train --progress =", 4), "auto plain none\n");
    assert_string_equal(completed("gradus train -o \"a f\"", 4), "a file.csv\n");
    assert_string_equal(completed("gradus convert --to c", 4), "csv\n");
    assert_string_equal(completed("gradus export --to c", 4), "c\n");
    assert_string_equal(completed("gradus train --epochs \"a f\"", 4), "\n");
}

int help_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_commands),
                                       cmocka_unit_test(test_options_of_each_command),
                                       cmocka_unit_test(test_help_fits_a_screen),
                                       cmocka_unit_test(test_every_option_is_tested),
                                       cmocka_unit_test(test_columns),
                                       cmocka_unit_test(test_unknown),
                                       cmocka_unit_test(test_manual),
                                       cmocka_unit_test(test_completion)};
    return cmocka_run_group_tests_name("help", tests, enter_folder, leave_folder);
}
