"""A chart repository and a registry on loopback, as publishers have them, and fixtures of what deploys from repositories."""

import base64
import contextlib
import functools
import hashlib
import http.server
import json
import shutil
import ssl
import threading
import urllib.parse

import pytest
import yaml

from harness.paths import CHARTS
from wheelhouse.v1 import chart_pb2

BASIC = "Basic " + base64.b64encode(b"robot:hunter22").decode()


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


class Repository(http.server.SimpleHTTPRequestHandler):
    """A folder as a repository. `moved` has where paths redirect to, /private wants a password; `asked` has every path."""

    asked, moved = [], {}

    def do_GET(self):
        self.asked.append(self.path)
        if self.path in self.moved:
            self.send_response(302)
            self.send_header("Location", self.moved[self.path])
            self.end_headers()
        elif self.path.startswith("/private/") and self.headers.get("Authorization") != BASIC:
            self.send_error(401)
        elif self.path.startswith("/endless/"):
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                while True:
                    self.wfile.write(b"entries: {}\n" * 10000)
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


class Registry(http.server.BaseHTTPRequestHandler):
    """What the API of OCI registries answers to whoever pulls. `private` wants a token, which costs a password. `referrers`
    has what refers to a manifest, by its digest; a registry with none does not know that API."""

    protocol_version = "HTTP/1.1"
    blobs, tags, referrers = {}, {}, {}

    @classmethod
    def add(cls, data):
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        cls.blobs[digest] = data
        return {"digest": digest, "size": len(data)}

    @classmethod
    def add_manifest(cls, config, *layers, **more):
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
        return cls.add(json.dumps({**manifest, "config": config, "layers": layers, **more}).encode())

    @classmethod
    def add_chart(cls, tag, archive, provenance=None):
        """The digest of the layer with the chart. `provenance` is the bytes of its .prov file."""
        helm = "application/vnd.cncf.helm"
        config = {"mediaType": f"{helm}.config.v1+json", **cls.add(json.dumps({"name": "web", "version": tag}).encode())}
        layer = {"mediaType": f"{helm}.chart.content.v1.tar+gzip", **cls.add(archive)}
        layers = [layer]
        if provenance is not None:
            layers.append({"mediaType": f"{helm}.chart.provenance.v1.prov", **cls.add(provenance)})
        cls.tags[tag] = cls.add_manifest(config, *layers)["digest"]
        return layer["digest"]

    def answer(self, status, data, content_type="application/json", **headers):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def do_GET(self):
        path = urllib.parse.urlparse(self.path).path
        if path == "/token":
            return self.answer(200 if self.headers.get("Authorization") == BASIC else 401, b'{"token": "good"}')
        *_, name, what, which = path.split("/")
        digest = self.tags.get(which, which)
        if name == "private" and self.headers.get("Authorization") != "Bearer good":
            realm = f'Bearer realm="https://{self.headers["Host"]}/token",service="here"'
            self.answer(401, b'{"errors": [{"code": "UNAUTHORIZED"}]}', WWW_Authenticate=realm)
        elif what == "tags":
            tags = list(self.tags)
            if "last=" in self.path:
                return self.answer(200, json.dumps({"name": name, "tags": tags[1:]}).encode())
            link = f'</v2/charts/{name}/tags/list?n=1000&last={tags[0]}>; rel="next"'
            self.answer(200, json.dumps({"name": name, "tags": tags[:1]}).encode(), Link=link)
        elif what == "referrers" and not self.referrers:
            self.answer(404, b'{"errors": [{"code": "NOT_FOUND"}]}')
        elif what == "referrers":
            index = {"schemaVersion": 2, "manifests": self.referrers.get(which, [])}
            self.answer(200, json.dumps(index).encode(), "application/vnd.oci.image.index.v1+json")
        elif digest not in self.blobs or name not in ("web", "private"):
            self.answer(404, b'{"errors": [{"code": "NAME_UNKNOWN" }]}')
        elif what == "manifests":
            self.answer(200, self.blobs[digest], "application/vnd.oci.image.manifest.v1+json")
        else:
            self.answer(200, self.blobs[digest], "application/octet-stream")

    def log_message(self, *_):
        pass


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Publisher:
    """A repository whose charts come and change."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder, self.url = cluster, folder, ""

    def publish(self, version, message="", name="web"):
        """Puts the chart web there under that version; `message` tells contents apart."""
        source = self.folder.parent / "source"
        shutil.copytree(CHARTS / "web", source, dirs_exist_ok=True)
        chart = yaml.safe_load((source / "Chart.yaml").read_text())
        (source / "Chart.yaml").write_text(yaml.safe_dump({**chart, "name": name}))
        (source / "README.md").write_text(message)
        self.cluster.run("helm", "package", source, "--version", version, "-d", self.folder)
        self.cluster.run("helm", "repo", "index", self.folder)

    def source(self, version="", name="web", digest=""):
        return chart_pb2.ChartSource(
            repository={"url": self.url, "name": name, "version": version, "digest": digest}
        )


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The folder of all repositories."""
    return tmp_path_factory.mktemp("repositories")


@pytest.fixture(scope="module")
def address(root):
    """Where they are served."""
    with serve(functools.partial(Quiet, directory=root)) as address:
        yield address


@pytest.fixture(scope="module")
def daemons(make_daemon, address):
    """As conftest's, with an operator who allows the repositories."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def of(helm):
            allow = [{"url": f"http://{address}", "networks": ["127.0.0.0/8"]}]
            daemon = make_daemon(helm=helm, sources={"allow": allow})
            return daemon, stack.enter_context(daemon.client())

        yield of
