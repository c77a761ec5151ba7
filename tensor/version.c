#include "tensor/internal.h"

const char *gd_version(void)
{
    return GD__VERSION; /* CMakeLists.txt's */
}
