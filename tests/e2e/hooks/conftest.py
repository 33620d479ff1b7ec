"""Workers as processes, and plans with hook steps."""

import json
import os
import signal
import subprocess
import sys

import pytest

from harness.daemon import wait_for
from harness.paths import TOP
from wheelhouse.v1 import step_pb2


@pytest.fixture
def own(make_daemon):
    """A daemon of the test's own, which it may kill, and its client."""
    daemon = make_daemon()
    with daemon.client() as client:
        yield daemon, client


@pytest.fixture
def workers(tmp_path, own):
    """workers(message=""): starts a worker, and returns its process; `lines` and `hold` are about all of them."""
    daemon, client = own
    started = []

    class Workers:
        folder = tmp_path

        def __call__(self, message="", attached=True):
            count = len(client.list_hooks().workers)
            env = {**os.environ, "PYTHONPATH": f"{TOP / 'tests'}:{TOP / 'client/python'}"}
            command = [sys.executable, "-m", "harness.hook_worker", daemon.server, str(tmp_path), message]
            process = subprocess.Popen(command, env=env)
            started.append(process)
            if attached:
                wait_for("the worker is attached", lambda: len(client.list_hooks().workers) > count)
            return process

        def lines(self, name):
            path = tmp_path / name
            return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

        def hold(self):
            (tmp_path / "hold").touch()

        def release(self):
            (tmp_path / "hold").unlink()

    yield Workers()
    for process in started:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


@pytest.fixture
def hook():
    """hook(effect, **fields of HookStep): a step that calls `work`."""

    def make(effect="REPEATABLE", **fields):
        fields.setdefault("heartbeat", {"seconds": 1})
        return step_pb2.Step(
            name="call",
            hook=step_pb2.HookStep(name="work", effect=step_pb2.HookEffect.Value(f"HOOK_EFFECT_{effect}"), **fields),
        )

    return make
