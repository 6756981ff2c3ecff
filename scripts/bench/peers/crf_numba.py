"""Linear chains in Numba: forward and backward passes in numbers between 0 and 1, rescaled at each step. The batch is
what threads share; sums over moves are of each chain first, so that no two threads write to one place."""
import math

import numba
import numpy as np

import inputs
import threads


@numba.njit(parallel=True, fastmath=True)
def passes(unary, trans):
    batch, steps, states = unary.shape
    moves = np.exp(trans)
    values = np.empty(batch, np.float32)
    by_unary = np.empty_like(unary)
    by_trans = np.zeros((batch, states, states), np.float32)
    for b in numba.prange(batch):
        forward = np.empty((steps, states), np.float32)
        weight = np.empty((steps, states), np.float32)
        value = 0.0
        for t in range(steps):
            top = unary[b, t].max()
            for s in range(states):
                weight[t, s] = math.exp(unary[b, t, s] - top)
            if t == 0:
                for s in range(states):
                    forward[t, s] = 1
            else:
                for s in range(states):
                    forward[t, s] = 0
                for r in range(states):
                    reached = forward[t - 1, r]
                    for s in range(states):
                        forward[t, s] += reached * moves[r, s]
            total = np.float32(0)
            for s in range(states):
                forward[t, s] *= weight[t, s]
                total += forward[t, s]
            for s in range(states):
                forward[t, s] /= total
            value += top + math.log(total)
        values[b] = value

        backward = np.ones(states, np.float32)
        weighted = np.empty(states, np.float32)
        before = np.empty(states, np.float32)
        for t in range(steps - 1, -1, -1):
            total = np.float32(0)
            for s in range(states):
                total += forward[t, s] * backward[s]
            for s in range(states):
                by_unary[b, t, s] = forward[t, s] * backward[s] / total
            if t == 0:
                break
            for s in range(states):
                weighted[s] = backward[s] * weight[t, s]
            pairs, scale = np.float32(0), np.float32(0)
            for r in range(states):
                ahead = np.float32(0)
                for s in range(states):
                    ahead += moves[r, s] * weighted[s]
                before[r] = ahead
                pairs += forward[t - 1, r] * ahead
                scale += ahead
            for r in range(states):
                share = forward[t - 1, r] / pairs
                for s in range(states):
                    by_trans[b, r, s] += share * moves[r, s] * weighted[s]
            for r in range(states):
                backward[r] = before[r] / scale
    return values, by_unary, by_trans


def chains(shape):
    def made():
        unary, trans = inputs.symmetric(shape, 81, 2.0), inputs.symmetric((shape[2], shape[2]), 82, 1.0)

        def work():
            values, by_unary, by_trans = passes(unary, trans)
            return values, by_unary, by_trans.sum(0)

        def check(result):
            values, by_unary, by_trans = result
            return [inputs.total(values), inputs.inner(by_unary, unary), inputs.inner(by_trans, trans)]

        work.check = check
        return threads.at_its_best(work)

    return made


WORKLOADS = {
    "f1_crf_logz_marginals": chains((64, 128, 32)),
    "f1_one_10000": chains((1, 10000, 32)),
    "f1_twin": chains((64, 131, 27)),
}
