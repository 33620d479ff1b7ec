from google.protobuf import timestamp_pb2 as _timestamp_pb2
from wheelhouse.v1 import plan_pb2 as _plan_pb2
from wheelhouse.v1 import run_pb2 as _run_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SavedPlan(_message.Message):
    __slots__ = ("id", "sha256", "plan_name", "cluster", "caller", "create_time", "expire_time", "approval_required", "approval", "last_run_id", "preview")
    ID_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    PLAN_NAME_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    APPROVAL_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    APPROVAL_FIELD_NUMBER: _ClassVar[int]
    LAST_RUN_ID_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_FIELD_NUMBER: _ClassVar[int]
    id: str
    sha256: str
    plan_name: str
    cluster: str
    caller: str
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    approval_required: bool
    approval: PlanApproval
    last_run_id: str
    preview: _run_pb2.Run
    def __init__(self, id: _Optional[str] = ..., sha256: _Optional[str] = ..., plan_name: _Optional[str] = ..., cluster: _Optional[str] = ..., caller: _Optional[str] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., approval_required: bool = ..., approval: _Optional[_Union[PlanApproval, _Mapping]] = ..., last_run_id: _Optional[str] = ..., preview: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class PlanApproval(_message.Message):
    __slots__ = ("caller", "time")
    CALLER_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    caller: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, caller: _Optional[str] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SavePlanRequest(_message.Message):
    __slots__ = ("plan", "cluster", "request_id", "require_approval")
    PLAN_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_APPROVAL_FIELD_NUMBER: _ClassVar[int]
    plan: _plan_pb2.Plan
    cluster: str
    request_id: str
    require_approval: bool
    def __init__(self, plan: _Optional[_Union[_plan_pb2.Plan, _Mapping]] = ..., cluster: _Optional[str] = ..., request_id: _Optional[str] = ..., require_approval: bool = ...) -> None: ...

class SavePlanResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class GetPlanRequest(_message.Message):
    __slots__ = ("plan_id",)
    PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    plan_id: str
    def __init__(self, plan_id: _Optional[str] = ...) -> None: ...

class GetPlanResponse(_message.Message):
    __slots__ = ("plan",)
    PLAN_FIELD_NUMBER: _ClassVar[int]
    plan: SavedPlan
    def __init__(self, plan: _Optional[_Union[SavedPlan, _Mapping]] = ...) -> None: ...

class ListPlansRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPlansResponse(_message.Message):
    __slots__ = ("plans", "next_page_token")
    PLANS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    plans: _containers.RepeatedCompositeFieldContainer[SavedPlan]
    next_page_token: str
    def __init__(self, plans: _Optional[_Iterable[_Union[SavedPlan, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ApprovePlanRequest(_message.Message):
    __slots__ = ("plan_id", "sha256")
    PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    plan_id: str
    sha256: str
    def __init__(self, plan_id: _Optional[str] = ..., sha256: _Optional[str] = ...) -> None: ...

class ApprovePlanResponse(_message.Message):
    __slots__ = ("plan",)
    PLAN_FIELD_NUMBER: _ClassVar[int]
    plan: SavedPlan
    def __init__(self, plan: _Optional[_Union[SavedPlan, _Mapping]] = ...) -> None: ...

class DiscardPlanRequest(_message.Message):
    __slots__ = ("plan_id",)
    PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    plan_id: str
    def __init__(self, plan_id: _Optional[str] = ...) -> None: ...

class DiscardPlanResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
