"""Chains whose maximum is smoothed sparsely, in Numba: each step sorts, keeps its weights, and the way back adds them.

Of numbers x the smoothed maximum is that of <q, x> - penalty(q) over weights q >= 0 of sum 1. For half the squared norm
q = max(x - tau, 0), for the 1.5-entropy (4/3) sum(q^1.5 - q) it is max(x/2 - tau, 0)^2; tau follows from how many of
the sorted numbers are above it.
"""
import math

import numba
import numpy as np

import inputs
import threads


@numba.njit(fastmath=True)
def of_squares(x, weights, ordered):
    """Martins and Astudillo, 2016."""
    n = x.size
    for i in range(n):
        ordered[i] = x[i]
    ordered.sort()
    total, tau = np.float32(0), np.float32(0)
    for k in range(1, n + 1):
        next_one = ordered[n - k]
        if 1 + k * next_one <= total + next_one:
            break
        total += next_one
        tau = (total - 1) / k
    value = np.float32(0)
    for i in range(n):
        q = max(x[i] - tau, np.float32(0))
        weights[i] = q
        value += q * x[i] - np.float32(0.5) * q * q
    return value


@numba.njit(fastmath=True)
def of_entropy_15(x, weights, ordered):
    """Peters, Niculae and Martins, 2019."""
    n = x.size
    top = x.max()
    for i in range(n):
        ordered[i] = (x[i] - top) / 2
    ordered.sort()
    total, squares, tau = np.float32(0), np.float32(0), np.float32(0)
    for k in range(1, n + 1):
        next_one = ordered[n - k]
        total += next_one
        squares += next_one * next_one
        mean = total / k
        spread = max((1 - (squares - total * mean)) / k, np.float32(0))
        candidate = mean - math.sqrt(spread)
        if candidate > next_one:
            break
        tau = candidate
    value = np.float32(0)
    for i in range(n):
        root = max((x[i] - top) / 2 - tau, np.float32(0))
        q = root * root
        weights[i] = q
        value += q * x[i] - np.float32(4 / 3) * (q * root - q)
    return value


def passes_with(smooth):
    @numba.njit(parallel=True, fastmath=True)
    def passes(unary, trans):
        batch, steps, states = unary.shape
        into = trans.T.copy()
        values = np.empty(batch, np.float32)
        by_unary = np.zeros_like(unary)
        by_trans = np.zeros((batch, states, states), np.float32)
        for b in numba.prange(batch):
            best = unary[b, 0].copy()
            other = np.empty(states, np.float32)
            weights = np.empty((steps, states, states), np.float32)
            terms = np.empty(states, np.float32)
            ordered = np.empty(states, np.float32)
            arriving = np.empty(states, np.float32)
            for t in range(1, steps):
                for s in range(states):
                    for r in range(states):
                        terms[r] = best[r] + into[s, r]
                    other[s] = smooth(terms, weights[t, s], ordered) + unary[b, t, s]
                for s in range(states):
                    best[s] = other[s]
            values[b] = smooth(best, arriving, ordered)
            for t in range(steps - 1, -1, -1):
                for s in range(states):
                    by_unary[b, t, s] = arriving[s]
                    other[s] = 0
                if t == 0:
                    break
                for s in range(states):
                    reached = arriving[s]
                    if reached != 0:
                        for r in range(states):
                            moved = reached * weights[t, s, r]
                            other[r] += moved
                            by_trans[b, s, r] += moved
                for s in range(states):
                    arriving[s] = other[s]
        return values, by_unary, by_trans

    return passes


def chains(smooth):
    def made():
        unary, trans = inputs.symmetric((64, 128, 32), 81, 2.0), inputs.symmetric((32, 32), 82, 1.0)
        passes = passes_with(smooth)

        def work():
            values, by_unary, by_trans = passes(unary, trans)
            return values, by_unary, by_trans.sum(0).T

        def check(result):
            values, by_unary, by_trans = result
            return [inputs.total(values), inputs.inner(by_unary, unary), inputs.inner(by_trans, trans)]

        work.check = check
        return threads.at_its_best(work)

    return made


WORKLOADS = {"f2_sparsemax_viterbi": chains(of_squares), "f2_twin": chains(of_entropy_15)}
