/* Reading command lines, by the functions themselves: each option belongs to few commands. */
#include "cli/cli.h"
#include "run.h"
#include "tests.h"

#include <string.h>

/* A command that takes every option. */
static const cli_command every = {"every", ~0u, NULL, "DATA [MORE]", "", NULL, ""};

/* Cuts a line at its blanks and parses it; kept_stderr() is what it says. */
static int parse(cli_options *options, const char *line)
{
    static char text[512], *argv[32]; /* operands point into them */
    int argc = 0;
    cli_help_kind help;
    snprintf(text, sizeof text, "%s", line);
    for (char *at = strtok(text, " "); at != NULL; at = strtok(NULL, " "))
        argv[argc++] = at;
    keep_stderr();
    return cli_parse(options, &every, argc, argv, &help);
}

static void accepts(cli_options *options, const char *line)
{
    int code = parse(options, line);
    assert_string_equal(kept_stderr(), "");
    assert_int_equal(code, CLI_OK);
}

static void refuses(const char *line, const char *message)
{
    cli_options options;
    int code = parse(&options, line);
    const char *said = kept_stderr();
    char begin[256];
    if (code != CLI_USAGE)
        fail_msg("%s is accepted", line);
    snprintf(begin, sizeof begin, "gradus every: %s\n", message);
    if (strncmp(said, begin, strlen(begin)) != 0)
        fail_msg("%s: \"%s\" instead of \"%s\"", line, said, begin);
    assert_string_equal(said + strlen(begin), "Try `gradus help every`.\n");
}

static void test_table_is_sound(void **state)
{
    (void)state;
    for (const cli_option *o = cli_option_list; o->name != NULL; ++o) {
        assert_int_equal(o->kind == CLI_FLAG, o->argument == NULL);
        assert_true(o->kind != CLI_CHOICE || strchr(o->accepts, '|') != NULL);
        assert_true(o - cli_option_list < 128); /* the room that parse.c has for them */
        assert_true(o->help[strlen(o->help) - 1] != '.');
        for (const cli_option *other = o + 1; other->name != NULL; ++other) {
            if ((o->commands & other->commands) == 0 && strcmp(o->name, other->name) == 0)
                continue; /* one name, with choices that are each command's own */
            assert_string_not_equal(o->name, other->name);
            assert_true(o->offset != other->offset);
            assert_true(o->letter == 0 || o->letter != other->letter);
        }
        cli_options options = {0};
        char expected[160];
        if (o->kind == CLI_CHOICE && o->standard != NULL)
            assert_null(cli_read_value(&options, o, o->standard, expected));
    }
}

static void test_grammar(void **state)
{
    (void)state;
    cli_options o;
    accepts(&o, "--epochs 3 a --lr=1e-3 -qo m.st b --seed 18446744073709551615");
    assert_true(o.fit.epochs.given && o.fit.epochs.value == 3 && o.fit.lr.value == 1e-3);
    assert_true(o.quiet && !o.json && !o.fit.batch.given);
    assert_true(o.fit.seed == UINT64_MAX);
    assert_string_equal(o.output, "m.st");
    assert_int_equal(o.count, 2);
    assert_string_equal(o.operands[0], "a");
    assert_string_equal(o.operands[1], "b");
    accepts(&o, "-om.st --json -- --epochs -");
    assert_string_equal(o.output, "m.st");
    assert_string_equal(o.operands[0], "--epochs");
    assert_string_equal(o.operands[1], "-");
    accepts(&o, "- --epochs 3 --epochs 4 --target=--json --drop -1-");
    assert_true(o.fit.epochs.value == 4); /* the last counts */
    assert_string_equal(o.fit.target, "--json");
    assert_string_equal(o.fit.drop, "-1-"); /* a value, as there is no such option */
    assert_string_equal(o.operands[0], "-");
}

static void test_choices_that_are_not_given(void **state)
{
    (void)state;
    cli_options o;
    accepts(&o, "data");
    assert_null(o.fit.task);
    assert_null(o.progress);
    assert_null(o.format);
    accepts(&o, "data --task regression");
    assert_string_equal(o.fit.task, "regression");
}

static void test_grammar_refused(void **state)
{
    (void)state;
    refuses("--epohcs 3", "unknown option --epohcs; did you mean --epochs?");
    refuses("--xyzzy=3", "unknown option --xyzzy");
    refuses("--epoch 3", "unknown option --epoch; did you mean --epochs?"); /* no abbreviation */
    refuses("-z", "unknown option -z");
    refuses("-json", "unknown option -j; did you mean --json?");
    refuses("--quiet=3", "--quiet takes no value");
    refuses("a --target", "--target needs a value: --target COLUMN");
    refuses("--target --epochs 3", "--target needs a value: --target COLUMN");
    refuses("--target -- a", "--target needs a value: --target COLUMN");
    refuses("--target= a", "--target takes a text that is not empty, not \"\"");
    refuses("--valid a --folds 3 a", "--valid and --folds cannot be combined");
    refuses("--no-header a --header", "--header and --no-header cannot be combined");
    refuses("", "DATA is missing");
    refuses("a b c", "unexpected operand \"c\"");
}

static void test_numbers_refused(void **state)
{
    (void)state;
    refuses("--epochs abc", "--epochs takes a whole number, not \"abc\"");
    refuses("--epochs 1.5", "--epochs takes a whole number, not \"1.5\"");
    refuses("--epochs 1e3", "--epochs takes a whole number, not \"1e3\"");
    refuses("--epochs -1", "--epochs takes a whole number, not \"-1\"");
    refuses("--epochs 2147483648",
            "--epochs takes a whole number of at most 2147483647, not \"2147483648\"");
    refuses("--lr= a", "--lr takes a number, not \"\"");
    refuses("--lr nan", "--lr takes a number, not \"nan\"");
    refuses("--lr inf", "--lr takes a number, not \"inf\"");
    refuses("--lr 1e999", "--lr takes a number, not \"1e999\"");
    refuses("--lr 0x10", "--lr takes a number, not \"0x10\"");
    refuses("--lr 1,5", "--lr takes a number, not \"1,5\"");
    refuses("--seed -1", "--seed takes a whole number, not \"-1\"");
    refuses("--seed 18446744073709551616",
            "--seed takes a whole number, not \"18446744073709551616\"");
}

static void test_words_refused(void **state)
{
    (void)state;
    refuses("--task bin", "--task takes auto, binary, multiclass, multilabel or regression, not "
                          "\"bin\"");
    refuses("--delimiter ab", "--delimiter takes one character, or tab, not \"ab\"");
    refuses("--delimiter \"", "--delimiter takes one character, or tab, not \"\"\"");
}

/* What the library checks is an error of the command line, before anything is read. */
static void test_values_that_the_library_refuses(void **state)
{
    (void)state;
    static const char *const values[][2] = {{"epochs", "0"},
                                            {"batch", "0"},
                                            {"patience", "0"},
                                            {"folds", "1"},
                                            {"lr", "0"},
                                            {"lr", "-1"},
                                            {"dropout", "1"},
                                            {"dropout", "-0.1"},
                                            {"label-smoothing", "1"},
                                            {"clip", "0"},
                                            {"weight-decay", "-1"},
                                            {"valid-frac", "1"},
                                            {"hidden", "64,x"},
                                            {"hidden", "64,"},
                                            {"hidden", "0"},
                                            {"class-weight", "5"},
                                            {"class-weight", "a=0"},
                                            {"class-weight", "a=1,5"},
                                            {"pos-weight", "5,6"},
                                            {"pos-weight", "balanced"},
                                            {"threads", "0"}};
    for (size_t i = 0; i < sizeof values / sizeof *values; ++i) {
        char line[100], begin[40];
        snprintf(line, sizeof line, "gradus train absent.csv --%s %s", values[i][0], values[i][1]);
        snprintf(begin, sizeof begin, "gradus train: --%s", values[i][0]);
        assert_fails(CLI_USAGE, line, begin);
    }
}

static void test_fractions_refused(void **state)
{
    (void)state;
    static const char *const values[] = {"0.8,1", "0", "x", "0.5,", "-0.1", "nan", "0.5;0.5"};
    for (size_t i = 0; i < sizeof values / sizeof *values; ++i) {
        char line[100];
        snprintf(line, sizeof line, "gradus split absent.csv --out a,b --fractions '%s'",
                 values[i]);
        assert_fails(CLI_USAGE, line, "--fractions takes numbers above 0 and below 1");
    }
}

int options_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table_is_sound),
                                       cmocka_unit_test(test_grammar),
                                       cmocka_unit_test(test_choices_that_are_not_given),
                                       cmocka_unit_test(test_grammar_refused),
                                       cmocka_unit_test(test_numbers_refused),
                                       cmocka_unit_test(test_words_refused),
                                       cmocka_unit_test(test_values_that_the_library_refuses),
                                       cmocka_unit_test(test_fractions_refused)};
    return cmocka_run_group_tests_name("options", tests, enter_folder, leave_folder);
}
