#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

// The input is not changed.
#define ZLIB_CONST
#include <zlib.h>

#endif
