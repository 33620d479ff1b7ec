"""What the fault tests share: daemons that are killed, runs that are watched across it, and what must hold afterwards.

Nothing here knows which fault was made. A finding is (kind, text); `lost`, `stuck`, `doubled` and `left` are the kinds.
"""

import contextlib
import json
import os
import shutil
import signal
import threading
import time

import grpc

from harness.cluster import Cluster
from harness.daemon import Daemon, wait_for
from harness.paths import CHARTS, TOP
from wheelhouse.v1 import deployer_service_pb2, run_pb2

KINDS = ("lost", "stuck", "doubled", "left")
KEPT = TOP / "build" / "faults-failed"
ENDED = (run_pb2.RUN_STATE_SUCCEEDED, run_pb2.RUN_STATE_FAILED, run_pb2.RUN_STATE_CANCELLED)

# What steps run: says in FOLDER/KEY that it has begun, and that it is done.
COUNTING = 'echo begun >>"$0/$1"; sleep "${2:-0}"; echo done >>"$0/$1"'


class Bench:
    """One daemon that may be killed, on a cluster that may be shared with other benches. For one thread."""

    def __init__(self, kubeconfig, tools, through=None, **config):
        """`through`: the kubeconfig that the daemon has, where it is another than ours; `config`: more for the daemon."""
        self.cluster, self.through, self.config = Cluster(kubeconfig, tools), through or kubeconfig, config
        self.daemon, self.client, self.uploaded = None, None, {}

    def start(self):
        self.daemon = Daemon(self.through, self.cluster.tools / "helm", **self.config)
        self.counts = self.daemon.folder / "counts"
        self.counts.mkdir()
        self.daemon.config["commands"] = [
            {"name": "count", "argv": ["/bin/sh", "-c", COUNTING, str(self.counts)]},
        ]
        self.daemon.start()
        self.client = self.daemon.client()
        return self

    def digest(self, chart):
        """Of a chart of tests/charts, uploaded once."""
        if chart not in self.uploaded:
            self.uploaded[chart] = self.client.upload_chart(str(CHARTS / chart)).digest
        return self.uploaded[chart]

    def count(self, key, word):
        """How often the step of that key said `begun` or `done`."""
        path = self.counts / key
        return path.read_text().split().count(word) if path.exists() else 0

    def kill(self):
        """kill -9; returns the children that it had, to be looked for later."""
        self.daemon.kill()
        return children_of(self.daemon)

    def restart(self):
        self.client.channel.close()
        self.daemon.start()
        self.client = self.daemon.client()

    def replace(self):
        """A new daemon, where the old one is not to be trusted any more."""
        self.close()
        self.uploaded = {}
        self.start()

    def keep(self, name, text):
        """For whoever looks into a finding."""
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / f"{name}.txt").write_text(text)
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(self.daemon.folder / "log", KEPT / f"{name}.log")

    def close(self):
        self.client.channel.close()
        if self.daemon.process.poll() is None:
            self.daemon.stop()
        self.daemon.close()


class Watcher(threading.Thread):
    """Reads a run's sequenced events until the run has ended or the daemon is gone."""

    def __init__(self, client, run_id):
        super().__init__(daemon=True)
        # Not client.watch, which would come back to the next daemon.
        self.stream = client.deployer.WatchRun(deployer_service_pb2.WatchRunRequest(run_id=run_id))
        self.events, self.ended, self.changed = [], False, threading.Condition()
        self.start()

    def run(self):
        with contextlib.suppress(grpc.RpcError):
            for response in self.stream:
                if response.event.sequence:
                    with self.changed:
                        self.events.append(response.event)
                        self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def reach(self, sequence, seconds=120):
        """Waits for that event, or for the end of the run."""
        return self.wait(lambda events: len(events) >= sequence, seconds)

    def wait(self, condition, seconds=120):
        """Waits until what was seen is so, or for the end of the run."""
        with self.changed:
            return self.changed.wait_for(lambda: self.ended or condition(self.events), seconds)

    def finish(self):
        """All that was seen, once the stream has ended."""
        self.join(30)
        return self.events


def _of(pid, name):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/{name}", "rb") as file:
        return file.read()
    return b""


def _started(pid):
    """Tells a process from a later one of the same id; None when it has ended."""
    fields = _of(pid, "stat").rpartition(b")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] not in (b"Z", b"X") else None


def children_of(daemon):
    """The living processes that the daemon and its children have started, as {(pid, start): command line}. Known by the
    daemon's folder, which stands in the environment or the arguments of each of them."""
    found, mark = {}, str(daemon.folder).encode()
    own = daemon.process.pid if daemon.process.poll() is None else 0
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        words = _of(pid, "cmdline")
        if pid not in (own, os.getpid()) and (mark in words or mark in _of(pid, "environ")):
            if start := _started(pid):
                found[pid, start] = words.replace(b"\0", b" ").decode(errors="replace")
    return found


def left_of(children, seconds=10):
    """The findings about children of a killed daemon: all must go by themselves. What does not is killed."""

    def living():
        return [one for one in children if _started(one[0]) == one[1]]

    with contextlib.suppress(AssertionError):
        wait_for("the children end", lambda: not living(), seconds)
        return []
    findings = []
    for pid, start in living():
        findings.append(("left", f"{pid}: {children[pid, start]}"))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return findings


def wait_ended(client, run_id, seconds=180):
    """The run once it has ended; None when it does not."""
    run = None

    def ended():
        nonlocal run
        run = client.get_run(run_id)
        return run.state in ENDED

    with contextlib.suppress(AssertionError):
        wait_for("the run ends", ended, seconds)
        return run
    return None


def told(run):
    state = run_pb2.RunState.Name(run.state).removeprefix("RUN_STATE_")
    failure = run.failure
    return f"{state} {failure.reason} {failure.step}: {failure.message}" if failure.reason else state


def sequenced(stream):
    return [event for event in stream if event.sequence]


def check_events(client, run, seen):
    """Findings: numbers with gaps or twice, events other than those seen before, a picture that does not fit."""
    events, findings = sequenced(client.watch(run.id)), []
    numbers = [event.sequence for event in events]
    if len(set(numbers)) != len(numbers):
        findings.append(("doubled", f"sequence numbers come twice: {numbers}"))
    elif numbers != list(range(1, len(numbers) + 1)):
        findings.append(("lost", f"sequence numbers have gaps: {numbers}"))
    if events[: len(seen)] != seen:
        at = next((i for i, event in enumerate(seen) if i >= len(events) or events[i] != event), 0)
        findings.append(("lost", f"event {at + 1} is not what was seen before the kill: {seen[at]}"))
    if sequenced(client.watch(run.id, after_sequence=len(seen))) != events[len(seen) :]:
        findings.append(("lost", f"watching after {len(seen)} gives other events than watching all"))
    if not events or events[-1].transition.run_state != run.state or run.sequence != len(events):
        findings.append(("lost", f"{len(events)} events do not end with the run's end, at {run.sequence}"))
    return findings


def statuses(cluster, namespace, release="web"):
    """Of all revisions, oldest first, as helm's own history tells; none: no release."""
    found = cluster.run("helm", "history", release, "-n", namespace, "-o", "json", check=False)
    if found.returncode != 0:
        assert "not found" in found.stderr, found.stderr
        return []
    return [revision["status"] for revision in json.loads(found.stdout)]


def locked(found):
    return any(status.startswith("pending") or status == "uninstalling" for status in found)


def check_history(found, wanted):
    """Findings about a release's history, as statuses."""
    if locked(found):
        return [("stuck", f"the release is locked: {found}")]
    if len(found) > len(wanted):
        return [("doubled", f"the history is {found}, wanted {wanted}")]
    return [] if found == wanted else [("lost", f"the history is {found}, wanted {wanted}")]


class Tally:
    """The table: a row for each name, a column for each kind of finding. Thread-safe."""

    def __init__(self, kinds=KINDS):
        self.kinds, self.lock, self.rows, self.begun = kinds, threading.Lock(), {}, time.monotonic()

    def row(self, name):
        return self.rows.setdefault(name, {"points": 0, "runs": 0, **dict.fromkeys(self.kinds, 0)})

    def plan(self, name, points):
        with self.lock:
            self.row(name)["points"] += points

    def add(self, name, findings, about):
        with self.lock:
            self.row(name)["runs"] += 1
            for kind, text in findings:
                self.row(name)[kind] += 1
                print(f"{kind.upper()}: {about}: {text}", flush=True)
            if self.runs % 50 == 0:
                print(f"{self.runs} runs, {time.monotonic() - self.begun:.0f} s", flush=True)

    @property
    def runs(self):
        return sum(row["runs"] for row in self.rows.values())

    @property
    def clean(self):
        return not any(row[kind] for row in self.rows.values() for kind in self.kinds)

    def print(self):
        columns = ("points", "runs", *self.kinds)
        print(f"{'scenario':<18}" + "".join(f"{column:>9}" for column in columns))
        for name, row in self.rows.items():
            print(f"{name:<18}" + "".join(f"{row[column]:>9}" for column in columns))
        print(f"in {time.monotonic() - self.begun:.0f} s", flush=True)
