"""notify: a webhook that is told."""

import http.server
import json
import threading

import pytest


class Webhook(http.server.BaseHTTPRequestHandler):
    """Keeps what it is told; /full answers 500."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.told.append((self.path, self.headers["Content-Type"], body))
        self.send_response(500 if self.path.startswith("/full") else 202)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def webhook():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    server.told = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def notifying(make_daemon, webhook):
    commands = [{"name": "quote", "argv": ["/bin/echo", 'all is "well"']}]
    with make_daemon(egress={"allow": [f"127.0.0.1/32:{webhook.server_port}"]}, commands=commands).client() as client:
        yield client


@pytest.fixture
def notify(deploy, notifying, webhook, namespace):
    webhook.told.clear()

    def go(path="/hook", stage="post_exec", before=(), port=webhook.server_port, plan=None, **fields):
        step = {"name": "tell", "notify": {"url": f"http://127.0.0.1:{port}{path}", **fields}}
        return deploy(namespace, client=notifying, stages={stage: {"after": [*before, step]}, **(plan or {})})

    return go


def test_it_is_told_once_what_the_run_is_about(notify, webhook, namespace):
    outcome = notify("/hook?token=hush")
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    ((path, content_type, body),) = webhook.told
    assert (path, content_type) == ("/hook?token=hush", "application/json")
    assert json.loads(body) == {
        "run": outcome.run.id,
        "cluster": "sandbox",
        "chart": "web",
        "namespace": namespace,
        "stage": "post_exec",
        "decision": "INSTALL",
    }


def test_after_a_failure_it_is_told_that(notify, webhook, namespace):
    wrong = {"object": {"kind": "ConfigMap", "name": "web"}, "json_path": ".data.message", "equals": "bye"}
    outcome = notify(stage="on_deploy_failure", plan={"validate": {"after": [{"assertion": wrong}]}})
    assert outcome.run.failure.reason == "VALIDATION_FAILED"
    told = json.loads(webhook.told[0][2])
    assert (told["stage"], told["reason"]) == ("on_deploy_failure", "VALIDATION_FAILED")
    assert told["message"] == outcome.run.failure.message


def test_a_body_of_ones_own_takes_the_payload(notify, webhook):
    quote = {"command": {"command": "quote", "stdout_to_payload": "said"}}
    outcome = notify(before=[quote], body='{"text": "${payload.said}"}', content_type="application/x-hook")
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert webhook.told[0][1] == "application/x-hook"
    assert json.loads(webhook.told[0][2]) == {"text": 'all is "well"'}


def test_an_answer_that_is_no_success_fails_without_a_secret(notify, webhook):
    outcome = notify("/full/hush?token=hush", body="hush")
    failure = outcome.run.failure
    assert (failure.reason, failure.step) == ("STEP_FAILED", "tell")
    assert failure.message == f"the webhook at http://127.0.0.1:{webhook.server_port} answers 500, expected 200 to 299"
    assert len(webhook.told) == 1, "it is told once"
    assert "hush" not in str(outcome.run) + str(outcome.events)


def test_an_address_that_is_not_allowed_fails_before_anything_is_changed(notify, cluster, namespace):
    failure = notify("/hush", port=9).run.failure
    assert (failure.reason, failure.step) == ("TARGET_NOT_ALLOWED", "rights")
    assert "hush" not in str(failure)
    assert cluster.get("namespace", namespace, namespace) is None
