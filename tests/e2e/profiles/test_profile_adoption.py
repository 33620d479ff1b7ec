"""Profiles that take over what a cluster came with. The real charts where they are there; else charts of the same names and shapes."""

import json

from harness.aws_vpc_cni import contents
from harness.by_hand import apply_by_hand
from harness.crds import MONITORS, has_crd, known_crd
from harness.helm import both_majors, records
from wheelhouse.v1 import chart_pb2, run_pb2

MARK = "meta.helm.sh/release-name"


def step(outcome, name):
    return next(s for stage in outcome.chart().stages for s in stage.steps if s.name == name)


def state(outcome, name):
    return run_pb2.State.Name(step(outcome, name).state).removeprefix("STATE_")


@both_majors
def test_the_cni_is_taken_over_by_nothing_but_its_profile(deploy, cluster, namespace, cni_chart, installed):
    outcome = deploy(namespace, "aws-vpc-cni", cni_chart, profile="auto")
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert outcome.chart().profile == "aws-vpc-cni"
    assert step(outcome, "adopt what EKS installed").outcome == "adopted 5 of 5 objects"
    assert state(outcome, "the CNI is ready") == "SUCCEEDED"
    live = contents(cluster, namespace)
    for kind, before in installed.items():
        assert live[kind]["metadata"]["uid"] == before["metadata"]["uid"]
        assert live[kind]["metadata"]["annotations"][MARK] == "aws-vpc-cni"
    assert live["DaemonSet"]["spec"]["selector"] == {"matchLabels": {"k8s-app": "aws-node"}}
    assert deploy(namespace, "aws-vpc-cni", cni_chart, profile="auto").decision() == "UNCHANGED"
    upgrade = deploy(namespace, "aws-vpc-cni", cni_chart, {"env.WARM_ENI_TARGET": "3"}, profile="auto")
    assert (upgrade.state, upgrade.decision()) == ("SUCCEEDED", "UPGRADE"), upgrade.run.failure


def test_a_cni_that_never_becomes_ready_leaves_what_was_there(deploy, cluster, namespace, cni_chart, installed):
    values = {"podLabels.sandbox\\.wheelhouse/pod": "never-ready"}
    outcome = deploy(namespace, "aws-vpc-cni", cni_chart, values, timeout={"seconds": 8}, profile="aws-vpc-cni")
    assert outcome.run.failure.reason == "NOT_READY", outcome.run.failure
    assert contents(cluster, namespace) == installed
    assert records(cluster, namespace) == []


COREFILE = "{name: coredns}\ndata: {Corefile: {{ .Values.corefile | quote }}}\n"


def core_dns(corefile):
    container = {"name": "coredns", "image": "coredns:1.11.1"}
    labels = {"k8s-app": "kube-dns"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "coredns"}, "data": {"Corefile": corefile}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "coredns", "labels": labels},
            "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template},
        },
    ]


def restarted(cluster, namespace):
    template = cluster.get("deployment", "coredns", namespace)["spec"]["template"]["metadata"]
    return template.get("annotations", {}).get("kubectl.kubernetes.io/restartedAt")


@both_majors
def test_core_dns_restarts_when_its_configuration_changed_and_not_otherwise(deploy, new_chart, cluster, namespace):
    cluster.kubectl("create", "namespace", namespace)
    apply_by_hand(cluster, namespace, core_dns("one"))
    config = new_chart(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {COREFILE}", name="coredns-config")
    same = deploy(namespace, "coredns-config", config, {"corefile": "one"}, profile="auto")
    assert same.state == "SUCCEEDED", same.run.failure
    assert cluster.get("configmap", "coredns", namespace)["metadata"]["annotations"][MARK] == "coredns-config"
    assert state(same, "restart CoreDNS") == "SKIPPED" and restarted(cluster, namespace) is None
    other = deploy(namespace, "coredns-config", config, {"corefile": "two"}, profile="auto")
    assert other.state == "SUCCEEDED", other.run.failure
    assert state(other, "restart CoreDNS") == "SUCCEEDED" and restarted(cluster, namespace)


# As the public chart: pods that carry the digest of their configuration, whose selector is the caller's to set.
PUBLIC = """apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Values.fullnameOverride }}}
data: {Corefile: {{ .Values.corefile | quote }}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Values.fullnameOverride }}}
spec:
  replicas: {{ .Values.replicaCount }}
  selector: {{ toYaml .Values.deployment.selector | nindent 4 }}
  template:
    metadata:
      labels: {k8s-app: {{ .Values.k8sAppLabelOverride }}}
      annotations: {checksum/config: {{ sha256sum .Values.corefile }}}
    spec:
      containers: [{name: coredns, image: coredns:1.12.0}]
"""


@both_majors
def test_core_dns_is_taken_over_and_not_restarted_where_helm_replaced_its_pods(deploy, new_chart, cluster, namespace):
    cluster.kubectl("create", "namespace", namespace)
    apply_by_hand(cluster, namespace, core_dns("one"))
    before = cluster.get("deployment", "coredns", namespace)
    public = new_chart(PUBLIC, "replicaCount: 1\n", name="coredns", version="1.43.3")
    outcome = deploy(namespace, "coredns", public, {"corefile": "two"}, profile="auto")
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    after = cluster.get("deployment", "coredns", namespace)
    assert after["metadata"]["uid"] == before["metadata"]["uid"] and after["spec"]["replicas"] == 2
    assert state(outcome, "restart CoreDNS") == "SKIPPED" and restarted(cluster, namespace) is None


def test_a_public_core_dns_chart_whose_selector_cannot_be_set_has_no_profile(deploy, new_chart, namespace):
    old = new_chart(PUBLIC, name="coredns", version="1.30.0")
    assert deploy(namespace, "coredns", old, profile="auto", dry_run=True).chart().profile == ""


@both_majors
def test_crds_that_were_applied_by_hand_become_the_releases(deploy, client, real_charts, cluster, namespace, no_crds):
    (archive,) = real_charts.glob("prometheus-operator-crds-*.tgz")
    chart = chart_pb2.ChartSource(archive_digest=client.upload_chart(str(archive)).digest)
    apply_by_hand(cluster, namespace, [known_crd(MONITORS, "old")])
    outcome = deploy(namespace, "crds", chart, profile="auto")
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step(outcome, "adopt the CRDs that exist").outcome == "adopted 1 of 10 objects"
    assert json.loads(cluster.kubectl("get", "crd", MONITORS, "-o", "json"))["metadata"]["annotations"][MARK] == "crds"
    gone = deploy(namespace, "crds", profile="prometheus-operator-crds", action=chart_pb2.ACTION_DESTROY)
    assert gone.state == "SUCCEEDED" and not has_crd(cluster, MONITORS), gone.run.failure


def test_cert_managers_profile_turns_its_crds_on_and_holds_kube_system(deploy, new_chart, namespace):
    chart = new_chart(
        """{{ if not .Values.crds.enabled }}{{ fail "no CRDs" }}{{ end }}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: {{ .Release.Name }}-leaderelection, namespace: kube-system}
rules: []
""",
        "crds: {enabled: false}\n",
        name="cert-manager",
        version="v1.16.2",
    )
    release = "cm-" + namespace.split("-")[0]
    outcome = deploy(namespace, release, chart, profile="auto")
    assert outcome.state == "SUCCEEDED" and outcome.chart().profile == "cert-manager", outcome.run.failure
    assert sorted(outcome.run.keys) == ["kube-system", namespace]
    deploy(namespace, release, action=chart_pb2.ACTION_DESTROY)
    assert deploy(namespace, release, chart, dry_run=True).run.failure.reason in ("CHART_INVALID", "VALUES_INVALID")
