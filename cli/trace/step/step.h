/* gradus step: a recorded tape in the terminal, one step after another. */
#ifndef CLI_TRACE_STEP_H
#define CLI_TRACE_STEP_H

#include "cli/trace/view.h"

#include <stdio.h>

enum { STEP_WIDTH = 80, STEP_TEXT = 4000, STEP_STOPS = 32 };

/* Where `continue` stops. */
typedef struct step_stop {
    enum { STEP_WATCH, STEP_LINE, STEP_NONFINITE } kind;
    int64_t tensor; /* WATCH: whose gradient, by its name: other training steps have others */
    char *text;     /* the name, or FILE; NULL: any file */
    int line;
} step_stop;

typedef struct step_session {
    const gd_recording *r;
    trace_view view;
    int64_t at; /* step of the view */
    step_stop stops[STEP_STOPS];
    int n_stops;
    bool refused; /* a command was not understood */
    bool has_tried_replay;
    gd_replay *replay; /* NULL: there is none */
} step_session;

/* An element, or all, of a tensor's value or gradient, as a command names it: a, a[1,2], da[0]. */
typedef struct step_target {
    int64_t tensor, element; /* element -1: all */
    bool wants_gradient;     /* false: value and gradient */
    int64_t value_event;     /* that wrote the value; -1: there is none yet */
    int64_t gradient_event;  /* the last contribution to the gradient so far; -1: none yet */
} step_target;

/* false after a message: there is no such tensor or element yet. */
bool step_find(step_session *s, const char *text, step_target *target);

/* Prints a paragraph, at most STEP_WIDTH wide; further lines are indented by 4 more. */
__attribute__((format(printf, 2, 3))) void step_put(int indent, const char *format, ...);

/* Prints that a command makes no sense. */
__attribute__((format(printf, 2, 3))) void step_refuse(step_session *s, const char *format, ...);

void step_show(step_session *s);       /* the step that the session is at */
void step_list(const step_session *s); /* the source around it */
void step_print(step_session *s, const char *what);
void step_why(step_session *s, const char *what);

/* Commands that stop. */
void step_watch(step_session *s, const char *name);
void step_break(step_session *s, const char *where);
void step_delete(step_session *s);
void step_continue(step_session *s);

/* "a[1,2]", "da[1,2]" */
void step_element_name(const step_session *s, int64_t tensor, int64_t element, bool gradient,
                       char *text, size_t size);
/* gd_recording_explain, and an element of what an event gave or wrote, or of the sum after it, as
 * recorded or replayed. false: it is not known. */
gd_explanation *step_explain(step_session *s, int64_t event, int64_t element);
bool step_number(step_session *s, int64_t event, bool sum, int64_t element, double *value);
/* "line 5" or "tiny.c:5"; "" */
void step_place(const step_session *s, int64_t event, char *text, size_t size);

/* From now on Ctrl-C ends what a command does, not the program. step_is_interrupted: whether it was
 * pressed; `forget`: not any more. */
void step_catch_interrupts(void);
bool step_is_interrupted(bool forget);

#endif
