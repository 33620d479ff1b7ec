"""The daemon is killed at any moment: the next one takes its runs up, does nothing twice and loses nothing."""

import itertools
import signal
import sys
import threading

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

import wheelhouse
from harness.daemon import wait_for
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, failure_pb2, plan_pb2, run_pb2


def step_of(run, stage, name):
    for found in run.charts[0].stages:
        for step in found.steps:
            if found.stage == stage and step.name == name:
                return step
    return run_pb2.StepRun()


def restart(daemon):
    daemon.kill()
    daemon.start()


def statuses(cluster, namespace, release="web"):
    return [revision["status"] for revision in cluster.history(release, namespace)]


@pytest.fixture
def slow(upload, namespace):
    """A chart whose pods are ready after 10 s. helm waits for them by itself, since the chart has a hook that comes after."""

    def make(client, **fields):
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"), **fields)
        chart.values.add(key="podBehaviour", value="slow")
        chart.values.add(key="hook", value="completes")
        return chart

    return make


def helm_waits(client, run_id, cluster, namespace):
    def waits():
        step = step_of(client.get_run(run_id), failure_pb2.STAGE_EXEC, "helm")
        return step.state == run_pb2.STATE_RUNNING and "pending" in labels(cluster, namespace)

    wait_for("helm waits", waits)


def labels(cluster, namespace):
    """The statuses of all records, as their labels say."""
    path = "jsonpath={.items[*].metadata.labels.status}"
    return cluster.kubectl("get", "secrets", "-n", namespace, "-l", "owner=helm", "-o", path)


def test_a_run_whose_helm_was_waiting_goes_on_and_a_queued_one_follows(make_daemon, slow, cluster, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        first = client.create_run(plan_pb2.Plan(charts=[slow(client)]))
        second = client.create_run(plan_pb2.Plan(charts=[slow(client)]))
        helm_waits(client, first.id, cluster, namespace)
    restart(daemon)
    with daemon.client() as client:
        events = list(client.watch(first.id))
        numbers = [event.sequence for event in events if event.sequence]
        assert numbers == list(range(1, len(numbers) + 1))
        run = client.get_run(first.id)
        assert run.state == run_pb2.RUN_STATE_SUCCEEDED, run.failure
        assert run.charts[0].revision == 1
        assert Outcome(client, client.watch(second.id)).decision() == "UNCHANGED"
    assert statuses(cluster, namespace) == ["deployed"]


def test_a_failing_upgrade_is_rolled_back_by_the_next_daemon(make_daemon, deploy, slow, cluster, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        assert deploy(namespace, client=client).state == "SUCCEEDED"
        chart = slow(client)
        chart.values[0].value = "crash-loop"
        chart.early_failure.crash_loop_time.seconds = 3
        run = client.create_run(plan_pb2.Plan(charts=[chart]))
        helm_waits(client, run.id, cluster, namespace)
    restart(daemon)
    with daemon.client() as client:
        outcome = Outcome(client, client.watch(run.id))
        assert outcome.state == "FAILED"
        assert outcome.run.failure.reason == "POD_FAILING"
        assert outcome.run.failure.evidence
    assert statuses(cluster, namespace)[-1] == "deployed"
    assert not any(status.startswith("pending") for status in statuses(cluster, namespace))


SLEEPER = """import pathlib, sys, time
path = pathlib.Path(sys.argv[1])
path.write_text(path.read_text() + "x" if path.exists() else "x")
time.sleep(600)"""


def test_a_step_that_must_not_be_done_twice_fails_as_interrupted(make_daemon, upload, cluster, namespace, tmp_path):
    begun = tmp_path / "begun"
    daemon = make_daemon(commands=[{"name": "sleeper", "argv": [sys.executable, "-c", SLEEPER, str(begun)]}])
    with daemon.client() as client:
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        chart.stages.post_exec.after.add().command.command = "sleeper"
        run = client.create_run(plan_pb2.Plan(charts=[chart]))
        wait_for("the command runs", begun.exists)
    restart(daemon)
    with daemon.client() as client:
        outcome = Outcome(client, client.watch(run.id))
        assert outcome.state == "FAILED"
        failure = outcome.run.failure
        assert (failure.reason, failure.step) == ("INTERRUPTED", "command-1")
    assert begun.read_text() == "x"
    assert cluster.releases(namespace) == {}, "the first install is undone"


def test_a_destroy_goes_on_and_tells_what_is_gone(make_daemon, deploy, cluster, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        assert deploy(namespace, client=client).state == "SUCCEEDED"
        # A finalizer keeps helm waiting.
        cluster.kubectl("patch", "deployment", "web", "-n", namespace, "--type=merge", "-p", '{"metadata":{"finalizers":["wheelhouse.test/hold"]}}')
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, action=chart_pb2.ACTION_DESTROY)
        run = client.create_run(plan_pb2.Plan(charts=[chart]))
        wait_for("helm waits", lambda: "uninstalling" in labels(cluster, namespace))
    daemon.kill()
    cluster.kubectl("patch", "deployment", "web", "-n", namespace, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    daemon.start()
    with daemon.client() as client:
        outcome = Outcome(client, client.watch(run.id))
        assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.releases(namespace) == {}


def test_a_cancelled_run_is_still_undone_after_a_restart(make_daemon, slow, cluster, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        run = client.create_run(plan_pb2.Plan(charts=[slow(client)]))
        helm_waits(client, run.id, cluster, namespace)
        client.cancel_run(run.id)
    restart(daemon)
    with daemon.client() as client:
        list(client.watch(run.id))
        ended = client.get_run(run.id)
        assert ended.state == run_pb2.RUN_STATE_CANCELLED
        assert ended.failure.reason == "CANCELLED"
    assert cluster.releases(namespace) == {}


def retry_after(error):
    """What RetryInfo of an RPC's error says, in seconds."""
    info = error_details_pb2.RetryInfo()
    [delay] = [detail for detail in rpc_status.from_call(error).details if detail.Is(info.DESCRIPTOR)]
    delay.Unpack(info)
    return info.retry_delay.ToTimedelta().total_seconds()


def create_until_refused(client, plans):
    """The ids of the runs that were accepted, and how the one after them was refused."""
    accepted = []
    for plan in plans:
        request = deployer_service_pb2.CreateRunRequest(plan=plan)
        try:
            accepted.append(client.deployer.CreateRun(request).run.id)
        except grpc.RpcError as error:
            return accepted, error
    raise AssertionError("nothing was refused")


def test_a_daemon_that_is_replaced_under_load_loses_no_run(make_daemon, upload, cluster, namespace):
    daemon = make_daemon(limits={"parallelCharts": 4})
    with daemon.client() as client:
        chart = upload(client, "web")

        def plans():
            for number in itertools.count():
                web = chart_pb2.ChartInfo(name=f"web-{number // 5}", namespace=f"{namespace}-{number % 5}", chart=chart)
                web.values.add(key="message", value=str(number))
                yield plan_pb2.Plan(charts=[web])

        stop = threading.Timer(1.5, lambda: daemon.process.send_signal(signal.SIGTERM))
        stop.start()
        accepted, refusal = create_until_refused(client, itertools.islice(plans(), 100000))
        if wheelhouse.Error(refusal).reason == "SHUTTING_DOWN":
            assert refusal.code() == grpc.StatusCode.UNAVAILABLE and retry_after(refusal) > 0
        else:  # it came when gRPC's server had ended, and the daemon has not seen it
            assert refusal.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    assert daemon.process.wait(timeout=60) == 0
    assert "have not stopped within" not in daemon.log_text(), "what ran was stopped, or finished, within the grace"
    daemon.start()
    with daemon.client() as client:
        for run_id in accepted[:12]:
            outcome = Outcome(client, client.watch(run_id))
            assert outcome.state == "SUCCEEDED", outcome.run.failure
            numbers = [event.sequence for event in outcome.events if event.sequence]
            assert numbers == list(range(1, outcome.run.sequence + 1))
        for run_id in accepted[12:]:
            client.cancel_run(run_id)
        for run_id in accepted[12:]:
            assert Outcome(client, client.watch(run_id)).state in ("CANCELLED", "SUCCEEDED")
    for release in cluster.releases(f"{namespace}-0").values():
        assert release["status"] == "deployed"
