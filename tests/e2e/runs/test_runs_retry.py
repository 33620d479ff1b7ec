"""wheelhouse runs retry: the plan of an ended run again."""

import json

import pytest

import wheelhouse
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2, run_pb2

LATE = """apiVersion: v1
kind: ConfigMap
metadata: {name: late}
"""


@pytest.fixture
def plan(client, upload, namespace):
    """Two charts: the second one's check fails until a ConfigMap is there."""
    web = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    web.values.add(key="message", value="kept for the retry")
    second = chart_pb2.ChartInfo(name="second", namespace=namespace, chart=upload(client, "web"), depends_on=["web"])
    check = second.stages.check_prerequisites.after.add()
    wanted = check.assertion
    wanted.object.kind, wanted.object.name, wanted.json_path, wanted.equals = "ConfigMap", "late", ".metadata.name", "late"
    return plan_pb2.Plan(name="shop", charts=[web, second])


def test_what_failed_is_done_and_what_was_done_is_unchanged(cli, client, plan, cluster, namespace):
    failed = Outcome(client, client.deploy(plan))
    assert failed.state == "FAILED" and failed.chart(1).failure.step.startswith("assert")
    cluster.kubectl("apply", "-n", namespace, "-f", "-", input=LATE)
    result = cli("runs", "retry", failed.run.id)
    assert result.returncode == 0, result.stderr
    assert f": retry of run {failed.run.id}, shop, 2 charts" in result.stdout.splitlines()[0]
    again = client.list_runs(filter=f'namespace = "{namespace}"').runs[0]
    assert (again.retry_of.run_id, again.retry_of.caller) == (failed.run.id, "unix:tester")
    assert [run_pb2.Decision.Name(chart.decision) for chart in again.charts] == ["DECISION_UNCHANGED", "DECISION_INSTALL"]
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "kept for the retry"
    assert len(cluster.history("web", namespace)) == 1

    refused = cli("runs", "retry", again.id)
    assert refused.returncode == 2
    assert f"PLAN_ERASED: run {again.id} succeeded" in refused.stderr and "hint: apply the plan again" in refused.stderr


def test_it_can_be_detached_and_asked_for_twice(cli, client, deploy, namespace):
    failed = deploy(namespace, values={"podBehaviour": "image-pull-error"}, early_failure={"image_pull": {"seconds": 1}})
    assert failed.state == "FAILED"
    first = cli("runs", "retry", failed.run.id, "--detach", "--request-id", namespace)
    again = cli("runs", "retry", failed.run.id, "--detach", "--request-id", namespace, "-o", "json")
    assert json.loads(again.stdout)["id"] == first.stdout.strip()
    running = cli("runs", "retry", first.stdout.strip())
    assert running.returncode == 2 and "RUN_NOT_ENDED: run " in running.stderr
    assert Outcome(client, client.watch(first.stdout.strip())).state == "FAILED"


def test_another_caller_retries_with_the_first_ones_charts(make_daemon, upload, namespace, tmp_path):
    ops = tmp_path / "ops"
    daemon = make_daemon(start=False)
    daemon.config["listen"].append({"unix": str(ops), "caller": "ops"})
    daemon.start()
    with daemon.client() as client, wheelhouse.Client(f"unix://{ops}") as other:
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        chart.values.add(key="podBehaviour", value="never-ready")
        chart.timeout.FromSeconds(1)
        failed = Outcome(client, client.deploy(plan_pb2.Plan(charts=[chart])))
        assert failed.state == "FAILED"
        with pytest.raises(wheelhouse.Error) as refused:
            other.create_run(plan_pb2.Plan(charts=[chart]))
        assert refused.value.reason == "CHART_NOT_UPLOADED", "the archive stays its caller's"
        again = other.retry_run(failed.run.id)
        assert (again.caller, again.retry_of.caller) == ("unix:ops", "unix:tester")
        outcome = Outcome(other, other.watch(again.id))
        assert outcome.run.failure.reason == "NOT_READY", "it came as far as the first"
