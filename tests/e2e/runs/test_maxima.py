"""What the operator allows: the most that a plan may ask for, and how much of one caller goes on at once."""

import pytest

import wheelhouse
from harness.daemon import wait_for
from harness.runs import Outcome, slow
from wheelhouse.v1 import chart_pb2, plan_pb2, run_pb2, step_pb2


@pytest.fixture(scope="module")
def bounded(make_daemon):
    """The client of a daemon with low maxima, one of whose two callers may not hold a whole cluster."""
    few = {"timeout": "2m", "deadline": "1h", "priority": 0, "stageSteps": 1, "parallelRuns": 1}
    with make_daemon(maxima={**few, "exclusiveCallers": ["unix:other"]}).client() as client:
        yield client


def test_a_plan_that_asks_for_more_is_refused_with_every_field(bounded, upload, namespace):
    chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(bounded, "web"), timeout={"seconds": 121})
    for name in "ab":
        chart.stages.validate.after.append(step_pb2.Step(name=name, helm_test={}))
    plan = plan_pb2.Plan(charts=[chart], priority=1, exclusive=True, deadline={"seconds": 3601})
    with pytest.raises(wheelhouse.Error) as error:
        bounded.create_run(plan)
    assert error.value.reason == "OPTION_NOT_ALLOWED"
    assert sorted(error.value.violations) == [
        "plan.charts[0].stages.validate",
        "plan.charts[0].timeout",
        "plan.deadline",
        "plan.exclusive",
        "plan.priority",
    ]
    assert "is 2m1s, but this daemon allows at most 2m (maxima.timeout)" in str(error.value)


def test_a_plan_that_asks_for_nothing_gets_no_more_than_allowed(bounded, upload, namespace):
    chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(bounded, "web"))
    outcome = Outcome(bounded, bounded.deploy(plan_pb2.Plan(charts=[chart])))
    assert outcome.state == "SUCCEEDED", outcome.run.failure


def test_a_caller_has_no_more_runs_at_once_than_allowed(bounded, upload, namespace):
    first = slow(bounded, upload, namespace)
    chart = chart_pb2.ChartInfo(name="web", namespace=f"{namespace}-b", chart=upload(bounded, "web"))
    second = bounded.create_run(plan_pb2.Plan(charts=[chart]))
    waits_for = wait_for("its place is known", lambda: bounded.get_run(second.id).queue.waits_for)
    assert [(other.run_id, list(other.keys)) for other in waits_for] == [(first.id, [])]
    assert bounded.get_run(second.id).state == run_pb2.RUN_STATE_QUEUED
    bounded.cancel_run(first.id)
    assert Outcome(bounded, bounded.watch(second.id)).state == "SUCCEEDED"
