"""The table of what hostile input costs the daemon; see `hostile` beside this file."""

import pathlib
import re
import sys
import tempfile
import threading
import time

import wheelhouse
from harness import hostile
from harness.cluster import ControlPlane, find_tools
from harness.daemon import Daemon
from harness.paths import CHARTS
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2

MIB = 1 << 20
MAP = hostile.CONFIG_MAP % "mine"
WIDE = hostile.flow_list(20 * MIB)
NESTED = hostile.archive(("zeros", bytes(120 * MIB)))
# What renders to much: a ConfigMap of a list, many objects, one object of many lines.
FLOW_MANIFEST = MAP + 'x: [{{ range until 2000000 }}1,{{ end }}1]\n'
MANY_OBJECTS = "{{ range until 200000 }}---\n" + MAP.replace("mine", "m-{{ . }}") + "{{ end }}"
LONG_MANIFEST = MAP + 'data: {a: {{ repeat 60000000 "x" }}}\n'
TIGHT = {"check_prerequisites": {"timeout": {"seconds": 20}}}

ARCHIVES = {
    "values.yaml of 40 MiB, one list": hostile.archive(values=WIDE),
    "values.yaml of 20,000 levels": hostile.archive(values=hostile.deep(20_000)),
    "values.yaml of aliases": hostile.archive(values=hostile.aliases()),
    "values.yaml of one text of 90 MiB": hostile.archive(values=b"x: " + b"x" * (90 * MIB)),
    "Chart.yaml of 40 MiB": hostile.archive(chart_yaml=hostile.CHART_YAML + WIDE),
    "crds/ of 40 MiB": hostile.archive(("crds/a.yaml", WIDE)),
    "crds/ of 90 MiB in 20 files": hostile.archive(*((f"crds/{i}.yaml", b"#" * (9 * MIB // 2)) for i in range(20))),
    "one file of 95 MiB": hostile.archive(("zeros", bytes(95 * MIB)), template=MAP),
    "one file of 120 MiB": NESTED,
    "an archive of 120 MiB in an archive": hostile.archive(("charts/sub.tgz", NESTED)),
    "12,000 files": hostile.archive(*((f"files/{i}", b"") for i in range(12_000))),
    "a chart behind a folder's name": hostile.two_faced(MAP, MAP),
    "a sparse file": hostile.archive(("templates/b.yaml", b"", b"S")),
    "an archive behind an archive": hostile.archive() + hostile.archive(),
}
TEMPLATES = {
    "a template that loops": hostile.LOOP,
    **{f"a template that eats memory by {name}": text for name, text in hostile.EATS_MEMORY.items()},
    **{f"a template that calls itself by {name}": text for name, text in hostile.RECURSIONS.items()},
    "a manifest with a list of 2,000,000": FLOW_MANIFEST,
    "a manifest of 200,000 objects": MANY_OBJECTS,
    "a manifest of 60 MB in one text": LONG_MANIFEST,
}
VALUES = {
    "values of 3 MiB, one list": hostile.flow_list(3 * MIB // 2),
    "values of 20,000 levels": hostile.deep(20_000),
    "values of aliases": hostile.aliases(),
    "values with NUL": b"x: \0\n",
    "values with a key of 1 MiB": b'"' + b"k" * MIB + b'": 1\n',
}
KEYS = {"--set a[100000000]": "a[100000000]", "--set with 200 names": "a" + ".b" * 200}


def chart(source, name="web", namespace="hostile", **fields):
    return chart_pb2.ChartInfo(name=name, namespace=namespace, chart=source, **fields)


def source_of(client, data):
    with tempfile.NamedTemporaryFile(suffix=".tgz") as file:
        file.write(data)
        file.flush()
        return chart_pb2.ChartSource(archive_digest=client.upload_chart(file.name).digest)


def plan_of(*charts, **fields):
    return plan_pb2.Plan(charts=charts, **fields)


def ten_thousand(client):
    source = source_of(client, hostile.archive(template=MAP))
    return plan_of(*(chart(source, f"c{i}", f"n{i}") for i in range(10_000)))


def cases():
    """By name: what makes the plan that is deployed; what it sends may be refused before there is one."""
    for name, data in ARCHIVES.items():
        yield name, lambda client, data=data: plan_of(chart(source_of(client, data)))
    for name, text in TEMPLATES.items():
        yield name, lambda client, text=text: plan_of(
            chart(source_of(client, hostile.archive(template=text)), stages=TIGHT)
        )
    for name, text in VALUES.items():
        files = [{"name": "v.yaml", "content": text.decode()}]
        yield name, lambda client, files=files: plan_of(
            chart(source_of(client, hostile.archive(template=MAP)), values_files=files)
        )
    for name, key in KEYS.items():
        yield name, lambda client, key=key: plan_of(
            chart(source_of(client, hostile.archive(template=MAP)), values=[{"key": key, "value": "1"}])
        )
    yield "10,000 charts in a plan", ten_thousand


def error_of(client, make):
    try:
        outcome = Outcome(client, client.deploy(make(client)))
    except wheelhouse.Error as error:
        return error.reason or error.code.name
    return outcome.run.failure.reason or outcome.state


def memory(daemon, field):
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+) kB", status, re.M)[1]) / 1024


def deploy_beside(client, number, result):
    begin = time.monotonic()
    digest = client.upload_chart(str(CHARTS / "web")).digest
    plan = plan_of(chart(chart_pb2.ChartSource(archive_digest=digest), namespace=f"beside-{number}"))
    result.update(state=Outcome(client, client.deploy(plan)).state, seconds=time.monotonic() - begin)


def main(wanted):
    plane, tools = ControlPlane(), find_tools()
    print(f"{'case':45} {'error':22} {'peak MiB':>8} {'after':>6}  another deploy")
    try:
        for number, (name, make) in enumerate(cases()):
            if wanted and not any(part in name for part in wanted):
                continue
            daemon = Daemon(plane.kubeconfig, tools / "helm").start()
            with daemon.client() as client, daemon.client() as other:
                beside = {}
                thread = threading.Thread(target=deploy_beside, args=(other, number, beside))
                thread.start()
                error = error_of(client, make)
                thread.join()
                peak, after = memory(daemon, "VmHWM"), memory(daemon, "VmRSS")
            daemon.close()
            print(f"{name:45} {error:22} {peak:8.0f} {after:6.0f}  {beside['state']} in {beside['seconds']:.1f} s", flush=True)
    finally:
        plane.close()


if __name__ == "__main__":
    main(sys.argv[1:])
