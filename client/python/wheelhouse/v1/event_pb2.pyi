from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from wheelhouse.v1 import chart_pb2 as _chart_pb2
from wheelhouse.v1 import failure_pb2 as _failure_pb2
from wheelhouse.v1 import run_pb2 as _run_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LogKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOG_KIND_UNSPECIFIED: _ClassVar[LogKind]
    LOG_KIND_EVENT: _ClassVar[LogKind]
    LOG_KIND_POD: _ClassVar[LogKind]
LOG_KIND_UNSPECIFIED: LogKind
LOG_KIND_EVENT: LogKind
LOG_KIND_POD: LogKind

class RunEvent(_message.Message):
    __slots__ = ("run_id", "time", "sequence", "transition", "log", "failure", "progress", "snapshot", "sync", "heartbeat")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TRANSITION_FIELD_NUMBER: _ClassVar[int]
    LOG_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    SYNC_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    time: _timestamp_pb2.Timestamp
    sequence: int
    transition: Transition
    log: Log
    failure: _failure_pb2.Failure
    progress: Progress
    snapshot: _run_pb2.Run
    sync: Sync
    heartbeat: Heartbeat
    def __init__(self, run_id: _Optional[str] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., sequence: _Optional[int] = ..., transition: _Optional[_Union[Transition, _Mapping]] = ..., log: _Optional[_Union[Log, _Mapping]] = ..., failure: _Optional[_Union[_failure_pb2.Failure, _Mapping]] = ..., progress: _Optional[_Union[Progress, _Mapping]] = ..., snapshot: _Optional[_Union[_run_pb2.Run, _Mapping]] = ..., sync: _Optional[_Union[Sync, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ...) -> None: ...

class Transition(_message.Message):
    __slots__ = ("chart", "stage", "step", "kind", "run_state", "state", "skip_reason", "outcome", "duration", "attempt", "queue", "decision", "steps", "revision", "cancel_requested", "cancelled_by", "chart_version", "chart_digest", "chart_signature", "losses", "superseded_by", "in_place_of", "claims", "cancel_forced", "changes", "changes_left_out", "crd_changes", "unchanged_by", "takes_over")
    CHART_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    RUN_STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SKIP_REASON_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_BY_FIELD_NUMBER: _ClassVar[int]
    CHART_VERSION_FIELD_NUMBER: _ClassVar[int]
    CHART_DIGEST_FIELD_NUMBER: _ClassVar[int]
    CHART_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    LOSSES_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_BY_FIELD_NUMBER: _ClassVar[int]
    IN_PLACE_OF_FIELD_NUMBER: _ClassVar[int]
    CLAIMS_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FORCED_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    CHANGES_LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    CRD_CHANGES_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    TAKES_OVER_FIELD_NUMBER: _ClassVar[int]
    chart: str
    stage: _failure_pb2.Stage
    step: str
    kind: str
    run_state: _run_pb2.RunState
    state: _run_pb2.State
    skip_reason: _run_pb2.SkipReason
    outcome: str
    duration: _duration_pb2.Duration
    attempt: int
    queue: _run_pb2.QueuePlace
    decision: _run_pb2.Decision
    steps: _containers.RepeatedCompositeFieldContainer[_run_pb2.StepRun]
    revision: int
    cancel_requested: bool
    cancelled_by: str
    chart_version: str
    chart_digest: str
    chart_signature: _chart_pb2.ChartSignature
    losses: _containers.RepeatedCompositeFieldContainer[_run_pb2.Loss]
    superseded_by: str
    in_place_of: str
    claims: ClaimWait
    cancel_forced: bool
    changes: _containers.RepeatedCompositeFieldContainer[_run_pb2.ObjectChange]
    changes_left_out: int
    crd_changes: _containers.RepeatedCompositeFieldContainer[_run_pb2.CrdChange]
    unchanged_by: _run_pb2.UnchangedTier
    takes_over: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, chart: _Optional[str] = ..., stage: _Optional[_Union[_failure_pb2.Stage, str]] = ..., step: _Optional[str] = ..., kind: _Optional[str] = ..., run_state: _Optional[_Union[_run_pb2.RunState, str]] = ..., state: _Optional[_Union[_run_pb2.State, str]] = ..., skip_reason: _Optional[_Union[_run_pb2.SkipReason, str]] = ..., outcome: _Optional[str] = ..., duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., attempt: _Optional[int] = ..., queue: _Optional[_Union[_run_pb2.QueuePlace, _Mapping]] = ..., decision: _Optional[_Union[_run_pb2.Decision, str]] = ..., steps: _Optional[_Iterable[_Union[_run_pb2.StepRun, _Mapping]]] = ..., revision: _Optional[int] = ..., cancel_requested: bool = ..., cancelled_by: _Optional[str] = ..., chart_version: _Optional[str] = ..., chart_digest: _Optional[str] = ..., chart_signature: _Optional[_Union[_chart_pb2.ChartSignature, _Mapping]] = ..., losses: _Optional[_Iterable[_Union[_run_pb2.Loss, _Mapping]]] = ..., superseded_by: _Optional[str] = ..., in_place_of: _Optional[str] = ..., claims: _Optional[_Union[ClaimWait, _Mapping]] = ..., cancel_forced: bool = ..., changes: _Optional[_Iterable[_Union[_run_pb2.ObjectChange, _Mapping]]] = ..., changes_left_out: _Optional[int] = ..., crd_changes: _Optional[_Iterable[_Union[_run_pb2.CrdChange, _Mapping]]] = ..., unchanged_by: _Optional[_Union[_run_pb2.UnchangedTier, str]] = ..., takes_over: _Optional[_Iterable[str]] = ...) -> None: ...

class ClaimWait(_message.Message):
    __slots__ = ("holders",)
    HOLDERS_FIELD_NUMBER: _ClassVar[int]
    holders: _containers.RepeatedCompositeFieldContainer[_run_pb2.ClaimHolder]
    def __init__(self, holders: _Optional[_Iterable[_Union[_run_pb2.ClaimHolder, _Mapping]]] = ...) -> None: ...

class Log(_message.Message):
    __slots__ = ("chart", "stage", "step", "source", "line", "kind")
    CHART_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    chart: str
    stage: _failure_pb2.Stage
    step: str
    source: str
    line: str
    kind: LogKind
    def __init__(self, chart: _Optional[str] = ..., stage: _Optional[_Union[_failure_pb2.Stage, str]] = ..., step: _Optional[str] = ..., source: _Optional[str] = ..., line: _Optional[str] = ..., kind: _Optional[_Union[LogKind, str]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("chart", "stage", "step", "ready", "total", "waiting", "notes")
    CHART_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    chart: str
    stage: _failure_pb2.Stage
    step: str
    ready: int
    total: int
    waiting: _containers.RepeatedCompositeFieldContainer[ObjectProgress]
    notes: _containers.RepeatedCompositeFieldContainer[ObjectProgress]
    def __init__(self, chart: _Optional[str] = ..., stage: _Optional[_Union[_failure_pb2.Stage, str]] = ..., step: _Optional[str] = ..., ready: _Optional[int] = ..., total: _Optional[int] = ..., waiting: _Optional[_Iterable[_Union[ObjectProgress, _Mapping]]] = ..., notes: _Optional[_Iterable[_Union[ObjectProgress, _Mapping]]] = ...) -> None: ...

class ObjectProgress(_message.Message):
    __slots__ = ("object", "reason")
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    object: str
    reason: str
    def __init__(self, object: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class Sync(_message.Message):
    __slots__ = ("sequence",)
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    def __init__(self, sequence: _Optional[int] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
