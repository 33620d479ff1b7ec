"""The command line as a user sees it: output, exit codes, errors with file:line:column."""

import json
import os
import subprocess

import pytest

from conftest import BIN, CHARTS


@pytest.fixture
def cli(daemon):
    def run(*args, **kwargs):
        environment = {**os.environ, "WHEELHOUSE_SERVER": daemon.server}
        return subprocess.run(
            [BIN / "wheelhouse", *map(str, args)], capture_output=True, text=True, env=environment, timeout=120, **kwargs
        )

    return run


def test_deploy_prints_the_stages_and_exits_0(cli, namespace):
    result = cli("deploy", CHARTS / "web", "-n", namespace)
    assert result.returncode == 0, result.stderr
    for stage in ("check_prerequisites", "pre_exec", "exec", "validate"):
        assert stage in result.stdout


def test_json_is_events_and_nothing_else(cli, namespace):
    result = cli("deploy", CHARTS / "web", "-n", namespace, "-o", "json")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0 and "snapshot" in events[0]
    assert not any("heartbeat" in e or "sync" in e for e in events)


def test_a_failed_run_exits_1_with_the_first_error(cli, namespace):
    result = cli("deploy", CHARTS / "web", "-n", namespace, "--set", "podBehaviour=never-ready", "--timeout", "2s")
    assert result.returncode == 1
    assert "NOT_READY" in result.stderr


def test_apply_and_destroy(cli, cluster, namespace, tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        f"""name: two
charts:
- name: web
  namespace: {namespace}
  chart: {{path: {CHARTS / 'web'}}}
  timeout: 1m
- name: second
  namespace: {namespace}
  chart: {{path: {CHARTS / 'web'}}}
  dependsOn: [web]
"""
    )
    result = cli("apply", "-f", plan)
    assert result.returncode == 0, result.stderr
    assert set(cluster.releases(namespace)) == {"web", "second"}
    assert cli("destroy", "web", "-n", namespace).returncode == 0
    assert set(cluster.releases(namespace)) == {"second"}


def test_an_unknown_field_names_its_place_and_the_nearest(cli, tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text("name: x\ncharts:\n- name: web\n  namespce: demo\n")
    result = cli("apply", "-f", plan)
    assert result.returncode == 2
    assert "plan.yaml:4:3" in result.stderr and "namespace" in result.stderr


def test_a_field_of_a_later_issue_is_refused(cli, tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text("name: x\ncharts:\n- name: web\n  namespace: demo\n  patches: []\n")
    result = cli("apply", "-f", plan)
    assert result.returncode == 2 and "patches" in result.stderr and "plan.yaml:5" in result.stderr


def test_no_daemon_exits_3(tmp_path):
    result = subprocess.run(
        [BIN / "wheelhouse", "--server", f"unix://{tmp_path}/none", "status"], capture_output=True, text=True
    )
    assert result.returncode == 3 and result.stderr


def test_status_and_version(cli):
    status = cli("status")
    assert status.returncode == 0 and "sandbox" in status.stdout and "v4.3.1" in status.stdout
    assert cli("version").returncode == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(cli, shell):
    assert "deploy" in cli("completion", shell).stdout
