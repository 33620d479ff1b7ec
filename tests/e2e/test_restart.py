"""The daemon is killed at any moment: the next one takes its runs up, does nothing twice and loses nothing."""

import sys

import pytest

from conftest import Outcome, wait_for
from wheelhouse.v1 import chart_pb2, failure_pb2, plan_pb2, run_pb2


def step_of(run, stage, name):
    for found in run.charts[0].stages:
        for step in found.steps:
            if found.stage == stage and step.name == name:
                return step
    return run_pb2.StepRun()


def restart(daemon):
    daemon.kill()
    daemon.start()


def statuses(cluster, namespace, release="web"):
    return [revision["status"] for revision in cluster.history(release, namespace)]


@pytest.fixture
def slow(upload, namespace):
    """A chart whose helm waits 10 s for its pods."""

    def make(client, **fields):
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"), **fields)
        chart.values.add(key="podBehaviour", value="slow")
        return chart

    return make


def helm_waits(client, run_id, cluster, namespace):
    def waits():
        step = step_of(client.get_run(run_id), failure_pb2.STAGE_EXEC, "helm")
        return step.state == run_pb2.STATE_RUNNING and "pending" in labels(cluster, namespace)

    wait_for("helm waits", waits)


def labels(cluster, namespace):
    """The statuses of all records, as their labels say."""
    path = "jsonpath={.items[*].metadata.labels.status}"
    return cluster.kubectl("get", "secrets", "-n", namespace, "-l", "owner=helm", "-o", path)


def test_a_run_whose_helm_was_waiting_goes_on_and_a_queued_one_follows(make_daemon, slow, cluster, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        first = client.create_run(plan_pb2.Plan(charts=[slow(client)]))
        second = client.create_run(plan_pb2.Plan(charts=[slow(client)]))
        helm_waits(client, first.id, cluster, namespace)
    restart(daemon)
    with daemon.client() as client:
        events = list(client.watch(first.id))
        numbers = [event.sequence for event in events if event.sequence]
        assert numbers == list(range(1, len(numbers) + 1))
        run = client.get_run(first.id)
        assert run.state == run_pb2.RUN_STATE_SUCCEEDED, run.failure
        assert run.charts[0].revision == 1
        assert Outcome(client, client.watch(second.id)).decision() == "UNCHANGED"
    assert statuses(cluster, namespace) == ["deployed"]


def test_a_failing_upgrade_is_rolled_back_by_the_next_daemon(make_daemon, deploy, slow, cluster, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        assert deploy(namespace, client=client).state == "SUCCEEDED"
        chart = slow(client)
        chart.values[0].value = "crash-loop"
        chart.early_failure.crash_loop_time.seconds = 3
        run = client.create_run(plan_pb2.Plan(charts=[chart]))
        helm_waits(client, run.id, cluster, namespace)
    restart(daemon)
    with daemon.client() as client:
        outcome = Outcome(client, client.watch(run.id))
        assert outcome.state == "FAILED"
        assert outcome.run.failure.reason == "POD_FAILING"
        assert outcome.run.failure.evidence
    assert statuses(cluster, namespace)[-1] == "deployed"
    assert not any(status.startswith("pending") for status in statuses(cluster, namespace))


SLEEPER = """import pathlib, sys, time
path = pathlib.Path(sys.argv[1])
path.write_text(path.read_text() + "x" if path.exists() else "x")
time.sleep(600)"""


def test_a_step_that_must_not_be_done_twice_fails_as_interrupted(make_daemon, upload, cluster, namespace, tmp_path):
    begun = tmp_path / "begun"
    daemon = make_daemon(commands=[{"name": "sleeper", "argv": [sys.executable, "-c", SLEEPER, str(begun)]}])
    with daemon.client() as client:
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        chart.stages.post_exec.after.add().command.command = "sleeper"
        run = client.create_run(plan_pb2.Plan(charts=[chart]))
        wait_for("the command runs", begun.exists)
    restart(daemon)
    with daemon.client() as client:
        outcome = Outcome(client, client.watch(run.id))
        assert outcome.state == "FAILED"
        failure = outcome.run.failure
        assert (failure.reason, failure.step) == ("INTERRUPTED", "command-1")
    assert begun.read_text() == "x"
    assert cluster.releases(namespace) == {}, "the first install is undone"


def test_a_destroy_goes_on_and_tells_what_is_gone(make_daemon, deploy, cluster, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        assert deploy(namespace, client=client).state == "SUCCEEDED"
        # A finalizer keeps helm waiting.
        cluster.kubectl("patch", "deployment", "web", "-n", namespace, "--type=merge", "-p", '{"metadata":{"finalizers":["wheelhouse.test/hold"]}}')
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, action=chart_pb2.ACTION_DESTROY)
        run = client.create_run(plan_pb2.Plan(charts=[chart]))
        wait_for("helm waits", lambda: "uninstalling" in labels(cluster, namespace))
    daemon.kill()
    cluster.kubectl("patch", "deployment", "web", "-n", namespace, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    daemon.start()
    with daemon.client() as client:
        outcome = Outcome(client, client.watch(run.id))
        assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.releases(namespace) == {}


def test_a_cancelled_run_is_still_undone_after_a_restart(make_daemon, slow, cluster, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        run = client.create_run(plan_pb2.Plan(charts=[slow(client)]))
        helm_waits(client, run.id, cluster, namespace)
        client.cancel_run(run.id)
    restart(daemon)
    with daemon.client() as client:
        list(client.watch(run.id))
        ended = client.get_run(run.id)
        assert ended.state == run_pb2.RUN_STATE_CANCELLED
        assert ended.failure.reason == "CANCELLED"
    assert cluster.releases(namespace) == {}
