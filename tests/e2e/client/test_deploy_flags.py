"""The flags of deploy mean what they mean to helm."""

import json

import pytest
import yaml

from harness.paths import CHARTS

SHOW = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data:
  values: {{ omit .Values "global" | toJson | quote }}
"""


@pytest.fixture
def show(tmp_path):
    """A chart whose ConfigMap holds its values as JSON."""
    folder = tmp_path / "show"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("{apiVersion: v2, name: show, version: 1.0.0}")
    (folder / "values.yaml").write_text("a: {own: chart}\nlist: [1, 2]\n")
    (folder / "templates" / "all.yaml").write_text(SHOW)
    return folder


ODD = 'first, "line"\n{second} = \\[0]\n\ttab: # end  \n'


@pytest.mark.parametrize(
    "flags",
    [
        ["--set-json", '{"a":{"b":1},"list":[{"c":null}]}'],
        ["--set-json", 'a.b={"x":[1,2.5,"y,z"]},list=[3]', "--set-json", "s=\"q=\\\"'\""],
        ["-f", "{folder}/v.yaml", "--set-json", 'a={"new":true}'],
        ["-f", "{folder}/v.yaml", "--set-json", '{"a":{"new":true}}'],
        ["--set", "a.b=set", "--set-json", 'a.b="json"', "--set-string", "n=5"],
        ["--set-file", "a.b={folder}/odd.txt", "--set", "a.b=set"],
        ["--set-file", "x={folder}/brace.txt,y={folder}/empty.txt", "--set-string", "x=string"],
    ],
)
def test_values_flags_render_as_with_helm(cli, cluster, namespace, show, tmp_path, flags):
    (tmp_path / "v.yaml").write_text("a: {file: yes, own: file}\n")
    (tmp_path / "odd.txt").write_text(ODD)
    (tmp_path / "brace.txt").write_text("{a,b}")
    (tmp_path / "empty.txt").write_text("")
    flags = [flag.replace("{folder}", str(tmp_path)) for flag in flags]
    result = cli("deploy", show, "-n", namespace, *flags)
    assert result.returncode == 0, result.stderr
    rendered = yaml.safe_load(cluster.run("helm", "template", "show", show, *flags).stdout)
    found = cluster.get("configmap", "show", namespace)["data"]["values"]
    assert json.loads(found) == json.loads(rendered["data"]["values"])


@pytest.mark.parametrize(
    "flags, wrong",
    [
        (["--set-json", "a={"], "--set-json: the value of a is not JSON"),
        (["--set-json", "a[0]=1"], "--set-json: the path a[0] has an index; set the whole list"),
        (["--set-json", "a"], "--set-json: expected a JSON object, or KEY=JSON,..."),
        (["--set-file", "a=/nowhere"], "--set-file: "),
        (["--label", "team"], "--label: expected KEY=VALUE, not team"),
        (["--label", "owner=me"], "--label: "),
        (["--crd-policy", "never"], "--crd-policy: must be skip, create or create-replace"),
        (["--field-conflicts", "win"], "--field-conflicts: must be fail or force"),
        (["--allow", "all"], "--allow: must be crd-loss, volume-loss or unlock"),
        (["--history-max", "0"], "--history-max: "),
        (["--version", "1.0"], "--version: is for charts of --repo and oci:// only"),
    ],
)
def test_a_wrong_flag_is_named(cli, namespace, flags, wrong):
    result = cli("deploy", CHARTS / "web", "-n", namespace, *flags)
    assert result.returncode == 2 and wrong in result.stderr, result.stderr


def test_labels_are_on_the_record_as_with_helm(cli, cluster, namespace):
    web = ["deploy", CHARTS / "web", "-n", namespace, "--namespace-label", "owner=shop"]
    assert cli(*web, "--label", "team=shop,example.com/tier=1").returncode == 0
    assert cluster.get("namespace", namespace, "default")["metadata"]["labels"]["owner"] == "shop"
    selected = cluster.run("helm", "list", "-n", namespace, "--selector", "team=shop,example.com/tier=1", "-q").stdout
    assert selected == "web\n"
    same = cli(*web, "--label", "example.com/tier=1,team=shop")
    assert "UNCHANGED" in same.stdout
    assert "UPGRADE" in cli(*web, "--labels", "team=null").stdout
    record = cluster.get("secret", "sh.helm.release.v1.web.v2", namespace)["metadata"]["labels"]
    assert "team" not in record and record["example.com/tier"] == "1"


def test_history_max_bounds_the_revisions(cli, cluster, namespace):
    for message in "abc":
        web = cli("deploy", CHARTS / "web", "-n", namespace, "--set", f"message={message}", "--history-max", "2")
        assert web.returncode == 0, web.stderr
    assert [one["revision"] for one in cluster.history("web", namespace)] == [2, 3]


def test_a_namespace_that_must_exist_is_not_created(cli, cluster, namespace):
    web = ["deploy", CHARTS / "web", "-n", namespace, "--create-namespace=false"]
    for flag in ([], ["--dry-run"]):
        refused = cli(*web, *flag)
        assert refused.returncode == 1 and "OBJECT_NOT_FOUND" in refused.stderr and namespace in refused.stderr
    assert cluster.get("namespace", namespace, "default") is None
    cluster.kubectl("create", "namespace", namespace)
    assert cli(*web).returncode == 0


def test_dry_run_changes_nothing_and_diff_shows_first(cli, cluster, namespace):
    web = ["deploy", CHARTS / "web", "-n", namespace]
    dry = cli(*web, "--dry-run")
    assert dry.returncode == 0 and f"+ Deployment {namespace}/web" in dry.stdout, dry.stdout
    assert not cluster.releases(namespace)
    assert cli(*web).returncode == 0
    both = cli(*web, "--diff", "--set", "message=new")
    assert both.returncode == 0, both.stderr
    shown, done = both.stdout.index('.data.message  "hello" -> "new"'), both.stdout.index("UPGRADE revision 2")
    assert shown < done
    assert json.loads(cli(*web, "--dry-run", "-o", "json").stdout)["run"]["preview"] is True


def test_patches_change_what_is_rendered(cli, cluster, namespace, tmp_path):
    (tmp_path / "patch.yaml").write_text(
        """\
# More of them.
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 2}
---
target: {kind: ConfigMap, name: web}
json6902: |
  - {op: replace, path: /data/message, value: patched}
"""
    )
    result = cli("deploy", CHARTS / "web", "-n", namespace, "--patch", tmp_path / "patch.yaml")
    assert result.returncode == 0, result.stderr
    assert cluster.get("deployment", "web", namespace)["spec"]["replicas"] == 2
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "patched"
    (tmp_path / "wrong.yaml").write_text("target: {kind: ConfigMap}\n---\n\nkind: Deployment\n")
    wrong = cli("deploy", CHARTS / "web", "-n", namespace, "--patch", tmp_path / "wrong.yaml")
    assert wrong.returncode == 2 and f"{tmp_path}/wrong.yaml:4:1: expected an object with kind" in wrong.stderr


@pytest.mark.parametrize("flag", ["--atomic=false", "--rollback-on-failure=false"])
def test_a_failure_is_left_as_it_is_without_atomic(cli, cluster, namespace, flag):
    failed = cli("deploy", CHARTS / "web", "-n", namespace, "--set", "podBehaviour=crash-loop", flag)
    assert failed.returncode == 1 and "POD_FAILING" in failed.stderr, failed.stderr
    assert [one["revision"] for one in cluster.history("web", namespace)] == [1]
    assert cli("destroy", "web", "-n", namespace).returncode == 0


def test_hints_name_flags_to_who_uses_flags_and_fields_to_who_writes_plans(cli, client, namespace, tmp_path):
    web = ["deploy", CHARTS / "web", "-n", namespace, "--set", "podBehaviour=never-ready", "--timeout", "2s"]
    assert "hint: see what was not ready, or raise --timeout" in cli(*web).stderr
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        f"""\
charts:
- name: web
  namespace: {namespace}
  chart: {{path: {CHARTS / 'web'}}}
  timeout: 2s
  values: [{{key: podBehaviour, value: never-ready}}]
"""
    )
    assert "hint: see what was not ready, or raise timeout" in cli("apply", "-f", plan).stderr
    run = client.list_runs(filter=f'namespace = "{namespace}"').runs[0]
    assert client.get_run(run.id).failure.hint == "see what was not ready, or raise timeout"
    assert "wheelhouse status lists the clusters" in cli("releases", "--cluster", "none").stderr


def test_answers_are_also_yaml(cli, namespace):
    deployed = cli("deploy", CHARTS / "web", "-n", namespace, "-o", "yaml")
    events = list(yaml.safe_load_all(deployed.stdout))
    assert deployed.returncode == 0 and "snapshot" in events[0]
    releases = yaml.safe_load(cli("releases", "-n", namespace, "-o", "yaml").stdout)
    assert releases["releases"][0]["name"] == "web"
