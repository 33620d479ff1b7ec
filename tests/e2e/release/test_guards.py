"""What is not lost unless the request allows it: custom resources with their CRDs, and volumes."""

import json

import pytest

from harness.crds import Kind, apply, exists
from harness.daemon import wait_for
from harness.helm import both_majors
from wheelhouse.v1 import chart_pb2

DESTROY = chart_pb2.ACTION_DESTROY
KEEP = {"helm.sh/resource-policy": "keep"}
NOTHING = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
CLAIM = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
  annotations: {{ toJson .Values.annotations }}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
"""


@pytest.fixture
def kind(namespace):
    return Kind("Jib", namespace)


@pytest.fixture
def deploy_crd(deploy, namespace, kind):
    """Deploys a release whose CRD is a template of a subchart."""

    def go(values=None, **fields):
        outcome = deploy(namespace, chart="crds-in-templates", values={"crds.kind": kind.kind, **(values or {})}, **fields)
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        return outcome

    return go


@pytest.fixture
def deploy_claim(deploy, new_chart, namespace):
    """Deploys a release with a PersistentVolumeClaim."""
    chart = new_chart(CLAIM, "annotations: {}\n")

    def go(**annotations):
        values = {"annotations." + key.replace(".", "\\."): value for key, value in annotations.items()}
        outcome = deploy(namespace, chart=chart, values=values)
        assert outcome.state == "SUCCEEDED", outcome.run.failure

    return go


def losses(outcome):
    return [(loss.object, loss.detail, loss.refused_as) for loss in outcome.chart().losses]


def refused(outcome, reason, step):
    failure = outcome.run.failure
    return outcome.state == "FAILED" and (failure.reason, failure.step) == (reason, step)


@both_majors
def test_a_destroy_that_would_lose_custom_resources_is_refused_and_lists_them(deploy, deploy_crd, cluster, namespace, kind):
    deploy_crd()
    apply(cluster, namespace, kind.resource("a") + "---\n" + kind.resource("b"))
    outcome = deploy(namespace, action=DESTROY)
    assert refused(outcome, "CRD_IN_USE", "guards"), outcome.run.failure
    listed = f"2 custom resources: {namespace}/a, {namespace}/b"
    assert f"{kind.crd} with {listed}" in outcome.run.failure.message
    assert outcome.run.failure.details[f"CustomResourceDefinition {kind.crd}"] == listed
    assert outcome.decision() == "DESTROY"
    assert losses(outcome) == [(f"CustomResourceDefinition {kind.crd}", listed, "CRD_IN_USE")]
    assert cluster.releases(namespace)["web"]["status"] == "deployed"

    allowed = deploy(namespace, action=DESTROY, allow={"crd_loss": True})
    assert allowed.state == "SUCCEEDED", allowed.run.failure
    assert losses(allowed) == [(f"CustomResourceDefinition {kind.crd}", listed, "")]
    assert not exists(cluster, kind)


def test_a_long_list_of_what_would_be_lost_is_cut(deploy, deploy_crd, cluster, namespace, kind):
    deploy_crd()
    apply(cluster, namespace, "---\n".join(kind.resource(f"r{i:02}") for i in range(23)))
    message = deploy(namespace, action=DESTROY).run.failure.message
    assert message.endswith(f"{namespace}/r19 and 3 more") and "23 custom resources" in message


def test_crds_that_the_manifest_keeps_are_not_lost(deploy, deploy_crd, cluster, namespace, kind):
    deploy_crd({"crds.annotations.helm\\.sh/resource-policy": "keep"})
    apply(cluster, namespace, kind.resource("a"))
    outcome = deploy(namespace, action=DESTROY)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert losses(outcome) == [] and exists(cluster, kind)


def test_to_annotate_a_live_crd_keeps_it_from_no_uninstall(deploy, deploy_crd, cluster, namespace, kind):
    deploy_crd()
    apply(cluster, namespace, kind.resource("a"))
    cluster.kubectl("annotate", "crd", kind.crd, "helm.sh/resource-policy=keep")
    assert refused(deploy(namespace, action=DESTROY), "CRD_IN_USE", "guards")


def test_custom_resources_of_the_release_itself_are_no_loss(deploy, new_chart, cluster, namespace, kind):
    apply_later = "{{ if .Values.late }}\n---\n" + kind.resource("own") + "{{ end }}\n"
    chart = new_chart(kind.manifest() + apply_later, "late: false\n")
    for late in ("false", "true"):
        outcome = deploy(namespace, chart=chart, values={"late": late})
        assert outcome.state == "SUCCEEDED", outcome.run.failure
    uid = cluster.get(kind.crd, "own", namespace)["metadata"]["uid"]
    owner = {"apiVersion": "sandbox.wheelhouse/v1", "kind": kind.kind, "name": "own", "uid": uid}
    apply(cluster, namespace, kind.resource("made-for-it", ownerReferences=[owner]))
    apply(cluster, namespace, kind.resource("foreign"))
    outcome = deploy(namespace, action=DESTROY)
    assert [detail for _, detail, _ in losses(outcome)] == [f"1 custom resource: {namespace}/foreign"]
    cluster.kubectl("delete", kind.crd, "foreign", "-n", namespace)
    outcome = deploy(namespace, action=DESTROY)
    assert (outcome.state, losses(outcome)) == ("SUCCEEDED", []), outcome.run.failure
    assert not exists(cluster, kind)


@both_majors
def test_an_upgrade_that_drops_a_crd_in_use_is_refused(deploy, deploy_crd, cluster, namespace, kind):
    deploy_crd()
    apply(cluster, namespace, kind.resource("a"))
    drop = {"chart": "crds-in-templates", "values": {"crds.enabled": "false"}}
    outcome = deploy(namespace, **drop)
    assert refused(outcome, "CRD_IN_USE", "decide") and f"upgrading {namespace}/web would lose" in outcome.run.failure.message
    assert outcome.decision() == "UPGRADE" and losses(outcome)[0][2] == "CRD_IN_USE"
    assert exists(cluster, kind) and len(cluster.history("web", namespace)) == 1
    allowed = deploy(namespace, **drop, allow={"crd_loss": True})
    assert allowed.state == "SUCCEEDED", allowed.run.failure
    # Its finalizer outlives helm's upgrade, which waits for no deletion.
    wait_for("the CRD is gone", lambda: not exists(cluster, kind))


@both_majors
def test_helm_keeps_what_an_upgrade_drops_where_the_live_object_says_so(deploy, deploy_crd, cluster, namespace, kind):
    deploy_crd()
    apply(cluster, namespace, kind.resource("a"))
    cluster.kubectl("annotate", "crd", kind.crd, "helm.sh/resource-policy=keep")
    outcome = deploy(namespace, chart="crds-in-templates", values={"crds.enabled": "false"})
    assert (outcome.state, losses(outcome)) == ("SUCCEEDED", []), outcome.run.failure
    assert cluster.get(kind.crd, "a", namespace)


def test_a_crd_that_moves_from_the_templates_to_the_crds_folder_would_be_deleted_by_helm(
    deploy, new_chart, cluster, namespace, kind
):
    late = "{{ if .Values.late }}\n---\n" + kind.resource("own") + "{{ end }}\n"
    before = new_chart(kind.manifest() + late, "late: false\n")
    for value in ("false", "true"):
        assert deploy(namespace, chart=before, values={"late": value}).state == "SUCCEEDED"
    moved = new_chart(kind.resource("own"), crds=kind.manifest())
    outcome = deploy(namespace, chart=moved)
    assert refused(outcome, "CRD_IN_USE", "decide") and f"{namespace}/own" in outcome.run.failure.message


def test_a_rollback_to_before_a_crd_is_refused_while_it_is_in_use(deploy, deploy_crd, cluster, namespace, kind):
    deploy(namespace, chart="crds-in-templates", values={"crds.enabled": "false"})
    deploy_crd()
    apply(cluster, namespace, kind.resource("a"))
    assert refused(deploy(namespace, action=chart_pb2.ACTION_ROLLBACK), "CRD_IN_USE", "decide")
    assert exists(cluster, kind)


@both_majors
def test_a_destroy_that_would_lose_a_volume_is_refused(deploy, deploy_claim, cluster, namespace):
    deploy_claim()
    outcome = deploy(namespace, action=DESTROY)
    assert refused(outcome, "VOLUME_LOSS", "guards"), outcome.run.failure
    [(claim, detail, reason)] = losses(outcome)
    assert (claim, reason) == (f"PersistentVolumeClaim {namespace}/data", "VOLUME_LOSS")
    assert detail.startswith("the volume pvc-") and detail.endswith(" of 1Gi")
    assert cluster.get("pvc", "data", namespace)
    allowed = deploy(namespace, action=DESTROY, allow={"volume_loss": True})
    assert allowed.state == "SUCCEEDED", allowed.run.failure


def test_one_permission_does_not_serve_for_the_other(deploy, deploy_claim, namespace):
    deploy_claim()
    assert refused(deploy(namespace, action=DESTROY, allow={"crd_loss": True}), "VOLUME_LOSS", "guards")


def test_claims_that_the_manifest_keeps_are_not_lost(deploy, deploy_claim, cluster, namespace):
    deploy_claim(**KEEP)
    outcome = deploy(namespace, action=DESTROY)
    assert (outcome.state, losses(outcome)) == ("SUCCEEDED", []), outcome.run.failure
    assert cluster.get("pvc", "data", namespace)


def test_to_annotate_a_live_claim_keeps_it_from_no_uninstall(deploy, deploy_claim, cluster, namespace):
    deploy_claim()
    cluster.kubectl("annotate", "pvc", "data", "-n", namespace, "helm.sh/resource-policy=keep")
    assert refused(deploy(namespace, action=DESTROY), "VOLUME_LOSS", "guards")


def test_an_upgrade_that_drops_a_claim_is_refused(deploy, deploy_claim, new_chart, cluster, namespace):
    deploy_claim()
    chart = new_chart(NOTHING)
    assert refused(deploy(namespace, chart=chart), "VOLUME_LOSS", "decide")
    assert cluster.get("pvc", "data", namespace)
    allowed = deploy(namespace, chart=chart, allow={"volume_loss": True})
    assert allowed.state == "SUCCEEDED" and losses(allowed)[0][2] == "", allowed.run.failure


@pytest.mark.parametrize("retention", ["Delete", "Retain"])
def test_the_claims_of_a_stateful_set_are_lost_where_they_go_with_it(deploy, new_chart, cluster, namespace, retention):
    template = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": {
            "serviceName": "db",
            "replicas": 1,
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": retention, "whenScaled": "Retain"},
            "selector": {"matchLabels": {"app": "db"}},
            "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "db", "image": "db"}]}},
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "data"},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
                }
            ],
        },
    }
    assert deploy(namespace, chart=new_chart(json.dumps(template))).state == "SUCCEEDED"
    outcome = deploy(namespace, action=DESTROY)
    if retention == "Retain":
        assert (outcome.state, losses(outcome)) == ("SUCCEEDED", []), outcome.run.failure
        return
    assert refused(outcome, "VOLUME_LOSS", "guards")
    assert losses(outcome)[0][0] == f"PersistentVolumeClaim {namespace}/data-db-0"


@both_majors
def test_prometheus_operator_crds_is_destroyed_only_when_no_service_monitor_lives_or_it_is_allowed(
    deploy, cluster, namespace, real_charts
):
    crds = "monitoring.coreos.com"
    outcome = deploy(namespace, name="crds", chart=real_charts / "prometheus-operator-crds-31.0.1.tgz")
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    monitor = {
        "apiVersion": f"{crds}/v1",
        "kind": "ServiceMonitor",
        "metadata": {"name": "shop"},
        "spec": {"selector": {}, "endpoints": [{"port": "http"}]},
    }
    apply(cluster, namespace, json.dumps(monitor))
    outcome = deploy(namespace, name="crds", action=DESTROY)
    assert refused(outcome, "CRD_IN_USE", "guards"), outcome.run.failure
    assert losses(outcome) == [
        (f"CustomResourceDefinition servicemonitors.{crds}", f"1 custom resource: {namespace}/shop", "CRD_IN_USE")
    ]
    outcome = deploy(namespace, name="crds", action=DESTROY, allow={"crd_loss": True})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert not cluster.get("crd", f"servicemonitors.{crds}", namespace)
