"""What becomes of a call when its worker or the daemon is killed or frozen: nothing is lost, done twice, or stuck."""

import signal

import pytest

from harness.daemon import wait_for
from harness.runs import Outcome, step_result
from wheelhouse.v1 import chart_pb2, plan_pb2

EFFECTS = ("READ_ONLY", "REPEATABLE", "CHECKABLE", "ONCE")


@pytest.fixture
def create(own, upload, namespace):
    """create(step): a run whose pre_exec has the step."""
    daemon, client = own

    def go(step):
        info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        info.stages.pre_exec.before.append(step)
        return client.create_run(plan_pb2.Plan(charts=[info]))

    return go


def input_of(effect):
    return {"checks": True} if effect == "CHECKABLE" else {}


@pytest.mark.parametrize("message", ("invoke", "accept", "done", "result", "ack"))
@pytest.mark.parametrize("effect", EFFECTS)
def test_a_worker_is_killed(own, workers, hook, create, effect, message):
    _, client = own
    workers(message)
    run = create(hook(effect, input=input_of(effect)))
    wait_for("the worker is gone", lambda: not client.list_hooks().workers)
    workers()
    outcome = Outcome(client, client.watch(run.id))
    done = workers.lines("done")
    calls = workers.lines("calls")
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
        assert len({call["id"] for call in calls}) == 1
        assert [call["attempt"] for call in calls] == sorted({call["attempt"] for call in calls})


@pytest.mark.parametrize("effect", EFFECTS)
def test_the_daemon_is_killed_while_a_worker_works(own, workers, hook, create, effect):
    daemon, client = own
    workers.hold()
    workers()
    run = create(hook(effect, heartbeat={"seconds": 60}))
    wait_for("the worker works", lambda: workers.lines("calls"))
    daemon.kill()
    daemon.start()
    workers.release()
    outcome = Outcome(client, client.watch(run.id))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert len(workers.lines("calls")) == len(workers.lines("done")) == 1
    assert step_result(outcome, "call") == ("SUCCEEDED", "worked in attempt 1")


@pytest.mark.parametrize("effect", EFFECTS)
def test_the_daemon_and_the_worker_are_killed(own, workers, hook, create, effect):
    daemon, client = own
    workers.hold()
    worker = workers()
    run = create(hook(effect, input=input_of(effect)))
    wait_for("the worker works", lambda: workers.lines("calls"))
    daemon.kill()
    worker.kill()
    workers.release()
    daemon.start()
    workers()
    outcome = Outcome(client, client.watch(run.id))
    if effect == "ONCE":
        assert outcome.run.failure.reason == "INTERRUPTED"
        assert not workers.lines("done")
    else:
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        assert [(call["attempt"], call["interrupted"]) for call in workers.lines("calls")] == [(1, False), (2, True)]
        assert len(workers.lines("done")) == 1


def test_what_a_frozen_worker_asks_for_when_it_wakes_is_refused(own, workers, hook, create, cluster, namespace):
    _, client = own
    workers.hold()
    frozen = workers()
    run = create(hook(input={"apply": "from-the-hook"}))
    wait_for("the worker works", lambda: workers.lines("calls"))
    frozen.send_signal(signal.SIGSTOP)
    workers()
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


def test_a_worker_that_drains_finishes_what_it_has(own, workers, hook, create):
    _, client = own
    workers.hold()
    worker = workers()
    run = create(hook("ONCE"))
    wait_for("the worker works", lambda: workers.lines("calls"))
    worker.send_signal(signal.SIGTERM)
    wait_for("it takes no more calls", lambda: client.list_hooks().workers[0].draining)
    workers.release()
    assert Outcome(client, client.watch(run.id)).state == "SUCCEEDED"
    assert worker.wait(timeout=60) == 0
