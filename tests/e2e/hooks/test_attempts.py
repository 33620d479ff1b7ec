"""What becomes of a call when its worker or the daemon is killed or frozen: nothing is lost, done twice, or stuck."""

import signal

import pytest

from harness.daemon import wait_for
from harness.hooks import calls_work
from harness.runs import Outcome, step_result

EFFECTS = ("READ_ONLY", "REPEATABLE", "CHECKABLE", "ONCE")
MESSAGES = ("invoke", "accept", "done", "result", "ack")


def check_kept(outcome, workers, effect, message):
    """What stands after a worker has died at a message."""
    calls, done = workers.lines("calls"), workers.lines("done")
    if message == "ack":
        assert outcome.state == "SUCCEEDED" and len(done) == 1
    elif effect == "ONCE":
        # Whether the daemon had read the result before the worker died, nobody knows.
        assert outcome.state == "FAILED" or (message == "result" and len(done) == 1)
        assert outcome.state == "SUCCEEDED" or outcome.run.failure.reason == "INTERRUPTED"
        assert len(done) <= 1 and len(calls) <= 1
    else:
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        assert len(done) == 1 or (message in ("done", "result") and effect in ("READ_ONLY", "REPEATABLE"))
    assert len({call["id"] for call in calls}) <= 1
    assert [call["attempt"] for call in calls] == sorted({call["attempt"] for call in calls})


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("effect", EFFECTS)
def test_a_worker_is_killed_at_a_message(own, workers, create, effect, message):
    _, client = own
    workers.start(message)
    run = create(calls_work(effect))
    wait_for("the worker is gone", lambda: not client.list_hooks().workers)
    workers.start()
    check_kept(Outcome(client, client.watch(run.id)), workers, effect, message)


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("effect", EFFECTS)
def test_the_daemon_is_killed_at_a_message(own, workers, create, effect, message):
    daemon, client = own
    workers.start(message, victims=[daemon.process.pid])
    run = create(calls_work(effect, heartbeat={"seconds": 60}))
    daemon.process.wait()
    daemon.start()
    outcome = Outcome(client, client.watch(run.id))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert len(workers.lines("calls")) == len(workers.lines("done")) == 1


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("effect", EFFECTS)
def test_the_daemon_and_its_worker_are_killed_at_a_message(own, workers, create, effect, message):
    daemon, client = own
    worker = workers.start(message, victims=[daemon.process.pid, 0])
    run = create(calls_work(effect))
    daemon.process.wait()
    worker.wait()
    daemon.start()
    workers.start()
    check_kept(Outcome(client, client.watch(run.id)), workers, effect, message)


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
