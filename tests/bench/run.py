"""The benchmarks; see README.md beside this file."""

import argparse
import contextlib
import functools
import json
import os
import pathlib
import sys

import parts
from contenders import Helm, Wheelhouse
from harness.cluster import Cluster, ControlPlane, find_tools
from harness.paths import TOP
from others import Other, on_path
from results import Results

KEPT = TOP / "build" / "bench"


class Bench:
    """What the parts share: a control plane, who deploys to it, and the results."""

    def __init__(self, options, plane, tools):
        self.options, self.plane, self.tools, self.results = options, plane, tools, Results()
        self.cluster = Cluster(plane.kubeconfig, tools)
        self.parallel = None
        self.wheelhouse = Wheelhouse(plane.kubeconfig, tools)

    def others(self):
        """Processes of ours that are not a helm's."""
        return (self.plane.up.pid, self.wheelhouse.daemon.process.pid)

    @functools.cached_property
    def helm(self):
        """helm at its best parallelism, which a few releases that are upgraded again have shown."""
        best = min(self.options.parallel, key=lambda parallel: parts.try_parallelism(self, parallel))
        print(f"helm is fastest with {best} at once", flush=True)
        return Helm(self.plane.kubeconfig, self.tools, best, self.others)

    @functools.cached_property
    def rest(self):
        """The other programs that are on PATH, as many helms at once as are best."""
        return [Other(name, self.plane.kubeconfig, self.tools, self.helm.parallel, self.others) for name in on_path()]

    def close(self):
        self.wheelhouse.close()


def numbers(text):
    return [int(part) for part in text.split(",")]


def options():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__)
    parser.add_argument("--releases", type=numbers, default=[10, 100], help="sizes of the fleets (10,100); 1000 takes an hour")
    parser.add_argument("--only", type=lambda text: text.split(","), help=f"some of {','.join(parts.PARTS)}")
    parser.add_argument("--parallel", type=numbers, default=[4, 8], help="helms at once, of which the best counts (4,8)")
    parser.add_argument("--round-trips", type=numbers, default=[0, 20, 200], help="of the slow link, in ms")
    parser.add_argument("--objects", type=int, default=300, help="of the large chart that the slow link gets")
    parser.add_argument("--connections", type=int, default=2000, help="of `streams`")
    parser.add_argument("--watchers", type=int, default=10000, help="of one run, on those connections")
    parser.add_argument("--uploads", type=int, default=500, help="that say nothing, on the same")
    parser.add_argument("--queued", type=int, default=500, help="runs, each with 100 KB of values")
    parser.add_argument("--compare", type=pathlib.Path, help="the JSON of an earlier run; by default the last one's")
    parser.add_argument("--log", type=pathlib.Path, help="where to copy the daemon's log")
    found = parser.parse_args()
    if unknown := set(found.only or []) - set(parts.PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return found


def compare(results, earlier):
    if not earlier or not earlier.exists():
        return True
    slower = list(results.slower_than(json.loads(earlier.read_text())))
    print("\n" + "\n".join(["slower than " + str(earlier), *slower] if slower else [f"nothing is slower than {earlier}"]))
    return not slower


def main():
    wanted = options()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; ratios are of this run, less is better", flush=True)
    with contextlib.ExitStack() as stack:
        plane = ControlPlane()
        stack.callback(plane.close)
        bench = Bench(wanted, plane, find_tools())
        stack.callback(bench.close)
        try:
            for name, part in parts.PARTS.items():
                if not wanted.only or name in wanted.only:
                    part(bench)
        finally:
            if wanted.log:
                wanted.log.write_text(bench.wheelhouse.daemon.log_text())
        last = KEPT / "last.json"
        good = compare(bench.results, wanted.compare or last)
        bench.results.write(last, over=last)
        bench.results.write(KEPT / f"{bench.results.begun.replace(':', '')}.json")
        print(f"\nkept in {last}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
