"""What a measured pair looks like: a row for people, a line of JSON for machines."""
import json
import statistics

HEADING = f"{'workload':<24} {'peer':<7} {'ours':>9} {'theirs':>9}    {'ratio':>7} {'90 % interval':<14} rounds"


def row(pair, summary, foreign):
    notes = []
    if pair.bound is not None:
        notes.append(f"{'within' if summary.ratio <= pair.bound else 'ABOVE'} {pair.bound:g}")
    if not summary.is_resolved():
        notes.append("still wide")
    if foreign > 0.1:
        notes.append(f"others used {foreign:.0%} of the machine")
    low, high = summary.interval()
    unit, scale = ("MB", 1) if pair.measures == "memory" else ("ms", 1000)
    ours, peer = statistics.median(summary.ours) * scale, statistics.median(summary.peer) * scale
    return (
        f"{pair.workload:<24} {pair.peer:<7} {ours:>9.2f} {peer:>9.2f} {unit}"
        f" {summary.ratio:>7.3f} [{low:.3f}, {high:.3f}] {len(summary.ours):>5}  {', '.join(notes)}")


def line(pair, summary, foreign):
    return json.dumps({
        "workload": pair.workload,
        "peer": pair.peer,
        "measures": pair.measures,
        "ratio": summary.ratio,
        "interval": summary.interval(),
        "resolved": summary.is_resolved(),
        "bound": pair.bound,
        "foreign": foreign,
        "ours": summary.ours,
        "theirs": summary.peer,
    })
