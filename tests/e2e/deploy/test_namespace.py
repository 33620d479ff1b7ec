"""Namespaces that are new, shared, or on their way out; releases that left their history behind."""

import pytest

from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2


@pytest.mark.parametrize("round", range(3))
def test_charts_of_one_run_share_a_new_namespace(client, upload, namespace, round):
    charts = [
        chart_pb2.ChartInfo(name=f"web-{i}", namespace=namespace, chart=upload(client, "web"), wait=False)
        for i in range(6)
    ]
    outcome = Outcome(client, client.deploy(plan_pb2.Plan(charts=charts)))
    assert outcome.state == "SUCCEEDED", outcome.run.failure


def test_a_namespace_that_is_being_deleted_is_waited_for(deploy, client, upload, cluster, namespace):
    deploy(namespace)
    cluster.kubectl("create", "configmap", "stuck", "-n", namespace)
    cluster.kubectl(
        "patch", "configmap", "stuck", "-n", namespace, "--type=merge", '-p={"metadata":{"finalizers":["a.b/c"]}}'
    )
    cluster.kubectl("delete", "namespace", namespace, "--wait=false")
    info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    events, freed = [], False
    for event in client.deploy(plan_pb2.Plan(charts=[info])):
        events.append(event)
        if not freed and any(w.reason == "is being deleted" for w in event.progress.waiting):
            freed = True
            cluster.kubectl(
                "patch", "configmap", "stuck", "-n", namespace, "--type=merge", '-p={"metadata":{"finalizers":null}}'
            )
    outcome = Outcome(client, events)
    assert freed and outcome.state == "SUCCEEDED", outcome.run.failure
    assert outcome.decision() == "INSTALL"
    assert cluster.releases(namespace)["web"]["status"] == "deployed"


@pytest.fixture(params=["helm", "helm3"])
def kept_history(request, make_daemon, deploy, cluster, namespace):
    """A client whose release web somebody has uninstalled, keeping its history."""
    with make_daemon(helm=request.param).client() as client:
        deploy(namespace, client=client)
        cluster.run(request.param, "uninstall", "web", "-n", namespace, "--keep-history", "--wait")
        yield client


def test_deploy_installs_over_a_kept_history(kept_history, deploy, cluster, namespace):
    outcome = deploy(namespace, client=kept_history)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "INSTALL"), outcome.run.failure
    assert [r["revision"] for r in cluster.history("web", namespace)] == [1, 2]


def test_destroy_removes_a_kept_history(kept_history, deploy, cluster, namespace):
    # An object of that name is somebody else's by now.
    cluster.kubectl("create", "configmap", "web", "-n", namespace)
    outcome = deploy(namespace, client=kept_history, action=chart_pb2.ACTION_DESTROY)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "DESTROY"), outcome.run.failure
    assert cluster.get("secret", "sh.helm.release.v1.web.v1", namespace) is None
    assert cluster.get("configmap", "web", namespace)


def test_a_failed_install_over_a_kept_history_leaves_it(kept_history, deploy, cluster, namespace):
    outcome = deploy(
        namespace,
        client=kept_history,
        values={"podBehaviour": "image-pull-error"},
        early_failure={"image_pull": {"seconds": 1}},
    )
    assert outcome.run.failure.reason == "POD_FAILING"
    assert cluster.get("deployment", "web", namespace) is None
    assert cluster.get("secret", "sh.helm.release.v1.web.v1", namespace)
