/* While a summary is made, every module tells it what it returns. */
#ifndef GRADUS_NN_SUMMARY_H
#define GRADUS_NN_SUMMARY_H

#include <gradus/nn.h>

typedef struct gd__summary gd__summary;

/* Around a module's forward; the first returns what the second is to be given. */
int gd__summary_begin(const gd__summary *summary);
void gd__summary_end(gd__summary *summary, int begun_at, const gd_module *module,
                     const gd_tensor *y);

#endif
