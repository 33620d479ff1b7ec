"""MODE_PREVIEW and `wheelhouse plan`: what would be done, from the cluster as it stands, and nothing is changed."""

import json
import re

import pytest

from harness.crds import Kind, apply, exists
from harness.helm import both_majors
from harness.paths import CHARTS
from harness.runs import Outcome, slow
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, failure_pb2, plan_pb2, run_pb2

PREVIEW = deployer_service_pb2.MODE_PREVIEW


@pytest.fixture
def preview(client, upload):
    """preview(*ChartInfos): a plan, previewed to its end."""

    def go(*charts, **plan):
        return Outcome(client, client.deploy(plan_pb2.Plan(charts=charts, **plan), mode=PREVIEW))

    return go


def stage(chart, name):
    return next(s for s in chart.stages if s.stage == failure_pb2.Stage.Value(f"STAGE_{name.upper()}"))


def would_run(chart, name):
    return [s.name for s in stage(chart, name).steps if s.state == run_pb2.STATE_PENDING]


def versions(cluster, namespace):
    """The resourceVersion of everything in a namespace that a run could change, claims and records included."""
    kinds = "configmaps,secrets,services,serviceaccounts,deployments,jobs,leases"
    listed = json.loads(cluster.kubectl("get", kinds, "-n", namespace, "-o", "json"))
    own = json.loads(cluster.kubectl("get", "namespace", namespace, "-o", "json"))
    return {(o["kind"], o["metadata"]["name"]): o["metadata"]["resourceVersion"] for o in [*listed["items"], own]}


@both_majors
def test_an_install_is_told_and_no_namespace_is_made(preview, client, upload, cluster, namespace):
    outcome = preview(chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web")))
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "INSTALL"), outcome.run.failure
    assert outcome.run.preview and not outcome.run.keys
    assert would_run(outcome.chart(), "pre_exec") == ["namespace"]
    assert stage(outcome.chart(), "exec").skip_reason == run_pb2.SKIP_REASON_DRY_RUN
    assert [s.outcome for s in stage(outcome.chart(), "exec").steps] == ["applies 3 objects"]
    assert would_run(outcome.chart(), "validate") == ["record", "workloads", "verdict"]
    assert cluster.get("namespace", namespace, namespace) is None


@both_majors
def test_an_upgrade_and_an_unchanged_release_are_told_and_no_object_is_touched(
    preview, deploy, client, upload, cluster, namespace
):
    deploy(namespace)
    before = versions(cluster, namespace)
    info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    same = preview(info)
    assert same.decision() == "UNCHANGED"
    assert stage(same.chart(), "exec").skip_reason == run_pb2.SKIP_REASON_UNCHANGED
    assert would_run(same.chart(), "validate") == ["record", "workloads"]
    info.values.add(key="message", value="other")
    other = preview(info)
    assert (other.decision(), other.chart().decision_reason) == ("UPGRADE", "revision 1 is deployed with other inputs")
    destroy = preview(chart_pb2.ChartInfo(name="web", namespace=namespace, action=chart_pb2.ACTION_DESTROY))
    assert destroy.decision() == "DESTROY"
    assert [s.outcome for s in stage(destroy.chart(), "exec").steps] == ["uninstalls revision 1"]
    assert versions(cluster, namespace) == before
    assert deploy(namespace).decision() == "UNCHANGED", "a preview leaves nothing behind that counts"


def test_it_waits_for_nobody_and_nobody_for_it(preview, client, upload, namespace):
    first = slow(client, upload, namespace)
    outcome = preview(chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web")), exclusive=True)
    assert outcome.state == "SUCCEEDED"
    assert client.get_run(first.id).state == run_pb2.RUN_STATE_RUNNING
    client.cancel_run(first.id)
    assert Outcome(client, client.watch(first.id)).state == "CANCELLED"


def test_a_chart_is_previewed_whose_dependency_is_not_there_yet_or_refused(preview, client, upload, new_chart, namespace):
    charts = [
        chart_pb2.ChartInfo(name="crds", namespace=namespace, chart=upload(client, "crds-web")),
        chart_pb2.ChartInfo(name="bad", namespace=namespace, chart=new_chart("{{ fail \"never\" }}"), depends_on=["crds"]),
        chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"), depends_on=["bad"]),
    ]
    outcome = preview(*charts, fail_fast=True)
    assert outcome.state == "FAILED"
    assert [run_pb2.State.Name(c.state) for c in outcome.run.charts] == ["STATE_SUCCEEDED", "STATE_FAILED", "STATE_SUCCEEDED"]
    assert outcome.decision(2) == "INSTALL"


def test_what_would_be_lost_is_told_and_not_refused(preview, deploy, cluster, namespace):
    kind = Kind("Jib", namespace)
    deploy(namespace, chart="crds-in-templates", values={"crds.kind": kind.kind})
    apply(cluster, namespace, kind.resource("a"))
    outcome = preview(chart_pb2.ChartInfo(name="web", namespace=namespace, action=chart_pb2.ACTION_DESTROY))
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "DESTROY"), outcome.run.failure
    [loss] = outcome.chart().losses
    assert (loss.object, loss.refused_as) == (f"CustomResourceDefinition {kind.crd}", "CRD_IN_USE")
    assert [s.outcome for s in stage(outcome.chart(), "exec").steps] == ["uninstalls revision 1"]
    assert exists(cluster, kind)


@pytest.fixture
def plan_file(tmp_path, namespace):
    def write(extra=""):
        path = tmp_path / "plan.yaml"
        path.write_text(
            f"charts:\n- name: web\n  namespace: {namespace}\n  chart: {{path: {CHARTS / 'web'}}}\n"
            f"- name: old\n  namespace: {namespace}\n  action: DESTROY\n{extra}"
        )
        return path

    return write


def test_plan_prints_a_table_and_exits_0(cli, plan_file, namespace):
    result = cli("plan", "-f", plan_file())
    assert (result.returncode, result.stderr) == (0, "")
    assert re.sub(r"^run \w+ ", "run ID ", result.stdout) == (
        f"""run ID on sandbox by unix:tester: preview of 2 charts

CHART{" " * (len(namespace) + 1)}DECISION  WHY
{namespace}/web  INSTALL   there is no release
{namespace}/old  ABSENT    there is no release

{namespace}/web  version 1.0.0  3 to create
  + ConfigMap {namespace}/web
  + Service {namespace}/web
  + Deployment {namespace}/web
  pre_exec    namespace  creates {namespace}
  exec        helm       applies 3 objects
  validate    record, workloads, verdict

1 ABSENT, 1 INSTALL; nothing was changed
"""
    )


def test_plan_exits_1_when_a_check_fails_and_says_why(cli, plan_file, namespace):
    result = cli("plan", "-f", plan_file(f"- name: web2\n  namespace: {namespace}\n  chart: {{path: {CHARTS / 'web'}}}\n"
                                         f"  valuesFrom: [{{configMap: {{name: absent}}}}]\n"))
    assert result.returncode == 1
    assert f"{namespace}/web2  REFUSED   VALUES_INVALID in check_prerequisites/values" in result.stdout
    assert result.stderr.startswith(f"{namespace}/web2 check_prerequisites/values: VALUES_INVALID: ")


def test_plan_as_json_is_the_run(cli, plan_file):
    told = json.loads(cli("plan", "-f", plan_file(), "-o", "json").stdout)["run"]
    assert told["preview"] and [c["decision"] for c in told["charts"]] == ["DECISION_INSTALL", "DECISION_ABSENT"]
