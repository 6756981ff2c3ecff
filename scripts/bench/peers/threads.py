"""How many threads a Numba kernel gets: what is faster here, one or all. A batch of one has nothing to share out."""
import os
import time

import numba

TRIES = 3


def at_its_best(work):
    """The work, which has run with one thread and with all of them and keeps the better number of threads."""
    def seconds(count):
        numba.set_num_threads(count)
        work()
        found = []
        for _ in range(TRIES):
            start = time.perf_counter()
            work()
            found.append(time.perf_counter() - start)
        return min(found)

    numba.set_num_threads(min((1, len(os.sched_getaffinity(0))), key=seconds))
    return work
