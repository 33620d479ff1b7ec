"""The lifecycles of client/python/examples, without a daemon."""

import importlib.util
import json
import pathlib
import sys

import pytest

from wheelhouse import testing
from wheelhouse.v1 import failure_pb2, hook_service_pb2

EXAMPLES = pathlib.Path(__file__).resolve().parents[4] / "client" / "python" / "examples" / "lifecycles"


def example(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def test_what_eks_has_installed_is_adopted():
    lifecycle = example("aws_vpc_cni").AwsVpcCni()
    installed = [{"kind": kind, "metadata": {"name": "aws-node"}} for kind in ("DaemonSet", "ServiceAccount")]
    cluster = testing.FakeCluster(installed, namespace="kube-system")
    assert testing.run(lifecycle, "check_prerequisites", cluster=testing.FakeCluster()).failure.reason == "NOT_EKS"
    assert testing.run(lifecycle, "pre_exec", cluster=cluster, name="cni").outcome == "adopted 2 objects"
    assert cluster.get("DaemonSet", "aws-node")["metadata"]["annotations"]["meta.helm.sh/release-name"] == "cni"
    assert testing.run(lifecycle, "pre_exec", cluster=cluster, name="other").failure.reason == "OWNED"


def test_custom_resources_go_before_their_crds():
    class Watched(testing.FakeCluster):
        def __init__(self, objects):
            super().__init__(objects)
            self.deleted = []

        def _delete(self, step, response):
            before = set(self.objects)
            super()._delete(step, response)
            self.deleted += sorted(before - set(self.objects))

    labels = {"app.kubernetes.io/instance": "chart"}
    cluster = Watched(
        [
            {"kind": "CustomResourceDefinition", "metadata": {"name": "prometheuses.monitoring.coreos.com"}},
            {"kind": "Prometheus", "metadata": {"name": "main", "namespace": "default"}},
            {"kind": "Deployment", "metadata": {"name": "operator", "labels": labels}},
            {"kind": "Secret", "metadata": {"name": "record", "labels": {"owner": "helm", "name": "chart"}}},
            {"kind": "Secret", "metadata": {"name": "another"}},
        ]
    )
    done = testing.run(example("prometheus_operator").PrometheusOperator(), "exec", cluster=cluster, action="DESTROY")
    assert done.failure is None, done
    assert [kind for kind, _, _ in cluster.deleted] == ["Prometheus", "Deployment", "Secret", "CustomResourceDefinition"]
    assert [name for _, _, name in cluster.objects] == ["another"]


def test_coredns_is_restarted_only_for_a_new_corefile():
    lifecycle = example("coredns").CoreDns()
    cluster = testing.FakeCluster([{"kind": "ConfigMap", "metadata": {"name": "coredns"}, "data": {"Corefile": "a"}}])
    patched = []
    cluster._patch = lambda step, response: patched.append(json.loads(step.strategic))
    payload = testing.run(lifecycle, "pre_exec", cluster=cluster).payload
    assert testing.run(lifecycle, "post_exec", cluster=cluster, payload=payload).outcome == "the Corefile has not changed"
    cluster.get("ConfigMap", "coredns")["data"]["Corefile"] = "b"
    assert testing.run(lifecycle, "post_exec", cluster=cluster, payload=payload).outcome == "restarted for a new Corefile"
    assert len(patched) == 1


def test_the_webhook_of_cert_manager_is_waited_for():
    lifecycle = example("cert_manager_configs").CertManagerConfigs()
    lifecycle.tries, lifecycle.pause = 3, 0

    class Slow(testing.FakeCluster):
        refusals = 2

        def _apply(self, step, response):
            if self.refusals == 0:
                return super()._apply(step, response)
            self.refusals -= 1
            response.failure.CopyFrom(failure_pb2.Failure(reason="APPLY_REJECTED", message="no endpoints"))

    cluster = Slow()
    assert testing.run(lifecycle, "pre_exec", cluster=cluster).outcome == "the webhook answered after 3 tries"
    assert not cluster.objects
    cluster.refusals = 9
    failure = testing.run(lifecycle, "pre_exec", cluster=cluster).failure
    assert (failure.reason, failure.retryable) == ("NO_WEBHOOK", True)


class Database:
    def __init__(self):
        self.now, self.backups = 1, {}

    def schema(self):
        return self.now

    def back_up(self, name):
        self.backups[name] = self.now

    def migrate(self, to):
        self.now = to

    def restore(self, name):
        self.now = self.backups[name]


def test_data_is_migrated_once_and_put_back_after_a_failure():
    database = Database()
    lifecycle = example("data_migration").DataMigration(database)
    done = testing.run(lifecycle, "pre_exec", input={"schema": 2})
    assert (done.outcome, database.now) == ("migrated from 1 to 2", 2)
    again = testing.run(lifecycle, "pre_exec", input={"schema": 2}, interrupted=True)
    assert again.outcome == "schema 2 is there" and len(database.backups) == 1
    assert testing.run(lifecycle, "check_prerequisites", input={"schema": 1}).failure.reason == "SCHEMA_AHEAD"
    testing.run(lifecycle, "on_deploy_failure", payload=done.payload)
    assert database.now == 1


@pytest.mark.parametrize("rate, reason", ((0.001, None), (0.5, "ERRORS")))
def test_a_canary_that_fails_fails_the_deploy(rate, reason):
    async def ask(query):
        return rate

    lifecycle = example("canary").Canary(ask)
    done = testing.run(lifecycle, "validate", input={"query": "errors", "looks": 2, "seconds": 0})
    assert isinstance(done.failure, (type(None), hook_service_pb2.HookFailure))
    assert (done.failure.reason if done.failure else None) == reason
