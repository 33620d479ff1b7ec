"""The machine is in trouble: no room, no descriptors, a broken store, a helm that is killed, replaced or gone."""

import os
import resource
import shutil
import signal

import grpc
import pytest

import wheelhouse
from harness.daemon import wait_for
from harness.helm import helms_of
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, plan_pb2, run_pb2


def plan_of(client, upload, namespace, name="web", **values):
    chart = chart_pb2.ChartInfo(name=name, namespace=namespace, chart=upload(client, "web"))
    for key, value in values.items():
        chart.values.add(key=key, value=value)
    return plan_pb2.Plan(charts=[chart])


def is_running(client, run):
    return client.get_run(run.id).state == run_pb2.RUN_STATE_RUNNING


class Limit:
    """A limit on a daemon's own resources, while it lasts. Its children have another parent."""

    def __init__(self, daemon, which, most):
        self.pid, self.which, self.most = daemon.process.pid, which, most

    def __enter__(self):
        self.before = resource.prlimit(self.pid, self.which)
        resource.prlimit(self.pid, self.which, (self.most, self.before[1]))

    def __exit__(self, *_):
        resource.prlimit(self.pid, self.which, self.before)


def test_on_a_full_disk_runs_stand_still_and_then_go_on(make_daemon, upload, cluster, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        run = client.create_run(plan_of(client, upload, namespace, podBehaviour="slow", hook="completes"))
        wait_for("helm runs", lambda: helms_of(namespace, "upgrade"))
        with Limit(daemon, resource.RLIMIT_FSIZE, 0):
            with pytest.raises(wheelhouse.Error) as refused:
                client.create_run(plan_of(client, upload, namespace, "other"))
            assert (refused.value.code, refused.value.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
            assert str(daemon.folder) in str(refused.value), "it names the place"
            wait_for("helm has ended", lambda: not helms_of(namespace, "upgrade"))
            wait_for("its end cannot be stored", lambda: "cannot be stored" in end_of_stream(client, run))
        outcome = Outcome(client, client.watch(run.id))
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        numbers = [event.sequence for event in outcome.events if event.sequence]
        assert numbers == list(range(1, outcome.run.sequence + 1))
        assert [revision["status"] for revision in cluster.history("web", namespace)] == ["deployed"]
        assert [run.plan_name for run in client.list_runs(filter=f'namespace = "{namespace}"').runs] == ["web"]


def end_of_stream(client, run):
    """What a watcher is told when its stream ends, or after a second."""
    request = deployer_service_pb2.WatchRunRequest(run_id=run.id)
    with pytest.raises(grpc.RpcError) as ended:
        list(client.deployer.WatchRun(request, timeout=1))
    return ended.value.details()


def test_without_descriptors_calls_fail_and_the_daemon_lives(make_daemon, upload, cluster, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        used = len(os.listdir(f"/proc/{daemon.process.pid}/fd"))
        plan = plan_of(client, upload, namespace)
        with Limit(daemon, resource.RLIMIT_NOFILE, used):
            failed = Outcome(client, client.deploy(plan))
            assert failed.state == "FAILED" and failed.run.failure.reason != "INTERNAL", failed.run.failure
            assert cluster.releases(namespace) == {}
        assert Outcome(client, client.deploy(plan)).state == "SUCCEEDED"


@pytest.mark.parametrize("first", [0, 1], ids=["from its first page", "behind its first page"])
def test_a_store_that_is_damaged_is_named_and_nothing_is_overwritten(make_daemon, upload, namespace, first):
    daemon = make_daemon()
    with daemon.client() as client:
        assert Outcome(client, client.deploy(plan_of(client, upload, namespace))).state == "SUCCEEDED"
    daemon.stop()
    path = daemon.folder / "state" / "runs.db"
    assert not path.with_suffix(".db-wal").exists(), "a daemon that ended leaves one file, which can be copied"
    sound = path.read_bytes()
    broken = sound[: first * 4096] + b"\xff" * (len(sound) - first * 4096)
    path.write_bytes(broken)
    daemon.spawn()
    assert daemon.process.wait(timeout=30) == 1
    told = daemon.log_text().splitlines()[-2]
    assert "critical" in told and str(path) in told and "move it away" in told, told
    assert path.read_bytes() == broken
    path.write_bytes(sound)
    daemon.start()
    with daemon.client() as client:
        assert [run.state for run in client.list_runs().runs] == [run_pb2.RUN_STATE_SUCCEEDED]


def test_a_helm_that_is_killed_is_told_as_that_and_undone(client, upload, deploy, cluster, namespace):
    """As the kernel does to a program that takes too much memory."""
    assert deploy(namespace).state == "SUCCEEDED"
    run = client.create_run(plan_of(client, upload, namespace, podBehaviour="never-ready", hook="completes"))
    # Not before: helm is asked a second time when the chart has hooks that the installed revision has not.
    wait_for("it waits", lambda: cluster.releases(namespace)["web"]["status"] == "pending-upgrade")
    [pid] = wait_for("helm runs", lambda: helms_of(namespace, "upgrade"))
    os.kill(pid, signal.SIGKILL)
    outcome = Outcome(client, client.watch(run.id))
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "HELM_FAILED")
    assert "signal 9" in outcome.run.failure.message and "memory" in outcome.run.failure.message
    assert cluster.releases(namespace)["web"]["status"] == "deployed"
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "hello"


@pytest.fixture
def own_helm(tools, tmp_path):
    """A helm that a test may replace; programs that run go on when it does."""

    class Own:
        path = tmp_path / "bin" / "helm"

        def put(self, name):
            shutil.copy(tools / name, self.path.with_suffix(".new"))
            self.path.with_suffix(".new").rename(self.path)

    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "kustomize").symlink_to(tools / "kustomize")
    own = Own()
    own.put("helm3")
    return own


def test_a_helm_that_is_replaced_under_way_is_asked_anew(make_daemon, own_helm, upload, cluster, namespace):
    daemon = make_daemon(helm=own_helm.path)
    with daemon.client() as client:
        assert client.status().helm.version.startswith("v3.")
        plan = plan_of(client, upload, namespace, podBehaviour="never-ready", hook="completes")
        plan.charts[0].timeout.seconds = 4
        run = client.create_run(plan)
        wait_for("helm runs", lambda: helms_of(namespace, "upgrade"))
        own_helm.put("helm")
        outcome = Outcome(client, client.watch(run.id))
        assert outcome.run.failure.reason == "NOT_READY" and not outcome.run.failure.secondary, outcome.run.failure
        assert cluster.releases(namespace) == {}, "helm 4 has undone what helm 3 began"
        assert client.status().helm.version.startswith("v4.")
        assert Outcome(client, client.deploy(plan_of(client, upload, namespace))).state == "SUCCEEDED"


def test_a_helm_that_is_gone_under_way_leaves_a_true_account_that_the_next_run_mends(
    make_daemon, own_helm, upload, cluster, namespace
):
    daemon = make_daemon(helm=own_helm.path)
    with daemon.client() as client:
        plan = plan_of(client, upload, namespace, podBehaviour="never-ready", hook="completes")
        plan.charts[0].timeout.seconds = 4
        run = client.create_run(plan)
        wait_for("helm runs", lambda: helms_of(namespace, "upgrade"))
        own_helm.path.unlink()
        failure = Outcome(client, client.watch(run.id)).run.failure
        assert failure.reason == "NOT_READY"
        assert [secondary.reason for secondary in failure.secondary] == ["HELM_MISSING"]
        assert cluster.releases(namespace)["web"]["status"] == "failed"
        refused = Outcome(client, client.deploy(plan_of(client, upload, namespace))).run.failure
        assert refused.reason == "HELM_MISSING" and str(own_helm.path) in refused.message
        own_helm.put("helm3")
        assert Outcome(client, client.deploy(plan_of(client, upload, namespace))).state == "SUCCEEDED"
