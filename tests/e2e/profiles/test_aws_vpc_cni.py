"""The real aws-vpc-cni chart, unforked, over what a cloud has installed by hand. Skipped where the chart is not there."""

import json

import pytest

from conftest import both_majors
from test_adopt import apply_by_hand, records
from test_step_kinds import step_of
from wheelhouse.v1 import chart_pb2

OBJECTS = {
    "ServiceAccount": "aws-node",
    "ConfigMap": "amazon-vpc-cni",
    "ClusterRole": "aws-node",
    "ClusterRoleBinding": "aws-node",
    "DaemonSet": "aws-node",
}
STAGES = {
    "pre_exec": {
        "before": [
            {
                "name": "adopt what the cloud installed",
                "adopt": {"objects": [{"kind": kind, "name": name} for kind, name in OBJECTS.items()]},
            }
        ]
    }
}
# The selector of a DaemonSet cannot change: the chart knows the hand-made one's.
VALUES = {"originalMatchLabels": "true"}


def hand_made(namespace):
    rbac = "rbac.authorization.k8s.io"
    pods = {"app.kubernetes.io/name": "aws-node", "k8s-app": "aws-node"}
    container = {
        "name": "aws-node",
        "image": "amazon-k8s-cni:v1.18.1",
        "env": [{"name": "WARM_ENI_TARGET", "value": "2"}, {"name": "CLOUD", "value": "eks"}],
        "resources": {"requests": {"cpu": "10m"}},
    }
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "aws-node"}},
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "amazon-vpc-cni"},
            "data": {"enable-network-policy-controller": "true", "branch-eni-cooldown": "30"},
        },
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "aws-node"},
            "rules": [{"apiGroups": [""], "resources": ["pods", "namespaces"], "verbs": ["list", "watch", "get"]}],
        },
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "aws-node"},
            "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "aws-node"},
            "subjects": [{"kind": "ServiceAccount", "name": "aws-node", "namespace": namespace}],
        },
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": "aws-node", "labels": {"k8s-app": "aws-node"}},
            "spec": {
                "selector": {"matchLabels": {"k8s-app": "aws-node"}},
                "template": {
                    "metadata": {"labels": pods},
                    "spec": {"serviceAccountName": "aws-node", "hostNetwork": True, "containers": [container]},
                },
            },
        },
    ]


def contents(cluster, namespace):
    """What each object holds, and whose it is."""
    objects = {}
    for kind, name in OBJECTS.items():
        object = cluster.get(kind, name, namespace)
        object.pop("status", None)
        for key in ("resourceVersion", "generation"):
            object["metadata"].pop(key, None)
        object["metadata"].get("annotations", {}).pop("deprecated.daemonset.template.generation", None)
        objects[kind] = object
    return objects


@pytest.fixture
def chart(client, real_charts):
    (archive,) = real_charts.glob("aws-vpc-cni-*.tgz")
    return chart_pb2.ChartSource(archive_digest=client.upload_chart(str(archive)).digest)


@pytest.fixture
def installed(cluster, namespace):
    cluster.kubectl("create", "namespace", namespace)
    apply_by_hand(cluster, namespace, hand_made(namespace))
    cluster.kubectl("rollout", "status", "daemonset/aws-node", "-n", namespace, "--timeout=60s")
    yield contents(cluster, namespace)
    # Its pods take ports of every node.
    cluster.kubectl("delete", "daemonset", "aws-node", "-n", namespace, "--cascade=foreground")
    for kind in ("ClusterRole", "ClusterRoleBinding"):
        cluster.kubectl("delete", kind, "aws-node", "--ignore-not-found")


@both_majors
def test_it_takes_over_what_the_cloud_installed_and_upgrades_after(deploy, cluster, namespace, chart, installed):
    outcome = deploy(namespace, "aws-vpc-cni", chart, VALUES, stages=STAGES)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_of(outcome, "adopt what the cloud installed").outcome == "adopted 5 of 5 objects"
    live = contents(cluster, namespace)
    for kind in OBJECTS:
        assert live[kind]["metadata"]["uid"] == installed[kind]["metadata"]["uid"]
        assert live[kind]["metadata"]["annotations"]["meta.helm.sh/release-name"] == "aws-vpc-cni"
    outcome = deploy(namespace, "aws-vpc-cni", chart, {**VALUES, "env.WARM_ENI_TARGET": "3"}, stages=STAGES)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UPGRADE"), outcome.run.failure
    env = json.dumps(contents(cluster, namespace)["DaemonSet"]["spec"]["template"]["spec"]["containers"][0]["env"])
    assert '{"name": "WARM_ENI_TARGET", "value": "3"}' in env
    assert deploy(namespace, "aws-vpc-cni", chart, {**VALUES, "env.WARM_ENI_TARGET": "3"}, stages=STAGES).decision() == (
        "UNCHANGED"
    )


@both_majors
def test_a_daemon_set_that_never_becomes_ready_leaves_the_hand_made_one_working(
    deploy, cluster, namespace, chart, installed
):
    values = {**VALUES, "podLabels.sandbox\\.wheelhouse/pod": "never-ready"}
    outcome = deploy(namespace, "aws-vpc-cni", chart, values, timeout={"seconds": 8}, stages=STAGES)
    assert outcome.run.failure.reason == "NOT_READY", outcome.run.failure
    assert contents(cluster, namespace) == installed
    cluster.kubectl("rollout", "status", "daemonset/aws-node", "-n", namespace, "--timeout=60s")
    assert records(cluster, namespace) == []
