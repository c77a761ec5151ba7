/* That numbers are read and written in a locale of the library's own, without any foreign one
 * being installed: the C library's strtod is replaced by one that looks which locale it would
 * obey. */
#include "../cmocka_all.h"
#include "tests.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double strtod_l(const char *text, char **end, locale_t locale); /* glibc's and musl's */

static int calls, obedient; /* to the program's locale */

double strtod(const char *text, char **end)
{
    locale_t now = uselocale((locale_t)0);
    ++calls;
    if (now != LC_GLOBAL_LOCALE)
        return strtod_l(text, end, now);
    ++obedient;
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double value = strtod_l(text, end, c_locale);
    freelocale(c_locale);
    return value;
}

static void test_own_locale(void **state)
{
    (void)state;
    char text[4096] = "x\n", buffer[32];
    for (int i = 0; i < 100; ++i)
        sprintf(text + strlen(text), "%d.5e-300\n", i);
    calls = obedient = 0;
    gd_table *t = read_text(text, NULL);
    assert_non_null(t);
    assert_true(calls >= 100);
    assert_true(gd_table_number(t, 3, 0) == 3.5e-300);
    calls = 0;
    assert_string_equal(gd_table_text(t, 3, 0, buffer), "3.5e-300");
    assert_true(calls > 0); /* the text is tried in the locale in which it is written */
    assert_int_equal(obedient, 0);
    gd_table_destroy(t);
}

/* JSON's numbers, too: those that only strtod reads exactly. */
static void test_encoder(void **state)
{
    (void)state;
    calls = obedient = 0;
    gd_encoder *encoder = gd_encoder_from_json(
        "{\"sparse\":false,\"columns\":[{\"name\":\"a\",\"kind\":\"number\","
        "\"missing\":false,\"mean\":0.5e-300,\"deviation\":2.5e300}],\"notes\":[]}");
    assert_non_null(encoder);
    assert_int_equal(calls, 2);
    assert_int_equal(obedient, 0);
    gd_encoder_destroy(encoder);
}

int locale_tests(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_own_locale),
                                       cmocka_unit_test(test_encoder)};
    return cmocka_run_group_tests_name("locale", tests, enter_folder, leave_folder);
}
