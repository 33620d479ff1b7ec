"""What a tree of processes takes of the machine, read from /proc."""

import contextlib
import os
import pathlib
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """(parent, CPU seconds with those of children that ended); None when it is gone."""
    with contextlib.suppress(OSError):
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[1]), sum(int(field) for field in fields[11:15]) / TICKS
    return None


def _resident(pid):
    """MiB, with what it shares counted in proportion."""
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def tree(root, without=()):
    """CPU seconds by process id: the root and what descends from it, but for the trees of `without`."""
    parents, seconds = {}, {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (stat := _stat(name)):
            parents.setdefault(stat[0], []).append(int(name))
            seconds[int(name)] = stat[1]
    found, left = {}, [root]
    while left:
        pid = left.pop()
        if pid in seconds and pid not in without:
            found[pid] = seconds[pid]
            left += parents.get(pid, [])
    return found


class Usage:
    """Measures a tree while the block runs: `seconds`, `cpu` (seconds), `peak` (MiB, seen ten times a second)."""

    def __init__(self, root, without=(), own=True):
        """`own`: whether the root itself counts, or only what descends from it."""
        self.root, self.without, self.own = root, without, own
        self.seconds = self.cpu = self.peak = 0.0
        self.done = threading.Event()

    def _counted(self):
        return {pid: cpu for pid, cpu in tree(self.root, self.without).items() if self.own or pid != self.root}

    def _cpu(self):
        # The root has the time of its children that ended; what it used itself is taken away.
        total = sum(tree(self.root, self.without).values())
        return total if self.own else total - time.process_time()

    def _watch(self):
        ended = False
        while not ended:
            self.peak = max(self.peak, sum(map(_resident, self._counted())))
            ended = self.done.wait(0.1)

    def __enter__(self):
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.before, self.begin = self._cpu(), time.monotonic()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.begin
        self.done.set()
        self.thread.join()
        self.cpu = self._cpu() - self.before


def resident(root):
    """MiB of the tree now."""
    return sum(map(_resident, tree(root)))


def names_of(root):
    """Names of the programs of the tree."""
    for pid in tree(root):
        with contextlib.suppress(OSError):
            yield pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
