"""What `limits` and `children` of wheelhoused.yaml say is what the daemon keeps to, and what its errors name."""

import os
import queue

import pytest

import wheelhouse
from harness import hostile
from harness.daemon import wait_for
from wheelhouse.v1 import chart_pb2, chart_service_pb2

LIMITS = {"uploadBytes": 60_000, "quotaBytes": 100_000, "uploadingBytes": 150_000}


@pytest.fixture(scope="module")
def small(make_daemon):
    """A daemon with little room for charts, and two callers."""
    daemon = make_daemon(start=False, limits=LIMITS)
    daemon.config["listen"].append({"unix": str(daemon.folder / "t"), "caller": "another"})
    with daemon.start().client() as client, wheelhouse.Client(f"unix://{daemon.folder / 't'}") as another:
        yield daemon, client, another


@pytest.fixture
def chart(tmp_path):
    """Makes the archive of a chart with so many bytes and a little more, which differs from every other; gives its path."""

    def make(size):
        path = tmp_path / f"chart-{size}.tgz"
        path.write_bytes(hostile.archive(("noise", os.urandom(size)), template=hostile.CONFIG_MAP % "mine"))
        return str(path)

    return make


def refusal(upload, path):
    with pytest.raises(wheelhouse.Error) as refused:
        upload(path)
    return refused.value.reason, str(refused.value)


def stored(daemon):
    return list((daemon.folder / "state" / "archives").rglob("*.tgz"))


class Uploads:
    """Uploads that go on."""

    def __init__(self, daemon):
        self.folder, self.requests, self.calls = daemon.folder / "state" / "uploads", [], []

    def taken(self):
        return sum(path.stat().st_size for path in self.folder.iterdir())

    def begin(self, client, size):
        """Sends so many bytes, and returns when the daemon has taken them."""
        before = self.taken()
        self.requests.append(queue.SimpleQueue())
        self.requests[-1].put(chart_service_pb2.UploadChartRequest(chunk=bytes(size)))
        self.calls.append(client.charts.UploadChart.future(iter(self.requests[-1].get, None)))
        wait_for("the bytes are taken", lambda: self.taken() == before + size)

    def end(self):
        for call, requests in zip(self.calls, self.requests, strict=True):
            call.cancel()
            requests.put(None)
        wait_for("they are gone", lambda: not list(self.folder.iterdir()))


def test_an_archive_may_have_upload_bytes(small, chart):
    _, client, _ = small
    reason, message = refusal(client.upload_chart, chart(61_000))
    assert reason == "UPLOAD_TOO_LARGE" and "more than 60000 bytes (limits.uploadBytes)" in message
    assert client.upload_chart(chart(50_000)).name == "web"


def test_what_no_run_needs_makes_room_within_quota_bytes(small, chart, deploy, namespace):
    daemon, client, _ = small
    digests = [client.upload_chart(chart(size)).digest for size in (45_000, 45_001, 45_002)]
    assert len(stored(daemon)) == 2
    with pytest.raises(wheelhouse.Error) as refused:
        deploy(namespace, chart=chart_pb2.ChartSource(archive_digest=digests[0]), client=client)
    assert refused.value.reason == "CHART_NOT_UPLOADED"
    outcome = deploy(namespace, chart=chart_pb2.ChartSource(archive_digest=digests[2]), client=client)
    assert outcome.state == "SUCCEEDED", outcome.run.failure


def test_uploads_in_progress_take_quota_bytes_of_a_caller_and_uploading_bytes_of_all(small, chart):
    daemon, client, another = small
    uploads = Uploads(daemon)
    uploads.begin(client, 55_000)
    reason, message = refusal(client.upload_chart, chart(50_000))
    assert reason == "CALLER_LIMIT" and "100000 bytes (limits.quotaBytes)" in message
    uploads.begin(another, 55_000)
    reason, message = refusal(client.upload_chart, chart(42_000))
    assert reason == "CALLER_LIMIT" and "150000 bytes (limits.uploadingBytes)" in message
    uploads.end()
    assert client.upload_chart(chart(50_001)).name == "web"


bounds_memory = pytest.mark.skipif(
    "asan" in os.environ.get("WHEELHOUSE_BIN", ""), reason="a sanitizer's shadow memory leaves no bound for children"
)


@bounds_memory
def test_a_command_may_take_what_children_says_and_is_named_when_it_needs_more(make_daemon, deploy, namespace):
    children = {"memoryBytes": 512 << 20, "cpus": 3, "fileBytes": 1 << 20, "cpuTime": "77s"}
    look = "ulimit -d; ulimit -f; ulimit -t; echo $GOMAXPROCS $GOMEMLIMIT"
    commands = [
        {"name": "look", "argv": ["sh", "-c", look], "env": {"PATH": os.environ["PATH"]}},
        {"name": "eat", "argv": ["python3", "-c", "bytearray(600 << 20)"], "env": {"PATH": os.environ["PATH"]}},
    ]
    steps = [{"name": name, "command": {"command": name}} for name in ("look", "eat")]
    with make_daemon(children=children, commands=commands).client() as client:
        outcome = deploy(namespace, client=client, stages={"pre_exec": {"before": steps}})
    lines = [event.log.line for event in outcome.events if event.HasField("log") and event.log.step == "look"]
    assert lines == [str(512 << 10), str((1 << 20) // 512), "77", f"3 {384 << 20}"]
    failure = outcome.run.failure
    assert (failure.step, failure.reason) == ("eat", "CHILD_OUT_OF_MEMORY"), failure
    assert "the command eat needed more memory than children.memoryBytes" in failure.message
