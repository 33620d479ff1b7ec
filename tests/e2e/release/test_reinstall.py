"""Going over a version that breaks: uninstalled, its history kept, and installed anew."""

import json

import pytest

from harness.helm import both_majors
from wheelhouse.v1 import chart_pb2, run_pb2

# The selector of a Deployment cannot be changed: an upgrade from one version to the next fails.
TEMPLATE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {version: {{ .Chart.Version | quote }}}}
  template:
    metadata:
      labels: {version: {{ .Chart.Version | quote }}, sandbox.wheelhouse/pod: {{ .Values.pod | quote }}}
    spec: {containers: [{name: web, image: web}]}
"""
HOOK = """
---
apiVersion: batch/v1
kind: Job
metadata: {name: bye, annotations: {helm.sh/hook: pre-delete}}
spec:
  backoffLimit: 0
  template:
    metadata: {labels: {sandbox.wheelhouse/pod: fails}}
    spec: {restartPolicy: Never, containers: [{name: bye, image: bye}]}
"""
CLAIM = """
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
OVER = {"last_breaking_version_requiring_restart": "1.5.0"}
BACKUP = {"backup_resources": [{"kind": "ConfigMap", "label_selector": "keep=me"}]}


@pytest.fixture
def version(new_chart):
    """The chart in a version."""
    return lambda number, more="": new_chart(TEMPLATE + more, "pod: ''\n", version=number)


@pytest.fixture
def installed(deploy, namespace, version):
    """Version 1.2.0 is deployed."""

    def go(more=""):
        outcome = deploy(namespace, chart=version("1.2.0", more))
        assert outcome.state == "SUCCEEDED", outcome.run.failure

    return go


def running_version(cluster, namespace):
    deployment = cluster.get("deployment", "web", namespace)
    assert deployment["status"].get("readyReplicas") == 1
    return deployment["spec"]["selector"]["matchLabels"]["version"]


def steps(outcome):
    return {step.name: step for stage in outcome.chart().stages for step in stage.steps}


def left(outcome):
    return {(one.kind, one.name): one.change for one in outcome.run.failure.left_changed}


def put_config_map(cluster, namespace):
    """One that goes with the release's Deployment."""
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    owner["uid"] = cluster.get("deployment", "web", namespace)["metadata"]["uid"]
    metadata = {"name": "precious", "labels": {"keep": "me"}, "ownerReferences": [owner]}
    text = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "b"}})
    cluster.kubectl("apply", "-n", namespace, "-f", "-", input=text)


@both_majors
def test_a_release_at_or_below_the_version_is_reinstalled(deploy, installed, version, cluster, namespace):
    installed()
    put_config_map(cluster, namespace)
    outcome = deploy(namespace, chart=version("2.0.0"), **OVER, **BACKUP)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "REINSTALL"), outcome.run.failure
    assert outcome.chart().decision_reason == (
        "1.2.0 is installed, at or below 1.5.0, the last version that needs a reinstall"
    )
    assert running_version(cluster, namespace) == "2.0.0"
    assert [(r["revision"], r["status"]) for r in cluster.history("web", namespace)] == [(1, "superseded"), (2, "deployed")]
    assert steps(outcome)["backup_resources"].outcome == "put back 1 objects"
    precious = cluster.get("configmap", "precious", namespace)
    assert precious["data"] == {"a": "b"} and "ownerReferences" not in precious["metadata"]
    again = deploy(namespace, chart=version("2.0.0"), **OVER, **BACKUP)
    assert (again.state, again.decision()) == ("SUCCEEDED", "UNCHANGED"), again.run.failure


def test_a_version_that_is_not_in_between_makes_no_difference(deploy, installed, new_chart, namespace):
    installed()
    newer = new_chart("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n", version="2.0.0")
    outcome = deploy(namespace, chart=newer, last_breaking_version_requiring_restart="1.1.9")
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UPGRADE")
    assert run_pb2.SkipReason.Name(steps(outcome)["reinstall"].skip_reason) == "SKIP_REASON_NOT_NEEDED"


@both_majors
def test_a_reinstall_that_fails_has_the_old_release_back_and_its_pods_ready(
    deploy, installed, version, cluster, namespace
):
    installed()
    put_config_map(cluster, namespace)
    outcome = deploy(
        namespace, chart=version("2.0.0"), values={"pod": "image-pull-error"}, early_failure={"image_pull": {"seconds": 1}},
        **OVER, **BACKUP
    )
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "POD_FAILING"), outcome.run.failure
    assert steps(outcome)["remediate"].outcome == "rolled back to revision 1, as revision 3, put back 1 objects"
    assert running_version(cluster, namespace) == "1.2.0"
    assert cluster.releases(namespace)["web"]["chart"] == "made-1.2.0"
    assert cluster.get("configmap", "precious", namespace)["data"] == {"a": "b"}
    assert left(outcome) == {}


@both_majors
def test_what_was_uninstalled_comes_back_even_if_exec_made_nothing(deploy, installed, version, cluster, namespace):
    installed()
    absent = {"object": {"kind": "ConfigMap", "name": "absent"}, "json_path": ".a", "equals": "b"}
    fails = {"pre_exec": {"after": [{"name": "look", "assertion": absent}]}}
    outcome = deploy(namespace, chart=version("2.0.0"), stages=fails, **OVER)
    assert (outcome.state, outcome.run.failure.step) == ("FAILED", "look"), outcome.run.failure
    assert steps(outcome)["remediate"].outcome == "rolled back to revision 1, as revision 2"
    assert running_version(cluster, namespace) == "1.2.0"
    assert cluster.releases(namespace)["web"]["status"] == "deployed"
    assert left(outcome) == {}


@both_majors
def test_an_uninstall_that_fails_is_an_error(deploy, installed, version, cluster, namespace):
    installed(HOOK)
    outcome = deploy(namespace, chart=version("2.0.0"), **OVER)
    assert (outcome.state, outcome.run.failure.step) == ("FAILED", "reinstall"), outcome.run.failure
    assert outcome.run.failure.reason == "HOOK_FAILED"
    assert running_version(cluster, namespace) == "1.2.0"


def test_left_alone_as_asked_it_says_what_is_gone(deploy, installed, version, cluster, namespace):
    installed()
    put_config_map(cluster, namespace)
    fields = {"values": {"pod": "image-pull-error"}, "early_failure": {"image_pull": {"seconds": 1}}}
    outcome = deploy(
        namespace, chart=version("2.0.0"), on_failure=chart_pb2.ON_FAILURE_NONE, **fields, **OVER, **BACKUP
    )
    assert left(outcome)["Release", f"{namespace}/web"] == "revision 2 made"
    assert left(outcome)["ConfigMap", f"{namespace}/precious"] == "deleted"


@both_majors
def test_a_reinstall_that_would_lose_a_volume_is_refused(deploy, installed, version, cluster, namespace):
    installed(CLAIM)
    outcome = deploy(namespace, chart=version("2.0.0", CLAIM), **OVER)
    assert (outcome.run.failure.reason, outcome.run.failure.step) == ("VOLUME_LOSS", "decide")
    assert outcome.run.failure.message.startswith(f"reinstalling {namespace}/web would lose PersistentVolumeClaim")
    assert running_version(cluster, namespace) == "1.2.0"
    allowed = deploy(namespace, chart=version("2.0.0", CLAIM), allow={"volume_loss": True}, **OVER)
    assert allowed.state == "SUCCEEDED" and len(allowed.chart().losses) == 1, allowed.run.failure
