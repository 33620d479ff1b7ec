"""Two daemons on one cluster, one of them frozen at every point of a run until the other has taken over: see README.md."""

import contextlib
import os
import pathlib
import signal
import sys
import tempfile
import time
from typing import NamedTuple

from faults.bench import Bench, Watcher, check_events, locked, sequenced, statuses, told, wait_ended
from faults.points import Point, run_table
from faults.proxy import Proxy
from faults.scenarios import SCENARIOS, chart_info
from wheelhouse.v1 import failure_pb2, plan_pb2, run_pb2
from faults.writes import Writes
from harness.daemon import wait_for

KINDS = ("lost", "stuck", "doubled", "overlap")
LEASE_SECONDS = 6
FIRST, OTHER = "first", "other"


class Pair(Bench):
    """Two daemons, each with its own store: this one, and `other`. `writes` knows what each of them changes."""

    def __init__(self, kubeconfig, tools):
        self.folder, self.writes, self.proxies = tempfile.TemporaryDirectory(prefix="wh-frozen-"), Writes(), []
        super().__init__(kubeconfig, tools, **self.way(kubeconfig, FIRST))
        self.other = Bench(kubeconfig, tools, **self.way(kubeconfig, OTHER))

    def way(self, kubeconfig, author):
        proxy = Proxy(kubeconfig, pathlib.Path(self.folder.name) / author)
        self.proxies.append(proxy)
        self.writes.note_all(proxy, author)
        return {"through": proxy.kubeconfig, "claims": {"leaseDuration": f"{LEASE_SECONDS}s"}}

    def start(self):
        super().start()
        self.other.start()
        return self

    def replace(self):
        super().replace()
        self.other.uploaded = {}

    def keep(self, name, text):
        super().keep(name, text)
        self.other.keep(f"{name}.{OTHER}", self.writes.tell(name))

    def close(self):
        super().close()
        self.other.close()

    @contextlib.contextmanager
    def frozen(self):
        """The daemon stands still, its supervisor does not. Gives the time since when, as events have it."""
        os.kill(self.daemon.process.pid, signal.SIGSTOP)
        try:
            wait_for("it stands still", self.stands_still)
            yield time.time_ns()
        finally:
            os.kill(self.daemon.process.pid, signal.SIGCONT)

    def stands_still(self):
        tasks = pathlib.Path(f"/proc/{self.daemon.process.pid}/task").iterdir()
        return all((task / "stat").read_text().rpartition(")")[2].split()[0] == "T" for task in tasks)


class Freeze(NamedTuple):
    """`amid`: it goes on as soon as the other one has the claim; else when the other's run has ended."""

    point: Point
    amid: bool

    @property
    def scenario(self):
        return self.point.scenario

    @property
    def told(self):
        return f"{self.point.told}, until the other {'begins' if self.amid else 'has ended'}"


def both(point):
    return [Freeze(point, False), Freeze(point, True)]


def is_claimed(events):
    """The claim is taken before pre_exec begins."""
    return any(event.transition.stage == failure_pb2.STAGE_PRE_EXEC for event in events)


def lost_its_claims(run):
    reasons = [run.failure.reason, *(one.reason for one in run.failure.secondary)]
    return run.state == run_pb2.RUN_STATE_FAILED and "LEASE_LOST" in reasons


class Race:
    """One run of the first daemon, frozen at a point, and one of the other's for the same release."""

    def __init__(self, pair, scenario, freeze, namespace):
        self.pair, self.scenario, self.freeze, self.namespace = pair, scenario, freeze, namespace
        self.since = 0  # frozen since, in ns of the clock of events
        self.began = 0.0  # by the clock of Writes

    def run(self):
        """Findings."""
        self.prepare()
        self.first = self.pair.client.create_run(self.scenario.plan(self.pair, self.namespace)).id
        watcher = Watcher(self.pair.client, self.first)
        point, other = self.freeze.point, None
        watcher.wait(lambda events: len(events) >= point.sequence or is_claimed(events))
        if is_claimed(watcher.events):
            other = self.start_other()
        watcher.reach(point.sequence)
        time.sleep(point.after)  # into the step: no condition is waited for
        with self.pair.frozen() as self.since:
            other = other or self.start_other()
            if self.freeze.amid:
                wait_for("the other has the claim", self.other_begins)
            else:
                wait_ended(self.pair.other.client, other)
        runs = [wait_ended(self.pair.other.client, other), wait_ended(self.pair.client, self.first)]
        if None in runs:
            return [("stuck", f"the run of the {OTHER if runs[0] is None else FIRST} daemon does not end")]
        return self.check(*runs, watcher.finish())

    def prepare(self):
        self.scenario.prepare(self.pair, self.namespace)
        self.pair.other.digest("web")
        # Who has deployed gives the claim back a little later.
        wait_for("nobody has the claim", lambda: self.pair.writes.holder(self.namespace) is None)
        self.began = time.monotonic()

    def start_other(self):
        plan = plan_pb2.Plan(charts=[chart_info(self.pair.other, self.namespace, OTHER)])
        self.other = self.pair.other.client.create_run(plan).id
        return self.other

    def turns(self):
        """Who had the claim, one after the other, since it began."""
        return [who for since, who in self.pair.writes.claims(self.namespace) if who and since >= self.began]

    def other_begins(self):
        return OTHER in self.turns()

    def events(self):
        """All there is of both runs."""
        streams = [(self.pair.client, self.first), (self.pair.other.client, self.other)]
        return "\n\n".join("\n".join(str(event) for event in client.watch(run)) for client, run in streams)

    # What must hold at the end.

    def check(self, other, first, seen):
        self.found = statuses(self.pair.cluster, self.namespace)
        findings = check_events(self.pair.client, first, seen) + check_events(self.pair.other.client, other, [])
        findings += self.pair.writes.overlaps(self.namespace) + self.check_revisions(first, other)
        findings += self.scenario.check_once(self.pair, self.namespace, first)
        findings += self.scenario.check_jobs(self.pair, self.namespace)
        if other.state != run_pb2.RUN_STATE_SUCCEEDED:
            findings.append(("lost", f"the other daemon's run is {told(other)}"))
        if locked(self.found):
            return [*findings, ("stuck", f"the release is locked: {self.found}")]
        # The first daemon had either begun nothing when the other one came, with the claim or without it, and then it
        # comes after the other one; or it is overtaken. (What it began when it went on, it may have to give up.)
        if self.turns()[:1] == [OTHER] or not (self.had_begun(seen) or lost_its_claims(first)):
            return findings + self.check_after(first)
        return findings + self.check_overtaken(first, seen) + self.check_release(OTHER)

    def check_revisions(self, first, other):
        revision = first.charts[0].revision
        if revision and revision == other.charts[0].revision:
            if revision not in self.pair.writes.deleted_records(self.namespace):
                return [("doubled", f"both runs have made revision {revision}")]
        return []

    def check_after(self, first):
        """It came after the other one: as undisturbed, on what the other one has left."""
        if self.scenario.state == run_pb2.RUN_STATE_FAILED:
            findings = self.check_release(OTHER, verdict=False)  # a rollback's record has none
        else:
            findings = self.check_release(self.scenario.message)
        if not self.as_undisturbed(first):
            findings.append(("lost", f"it came after the other one, and its run is {told(first)}"))
        return findings

    def check_overtaken(self, first, seen):
        """It stops, unless all was done already."""
        if lost_its_claims(first):
            return []
        if self.as_undisturbed(first) and not self.begun_after(seen):
            return []
        begun = ", ".join(self.begun_after(seen))
        return [("lost", f"it was overtaken, and its run is {told(first)}, with this begun since: {begun}")]

    def as_undisturbed(self, first):
        return (first.state, first.failure.reason) == (self.scenario.state, self.scenario.reason)

    def had_begun(self, seen):
        """Whether the first daemon was past its checks when it was frozen."""
        return any(
            event.transition.stage not in (failure_pb2.STAGE_UNSPECIFIED, failure_pb2.STAGE_CHECK_PREREQUISITES)
            and event.transition.state == run_pb2.STATE_RUNNING
            and event.time.ToNanoseconds() <= self.since
            for event in sequenced(seen)
        )

    def begun_after(self, seen):
        """The steps that the first daemon began after it was frozen."""
        return [
            f"{failure_pb2.Stage.Name(event.transition.stage)}/{event.transition.step}"
            for event in sequenced(seen)
            if event.time.ToNanoseconds() > self.since
            and event.transition.step
            and event.transition.state == run_pb2.STATE_RUNNING
        ]

    def check_release(self, message, verdict=True):
        """What stands, with that message; None: nothing."""
        config = self.pair.cluster.get("configmap", "web", self.namespace)
        stands = config["data"]["message"] if config else None
        findings = [] if stands == message else [("lost", f"the release's message is {stands!r}, wanted {message!r}")]
        if message is None:
            return findings + ([("lost", f"the release is not gone: {self.found}")] if self.found else [])
        if self.found.count("deployed") != 1 or self.found[-1] != "deployed":
            return [*findings, ("lost", f"the history is {self.found}")]
        return findings + (self.check_verdict() if verdict else [])

    def check_verdict(self):
        record = f"sh.helm.release.v1.web.v{self.pair.cluster.history('web', self.namespace)[-1]['revision']}"
        labels = self.pair.cluster.get("secret", record, self.namespace)["metadata"]["labels"]
        good = labels.get("wheelhouse-verdict") == "good"
        return [] if good else [("lost", f"the record {record} does not say good: {labels}")]


def disturb(pair, scenario, freeze, namespace):
    race = Race(pair, scenario, freeze, namespace)
    findings = race.run()
    return findings, race.events() if findings else ""


def start(plane, tools):
    return Pair(plane.kubeconfig, tools).start()


if __name__ == "__main__":
    # Two runs of one daemon are one story more than the two daemons'.
    names = [name for name in SCENARIOS if name != "take over"]
    sys.exit(run_table("frozen", __doc__, 2, KINDS, start, disturb, both, names))
