"""Values are secrets: they reach helm and the cluster, and nobody who reads runs, logs or the daemon's disk."""

import secrets
import sys

import pytest

from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2

OBJECT = """apiVersion: v1
kind: Secret
metadata:
  name: extra
stringData:
  password: {secret}
"""


class Secrets:
    def __init__(self):
        self.all = {}

    def __getitem__(self, where):
        return self.all.setdefault(where, f"s3cr3t-{where}-{secrets.token_hex(8)}")

    def found_in(self, data):
        data = data if isinstance(data, bytes) else data.encode()
        return [where for where, secret in self.all.items() if secret.encode() in data]


@pytest.fixture
def secret():
    return Secrets()


def chart_with_secrets(source, namespace, secret, **values):
    info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=source)
    info.early_failure.image_pull.seconds = 1
    info.values.add(key="a", value=secret["values"])
    info.values_string.add(key="message", value=secret["string"])
    for key, value in values.items():
        info.values.add(key=key, value=value)
    info.values_files.add(name="v.yaml", content=f"b: {secret['file']}")
    info.yaml_files_content.add(name="y.yaml", content=f"c: {secret['yaml']}")
    info.stages.pre_exec.before.add().apply.manifests = OBJECT.format(secret=secret["manifest"])
    command = info.stages.pre_exec.before.add().command
    command.command = "quiet"
    command.args.append(secret["argument"])
    return info


@pytest.mark.parametrize("behaviour", ["ready", "image-pull-error"])
def test_no_value_comes_back_and_none_is_in_clear_on_the_disk(make_daemon, upload, cluster, namespace, secret, behaviour):
    quiet = {"name": "quiet", "argv": [sys.executable, "-c", "import sys; sys.exit(len(sys.argv) != 2)"]}
    daemon = make_daemon(commands=[quiet], log={"level": "DEBUG"})
    with daemon.client() as client:
        info = chart_with_secrets(upload(client, "web"), namespace, secret, podBehaviour=behaviour)
        outcome = Outcome(client, client.deploy(plan_pb2.Plan(charts=[info])))
        assert outcome.state == ("SUCCEEDED" if behaviour == "ready" else "FAILED"), outcome.run.failure
        if behaviour == "ready":  # they did reach the cluster
            assert cluster.get("configmap", "web", namespace)["data"]["message"] == secret["string"]
        answers = {
            "Deploy": b"".join(e.SerializeToString() for e in outcome.events),
            "GetRun": client.get_run(outcome.run.id).SerializeToString(),
            "ListRuns": client.list_runs().SerializeToString(),
            "WatchRun": b"".join(e.SerializeToString() for e in client.watch(outcome.run.id)),
            "the log": daemon.log_text(),
        }
        for path in (daemon.folder / "state").rglob("*"):
            if path.is_file():
                answers[str(path)] = path.read_bytes()
        assert (daemon.folder / "state/runs.db-wal").exists(), "it is read while the daemon runs"
    assert {name: found for name, data in answers.items() if (found := secret.found_in(data))} == {}
