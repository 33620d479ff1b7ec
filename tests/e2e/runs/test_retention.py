"""Runs that have ended are forgotten in the background, and nothing that is still needed."""

import sqlite3

import pytest

import wheelhouse
from harness.daemon import wait_for
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2, run_pb2

DAY = 24 * 3600 * 1000000  # in the store's microseconds


@pytest.fixture
def store_of():
    """Runs SQL on the store of a daemon that does not run."""

    def run(daemon, sql, *values):
        with sqlite3.connect(daemon.folder / "state" / "runs.db") as file:
            rows = file.execute(sql, values).fetchall()
        file.close()
        return rows

    return run


def known(client, run_id):
    try:
        return client.get_run(run_id)
    except wheelhouse.Error as error:
        assert error.reason == "RUN_NOT_FOUND"
        return None


def test_old_runs_go_and_young_and_unfinished_ones_stay(make_daemon, upload, cluster, namespace, store_of):
    daemon = make_daemon(retention={"maxAge": "48h"})
    with daemon.client() as client:
        web = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        plan = plan_pb2.Plan(charts=[web])
        old, young = (Outcome(client, client.deploy(plan)).run for _ in range(2))
        chart = chart_pb2.ChartInfo(name="slow", namespace=namespace, chart=upload(client, "web"))
        chart.values.add(key="podBehaviour", value="never-ready")
        running = client.create_run(plan_pb2.Plan(charts=[chart]))
        wait_for("the run runs", lambda: client.get_run(running.id).state == run_pb2.RUN_STATE_RUNNING)
    daemon.kill()
    store_of(daemon, "UPDATE runs SET create_time=create_time-?, end_time=end_time-? WHERE id=?", 3 * DAY, 3 * DAY, old.id)
    store_of(daemon, "UPDATE runs SET create_time=create_time-? WHERE id=?", 99 * DAY, running.id)
    mark = daemon.log_size()
    daemon.start()
    with daemon.client() as client:
        wait_for("the old run is gone", lambda: not known(client, old.id))
        assert "1 old runs were pruned" in daemon.log_text(mark)
        assert [run.id for run in client.list_runs(filter=f'release = "{namespace}/web"').runs] == [young.id]
        client.cancel_run(running.id)
        assert Outcome(client, client.watch(running.id)).state == "CANCELLED"
        assert Outcome(client, client.deploy(plan)).decision() == "UNCHANGED"
    daemon.stop()
    for table, column in (("events", "run_id"), ("journal", "run_id"), ("contents", "run_id"), ("run_releases", "run_id")):
        assert store_of(daemon, f"SELECT count(*) FROM {table} WHERE {column}=?", old.id) == [(0,)], table
    assert store_of(daemon, "SELECT revision FROM intentions WHERE run_id=?", old.id) == [(1,)]


def test_a_lock_that_a_run_left_is_known_as_ours_after_the_run_is_gone(make_daemon, upload, cluster, namespace, store_of):
    daemon = make_daemon(retention={"maxAge": "48h"})
    chart = chart_pb2.ChartInfo(name="web", namespace=namespace)
    with daemon.client() as client:
        chart.chart.CopyFrom(upload(client, "web"))
        run = Outcome(client, client.deploy(plan_pb2.Plan(charts=[chart]))).run
    daemon.stop()
    # As a rollback leaves its record when helm is killed: what it was made by is known from the journal alone.
    secret = "sh.helm.release.v1.web.v1"
    labels = ("status=pending-rollback", "wheelhouse-revision-", "wheelhouse-run-", "wheelhouse-spec-", "wheelhouse-verdict-")
    cluster.kubectl("label", "secret", secret, "-n", namespace, "--overwrite", *labels)
    store_of(daemon, "UPDATE runs SET create_time=create_time-?, end_time=end_time-?", 3 * DAY, 3 * DAY)
    daemon.start()
    with daemon.client() as client:
        wait_for("the run is gone", lambda: not known(client, run.id))
        outcome = Outcome(client, client.deploy(plan_pb2.Plan(charts=[chart])))
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        steps = {step.name: step.outcome for stage in outcome.chart().stages for step in stage.steps}
        assert f"is pending-rollback, left by run {run.id}" in steps["unlock"]


def test_a_store_of_a_newer_daemon_is_refused(make_daemon, store_of):
    daemon = make_daemon()
    daemon.stop()
    store_of(daemon, "PRAGMA user_version=99")
    mark = daemon.log_size()
    daemon.spawn()
    assert daemon.process.wait(timeout=30) == 1
    assert "the store has schema 99" in daemon.log_text(mark) and "newer daemon" in daemon.log_text(mark)
