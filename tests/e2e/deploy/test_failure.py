"""A failing deploy: named cause, evidence, and the release back where it was."""

import json

import pytest

from harness.helm import both_majors
from wheelhouse.v1 import chart_pb2, failure_pb2, run_pb2

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
    outcome = deploy(namespace, values={"podBehaviour": "never-ready"}, timeout={"seconds": 6})
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


# One deploy that fails in each stage that a failure stage can follow: over a good release, after a step of the
# caller's that stays. `back`: whether there is something for the remediation to undo.
EXTRA = {"apply": {"manifests": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n"}}
WRONG = {
    "name": "look",
    "assertion": {"object": {"kind": "ConfigMap", "name": "extra"}, "json_path": ".data.color", "equals": "red"},
}
BROKEN = {"podBehaviour": "crash-loop"}
TABLE = {
    "pre_exec": dict(stages={"pre_exec": {"after": [EXTRA, WRONG]}}, step="look", reason="VALIDATION_FAILED", back=False),
    "exec": dict(
        stages={"pre_exec": {"after": [EXTRA]}},
        values=BROKEN,
        early_failure=AT_ONCE,
        step="helm",
        reason="POD_FAILING",
        kinds={"events", "logs", "previous_logs", "not_ready"},
    ),
    "post_exec": dict(
        stages={"post_exec": {"after": [EXTRA, WRONG]}}, step="look", reason="VALIDATION_FAILED", verdict="bad"
    ),
    "validate": dict(
        stages={"pre_exec": {"after": [EXTRA]}, "validate": {"after": [WRONG]}},
        step="look",
        reason="VALIDATION_FAILED",
        verdict="bad",
    ),
}


def state_of(outcome, stage, step):
    found = next(s for s in outcome.chart().stages if failure_pb2.Stage.Name(s.stage) == f"STAGE_{stage.upper()}")
    return run_pb2.State.Name(next(s for s in found.steps if s.name == step).state).removeprefix("STATE_")


@pytest.mark.parametrize("stage", TABLE)
def test_a_failure_of_each_stage_is_kept_shown_and_undone(deploy, cluster, namespace, stage):
    row = dict(TABLE[stage])
    step, reason = row.pop("step"), row.pop("reason")
    back, verdict, kinds = row.pop("back", True), row.pop("verdict", None), row.pop("kinds", set())
    deploy(namespace)
    row["values"] = {"message": "broken", **row.get("values", {})}
    outcome = deploy(namespace, **row)

    failure = outcome.run.failure
    first = next(e.failure for e in outcome.events if e.HasField("failure"))
    assert failure_pb2.Stage.Name(failure.stage) == f"STAGE_{stage.upper()}"
    assert (failure.step, failure.reason) == (first.step, first.reason) == (step, reason)
    assert failure.message == first.message and not failure.secondary

    assert {"history"} | kinds <= {one.kind for one in failure.evidence}
    assert sum(len(one.text.encode()) for one in failure.evidence) <= 64 << 10
    assert state_of(outcome, "on_deploy_failure", "evidence") == "SUCCEEDED"
    assert state_of(outcome, "on_deploy_failure", "remediate") == ("SUCCEEDED" if back else "SKIPPED")

    left = {(one.kind, one.name): one.change for one in failure.left_changed}
    assert left == {("ConfigMap", f"{namespace}/extra"): "created"}
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "hello"
    newest = cluster.history("web", namespace)[-1]
    assert (newest["revision"], newest["status"]) == (3 if back else 1, "deployed")
    if back:
        record = cluster.get("secret", "sh.helm.release.v1.web.v2", namespace)
        assert record["metadata"]["labels"].get("wheelhouse-verdict") == verdict


def test_a_failed_check_changes_nothing(deploy, cluster, namespace):
    outcome = deploy(namespace, stages={"check_prerequisites": {"after": [WRONG]}})
    failure = outcome.run.failure
    assert (failure.step, failure.reason) == ("look", "OBJECT_NOT_FOUND")
    assert not failure.evidence and not failure.left_changed and not failure.secondary
    assert outcome.chart().stages[-1].skip_reason == run_pb2.SKIP_REASON_NOT_NEEDED
    assert cluster.get("namespace", namespace, namespace) is None


def test_what_fails_in_the_failure_stage_is_secondary(deploy, namespace):
    stages = {"validate": {"after": [WRONG]}, "on_deploy_failure": {"before": [{**WRONG, "name": "look again"}]}}
    outcome = deploy(namespace, stages=stages)
    failure = outcome.run.failure
    assert (failure.step, [one.step for one in failure.secondary]) == ("look", ["look again"])
    assert state_of(outcome, "on_deploy_failure", "remediate") == "SUCCEEDED"
    assert [(one.kind, one.name) for one in failure.left_changed] == [("Namespace", namespace)]


def test_a_failing_hook_is_shown_with_its_log(deploy, new_chart, namespace):
    hook = """
apiVersion: batch/v1
kind: Job
metadata: {name: hook, annotations: {helm.sh/hook: post-install}}
spec:
  backoffLimit: 0
  template:
    metadata: {labels: {sandbox.wheelhouse/pod: fails}}
    spec: {restartPolicy: Never, containers: [{name: main, image: sandbox.example/hook:1.0}]}
"""
    failure = deploy(namespace, chart=new_chart(hook)).run.failure
    assert failure.reason == "HOOK_FAILED"
    logs = [one for one in failure.evidence if one.kind == "logs"]
    assert logs and logs[0].object.startswith(f"Pod {namespace}/hook-") and "exit status 1" in logs[0].text


def test_a_destroy_that_does_not_end_names_what_it_waits_for(deploy, cluster, namespace):
    assert deploy(namespace).state == "SUCCEEDED"

    def hold(finalizers):
        patch = json.dumps({"metadata": {"finalizers": finalizers}})
        cluster.kubectl("patch", "configmap", "web", "-n", namespace, "--type=merge", "-p", patch)

    hold(["wheelhouse.test/hold"])
    destroy = chart_pb2.ACTION_DESTROY
    outcome = deploy(namespace, action=destroy, timeout={"seconds": 6})
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "NOT_READY")
    held = f"still being deleted: ConfigMap {namespace}/web (wheelhouse.test/hold)"
    assert held in outcome.run.failure.message, outcome.run.failure.message
    hold(None)
    assert deploy(namespace, action=destroy).state == "SUCCEEDED"
