"""A newer run of a plan ends the wait of an older one and goes on from there (`supersede: RUNNING`)."""

import pytest

from harness.daemon import wait_for
from harness.helm import helms_of
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, failure_pb2, plan_pb2, run_pb2, step_pb2


def wants_another():
    """A step that fails."""
    config_map = step_pb2.ObjectRef(kind="ConfigMap", name="web")
    return step_pb2.Step(assertion={"object": config_map, "json_path": ".data.message", "equals": "nobody's"})


def plan(client, upload, namespace, mode=plan_pb2.SUPERSEDE_RUNNING, **values):
    chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    for key, value in values.items():
        chart.values.add(key=key, value=value)
    return plan_pb2.Plan(name="shop", supersede=mode, charts=[chart])


def of_run(cluster, namespace, run):
    """The status of the record that the run has made."""
    labels = f"owner=helm,name=web,wheelhouse-run={run}"
    return cluster.kubectl("get", "secrets", "-n", namespace, "-l", labels, "-o", "jsonpath={.items[*].metadata.labels.status}")


def waits(client, cluster, namespace, run):
    """Blocks until the run waits for what helm has deployed."""
    wait_for("helm has deployed it", lambda: of_run(cluster, namespace, run.id) == "deployed")
    wait_for("no helm is left", lambda: not helms_of(namespace))
    assert client.get_run(run.id).state == run_pb2.RUN_STATE_RUNNING
    return run


def never_ready(client, upload, cluster, namespace, **values):
    asked = plan(client, upload, namespace, podBehaviour="never-ready", message="stuck", **values)
    return waits(client, cluster, namespace, client.create_run(asked))


def end(client, run):
    return Outcome(client, client.watch(run.id))


def taken_over(client, old, newer):
    outcome = end(client, old)
    assert (outcome.state, outcome.run.failure.reason) == ("CANCELLED", "SUPERSEDED")
    assert outcome.run.superseded_by == newer.id and not outcome.run.cancel_requested
    assert outcome.run.failure.details["run"] == newer.id
    stages = {stage.stage: stage for stage in outcome.run.charts[0].stages}
    undo = stages[failure_pb2.STAGE_ON_DEPLOY_FAILURE]
    assert undo.skip_reason == run_pb2.SKIP_REASON_SUPERSEDED
    assert not outcome.run.failure.left_changed
    return [f"{one.kind} {one.name} {one.change}" for one in outcome.run.failure.handed_over]


def history(cluster, namespace):
    return [(revision["revision"], revision["status"]) for revision in cluster.history("web", namespace)]


def maker(cluster, namespace, revision):
    secret = cluster.get("secret", f"sh.helm.release.v1.web.v{revision}", namespace)
    return secret["metadata"]["labels"].get("wheelhouse-run")


def test_the_older_run_stops_waiting_and_the_newer_one_goes_on_from_there(client, daemon, deploy, upload, cluster, namespace):
    assert deploy(namespace).state == "SUCCEEDED"
    mark = daemon.log_size()
    old = never_ready(client, upload, cluster, namespace)
    newer = client.create_run(plan(client, upload, namespace, message="fixed"))
    assert taken_over(client, old, newer) == [f"Release {namespace}/web revision 2 made"]
    outcome = end(client, newer)
    assert outcome.state == "SUCCEEDED"
    assert list(outcome.run.takes_over) == [old.id]
    assert history(cluster, namespace) == [(1, "superseded"), (2, "superseded"), (3, "deployed")]
    assert [maker(cluster, namespace, revision) for revision in (2, 3)] == [old.id, newer.id], "no rollback in between"
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "fixed"
    log = daemon.log_text(mark)
    assert f"run {old.id}: run {newer.id} takes over: it stops, and what it made stays" in log
    assert f"run {newer.id}: takes over from run {old.id}" in log


def test_when_the_newer_run_fails_the_release_goes_back_to_before_both(client, deploy, upload, cluster, namespace):
    assert deploy(namespace).state == "SUCCEEDED"
    old = never_ready(client, upload, cluster, namespace)
    bad = plan(client, upload, namespace, message="worse")
    bad.charts[0].stages.validate.after.append(wants_another())
    newer = client.create_run(bad)
    taken_over(client, old, newer)
    outcome = end(client, newer)
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "VALIDATION_FAILED")
    assert not outcome.run.failure.left_changed and not outcome.run.failure.secondary
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "hello"
    assert [status for _, status in history(cluster, namespace)] == ["superseded"] * 3 + ["deployed"]


def test_a_first_install_that_is_taken_over_is_uninstalled_when_the_newer_run_fails(client, upload, cluster, namespace):
    old = never_ready(client, upload, cluster, namespace)
    bad = plan(client, upload, namespace, message="worse")
    bad.charts[0].stages.validate.after.append(wants_another())
    newer = client.create_run(bad)
    assert f"Release {namespace}/web revision 1 made" in taken_over(client, old, newer)
    outcome = end(client, newer)
    assert outcome.state == "FAILED"
    assert cluster.releases(namespace) == {}
    assert {one.kind for one in outcome.run.failure.left_changed} <= {"Namespace"}


def test_a_newer_run_that_cannot_even_begin_undoes_what_it_takes_over(client, deploy, upload, cluster, namespace):
    assert deploy(namespace).state == "SUCCEEDED"
    old = never_ready(client, upload, cluster, namespace)
    broken = plan(client, upload, namespace)
    broken.charts[0].stages.check_prerequisites.after.append(wants_another())
    newer = client.create_run(broken)
    taken_over(client, old, newer)
    outcome = end(client, newer)
    assert outcome.run.failure.stage == failure_pb2.STAGE_CHECK_PREREQUISITES
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "hello"
    assert [status for _, status in history(cluster, namespace)][-1] == "deployed"
    assert not outcome.run.failure.left_changed


def test_a_helm_that_waits_for_its_hooks_sake_is_ended_as_well(client, deploy, upload, cluster, namespace):
    assert deploy(namespace).state == "SUCCEEDED"
    asked = plan(client, upload, namespace, podBehaviour="never-ready", hook="completes")
    old = client.create_run(asked)
    wait_for("helm waits", lambda: "pending" in (of_run(cluster, namespace, old.id) or ""))
    newer = client.create_run(plan(client, upload, namespace, message="fixed"))
    taken_over(client, old, newer)
    assert end(client, newer).state == "SUCCEEDED"
    assert [status for _, status in history(cluster, namespace)][-1] == "deployed"
    assert maker(cluster, namespace, 3) == newer.id


def test_the_same_inputs_are_only_waited_for(client, upload, cluster, namespace):
    asked = plan(client, upload, namespace, podBehaviour="slow")
    old = waits(client, cluster, namespace, client.create_run(asked))
    newer = client.create_run(asked)
    taken_over(client, old, newer)
    assert end(client, newer).state == "SUCCEEDED"
    assert history(cluster, namespace) == [(1, "deployed")], "helm is not asked again"
    assert maker(cluster, namespace, 1) == newer.id


def test_a_hook_that_waits_for_a_worker_ends(client, upload, cluster, namespace):
    asked = plan(client, upload, namespace)
    asked.charts[0].stages.pre_exec.before.add(name="drain").hook.name = "nobody-serves-it"
    old = client.create_run(asked)
    wait_for("the hook waits", lambda: [call.run_id for call in client.list_hooks().waiting] == [old.id])
    newer = client.create_run(plan(client, upload, namespace, message="fixed"))
    taken_over(client, old, newer)
    assert not client.list_hooks().waiting
    assert end(client, newer).state == "SUCCEEDED"


def test_only_runs_that_both_ask_for_it(client, upload, cluster, namespace):
    old = never_ready(client, upload, cluster, namespace)
    newer = client.create_run(plan(client, upload, namespace, mode=plan_pb2.SUPERSEDE_WAITING, message="fixed"))
    waits_for = wait_for("its place is known", lambda: client.get_run(newer.id).queue.waits_for)
    assert [w.run_id for w in waits_for] == [old.id]
    assert client.get_run(old.id).superseded_by == ""
    client.cancel_run(newer.id)
    client.cancel_run(old.id)
    assert end(client, old).run.failure.reason == "CANCELLED"


@pytest.mark.parametrize("when", ["asked", "stopped", "going on"])
def test_a_daemon_that_is_killed_in_between_goes_on_with_it(make_daemon, deploy, upload, cluster, namespace, when):
    daemon = make_daemon()
    with daemon.client() as client:
        first = client.create_run(plan(client, upload, namespace))
        assert end(client, first).state == "SUCCEEDED"
        old = never_ready(client, upload, cluster, namespace)
        slow = plan(client, upload, namespace, message="fixed", podBehaviour="slow" if when == "going on" else "")
        newer = client.create_run(slow)
        if when == "stopped":
            taken_over(client, old, newer)
        if when == "going on":
            wait_for("helm has deployed it", lambda: of_run(cluster, namespace, newer.id) == "deployed")
    daemon.kill()
    daemon.start()
    with daemon.client() as client:
        taken_over(client, old, newer)
        assert end(client, newer).state == "SUCCEEDED"
    assert history(cluster, namespace) == [(1, "superseded"), (2, "superseded"), (3, "deployed")]
    assert [maker(cluster, namespace, revision) for revision in (2, 3)] == [old.id, newer.id]


def waits_for_claim_of(client, run):
    """The run whose claim keeps the run waiting, once one does."""
    waits_for = wait_for("it waits for a claim", lambda: client.get_run(run.id).charts[0].waits_for_claims)
    return [holder.run_id for holder in waits_for]


def test_a_run_of_another_daemon_does_not_get_in_between(pair, upload, cluster, namespace):
    with pair[0].client() as first, pair[1].client() as second:
        old = never_ready(first, upload, cluster, namespace)
        other = second.create_run(plan(second, upload, namespace, message="from elsewhere"))
        assert waits_for_claim_of(second, other) == [old.id]
        newer = first.create_run(plan(first, upload, namespace, message="fixed"))
        taken_over(first, old, newer)
        assert end(first, newer).state == "SUCCEEDED"
        assert end(second, other).state == "SUCCEEDED"
    assert [maker(cluster, namespace, revision) for revision in (1, 2, 3)] == [old.id, newer.id, other.id]


def test_a_run_of_another_daemon_is_waited_for(pair, upload, cluster, namespace):
    with pair[0].client() as first, pair[1].client() as second:
        old = never_ready(first, upload, cluster, namespace)
        newer = second.create_run(plan(second, upload, namespace, message="fixed"))
        assert waits_for_claim_of(second, newer) == [old.id]
        assert not newer.takes_over and first.get_run(old.id).superseded_by == ""
        first.cancel_run(old.id)
        assert end(first, old).run.failure.reason == "CANCELLED"
        assert end(second, newer).state == "SUCCEEDED"
    assert maker(cluster, namespace, 1) == newer.id, "the older run has undone its own"
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "fixed"
