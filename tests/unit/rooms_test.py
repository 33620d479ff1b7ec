"""Reads the includes of every room against the table of rooms: no arrow that is not in it."""

import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]

# What each room may include besides itself, common and the generated proto.
ROOMS = {
    "common": set(),
    "client/cli": set(),
    "server/config": set(),
    "server/store": set(),
    "server/kube": set(),
    "server/identity": {"server/kube"},
    "server/helm": {"server/kube"},
    "server/plan": set(),
    "server/outgoing": {"server/plan", "server/kube"},
    "server/kustomize": set(),
    "server/lifecycle": {"server/plan", "server/outgoing", "server/kustomize", "server/helm", "server/kube"},
    "server/runs": {"server/plan", "server/lifecycle", "server/store", "server/kube"},
    # api asks the clusters for GetStatus.
    "server/api": {"server/runs", "server/plan", "server/helm", "server/identity", "server/store", "server/kube"},
}


def room_of(path: str) -> str:
    return next((room for room in ROOMS if path.startswith(room + "/")), "")


def includes(room: str):
    for source in sorted((TOP / room).rglob("*")):
        if source.suffix not in {".h", ".cpp"} or room_of(str(source.relative_to(TOP))) != room:
            continue
        for included in re.findall(r'^#include "([^"]+)"', source.read_text(), re.M):
            yield source.relative_to(TOP), included


def test_every_folder_of_code_is_a_room_of_the_table():
    folders = {str(path.parent.relative_to(TOP)) for path in TOP.glob("server/*/*.cpp")} | {"common", "client/cli"}
    assert folders == set(ROOMS)


def test_a_room_includes_only_what_the_table_allows():
    wrong = []
    for room, allowed in ROOMS.items():
        for source, included in includes(room):
            target = room_of(included)
            if target and target not in allowed | {room, "common"}:
                wrong.append(f"{source} includes {included}")
    assert not wrong, "\n".join(wrong)


def test_the_table_has_no_cycle():
    def reach(room, path):
        assert room not in path, " -> ".join([*path, room])
        for target in ROOMS[room]:
            reach(target, [*path, room])

    for room in ROOMS:
        reach(room, [])
