"""The daemon ends: what was running is told truly, what was queued goes on."""

from conftest import Outcome, wait_for
from wheelhouse.v1 import chart_pb2, plan_pb2, run_pb2


def test_after_kill_9_a_running_run_is_interrupted_and_a_queued_one_goes_on(make_daemon, upload, namespace):
    daemon = make_daemon()
    with daemon.client() as client:
        chart = chart_pb2.ChartInfo(name="slow", namespace=namespace, chart=upload(client, "web"))
        chart.values.add(key="podBehaviour", value="never-ready")
        first = client.create_run(plan_pb2.Plan(charts=[chart]))
        wait_for("it runs", lambda: client.get_run(first.id).state == run_pb2.RUN_STATE_RUNNING)
        web = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        second = client.create_run(plan_pb2.Plan(charts=[web]))
    daemon.kill()
    daemon.start()
    with daemon.client() as client:
        run = client.get_run(first.id)
        assert (run.state, run.failure.reason) == (run_pb2.RUN_STATE_FAILED, "INTERRUPTED")
        assert Outcome(client, client.watch(second.id)).state == "SUCCEEDED"
