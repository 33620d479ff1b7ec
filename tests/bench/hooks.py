"""Measures hooks: `python -m bench.hooks [--workers 200] [--calls 2000]`, from tests/.

Workers serve READ_ONLY hooks of releases that are UNCHANGED, so that little but hooks is measured. A second round has a
worker beside them that writes lines as fast as it can, and one that never answers.
"""

import argparse
import contextlib
import pathlib
import threading
import time

import wheelhouse
from harness.cluster import ControlPlane, find_tools
from harness.daemon import Daemon
from harness.paths import CHARTS
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2, step_pb2

CHARTS_OF_A_RUN = 20


def plan_of(source, calls):
    plan = plan_pb2.Plan()
    for number in range(CHARTS_OF_A_RUN):
        chart = plan.charts.add(name="web", namespace=f"hooks-{number}", chart=source, wait=False)
        for at in range(calls // CHARTS_OF_A_RUN):
            hook = step_pb2.HookStep(name="work", effect=step_pb2.HOOK_EFFECT_READ_ONLY)
            chart.stages.validate.after.add(name=f"call {at}", hook=hook)
        chart.stages.validate.timeout.seconds = 600
    return plan


def process(daemon):
    """Threads, and MB of memory, of the daemon."""
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return int(fields["Threads"]), int(fields["VmRSS"].split()[0]) // 1024


def measure(client, daemon, source, calls, what):
    most = [0, 0]
    over = threading.Event()

    def sample():
        while not over.wait(0.2):
            most[:] = [max(pair) for pair in zip(most, process(daemon))]

    sampler = threading.Thread(target=sample)
    sampler.start()
    began = time.monotonic()
    outcome = Outcome(client, client.deploy(plan_of(source, calls)))
    took = time.monotonic() - began
    over.set()
    sampler.join()
    rate = calls / took * 60
    print(f"{what}: {outcome.state}, {calls} calls in {took:.1f} s, {rate:.0f} a minute; {most[0]} threads, {most[1]} MB")


def flood(chart):
    while True:
        chart.check()
        chart.log("x" * 1000)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=200)
    parser.add_argument("--calls", type=int, default=2000)
    asked = parser.parse_args()
    plane, stack = ControlPlane(), contextlib.ExitStack()
    with stack:
        stack.callback(plane.close)
        daemon = Daemon(plane.kubeconfig, find_tools() / "helm").start()
        stack.callback(daemon.close)
        client = stack.enter_context(daemon.client())
        source = chart_pb2.ChartSource(archive_digest=client.upload_chart(str(CHARTS / "web")).digest)
        print("idle: %d threads, %d MB" % process(daemon))
        for number in range(asked.workers):
            worker = wheelhouse.Worker(client, {"work": lambda chart: "done"}, capacity=4, name=f"worker-{number}")
            threading.Thread(target=worker.run, args=(False,), daemon=True).start()
            stack.callback(worker.stop)
        while len(client.list_hooks().workers) < asked.workers:
            time.sleep(0.1)
        print(f"{asked.workers} workers: %d threads, %d MB" % process(daemon))
        measure(client, daemon, source, CHARTS_OF_A_RUN, "the releases are made")
        measure(client, daemon, source, asked.calls, "calls")
        bad = wheelhouse.Worker(client, {"flood": flood, "hang": lambda chart: threading.Event().wait()}, capacity=2)

        def serve_badly():
            with contextlib.suppress(ValueError):  # it still hangs when its client is closed
                bad.run(False)

        threading.Thread(target=serve_badly, daemon=True).start()
        for name in ("flood", "hang"):
            chart = chart_pb2.ChartInfo(name="web", namespace=f"hooks-{name}", chart=source)
            chart.stages.pre_exec.before.add(name="call", hook=step_pb2.HookStep(name=name))
            client.create_run(plan_pb2.Plan(charts=[chart]))
        while sum(len(worker.calls) for worker in client.list_hooks().workers) < 2:
            time.sleep(0.1)
        measure(client, daemon, source, asked.calls, "calls, beside a worker that floods and hangs")


if __name__ == "__main__":
    main()
