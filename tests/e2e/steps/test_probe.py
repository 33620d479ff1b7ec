"""Probes, by the daemon and through the API server: what they accept, and what they may reach."""

import concurrent.futures
import http.server
import threading

import grpc
import grpc_health.v1.health
import grpc_health.v1.health_pb2
import grpc_health.v1.health_pb2_grpc
import pytest

import wheelhouse


class Target(http.server.BaseHTTPRequestHandler):
    """/ok, /busy (503 until it was asked three times), /shaky (its second answer is 503), /down (503), /redirect (to /ok)."""

    def do_GET(self):
        path = self.path.split("?")[0]
        self.server.asked.append(path)
        status = {"/ok": 200, "/redirect": 302}.get(path, 503)
        if path == "/busy" and self.server.asked.count("/busy") >= 3:
            status = 200
        if path == "/shaky" and self.server.asked.count("/shaky") != 2:
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

    def go(path, port=target.server_port, timeout=2, streak=None, **fields):
        http = {"url": f"http://127.0.0.1:{port}{path}", **fields}
        step = {"probe": {"http": http, **(streak or {})}, "timeout": {"seconds": timeout}}
        return deploy(namespace, client=probing, stages={"validate": {"after": [step]}})

    return go


@pytest.fixture(scope="module")
def health():
    """A gRPC server with the standard health service: `sails` serves, `anchor` does not."""
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    servicer = grpc_health.v1.health.HealthServicer()
    servicer.set("sails", grpc_health.v1.health_pb2.HealthCheckResponse.SERVING)
    servicer.set("anchor", grpc_health.v1.health_pb2.HealthCheckResponse.NOT_SERVING)
    grpc_health.v1.health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port
    server.stop(None)


@pytest.fixture
def probe_other(deploy, make_daemon, namespace):
    """Deploys with a probe of another kind, by a daemon that may reach the ports."""

    def go(target, allow=(), timeout=2):
        step = {"probe": target, "timeout": {"seconds": timeout}}
        egress = {"allow": [f"127.0.0.1/32:{port}" for port in allow]}
        with make_daemon(egress=egress).client() as client:
            return deploy(namespace, client=client, stages={"validate": {"after": [step]}})

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
    assert "/down, which answers 503, expected 200 to 399" in failure.message
    assert "SECRET" not in str(failure)


def test_a_wrong_body_fails_without_being_told(probe):
    failure = probe("/ok", body_contains="hello").run.failure
    assert 'does not hold "hello"' in failure.message
    assert "all is well" not in failure.message


def test_redirects_are_not_followed(probe, target):
    failure = probe("/redirect", statuses=[200]).run.failure
    assert "answers 302, expected 200" in failure.message
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


def test_answers_are_counted_in_a_row(probe, target):
    outcome = probe("/shaky", timeout=60, streak={"successes": 2})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert len(target.asked) == 4, "good, bad, and then two good ones"


def test_an_answer_must_hold_for_so_long(probe, target):
    outcome = probe("/ok", timeout=60, streak={"hold": {"seconds": 2}})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert len(target.asked) >= 3
    waited = [w.reason for e in outcome.events for w in e.progress.waiting if e.progress.step == "probe-1"]
    assert any(reason.startswith("answers as expected for ") and reason.endswith(" of 2s") for reason in waited), waited


def test_a_streak_that_is_too_short_says_how_long_it_was(probe):
    failure = probe("/ok", streak={"successes": 1000}).run.failure
    assert " of 1000 times" in failure.message


def test_a_tcp_port_that_accepts_is_enough(probe_other, target):
    outcome = probe_other({"tcp": {"host": "127.0.0.1", "port": target.server_port}}, [target.server_port])
    assert outcome.state == "SUCCEEDED", outcome.run.failure


def test_a_tcp_port_that_refuses_is_named(probe_other):
    failure = probe_other({"tcp": {"host": "127.0.0.1", "port": 9}}, [9]).run.failure
    assert failure.reason == "STEP_FAILED" and "127.0.0.1:9, which does not answer" in failure.message


@pytest.mark.parametrize("kind", ["tcp", "grpc"])
def test_an_endpoint_that_is_not_allowed_fails_before_anything_is_changed(probe_other, kind):
    failure = probe_other({kind: {"host": "127.0.0.1", "port": 9}}, [10]).run.failure
    assert (failure.reason, failure.step) == ("TARGET_NOT_ALLOWED", "rights")
    assert "127.0.0.1:9" in failure.message


@pytest.mark.parametrize("service", ["", "sails"])
def test_a_grpc_service_that_serves_is_enough(probe_other, health, service):
    outcome = probe_other({"grpc": {"host": "127.0.0.1", "port": health, "service": service}}, [health])
    assert outcome.state == "SUCCEEDED", outcome.run.failure


@pytest.mark.parametrize(
    ("service", "said"), [("anchor", "answers NOT_SERVING"), ("mast", "does not answer the health check")]
)
def test_a_grpc_service_that_does_not_serve_is_named(probe_other, health, service, said):
    failure = probe_other({"grpc": {"host": "127.0.0.1", "port": health, "service": service}}, [health]).run.failure
    assert failure.reason == "STEP_FAILED"
    assert f"127.0.0.1:{health}, which {said}" in failure.message


def test_a_service_without_pods_is_told_in_the_api_servers_words(deploy, namespace):
    step = {"probe": {"service": {"name": "web", "port": "80"}}, "timeout": {"seconds": 2}}
    failure = deploy(namespace, values={"replicas": 0}, stages={"validate": {"after": [step]}}).run.failure
    assert failure.reason == "STEP_FAILED"
    assert f"Service {namespace}/web:80, which answers 503" in failure.message
    assert 'the API server says: no endpoints available for service "web"' in failure.message


def test_a_service_that_does_not_exist_is_told_in_the_api_servers_words(deploy, namespace):
    step = {"probe": {"service": {"name": "mast", "port": "80"}}, "timeout": {"seconds": 2}}
    failure = deploy(namespace, stages={"validate": {"after": [step]}}).run.failure
    assert f"Service {namespace}/mast:80, which answers 404" in failure.message
    assert 'services "mast" not found' in failure.message


def test_a_service_of_another_namespace_is_one_of_the_runs(deploy, namespace):
    step = {"probe": {"service": {"name": "web", "port": "80", "namespace": "elsewhere"}}, "timeout": {"seconds": 1}}
    outcome = deploy(namespace, stages={"validate": {"after": [step]}})
    assert "Service elsewhere/web:80" in outcome.run.failure.message


def test_the_path_of_a_service_does_not_lead_out_of_it(deploy, namespace):
    step = {"probe": {"service": {"name": "web", "port": "80", "path": "/../../../secrets"}}}
    with pytest.raises(wheelhouse.Error) as refused:
        deploy(namespace, stages={"validate": {"after": [step]}})
    assert "plan.charts[0].stages.validate.after[0].probe.service.path" in refused.value.violations
