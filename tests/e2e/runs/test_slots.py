"""With every place and every helm process taken by runs that hang, what was changed is still undone, and plans are checked."""

import pytest

from harness.daemon import wait_for
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, plan_pb2


@pytest.fixture(scope="module")
def narrow(make_daemon):
    """The client of a daemon with one place and one helm process."""
    daemon = make_daemon(start=False, limits={"parallelCharts": 1})
    daemon.config["helm"]["maxProcesses"] = 1
    with daemon.start().client() as client:
        yield client


def statuses(cluster, namespace):
    """Of web's revisions."""
    labels = cluster.kubectl(
        "get", "secrets", "-n", namespace, "-l", "owner=helm,name=web", "-o", "jsonpath={.items[*].metadata.labels.status}"
    )
    return (labels or "").split()


def test_what_hangs_holds_up_no_rollback_and_no_check(narrow, upload, cluster, namespace):
    def plan(where, **values):
        chart = chart_pb2.ChartInfo(name="web", namespace=where, chart=upload(narrow, "web"))
        for key, value in values.items():
            chart.values.add(key=key, value=value)
        return plan_pb2.Plan(charts=[chart])

    elsewhere = f"{namespace}-hangs"
    assert Outcome(narrow, narrow.deploy(plan(namespace))).state == "SUCCEEDED"
    waits = narrow.create_run(plan(namespace, podBehaviour="never-ready"))
    wait_for("the first waits", lambda: statuses(cluster, namespace) == ["superseded", "deployed"])
    # helm waits by itself, for the objects of a chart that has a hook after them.
    hangs = narrow.create_run(plan(elsewhere, podBehaviour="never-ready", hook="completes"))
    wait_for("helm hangs", lambda: statuses(cluster, elsewhere) == ["pending-install"])

    preview = narrow.deploy(plan(f"{namespace}-new"), mode=deployer_service_pb2.MODE_PREVIEW)
    assert Outcome(narrow, preview).state == "SUCCEEDED"
    narrow.cancel_run(waits.id)
    outcome = Outcome(narrow, narrow.watch(waits.id))
    assert outcome.state == "CANCELLED" and not outcome.run.failure.secondary, outcome.run.failure
    assert len(statuses(cluster, namespace)) == 3 and statuses(cluster, namespace)[-1] == "deployed"

    assert statuses(cluster, elsewhere) == ["pending-install"]
    narrow.cancel_run(hangs.id)
    assert Outcome(narrow, narrow.watch(hangs.id)).state == "CANCELLED"
