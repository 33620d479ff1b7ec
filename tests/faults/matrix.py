"""kill -9 of the daemon at every point of a run, for each scenario: see README.md."""

import sys
import time

from faults.bench import KINDS, Bench, Watcher, check_events, left_of, wait_ended
from faults.points import run_table


def disturb(bench, scenario, point, namespace):
    """One run that is killed at the point and goes on: its findings, and what is to be told of it."""
    scenario.prepare(bench, namespace)
    run_id = bench.client.create_run(scenario.plan(bench, namespace)).id
    watcher = Watcher(bench.client, run_id)
    watcher.reach(point.sequence)
    time.sleep(point.after)  # into the step: no condition is waited for
    children = bench.kill()
    bench.restart()
    seen = watcher.finish()
    findings = left_of(children)
    run = wait_ended(bench.client, run_id)
    if run is None:
        run = bench.client.get_run(run_id)
        return [*findings, ("stuck", f"the run does not end: {run}")], ""
    findings += check_events(bench.client, run, seen) + scenario.check(bench, namespace, run, seen)
    return findings, "\n".join(str(event) for event in bench.client.watch(run_id)) if findings else ""


def start(plane, tools):
    return Bench(plane.kubeconfig, tools).start()


if __name__ == "__main__":
    sys.exit(run_table("matrix", __doc__, 4, KINDS, start, disturb))
