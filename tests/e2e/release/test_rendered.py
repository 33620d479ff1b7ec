"""reapply: IF_RENDERED_CHANGED: inputs that differ but render what the release holds."""

from harness.helm import both_majors
from wheelhouse.v1 import chart_pb2, run_pb2

ASKED = {"reapply": chart_pb2.REAPPLY_IF_RENDERED_CHANGED}
UNUSED = {"nobodyReadsThis": "2"}


def revisions(cluster, namespace):
    return len(cluster.kubectl("get", "secrets", "-n", namespace, "-l", "owner=helm", "-o", "name").split())


@both_majors
def test_inputs_that_render_the_same_make_no_revision(deploy, cluster, namespace):
    deploy(namespace, values={"message": "one"})
    assert deploy(namespace, values={"message": "one", **UNUSED}).decision() == "UPGRADE", "nobody has asked"
    again = deploy(namespace, values={"message": "one"}, **ASKED)
    assert (again.state, again.decision()) == ("SUCCEEDED", "UNCHANGED"), again.run.failure
    assert again.chart().unchanged_by == run_pb2.UNCHANGED_TIER_RENDERED
    assert again.chart().decision_reason == "revision 2 is deployed with other inputs, which render the same"
    same = deploy(namespace, values={"message": "one", **UNUSED}, **ASKED)
    assert same.chart().unchanged_by == run_pb2.UNCHANGED_TIER_INPUTS
    assert revisions(cluster, namespace) == 2


@both_majors
def test_inputs_that_render_something_else_are_an_upgrade(deploy, cluster, namespace):
    deploy(namespace, values={"message": "one"})
    changed = deploy(namespace, values={"message": "two"}, **ASKED)
    assert (changed.state, changed.decision()) == ("SUCCEEDED", "UPGRADE"), changed.run.failure
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "two"


def test_what_is_missing_is_made_again_all_the_same(deploy, cluster, namespace):
    deploy(namespace, values={"message": "one"})
    cluster.kubectl("delete", "configmap", "web", "-n", namespace)
    healed = deploy(namespace, values={"message": "one", **UNUSED}, **ASKED)
    assert (healed.state, healed.decision()) == ("SUCCEEDED", "UPGRADE"), healed.run.failure
    assert f"ConfigMap {namespace}/web is missing" in healed.chart().decision_reason
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "one"
