"""Client.deploy against a daemon that the test plays."""

import contextlib
import logging
import traceback

import grpc
import pytest

import wheelhouse
from harness.played import played
from wheelhouse.v1 import (
    chart_pb2, deployer_service_pb2, deployer_service_pb2_grpc, event_pb2, failure_pb2, hook_service_pb2,
    hook_service_pb2_grpc, plan_pb2, run_pb2, step_pb2,
)

PLAN = plan_pb2.Plan(charts=[chart_pb2.ChartInfo(name="web", namespace="shop")])


class Daemon(deployer_service_pb2_grpc.DeployerServiceServicer, hook_service_pb2_grpc.HookServiceServicer):
    """Its only run is told with `snapshot` and ends in `state`."""

    def __init__(self):
        self.state, self.snapshot = run_pb2.RUN_STATE_SUCCEEDED, run_pb2.RUN_STATE_RUNNING
        self.asked, self.others = [], 0

    def Deploy(self, request, context):
        self.asked.append(request.run)
        passing = failure_pb2.Failure(reason="HELM_FAILED", message="was tried again")
        for event in (
            event_pb2.RunEvent(run_id="01a", snapshot=run_pb2.Run(id="01a", state=self.snapshot)),
            event_pb2.RunEvent(run_id="01a", sequence=1, failure=passing),
            event_pb2.RunEvent(run_id="01a", sequence=2, transition=event_pb2.Transition(run_state=self.state)),
        ):
            yield deployer_service_pb2.DeployResponse(event=event)

    def GetRun(self, request, context):
        failure = failure_pb2.Failure(chart="shop/web", reason="STEP_FAILED", message="why", details={"hook_reason": "FRIDAY"})
        failures = [failure, *(failure_pb2.Failure(chart=f"shop/{name}") for name in ("beta", "gamma")[: self.others])]
        charts = [run_pb2.ChartRun(failure=one) for one in failures]
        return deployer_service_pb2.GetRunResponse(run=run_pb2.Run(id="01a", state=self.state, failure=failure, charts=charts))

    def Session(self, requests, context):
        next(requests)
        yield hook_service_pb2.SessionResponse(attached=hook_service_pb2.Attached())
        for _ in requests:
            pass


@contextlib.contextmanager
def serving(daemon, folder):
    deployer = deployer_service_pb2_grpc.add_DeployerServiceServicer_to_server, daemon
    hooks = hook_service_pb2_grpc.add_HookServiceServicer_to_server, daemon
    with played(folder, deployer, hooks):
        yield daemon


@pytest.fixture
def daemon(tmp_path):
    with serving(Daemon(), tmp_path) as daemon:
        yield daemon


@pytest.fixture
def client(daemon, tmp_path):
    with wheelhouse.Client(f"unix://{tmp_path}/s") as client:
        yield client


class Web(wheelhouse.Lifecycle):
    def pre_exec(self, chart):
        pass


def test_a_deploy_that_succeeds_ends_and_one_that_does_not_raises_after_its_last_event(daemon, client):
    assert len(list(client.deploy(PLAN))) == 3
    for state in ("FAILED", "CANCELLED"):
        daemon.state, seen = run_pb2.RunState.Value(f"RUN_STATE_{state}"), []
        with pytest.raises(wheelhouse.RunFailed) as failed:
            for event in client.deploy(PLAN):
                seen.append(event)
        assert len(seen) == 3
        assert (failed.value.run_id, failed.value.state) == ("01a", state)
        assert str(failed.value) == f"run 01a {state}: shop/web: STEP_FAILED (FRIDAY): why"
        assert failed.value.failure.details["hook_reason"] == "FRIDAY"


def test_a_deploy_of_several_charts_names_all_that_failed(daemon, client):
    daemon.state, daemon.others = run_pb2.RUN_STATE_FAILED, 2
    with pytest.raises(wheelhouse.RunFailed) as failed:
        list(client.deploy(PLAN))
    assert str(failed.value) == "run 01a FAILED: shop/web: STEP_FAILED (FRIDAY): why, and 2 more: shop/beta, shop/gamma"
    assert [one.chart for one in failed.value.failures] == ["shop/web", "shop/beta", "shop/gamma"]


def test_a_request_id_whose_run_has_ended_is_said_to_deploy_nothing(daemon, client, caplog):
    list(client.deploy(PLAN, request_id="r"))
    assert not caplog.records
    daemon.snapshot = run_pb2.RUN_STATE_SUCCEEDED
    list(client.deploy(PLAN, request_id="r"))
    assert "a new deploy needs a new request_id" in caplog.text


@pytest.mark.parametrize(
    "fields, expected",
    (
        ({}, "FAIL"),  # nobody can come back
        ({"request_id": ""}, "FAIL"),
        ({"request_id": "r"}, "WAIT"),
        ({"request_id": "r", "when_gone": "FAIL"}, "FAIL"),
        ({"when_gone": "WAIT"}, "WAIT"),
    ),
)
def test_what_happens_when_the_process_is_gone(daemon, client, fields, expected):
    list(client.deploy(PLAN, {"web": Web()}, heartbeat=2.5, **fields))
    hook = daemon.asked[0].plan.charts[0].stages.pre_exec.before[0].hook
    assert hook.no_worker == step_pb2.NoWorker.Value(f"NO_WORKER_{expected}")
    assert hook.heartbeat.ToMilliseconds() == 2500 and daemon.asked[0].request_id


def test_what_is_no_plan_or_no_lifecycle_is_refused_at_once(client):
    for wrong, message in (
        (lambda: client.deploy({"charts": []}), "a plan is a wheelhouse.v1.plan_pb2.Plan, not a dict"),
        (lambda: client.create_run({"charts": []}), "not a dict"),
        (lambda: client.save_plan({"charts": []}), "not a dict"),
        (lambda: client.deploy(PLAN, {"web": Web}), r"make an object of it, Web\(\)"),
        (lambda: client.deploy(PLAN, {"web": print}), "is a builtin_function_or_method, and no wheelhouse.Lifecycle"),
        (lambda: wheelhouse.Worker(client, {"web": Web}), r"make an object of it, Web\(\)"),
    ):
        with pytest.raises(TypeError, match=message):
            wrong()
    for wrong, message in (
        (lambda: client.deploy(PLAN, {"web": wheelhouse.Lifecycle()}), "no method of a stage: check_prerequisites, pre_exec"),
        (lambda: client.deploy(PLAN, {"web": Web()}, when_gone="STOP"), "WAIT or FAIL, not 'STOP'"),
        (lambda: client.deploy(PLAN, {"db": Web()}), "no chart db"),
    ):
        with pytest.raises(ValueError, match=message):
            wrong()


def test_a_stream_that_is_lost_is_said_once(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("wheelhouse.watch.PAUSE", 0.01)

    class Breaking(Daemon):
        def WatchRun(self, request, context):
            self.asked.append(request)
            if len(self.asked) < 3:
                context.abort(grpc.StatusCode.UNAVAILABLE, "broken")
            end = event_pb2.Transition(run_state=run_pb2.RUN_STATE_SUCCEEDED)
            yield deployer_service_pb2.WatchRunResponse(event=event_pb2.RunEvent(run_id="01a", sequence=3, transition=end))

        def Deploy(self, request, context):
            yield deployer_service_pb2.DeployResponse(event=event_pb2.RunEvent(run_id="01a", snapshot=run_pb2.Run(id="01a")))
            context.abort(grpc.StatusCode.UNAVAILABLE, "broken")

    with serving(Breaking(), tmp_path), wheelhouse.Client(f"unix://{tmp_path}/s") as client:
        list(client.deploy(PLAN))
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "the stream of run 01a was lost" in caplog.text


class Lost(Daemon):
    """Breaks the stream of its run, and every one that is opened again."""

    def Deploy(self, request, context):
        yield deployer_service_pb2.DeployResponse(event=event_pb2.RunEvent(run_id="01a", snapshot=run_pb2.Run(id="01a")))
        context.abort(grpc.StatusCode.UNAVAILABLE, "broken")

    def WatchRun(self, request, context):
        context.abort(grpc.StatusCode.UNAVAILABLE, "away")


@pytest.mark.parametrize("lifecycles, patience", ((None, 30.0), ({"web": Web()}, 300.0)))
def test_whoever_serves_waits_longer_for_a_daemon_that_is_away(tmp_path, monkeypatch, lifecycles, patience):
    clock = iter(range(0, 10000, 10))  # moves at each look
    monkeypatch.setattr("wheelhouse.watch.PAUSE", 0)
    looks = []

    def comes_back(code, reason, known, lost_for, reconnect_for):
        looks.append((known, reconnect_for))
        return next(clock) < reconnect_for

    monkeypatch.setattr("wheelhouse.watch.comes_back", comes_back)
    with serving(Lost(), tmp_path), wheelhouse.Client(f"unix://{tmp_path}/s") as client:
        with pytest.raises(wheelhouse.RunLost):
            list(client.deploy(PLAN, lifecycles))
    assert looks[:-1] == [(True, patience)] * (int(patience / 10) + 1)


@pytest.mark.parametrize("request_id, again", (("r1", "start again with the request_id r1"), ("", "`wheelhouse runs watch 01a`")))
def test_a_daemon_that_stays_away_is_an_error_that_says_what_may_still_go_on(tmp_path, monkeypatch, request_id, again):
    monkeypatch.setattr("wheelhouse.watch.PAUSE", 0)
    with serving(Lost(), tmp_path), wheelhouse.Client(f"unix://{tmp_path}/s") as client:
        with pytest.raises(wheelhouse.Error) as lost:
            list(client.deploy(PLAN, {"web": Web()}, reconnect_for=0.1, request_id=request_id))
    assert isinstance(lost.value, wheelhouse.RunLost)
    assert (lost.value.run_id, lost.value.request_id, lost.value.code) == ("01a", request_id, grpc.StatusCode.UNAVAILABLE)
    assert str(lost.value).startswith("run 01a may still be going on: the daemon has been away for 0.1 s; ")
    assert again in str(lost.value) and "UNAVAILABLE: away" in str(lost.value)


def test_a_deploy_with_lifecycles_does_not_wait_for_ever_for_a_daemon(tmp_path, monkeypatch):
    monkeypatch.setattr("wheelhouse.watch.GIVE_UP_AFTER", 0.1)
    with wheelhouse.Client(f"unix://{tmp_path}/none") as client:
        with pytest.raises((wheelhouse.Error, TimeoutError)):
            list(client.deploy(PLAN, {"web": Web()}))


def test_an_error_is_told_without_the_one_of_grpc(tmp_path):
    with wheelhouse.Client(f"unix://{tmp_path}/none") as client:
        for call in (client.list_runs, lambda: list(client.watch("01a")), lambda: list(client.stream_release_logs("shop", "web"))):
            with pytest.raises(wheelhouse.Error) as error:
                call()
            told = "".join(traceback.format_exception(type(error.value), error.value, error.value.__traceback__))
            assert "UNAVAILABLE" in told and "RpcError" not in told and "Rendezvous" not in told
