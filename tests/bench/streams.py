"""Thousands of streams at the same time: threads, memory for each watcher and each queued run, and what others notice."""

import contextlib
import os
import pathlib
import resource
import selectors
import statistics
import threading
import time

from harness.daemon import Daemon, wait_for
from harness.http2 import Connection
from harness.paths import CHARTS
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, plan_pb2, run_pb2

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
    """What GetStatus takes, in ms: median and 99th percentile."""
    took, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.monotonic()
        client.status(check_clusters=False)
        took.append((time.monotonic() - begin) * 1000)
        time.sleep(0.02)
    return statistics.median(took), sorted(took)[int(len(took) * 0.99)]


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


def queue(bench, daemon, client, digest):
    """Queues runs with a values file of 100 KB each behind the one that is watched, and cancels them."""
    count = bench.options.queued
    chart = chart_pb2.ChartInfo(name="web", namespace="watched", chart=digest)
    chart.values_files.add(name="v.yaml", content="".join(f"key{i}: {'x' * 80}\n" for i in range(1100)))
    before = report(daemon, "before the queue")
    runs = [client.create_run(plan_pb2.Plan(charts=[chart])).id for _ in range(count)]
    bench.results.add("a queued run: memory", [(report(daemon, f"with {count} queued runs") - before) / count], "KiB")
    for run in runs:
        client.cancel_run(run)


def connect(daemon, readers, count):
    for _ in range(count):
        connection = Connection(daemon.socket)
        connection.call("/grpc.health.v1.Health/Check", b"")
        readers.add(connection)
    wait_for("all connections answer", lambda: readers.messages() == count, 600)
    return report(daemon, f"with {count} connections")


def watch(bench, daemon, client, readers, run):
    """Starts the watchers, spread over the connections, and waits until they have caught up."""
    connections, watchers = bench.options.connections, bench.options.watchers
    before = connect(daemon, readers, connections)
    request = deployer_service_pb2.WatchRunRequest(run_id=run.id).SerializeToString()
    begin = time.monotonic()
    for i in range(watchers):
        readers.all[i % connections].call(WATCH, request)
    each = client.get_run(run.id).sequence + 2  # a snapshot, and a sync
    wait_for("all have caught up", lambda: readers.messages() >= connections + watchers * each, 1200)
    assert readers.ended() == connections, "some were refused"  # each has had one other call
    bench.results.add(f"{watchers} watchers have caught up", [time.monotonic() - begin], "s")
    after = report(daemon, f"with {watchers} watchers")
    bench.results.add("a watcher: memory", [(after - before) / watchers], "KiB", goal=20)
    bench.results.add(f"threads beside {watchers} watchers", [status_of(daemon)[0]], "")


def end_all(bench, daemon, client, readers, run):
    """Cancels the run that all watch; they are told."""
    begin, before = time.monotonic(), readers.ended()
    client.cancel_run(run.id)
    bench.results.add("cancel beside them", [(time.monotonic() - begin) * 1000], "ms")
    told = latency(client, 5)
    bench.results.add("GetStatus while all are told of the end", [told[0]], "ms")
    bench.results.add("GetStatus while all are told of the end, p99", [told[1]], "ms")
    wait_for("all watchers have seen the end", lambda: readers.ended() >= before + bench.options.watchers, 1200)
    bench.results.add("all watchers have seen the end", [time.monotonic() - begin], "s")
    assert client.get_run(run.id).state == run_pb2.RUN_STATE_CANCELLED
    readers.close()
    wait_for("the connections are gone", lambda: status_of(daemon)[2] < 200, 120)
    report(daemon, "after all")
    for seconds in (10, 10, 40):  # what is free goes back to the system (server/memory)
        time.sleep(seconds)
        report(daemon, f"{seconds} s later")


def measure(bench, daemon, client):
    source = chart_pb2.ChartSource(archive_digest=client.upload_chart(str(CHARTS / "web")).digest)
    run = watched_run(client, source)
    alone = [deploy(client, source, f"alone-{i}") for i in range(3)]
    report(daemon, "before the streams")
    status = latency(client, 5)
    queue(bench, daemon, client, source)
    readers, uploads = Readers(), bench.options.uploads
    watch(bench, daemon, client, readers, run)
    for i in range(uploads):
        readers.all[i % bench.options.connections].call(UPLOAD, b"\x0a\x04abcd", half_close=False)
    time.sleep(2)
    report(daemon, f"with {uploads} silent uploads")
    beside = [deploy(client, source, f"beside-{i}") for i in range(3)]
    bench.results.add("a deploy beside watchers and silent uploads", beside, "s", "alone", alone)
    then = latency(client, 10)
    bench.results.add("GetStatus beside them", [then[0]], "ms", "alone", [status[0]])
    bench.results.add("GetStatus beside them, p99", [then[1]], "ms", "alone", [status[1]])
    folder = daemon.folder / "state" / "uploads"
    wait_for("the silent uploads are ended", lambda: not list(folder.iterdir()), 120)
    report(daemon, "when silent uploads were ended")
    end_all(bench, daemon, client, readers, run)


def many_streams(bench):
    """Thousands of watchers of one run, of silent uploads and of connections, on a daemon of their own, while deploys go on."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    options = bench.options
    limits = {"streamsPerCaller": options.watchers + 10, "uploadsPerCaller": options.uploads + 10}
    limits |= {"connections": options.connections + 100, "connectionsPerCaller": options.connections + 100}
    daemon = Daemon(bench.plane.kubeconfig, bench.tools / "helm", limits=limits)
    try:
        daemon.start()
        with daemon.client() as client:
            measure(bench, daemon, client)
    finally:
        daemon.close()
