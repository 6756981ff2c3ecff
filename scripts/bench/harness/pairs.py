"""The table of what is compared with what. A pair is one workload of ours (WORKLOAD.trl, or a command) and one peer."""
from dataclasses import dataclass

START_UP = "sum(ones([8]) + 1)"
START_UP_NUMPY = "import numpy as np; print((np.ones(8)+1).sum())"


@dataclass(frozen=True)
class Pair:
    workload: str
    peer: str  # lua, numpy, numba, jax, torch: a server of peers/; python: a fresh process each time
    repetitions: int  # in each round, of both
    bound: float | None = None  # what the ratio ours/peer is meant to stay under
    measures: str = "time"  # or "memory": peak of the process, kept by the system
    most_rounds: int | None = None  # for what hardly varies and is slow to repeat
    tolerances: tuple[float, ...] = ()  # relative, for each check value; 1e-3 where none is given

    @property
    def program(self):
        """The workload's name without what is measured of it."""
        return self.workload.removesuffix("_memory")


PAIRS = [
    Pair("a1_fib30", "lua", 4, 1.0),
    Pair("a2_loop20M", "lua", 2, 1.0),
    Pair("a3_nbody200k", "lua", 1, 1.0),
    Pair("a4_build", "lua", 2, 1.3),
    Pair("a4_count", "lua", 2, 1.3),
    Pair("a5_mandel400", "lua", 2, 1.0),
    Pair("b1_add8_notrack", "numpy", 5, 1.0),
    Pair("b1_add8_notrack", "torch", 2),
    Pair("b1_add8_track_fwd", "torch", 2),
    Pair("b1_add8_track_bwd", "torch", 1, 0.15),
    Pair("b2_matmul8_notrack", "numpy", 3),
    Pair("b2_matmul8_notrack", "torch", 2),
    Pair("b2_matmul8_track_fwd", "torch", 2),
    Pair("b2_matmul8_track_bwd", "torch", 1),
    Pair("e1_mlp_adam_1000", "torch", 1, 1.0, tolerances=(1e-3, 1e-3, 5e-3)),
    Pair("f1_crf_logz_marginals", "numba", 10, 0.6),
    Pair("f1_crf_logz_marginals", "jax", 10, 0.6),
    Pair("f1_one_10000", "numba", 10, 1.0),
    Pair("f1_twin", "numba", 10, 1.0),
    Pair("f2_sparsemax_viterbi", "numba", 5, 0.2),
    Pair("f2_twin", "numba", 5, 1.0),
    Pair("f3_softdtw_value_grad", "numba", 3, 0.5),
    # Weights from differences of costs in the thousands: the peer's gradient in f32 is 0.4 % off what f64 gives.
    Pair("f3_one_2000", "numba", 3, 1.0, tolerances=(1e-3, 1e-2)),
    Pair("f3_twin", "numba", 3, 1.0),
    Pair("f4_softdtw_hvp", "jax", 10, 1.0, tolerances=(1e-3, 5e-3)),
    Pair("g_fedavg_100x10", "torch", 1, 1.0),
    Pair("h_startup", "python", 5, 0.15),
    Pair("h_startup_memory", "python", 1, measures="memory"),
    Pair(
        "e1_mlp_adam_1000_memory", "torch", 1, measures="memory", most_rounds=5, tolerances=(1e-3, 1e-3, 5e-3)),
]


def disagreement(ours, peer, tolerances):
    """Says where two results' check values differ by more than is allowed, or nothing."""
    ours, peer = [value if isinstance(value, list) else [value] for value in (ours, peer)]
    if len(ours) != len(peer):
        return f"{len(ours)} check values, the peer has {len(peer)}"
    for position, (mine, theirs) in enumerate(zip(ours, peer)):
        if isinstance(mine, int) and isinstance(theirs, int):
            agree = mine == theirs
        else:
            allowed = tolerances[position] if position < len(tolerances) else 1e-3
            agree = abs(mine - theirs) <= allowed * abs(theirs)  # false for a NaN
        if not agree:
            return f"check {mine}, the peer has {theirs}"
    return None
