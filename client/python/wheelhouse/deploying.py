"""Client.deploy: a run from its request to its end, which is an error when the run did not succeed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from wheelhouse import watch
from wheelhouse.error import Error, RunFailed
from wheelhouse.hooks import inline
from wheelhouse.hooks.lifecycle import Lifecycle
from wheelhouse.log import LOG
from wheelhouse.v1 import deployer_service_pb2, event_pb2, failure_pb2, plan_pb2, run_pb2

if TYPE_CHECKING:
    from wheelhouse.client import Client


def checked(plan: plan_pb2.Plan | None) -> plan_pb2.Plan | None:
    """TypeError, with what to write instead, for what is no plan."""
    if plan is not None and not isinstance(plan, plan_pb2.Plan):
        raise TypeError(
            f"a plan is a wheelhouse.v1.plan_pb2.Plan, not a {type(plan).__name__}: write Plan(charts=[ChartInfo(...)]), or "
            "read a plan file with client.load_plan"
        )
    return plan


# How long the process that serves lifecycles stays without a daemon, in seconds: for as long as an upgrade of it may take.
# (Who only looks gives up sooner: watch.GIVE_UP_AFTER.)
SERVING_RECONNECTS_FOR = 300.0


def run(
    client: Client, plan: plan_pb2.Plan | None, request: Mapping[str, object], again: str, reconnect_for: float | None
) -> Iterator[event_pb2.RunEvent]:
    """Yields the events of the run that `request`, which has a request_id, creates or continues. RunFailed at its end.

    `again`: the request_id that the caller knows; empty for none. `reconnect_for`: see Client.deploy.
    """
    deploy = deployer_service_pb2.DeployRequest(run=deployer_service_pb2.CreateRunRequest(plan=plan, **request))

    def open_stream(run_id: str, last: int):
        return watch.stream(client.deployer, run_id, last) if run_id else client.deployer.Deploy(deploy)

    run_id, state, failures = "", run_pb2.RUN_STATE_UNSPECIFIED, []
    for event in watch.follow(open_stream, "", 0, again, reconnect_for):
        run_id = event.run_id
        state = event.transition.run_state or event.snapshot.state or state
        if event.HasField("failure"):
            failures = [event.failure]
        if event.snapshot.state > run_pb2.RUN_STATE_RUNNING:
            LOG.warning(
                "run %s of request_id %s had ended before: it is told again, nothing is deployed; a new deploy needs a new "
                "request_id", run_id, request["request_id"],
            )
        yield event
    if state != run_pb2.RUN_STATE_SUCCEEDED:
        raise RunFailed(run_id, state, _failures_of(client, run_id) or failures)


def run_serving(
    client: Client, plan: plan_pb2.Plan, request: Mapping[str, object], lifecycles: Mapping[str, Lifecycle], scope: str,
    again: str, reconnect_for: float | None,
) -> Iterator[event_pb2.RunEvent]:
    """The same, while this process serves the lifecycles, whose steps are in the plan."""
    with inline.serving(client, lifecycles, scope):
        yield from run(client, plan, request, again, SERVING_RECONNECTS_FOR if reconnect_for is None else reconnect_for)


def _failures_of(client: Client, run_id: str) -> list[failure_pb2.Failure]:
    """The run's own, and those of its other charts: some of those told of are not final. Empty if it cannot be read."""
    try:
        found = client.get_run(run_id)
    except Error as error:
        LOG.warning("run %s cannot be read: %s", run_id, error)
        return []
    charts = [one.failure for one in found.charts if one.HasField("failure")]
    if not found.HasField("failure"):
        return charts
    return [found.failure, *(one for one in charts if one.chart != found.failure.chart)]
