"""Where the cluster differs from what releases hold: on the command line, and on a schedule."""

import json

import pytest

from harness.daemon import wait_for
from harness.helm import both_majors
from harness.paths import CHARTS
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2, release_service_pb2


def drift_of(result):
    return {one["name"]: one for one in json.loads(result.stdout)["releases"]}


@both_majors
def test_what_somebody_has_changed_is_shown_with_who_it_was(cli, cluster, namespace):
    assert cli("deploy", CHARTS / "web", "-n", namespace, "--set", "replicas=2").returncode == 0
    clean = cli("drift", "-n", namespace, "--exit-code")
    assert clean.returncode == 0 and "1 IN_SYNC" in clean.stdout, clean.stdout + clean.stderr
    cluster.kubectl("scale", "deployment", "web", "-n", namespace, "--replicas=1")
    cluster.kubectl("delete", "configmap", "web", "-n", namespace)
    shown = cli("drift", "-n", namespace)
    assert shown.returncode == 0, "only --exit-code asks for another"
    assert f"~ Deployment {namespace}/web" in shown.stdout and f"- ConfigMap {namespace}/web" in shown.stdout
    assert "kubectl: .spec.replicas  2 -> 1" in shown.stdout, shown.stdout
    found = cli("drift", "-n", namespace, "--exit-code", "-o", "json")
    assert found.returncode == 6
    web = drift_of(found)["web"]
    assert (web["revision"], web["state"]) == (1, "DRIFT_STATE_DRIFTED")
    assert {one["object"]: one["kind"] for one in web["objects"]} == {
        f"Deployment {namespace}/web": "DRIFT_KIND_CHANGED",
        f"ConfigMap {namespace}/web": "DRIFT_KIND_MISSING",
    }
    markdown = cli("drift", "-n", namespace, "-o", "markdown").stdout
    assert markdown.startswith("### Drift: 1 DRIFTED") and "```diff" in markdown
    # It only looks.
    assert cluster.get("deployment", "web", namespace)["spec"]["replicas"] == 1
    assert cluster.get("configmap", "web", namespace) is None


def test_a_plan_names_the_releases_and_helms_own_are_looked_at_too(cli, cluster, tmp_path, namespace):
    cluster.run("helm", "install", "own", str(CHARTS / "web"), "-n", namespace, "--create-namespace")
    file = tmp_path / "plan.yaml"
    charts = [{"name": name, "namespace": namespace, "chart": {"path": str(CHARTS / "web")}} for name in ("own", "none")]
    file.write_text(json.dumps({"charts": charts}))
    found = cli("drift", "-f", file, "--exit-code", "-o", "json")
    assert found.returncode == 6, found.stderr
    states = {name: one["state"] for name, one in drift_of(found).items()}
    assert states == {"own": "DRIFT_STATE_IN_SYNC", "none": "DRIFT_STATE_ABSENT"}
    chosen = cli("drift", "-f", file, "--only", "own", "--exit-code")
    assert chosen.returncode == 0, chosen.stdout
    everything = drift_of(cli("drift", "--all", "-o", "json"))
    assert "own" in everything and "none" not in everything


def test_an_object_that_another_release_has_taken_is_not_its_own(cli, cluster, namespace):
    assert cli("deploy", CHARTS / "web", "-n", namespace).returncode == 0
    cluster.kubectl("annotate", "configmap", "web", "-n", namespace, "--overwrite", "meta.helm.sh/release-name=other")
    shown = cli("drift", "-n", namespace)
    assert f"! ConfigMap {namespace}/web  (belongs to the release {namespace}/other)" in shown.stdout, shown.stdout


def test_a_changed_secret_is_told_and_not_shown(cli, cluster, tmp_path, namespace):
    chart = tmp_path / "hidden"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: hidden\nversion: 1.0.0\n")
    (chart / "templates" / "s.yaml").write_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: hidden}\nstringData: {key: before-the-change}\n"
    )
    assert cli("deploy", chart, "-n", namespace).returncode == 0
    cluster.kubectl("patch", "secret", "hidden", "-n", namespace, "-p", json.dumps({"stringData": {"key": "after-the-change"}}))
    for flags in ((), ("-o", "json"), ("-o", "markdown")):
        shown = cli("drift", "-n", namespace, *flags)
        assert "Secret" in shown.stdout
        for secret in ("before-the-change", "after-the-change", "YWZ0ZXItdGhlLWNoYW5nZQ", "YmVmb3JlLXRoZS1jaGFuZ2U"):
            assert secret not in shown.stdout + shown.stderr


@pytest.mark.parametrize("flags", [(), ("-n", "a", "--all"), ("-f", "x", "--all")])
def test_one_says_which_releases_are_meant(cli, flags):
    assert cli("drift", *flags).returncode == 2


def test_a_daemon_looks_on_a_schedule_and_tells(make_daemon, upload, cluster, namespace):
    daemon = make_daemon(drift={"every": "1s"})
    with daemon.client() as client:
        info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        assert Outcome(client, client.deploy(plan_pb2.Plan(charts=[info]))).state == "SUCCEEDED"
        cluster.kubectl("scale", "deployment", "web", "-n", namespace, "--replicas=3")

        def seen():
            release = client.list_releases(namespace=namespace).releases[0]
            return release.drift.state == release_service_pb2.DRIFT_STATE_DRIFTED and release.drift.objects == 1

        wait_for("the drift is seen", seen)
    line = f"{namespace}/web, revision 1, has drifted: Deployment {namespace}/web .spec.replicas"
    wait_for("the log tells", lambda: line in daemon.log_text())
