"""CustomResourceDefinitions of crds/ folders, of crd_files and of the step `crds`."""

import threading

import pytest

import wheelhouse
from harness.crds import GROUP, Kind, apply, exists
from harness.daemon import wait_for
from harness.helm import both_majors
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2

DESTROY = chart_pb2.ACTION_DESTROY
REPLACE = chart_pb2.CRD_POLICY_CREATE_REPLACE
NOTHING = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
FAILS = {"assertion": {"object": {"kind": "ConfigMap", "name": "absent"}, "json_path": ".a", "equals": "b"}}


@pytest.fixture
def kind(namespace):
    return Kind("Sail", namespace)


@pytest.fixture
def chart(new_chart, kind):
    """A chart with the CRD in its crds/ folder."""
    return new_chart(NOTHING, crds=kind.manifest())


def outcome_of(outcome, name="crds"):
    return next(step.outcome for stage in outcome.chart().stages for step in stage.steps if step.name == name)


def left(outcome):
    return {(one.kind, one.name): one.change for one in outcome.run.failure.left_changed}


def versions(cluster, kind):
    crd = cluster.get("crd", kind.crd, kind.namespace)
    return [version["name"] for version in crd["spec"]["versions"]]


def test_skip_leaves_crds_alone(deploy, chart, cluster, namespace, kind):
    outcome = deploy(namespace, chart=chart, crd_policy=chart_pb2.CRD_POLICY_SKIP)
    assert outcome.state == "SUCCEEDED" and not exists(cluster, kind)


def test_create_leaves_a_crd_that_exists_as_it_is(deploy, new_chart, chart, cluster, namespace, kind):
    deploy(namespace, chart=chart)
    newer = new_chart(NOTHING, crds=kind.manifest(versions=["v1", "v2"]))
    assert deploy(namespace, chart=newer).state == "SUCCEEDED"
    assert versions(cluster, kind) == ["v1"]


@both_majors
def test_create_replace_brings_a_crd_to_what_the_chart_holds_and_its_new_kinds_are_known_at_once(
    deploy, new_chart, chart, cluster, namespace, kind
):
    # Made by helm's own hand: its fields are another manager's.
    apply(cluster, "default", kind.manifest())
    assert deploy(namespace, chart=chart).state == "SUCCEEDED"
    newer = new_chart(kind.resource("templated", version="v2"), crds=kind.manifest(versions=["v1", "v2"]))
    step = {"apply": {"manifests": kind.resource("by-step", version="v2")}}
    outcome = deploy(namespace, chart=newer, crd_policy=REPLACE, stages={"pre_exec": {"after": [step]}})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert outcome_of(outcome) == "created 0, replaced 1"
    assert versions(cluster, kind) == ["v1", "v2"]
    assert cluster.get(f"{kind.plural}.v2.{GROUP}", "templated", namespace)
    assert cluster.get(f"{kind.plural}.v2.{GROUP}", "by-step", namespace)


def test_a_replaced_crd_is_discovered_anew(deploy, new_chart, namespace, kind):
    make = {"apply": {"manifests": kind.resource("a")}}
    both = {"versions": ["v1", "v1beta1"]}
    outcome = deploy(namespace, chart=new_chart(NOTHING, crds=kind.manifest(**both)), stages={"post_exec": {"after": [make]}})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    # v1 is still stored, and not served any more: by the kind alone, the daemon must come to v1beta1.
    newer = new_chart(NOTHING, crds=kind.manifest(**both, served=["v1beta1"]))
    by_kind = {"metadata": {"objects": [{"kind": kind.kind, "name": "a"}], "labels": {"seen": "yes"}}}
    outcome = deploy(namespace, chart=newer, crd_policy=REPLACE, stages={"post_exec": {"after": [by_kind]}})
    assert outcome.state == "SUCCEEDED", outcome.run.failure


def test_a_replacement_that_drops_a_stored_version_is_refused_by_the_api_server(
    deploy, new_chart, chart, cluster, namespace, kind
):
    deploy(namespace, chart=chart)
    newer = new_chart(NOTHING, crds=kind.manifest(versions=["v2"], storage="v2"))
    outcome = deploy(namespace, chart=newer, crd_policy=REPLACE)
    failure = outcome.run.failure
    assert (failure.step, failure.reason) == ("crds", "APPLY_REJECTED")
    assert kind.crd in failure.message and "status.storedVersions" in failure.message
    assert versions(cluster, kind) == ["v1"]


def test_crd_files_are_created_before_exec_and_count_for_unchanged(deploy, new_chart, cluster, namespace, kind):
    chart = new_chart(kind.resource("mine"))
    files = [{"name": "crds.yaml", "content": kind.manifest()}]
    outcome = deploy(namespace, chart=chart, crd_files=files)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get(kind.crd, "mine", namespace)
    assert deploy(namespace, chart=chart, crd_files=files).decision() == "UNCHANGED"
    files[0]["content"] = kind.manifest(versions=["v1", "v2"])
    assert deploy(namespace, chart=chart, crd_files=files, crd_policy=REPLACE).decision() == "UPGRADE"
    assert versions(cluster, kind) == ["v1", "v2"]


def test_crd_files_count_before_the_charts_own(deploy, chart, cluster, namespace, kind):
    files = [{"name": "crds.yaml", "content": kind.manifest(versions=["v1", "v2"])}]
    assert deploy(namespace, chart=chart, crd_files=files).state == "SUCCEEDED"
    assert versions(cluster, kind) == ["v1", "v2"]


@pytest.mark.parametrize("content", [NOTHING, "a: [", "", "just text"])
def test_crd_files_hold_crds_alone(deploy, chart, namespace, content):
    with pytest.raises(wheelhouse.Error) as error:
        deploy(namespace, chart=chart, crd_files=[{"name": "a", "content": content}])
    assert list(error.value.violations) == ["plan.charts[0].crd_files[0].content"]


def test_what_a_failed_run_did_to_crds_is_left_changed(deploy, new_chart, chart, namespace, kind):
    fails = {"stages": {"validate": {"after": [FAILS]}}}
    assert left(deploy(namespace, chart=chart, **fails))["CustomResourceDefinition", kind.crd] == "created"
    newer = new_chart(NOTHING, crds=kind.manifest(versions=["v1", "v2"]))
    outcome = deploy(namespace, chart=newer, crd_policy=REPLACE, **fails)
    assert left(outcome)["CustomResourceDefinition", kind.crd] == "replaced"
    again = deploy(namespace, chart=newer, crd_policy=REPLACE, **fails)
    assert ("CustomResourceDefinition", kind.crd) not in left(again)


def test_a_crd_that_is_being_deleted_is_waited_for_and_created_anew(deploy, chart, client, cluster, namespace, kind):
    apply(cluster, "default", kind.manifest())
    wait_for("the kind is served", lambda: kind.plural in cluster.kubectl("api-resources", f"--api-group={GROUP}"))
    apply(cluster, "default", kind.resource("stuck", finalizers=["sandbox.wheelhouse/stuck"]))
    cluster.kubectl("delete", "crd", kind.crd, "--wait=false")
    outcome = deploy_beside(client, cluster, kind, chart_pb2.ChartInfo(name="web", namespace=namespace, chart=chart))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert outcome_of(outcome) == "created 1, replaced 0"


def deploy_beside(client, cluster, kind, info):
    """Runs one chart; lets the custom resource default/stuck go as soon as the stream says that it is waited for."""
    freed, events = threading.Event(), []
    for event in client.deploy(plan_pb2.Plan(charts=[info])):
        events.append(event)
        waits = [f"{one.object} {one.reason}" for one in event.progress.waiting]
        if not freed.is_set() and any(kind.crd in one and "1 custom resource: default/stuck" in one for one in waits):
            cluster.kubectl("patch", kind.crd, "stuck", "-n", "default", "--type=merge", '-p={"metadata":{"finalizers":null}}')
            freed.set()
    assert freed.is_set(), "nothing was said of what is waited for"
    return Outcome(client, events)


def test_destroy_deletes_the_crds_of_the_chart_after_the_uninstall(deploy, chart, cluster, namespace, kind):
    deploy(namespace, chart=chart)
    outcome = deploy(namespace, chart=chart, action=DESTROY, delete_crds=True)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert outcome_of(outcome) == "deleted 1"
    assert not exists(cluster, kind) and cluster.releases(namespace) == {}


def test_without_delete_crds_they_stay(deploy, chart, cluster, namespace, kind):
    deploy(namespace, chart=chart)
    assert deploy(namespace, chart=chart, action=DESTROY).state == "SUCCEEDED"
    assert exists(cluster, kind)


def test_destroy_deletes_the_crds_of_crd_files(deploy, chart, cluster, namespace, kind):
    deploy(namespace, chart=chart)
    files = [{"name": "crds.yaml", "content": kind.manifest()}]
    outcome = deploy(namespace, action=DESTROY, delete_crds=True, crd_files=files)
    assert outcome.state == "SUCCEEDED" and not exists(cluster, kind), outcome.run.failure


def test_a_crd_of_another_release_is_not_deleted(deploy, new_chart, chart, cluster, namespace, kind):
    assert deploy(namespace, name="other", chart=new_chart(kind.manifest(), name="other")).state == "SUCCEEDED"
    deploy(namespace, chart=chart)
    failure = deploy(namespace, chart=chart, action=DESTROY, delete_crds=True).run.failure
    assert (failure.reason, failure.step) == ("OWNERSHIP_CONFLICT", "guards")
    assert f"{namespace}/other" in failure.message and f"{namespace}/web cannot delete it" in failure.message
    assert exists(cluster, kind) and "web" in cluster.releases(namespace)


def test_destroy_must_be_told_which_crds(deploy, namespace):
    with pytest.raises(wheelhouse.Error) as error:
        deploy(namespace, action=DESTROY, delete_crds=True)
    assert "set chart" in error.value.violations["plan.charts[0].delete_crds"]


def test_custom_resources_of_others_are_found_before_the_uninstall(deploy, new_chart, cluster, namespace, kind):
    chart = new_chart(kind.resource("own"), crds=kind.manifest())
    deploy(namespace, chart=chart)
    apply(cluster, "default", kind.resource("foreign"))
    fields = {"chart": chart, "action": DESTROY, "delete_crds": True}
    outcome = deploy(namespace, **fields)
    assert (outcome.run.failure.reason, outcome.run.failure.step) == ("CRD_IN_USE", "guards")
    assert outcome.run.failure.message.endswith(f"{kind.crd} with 1 custom resource: default/foreign")
    assert cluster.releases(namespace)["web"]["status"] == "deployed"
    allowed = deploy(namespace, **fields, allow={"crd_loss": True})
    assert allowed.state == "SUCCEEDED" and not exists(cluster, kind), allowed.run.failure


def test_custom_resources_that_do_not_go_at_once_are_waited_for_and_told(deploy, chart, client, cluster, namespace, kind):
    deploy(namespace, chart=chart)
    apply(cluster, "default", kind.resource("stuck", finalizers=["sandbox.wheelhouse/stuck"]))
    info = chart_pb2.ChartInfo(
        name="web", namespace=namespace, chart=chart, action=DESTROY, delete_crds=True, allow={"crd_loss": True}
    )
    outcome = deploy_beside(client, cluster, kind, info)
    assert outcome.state == "SUCCEEDED" and not exists(cluster, kind), outcome.run.failure


def test_what_keeps_a_crd_is_named_when_time_is_over_and_the_next_run_goes_on(deploy, chart, client, cluster, namespace, kind):
    deploy(namespace, chart=chart)
    apply(cluster, "default", kind.resource("stuck", finalizers=["sandbox.wheelhouse/stuck"]))
    fields = {"chart": chart, "action": DESTROY, "delete_crds": True, "allow": {"crd_loss": True}}
    outcome = deploy(namespace, **fields, stages={"post_exec": {"timeout": {"seconds": 2}}})
    failure = outcome.run.failure
    assert (failure.reason, failure.step) == ("STEP_FAILED", "crds")
    assert f"waiting until CustomResourceDefinition {kind.crd}" in failure.message and "default/stuck" in failure.message
    assert left(outcome)["CustomResourceDefinition", kind.crd] == "deleted"
    assert left(outcome)["Release", f"{namespace}/web"] == "uninstalled"
    # The release is gone, the CRD not yet.
    again = deploy_beside(client, cluster, kind, chart_pb2.ChartInfo(name="web", namespace=namespace, **fields))
    assert (again.state, again.decision()) == ("SUCCEEDED", "DESTROY"), again.run.failure
    assert not exists(cluster, kind)
    assert deploy(namespace, **fields).decision() == "ABSENT"


def test_crds_of_a_disabled_subchart_are_not_deleted(deploy, client, cluster, namespace, kind, tmp_path):
    subchart = tmp_path / "umbrella" / "charts" / "sub"
    (subchart / "crds").mkdir(parents=True)
    (tmp_path / "umbrella" / "Chart.yaml").write_text(
        "{apiVersion: v2, name: umbrella, version: 1.0.0, "
        "dependencies: [{name: sub, version: 1.0.0, condition: sub.enabled}]}\n"
    )
    (subchart / "Chart.yaml").write_text("{apiVersion: v2, name: sub, version: 1.0.0}\n")
    (subchart / "crds" / "crd.yaml").write_text(kind.manifest())
    apply(cluster, "default", kind.manifest())
    fields = {"chart": tmp_path / "umbrella", "action": DESTROY, "delete_crds": True}
    assert deploy(namespace, values={"sub.enabled": "false"}, **fields).decision() == "ABSENT"
    assert exists(cluster, kind)
    assert deploy(namespace, values={"sub.enabled": "true"}, **fields).state == "SUCCEEDED"
    assert not exists(cluster, kind)


@pytest.fixture
def with_step(deploy, chart, namespace):
    """Deploys with a step `crds` in pre_exec; gives the outcome."""

    def go(step, **fields):
        return deploy(namespace, stages={"pre_exec": {"after": [{"crds": step}]}}, **fields)

    return go


def test_the_step_creates_and_replaces(with_step, cluster, kind):
    outcome = with_step({"apply": {"manifests": kind.manifest()}})
    assert outcome_of(outcome, "crds-1") == "created 1, replaced 0"
    newer = kind.manifest(versions=["v1", "v2"])
    assert outcome_of(with_step({"apply": {"manifests": newer}}), "crds-1") == "created 0, replaced 0"
    assert versions(cluster, kind) == ["v1"]
    assert outcome_of(with_step({"apply": {"manifests": newer, "replace": True}}), "crds-1") == "created 0, replaced 1"
    assert versions(cluster, kind) == ["v1", "v2"]


def test_the_step_deletes_what_is_not_in_use(with_step, cluster, namespace, kind):
    with_step({"apply": {"manifests": kind.manifest()}})
    apply(cluster, namespace, kind.resource("a"))
    delete = {"delete": {"names": [kind.crd, f"absent.{GROUP}"]}}
    outcome = with_step(delete)
    # Found before anything is changed.
    assert (outcome.run.failure.reason, outcome.run.failure.step) == ("CRD_IN_USE", "decide")
    outcome = with_step(delete, allow={"crd_loss": True})
    assert outcome_of(outcome, "crds-1") == "deleted 1 of 2" and not exists(cluster, kind)


def test_the_step_looks_again_when_it_runs(with_step, deploy, cluster, namespace, kind):
    apply(cluster, "default", kind.manifest())
    make = {"apply": {"manifests": kind.resource("a")}}
    delete = {"crds": {"delete": {"names": [kind.crd]}}}
    outcome = deploy(namespace, stages={"post_exec": {"before": [make, delete]}})
    failure = outcome.run.failure
    assert (failure.reason, failure.step) == ("CRD_IN_USE", "crds-2"), failure
    assert failure.message.endswith(f"{kind.crd} with 1 custom resource: {namespace}/a")
    assert exists(cluster, kind)


def test_the_step_names_what_the_api_server_refuses(with_step, kind):
    outcome = with_step({"apply": {"manifests": kind.manifest(versions=[])}})
    assert (outcome.run.failure.reason, outcome.run.failure.step) == ("APPLY_REJECTED", "crds-1")
    assert kind.crd in outcome.run.failure.message


@pytest.mark.parametrize(
    "step, field",
    [
        ({}, ""),
        ({"apply": {"manifests": NOTHING}}, ".apply.manifests"),
        ({"apply": {}}, ".apply.manifests"),
        ({"delete": {}}, ".delete.names"),
        ({"delete": {"names": ["sails"]}}, ".delete.names[0]"),
    ],
)
def test_the_step_refuses_what_it_cannot_do(with_step, step, field):
    with pytest.raises(wheelhouse.Error) as error:
        with_step(step)
    assert list(error.value.violations) == ["plan.charts[0].stages.pre_exec.after[0].crds" + field]
