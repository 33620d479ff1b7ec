"""An upgrade takes one helm where nothing asks beforehand what it is going to apply: the gate sees that."""

import pytest

from harness.crds import Kind, apply
from harness.runs import Outcome, step_result
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, plan_pb2

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: cfg}
data: {message: {{ .Values.message | default "a" | quote }}}
"""
HOOK = """---
{{ if .Values.hook }}
apiVersion: batch/v1
kind: Job
metadata: {name: after, annotations: {helm.sh/hook: post-upgrade}}
spec:
  template:
    metadata: {labels: {sandbox.wheelhouse/pod: completes}}
    spec: {restartPolicy: Never, containers: [{name: c, image: "sandbox.example/c:1"}]}
{{ end }}
"""


class Counted:
    """A daemon whose helm notes what it is started for."""

    def __init__(self, make_daemon, helm, folder):
        self.calls = folder / "calls"
        script = folder / "helm"
        script.write_text(f'#!/bin/sh\necho "$1" >>{self.calls}\nexec {helm} "$@"\n')
        script.chmod(0o755)
        self.daemon = make_daemon(helm=script, kustomize={"path": str(helm.parent / "kustomize")})

    def forget(self):
        self.calls.write_text("")

    def helms(self):
        return [call for call in self.calls.read_text().split() if call != "version"]


@pytest.fixture
def counted(make_daemon, tools, helm, tmp_path):
    return Counted(make_daemon, tools / helm, tmp_path)


@pytest.fixture
def client(counted):
    with counted.daemon.client() as client:
        yield client


def installed(deploy, counted, namespace, chart, **fields):
    assert deploy(namespace, chart=chart, **fields).state == "SUCCEEDED"
    assert counted.helms() == ["template", "upgrade"], "an install is seen before its namespace is made"
    counted.forget()


def test_an_upgrade_takes_one_helm(counted, deploy, new_chart, namespace):
    chart = new_chart(CONFIG)
    installed(deploy, counted, namespace, chart)
    outcome = deploy(namespace, chart=chart, values={"message": "b"})
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UPGRADE"), outcome.run.failure
    assert counted.helms() == ["upgrade"]
    assert step_result(outcome, "workloads") == ("SUCCEEDED", "1 objects are ready")


NEEDS = {
    "namespace labels": {"namespace_labels": {"team": "a"}},
    "recreate": {"recreate": ["Job"]},
    "dry run": {"dry_run": True},
    "a step before helm": {"stages": {"pre_exec": {"before": [{"wait_for": {"objects": [{"kind": "Namespace", "name": "default"}], "ready": {}}}]}}},
}


@pytest.mark.parametrize("what", NEEDS)
def test_what_asks_beforehand_is_answered(what, counted, deploy, new_chart, namespace):
    chart = new_chart(CONFIG)
    installed(deploy, counted, namespace, chart)
    outcome = deploy(namespace, chart=chart, values={"message": "b"}, **NEEDS[what])
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert counted.helms() == (["template"] if what == "dry run" else ["template", "upgrade"])


def test_a_preview_shows_what_would_be_applied(counted, client, deploy, new_chart, namespace):
    chart = new_chart(CONFIG)
    installed(deploy, counted, namespace, chart)
    info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=chart)
    info.values.add(key="message", value="b")
    outcome = Outcome(client, client.deploy(plan_pb2.Plan(charts=[info]), mode=deployer_service_pb2.MODE_PREVIEW))
    assert step_result(outcome, "helm")[1] == "applies 1 objects"
    assert counted.helms() == ["template"]


def test_crds_are_written_for_what_was_seen(counted, deploy, new_chart, namespace):
    chart = new_chart(CONFIG, crds=Kind("Jib", namespace).manifest())
    installed(deploy, counted, namespace, chart)
    assert deploy(namespace, chart=chart, values={"message": "b"}).state == "SUCCEEDED"
    assert counted.helms() == ["template", "upgrade"]


@pytest.mark.parametrize("helm", ["helm3"], indirect=True)
def test_helm_3_shows_no_hooks_to_the_gate(counted, deploy, new_chart, namespace):
    chart = new_chart(CONFIG)
    installed(deploy, counted, namespace, chart)
    assert deploy(namespace, chart=chart, values={"message": "b"}).state == "SUCCEEDED"
    assert counted.helms() == ["template", "upgrade"]
    counted.forget()
    assert deploy(namespace, chart=chart, values={"message": "c"}, no_hooks=True).state == "SUCCEEDED"
    assert counted.helms() == ["upgrade"]


def test_a_chart_whose_post_hooks_are_new_has_helm_asked_again(counted, deploy, new_chart, cluster, namespace):
    chart = new_chart(CONFIG + HOOK)
    installed(deploy, counted, namespace, chart)
    for message, hook, helms in (("b", "1", 2), ("c", "1", 1), ("d", "", 2), ("e", "", 1)):
        values = {"message": message} | ({"hook": hook} if hook else {})
        assert deploy(namespace, chart=chart, values=values).state == "SUCCEEDED"
        assert counted.helms() == ["upgrade"] * helms, message
        counted.forget()
        assert cluster.get("configmap", "cfg", namespace)["data"] == {"message": message}
    assert cluster.get("job", "after", namespace)["status"]["succeeded"] == 1


def test_what_another_release_owns_by_now_is_asked_about_beforehand(counted, deploy, new_chart, cluster, namespace):
    chart = new_chart(CONFIG)
    installed(deploy, counted, namespace, chart)
    cluster.kubectl("annotate", "configmap", "cfg", "-n", namespace, "--overwrite", "meta.helm.sh/release-name=other")
    deploy(namespace, chart=new_chart("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n"))
    assert counted.helms() == ["template", "upgrade"]
    assert cluster.get("configmap", "cfg", namespace)


def test_what_may_be_lost_is_told_with_the_decision(counted, deploy, new_chart, cluster, namespace):
    kind = Kind("Jib", namespace)
    chart = new_chart("{{ if .Values.crd }}\n" + kind.manifest() + "{{ end }}\n---\n" + CONFIG)
    installed(deploy, counted, namespace, chart, values={"crd": "true"})
    apply(cluster, namespace, kind.resource("a"))
    outcome = deploy(namespace, chart=chart, allow={"crd_loss": True})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert [loss.object for loss in outcome.chart().losses] == [f"CustomResourceDefinition {kind.crd}"]
    assert counted.helms() == ["template", "upgrade"]


def test_a_template_that_fails_changes_nothing(counted, deploy, new_chart, cluster, namespace):
    chart = new_chart(CONFIG + '{{ if eq .Values.message "b" }}{{ fail "not b" }}{{ end }}', values="message: a")
    installed(deploy, counted, namespace, chart)
    failure = deploy(namespace, chart=chart, values={"message": "b"}).run.failure
    assert (failure.reason, "not b" in failure.message) == ("VALUES_INVALID", True), failure
    assert counted.helms() == ["upgrade"], "nothing is to be undone"
    assert [(r["revision"], r["status"]) for r in cluster.history("web", namespace)] == [(1, "deployed")]
    assert list(failure.left_changed) == []
