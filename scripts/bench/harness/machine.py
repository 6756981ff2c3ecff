"""The machine a run was made on, and how much of it others used meanwhile (read from /proc)."""
import os
import resource

TICKS = os.sysconf("SC_CLK_TCK")


def description():
    model = "processor unknown"
    with open("/proc/cpuinfo") as information:
        for line in information:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{model}, {len(os.sched_getaffinity(0))} cores"


def used_by_all():
    """Seconds of processor time that the whole machine has spent on anything, and seconds it could have spent."""
    with open("/proc/stat") as statistics:
        fields = [int(field) for field in statistics.readline().split()[1:9]]
    idle = fields[3] + fields[4]
    return (sum(fields) - idle) / TICKS, sum(fields) / TICKS


def used_by_ours(living):
    """Seconds of processor time of this process, its ended children and the children that live (their ids)."""
    own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    total = sum(usage.ru_utime + usage.ru_stime for usage in own)
    for process in living:
        with open(f"/proc/{process}/stat") as statistics:
            fields = statistics.read().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


class Foreign:
    """Others' share of the machine, 0 to 1 of all its cores, since this was made."""

    def __init__(self, living):
        self.living = living
        self.all, self.possible = used_by_all()
        self.ours = used_by_ours(living)

    def share(self):
        used, possible = used_by_all()
        ours = used_by_ours(self.living) - self.ours
        return max(0.0, (used - self.all - ours) / max(possible - self.possible, 1e-9))
