"""Fixtures of what profiles name: it is the cluster's, so each test puts it there and takes it away."""

import pytest

from harness.aws_vpc_cni import contents, hand_made
from harness.by_hand import apply_by_hand
from harness.crds import MONITORS
from wheelhouse.v1 import chart_pb2


@pytest.fixture
def cni_chart(client, real_charts):
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


@pytest.fixture
def no_crds(cluster):
    """The profiles name CRDs of the whole cluster."""
    names = (MONITORS, "verticalpodautoscalers.autoscaling.k8s.io")
    cluster.kubectl("delete", "crd", "--ignore-not-found", *names)
    yield
    cluster.kubectl("delete", "crd", "--ignore-not-found", *names)
