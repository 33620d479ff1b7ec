"""The Go package's own tests and both examples, against a daemon."""

import os
import subprocess
import sys
import tarfile

import pytest

from harness.paths import BIN, CHARTS, TOP


@pytest.fixture
def environment(daemon, namespace, tmp_path):
    archive = tmp_path / "web.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(CHARTS / "web", arcname="web")
    return {
        **os.environ,
        "WHEELHOUSE_SERVER": daemon.server,
        "WHEELHOUSE_CLI": str(BIN / "wheelhouse"),
        "WHEELHOUSE_TEST_CHART": str(archive),
        "WHEELHOUSE_TEST_NAMESPACE": namespace,
    }


def go(*args, environment):
    tool = subprocess.check_output([TOP / "tests/sandbox/tool", "go"], text=True).strip()
    return subprocess.run(
        [tool, *args], cwd=TOP / "client/go", env=environment, capture_output=True, text=True, timeout=600
    )


def test_the_go_package_deploys_watches_and_cancels(environment):
    result = go("test", "-count=1", "-v", "-skip", "TLS", "./...", environment=environment)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("--- PASS") >= 3 and "--- SKIP" not in result.stdout


def test_the_go_example_prints_the_stages(environment, namespace):
    result = go("run", "./examples/deploy", environment["WHEELHOUSE_TEST_CHART"], namespace, environment=environment)
    assert result.returncode == 0, result.stderr
    assert f"{namespace}/web validate/verdict SUCCEEDED" in result.stdout


def test_the_go_example_of_hooks_serves_its_stages_and_when_nothing_changes_those_that_are_left(environment, namespace):
    for expected in (
        "web.pre_exec: the settings are there\nweb.validate: the settings are map[color:blue]\n",
        "web.validate: the settings are map[color:blue]\n",
    ):
        result = go("run", "./examples/hooks", environment["WHEELHOUSE_TEST_CHART"], namespace, environment=environment)
        assert (result.returncode, result.stdout) == (0, expected), result.stderr


def test_the_python_example_prints_the_stages(environment, namespace):
    result = subprocess.run(
        [sys.executable, TOP / "client/python/examples/deploy.py", CHARTS / "web", namespace],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    assert f"{namespace}/web validate/verdict SUCCEEDED" in result.stdout
