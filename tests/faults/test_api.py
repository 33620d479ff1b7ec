"""What the API server does wrong in one phase of a deploy, and how the run ends: SUCCEEDED where asking again is safe, or
FAILED with a true reason and the release in the state that is told; never SUCCEEDED when the work is not done."""

import pytest

from faults.bench import locked, statuses, told, wait_ended
from faults.proxy import ALWAYS, Answer, Delay, Gone, HalfOpen, Refuse, Reset, Rule, Stale, Truncate
from faults.scenarios import EXTRA, chart_info, expect_message
from wheelhouse.v1 import plan_pb2, run_pb2

# Requests of a phase, as fields of Rule.
DAEMON, HELM = "^(?!Helm)", "^Helm"
PHASES = {
    "discovery": {"agent": DAEMON, "path": r"^/(version|apis?)(\?|$)"},
    "release list": {"agent": DAEMON, "path": r"/secrets\?.*owner%3Dhelm"},
    "rights": {"agent": DAEMON, "path": "selfsubjectaccessreviews"},
    "namespace": {"agent": DAEMON, "method": "GET|POST|PATCH", "path": r"^/api/v1/namespaces(/[^/]+)?(\?|$)"},
    "apply": {"agent": DAEMON, "method": "PATCH", "path": "/configmaps/extra"},
    "readiness": {"agent": DAEMON, "method": "GET", "path": "/deployments"},
    "verdict": {"agent": DAEMON, "method": "PATCH", "path": "/secrets/sh.helm"},
}
AWAY = Answer(503, message="apiserver is shutting down")
FAULTS = {
    "delayed": Delay(1),
    "429": Answer(429, retry_after=1),
    "500": Answer(500, message="etcdserver: leader changed"),
    "503": AWAY,
    "refused": Refuse(),
    "answer lost": Reset(0),
    "reset in the body": Reset(0.5),
    "truncated": Truncate(),
}


def deploy(bench, namespace, change=None):
    """An install with one step of the caller's, to its end."""
    info = chart_info(bench, namespace, "new")
    info.stages.pre_exec.after.add(name="extra").apply.manifests = EXTRA
    info.timeout.seconds = 60
    if change:
        change(info)
    run = bench.client.create_run(plan_pb2.Plan(charts=[info]))
    ended = wait_ended(bench.client, run.id)
    assert ended, f"the run does not end: {bench.client.get_run(run.id)}"
    return ended


def check_true(bench, namespace, run):
    """What the run says is so, as the cluster tells from behind the proxy."""
    found = statuses(bench.cluster, namespace)
    if run.state == run_pb2.RUN_STATE_SUCCEEDED:
        assert found == ["deployed"]
        record = bench.cluster.get("secret", "sh.helm.release.v1.web.v1", namespace)
        assert record["metadata"]["labels"].get("wheelhouse-verdict") == "good"
        for name in ("web", "extra"):
            assert bench.cluster.get("configmap", name, namespace), name
    else:
        assert run.state == run_pb2.RUN_STATE_FAILED
        left = [change for change in run.failure.left_changed if change.kind == "Release"]
        assert bool(found) == bool(left), f"{found}, told: {run.failure}"
        assert not locked(found), found


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("phase", PHASES)
def test_one_bad_answer_is_made_good(bench, proxy, namespace, phase, fault):
    rule = Rule(FAULTS[fault], **PHASES[phase])
    proxy.set(rule)
    run = deploy(bench, namespace)
    assert rule.made == 1, "\n".join(proxy.log)
    assert run.state == run_pb2.RUN_STATE_SUCCEEDED, told(run)
    check_true(bench, namespace, run)


# What helm asks for; it does not ask again in each case, so that the run may fail.
HELM_PHASES = {
    "reads": {"method": "GET", "path": "/configmaps/web|/services/web|/deployments/web"},
    "first write of the record": {"method": "POST", "path": "/secrets"},
    "last write of the record": {"method": "PUT", "path": "/secrets/sh.helm"},
    "writes": {"method": "PATCH|POST", "path": "/(configmaps|services|deployments)"},
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("phase", HELM_PHASES)
def test_what_happens_to_helm_is_told_as_it_is(bench, proxy, namespace, phase, fault):
    rule = Rule(FAULTS[fault], agent=HELM, **HELM_PHASES[phase])
    proxy.set(rule)
    run = deploy(bench, namespace)
    assert rule.made == 1, "\n".join(proxy.log)
    if run.state != run_pb2.RUN_STATE_SUCCEEDED:
        # HELM_FAILED: it called a success what its record does not say.
        assert run.failure.reason in ("CLUSTER_UNREACHABLE", "HELM_FAILED"), told(run)
        assert run.failure.reason != "HELM_FAILED" or phase == "last write of the record", told(run)
    check_true(bench, namespace, run)


@pytest.mark.parametrize("fault", [*FAULTS.values(), Answer(410), Gone()], ids=[*FAULTS, "410", "410 in the stream"])
def test_a_watch_that_breaks_ends_no_wait(bench, proxy, namespace, fault):
    def wait_for_pods(info):
        info.values.add(key="podBehaviour", value="slow")  # for 10 s

    rule = Rule(fault, agent=DAEMON, path="watch=1")
    proxy.set(rule)
    run = deploy(bench, namespace, wait_for_pods)
    assert rule.made == 1, "\n".join(proxy.log)
    assert run.state == run_pb2.RUN_STATE_SUCCEEDED, told(run)
    check_true(bench, namespace, run)


@pytest.mark.parametrize("phase", PHASES)
def test_an_outage_that_lasts_is_told(bench, proxy, namespace, phase):
    """Of these requests alone."""
    def validate_shortly(info):
        info.stages.validate.timeout.seconds = 20

    proxy.set(Rule(AWAY, count=ALWAYS, **PHASES[phase]))
    run = deploy(bench, namespace, validate_shortly)
    # Readiness is waited for until time runs out.
    reason = "NOT_READY" if phase == "readiness" else "CLUSTER_UNREACHABLE"
    assert (run.state, run.failure.reason) == (run_pb2.RUN_STATE_FAILED, reason), told(run)
    assert AWAY.message in run.failure.message
    proxy.set()
    check_true(bench, namespace, run)


def test_a_failure_keeps_its_reason_when_the_evidence_cannot_be_read(bench, proxy, namespace):
    rule = Rule(AWAY, agent=DAEMON, method="GET", path="/(events|pods)", count=ALWAYS)
    proxy.set(rule)
    run = deploy(bench, namespace, lambda info: expect_message(info, "what it is not"))
    assert rule.made > 0
    assert (run.state, run.failure.reason) == (run_pb2.RUN_STATE_FAILED, "VALIDATION_FAILED"), told(run)
    assert statuses(bench.cluster, namespace) == []
    check_true(bench, namespace, run)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_start_is_seen_though_looking_fails_at_times(bench, proxy, namespace, fault):
    def crash(info):
        info.values.add(key="podBehaviour", value="crash-loop")
        info.early_failure.crash_loop_time.seconds = 2

    rule = Rule(FAULTS[fault], agent=DAEMON, method="GET", path=r"/pods\?", count=3)
    proxy.set(rule)
    run = deploy(bench, namespace, crash)
    assert rule.made == 3, "\n".join(proxy.log)
    assert run.failure.reason == "POD_FAILING", told(run)
    check_true(bench, namespace, run)


def test_old_reads_of_revisions_make_no_success_of_what_is_none(bench, proxy, namespace):
    """Lists and records as of before the release, for ever."""
    lists = Rule(Stale(), agent=DAEMON, method="GET", path=r"/secrets\?", count=ALWAYS)
    records = Rule(Answer(404), agent=DAEMON, method="GET", path=r"/secrets/sh\.helm\.release", count=ALWAYS)
    proxy.set(lists, records)
    run = deploy(bench, namespace)
    assert lists.made > 1 and records.made > 1
    proxy.set()
    assert run.state == run_pb2.RUN_STATE_FAILED, told(run)
    assert run.failure.reason in ("HELM_FAILED", "VALIDATION_FAILED"), told(run)


def test_an_old_list_of_revisions_is_not_what_a_deploy_is_judged_by(bench, proxy, namespace):
    proxy.set(Rule(Stale(), agent=DAEMON, method="GET", path=r"/secrets\?", count=ALWAYS))
    run = deploy(bench, namespace)
    proxy.set()
    assert run.state == run_pb2.RUN_STATE_SUCCEEDED, told(run)
    check_true(bench, namespace, run)


HALF_OPEN = {
    "a read": {"agent": DAEMON, "method": "GET", "path": "/secrets"},
    "a write": {"agent": DAEMON, "method": "PATCH", "path": "/configmaps/extra"},
    "a write that was done": {"agent": DAEMON, "method": "PATCH", "path": "/configmaps/extra"},
    "helm": {"agent": HELM, "method": "POST", "path": "/secrets"},
}


def test_a_connection_that_never_answers_is_given_up(bench, proxy):
    """All at once: each waits for its bound."""
    rules = {
        name: Rule(HalfOpen("done" in name), **{**fields, "path": f"/namespaces/half-open-{at}{fields['path']}"})
        for at, (name, fields) in enumerate(HALF_OPEN.items())
    }
    proxy.set(*rules.values())
    runs = {}
    for at, name in enumerate(HALF_OPEN):
        info = chart_info(bench, f"half-open-{at}", "new")
        info.stages.pre_exec.after.add(name="extra").apply.manifests = EXTRA
        info.timeout.seconds = 30
        runs[name] = bench.client.create_run(plan_pb2.Plan(charts=[info])).id
    for at, (name, run_id) in enumerate(runs.items()):
        run = wait_ended(bench.client, run_id)
        assert run, f"{name}: {bench.client.get_run(run_id)}"
        assert rules[name].made == 1, name
        # helm asks no second time: its time ends it.
        wanted = "NOT_READY" if name == "helm" else ""
        assert run.failure.reason == wanted, f"{name}: {told(run)}"
        check_true(bench, f"half-open-{at}", run)
