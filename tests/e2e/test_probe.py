"""Probes from the daemon: what they accept, and what they may reach."""

import http.server
import threading

import pytest

import wheelhouse


class Target(http.server.BaseHTTPRequestHandler):
    """/ok, /busy (503 until it was asked three times), /down (503), /redirect (to /ok)."""

    def do_GET(self):
        path = self.path.split("?")[0]
        self.server.asked.append(path)
        status = {"/ok": 200, "/redirect": 302}.get(path, 503)
        if path == "/busy" and self.server.asked.count("/busy") >= 3:
            status = 200
        self.send_response(status)
        self.send_header("Location", "/ok")
        self.end_headers()
        self.wfile.write(b"all is well")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def target():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def probing(make_daemon, target):
    """A client of a daemon that may reach the target, and nothing else."""
    with make_daemon(egress={"allow": [f"127.0.0.1/32:{target.server_port}"]}).client() as client:
        yield client


@pytest.fixture
def probe(deploy, probing, target, namespace):
    """Deploys a chart whose last step of validate is a probe of the path."""
    target.asked.clear()

    def go(path, port=target.server_port, timeout=2, **fields):
        http = {"url": f"http://127.0.0.1:{port}{path}", **fields}
        step = {"probe": {"http": http}, "timeout": {"seconds": timeout}}
        return deploy(namespace, client=probing, stages={"validate": {"after": [step]}})

    return go


def test_an_answer_from_200_to_399_is_a_success(probe):
    outcome = probe("/ok", body_contains="well")
    assert outcome.state == "SUCCEEDED", outcome.run.failure


def test_it_is_asked_again_until_it_answers_as_wanted(probe, target):
    outcome = probe("/busy", timeout=60)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert target.asked == ["/busy"] * 3


def test_a_wrong_status_fails_when_the_time_is_over_and_is_named(probe):
    failure = probe("/down?token=SECRET").run.failure
    assert (failure.step, failure.reason) == ("probe-1", "STEP_FAILED")
    assert "/down, which answers 503, wanted 200 to 399" in failure.message
    assert "SECRET" not in str(failure)


def test_a_wrong_body_fails_without_being_told(probe):
    failure = probe("/ok", body_contains="hello").run.failure
    assert 'does not hold "hello"' in failure.message
    assert "all is well" not in failure.message


def test_redirects_are_not_followed(probe, target):
    failure = probe("/redirect", statuses=[200]).run.failure
    assert "answers 302, wanted 200" in failure.message
    assert "/ok" not in target.asked


def test_nobody_there_is_named(probe, make_daemon, deploy, namespace):
    with make_daemon(egress={"allow": ["127.0.0.1/32:9"]}).client() as client:
        step = {"probe": {"http": {"url": "http://127.0.0.1:9/?token=SECRET"}}, "timeout": {"seconds": 1}}
        failure = deploy(namespace, client=client, stages={"validate": {"after": [step]}}).run.failure
    assert "http://127.0.0.1:9/, which does not answer" in failure.message
    assert "SECRET" not in str(failure)


def test_an_address_that_is_not_allowed_fails_before_anything_is_changed(probe, cluster, namespace):
    failure = probe("/?token=SECRET", port=9).run.failure
    assert (failure.reason, failure.step) == ("TARGET_NOT_ALLOWED", "rights")
    assert "127.0.0.1:9" in failure.message and "SECRET" not in str(failure)
    assert cluster.get("namespace", namespace, namespace) is None


def test_a_name_is_refused_at_once_by_the_address_that_it_has(deploy, client, namespace):
    step = {"probe": {"http": {"url": "http://localhost:9/"}}}
    failure = deploy(namespace, stages={"validate": {"after": [step]}}).run.failure
    assert (failure.reason, failure.step) == ("TARGET_NOT_ALLOWED", "probe-1")
    assert "127.0.0.1:9" in failure.message or "[::1]:9" in failure.message


def test_the_url_is_static(deploy, namespace):
    step = {"probe": {"http": {"url": "http://127.0.0.1:9/${payload.path}"}}}
    with pytest.raises(wheelhouse.Error) as refused:
        deploy(namespace, stages={"validate": {"after": [step]}})
    assert "plan.charts[0].stages.validate.after[0].probe.http.url" in refused.value.violations
