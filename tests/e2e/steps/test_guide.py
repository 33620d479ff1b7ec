"""The guide, server/lifecycle/README.md: its examples run as they are written, in their order."""

import http.server
import os
import re
import subprocess
import threading
from concurrent import futures

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import wheelhouse
from harness.paths import BIN, TOP

GUIDE = TOP / "server" / "lifecycle" / "README.md"
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
# Where the guide's probes and webhooks go; the test's own ports take their place.
HTTP_PORT, GRPC_PORT = "8080", "9000"


class Answers(http.server.BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class Serving(health_pb2_grpc.HealthServicer):
    def Check(self, request, context):
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)


@pytest.fixture(scope="module")
def ports():
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    health = grpc.server(futures.ThreadPoolExecutor(2))
    health_pb2_grpc.add_HealthServicer_to_server(Serving(), health)
    port = health.add_insecure_port("127.0.0.1:0")
    health.start()
    yield {HTTP_PORT: str(web.server_port), GRPC_PORT: str(port)}
    web.shutdown()
    health.stop(None)


@pytest.fixture(scope="module")
def apply(make_daemon, ports, tmp_path_factory):
    daemon = make_daemon(
        egress={"allow": [f"127.0.0.1/32:{port}" for port in ports.values()]},
        commands=[{"name": "greet", "argv": ["/bin/echo", "hello"]}],
    )
    # Whoever reads the guide has written these.
    client = daemon.client()
    worker = wheelhouse.Worker(client, {"billing": lambda chart: "paid", "drain-queue": lambda chart: "drained"})
    thread = threading.Thread(target=worker.run, args=(False,))
    thread.start()
    worker.attached.wait()
    folder = tmp_path_factory.mktemp("guide")
    (folder / "tests").symlink_to(TOP / "tests")

    def go(example):
        for written, own in ports.items():
            example = re.sub(rf"\b{written}\b", own, example)
        (folder / "plan.yaml").write_text(example)
        return subprocess.run(
            [BIN / "wheelhouse", "apply", "-f", folder / "plan.yaml"],
            capture_output=True,
            text=True,
            env={**os.environ, "WHEELHOUSE_SERVER": daemon.server},
        )

    yield go
    worker.stop()
    thread.join()
    client.channel.close()


# One test: each example finds what those before it have left.
def test_the_examples_end_as_the_guide_says(apply):
    for at, example in enumerate(EXAMPLES):
        told = re.match(r"# ends FAILED, (\w+)\n", example)
        result = apply(example)
        said = f"example {at}:\n{example}\n{result.stdout}{result.stderr}"
        if told is None:
            assert result.returncode == 0, said
        else:
            assert result.returncode == 1 and told[1] in result.stderr, said


def test_every_kind_and_every_stage_has_an_example():
    proto = (TOP / "proto" / "wheelhouse" / "v1" / "step.proto").read_text()
    kinds = re.findall(r"^    \w+Step (\w+) = \d+", proto, re.M)
    stages = ["check_prerequisites", "pre_exec", "exec", "on_deploy_failure", "post_exec", "validate"]
    for name in kinds + stages:
        word = {"assertion": "assert"}.get(name, re.sub(r"_(\w)", lambda m: m[1].upper(), name))
        # exec has no steps of its own to show: its fields stand at the chart.
        assert word == "exec" or any(re.search(rf"\b{word}:", example) for example in EXAMPLES), word
