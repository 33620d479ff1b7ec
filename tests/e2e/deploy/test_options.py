"""Options of a chart that reach helm; test_field_conflicts.py has force and fieldConflicts."""

from harness.helm import both_majors

pytestmark = both_majors


def test_max_history_bounds_what_helm_keeps(deploy, cluster, namespace):
    for message in ("one", "two", "three"):
        assert deploy(namespace, values={"message": message}, max_history=2).state == "SUCCEEDED"
    assert [r["revision"] for r in cluster.history("web", namespace)] == [2, 3]


def test_without_wait_nothing_needs_to_be_ready(deploy, cluster, namespace):
    outcome = deploy(namespace, values={"podBehaviour": "never-ready"}, wait=False)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.releases(namespace)["web"]["status"] == "deployed"
