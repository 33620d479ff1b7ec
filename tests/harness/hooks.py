"""Workers as processes (hook_worker.py), steps that call them, and fixtures of what has workers.

The fixtures want one called `own`: a daemon that the test may kill, and its client.
"""

import json
import os
import signal
import subprocess
import sys

import pytest

from harness.daemon import wait_for
from harness.paths import CHARTS, TOP
from wheelhouse.v1 import chart_pb2, plan_pb2, step_pb2

EFFECTS = ("READ_ONLY", "REPEATABLE", "CHECKABLE", "ONCE")
# At which a worker kills.
MESSAGES = ("invoke", "accept", "done", "result", "ack")


class Workers:
    """Starts workers of a daemon, which share a folder."""

    def __init__(self, daemon, client, folder):
        self.daemon, self.client, self.folder = daemon, client, folder
        self.started = []

    def start(self, message="", victims=()):
        """Starts a worker, which kills the processes at the message, and waits until it is attached. 0 is the worker."""
        count = len(self.client.list_hooks().workers)
        command = [sys.executable, "-m", "harness.hook_worker", self.daemon.server, str(self.folder), message]
        path = f"{TOP / 'tests'}:{TOP / 'client' / 'python'}"
        process = subprocess.Popen([*command, *map(str, victims)], env={**os.environ, "PYTHONPATH": path})
        self.started.append(process)
        wait_for("the worker is attached", lambda: len(self.client.list_hooks().workers) > count)
        return process

    def lines(self, name):
        """What they have written: `calls`, `done`, `ends`."""
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def hold(self):
        (self.folder / "hold").touch()

    def release(self):
        (self.folder / "hold").unlink()

    def close(self):
        for process in self.started:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


@pytest.fixture
def workers(tmp_path, own):
    workers = Workers(*own, tmp_path)
    yield workers
    workers.close()


@pytest.fixture
def create(own, namespace):
    """create(step): a run whose pre_exec has the step."""
    _, client = own

    def go(step):
        source = chart_pb2.ChartSource(archive_digest=client.upload_chart(str(CHARTS / "web")).digest)
        info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=source)
        info.stages.pre_exec.before.append(step)
        return client.create_run(plan_pb2.Plan(charts=[info]))

    return go


def calls_work(effect="REPEATABLE", **fields):
    """A step that calls the workers' hook."""
    fields.setdefault("heartbeat", {"seconds": 1})
    if effect == "CHECKABLE":
        fields.setdefault("input", {"checks": True})
    hook = step_pb2.HookStep(name="work", effect=step_pb2.HookEffect.Value(f"HOOK_EFFECT_{effect}"))
    hook.input.update(fields.pop("input", {}))
    hook.MergeFrom(step_pb2.HookStep(**fields))
    return step_pb2.Step(name="call", hook=hook)


def check_kept(outcome, workers, effect, message):
    """What stands after a worker has died at a message."""
    calls, done = workers.lines("calls"), workers.lines("done")
    if message == "ack":
        assert outcome.state == "SUCCEEDED" and len(done) == 1
    elif effect == "ONCE":
        # Whether the daemon had read the result before the worker died, nobody knows.
        assert outcome.state == "FAILED" or (message == "result" and len(done) == 1)
        assert outcome.state == "SUCCEEDED" or outcome.run.failure.reason == "INTERRUPTED"
        assert len(done) <= 1 and len(calls) <= 1
    else:
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        assert len(done) == 1 or (message in ("done", "result") and effect in ("READ_ONLY", "REPEATABLE"))
    assert len({call["id"] for call in calls}) <= 1
    assert [call["attempt"] for call in calls] == sorted({call["attempt"] for call in calls})
