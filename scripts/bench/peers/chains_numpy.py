"""Dispatch in NumPy: 100 chains of 1000 operations on eight numbers, or on matrices of eight by eight."""
import numpy as np

import inputs

CHAINS, LENGTH = 100, 1000


def operands(kind):
    """Where each chain starts, and what every step adds or multiplies by."""
    if kind == "add":
        return inputs.phase((8,), 0.37, 0.11), inputs.phase((8,), 0.73, 0.23, scale=1e-3)
    nearly_one = 0.999 * np.eye(8) + inputs.phase((8, 8), 0.73, 0.23, np.float64, scale=1e-4)
    return inputs.phase((8, 8), 0.37, 0.11), nearly_one.astype(np.float32)


def additions():
    start, step = operands("add")

    def work():
        for _ in range(CHAINS):
            z = start
            for _ in range(LENGTH):
                z = z + step
            total = float(z.sum())
        return total

    return work


def products():
    start, factor = operands("matmul")

    def work():
        for _ in range(CHAINS):
            z = start
            for _ in range(LENGTH):
                z = z @ factor
            total = float(z.sum())
        return total

    return work


WORKLOADS = {"b1_add8_notrack": additions, "b2_matmul8_notrack": products}
