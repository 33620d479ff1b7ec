"""A worker: keeps a session with the daemon, and runs the calls that come over it."""

from __future__ import annotations

import os
import queue
import signal
import socket
import threading
import time
import uuid
from collections.abc import Mapping

import grpc

from wheelhouse.error import Error
from wheelhouse.hooks.calls import Call, Hook
from wheelhouse.hooks.lifecycle import Lifecycle, check_lifecycle
from wheelhouse.log import LOG
from wheelhouse.v1 import hook_service_pb2, hook_service_pb2_grpc

# In seconds.
_TICK = 0.2
_MOST_WAITING = 1000  # messages to be sent
_PAUSES = (0.2, 0.5, 1, 2, 5)
# How long a worker that is to end keeps what it cannot hand over, since there is no session.
_HANDS_OVER_FOR = 30.0
# With any of these the daemon will not have this worker, however often it tries.
_FINAL = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.UNIMPLEMENTED,
}


class Worker:
    """Serves hooks until it is stopped: `Worker(client, {"aws-vpc-cni": Cni()}).run()`.

    `client`: a wheelhouse.Client. `hooks`: by the names that plans call them by (HookStep.name); a Lifecycle, or a function
    that gets the chart. `capacity`: how many calls it takes at once, each on a thread. When the session breaks, or the daemon
    restarts, the worker reconnects, and the calls in progress go on. It logs a warning (logger `wheelhouse`) when there is no session,
    and when a step's `effect`, which counts, is another than that of the code.
    """

    def __init__(
        self, client, hooks: Mapping[str, Hook], capacity: int = 8, name: str = "", versions: Mapping[str, str] | None = None,
        scope: str = "",
    ):
        self._stub = hook_service_pb2_grpc.HookServiceStub(client.channel)
        self._hooks = dict(hooks)
        self._attach = hook_service_pb2.Attach(
            worker=name or f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}", capacity=capacity, scope=scope
        )
        for hook_name, hook in self._hooks.items():
            if isinstance(hook, type) or not callable(hook):
                check_lifecycle(hook_name, hook)
            version = (versions or {}).get(hook_name) or (hook.version if isinstance(hook, Lifecycle) else "")
            self._attach.hooks.add(name=hook_name, version=version)
        self._lock = threading.Lock()
        self._calls: dict[tuple[str, int], Call] = {}
        self._out: queue.SimpleQueue | None = None  # of the session that is open
        self._stream = None
        self._heard = 0.0
        self._stopped_at: float | None = None  # when it was asked for
        self._alone_since: float | None = time.monotonic()  # None while there is a session
        self._abandoned = False
        self._drained = False  # told the daemon, on this session
        self._differences: set[str] = set()  # that were said
        self.attached = threading.Event()
        # Why there is no session; None while there is one.
        self.trouble: Error | None = None

    def run(self, handle_signals: bool = True) -> None:
        """Blocks until `stop`, SIGTERM or SIGINT; then takes no further calls, finishes those that it has, and returns.

        Without a daemon to tell their results to it ends after 30 s, and logs a warning; such calls are cancelled.
        Raises wheelhouse.Error when the daemon refuses it for good. Signals are handled only on the main thread.
        """
        if handle_signals and threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self.stop())
        over = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(over,), daemon=True)
        ticker.start()
        try:
            failures = 0
            while not self._is_over():
                began = time.monotonic()
                self._serve()
                if time.monotonic() - began > _PAUSES[-1]:
                    failures = 0
                if not self._is_over():
                    time.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
                failures += 1
        finally:
            over.set()
            ticker.join()
            self._leave()

    def stop(self) -> None:
        """Ends `run` once the calls in progress are done. May be called from any thread, and from a signal handler."""
        if self._stopped_at is None:
            self._stopped_at = time.monotonic()

    def abandon(self) -> None:
        """Ends `run` at once; the calls in progress are cancelled, and their results are lost."""
        self._abandoned = True
        self.stop()

    @property
    def _stop(self) -> bool:
        return self._stopped_at is not None

    def _is_over(self) -> bool:
        if self._stopped_at is None:
            return False
        alone_since = self._alone_since
        alone_for = 0.0 if alone_since is None else time.monotonic() - max(alone_since, self._stopped_at)
        return not self._calls or self._abandoned or alone_for > _HANDS_OVER_FOR

    def _leave(self) -> None:
        """Gives up what could not be handed over."""
        gave_up = self._is_over() and not self._abandoned
        with self._lock:
            left, self._calls = list(self._calls.values()), {}
        if left and gave_up:
            LOG.warning(
                "worker %s ends without a session: the results of %d calls are not handed over", self._attach.worker, len(left)
            )
        for call in left:
            call.cancel()

    def _serve(self) -> None:
        """One session, until it breaks."""
        out: queue.SimpleQueue = queue.SimpleQueue()
        with self._lock:
            attach = hook_service_pb2.Attach()
            attach.CopyFrom(self._attach)
            attach.held.extend(call.invoke.attempt for call in self._calls.values())
            out.put(hook_service_pb2.SessionRequest(attach=attach))
            for call in self._calls.values():
                if call.result is not None:
                    out.put(hook_service_pb2.SessionRequest(result=call.result))
                for request in call.unanswered():
                    out.put(hook_service_pb2.SessionRequest(cluster=request))
            self._out, self._drained, self._heard = out, False, time.monotonic()
        try:
            self._stream = self._stub.Session(iter(out.get, None))
            for response in self._stream:
                self._heard = time.monotonic()
                self._take(response)
        except grpc.RpcError as error:
            if error.code() in _FINAL:
                raise Error(error) from None
            if not self._stop:
                self._note_trouble(Error(error))
        finally:
            self.attached.clear()
            with self._lock:
                self._out = None
                if self._alone_since is None:
                    self._alone_since = time.monotonic()
            out.put(None)  # ends the stream of requests

    def _note_trouble(self, error: Error) -> None:
        if self.trouble is None:
            LOG.warning("worker %s has no session with the daemon, and tries again: %s", self._attach.worker, error)
        self.trouble = error

    def _take(self, response: hook_service_pb2.SessionResponse) -> None:
        what = response.WhichOneof("message")
        if what == "attached":
            if self.trouble is not None:
                LOG.warning("worker %s has a session with the daemon again", self._attach.worker)
            else:
                LOG.info("worker %s is attached, and serves %s", self._attach.worker, ", ".join(sorted(self._hooks)))
            self.trouble, self._alone_since = None, None
            self.attached.set()
        elif what == "invoke":
            self._begin(response.invoke)
        elif what in ("cancel", "cluster", "result_ack"):
            message = getattr(response, what)
            key = (message.attempt.id, message.attempt.attempt)
            with self._lock:
                call = self._calls.get(key)
                # Nobody waits for a result that is durable or refused.
                if call and (what == "result_ack" or (what == "cancel" and call.result is not None)):
                    del self._calls[key]
            if call and what == "cancel":
                call.cancel()
            elif call and what == "cluster":
                call.answer(response.cluster)

    def _begin(self, invoke: hook_service_pb2.Invoke) -> None:
        if self._stop:
            self._send(hook_service_pb2.SessionRequest(decline=hook_service_pb2.Decline(attempt=invoke.attempt)))
            return
        # What fails inline is in the run's log, which its caller reads in the same process.
        call = Call(invoke, self._hooks[invoke.name], self._send, logs=not self._attach.scope)
        difference = call.difference()
        if difference and difference not in self._differences:
            self._differences.add(difference)
            LOG.warning("%s", difference)
        with self._lock:
            self._calls[call.key] = call
        self._send(hook_service_pb2.SessionRequest(accept=hook_service_pb2.Accept(attempt=invoke.attempt)))
        threading.Thread(target=call.run, name=f"hook {invoke.name}", daemon=True).start()

    def _send(self, message: hook_service_pb2.SessionRequest) -> None:
        # Whoever writes faster than the daemon reads waits.
        while message.HasField("log") and (out := self._out) is not None and out.qsize() > _MOST_WAITING:
            time.sleep(0.01)
        # Without a session it is left out: results and requests are sent again by the next one.
        with self._lock:
            if self._out is not None:
                self._out.put(message)

    def _tick(self, over: threading.Event) -> None:
        """Sends heartbeats, notices a connection that is dead, and ends a session that is no longer needed."""
        while not over.wait(_TICK):
            now = time.monotonic()
            with self._lock:
                calls = list(self._calls.values())
            for call in calls:
                if now - call.last_heartbeat > call.heartbeat / 4:
                    call.last_heartbeat = now
                    beat = hook_service_pb2.HookHeartbeat(attempt=call.invoke.attempt)
                    self._send(hook_service_pb2.SessionRequest(heartbeat=beat))
            silent = bool(calls) and now - self._heard > max(call.heartbeat for call in calls) * 0.6 + 1
            if self._stop and not self._drained:
                self._drained = True
                self._send(hook_service_pb2.SessionRequest(drain=hook_service_pb2.Drain()))
            stream = self._stream
            if stream is not None and (silent or self._is_over()):
                stream.cancel()
