"""A run is ended from outside at every point: by a cancel, by force, by its deadline. Then its policy holds."""

import os
import signal

import pytest

from harness.daemon import wait_for
from harness.helm import helms_of
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, failure_pb2, plan_pb2, run_pb2, step_pb2

# Of exec two: `helm` while helm is at work, `exec` while the run waits for what helm has deployed.
POINTS = ["check_prerequisites", "pre_exec", "helm", "exec", "post_exec", "validate"]
# What has been made of the release by then is undone; before exec nothing was.
UNDONE = {"helm", "exec", "post_exec", "validate"}


def stage_of(point):
    return "exec" if point == "helm" else point


def hold(name="held"):
    """A step that waits until somebody makes a ConfigMap."""
    config_map = step_pb2.ObjectRef(api_version="v1", kind="ConfigMap", name=name)
    return step_pb2.Step(name="hold", wait_for={"objects": [config_map], "json_path": {"path": ".data.go", "equals": "on"}})


def go_on(cluster, namespace, name="held"):
    cluster.kubectl("create", "configmap", name, "-n", namespace, "--from-literal=go=on")


def newest_of_run(cluster, namespace, run):
    """The status of the record that the run has made, if it has made one."""
    labels = f"owner=helm,name=web,wheelhouse-run={run}"
    return cluster.kubectl("get", "secrets", "-n", namespace, "-l", labels, "-o", "jsonpath={.items[*].metadata.labels.status}")


class Held:
    """A run that stands at a point of its life."""

    def __init__(self, client, upload, namespace, point, plan=None, **fields):
        self.client, self.point = client, point
        self.chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"), **fields)
        if stage_of(point) == "exec":
            self.chart.values.add(key="podBehaviour", value="never-ready")
            if point == "helm":
                self.chart.values.add(key="hook", value="completes")  # for which helm waits by itself
        else:
            self.chart.values.add(key="message", value="held")
            getattr(self.chart.stages, point).before.append(hold())
        self.run = client.create_run(plan_pb2.Plan(charts=[self.chart], **(plan or {})))

    def state_of(self, name, stage=None):
        run = self.client.get_run(self.run.id)
        wanted = failure_pb2.Stage.Value(f"STAGE_{(stage or stage_of(self.point)).upper()}")
        steps = [step for each in run.charts[0].stages if each.stage == wanted for step in each.steps if step.name == name]
        return steps[0].state if steps else run_pb2.STATE_PENDING

    def stands(self, cluster):
        step = "helm" if stage_of(self.point) == "exec" else "hold"
        wait_for(f"it stands in {self.point}", lambda: self.state_of(step) == run_pb2.STATE_RUNNING)
        if stage_of(self.point) == "exec":
            namespace = self.chart.namespace
            status = "pending" if self.point == "helm" else "deployed"
            wait_for("helm has begun", lambda: status in (newest_of_run(cluster, namespace, self.run.id) or ""))
        if self.point == "exec":  # helm writes that it has deployed the revision before it ends
            wait_for("no helm is left", lambda: not helms_of(self.chart.namespace))
        return self

    def end(self):
        return Outcome(self.client, self.client.watch(self.run.id))


@pytest.fixture
def held(client, upload, cluster, namespace):
    return lambda point, **fields: Held(client, upload, namespace, point, **fields)


def undone(outcome, cluster, namespace, before, point):
    """The release is as it was, by its policy, and nothing is pending."""
    statuses = [revision["status"] for revision in cluster.history("web", namespace)] if before else []
    if before and point in UNDONE:
        assert statuses == ["superseded", "failed", "deployed"] or statuses == ["superseded", "superseded", "deployed"]
        assert cluster.get("configmap", "web", namespace)["data"]["message"] == "hello"
    elif before:
        assert statuses == ["deployed"]
    else:
        assert cluster.releases(namespace) == {}
    secondary = [failure.message for failure in outcome.run.failure.secondary]
    assert not secondary, secondary


@pytest.mark.parametrize("before", [False, True], ids=["install", "upgrade"])
@pytest.mark.parametrize("point", POINTS)
def test_a_cancelled_run_is_undone(held, deploy, client, cluster, namespace, point, before):
    if before:
        assert deploy(namespace).state == "SUCCEEDED"
    run = held(point).stands(cluster)
    client.cancel_run(run.run.id)
    outcome = run.end()
    assert (outcome.state, outcome.run.failure.reason) == ("CANCELLED", "CANCELLED")
    assert outcome.run.failure.stage == failure_pb2.Stage.Value(f"STAGE_{stage_of(point).upper()}")
    undone(outcome, cluster, namespace, before, point)


@pytest.mark.parametrize("point", POINTS)
def test_a_run_whose_deadline_passes_is_undone(held, deploy, cluster, namespace, point):
    assert deploy(namespace).state == "SUCCEEDED"
    outcome = held(point, plan={"deadline": {"seconds": 10}}).end()
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "DEADLINE_EXCEEDED")
    assert outcome.run.failure.stage == failure_pb2.Stage.Value(f"STAGE_{stage_of(point).upper()}")
    undone(outcome, cluster, namespace, True, point)


@pytest.mark.parametrize("point", ["helm", "exec", "validate"])
def test_by_force_nothing_is_rolled_back_and_nothing_stays_locked(held, deploy, client, cluster, namespace, point):
    assert deploy(namespace).state == "SUCCEEDED"
    run = held(point).stands(cluster)
    client.cancel_run(run.run.id, force=True)
    outcome = run.end()
    assert (outcome.state, outcome.run.failure.reason) == ("CANCELLED", "CANCELLED")
    statuses = [revision["status"] for revision in cluster.history("web", namespace)]
    # helm, told to end, calls its revision failed itself, and so does a run that ends while it waits.
    assert statuses == (["deployed", "failed"] if stage_of(point) == "exec" else ["superseded", "deployed"])
    assert deploy(namespace, values={"message": "again"}).state == "SUCCEEDED"


def test_by_force_a_helm_that_has_to_be_killed_leaves_nothing_locked(held, deploy, client, cluster, namespace):
    assert deploy(namespace).state == "SUCCEEDED"
    run = held("helm").stands(cluster)
    (helm,) = helms_of(namespace, "upgrade")
    os.kill(helm, signal.SIGSTOP)
    client.cancel_run(run.run.id, force=True)
    outcome = run.end()
    assert (outcome.state, outcome.run.failure.reason) == ("CANCELLED", "CANCELLED")
    assert [revision["status"] for revision in cluster.history("web", namespace)] == ["deployed"]
    assert outcome.run.failure.evidence and not outcome.run.failure.secondary


def in_its_failure_stage(held, deploy, cluster, namespace):
    """An upgrade that failed, whose remediation has still to come."""
    assert deploy(namespace).state == "SUCCEEDED"
    config_map = step_pb2.ObjectRef(api_version="v1", kind="ConfigMap", name="web")
    fails = step_pb2.Step(name="fails", assertion={"object": config_map, "json_path": ".data.message", "equals": "?"})
    run = held("on_deploy_failure", stages={"validate": {"after": [fails]}})
    return run.stands(cluster)


def test_the_failure_stage_is_not_ended_by_a_first_cancel(held, deploy, client, cluster, namespace):
    run = in_its_failure_stage(held, deploy, cluster, namespace)
    client.cancel_run(run.run.id)
    assert run.state_of("hold") == run_pb2.STATE_RUNNING
    go_on(cluster, namespace)
    outcome = run.end()
    assert outcome.run.failure.reason == "VALIDATION_FAILED" and outcome.run.cancel_requested
    undone(outcome, cluster, namespace, True, "validate")


def test_the_failure_stage_is_ended_by_force(held, deploy, client, cluster, namespace):
    run = in_its_failure_stage(held, deploy, cluster, namespace)
    client.cancel_run(run.run.id)
    client.cancel_run(run.run.id, force=True)
    outcome = run.end()
    assert outcome.state == "CANCELLED" and outcome.run.failure.reason == "VALIDATION_FAILED"
    assert [revision["status"] for revision in cluster.history("web", namespace)] == ["superseded", "deployed"]


def test_a_queue_timeout_ends_a_run_of_which_nothing_was_done(held, client, upload, cluster, namespace):
    first = held("pre_exec").stands(cluster)
    second = Held(client, upload, namespace, "exec", plan={"queue_timeout": {"seconds": 1}}).end()
    assert (second.state, second.run.failure.reason) == ("FAILED", "DEADLINE_EXCEEDED")
    assert "queueTimeout" in second.run.failure.message and not second.run.HasField("start_time")
    client.cancel_run(first.run.id)
    assert first.end().state == "CANCELLED" and cluster.releases(namespace) == {}
