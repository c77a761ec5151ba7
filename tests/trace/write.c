/* Traces as they are written. */
#include "../cmocka_all.h"
#include "tests.h"

#include <gradus.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static int setup(void **state)
{
    strcpy(path, "/tmp/gradus-trace-XXXXXX");
    int file = mkstemp(path);
    close(file);
    *state = gd_tape_create();
    return *state == NULL || file < 0;
}

static int teardown(void **state)
{
    gd_tape_destroy(*state);
    return unlink(path);
}

/* All of a file; the caller's to free. */
static char *contents(const char *name)
{
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    size_t room = 1 << 20;
    char *text = malloc(room);
    size_t n = fread(text, 1, room - 1, file);
    fclose(file);
    text[n] = '\0';
    return text;
}

static gd_trace *begin(gd_tape *t, const gd_trace_options *options)
{
    gd_trace *trace = gd_trace_create(path, options);
    assert_non_null(trace);
    assert_int_equal(gd_trace_attach(trace, t), GD_OK);
    return trace;
}

/* Closes the trace, which must be read back whole. */
static gd_recording *end(gd_trace *trace)
{
    if (gd_trace_close(trace) != GD_OK)
        fail_msg("%s", gd_message());
    gd_recording *r = gd_trace_read(path, NULL);
    if (r == NULL)
        fail_msg("%s", gd_message());
    if (r->damage != NULL)
        fail_msg("%s", r->damage);
    return r;
}

/* ---- the sample ---- */

#line 1 "tiny.c"
#include <gradus.h>
/* a is used twice. */
static gd_tensor *tiny(gd_tape *t, gd_tensor *a, gd_tensor *b) {
    gd_tensor *s = gd_add(t, a, b);
    gd_tensor *loss = gd_sum(t, gd_mul(t, a, s), GD_ALL_DIMS, false);
    return loss;
}
#line 71 "write.c"

/* The sample's lines, byte for byte. */
static void test_sample(void **state)
{
    gd_tape *t = *state;
    float a_numbers[] = {2, -1}, b_number = 0.1F;
    gd_tensor *a = gd_tensor_create_borrowed(GD_F32, a_numbers, GD_DIMS(2));
    gd_tensor *b = gd_tensor_create_borrowed(GD_F32, &b_number, 0, NULL);
    a->requires_grad = b->requires_grad = true;
    gd_trace_options options = {.program = "/home/someone/tiny.c",
                                .source = GD_TESTS_DIR "/trace/sources"};
    gd_trace *trace = begin(t, &options);
    gd_tensor *loss = tiny(t, a, b);
#line 7 "tiny.c"
    gd_backward(t, loss);
#line 88 "write.c"
    gd_recording_destroy(end(trace));
    char *written = contents(path), *expected = contents(GD_TESTS_DIR "/trace/sources/tiny.trace");
    assert_string_equal(written, expected);
    free(written);
    free(expected);
    gd_tensor_destroy(a);
    gd_tensor_destroy(b);
}

int write_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sample, setup, teardown),
    };
    return cmocka_run_group_tests_name("written traces", tests, NULL, NULL);
}
