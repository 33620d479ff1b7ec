"""What a Prometheus reads of the daemon, while it deploys with a hook."""

import contextlib
import re
import threading
import urllib.error
import urllib.request

import pytest

import wheelhouse
from harness.daemon import wait_for
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2, step_pb2

# A value of a caller's, which no label may hold.
PLAN = "a-plan-that-only-its-caller-knows"


@pytest.fixture
def own(make_daemon):
    daemon = make_daemon(metrics={"listen": "127.0.0.1:0"})
    with daemon.client() as client:
        yield daemon, client


def scrape(daemon):
    """{`name{label="value"}`: number}, and the whole text."""
    url = re.search(r"metrics are at (http://\S+)", daemon.log_text())[1]
    with urllib.request.urlopen(url, timeout=60) as answer:
        text = answer.read().decode()
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in lines}, text


@pytest.fixture
def create(own, upload, namespace):
    """create(hook): a run whose pre_exec calls the hook."""
    _, client = own

    def go(name, **fields):
        info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        hook = step_pb2.HookStep(name=name, effect=step_pb2.HOOK_EFFECT_REPEATABLE, **fields)
        info.stages.pre_exec.before.add(name="call", hook=hook)
        return client.create_run(plan_pb2.Plan(charts=[info], name=PLAN))

    return go


def test_a_deploy_with_a_hook_is_seen_from_its_beginning_to_its_end(own, create, namespace):
    daemon, client = own
    working, go_on = threading.Event(), threading.Event()

    def work(chart):
        working.set()
        go_on.wait()
        chart.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "of-the-hook"}})
        return "done"

    run = create("drain")
    wait_for("the call waits", lambda: scrape(daemon)[0]['wheelhouse_hook_calls{state="waiting"}'] == 1)
    worker = wheelhouse.Worker(client, {"drain": work}, versions={"drain": "7"})
    thread = threading.Thread(target=worker.run, args=(False,))
    thread.start()
    try:
        working.wait()
        with contextlib.closing(client.watch(run.id)) as watch:
            next(watch)
            now, _ = scrape(daemon)
        assert now['wheelhouse_runs{state="running"}'] == 1 and now['wheelhouse_runs{state="queued"}'] == 0
        assert now['wheelhouse_hook_calls{state="working"}'] == 1 and now["wheelhouse_hook_sessions"] == 1
        assert now['wheelhouse_hook_workers{hook="drain",version="7"}'] == 1
        assert now['wheelhouse_streams{kind="hooks"}'] == 1 and now['wheelhouse_streams{kind="events"}'] == 1
        assert now['wheelhouse_claims_held{cluster="sandbox"}'] == 1
        assert now[f'wheelhouse_connections{{listener="unix:{daemon.socket}"}}'] >= 1
        assert now["process_resident_memory_bytes"] > 1e6 and now["process_threads"] > 1
        go_on.set()
        assert Outcome(client, client.watch(run.id)).state == "SUCCEEDED"
    finally:
        go_on.set()
        worker.stop()
        thread.join()
    after, text = scrape(daemon)
    assert after['wheelhouse_runs_ended_total{mode="apply",outcome="succeeded",reason=""}'] == 1
    assert after["wheelhouse_runs_created_total"] == after["wheelhouse_run_duration_seconds_count"] == 1
    assert after['wheelhouse_stage_duration_seconds_count{stage="exec",outcome="succeeded"}'] == 1
    assert after['wheelhouse_hook_calls_ended_total{outcome="succeeded"}'] == after["wheelhouse_hook_attempts_total"] == 1
    assert after['wheelhouse_hook_bytes_total{direction="in"}'] > 0
    assert after["wheelhouse_store_write_seconds_count"] > 5 and after["wheelhouse_store_writes_failed_total"] == 0
    assert after['wheelhouse_loop_age_seconds{loop="store"}'] <= after['wheelhouse_loop_age_limit_seconds{loop="store"}']
    assert namespace not in text and PLAN not in text and "tester" not in text
    audit = [line for line in daemon.log_text().splitlines() if "hook of unix:tester: apply" in line]
    assert len(audit) == 1 and f"run {run.id}: " in audit[0] and "ConfigMap of-the-hook: applied 1 objects" in audit[0]


def test_a_run_that_fails_counts_by_its_reason(own, create):
    daemon, client = own
    run = create("nobody", no_worker=step_pb2.NO_WORKER_FAIL)
    assert Outcome(client, client.watch(run.id)).state == "FAILED"
    now, _ = scrape(daemon)
    assert now['wheelhouse_runs_ended_total{mode="apply",outcome="failed",reason="HOOK_UNAVAILABLE"}'] == 1
    assert now['wheelhouse_hook_calls_ended_total{outcome="no_worker"}'] == 1


def test_nothing_else_is_served_there(own):
    url = re.search(r"metrics are at (http://\S+)", own[0].log_text())[1]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(url.replace("/metrics", "/"), timeout=60)


def test_an_address_that_is_taken_keeps_the_daemon_from_starting(own, make_daemon):
    address = re.search(r"metrics are at http://(\S+)/", own[0].log_text())[1]
    second = make_daemon(start=False, metrics={"listen": address}).spawn()
    assert second.process.wait() != 0
    assert f"metrics.listen {address}: cannot be listened on" in second.log_text()
