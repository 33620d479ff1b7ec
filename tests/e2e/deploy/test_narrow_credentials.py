"""Credentials that are good for one namespace only, and those that a plugin prints."""

import json
import stat

import pytest
import yaml

from harness.daemon import wait_for
from harness.helm import both_majors
from harness.runs import slow
from wheelhouse.v1 import chart_pb2, plan_pb2

DESTROY = chart_pb2.ACTION_DESTROY


@pytest.fixture
def deployer(cluster, kubeconfig, namespace, tmp_path):
    """A kubeconfig of an account that may do what charts need in the test's namespace, but not read the Namespace, and nothing
    elsewhere; and its token."""
    cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl("create", "serviceaccount", "deployer", "-n", namespace)
    core = ["secrets", "configmaps", "services", "serviceaccounts", "pods", "pods/log", "events", "persistentvolumeclaims"]
    rules = [
        {"apiGroups": [""], "resources": core, "verbs": ["*"]},
        {"apiGroups": ["apps", "batch", "coordination.k8s.io", "discovery.k8s.io"], "resources": ["*"], "verbs": ["*"]},
    ]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "deployer"}, "rules": rules}
    cluster.kubectl("create", "-n", namespace, "-f", "-", input=json.dumps(role))
    cluster.kubectl("create", "rolebinding", "deployer", "-n", namespace, "--role=deployer", f"--serviceaccount={namespace}:deployer")
    config = yaml.safe_load(open(kubeconfig))
    token = cluster.kubectl("create", "token", "deployer", "-n", namespace).strip()
    config["users"] = [{"name": config["users"][0]["name"], "user": {"token": token}}]
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    return path, token


@both_majors
def test_an_account_of_one_namespace_deploys_and_destroys_there(make_daemon, deployer, deploy, helm, namespace):
    daemon = make_daemon(kubeconfig=deployer[0], helm=helm, claims={"inReleaseNamespace": True, "leaseDuration": "4s"})
    with daemon.client() as client:
        outcome = deploy(namespace, client=client)
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        assert deploy(namespace, client=client).decision() == "UNCHANGED"
        labelled = deploy(namespace, client=client, namespace_labels={"a": "b"}, values={"message": "x"})
        assert labelled.run.failure.reason == "PERMISSION_DENIED" and "namespaceLabels" in labelled.run.failure.message
        assert deploy(namespace, client=client, action=DESTROY).state == "SUCCEEDED"
        elsewhere = deploy("default", client=client).run.failure
        assert elsewhere.reason == "PERMISSION_DENIED", elsewhere


def test_two_daemons_keep_apart_by_leases_in_the_releases_namespace(make_daemon, deployer, upload, cluster, namespace):
    claims = {"inReleaseNamespace": True, "leaseDuration": "4s"}
    first, second = (make_daemon(kubeconfig=deployer[0], claims=claims) for _ in range(2))
    with first.client() as one, second.client() as two:
        run = slow(one, upload, namespace)
        wait_for("it claims", lambda: f"namespace.{namespace}" in cluster.kubectl("get", "leases", "-n", namespace, "-o", "name"))
        info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(two, "web"))
        waiting = two.create_run(plan_pb2.Plan(charts=[info]))
        holders = wait_for("it waits", lambda: list(two.get_run(waiting.id).charts[0].waits_for_claims))
        assert [(holder.namespace, holder.run_id) for holder in holders] == [(namespace, run.id)]
        two.cancel_run(waiting.id)
        one.cancel_run(run.id, force=True)


PLUGIN = """#!/bin/sh
if [ -z "$WHEELHOUSE_TEST_LOGIN" ]; then echo "no login: WHEELHOUSE_TEST_LOGIN is not set, token=abcdefgh" >&2; exit 3; fi
printf '%s' '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "TOKEN"}}'
"""


@both_majors
def test_an_exec_plugin_inherits_what_is_configured_and_is_heard(make_daemon, deployer, deploy, helm, namespace, tmp_path):
    path, token = deployer
    plugin = tmp_path / "plugin"
    plugin.write_text(PLUGIN.replace("TOKEN", token))
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    config = yaml.safe_load(path.read_text())
    config["users"][0]["user"] = {
        "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin), "interactiveMode": "Never"}
    }
    path.write_text(json.dumps(config))
    common = {"kubeconfig": path, "helm": helm, "claims": {"inReleaseNamespace": True}}
    told = make_daemon(start=False, **common, execPlugins={"inheritEnv": ["WHEELHOUSE_TEST_LOGIN"]})
    with told.start(WHEELHOUSE_TEST_LOGIN="me").client() as client:
        outcome = deploy(namespace, client=client)
        assert outcome.state == "SUCCEEDED", outcome.run.failure
    untold = make_daemon(start=False, **common)
    with untold.start(WHEELHOUSE_TEST_LOGIN="me").client() as client:
        failure = deploy(namespace, client=client).run.failure
        assert failure.reason == "CREDENTIALS_INVALID"
        assert "exited with 3: no login: WHEELHOUSE_TEST_LOGIN is not set, token=***" in failure.message
