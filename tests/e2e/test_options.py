"""Options of a chart that reach helm."""

import json


def test_force_is_never_unchanged(deploy, cluster, namespace):
    deploy(namespace)
    outcome = deploy(namespace, force_upgrade=True)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UPGRADE"), outcome.run.failure
    assert len(cluster.history("web", namespace)) == 2


def test_max_history_bounds_what_helm_keeps(deploy, cluster, namespace):
    for message in ("one", "two", "three"):
        assert deploy(namespace, values={"message": message}, max_history=2).state == "SUCCEEDED"
    assert [r["revision"] for r in cluster.history("web", namespace)] == [2, 3]


def test_without_wait_nothing_needs_to_be_ready(deploy, cluster, namespace):
    outcome = deploy(namespace, values={"podBehaviour": "never-ready"}, wait=False)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.releases(namespace)["web"]["status"] == "deployed"


def take_over(cluster, namespace):
    """Somebody sets the message by server-side apply."""
    theirs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "web", "namespace": namespace},
        "data": {"message": "theirs"},
    }
    cluster.kubectl(
        "apply", "--server-side", "--force-conflicts", "--field-manager=somebody", "-f", "-", input=json.dumps(theirs)
    )


def test_a_field_that_somebody_else_owns_is_a_conflict(deploy, cluster, namespace):
    deploy(namespace)
    take_over(cluster, namespace)
    failure = deploy(namespace, values={"message": "ours"}).run.failure
    assert failure.reason == "FIELD_CONFLICT"
    assert "somebody" in failure.message and ".data.message" in failure.message
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "theirs"


def test_forced_conflicts_take_the_field_over(deploy, cluster, namespace):
    deploy(namespace)
    take_over(cluster, namespace)
    outcome = deploy(namespace, values={"message": "ours"}, field_conflicts="FIELD_CONFLICTS_FORCE")
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "ours"
