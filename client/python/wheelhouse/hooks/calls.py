"""Runs what a worker was asked to run: one call of a hook, on a thread of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import itertools
import os
import threading
import time
import traceback
from collections.abc import Callable
from typing import Union

from wheelhouse.hooks.chart import AsyncChart, Cancelled, Chart
from wheelhouse.hooks.lifecycle import Effect, HookFailed, Lifecycle, declared_effect, name_of
from wheelhouse.log import LOG
from wheelhouse.v1 import hook_service_pb2

# What a worker serves under a name: a lifecycle, or one function for all stages.
Hook = Union[Lifecycle, Callable[[Chart], object]]

_NOT_OF_THE_HOOK = tuple(
    os.path.join(os.path.dirname(file), "")
    for file in (os.path.dirname(__file__), asyncio.__file__, concurrent.futures.__file__)
)

Send = Callable[[hook_service_pb2.SessionRequest], None]


class Call:
    """One attempt. Everything but `run` may be called from any thread.

    `logs`: whether the logger `wheelhouse` is told of an exception, as the run's log is.
    """

    def __init__(self, invoke: hook_service_pb2.Invoke, hook: Hook, send: Send, logs: bool = True):
        self.invoke = invoke
        self.key = (invoke.attempt.id, invoke.attempt.attempt)
        self.heartbeat = invoke.heartbeat.seconds + invoke.heartbeat.nanos / 1e9
        self.last_heartbeat = time.monotonic()
        self.result: hook_service_pb2.Result | None = None
        self._hook, self._send, self._logs = hook, send, logs
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._answered = threading.Condition(self._lock)
        self._asked: dict[int, hook_service_pb2.ClusterRequest] = {}  # that are not answered
        self._answers: dict[int, hook_service_pb2.ClusterResponse] = {}
        self._cancelled = False
        self._task: tuple[asyncio.AbstractEventLoop, asyncio.Task] | None = None

    def run(self) -> None:
        """Runs the hook to its end, and sends its result."""
        result = hook_service_pb2.Result(attempt=self.invoke.attempt)
        chart = Chart(self.invoke, self._ask, self._log, self._progress, lambda: self._cancelled)
        before = dict(chart.payload)
        try:
            outcome = self._run_hook(chart)
            result.outcome = outcome if isinstance(outcome, str) else ""
            for key, value in chart.payload.items():
                if before.get(key) != value:
                    result.payload[key] = str(value)
        except HookFailed as failed:
            result.failure.message, result.failure.reason = str(failed), failed.reason
            result.failure.retryable = failed.retryable
        except (Cancelled, asyncio.CancelledError):
            result.failure.message, result.failure.reason = "the call was cancelled", "CANCELLED"
        except Exception as error:  # noqa: BLE001: whatever it is, the step fails with it
            told = _traceback_of(error)
            for line in told.splitlines():
                self._log(line)
            if self._logs:
                at = (self.invoke.name, chart.stage, chart.namespace, chart.name)
                LOG.error("the hook %s failed in %s of %s/%s\n%s", *at, told)
            result.failure.message = _words_of(error)
        self.result = result
        self._send(hook_service_pb2.SessionRequest(result=result))

    def difference(self) -> str:
        """What is to be said when the plan's step and the code disagree about the effect; else empty."""
        stage = name_of(self.invoke.stage)
        method = getattr(self._hook, stage) if isinstance(self._hook, Lifecycle) else self._hook
        declared = declared_effect(method)
        if self.invoke.preview or not self.invoke.effect or declared in (None, Effect(self.invoke.effect)):
            return ""
        planned = Effect(self.invoke.effect).name
        return (
            f"the hook {self.invoke.name} in {stage}: the plan's step says {planned}{' (or no `effect`)' if planned == 'ONCE' else ''}"
            f", the code says {declared.name}; the plan counts"
        )

    def _run_hook(self, chart: Chart) -> object:
        method = self._hook
        if isinstance(method, Lifecycle):
            stage = name_of(self.invoke.stage)
            previews = self.invoke.preview and stage != "check_prerequisites"
            method = method.preview if previews else getattr(method, stage)
        if not inspect.iscoroutinefunction(method):
            return method(chart)
        return asyncio.run(self._run_task(method, chart))

    async def _run_task(self, method, chart: Chart) -> object:
        task = asyncio.ensure_future(method(AsyncChart(chart)))
        with self._lock:
            self._task = (asyncio.get_running_loop(), task)
            if self._cancelled:
                task.cancel()
        try:
            return await task
        finally:
            with self._lock:
                self._task = None

    def cancel(self) -> None:
        """The hook is to end."""
        with self._lock:
            self._cancelled = True
            self._answered.notify_all()
            if self._task:
                loop, task = self._task
                loop.call_soon_threadsafe(task.cancel)

    def answer(self, response: hook_service_pb2.ClusterResponse) -> None:
        """The daemon has answered a request."""
        with self._lock:
            if self._asked.pop(response.number, None) is not None:
                self._answers[response.number] = response
                self._answered.notify_all()

    def unanswered(self) -> list[hook_service_pb2.ClusterRequest]:
        """What a new session has to ask again. A list of operations is not: it may have been done."""
        with self._lock:
            again = []
            for number, request in list(self._asked.items()):
                if request.patch.json:
                    del self._asked[number]
                    lost = hook_service_pb2.ClusterResponse(number=number)
                    lost.failure.reason = "INTERRUPTED"
                    lost.failure.message = "the session broke; it is not known whether the JSON patch was applied"
                    self._answers[number] = lost
                    self._answered.notify_all()
                else:
                    again.append(request)
            return again

    def _ask(self, request: hook_service_pb2.ClusterRequest) -> hook_service_pb2.ClusterResponse:
        request.attempt.CopyFrom(self.invoke.attempt)
        request.number = next(self._numbers)
        with self._lock:
            if self._cancelled:
                raise Cancelled("the call was cancelled")
            self._asked[request.number] = request
        self._send(hook_service_pb2.SessionRequest(cluster=request))
        with self._lock:
            while request.number not in self._answers:
                if self._cancelled:
                    self._asked.pop(request.number, None)
                    raise Cancelled("the call was cancelled")
                self._answered.wait()
            return self._answers.pop(request.number)

    def _log(self, line: str) -> None:
        log = hook_service_pb2.HookLog(attempt=self.invoke.attempt, line=line)
        self._send(hook_service_pb2.SessionRequest(log=log))

    def _progress(self, message: str) -> None:
        progress = hook_service_pb2.HookProgress(attempt=self.invoke.attempt, message=message)
        self._send(hook_service_pb2.SessionRequest(progress=progress))


def _traceback_of(error: Exception) -> str:
    """As Python prints it, without the frames of this package and of what it runs async methods with."""
    told = traceback.TracebackException.from_exception(error)
    one: traceback.TracebackException | None = told
    while one is not None:
        own = [frame for frame in one.stack if not frame.filename.startswith(_NOT_OF_THE_HOOK)]
        one.stack[:] = own or one.stack
        one = one.__cause__ or one.__context__
    return "".join(told.format()).rstrip()


def _words_of(error: Exception) -> str:
    """`KeyError: 'color'`; without a text of its own, where it was raised: `AssertionError at web.py:12`."""
    if str(error):
        return f"{type(error).__name__}: {error}"
    at = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {os.path.basename(at.filename)}:{at.lineno}"
