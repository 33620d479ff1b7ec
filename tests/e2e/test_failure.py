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


AT_ONCE = {"crash_loop_restarts": 1}


def test_old_pods_do_not_fail_the_deploy_that_replaces_them(deploy, namespace):
    broken = deploy(namespace, values={"podBehaviour": "crash-loop"}, early_failure=AT_ONCE, atomic=False)
    assert broken.run.failure.reason == "POD_FAILING"
    # They fail still when helm begins, and are gone when it is done.
    mended = deploy(namespace, early_failure=AT_ONCE)
    assert mended.state == "SUCCEEDED", mended.run.failure


def test_failing_pods_that_the_deploy_leaves_alone_end_it_early(deploy, namespace):
    values = {"podBehaviour": "crash-loop"}
    deploy(namespace, values=values, early_failure=AT_ONCE, atomic=False)
    again = deploy(
        namespace,
        values={**values, "message": "another"},
        early_failure=AT_ONCE,
        atomic=False,
        timeout={"seconds": 60},
    )
    assert (again.state, again.run.failure.reason) == ("FAILED", "POD_FAILING")
