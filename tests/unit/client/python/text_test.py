"""The cases of tests/unit/client/event_lines.json, which the Go package is tested with as well."""

import json
import pathlib

import pytest
from google.protobuf import json_format

import wheelhouse
from wheelhouse.v1 import event_pb2

CASES = json.loads((pathlib.Path(__file__).parents[1] / "event_lines.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["line"])
def test_an_event_is_a_line_or_nothing(case):
    assert wheelhouse.line(json_format.ParseDict(case["event"], event_pb2.RunEvent())) == case["line"]
