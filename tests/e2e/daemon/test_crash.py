"""A run that the daemon dies of is given up, and a store that cannot be read as a whole is said so."""

import os

from harness.daemon import wait_for
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, failure_pb2, plan_pb2, run_pb2


def waiting(client, run_id):
    """helm has been called, and the daemon waits for pods that never become ready."""
    run = client.get_run(run_id)
    steps = [step for stage in run.charts[0].stages if stage.stage == failure_pb2.STAGE_EXEC for step in stage.steps]
    return any(step.name == "helm" and step.state == run_pb2.STATE_RUNNING for step in steps)


def test_a_run_that_the_daemon_dies_of_three_times_is_given_up(make_daemon, upload, cluster, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        archive = upload(client, "web")
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=archive)
        chart.values.add(key="podBehaviour", value="never-ready")
        dependent = chart_pb2.ChartInfo(name="later", namespace=namespace, chart=archive, depends_on=["web"])
        run = client.create_run(plan_pb2.Plan(charts=[chart, dependent]))
        wait_for("the release is there", lambda: waiting(client, run.id) and "web" in cluster.releases(namespace))
        behind = client.create_run(plan_pb2.Plan(charts=[chart_pb2.ChartInfo(name="api", namespace=namespace, chart=archive)]))
    daemon.kill()  # at work, and not yet at taking it up
    for again in ("taken up", "goes on alone", "goes on alone"):
        mark = daemon.log_size()
        daemon.start()
        wait_for("it is taken up", lambda: f"run {run.id}: {again}" in daemon.log_text(mark))
        with daemon.client() as client:
            assert client.get_run(run.id).state == run_pb2.RUN_STATE_RUNNING
            assert client.get_run(behind.id).state == run_pb2.RUN_STATE_QUEUED
        daemon.kill()
    daemon.start()
    with daemon.client() as client:
        outcome = Outcome(client, client.watch(run.id))
        assert outcome.state == "FAILED"
        failure = outcome.run.failure
        assert failure.reason == "DAEMON_CRASHED"
        assert [(left.kind, left.name) for left in failure.left_changed] == [("Release", f"{namespace}/web")]
        assert outcome.run.charts[1].state == run_pb2.STATE_SKIPPED
        numbers = [event.sequence for event in outcome.events if event.sequence]
        assert numbers == list(range(1, outcome.run.sequence + 1))
        assert Outcome(client, client.watch(behind.id)).state == "SUCCEEDED", "its namespace is free again"
    assert "web" in cluster.releases(namespace), "the release is left as it is"


def test_restarts_in_order_are_not_counted(make_daemon, upload, cluster, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        chart.values.add(key="podBehaviour", value="never-ready")
        run = client.create_run(plan_pb2.Plan(charts=[chart]))
        wait_for("the release is there", lambda: waiting(client, run.id))
    for _ in range(5):
        assert daemon.stop() == 0
        daemon.start()
    with daemon.client() as client:
        assert client.get_run(run.id).state == run_pb2.RUN_STATE_RUNNING
        client.cancel_run(run.id, force=True)
        assert Outcome(client, client.watch(run.id)).state == "CANCELLED"


def test_a_key_that_is_missing_beside_runs_is_not_made_anew(make_daemon, upload, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        run = client.create_run(plan_pb2.Plan(charts=[chart]))
        assert Outcome(client, client.watch(run.id)).state == "SUCCEEDED"
    daemon.kill()
    key = str(daemon.folder / "state" / "key")
    os.rename(key, key + ".away")
    daemon.spawn()
    assert daemon.process.wait() == 1
    assert f"the key file {key} is missing" in daemon.log_text()
    assert not os.path.exists(key)
    os.rename(key + ".away", key)
    daemon.start()
    with daemon.client() as client:
        assert client.get_run(run.id).charts[0].revision == 1
