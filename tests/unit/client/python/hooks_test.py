"""Workers against a daemon that the test plays, and lifecycles without one."""

import asyncio
import dataclasses
import logging
import queue
import threading

import grpc
import pytest

import wheelhouse
from harness.played import played
from wheelhouse import testing
from wheelhouse.hooks import inline
from wheelhouse.v1 import chart_pb2, failure_pb2, hook_service_pb2, hook_service_pb2_grpc, plan_pb2, step_pb2

Response = hook_service_pb2.SessionResponse
ADD_HOOKS = hook_service_pb2_grpc.add_HookServiceServicer_to_server


class Daemon(hook_service_pb2_grpc.HookServiceServicer):
    """Plays the daemon: `receive` gets the worker's messages, but for heartbeats; `send` sends one; None breaks the session."""

    def __init__(self):
        self.received, self.sending = queue.Queue(), queue.Queue()

    def Session(self, requests, context):
        first = next(requests)
        self.received.put(first)

        def read():
            try:
                for request in requests:
                    if not request.HasField("heartbeat"):
                        self.received.put(request)
            except grpc.RpcError:
                pass

        threading.Thread(target=read, daemon=True).start()
        yield Response(attached=hook_service_pb2.Attached())
        while context.is_active():
            try:
                response = self.sending.get(timeout=0.05)
            except queue.Empty:
                continue
            if response is None:
                context.abort(grpc.StatusCode.UNAVAILABLE, "broken")
            yield response

    def receive(self, what):
        while True:
            request = self.received.get(timeout=60)
            if request.HasField(what):
                return getattr(request, what)

    def invoke(self, number=1, name="work", **fields):
        invoke = hook_service_pb2.Invoke(name=name, stage=failure_pb2.STAGE_PRE_EXEC, **fields)
        invoke.attempt.id, invoke.attempt.attempt, invoke.heartbeat.seconds = f"call-{number}", 1, 30
        self.sending.put(Response(invoke=invoke))
        return invoke.attempt

    def acknowledge(self, attempt):
        self.sending.put(Response(result_ack=hook_service_pb2.ResultAck(attempt=attempt)))


@pytest.fixture
def daemon(tmp_path):
    daemon = Daemon()
    with played(tmp_path, (ADD_HOOKS, daemon)):
        yield daemon


@pytest.fixture
def serve(daemon, tmp_path):
    """serve(hook): a worker that serves it as `work`; it is drained at the end."""
    with wheelhouse.Client(f"unix://{tmp_path}/s") as client:
        threads = []

        def go(hook):
            worker = wheelhouse.Worker(client, {"work": hook})
            thread = threading.Thread(target=worker.run, args=(False,))
            thread.start()
            threads.append((worker, thread))
            return worker

        yield go
        for worker, thread in threads:
            worker.stop()
            thread.join(60)
            assert not thread.is_alive()


def test_a_result_is_sent_again_until_it_is_acknowledged(daemon, serve):
    serve(lambda chart: "done")
    attempt = daemon.invoke()
    assert daemon.receive("result").outcome == "done"
    daemon.sending.put(None)
    attach = daemon.receive("attach")
    assert list(attach.held) in ([], [attempt])
    if not attach.held:  # the first Attach, from before
        attach = daemon.receive("attach")
    assert list(attach.held) == [attempt]
    assert daemon.receive("result").outcome == "done"
    daemon.acknowledge(attempt)


def test_a_request_is_asked_again_by_the_next_session(daemon, serve):
    serve(lambda chart: chart.get("ConfigMap", "a")["data"]["k"])
    attempt = daemon.invoke()
    first = daemon.receive("cluster")
    daemon.sending.put(None)
    again = daemon.receive("cluster")
    assert again == first
    answer = hook_service_pb2.ClusterResponse(attempt=attempt, number=again.number, objects=['{"data": {"k": "v"}}'])
    daemon.sending.put(Response(cluster=answer))
    assert daemon.receive("result").outcome == "v"
    daemon.acknowledge(attempt)


def test_a_json_patch_is_not_asked_again(daemon, serve):
    def work(chart):
        try:
            chart.patch("ConfigMap", "a", json_patch=[{"op": "add", "path": "/data/k", "value": "v"}])
        except wheelhouse.ClusterError as error:
            return error.reason

    serve(work)
    attempt = daemon.invoke()
    daemon.receive("cluster")
    daemon.sending.put(None)
    assert daemon.receive("result").outcome == "INTERRUPTED"
    daemon.acknowledge(attempt)


def test_a_worker_that_is_stopped_declines_what_comes_and_finishes_what_it_has(daemon, serve):
    goes_on = threading.Event()
    worker = serve(lambda chart: goes_on.wait(60) and "done")
    attempt = daemon.invoke()
    daemon.receive("accept")
    worker.stop()
    daemon.receive("drain")
    late = daemon.invoke(2)
    assert daemon.receive("decline").attempt == late
    goes_on.set()
    assert daemon.receive("result").attempt == attempt
    daemon.acknowledge(attempt)


def test_a_cancel_ends_what_a_method_waits_for(daemon, serve):
    serve(lambda chart: chart.wait("Deployment", "web"))
    attempt = daemon.invoke()
    daemon.receive("cluster")
    daemon.sending.put(Response(cancel=hook_service_pb2.Cancel(attempt=attempt, reason="CANCELLED")))
    assert daemon.receive("result").failure.reason == "CANCELLED"
    daemon.acknowledge(attempt)


def test_a_cancel_is_a_cancelled_error_in_an_async_method(daemon, serve):
    seen = []

    class Slow(wheelhouse.Lifecycle):
        async def pre_exec(self, chart):
            chart.log("begins")
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise

    serve(Slow())
    attempt = daemon.invoke()
    daemon.receive("log")
    daemon.sending.put(Response(cancel=hook_service_pb2.Cancel(attempt=attempt, reason="CANCELLED")))
    assert daemon.receive("result").failure.reason == "CANCELLED"
    assert seen == ["cancelled"]
    daemon.acknowledge(attempt)


def test_a_daemon_that_refuses_a_worker_ends_it(tmp_path):
    with wheelhouse.Client(f"unix://{tmp_path}/s") as client, played(tmp_path):  # no HookService
        with pytest.raises(wheelhouse.Error):
            wheelhouse.Worker(client, {"work": print}).run()


class Cni(wheelhouse.Lifecycle):
    version = "3"

    def check_prerequisites(self, chart):
        if chart.get("DaemonSet", "aws-node") is None:
            raise wheelhouse.HookFailed("there is no aws-node", reason="NO_CNI", retryable=True)

    @wheelhouse.effect(wheelhouse.Effect.REPEATABLE)
    async def pre_exec(self, chart):
        chart.log("adopting")
        await chart.patch("DaemonSet", "aws-node", merge={"metadata": {"labels": {"owner": chart.name}}})
        chart.payload["adopted"] = "1"
        return "adopted"


def test_a_lifecycle_runs_without_a_daemon():
    cluster = testing.FakeCluster([{"kind": "DaemonSet", "metadata": {"name": "aws-node"}}])
    done = testing.run(Cni(), "pre_exec", cluster=cluster, name="cni", payload={"before": "x"})
    assert done == testing.Done("adopted", {"adopted": "1"}, ["adopting"], [], None)
    assert cluster.get("DaemonSet", "aws-node")["metadata"]["labels"] == {"owner": "cni"}
    failure = testing.run(Cni(), "check_prerequisites").failure
    assert (failure.reason, failure.retryable) == ("NO_CNI", True)


def test_the_input_is_a_dataclass():
    @dataclasses.dataclass
    class Input:
        replicas: int
        queue: str = "orders"

    class Typed(wheelhouse.Lifecycle):
        def exec(self, chart):
            given = chart.input_as(Input)
            return f"{given.replicas} of {given.queue}"

    assert testing.run(Typed(), "exec", input={"replicas": 3}).outcome == "3 of orders"
    assert "unexpected keyword" in testing.run(Typed(), "exec", input={"replica": 3}).failure.message


def test_a_plan_gets_a_step_for_each_stage_that_is_overridden():
    plan = plan_pb2.Plan(charts=[chart_pb2.ChartInfo(name="cni", namespace="kube-system")])
    stages = inline.with_steps(plan, {"cni": Cni()}, scope="s").charts[0].stages
    check, before = stages.check_prerequisites.after[0].hook, stages.pre_exec.before[0].hook
    assert (check.name, check.version, check.scope) == ("cni", "3", "s")
    assert (check.effect, before.effect) == (step_pb2.HOOK_EFFECT_READ_ONLY, step_pb2.HOOK_EFFECT_REPEATABLE)
    assert not stages.exec.before and not plan.charts[0].HasField("stages")
    with pytest.raises(ValueError, match="no chart dns"):
        inline.with_steps(plan, {"dns": Cni()})


def test_a_hook_reads_the_values_that_its_step_names():
    class Reader(wheelhouse.Lifecycle):
        values = ("image", "replicas")
        secret_values = ("db.password",)

        def pre_exec(self, chart):
            assert chart.values.get("replicas") is None
            return f"{chart.values['image']['tag']} {type(chart.values['n']).__name__}"

    plan = plan_pb2.Plan(charts=[chart_pb2.ChartInfo(name="web")])
    hook = inline.with_steps(plan, {"web": Reader()}).charts[0].stages.pre_exec.before[0].hook
    assert list(hook.values) == ["image", "replicas"] and list(hook.secret_values) == ["db.password"]
    done = wheelhouse.testing.run(Reader(), "pre_exec", values={"image": {"tag": "1.0"}, "n": 3})
    assert done.outcome == "1.0 int"


@pytest.mark.parametrize(
    "body, message",
    (
        ({"validates": lambda self, chart: None}, "did you mean validate?"),
        ({"preexec": lambda self, chart: None}, "did you mean pre_exec?"),
        ({"validate": lambda self: None}, r"must be validate\(self, chart\), not validate\(self\)"),
        ({"exec": lambda self, chart, more: None}, r"must be exec\(self, chart\)"),
        (
            {"check_prerequisites": wheelhouse.effect(wheelhouse.Effect.REPEATABLE)(lambda self, chart: None)},
            "can only be READ_ONLY, not REPEATABLE",
        ),
    ),
)
def test_a_method_that_would_not_be_called_is_refused_where_it_is_written(body, message):
    with pytest.raises(TypeError, match=message):
        type("Web", (wheelhouse.Lifecycle,), body)


def test_methods_that_are_no_stages_and_other_ways_to_write_one_are_fine():
    class Web(wheelhouse.Lifecycle):
        def __init__(self, color):
            self.color = color

        def prepare(self, what):
            return what

        def _validates(self):
            pass

        @staticmethod
        def validate(chart):
            return "static"

        def pre_exec(self, chart, *, often=False):
            return self.prepare(self.color)

    assert testing.run(Web("blue"), "pre_exec").outcome == "blue"
    assert testing.run(Web("blue"), "validate").outcome == "static"


def test_an_exception_is_told_with_its_place_and_its_traceback_is_logged(caplog):
    class Web(wheelhouse.Lifecycle):
        def pre_exec(self, chart):
            assert chart.name == "another"

        def post_exec(self, chart):
            return {}["color"]

    failure = testing.run(Web(), "pre_exec").failure
    # pytest gives the assertions of its own files a text.
    assert failure.message.startswith("AssertionError")
    assert "failed in pre_exec of default/chart" in caplog.text and "Traceback" in caplog.text
    assert testing.run(Web(), "post_exec").failure.message == "KeyError: 'color'"

    class Wrong(wheelhouse.Lifecycle):
        async def pre_exec(self, chart):
            try:
                await chart.patch("ConfigMap", "none", merge={})
            except wheelhouse.ClusterError as error:
                raise ValueError("wrong") from error

    # Of this package and of asyncio there are no frames.
    log = testing.run(Wrong(), "pre_exec").log
    assert [line for line in log if line.startswith("  File")] == [
        line for line in log if "hooks_test.py" in line and "pre_exec" in line
    ]
    assert len(log) < 14 and log[-1] == "ValueError: wrong"


def test_a_key_of_the_payload_that_no_step_has_set_is_named():
    class Web(wheelhouse.Lifecycle):
        async def validate(self, chart):
            return chart.payload["color"]

    said = "PayloadMissing: no step of this run has set payload['color']"
    assert testing.run(Web(), "validate").failure.message == said
    unchanged = testing.run(Web(), "validate", decision="UNCHANGED").failure.message
    assert unchanged == f"{said}: nothing has changed, so that pre_exec, exec and post_exec are skipped"
    assert testing.run(Web(), "validate", payload={"color": "blue"}).outcome == "blue"


@pytest.mark.parametrize("ends", ("waited", "abandoned"))
def test_a_worker_that_is_stopped_does_not_wait_for_ever_for_a_daemon_that_is_away(tmp_path, monkeypatch, caplog, ends):
    monkeypatch.setattr("wheelhouse.hooks.worker._HANDS_OVER_FOR", 0.2 if ends == "waited" else 1e9)
    begun, cancelled = threading.Event(), threading.Event()

    async def work(chart):
        begun.set()
        try:
            await asyncio.sleep(1e9)
        except asyncio.CancelledError:
            cancelled.set()

    daemon = Daemon()
    with played(tmp_path, (ADD_HOOKS, daemon)) as server:
        with wheelhouse.Client(f"unix://{tmp_path}/s") as client:
            worker = wheelhouse.Worker(client, {"work": work})
            serving = threading.Thread(target=worker.run, args=(False,))
            serving.start()
            daemon.invoke()
            begun.wait()
            server.stop(None).wait()
            worker.stop() if ends == "waited" else worker.abandon()
            serving.join()
    cancelled.wait()
    assert ("the results of 1 calls are not handed over" in caplog.text) == (ends == "waited")


def test_what_fails_inline_is_told_by_the_log_of_the_run_alone(daemon, tmp_path, caplog):
    class Web(wheelhouse.Lifecycle):
        def pre_exec(self, chart):
            return {}["color"]

    with wheelhouse.Client(f"unix://{tmp_path}/s") as client:
        with inline.serving(client, {"work": Web()}, "scope"):
            attempt = daemon.invoke()
            assert daemon.receive("log").line.startswith("Traceback")
            daemon.receive("result")
            daemon.acknowledge(attempt)
    assert not [record for record in caplog.records if "failed in" in record.getMessage()]

    class Silent(wheelhouse.Lifecycle):
        def pre_exec(self, chart):
            raise RuntimeError

    assert testing.run(Silent(), "pre_exec").failure.message.startswith("RuntimeError at hooks_test.py:")


def test_a_worker_says_that_the_plan_has_another_effect_than_the_code(daemon, serve, caplog):
    serve(Cni())
    for number in (1, 2):
        attempt = daemon.invoke(number, effect=step_pb2.HOOK_EFFECT_ONCE)
        daemon.receive("cluster")
        daemon.sending.put(Response(cancel=hook_service_pb2.Cancel(attempt=attempt, reason="CANCELLED")))
        daemon.receive("result")
        daemon.acknowledge(attempt)
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "the hook work in pre_exec: the plan's step says ONCE (or no `effect`), the code says REPEATABLE; the plan counts"
    ]


def test_a_worker_says_that_it_is_attached(serve, caplog):
    caplog.set_level(logging.INFO)
    serve(lambda chart: "done").attached.wait()
    said, = (record.getMessage() for record in caplog.records)
    assert said.endswith(" is attached, and serves work")


def test_a_worker_says_that_the_daemon_is_away_and_that_it_is_back(daemon, serve, caplog):
    worker = serve(lambda chart: "done")
    worker.attached.wait()
    daemon.receive("attach")
    daemon.sending.put(None)
    daemon.receive("attach")
    attempt = daemon.invoke()
    daemon.receive("result")
    daemon.acknowledge(attempt)
    assert [record.getMessage().split("daemon")[1] for record in caplog.records] == [
        ", and tries again: UNAVAILABLE: broken", " again"
    ]
