"""Charts that the daemon pulls itself, from a repository and a registry on loopback."""

import contextlib
import functools
import hashlib
import http.server
import json
import ssl
import threading

import pytest

import wheelhouse
from harness.authority import LOOPBACK, Authority
from harness.helm import both_majors
from harness.paths import CHARTS
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2

pytestmark = both_majors


@contextlib.contextmanager
def serve(handler, certificate=None):
    """Its address, HOST:PORT, while it serves."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate.cert, certificate.key)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield "127.0.0.1:%d" % server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def packages(cluster, tmp_path_factory):
    """A folder with web in two versions, as `helm repo index` makes a repository of it."""
    folder = tmp_path_factory.mktemp("repository")
    for version in ("0.1.0", "0.2.0"):
        cluster.run("helm", "package", CHARTS / "web", "--version", version, "-d", folder)
    cluster.run("helm", "repo", "index", folder)
    (folder / "web-0.2.0.tgz").write_bytes(b"this is no archive")
    (folder / "page").mkdir()
    (folder / "page" / "index.yaml").write_text("<html>not here</html>")
    return folder


@pytest.fixture(scope="module")
def repository(packages):
    with serve(functools.partial(Quiet, directory=packages)) as address:
        yield lambda name, version="", path="": chart_pb2.ChartSource(
            repository={"url": f"http://{address}{path}", "name": name, "version": version}
        )


class Registry(http.server.BaseHTTPRequestHandler):
    """What helm asks an OCI registry for when it pulls: tags, a manifest, its blobs. `private` wants a password."""

    protocol_version = "HTTP/1.1"
    blobs, tags = {}, {}

    @classmethod
    def add(cls, data):
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        cls.blobs[digest] = data
        return {"digest": digest, "size": len(data)}

    @classmethod
    def add_chart(cls, tag, archive):
        helm = "application/vnd.cncf.helm"
        config = {"mediaType": f"{helm}.config.v1+json", **cls.add(json.dumps({"name": "web", "version": tag}).encode())}
        layer = {"mediaType": f"{helm}.chart.content.v1.tar+gzip", **cls.add(archive)}
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
        cls.tags[tag] = cls.add(json.dumps({**manifest, "config": config, "layers": [layer]}).encode())["digest"]

    def answer(self, status, data, content_type="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Docker-Content-Digest", "sha256:" + hashlib.sha256(data).hexdigest())
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def do_GET(self):
        *_, name, what, which = self.path.split("/")
        digest = self.tags.get(which, which)
        if name == "private":
            self.answer(401, b'{"errors": [{"code": "UNAUTHORIZED"}]}')
        elif what == "tags":
            self.answer(200, json.dumps({"name": name, "tags": list(self.tags)}).encode())
        elif digest not in self.blobs or name != "web":
            self.answer(404, b'{"errors": [{"code": "NAME_UNKNOWN" }]}')
        elif what == "manifests":
            self.answer(200, self.blobs[digest], "application/vnd.oci.image.manifest.v1+json")
        else:
            self.answer(200, self.blobs[digest], "application/octet-stream")

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"), "registry")


@pytest.fixture(scope="module")
def registry(packages, authority):
    Registry.add_chart("0.1.0", (packages / "web-0.1.0.tgz").read_bytes())
    with serve(Registry, authority.issue("registry", LOOPBACK)) as address:
        yield lambda name, version="": chart_pb2.ChartSource(
            oci={"reference": f"oci://{address}/charts/{name}", "version": version}
        )


@pytest.fixture(scope="module")
def trusting(make_daemon, authority):
    """A daemon for each helm whose operator trusts the registry's authority."""

    @functools.cache
    def of(helm):
        return make_daemon(helm=helm, start=False).start(SSL_CERT_FILE=authority.path)

    return of


@pytest.fixture
def deploy_trusting(trusting, helm, namespace):
    def go(source):
        with trusting(helm).client() as client:
            info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=source)
            return Outcome(client, client.deploy(plan_pb2.Plan(charts=[info])))

    return go


def test_a_chart_of_a_repository_is_the_same_as_an_uploaded_one(deploy, cluster, packages, repository, namespace, client):
    outcome = deploy(namespace, chart=repository("web", "<0.2.0"))
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "INSTALL"), outcome.run.failure
    assert cluster.releases(namespace)["web"]["chart"] == "web-0.1.0"
    uploaded = client.upload_chart(str(packages / "web-0.1.0.tgz")).digest
    assert deploy(namespace, chart=chart_pb2.ChartSource(archive_digest=uploaded)).decision() == "UNCHANGED"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"name": "sloop"}, "CHART_NOT_FOUND"),
        ({"name": "web", "version": "9.9.9"}, "CHART_NOT_FOUND"),
        ({"name": "web", "version": ">=5.0.0"}, "CHART_NOT_FOUND"),
        ({"name": "web", "path": "/nothing-here"}, "CHART_NOT_FOUND"),
        ({"name": "web", "path": "/page"}, "CHART_NOT_FOUND"),
        ({"name": "web", "version": "0.2.0"}, "CHART_INVALID"),
    ],
    ids=["chart", "version", "range", "repository", "page", "archive"],
)
def test_what_a_repository_does_not_have(deploy, cluster, repository, namespace, source, reason):
    outcome = deploy(namespace, chart=repository(**source))
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", reason), outcome.run.failure
    assert cluster.get("namespace", namespace, namespace) is None


@pytest.mark.parametrize(
    "source",
    [
        {"repository": {"url": "http://127.0.0.1:1/charts", "name": "web"}},
        {"oci": {"reference": "oci://127.0.0.1:1/charts/web", "version": "0.1.0"}},
    ],
    ids=["repository", "oci"],
)
def test_what_cannot_be_reached_is_unavailable(deploy, namespace, source):
    failure = deploy(namespace, chart=chart_pb2.ChartSource(**source)).run.failure
    assert failure.reason == "REPOSITORY_UNAVAILABLE" and "127.0.0.1:1" in failure.message


def test_a_password_in_the_address_is_refused(client):
    source = {"url": "https://user:hunter22@charts.example", "name": "web"}
    chart = chart_pb2.ChartInfo(name="web", namespace="x", chart=chart_pb2.ChartSource(repository=source))
    with pytest.raises(wheelhouse.Error) as error:
        client.create_run(plan_pb2.Plan(charts=[chart]))
    assert error.value.reason == "PLAN_INVALID" and "hunter22" not in str(error.value)
    assert [field for field in error.value.violations] == ["plan.charts[0].chart.repository.url"]


@pytest.mark.parametrize("version", ["0.1.0", ""])
def test_a_chart_of_a_registry_with_a_private_authority(deploy_trusting, registry, cluster, namespace, version):
    outcome = deploy_trusting(registry("web", version))
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "INSTALL"), outcome.run.failure
    assert cluster.releases(namespace)["web"]["chart"] == "web-0.1.0"


@pytest.mark.parametrize(
    ("name", "version", "reason"),
    [
        ("web", "9.9.9", "CHART_NOT_FOUND"),
        ("web", ">=5.0.0", "CHART_NOT_FOUND"),
        ("sloop", "0.1.0", "CHART_NOT_FOUND"),
        ("private", "0.1.0", "REPOSITORY_UNAVAILABLE"),
    ],
)
def test_what_a_registry_does_not_give(deploy_trusting, registry, name, version, reason):
    failure = deploy_trusting(registry(name, version)).run.failure
    assert failure.reason == reason, failure


def test_a_registry_whose_authority_is_not_known_is_unavailable(deploy, registry, namespace):
    failure = deploy(namespace, chart=registry("web", "0.1.0")).run.failure
    assert failure.reason == "REPOSITORY_UNAVAILABLE" and "certificate" in failure.message
