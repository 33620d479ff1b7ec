"""The error of a call that failed."""

from __future__ import annotations

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status


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
