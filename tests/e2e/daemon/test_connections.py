"""How many connections there are is bounded, for each listener and for each caller, and whoever has one goes on."""

import contextlib
import socket
import ssl

import pytest
from cryptography import x509

import wheelhouse
from harness.authority import LOOPBACK, Authority
from harness.daemon import wait_for
from harness.http2 import Connection
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2, run_pb2

HEALTH = "/grpc.health.v1.Health/Check"
STATUS = "/wheelhouse.v1.ServerService/GetStatus"


def connect(to):
    """A connection that has answered; None where it was closed instead."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection = Connection(to)
        connection.call(HEALTH, b"")
        while not connection.messages:
            if not connection.read():
                return None
        return connection


def answers(connection, method):
    """Whether a call is answered with a message; or it is refused."""
    messages, ended = connection.messages, connection.ended
    connection.call(method, b"")
    while connection.ended == ended:
        assert connection.read(), "the connection stays"
    return connection.messages > messages


def test_further_connections_are_closed_and_whoever_has_one_goes_on(make_daemon, upload, namespace):
    daemon = make_daemon(start=False)
    daemon.config["limits"] = {"connections": 5, "connectionsPerCaller": 5}
    daemon.start()
    with daemon.client() as client:
        chart = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        chart.values.add(key="podBehaviour", value="never-ready")
        run = client.create_run(plan_pb2.Plan(charts=[chart]))
        # Those of the start, which asked whether the daemon answers, may not be closed yet.
        held = [wait_for("there is room", lambda: connect(daemon.socket)) for _ in range(4)]
        for _ in range(3):
            assert connect(daemon.socket) is None
        assert all(answers(connection, HEALTH) for connection in held)
        assert client.status().caller == "unix:tester"
        client.cancel_run(run.id)
        assert Outcome(client, client.watch(run.id)).state == "CANCELLED"
        assert client.get_run(run.id).state == run_pb2.RUN_STATE_CANCELLED
        log = daemon.log_text()
        assert "connections are refused" in log and "limits.connections" in log
        held[0].close()
        held[0] = wait_for("there is room again", lambda: connect(daemon.socket))
        for connection in held:
            connection.close()


def test_one_callers_connections_leave_room_for_others(make_daemon, tmp_path):
    authority = Authority(tmp_path, "ours")
    pair = authority.issue("daemon", LOOPBACK)
    many, other = (authority.issue(name, x509.DNSName(f"{name}.example")) for name in ("many", "other"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    daemon = make_daemon(start=False)
    tls = {"cert": pair.cert, "key": pair.key, "clientCa": authority.path}
    daemon.config["listen"].append({"tcp": f"127.0.0.1:{port}", "tls": tls, "allowAllCallers": True})
    daemon.config["limits"] = {"connections": 100, "connectionsPerCaller": 2}
    daemon.start()

    def client_of(who):
        return wheelhouse.Client(f"127.0.0.1:{port}", wheelhouse.tls(authority.path, who.cert, who.key))

    context = ssl.create_default_context(cafile=authority.path)
    context.load_cert_chain(many.cert, many.key)
    context.set_alpn_protocols(["h2"])
    held = []
    for _ in range(2):
        plain = socket.create_connection(("127.0.0.1", port))
        held.append(connect(context.wrap_socket(plain, server_hostname="127.0.0.1")))
        assert answers(held[-1], STATUS)
    with client_of(many) as third, client_of(other) as others:
        with pytest.raises(wheelhouse.Error) as refused:
            third.status()
        assert refused.value.reason == "CALLER_LIMIT"
        assert "limits.connectionsPerCaller" in str(refused.value)
        assert others.status().caller == "tls:other.example"
        assert answers(held[0], STATUS) and answers(held[1], STATUS)
        held[0].close()

        def served():
            with contextlib.suppress(wheelhouse.Error):
                return third.status().caller == "tls:many.example"

        wait_for("the caller has room again", served)
    held[1].close()
