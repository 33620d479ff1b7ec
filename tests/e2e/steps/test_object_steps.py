"""The steps that change, restart, digest and keep objects: what they do, how they fail, what a plan is refused for."""

import pytest
from harness.runs import step_of

CONFIG = {"kind": "ConfigMap", "name": "web"}
WEB = {"kind": "Deployment", "name": "web"}


@pytest.mark.parametrize(
    "patch",
    [
        {"merge": '{"data": {"message": "patched"}}'},
        {"strategic": '{"data": {"message": "patched"}}'},
        {"json": '[{"op": "replace", "path": "/data/message", "value": "patched"}]'},
    ],
    ids=lambda patch: next(iter(patch)),
)
def test_patch_changes_objects(with_step, cluster, namespace, patch):
    outcome = with_step({"patch": {"objects": [CONFIG], **patch}})
    assert step_of(outcome, "patch-1").outcome == "patched 1 objects"
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "patched"


def test_patch_puts_payload_values_into_its_text(with_step, cluster, namespace):
    outcome = with_step(
        {"checksum": {"objects": [CONFIG], "to_payload": "sum"}},
        {"patch": {"objects": [CONFIG], "merge": '{"data": {"sum": "${payload.sum}"}}'}},
    )
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert len(cluster.get("configmap", "web", namespace)["data"]["sum"]) == 64


def test_patch_fails_for_an_absent_object_and_for_what_is_rejected(with_step):
    absent = {"kind": "ConfigMap", "name": "absent"}
    assert with_step({"patch": {"objects": [absent], "merge": "{}"}}).run.failure.reason == "OBJECT_NOT_FOUND"
    bad = {"patch": {"objects": [CONFIG], "merge": '{"data": {"a": {"b": 1}}}'}}
    assert with_step(bad).run.failure.reason == "APPLY_REJECTED"


def test_patch_refuses_bad_input(refused):
    assert set(refused({"patch": {"objects": [CONFIG]}})) == {"patch"}
    assert set(refused({"patch": {"objects": [CONFIG], "merge": "[]"}})) == {"patch.merge"}
    assert set(refused({"patch": {"json": "{}"}})) == {"patch.objects", "patch.json"}


def test_restart_replaces_the_pods_and_waits(with_step, cluster, namespace):
    def pods():
        return set(cluster.kubectl("get", "pods", "-n", namespace, "-l", "app=web", "-o", "name").split())

    with_step()
    before = pods()
    outcome = with_step({"restart": {"objects": [WEB]}, "run_when_unchanged": True})
    assert step_of(outcome, "restart-1").outcome == "restarted 1 workloads"
    cluster.kubectl("rollout", "status", "deployment/web", "-n", namespace, "--timeout=60s")
    assert pods() - before
    annotations = cluster.get("deployment", "web", namespace)["spec"]["template"]["metadata"]["annotations"]
    assert "kubectl.kubernetes.io/restartedAt" in annotations


def test_restart_says_what_does_not_become_ready(with_step, cluster, namespace):
    step = {"restart": {"objects": [WEB]}, "timeout": {"seconds": 2}}
    outcome = with_step(step, values={"podBehaviour": "never-ready"}, wait=False, on_failure="ON_FAILURE_NONE")
    failure = outcome.run.failure
    assert (failure.step, failure.reason) == ("restart-1", "STEP_FAILED")
    assert f"Deployment {namespace}/web" in failure.message


def test_restart_refuses_other_kinds(refused):
    assert set(refused({"restart": {"objects": [CONFIG]}})) == {"restart.objects[0].kind"}
    assert set(refused({"restart": {}})) == {"restart.objects"}


def test_checksum_tells_what_changed(with_step, cluster, namespace):
    later = {"objects": [CONFIG], "compare_with": "before", "changed_to_payload": "changed"}
    outcome = with_step(
        {"checksum": {"objects": [CONFIG], "to_payload": "before"}},
        {"metadata": {"objects": [CONFIG], "labels": {"color": "red"}}},
        {"name": "same", "checksum": later},
        {"name": "not run", "restart": {"objects": [WEB]}, "when": {"payload": {"key": "changed", "equals": "true"}}},
        {"patch": {"objects": [CONFIG], "merge": '{"data": {"a": "b"}}'}},
        {"name": "other", "checksum": later},
        {"name": "run", "restart": {"objects": [WEB]}, "when": {"payload": {"key": "changed", "equals": "true"}}},
    )
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_of(outcome, "same").outcome == "sha256 of 1 objects: not changed"
    assert step_of(outcome, "other").outcome == "sha256 of 1 objects: changed"
    assert step_of(outcome, "not run").outcome == ""
    assert step_of(outcome, "run").outcome == "restarted 1 workloads"


def test_checksum_fails_for_a_digest_that_no_step_made(with_step):
    step = {"objects": [CONFIG], "compare_with": "never", "changed_to_payload": "changed"}
    failure = with_step({"checksum": step}).run.failure
    assert (failure.reason, failure.message) == ("STEP_FAILED", "no step has set the payload key never")


def test_checksum_refuses_bad_input(refused):
    assert set(refused({"checksum": {"objects": [CONFIG]}})) == {"checksum.to_payload"}
    bad = {"objects": [CONFIG], "to_payload": "a", "json_path": ".[", "compare_with": "b"}
    assert set(refused({"checksum": bad})) == {"checksum.json_path", "checksum.changed_to_payload"}


def test_restore_puts_back_what_backup_kept(with_step, cluster, namespace):
    outcome = with_step(
        {"name": "keep", "backup": {"objects": [CONFIG, {"kind": "ConfigMap", "name": "absent"}]}},
        {"delete": {"objects": [CONFIG]}},
        {"name": "again", "restore": {"backup": "keep"}},
        {"name": "there", "restore": {"backup": "keep"}},
        {"patch": {"objects": [CONFIG], "merge": '{"data": {"extra": "b"}}'}},
        {"name": "over", "restore": {"backup": "keep", "overwrite": True}},
    )
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_of(outcome, "keep").outcome == "saved 1 objects"
    assert step_of(outcome, "again").outcome == "put back 1 of 1 objects"
    assert step_of(outcome, "there").outcome == "put back 0 of 1 objects"
    assert step_of(outcome, "over").outcome == "put back 1 of 1 objects"
    assert "extra" not in cluster.get("configmap", "web", namespace)["data"]


def test_restore_puts_a_claim_back_that_binds_again(with_step, cluster, namespace):
    claim = {"kind": "PersistentVolumeClaim", "name": "data"}
    manifest = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n"
    manifest += "spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}\n"
    bound = {"wait_for": {"objects": [claim], "ready": {}}}
    outcome = with_step(
        {"apply": {"manifests": manifest}},
        bound,
        {"name": "keep", "backup": {"objects": [claim]}},
        {"delete": {"objects": [claim]}},
        {"restore": {"backup": "keep"}},
        bound,
    )
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("pvc", "data", namespace)["status"]["phase"] == "Bound"


def test_restore_puts_a_job_back(with_step, cluster, namespace):
    job = {"kind": "Job", "name": "once"}
    manifest = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: once}\n"
    manifest += "spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'a:1'}]}}}\n"
    outcome = with_step(
        {"apply": {"manifests": manifest}},
        {"name": "keep", "backup": {"objects": [job]}},
        {"delete": {"objects": [job]}},
        {"restore": {"backup": "keep"}},
    )
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("job", "once", namespace) is not None


def test_restore_after_a_failure_takes_what_the_run_came_to(deploy, cluster, namespace):
    stages = {
        "pre_exec": {"before": [{"name": "keep", "backup": {"objects": [CONFIG]}}]},
        "on_deploy_failure": {"after": [{"name": "back", "restore": {"backup": "keep"}}]},
    }
    deploy(namespace)
    fails = {"delete": {"objects": [{"kind": "Nothing", "name": "a"}]}}
    stages["post_exec"] = {"after": [{"delete": {"objects": [CONFIG]}}, fails]}
    values = {"message": "other"}
    outcome = deploy(namespace, values=values, stages=stages, on_failure="ON_FAILURE_NONE")
    assert step_of(outcome, "back").outcome == "put back 1 of 1 objects"
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "hello"
    stages["pre_exec"]["before"].insert(0, fails)
    outcome = deploy(namespace, values=values, stages=stages, on_failure="ON_FAILURE_NONE")
    assert step_of(outcome, "back").outcome == "the step keep has saved nothing"


def test_restore_refuses_the_name_of_no_backup_step(refused):
    assert set(refused({"restore": {"backup": "nothing"}})) == {"restore.backup"}


def test_delete_takes_crash_looping_pods_only(with_step, cluster, namespace):
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s, labels: {mine: 'yes', sandbox.wheelhouse/pod: %s}}\n"
    pod += "spec: {containers: [{name: a, image: 'a:1'}]}\n"
    selector = {"kind": "Pod", "label_selector": "mine=yes"}
    outcome = with_step(
        {"apply": {"manifests": (pod % ("good", "ready")) + "---\n" + (pod % ("bad", "crash-loop"))}},
        {
            "wait_for": {
                "objects": [{"kind": "Pod", "name": "bad"}],
                "json_path": {
                    "path": ".status.containerStatuses[0].state.waiting.reason",
                    "equals": "CrashLoopBackOff",
                },
            }
        },
        {"delete": {"selectors": [selector], "crash_looping_only": True}},
    )
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("pod", "bad", namespace) is None
    assert cluster.get("pod", "good", namespace) is not None


def test_delete_of_crash_looping_objects_is_for_pods(refused):
    step = {"delete": {"objects": [CONFIG], "crash_looping_only": True}}
    assert set(refused(step)) == {"delete.crash_looping_only"}


def test_recreate_pods_restarts_what_an_upgrade_did_not_replace(deploy, cluster, namespace):
    def pods():
        return set(cluster.kubectl("get", "pods", "-n", namespace, "-l", "app=web", "-o", "name").split())

    first = deploy(namespace, recreate_pods=True)
    assert step_of(first, "recreate").outcome == "nothing was upgraded"
    before = pods()
    kept = deploy(namespace, values={"message": "other"}, recreate_pods=True)
    assert step_of(kept, "recreate").outcome == "restarted 1 workloads"
    assert pods() - before
    replaced = deploy(namespace, values={"message": "other", "image": "web:2"}, recreate_pods=True)
    assert step_of(replaced, "recreate").outcome == "restarted 0 workloads"
    # It says how an upgrade is done, not what it leads to.
    same = deploy(namespace, values={"message": "other", "image": "web:2"})
    assert same.decision() == "UNCHANGED"
