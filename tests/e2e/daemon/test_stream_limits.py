"""However many streams are open and whatever their clients do, the daemon answers; and nobody has more than is allowed."""

import concurrent.futures
import os
import queue
import socket

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import wheelhouse
from harness.daemon import wait_for
from harness.paths import CHARTS
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, chart_service_pb2, deployer_service_pb2, hook_service_pb2, plan_pb2

WATCHERS = 600


def run_of(client, upload, namespace):
    chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    chart.values.add(key="podBehaviour", value="never-ready")
    return client.create_run(plan_pb2.Plan(charts=[chart]))


def threads_of(daemon):
    return len(os.listdir(f"/proc/{daemon.process.pid}/task"))


def test_calls_are_answered_however_many_streams_are_open(daemon, client, upload, namespace):
    run = run_of(client, upload, namespace)
    before = threads_of(daemon)
    streams = []
    for _ in range(WATCHERS):
        streams.append(client.deployer.WatchRun(deployer_service_pb2.WatchRunRequest(run_id=run.id)))
        assert next(streams[-1]).event.HasField("snapshot")
    assert threads_of(daemon) - before < 10, "a watcher has no thread of its own"
    assert client.status().caller == "unix:tester"
    health = health_pb2_grpc.HealthStub(client.channel)
    assert health.Check(health_pb2.HealthCheckRequest()).status == health_pb2.HealthCheckResponse.SERVING
    client.cancel_run(run.id)
    story = None
    for stream in streams:
        events = [response.event for response in stream]
        numbered = [event for event in events if event.sequence]
        assert [event.sequence for event in numbered] == list(range(1, len(numbered) + 1))
        assert numbered == (story or numbered), "all are told the same"
        story = numbered
    assert Outcome(client, story).state == "CANCELLED"


def test_a_caller_has_only_so_many_streams_and_is_told_so(make_daemon, upload, namespace):
    daemon = make_daemon(limits={"streamsPerCaller": 3})
    with daemon.client() as client, daemon.client() as another:
        run = run_of(client, upload, namespace)
        request = deployer_service_pb2.WatchRunRequest(run_id=run.id)
        streams = [client.deployer.WatchRun(request) for _ in range(3)]
        for stream in streams:
            next(stream)
        with pytest.raises(grpc.RpcError) as refused:
            next(another.deployer.WatchRun(request))
        assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "limits.streamsPerCaller" in refused.value.details()
        client.cancel_run(run.id)
        for stream in streams:
            list(stream)
        assert Outcome(client, client.watch(run.id)).state == "CANCELLED"


def endless(*messages):
    """Requests of a stream that stays open."""
    waiting = queue.SimpleQueue()
    for message in messages:
        waiting.put(message)
    return iter(waiting.get, None)


def test_each_kind_of_stream_is_counted_against_its_own_limit(make_daemon, upload, namespace):
    daemon = make_daemon(limits={"streamsPerCaller": 3, "uploadsPerCaller": 2, "hookSessionsPerCaller": 1})
    uploads = daemon.folder / "state" / "uploads"
    attach = hook_service_pb2.Attach(worker="w", capacity=1, hooks=[hook_service_pb2.ServedHook(name="h")])
    with daemon.client() as client:
        run = run_of(client, upload, namespace)
        request = deployer_service_pb2.WatchRunRequest(run_id=run.id)
        # Each has been counted before the next one begins.
        session = client.hooks.Session(endless(hook_service_pb2.SessionRequest(attach=attach)))
        assert next(session).HasField("attached")
        watches = [client.deployer.WatchRun(request) for _ in range(3)]
        for watch in watches:
            assert next(watch).event.HasField("snapshot")
        silent = []
        for count in (1, 2):
            silent.append(client.charts.UploadChart.future(endless(chart_service_pb2.UploadChartRequest(chunk=b"x"))))
            wait_for("the upload has begun", lambda count=count: len(list(uploads.iterdir())) == count)
        for further, limit in (
            (lambda: next(client.deployer.WatchRun(request)), "3 streams of events open, .*limits.streamsPerCaller"),
            (lambda: client.upload_chart(str(CHARTS / "web")), "2 uploads open, .*limits.uploadsPerCaller"),
            (lambda: next(client.hooks.Session(endless())), "1 sessions of hook workers open, .*limits.hookSessionsPerCaller"),
        ):
            with pytest.raises((grpc.RpcError, wheelhouse.Error), match=limit):
                further()
        for stream in (session, *watches, *silent):
            stream.cancel()
        client.cancel_run(run.id)
        assert Outcome(client, client.watch(run.id)).state == "CANCELLED"


def test_a_connection_that_says_nothing_is_dropped(daemon):
    with socket.socket(socket.AF_UNIX) as silent:
        silent.settimeout(300)
        silent.connect(str(daemon.socket))
        while silent.recv(4096):
            continue


def test_a_request_that_is_too_large_for_what_it_asks_is_refused_before_it_is_read(client):
    with pytest.raises(wheelhouse.Error) as refused:
        client.get_run("x" * (100 << 10))
    assert refused.value.code == grpc.StatusCode.INVALID_ARGUMENT
    assert "GetRunRequest has" in str(refused.value)


def test_uploads_of_one_caller_wait_for_one_another(client):
    with concurrent.futures.ThreadPoolExecutor(12) as at_once:
        uploads = at_once.map(lambda _: client.upload_chart(str(CHARTS / "web")), range(12))
        assert len({upload.digest for upload in uploads}) == 1
