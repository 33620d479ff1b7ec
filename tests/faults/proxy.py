"""A TLS proxy in front of an API server that makes faults, by rules. HTTP/1.1 on both sides; a thread for each
connection; whoever connects is the kubeconfig's user, whom the proxy's own certificate speaks for.

A Rule names requests (method, path with query, user agent, as regular expressions), how many of them, and what becomes of
each. The first rule that fits and is not used up is taken; without one a request goes through.
"""

import base64
import contextlib
import http.client
import json
import pathlib
import re
import socket
import ssl
import struct
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml

from harness.authority import LOOPBACK, Authority

ALWAYS = 1 << 30
HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "upgrade", "te", "trailer"}


class Fault:
    """What becomes of a request. `exchange` is the handler of the connection; to close it ends it."""

    def make(self, exchange):
        raise NotImplementedError


class Delay(Fault):
    def __init__(self, seconds):
        self.seconds = seconds

    def make(self, exchange):
        exchange.proxy.closing.wait(self.seconds)
        exchange.forward()


class Answer(Fault):
    """A status of the proxy's own; the request does not reach the API server."""

    def __init__(self, status, retry_after=None, message="made by the fault proxy"):
        self.status, self.retry_after, self.message = status, retry_after, message

    def make(self, exchange):
        reasons = {404: "NotFound", 410: "Expired", 429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable"}
        reason = reasons[self.status]
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": self.message}
        text = json.dumps({**body, "reason": reason, "code": self.status}).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(text))}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        exchange.say(self.status, headers, text)


class Gone(Fault):
    """A watch that begins, and says 410 in its stream."""

    def make(self, exchange):
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 410, "reason": "Expired"}
        text = json.dumps({"type": "ERROR", "object": {**status, "message": "too old resource version"}}).encode() + b"\n"
        exchange.say(200, {"Content-Type": "application/json", "Content-Length": str(len(text))}, text)


class Reset(Fault):
    """The API server's answer, cut by a TCP reset: after `part` of its body, or before its first byte (0)."""

    def __init__(self, part=0.5):
        self.part = part

    def make(self, exchange):
        response, body = exchange.ask_all()
        if self.part:
            exchange.say(response.status, exchange.headers_of(response, len(body)), body[: int(len(body) * self.part)])
        exchange.reset()


class Refuse(Fault):
    """A TCP reset before the request reaches the API server."""

    def make(self, exchange):
        exchange.reset()


class Truncate(Fault):
    """Half of the body, then an orderly end of the connection."""

    def make(self, exchange):
        response, body = exchange.ask_all()
        exchange.say(response.status, exchange.headers_of(response, len(body)), body[: len(body) // 2])
        exchange.close_connection = True


class HalfOpen(Fault):
    """No answer ever, and no end. `reaches`: whether the API server gets the request."""

    def __init__(self, reaches=False):
        self.reaches = reaches

    def make(self, exchange):
        if self.reaches:
            exchange.ask_all()
        exchange.proxy.closing.wait()
        exchange.close_connection = True


class Stale(Fault):
    """The first answer that there was to a list, or object, of this path (its query left out), once there is one."""

    def make(self, exchange):
        known = exchange.proxy.first_answers.get(exchange.path.partition("?")[0])
        if known is None:
            return exchange.forward()
        exchange.say(200, {"Content-Type": "application/json", "Content-Length": str(len(known))}, known)


class Rule:
    def __init__(self, fault, method=".*", path=".*", agent=".*", count=1, skip=0):
        """`skip`: how many fitting requests go through before the first one that does not."""
        self.fault, self.count, self.skip, self.made = fault, count, skip, 0
        self.method, self.path, self.agent = (re.compile(one) for one in (method, path, agent))

    def fits(self, exchange):
        agent = exchange.headers.get("User-Agent", "")
        return bool(
            self.method.fullmatch(exchange.command) and self.path.search(exchange.path) and self.agent.search(agent)
        )


class Exchange(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    upstream = None

    @property
    def proxy(self):
        return self.server.proxy

    def setup(self):
        # Here, not where connections are accepted: who does not shake hands must not hold up the others.
        self.request = self.proxy.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle_one_request(self):
        with contextlib.suppress(OSError, ssl.SSLError, http.client.HTTPException):
            super().handle_one_request()
            return
        self.close_connection = True

    def finish(self):
        with contextlib.suppress(OSError, ValueError):
            super().finish()
        self.request.close()
        if self.upstream:
            self.upstream.close()

    def take(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length) if length else None
        self.proxy.rule_for(self).make(self) if not self.proxy.closing.is_set() else self.reset()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = take

    def ask(self):
        """The API server's answer, its body unread."""
        if self.upstream is None:
            self.upstream = self.proxy.connect()
        headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP | {"accept-encoding"}}
        self.upstream.request(self.command, self.path, self.body, headers)
        return self.upstream.getresponse()

    @property
    def streams(self):
        """Whether the answer has no end of its own."""
        return bool(re.search("[?&](watch|follow)=(1|true)", self.path))

    def ask_all(self):
        """The answer and its body; of a stream what comes first."""
        response = self.ask()
        return response, response.read1(65536) if self.streams else response.read()

    @staticmethod
    def headers_of(response, length):
        kept = {k: v for k, v in response.getheaders() if k.lower() not in HOP_BY_HOP | {"content-length"}}
        return {**kept, "Content-Length": str(length)}

    def forward(self):
        if self.streams:
            return self.forward_stream()
        response, body = self.ask_all()
        if self.command == "GET" and response.status == 200:
            self.proxy.first_answers.setdefault(self.path.partition("?")[0], body)
        self.say(response.status, self.headers_of(response, len(body)), body)

    def forward_stream(self):
        response = self.ask()
        kept = {k: v for k, v in response.getheaders() if k.lower() not in HOP_BY_HOP | {"content-length"}}
        self.say(response.status, {**kept, "Connection": "close"}, b"")
        self.close_connection = True
        while data := response.read1(65536):
            self.wfile.write(data)

    def say(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def reset(self):
        """Without the goodbye of TLS and of TCP."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            raw = socket.socket(fileno=self.connection.detach())
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raw.close()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def shutdown_request(self, request):
        pass  # Exchange has closed it

    def handle_error(self, request, client_address):
        pass  # a client that went away


class Through(Fault):
    def make(self, exchange):
        exchange.forward()


class Proxy:
    """Listens on a port of its own. `kubeconfig`: a file of an administrator's that leads through it."""

    def __init__(self, kubeconfig, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(exist_ok=True)
        self.lock, self.rules, self.first_answers, self.log = threading.Lock(), [], {}, []
        self.closing = threading.Event()
        self._read(yaml.safe_load(pathlib.Path(kubeconfig).read_text()), folder)
        authority = Authority(folder, "proxy-ca")
        pair = authority.issue("proxy", LOOPBACK)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pair.cert, pair.key)
        self.server = Server(("127.0.0.1", 0), Exchange)
        self.server.proxy = self
        self.kubeconfig = str(folder / "kubeconfig")
        self._write(pathlib.Path(authority.path).read_bytes())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _read(self, config, folder):
        """Where the API server is, and the certificates to go there with."""
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.target = urllib.parse.urlsplit(cluster["server"])
        self.upstream = ssl.create_default_context(
            cadata=base64.b64decode(cluster["certificate-authority-data"]).decode()
        )
        pair = folder / "client.pem"
        pair.touch(mode=0o600)
        pair.write_bytes(base64.b64decode(user["client-certificate-data"]) + base64.b64decode(user["client-key-data"]))
        self.upstream.load_cert_chain(pair)

    def _write(self, ca):
        cluster = {
            "server": f"https://127.0.0.1:{self.server.server_address[1]}",
            "certificate-authority-data": base64.b64encode(ca).decode(),
        }
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "proxy",
            "clusters": [{"name": "proxy", "cluster": cluster}],
            "users": [{"name": "proxy", "user": {}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}],
        }
        pathlib.Path(self.kubeconfig).write_text(yaml.safe_dump(config))

    def connect(self):
        return http.client.HTTPSConnection(self.target.hostname, self.target.port, context=self.upstream)

    def set(self, *rules):
        """From now on these, and nothing of before."""
        with self.lock:
            self.rules, self.first_answers, self.log = list(rules), {}, []

    def rule_for(self, exchange):
        """Its fault."""
        with self.lock:
            self.log.append(f"{exchange.command} {exchange.path} {exchange.headers.get('User-Agent', '')}")
            for rule in self.rules:
                if rule.made < rule.count and rule.fits(exchange):
                    if rule.skip > 0:
                        rule.skip -= 1
                        break
                    rule.made += 1
                    return rule.fault
        return Through()

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
