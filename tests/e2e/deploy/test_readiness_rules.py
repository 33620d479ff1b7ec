"""What a plan says of readiness, in place of the daemon's own rules; and steps by expression."""

import pytest

from harness.crds import free_crd
from harness.helm import both_majors
from harness.runs import step_of, step_result
from wheelhouse.v1 import chart_pb2

SAIL_CRD = free_crd("Sail", "rules.wheelhouse")
# Nobody writes its status but the chart.
SAIL = """apiVersion: rules.wheelhouse/v1
kind: Sail
metadata: {name: main}
{{- with .Values.phase }}
status: {phase: {{ . }}, conditions: [{type: Hoisted, status: "True"}]}
{{- end }}
"""
# Values of the chart web without hooks, so that the run waits, and not helm.
NEVER = {"podBehaviour": "never-ready"}
PHASES = {
    "current": "status.phase == 'Up'",
    "in_progress": "status.phase == 'Hoisting'",
    "failed": "status.phase in ['Torn', 'Lost']",
}


def rule(kind, **what):
    return {"target": {"kind": kind}, **what}


@pytest.fixture
def sail(deploy, new_chart, namespace):
    """sail(phase, **fields of ChartInfo): deploys a custom resource in that phase."""

    def go(phase, **fields):
        chart = new_chart(SAIL, values=f"phase: {phase}\n", crds=SAIL_CRD)
        return deploy(namespace, chart=chart, **{"timeout": {"seconds": 300}, **fields})

    return go


@both_majors
def test_a_custom_resource_is_ready_when_an_expression_says_so(sail):
    outcome = sail("Up", readiness=[rule("Sail", expressions=PHASES)])
    assert outcome.state == "SUCCEEDED", outcome.run.failure


@both_majors
def test_a_failed_expression_ends_the_wait_at_once(sail):
    outcome = sail("Torn", readiness=[rule("Sail", expressions=PHASES)])
    assert outcome.run.failure.reason == "POD_FAILING"
    assert "Sail" in outcome.run.failure.message and "failed by the plan's expression failed" in outcome.run.failure.message


def test_time_that_runs_out_names_the_expression(sail):
    outcome = sail("", readiness=[rule("Sail", expressions=PHASES)], timeout={"seconds": 6})
    assert outcome.run.failure.reason == "NOT_READY"
    assert "the plan's expression in_progress, column 1: no such key: status" in outcome.run.failure.message


def test_a_condition_decides(sail):
    assert sail("Up", readiness=[rule("Sail", condition={"type": "Hoisted"})]).state == "SUCCEEDED"
    outcome = sail("Up2", readiness=[rule("Sail", condition={"type": "Furled"})], timeout={"seconds": 6})
    assert "no condition Furled yet" in outcome.run.failure.message


@both_majors
@pytest.mark.parametrize("what", ["ignore", "exists"])
def test_a_deployment_that_is_never_ready_does_not_hinder(deploy, namespace, what):
    rules = [{"target": {"kind": "Deployment", "name": "we.", "label_selector": "!none"}, what: {}}]
    outcome = deploy(namespace, values=NEVER, readiness=rules)
    assert outcome.state == "SUCCEEDED", outcome.run.failure


def test_a_rule_for_another_object_changes_nothing(deploy, namespace):
    rules = [{"target": {"kind": "Deployment", "name": "we"}, "ignore": {}}]
    outcome = deploy(namespace, values=NEVER, readiness=rules, timeout={"seconds": 5})
    assert outcome.run.failure.reason == "NOT_READY"


def test_an_assert_by_expression_holds_or_says_what_is_false(deploy, namespace):
    def asserting(expression):
        step = {"assertion": {"object": {"kind": "Deployment", "name": "web"}, "expression": expression}}
        return deploy(namespace, on_failure=chart_pb2.ON_FAILURE_NONE, stages={"validate": {"after": [step]}})

    held = asserting("status.readyReplicas == spec.replicas && object.kind == 'Deployment'")
    assert step_of(held, "assert-1").outcome.startswith("status.readyReplicas ==")
    broken = asserting("spec.replicas > 1")
    assert broken.run.failure.reason == "VALIDATION_FAILED"
    assert broken.run.failure.message == f"spec.replicas > 1 of Deployment {namespace}/web is false"
    missing = asserting("metadata.labels['app.kubernetes.io/none'] == 'x'")
    assert "column 16: no such key: app.kubernetes.io/none" in missing.run.failure.message


def test_when_by_expression_sees_decision_payload_and_versions(deploy, namespace):
    def step(name, expression):
        labels = {"objects": [{"kind": "ConfigMap", "name": "web"}], "labels": {name: "yes"}}
        return {"name": name, "when": {"expression": expression}, "metadata": labels}

    def states(**values):
        steps = [
            {"checksum": {"objects": [{"kind": "ConfigMap", "name": "web"}], "to_payload": "sum"}},
            step("new", "decision == 'INSTALL' && installed_version == ''"),
            step("old", "decision == 'UPGRADE' && installed_version == chart.version"),
            step("always", f"payload.sum.size() == 64 && release.namespace == '{namespace}'"),
            step("never", "payload.?other.orValue('') != ''"),
        ]
        outcome = deploy(namespace, values=values, stages={"post_exec": {"after": steps}})
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        return [step_result(outcome, name)[0] for name in ("new", "old", "always", "never")]

    assert states() == ["SUCCEEDED", "SKIPPED", "SUCCEEDED", "SKIPPED"]
    assert states(message="other") == ["SKIPPED", "SUCCEEDED", "SUCCEEDED", "SKIPPED"]


def test_a_wrong_expression_is_found_in_the_plans_file(cli, namespace, tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text(f"""charts:
- name: web
  namespace: {namespace}
  action: DESTROY
  readiness:
  - target: {{kind: Sail}}
    expressions:
      current: stats.phase == 'Up'
""")
    result = cli("apply", "-f", plan)
    assert result.returncode == 2, result.stderr
    assert "plan.yaml:8:" in result.stderr and "`stats` is unknown; did you mean `status`?" in result.stderr
