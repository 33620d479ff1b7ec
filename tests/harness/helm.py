"""helm behind the daemon's back: its processes, its records, releases that it was killed over."""

import os
import pathlib
import subprocess
import tempfile

import pytest

from harness.daemon import wait_for

# For tests of what must hold with both majors: `pytestmark = both_majors`.
both_majors = pytest.mark.parametrize("helm", ["helm", "helm3"], indirect=True)

# Values of the chart web whose workload is never ready, and for which helm waits by itself.
NEVER = {"podBehaviour": "never-ready", "hook": "completes"}


def helms_of(namespace, verb=""):
    """Process ids of helms that work in a namespace, or of those that do one thing there."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            continue
        is_helm = words[0].rsplit(b"/", 1)[-1].startswith(b"helm")
        if is_helm and namespace.encode() in words and (not verb or verb.encode() in words):
            found.append(int(entry.name))
    return found


def records(cluster, namespace):
    return cluster.kubectl("get", "secret", "-n", namespace, "-l", "owner=helm", "-o", "name").split()


def newest(cluster, namespace, release="web"):
    """Revision and status of the newest record, or None."""
    records = cluster.kubectl(
        "get", "secrets", "-n", namespace, "-l", f"owner=helm,name={release}",
        "-o", "jsonpath={range .items[*]}{.metadata.labels.version} {.metadata.labels.status}{'\\n'}{end}",
    ).splitlines()  # fmt: skip
    return max(((int(r.split()[0]), r.split()[1]) for r in records), default=None)


def lock_by_hand(cluster, namespace, status, *args):
    """helm, run by hand and killed."""
    environment = {**os.environ, "HOME": tempfile.gettempdir(), "KUBECONFIG": cluster.kubeconfig}
    hand = subprocess.Popen(
        [cluster.tools / "helm", *args, "-n", namespace], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for(status, lambda: (newest(cluster, namespace) or (0, ""))[1] == status)
    hand.kill()
    hand.wait()


def message(cluster, namespace):
    """What the chart web of tests/charts was last given as its message."""
    return cluster.get("configmap", "web", namespace)["data"]["message"]
