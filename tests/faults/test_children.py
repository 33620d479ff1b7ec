"""No child outlives its daemon, however the daemon ends: helm, a command, and what a command has started."""

import signal

import pytest

from faults.bench import children_of, left_of
from faults.scenarios import chart_info
from harness.daemon import wait_for
from wheelhouse.v1 import plan_pb2

# A grandchild in the command's process group, and one that has left it.
SPAWNING = "sleep 600 & setsid sleep 601 & wait"


def command_lines(daemon):
    return sorted(line.strip() for line in children_of(daemon).values())


@pytest.fixture
def spawning(bench):
    """The daemon while it runs a command that has children of its own, and a helm that waits."""
    bench.daemon.stop()
    bench.daemon.config["commands"].append({"name": "spawn", "argv": ["/bin/sh", "-c", SPAWNING]})
    bench.restart()
    first, second = chart_info(bench, "children-1", "new"), chart_info(bench, "children-2", "new")
    first.stages.pre_exec.after.add().command.command = "spawn"
    second.values.add(key="podBehaviour", value="never-ready")
    for chart in first, second:
        bench.client.create_run(plan_pb2.Plan(charts=[chart]))

    def all_run():
        lines = command_lines(bench.daemon)
        return {"sleep 600", "sleep 601"} <= set(lines) and any(" upgrade " in line for line in lines)

    wait_for("all children run", all_run)
    yield bench.daemon
    # Nothing is left for the end of the test to wait for.
    for chart in first, second:
        bench.cluster.kubectl("delete", "namespace", chart.namespace, "--wait=false", "--ignore-not-found")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
def test_no_child_outlives_its_daemon(spawning, number):
    children = children_of(spawning)
    spawning.process.send_signal(number)
    spawning.process.wait(timeout=60)
    assert left_of({**children, **children_of(spawning)}) == []
