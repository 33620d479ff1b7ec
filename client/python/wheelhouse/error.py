"""What goes wrong: calls that fail, and runs that do."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from wheelhouse.text import failure_text, others_text
from wheelhouse.v1 import failure_pb2, run_pb2


class Error(Exception):
    """An RPC that failed.

    `code` is its gRPC code; `reason` the UPPER_SNAKE reason from the daemon, or empty; `violations` maps the path of each
    wrong field to what is wrong with it. It is raised `from None`: gRPC's own error says no more, in twenty lines.
    """

    def __init__(self, error: grpc.RpcError):
        self.code = error.code()
        self.reason = ""
        self.violations: dict[str, str] = {}
        status = rpc_status.from_call(error)
        for detail in status.details if status else []:
            info, request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            if detail.Unpack(info):
                self.reason = info.reason
            elif detail.Unpack(request):
                self.violations = {v.field: v.description for v in request.field_violations}
        super().__init__(f"{self.reason or self.code.name}: {error.details()}")


class RunLost(Error):
    """A run whose daemon has been away for too long: `run_id` may still be going on.

    `request_id`: the id by which the same deploy can be continued; empty where there is none.
    """

    def __init__(self, error: grpc.RpcError, run_id: str, request_id: str, away: float):
        super().__init__(error)
        self.run_id, self.request_id = run_id, request_id
        again = f"start again with the request_id {request_id}" if request_id else f"see `wheelhouse runs watch {run_id}`"
        self.args = (f"run {run_id} may still be going on: the daemon has been away for {away:g} s; {again} ({self})",)


class RunFailed(Exception):
    """A run that was deployed and did not succeed.

    `state` is FAILED or CANCELLED. `failure` is the run's failure: its `reason` is the daemon's, and what a hook gave as its
    own reason is in `details["hook_reason"]`. None when the run has none, or it could not be read. `failures` has that one
    first, and those of the other charts that failed.
    """

    def __init__(self, run_id: str, state: run_pb2.RunState, failures: Sequence[failure_pb2.Failure]):
        self.run_id, self.failures = run_id, list(failures)
        self.failure = self.failures[0] if failures else None
        self.state: str = run_pb2.RunState.Name(state).removeprefix("RUN_STATE_")
        text = f": {failure_text(failures[0])}{others_text(failures[1:])}" if failures else ""
        super().__init__(f"run {run_id} {self.state}{text}")
