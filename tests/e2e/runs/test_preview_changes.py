"""What a preview says of each object: what changes and in which fields, what goes, and what has drifted."""

import json

import pytest

from harness.crds import Kind, apply
from harness.helm import both_majors
from harness.paths import CHARTS
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, plan_pb2, run_pb2

TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata: {name: web, labels: {helm.sh/chart: "{{ .Chart.Name }}-{{ .Chart.Version }}"}}
data: {message: "{{ .Values.message }}", port: "{{ .Values.port }}"}
---
apiVersion: v1
kind: Secret
metadata: {name: web}
stringData: {token: "{{ .Values.token }}"}
{{- if .Values.old }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: old}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kept, annotations: {helm.sh/resource-policy: keep}}
{{- else }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: new}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: after, annotations: {helm.sh/hook: post-upgrade}}
{{- end }}
"""
VALUES = "message: a\nport: 80\ntoken: first-token\nold: true\n"


@pytest.fixture
def preview(client):
    """preview(ChartInfo): the objects that would change, by name."""

    def go(info):
        plan = plan_pb2.Plan(charts=[info])
        outcome = Outcome(client, client.deploy(plan, mode=deployer_service_pb2.MODE_PREVIEW))
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        return {change.object: change for change in outcome.chart().changes}

    return go


def action(change):
    return run_pb2.ObjectAction.Name(change.action).removeprefix("OBJECT_ACTION_")


def fields(changes):
    return {field.path: (field.before, field.after) for field in changes}


@both_majors
def test_each_object_that_changes_is_shown_with_its_fields(preview, deploy, new_chart, namespace):
    chart = new_chart(TEMPLATE, VALUES)
    info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=chart)
    assert {name: action(change) for name, change in preview(info).items()} == {
        f"ConfigMap {namespace}/web": "CREATE",
        f"Secret {namespace}/web": "CREATE",
        f"ConfigMap {namespace}/old": "CREATE",
        f"ConfigMap {namespace}/kept": "CREATE",
    }
    assert deploy(namespace, chart=chart).state == "SUCCEEDED"
    assert preview(info) == {}

    info.chart.CopyFrom(new_chart(TEMPLATE, VALUES, version="2.0.0"))
    for key, value in {"message": "b", "port": "81", "token": "second-token", "old": "false"}.items():
        info.values.add(key=key, value=value)
    changes = preview(info)
    assert {name: action(change) for name, change in changes.items()} == {
        f"ConfigMap {namespace}/web": "CHANGE",
        f"Secret {namespace}/web": "CHANGE",
        f"ConfigMap {namespace}/new": "CREATE",
        f"ConfigMap {namespace}/old": "DELETE",
        f"ConfigMap {namespace}/kept": "KEEP",
        f"ConfigMap {namespace}/after": "RUN_HOOK",
    }
    config = changes[f"ConfigMap {namespace}/web"]
    assert fields(config.fields) == {
        ".data.message": ('"a"', '"b"'),
        ".data.port": ('"80"', '"81"'),
        '.metadata.labels["helm.sh/chart"]': ('"made-1.0.0"', '"made-2.0.0"'),
    }
    assert [field.path for field in config.fields if field.noise] == ['.metadata.labels["helm.sh/chart"]']
    secret = changes[f"Secret {namespace}/web"]
    assert fields(secret.fields) == {".stringData.token": ("***", "***")} and secret.fields[0].secret
    assert changes[f"ConfigMap {namespace}/after"].note == "post-upgrade"


def test_what_becomes_of_versions_of_crds_and_of_their_objects(client, cluster, new_chart, namespace):
    cluster.kubectl("create", "namespace", namespace)
    kind, fresh = Kind("Keel", namespace), Kind("Rudder", namespace)
    apply(cluster, namespace, kind.manifest(versions=("v1alpha1", "v1beta1"), storage="v1beta1"))
    cluster.kubectl("wait", "--for=condition=Established", f"crd/{kind.crd}")
    apply(cluster, namespace, kind.resource("a", "v1beta1") + "---\n" + kind.resource("b", "v1beta1"))
    brought = kind.manifest(versions=("v1beta1", "v1"), served=("v1beta1", "v1")) + "---\n" + fresh.manifest()

    def preview(crds, policy=chart_pb2.CRD_POLICY_CREATE_REPLACE):
        info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=new_chart(TEMPLATE, VALUES, crds=crds), crd_policy=policy)
        outcome = Outcome(client, client.deploy(plan_pb2.Plan(charts=[info]), mode=deployer_service_pb2.MODE_PREVIEW))
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        return {change.name: change for change in outcome.chart().crd_changes}

    changes = preview(brought)
    assert {name: action(change) for name, change in changes.items()} == {kind.crd: "CHANGE", fresh.crd: "CREATE"}
    changed = changes[kind.crd]
    assert (changed.live_objects, list(changed.added_versions), list(changed.dropped_versions)) == (2, ["v1"], ["v1alpha1"])
    assert list(changed.dropped_stored_versions) == []
    # The API server would refuse this one.
    assert list(preview(kind.manifest())[kind.crd].dropped_stored_versions) == ["v1beta1"]
    assert preview(brought, chart_pb2.CRD_POLICY_CREATE).keys() == {fresh.crd}
    assert preview(brought, chart_pb2.CRD_POLICY_SKIP) == {}


@both_majors
def test_what_others_have_changed_or_deleted_is_kept_apart(preview, deploy, cluster, new_chart, namespace):
    chart = new_chart(TEMPLATE, VALUES)
    assert deploy(namespace, chart=chart).state == "SUCCEEDED"
    patch = json.dumps({"data": {"message": "by hand"}})
    cluster.kubectl("patch", "configmap", "web", "-n", namespace, "--field-manager", "somebody", "-p", patch)
    info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=chart)
    changes = preview(info)
    assert list(changes) == [f"ConfigMap {namespace}/web"]
    (change,) = changes.values()
    assert (action(change), list(change.fields)) == ("UNSPECIFIED", [])
    assert fields(change.drift) == {".data.message": ('"a"', '"by hand"')}
    assert change.drift[0].manager == "somebody"

    cluster.kubectl("delete", "configmap", "old", "-n", namespace)
    missing = preview(info)[f"ConfigMap {namespace}/old"]
    assert (action(missing), missing.note) == ("CREATE", "is missing in the cluster")


def test_a_destroy_shows_what_goes_and_what_stays(preview, deploy, new_chart, namespace):
    assert deploy(namespace, chart=new_chart(TEMPLATE, VALUES)).state == "SUCCEEDED"
    info = chart_pb2.ChartInfo(name="web", namespace=namespace, action=chart_pb2.ACTION_DESTROY)
    assert {name: action(change) for name, change in preview(info).items()} == {
        f"ConfigMap {namespace}/web": "DELETE",
        f"Secret {namespace}/web": "DELETE",
        f"ConfigMap {namespace}/old": "DELETE",
        f"ConfigMap {namespace}/kept": "KEEP",
    }


def test_the_command_line_shows_them_and_tells_by_its_exit_code(cli, tmp_path, namespace):
    plan = tmp_path / "plan.yaml"
    text = f"charts: [{{name: web, namespace: {namespace}, chart: {{path: {CHARTS / 'web'}}}, values: [%s]}}]\n"
    plan.write_text(text % "")
    assert cli("plan", "-f", plan, "--exit-code").returncode == 6
    assert cli("apply", "-f", plan).returncode == 0
    assert cli("plan", "-f", plan, "--exit-code").returncode == 0
    plan.write_text(text % '{key: replicas, value: "2"}')
    shown = cli("plan", "-f", plan)
    assert shown.returncode == 0, shown.stderr
    assert f"  ~ Deployment {namespace}/web\n      .spec.replicas  1 -> 2\n" in shown.stdout, shown.stdout
    comment = cli("plan", "-f", plan, "-o", "markdown")
    assert "```diff\n" in comment.stdout and f"! Deployment {namespace}/web\n" in comment.stdout
    assert json.loads(cli("plan", "-f", plan, "-o", "json").stdout)["run"]["charts"][0]["changes"]
