"""Runs a lifecycle without a daemon, against a cluster that is a dict: for the tests of your own code.

    cluster = wheelhouse.testing.FakeCluster([{"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "1"}}])
    done = wheelhouse.testing.run(Cni(), "pre_exec", cluster=cluster, input={"replicas": 3})
    assert done.outcome == "adopted" and cluster.get("ConfigMap", "settings")["data"]["a"] == "2"
"""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf import json_format

from wheelhouse.hooks.calls import Call
from wheelhouse.hooks.lifecycle import Lifecycle
from wheelhouse.v1 import chart_pb2, failure_pb2, hook_service_pb2, run_pb2


@dataclasses.dataclass
class Done:
    """What a call came to. `failure`: None when it succeeded."""

    outcome: str
    payload: dict[str, str]
    log: list[str]
    progress: list[str]
    failure: hook_service_pb2.HookFailure | None


class FakeCluster:
    """Objects by kind, namespace and name, in memory. `wait` finds everything as it should be at once."""

    def __init__(self, objects: Iterable[dict[str, Any]] = (), namespace: str = "default"):
        self.namespace = namespace
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.logs: dict[str, str] = {}  # by pod
        for one in objects:
            self.put(one)

    def put(self, one: dict[str, Any]) -> None:
        """Adds an object, or replaces it."""
        self.objects[self._key(one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"])] = one

    def get(self, kind: str, name: str, namespace: str = "") -> dict[str, Any] | None:
        """An object; None when it does not exist."""
        return self.objects.get(self._key(kind, namespace, name))

    def _key(self, kind: str, namespace: str, name: str) -> tuple[str, str, str]:
        return kind, namespace or self.namespace, name

    def answer(self, request: hook_service_pb2.ClusterRequest) -> hook_service_pb2.ClusterResponse:
        """Does a request as the daemon would."""
        response = hook_service_pb2.ClusterResponse(attempt=request.attempt, number=request.number)
        what = request.WhichOneof("operation")
        getattr(self, f"_{what}")(getattr(request, what), response)
        return response

    def _get(self, ref, response) -> None:
        found = self.get(ref.kind, ref.name, ref.namespace)
        if found is None:
            response.failure.reason = "OBJECT_NOT_FOUND"
            response.failure.message = f"{ref.kind} {ref.namespace or self.namespace}/{ref.name} does not exist"
        else:
            response.objects.append(json.dumps(found))

    def _list(self, wanted, response) -> None:
        labels = dict(pair.split("=", 1) for pair in wanted.label_selector.split(",") if "=" in pair)
        for (kind, namespace, _), one in sorted(self.objects.items()):
            has = one["metadata"].get("labels", {})
            if kind == wanted.kind and namespace == (wanted.namespace or self.namespace):
                if all(has.get(key) == value for key, value in labels.items()):
                    response.objects.append(json.dumps(one))

    def _apply(self, step, response) -> None:
        documents = [json.loads(text) for text in step.manifests.split("\n---\n")]
        for one in documents:
            key = self._key(one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"])
            self.objects[key] = _merged(self.objects.get(key, {}), one)
        response.outcome = f"applied {len(documents)} objects"

    def _patch(self, step, response) -> None:
        if not step.merge:
            raise NotImplementedError("the fake cluster knows only merge patches")
        for ref in step.objects:
            key = self._key(ref.kind, ref.namespace, ref.name)
            if key not in self.objects:
                return self._get(ref, response)
            self.objects[key] = _merged(self.objects[key], json.loads(step.merge))
        response.outcome = f"patched {len(step.objects)} objects"

    def _delete(self, step, response) -> None:
        gone = [key for ref in step.objects if (key := self._key(ref.kind, ref.namespace, ref.name)) in self.objects]
        for selector in step.selectors:
            listed = hook_service_pb2.ClusterResponse()
            self._list(selector, listed)
            for one in map(json.loads, listed.objects):
                gone.append(self._key(one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]))
        for key in gone:
            del self.objects[key]
        response.outcome = f"deleted {len(gone)} objects"

    def _wait_for(self, step, response) -> None:
        response.outcome = f"{len(step.objects)} objects are as requested"

    def _log(self, log, response) -> None:
        response.text = self.logs.get(log.pod, "")


def run(
    lifecycle: Lifecycle,
    stage: str,
    cluster: FakeCluster | None = None,
    input: Mapping[str, Any] | None = None,  # noqa: A002: the field's name
    payload: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
    name: str = "chart",
    action: str = "DEPLOY",
    decision: str = "INSTALL",
    interrupted: bool = False,
    preview: bool = False,
    failure: failure_pb2.Failure | None = None,
    **facts: Any,
) -> Done:
    """Calls the method of a stage, async or not, as a worker does.

    `values`: what `chart.values` has, by path. `facts`: further fields of HookChart.
    """
    cluster = cluster or FakeCluster()
    invoke = hook_service_pb2.Invoke(
        stage=failure_pb2.Stage.Value(f"STAGE_{stage.upper()}"), step=stage, interrupted=interrupted, preview=preview
    )
    invoke.attempt.id, invoke.attempt.attempt, invoke.heartbeat.seconds = "test", 1, 30
    json_format.ParseDict(dict(input or {}), invoke.input)
    invoke.payload.update(payload or {})
    invoke.chart.CopyFrom(
        hook_service_pb2.HookChart(
            name=name,
            namespace=cluster.namespace,
            action=chart_pb2.Action.Value(f"ACTION_{action}"),
            decision=run_pb2.Decision.Value(f"DECISION_{decision}"),
            failure=failure,
            values={path: json.dumps(value) for path, value in (values or {}).items()},
            **facts,
        )
    )
    log: list[str] = []
    progress: list[str] = []

    def send(message: hook_service_pb2.SessionRequest) -> None:
        if message.HasField("log"):
            log.append(message.log.line)
        elif message.HasField("progress"):
            progress.append(message.progress.message)
        elif message.HasField("cluster"):
            call.answer(cluster.answer(message.cluster))

    call = Call(invoke, lifecycle, send)
    call.run()
    result = call.result
    return Done(
        result.outcome, dict(result.payload), log, progress, result.failure if result.HasField("failure") else None
    )


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """A JSON merge patch (RFC 7386)."""
    merged = copy.deepcopy(old)
    for key, value in new.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merged(merged[key], value)
        else:
            merged[key] = value
    return merged
