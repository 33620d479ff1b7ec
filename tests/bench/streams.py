"""Measures the daemon with thousands of streams open: threads, memory for each watcher and each queued run, and what others
notice of them.

    build/venv/bin/python tests/bench/streams.py [--connections 2000] [--watchers 10000] [--uploads 500] [--queued 500]

Starts a control plane of the sandbox and a daemon of its own. Deploys go on, one after the other, first alone and then
beside the streams.
"""

import argparse
import contextlib
import os
import pathlib
import platform
import resource
import selectors
import statistics
import sys
import threading
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parents[2] / "client/python")]

from harness.cluster import ControlPlane, find_tools  # noqa: E402
from harness.daemon import Daemon, wait_for  # noqa: E402
from harness.http2 import Connection  # noqa: E402
from harness.paths import CHARTS  # noqa: E402
from harness.runs import Outcome  # noqa: E402
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, plan_pb2, run_pb2  # noqa: E402

WATCH = "/wheelhouse.v1.DeployerService/WatchRun"
UPLOAD = "/wheelhouse.v1.ChartService/UploadChart"


class Readers:
    """A thread that reads all connections."""

    def __init__(self):
        self.selector, self.all, self.stopped = selectors.DefaultSelector(), [], False
        self.thread = threading.Thread(target=self._loop, daemon=True)
        self.thread.start()

    def add(self, connection):
        self.all.append(connection)
        self.selector.register(connection, selectors.EVENT_READ, connection)

    def _loop(self):
        while not self.stopped:
            for key, _ in self.selector.select(0.1):
                with contextlib.suppress(OSError):
                    if not key.data.read():
                        self.selector.unregister(key.data)

    def messages(self):
        return sum(connection.messages for connection in self.all)

    def ended(self):
        return sum(connection.ended for connection in self.all)

    def close(self):
        self.stopped = True
        self.thread.join()
        for connection in self.all:
            connection.close()


def status_of(daemon):
    """Threads, resident KiB and open descriptors of the daemon."""
    text = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    values = dict(line.split(":", 1) for line in text.splitlines())
    return int(values["Threads"]), int(values["VmRSS"].split()[0]), len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def report(daemon, when):
    threads, kib, descriptors = status_of(daemon)
    print(f"{when:48} {threads:4} threads {kib / 1024:8.1f} MiB {descriptors:6} descriptors", flush=True)
    return kib


def latency(client, seconds):
    """What GetStatus takes, in ms: median, 99th percentile, maximum."""
    took, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.monotonic()
        client.status(check_clusters=False)
        took.append((time.monotonic() - begin) * 1000)
        time.sleep(0.02)
    return statistics.median(took), sorted(took)[int(len(took) * 0.99)], max(took)


def deploy(client, digest, namespace):
    begin = time.monotonic()
    chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=digest)
    assert Outcome(client, client.deploy(plan_pb2.Plan(charts=[chart]))).state == "SUCCEEDED"
    return time.monotonic() - begin


def watched_run(client, digest):
    chart = chart_pb2.ChartInfo(name="web", namespace="watched", chart=digest)
    chart.values.add(key="podBehaviour", value="never-ready")
    chart.timeout.FromSeconds(3000)
    run = client.create_run(plan_pb2.Plan(charts=[chart]))
    wait_for("it waits", lambda: client.get_run(run.id).sequence > 8, 120)
    return run


def queue(daemon, client, digest, count):
    """Queues runs with a values file of 100 KB each behind the one that is watched, reports what they take, and cancels them."""
    chart = chart_pb2.ChartInfo(name="web", namespace="watched", chart=digest)
    chart.values_files.add(name="v.yaml", content="".join(f"key{i}: {'x' * 80}\n" for i in range(1100)))
    before = report(daemon, "before the queue")
    runs = [client.create_run(plan_pb2.Plan(charts=[chart])).id for _ in range(count)]
    print(f"a queued run takes {(report(daemon, f'with {count} queued runs') - before) / count:.1f} KiB")
    for run in runs:
        client.cancel_run(run)


def measure(daemon, client, options):
    source = chart_pb2.ChartSource(archive_digest=client.upload_chart(str(CHARTS / "web")).digest)
    run = watched_run(client, source)
    alone = [deploy(client, source, f"alone-{i}") for i in range(3)]
    report(daemon, "before the streams")
    print("status alone: median %.1f ms, p99 %.1f ms, max %.1f ms" % latency(client, 5))
    if options.queued:
        queue(daemon, client, source, options.queued)
    readers = Readers()
    for _ in range(options.connections):
        connection = Connection(daemon.socket)
        connection.call("/grpc.health.v1.Health/Check", b"")
        readers.add(connection)
    wait_for("all connections answer", lambda: readers.messages() == options.connections, 600)
    idle = report(daemon, f"with {options.connections} connections")
    request = deployer_service_pb2.WatchRunRequest(run_id=run.id).SerializeToString()
    begin = time.monotonic()
    for i in range(options.watchers):
        readers.all[i % options.connections].call(WATCH, request)
    each = client.get_run(run.id).sequence + 2  # a snapshot, and a sync
    wait_for("all have caught up", lambda: readers.messages() >= options.connections + options.watchers * each, 1200)
    assert readers.ended() == options.connections, "some were refused"  # each has had one other call
    print(f"{options.watchers} watchers caught up in {time.monotonic() - begin:.1f} s")
    watched = report(daemon, f"with {options.watchers} watchers")
    print(f"a watcher takes {(watched - idle) / options.watchers:.1f} KiB")
    for i in range(options.uploads):
        readers.all[i % options.connections].call(UPLOAD, b"\x0a\x04abcd", half_close=False)
    time.sleep(2)
    report(daemon, f"with {options.uploads} silent uploads")
    beside = [deploy(client, source, f"beside-{i}") for i in range(3)]
    print("deploys alone: %s s; beside the streams: %s s" % tuple(", ".join(f"{t:.1f}" for t in all) for all in (alone, beside)))
    print("status beside them: median %.1f ms, p99 %.1f ms, max %.1f ms" % latency(client, 10))
    uploads = daemon.folder / "state" / "uploads"
    wait_for("the silent uploads are ended", lambda: not list(uploads.iterdir()), 120)
    report(daemon, "when silent uploads were ended")
    begin, before = time.monotonic(), readers.ended()
    client.cancel_run(run.id)
    print(f"cancel took {(time.monotonic() - begin) * 1000:.0f} ms")
    print("status while all are told of the end: median %.1f ms, p99 %.1f ms, max %.1f ms" % latency(client, 5))
    wait_for("all watchers have seen the end", lambda: readers.ended() >= before + options.watchers, 1200)
    print(f"all watchers have seen the end after {time.monotonic() - begin:.1f} s")
    assert client.get_run(run.id).state == run_pb2.RUN_STATE_CANCELLED
    readers.close()
    wait_for("the connections are gone", lambda: status_of(daemon)[2] < 200, 120)
    report(daemon, "after all")
    for seconds in (10, 10, 40):  # what is free goes back to the system (server/memory)
        time.sleep(seconds)
        report(daemon, f"{seconds} s later")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--watchers", type=int, default=10000)
    parser.add_argument("--uploads", type=int, default=500)
    parser.add_argument("--queued", type=int, default=500)
    parser.add_argument("--log", help="where to copy the daemon's log")
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, descriptors up to {hard}")
    plane = ControlPlane()
    limits = {"streamsPerCaller": options.watchers + 10, "uploadsPerCaller": options.uploads + 10}
    limits |= {"connections": options.connections + 100, "connectionsPerCaller": options.connections + 100}
    daemon = Daemon(plane.kubeconfig, find_tools() / "helm", limits=limits)
    try:
        daemon.start()
        with daemon.client() as client:
            measure(daemon, client, options)
    finally:
        if options.log:
            pathlib.Path(options.log).write_text(daemon.log_text())
        daemon.close()
        plane.close()


if __name__ == "__main__":
    main()
