"""Secrets reach helm and the cluster, and nobody who reads runs, logs or the daemon's disk; what is none can be read."""

import secrets
import sys

import pytest

import wheelhouse
from harness.daemon import wait_for
from harness.helm import both_majors
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


# The API server repeats a label's value that is none, and helm repeats the API server, quoted.
LABEL = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cfg, labels: {x: {{ .Values.p | quote }}}}\n"
# One that renders a Secret, and repeats what the Secret holds.
RENDERED = """apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {anything: {{ .Values.a | quote }}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cfg, labels: {x: {{ .Values.a | quote }}}}
"""


def everything_told(daemon, client, outcome):
    return {
        "Deploy": "".join(str(event) for event in outcome.events),
        "GetRun": str(client.get_run(outcome.run.id)),
        "the log": daemon.log_text(),
    }


def unescaped(text):
    """Text of protobuf messages, without its own escapes."""
    return text.replace('\\"', '"').replace("\\\\", "\\")


@both_majors
@pytest.mark.parametrize(
    "secret, given",
    [
        ('pa"ss w0rd!', {"values_string": [{"key": "p", "value": 'pa"ss w0rd!'}]}),
        ("first line!\nsecond line!\n", {"values_files": [{"name": "v", "content": "p: |\n  first line!\n  second line!\n"}]}),
        ("hunter2 hunter2", {"values_files": [{"name": "v", "content": "q: &q hunter2 hunter2\np: *q\n"}], "secret_values": ["q"]}),
    ],
    ids=["quoted", "lines", "declared"],
)
def test_a_secret_is_masked_in_every_form(daemon, client, deploy, new_chart, namespace, secret, given):
    outcome = deploy(namespace, chart=new_chart(LABEL), **given)
    assert outcome.state == "FAILED" and "***" in outcome.run.failure.message, outcome.run.failure
    for where, text in everything_told(daemon, client, outcome).items():
        for line in secret.split("\n"):
            for part in filter(None, [line, *line.split('"')]):
                assert len(part) < 4 or part not in unescaped(text), where


@both_majors
def test_what_a_rendered_secret_holds_is_masked(daemon, client, deploy, new_chart, namespace):
    chart = new_chart(RENDERED, values="a: from the chart!\n")
    outcome = deploy(namespace, chart=chart)
    assert outcome.state == "FAILED" and "***" in outcome.run.failure.message, outcome.run.failure
    told = everything_told(daemon, client, outcome)
    assert [where for where, text in told.items() if "from the chart!" in text] == []


EVENT = """apiVersion: v1
kind: Event
metadata: {name: told}
type: Warning
reason: Told
message: "the password is %s"
involvedObject: {apiVersion: v1, kind: ConfigMap, name: web, namespace: %s, uid: %s}
lastTimestamp: "2026-01-01T00:00:00Z"
source: {component: test}
"""


def test_secrets_are_masked_in_evidence_and_after_a_restart(make_daemon, upload, cluster, namespace, secret):
    values = f"message: {secret['read']}\npodBehaviour: never-ready\n"
    cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl("create", "secret", "generic", "db", "-n", namespace, f"--from-literal=values.yaml={values}")
    daemon = make_daemon()
    with daemon.client() as client:
        info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"), timeout={"seconds": 8})
        info.values_from.add(secret={"name": "db"})
        run = client.create_run(plan_pb2.Plan(charts=[info]))
        made = wait_for("helm has begun", lambda: cluster.get("configmap", "web", namespace))
    event = EVENT % (secret["read"], namespace, made["metadata"]["uid"])
    cluster.kubectl("apply", "-n", namespace, "-f", "-", input=event)
    daemon.kill()
    daemon.start()
    with daemon.client() as client:
        outcome = Outcome(client, client.watch(run.id))
        assert outcome.state == "FAILED"
        evidence = "".join(one.text for one in outcome.run.failure.evidence)
        assert "the password is ***" in evidence, outcome.run.failure
        told = everything_told(daemon, client, outcome)
    assert [where for where, text in told.items() if secret.found_in(text)] == []


def test_what_is_set_and_no_secret_can_be_read(deploy, new_chart, cluster, namespace):
    chart = new_chart(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: {{ .Values.fullnameOverride }}}\n---\n"
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {service: {{ .Values.fullnameOverride }}}\n"
    )
    cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl("create", "serviceaccount", "storefront", "-n", namespace)
    failure = deploy(namespace, chart=chart, values={"fullnameOverride": "storefront", "wait": "true"}).run.failure
    assert failure.reason == "OWNERSHIP_CONFLICT"
    assert f"ServiceAccount {namespace}/storefront" in failure.message or f'"storefront" in namespace "{namespace}"' in failure.message


def test_a_wrong_guess_is_mended_by_plain_values(deploy, new_chart, namespace):
    given = {"values_string": [{"key": "p", "value": "no label!"}], "values": {"adminPassword": "no label!"}}
    guessed = deploy(namespace, chart=new_chart(LABEL), **given)
    assert "***" in guessed.run.failure.message and "no label!" not in guessed.run.failure.message
    mended = deploy(namespace, chart=new_chart(LABEL), plain_values=["p", "adminPassword"], **given)
    assert "no label!" in mended.run.failure.message, mended.run.failure


@pytest.mark.parametrize(
    "fields, where",
    [
        ({"secret_values": ["a..b"]}, "secret_values[0]"),
        ({"plain_values": ["a", "a[x]"]}, "plain_values[1]"),
        ({"secret_values": ["a.b"], "plain_values": ["a.b"]}, "plain_values[0]"),
    ],
)
def test_paths_of_secrets_are_checked(deploy, namespace, fields, where):
    with pytest.raises(wheelhouse.Error) as error:
        deploy(namespace, **fields)
    assert list(error.value.violations) == [f"plan.charts[0].{where}"]
