"""What is kept of one caller's runs (copies of objects, payloads, evidence) has a bound in bytes."""

import pytest

from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2, run_pb2, step_pb2

BOUND = 40_000
BIG = "x" * 30_000


@pytest.fixture(scope="module")
def bounded(make_daemon):
    with make_daemon(limits={"keptBytesPerCaller": BOUND}).client() as client:
        yield client


def deployed(client, upload, namespace, name, backup, fails=False):
    """Deploys a ConfigMap of 30 kB beside the chart, and backs up what is asked for."""
    chart = chart_pb2.ChartInfo(name=name, namespace=namespace, chart=upload(client, "web"), on_failure="ON_FAILURE_NONE")
    chart.timeout.FromSeconds(300)
    big = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}-big}}\ndata: {{a: {BIG}}}\n"
    steps = chart.stages.pre_exec.before
    steps.append(step_pb2.Step(name="make", apply={"manifests": big}))
    objects = [{"kind": "ConfigMap", "name": f"{name}-big"}]
    if backup:
        steps.append(step_pb2.Step(name="keep", backup={"objects": objects}))
    if fails:
        steps.append(step_pb2.Step(name="fails", delete={"objects": [{"kind": "Nothing", "name": "a"}]}))
    return Outcome(client, client.deploy(plan_pb2.Plan(charts=[chart])))


def test_a_backup_without_room_fails_before_anything_is_changed(bounded, upload, cluster, namespace):
    kept = deployed(bounded, upload, namespace, "kept", backup=True, fails=True)
    assert kept.run.failure.step == "fails", "its copy stays for a day"
    refused = deployed(bounded, upload, namespace, "refused", backup=True)
    assert refused.state == "FAILED"
    assert (refused.run.failure.reason, refused.run.failure.step) == ("CALLER_LIMIT", "keep")
    assert f"{BOUND} bytes are kept (limits.keptBytesPerCaller)" in refused.run.failure.message
    assert cluster.get("deployment", "refused", namespace) is None
    assert deployed(bounded, upload, namespace, "without", backup=False).state == "SUCCEEDED"


def test_evidence_without_room_fails_nothing(make_daemon, upload, namespace):
    with make_daemon(limits={"keptBytesPerCaller": 1}).client() as client:
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        chart.stages.post_exec.after.add(name="fails", delete={"objects": [{"kind": "Nothing", "name": "a"}]})
        outcome = Outcome(client, client.deploy(plan_pb2.Plan(charts=[chart])))
    failure = outcome.run.charts[0].failure
    assert (failure.reason, failure.step) == ("KIND_UNKNOWN", "fails")
    assert [one.kind for one in failure.evidence] == ["history"]
    steps = {step.name: step for stage in outcome.run.charts[0].stages for step in stage.steps}
    assert steps["evidence"].state == run_pb2.STATE_SUCCEEDED


def test_what_succeeds_makes_room_again(make_daemon, upload, namespace):
    with make_daemon(limits={"keptBytesPerCaller": BOUND}).client() as client:
        for name in ("first", "second", "third"):
            outcome = deployed(client, upload, namespace, name, backup=True)
            assert outcome.state == "SUCCEEDED", outcome.run.failure
