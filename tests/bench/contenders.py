"""Who deploys a fleet: the daemon through its command line, and helm itself."""

import concurrent.futures
import json
import os
import subprocess
import tempfile

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

    def preview(self, fleet):
        for plan in self.plans(fleet):
            self.command("plan", plan)

    def version(self):
        assert cli.run(self.daemon, "version").returncode == 0

    def apply(self, plan, *flags):
        return self.command("apply", plan, *flags)

    def command(self, name, plan, *flags):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            json.dump(plan, file)  # is YAML, too, and is written ten times as fast
            file.flush()
            done = cli.run(self.daemon, name, "-f", file.name, *flags, timeout=3600)
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return done

    def close(self):
        self.daemon.close()


class Outside:
    """A contender that consists of programs that this one starts."""

    def __init__(self, name, kubeconfig, others, **environment):
        """`others`: tells the processes of this program that are not the contender's."""
        self.name, self.others = name, others
        home = tempfile.mkdtemp(prefix="wh-bench-")
        self.environment = {"PATH": os.environ["PATH"], "HOME": home, "KUBECONFIG": str(kubeconfig), **environment}

    def usage(self):
        return Usage(os.getpid(), without=self.others(), own=False)

    def run(self, command, cwd=None):
        done = subprocess.run(command, cwd=cwd, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


class Helm(Outside):
    """`helm upgrade --install --wait`, so many at a time."""

    def __init__(self, kubeconfig, tools, parallel, others):
        super().__init__("helm", kubeconfig, others)
        self.helm, self.parallel = tools / "helm", parallel

    def upgrade(self, release, namespace, values, chart, *flags):
        command = [self.helm, "upgrade", "--install", release, chart, "-n", namespace, *flags]
        for key, value in values.items():
            command += ["--set", f"{key}={value}"]
        self.run(command)

    def each(self, fleet, *flags):
        with concurrent.futures.ThreadPoolExecutor(self.parallel) as pool:
            list(pool.map(lambda one: self.upgrade(*one, fleet.chart, *flags), fleet))

    def deploy(self, fleet):
        self.each(fleet, "--create-namespace", "--wait")

    def preview(self, fleet):
        self.each(fleet, "--dry-run=server")

    def version(self):
        self.run([self.helm, "version"])
