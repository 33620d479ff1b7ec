"""What is measured, part by part. Each adds rows to the results; most of them compare the daemon with bare helm."""

import base64
import http.client
import json
import math
import pathlib
import ssl
import subprocess
import tempfile
import time
import urllib.parse

import yaml

from contenders import Helm, Wheelhouse
from fleet import Fleet
from harness.daemon import wait_for
from harness.paths import BIN
from link import SlowLink
from processes import names_of, resident
from streams import many_streams
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, plan_pb2

RECORDS = "/api/v1/secrets?labelSelector=owner%3Dhelm&fieldSelector=type%3Dhelm.sh%2Frelease.v1&limit=500"
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


def measure(contender, work, repeat=1):
    """Usage of each repetition; `work` gets its number."""
    measured = []
    for i in range(repeat):
        with contender.usage() as usage:
            work(i)
        measured.append(usage)
    return measured


def seconds(measured):
    return [usage.seconds for usage in measured]


def try_parallelism(bench, parallel):
    helm, fleet = Helm(bench.plane.kubeconfig, bench.tools, parallel, bench.others), Fleet("warm-up", 16, False)
    helm.deploy(fleet)
    return min(seconds(measure(helm, lambda _: helm.deploy(fleet), 2)))


def list_records(bench):
    """How long the metadata of all release records takes, page after page, on a connection that is open."""
    config = yaml.safe_load(pathlib.Path(bench.plane.kubeconfig).read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    with tempfile.NamedTemporaryFile() as pair:
        for part in ("client-certificate-data", "client-key-data"):
            pair.write(base64.b64decode(user[part]))
        pair.flush()
        context.load_cert_chain(pair.name)
    address = urllib.parse.urlsplit(cluster["server"])
    server = http.client.HTTPSConnection(address.hostname, address.port, context=context)

    def once():
        token, begin = "", time.monotonic()
        while True:
            server.request("GET", f"{RECORDS}&continue={token}", headers={"Accept": METADATA})
            page = json.loads(server.getresponse().read())
            token = urllib.parse.quote(page["metadata"].get("continue", ""))
            if not token:
                return time.monotonic() - begin

    once()
    return [once() for _ in range(5)]


def deploy_fleets(bench):
    """Many releases, first, unchanged, all changed, one changed."""
    for count in bench.options.releases:
        for spread in (True, False):
            deploy_fleet(bench, count, spread)
    for about in ("a namespace each", "one namespace"):
        small, large = (bench.results.rows.get(f"{count} releases, {about}: again") for count in (100, 1000))
        if small and large:
            bench.results.add(f"1000 releases, {about}: again, beside 100", large["samples"], "s", "100", small["samples"], 8)


# What a ratio to another program may be at most, by what is deployed. `fastest`: of bare helm and all that are on PATH.
GOALS = {
    "helm": {"all changed": 0.5},
    "helmfile": {"again": 1 / 100},
    "fastest": {"first": 1.0, "again": 1 / 30},
}


def deploy_fleet(bench, count, spread):
    about = f"{count} releases, {'a namespace each' if spread else 'one namespace'}"
    ours = deploy_and_change(bench.wheelhouse, count, spread, 3)
    theirs = {contender.name: deploy_and_change(contender, count, spread, 1) for contender in (bench.helm, *bench.rest)}
    single = Fleet("helm-single", 1, False)
    bench.helm.deploy(single)
    upgrade = seconds(measure(bench.helm, lambda _: bench.helm.deploy(single), 3))
    add_fleet(bench, about, ours, theirs, upgrade)


def deploy_and_change(contender, count, spread, repeat):
    """What it takes to deploy the fleet first, again, with one release changed and with all changed."""
    fleet = Fleet(f"{contender.name}-{count}{'s' if spread else 'o'}", count, spread)

    def deploy(_):
        contender.deploy(fleet)

    def change_one(i):
        fleet.change_one(f"one-{i}")
        contender.deploy(fleet)

    def change_all(i):
        fleet.change_all(f"all-{i}")
        contender.deploy(fleet)

    return {
        "first": measure(contender, deploy), "again": measure(contender, deploy, repeat),
        "one changed": measure(contender, change_one, repeat), "all changed": measure(contender, change_all),
    }  # fmt: skip


def goal_of(what, name, fastest):
    """The smallest of the goals for a ratio to the program, if it has any."""
    programs = {name, "fastest"} if name == fastest else {name}
    return min((GOALS[program][what] for program in programs if what in GOALS.get(program, ())), default=None)


def add_fleet(bench, about, ours, theirs, upgrade):
    for what in ("first", "again", "all changed"):
        fastest = min(theirs, key=lambda name: theirs[name][what][0].seconds)
        for name, found in theirs.items():
            row, goal = f"{about}: {what}{'' if name == 'helm' else f', {name}'}", goal_of(what, name, fastest)
            bench.results.add(row, seconds(ours[what]), "s", name, seconds(found[what]), goal)
    bench.results.add(f"{about}: one changed", seconds(ours["one changed"]), "s", "one bare upgrade", upgrade, 1.3)
    bench.results.add(f"{about}: again, beside a list", seconds(ours["again"]), "s", "a list of the records", list_records(bench), 2)
    for what in ("first", "again"):
        cpu = [[usage.cpu for usage in found[what]] for found in (ours, theirs["helm"])]
        bench.results.add(f"{about}: {what}, CPU", cpu[0], "s", "helm's", cpu[1])
        bench.results.add(f"{about}: {what}, memory", [u.peak for u in ours[what]], "MiB")


def preview(bench):
    """A plan of many releases of which each tenth changed, beside helm's own dry run of all; and what a command takes that
    does next to nothing."""
    for count in bench.options.releases:
        took = {}
        for contender in (bench.helm, bench.wheelhouse):
            fleet = Fleet(f"{contender.name}-plan-{count}", count, True)
            contender.deploy(fleet)
            fleet.change_each(10, "changed")
            took[contender] = seconds(measure(contender, lambda _, c=contender, f=fleet: c.preview(f), 3))
        name = f"plan of {count}, of which {-(-count // 10)} changed"
        bench.results.add(name, took[bench.wheelhouse], "s", "helm's dry run", took[bench.helm])
    alone = [seconds(measure(contender, lambda _, c=contender: c.version(), 10)) for contender in (bench.wheelhouse, bench.helm)]
    bench.results.add("`version`, which asks the daemon", alone[0], "s", "helm version", alone[1])


def flux_case(bench):
    """What flux-benchmark deploys: releases without replicas, so that nothing is waited for. CPU and memory of the daemon
    and all its children."""
    for count in bench.options.releases:
        fleet = Fleet(f"flux-{count}", count, True, {"replicas": 0})
        used = measure(bench.wheelhouse, lambda _, fleet=fleet: bench.wheelhouse.deploy(fleet))
        bench.results.add(f"{count} without replicas: CPU of each", [used[0].cpu / count], "s", goal=0.28)
        bench.results.add(f"{count} without replicas: memory", [used[0].peak], "MiB", goal=361)
        bench.results.add(f"{count} without replicas: duration", seconds(used), "s")


def waiting(bench):
    """Releases that are not ready for a while: what the daemon and its children take while they wait."""
    count, span = max(bench.options.releases), 30
    fleet = Fleet(f"waits-{count}", count, True, {"pod": "never-ready"})
    with bench.wheelhouse.daemon.client() as client:
        flags = ("--detach", "-o", "json")
        plans = bench.wheelhouse.plans(fleet, timeout="60m")
        runs = [json.loads(bench.wheelhouse.apply(plan, *flags).stdout)["id"] for plan in plans]

        def all_wait():
            return applied(bench, fleet) == count and not helms_beside(bench.wheelhouse)

        wait_for("all charts wait", all_wait, 3600)
        with bench.wheelhouse.usage() as usage:
            time.sleep(span)
        bench.results.add(f"{count} that wait: CPU of a second", [usage.cpu / usage.seconds], "s")
        bench.results.add(f"{count} that wait: memory", [usage.peak], "MiB")
        for run in runs:
            client.cancel_run(run, force=True)
        wait_for("they end", lambda: all(client.get_run(run).HasField("end_time") for run in runs), 3600)


def helms_beside(contender):
    """How many helms work for the daemon."""
    return sum("helm" in name for name in names_of(contender.daemon.process.pid))


def applied(bench, fleet):
    """How many releases of the fleet have their last object."""
    found = bench.cluster.kubectl("get", "deployments", "-A", "-l", "app.kubernetes.io/managed-by=Helm", "-o", "name")
    return sum(f"/{fleet.name}-" in line for line in found.splitlines())


def calls(bench):
    """GetRun beside a bare gRPC server that answers the same, CreateRun beside commits of single rows."""
    daemon, program = bench.wheelhouse.daemon, BIN / "bench_rpc"

    def run_program(*args):
        return json.loads(subprocess.check_output([program, *map(str, args)]))

    with daemon.client() as client, tempfile.TemporaryDirectory() as folder:
        digest = client.upload_chart(str(Fleet("x", 1, False).chart)).digest
        source = chart_pb2.ChartSource(archive_digest=digest)
        plan = plan_pb2.Plan(charts=[chart_pb2.ChartInfo(name="calls", namespace="calls", chart=source, action=chart_pb2.ACTION_SKIP)])
        run = client.create_run(plan)
        wait_for("it ends", lambda: client.get_run(run.id).HasField("end_time"))
        answer, socket = pathlib.Path(folder) / "run", pathlib.Path(folder) / "s"
        answer.write_bytes(client.get_run(run.id).SerializeToString())
        bare = subprocess.Popen([program, "serve", socket, answer])
        try:
            wait_for("it listens", socket.exists)
            pairs = [(run_program("get", daemon.socket, run.id, 2), run_program("get", socket, run.id, 2)) for _ in range(3)]
        finally:
            bare.terminate()
            bare.wait()
        ours, theirs = ([one["median_ms"] for one in side] for side in zip(*pairs))
        bench.results.add("GetRun", ours, "ms", "a bare gRPC server", theirs, 1 / 0.8)
        request = pathlib.Path(folder) / "request"
        request.write_bytes(deployer_service_pb2.CreateRunRequest(plan=plan).SerializeToString())
        commits = run_program("commits", daemon.folder, 2)
        for callers in (1, 16):
            made = run_program("create", daemon.socket, request, 2, callers)
            bench.results.add(
                f"CreateRun, {callers} at once", [made["seconds"] / made["calls"] * 1000], "ms",
                "a commit of a row", [commits["seconds"] / commits["calls"] * 1000], 2,
            )  # fmt: skip


def idle(bench):
    """Memory of a daemon of which nothing was asked, and of the one that did all the others."""
    fresh = Wheelhouse(bench.plane.kubeconfig, bench.tools)
    time.sleep(2)
    bench.results.add("idle: memory", [resident(fresh.daemon.process.pid)], "MiB", goal=25)
    fresh.close()
    bench.results.add("after all that: memory", [resident(bench.wheelhouse.daemon.process.pid)], "MiB", goal=50)


def slow_link(bench):
    """A chart of many objects, over links with round trips of some length."""
    with tempfile.TemporaryDirectory() as folder:
        chart = large_chart(pathlib.Path(folder), bench.options.objects)
        link = SlowLink(bench.plane.kubeconfig, folder)
        ours = Wheelhouse(link.kubeconfig, bench.tools, slowLink=True)
        helm = Helm(link.kubeconfig, bench.tools, 1, bench.others)
        try:
            for ms in bench.options.round_trips:
                link.round_trip = ms / 1000
                fleets = {c: Fleet(f"{c.name}-large-{ms}", 1, False, chart=chart) for c in (helm, ours)}
                for what in ("first", "again", "changed"):
                    took = {}
                    for contender, fleet in fleets.items():
                        fleet.common = "other" if what == "changed" else "hello"
                        took[contender] = seconds(measure(contender, lambda _, c=contender, f=fleet: c.deploy(f)))
                    bench.results.add(f"{bench.options.objects} objects at {ms} ms: {what}", took[ours], "s", "helm", took[helm])
        finally:
            ours.close()
            link.close()


def large_chart(folder, objects):
    (folder / "large" / "templates").mkdir(parents=True)
    (folder / "large" / "Chart.yaml").write_text("apiVersion: v2\nname: large\nversion: 1.0.0\n")
    (folder / "large" / "values.yaml").write_text("message: hello\n")
    (folder / "large" / "templates" / "all.yaml").write_text(
        "{{ range $i := until %d }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ $.Release.Name }}-{{ $i }}}\n"
        "data: {message: {{ $.Values.message | quote }}}\n{{ end }}\n" % objects
    )
    return folder / "large"


PARTS = {
    "fleets": deploy_fleets,
    "preview": preview,
    "flux": flux_case,
    "waiting": waiting,
    "calls": calls,
    "link": slow_link,
    "streams": many_streams,
    "idle": idle,
}
