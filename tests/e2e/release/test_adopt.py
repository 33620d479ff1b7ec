"""Objects that exist without helm become a release's own, and are put back when its first install fails."""

import json

import pytest

import wheelhouse
from harness.by_hand import apply_by_hand
from harness.daemon import wait_for
from harness.helm import both_majors, records
from harness.runs import Outcome, step_of
from wheelhouse.v1 import chart_pb2, plan_pb2

NAMES = ["ServiceAccount", "ClusterRole", "ClusterRoleBinding", "ConfigMap", "DaemonSet"]
MARKS = {"meta.helm.sh/release-name", "meta.helm.sh/release-namespace"}


def hand_made(namespace):
    """What the cloud installed: the shape of tests/charts/adopt, with other values and some of its own."""
    role = f"agent-{namespace}"
    daemon_set = {
        "selector": {"matchLabels": {"app": "agent"}},
        "template": {
            "metadata": {"labels": {"app": "agent", "sandbox.wheelhouse/pod": "ready"}},
            "spec": {
                "serviceAccountName": "agent",
                "terminationGracePeriodSeconds": 5,
                "containers": [
                    {
                        "name": "agent",
                        "image": "agent:0",
                        "env": [{"name": "WARM", "value": "0"}, {"name": "CLOUD", "value": "eks"}],
                    }
                ],
            },
        },
    }
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "agent"}},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": role},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": role},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": "agent", "namespace": namespace}],
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "agent"},
            "data": {"warm": "0", "cloud": "eks"},
        },
        {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": daemon_set},
    ]


def name_of(kind, namespace):
    return f"agent-{namespace}" if kind.startswith("Cluster") else "agent"


def adopt(namespace, **fields):
    objects = [{"kind": kind, "name": name_of(kind, namespace)} for kind in NAMES]
    return {"pre_exec": {"before": [{"name": "take over", "adopt": {"objects": objects}, **fields}]}}


@pytest.fixture
def installed(cluster, namespace):
    """The hand-made objects, their pods ready; gives them as they are in the cluster."""
    cluster.kubectl("create", "namespace", namespace)
    apply_by_hand(cluster, namespace, hand_made(namespace))
    cluster.kubectl("rollout", "status", "daemonset/agent", "-n", namespace, "--timeout=60s")
    yield picture(cluster, namespace)
    for kind in ("ClusterRole", "ClusterRoleBinding"):
        cluster.kubectl("delete", kind, f"agent-{namespace}", "--ignore-not-found")


def picture(cluster, namespace):
    """The live objects without what counts writes."""
    objects = {}
    for kind in NAMES:
        object = json.loads(
            cluster.kubectl("get", kind, name_of(kind, namespace), "-n", namespace, "-o", "json", "--show-managed-fields")
        )
        object.pop("status", None)
        metadata = object["metadata"]
        for key in ("resourceVersion", "generation"):
            metadata.pop(key, None)
        metadata.get("annotations", {}).pop("deprecated.daemonset.template.generation", None)
        # Of status it tells when it was written.
        metadata["managedFields"] = sorted(
            (entry["manager"], entry["operation"], json.dumps(entry["fieldsV1"], sort_keys=True))
            for entry in metadata.get("managedFields", [])
            if entry.get("subresource") != "status"
        )
        objects[kind] = object
    return objects


def assert_same(now, before):
    for kind in NAMES:
        assert json.dumps(now[kind], indent=1, sort_keys=True) == json.dumps(before[kind], indent=1, sort_keys=True)


@both_majors
def test_objects_of_another_field_manager_become_the_releases_own(deploy, cluster, namespace, installed):
    outcome = deploy(namespace, "agent", "adopt", stages=adopt(namespace))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_of(outcome, "take over").outcome == "adopted 5 of 5 objects"
    after = picture(cluster, namespace)
    for kind in NAMES:
        assert after[kind]["metadata"]["uid"] == installed[kind]["metadata"]["uid"]
        assert after[kind]["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "Helm"
        assert MARKS <= set(after[kind]["metadata"]["annotations"])
    # What the chart does not set stays.
    assert after["ConfigMap"]["data"] == {"warm": "1", "cloud": "eks"}
    container = after["DaemonSet"]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "agent:1"
    assert {"name": "CLOUD", "value": "eks"} in container["env"]


@both_majors
def test_an_adopted_release_is_upgraded(deploy, cluster, namespace, installed):
    deploy(namespace, "agent", "adopt", stages=adopt(namespace))
    values = {"image": "agent:2"}
    assert deploy(namespace, "agent", "adopt", values, stages=adopt(namespace)).state == "SUCCEEDED"
    # Without the step as well: nobody else owns what the chart sets.
    values = {"image": "agent:3", "warm": "7"}
    outcome = deploy(namespace, "agent", "adopt", values)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    container = picture(cluster, namespace)["DaemonSet"]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "agent:3"


def test_a_field_of_equal_value_has_one_owner_after_adoption(deploy, cluster, namespace, installed):
    deploy(namespace, "agent", "adopt", {"warm": "0", "image": "agent:0"}, stages=adopt(namespace))
    outcome = deploy(namespace, "agent", "adopt", {"warm": "1", "image": "agent:1"})
    assert outcome.state == "SUCCEEDED", outcome.run.failure


def test_what_another_manager_takes_of_an_adopted_object_is_taken_back(deploy, cluster, namespace, installed):
    deploy(namespace, "agent", "adopt", stages=adopt(namespace))
    theirs = [o for o in hand_made(namespace) if o["kind"] == "ConfigMap"]
    cluster.kubectl(
        "apply", "--server-side", "--field-manager=eks", "--force-conflicts", "-n", namespace, "-f", "-",
        input=json.dumps(theirs[0]),
    )  # fmt: skip
    outcome = deploy(namespace, "agent", "adopt", {"image": "agent:2"}, stages=adopt(namespace))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("configmap", "agent", namespace)["data"]["warm"] == "1"


def test_missing_objects_are_fine(deploy, cluster, namespace):
    outcome = deploy(namespace, "agent", "adopt", stages=adopt(namespace))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_of(outcome, "take over").outcome == "adopted 0 of 5 objects"


def test_an_object_that_the_chart_does_not_render_is_left_alone(deploy, cluster, namespace, installed):
    cluster.kubectl("create", "configmap", "other", "-n", namespace)
    stages = adopt(namespace)
    stages["pre_exec"]["before"][0]["adopt"]["objects"].append({"kind": "ConfigMap", "name": "other"})
    outcome = deploy(namespace, "agent", "adopt", stages=stages)
    assert step_of(outcome, "take over").outcome == (
        "adopted 5 of 6 objects; the chart does not render ConfigMap other"
    )
    assert "labels" not in cluster.get("configmap", "other", namespace)["metadata"]


def test_an_object_of_another_release_is_refused_before_anything_is_changed(deploy, cluster, namespace, installed):
    cluster.kubectl(
        "annotate", "configmap", "agent", "-n", namespace,
        "meta.helm.sh/release-name=theirs", f"meta.helm.sh/release-namespace={namespace}",
    )  # fmt: skip
    before = picture(cluster, namespace)
    outcome = deploy(namespace, "agent", "adopt", stages=adopt(namespace))
    failure = outcome.run.failure
    assert (failure.reason, failure.step) == ("OWNERSHIP_CONFLICT", "decide")
    assert f"{namespace}/theirs" in failure.message and f"{namespace}/agent" in failure.message
    assert_same(picture(cluster, namespace), before)
    assert records(cluster, namespace) == []


def test_adopt_belongs_in_pre_exec(deploy, namespace):
    with pytest.raises(wheelhouse.Error) as error:
        deploy(namespace, "agent", "adopt", stages={"post_exec": {"after": [{"adopt": {}}]}})
    path = "plan.charts[0].stages.post_exec.after[0]"
    assert error.value.violations[path] == "is of kind adopt, which is allowed only in pre_exec."
    assert error.value.violations[path + ".adopt.objects"] == "expected at least one object"


@both_majors
def test_a_first_install_that_adopted_is_taken_back_and_never_uninstalled(deploy, cluster, namespace, installed):
    outcome = deploy(namespace, "agent", "adopt", {"pod": "never-ready"}, timeout={"seconds": 8}, stages=adopt(namespace))
    failure = outcome.run.failure
    assert failure.reason == "NOT_READY", failure
    assert not failure.secondary and not failure.left_changed, failure
    assert step_of(outcome, "remediate").outcome == (
        "the failed first install is undone, and 5 adopted objects are restored"
    )
    assert_same(picture(cluster, namespace), installed)
    cluster.kubectl("rollout", "status", "daemonset/agent", "-n", namespace, "--timeout=60s")
    # Check saw it absent.
    assert cluster.get("service", "agent", namespace) is None
    assert records(cluster, namespace) == []


def test_adopted_objects_are_put_back_when_helm_made_nothing(deploy, cluster, namespace, installed):
    stages = adopt(namespace)
    stages["pre_exec"]["after"] = [{"delete": {"objects": [{"kind": "Nothing", "name": "a"}]}}]
    outcome = deploy(namespace, "agent", "adopt", stages=stages)
    assert outcome.run.failure.reason == "KIND_UNKNOWN"
    assert_same(picture(cluster, namespace), installed)


def test_a_selector_that_cannot_change_fails_before_anything_is_changed(deploy, cluster, namespace, installed):
    outcome = deploy(namespace, "agent", "adopt", {"app": "other"}, stages=adopt(namespace))
    failure = outcome.run.failure
    assert (failure.reason, failure.step) == ("APPLY_REJECTED", "take over")
    assert "DaemonSet" in failure.message
    assert_same(picture(cluster, namespace), installed)
    assert records(cluster, namespace) == []


def test_what_an_upgrade_adopted_is_put_back_after_its_rollback(deploy, cluster, namespace, new_chart):
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {color: %s}\n"
    assert deploy(namespace, chart=new_chart(config % ("a", "red"))).state == "SUCCEEDED"
    cluster.kubectl("create", "configmap", "b", "-n", namespace, "--from-literal=color=green")
    outcome = deploy(
        namespace,
        chart=new_chart(config % ("a", "blue") + "---\n" + config % ("b", "blue")),
        stages={
            "pre_exec": {"before": [{"adopt": {"objects": [{"kind": "ConfigMap", "name": "b"}]}}]},
            "post_exec": {"after": [{"delete": {"objects": [{"kind": "Nothing", "name": "a"}]}}]},
        },
    )
    assert outcome.run.failure.reason == "KIND_UNKNOWN"
    assert cluster.get("configmap", "a", namespace)["data"] == {"color": "red"}
    back = cluster.get("configmap", "b", namespace)
    assert back["data"] == {"color": "green"} and not back["metadata"].get("annotations")


def test_what_a_killed_daemon_had_adopted_is_given_back_by_the_next(make_daemon, upload, cluster, namespace, installed):
    daemon = make_daemon()
    with daemon.client() as client:
        info = chart_pb2.ChartInfo(
            name="agent", namespace=namespace, chart=upload(client, "adopt"), stages=adopt(namespace)
        )
        info.timeout.seconds = 8
        info.values.add(key="pod", value="never-ready")
        run = client.create_run(plan_pb2.Plan(charts=[info]))
        wait_for("helm has begun", lambda: records(cluster, namespace))
    daemon.kill()
    daemon.start()
    with daemon.client() as client:
        outcome = Outcome(client, client.watch(run.id))
    assert outcome.run.failure.reason == "NOT_READY", outcome.run.failure
    after = picture(cluster, namespace)
    for kind in NAMES:
        assert after[kind]["metadata"]["uid"] == installed[kind]["metadata"]["uid"]
        assert not MARKS & set(after[kind]["metadata"].get("annotations", {}))
    assert records(cluster, namespace) == []
