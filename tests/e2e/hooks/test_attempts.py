"""What becomes of a call when its worker or the daemon is killed or frozen: nothing is lost, done twice, or stuck.

tests/faults/test_hooks.py has every message of a session.
"""

import signal
import subprocess
import sys
import threading

import pytest

import wheelhouse
from harness.daemon import wait_for
from harness.hooks import EFFECTS, calls_work, check_kept
from harness.paths import CHARTS, TOP
from harness.runs import Outcome, step_result


@pytest.mark.parametrize("message", ("accept", "done"))
@pytest.mark.parametrize("effect", EFFECTS)
def test_a_worker_is_killed(own, workers, create, effect, message):
    _, client = own
    workers.start(message)
    run = create(calls_work(effect))
    wait_for("the worker is gone", lambda: not client.list_hooks().workers)
    workers.start()
    check_kept(Outcome(client, client.watch(run.id)), workers, effect, message)


@pytest.mark.parametrize("effect", ("CHECKABLE", "ONCE"))
def test_the_daemon_and_its_worker_are_killed(own, workers, create, effect):
    daemon, client = own
    worker = workers.start("done", victims=[daemon.process.pid, 0])
    run = create(calls_work(effect))
    daemon.process.wait()
    worker.wait()
    daemon.start()
    workers.start()
    check_kept(Outcome(client, client.watch(run.id)), workers, effect, "done")


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_worker_works_on_while_there_is_no_daemon(own, workers, create, effect):
    daemon, client = own
    workers.hold()
    workers.start()
    run = create(calls_work(effect, heartbeat={"seconds": 60}))
    wait_for("the worker works", lambda: workers.lines("calls"))
    daemon.kill()
    workers.release()
    wait_for("it is done", lambda: workers.lines("done"))
    daemon.start()
    outcome = Outcome(client, client.watch(run.id))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert len(workers.lines("calls")) == len(workers.lines("done")) == 1
    assert step_result(outcome, "call") == ("SUCCEEDED", "worked in attempt 1")


# A deploy without a request id, whose first step is the hook `hold` of another worker.
INLINE = """
import sys, wheelhouse
from wheelhouse.v1 import chart_pb2, plan_pb2, step_pb2

class Web(wheelhouse.Lifecycle):
    def post_exec(self, chart):
        return "after the restart"

with wheelhouse.Client() as client:
    source = chart_pb2.ChartSource(archive_digest=client.upload_chart(sys.argv[1]).digest)
    info = chart_pb2.ChartInfo(name="web", namespace=sys.argv[2], chart=source)
    hold = step_pb2.HookStep(name="hold", effect=step_pb2.HOOK_EFFECT_REPEATABLE, heartbeat={"seconds": 600})
    info.stages.pre_exec.before.add(name="hold", hook=hold)
    for event in client.deploy(plan_pb2.Plan(charts=[info]), {"web": Web()}, heartbeat=600):
        if event.HasField("snapshot"):
            print(event.run_id, flush=True)
"""


def test_a_deploy_that_nobody_can_come_back_to_outlives_a_restart_of_the_daemon(own, namespace):
    """Its steps fail when its process is gone; a process that lost its session with the daemon is not."""
    daemon, client = own
    held, goes_on = threading.Event(), threading.Event()
    worker = wheelhouse.Worker(client, {"hold": lambda chart: held.set() or goes_on.wait() and "held"})
    serving = threading.Thread(target=worker.run, args=(False,), daemon=True)
    serving.start()
    environment = {"WHEELHOUSE_SERVER": daemon.server, "PYTHONPATH": str(TOP / "client" / "python")}
    command = [sys.executable, "-c", INLINE, CHARTS / "web", namespace]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as caller:
        run_id = caller.stdout.readline().strip()
        held.wait()
        caller.send_signal(signal.SIGSTOP)
        try:
            daemon.kill()
            daemon.start()
            goes_on.set()
            said = "waits for the process that deploys web, which has no session: the step fails unless it comes back soon"
            wait_for("its step waits", lambda: said in str(client.get_run(run_id).charts))
        finally:
            caller.send_signal(signal.SIGCONT)
    outcome = Outcome(client, client.watch(run_id))
    assert step_result(outcome, "Web.post_exec") == ("SUCCEEDED", "after the restart"), outcome.run.failure
    assert caller.returncode == 0
    worker.stop()
    serving.join()


def test_what_a_frozen_worker_asks_for_when_it_wakes_is_refused(own, workers, create, cluster, namespace):
    _, client = own
    workers.hold()
    frozen = workers.start()
    run = create(calls_work(input={"apply": "from-the-hook"}))
    wait_for("the worker works", lambda: workers.lines("calls"))
    frozen.send_signal(signal.SIGSTOP)
    workers.start()
    wait_for("the call is made again", lambda: len(workers.lines("calls")) == 2)
    # The second one goes on alone: the first is still frozen.
    workers.release()
    outcome = Outcome(client, client.watch(run.id))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    cluster.kubectl("delete", "configmap", "from-the-hook", "-n", namespace)
    frozen.send_signal(signal.SIGCONT)
    wait_for("the frozen one has ended its call", lambda: workers.lines("ends"))
    assert [end["pid"] for end in workers.lines("ends")] == [frozen.pid]
    assert [done["attempt"] for done in workers.lines("done")] == [2]
    assert "from-the-hook" not in cluster.kubectl("get", "configmaps", "-n", namespace, "-o", "name")
    wait_for("its result was refused", lambda: not any(w.calls for w in client.list_hooks().workers))


def test_a_worker_that_drains_finishes_what_it_has(own, workers, create):
    _, client = own
    workers.hold()
    worker = workers.start()
    run = create(calls_work("ONCE"))
    wait_for("the worker works", lambda: workers.lines("calls"))
    worker.send_signal(signal.SIGTERM)
    wait_for("it takes no more calls", lambda: client.list_hooks().workers[0].draining)
    workers.release()
    assert Outcome(client, client.watch(run.id)).state == "SUCCEEDED"
    assert worker.wait(timeout=60) == 0
