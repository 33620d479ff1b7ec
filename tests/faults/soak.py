"""Many short runs, while the daemon, its helms and the API server are killed at random: see README.md."""

import argparse
import collections
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback

import wheelhouse
from faults.bench import ENDED, KEPT, Bench, Tally, check_events, children_of, left_of, locked, statuses, told
from faults.scenarios import chart_info, count_once, expect_message
from harness.cluster import ControlPlane, find_tools
from harness.interrupt import interrupt_once
from wheelhouse.v1 import chart_pb2, failure_pb2, plan_pb2, run_pb2

GOING_SECONDS = 30  # that an object on its way out may take
RUN_BOUND = 400  # seconds, from CreateRun to the end
# What a run may fail of because of what is done to it. DAEMON_CRASHED: the daemon was killed three times under it.
HARM = ("INTERRUPTED", "HELM_FAILED", "CLUSTER_UNREACHABLE", "NOT_READY", "DAEMON_CRASHED")


def patiently(doing, seconds=120):
    """Does it again while daemon or API server are away."""
    end = time.monotonic() + seconds
    while True:
        try:
            return doing()
        except (wheelhouse.Error, subprocess.CalledProcessError, AssertionError):
            if time.monotonic() > end:
                raise
            time.sleep(0.3)


class Lane(threading.Thread):
    """One namespace: run after run, each looked at before the next."""

    def __init__(self, soak, number):
        super().__init__()
        self.soak, self.bench, self.namespace = soak, soak.bench, f"soak-{number}"
        self.random = random.Random(f"{soak.options.seed}/{number}")

    def run(self):
        try:
            while (number := self.soak.next_number()) is not None:
                self.one(f"{self.namespace}.{number}", self.random.choice(("deploy",) * 4 + ("wrong", "destroy")))
        except Exception:
            self.soak.broken.append(traceback.format_exc())

    def plan(self, key, kind):
        if kind == "destroy":
            return plan_pb2.Plan(charts=[chart_info(self.bench, self.namespace, "", action=chart_pb2.ACTION_DESTROY)])
        info = chart_info(self.bench, self.namespace, key)
        count_once(info.stages.pre_exec.after, key, "once")
        if kind == "wrong":
            expect_message(info, "what it is not")
        return plan_pb2.Plan(charts=[info])

    def call(self, method, *args, **fields):
        def once():
            with self.bench.daemon.client() as client:
                return getattr(client, method)(*args, **fields)

        return patiently(once)

    def last(self):
        """Undisturbed: whatever was done to the namespace, it can be deployed to."""
        self.soak.freed += free_what_was_lost(self.bench.cluster, self.namespace)
        run = self.one(f"{self.namespace}.last", "deploy")
        if run.state != run_pb2.RUN_STATE_SUCCEEDED:
            self.soak.tally.add("soak", [("stuck", f"at the end {self.namespace} is {told(run)}")], "last run")

    def one(self, key, kind):
        run_id = self.call("create_run", self.plan(key, kind), request_id=key).id
        seen = self.follow(run_id)
        run = self.call("get_run", run_id)
        if run.state not in ENDED:
            findings = [("stuck", f"the run does not end: {run}")]
        else:
            findings = self.check_stream(run, seen) + patiently(lambda: self.check(key, kind, run))
        self.soak.ended(run, f"{kind} {key} {run_id}", findings)
        return run

    def follow(self, run_id):
        """All events, though the stream breaks: each time it goes on after what was seen."""
        seen, end = [], time.monotonic() + RUN_BOUND
        while time.monotonic() < end:
            with contextlib.suppress(wheelhouse.Error), self.bench.daemon.client() as client:
                for event in client.watch(run_id, after_sequence=len(seen)):
                    if event.sequence:
                        seen.append(event)
                return seen
            time.sleep(0.2)
        return seen

    def check_stream(self, run, seen):
        def once():
            with self.bench.daemon.client() as client:
                return check_events(client, run, seen)

        return patiently(once)

    def check(self, key, kind, run):
        """Findings about the cluster and the counted step."""
        found, findings = statuses(self.bench.cluster, self.namespace), []
        failure = run.failure
        # Where it was the helm that frees or removes the release that was killed, the next run goes on with it; and a
        # run that changed nothing leaves it as the one before it, which told of it.
        told_of = (
            failure.stage == failure_pb2.STAGE_CHECK_PREREQUISITES
            or failure.step == "unlock"
            or any(one.step == "remediate" for one in failure.secondary)
            or any(one.kind == "Release" for one in failure.left_changed)
        )
        if locked(found) and not told_of:
            findings.append(("stuck", f"the release is locked, which nothing tells: {found}, {told(run)}"))
        if kind != "destroy" and self.bench.count(f"{key}.once", "begun") > 1:
            findings.append(("doubled", "the ONCE step was begun twice"))
        if run.state == run_pb2.RUN_STATE_SUCCEEDED:
            return findings + self.check_success(key, kind, run, found)
        wanted = (*HARM, "VALIDATION_FAILED") if kind == "wrong" else HARM
        if failure.reason not in wanted:
            findings.append(("lost", f"the run is {told(run)}"))
        return findings

    def check_success(self, key, kind, run, found):
        if kind == "destroy":
            return [("lost", f"told to be gone, and is {found}")] if found else []
        findings = []
        config = self.bench.cluster.get("configmap", "web", self.namespace)
        if not found or found[-1] != "deployed" or not config or config["data"]["message"] != key:
            findings.append(("lost", f"told to be done, and is {found}, {config and config['data']}"))
        if kind == "wrong":
            findings.append(("lost", "a check that is wrong has passed"))
        if self.bench.count(f"{key}.once", "done") != 1:
            findings.append(("lost", "the ONCE step was not done"))
        made = self.bench.cluster.kubectl(
            "get", "secrets", "-n", self.namespace, "-l", f"owner=helm,wheelhouse-run={run.id}", "-o", "name"
        ).split()
        freed = "rolled back" in run.charts[0].decision_reason  # by unlock, which makes a revision
        if len(made) > 1 + freed:
            findings.append(("doubled", f"one run made {made}"))
        return findings


def free_what_was_lost(cluster, namespace):
    """Kubernetes' garbage collector can lose an object while its API server is killed under it: the object keeps
    `foregroundDeletion` though nothing depends on it, and every uninstall waits. An operator takes the finalizer away."""
    end = time.monotonic() + GOING_SECONDS
    while "deletionTimestamp" in ((cluster.get("deployment", "web", namespace) or {}).get("metadata", {})):
        if time.monotonic() > end:
            if cluster.kubectl("get", "replicasets,pods", "-n", namespace, "-o", "name").strip():
                return 0  # it is at it
            patch = '{"metadata":{"finalizers":null}}'
            cluster.kubectl("patch", "deployment", "web", "-n", namespace, "--type=merge", "-p", patch)
            return 1
        time.sleep(0.5)
    return 0


class Chaos(threading.Thread):
    """Kills something every few seconds."""

    def __init__(self, soak):
        super().__init__()
        self.soak, self.random, self.kills = soak, random.Random(soak.options.seed), collections.Counter()
        self.done = threading.Event()

    def run(self):
        ways = (self.kill_daemon, self.kill_helm, self.kill_helm, self.kill_api_server)
        while not self.done.wait(self.random.uniform(1, 5)):
            try:
                way = self.random.choice(ways)
                self.kills[way.__name__.removeprefix("kill_")] += way()
            except Exception:
                self.soak.broken.append(traceback.format_exc())
                return

    def kill_daemon(self):
        bench = self.soak.bench
        children = bench.kill()
        bench.daemon.start()
        if left := left_of(children):
            self.soak.tally.add("soak", left, "daemon killed")
        return 1

    def kill_helm(self):
        words = (" upgrade ", " uninstall ", " rollback ")
        helms = [pid for (pid, _), line in children_of(self.soak.bench.daemon).items() if any(w in line for w in words)]
        if not helms:
            return 0
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.random.choice(helms), signal.SIGKILL)
        return 1

    def kill_api_server(self):
        for line in (self.soak.plane.folder / "pids").read_text().splitlines():
            name, pid, _ = line.split()
            if name == "kube-apiserver":
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
                    return 1
        return 0


class Soak:
    def __init__(self, options):
        self.options, self.lock, self.left, self.broken = options, threading.Lock(), options.runs, []
        self.states, self.tally, self.freed = collections.Counter(), Tally(), 0
        self.plane = ControlPlane("--revive")
        self.bench = Bench(self.plane.kubeconfig, find_tools()).start()
        self.bench.digest("web")

    def next_number(self):
        with self.lock:
            if self.left == 0 or self.broken:
                return None
            self.left -= 1
            return self.options.runs - self.left

    def ended(self, run, about, findings):
        with self.lock:
            self.states[f"{run_pb2.RunState.Name(run.state).removeprefix('RUN_STATE_')} {run.failure.reason}"] += 1
        self.tally.add("soak", findings, about)
        if findings:
            text = "\n".join(str(one) for one in findings)
            self.bench.keep(about.replace(" ", "-"), f"{about}\n{text}\n{run}")

    def run(self):
        chaos, lanes = Chaos(self), [Lane(self, number) for number in range(self.options.namespaces)]
        self.tally.plan("soak", self.options.runs + len(lanes))
        for thread in [chaos, *lanes]:
            thread.start()
        try:
            for thread in lanes:
                thread.join()
        finally:
            self.left = 0
            chaos.done.set()
            chaos.join()
        # The daemon ends with the thread that started it, chaos's perhaps.
        self.bench.daemon.stop()
        self.bench.restart()
        for lane in lanes:
            lane.last()
        return chaos.kills

    def close(self):
        self.bench.close()
        self.plane.close()


def main():
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--namespaces", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupt_once)
    shutil.rmtree(KEPT, ignore_errors=True)
    print(f"seed {options.seed}: {options.runs} runs in {options.namespaces} namespaces", flush=True)
    soak = Soak(options)
    try:
        kills = soak.run()
    finally:
        soak.close()
    for state, count in sorted(soak.states.items()):
        print(f"{count:6} {state}")
    print("killed: " + ", ".join(f"{count} times {what}" for what, count in sorted(kills.items())))
    if soak.freed:
        print(f"freed by hand, lost by Kubernetes' garbage collector: {soak.freed}")
    soak.tally.print()
    print("\n".join(soak.broken))
    return 0 if soak.tally.clean and not soak.broken else 1


if __name__ == "__main__":
    sys.exit(main())
