"""Child processes: one that runs to its end and is measured from outside, and a server that runs work on request.

Peak memory is what the system kept for the process (ru_maxrss). The system counts in it what this process held when it
made the child, some 12 MB: smaller peaks than that can't be seen.
"""
import json
import os
import subprocess
import tempfile
import threading
import time

LONGEST = 300.0  # seconds that one answer or one process may take


class Failed(Exception):
    """A program ended badly or answered nonsense; the message is for people."""


class Child:
    """A started process with its output piped here, killed if it takes too long."""

    def __init__(self, command, stdin=subprocess.DEVNULL):
        self.command = command
        self.errors = tempfile.TemporaryFile()
        try:
            self.process = subprocess.Popen(
                command, stdin=stdin, stdout=subprocess.PIPE, stderr=self.errors, text=True,
                env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})
        except OSError as problem:
            raise Failed(f"{command[0]}: {problem.strerror}") from problem

    def limited(self, wait):
        """The value of wait(), unless the process had to be killed meanwhile."""
        timer = threading.Timer(LONGEST, self.process.kill)
        timer.start()
        try:
            return wait()
        finally:
            timer.cancel()

    def end(self):
        """Waits for the end; gives the peak memory in megabytes."""
        _, status, usage = self.limited(lambda: os.wait4(self.process.pid, 0))
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.process.stdout.close()
        if self.process.returncode != 0:
            raise Failed(self.complaint())
        return usage.ru_maxrss / 1024

    def complaint(self):
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        status = self.process.returncode
        return f"{' '.join(self.command)} ended with status {status}\n" + "\n".join(lines[-12:])


def run(command):
    """Runs a command to its end: its output, wall seconds and peak megabytes."""
    start = time.perf_counter()
    child = Child(command)
    output = child.limited(child.process.stdout.read)
    megabytes = child.end()
    return output, time.perf_counter() - start, megabytes


def last_line_as_json(output, command):
    lines = output.strip().splitlines()
    try:
        return json.loads(lines[-1])
    except (IndexError, ValueError) as problem:
        raise Failed(f"{' '.join(command)} printed no line of JSON: {lines[-1:]}") from problem


class Server:
    """A peer that lives over all rounds (see peers/server.py): starting it costs seconds, what it is asked for less."""

    def __init__(self, command):
        self.child = Child(command, stdin=subprocess.PIPE)
        self.process = self.child.process

    def ask(self, request):
        try:
            self.process.stdin.write(request + "\n")
            self.process.stdin.flush()
            answer = self.child.limited(self.process.stdout.readline)
        except OSError:
            answer = ""
        if not answer:
            self.kill()
            raise Failed(self.child.complaint())
        return answer

    def repeat(self, repetitions):
        """Runs the work some times: the seconds of each, and the last check value.

        A peer that tells no seconds is timed from here; a request and its answer take some 50 us.
        """
        seconds, check = [], None
        for _ in range(repetitions):
            self.ask("prepare")
            start = time.perf_counter()
            answer = self.ask("go")
            elapsed = time.perf_counter() - start
            result = last_line_as_json(answer, self.child.command)
            seconds.append(result.get("seconds", elapsed))
            check = result["check"]
        return seconds, check

    def end(self):
        """Lets it end by itself; gives its peak memory in megabytes."""
        self.process.stdin.close()
        return self.child.end()

    def kill(self):
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
