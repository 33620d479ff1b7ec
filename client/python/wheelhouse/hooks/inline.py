"""Lifecycles that live as long as one call: the steps that a plan gets for them, and the worker that serves these."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator, Mapping

from google.protobuf import duration_pb2

from wheelhouse import watch
from wheelhouse.error import RunLost
from wheelhouse.hooks.lifecycle import STAGES, Lifecycle, check_lifecycle, effect_of, overridden
from wheelhouse.hooks.worker import Worker
from wheelhouse.v1 import chart_pb2, plan_pb2, step_pb2

# Where the step of a stage goes; exec's takes the place of helm.
_LISTS = {
    "check_prerequisites": "after",
    "pre_exec": "before",
    "exec": "before",
    "post_exec": "after",
    "validate": "after",
    "on_deploy_failure": "before",
}


def scope_of(request_id: str) -> str:
    """The scope of the hooks of a request: whoever comes back with the request's id serves them again."""
    return hashlib.sha256(request_id.encode()).hexdigest()[:32]


def with_steps(
    plan: plan_pb2.Plan,
    lifecycles: Mapping[str, Lifecycle],
    scope: str = "",
    when_gone: str = "WAIT",
    heartbeat: float | None = None,
) -> plan_pb2.Plan:
    """The plan with a hook step for each overridden stage of the charts that `lifecycles` names.

    A chart is named by its name, or NAMESPACE/NAME. ValueError for one that the plan does not have, and for a lifecycle that
    has no stages.
    """
    if when_gone not in ("WAIT", "FAIL"):
        raise ValueError(f"when_gone is WAIT or FAIL, not {when_gone!r}")
    plan = _copy(plan)
    for key, lifecycle in lifecycles.items():
        check_lifecycle(key, lifecycle)
        if not overridden(lifecycle):
            raise ValueError(f"the lifecycle of {key}, a {type(lifecycle).__name__}, has no method of a stage: {', '.join(STAGES)}")
        charts = [one for one in plan.charts if key in (one.name, f"{one.namespace}/{one.name}")]
        if not charts:
            raise ValueError(f"the plan has no chart {key}; it has {', '.join(one.name for one in plan.charts) or 'none'}")
        for chart in charts:
            for stage in overridden(lifecycle):
                steps = getattr(getattr(chart.stages, stage), _LISTS[stage])
                step = steps.add(name=f"{type(lifecycle).__name__}.{stage}")
                step.hook.CopyFrom(_hook(key, lifecycle, stage, scope, when_gone))
                if heartbeat is not None:
                    step.hook.heartbeat.CopyFrom(duration_pb2.Duration(seconds=int(heartbeat), nanos=int(heartbeat % 1 * 1e9)))
                if chart.action == chart_pb2.ACTION_DESTROY:
                    step.when.actions.append(step_pb2.STEP_ACTION_DESTROY)
    return plan


def _copy(plan: plan_pb2.Plan) -> plan_pb2.Plan:
    copy = plan_pb2.Plan()
    copy.CopyFrom(plan)
    return copy


def _hook(key: str, lifecycle: Lifecycle, stage: str, scope: str, when_gone: str) -> step_pb2.HookStep:
    return step_pb2.HookStep(
        name=key,
        version=lifecycle.version,
        effect=effect_of(lifecycle, stage).value,
        no_worker=step_pb2.NoWorker.Value(f"NO_WORKER_{when_gone}"),
        scope=scope,
        replaces="helm" if stage == "exec" else "",
        values=lifecycle.values,
        secret_values=lifecycle.secret_values,
    )


@contextlib.contextmanager
def serving(client, lifecycles: Mapping[str, Lifecycle], scope: str) -> Iterator[None]:
    """Serves the lifecycles while the block runs. Raises what the daemon refuses the worker with, or why there is none."""
    worker = Worker(client, lifecycles, capacity=100, scope=scope)
    refused: list[Exception] = []

    def run() -> None:
        try:
            worker.run(handle_signals=False)
        except Exception as error:  # noqa: BLE001: raised on the thread that waits
            refused.append(error)
            worker.attached.set()

    thread = threading.Thread(target=run, name="hooks", daemon=True)
    thread.start()
    try:
        if not worker.attached.wait(watch.GIVE_UP_AFTER):
            raise worker.trouble or TimeoutError("the daemon has not taken the session of the lifecycles")
        if refused:
            raise refused[0]
        yield
    except RunLost:
        worker.abandon()
        raise
    finally:
        worker.stop()
