"""wheelhoused as a process: how it starts, tells its service manager, refuses a second one, and ends."""

import configparser
import shutil
import signal
import socket
import subprocess
import sys

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

import wheelhouse
from harness.daemon import wait_for
from harness.helm import helms_of
from harness.paths import BIN, TOP
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, failure_pb2, plan_pb2, run_pb2

UNIT = TOP / "server/packaging/wheelhoused.service"


def never_ready(client, upload, namespace):
    """A run whose helm waits."""
    chart = chart_pb2.ChartInfo(name="slow", namespace=namespace, chart=upload(client, "web"))
    chart.values.add(key="podBehaviour", value="never-ready")
    chart.values.add(key="hook", value="completes")  # for which helm waits by itself
    run = client.create_run(plan_pb2.Plan(charts=[chart]))
    wait_for("exec runs", lambda: any(s.stage == failure_pb2.STAGE_EXEC for s in client.get_run(run.id).charts[0].stages))
    return run.id


def test_the_service_manager_is_told_when_it_is_ready_and_when_it_stops(make_daemon):
    daemon = make_daemon(start=False)
    path = str(daemon.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(60)
        daemon.spawn(NOTIFY_SOCKET=path)
        assert manager.recv(4096) == b"READY=1"
        with daemon.client() as client:  # ready means that it answers
            assert client.status().version
        daemon.process.send_signal(signal.SIGTERM)
        assert manager.recv(4096) == b"STOPPING=1"
        assert daemon.process.wait(timeout=60) == 0


def test_the_unit_file_is_sound_and_gives_it_the_time_it_takes(tmp_path):
    unit = configparser.ConfigParser(strict=False)
    unit.optionxform = str
    unit.read(UNIT)
    assert unit["Service"]["Type"] == "notify"
    assert int(unit["Service"]["TimeoutStopSec"]) > 30, "the daemon's own grace"
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze")
    installed = tmp_path / UNIT.name
    installed.write_text(UNIT.read_text().replace("/usr/bin/wheelhoused", str(BIN / "wheelhoused")))
    result = subprocess.run(["systemd-analyze", "verify", installed], capture_output=True, text=True)
    assert result.returncode == 0 and UNIT.name not in result.stderr, result.stderr


def test_sigterm_interrupts_a_running_run_within_the_grace_and_the_next_start_takes_it_up(
    make_daemon, upload, cluster, namespace
):
    daemon = make_daemon()
    with daemon.client() as client:
        run_id = never_ready(client, upload, namespace)
        watch = client.deployer.WatchRun(deployer_service_pb2.WatchRunRequest(run_id=run_id))
        next(watch)
        assert daemon.stop() == 0
        with pytest.raises(grpc.RpcError) as ended:
            list(watch)
        error = wheelhouse.Error(ended.value)
        assert (error.code, error.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
    assert f"run {run_id}: interrupted by the shutdown" in daemon.log_text()
    daemon.start()
    with daemon.client() as client:
        wait_for("helm waits again", lambda: helms_of(namespace, "upgrade"))
        assert helm_of(client.get_run(run_id)).attempt == 1, "it is the same try"
        client.cancel_run(run_id)
        list(client.watch(run_id))
        assert client.get_run(run_id).state == run_pb2.RUN_STATE_CANCELLED


def helm_of(run):
    return next(step for stage in run.charts[0].stages for step in stage.steps if step.name == "helm")


STUBBORN = """import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)"""


def test_while_it_drains_it_says_so_and_admits_nothing(make_daemon, upload, namespace, tmp_path):
    begun = tmp_path / "begun"
    daemon = make_daemon(commands=[{"name": "stubborn", "argv": [sys.executable, "-c", STUBBORN, str(begun)]}])
    with daemon.client() as client:
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        chart.stages.pre_exec.before.add().command.command = "stubborn"
        run = client.create_run(plan_pb2.Plan(charts=[chart]))
        wait_for("the command runs", begun.exists)
        health = health_pb2_grpc.HealthStub(client.channel)
        serving = health.Watch(health_pb2.HealthCheckRequest())
        assert next(serving).status == health_pb2.HealthCheckResponse.SERVING
        daemon.process.send_signal(signal.SIGTERM)
        assert next(serving).status == health_pb2.HealthCheckResponse.NOT_SERVING
        wait_for("it drains", lambda: client.status().draining)
        with pytest.raises(wheelhouse.Error) as refused:
            client.create_run(plan_pb2.Plan(charts=[chart]))
        assert (refused.value.code, refused.value.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
        assert client.get_run(run.id).state == run_pb2.RUN_STATE_RUNNING
    assert daemon.process.wait(timeout=60) == 0


def test_health_and_reflection(client):
    health = health_pb2_grpc.HealthStub(client.channel)
    for service in ("", "wheelhouse.v1.DeployerService"):
        answer = health.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING, service
    reflection = reflection_pb2_grpc.ServerReflectionStub(client.channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    [answer] = reflection.ServerReflectionInfo(iter([request]))
    names = {service.name for service in answer.list_services_response.service}
    assert names >= {
        "wheelhouse.v1.DeployerService",
        "wheelhouse.v1.ChartService",
        "wheelhouse.v1.ServerService",
        "grpc.health.v1.Health",
    }


def test_a_second_one_on_the_same_state_directory_names_it_and_ends(make_daemon):
    first, second = make_daemon(), make_daemon(start=False)
    second.config["stateDirectory"] = first.config["stateDirectory"]
    assert second.spawn().process.wait(timeout=30) == 1
    assert first.config["stateDirectory"] in second.log_text()
    assert not second.socket.exists()
    with first.client() as client:
        assert client.status()


def test_a_live_socket_is_never_taken_over(make_daemon):
    first, second = make_daemon(), make_daemon(start=False)
    second.config["listen"] = first.config["listen"]
    assert second.spawn().process.wait(timeout=30) == 2
    assert str(first.socket) in second.log_text()
    with first.client() as client:
        assert client.status()


def test_its_socket_is_gone_after_its_end_and_a_stale_one_is_replaced(make_daemon):
    daemon = make_daemon()
    daemon.kill()
    assert daemon.socket.is_socket(), "kill -9 leaves it"
    daemon.start()
    assert daemon.stop() == 0
    assert not daemon.socket.exists()


def test_sigint_ends_it_as_sigterm_does(make_daemon):
    daemon = make_daemon()
    daemon.process.send_signal(signal.SIGINT)
    assert daemon.process.wait(timeout=60) == 0


def check_config(path, **kwargs):
    return subprocess.run(
        [BIN / "wheelhoused", "--config", path, "--check-config"], capture_output=True, text=True, **kwargs
    )


def test_check_config_says_that_nothing_is_wrong_and_starts_nothing(make_daemon):
    daemon = make_daemon()
    result = check_config(daemon.config_file)
    assert result.returncode == 0 and "the configuration is valid" in result.stdout


def test_check_config_names_every_error_with_its_line_and_starts_nothing(tmp_path):
    path = tmp_path / "w.yaml"
    path.write_text(
        f"""clusters:
- {{name: c, kubeconfig: {tmp_path}/missing}}
listen:
- {{unix: {tmp_path}/s, mode: "999"}}
- tcp: 127.0.0.1:8443
stateDirectory: {tmp_path}/state
egress: {{allow: [10.0.0.0/33:443]}}
colour: red
"""
    )
    for result in (
        check_config(path),
        subprocess.run([BIN / "wheelhoused", "--config", path], capture_output=True, text=True),
    ):
        assert result.returncode == 2
        for place, what in [
            (2, "missing cannot be read"),
            (4, "octal mode"),
            (5, "mutual TLS"),
            (5, "allowAllCallers"),
            (7, "10.0.0.0/33:443"),
            (8, "unknown field colour"),
        ]:
            assert any(f"{path}:{place}:" in line and what in line for line in result.stderr.splitlines()), what
    assert not (tmp_path / "state").exists() and not (tmp_path / "s").exists()


def test_a_configuration_that_is_not_there_is_named(tmp_path):
    result = check_config(tmp_path / "none.yaml")
    assert result.returncode == 2 and f"{tmp_path}/none.yaml" in result.stderr
