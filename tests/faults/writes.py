"""Who wrote what, and who had the claim then: what daemons and their helms change, as proxies before them see it."""

import dataclasses
import json
import re
import threading
import time

from faults.proxy import ALWAYS, Fault, Rule

LEASES = "/apis/coordination.k8s.io/"
# They ask, and change nothing.
ASKING = re.compile(r"accessreviews|rulesreviews|[?&]dryRun=All")
RECORD = re.compile(rb"sh\.helm\.release\.v1\.web\.v(\d+)")


@dataclasses.dataclass
class Write:
    """A request that changes something, and has."""

    author: str
    method: str
    path: str
    body: bytes
    agent: str
    received: float  # before the API server had it
    answered: float  # before its author knew of the answer

    def lease(self):
        """The name of the Lease that it writes, or None."""
        if not self.path.startswith(LEASES):
            return None
        if self.method == "POST":
            return json.loads(self.body)["metadata"]["name"]
        return self.path.partition("?")[0].rpartition("/")[2]

    def __str__(self):
        return f"{self.received:.3f}-{self.answered:.3f} {self.author} {self.method} {self.path} ({self.agent})"


class Writes:
    """Thread-safe. All of it is in the order of one clock, ours: a request that the proxy receives while another holds
    the claim was sent too late, whatever became of it on its way."""

    def __init__(self):
        self.lock, self.all = threading.Lock(), []

    def note_all(self, proxy, author):
        """What goes through that proxy, from now on, is that author's."""
        proxy.set(Rule(_Note(self, author), method="POST|PUT|PATCH|DELETE", count=ALWAYS))

    def add(self, write):
        with self.lock:
            self.all.append(write)

    def of(self, namespace):
        """What was changed in the namespace, in the order of its coming."""
        with self.lock:
            found = [one for one in self.all if f"/namespaces/{namespace}/" in one.path and not ASKING.search(one.path)]
        return sorted(found, key=lambda one: one.received)

    def claims(self, namespace):
        """[(time, who has the claim from then on, or None)]"""
        with self.lock:
            leases = [one for one in self.all if one.lease() == f"namespace.{namespace}"]
        # Nobody may count on a claim before the answer, nor once it is given back.
        turns = [(one.received, None) if one.method == "DELETE" else (one.answered, one.author) for one in leases]
        return sorted(turns, key=lambda turn: turn[0])

    def holder(self, namespace, when=None):
        """Who has the claim then; None: nobody, or by the latest."""
        turns = [who for since, who in self.claims(namespace) if when is None or since <= when]
        return turns[-1] if turns else None

    def overlaps(self, namespace):
        """A finding, when something was changed by one who did not have the claim: the first of it."""
        found = [(one, self.holder(namespace, one.received)) for one in self.of(namespace)]
        wrong = [(one, holder) for one, holder in found if holder != one.author]
        if not wrong:
            return []
        write, holder = wrong[0]
        return [("overlap", f"{write}, and the claim is {holder or 'nobody'}'s; {len(wrong)} in all")]

    def deleted_records(self, namespace):
        """The numbers of the revisions whose records were deleted, of the release `web`."""
        deleted = (RECORD.search(one.path.encode()) for one in self.of(namespace) if one.method == "DELETE")
        return {int(found[1]) for found in deleted if found}

    def tell(self, namespace):
        turns = [f"{since:.3f} the claim is {who or 'nobody'}'s" for since, who in self.claims(namespace)]
        return "\n".join(sorted([*turns, *map(str, self.of(namespace))]))


class _Note(Fault):
    def __init__(self, writes, author):
        self.writes, self.author = writes, author

    def make(self, exchange):
        received = time.monotonic()
        response, body = exchange.ask_all()
        if response.status < 300:
            agent, sent = exchange.headers.get("User-Agent", ""), exchange.body or b""
            self.writes.add(
                Write(self.author, exchange.command, exchange.path, sent, agent, received, time.monotonic())
            )
        exchange.say(response.status, exchange.headers_of(response, len(body)), body)
