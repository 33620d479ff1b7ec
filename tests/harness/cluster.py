"""A control plane of the sandbox, and kubectl and helm that look at it behind the daemon's back."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from harness.paths import SANDBOX


def find_tools():
    """The folder of helm, helm3, kustomize and kubectl."""
    return pathlib.Path(subprocess.check_output([SANDBOX / "tool", "--all"], text=True).strip())


class ControlPlane:
    """One that dies with us, killed or not. `kubeconfig` is its administrator's."""

    def __init__(self, *flags):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wh-cluster-"))
        self.log = open(f"{self.folder}.log", "w+")
        self.up = subprocess.Popen(
            [SANDBOX / "up", "--foreground", "--dir", self.folder, *flags],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self.kubeconfig = self.up.stdout.readline().strip()
        assert self.kubeconfig, f"the sandbox did not start: {pathlib.Path(self.log.name).read_text()[-3000:]}"

    @property
    def logs(self):
        """The folder of its components' logs."""
        return self.folder / "logs"

    def close(self):
        subprocess.run([SANDBOX / "down", "--dir", self.folder], check=True, stdout=self.log, stderr=self.log)
        self.up.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.unlink(self.log.name)


class Cluster:
    """kubectl and helm against a cluster."""

    def __init__(self, kubeconfig, tools):
        self.kubeconfig, self.tools = kubeconfig, tools

    def run(self, tool, *args, check=True, **kwargs):
        environment = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir(), "KUBECONFIG": self.kubeconfig}
        return subprocess.run(
            [self.tools / tool, *args], check=check, capture_output=True, text=True, env=environment, **kwargs
        )

    def kubectl(self, *args, **kwargs):
        return self.run("kubectl", *args, **kwargs).stdout

    def get(self, kind, name, namespace):
        """The object as a dict, or None."""
        found = self.kubectl("get", kind, name, "-n", namespace, "-o", "json", "--ignore-not-found")
        return json.loads(found) if found else None

    def releases(self, namespace, *flags):
        """helm's own list of a namespace, by name."""
        return {r["name"]: r for r in json.loads(self.run("helm", "list", "-n", namespace, *flags, "-o", "json").stdout)}

    def history(self, release, namespace):
        return json.loads(self.run("helm", "history", release, "-n", namespace, "-o", "json").stdout)
