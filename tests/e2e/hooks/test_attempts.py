"""What becomes of a call when its worker or the daemon is killed or frozen: nothing is lost, done twice, or stuck.

tests/faults/test_hooks.py has every message of a session.
"""

import signal

import pytest

from harness.daemon import wait_for
from harness.hooks import EFFECTS, calls_work, check_kept
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
