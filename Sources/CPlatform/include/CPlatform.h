// What Swift can't say by itself: processor features, atomic words, a per-thread slot, OpenBLAS opened at run time, searching bytes.
#ifndef TRELLIS_CPLATFORM_H
#define TRELLIS_CPLATFORM_H

#include "Atomics.h"
#include "Blas.h"
#include "Processor.h"
#include "Search.h"
#include "ThreadSlot.h"
#include "Vectors.h"

#endif
