"""The chart, as a hook sees it: facts, input, payload, and the cluster through the daemon."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from google.protobuf import duration_pb2, json_format

from wheelhouse.hooks.lifecycle import name_of
from wheelhouse.v1 import chart_pb2, failure_pb2, hook_service_pb2, run_pb2, step_pb2

_Input = TypeVar("_Input")

# Does a request, and returns the answer. Raises Cancelled when the call is to end.
Ask = Callable[[hook_service_pb2.ClusterRequest], hook_service_pb2.ClusterResponse]


class Cancelled(Exception):
    """The call is to end: the run was cancelled, time is up, or the attempt was given up to another worker.

    An `async` method gets asyncio.CancelledError instead.
    """


class ClusterError(Exception):
    """A request to the cluster failed. `reason`: OBJECT_NOT_FOUND, NAMESPACE_NOT_ALLOWED, FIELD_CONFLICT ..."""

    def __init__(self, failure: failure_pb2.Failure):
        super().__init__(f"{failure.reason}: {failure.message}")
        self.reason = failure.reason
        self.failure = failure


class PayloadMissing(KeyError):
    """A key of `chart.payload` that no step of the run has set."""

    def __str__(self) -> str:
        return self.args[0]


class _Payload(dict):
    """The payload of a run, which says why a key is missing: the step that sets it may have been skipped."""

    def __init__(self, payload: Mapping[str, str], unchanged: bool):
        super().__init__(payload)
        self._unchanged = unchanged

    def __missing__(self, key: str) -> str:
        why = ": nothing has changed, so that pre_exec, exec and post_exec are skipped" if self._unchanged else ""
        raise PayloadMissing(f"no step of this run has set payload[{key!r}]{why}")


class Chart:
    """One call of a hook. Its methods may be called from any thread, while the call lasts.

    Everything that it reads or writes in the cluster goes through the daemon: in the namespaces of the run, with its
    credentials, and only while the run holds its claims. Objects are dicts, as the API server has them.
    """

    def __init__(
        self,
        invoke: hook_service_pb2.Invoke,
        ask: Ask,
        log: Callable[[str], None],
        progress: Callable[[str], None],
        cancelled: Callable[[], bool],
    ):
        self._ask, self._log, self._progress, self._cancelled = ask, log, progress, cancelled
        facts = invoke.chart
        # The release and its namespace.
        self.name: str = facts.name
        self.namespace: str = facts.namespace
        # `DEPLOY`, `DESTROY`, `ROLLBACK`.
        self.action: str = chart_pb2.Action.Name(facts.action).removeprefix("ACTION_")
        # `INSTALL`, `UPGRADE` ...; empty before it is decided.
        self.decision: str = run_pb2.Decision.Name(facts.decision).removeprefix("DECISION_") if facts.decision else ""
        # Of the chart itself, and of the one that was installed before; empty where there is none.
        self.chart_name: str = facts.chart_name
        self.chart_version: str = facts.chart_version
        self.installed_version: str = facts.installed_version
        # The good revision before exec, and the one that the run has made; 0: none.
        self.baseline_revision: int = facts.baseline_revision
        self.made_revision: int = facts.made_revision
        # In on_deploy_failure: what failed.
        self.failure: failure_pb2.Failure | None = facts.failure if facts.HasField("failure") else None
        self.namespaces: list[str] = list(facts.namespaces)
        # The values of the chart that the step names (HookStep.values and secret_values), by path, typed as in JSON. A path
        # at which there is nothing is missing: `chart.values.get("image.tag")`.
        self.values: dict[str, Any] = {path: json.loads(text) for path, text in facts.values.items()}
        self.run_id: str = invoke.run_id
        self.stage: str = name_of(invoke.stage)
        self.step: str = invoke.step
        # An idempotency key: the same for all attempts.
        self.id: str = invoke.attempt.id
        self.attempt: int = invoke.attempt.attempt
        # An earlier attempt was begun, and how it ended is not known: a CHECKABLE method looks whether it was done.
        self.interrupted: bool = invoke.interrupted
        self.preview: bool = invoke.preview
        # HookStep.input.
        self.input: dict[str, Any] = json_format.MessageToDict(invoke.input)
        # Texts under keys, for the steps of this run that follow; what is set here is kept when the method returns. It is
        # empty in validate when nothing has changed (UNCHANGED): then the steps between are skipped.
        self.payload: dict[str, str] = _Payload(invoke.payload, self.decision == "UNCHANGED")

    @property
    def cancelled(self) -> bool:
        """Whether the call is to end. The cluster refuses it from then on."""
        return self._cancelled()

    def check(self) -> None:
        """Raises Cancelled when the call is to end: for long loops."""
        if self._cancelled():
            raise Cancelled("the call was cancelled")

    def input_as(self, kind: type[_Input]) -> _Input:
        """The input as a dataclass. A field that is missing or not known raises TypeError, which fails the step."""
        if not dataclasses.is_dataclass(kind):
            raise TypeError(f"{kind.__name__} is not a dataclass")
        whole = {f.name for f in dataclasses.fields(kind) if f.type in (int, "int")}
        # JSON has one kind of number.
        return kind(**{key: int(value) if key in whole else value for key, value in self.input.items()})

    def log(self, line: str) -> None:
        """Writes into the run's log. Secrets are masked."""
        for one in str(line).splitlines() or [""]:
            self._log(one)

    def progress(self, message: str) -> None:
        """Says what the hook does or waits for; the latest counts."""
        self._progress(message)

    def get(self, kind: str, name: str, namespace: str = "", api_version: str = "") -> dict[str, Any] | None:
        """One object; None when it does not exist."""
        request = hook_service_pb2.ClusterRequest(get=_ref(kind, name, namespace, api_version))
        try:
            return json.loads(self._do(request).objects[0])
        except ClusterError as error:
            if error.reason == "OBJECT_NOT_FOUND":
                return None
            raise

    def list(
        self, kind: str, label_selector: str = "", namespace: str = "", api_version: str = ""
    ) -> list[dict[str, Any]]:
        """The objects of a kind, in the chart's namespace by default."""
        wanted = hook_service_pb2.ListObjects(
            kind=kind, label_selector=label_selector, namespace=namespace, api_version=api_version
        )
        return [json.loads(one) for one in self._do(hook_service_pb2.ClusterRequest(list=wanted)).objects]

    def apply(self, manifests: str | dict[str, Any] | Iterable[dict[str, Any]], force: bool = False) -> str:
        """Creates or updates objects by server-side apply. `force` takes fields over from other managers."""
        if isinstance(manifests, dict):
            manifests = [manifests]
        if not isinstance(manifests, str):
            manifests = "\n---\n".join(json.dumps(one) for one in manifests)
        step = step_pb2.ApplyStep(manifests=manifests, force=force)
        return self._do(hook_service_pb2.ClusterRequest(apply=step)).outcome

    def patch(
        self,
        kind: str,
        name: str,
        merge: dict[str, Any] | None = None,
        strategic: dict[str, Any] | None = None,
        json_patch: Iterable[dict[str, Any]] | None = None,
        namespace: str = "",
        api_version: str = "",
    ) -> str:
        """Patches an object: by exactly one of a merge patch, a strategic one, and a list of operations."""
        step = step_pb2.PatchStep(objects=[_ref(kind, name, namespace, api_version)])
        for field, patch in (("merge", merge), ("strategic", strategic), ("json", json_patch)):
            if patch is not None:
                setattr(step, field, json.dumps(patch if field != "json" else list(patch)))
        return self._do(hook_service_pb2.ClusterRequest(patch=step)).outcome

    def delete(
        self, kind: str, name: str = "", label_selector: str = "", namespace: str = "", api_version: str = "",
        wait: bool = True,
    ) -> str:
        """Deletes an object, or those with a label, and waits until they are gone. Those that do not exist are fine."""
        step = step_pb2.DeleteStep(no_wait=not wait)
        if name:
            step.objects.append(_ref(kind, name, namespace, api_version))
        if label_selector:
            step.selectors.add(kind=kind, label_selector=label_selector, namespace=namespace, api_version=api_version)
        return self._do(hook_service_pb2.ClusterRequest(delete=step)).outcome

    def wait(
        self,
        kind: str,
        name: str = "",
        label_selector: str = "",
        namespace: str = "",
        api_version: str = "",
        condition: str = "",
        json_path: tuple[str, str] | None = None,
        deleted: bool = False,
        hold: float = 0,
    ) -> str:
        """Waits until an object is ready; or has a condition, a value at a JSONPath, or is gone. `hold`: for so many seconds.

        It waits for as long as the step has time.
        """
        step = step_pb2.WaitForStep()
        if name:
            step.objects.append(_ref(kind, name, namespace, api_version))
        if label_selector:
            step.selectors.add(kind=kind, label_selector=label_selector, namespace=namespace, api_version=api_version)
        if deleted:
            step.deleted.SetInParent()
        elif condition:
            step.condition.type = condition
        elif json_path:
            step.json_path.path, step.json_path.equals = json_path
        else:
            step.ready.SetInParent()
        if hold:
            step.hold.CopyFrom(duration_pb2.Duration(seconds=int(hold), nanos=int(hold % 1 * 1e9)))
        return self._do(hook_service_pb2.ClusterRequest(wait_for=step)).outcome

    def logs(
        self, pod: str, container: str = "", namespace: str = "", tail_lines: int = 200, previous: bool = False
    ) -> str:
        """The end of a container's log."""
        log = hook_service_pb2.ReadLog(
            pod=pod, container=container, namespace=namespace, tail_lines=tail_lines, previous=previous
        )
        return self._do(hook_service_pb2.ClusterRequest(log=log)).text

    def _do(self, request: hook_service_pb2.ClusterRequest) -> hook_service_pb2.ClusterResponse:
        response = self._ask(request)
        if response.HasField("failure"):
            if response.failure.reason == "HOOK_OVERTAKEN":
                raise Cancelled(response.failure.message)
            raise ClusterError(response.failure)
        return response


def _ref(kind: str, name: str, namespace: str, api_version: str) -> step_pb2.ObjectRef:
    return step_pb2.ObjectRef(kind=kind, name=name, namespace=namespace, api_version=api_version)


class AsyncChart:
    """A Chart whose methods that wait are awaited; everything else is as it is in Chart."""

    _WAITS = frozenset(("get", "list", "apply", "patch", "delete", "wait", "logs"))

    def __init__(self, chart: Chart):
        self._chart = chart

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._chart, name)
        if name not in self._WAITS:
            return value

        @functools.wraps(value)
        async def call(*args: Any, **kwargs: Any) -> Any:
            return await asyncio.to_thread(value, *args, **kwargs)

        return call
