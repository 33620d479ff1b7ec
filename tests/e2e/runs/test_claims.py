"""Two daemons, each with its own store, on one cluster: they keep out of each other's way, also when one of them is killed
or frozen."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess

import pytest
import yaml

from harness.daemon import wait_for
from harness.paths import BIN
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, failure_pb2, plan_pb2, run_pb2


@pytest.fixture
def leases(cluster, claims):
    """The names of the Leases that stand."""
    ns = claims["leaseNamespace"]
    return lambda: cluster.kubectl("get", "leases", "-n", ns, "-o", "jsonpath={.items[*].metadata.name}").split()


@pytest.fixture
def chart(upload, namespace):
    """A chart `name` whose pods are as `pods` says."""

    def make(client, name, pods="", **fields):
        info = chart_pb2.ChartInfo(name=name, namespace=namespace, chart=upload(client, "web"), **fields)
        if pods:
            info.values.add(key="podBehaviour", value=pods)
            info.values.add(key="hook", value="completes")  # for which helm waits by itself
        return info

    return make


def start(client, *charts, **fields):
    return client.create_run(plan_pb2.Plan(charts=charts, **fields))


def waits_for(client, run_id):
    """The claims that the run's first chart waits for, once it does."""
    return wait_for("it waits for claims", lambda: list(client.get_run(run_id).charts[0].waits_for_claims))


def pending(cluster, namespace, release):
    """Whether helm has begun and waits."""
    return "pending" in records(cluster, namespace, release)


def records(cluster, namespace, release):
    """The release's records with the versions of their Secrets: any write shows."""
    path = "jsonpath={range .items[*]}{.metadata.name} {.metadata.labels.status} {.metadata.resourceVersion};{end}"
    return cluster.kubectl("get", "secrets", "-n", namespace, "-l", f"owner=helm,name={release}", "-o", path)


READY = {"status": {"conditions": [{"type": kind, "status": "True"} for kind in ("Ready", "ContainersReady")]}}


def make_ready(cluster, namespace, release):
    """The release's pods, which are never ready by themselves."""
    path = "jsonpath={.items[*].metadata.name}"
    for pod in cluster.kubectl("get", "pods", "-n", namespace, "-l", f"app={release}", "-o", path).split():
        cluster.kubectl("patch", "pod", pod, "-n", namespace, "--subresource=status", "-p", json.dumps(READY))


def decisions(outcome):
    return [event.transition.decision for event in outcome.events if event.transition.decision]


def begins(outcome, stage):
    """When a stage of the first chart began, as a number."""
    for event in outcome.events:
        change = event.transition
        if (change.stage, change.step, change.state) == (stage, "", run_pb2.STATE_RUNNING):
            return event.time.ToNanoseconds()


def test_a_second_daemon_waits_and_says_for_whom(pair, chart, cluster, leases, namespace):
    with pair[0].client() as first, pair[1].client() as second:
        ahead = start(first, chart(first, "ahead", "never-ready"))
        wait_for("helm waits", lambda: pending(cluster, namespace, "ahead"))
        behind = start(second, chart(second, "behind"))
        holder = waits_for(second, behind.id)[0]
        assert (holder.namespace, holder.run_id, holder.caller) == (namespace, ahead.id, "unix:tester")
        assert holder.host == os.uname().nodename and holder.daemon and holder.since.seconds
        for command in (["queue"], ["runs", "get", behind.id]):
            told = subprocess.check_output([BIN / "wheelhouse", "--server", pair[1].server, *command], text=True)
            assert f"waits for run {ahead.id} of unix:tester, daemon {holder.daemon} on {holder.host} ({namespace})" in told
        assert cluster.releases(namespace).keys() == {"ahead"}

        cancelled = start(second, chart(second, "cancelled"))
        second.cancel_run(behind.id)
        assert Outcome(second, second.watch(behind.id)).state == "CANCELLED"
        waits_for(second, cancelled.id)
        first.cancel_run(ahead.id)
        last = Outcome(second, second.watch(cancelled.id))
        assert last.state == "SUCCEEDED", last.run.failure
        assert not last.chart().waits_for_claims
        assert len(decisions(last)) == 2, "it decides again after it has waited"
    wait_for("all Leases are given back", lambda: not leases())


def test_an_unchanged_run_takes_no_claim(pair, claims, chart, deploy, cluster, leases, namespace, tmp_path):
    with pair[0].client() as client:
        assert deploy(namespace, client=client).state == "SUCCEEDED"
        wait_for("all Leases are given back", lambda: not leases())
        ns = claims["leaseNamespace"]
        audit = ["get", "leases", "-n", ns, "--watch-only", "-o", "name"]
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KUBECONFIG": cluster.kubeconfig}
        seen = tmp_path / "seen"
        with open(seen, "w") as out:
            watch = subprocess.Popen([cluster.tools / "kubectl", *audit], stdout=out, env=environment)
        try:
            marks = iter(range(1000))

            def mark():
                """The watch has told all there was until now."""
                name = f"mark-{next(marks)}"
                lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name, "namespace": ns}}
                cluster.kubectl("create", "-f", "-", input=json.dumps(lease))
                return name

            wait_for("the watch has begun", lambda: mark() and "mark-" in seen.read_text())
            assert deploy(namespace, client=client).decision() == "UNCHANGED"
            last = mark()
            wait_for("the watch has come so far", lambda: last in seen.read_text())
            assert "namespace." not in seen.read_text() and "session." not in seen.read_text()
            assert deploy(namespace, client=client, values={"replicas": 2}).decision() == "UPGRADE"
            wait_for("the watch would have told", lambda: f"namespace.{namespace}" in seen.read_text())
        finally:
            watch.kill()
            watch.wait()


def test_the_claims_of_a_killed_daemon_expire(pair, chart, cluster, namespace):
    with pair[0].client() as first, pair[1].client() as second:
        run = start(first, chart(first, "ahead", "never-ready"))
        wait_for("helm waits", lambda: pending(cluster, namespace, "ahead"))
        behind = start(second, chart(second, "behind"))
        waits_for(second, behind.id)
        pair[0].kill()
        assert Outcome(second, second.watch(behind.id)).state == "SUCCEEDED"
    pair[0].start()
    make_ready(cluster, namespace, "ahead")
    with pair[0].client() as first:
        outcome = Outcome(first, first.watch(run.id))
        assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.history("ahead", namespace)[-1]["status"] == "deployed"


def test_a_restarted_daemon_takes_its_own_claims_up_at_once(pair, chart, cluster, namespace):
    with pair[0].client() as first, pair[1].client() as second:
        run = start(first, chart(first, "ahead", "never-ready"))
        wait_for("helm waits", lambda: pending(cluster, namespace, "ahead"))
        behind = start(second, chart(second, "behind"))
        waits_for(second, behind.id)
        pair[0].kill()
        pair[0].start()
        assert waits_for(second, behind.id)
    make_ready(cluster, namespace, "ahead")
    with pair[0].client() as first, pair[1].client() as second:
        outcome = Outcome(first, first.watch(run.id))
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        after = Outcome(second, second.watch(behind.id))
        assert after.state == "SUCCEEDED"
        assert begins(after, failure_pb2.STAGE_PRE_EXEC) > outcome.run.end_time.ToNanoseconds()


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def helms(daemon):
    """The processes that the daemon's supervisor has started."""
    return [child for supervisor in children(daemon.process.pid) for child in children(supervisor)]


@pytest.mark.parametrize("also", ["daemon", "supervisor"])
def test_a_frozen_daemon_changes_nothing_before_it_has_its_claim_again(pair, chart, cluster, namespace, also):
    with pair[0].client() as first, pair[1].client() as second:
        run = start(first, chart(first, "ahead", "never-ready"))
        wait_for("helm waits", lambda: pending(cluster, namespace, "ahead"))
        behind = start(second, chart(second, "behind", "never-ready"))
        waits_for(second, behind.id)

        helm = helms(pair[0])
        # With the supervisor frozen, nothing but the machine could stop helm: there helm stands still as well.
        frozen = [pair[0].process.pid, *(children(pair[0].process.pid) + helm if also == "supervisor" else [])]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            if also == "daemon":
                wait_for("helm is killed though the daemon stands still", lambda: not helms(pair[0]))
            wait_for("the other one has the claim", lambda: pending(cluster, namespace, "behind"))
            before = records(cluster, namespace, "ahead")
        finally:
            for pid in frozen:
                with contextlib.suppress(ProcessLookupError):  # helm may be dead already
                    os.kill(pid, signal.SIGCONT)
        holder = waits_for(first, run.id)[0]
        assert holder.run_id == behind.id
        assert not set(helm) & set(helms(pair[0]))
        assert records(cluster, namespace, "ahead") == before

        make_ready(cluster, namespace, "ahead")
        second.cancel_run(behind.id)
        outcome = Outcome(first, first.watch(run.id))
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        assert "the claims were lost" in " ".join(event.log.line for event in outcome.events)
    assert cluster.history("ahead", namespace)[-1]["status"] == "deployed"
    assert cluster.get("deployment", "ahead", namespace)["status"]["readyReplicas"] == 1


def test_a_run_that_was_overtaken_neither_goes_on_nor_undoes(pair, chart, cluster, namespace):
    with pair[0].client() as first, pair[1].client() as second:
        run = start(first, chart(first, "ahead", "never-ready"))
        wait_for("helm waits", lambda: pending(cluster, namespace, "ahead"))
        pair[0].kill()
        # Its helm is dead: the lock that it left is freed by whoever has the claim.
        other = Outcome(second, second.deploy(plan_pb2.Plan(charts=[chart(second, "ahead")])))
        assert other.state == "SUCCEEDED", other.run.failure
    before = records(cluster, namespace, "ahead")
    pair[0].start()
    with pair[0].client() as first:
        outcome = Outcome(first, first.watch(run.id))
        assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "LEASE_LOST")
    assert records(cluster, namespace, "ahead") == before
    assert cluster.history("ahead", namespace)[-1]["status"] == "deployed"


@pytest.fixture
def without_leases(kubeconfig, cluster, namespace, tmp_path):
    """The kubeconfig of somebody who may do what a chart needs, and nothing with Leases."""
    rules = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": namespace},
        "rules": [{"apiGroups": ["", "apps"], "resources": ["*"], "verbs": ["*"]}],
    }
    cluster.kubectl("create", "-f", "-", input=json.dumps(rules))
    cluster.kubectl("create", "clusterrolebinding", namespace, f"--clusterrole={namespace}", f"--user={namespace}")
    config = yaml.safe_load(pathlib.Path(kubeconfig).read_text())
    for user in config["users"]:
        user["user"]["as"] = namespace
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    yield path
    cluster.kubectl("delete", "clusterrole,clusterrolebinding", namespace)


def test_a_daemon_that_may_not_use_leases_says_what_to_grant(make_daemon, claims, deploy, cluster, without_leases, namespace):
    daemon = make_daemon(kubeconfig=without_leases, claims=claims)
    with daemon.client() as client:
        failure = deploy(namespace, client=client).run.failure
        assert failure.reason == "PERMISSION_DENIED"
        for word in ("create", "delete", "leases.coordination.k8s.io", claims["leaseNamespace"], "claims.off"):
            assert word in failure.message
        assert cluster.get("namespace", namespace, "default") is None
    daemon.stop()
    daemon.config["claims"] = {"off": True}
    daemon.start()
    with daemon.client() as client:
        assert deploy(namespace, client=client).state == "SUCCEEDED"
