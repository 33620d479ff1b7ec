"""What goes wrong: calls that fail, and runs that do."""

from __future__ import annotations

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from wheelhouse.text import failure_text
from wheelhouse.v1 import failure_pb2, run_pb2


class Error(Exception):
    """An RPC that failed.

    `code` is its gRPC code; `reason` the UPPER_SNAKE reason from the daemon, or empty; `violations` maps the path of each
    wrong field to what is wrong with it.
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


class RunFailed(Exception):
    """A run that was deployed and did not succeed.

    `state` is FAILED or CANCELLED. `failure` is the run's failure: its `reason` is the daemon's, and what a hook gave as its
    own reason is in `details["hook_reason"]`. None when the run has none, or it could not be read.
    """

    def __init__(self, run_id: str, state: run_pb2.RunState, failure: failure_pb2.Failure | None):
        self.run_id, self.failure = run_id, failure
        self.state: str = run_pb2.RunState.Name(state).removeprefix("RUN_STATE_")
        super().__init__(f"run {run_id} {self.state}" + (f": {failure_text(failure)}" if failure else ""))
