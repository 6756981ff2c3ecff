"""The command line of the benchmark: which pairs, how many rounds; sets the peers up, runs, prints one row per pair.

Order to read in: pairs.py (what), ratios.py (how a ratio is found), sides.py and processes.py (how a program is run).
"""
import argparse
import re
import subprocess
import sys

import machine
import processes
import ratios
import report
import sides
from pairs import PAIRS, disagreement


def measured(pair, rounds, binary):
    """The summary of one pair, and the share of the machine that others used meanwhile."""
    def compare(mine, theirs):
        problem = disagreement(mine, theirs, pair.tolerances)
        if problem:
            raise processes.Failed(problem)

    with sides.peer(pair) as (peer, living):
        foreign = machine.Foreign(living)
        rounds = min(rounds, pair.most_rounds or rounds)
        summary = ratios.measure(rounds, sides.ours(pair, binary), peer, compare)
        return summary, foreign.share()


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench/run",
        description="Times Trellis against its peers, interleaved. A ratio is ours/peer, the median over rounds.",
        epilog="--list shows the bound that each ratio is meant to stay under, and rows say `within` or `ABOVE` it. "
               "TRELLIS=path measures another binary. Exit status 1: a program failed or check values differ. "
               "How times grow with sizes: `trellis scripts/bench/scaling.trl`.")
    parser.add_argument("workloads", nargs="?", default="", help="a regular expression: the pairs to run (all)")
    parser.add_argument("--rounds", type=int, default=15, help="of each pair (15); up to 3 times as many if needed")
    parser.add_argument("--json", action="store_true", help="one line of JSON per pair, with every round")
    parser.add_argument("--list", action="store_true", help="name the pairs, say the bounds of their ratios, and stop")
    options = parser.parse_args()
    options.pairs = [pair for pair in PAIRS if re.search(options.workloads, f"{pair.workload} {pair.peer}")]
    if not options.pairs:
        parser.error(f"no pair matches {options.workloads!r}: --list names them")
    if options.rounds < 1:
        parser.error("there must be a round")
    return options


def main():
    options = arguments()
    if options.list:
        for pair in options.pairs:
            bound = "" if pair.bound is None else f" {pair.bound:g}"
            print(f"{pair.workload} {pair.peer}{bound}")
        return 0
    binary = sides.trellis()
    needed = sorted({"numpy" if pair.peer == "python" else pair.peer for pair in options.pairs})
    if subprocess.run([str(sides.BENCH / "setup"), *needed]).returncode != 0:
        sys.exit("a peer could not be installed (see above); choose workloads that do without it")
    if not options.json:
        print(f"{machine.description()}\n{report.HEADING}", flush=True)
    failures = 0
    for pair in options.pairs:
        try:
            found = measured(pair, options.rounds, binary)
        except processes.Failed as problem:
            failures += 1
            print(f"{pair.workload:<24} {pair.peer:<7} FAILED: {problem}", file=sys.stderr, flush=True)
        else:
            print((report.line if options.json else report.row)(pair, *found), flush=True)
    return 1 if failures else 0


try:
    sys.exit(main())
except KeyboardInterrupt:
    sys.exit(130)
