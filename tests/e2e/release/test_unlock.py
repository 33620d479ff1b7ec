"""Releases that a killed helm left locked: what is found of them, and how they are freed."""

import contextlib
import os
import signal
import sqlite3

import pytest

from harness.daemon import wait_for
from harness.helm import NEVER, both_majors, helms_of, lock_by_hand, newest
from harness.paths import CHARTS
from harness.runs import Outcome, step_result
from wheelhouse.v1 import chart_pb2, plan_pb2, run_pb2

def info(client, upload, namespace, values=None, **fields):
    chart = chart_pb2.ChartInfo(name="web", namespace=namespace, **fields)
    if chart.action != chart_pb2.ACTION_DESTROY:
        chart.chart.CopyFrom(upload(client, "web"))
    for key, value in (values or {}).items():
        chart.values.add(key=key, value=value)
    return plan_pb2.Plan(charts=[chart])


class Killed:
    """A daemon of its own that is killed, and with it its helm, once the release is locked as `status`."""

    def __init__(self, daemon, upload, cluster, namespace):
        self.daemon, self.upload, self.cluster, self.namespace = daemon, upload, cluster, namespace

    def run(self, values=None, **fields):
        with self.daemon.client() as client:
            plan = info(client, self.upload, self.namespace, values, **fields)
            return Outcome(client, client.deploy(plan))

    def kill_at(self, status, values=None, **fields):
        with self.daemon.client() as client:
            client.create_run(info(client, self.upload, self.namespace, values, **fields))
        wait_for(status, lambda: (newest(self.cluster, self.namespace) or (0, ""))[1] == status)
        self.daemon.kill()
        wait_for("its helm is gone", lambda: not helms_of(self.namespace))
        assert newest(self.cluster, self.namespace)[1] == status
        self.give_up_runs()
        self.daemon.start()

    def give_up_runs(self):
        """As a daemon did that took no run up: what was running is FAILED, and the lock stays."""
        with contextlib.closing(sqlite3.connect(self.daemon.folder / "state" / "runs.db")) as store:
            change = "UPDATE runs SET state=?, end_time=create_time WHERE state=?"
            store.execute(change, [run_pb2.RUN_STATE_FAILED, run_pb2.RUN_STATE_RUNNING])
            store.commit()


@pytest.fixture
def killed(make_daemon, helm, upload, cluster, namespace):
    daemon = make_daemon(helm=helm)
    yield Killed(daemon, upload, cluster, namespace)
    daemon.stop()


@both_majors
def test_an_install_that_was_killed_is_made_again(killed):
    killed.kill_at("pending-install", NEVER)
    outcome = killed.run(NEVER, wait=False)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert outcome.decision() == "INSTALL"
    state, told = step_result(outcome, "unlock")
    assert state == "SUCCEEDED"
    assert "revision 1 is pending-install, left by run" in told and "with the same inputs" in told
    assert newest(killed.cluster, killed.namespace) == (1, "deployed")


def test_an_install_that_was_killed_is_installed_over_with_other_inputs(killed):
    killed.kill_at("pending-install", NEVER)
    outcome = killed.run()
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert "with other inputs: its record is deleted, and helm installs over it" in step_result(outcome, "unlock")[1]
    assert newest(killed.cluster, killed.namespace) == (1, "deployed")


@both_majors
def test_an_upgrade_that_was_killed_is_rolled_back_before_other_inputs_come(killed):
    killed.run({"message": "first"})
    killed.kill_at("pending-upgrade", NEVER)
    outcome = killed.run({"message": "third"})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert outcome.decision() == "UPGRADE"
    assert "it is rolled back to revision 1" in step_result(outcome, "unlock")[1]
    # 3 is the rollback; the record of 2 is gone.
    assert [(r["revision"], r["status"]) for r in killed.cluster.history("web", killed.namespace)] == [
        (1, "superseded"),
        (3, "superseded"),
        (4, "deployed"),
    ]


def test_an_upgrade_that_was_killed_is_made_again_with_the_same_inputs(killed):
    killed.run({"message": "first"})
    killed.kill_at("pending-upgrade", NEVER)
    outcome = killed.run(NEVER, wait=False)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert newest(killed.cluster, killed.namespace) == (2, "deployed")


def test_a_rollback_that_was_killed_is_known_as_ours(killed):
    killed.run(NEVER, wait=False)
    killed.kill_at(
        "pending-rollback", {"podBehaviour": "image-pull-error"}, early_failure={"image_pull": {"seconds": 1}}
    )
    outcome = killed.run({"message": "mended"})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert "is pending-rollback, left by run" in step_result(outcome, "unlock")[1]


@pytest.mark.parametrize("asked", ["deploy", "destroy"])
def test_an_uninstall_that_was_killed_is_finished_by_a_destroy_alone(killed, cluster, namespace, asked):
    killed.run()
    # Foreground deletion waits for it.
    cluster.kubectl("patch", "configmap", "web", "-n", namespace, "-p", '{"metadata":{"finalizers":["test.wheelhouse/held"]}}')
    killed.kill_at("uninstalling", action=chart_pb2.ACTION_DESTROY)
    cluster.kubectl("patch", "configmap", "web", "-n", namespace, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    if asked == "destroy":
        outcome = killed.run(action=chart_pb2.ACTION_DESTROY)
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        assert newest(cluster, namespace) is None
        return
    outcome = killed.run()
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UPGRADE"), outcome.run.failure
    assert "set back to deployed, and nothing more is uninstalled" in step_result(outcome, "unlock")[1]
    assert newest(cluster, namespace) == (2, "deployed")
    # What had gone is back.
    assert cluster.get("deployment", "web", namespace) and cluster.get("configmap", "web", namespace)


VETOED = (CHARTS / "web" / "templates" / "web.yaml").read_text() + """
---
apiVersion: batch/v1
kind: Job
metadata: {name: veto, annotations: {helm.sh/hook: pre-delete}}
spec:
  backoffLimit: 0
  template:
    metadata: {labels: {sandbox.wheelhouse/pod: fails}}
    spec: {restartPolicy: Never, containers: [{name: c, image: sandbox.example/veto:1}]}
"""


@pytest.fixture
def vetoed(deploy, new_chart, cluster, namespace):
    """A release that a destroy has tried to uninstall; gives the ChartInfo fields that deploy it."""
    chart = new_chart(VETOED, values=(CHARTS / "web" / "values.yaml").read_text())
    assert deploy(namespace, chart=chart, values={"message": "old"}).state == "SUCCEEDED"
    assert deploy(namespace, chart=chart).state == "SUCCEEDED"
    destroyed = deploy(namespace, action=chart_pb2.ACTION_DESTROY)
    assert (destroyed.state, destroyed.run.failure.reason) == ("FAILED", "HOOK_FAILED")
    assert newest(cluster, namespace) == (2, "uninstalling")
    assert [(c.kind, c.name, c.change) for c in destroyed.run.failure.left_changed] == [
        ("Release", f"{namespace}/web", "marked as uninstalling; all its objects are still there")
    ]
    return chart


@both_majors
def test_a_destroy_that_a_hook_vetoes_is_put_right_by_the_next_deploy(vetoed, deploy, cluster, namespace):
    before = cluster.get("deployment", "web", namespace)["metadata"]["uid"]
    outcome = deploy(namespace, chart=vetoed)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UPGRADE"), outcome.run.failure
    assert "set back to deployed" in outcome.chart().decision_reason
    assert [(r["revision"], r["status"]) for r in cluster.history("web", namespace)] == [
        (1, "superseded"),
        (2, "superseded"),
        (3, "deployed"),
    ]
    assert cluster.get("deployment", "web", namespace)["metadata"]["uid"] == before, "nothing was uninstalled"


@both_majors
def test_a_destroy_that_a_hook_vetoes_is_put_right_by_unlock_and_rollback(vetoed, deploy, cluster, namespace):
    unlocked = deploy(namespace, action=chart_pb2.ACTION_UNLOCK)
    assert (unlocked.state, unlocked.decision()) == ("SUCCEEDED", "UNLOCK"), unlocked.run.failure
    # helm reads the payload, others the label.
    assert newest(cluster, namespace) == (2, "deployed")
    assert cluster.releases(namespace)["web"]["status"] == "deployed"
    assert deploy(namespace, chart=vetoed).decision() == "UNCHANGED"

    assert deploy(namespace, action=chart_pb2.ACTION_DESTROY).state == "FAILED"
    back = deploy(namespace, action=chart_pb2.ACTION_ROLLBACK)
    assert back.state == "SUCCEEDED", back.run.failure
    assert newest(cluster, namespace) == (3, "deployed")
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "old"


@both_majors
def test_a_destroy_without_hooks_passes_a_veto(vetoed, deploy, cluster, namespace):
    gone = deploy(namespace, action=chart_pb2.ACTION_DESTROY, no_hooks=True)
    assert gone.state == "SUCCEEDED", gone.run.failure
    assert newest(cluster, namespace) is None
    assert cluster.get("deployment", "web", namespace) is None


def test_an_install_that_was_killed_is_uninstalled_whole(killed, cluster, namespace):
    killed.kill_at("pending-install", NEVER)
    outcome = killed.run(action=chart_pb2.ACTION_DESTROY)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert newest(cluster, namespace) is None
    assert not cluster.get("deployment", "web", namespace)


def test_a_helm_that_is_killed_under_a_run_does_not_leave_the_release_locked(client, upload, cluster, namespace):
    for policy in chart_pb2.ON_FAILURE_NONE, chart_pb2.ON_FAILURE_ROLLBACK_OR_UNINSTALL:
        run = client.create_run(info(client, upload, namespace, NEVER, on_failure=policy))
        wait_for("pending", lambda: (newest(cluster, namespace) or (0, ""))[1] == "pending-install")
        for pid in helms_of(namespace):
            os.kill(pid, signal.SIGKILL)
        outcome = Outcome(client, client.watch(run.id))
        assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "HELM_FAILED")
        assert newest(cluster, namespace) is None


def test_a_lock_of_somebody_elses_is_refused_until_it_is_old(make_daemon, deploy, cluster, namespace):
    lock_by_hand(
        cluster, namespace, "pending-install",
        "install", "web", CHARTS / "web", "--create-namespace", "--wait", "--set", "podBehaviour=never-ready",
    )  # fmt: skip
    for allow in {}, {"unlock": True}:
        refused = deploy(namespace, allow=allow)
        assert (refused.state, refused.run.failure.reason) == ("FAILED", "RELEASE_LOCKED")
        assert "pending-install" in refused.run.failure.message
        assert newest(cluster, namespace) == (1, "pending-install")
    impatient = make_daemon(limits={"foreignLockAge": "0s"})
    with impatient.client() as client:
        assert deploy(namespace, client=client).run.failure.reason == "RELEASE_LOCKED"
        freed = deploy(namespace, client=client, allow={"unlock": True})
        assert freed.state == "SUCCEEDED", freed.run.failure
        assert "not made by wheelhouse" in step_result(freed, "unlock")[1]
    impatient.stop()


def test_an_upgrade_by_hand_over_our_release_is_not_ours(deploy, cluster, namespace):
    deploy(namespace)
    lock_by_hand(
        cluster, namespace, "pending-upgrade",
        "upgrade", "web", CHARTS / "web", "--wait", "--set", "podBehaviour=never-ready",
    )  # fmt: skip
    assert deploy(namespace).run.failure.reason == "RELEASE_LOCKED"


def test_a_rollback_by_hand_is_not_ours(deploy, cluster, namespace):
    deploy(namespace, values=NEVER, wait=False)
    cluster.run("helm", "upgrade", "web", str(CHARTS / "web"), "-n", namespace)
    lock_by_hand(cluster, namespace, "pending-rollback", "rollback", "web", "1", "--wait")
    assert deploy(namespace).run.failure.reason == "RELEASE_LOCKED"
