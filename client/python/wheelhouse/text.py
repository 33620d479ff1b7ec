"""Events as lines of text, for logs and terminals."""

from __future__ import annotations

from collections.abc import Sequence

from wheelhouse.v1 import event_pb2, failure_pb2, run_pb2

_MOST_NAMES = 5


def line(event: event_pb2.RunEvent) -> str:
    """An event in one line; empty for the many that say nothing new to a person, such as progress and steps with no outcome.

    for event in client.deploy(plan):
        if text := wheelhouse.line(event):
            print(text)
    """
    what = event.WhichOneof("event")
    if what == "snapshot":
        run = event.snapshot
        return f"run {run.id} on {run.cluster} by {run.caller}: {run.plan_name or f'{len(run.charts)} charts'}"
    if what == "transition":
        return _transition(event.transition)
    if what == "log":
        return f"{_where(event.log)}| {event.log.line}"
    # That of a step is told by the step's own end, and by RunFailed.
    return failure_text(event.failure) if what == "failure" and not event.failure.step else ""


def failure_text(failure: failure_pb2.Failure) -> str:
    """`demo/web exec/helm: POD_FAILING: ...`; with the reason of a hook's own, `STEP_FAILED (FRIDAY): ...`."""
    own = f" ({failure.details['hook_reason']})" if "hook_reason" in failure.details else ""
    where = _where(failure).strip()
    return f"{where}{': ' if where else ''}{failure.reason}{own}: {failure.message}"


def others_text(failures: Sequence[failure_pb2.Failure]) -> str:
    """`, and 2 more: demo/beta, demo/gamma`; empty for none."""
    names = [failure.chart for failure in failures]
    shown = ", ".join(names[:_MOST_NAMES]) + (" ..." if len(names) > _MOST_NAMES else "")
    return f", and {len(names)} more: {shown}" if names else ""


def _where(at: failure_pb2.Failure | event_pb2.Log | event_pb2.Transition) -> str:
    stage = failure_pb2.Stage.Name(at.stage).removeprefix("STAGE_").lower() if at.stage else ""
    place = "/".join(part for part in (stage, at.step) if part)
    return "".join(f"{part} " for part in (at.chart, place) if part)


def _transition(change: event_pb2.Transition) -> str:
    if not change.chart:
        if change.cancel_requested:
            return f"cancel requested by {change.cancelled_by}"
        if change.HasField("queue") and change.run_state != run_pb2.RUN_STATE_RUNNING:
            return _queue(change.queue)
        return run_pb2.RunState.Name(change.run_state).removeprefix("RUN_STATE_") if change.run_state else ""
    failed, running = change.state == run_pb2.STATE_FAILED, change.state == run_pb2.STATE_RUNNING
    ended = change.state in (run_pb2.STATE_SUCCEEDED, run_pb2.STATE_FAILED, run_pb2.STATE_SKIPPED)
    if change.step:
        told = failed or (change.outcome and change.state != run_pb2.STATE_SKIPPED) or (running and change.attempt > 1)
    else:
        told = ended and not change.stage
    return f"{_where(change)}{run_pb2.State.Name(change.state).removeprefix('STATE_')} {change.outcome}".rstrip() if told else ""


def _queue(place: run_pb2.QueuePlace) -> str:
    """`QUEUED at position 2, waits for run 01b of unix:ci (shop)`."""
    others = [f"run {one.run_id} of {one.caller}" + (f" ({', '.join(one.keys)})" if one.keys else "") for one in place.waits_for]
    shown = ", ".join(others[:_MOST_NAMES]) + (" ..." if len(others) > _MOST_NAMES else "")
    return f"QUEUED at position {place.position}" + (f", waits for {shown}" if others else "")
