"""Other programs that deploy many releases through helm: those that are on PATH.

Each gets the fleet as a file in its own language and waits for the releases, as all contenders do. Their files are as
their documentation has them: https://helmfile.readthedocs.io, https://docs.helmwave.app, https://github.com/mkubaczyk/helmsman
"""

import os
import pathlib
import shutil
import subprocess
import tempfile

import yaml

from contenders import Outside


def helmfile(fleet, folder, parallel):
    (folder / "helmfile.yaml").write_text(yaml.safe_dump({
        "helmDefaults": {"wait": True, "createNamespace": True},
        "releases": [
            {"name": release, "namespace": namespace, "chart": str(fleet.chart), "values": [values]}
            for release, namespace, values in fleet
        ],
    }))  # fmt: skip
    return ["helmfile", "sync", "--skip-deps", "--concurrency", str(parallel)]


def helmwave(fleet, folder, parallel):
    releases = []
    for release, namespace, values in fleet:
        (folder / f"{release}.yml").write_text(yaml.safe_dump(values))
        releases.append({
            "name": release, "namespace": namespace, "create_namespace": True, "wait": True,
            "chart": {"name": str(fleet.chart)}, "values": [f"{release}.yml"],
        })  # fmt: skip
    (folder / "helmwave.yml").write_text(yaml.safe_dump({"project": fleet.name, "releases": releases}))
    return ["helmwave", "up", "--build", "--parallel-limit", str(parallel)]


def helmsman(fleet, folder, parallel):
    version = yaml.safe_load((fleet.chart / "Chart.yaml").read_text())["version"]
    apps = {}
    for release, namespace, values in fleet:
        (folder / f"{release}.yaml").write_text(yaml.safe_dump(values))
        apps[release] = {
            "namespace": namespace, "enabled": True, "chart": str(fleet.chart), "version": version, "wait": True,
            "valuesFiles": [f"{release}.yaml"],
        }  # fmt: skip
    namespaces = {namespace: {} for namespace in fleet.namespaces()}
    (folder / "fleet.yaml").write_text(yaml.safe_dump({"context": fleet.name, "namespaces": namespaces, "apps": apps}))
    return ["helmsman", "--apply", "--no-banner", "-f", "fleet.yaml", "-p", str(parallel)]


# By the program's name: what writes its files for a fleet into a folder, and returns the command.
LANGUAGES = {program.__name__: program for program in (helmfile, helmwave, helmsman)}


def on_path():
    return [name for name in LANGUAGES if shutil.which(name)]


class Other(Outside):
    """One of these programs, with the helm that all contenders have, and the plugins that its user has installed."""

    def __init__(self, program, kubeconfig, tools, parallel, others):
        plugins = subprocess.check_output([tools / "helm", "env", "HELM_PLUGINS"], text=True).strip()
        super().__init__(program, kubeconfig, others, PATH=f"{tools}:{os.environ['PATH']}", HELM_PLUGINS=plugins)
        self.parallel = parallel

    def deploy(self, fleet):
        with tempfile.TemporaryDirectory(prefix="wh-bench-") as folder:
            self.run(LANGUAGES[self.name](fleet, pathlib.Path(folder), self.parallel), cwd=folder)
