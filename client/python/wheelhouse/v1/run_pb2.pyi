from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from wheelhouse.v1 import failure_pb2 as _failure_pb2
from wheelhouse.v1 import chart_pb2 as _chart_pb2
from wheelhouse.v1 import plan_pb2 as _plan_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_STATE_UNSPECIFIED: _ClassVar[RunState]
    RUN_STATE_QUEUED: _ClassVar[RunState]
    RUN_STATE_RUNNING: _ClassVar[RunState]
    RUN_STATE_SUCCEEDED: _ClassVar[RunState]
    RUN_STATE_FAILED: _ClassVar[RunState]
    RUN_STATE_CANCELLED: _ClassVar[RunState]

class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATE_UNSPECIFIED: _ClassVar[State]
    STATE_PENDING: _ClassVar[State]
    STATE_RUNNING: _ClassVar[State]
    STATE_SUCCEEDED: _ClassVar[State]
    STATE_FAILED: _ClassVar[State]
    STATE_SKIPPED: _ClassVar[State]

class SkipReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SKIP_REASON_UNSPECIFIED: _ClassVar[SkipReason]
    SKIP_REASON_UNCHANGED: _ClassVar[SkipReason]
    SKIP_REASON_ABSENT: _ClassVar[SkipReason]
    SKIP_REASON_ACTION_SKIP: _ClassVar[SkipReason]
    SKIP_REASON_ALREADY_INSTALLED: _ClassVar[SkipReason]
    SKIP_REASON_BY_REQUEST: _ClassVar[SkipReason]
    SKIP_REASON_CONDITION: _ClassVar[SkipReason]
    SKIP_REASON_EARLIER_FAILURE: _ClassVar[SkipReason]
    SKIP_REASON_NOT_NEEDED: _ClassVar[SkipReason]
    SKIP_REASON_DEPENDENCY_FAILED: _ClassVar[SkipReason]
    SKIP_REASON_DRY_RUN: _ClassVar[SkipReason]
    SKIP_REASON_CANCELLED: _ClassVar[SkipReason]
    SKIP_REASON_KEPT: _ClassVar[SkipReason]
    SKIP_REASON_SUPERSEDED: _ClassVar[SkipReason]

class Decision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DECISION_UNSPECIFIED: _ClassVar[Decision]
    DECISION_INSTALL: _ClassVar[Decision]
    DECISION_UPGRADE: _ClassVar[Decision]
    DECISION_UNCHANGED: _ClassVar[Decision]
    DECISION_DESTROY: _ClassVar[Decision]
    DECISION_ABSENT: _ClassVar[Decision]
    DECISION_ALREADY_INSTALLED: _ClassVar[Decision]
    DECISION_REINSTALL: _ClassVar[Decision]
    DECISION_ROLLBACK: _ClassVar[Decision]
    DECISION_UNLOCK: _ClassVar[Decision]
    DECISION_KEEP: _ClassVar[Decision]

class UnchangedTier(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNCHANGED_TIER_UNSPECIFIED: _ClassVar[UnchangedTier]
    UNCHANGED_TIER_INPUTS: _ClassVar[UnchangedTier]
    UNCHANGED_TIER_LIVE: _ClassVar[UnchangedTier]
    UNCHANGED_TIER_RENDERED: _ClassVar[UnchangedTier]

class ObjectAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OBJECT_ACTION_UNSPECIFIED: _ClassVar[ObjectAction]
    OBJECT_ACTION_CREATE: _ClassVar[ObjectAction]
    OBJECT_ACTION_CHANGE: _ClassVar[ObjectAction]
    OBJECT_ACTION_REPLACE: _ClassVar[ObjectAction]
    OBJECT_ACTION_DELETE: _ClassVar[ObjectAction]
    OBJECT_ACTION_KEEP: _ClassVar[ObjectAction]
    OBJECT_ACTION_RUN_HOOK: _ClassVar[ObjectAction]
RUN_STATE_UNSPECIFIED: RunState
RUN_STATE_QUEUED: RunState
RUN_STATE_RUNNING: RunState
RUN_STATE_SUCCEEDED: RunState
RUN_STATE_FAILED: RunState
RUN_STATE_CANCELLED: RunState
STATE_UNSPECIFIED: State
STATE_PENDING: State
STATE_RUNNING: State
STATE_SUCCEEDED: State
STATE_FAILED: State
STATE_SKIPPED: State
SKIP_REASON_UNSPECIFIED: SkipReason
SKIP_REASON_UNCHANGED: SkipReason
SKIP_REASON_ABSENT: SkipReason
SKIP_REASON_ACTION_SKIP: SkipReason
SKIP_REASON_ALREADY_INSTALLED: SkipReason
SKIP_REASON_BY_REQUEST: SkipReason
SKIP_REASON_CONDITION: SkipReason
SKIP_REASON_EARLIER_FAILURE: SkipReason
SKIP_REASON_NOT_NEEDED: SkipReason
SKIP_REASON_DEPENDENCY_FAILED: SkipReason
SKIP_REASON_DRY_RUN: SkipReason
SKIP_REASON_CANCELLED: SkipReason
SKIP_REASON_KEPT: SkipReason
SKIP_REASON_SUPERSEDED: SkipReason
DECISION_UNSPECIFIED: Decision
DECISION_INSTALL: Decision
DECISION_UPGRADE: Decision
DECISION_UNCHANGED: Decision
DECISION_DESTROY: Decision
DECISION_ABSENT: Decision
DECISION_ALREADY_INSTALLED: Decision
DECISION_REINSTALL: Decision
DECISION_ROLLBACK: Decision
DECISION_UNLOCK: Decision
DECISION_KEEP: Decision
UNCHANGED_TIER_UNSPECIFIED: UnchangedTier
UNCHANGED_TIER_INPUTS: UnchangedTier
UNCHANGED_TIER_LIVE: UnchangedTier
UNCHANGED_TIER_RENDERED: UnchangedTier
OBJECT_ACTION_UNSPECIFIED: ObjectAction
OBJECT_ACTION_CREATE: ObjectAction
OBJECT_ACTION_CHANGE: ObjectAction
OBJECT_ACTION_REPLACE: ObjectAction
OBJECT_ACTION_DELETE: ObjectAction
OBJECT_ACTION_KEEP: ObjectAction
OBJECT_ACTION_RUN_HOOK: ObjectAction

class Loss(_message.Message):
    __slots__ = ("object", "detail", "refused_as")
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    REFUSED_AS_FIELD_NUMBER: _ClassVar[int]
    object: str
    detail: str
    refused_as: str
    def __init__(self, object: _Optional[str] = ..., detail: _Optional[str] = ..., refused_as: _Optional[str] = ...) -> None: ...

class ObjectChange(_message.Message):
    __slots__ = ("action", "object", "fields", "drift", "note")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    action: ObjectAction
    object: str
    fields: _containers.RepeatedCompositeFieldContainer[FieldChange]
    drift: _containers.RepeatedCompositeFieldContainer[FieldChange]
    note: str
    def __init__(self, action: _Optional[_Union[ObjectAction, str]] = ..., object: _Optional[str] = ..., fields: _Optional[_Iterable[_Union[FieldChange, _Mapping]]] = ..., drift: _Optional[_Iterable[_Union[FieldChange, _Mapping]]] = ..., note: _Optional[str] = ...) -> None: ...

class FieldChange(_message.Message):
    __slots__ = ("path", "before", "after", "secret", "noise", "manager")
    PATH_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    NOISE_FIELD_NUMBER: _ClassVar[int]
    MANAGER_FIELD_NUMBER: _ClassVar[int]
    path: str
    before: str
    after: str
    secret: bool
    noise: bool
    manager: str
    def __init__(self, path: _Optional[str] = ..., before: _Optional[str] = ..., after: _Optional[str] = ..., secret: bool = ..., noise: bool = ..., manager: _Optional[str] = ...) -> None: ...

class CrdChange(_message.Message):
    __slots__ = ("action", "name", "live_objects", "added_versions", "dropped_versions", "dropped_stored_versions")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LIVE_OBJECTS_FIELD_NUMBER: _ClassVar[int]
    ADDED_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    DROPPED_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    DROPPED_STORED_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    action: ObjectAction
    name: str
    live_objects: int
    added_versions: _containers.RepeatedScalarFieldContainer[str]
    dropped_versions: _containers.RepeatedScalarFieldContainer[str]
    dropped_stored_versions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, action: _Optional[_Union[ObjectAction, str]] = ..., name: _Optional[str] = ..., live_objects: _Optional[int] = ..., added_versions: _Optional[_Iterable[str]] = ..., dropped_versions: _Optional[_Iterable[str]] = ..., dropped_stored_versions: _Optional[_Iterable[str]] = ...) -> None: ...

class Run(_message.Message):
    __slots__ = ("id", "plan_name", "cluster", "caller", "state", "create_time", "start_time", "end_time", "charts", "failure", "sequence", "queue", "cancel_requested", "plan", "keys", "cancelled_by", "preview", "superseded_by", "in_place_of", "retry_of", "cancel_forced", "applies", "saves", "left_behind", "left_behind_note", "takes_over")
    ID_FIELD_NUMBER: _ClassVar[int]
    PLAN_NAME_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    CHARTS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_BY_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_BY_FIELD_NUMBER: _ClassVar[int]
    IN_PLACE_OF_FIELD_NUMBER: _ClassVar[int]
    RETRY_OF_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FORCED_FIELD_NUMBER: _ClassVar[int]
    APPLIES_FIELD_NUMBER: _ClassVar[int]
    SAVES_FIELD_NUMBER: _ClassVar[int]
    LEFT_BEHIND_FIELD_NUMBER: _ClassVar[int]
    LEFT_BEHIND_NOTE_FIELD_NUMBER: _ClassVar[int]
    TAKES_OVER_FIELD_NUMBER: _ClassVar[int]
    id: str
    plan_name: str
    cluster: str
    caller: str
    state: RunState
    create_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    charts: _containers.RepeatedCompositeFieldContainer[ChartRun]
    failure: _failure_pb2.Failure
    sequence: int
    queue: QueuePlace
    cancel_requested: bool
    plan: _plan_pb2.Plan
    keys: _containers.RepeatedScalarFieldContainer[str]
    cancelled_by: str
    preview: bool
    superseded_by: str
    in_place_of: str
    retry_of: RetryOf
    cancel_forced: bool
    applies: AppliedPlan
    saves: PlanSaving
    left_behind: _containers.RepeatedCompositeFieldContainer[LeftBehind]
    left_behind_note: str
    takes_over: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[str] = ..., plan_name: _Optional[str] = ..., cluster: _Optional[str] = ..., caller: _Optional[str] = ..., state: _Optional[_Union[RunState, str]] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., charts: _Optional[_Iterable[_Union[ChartRun, _Mapping]]] = ..., failure: _Optional[_Union[_failure_pb2.Failure, _Mapping]] = ..., sequence: _Optional[int] = ..., queue: _Optional[_Union[QueuePlace, _Mapping]] = ..., cancel_requested: bool = ..., plan: _Optional[_Union[_plan_pb2.Plan, _Mapping]] = ..., keys: _Optional[_Iterable[str]] = ..., cancelled_by: _Optional[str] = ..., preview: bool = ..., superseded_by: _Optional[str] = ..., in_place_of: _Optional[str] = ..., retry_of: _Optional[_Union[RetryOf, _Mapping]] = ..., cancel_forced: bool = ..., applies: _Optional[_Union[AppliedPlan, _Mapping]] = ..., saves: _Optional[_Union[PlanSaving, _Mapping]] = ..., left_behind: _Optional[_Iterable[_Union[LeftBehind, _Mapping]]] = ..., left_behind_note: _Optional[str] = ..., takes_over: _Optional[_Iterable[str]] = ...) -> None: ...

class LeftBehind(_message.Message):
    __slots__ = ("namespace", "name", "kept_because")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    KEPT_BECAUSE_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    name: str
    kept_because: str
    def __init__(self, namespace: _Optional[str] = ..., name: _Optional[str] = ..., kept_because: _Optional[str] = ...) -> None: ...

class AppliedPlan(_message.Message):
    __slots__ = ("plan_id", "sha256", "caller", "approved_by")
    PLAN_ID_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    APPROVED_BY_FIELD_NUMBER: _ClassVar[int]
    plan_id: str
    sha256: str
    caller: str
    approved_by: str
    def __init__(self, plan_id: _Optional[str] = ..., sha256: _Optional[str] = ..., caller: _Optional[str] = ..., approved_by: _Optional[str] = ...) -> None: ...

class PlanSaving(_message.Message):
    __slots__ = ("require_approval",)
    REQUIRE_APPROVAL_FIELD_NUMBER: _ClassVar[int]
    require_approval: bool
    def __init__(self, require_approval: bool = ...) -> None: ...

class RetryOf(_message.Message):
    __slots__ = ("run_id", "caller")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    caller: str
    def __init__(self, run_id: _Optional[str] = ..., caller: _Optional[str] = ...) -> None: ...

class QueuePlace(_message.Message):
    __slots__ = ("position", "waits_for")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    WAITS_FOR_FIELD_NUMBER: _ClassVar[int]
    position: int
    waits_for: _containers.RepeatedCompositeFieldContainer[WaitsFor]
    def __init__(self, position: _Optional[int] = ..., waits_for: _Optional[_Iterable[_Union[WaitsFor, _Mapping]]] = ...) -> None: ...

class WaitsFor(_message.Message):
    __slots__ = ("run_id", "caller", "keys")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    caller: str
    keys: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run_id: _Optional[str] = ..., caller: _Optional[str] = ..., keys: _Optional[_Iterable[str]] = ...) -> None: ...

class ClaimHolder(_message.Message):
    __slots__ = ("namespace", "daemon", "host", "run_id", "caller", "since")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    DAEMON_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    daemon: str
    host: str
    run_id: str
    caller: str
    since: _timestamp_pb2.Timestamp
    def __init__(self, namespace: _Optional[str] = ..., daemon: _Optional[str] = ..., host: _Optional[str] = ..., run_id: _Optional[str] = ..., caller: _Optional[str] = ..., since: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ChartRun(_message.Message):
    __slots__ = ("name", "namespace", "action", "state", "skip_reason", "decision", "decision_reason", "stages", "failure", "start_time", "end_time", "revision", "chart_version", "chart_digest", "profile", "profile_digest", "losses", "waits_for_claims", "changes", "changes_left_out", "crd_changes", "unchanged_by", "chart_signature")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SKIP_REASON_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    DECISION_REASON_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CHART_VERSION_FIELD_NUMBER: _ClassVar[int]
    CHART_DIGEST_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    PROFILE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    LOSSES_FIELD_NUMBER: _ClassVar[int]
    WAITS_FOR_CLAIMS_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    CHANGES_LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    CRD_CHANGES_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    CHART_SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    action: _chart_pb2.Action
    state: State
    skip_reason: SkipReason
    decision: Decision
    decision_reason: str
    stages: _containers.RepeatedCompositeFieldContainer[StageRun]
    failure: _failure_pb2.Failure
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    revision: int
    chart_version: str
    chart_digest: str
    profile: str
    profile_digest: str
    losses: _containers.RepeatedCompositeFieldContainer[Loss]
    waits_for_claims: _containers.RepeatedCompositeFieldContainer[ClaimHolder]
    changes: _containers.RepeatedCompositeFieldContainer[ObjectChange]
    changes_left_out: int
    crd_changes: _containers.RepeatedCompositeFieldContainer[CrdChange]
    unchanged_by: UnchangedTier
    chart_signature: _chart_pb2.ChartSignature
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., action: _Optional[_Union[_chart_pb2.Action, str]] = ..., state: _Optional[_Union[State, str]] = ..., skip_reason: _Optional[_Union[SkipReason, str]] = ..., decision: _Optional[_Union[Decision, str]] = ..., decision_reason: _Optional[str] = ..., stages: _Optional[_Iterable[_Union[StageRun, _Mapping]]] = ..., failure: _Optional[_Union[_failure_pb2.Failure, _Mapping]] = ..., start_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ..., chart_version: _Optional[str] = ..., chart_digest: _Optional[str] = ..., profile: _Optional[str] = ..., profile_digest: _Optional[str] = ..., losses: _Optional[_Iterable[_Union[Loss, _Mapping]]] = ..., waits_for_claims: _Optional[_Iterable[_Union[ClaimHolder, _Mapping]]] = ..., changes: _Optional[_Iterable[_Union[ObjectChange, _Mapping]]] = ..., changes_left_out: _Optional[int] = ..., crd_changes: _Optional[_Iterable[_Union[CrdChange, _Mapping]]] = ..., unchanged_by: _Optional[_Union[UnchangedTier, str]] = ..., chart_signature: _Optional[_Union[_chart_pb2.ChartSignature, _Mapping]] = ...) -> None: ...

class StageRun(_message.Message):
    __slots__ = ("stage", "state", "skip_reason", "steps", "start_time", "duration")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SKIP_REASON_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    stage: _failure_pb2.Stage
    state: State
    skip_reason: SkipReason
    steps: _containers.RepeatedCompositeFieldContainer[StepRun]
    start_time: _timestamp_pb2.Timestamp
    duration: _duration_pb2.Duration
    def __init__(self, stage: _Optional[_Union[_failure_pb2.Stage, str]] = ..., state: _Optional[_Union[State, str]] = ..., skip_reason: _Optional[_Union[SkipReason, str]] = ..., steps: _Optional[_Iterable[_Union[StepRun, _Mapping]]] = ..., start_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class StepRun(_message.Message):
    __slots__ = ("name", "kind", "state", "skip_reason", "attempt", "start_time", "duration", "outcome", "failure")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SKIP_REASON_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: str
    state: State
    skip_reason: SkipReason
    attempt: int
    start_time: _timestamp_pb2.Timestamp
    duration: _duration_pb2.Duration
    outcome: str
    failure: _failure_pb2.Failure
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[str] = ..., state: _Optional[_Union[State, str]] = ..., skip_reason: _Optional[_Union[SkipReason, str]] = ..., attempt: _Optional[int] = ..., start_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., outcome: _Optional[str] = ..., failure: _Optional[_Union[_failure_pb2.Failure, _Mapping]] = ...) -> None: ...
