"""What matrix and frozen share: the points of a run, and workers that make a fault at each of them."""

import argparse
import itertools
import queue
import random
import shutil
import signal
import threading
import time
import traceback
from typing import NamedTuple

from faults.bench import KEPT, Tally, check_events, sequenced
from faults.scenarios import SCENARIOS
from harness.cluster import ControlPlane, find_tools
from harness.interrupt import interrupt_once
from harness.runs import to_the_end
from wheelhouse.v1 import failure_pb2, run_pb2

_numbers = itertools.count(1)


class Point(NamedTuple):
    """When the fault is made: `after` seconds when the stream has shown event number `sequence`; 0: when CreateRun
    has answered."""

    scenario: str
    sequence: int
    after: float
    told: str


def learn(bench, scenario):
    """An undisturbed run, which must be as the scenario says; returns its points."""
    namespace = f"undisturbed-{next(_numbers)}"
    scenario.prepare(bench, namespace)
    events = sequenced(to_the_end(bench.client.deploy(scenario.plan(bench, namespace))))
    run = bench.client.get_run(events[0].run_id)
    findings = scenario.check(bench, namespace, run, []) + check_events(bench.client, run, events)
    assert not findings, f"{scenario.name}, undisturbed: {findings}"
    return [Point(scenario.name, 0, 0.0, "created"), *points_of(scenario.name, events)]


def points_of(name, events):
    for event in events:
        change = event.transition
        if not event.HasField("transition") and not event.HasField("failure"):
            continue
        stage = failure_pb2.Stage.Name(change.stage).removeprefix("STAGE_").lower()
        state = run_pb2.State.Name(change.state).removeprefix("STATE_")
        where = f"{event.sequence}, {stage}/{change.step} {state}"
        yield Point(name, event.sequence, 0.0, f"at {where}")
        if change.state == run_pb2.STATE_RUNNING and change.step:
            for part, seconds in inside(event, events):
                yield Point(name, event.sequence, seconds, f"{part:.0%} into {where}")


def inside(begin, events):
    """(part, seconds) within a step that takes its time."""
    step = begin.transition
    for event in events:
        end = event.transition
        if event.sequence <= begin.sequence or (end.stage, end.step) != (step.stage, step.step):
            continue
        if end.state == run_pb2.STATE_RUNNING:
            return  # it says more: from there on
        took = event.time.ToNanoseconds() / 1e9 - begin.time.ToNanoseconds() / 1e9
        if took > 0.05:
            yield from ((part, took * part) for part in (0.25, 0.5, 0.75))
        return


class Workers:
    """Threads that take points from a queue, each with a bench of its own, as `start` makes it. `disturb` makes one run
    with a fault: its findings, and what is to be told of it."""

    def __init__(self, count, start, disturb, tally):
        self.start, self.disturb, self.tally = start, disturb, tally
        self.points, self.stopping, self.broken = queue.SimpleQueue(), False, []
        self.threads = [threading.Thread(target=self.work) for _ in range(count)]

    def run(self, points):
        for point in points:
            self.points.put(point)
        for thread in self.threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in self.threads):
                time.sleep(0.2)
        finally:
            self.stopping = True
            for thread in self.threads:
                thread.join()

    def work(self):
        bench = self.start()
        try:
            while not self.stopping:
                self.take(bench, self.points.get_nowait())
        except queue.Empty:
            pass
        except Exception:
            self.broken.append(traceback.format_exc())
        finally:
            bench.close()

    def take(self, bench, point):
        namespace = f"{point.scenario.replace(' ', '-')}-{next(_numbers)}"
        about = f"{point.scenario}, {point.told} ({namespace})"
        try:
            findings, events = self.disturb(bench, SCENARIOS[point.scenario], point, namespace)
        except Exception:  # a daemon that does not start, say
            findings, events = [("stuck", traceback.format_exc())], ""
        self.tally.add(point.scenario, findings, about)
        if findings:
            bench.keep(namespace, f"{about}\n{findings}\n\n{events}")
        if any(kind == "stuck" for kind, _ in findings):
            bench.replace()
        bench.cluster.kubectl("delete", "namespace", namespace, "--wait=false", "--ignore-not-found")


def parse(name, about, workers):
    parser = argparse.ArgumentParser(prog=name, description=about)
    parser.add_argument("--sample", type=int, metavar="N", help="N points at random, not all")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32), help="of the sample")
    parser.add_argument("--scenario", action="append", choices=[*SCENARIOS], help="only these")
    parser.add_argument("--workers", type=int, default=workers, help="benches at once")
    return parser.parse_args()


def choose(options, points):
    if options.sample is None:
        return points
    print(f"seed {options.seed}: {options.sample} of {len(points)} points")
    return random.Random(options.seed).sample(points, min(options.sample, len(points)))


def learn_all(start, names):
    bench = start()
    try:
        return [point for name in names for point in learn(bench, SCENARIOS[name])]
    finally:
        bench.close()


def run_table(name, about, workers, kinds, start, disturb, spread=lambda point: [point], names=tuple(SCENARIOS)):
    """A run for each of the points; prints the table and returns the exit code. `start(plane, tools)`: a started bench.
    `spread`: what becomes of a point, where it is disturbed in more than one way. `names`: of the scenarios."""
    options = parse(name, about, workers)
    signal.signal(signal.SIGTERM, interrupt_once)
    shutil.rmtree(KEPT, ignore_errors=True)
    tools, plane, tally = find_tools(), ControlPlane(), Tally(kinds)
    try:
        learned = learn_all(lambda: start(plane, tools), options.scenario or names)
        points = choose(options, [one for point in learned for one in spread(point)])
        for point in points:
            tally.plan(point.scenario, 1)
        at_work = Workers(options.workers, lambda: start(plane, tools), disturb, tally)
        at_work.run(points)
    finally:
        plane.close()
    tally.print()
    for text in at_work.broken:
        print(text)
    if not tally.clean:
        print(f"logs and events are kept in {KEPT}")
    return 0 if tally.clean and not at_work.broken and tally.runs == len(points) else 1
