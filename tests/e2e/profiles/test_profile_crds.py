"""Profiles that bring CRDs up to date, and delete them where that is asked for. Charts of the same names and shapes as the real ones."""

import json

import pytest
import yaml

from harness.cli import run
from harness.crds import MONITORS, has_crd, known_crd
from harness.helm import both_majors
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, plan_pb2

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n"


def fields(cluster, name):
    version = json.loads(cluster.kubectl("get", "crd", name, "-o", "json"))["spec"]["versions"][0]
    return list(version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"])


# Its own Service in kube-system is what a run of it may touch besides.
STACK = """apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}-coredns, namespace: kube-system}
spec: {clusterIP: None, selector: {k8s-app: kube-dns}, ports: [{name: metrics, port: 9153}]}
"""


@both_majors
@pytest.mark.parametrize("name", ["kube-prometheus-stack", "prometheus-operator"])
def test_the_stack_brings_its_crds_up_to_date_and_deletes_them_only_when_told(
    deploy, new_chart, cluster, namespace, no_crds, name
):
    def stack(version, field):
        return new_chart(STACK, crds=yaml.safe_dump(known_crd(MONITORS, field)), name=name, version=version)

    release = name[:30] + namespace.split("-")[0]
    first = deploy(namespace, release, stack("60.0.0", "one"), profile="auto")
    assert first.state == "SUCCEEDED", first.run.failure
    assert first.chart().profile == name and "kube-system" in first.run.keys
    second = deploy(namespace, release, stack("61.0.0", "two"), profile="auto")
    assert second.state == "SUCCEEDED", second.run.failure
    assert fields(cluster, MONITORS) == ["two"], "helm would have left the old one"

    destroy = {"name": release, "profile": name, "action": chart_pb2.ACTION_DESTROY}
    kept = deploy(namespace, **destroy)
    assert kept.state == "SUCCEEDED" and has_crd(cluster, MONITORS), kept.run.failure
    deploy(namespace, release, stack("61.0.0", "two"), profile="auto")
    mine = {"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": {"name": "mine"}}
    cluster.kubectl("apply", "-n", namespace, "-f", "-", input=json.dumps(mine))
    refused = deploy(namespace, delete_crds=True, **destroy)
    assert (refused.run.failure.reason, refused.run.failure.step) == ("CRD_IN_USE", "guards")
    assert f"{namespace}/mine" in refused.run.failure.message
    assert release in cluster.releases(namespace), "refused before anything was done"
    gone = deploy(namespace, delete_crds=True, allow={"crd_loss": True}, **destroy)
    assert gone.state == "SUCCEEDED" and not has_crd(cluster, MONITORS), gone.run.failure


def test_what_would_be_lost_with_the_stack_is_told_by_a_preview(client, deploy, new_chart, cluster, namespace, no_crds):
    chart = new_chart(STACK, crds=yaml.safe_dump(known_crd(MONITORS, "one")), name="kube-prometheus-stack", version="60.0.0")
    assert deploy(namespace, "kps", chart, profile="auto").state == "SUCCEEDED"
    mine = {"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": {"name": "mine"}}
    cluster.kubectl("apply", "-n", namespace, "-f", "-", input=json.dumps(mine))
    info = chart_pb2.ChartInfo(
        name="kps", namespace=namespace, action=chart_pb2.ACTION_DESTROY, profile="kube-prometheus-stack", delete_crds=True
    )
    info.allow.crd_loss = True
    told = Outcome(client, client.deploy(plan_pb2.Plan(charts=[info]), mode=deployer_service_pb2.MODE_PREVIEW))
    assert told.state == "SUCCEEDED", told.run.failure
    assert [loss.object for loss in told.chart().losses] == [f"CustomResourceDefinition {MONITORS}"]
    assert has_crd(cluster, MONITORS) and "kps" in cluster.releases(namespace)
    deploy(namespace, "kps", action=chart_pb2.ACTION_DESTROY)


def test_the_autoscalers_crds_are_brought_up_to_date_and_deleted_from_the_command_line(
    daemon, deploy, new_chart, cluster, namespace, no_crds
):
    name = "verticalpodautoscalers.autoscaling.k8s.io"
    for version, field in (("9.0.0", "one"), ("9.1.0", "two")):
        chart = new_chart(CONFIG, crds=yaml.safe_dump(known_crd(name, field)), name="vertical-pod-autoscaler", version=version)
        assert deploy(namespace, "vpa", chart, profile="auto").state == "SUCCEEDED"
        assert fields(cluster, name) == [field]
    mine = {"apiVersion": "autoscaling.k8s.io/v1", "kind": "VerticalPodAutoscaler", "metadata": {"name": "mine"}}
    cluster.kubectl("apply", "-n", namespace, "-f", "-", input=json.dumps(mine))
    destroy = ("destroy", "vpa", "-n", namespace, "--profile", "vertical-pod-autoscaler")
    assert run(daemon, *destroy).returncode == 0 and has_crd(cluster, name)
    refused = run(daemon, *destroy, "--delete-crds")
    assert refused.returncode == 1 and "CRD_IN_USE" in refused.stderr and f"{namespace}/mine" in refused.stderr
    gone = run(daemon, *destroy, "--delete-crds", "--allow", "crd-loss")
    assert gone.returncode == 0 and not has_crd(cluster, name), "though the release is gone already"
    assert "delete the CRDs of the autoscaler" in gone.stdout


def test_configs_of_cert_manager_are_tried_again_until_its_webhook_answers(deploy, new_chart, namespace):
    chart = new_chart(CONFIG, name="cert-manager-configs")
    run = deploy(namespace, chart=chart, profile="auto", dry_run=True).run
    assert (run.plan.charts[0].upgrade_retry.count, run.plan.charts[0].upgrade_retry.delay.seconds) == (10, 30)
