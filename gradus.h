/* gradus.h - all of Gradus. Each header's first screen says what it is for. */
#ifndef GRADUS_H
#define GRADUS_H

#include <gradus/autograd.h>
#include <gradus/data.h>
#include <gradus/fit.h>
#include <gradus/json.h>
#include <gradus/losses.h>
#include <gradus/metrics.h>
#include <gradus/nn.h>
#include <gradus/tensor.h>
#include <gradus/trace.h>

#endif
