from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from wheelhouse.v1 import chart_pb2 as _chart_pb2
from wheelhouse.v1 import failure_pb2 as _failure_pb2
from wheelhouse.v1 import run_pb2 as _run_pb2
from wheelhouse.v1 import step_pb2 as _step_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SessionRequest(_message.Message):
    __slots__ = ("attach", "accept", "decline", "heartbeat", "log", "progress", "cluster", "result", "drain")
    ATTACH_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_FIELD_NUMBER: _ClassVar[int]
    DECLINE_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    DRAIN_FIELD_NUMBER: _ClassVar[int]
    attach: Attach
    accept: Accept
    decline: Decline
    heartbeat: HookHeartbeat
    log: HookLog
    progress: HookProgress
    cluster: ClusterRequest
    result: Result
    drain: Drain
    def __init__(self, attach: _Optional[_Union[Attach, _Mapping]] = ..., accept: _Optional[_Union[Accept, _Mapping]] = ..., decline: _Optional[_Union[Decline, _Mapping]] = ..., heartbeat: _Optional[_Union[HookHeartbeat, _Mapping]] = ..., log: _Optional[_Union[HookLog, _Mapping]] = ..., progress: _Optional[_Union[HookProgress, _Mapping]] = ..., cluster: _Optional[_Union[ClusterRequest, _Mapping]] = ..., result: _Optional[_Union[Result, _Mapping]] = ..., drain: _Optional[_Union[Drain, _Mapping]] = ...) -> None: ...

class SessionResponse(_message.Message):
    __slots__ = ("attached", "invoke", "cancel", "heartbeat_ack", "cluster", "result_ack")
    ATTACHED_FIELD_NUMBER: _ClassVar[int]
    INVOKE_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_ACK_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    RESULT_ACK_FIELD_NUMBER: _ClassVar[int]
    attached: Attached
    invoke: Invoke
    cancel: Cancel
    heartbeat_ack: HeartbeatAck
    cluster: ClusterResponse
    result_ack: ResultAck
    def __init__(self, attached: _Optional[_Union[Attached, _Mapping]] = ..., invoke: _Optional[_Union[Invoke, _Mapping]] = ..., cancel: _Optional[_Union[Cancel, _Mapping]] = ..., heartbeat_ack: _Optional[_Union[HeartbeatAck, _Mapping]] = ..., cluster: _Optional[_Union[ClusterResponse, _Mapping]] = ..., result_ack: _Optional[_Union[ResultAck, _Mapping]] = ...) -> None: ...

class Attempt(_message.Message):
    __slots__ = ("id", "attempt")
    ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    id: str
    attempt: int
    def __init__(self, id: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class Attach(_message.Message):
    __slots__ = ("worker", "hooks", "capacity", "held", "scope")
    WORKER_FIELD_NUMBER: _ClassVar[int]
    HOOKS_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    worker: str
    hooks: _containers.RepeatedCompositeFieldContainer[ServedHook]
    capacity: int
    held: _containers.RepeatedCompositeFieldContainer[Attempt]
    scope: str
    def __init__(self, worker: _Optional[str] = ..., hooks: _Optional[_Iterable[_Union[ServedHook, _Mapping]]] = ..., capacity: _Optional[int] = ..., held: _Optional[_Iterable[_Union[Attempt, _Mapping]]] = ..., scope: _Optional[str] = ...) -> None: ...

class ServedHook(_message.Message):
    __slots__ = ("name", "version", "effects")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    effects: _containers.RepeatedScalarFieldContainer[_step_pb2.HookEffect]
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., effects: _Optional[_Iterable[_Union[_step_pb2.HookEffect, str]]] = ...) -> None: ...

class Attached(_message.Message):
    __slots__ = ("resumed",)
    RESUMED_FIELD_NUMBER: _ClassVar[int]
    resumed: _containers.RepeatedCompositeFieldContainer[Attempt]
    def __init__(self, resumed: _Optional[_Iterable[_Union[Attempt, _Mapping]]] = ...) -> None: ...

class Invoke(_message.Message):
    __slots__ = ("attempt", "name", "version", "input", "payload", "time_left", "heartbeat", "effect", "interrupted", "preview", "chart", "stage", "step", "run_id")
    class PayloadEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    TIME_LEFT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    INTERRUPTED_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_FIELD_NUMBER: _ClassVar[int]
    CHART_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    name: str
    version: str
    input: _struct_pb2.Struct
    payload: _containers.ScalarMap[str, str]
    time_left: _duration_pb2.Duration
    heartbeat: _duration_pb2.Duration
    effect: _step_pb2.HookEffect
    interrupted: bool
    preview: bool
    chart: HookChart
    stage: _failure_pb2.Stage
    step: str
    run_id: str
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ..., name: _Optional[str] = ..., version: _Optional[str] = ..., input: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., payload: _Optional[_Mapping[str, str]] = ..., time_left: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., heartbeat: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., effect: _Optional[_Union[_step_pb2.HookEffect, str]] = ..., interrupted: bool = ..., preview: bool = ..., chart: _Optional[_Union[HookChart, _Mapping]] = ..., stage: _Optional[_Union[_failure_pb2.Stage, str]] = ..., step: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class HookChart(_message.Message):
    __slots__ = ("name", "namespace", "action", "decision", "chart_name", "chart_version", "installed_version", "baseline_revision", "made_revision", "failure", "namespaces", "values")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    CHART_NAME_FIELD_NUMBER: _ClassVar[int]
    CHART_VERSION_FIELD_NUMBER: _ClassVar[int]
    INSTALLED_VERSION_FIELD_NUMBER: _ClassVar[int]
    BASELINE_REVISION_FIELD_NUMBER: _ClassVar[int]
    MADE_REVISION_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    NAMESPACES_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    action: _chart_pb2.Action
    decision: _run_pb2.Decision
    chart_name: str
    chart_version: str
    installed_version: str
    baseline_revision: int
    made_revision: int
    failure: _failure_pb2.Failure
    namespaces: _containers.RepeatedScalarFieldContainer[str]
    values: _containers.ScalarMap[str, str]
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., action: _Optional[_Union[_chart_pb2.Action, str]] = ..., decision: _Optional[_Union[_run_pb2.Decision, str]] = ..., chart_name: _Optional[str] = ..., chart_version: _Optional[str] = ..., installed_version: _Optional[str] = ..., baseline_revision: _Optional[int] = ..., made_revision: _Optional[int] = ..., failure: _Optional[_Union[_failure_pb2.Failure, _Mapping]] = ..., namespaces: _Optional[_Iterable[str]] = ..., values: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Accept(_message.Message):
    __slots__ = ("attempt",)
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ...) -> None: ...

class Decline(_message.Message):
    __slots__ = ("attempt",)
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ...) -> None: ...

class HookHeartbeat(_message.Message):
    __slots__ = ("attempt",)
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ...) -> None: ...

class HeartbeatAck(_message.Message):
    __slots__ = ("attempt",)
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ...) -> None: ...

class Cancel(_message.Message):
    __slots__ = ("attempt", "reason", "message")
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    reason: str
    message: str
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class HookLog(_message.Message):
    __slots__ = ("attempt", "line")
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    line: str
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ..., line: _Optional[str] = ...) -> None: ...

class HookProgress(_message.Message):
    __slots__ = ("attempt", "message")
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    message: str
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ..., message: _Optional[str] = ...) -> None: ...

class ClusterRequest(_message.Message):
    __slots__ = ("attempt", "number", "get", "list", "apply", "patch", "delete", "wait_for", "log")
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    GET_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    APPLY_FIELD_NUMBER: _ClassVar[int]
    PATCH_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    number: int
    get: _step_pb2.ObjectRef
    list: ListObjects
    apply: _step_pb2.ApplyStep
    patch: _step_pb2.PatchStep
    delete: _step_pb2.DeleteStep
    wait_for: _step_pb2.WaitForStep
    log: ReadLog
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ..., number: _Optional[int] = ..., get: _Optional[_Union[_step_pb2.ObjectRef, _Mapping]] = ..., list: _Optional[_Union[ListObjects, _Mapping]] = ..., apply: _Optional[_Union[_step_pb2.ApplyStep, _Mapping]] = ..., patch: _Optional[_Union[_step_pb2.PatchStep, _Mapping]] = ..., delete: _Optional[_Union[_step_pb2.DeleteStep, _Mapping]] = ..., wait_for: _Optional[_Union[_step_pb2.WaitForStep, _Mapping]] = ..., log: _Optional[_Union[ReadLog, _Mapping]] = ...) -> None: ...

class ListObjects(_message.Message):
    __slots__ = ("api_version", "kind", "namespace", "label_selector")
    API_VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    LABEL_SELECTOR_FIELD_NUMBER: _ClassVar[int]
    api_version: str
    kind: str
    namespace: str
    label_selector: str
    def __init__(self, api_version: _Optional[str] = ..., kind: _Optional[str] = ..., namespace: _Optional[str] = ..., label_selector: _Optional[str] = ...) -> None: ...

class ReadLog(_message.Message):
    __slots__ = ("pod", "namespace", "container", "tail_lines", "previous")
    POD_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    TAIL_LINES_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    pod: str
    namespace: str
    container: str
    tail_lines: int
    previous: bool
    def __init__(self, pod: _Optional[str] = ..., namespace: _Optional[str] = ..., container: _Optional[str] = ..., tail_lines: _Optional[int] = ..., previous: bool = ...) -> None: ...

class ClusterResponse(_message.Message):
    __slots__ = ("attempt", "number", "failure", "objects", "text", "outcome")
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    number: int
    failure: _failure_pb2.Failure
    objects: _containers.RepeatedScalarFieldContainer[str]
    text: str
    outcome: str
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ..., number: _Optional[int] = ..., failure: _Optional[_Union[_failure_pb2.Failure, _Mapping]] = ..., objects: _Optional[_Iterable[str]] = ..., text: _Optional[str] = ..., outcome: _Optional[str] = ...) -> None: ...

class Result(_message.Message):
    __slots__ = ("attempt", "outcome", "payload", "failure")
    class PayloadEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    outcome: str
    payload: _containers.ScalarMap[str, str]
    failure: HookFailure
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ..., outcome: _Optional[str] = ..., payload: _Optional[_Mapping[str, str]] = ..., failure: _Optional[_Union[HookFailure, _Mapping]] = ...) -> None: ...

class HookFailure(_message.Message):
    __slots__ = ("message", "reason", "retryable")
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    message: str
    reason: str
    retryable: bool
    def __init__(self, message: _Optional[str] = ..., reason: _Optional[str] = ..., retryable: bool = ...) -> None: ...

class ResultAck(_message.Message):
    __slots__ = ("attempt", "refused")
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    refused: _failure_pb2.Failure
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ..., refused: _Optional[_Union[_failure_pb2.Failure, _Mapping]] = ...) -> None: ...

class Drain(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListHooksRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListHooksResponse(_message.Message):
    __slots__ = ("workers", "waiting")
    WORKERS_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    workers: _containers.RepeatedCompositeFieldContainer[HookWorker]
    waiting: _containers.RepeatedCompositeFieldContainer[HookCall]
    def __init__(self, workers: _Optional[_Iterable[_Union[HookWorker, _Mapping]]] = ..., waiting: _Optional[_Iterable[_Union[HookCall, _Mapping]]] = ...) -> None: ...

class HookWorker(_message.Message):
    __slots__ = ("name", "hooks", "capacity", "scope", "draining", "attach_time", "calls")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HOOKS_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    ATTACH_TIME_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    name: str
    hooks: _containers.RepeatedCompositeFieldContainer[ServedHook]
    capacity: int
    scope: str
    draining: bool
    attach_time: _timestamp_pb2.Timestamp
    calls: _containers.RepeatedCompositeFieldContainer[HookCall]
    def __init__(self, name: _Optional[str] = ..., hooks: _Optional[_Iterable[_Union[ServedHook, _Mapping]]] = ..., capacity: _Optional[int] = ..., scope: _Optional[str] = ..., draining: bool = ..., attach_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., calls: _Optional[_Iterable[_Union[HookCall, _Mapping]]] = ...) -> None: ...

class HookCall(_message.Message):
    __slots__ = ("attempt", "hook", "version", "run_id", "chart", "stage", "step", "since", "heard")
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    HOOK_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CHART_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    HEARD_FIELD_NUMBER: _ClassVar[int]
    attempt: Attempt
    hook: str
    version: str
    run_id: str
    chart: str
    stage: _failure_pb2.Stage
    step: str
    since: _timestamp_pb2.Timestamp
    heard: _timestamp_pb2.Timestamp
    def __init__(self, attempt: _Optional[_Union[Attempt, _Mapping]] = ..., hook: _Optional[str] = ..., version: _Optional[str] = ..., run_id: _Optional[str] = ..., chart: _Optional[str] = ..., stage: _Optional[_Union[_failure_pb2.Stage, str]] = ..., step: _Optional[str] = ..., since: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., heard: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
