"""Dispatch in PyTorch: the chains of chains_numpy.py, also recorded for a derivative (`track_fwd`) and differentiated
(`track_bwd`)."""
import torch

from chains_numpy import CHAINS, LENGTH, operands


def chain_of(kind):
    if kind == "add":

        def chain(z, y):
            for _ in range(LENGTH):
                z = z + y
            return z

    else:

        def chain(z, y):
            for _ in range(LENGTH):
                z = z @ y
            return z

    return chain


def untracked(kind):
    start, operand = map(torch.from_numpy, operands(kind))
    chain = chain_of(kind)

    def work():
        with torch.no_grad():
            for _ in range(CHAINS):
                total = float(chain(start, operand).sum())
        return total

    return work


def recorded(kind):
    start, operand = map(torch.from_numpy, operands(kind))
    chain = chain_of(kind)

    def work():
        tracked = operand.clone().requires_grad_()
        for _ in range(CHAINS):
            total = float(chain(start, tracked).detach().sum())
        return total

    return work


def differentiated(kind):
    start, operand = map(torch.from_numpy, operands(kind))
    chain = chain_of(kind)

    def work():
        tracked = operand.clone().requires_grad_()
        for _ in range(CHAINS):
            total = chain(start, tracked).sum()
            total.backward()
            value = float(total.detach())
        return [value, float(tracked.grad.sum())]

    return work


WORKLOADS = {
    f"{name}_{mode}": (lambda make=make, kind=kind: make(kind))
    for name, kind in (("b1_add8", "add"), ("b2_matmul8", "matmul"))
    for mode, make in (("notrack", untracked), ("track_fwd", recorded), ("track_bwd", differentiated))
}
