"""Runs, as the tests look at them."""

import contextlib

import wheelhouse
from harness.daemon import wait_for
from wheelhouse.v1 import chart_pb2, plan_pb2, run_pb2


def to_the_end(events):
    """The events of a run, whether or not it has failed."""
    seen = []
    with contextlib.suppress(wheelhouse.RunFailed):
        for event in events:
            seen.append(event)
    return seen


class Outcome:
    """A run that was watched to its end: its events and its last picture."""

    def __init__(self, client, events):
        self.events = to_the_end(events)
        self.run = client.get_run(self.events[0].run_id)

    @property
    def state(self):
        return run_pb2.RunState.Name(self.run.state).removeprefix("RUN_STATE_")

    def chart(self, at=0):
        return self.run.charts[at]

    def decision(self, at=0):
        return run_pb2.Decision.Name(self.chart(at).decision).removeprefix("DECISION_")


def step_of(outcome, name):
    return next(step for stage in outcome.chart().stages for step in stage.steps if step.name == name)


def slow(client, upload, namespace):
    """A run that stays RUNNING until it is cancelled."""
    chart = chart_pb2.ChartInfo(name="slow", namespace=namespace, chart=upload(client, "web"))
    chart.values.add(key="podBehaviour", value="never-ready")
    run = client.create_run(plan_pb2.Plan(charts=[chart]))
    wait_for("the run runs", lambda: client.get_run(run.id).state == run_pb2.RUN_STATE_RUNNING)
    return run


def step_result(outcome, name, at=0):
    """Name of the state and the outcome of a step."""
    for stage in outcome.chart(at).stages:
        for one in stage.steps:
            if one.name == name:
                return run_pb2.State.Name(one.state).removeprefix("STATE_"), one.outcome
    return None
