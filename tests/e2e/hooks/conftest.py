"""A daemon of the test's own, and its workers."""

import pytest

from harness.hooks import Workers
from wheelhouse.v1 import chart_pb2, plan_pb2


@pytest.fixture
def own(make_daemon):
    """A daemon that the test may kill, and its client."""
    daemon = make_daemon()
    with daemon.client() as client:
        yield daemon, client


@pytest.fixture
def workers(tmp_path, own):
    workers = Workers(*own, tmp_path)
    yield workers
    workers.close()


@pytest.fixture
def create(own, upload, namespace):
    """create(step): a run whose pre_exec has the step."""
    _, client = own

    def go(step):
        info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        info.stages.pre_exec.before.append(step)
        return client.create_run(plan_pb2.Plan(charts=[info]))

    return go
