"""TCP with mutual TLS: who holds a certificate of the configured authority gets in, under the name in it."""

import os
import shutil
import socket
import ssl
import subprocess

import grpc
import pytest
from cryptography import x509

import wheelhouse
from harness.authority import DAY, LOOPBACK, NOW, Authority
from harness.paths import BIN, TOP
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("theirs"), "theirs")


@pytest.fixture(scope="module")
def listening(make_daemon, ours, tmp_path_factory):
    """A daemon on two Unix sockets and a TCP address; (daemon, its TCP address, its second socket)."""
    pair = ours.issue("daemon", LOOPBACK)
    address = f"127.0.0.1:{free_port()}"
    daemon = make_daemon(start=False)
    second = daemon.folder / "second"
    tls = {"cert": pair.cert, "key": pair.key, "clientCa": ours.path}
    daemon.config["listen"] += [
        {"unix": str(second), "caller": "second", "mode": "0666"},
        {"tcp": address, "tls": tls, "allowAllCallers": True},
    ]
    return daemon.start(), address, f"unix://{second}"


@pytest.fixture
def caller_of(listening, ours):
    def ask(pair):
        with wheelhouse.Client(listening[1], wheelhouse.tls(ours.path, pair.cert, pair.key)) as client:
            return client.status().caller

    return ask


URI = x509.UniformResourceIdentifier


@pytest.mark.parametrize(
    "caller, sans",
    [
        ("tls:spiffe://sails/ci", [x509.DNSName("ci.example"), URI("spiffe://sails/ci"), URI("spiffe://sails/other")]),
        ("tls:ci.example", [x509.DNSName("ci.example"), x509.DNSName("other.example")]),
        ("tls:common", []),
    ],
)
def test_the_caller_is_the_first_uri_or_dns_name_or_the_common_name(caller_of, ours, caller, sans):
    assert caller_of(ours.issue("ci", *sans)) == caller


def test_the_caller_stands_on_the_run(listening, ours, upload, namespace):
    pair = ours.issue("deployer", URI("spiffe://sails/deployer"))
    with wheelhouse.Client(listening[1], wheelhouse.tls(ours.path, pair.cert, pair.key)) as client:
        info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
        outcome = Outcome(client, client.deploy(plan_pb2.Plan(charts=[info])))
    assert (outcome.state, outcome.run.caller) == ("SUCCEEDED", "tls:spiffe://sails/deployer")
    assert "created by tls:spiffe://sails/deployer" in listening[0].log_text()


def test_listeners_serve_at_once_each_with_its_caller(listening, caller_of, ours):
    daemon, _, second = listening
    with daemon.client() as client, wheelhouse.Client(second) as other:
        assert client.status().caller == "unix:tester"
        assert other.status().caller == "unix:second"
        assert caller_of(ours.issue("third")) == "tls:common"
    assert oct(daemon.socket.stat().st_mode)[-3:] == "600"
    assert oct((daemon.folder / "second").stat().st_mode)[-3:] == "666"


def refused(address, credentials):
    with pytest.raises(wheelhouse.Error) as error, wheelhouse.Client(address, credentials) as client:
        client.status()
    return error.value


def test_without_a_certificate_of_the_authority_nobody_gets_in(listening, ours, theirs):
    stranger, expired = theirs.issue("ci"), ours.issue("expired", until=NOW - DAY)
    with open(ours.path, "rb") as file:
        no_certificate = grpc.ssl_channel_credentials(file.read())
    for credentials in (
        no_certificate,
        wheelhouse.tls(ours.path, stranger.cert, stranger.key),
        wheelhouse.tls(ours.path, expired.cert, expired.key),
        None,
    ):
        assert refused(listening[1], credentials).code == grpc.StatusCode.UNAVAILABLE
    assert "gRPC: " in listening[0].log_text(), "the operator sees that somebody failed to get in"


def test_a_client_that_distrusts_the_daemon_says_nothing_to_it(listening, ours, theirs):
    pair = ours.issue("careful")
    assert refused(listening[1], wheelhouse.tls(theirs.path, pair.cert, pair.key)).code == grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("name", ["ops\nrun 1: forged", "\x1b[2J"])
def test_a_name_that_is_not_printable_is_nobody(listening, ours, name):
    pair = ours.issue("hostile", common_name=name)
    error = refused(listening[1], wheelhouse.tls(ours.path, pair.cert, pair.key))
    assert (error.code, error.reason) == (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED")


def test_a_certificate_without_a_name_is_nobody(listening, ours):
    pair = ours.issue("nameless", common_name="")
    assert refused(listening[1], wheelhouse.tls(ours.path, pair.cert, pair.key)).reason == "UNAUTHENTICATED"


def test_the_command_line_speaks_tls(listening, ours):
    pair = ours.issue("cli", x509.DNSName("cli.example"))
    command = [BIN / "wheelhouse", "--server", listening[1], "--tls-ca", ours.path]
    result = subprocess.run(
        [*command, "--tls-cert", pair.cert, "--tls-key", pair.key, "status", "-o", "json"], capture_output=True, text=True
    )
    assert result.returncode == 0 and "cli.example" in result.stdout, result.stderr
    result = subprocess.run([*command, "status"], capture_output=True, text=True)
    assert result.returncode == 2 and "--tls-cert" in result.stderr, result.stderr


def test_the_go_package_speaks_tls(listening, ours):
    pair = ours.issue("go", x509.DNSName("go.example"))
    environment = {
        **os.environ,
        "WHEELHOUSE_TEST_TLS_SERVER": listening[1],
        "WHEELHOUSE_TEST_TLS_CALLER": "tls:go.example",
        "WHEELHOUSE_TEST_TLS_CA": ours.path,
        "WHEELHOUSE_TEST_TLS_CERT": pair.cert,
        "WHEELHOUSE_TEST_TLS_KEY": pair.key,
    }
    go = subprocess.check_output([TOP / "tests/sandbox/tool", "go"], text=True).strip()
    result = subprocess.run(
        [go, "test", "-count=1", "-v", "-run", "TLS", "."],
        cwd=TOP / "client/go",
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0 and "--- PASS: TestTLSSaysWhoCalls" in result.stdout, result.stdout + result.stderr


def serial_of(address, authority, pair):
    """Of the certificate that the daemon shows on a new connection."""
    context = ssl.create_default_context(cafile=authority.path)
    context.load_cert_chain(pair.cert, pair.key)
    context.set_alpn_protocols(["h2"])
    host, port = address.split(":")
    with socket.create_connection((host, int(port))) as plain, context.wrap_socket(plain, server_hostname=host) as tls:
        return x509.load_der_x509_certificate(tls.getpeercert(binary_form=True)).serial_number


def test_new_connections_get_the_files_as_they_are_now_and_broken_ones_change_nothing(make_daemon, ours, theirs, tmp_path):
    def put(pair, *names):
        for name in names or ("cert", "key"):
            shutil.copy(getattr(pair, name), tmp_path / name)

    def shown():
        return serial_of(address, ours, caller)

    def serial(pair):
        with open(pair.cert, "rb") as file:
            return x509.load_pem_x509_certificate(file.read()).serial_number

    old, new, caller = ours.issue("old", LOOPBACK), ours.issue("new", LOOPBACK), ours.issue("caller")
    stranger = theirs.issue("stranger", x509.DNSName("stranger.example"))
    put(old)
    shutil.copy(ours.path, tmp_path / "ca")
    address = f"127.0.0.1:{free_port()}"
    daemon = make_daemon(start=False)
    tls = {"cert": str(tmp_path / "cert"), "key": str(tmp_path / "key"), "clientCa": str(tmp_path / "ca")}
    daemon.config["listen"].append({"tcp": address, "tls": tls, "allowAllCallers": True})
    daemon.start()
    with wheelhouse.Client(address, wheelhouse.tls(ours.path, caller.cert, caller.key)) as client:
        assert client.status().caller == "tls:common" and shown() == serial(old)
        put(new, "key")  # half of a change
        assert shown() == serial(old)
        assert "the new TLS files are not used" in daemon.log_text() and "is not the key of" in daemon.log_text()
        put(new, "cert")
        assert shown() == serial(new)
        (tmp_path / "ca").write_text("no PEM")
        assert shown() == serial(new)
        shutil.copy(theirs.path, tmp_path / "ca")
        with wheelhouse.Client(address, wheelhouse.tls(ours.path, stranger.cert, stranger.key)) as another:
            assert another.status().caller == "tls:stranger.example"
        late = ours.issue("late")
        assert refused(address, wheelhouse.tls(ours.path, late.cert, late.key)).code == grpc.StatusCode.UNAVAILABLE
        assert client.status().caller == "tls:common", "a connection that is there stays"


def test_a_key_of_another_certificate_is_named_at_start(make_daemon, ours):
    one, other = ours.issue("one", LOOPBACK), ours.issue("other", LOOPBACK)
    daemon = make_daemon(start=False)
    daemon.config["listen"] = [
        {
            "tcp": f"127.0.0.1:{free_port()}",
            "tls": {"cert": one.cert, "key": other.key, "clientCa": ours.path},
            "allowAllCallers": True,
        }
    ]
    assert daemon.spawn().process.wait(timeout=30) == 2
    assert f"{other.key} is not the key of {one.cert}" in daemon.log_text()
