"""The two sides of a pair: how one round of ours and one of the peer is run. A round gives the measured number (seconds
or megabytes; of several repetitions the median) and the check value."""
import contextlib
import os
import shutil
import statistics
import sys
from pathlib import Path

import processes
from pairs import START_UP, START_UP_NUMPY

BENCH = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trellis" / "bench"
PYTHON = str(CACHE / "venv" / "bin" / "python")


def trellis():
    """Our binary: $TRELLIS, else this checkout's release build, else the one on the path."""
    built = BENCH.parent.parent / ".build" / "release" / "trellis"
    found = os.environ.get("TRELLIS") or (str(built) if built.exists() else shutil.which("trellis"))
    if not found:
        sys.exit("no trellis found: build it with scripts/setup, or name one in TRELLIS")
    return found


def start_up(pair, command):
    """Fresh processes that print one number, seen from outside."""
    def round_():
        found = [processes.run(command) for _ in range(pair.repetitions)]
        numbers = [megabytes if pair.measures == "memory" else seconds for _, seconds, megabytes in found]
        output = found[-1][0]
        try:
            return statistics.median(numbers), float(output)
        except ValueError as problem:
            raise processes.Failed(f"{' '.join(command)} printed {output!r}, not a number") from problem

    return round_


def ours(pair, binary):
    if pair.program == "h_startup":
        return start_up(pair, [binary, "-e", START_UP])
    command = [binary, str(BENCH / f"{pair.program}.trl"), "--repetitions", str(pair.repetitions)]

    def round_():
        output, _, megabytes = processes.run(command)
        result = processes.last_line_as_json(output, command)
        number = megabytes if pair.measures == "memory" else statistics.median(result["seconds"])
        return number, result["check"]

    return round_


@contextlib.contextmanager
def peer(pair):
    """The peer's round, and the ids of processes that live over all rounds; they end with the context."""
    if pair.peer == "python":
        yield start_up(pair, [PYTHON, "-c", START_UP_NUMPY]), []
        return
    command = (
        ["lua5.4", str(BENCH / "peers" / "server.lua"), pair.program] if pair.peer == "lua"
        else [PYTHON, str(BENCH / "peers" / "server.py"), pair.peer, pair.program])
    if pair.measures == "memory":
        yield lambda: ended(processes.Server(command), pair.repetitions), []
        return
    server = processes.Server(command)

    def round_():
        seconds, check = server.repeat(pair.repetitions)
        return statistics.median(seconds), check

    try:
        yield round_, [server.process.pid]
    except BaseException:
        server.kill()
        raise
    server.end()


def ended(server, repetitions):
    """Peak memory of a server that does its work and ends."""
    _, check = server.repeat(repetitions)
    return server.end(), check
