"""Each kind of step: what it does, how it fails, and what a plan is refused for."""

import sys

import pytest

import wheelhouse
from harness.runs import step_of

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndata: {color: red}\n"
EXTRA = {"kind": "ConfigMap", "name": "extra"}


def python(name, code):
    """A command of the operator's."""
    return {"name": name, "argv": [sys.executable, "-c", code]}


@pytest.fixture(scope="module")
def commanding(make_daemon):
    """A client of a daemon with a few commands."""
    commands = [
        python("talk", "print('first'); print('second')"),
        python("fail", "import sys; print('no sails', file=sys.stderr); sys.exit(3)"),
        python("flood", "print('x' * 70000)"),
    ]
    with make_daemon(commands=commands).client() as client:
        yield client


def test_apply_creates_and_updates(with_step, cluster, namespace):
    assert with_step({"apply": {"manifests": CONFIG}}).state == "SUCCEEDED"
    outcome = with_step({"apply": {"manifests": CONFIG.replace("red", "blue")}})
    assert step_of(outcome, "apply-1").outcome == "applied 1 objects"
    assert cluster.get("configmap", "extra", namespace)["data"]["color"] == "blue"


def test_apply_names_the_object_that_is_rejected(failure_of):
    failure = failure_of({"apply": {"manifests": CONFIG.replace("data: {color: red}", "data: {color: {a: b}}")}})
    assert (failure.step, failure.reason) == ("apply-1", "APPLY_REJECTED")
    assert "ConfigMap" in failure.message and "extra" in failure.message


def test_apply_fails_for_a_field_of_another_manager_unless_forced(failure_of, with_step, cluster, namespace):
    with_step()
    cluster.kubectl("create", "configmap", "extra", "-n", namespace, "--from-literal=color=green")
    failure = failure_of({"apply": {"manifests": CONFIG}})
    assert failure.reason == "FIELD_CONFLICT" and ".data.color" in failure.message
    assert with_step({"apply": {"manifests": CONFIG, "force": True}}).state == "SUCCEEDED"


def test_apply_refuses_what_is_no_manifest(refused):
    assert "manifests:" in refused({"apply": {"manifests": "kind: [\n"}})["apply.manifests"]


def left_changed(failure):
    return {(one.kind, one.name): one.change for one in failure.left_changed}


NOTHING = {"delete": {"objects": [{"kind": "Nothing", "name": "a"}]}}


def test_what_steps_did_before_a_failure_is_left_changed(failure_of, with_step, commanding, namespace):
    failure = failure_of({"apply": {"manifests": CONFIG}}, NOTHING)
    assert failure.reason == "KIND_UNKNOWN"
    assert left_changed(failure) == {("Namespace", namespace): "created", ("ConfigMap", f"{namespace}/extra"): "created"}
    with_step()
    failure = failure_of(
        {"apply": {"manifests": CONFIG}},
        {"metadata": {"objects": [EXTRA], "labels": {"a": "b"}}},
        {"name": "talk", "command": {"command": "talk"}},
        NOTHING,
        client=commanding,
    )
    assert left_changed(failure) == {
        ("ConfigMap", f"{namespace}/extra"): "labels or annotations changed",  # apply found it as written
        ("command", "post_exec/talk"): "ran talk",
    }
    failure = failure_of({"delete": {"objects": [EXTRA, {"kind": "ConfigMap", "name": "absent"}]}}, NOTHING)
    assert left_changed(failure) == {("ConfigMap", f"{namespace}/extra"): "deleted"}


def test_the_changes_of_one_object_are_told_together(failure_of, with_step, namespace):
    with_step()
    web, config = {"kind": "Deployment", "name": "web"}, {"kind": "ConfigMap", "name": "web"}
    failure = failure_of(
        {"name": "keep", "backup": {"objects": [config]}},
        {"patch": {"objects": [config, web], "merge": '{"metadata": {"annotations": {"a": "b"}}}'}},
        {"restart": {"objects": [web]}},
        {"restore": {"backup": "keep", "overwrite": True}},
        NOTHING,
    )
    assert left_changed(failure) == {
        ("ConfigMap", f"{namespace}/web"): "patched, put back",
        ("Deployment", f"{namespace}/web"): "patched, restarted",
    }


def test_what_the_remediation_undid_is_not_left_changed(failure_of, namespace):
    label = {"metadata": {"objects": [{"kind": "ConfigMap", "name": "web"}], "labels": {"a": "b"}}}
    assert left_changed(failure_of(label, NOTHING)) == {("Namespace", namespace): "created"}, "helm uninstalled it"


def test_delete_takes_objects_by_name_and_by_label_and_waits(with_step, cluster, namespace):
    outcome = with_step(
        {"apply": {"manifests": CONFIG.replace("{name: extra}", "{name: extra, labels: {old: 'yes'}}")}},
        {
            "delete": {
                "objects": [{"kind": "ConfigMap", "name": "absent"}],
                "selectors": [{"kind": "ConfigMap", "label_selector": "old=yes"}],
            }
        },
    )
    assert step_of(outcome, "delete-2").outcome == "deleted 1 of 2 objects"
    assert cluster.get("configmap", "extra", namespace) is None


def test_delete_names_what_does_not_go(failure_of, cluster, namespace):
    stuck = CONFIG.replace("{name: extra}", "{name: extra, finalizers: [sandbox.wheelhouse/stuck]}")
    failure = failure_of({"apply": {"manifests": stuck}}, {"delete": {"objects": [EXTRA]}, "timeout": {"seconds": 1}})
    assert failure.message.startswith(f"while waiting until ConfigMap {namespace}/extra is gone: the step delete-2")
    cluster.kubectl("patch", "configmap", "extra", "-n", namespace, "--type=merge", '-p={"metadata":{"finalizers":null}}')


def test_delete_refuses_an_empty_selector(refused):
    assert "delete.selectors[0].label_selector" in refused({"delete": {"selectors": [{"kind": "Pod"}]}})


def test_metadata_sets_and_removes(with_step, cluster, namespace):
    outcome = with_step(
        {"apply": {"manifests": CONFIG.replace("{name: extra}", "{name: extra, labels: {a: b}}")}},
        {"metadata": {"objects": [EXTRA], "annotations": {"seen": "yes"}, "remove_labels": ["a"]}},
    )
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    metadata = cluster.get("configmap", "extra", namespace)["metadata"]
    assert metadata["annotations"]["seen"] == "yes" and "labels" not in metadata


def test_metadata_names_an_object_that_does_not_exist(failure_of, namespace):
    failure = failure_of({"metadata": {"objects": [EXTRA], "labels": {"a": "b"}}})
    assert failure.reason == "OBJECT_NOT_FOUND" and f"ConfigMap {namespace}/extra" in failure.message


def test_metadata_refuses_to_do_nothing(refused):
    assert "metadata" in refused({"metadata": {"objects": [EXTRA]}})


@pytest.mark.parametrize(
    "until",
    [
        {"ready": {}},
        {"condition": {"type": "Available"}},
        {"json_path": {"path": ".status.readyReplicas", "equals": "1"}},
    ],
)
def test_wait_for_an_object_as_asked(with_step, until):
    outcome = with_step({"wait_for": {"objects": [{"kind": "Deployment", "name": "web"}], **until}})
    assert outcome.state == "SUCCEEDED", outcome.run.failure


def test_wait_for_what_is_deleted(with_step):
    assert with_step({"wait_for": {"objects": [EXTRA], "deleted": {}}}).state == "SUCCEEDED"


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ({"ready": {}}, "does not exist"),
        ({"deleted": {}, "objects": [{"kind": "ConfigMap", "name": "web"}]}, "still exists"),
        (
            {"json_path": {"path": ".data.message", "equals": "bye"}, "objects": [{"kind": "ConfigMap", "name": "web"}]},
            ".data.message is hello",
        ),
        (
            {"condition": {"type": "Sunk"}, "objects": [{"kind": "Deployment", "name": "web"}]},
            "condition Sunk is not set",
        ),
    ],
)
def test_wait_for_names_what_it_waited_for(failure_of, until, said):
    failure = failure_of({"wait_for": {"objects": [EXTRA], **until}, "timeout": {"seconds": 1}})
    assert failure.reason == "STEP_FAILED"
    assert said in failure.message and "the step waitFor-1 took longer than 1s" in failure.message


def test_wait_for_holds_as_long_as_asked(with_step):
    ready = {"objects": [{"kind": "Deployment", "name": "web"}], "ready": {}, "hold": {"seconds": 2}}
    outcome = with_step({"wait_for": ready})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_of(outcome, "waitFor-1").duration.seconds >= 2
    waited = [w.reason for e in outcome.events for w in e.progress.waiting if e.progress.step == "waitFor-1"]
    assert any(reason.endswith(" of 2s") for reason in waited), waited


def test_wait_for_refuses_nothing_to_wait_for(refused):
    assert "wait_for" in str(refused({"wait_for": {"objects": [EXTRA]}}))


def test_a_commands_output_is_streamed(with_step, commanding):
    outcome = with_step({"command": {"command": "talk"}}, client=commanding)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    logs = [e.log for e in outcome.events if e.HasField("log") and e.log.step == "command-1"]
    assert [(log.source, log.line) for log in logs] == [("stdout", "first"), ("stdout", "second")]


def test_a_failing_command_says_what_it_said(failure_of, commanding):
    failure = failure_of({"command": {"command": "fail"}}, client=commanding)
    assert (failure.reason, failure.message) == ("STEP_FAILED", "the command fail exited with 3: no sails")


def test_output_that_is_too_long_for_the_payload_fails(failure_of, commanding):
    failure = failure_of({"command": {"command": "flood", "stdout_to_payload": "x"}}, client=commanding)
    assert "over 64 KiB" in failure.message


def test_a_command_that_is_not_listed_is_refused_before_anything_is_changed(failure_of, commanding, cluster, namespace):
    failure = failure_of({"command": {"command": "reboot"}}, client=commanding)
    assert (failure.reason, failure.step) == ("PERMISSION_DENIED", "rights")
    assert "post_exec/command-1" in failure.message and "it has listed: fail, flood, talk" in failure.message
    assert cluster.get("namespace", namespace, namespace) is None


def test_a_payload_key_has_a_grammar(refused):
    assert "command.stdout_to_payload" in refused({"command": {"command": "a", "stdout_to_payload": "a}b"}})


def test_assert_names_object_path_and_values(failure_of, namespace):
    step = {"assertion": {"object": {"kind": "ConfigMap", "name": "web"}, "json_path": ".data.message", "equals": "bye"}}
    failure = failure_of(step)
    assert failure.reason == "VALIDATION_FAILED"
    assert failure.message == f'.data.message of ConfigMap {namespace}/web is "hello", expected "bye"'


def test_assert_holds_as_long_as_asked(with_step):
    message = {"object": {"kind": "ConfigMap", "name": "web"}, "json_path": ".data.message", "equals": "hello"}
    outcome = with_step({"assertion": {**message, "hold": {"seconds": 1}}})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    duration = step_of(outcome, "assert-1").duration
    assert duration.seconds >= 1


def test_assert_names_an_object_that_does_not_exist(failure_of, namespace):
    failure = failure_of({"assertion": {"object": EXTRA, "json_path": ".data.color", "equals": "red"}})
    assert failure.reason == "OBJECT_NOT_FOUND" and f"ConfigMap {namespace}/extra" in failure.message


def test_assert_refuses_a_path_that_cannot_be_read(refused):
    assert "assert.json_path" in refused({"assertion": {"object": EXTRA, "json_path": ".data["}})


def test_a_step_that_may_fail_is_secondary_only(with_step):
    outcome = with_step(
        {"name": "shaky", "on_error": "ON_ERROR_CONTINUE", "delete": {"objects": [{"kind": "Nothing", "name": "a"}]}}
    )
    assert outcome.state == "SUCCEEDED"
    assert step_of(outcome, "shaky").failure.reason == "KIND_UNKNOWN"


def test_a_step_may_not_take_the_name_of_a_default_step(deploy, namespace):
    stages = {"exec": {"after": [{"name": "helm", "apply": {"manifests": CONFIG}}]}}
    with pytest.raises(wheelhouse.Error) as error:
        deploy(namespace, stages=stages)
    assert "plan.charts[0].stages.exec.after[0].name" in error.value.violations


def test_skipped_default_steps_are_shown(deploy, namespace):
    outcome = deploy(namespace, stages={"validate": {"skip_defaults": True}})
    assert outcome.state == "SUCCEEDED"
    assert step_of(outcome, "workloads").skip_reason == 5  # BY_REQUEST


@pytest.mark.parametrize(("version_range", "runs"), [(">=1.0.0 <2", True), (">=2", False)])
def test_a_step_runs_where_the_installed_version_is_in_its_range(deploy, namespace, version_range, runs):
    step = {"name": "once", "when": {"installed_version": version_range}, "apply": {"manifests": CONFIG}}
    stages = {"check_prerequisites": {}, "pre_exec": {"before": [step]}}
    first = deploy(namespace, stages=stages)
    assert step_of(first, "once").skip_reason == 6  # CONDITION: nothing is installed
    again = deploy(namespace, values={"message": "other"}, stages=stages)
    assert again.state == "SUCCEEDED", again.run.failure
    assert (step_of(again, "once").skip_reason == 0) == runs


def test_a_bad_version_range_is_refused(refused):
    step = {"when": {"installed_version": "newest"}, "apply": {"manifests": CONFIG}}
    assert "when.installed_version" in refused(step)
