"""What runs ask of the API server, as a proxy sees it that makes no faults."""

from faults.bench import wait_ended
from faults.scenarios import chart_info
from wheelhouse.v1 import plan_pb2, run_pb2


def apply(bench, charts):
    run = wait_ended(bench.client, bench.client.create_run(plan_pb2.Plan(charts=charts)).id)
    assert run.state == run_pb2.RUN_STATE_SUCCEEDED, run.failure
    return [run_pb2.Decision.Name(chart.decision).removeprefix("DECISION_") for chart in run.charts]


def test_a_plan_of_which_nothing_changed_reads_lists_alone(bench, proxy, namespace):
    """A hundred charts then cost what a few do."""
    namespaces = [f"{namespace}-{i}" for i in range(6)]
    charts = [chart_info(bench, one, "same") for one in namespaces]
    apply(bench, charts)
    assert apply(bench, charts) == ["UNCHANGED"] * 6  # reads the records, and remembers what they name
    proxy.set()
    assert apply(bench, charts) == ["UNCHANGED"] * 6
    about_one = [line for line in proxy.log if any(f"/namespaces/{one}" in line for one in namespaces)]
    assert about_one == [], "\n".join(about_one)


def test_what_is_gone_is_seen_though_reads_are_shared(bench, proxy, namespace):
    namespaces = [f"{namespace}-{i}" for i in range(6)]
    charts = [chart_info(bench, one, "same") for one in namespaces]
    apply(bench, charts)
    apply(bench, charts)
    bench.cluster.kubectl("delete", "deployment", "web", "-n", namespaces[2])
    assert apply(bench, charts) == [*["UNCHANGED"] * 2, "UPGRADE", *["UNCHANGED"] * 3]
    assert bench.cluster.get("deployment", "web", namespaces[2])
