"""Soft-DTW in Numba: the table of costs of the best ways to each cell, and the way back, where a cell collects from the
cells that it leads to what they got, in proportion to its weight there. Borders are cells that cost a lot."""
import math

import numba
import numpy as np

import inputs
import threads

LARGE = np.float32(1e8)


@numba.njit(parallel=True, fastmath=True)
def three_moves(x, y):
    batch, n, d = x.shape
    m = y.shape[1]
    values = np.empty(batch, np.float32)
    by_x = np.zeros_like(x)
    for b in numba.prange(batch):
        cost = np.zeros((n + 2, m + 2), np.float32)
        table = np.full((n + 2, m + 2), LARGE)
        share = np.zeros((n + 2, m + 2), np.float32)
        for i in range(n):
            for j in range(m):
                distance = np.float32(0)
                for k in range(d):
                    difference = x[b, i, k] - y[b, j, k]
                    distance += difference * difference
                cost[i + 1, j + 1] = distance
        table[0, 0] = 0
        for i in range(1, n + 1):
            for j in range(1, m + 1):
                diagonal, up, left = table[i - 1, j - 1], table[i - 1, j], table[i, j - 1]
                least = min(diagonal, min(up, left))
                table[i, j] = cost[i, j] + least - math.log(
                    math.exp(least - diagonal) + math.exp(least - up) + math.exp(least - left))
        values[b] = table[n, m]

        for i in range(n + 2):
            table[i, m + 1] = -LARGE
        for j in range(m + 2):
            table[n + 1, j] = -LARGE
        table[n + 1, m + 1] = table[n, m]
        share[n + 1, m + 1] = 1
        for i in range(n, 0, -1):
            for j in range(m, 0, -1):
                own = table[i, j]
                got = share[i + 1, j] * math.exp(table[i + 1, j] - own - cost[i + 1, j])
                got += share[i, j + 1] * math.exp(table[i, j + 1] - own - cost[i, j + 1])
                got += share[i + 1, j + 1] * math.exp(table[i + 1, j + 1] - own - cost[i + 1, j + 1])
                share[i, j] = got
                for k in range(d):
                    by_x[b, i - 1, k] += 2 * got * (x[b, i - 1, k] - y[b, j - 1, k])
    return values, by_x


@numba.njit(parallel=True, fastmath=True)
def four_moves(x, y):
    """With a fourth move, from two points of x back and one of y: one more row at either end."""
    batch, n, d = x.shape
    m = y.shape[1]
    values = np.empty(batch, np.float32)
    by_x = np.zeros_like(x)
    for b in numba.prange(batch):
        cost = np.zeros((n + 4, m + 2), np.float32)
        table = np.full((n + 4, m + 2), LARGE)
        share = np.zeros((n + 4, m + 2), np.float32)
        for i in range(n):
            for j in range(m):
                distance = np.float32(0)
                for k in range(d):
                    difference = x[b, i, k] - y[b, j, k]
                    distance += difference * difference
                cost[i + 2, j + 1] = distance
        for i in range(2, n + 2):
            for j in range(1, m + 1):
                if i == 2 and j == 1:
                    table[i, j] = cost[i, j]
                    continue
                diagonal, up, left = table[i - 1, j - 1], table[i - 1, j], table[i, j - 1]
                far = table[i - 2, j - 1]
                least = min(min(diagonal, far), min(up, left))
                table[i, j] = cost[i, j] + least - math.log(
                    math.exp(least - diagonal) + math.exp(least - far)
                    + math.exp(least - up) + math.exp(least - left))
        values[b] = table[n + 1, m]

        for i in range(n + 4):
            table[i, m + 1] = -LARGE
        for j in range(m + 2):
            table[n + 2, j] = -LARGE
            table[n + 3, j] = -LARGE
        for i in range(n + 1, 1, -1):
            for j in range(m, 0, -1):
                if i == n + 1 and j == m:
                    got = np.float32(1)
                else:
                    own = table[i, j]
                    got = share[i + 1, j] * math.exp(table[i + 1, j] - own - cost[i + 1, j])
                    got += share[i, j + 1] * math.exp(table[i, j + 1] - own - cost[i, j + 1])
                    got += share[i + 1, j + 1] * math.exp(table[i + 1, j + 1] - own - cost[i + 1, j + 1])
                    got += share[i + 2, j + 1] * math.exp(table[i + 2, j + 1] - own - cost[i + 2, j + 1])
                share[i, j] = got
                for k in range(d):
                    by_x[b, i - 2, k] += 2 * got * (x[b, i - 2, k] - y[b, j - 1, k])
    return values, by_x


def pairs(passes, shape):
    def made():
        x, y = inputs.symmetric(shape, 91, 1.0), inputs.symmetric(shape, 92, 1.0)

        def work():
            return passes(x, y)

        work.check = lambda result: [inputs.total(result[0]), inputs.inner(result[1], x)]
        return threads.at_its_best(work)

    return made


WORKLOADS = {
    "f3_softdtw_value_grad": pairs(three_moves, (32, 256, 8)),
    "f3_one_2000": pairs(three_moves, (1, 2000, 8)),
    "f3_twin": pairs(four_moves, (32, 256, 8)),
}
