"""A failing deploy: named cause, evidence, and the release back where it was."""

from conftest import both_majors

pytestmark = both_majors


def test_an_image_that_never_comes_ends_early_and_is_rolled_back(deploy, cluster, namespace):
    deploy(namespace)
    outcome = deploy(
        namespace,
        values={"podBehaviour": "image-pull-error", "message": "broken"},
        early_failure={"image_pull": {"seconds": 2}},
    )
    assert outcome.state == "FAILED"
    failure = outcome.run.failure
    assert failure.reason == "POD_FAILING"
    assert "web" in failure.message and "ImagePull" in failure.message
    assert failure.evidence
    first = next(e.failure for e in outcome.events if e.HasField("failure"))
    assert first.reason == "POD_FAILING"
    assert cluster.releases(namespace)["web"]["status"] == "deployed"
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "hello"


def test_a_failed_first_install_is_uninstalled(deploy, cluster, namespace):
    outcome = deploy(
        namespace, values={"podBehaviour": "image-pull-error"}, early_failure={"image_pull": {"seconds": 1}}
    )
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "POD_FAILING")
    assert cluster.releases(namespace) == {}


def test_without_atomic_the_failed_release_stays(deploy, cluster, namespace):
    outcome = deploy(
        namespace,
        values={"podBehaviour": "image-pull-error"},
        early_failure={"image_pull": {"seconds": 1}},
        atomic=False,
    )
    assert outcome.state == "FAILED"
    assert cluster.releases(namespace)["web"]["status"] == "failed"


def test_the_timeout_is_not_ready(deploy, namespace):
    outcome = deploy(namespace, values={"podBehaviour": "never-ready"}, timeout={"seconds": 3})
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "NOT_READY")
