"""The cases of tests/unit/client/watch_rule.json, which the command line and the Go package are tested with as well."""

import json
import pathlib
import threading

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

import wheelhouse
from harness.played import played
from wheelhouse import watch
from wheelhouse.v1 import deployer_service_pb2, deployer_service_pb2_grpc, event_pb2, run_pb2

CASES = json.loads((pathlib.Path(__file__).parents[1] / "watch_rule.json").read_text())


def test_the_numbers_of_the_rule():
    assert watch.PAUSE * 1000 == CASES["pauseMs"]
    assert watch.GIVE_UP_AFTER * 1000 == CASES["giveUpAfterMs"]
    assert watch.SILENCE * 1000 == CASES["silenceMs"]


@pytest.mark.parametrize("end", CASES["ends"], ids=lambda end: end["case"])
def test_which_ends_a_watcher_comes_back_from(end):
    comes_back = watch.comes_back(grpc.StatusCode[end["code"]], end["reason"], end["known"], end["lostForMs"] / 1000)
    assert comes_back == end["comesBack"]


class ScriptedDaemon(deployer_service_pb2_grpc.DeployerServiceServicer):
    """Answers WatchRun as a case says."""

    def __init__(self, streams):
        self.streams, self.asked = streams, []

    def WatchRun(self, request, context):
        stream = self.streams[len(self.asked)]
        self.asked.append(request.after_sequence)
        for name in stream["sends"]:
            yield deployer_service_pb2.WatchRunResponse(event=event_of(name))
        if stream.get("hangs"):  # sends nothing more and does not end
            gone = threading.Event()
            context.add_callback(gone.set)
            gone.wait()
        if stream["code"] != "OK":
            context.abort_with_status(rpc_status.to_status(status_of(stream)))


def status_of(stream):
    status = status_pb2.Status(code=grpc.StatusCode[stream["code"]].value[0], message="scripted")
    if stream["reason"]:
        detail = any_pb2.Any()
        detail.Pack(error_details_pb2.ErrorInfo(domain="wheelhouse", reason=stream["reason"]))
        status.details.append(detail)
    return status


def event_of(name):
    """`snapshot`, `sync`, `3`, or `3 ended` for the event with which the run ends."""
    event = event_pb2.RunEvent(run_id="01a")
    if name == "snapshot":
        event.snapshot.id = "01a"
    elif name == "sync":
        event.sync.SetInParent()
    else:
        number, _, ended = name.partition(" ")
        event.sequence = int(number)
        event.transition.run_state = run_pb2.RUN_STATE_SUCCEEDED if ended else run_pb2.RUN_STATE_RUNNING
    return event


def name_of(event):
    if event.WhichOneof("event") != "transition":
        return event.WhichOneof("event")
    return f"{event.sequence} ended" if event.transition.run_state == run_pb2.RUN_STATE_SUCCEEDED else f"{event.sequence}"


def check(case, folder):
    daemon = ScriptedDaemon(case["streams"])
    with played(folder, (deployer_service_pb2_grpc.add_DeployerServiceServicer_to_server, daemon)):
        handed_on, result = [], "OK"
        try:
            with wheelhouse.Client(f"unix://{folder}/s") as client:
                for event in client.watch("01a"):
                    handed_on.append(name_of(event))
        except wheelhouse.Error as error:
            result = error.code.name
    assert result == case["result"]
    assert handed_on == case["handsOn"]
    assert daemon.asked == [stream["after"] for stream in case["streams"]]


@pytest.mark.parametrize("case", CASES["watches"], ids=lambda case: case["case"])
def test_a_watch_follows_the_rule(case, tmp_path):
    check(case, tmp_path)


def test_a_silent_stream_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "SILENCE", 0.1)
    silent = {"after": 0, "sends": ["snapshot", "1"], "hangs": True, "code": "OK", "reason": ""}
    rest = {"after": 1, "sends": ["snapshot", "2 ended"], "code": "OK", "reason": ""}
    check({"streams": [silent, rest], "handsOn": ["snapshot", "1", "2 ended"], "result": "OK"}, tmp_path)
