/* What libFuzzer calls with a file that may be anything: it is read, and all that can be made of it
 * is made. Nothing may crash, leak or take long. Built where the compiler is told to fuzz:
 *
 *     cmake --preset fuzz && cmake --build --preset fuzz
 *     build-fuzz/tests/fuzz_trace -max_total_time=600 NEW tests/trace/corpus
 */
#include "trace/read/recording.h"

#include <gradus.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void tell_all(const gd_recording *r)
{
    char text[256];
    for (int64_t i = 0; i < r->n_events; ++i) {
        if (gd_recording_tell(r, i, text, sizeof text) <= 0)
            abort();
        if (gd_recording_contributions(r, i, NULL, 0) < 0)
            abort();
        gd_explanation_destroy(gd_recording_explain(r, NULL, i, 0));
    }
    for (int64_t step = 1; step <= r->steps; ++step)
        gd_recording_lead(r, step, text, sizeof text, NULL);
    for (int64_t i = 0; i < r->n_tensors; ++i)
        gd_recording_name(r, i, text, sizeof text);
}

static void run_again(const gd_recording *r)
{
    for (int wide = 0; wide < 2; ++wide)
        for (gd_break broken = GD_BREAK_NOTHING; broken <= GD_BREAK_PASS_THROUGH; ++broken) {
            gd_replay_options options = {
                .float64 = wide, .broken = broken, .bytes = (size_t)1 << 24};
            gd_replay_destroy(gd_trace_replay(r, &options));
        }
}

static void prove_all(const gd_recording *r)
{
    for (int64_t step = 1; step <= r->steps && step <= 3; ++step) {
        gd_proof *proofs;
        int64_t count;
        if (gd_trace_prove(r, step, 4, &proofs, &count) == GD_OK)
            gd_proofs_destroy(proofs);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    gd_recording *r = gd__recording_of("t.trace", (const char *)bytes, size, NULL);
    if (r == NULL)
        return 0;
    tell_all(r);
    run_again(r);
    prove_all(r);
    gd_recording_destroy(r);
    return 0;
}
