"""What the API server would refuse is found before anything is changed."""

import json

import pytest

from harness.helm import both_majors
from harness.runs import step_of
from wheelhouse.v1 import chart_pb2, failure_pb2, run_pb2, step_pb2

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: {app}}}}}
  template:
    metadata: {{labels: {{app: {app}}}}}
    spec: {{containers: [{{name: c, image: sandbox.example/c, env: {env}}}]}}
"""
JOB = """apiVersion: batch/v1
kind: Job
metadata: {{name: migrate}}
spec:
  template: {{spec: {{restartPolicy: Never, containers: [{{name: c, image: "sandbox.example/c:{tag}"}}]}}}}
"""
TWICE = DEPLOYMENT.format(app="web", env="[{name: X, value: a}, {name: X, value: b}]")
STATE = run_pb2.State.Name


def exists(cluster, kind, name, namespace):
    return bool(cluster.kubectl("get", kind, name, "-n", namespace, "--ignore-not-found", "-o", "name"))


def refused_in_check(outcome, reason):
    failure = outcome.run.failure
    return (outcome.state, failure.stage, failure.reason) == ("FAILED", failure_pb2.STAGE_CHECK_PREREQUISITES, reason)


def uid(cluster, kind, name, namespace):
    return cluster.get(kind, name, namespace)["metadata"]["uid"]


@pytest.fixture
def deployment(new_chart):
    return lambda app: new_chart(DEPLOYMENT.format(app=app, env="[]"))


@both_majors
def test_an_immutable_field_is_found_in_check(deploy, deployment, cluster, namespace, helm):
    assert deploy(namespace, chart=deployment("a")).state == "SUCCEEDED"
    outcome = deploy(namespace, chart=deployment("b"), namespace_labels={"touched": "yes"})
    assert refused_in_check(outcome, "IMMUTABLE_FIELD"), outcome.run.failure
    assert f"Deployment {namespace}/web" in outcome.run.failure.message and "selector" in outcome.run.failure.message
    assert "recreate" in outcome.run.failure.hint
    assert "touched" not in cluster.kubectl("get", "namespace", namespace, "--show-labels")
    assert [r["revision"] for r in cluster.history("web", namespace)] == [1]


@both_majors
def test_a_kind_that_may_be_made_again_is(deploy, new_chart, cluster, namespace, helm):
    first = deploy(namespace, chart=new_chart(JOB.format(tag=1)))
    assert first.state == "SUCCEEDED", first.run.failure
    before = uid(cluster, "job", "migrate", namespace)
    outcome = deploy(namespace, chart=new_chart(JOB.format(tag=2)), recreate=["Job"])
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    job = cluster.get("job", "migrate", namespace)
    assert job["metadata"]["uid"] != before
    assert job["spec"]["template"]["spec"]["containers"][0]["image"] == "sandbox.example/c:2"


@both_majors
def test_what_was_made_again_is_rolled_back(deploy, new_chart, cluster, namespace, helm):
    broken = DEPLOYMENT.format(app="b", env="[]").replace("labels: {app: b}", "labels: {app: b, sandbox.wheelhouse/pod: image-pull-error}")
    assert deploy(namespace, chart=new_chart(DEPLOYMENT.format(app="a", env="[]"))).state == "SUCCEEDED"
    early = chart_pb2.EarlyFailure()
    early.image_pull.FromSeconds(1)
    outcome = deploy(namespace, chart=new_chart(broken), recreate=["Deployment"], early_failure=early)
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "POD_FAILING"), outcome.run.failure
    assert not outcome.run.failure.secondary
    assert cluster.get("deployment", "web", namespace)["spec"]["selector"]["matchLabels"] == {"app": "a"}
    assert cluster.releases(namespace)["web"]["status"] == "deployed"


def test_two_entries_of_one_key_are_found_before_the_namespace_is_made(deploy, new_chart, cluster, namespace):
    chart = new_chart(TWICE)
    outcome = deploy(namespace, chart=chart)
    assert refused_in_check(outcome, "APPLY_REJECTED"), outcome.run.failure
    assert 'duplicate entries for key [name="X"]' in outcome.run.failure.message
    assert "serverSideApply: false" in outcome.run.failure.message
    assert not exists(cluster, "namespace", namespace, namespace)
    outcome = deploy(namespace, chart=chart, server_side_apply=False)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert deploy(namespace, chart=chart, server_side_apply=False).decision() == "UNCHANGED"


@pytest.mark.parametrize("helm", ["helm3"], indirect=True)
def test_helm_3_applies_two_entries_of_one_key(deploy, new_chart, namespace):
    outcome = deploy(namespace, chart=new_chart(TWICE))
    assert outcome.state == "SUCCEEDED", outcome.run.failure


def test_a_plan_that_clears_the_way_is_asked_at_the_gate(deploy, deployment, cluster, namespace):
    """Its own step deletes the object whose field would change."""
    assert deploy(namespace, chart=deployment("a")).state == "SUCCEEDED"
    clear = step_pb2.Step(delete=step_pb2.DeleteStep(objects=[step_pb2.ObjectRef(kind="Deployment", name="web")]))
    stages = chart_pb2.Stages(pre_exec=chart_pb2.StagePlan(before=[clear]))
    outcome = deploy(namespace, chart=deployment("b"), stages=stages)
    assert outcome.state == "SUCCEEDED", outcome.run.failure

    useless = step_pb2.Step(delete=step_pb2.DeleteStep(objects=[step_pb2.ObjectRef(kind="ConfigMap", name="none")]))
    stages = chart_pb2.Stages(pre_exec=chart_pb2.StagePlan(before=[useless]))
    retry = chart_pb2.UpgradeRetry(count=2)
    outcome = deploy(namespace, chart=deployment("c"), stages=stages, upgrade_retry=retry)
    failure = outcome.run.failure
    assert (failure.stage, failure.step, failure.reason) == (failure_pb2.STAGE_EXEC, "helm", "IMMUTABLE_FIELD"), failure
    assert not failure.secondary, "it is not tried again"
    assert cluster.releases(namespace)["web"]["status"] == "deployed"
    assert STATE(step_of(outcome, "remediate").state) != "STATE_FAILED"


def test_an_admission_refusal_is_found_in_check(deploy, new_chart, cluster, namespace):
    cluster.kubectl("create", "namespace", namespace)
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"services": "0"}}}
    cluster.kubectl("apply", "-n", namespace, "-f", "-", input=json.dumps(quota))
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{port: 80}]}\n"
    outcome = deploy(namespace, chart=new_chart(service))
    assert refused_in_check(outcome, "APPLY_REJECTED"), outcome.run.failure
    assert "exceeded quota" in outcome.run.failure.message
