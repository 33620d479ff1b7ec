"""Objects that helm must not come upon: of kinds that are gone, and of other releases. What cannot be seen for the moment is
not gone."""

import contextlib
import json

import pytest

from harness.daemon import wait_for
from harness.helm import both_majors
from wheelhouse.v1 import chart_pb2

pytestmark = both_majors

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {message: {{ .Values.message | quote }}}\n"

CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {kind}s.left.wheelhouse}}
spec:
  group: left.wheelhouse
  scope: Namespaced
  names: {{kind: {upper}, plural: {kind}s, singular: {kind}}}
  versions:
  - {{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {{type: object}}}}}}
"""


@pytest.fixture
def lost_kind(deploy, new_chart, cluster, namespace):
    """A release with an object whose kind is gone; gives a later chart without it."""
    kind = "k" + namespace.split("-")[0]
    cluster.kubectl("apply", "-f", "-", input=CRD.format(kind=kind, upper=kind.capitalize()))
    custom = f"---\napiVersion: left.wheelhouse/v1\nkind: {kind.capitalize()}\nmetadata: {{name: lost}}\n"
    first = deploy(namespace, chart=new_chart(MAP + custom, values="message: one"))
    assert first.state == "SUCCEEDED", first.run.failure
    cluster.kubectl("delete", "crd", f"{kind}s.left.wheelhouse")
    return new_chart(MAP, values="message: two")


def test_a_kind_that_is_gone_does_not_hinder_an_upgrade(lost_kind, deploy, cluster, namespace):
    upgraded = deploy(namespace, chart=lost_kind)
    assert (upgraded.state, upgraded.decision()) == ("SUCCEEDED", "UPGRADE"), upgraded.run.failure
    assert f"{namespace}/lost (left.wheelhouse/v1) is of a kind that the cluster no longer serves" in upgraded.chart().decision_reason
    assert cluster.get("configmap", "settings", namespace)["data"]["message"] == "two"


def test_a_kind_that_is_gone_does_not_hinder_a_destroy(lost_kind, deploy, cluster, namespace):
    gone = deploy(namespace, action=chart_pb2.ACTION_DESTROY)
    assert gone.state == "SUCCEEDED", gone.run.failure
    assert "no longer serves" in gone.chart().decision_reason
    assert cluster.releases(namespace) == {}
    assert cluster.get("configmap", "settings", namespace) is None


@pytest.fixture
def silent_kind(deploy, new_chart, cluster, namespace):
    """A release with an object of a group of its own: the group, a later chart without the object, and a context in which the
    group's server is away, as behind an APIService that points nowhere."""
    kind = "k" + namespace.split("-")[0]
    group = f"{kind}.left.wheelhouse"
    crd = CRD.format(kind=kind, upper=kind.capitalize()).replace("left.wheelhouse", group)
    cluster.kubectl("apply", "-f", "-", input=crd)
    custom = f"---\napiVersion: {group}/v1\nkind: {kind.capitalize()}\nmetadata: {{name: kept}}\n"
    first = deploy(namespace, chart=new_chart(MAP + custom, values="message: one"))
    assert first.state == "SUCCEEDED", first.run.failure
    service = f"v1.{group}"

    def available():
        found = json.loads(cluster.kubectl("get", "apiservice", service, "-o", "json"))
        return {c["type"]: c["status"] for c in found["status"]["conditions"]}.get("Available")

    @contextlib.contextmanager
    def away():
        nowhere = {"metadata": {"labels": None}, "spec": {"service": {"name": "nowhere", "namespace": "default", "port": 443}}}
        nowhere["spec"]["insecureSkipTLSVerify"] = True
        cluster.kubectl("patch", "apiservice", service, "--type=merge", "-p", json.dumps(nowhere))
        wait_for("the APIService is unavailable", lambda: available() == "False")
        yield service
        # The API server makes it anew.
        cluster.kubectl("delete", "apiservice", service)
        resource = f"{kind}s.{group}"
        wait_for("the group answers", lambda: cluster.run("kubectl", "get", resource, "-n", namespace, check=False).returncode == 0)

    yield f"{kind}s.{group}", new_chart(MAP, values="message: two"), away
    cluster.kubectl("delete", "crd", f"{kind}s.{group}")


def refused_for(outcome, service):
    failure = outcome.run.failure
    assert (outcome.state, failure.reason) == ("FAILED", "CLUSTER_UNREACHABLE"), failure
    assert failure.details["api_service"] == service
    assert f"APIService {service}" in failure.message
    assert "ServiceNotFound" in failure.message
    return True


def test_a_group_whose_server_is_silent_is_not_dropped_by_an_upgrade(silent_kind, deploy, cluster, namespace):
    resource, later, away = silent_kind
    with away() as service:
        assert refused_for(deploy(namespace, chart=later), service)
        assert [r["revision"] for r in cluster.history("web", namespace)] == [1]
    upgraded = deploy(namespace, chart=later)
    assert (upgraded.state, upgraded.decision()) == ("SUCCEEDED", "UPGRADE"), upgraded.run.failure
    assert cluster.get(resource, "kept", namespace) is None


def test_a_group_whose_server_is_silent_is_not_dropped_by_a_destroy(silent_kind, deploy, cluster, namespace):
    resource, _, away = silent_kind
    with away() as service:
        assert refused_for(deploy(namespace, action=chart_pb2.ACTION_DESTROY), service)
        assert cluster.releases(namespace)["web"]["status"] == "deployed"
    gone = deploy(namespace, action=chart_pb2.ACTION_DESTROY)
    assert gone.state == "SUCCEEDED", gone.run.failure
    assert cluster.get(resource, "kept", namespace) is None


def give_away(cluster, namespace):
    cluster.kubectl(
        "annotate", "configmap", "settings", "-n", namespace, "--overwrite", "meta.helm.sh/release-name=other"
    )  # fmt: skip


def test_what_another_release_owns_by_now_survives_a_destroy(deploy, new_chart, cluster, namespace):
    deploy(namespace, chart=new_chart(MAP, values="message: one"))
    give_away(cluster, namespace)
    gone = deploy(namespace, action=chart_pb2.ACTION_DESTROY)
    assert gone.state == "SUCCEEDED", gone.run.failure
    assert f"ConfigMap {namespace}/settings now belongs to another release" in gone.chart().decision_reason
    assert cluster.get("configmap", "settings", namespace)
    assert cluster.releases(namespace) == {}


def test_what_another_release_owns_by_now_survives_an_upgrade_that_drops_it(deploy, new_chart, cluster, namespace):
    other = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept}\n"
    deploy(namespace, chart=new_chart(MAP + other, values="message: one"))
    give_away(cluster, namespace)
    upgraded = deploy(namespace, chart=new_chart(other.removeprefix("---\n")))
    assert upgraded.state == "SUCCEEDED", upgraded.run.failure
    assert cluster.get("configmap", "settings", namespace)
