"""Rounds of one pair, and what they say: the median of the ratios of each round, with a bootstrap interval.

Both sides of a round are measured right after one another, ours first in even rounds and the peer first in odd ones,
so that what the machine does besides hits both; a ratio of two far-apart medians would not have that.
"""
import random
import statistics
from dataclasses import dataclass, field

RESAMPLINGS = 4000
WIDEST = 0.10  # half the interval, as a share of the median, that still counts as resolved
MOST_BATCHES = 3  # a pair that is not resolved gets more rounds, up to this many times those asked for


@dataclass
class Summary:
    ours: list[float] = field(default_factory=list)  # of each round: the median of its repetitions
    peer: list[float] = field(default_factory=list)

    @property
    def ratios(self):
        return [ours / peer for ours, peer in zip(self.ours, self.peer)]

    @property
    def ratio(self):
        return statistics.median(self.ratios)

    def interval(self):
        """The 5th and the 95th percentile of the medians of resampled rounds."""
        draw = random.Random(0)
        ratios = self.ratios
        medians = sorted(
            statistics.median(draw.choices(ratios, k=len(ratios))) for _ in range(RESAMPLINGS))
        return medians[RESAMPLINGS * 5 // 100], medians[RESAMPLINGS * 95 // 100 - 1]

    def is_resolved(self):
        low, high = self.interval()
        return max(high - self.ratio, self.ratio - low) <= WIDEST * self.ratio


def measure(rounds, ours, peer, at_end_of_round):
    """Runs rounds until the interval is narrow enough. `ours` and `peer` measure one round each and give a number and
    a check value; at_end_of_round(ours, peer) looks at the two check values and may raise."""
    summary = Summary()
    for batch in range(MOST_BATCHES):
        for _ in range(rounds):
            if len(summary.ours) % 2 == 0:
                mine = ours()
                theirs = peer()
            else:
                theirs = peer()
                mine = ours()
            at_end_of_round(mine[1], theirs[1])
            summary.ours.append(mine[0])
            summary.peer.append(theirs[0])
        if summary.is_resolved():
            break
    return summary
