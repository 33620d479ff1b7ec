"""Fields that another manager owns, force, and releases that change from one helm to the other."""

import json

import pytest

from harness.daemon import wait_for
from harness.helm import both_majors
from harness.paths import CHARTS
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2

SCALED = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: {namespace}}}
spec: {{replicas: 3}}
"""
FORCE = chart_pb2.FIELD_CONFLICTS_FORCE


@pytest.fixture
def scale(cluster, namespace):
    """Somebody else sets replicas to 3, and owns the field from then on."""

    def go():
        apply = ["apply", "--server-side", "--force-conflicts", "--field-manager=scaler", "-f", "-"]
        cluster.kubectl(*apply, input=SCALED.format(namespace=namespace))

    return go


def replicas(cluster, namespace):
    return cluster.get("deployment", "web", namespace)["spec"]["replicas"]


def owner(cluster, namespace):
    """Who owns spec.replicas."""
    fields = cluster.kubectl("get", "deployment", "web", "-n", namespace, "--show-managed-fields", "-o", "json")
    managers = json.loads(fields)["metadata"]["managedFields"]
    return [m["manager"] for m in managers if "f:replicas" in m["fieldsV1"].get("f:spec", {})]


def test_a_field_of_another_manager_fails_and_names_both(deploy, scale, cluster, namespace):
    deploy(namespace)
    scale()
    failure = deploy(namespace, values={"message": "other"}).run.failure
    assert failure.reason == "FIELD_CONFLICT"
    assert dict(failure.details) == {"field": ".spec.replicas", "manager": "scaler"}
    assert "scaler" in failure.message and ".spec.replicas" in failure.message
    assert [f.reason for f in failure.secondary] == ["FIELD_CONFLICT"], "the rollback takes nothing over either"
    assert (replicas(cluster, namespace), owner(cluster, namespace)) == (3, ["scaler"])


def test_force_takes_the_field_over(deploy, scale, cluster, namespace):
    deploy(namespace)
    scale()
    outcome = deploy(namespace, values={"message": "other"}, field_conflicts=FORCE)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert (replicas(cluster, namespace), owner(cluster, namespace)) == (1, ["helm"])


def test_what_is_forced_is_rolled_back_by_force(deploy, scale, client, upload, cluster, namespace):
    deploy(namespace)
    info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"), field_conflicts=FORCE)
    info.values.add(key="podBehaviour", value="never-ready")
    run = client.create_run(plan_pb2.Plan(charts=[info]))
    wait_for("helm has applied it", lambda: cluster.get("deployment", "web", namespace)["metadata"]["generation"] > 1)
    scale()
    client.cancel_run(run.id)
    outcome = Outcome(client, client.watch(run.id))
    assert outcome.state == "CANCELLED" and not outcome.run.failure.secondary, outcome.run.failure
    assert cluster.releases(namespace)["web"]["status"] == "deployed"
    assert (replicas(cluster, namespace), owner(cluster, namespace)) == (1, ["helm"])


@pytest.mark.parametrize("helm", ["helm3"], indirect=True)
def test_helm_3_knows_no_conflicts(deploy, scale, cluster, namespace):
    deploy(namespace)
    scale()
    assert deploy(namespace, values={"message": "other"}).state == "SUCCEEDED"
    assert replicas(cluster, namespace) == 1


@both_majors
def test_force_upgrade_replaces_and_is_never_unchanged(deploy, cluster, namespace):
    deploy(namespace)
    cluster.kubectl("patch", "service", "web", "-n", namespace, "-p", '{"spec":{"sessionAffinity":"ClientIP"}}')
    outcome = deploy(namespace, force_upgrade=True)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UPGRADE"), outcome.run.failure
    assert cluster.get("service", "web", namespace)["spec"]["sessionAffinity"] == "None", "patching would have left it"
    assert deploy(namespace, force_upgrade=True).decision() == "UPGRADE"


@pytest.fixture
def made_by_helm_3(cluster, namespace):
    cluster.run("helm3", "install", "web", CHARTS / "web", "-n", namespace, "--create-namespace", "--wait")


def test_a_release_of_helm_3_is_taken_over(deploy, made_by_helm_3, cluster, namespace):
    outcome = deploy(namespace, values={"message": "other"})
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UPGRADE"), outcome.run.failure
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "other"
    assert deploy(namespace, values={"message": "other"}).decision() == "UNCHANGED"


def test_a_release_of_helm_3_is_rolled_back_to(deploy, made_by_helm_3, cluster, namespace):
    values = {"message": "broken", "podBehaviour": "image-pull-error"}
    for field_conflicts in (chart_pb2.FIELD_CONFLICTS_FAIL, FORCE):
        outcome = deploy(
            namespace, values=values, field_conflicts=field_conflicts, early_failure={"image_pull": {"seconds": 1}}
        )
        assert outcome.run.failure.reason == "POD_FAILING" and not outcome.run.failure.secondary, outcome.run.failure
        assert cluster.get("configmap", "web", namespace)["data"]["message"] == "hello"


def test_a_release_of_helm_3_keeps_to_patches_until_it_is_forced(deploy, made_by_helm_3, scale, cluster, namespace):
    scale()
    assert deploy(namespace, values={"message": "patched"}).state == "SUCCEEDED"
    assert replicas(cluster, namespace) == 1, "client-side patches see no conflict"
    scale()
    outcome = deploy(namespace, values={"message": "forced"}, field_conflicts=FORCE)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert (replicas(cluster, namespace), owner(cluster, namespace)) == (1, ["helm"])
    scale()
    assert deploy(namespace, values={"message": "applied"}).run.failure.reason == "FIELD_CONFLICT"


@pytest.mark.parametrize("helm", ["helm3"], indirect=True)
def test_a_release_of_helm_4_is_taken_over_by_helm_3(deploy, cluster, namespace):
    cluster.run("helm", "install", "web", CHARTS / "web", "-n", namespace, "--create-namespace", "--wait")
    outcome = deploy(namespace, values={"message": "other", "replicas": "2"})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert replicas(cluster, namespace) == 2


@both_majors
def test_status_names_the_version(client, cluster, helm):
    assert client.status().helm.version == cluster.run(helm, "version", "--template", "{{.Version}}").stdout
