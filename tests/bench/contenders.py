"""Who deploys a fleet: the daemon through its command line, and helm itself."""

import concurrent.futures
import os
import subprocess
import tempfile

import yaml

from harness import cli
from harness.daemon import Daemon
from processes import Usage

# The most that a plan may have (maxima.charts).
CHARTS_OF_A_PLAN = 500


class Wheelhouse:
    name = "wheelhouse"

    def __init__(self, kubeconfig, tools, **cluster):
        clusters = [{"name": "bench", "kubeconfig": str(kubeconfig), "default": True, **cluster}]
        self.daemon = Daemon(kubeconfig, tools / "helm", clusters=clusters).start()

    def usage(self):
        return Usage(self.daemon.process.pid)

    def plans(self, fleet, **fields):
        charts = [
            {
                "name": release, "namespace": namespace, "chart": {"path": str(fleet.chart)},
                "values": [{"key": key, "value": str(value)} for key, value in values.items()], **fields,
            }
            for release, namespace, values in fleet
        ]  # fmt: skip
        for begin in range(0, len(charts), CHARTS_OF_A_PLAN):
            yield {"name": fleet.name, "charts": charts[begin : begin + CHARTS_OF_A_PLAN]}

    def deploy(self, fleet):
        for plan in self.plans(fleet):
            self.apply(plan)

    def apply(self, plan, *flags, check=True):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump(plan, file)
            file.flush()
            done = cli.run(self.daemon, "apply", "-f", file.name, *flags, timeout=3600)
        assert not check or done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return done

    def close(self):
        self.daemon.close()


class Helm:
    """`helm upgrade --install --wait`, so many at a time."""

    def __init__(self, kubeconfig, tools, parallel, others):
        """`others`: processes of this program that are not helm's."""
        self.kubeconfig, self.helm, self.parallel, self.others = kubeconfig, tools / "helm", parallel, others
        self.name = f"helm, {parallel} at once"
        self.home = tempfile.mkdtemp(prefix="wh-bench-")

    def usage(self):
        return Usage(os.getpid(), without=self.others(), own=False)

    def upgrade(self, release, namespace, values, chart):
        command = [self.helm, "upgrade", "--install", release, chart, "-n", namespace, "--create-namespace", "--wait"]
        for key, value in values.items():
            command += ["--set", f"{key}={value}"]
        environment = {"PATH": os.environ["PATH"], "HOME": self.home, "KUBECONFIG": self.kubeconfig}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]

    def deploy(self, fleet):
        with concurrent.futures.ThreadPoolExecutor(self.parallel) as pool:
            list(pool.map(lambda one: self.upgrade(*one, fleet.chart), fleet))

    def close(self):
        pass
