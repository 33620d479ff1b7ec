"""`helm wheelhouse` and `kubectl wheelhouse`, as they are installed."""

import os
import shutil
import subprocess

import pytest

from harness.paths import BIN, CHARTS, TOP


@pytest.fixture
def prefix(tmp_path):
    """What `cmake --install` makes, as far as the shims are concerned."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "wheelhouse").symlink_to(BIN / "wheelhouse")
    (tmp_path / "bin" / "kubectl-wheelhouse").symlink_to("wheelhouse")
    shutil.copytree(TOP / "client/cli/shims/helm-plugin", tmp_path / "share/wheelhouse/helm-plugin")
    return tmp_path


@pytest.mark.parametrize("helm", ["helm", "helm3"], indirect=True)
def test_helm_hands_its_namespace_over(daemon, prefix, tools, helm, namespace, tmp_path):
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "HELM_PLUGINS": str(prefix / "share/wheelhouse"),
        "WHEELHOUSE_SERVER": daemon.server,
    }

    def run(*args):
        return subprocess.run([tools / helm, "wheelhouse", *args], capture_output=True, text=True, env=environment)

    deployed = run("deploy", CHARTS / "web", "-n", namespace)
    assert deployed.returncode == 0 and f"{namespace}/web INSTALL revision 1" in deployed.stdout, deployed.stderr
    assert run("history", "web", "--namespace", namespace).stdout.splitlines()[1].split()[0] == "1"
    assert run("history", "absent", "-n", namespace).returncode == 1, "the exit code is the program's"


def test_kubectl_finds_its_plugin(daemon, prefix, tools):
    environment = {
        "PATH": f"{prefix / 'bin'}:{os.environ['PATH']}", "HOME": str(prefix), "WHEELHOUSE_SERVER": daemon.server,
    }
    status = subprocess.run([tools / "kubectl", "wheelhouse", "status"], capture_output=True, text=True, env=environment)
    assert status.returncode == 0 and "sandbox (default)" in status.stdout, status.stderr
