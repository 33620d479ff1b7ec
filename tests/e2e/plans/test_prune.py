"""What a plan no longer has: told by plan, destroyed with --prune, and never what is protected or somebody else's."""

import json

import pytest

from harness.helm import both_majors, newest
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {message: {{ .Values.message | default "a" }}}
"""


@pytest.fixture
def chart_folder(tmp_path):
    folder = tmp_path / "config"
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: config\nversion: 1.0.0\n")
    (folder / "templates" / "config.yaml").write_text(CONFIG)
    return folder


@pytest.fixture
def plan_of(tmp_path, chart_folder):
    """Writes a plan file with the charts ({name, namespace, ...}) and returns it."""

    def write(name, *charts):
        file = tmp_path / f"{name}.yaml"
        file.write_text(json.dumps({"name": name, "charts": [{"chart": {"path": str(chart_folder)}, **one} for one in charts]}))
        return file

    return write


def decisions(result):
    run = json.loads(result.stdout)["run"]
    return {one["name"]: one["decision"].removeprefix("DECISION_") for one in run["charts"]}


def left_behind(result):
    run = json.loads(result.stdout)["run"]
    return {one["name"]: one.get("keptBecause", "") for one in run.get("leftBehind", [])}


def test_what_the_plan_no_longer_has_is_told_and_pruned(cli, cluster, plan_of, namespace):
    name = f"shop-{namespace}"[:63]
    web, old, db = ({"name": one, "namespace": namespace} for one in ("web", "old", "db"))
    both = plan_of(name, {**web, "dependsOn": ["old"]}, old, {**db, "protected": True})
    assert cli("apply", "-f", both).returncode == 0
    less = plan_of(name, web)
    shown = cli("plan", "-f", less, "--exit-code")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert f"{namespace}/old  would be destroyed with --prune" in shown.stdout
    assert f"{namespace}/db   is kept: is protected" in shown.stdout
    # Nothing is destroyed that nobody asked for.
    assert cli("apply", "-f", less).returncode == 0
    assert newest(cluster, namespace, "old") == (1, "deployed")
    expected = cli("plan", "-f", less, "--prune", "--exit-code", "-o", "json")
    assert expected.returncode == 6, expected.stderr
    assert decisions(expected) == {"web": "UNCHANGED", "old": "DESTROY"}
    pruned = cli("apply", "-f", less, "--prune")
    assert pruned.returncode == 0, pruned.stdout + pruned.stderr
    assert f"no longer in the plan: {namespace}/db  is kept: is protected" in pruned.stdout
    assert newest(cluster, namespace, "old") is None and cluster.get("configmap", "old", namespace) is None
    assert newest(cluster, namespace, "db") == (1, "deployed")
    again = cli("plan", "-f", less, "--prune", "--exit-code", "-o", "json")
    assert (again.returncode, decisions(again)) == (0, {"web": "UNCHANGED"})


def test_only_what_is_the_plans_alone_is_pruned(cli, cluster, chart_folder, plan_of, namespace):
    name, other = f"a-{namespace}"[:63], f"b-{namespace}"[:63]
    web, moved, helms, api = ({"name": one, "namespace": namespace} for one in ("web", "moved", "helms", "api"))
    assert cli("apply", "-f", plan_of(name, web, moved, helms, api)).returncode == 0
    # Another plan has it now, and found it UNCHANGED.
    assert cli("apply", "-f", plan_of(other, moved)).returncode == 0
    # Somebody has used helm, which copies the labels.
    cluster.run("helm", "upgrade", "helms", str(chart_folder), "-n", namespace, "--set", "message=b")
    less = plan_of(name, web, api)
    # A selection is no smaller plan.
    shown = cli("plan", "-f", less, "--only", "web", "-o", "json")
    assert left_behind(shown) == {"helms": "revision 2 was made by helm alone"}, shown.stdout
    pruned = cli("apply", "-f", less, "--prune", "--only", "web")
    assert pruned.returncode == 0, pruned.stdout + pruned.stderr
    for release in ("moved", "helms", "api"):
        assert cluster.get("configmap", release, namespace), release


def test_nothing_is_pruned_after_a_failure(cli, cluster, plan_of, namespace):
    name = f"fails-{namespace}"[:63]
    web, old = ({"name": one, "namespace": namespace} for one in ("web", "old"))
    assert cli("apply", "-f", plan_of(name, web, old)).returncode == 0
    wrong = {**web, "values": [{"key": "message", "value": "b"}], "stages": {"validate": {"after": [
        {"assert": {"object": {"kind": "ConfigMap", "name": "web"}, "jsonPath": ".data.message", "equals": "c"}}]}}}
    failed = cli("apply", "-f", plan_of(name, wrong), "--prune", "-o", "json")
    assert failed.returncode == 1
    assert newest(cluster, namespace, "old") == (1, "deployed")


def test_a_plan_without_a_name_has_nothing_to_prune(cli, tmp_path, chart_folder, namespace):
    file = tmp_path / "plan.yaml"
    file.write_text(json.dumps({"charts": [{"name": "web", "namespace": namespace, "chart": {"path": str(chart_folder)}}]}))
    refused = cli("apply", "-f", file, "--prune")
    assert refused.returncode == 2 and "prune" in refused.stderr and "plan.name" in refused.stderr, refused.stderr


def test_a_saved_plan_prunes_what_it_showed(cli, cluster, plan_of, namespace):
    name = f"saved-{namespace}"[:63]
    web, old, late = ({"name": one, "namespace": namespace} for one in ("web", "old", "late"))
    assert cli("apply", "-f", plan_of(name, web, old, late)).returncode == 0
    saved = cli("plan", "-f", plan_of(name, web, late), "--prune", "--save", "-o", "json")
    assert saved.returncode == 0, saved.stderr
    plan = json.loads(saved.stdout)["plan"]
    assert {one["name"] for one in plan["preview"]["charts"]} == {"web", "old", "late"}
    applied = cli("apply", "--plan", plan["id"])
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert newest(cluster, namespace, "old") is None and newest(cluster, namespace, "late") == (1, "deployed")


@both_majors
def test_a_program_prunes_by_the_plans_field_and_in_the_reverse_of_the_plans_order(client, new_chart, cluster, namespace):
    chart = new_chart(CONFIG)

    def run(*names, **fields):
        charts = [chart_pb2.ChartInfo(name=one, namespace=namespace, chart=chart) for one in names]
        for before, after in zip(charts, charts[1:]):
            after.depends_on.append(before.name)
        return Outcome(client, client.deploy(plan_pb2.Plan(name=f"order-{namespace}"[:63], charts=charts, **fields)))

    assert run("a", "b", "c").state == "SUCCEEDED"
    pruned = run("a", prune=True)
    assert pruned.state == "SUCCEEDED", pruned.run.failure
    ended = {one.name: one.end_time.ToNanoseconds() for one in pruned.run.charts}
    begun = {one.name: one.start_time.ToNanoseconds() for one in pruned.run.charts}
    assert ended["a"] <= begun["c"] and ended["c"] <= begun["b"]
    assert newest(cluster, namespace, "a") == (1, "deployed")
    assert newest(cluster, namespace, "b") is None and newest(cluster, namespace, "c") is None
