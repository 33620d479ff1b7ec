"""A wait tells why, while it lasts: what keeps pods from running is named from the beginning, and ends it by a bound of its own."""

import re

import pytest

from harness.helm import both_majors
from harness.paths import CHARTS
from wheelhouse.v1 import chart_pb2, event_pb2

SOON = {"seconds": 2}
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  %s
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}, sandbox.wheelhouse/pod: %s}}
    spec: {%s containers: [{name: c, image: "registry.invalid/c:1"}]}
"""
SET = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: {{ .Release.Name }}}
spec:
  serviceName: none
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec: {containers: [{name: c, image: "registry.invalid/c:1"}]}
"""
HOOK = """
apiVersion: batch/v1
kind: Job
metadata: {name: {{ .Release.Name }}-hook, annotations: {"helm.sh/hook": %s}}
spec:
  backoffLimit: 0
  template:
    metadata: {labels: {sandbox.wheelhouse/pod: %s}}
    spec: {restartPolicy: Never, containers: [{name: c, image: "registry.invalid/c:1"}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
"""


def deployment(pod="", behaviour="ready", spec="replicas: 1"):
    return DEPLOYMENT % (spec, behaviour, pod)


def told(outcome):
    """What the progress said, in its order."""
    return [f"{one.object}: {one.reason}" for event in outcome.events for one in event.progress.waiting]


def said(outcome, kind):
    """The log lines of a kind: their source, and what they say."""
    return [(event.log.source, event.log.line) for event in outcome.events if event.log.kind == kind]


# What is in the way, the words that tell it, the bound in early_failure, and what the failure's details say of the reason.
SELECTOR = deployment("nodeSelector: {disk: none},")
NOT_MADE = "FailedCreate"
IN_THE_WAY = {
    "unschedulable": (SELECTOR, "didn't match Pod's node affinity", "unschedulable", "Unschedulable"),
    "service account": (deployment("serviceAccountName: nosuch,"), 'serviceaccount "nosuch" not found', "refused", NOT_MADE),
    "quota": (deployment(), "exceeded quota: none", "quota", NOT_MADE),
    "quota of a set": (SET, "exceeded quota: none", "quota", NOT_MADE),
    "pod security": (deployment("hostNetwork: true,"), 'violates PodSecurity "restricted', "refused", NOT_MADE),
}


@pytest.fixture
def hindered(request, cluster, namespace):
    """The namespace, made so that nothing but the hindrance is in the way."""
    cluster.kubectl("create", "namespace", namespace)
    if "quota" in request.node.callspec.id:
        cluster.kubectl("create", "quota", "none", "--hard=pods=0", "-n", namespace)
    if "security" in request.node.callspec.id:
        cluster.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
    return namespace


@both_majors
@pytest.mark.parametrize("case", IN_THE_WAY)
def test_what_is_in_the_way_is_named_and_ends_the_wait_by_its_own_bound(case, deploy, new_chart, hindered):
    template, words, bound, reason = IN_THE_WAY[case]
    outcome = deploy(hindered, chart=new_chart(template), early_failure={bound: SOON}, timeout={"seconds": 120})
    failure = outcome.run.failure
    assert failure.reason == "POD_FAILING", failure
    assert words in failure.message
    assert (failure.details["reason"], failure.details["object"].split("/")[-1]) == (reason, "web")
    assert any(words in line for line in told(outcome))


@both_majors
@pytest.mark.parametrize("case", IN_THE_WAY)
def test_what_may_pass_is_named_when_the_time_is_up(case, deploy, new_chart, hindered):
    template, words, _, _ = IN_THE_WAY[case]
    outcome = deploy(hindered, chart=new_chart(template), timeout={"seconds": 8})
    assert outcome.run.failure.reason == "NOT_READY", outcome.run.failure
    assert words in outcome.run.failure.message
    assert any(words in line for line in told(outcome))


@both_majors
def test_a_deployment_that_its_own_deadline_has_run_out_for_ends_the_wait(deploy, new_chart, namespace):
    chart = new_chart(deployment(behaviour="never-ready", spec="progressDeadlineSeconds: 2"))
    failure = deploy(namespace, chart=chart, timeout={"seconds": 120}).run.failure
    assert failure.reason == "POD_FAILING", failure
    assert (failure.details["reason"], failure.details["object"]) == ("ProgressDeadlineExceeded", f"Deployment {namespace}/web")


def named(outcome, hook, namespace):
    failure = outcome.run.failure
    assert failure.reason == "POD_FAILING", failure
    assert failure.details["object"] == f"Job {namespace}/web-hook"
    assert failure.details["hook"] == hook
    assert failure.details["pod"].startswith(f"{namespace}/web-hook-")
    assert "ImagePull" in failure.details["reason"]
    assert any(f"web-hook: hook {hook}: " in line and "ImagePull" in line for line in told(outcome))


@both_majors
@pytest.mark.parametrize("hook", ["pre-install", "post-install"])
def test_a_hook_that_never_starts_is_named_and_ends_the_wait(hook, deploy, new_chart, namespace):
    chart = new_chart(HOOK % (hook, "image-pull-error"))
    outcome = deploy(namespace, chart=chart, early_failure={"image_pull": SOON}, timeout={"seconds": 120})
    named(outcome, hook, namespace)


@both_majors
@pytest.mark.parametrize("hook", ["pre-delete", "post-delete"])
def test_a_hook_of_a_destroy_that_never_starts_is_named_and_ends_the_wait(hook, deploy, new_chart, cluster, namespace):
    assert deploy(namespace, chart=new_chart(HOOK % (hook, "image-pull-error"))).state == "SUCCEEDED"
    outcome = deploy(
        namespace, action=chart_pb2.ACTION_DESTROY, early_failure={"image_pull": SOON}, timeout={"seconds": 120}
    )  # fmt: skip
    named(outcome, hook, namespace)
    left = [c.change for c in outcome.run.failure.left_changed]
    there = cluster.get("configmap", "web", namespace) is not None
    assert (there, len(left)) == (hook == "pre-delete", 1)
    assert ("all its objects are still there" if there else f"gone: ConfigMap {namespace}/web") in left[0]


@both_majors
@pytest.mark.parametrize("hook", ["pre-rollback", "post-rollback"])
def test_a_hook_of_a_rollback_that_never_starts_is_named_and_ends_the_wait(hook, deploy, new_chart, namespace):
    chart = new_chart(HOOK % (hook, "image-pull-error") + "data: {message: {{ .Values.message | quote }}}\n", "message: a")
    for message in "ab":
        assert deploy(namespace, chart=chart, values={"message": message}).state == "SUCCEEDED"
    outcome = deploy(
        namespace, action=chart_pb2.ACTION_ROLLBACK, early_failure={"image_pull": SOON}, timeout={"seconds": 120}
    )  # fmt: skip
    named(outcome, hook, namespace)


@both_majors
def test_the_hook_of_an_earlier_revision_does_not_count(deploy, new_chart, cluster, namespace):
    early = {"image_pull": SOON}
    broken = deploy(namespace, chart=new_chart(HOOK % ("pre-install,pre-upgrade", "image-pull-error")), early_failure=early, atomic=False)
    assert broken.run.failure.reason == "POD_FAILING"
    assert cluster.get("job", "web-hook", namespace)
    mended = deploy(namespace, chart=new_chart(HOOK % ("pre-install,pre-upgrade", "completes")), early_failure=early)
    assert mended.state == "SUCCEEDED", mended.run.failure


@both_majors
def test_a_hook_that_fails_is_told_with_its_pod(deploy, new_chart, namespace):
    outcome = deploy(namespace, chart=new_chart(HOOK % ("pre-install", "fails")), timeout={"seconds": 120})
    failure = outcome.run.failure
    assert failure.reason == "HOOK_FAILED", failure
    assert "web-hook" in failure.message and "exit code 1" in failure.message


@both_majors
def test_the_last_lines_of_failing_pods_and_warnings_come_while_the_chart_waits(deploy, namespace):
    outcome = deploy(namespace, values={"podBehaviour": "crash-loop"}, early_failure={"crash_loop_restarts": 4})
    assert outcome.run.failure.reason == "POD_FAILING"
    lines = said(outcome, event_pb2.LOG_KIND_POD)
    assert any(source.startswith("web-") and line == "panic: sandbox crash" for source, line in lines), lines
    assert any(line.startswith("Pod web-") and "BackOff" in line for _, line in said(outcome, event_pb2.LOG_KIND_EVENT))


@pytest.mark.parametrize(("logs", "seen"), [("POD_LOGS_ALL", True), ("POD_LOGS_FAILING", False), ("POD_LOGS_NONE", False)])
def test_whose_lines_come_is_the_charts_choice(logs, seen, deploy, new_chart, namespace):
    # Not ready for 2 s only, which is no failure.
    chart = new_chart(deployment(spec="minReadySeconds: 4"))
    outcome = deploy(namespace, chart=chart, logs=chart_pb2.PodLogs.Value(logs))
    assert outcome.state == "SUCCEEDED"
    assert (("sandbox: hello from the container" in dict(map(reversed, said(outcome, event_pb2.LOG_KIND_POD)))) is seen)


def test_the_command_line_shows_what_a_waiting_chart_says(cli, tmp_path, namespace):
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        f"charts: [{{name: web, namespace: {namespace}, chart: {{path: {CHARTS / 'web'}}}, timeout: 8s,"
        " values: [{key: podBehaviour, value: crash-loop}], earlyFailure: {off: true}}]"
    )
    shown = cli("apply", "-f", plan)
    assert shown.returncode == 1
    assert "| event: Pod web-" in shown.stdout
    assert re.search(r"\| web-\S+: panic: sandbox crash", shown.stdout)
    assert "CrashLoopBackOff" in shown.stdout
