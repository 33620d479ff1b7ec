"""A worker, its daemon, and both are killed at each message of a session, for each effect: nothing is lost, done twice, or stuck."""

import pytest

from harness.daemon import Daemon, wait_for
from harness.hooks import EFFECTS, MESSAGES, calls_work, check_kept, create, workers  # noqa: F401: fixtures
from harness.runs import Outcome


@pytest.fixture
def own(plane, tools):
    """A daemon that the test may kill, and its client."""
    daemon = Daemon(plane.kubeconfig, tools / "helm").start()
    with daemon.client() as client:
        yield daemon, client
    daemon.close()


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
