"""Reads the includes of every room against the table of rooms: no arrow that is not in it."""

import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]

# What the files of each folder may include besides their own and what common has. Subfolders are rooms like any others: they
# and the folder that they are in include one another only as their rows say.
COMMON = {"common", "common/formats", "common/process"}
CLUSTER = {"server/helm", "server/kube", "server/kube/readiness"}
ROOMS = {
    "common": set(),
    "common/formats": {"common"},
    "common/process": {"common"},
    "client/cli/shell": set(),
    "client/cli/output": {"client/cli/shell"},
    "client/cli/plan": {"client/cli/shell"},
    "client/cli/import": set(),
    "client/cli/connection": {"client/cli/shell"},
    "client/cli/run": {"client/cli/plan", "client/cli/connection", "client/cli/output", "client/cli/shell"},
    "client/cli/commands": {
        "client/cli/run", "client/cli/plan", "client/cli/connection", "client/cli/output", "client/cli/shell",
    },
    **{
        f"client/cli/commands/{subject}": {
            "client/cli/commands", "client/cli/run", "client/cli/plan", "client/cli/connection", "client/cli/output",
            "client/cli/shell",
        } | ({"client/cli/import"} if subject == "plans" else set())
        for subject in ("completion", "daemon", "plans", "releases", "runs")
    },
    "client/cli": {
        *(f"client/cli/commands/{subject}" for subject in ("completion", "daemon", "plans", "releases", "runs")),
        "client/cli/output",
        "client/cli/shell",
    },
    "server/config": set(),
    "server/logging": {"server/config"},
    "server/watchdog": set(),
    "server/memory": set(),
    "server/store": set(),
    "server/store/sealed": {"server/store"},
    "server/store/sqlite": {"server/store", "server/watchdog"},
    "server/cel": set(),
    "server/cel/library": {"server/cel"},
    "server/kube": set(),
    "server/kube/readiness": {"server/cel", "server/kube"},
    "server/kube/http": set(),
    "server/kube/proxy": {"server/kube", "server/kube/http"},
    "server/kube/rest": {"server/kube", "server/kube/http", "server/kube/proxy"},
    "server/identity": set(),
    "server/helm/archive": set(),
    "server/helm/post_renderer": set(),
    "server/helm": {"server/helm/archive", "server/helm/post_renderer", "server/kube"},
    "server/plan/fields": {"server/cel"},
    "server/plan/step_kinds": {"server/plan/fields"},
    "server/plan": {"server/plan/fields", "server/plan/step_kinds"},
    "server/signatures": {"server/kube"},
    "server/outgoing": {"server/plan/fields", "server/kube/http"},
    "server/outgoing/sources": {"server/outgoing", "server/plan/fields", "server/kube", "server/signatures"},
    "server/charts": {"server/helm", "server/outgoing/sources", "server/plan", "server/signatures"},
    "server/kustomize": set(),
    # Arrows down: runner, steps, release, gate and changes, objects, core.
    "server/lifecycle/core": CLUSTER
    | {"server/cel", "server/outgoing", "server/outgoing/sources", "server/plan", "server/plan/fields", "server/signatures"},
    "server/lifecycle/objects": CLUSTER
    | {"server/lifecycle/core", "server/kustomize", "server/plan", "server/plan/fields"},
    "server/lifecycle/changes": CLUSTER | {"server/lifecycle/objects", "server/lifecycle/core"},
    "server/lifecycle/gate": CLUSTER | {"server/lifecycle/objects", "server/lifecycle/core"},
    "server/lifecycle/release": CLUSTER | {"server/lifecycle/objects", "server/lifecycle/core", "server/plan"},
    "server/lifecycle/steps/callers": {
        "server/cel",
        "server/lifecycle/objects",
        "server/lifecycle/core",
        "server/outgoing",
        "server/plan/fields",
        "server/kube",
        "server/kube/readiness",
    },
    # What a hook asks of the cluster is done by the steps of the kinds.
    "server/lifecycle/steps/callers/hook": {
        "server/lifecycle/steps/callers",
        "server/lifecycle/core",
        "server/plan/fields",
        "server/plan/step_kinds",
        "server/helm",
        "server/kube",
    },
    # The step `rights` asks whether the kinds that the caller uses are allowed.
    "server/lifecycle/steps/defaults": CLUSTER
    | {
        "server/charts",
        "server/lifecycle/steps/callers",
        "server/lifecycle/release",
        "server/lifecycle/gate",
        "server/lifecycle/changes",
        "server/lifecycle/objects",
        "server/lifecycle/core",
        "server/plan",
    },
    "server/lifecycle/runner": {
        "server/lifecycle/steps/callers",
        "server/lifecycle/steps/defaults",
        "server/lifecycle/release",
        "server/lifecycle/core",
        "server/plan",
        "server/plan/step_kinds",
    },
    "server/inspection": CLUSTER | {"server/lifecycle/changes", "server/lifecycle/core", "server/lifecycle/objects"},
    "server/runs": set(),
    "server/runs/claims": {"server/kube", "server/watchdog"},
    "server/runs/log": {"server/runs", "server/lifecycle/core", "server/plan", "server/store"},
    # Of the lifecycle only the name of what it keeps.
    "server/runs/plans": {"server/runs", "server/lifecycle/core", "server/plan", "server/store"},
    "server/runs/engine": {
        "server/runs",
        "server/runs/log",
        "server/runs/plans",
        "server/runs/claims",
        "server/watchdog",
        "server/plan",
        "server/lifecycle/core",
        "server/lifecycle/runner",
        "server/store",
        "server/kube",
    },
    # Of the lifecycle only what it declares for hooks.
    "server/hooks": {"server/lifecycle/core"},
    # Of each only what it counts.
    "server/metrics": {
        "server/api",
        "server/helm",
        "server/hooks",
        "server/runs",
        "server/runs/claims",
        "server/runs/log",
        "server/store",
        "server/watchdog",
    },
    # api asks the clusters for GetStatus.
    "server/api": {
        "server/charts",
        "server/hooks",
        "server/runs",
        "server/plan",
        "server/plan/fields",
        "server/helm",
        "server/inspection",
        "server/identity",
        "server/store",
        "server/kube",
    },
    # What the configuration means to the rooms that take it.
    "server/setup": {
        "server/api",
        "server/config",
        "server/helm",
        "server/inspection",
        "server/kube",
        "server/lifecycle/core",
        "server/lifecycle/release",
        "server/outgoing/sources",
        "server/plan",
        "server/runs/engine",
        "server/store",
    },
}


def room_of(path: str) -> str:
    """The innermost room that the file is in."""
    return max((room for room in ROOMS if path.startswith(room + "/")), key=len, default="")


def includes(room: str):
    for source in sorted((TOP / room).rglob("*")):
        if source.suffix not in {".h", ".cpp"} or room_of(str(source.relative_to(TOP))) != room:
            continue
        for included in re.findall(r'^#include "([^"]+)"', source.read_text(), re.M):
            yield source.relative_to(TOP), included


def test_every_folder_of_code_is_a_room_of_the_table():
    code = [path for top in ("client/*", "common", "server/*") for path in TOP.glob(f"{top}/**/*.[ch]*")]
    folders = {str(path.parent.relative_to(TOP)) for path in code if path.suffix in {".h", ".cpp"}}
    assert folders == set(ROOMS)


def test_a_room_includes_only_what_the_table_allows():
    wrong = []
    for room, allowed in ROOMS.items():
        known = allowed | {room} | (set() if room in COMMON else COMMON)
        for source, included in includes(room):
            target = room_of(included)
            if target and target not in known:
                wrong.append(f"{source} includes {included}")
    assert not wrong, "\n".join(wrong)


def test_the_table_has_no_cycle():
    def reach(room, path):
        assert room not in path, " -> ".join([*path, room])
        for target in ROOMS[room]:
            reach(target, [*path, room])

    for room in ROOMS:
        reach(room, [])
