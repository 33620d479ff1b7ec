"""Releases, their history, and runs that roll one back or free it of a lock."""

import pytest

import wheelhouse
from harness.helm import NEVER, both_majors, lock_by_hand, message, newest
from harness.paths import CHARTS
from harness.runs import Outcome, step_result
from wheelhouse.v1 import chart_pb2, release_service_pb2

GOOD = release_service_pb2.VERDICT_GOOD


def watched(client, made):
    return Outcome(client, client.watch(made.id))


@both_majors
def test_a_rollback_is_validated_and_the_new_revision_is_ours(client, deploy, cluster, namespace):
    deploy(namespace, values={"message": "first"})
    deploy(namespace, values={"message": "second"})
    outcome = watched(client, client.rollback_release(namespace, "web"))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert outcome.decision() == "ROLLBACK"
    assert "revision 2 is deployed, back to revision 1" in outcome.chart().decision_reason
    assert step_result(outcome, "workloads")[0] == "SUCCEEDED"
    assert message(cluster, namespace) == "first"
    newest_revision = client.list_revisions(namespace, "web")[0]
    assert (newest_revision.revision, newest_revision.status) == (3, "deployed")
    assert (newest_revision.run_id, newest_revision.verdict) == (outcome.run.id, GOOD)
    # What else came with the first deploy did not come back: its inputs are no reason to do nothing.
    again = deploy(namespace, values={"message": "first"})
    assert (again.decision(), again.state) == ("UPGRADE", "SUCCEEDED")
    assert "made by a rollback" in again.chart().decision_reason
    assert deploy(namespace, values={"message": "first"}).decision() == "UNCHANGED"


def test_a_rollback_that_fails_goes_back_to_where_it_was(deploy, cluster, namespace):
    deploy(namespace, values=NEVER, wait=False)
    deploy(namespace, values={"message": "second"})
    outcome = deploy(
        namespace, action=chart_pb2.ACTION_ROLLBACK, rollback_revision=1, timeout={"seconds": 6},
        failure_timeout={"seconds": 60},
    )  # fmt: skip
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "NOT_READY")
    assert outcome.run.failure.evidence
    assert "rolled back to revision 2, as revision 4" in step_result(outcome, "remediate")[1]
    assert message(cluster, namespace) == "second"
    assert newest(cluster, namespace) == (4, "deployed")


@pytest.mark.parametrize("revision", [0, 7])
def test_a_rollback_to_nothing_says_so_and_changes_nothing(client, deploy, cluster, namespace, revision):
    deploy(namespace)
    outcome = watched(client, client.rollback_release(namespace, "web", revision=revision))
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "OBJECT_NOT_FOUND")
    assert newest(cluster, namespace) == (1, "deployed")


def test_what_is_not_locked_is_unlocked_already(client, deploy, cluster, namespace):
    absent = watched(client, client.unlock_release(namespace, "web"))
    assert (absent.state, absent.decision()) == ("SUCCEEDED", "ABSENT")
    deploy(namespace)
    outcome = watched(client, client.unlock_release(namespace, "web"))
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UNLOCK")
    assert step_result(outcome, "unlock")[0] == "SKIPPED"
    assert newest(cluster, namespace) == (1, "deployed")


def test_a_lock_is_freed_and_a_rollback_goes_over_one(make_daemon, deploy, cluster, namespace):
    daemon = make_daemon(limits={"foreignLockAge": "0s"})
    locked = "upgrade", "web", CHARTS / "web", "--reuse-values", "--wait", "--set", "podBehaviour=never-ready"
    with daemon.client() as client:
        deploy(namespace, client=client, values={"message": "first"})
        lock_by_hand(cluster, namespace, "pending-upgrade", *locked)
        assert client.get_release(namespace, "web").locked
        refused = watched(client, client.unlock_release(namespace, "web"))
        assert refused.run.failure.reason == "RELEASE_LOCKED"
        freed = watched(client, client.unlock_release(namespace, "web", allow=chart_pb2.Allow(unlock=True)))
        assert freed.state == "SUCCEEDED", freed.run.failure
        assert newest(cluster, namespace) == (3, "deployed")
        deploy(namespace, client=client, values={"message": "second"})
        lock_by_hand(cluster, namespace, "pending-upgrade", *locked)
        back = deploy(
            namespace, client=client, action=chart_pb2.ACTION_ROLLBACK, rollback_revision=1, allow={"unlock": True}
        )
        assert back.state == "SUCCEEDED", back.run.failure
        assert newest(cluster, namespace) == (6, "deployed")
        assert not client.get_release(namespace, "web").locked
    daemon.stop()


def test_releases_are_listed_whoever_made_them_page_by_page(client, deploy, cluster, namespace):
    deploy(namespace, name="a")
    cluster.run("helm", "install", "b", str(CHARTS / "web"), "-n", namespace)
    first = client.list_releases(namespace=namespace, page_size=1)
    second = client.list_releases(namespace=namespace, page_size=1, page_token=first.next_page_token)
    assert [r.name for r in (*first.releases, *second.releases)] == ["a", "b"]
    assert first.releases[0].newest.verdict == GOOD and not second.releases[0].newest.run_id
    assert not second.next_page_token
    assert {"a", "b"} <= {r.name for r in client.list_releases().releases if r.namespace == namespace}
    assert client.get_release(namespace, "a").newest.chart_name == "web"


def test_names_that_are_none_are_refused(client, namespace):
    for call in client.get_release, client.list_revisions:
        with pytest.raises(wheelhouse.Error) as error:
            call(namespace, "web,owner!=helm")
        assert list(error.value.violations) == ["name"]
        with pytest.raises(wheelhouse.Error) as error:
            call(namespace, "absent")
        assert error.value.reason == "OBJECT_NOT_FOUND"
    with pytest.raises(wheelhouse.Error) as error:
        client.list_releases(page_token="x")
    assert list(error.value.violations) == ["page_token"]
