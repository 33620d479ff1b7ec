"""The daemon's log, as an operator reads it at 3 a.m.: which run, whose, how far it came, why it failed."""

import fcntl
import json
import os
import sys

import pytest

from harness.daemon import wait_for
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2

# What a step's program says when it fails stands in the failure.
HOSTILE = r"""import sys
sys.stderr.buffer.write(b"\x1b[2J\xc2\x9b\xff\n2030-01-01T00:00:00.000Z info run 1: forged \"")
sys.exit(1)"""


def lines_of(daemon, run):
    return [line for line in daemon.log_text().splitlines() if f"run {run.id}: " in line]


def told(lines, *words):
    """The words come in this order, each in a line of its own or of one before."""
    rest = iter(lines)
    for word in words:
        assert any(word in line for line in rest), (word, lines)


def test_a_run_is_told_from_its_creation_to_its_end(daemon, deploy, namespace):
    run = deploy(namespace, plan={"name": "shop"}).run
    lines = lines_of(daemon, run)
    told(
        lines,
        f'created by unix:tester, plan "shop" on sandbox: DEPLOY {namespace}/web',
        "started, queued for ",
        f"{namespace}/web: decided INSTALL: ",
        f"{namespace}/web: check_prerequisites: SUCCEEDED after ",
        f"{namespace}/web: exec: SUCCEEDED after ",
        f"{namespace}/web: validate: SUCCEEDED after ",
        f"{namespace}/web: SUCCEEDED after ",
        "SUCCEEDED after ",
    )
    assert 'plan "shop" of unix:tester on sandbox' in lines[-1]
    assert len(lines) < 15, "an operator reads it"


def test_a_failure_is_told_with_its_place_its_reason_and_its_words(daemon, deploy, namespace):
    outcome = deploy(
        namespace, values={"podBehaviour": "image-pull-error"}, early_failure={"image_pull": {"seconds": 1}}
    )
    lines = lines_of(daemon, outcome.run)
    failure = outcome.run.failure
    told(lines, f"warning run {outcome.run.id}: {namespace}/web: exec/helm: POD_FAILING: ", "on_deploy_failure: ", "FAILED after ")
    assert failure.message in lines[-1] and " warning " in lines[-1]


def test_who_waits_for_whom_and_who_cancelled_is_told(daemon, client, upload, namespace):
    chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    chart.values.add(key="podBehaviour", value="never-ready")
    first = client.create_run(plan_pb2.Plan(charts=[chart]))
    second = client.create_run(plan_pb2.Plan(charts=[chart]))
    wait_for("its place is known", lambda: client.get_run(second.id).queue.waits_for)
    client.cancel_run(second.id)
    client.cancel_run(first.id)
    Outcome(client, client.watch(first.id))
    told(
        lines_of(daemon, second),
        f"waits at position 1 for run {first.id} of unix:tester ({namespace})",
        "cancel requested by unix:tester",
        "CANCELLED after ",
    )


def test_a_refused_run_is_told_without_what_stood_in_it(daemon, client):
    with pytest.raises(Exception):
        client.create_run(plan_pb2.Plan(charts=[chart_pb2.ChartInfo(name="No Name", namespace="x")]))
    assert "CreateRun of unix:tester is refused: PLAN_INVALID" in daemon.log_text()
    assert "No Name" not in daemon.log_text()


@pytest.mark.parametrize("format", ["TEXT", "JSON"])
def test_each_entry_is_one_line_whatever_a_program_says(make_daemon, deploy, namespace, format):
    hostile = {"name": "hostile", "argv": [sys.executable, "-c", HOSTILE]}
    daemon = make_daemon(log={"level": "DEBUG", "format": format}, commands=[hostile])
    with daemon.client() as client:
        run = deploy(
            namespace, client=client, stages={"pre_exec": {"before": [{"command": {"command": "hostile"}}]}}
        ).run
    assert "forged" in run.failure.message and daemon.stop() == 0
    log = daemon.log_text()
    assert not any(ord(c) < 0x20 and c != "\n" or 0x7F <= ord(c) < 0xA0 for c in log)
    lines = log.splitlines()
    if format == "TEXT":
        assert not any(line.startswith("2030") for line in lines)
        return
    entries = [json.loads(line) for line in lines]
    assert all(set(entry) == {"time", "level", "message"} for entry in entries)
    forged = next(entry for entry in entries if "forged" in entry["message"])
    assert forged["message"].startswith(f"run {run.id}: ")
    assert entries[-1]["message"] == "ended"


def test_a_log_that_nobody_reads_stops_nothing(make_daemon, upload, namespace):
    reads, writes = os.pipe()
    holds = fcntl.fcntl(writes, fcntl.F_SETPIPE_SZ, 4096)
    daemon = make_daemon(start=False, log={"level": "DEBUG"}).spawn(log_to=writes)
    os.close(writes)
    wait_for("the daemon answers", daemon._answers)
    with daemon.client() as client:
        for message in ("one", "two", "three"):
            chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
            chart.values.add(key="message", value=message)
            assert Outcome(client, client.deploy(plan_pb2.Plan(charts=[chart]))).state == "SUCCEEDED"
    # Read now, it is whole: nothing had to be dropped.
    text = ""
    while text.count(f"{namespace}/web: SUCCEEDED after ") < 3:
        text += os.read(reads, 4096).decode()
    assert len(text) > holds and "are missing here" not in text
    assert daemon.stop() == 0
    os.close(reads)
