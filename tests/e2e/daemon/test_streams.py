"""Watching runs: from anywhere, from any number on, again and again; a slow reader never slows a run."""

import itertools
import os
import subprocess
import sys
import threading

import pytest

from harness.daemon import wait_for
from harness.paths import BIN, TOP
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, plan_pb2, run_pb2

LINES = 20000
TALKER = f"for i in range({LINES}): print('line', i, 'x' * 200)"


def numbers(events):
    return [event.sequence for event in events if event.sequence]


def chart_of(client, upload, namespace, **values):
    chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    for key, value in values.items():
        chart.values.add(key=key, value=value)
    return chart


def test_two_readers_see_the_same_story_and_a_third_its_end(client, upload, namespace):
    run = client.create_run(plan_pb2.Plan(charts=[chart_of(client, upload, namespace)]))
    seen = [[], []]
    readers = [threading.Thread(target=lambda into: into.extend(client.watch(run.id)), args=[into]) for into in seen]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(timeout=60)
    story = [event for event in seen[0] if event.sequence]
    assert numbers(story) == list(range(1, len(story) + 1))
    assert [event for event in seen[1] if event.sequence] == story
    assert story[-1].transition.run_state == run_pb2.RUN_STATE_SUCCEEDED
    late = list(client.watch(run.id, after_sequence=len(story) - 3))
    assert late[0].HasField("snapshot") and [event for event in late if event.sequence] == story[-3:]


def test_a_stream_begins_with_a_snapshot_and_says_where_what_is_new_begins(client, upload, namespace):
    run = client.create_run(plan_pb2.Plan(charts=[chart_of(client, upload, namespace, podBehaviour="never-ready")]))
    wait_for("it has told something", lambda: client.get_run(run.id).sequence > 5)
    stored = []
    for event in client.watch(run.id, after_sequence=2):
        stored.append(event)
        if event.HasField("sync"):
            break
    assert stored[0].HasField("snapshot") and stored[0].snapshot.sequence == stored[-1].sync.sequence
    assert numbers(stored) == list(range(3, stored[-1].sync.sequence + 1))
    client.cancel_run(run.id)
    assert Outcome(client, client.watch(run.id)).state == "CANCELLED"


def test_the_python_package_comes_back_after_a_restart(make_daemon, upload, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        events = client.deploy(plan_pb2.Plan(charts=[chart_of(client, upload, namespace, podBehaviour="slow")]))
        before = list(itertools.takewhile(lambda event: event.transition.step != "helm", events))
        daemon.kill()
        daemon.start()
        story = before + list(events)
        held = numbers(story)
        # takewhile takes the event that it stops at.
        assert sorted(set(range(1, held[-1] + 1)) - set(held)) == [len(numbers(before)) + 1]
        assert len(held) == len(set(held)) and [event for event in story if event.HasField("snapshot")] == [story[0]]
        assert client.get_run(story[0].run_id).state == run_pb2.RUN_STATE_SUCCEEDED


@pytest.fixture
def talker(make_daemon):
    """A daemon with a command that says more than a reader's queue holds."""
    daemon = make_daemon(commands=[{"name": "talk", "argv": [sys.executable, "-c", TALKER]}])
    with daemon.client() as client:
        yield daemon, client


def test_a_reader_that_is_too_slow_is_cut_off_and_the_run_goes_on(talker, upload, namespace):
    _, client = talker
    chart = chart_of(client, upload, namespace)
    chart.stages.pre_exec.before.add().command.command = "talk"
    run = client.create_run(plan_pb2.Plan(charts=[chart]))
    slow = client.deployer.WatchRun(deployer_service_pb2.WatchRunRequest(run_id=run.id))
    first = next(slow)
    assert first.event.HasField("snapshot")
    ended = wait_for("the run has ended", lambda: client.get_run(run.id).HasField("end_time") and client.get_run(run.id), 120)
    assert ended.state == run_pb2.RUN_STATE_SUCCEEDED
    seen = [response.event for response in swallow(slow)]
    assert numbers(seen)[-1] < ended.sequence, "it was cut off"
    rest = numbers(client.watch(run.id, after_sequence=numbers(seen)[-1]))
    assert numbers(seen) + rest == list(range(1, ended.sequence + 1))


def swallow(stream):
    """What comes, up to the error that says why no more does."""
    try:
        yield from stream
    except Exception as error:
        assert "RESOURCE_EXHAUSTED" in str(error) and "not read as fast" in str(error)
    else:
        raise AssertionError("the reader was not cut off")


def test_the_command_line_shows_a_restart_as_one_line(make_daemon, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        process = subprocess.Popen(
            [BIN / "wheelhouse", "deploy", "tests/charts/web", "-n", namespace, "--set", "podBehaviour=slow"],
            cwd=TOP,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "WHEELHOUSE_SERVER": daemon.server},
        )
        wait_for("helm runs", lambda: any(run.state == run_pb2.RUN_STATE_RUNNING for run in client.list_runs().runs))
        daemon.stop()
        daemon.start()
        out, errors = process.communicate(timeout=90)
        assert process.returncode == 0, errors
        assert [line for line in errors.splitlines() if "the stream is lost" in line] == errors.splitlines()
        assert "SUCCEEDED in" in out.splitlines()[-1]
