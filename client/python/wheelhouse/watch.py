"""Watching a run: the rule in the comment of DeployerService.WatchRun."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator

import grpc

from wheelhouse.error import Error, RunLost
from wheelhouse.log import LOG
from wheelhouse.v1 import deployer_service_pb2, deployer_service_pb2_grpc, event_pb2, run_pb2

# In seconds.
PAUSE = 0.5
GIVE_UP_AFTER = 30.0
SILENCE = 45.0


def comes_back(
    code: grpc.StatusCode, reason: str, known: bool, lost_for: float, reconnect_for: float = GIVE_UP_AFTER
) -> bool:
    """Whether a watcher comes back after a stream that ended with `code` and `reason`.

    `known`: the run is known to exist. `lost_for`: the time since a stream was lost, with no event since then, after
    `reconnect_for` of which it gives up.
    """
    lost = (
        code == grpc.StatusCode.UNAVAILABLE
        or (code == grpc.StatusCode.CANCELLED and not reason)
        or (code == grpc.StatusCode.RESOURCE_EXHAUSTED and reason in ("", "WATCHER_TOO_SLOW"))
    )
    return known and lost and lost_for < reconnect_for


def stream(deployer: deployer_service_pb2_grpc.DeployerServiceStub, run_id: str, last: int):
    """A stream of a run's events after the number `last`."""
    return deployer.WatchRun(deployer_service_pb2.WatchRunRequest(run_id=run_id, after_sequence=last))


def follow(
    open_stream: Callable[[str, int], object], run_id: str, last: int, request_id: str = "", reconnect_for: float | None = None
) -> Iterator[event_pb2.RunEvent]:
    """Yields a run's events until it has ended: each numbered event after `last` once, and only one snapshot and one sync.

    `open_stream(run_id, last)` opens a stream. Where the first stream creates the run, `run_id` is empty until an event
    has come. RunLost when there was no daemon for `reconnect_for` seconds (default: those of the rule); it names `request_id`,
    by which the caller can continue the run.
    """
    reconnect_for = GIVE_UP_AFTER if reconnect_for is None else reconnect_for
    seen, ended, lost_since, error = set(), False, None, None
    while True:
        try:
            stream = open_stream(run_id, last)
        except ValueError:  # this client was closed
            if error is None:
                raise
            raise error from None
        try:
            for event in _until_silent(stream):
                run_id, what, lost_since = event.run_id, event.WhichOneof("event"), None
                again = event.sequence <= last if event.sequence else what in seen & {"snapshot", "sync"}
                last = max(last, event.sequence)
                seen.add(what)
                ended = ended or event.transition.run_state > run_pb2.RUN_STATE_RUNNING
                if not again:
                    yield event
            return
        except grpc.RpcError as rpc:
            if ended:
                return
            error = Error(rpc)
            first, lost_since = lost_since is None, lost_since or time.monotonic()
            lost_for = time.monotonic() - lost_since
            if not comes_back(error.code, error.reason, bool(seen), lost_for, reconnect_for):
                if comes_back(error.code, error.reason, bool(seen), 0, math.inf):
                    raise RunLost(rpc, run_id, request_id, reconnect_for) from None
                raise error from None
            if first:
                LOG.warning("the stream of run %s was lost, and is opened again: %s", run_id, error)
        time.sleep(PAUSE)


def _until_silent(stream) -> Iterator[event_pb2.RunEvent]:
    """Yields the events of a stream, and cancels it when none has come for too long."""
    waits_since, over = time.monotonic(), threading.Event()  # waits_since: None while the caller has an event

    def cancel_when_silent() -> None:
        while not over.wait(1):
            if waits_since is not None and time.monotonic() > waits_since + SILENCE:
                stream.cancel()

    threading.Thread(target=cancel_when_silent, daemon=True).start()
    try:
        for response in stream:
            waits_since = None
            yield response.event
            waits_since = time.monotonic()
    finally:
        over.set()
        stream.cancel()
