"""A chart waits for releases of other plans, which it only reads."""

import pytest
import yaml

import wheelhouse
from harness.daemon import wait_for
from harness.helm import NEVER, both_majors, newest
from harness.paths import CHARTS
from harness.runs import Outcome, step_result
from wheelhouse.v1 import chart_pb2, plan_pb2

pytestmark = both_majors


@pytest.fixture
def elsewhere(namespace):
    return f"{namespace}-db"[-63:].lstrip("-")


def waiting(event):
    return [f"{one.object}: {one.reason}" for one in event.progress.waiting]


def test_a_release_that_does_not_exist_is_named_at_once(deploy, cluster, namespace, elsewhere):
    names = [f"{elsewhere}/db", f"{elsewhere}/queue"]
    outcome = deploy(namespace, wait_for_releases=names)
    failure = outcome.run.failure
    assert (outcome.state, failure.reason) == ("FAILED", "OBJECT_NOT_FOUND") and failure.step == "other_releases"
    assert ", ".join(names) in failure.message
    assert cluster.get("namespace", namespace, namespace) is None


def test_the_chart_begins_once_the_release_is_ready(deploy, client, upload, cluster, namespace, elsewhere):
    assert deploy(elsewhere, name="db", values={"podBehaviour": "never-ready"}, wait=False).state == "SUCCEEDED"
    info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"), wait_for_releases=[f"{elsewhere}/db"])
    events = client.deploy(plan_pb2.Plan(charts=[info]))
    seen = [next(events)]
    while not any(f"Deployment {elsewhere}/db: " in text for text in waiting(seen[-1])):
        seen.append(next(events))
    assert seen[-1].progress.step == "await_releases"
    assert cluster.releases(namespace) == {}
    # It waits without a claim of the other namespace: whoever owns the release can mend it.
    assert deploy(elsewhere, name="db", values={"podBehaviour": ""}).state == "SUCCEEDED"
    outcome = Outcome(client, [*seen, *events])
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "INSTALL"), outcome.run.failure
    assert step_result(outcome, "other_releases") == ("SUCCEEDED", f"{elsewhere}/db is deployed")
    assert step_result(outcome, "await_releases") == ("SUCCEEDED", f"{elsewhere}/db is ready")
    again = deploy(namespace, wait_for_releases=[f"{elsewhere}/db"])
    assert again.decision() == "UNCHANGED" and step_result(again, "await_releases")[0] == "SKIPPED"


def test_a_release_that_does_not_become_ready_ends_the_wait_with_what_it_lacks(deploy, cluster, namespace, elsewhere):
    assert deploy(elsewhere, name="db", values={"podBehaviour": "never-ready"}, wait=False).state == "SUCCEEDED"
    outcome = deploy(namespace, wait_for_releases=[f"{elsewhere}/db"], timeout={"seconds": 2})
    failure = outcome.run.failure
    assert (outcome.state, failure.reason) == ("FAILED", "NOT_READY"), failure
    assert f"Deployment {elsewhere}/db: " in failure.message and "timeout of 2s" in failure.message
    assert cluster.releases(namespace) == {}
    assert cluster.releases(elsewhere)["db"]["revision"] == "1"


def test_a_release_that_is_locked_is_waited_for(deploy, client, upload, cluster, namespace, elsewhere):
    chart = chart_pb2.ChartInfo(name="db", namespace=elsewhere, chart=upload(client, "web"))
    for key, value in NEVER.items():
        chart.values.add(key=key, value=value)
    other = client.create_run(plan_pb2.Plan(charts=[chart]))
    wait_for("helm waits", lambda: newest(cluster, elsewhere, "db") == (1, "pending-install"))
    outcome = deploy(namespace, wait_for_releases=[f"{elsewhere}/db"], timeout={"seconds": 2})
    told = [text for event in outcome.events for text in waiting(event)]
    assert any(f"release {elsewhere}/db: its revision 1 is pending-install" in text for text in told), told
    assert outcome.run.failure.reason == "NOT_READY" and "pending-install" in outcome.run.failure.message
    client.cancel_run(other.id)


def test_what_is_of_the_plan_and_what_is_not_are_told_apart(client, upload):
    def refused(**fields):
        chart = chart_pb2.ChartInfo(name="web", namespace="x", chart=upload(client, "web"), **fields)
        database = chart_pb2.ChartInfo(name="database", namespace="x", chart=upload(client, "web"))
        with pytest.raises(wheelhouse.Error) as error:
            client.create_run(plan_pb2.Plan(charts=[chart, database]))
        return error.value.violations

    depends = refused(depends_on=["x/databse"])["plan.charts[0].depends_on[0]"]
    assert "did you mean `x/database`?" in depends and "waitForReleases" in depends
    waits = refused(wait_for_releases=["x/database", "database"])
    assert "name it in dependsOn" in waits["plan.charts[0].wait_for_releases[0]"]
    assert "expected NAMESPACE/NAME" in waits["plan.charts[0].wait_for_releases[1]"]


def test_a_plan_file_and_a_flag_say_it(cli, cluster, namespace, elsewhere, tmp_path):
    file = tmp_path / "plan.yaml"
    chart = {"name": "web", "namespace": namespace, "chart": {"path": str(CHARTS / "web")}}
    file.write_text(yaml.safe_dump({"charts": [{**chart, "waitForReleases": [f"{elsewhere}/db"]}]}))
    shown = cli("plan", "-f", file)
    assert shown.returncode == 1 and f"there is no release {elsewhere}/db" in shown.stdout + shown.stderr
    assert cli("deploy", CHARTS / "web", "--name", "db", "-n", elsewhere).returncode == 0
    assert cli("plan", "-f", file).returncode == 0 and cluster.releases(namespace) == {}
    deployed = cli("deploy", CHARTS / "web", "-n", namespace, "--wait-for", f"{elsewhere}/db")
    assert deployed.returncode == 0 and f"{elsewhere}/db is ready" in deployed.stdout, deployed.stderr
