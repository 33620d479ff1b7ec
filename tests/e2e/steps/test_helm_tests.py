"""helm_test: the chart's own tests."""

import pytest

from harness.helm import both_majors

pytestmark = both_majors

POD = """
---
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-%s
  labels: {sandbox.wheelhouse/pod: %s}
  annotations: {helm.sh/hook: test}
spec: {restartPolicy: Never, containers: [{name: main, image: sandbox.example/test:1.0}]}
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\ndata: {a: {{ .Values.a | quote }}}\n"


@pytest.fixture
def tested(new_chart):
    return new_chart(CONFIG + POD % ("good", "completes") + POD % ("bad", "{{ .Values.bad }}"), "bad: completes\na: b\n")


@pytest.fixture
def run(deploy, namespace, tested):
    def go(stage="validate", chart=tested, names=(), **fields):
        step = {"name": "smoke", "helm_test": {"names": list(names)}}
        return deploy(namespace, chart=chart, stages={stage: {"after": [step]}}, **fields)

    return go


def step_of(outcome, name="smoke"):
    return next(step for stage in outcome.chart().stages for step in stage.steps if step.name == name)


def test_the_tests_run_and_their_logs_are_streamed(run):
    outcome = run()
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_of(outcome).outcome == "2 tests succeeded"
    logs = {(e.log.source, e.log.line) for e in outcome.events if e.HasField("log") and e.log.step == "smoke"}
    assert {("web-good", "sandbox: done"), ("web-bad", "sandbox: done")} <= logs


@pytest.mark.parametrize("stage", ["post_exec", "validate"])
def test_one_that_fails_is_named_with_its_log_and_the_release_is_rolled_back(run, cluster, namespace, stage):
    run(stage)
    outcome = run(stage, values={"bad": "fails", "a": "c"}, upgrade_retry={"count": 3})
    failure = outcome.run.failure
    assert (failure.reason, failure.step) == ("VALIDATION_FAILED", "smoke")
    assert "the test Pod web-bad failed" in failure.message and "exit status 1" in failure.message
    assert failure.details["test"] == "web-bad"
    assert any(one.object == f"Pod {namespace}/web-bad" for one in failure.evidence)
    assert cluster.get("configmap", "made", namespace)["data"]["a"] == "b"
    assert [(r["revision"], r["status"]) for r in cluster.history("web", namespace)] == [
        (1, "superseded"),
        (2, "superseded"),
        (3, "deployed"),
    ], "nothing is tried again"


def test_an_unchanged_release_is_tested_too_and_stays_unchanged(run, cluster, namespace):
    run()
    for _ in range(2):
        outcome = run()
        assert (outcome.decision(), step_of(outcome).outcome) == ("UNCHANGED", "2 tests succeeded")
    assert len(cluster.history("web", namespace)) == 1


def test_a_test_that_fails_later_remediates_nothing(run, cluster, namespace):
    run()
    # What the test does is the pods' own: the release stays as it is.
    cluster.kubectl("create", "quota", "none", "-n", namespace, "--hard=pods=0")
    outcome = run()
    assert (outcome.decision(), outcome.state) == ("UNCHANGED", "FAILED")
    assert outcome.run.failure.step == "smoke"
    assert cluster.releases(namespace)["web"]["status"] == "deployed"
    assert len(cluster.history("web", namespace)) == 1


def test_only_those_that_are_named_run(run):
    outcome = run(names=["web-good"], values={"bad": "fails"})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_of(outcome).outcome == "1 tests succeeded"


def test_a_name_that_no_test_has_is_an_error(run):
    failure = run(names=["web-god"]).run.failure
    assert failure.reason == "STEP_FAILED"
    assert "no test named web-god; it has web-bad, web-good" in failure.message


def test_a_chart_without_tests_is_a_success(run):
    outcome = run(chart="web")
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_of(outcome).outcome == "the chart has no tests"
