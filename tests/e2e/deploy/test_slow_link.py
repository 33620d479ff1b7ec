"""clusters[].slowLink: helm reaches the cluster through the daemon, which answers its reads of single objects from lists."""

import pytest

from harness.helm import both_majors, newest
from wheelhouse.v1 import chart_pb2

OBJECTS = 40
MANY = """
{{ range $i := until %d }}
---
apiVersion: v1
kind: PodTemplate
metadata: {name: {{ $.Release.Name }}-{{ $i }}}
template:
  metadata: {labels: {message: {{ $.Values.message | quote }}}}
  spec: {containers: [{name: c, image: sandbox.example/c:1}]}
{{ end }}
""" % OBJECTS
VALUES = "message: one\n"


@pytest.fixture
def far(make_daemon, kubeconfig, helm):
    """The client of a daemon with such a cluster."""
    clusters = [{"name": "far", "kubeconfig": str(kubeconfig), "default": True, "slowLink": True}]
    with make_daemon(helm=helm, clusters=clusters).client() as client:
        yield client


def reads(cluster):
    """How often the API server was asked for a single PodTemplate."""
    metrics = cluster.kubectl("get", "--raw", "/metrics").splitlines()
    counted = [line for line in metrics if line.startswith("apiserver_request_total{")]
    ours = [line for line in counted if 'resource="podtemplates"' in line and 'verb="GET"' in line]
    return sum(float(line.rsplit(" ", 1)[1]) for line in ours)


def messages(cluster, namespace):
    found = cluster.kubectl("get", "podtemplates", "-n", namespace, "-o", "jsonpath={.items[*].template.metadata.labels.message}")
    return found.split()


@both_majors
def test_objects_are_read_as_a_list(client, far, deploy, new_chart, cluster, namespace):
    def asked(through, message):
        before = reads(cluster)
        chart = new_chart(MANY, VALUES, client=through)
        outcome = deploy(namespace, chart=chart, values={"message": message}, client=through)
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        assert messages(cluster, namespace) == [message] * OBJECTS
        return reads(cluster) - before

    assert asked(far, "one") < 5
    assert asked(far, "two") < 5
    assert asked(client, "three") >= OBJECTS, "helm itself asks for each"


@both_majors
def test_hooks_waits_rollbacks_and_uninstalls_go_the_same_way(far, deploy, cluster, namespace):
    for message in "one", "two":
        outcome = deploy(namespace, values={"message": message, "hook": "completes"}, client=far)
        assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert deploy(namespace, action=chart_pb2.ACTION_ROLLBACK, chart="web", client=far).state == "SUCCEEDED"
    assert newest(cluster, namespace) == (3, "deployed")
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "one"
    assert deploy(namespace, action=chart_pb2.ACTION_DESTROY, client=far).state == "SUCCEEDED"
    assert cluster.get("configmap", "web", namespace) is None


def test_what_the_server_refuses_is_said_as_ever(far, deploy, new_chart, namespace):
    chart = new_chart("{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 99999}]}}", client=far)
    failed = deploy(namespace, chart=chart, client=far)
    assert failed.run.failure.reason == "APPLY_REJECTED"
    assert "spec.ports[0].port" in failed.run.failure.message
