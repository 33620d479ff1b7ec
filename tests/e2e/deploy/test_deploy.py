"""The main job: install, upgrade, unchanged, destroy, as plain Helm releases."""

import shutil

from harness.helm import both_majors
from harness.paths import CHARTS
from wheelhouse.v1 import chart_pb2, failure_pb2, run_pb2

pytestmark = both_majors


def stages(chart):
    return [
        (failure_pb2.Stage.Name(s.stage).removeprefix("STAGE_").lower(), run_pb2.State.Name(s.state).removeprefix("STATE_"))
        for s in chart.stages
    ]


def test_install_goes_through_the_stages_and_makes_a_plain_release(deploy, cluster, namespace):
    outcome = deploy(namespace)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert outcome.decision() == "INSTALL"
    assert [s for s in stages(outcome.chart()) if s[0] != "on_deploy_failure"] == [
        ("check_prerequisites", "SUCCEEDED"),
        ("pre_exec", "SUCCEEDED"),
        ("exec", "SUCCEEDED"),
        ("post_exec", "SUCCEEDED"),
        ("validate", "SUCCEEDED"),
    ]
    assert cluster.releases(namespace)["web"]["status"] == "deployed"
    assert outcome.chart().revision == 1


def test_events_run_without_gaps(deploy, client, namespace):
    outcome = deploy(namespace)
    numbers = [e.sequence for e in outcome.events if e.sequence]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    replayed = [e.sequence for e in client.watch(outcome.run.id) if e.sequence]
    assert replayed == list(range(1, outcome.run.sequence + 1))


def test_the_same_again_is_unchanged(deploy, cluster, namespace):
    deploy(namespace)
    again = deploy(namespace)
    assert (again.state, again.decision()) == ("SUCCEEDED", "UNCHANGED")
    assert len(cluster.history("web", namespace)) == 1


def test_other_values_are_an_upgrade(deploy, cluster, namespace):
    deploy(namespace)
    outcome = deploy(namespace, values={"message": "other"})
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UPGRADE")
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "other"


def test_destroy_removes_the_release_and_an_absent_one_is_a_success(deploy, cluster, namespace):
    deploy(namespace)
    outcome = deploy(namespace, action=chart_pb2.ACTION_DESTROY)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "DESTROY"), outcome.run.failure
    assert cluster.releases(namespace) == {}
    assert cluster.get("deployment", "web", namespace) is None
    again = deploy(namespace, action=chart_pb2.ACTION_DESTROY)
    assert (again.state, again.decision()) == ("SUCCEEDED", "ABSENT")


def test_dry_run_changes_nothing(deploy, cluster, namespace):
    outcome = deploy(namespace, dry_run=True)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "INSTALL")
    assert cluster.get("namespace", namespace, namespace) is None


def test_namespace_labels(deploy, cluster, namespace):
    deploy(namespace, namespace_labels={"team": "sails"})
    assert cluster.get("namespace", namespace, namespace)["metadata"]["labels"]["team"] == "sails"


def test_crds_of_the_crds_folder_are_created_first(deploy, cluster, namespace):
    outcome = deploy(namespace, chart="crds-web")
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("sails.sandbox.wheelhouse", "web", namespace)


def test_skip_if_already_installed(deploy, namespace):
    deploy(namespace)
    outcome = deploy(namespace, values={"message": "other"}, skip_if_already_installed=True)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "ALREADY_INSTALLED")


def test_whole_numbers_of_values_stay_whole(deploy, cluster, namespace):
    outcome = deploy(namespace, values={"message": 123456789012, "ports": "{80,443}"})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "123456789012"
    assert [p["port"] for p in cluster.get("service", "web", namespace)["spec"]["ports"]] == [80, 443]


def test_crds_of_a_disabled_subchart_are_not_created(deploy, cluster, namespace, tmp_path):
    chart = tmp_path / "umbrella"
    shutil.copytree(CHARTS / "web", chart)
    (chart / "Chart.yaml").write_text(
        "apiVersion: v2\nname: umbrella\nversion: 1.0.0\n"
        "dependencies: [{name: banners, version: 1.0.0, condition: banners.enabled}]\n"
    )
    subchart = chart / "charts" / "banners"
    (subchart / "crds").mkdir(parents=True)
    (subchart / "Chart.yaml").write_text("{apiVersion: v2, name: banners, version: 1.0.0}\n")
    crd = (CHARTS / "crds-web" / "crds" / "sails.yaml").read_text()
    own = "banner" + namespace.split("-")[0]  # CRDs are the cluster's: one for each test run
    (subchart / "crds" / "banners.yaml").write_text(crd.replace("sail", own).replace("Sail", own.capitalize()))
    name = f"{own}s.sandbox.wheelhouse"

    off = deploy(namespace, chart=chart, values={"banners.enabled": "false"})
    assert off.state == "SUCCEEDED", off.run.failure
    assert cluster.get("customresourcedefinition", name, namespace) is None
    on = deploy(namespace, chart=chart, values={"banners.enabled": "true"})
    assert on.state == "SUCCEEDED", on.run.failure
    assert cluster.get("customresourcedefinition", name, namespace)
