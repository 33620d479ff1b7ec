"""Plans of several charts: what is shared among them, and what goes on at the same time."""

import itertools

import pytest

from harness.daemon import wait_for
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, failure_pb2, plan_pb2, run_pb2


@pytest.fixture
def charts(client, upload, namespace):
    """charts(count, spread, **fields): so many, in as many namespaces or in one; none depends on another."""

    def make(count, spread=True, values=None, **fields):
        made = []
        for i in range(count):
            where = f"{namespace}-{i}" if spread else namespace
            info = chart_pb2.ChartInfo(name=f"web-{i}", namespace=where, chart=upload(client, "web"), **fields)
            for key, value in (values or {}).items():
                info.values.add(key=key, value=value)
            made.append(info)
        return made

    return make


def apply(client, charts):
    outcome = Outcome(client, client.deploy(plan_pb2.Plan(charts=charts)))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    return outcome


def decisions(outcome):
    return [outcome.decision(i) for i in range(len(outcome.run.charts))]


@pytest.mark.parametrize("spread", [True, False])
def test_what_changed_is_upgraded_and_the_rest_is_not_touched(client, charts, spread):
    plan = charts(5, spread)
    assert decisions(apply(client, plan)) == ["INSTALL"] * 5
    again = apply(client, plan)
    assert decisions(again) == ["UNCHANGED"] * 5
    assert {chart.unchanged_by for chart in again.run.charts} == {run_pb2.UNCHANGED_TIER_INPUTS}
    plan[3].values.add(key="message", value="other")
    assert decisions(apply(client, plan)) == [*["UNCHANGED"] * 3, "UPGRADE", "UNCHANGED"]


def test_a_release_that_was_compared_with_the_cluster_says_so(client, charts):
    plan = charts(5, reapply=chart_pb2.REAPPLY_IF_DRIFTED)
    apply(client, plan)
    again = apply(client, plan)
    assert decisions(again) == ["UNCHANGED"] * 5
    assert {chart.unchanged_by for chart in again.run.charts} == {run_pb2.UNCHANGED_TIER_LIVE}


def test_a_chart_sees_what_one_that_it_depends_on_has_done(client, charts, namespace):
    """The second chart was looked at when the run began, but not decided by that."""
    plan = charts(5)
    apply(client, plan)
    apply(client, plan)
    plan[4].depends_on.append(plan[0].name)
    step = plan[0].stages.validate.after.add(name="remove")
    step.delete.objects.add(kind="Deployment", name="web-4", namespace=f"{namespace}-4")
    plan[0].extra_namespaces.append(f"{namespace}-4")
    assert decisions(apply(client, plan)) == [*["UNCHANGED"] * 4, "UPGRADE"]


def test_charts_of_one_namespace_go_at_once(client, charts):
    plan = charts(3, spread=False, values={"podBehaviour": "never-ready"})
    run = client.create_run(plan_pb2.Plan(charts=plan))

    def waiting():
        """How many charts are in exec."""
        stages = itertools.chain.from_iterable(chart.stages for chart in client.get_run(run.id).charts)
        return sum(stage.stage == failure_pb2.STAGE_EXEC and stage.state == run_pb2.STATE_RUNNING for stage in stages)

    wait_for("all are waited for at the same time", lambda: waiting() == 3, 120)
    client.cancel_run(run.id, force=True)
    wait_for("the run ends", lambda: client.get_run(run.id).HasField("end_time"), 120)
