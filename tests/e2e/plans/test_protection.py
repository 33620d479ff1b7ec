"""What is protected is never destroyed, whoever asks."""

from harness.helm import both_majors, newest
from harness.runs import Outcome, step_result
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, plan_pb2

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: cfg}
data: {id: {{ uuidv4 | quote }}, message: {{ .Values.message | default "a" }}}
"""


def label(cluster, namespace, revision):
    record = cluster.get("secret", f"sh.helm.release.v1.web.v{revision}", namespace)
    return record["metadata"]["labels"].get("wheelhouse-protected")


@both_majors
def test_a_protected_release_stays_until_it_is_deployed_without(deploy, new_chart, cluster, namespace):
    chart = new_chart(CONFIG)
    assert deploy(namespace, chart=chart, protected=True).state == "SUCCEEDED"
    assert label(cluster, namespace, 1) == "true"
    refused = deploy(namespace, action=chart_pb2.ACTION_DESTROY)
    assert refused.run.failure.reason == "RELEASE_PROTECTED", refused.run.failure
    assert "protected: true" in refused.run.failure.message
    assert cluster.get("configmap", "cfg", namespace) and newest(cluster, namespace) == (1, "deployed")
    # A new revision stays protected; nothing is deployed to change only that.
    assert deploy(namespace, chart=chart, values={"message": "b"}, protected=True).decision() == "UPGRADE"
    assert label(cluster, namespace, 2) == "true"
    unprotected = deploy(namespace, chart=chart, values={"message": "b"})
    assert (unprotected.decision(), unprotected.state) == ("UNCHANGED", "SUCCEEDED"), unprotected.run.failure
    assert step_result(unprotected, "verdict") == ("SUCCEEDED", "is no longer protected")
    assert newest(cluster, namespace) == (2, "deployed") and label(cluster, namespace, 2) is None
    again = deploy(namespace, chart=chart, values={"message": "b"}, protected=True)
    assert again.decision() == "UNCHANGED" and label(cluster, namespace, 2) == "true"
    assert deploy(namespace, chart=chart, values={"message": "c"}).state == "SUCCEEDED"
    assert label(cluster, namespace, 3) is None
    assert deploy(namespace, action=chart_pb2.ACTION_DESTROY).state == "SUCCEEDED"


def test_a_reinstall_would_destroy_it(deploy, new_chart, cluster, namespace):
    assert deploy(namespace, chart=new_chart(CONFIG, version="1.0.0"), protected=True).state == "SUCCEEDED"
    chart = new_chart(CONFIG, version="2.0.0")
    refused = deploy(namespace, chart=chart, protected=True, last_breaking_version_requiring_restart="1.0.0")
    assert refused.run.failure.reason == "RELEASE_PROTECTED", refused.run.failure
    assert newest(cluster, namespace) == (1, "deployed")


def test_the_operator_protects_namespaces(make_daemon, upload, cluster, namespace):
    daemon = make_daemon(protectedNamespaces=[namespace])
    with daemon.client() as client:
        info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        assert Outcome(client, client.deploy(plan_pb2.Plan(charts=[info]))).state == "SUCCEEDED"
        gone = chart_pb2.ChartInfo(name="web", namespace=namespace, action=chart_pb2.ACTION_DESTROY)
        for mode in (deployer_service_pb2.MODE_APPLY, deployer_service_pb2.MODE_PREVIEW):
            refused = Outcome(client, client.deploy(plan_pb2.Plan(charts=[gone]), mode=mode))
            assert refused.run.failure.reason == "RELEASE_PROTECTED", refused.run.failure
            assert "protectedNamespaces" in refused.run.failure.message
    assert newest(cluster, namespace) == (1, "deployed")
