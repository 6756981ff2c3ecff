"""Runs one workload on request. usage: python server.py numpy|numba|jax|torch WORKLOAD

A request is two lines: at `prepare` garbage is collected and what a repetition starts from is made anew (untimed), and
`ready` answered; at `go` the workload runs once and one JSON line with its seconds and check values is answered.
A workload is a function that makes the inputs and returns the function that does the work; that one's attribute
`prepare`, if it has one, makes its argument, and `check` the check values from its result, after the clock.
"""
import gc
import json
import os
import sys
import time


def workloads(peer):
    if peer == "numpy":
        import chains_numpy

        return chains_numpy.WORKLOADS
    if peer == "numba":
        import crf_numba
        import dtw_numba
        import sparse_numba

        return crf_numba.WORKLOADS | dtw_numba.WORKLOADS | sparse_numba.WORKLOADS
    if peer == "jax":
        import recurrences_jax

        return recurrences_jax.WORKLOADS
    import torch

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    import chains_torch
    import fedavg_torch
    import mlp_torch

    return chains_torch.WORKLOADS | mlp_torch.WORKLOADS | fedavg_torch.WORKLOADS


def main(peer, workload):
    work = workloads(peer)[workload]()
    prepare = getattr(work, "prepare", None)
    arguments = [prepare()] if prepare else []
    work(*arguments)  # warm-up
    for request in map(str.strip, sys.stdin):
        if request == "prepare":
            gc.collect()
            arguments = [prepare()] if prepare else []
            print("ready", flush=True)
        elif request == "go":
            start = time.perf_counter()
            result = work(*arguments)
            seconds = time.perf_counter() - start
            check = work.check(result) if hasattr(work, "check") else result
            print(json.dumps({"workload": workload, "seconds": seconds, "check": check}), flush=True)


main(*sys.argv[1:])
