"""get, diff, tree and logs: what a release holds and what has become of it, secrets masked."""

import base64
import json

import pytest
import yaml

from harness.cli import run
from wheelhouse import Error
from wheelhouse.v1 import release_service_pb2 as pb

TEMPLATE = """\
apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}-db}  # with a comment
stringData: {dsn: "postgres://app:{{ .Values.db.password }}@db", token: {{ .Values.token }}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}, annotations: {note: "the token is {{ .Values.token }}"}}
data: {colour: {{ .Values.colour }}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-{{ .Values.colour }}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: 2
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
      annotations: {colour: {{ .Values.colour }}}
    spec: {containers: [{name: web, image: sandbox.example/web:1.0}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-test
  annotations: {helm.sh/hook: test}
spec: {containers: [{name: test, image: sandbox.example/test:1.0}]}
"""
SECRETS = ("hunter2-hunter2", "t0ken-of-the-release")


@pytest.fixture
def chart(tmp_path):
    folder = tmp_path / "shop"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("{apiVersion: v2, name: shop, version: 1.0.0}")
    (folder / "values.yaml").write_text("colour: none\ndb: {password: none}\ntoken: none\n")
    (folder / "templates" / "all.yaml").write_text(TEMPLATE)
    (folder / "templates" / "NOTES.txt").write_text("The shop is {{ .Values.colour }}.\nLog in with {{ .Values.db.password }}.\n")
    return folder


@pytest.fixture
def shop(cli, chart, namespace):
    """Deploys revision 1 in red and revision 2 in blue, with the same secrets; gives what the second printed."""
    common = ["deploy", chart, "-n", namespace, "--set", f"db.password={SECRETS[0]},token={SECRETS[1]}"]
    for colour in ("red", "blue"):
        result = cli(*common, "--set", f"colour={colour}", "--set-json", 'list=[1,{"a":"b"}]')
        assert result.returncode == 0, result.stderr
    return result


def no_secrets(result):
    assert result.returncode == 0, result.stderr
    for secret in SECRETS:
        assert secret not in result.stdout + result.stderr
        assert base64.b64encode(secret.encode()).decode() not in result.stdout
    return result.stdout


def test_notes_are_shown_at_the_end_and_only_for_a_new_revision(cli, shop, chart, namespace):
    assert "\nNOTES:\nThe shop is blue.\nLog in with ***.\n" in shop.stdout
    again = ["deploy", chart, "-n", namespace, "--set", f"db.password={SECRETS[0]},token={SECRETS[1]},colour=blue"]
    again += ["--set-json", 'list=[1,{"a":"b"}]']
    unchanged = cli(*again)
    assert "UNCHANGED" in unchanged.stdout and "NOTES" not in unchanged.stdout
    hidden = cli("deploy", chart, "-n", namespace, "--set", "colour=green", "--hide-notes")
    assert hidden.returncode == 0 and "NOTES" not in hidden.stdout


def test_get_shows_each_part_of_a_revision_with_secrets_masked(cli, shop, namespace):
    values = cli("get", "values", "shop", "-n", namespace, "--revision", "1")
    no_secrets(values)
    assert yaml.safe_load(values.stdout) == {
        "colour": "red", "db": {"password": "***"}, "token": "***", "list": [1, {"a": "b"}],
    }
    assert values.stderr == "masked: values.db.password, values.token\n"
    as_json = cli("get", "values", "shop", "-n", namespace, "-o", "json")
    assert json.loads(as_json.stdout)["colour"] == "blue"

    manifest = cli("get", "manifest", "shop", "-n", namespace)
    objects = {(o["kind"], o["metadata"]["name"]): o for o in yaml.safe_load_all(no_secrets(manifest))}
    assert objects["Secret", "shop-db"]["stringData"] == {"dsn": "***", "token": "***"}
    assert objects["ConfigMap", "shop"]["metadata"]["annotations"]["note"] == "the token is ***"
    assert "Secret shop-db" in manifest.stderr
    assert ("Pod", "shop-test") not in objects

    assert no_secrets(cli("get", "notes", "shop", "-n", namespace)) == "The shop is blue.\nLog in with ***.\n"
    hooks = list(yaml.safe_load_all(no_secrets(cli("get", "hooks", "shop", "-n", namespace))))
    assert [hook["metadata"]["name"] for hook in hooks] == ["shop-test"]
    whole = yaml.safe_load(cli("get", "notes", "shop", "-n", namespace, "-o", "yaml").stdout)
    assert whole["revision"]["revision"] == 2 and whole["revision"]["chartName"] == "shop"

    absent = cli("get", "values", "shop", "-n", namespace, "--revision", "9")
    assert absent.returncode == 1 and "there is no revision 9" in absent.stderr


def test_diff_shows_where_revisions_differ(cli, shop, chart, namespace):
    lines = no_secrets(cli("diff", "shop", "1", "2", "-n", namespace)).splitlines()
    assert lines[0] == "revision 1 (shop 1.0.0, superseded) -> revision 2 (shop 1.0.0, deployed)"
    assert lines[1:3] == ["~ values", '    .colour  "red" -> "blue"']
    assert "+ ConfigMap shop-blue" in lines and "- ConfigMap shop-red" in lines
    assert '    .data.colour  "red" -> "blue"' in lines
    assert cli("deploy", chart, "-n", namespace, "--set", "colour=blue,db.password=another-secret,token=x").returncode == 0
    changed = cli("diff", "shop", "2", "-n", namespace).stdout
    assert ".db.password  changes (secret)" in changed and "another-secret" not in changed
    assert ".stringData.dsn  changes (secret)" in changed


def test_tree_shows_objects_down_to_pods(cli, client, shop, namespace, cluster):
    lines = cli("tree", "shop", "-n", namespace).stdout.splitlines()
    assert lines[0].startswith("revision 2 (shop 1.0.0, deployed)")
    at = next(i for i, line in enumerate(lines) if line.startswith(f"Deployment {namespace}/shop "))
    assert lines[at + 1].startswith(f"└─ ReplicaSet {namespace}/shop-"), "the one of revision 1 has no pods"
    assert lines[at + 2].startswith(f"   ├─ Pod {namespace}/shop-") and lines[at + 3].startswith(f"   └─ Pod {namespace}/shop-")
    assert all(" ready" in line for line in lines[at : at + 4])
    cluster.kubectl("-n", namespace, "delete", "configmap", "shop-blue")
    tree = client.get_release_tree(namespace, "shop")
    health = {object.object: pb.ObjectHealth.Name(object.health) for object in tree.objects}
    assert health[f"ConfigMap {namespace}/shop-blue"] == "OBJECT_HEALTH_ABSENT"
    assert health[f"Secret {namespace}/shop-db"] == "OBJECT_HEALTH_READY"
    with pytest.raises(Error, match="there is no release"):
        client.get_release_tree(namespace, "absent")


def test_logs_are_those_of_the_releases_pods(cli, client, shop, namespace, cluster):
    pods = set(cluster.kubectl("-n", namespace, "get", "pods", "-l", "app=shop", "-o", "name").split())
    lines = cli("logs", "shop", "-n", namespace)
    assert lines.returncode == 0 and lines.stdout, lines.stderr
    assert {"pod/" + line.split("/")[0] for line in lines.stdout.splitlines()} == pods
    one = cli("logs", "shop", "-n", namespace, "--tail", "1", "-c", "web").stdout.splitlines()
    assert len(one) == 2
    assert cli("logs", "shop", "-n", namespace, "-c", "none").stdout == ""
    assert cli("logs", "shop", "-n", namespace, "--previous", "-f").returncode == 2


def test_followed_logs_show_new_pods_until_the_client_ends(client, shop, namespace, cluster):
    stream = client.stream_release_logs(namespace, "shop", follow=True)
    seen = {next(stream).pod}
    cluster.kubectl("-n", namespace, "scale", "deployment", "shop", "--replicas=3")
    while len(seen) < 3:
        seen.add(next(stream).pod)
    stream.close()


def test_the_python_client_returns_contents_and_differences(client, shop, namespace):
    content = client.get_revision(namespace, "shop", parts=[pb.REVISION_PART_NOTES])
    assert content.notes.startswith("The shop is blue.") and not content.manifest
    difference = client.diff_revisions(namespace, "shop", 1)
    assert difference.to.revision == 2 and difference.values[0].path == ".colour"


def test_helms_own_release_is_shown_too(cluster, daemon, chart, namespace):
    cluster.run("helm", "install", "shop", chart, "-n", namespace, "--create-namespace", "--set", f"db.password={SECRETS[0]}")
    assert yaml.safe_load(run(daemon, "get", "values", "shop", "-n", namespace).stdout) == {"db": {"password": "***"}}
