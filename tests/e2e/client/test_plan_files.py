"""Plan files: layers, variables, selectors, and what checks and starts them."""

import json

import pytest
import yaml

import wheelhouse
from harness.paths import BIN, CHARTS, TOP

PLAN = """\
allowEnv: [MESSAGE]
defaults:
  namespace: {namespace}
  chart: {{path: {web}}}
  values: [{{key: message, value: lower}}]
environments:
  prod:
    valuesFiles: [prod.yaml]
    values: [{{key: message, value: "${{environment}}-${{env.MESSAGE}}"}}]
charts:
- {{name: db, labels: {{team: data}}}}
- {{name: web, dependsOn: [db], valuesJson: [{{key: ports, value: "[80, 8080]"}}], setFile: [{{key: image, path: image.txt}}]}}
- {{name: other}}
"""


@pytest.fixture
def plan(tmp_path, namespace, monkeypatch):
    monkeypatch.setenv("MESSAGE", "from-env")
    (tmp_path / "prod.yaml").write_text("replicas: 2\n")
    (tmp_path / "image.txt").write_text("sandbox.example/web:2.0")
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN.format(namespace=namespace, web=CHARTS / "web"))
    return file


def test_layers_variables_and_selectors_decide_what_is_applied(cli, cluster, namespace, plan):
    applied = cli("apply", "-f", plan, "-e", "prod", "--only", "web", "--with-dependencies")
    assert applied.returncode == 0, applied.stderr
    assert sorted(cluster.releases(namespace)) == ["db", "web"]
    web = cluster.get("deployment", "web", namespace)["spec"]
    assert web["replicas"] == 2
    assert web["template"]["spec"]["containers"][0]["image"] == "sandbox.example/web:2.0"
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "prod-from-env"
    assert len(cluster.get("service", "web", namespace)["spec"]["ports"]) == 2
    alone = cli("apply", "-f", plan, "--skip", "team=data", "--skip", "web")
    assert alone.returncode == 0, alone.stderr
    assert cluster.get("configmap", "other", namespace)["data"]["message"] == "lower"
    shown = json.loads(cli("plan", "-f", plan, "-e", "prod", "--only", "web", "-o", "json").stdout)
    assert [chart["decision"] for chart in shown["run"]["charts"]] == ["DECISION_UNCHANGED"]


def test_mistakes_are_where_they_were_made(cli, plan, monkeypatch):
    def error(*args):
        result = cli("plan", "-f", plan, *args)
        assert result.returncode == 2, result.stdout
        return result.stderr

    assert f"{plan}:7:3: environments: there is no stage; there are prod" in error("-e", "stage")
    assert "no chart of the plan matches the selector wbe" in error("--only", "wbe")
    monkeypatch.delenv("MESSAGE")
    assert f"{plan}:9:36: ${{env.MESSAGE}}: the environment has no MESSAGE" in error("-e", "prod")
    plan.write_text(plan.read_text().replace("namespace:", "namespac:"))
    wrong = error()
    assert wrong.count(f"{plan}:3:3") == 1 and "did you mean namespace?" in wrong
    assert cli("plan").returncode == 2


def test_lint_checks_all_environments_without_a_daemon(cli, plan):
    fine = cli("--server", "unix:///nowhere", "plan", "lint", "-f", plan)
    assert fine.returncode == 0 and fine.stdout == f"{plan}: 3 charts, nothing wrong\n", fine.stderr
    plan.write_text(plan.read_text().replace("prod.yaml", "absent.yaml"))
    wrong = cli("plan", "lint", "-f", plan)
    assert wrong.returncode == 2 and f"{plan}:8:19" in wrong.stderr and "absent.yaml" in wrong.stderr


def test_init_writes_a_plan_that_can_be_applied(cli, namespace, tmp_path):
    file = tmp_path / "new.yaml"
    written = cli("plan", "init", CHARTS / "web", "-f", file, "-n", namespace)
    assert written.returncode == 0, written.stderr
    assert cli("plan", "lint", "-f", file).returncode == 0
    assert cli("apply", "-f", file).returncode == 0
    again = cli("plan", "init", CHARTS / "web", "-f", file)
    assert again.returncode == 2 and "exists already" in again.stderr


def fits(schema, root, value):
    """Whether a value fits, by the keywords that plan.schema.json uses."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    own = names[type(value)]
    if types and own not in types and not (own == "integer" and "number" in types):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "oneOf" in schema and sum(fits(one, root, value) for one in schema["oneOf"]) != 1:
        return False
    if isinstance(value, list):
        return all(fits(schema.get("items", {}), root, item) for item in value)
    if isinstance(value, dict) and "properties" in schema or isinstance(schema.get("additionalProperties"), dict):
        for key, item in value.items():
            inner = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
            if inner is False or (isinstance(inner, dict) and not fits(inner, root, item)):
                return False
    return True


def test_the_schema_knows_plans(plan, namespace):
    schema = json.loads((TOP / "client/cli/schema/plan.schema.json").read_text())
    good = yaml.safe_load(plan.read_text())
    assert fits(schema, schema, good)
    assert not fits(schema, schema, {**good, "chrts": []})
    assert not fits(schema, schema, {"charts": [{"name": "a", "action": "DEPLOYY"}]})
    assert not fits(schema, schema, {"charts": [{"name": "a", "valuesFiles": "a.yaml"}]})


def test_import_writes_a_plan_and_says_what_is_missing(cli, cluster, namespace, tmp_path):
    (tmp_path / "helmfile.yaml").write_text(
        f"releases:\n- name: web\n  namespace: {namespace}\n  chart: {CHARTS / 'web'}\n  values: [{{message: imported}}]\n  hooks: []\n"
    )
    plan = tmp_path / "plan.yaml"
    done = cli("import", "helmfile", tmp_path / "helmfile.yaml", "--to", plan)
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"{tmp_path}/helmfile.yaml:6:3: releases.web.hooks is not carried over\n1 to look at\n"
    assert cli("apply", "-f", plan).returncode == 0
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "imported"
    assert "exists or cannot be written" in cli("import", "helmfile", tmp_path / "helmfile.yaml", "--to", plan).stderr


def test_import_of_what_a_cluster_holds(cli, deploy, namespace):
    deploy(namespace, values={"message": "kept", "adminPassword": "hunter2-hunter2"})
    done = cli("import", "helm", "-n", namespace)
    (chart,) = yaml.safe_load(done.stdout)["charts"]
    assert chart["chart"]["name"] == "web" and chart["namespace"] == namespace
    assert yaml.safe_load(chart["yamlFilesContent"][0]["content"])["message"] == "kept"
    assert "hunter2" not in done.stdout
    assert f"{namespace}/web: values.adminPassword is secret: set it" in done.stderr
    assert f"{namespace}/web: a record does not say where web " in done.stderr


def test_fmt_lays_a_plan_out_and_check_shows_what_it_would_do(cli, plan):
    text = plan.read_text()
    assert cli("plan", "fmt", "-f", plan, "--check").returncode == 0
    loose = text.replace("- {name: other}", "# the last\n-   chart: {path: .}\n    name: other   # beside").replace("\n", "\r\n")
    plan.write_bytes(loose.encode())
    plan.chmod(0o640)
    checked = cli("plan", "fmt", "-f", plan, "--check")
    assert checked.returncode == 1 and plan.read_bytes() == loose.encode()
    assert f"--- {plan}\n+++ formatted\n" in checked.stdout and "\n+- name: other   # beside\n" in checked.stdout
    formatted = cli("plan", "fmt", "-f", plan)
    assert (formatted.returncode, formatted.stdout) == (0, f"formatted {plan}\n"), formatted.stderr
    assert plan.read_text() == text.replace("- {name: other}", "# the last\n- name: other   # beside\n  chart: {path: .}")
    assert plan.stat().st_mode & 0o777 == 0o640
    again = cli("plan", "fmt", "-f", plan)
    assert (again.returncode, again.stdout) == (0, "")
    plan.write_text("charts: [\n")
    assert f"{plan}:" in cli("plan", "fmt", "-f", plan).stderr and plan.read_text() == "charts: [\n"


def test_the_python_package_has_what_the_command_line_reads(client, namespace, plan, cluster, monkeypatch):
    monkeypatch.setenv("WHEELHOUSE_CLI", str(BIN / "wheelhouse"))
    read = client.load_plan(plan, "--environment", "prod", "--only", "web", "--with-dependencies")
    assert [chart.name for chart in read.charts] == ["db", "web"]
    assert read.charts[0].chart.archive_digest == read.charts[1].chart.archive_digest != ""

    class Web(wheelhouse.Lifecycle):
        def pre_exec(self, chart):
            return f"before {chart.name}"

    lines = [wheelhouse.line(event) for event in client.deploy(read, lifecycles={"web": Web()})]
    assert f"{namespace}/web pre_exec/Web.pre_exec SUCCEEDED before web" in lines
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "prod-from-env"
    with pytest.raises(ValueError, match="nowhere"):
        client.load_plan(plan, "--environment", "nowhere")
    monkeypatch.setenv("WHEELHOUSE_CLI", "no-such-program")
    with pytest.raises(FileNotFoundError, match="WHEELHOUSE_CLI"):
        client.load_plan(plan)


def test_what_is_packed_is_for_its_owner_alone(cli, plan, tmp_path):
    packed = tmp_path / "packed"
    assert cli("--server", "unix:///nowhere", "plan", "pack", "-f", plan, "-e", "prod", "--to", packed).returncode == 0
    whole = json.loads((packed / "plan.json").read_text())
    # The three charts are the same one.
    assert whole["archives"] == ["chart-1.tgz"] * 3 and len(whole["plan"]["charts"]) == 3
    assert packed.stat().st_mode & 0o777 == 0o700 and sorted(one.name for one in packed.iterdir()) == ["chart-1.tgz", "plan.json"]
    again = cli("plan", "pack", "-f", plan, "-e", "prod", "--to", tmp_path / "no" / "folder")
    assert again.returncode == 2 and "cannot make" in again.stderr
