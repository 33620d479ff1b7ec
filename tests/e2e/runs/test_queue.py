"""One run at a time per namespace; unrelated namespaces never wait for each other."""

import grpc
import pytest

import wheelhouse
from harness.daemon import wait_for
from harness.runs import Outcome, slow
from wheelhouse.v1 import chart_pb2, plan_pb2, run_pb2


def test_one_after_the_other_in_a_namespace_and_at_once_in_two(client, upload, namespace):
    first = slow(client, upload, namespace)
    web = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    second = client.create_run(plan_pb2.Plan(charts=[web]))
    assert second.state == run_pb2.RUN_STATE_QUEUED
    # The place is told by the dispatcher, a moment after the run was accepted.
    waits_for = wait_for("its place is known", lambda: client.get_run(second.id).queue.waits_for)
    assert [w.run_id for w in waits_for] == [first.id]

    web.namespace = namespace + "-b"
    elsewhere = Outcome(client, client.deploy(plan_pb2.Plan(charts=[web])))
    assert elsewhere.state == "SUCCEEDED"
    assert client.get_run(first.id).state == run_pb2.RUN_STATE_RUNNING

    client.cancel_run(first.id)
    assert Outcome(client, client.watch(first.id)).state == "CANCELLED"
    assert Outcome(client, client.watch(second.id)).state == "SUCCEEDED"


def test_a_cancelled_first_install_leaves_no_release(client, upload, cluster, namespace):
    run = slow(client, upload, namespace)
    wait_for("helm has begun", lambda: cluster.releases(namespace))
    client.cancel_run(run.id)
    outcome = Outcome(client, client.watch(run.id))
    assert (outcome.state, outcome.run.failure.reason) == ("CANCELLED", "CANCELLED")
    assert cluster.releases(namespace) == {}


def test_a_queued_run_is_cancelled_at_once(client, upload, namespace):
    first = slow(client, upload, namespace)
    second = client.create_run(
        plan_pb2.Plan(charts=[chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))])
    )
    client.cancel_run(second.id)
    assert client.get_run(second.id).state == run_pb2.RUN_STATE_CANCELLED
    client.cancel_run(first.id)
    assert Outcome(client, client.watch(first.id)).state == "CANCELLED"


def test_a_lost_stream_stops_no_run(client, upload, namespace):
    chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    events = client.deploy(plan_pb2.Plan(charts=[chart]))
    run_id = next(events).run_id
    events.close()
    assert Outcome(client, client.watch(run_id)).state == "SUCCEEDED"


def test_the_same_request_id_is_the_same_run(client, upload, namespace):
    chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    first = client.create_run(plan_pb2.Plan(charts=[chart]), request_id=namespace)
    assert client.create_run(plan_pb2.Plan(charts=[chart]), request_id=namespace).id == first.id
    assert Outcome(client, client.watch(first.id)).state == "SUCCEEDED"


def newest(client, upload, namespace, message):
    """A plan of which only the newest is wanted."""
    chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    chart.values.add(key="message", value=message)
    return plan_pb2.Plan(name="shop", supersede=plan_pb2.SUPERSEDE_WAITING, charts=[chart])


def test_a_newer_run_replaces_those_that_wait(client, daemon, upload, cluster, namespace):
    mark = daemon.log_size()
    first = slow(client, upload, namespace)
    runs = [client.create_run(newest(client, upload, namespace, f"version {i}")) for i in range(3)]
    for old in runs[:2]:
        outcome = Outcome(client, client.watch(old.id))
        assert (outcome.state, outcome.run.failure.reason) == ("CANCELLED", "SUPERSEDED")
        assert outcome.run.superseded_by in [run.id for run in runs[1:]]
    assert client.get_run(runs[2].id).in_place_of == runs[0].id
    client.cancel_run(first.id)
    assert Outcome(client, client.watch(runs[2].id)).state == "SUCCEEDED"
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "version 2"
    assert len(cluster.history("web", namespace)) == 1, "the others never ran"
    log = daemon.log_text(mark)
    assert f"run {runs[2].id}: takes the queue position of run {runs[0].id}" in log
    assert f"run {runs[0].id}: run " in log and "replaces it in the queue" in log


def test_a_daemon_that_is_killed_in_between_loses_neither_the_rule_nor_the_newer_run(
    make_daemon, upload, cluster, namespace
):
    daemon = make_daemon()
    with daemon.client() as client:
        first = slow(client, upload, namespace)
        old = client.create_run(newest(client, upload, namespace, "old"))
        newer = client.create_run(newest(client, upload, namespace, "new"))
    daemon.kill()
    daemon.start()
    with daemon.client() as client:
        outcome = Outcome(client, client.watch(old.id))
        assert (outcome.state, outcome.run.superseded_by) == ("CANCELLED", newer.id)
        client.cancel_run(first.id)
        assert Outcome(client, client.watch(newer.id)).state == "SUCCEEDED"
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "new"
    assert len(cluster.history("web", namespace)) == 1


def test_more_runs_than_may_wait_are_refused(make_daemon, upload, namespace):
    daemon = make_daemon(limits={"queuedRuns": 1})
    with daemon.client() as client:
        first = slow(client, upload, namespace)
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        second = client.create_run(plan_pb2.Plan(charts=[chart]))
        with pytest.raises(wheelhouse.Error) as refused:
            client.create_run(plan_pb2.Plan(charts=[chart]))
        assert (refused.value.reason, refused.value.code) == ("QUEUE_FULL", grpc.StatusCode.RESOURCE_EXHAUSTED)
        client.cancel_run(second.id)
        client.cancel_run(first.id)
        assert Outcome(client, client.watch(first.id)).state == "CANCELLED"
