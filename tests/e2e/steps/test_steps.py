"""Steps of the caller's own, on a real API server."""

import sys

from wheelhouse.v1 import run_pb2

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata:
  name: extra
data:
  color: "010"
"""


def step_states(outcome):
    return {
        step.name: run_pb2.State.Name(step.state).removeprefix("STATE_")
        for stage in outcome.chart().stages
        for step in stage.steps
    }


def test_steps_run_in_their_places(deploy, cluster, namespace):
    outcome = deploy(
        namespace,
        stages={
            "pre_exec": {"before": [{"name": "config", "apply": {"manifests": CONFIG}}]},
            "post_exec": {
                "after": [
                    {
                        "name": "mark",
                        "metadata": {"objects": [{"kind": "ConfigMap", "name": "extra"}], "labels": {"seen": "yes"}},
                    }
                ]
            },
            "validate": {
                "after": [
                    {
                        "name": "color",
                        "assertion": {
                            "object": {"kind": "ConfigMap", "name": "extra"},
                            "json_path": ".data.color",
                            "equals": "010",
                        },
                    },
                    {
                        "name": "available",
                        "wait_for": {
                            "objects": [{"kind": "Deployment", "name": "web"}],
                            "condition": {"type": "Available"},
                        },
                    },
                ]
            },
        },
    )
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert {step_states(outcome)[name] for name in ("config", "mark", "color", "available")} == {"SUCCEEDED"}
    assert cluster.get("configmap", "extra", namespace)["metadata"]["labels"]["seen"] == "yes"


def test_a_failed_assert_is_the_runs_failure(deploy, namespace):
    outcome = deploy(
        namespace,
        stages={
            "validate": {
                "after": [
                    {
                        "assertion": {
                            "object": {"kind": "ConfigMap", "name": "web"},
                            "json_path": ".data.message",
                            "equals": "goodbye",
                        }
                    }
                ]
            }
        },
    )
    assert outcome.state == "FAILED"
    assert (outcome.run.failure.step, outcome.run.failure.reason) == ("assert-1", "VALIDATION_FAILED")
    assert "hello" in outcome.run.failure.message


def test_a_command_sets_the_payload(make_daemon, deploy, namespace):
    command = {"name": "echo", "argv": [sys.executable, "-c", "import sys; print(sys.argv[1])"]}
    with make_daemon(commands=[command]).client() as client:
        outcome = deploy(
            namespace,
            client=client,
            stages={
                "pre_exec": {
                    "before": [{"name": "say", "command": {"command": "echo", "args": ["hello"], "stdout_to_payload": "word"}}]
                },
                "validate": {
                    "after": [
                        {
                            "assertion": {
                                "object": {"kind": "ConfigMap", "name": "web"},
                                "json_path": ".data.message",
                                "equals": "${payload.word}",
                            }
                        }
                    ]
                },
            },
        )
    assert outcome.state == "SUCCEEDED", outcome.run.failure


def test_a_namespace_that_a_step_writes_is_one_of_the_runs_keys(deploy, cluster, namespace):
    outcome = deploy(
        namespace,
        stages={
            "pre_exec": {
                "before": [{"apply": {"manifests": CONFIG.replace("name: extra", "name: extra\n  namespace: kube-public")}}]
            }
        },
    )
    assert outcome.state == "SUCCEEDED" and "kube-public" in outcome.run.keys
    assert cluster.get("configmap", "extra", "kube-public")
