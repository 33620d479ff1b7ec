from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from wheelhouse.v1 import chart_pb2 as _chart_pb2
from wheelhouse.v1 import run_pb2 as _run_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_GOOD: _ClassVar[Verdict]
    VERDICT_BAD: _ClassVar[Verdict]

class DriftState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DRIFT_STATE_UNSPECIFIED: _ClassVar[DriftState]
    DRIFT_STATE_IN_SYNC: _ClassVar[DriftState]
    DRIFT_STATE_DRIFTED: _ClassVar[DriftState]
    DRIFT_STATE_UNKNOWN: _ClassVar[DriftState]
    DRIFT_STATE_ABSENT: _ClassVar[DriftState]

class DriftKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DRIFT_KIND_UNSPECIFIED: _ClassVar[DriftKind]
    DRIFT_KIND_CHANGED: _ClassVar[DriftKind]
    DRIFT_KIND_MISSING: _ClassVar[DriftKind]
    DRIFT_KIND_NOT_OWNED: _ClassVar[DriftKind]
    DRIFT_KIND_UNKNOWN: _ClassVar[DriftKind]

class RevisionPart(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVISION_PART_UNSPECIFIED: _ClassVar[RevisionPart]
    REVISION_PART_VALUES: _ClassVar[RevisionPart]
    REVISION_PART_MANIFEST: _ClassVar[RevisionPart]
    REVISION_PART_NOTES: _ClassVar[RevisionPart]
    REVISION_PART_HOOKS: _ClassVar[RevisionPart]

class ObjectHealth(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OBJECT_HEALTH_UNSPECIFIED: _ClassVar[ObjectHealth]
    OBJECT_HEALTH_READY: _ClassVar[ObjectHealth]
    OBJECT_HEALTH_IN_PROGRESS: _ClassVar[ObjectHealth]
    OBJECT_HEALTH_FAILED: _ClassVar[ObjectHealth]
    OBJECT_HEALTH_ABSENT: _ClassVar[ObjectHealth]
VERDICT_UNSPECIFIED: Verdict
VERDICT_GOOD: Verdict
VERDICT_BAD: Verdict
DRIFT_STATE_UNSPECIFIED: DriftState
DRIFT_STATE_IN_SYNC: DriftState
DRIFT_STATE_DRIFTED: DriftState
DRIFT_STATE_UNKNOWN: DriftState
DRIFT_STATE_ABSENT: DriftState
DRIFT_KIND_UNSPECIFIED: DriftKind
DRIFT_KIND_CHANGED: DriftKind
DRIFT_KIND_MISSING: DriftKind
DRIFT_KIND_NOT_OWNED: DriftKind
DRIFT_KIND_UNKNOWN: DriftKind
REVISION_PART_UNSPECIFIED: RevisionPart
REVISION_PART_VALUES: RevisionPart
REVISION_PART_MANIFEST: RevisionPart
REVISION_PART_NOTES: RevisionPart
REVISION_PART_HOOKS: RevisionPart
OBJECT_HEALTH_UNSPECIFIED: ObjectHealth
OBJECT_HEALTH_READY: ObjectHealth
OBJECT_HEALTH_IN_PROGRESS: ObjectHealth
OBJECT_HEALTH_FAILED: ObjectHealth
OBJECT_HEALTH_ABSENT: ObjectHealth

class Revision(_message.Message):
    __slots__ = ("revision", "status", "update_time", "run_id", "verdict", "chart_name", "chart_version", "app_version", "description")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    CHART_NAME_FIELD_NUMBER: _ClassVar[int]
    CHART_VERSION_FIELD_NUMBER: _ClassVar[int]
    APP_VERSION_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    revision: int
    status: str
    update_time: _timestamp_pb2.Timestamp
    run_id: str
    verdict: Verdict
    chart_name: str
    chart_version: str
    app_version: str
    description: str
    def __init__(self, revision: _Optional[int] = ..., status: _Optional[str] = ..., update_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., run_id: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., chart_name: _Optional[str] = ..., chart_version: _Optional[str] = ..., app_version: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class Release(_message.Message):
    __slots__ = ("namespace", "name", "newest", "locked", "drift")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NEWEST_FIELD_NUMBER: _ClassVar[int]
    LOCKED_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    name: str
    newest: Revision
    locked: bool
    drift: DriftCheck
    def __init__(self, namespace: _Optional[str] = ..., name: _Optional[str] = ..., newest: _Optional[_Union[Revision, _Mapping]] = ..., locked: bool = ..., drift: _Optional[_Union[DriftCheck, _Mapping]] = ...) -> None: ...

class DriftCheck(_message.Message):
    __slots__ = ("check_time", "state", "objects")
    CHECK_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    check_time: _timestamp_pb2.Timestamp
    state: DriftState
    objects: int
    def __init__(self, check_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[DriftState, str]] = ..., objects: _Optional[int] = ...) -> None: ...

class DriftedObject(_message.Message):
    __slots__ = ("object", "kind", "fields", "detail")
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    object: str
    kind: DriftKind
    fields: _containers.RepeatedCompositeFieldContainer[_run_pb2.FieldChange]
    detail: str
    def __init__(self, object: _Optional[str] = ..., kind: _Optional[_Union[DriftKind, str]] = ..., fields: _Optional[_Iterable[_Union[_run_pb2.FieldChange, _Mapping]]] = ..., detail: _Optional[str] = ...) -> None: ...

class ReleaseDrift(_message.Message):
    __slots__ = ("namespace", "name", "revision", "check_time", "state", "detail", "objects", "objects_left_out")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    CHECK_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    OBJECTS_LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    name: str
    revision: int
    check_time: _timestamp_pb2.Timestamp
    state: DriftState
    detail: str
    objects: _containers.RepeatedCompositeFieldContainer[DriftedObject]
    objects_left_out: int
    def __init__(self, namespace: _Optional[str] = ..., name: _Optional[str] = ..., revision: _Optional[int] = ..., check_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[DriftState, str]] = ..., detail: _Optional[str] = ..., objects: _Optional[_Iterable[_Union[DriftedObject, _Mapping]]] = ..., objects_left_out: _Optional[int] = ...) -> None: ...

class ReleaseName(_message.Message):
    __slots__ = ("namespace", "name")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    name: str
    def __init__(self, namespace: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class CheckDriftRequest(_message.Message):
    __slots__ = ("cluster", "namespace", "releases", "page_size", "page_token")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    RELEASES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    namespace: str
    releases: _containers.RepeatedCompositeFieldContainer[ReleaseName]
    page_size: int
    page_token: str
    def __init__(self, cluster: _Optional[str] = ..., namespace: _Optional[str] = ..., releases: _Optional[_Iterable[_Union[ReleaseName, _Mapping]]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class CheckDriftResponse(_message.Message):
    __slots__ = ("releases", "next_page_token")
    RELEASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    releases: _containers.RepeatedCompositeFieldContainer[ReleaseDrift]
    next_page_token: str
    def __init__(self, releases: _Optional[_Iterable[_Union[ReleaseDrift, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListReleasesRequest(_message.Message):
    __slots__ = ("cluster", "namespace", "page_size", "page_token")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    namespace: str
    page_size: int
    page_token: str
    def __init__(self, cluster: _Optional[str] = ..., namespace: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListReleasesResponse(_message.Message):
    __slots__ = ("releases", "next_page_token")
    RELEASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    releases: _containers.RepeatedCompositeFieldContainer[Release]
    next_page_token: str
    def __init__(self, releases: _Optional[_Iterable[_Union[Release, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetReleaseRequest(_message.Message):
    __slots__ = ("cluster", "namespace", "name")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    namespace: str
    name: str
    def __init__(self, cluster: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class GetReleaseResponse(_message.Message):
    __slots__ = ("release",)
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    release: Release
    def __init__(self, release: _Optional[_Union[Release, _Mapping]] = ...) -> None: ...

class ListRevisionsRequest(_message.Message):
    __slots__ = ("cluster", "namespace", "name")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    namespace: str
    name: str
    def __init__(self, cluster: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class ListRevisionsResponse(_message.Message):
    __slots__ = ("revisions",)
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    revisions: _containers.RepeatedCompositeFieldContainer[Revision]
    def __init__(self, revisions: _Optional[_Iterable[_Union[Revision, _Mapping]]] = ...) -> None: ...

class RollbackReleaseRequest(_message.Message):
    __slots__ = ("cluster", "namespace", "name", "revision", "request_id")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    namespace: str
    name: str
    revision: int
    request_id: str
    def __init__(self, cluster: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ..., revision: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class RollbackReleaseResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class UnlockReleaseRequest(_message.Message):
    __slots__ = ("cluster", "namespace", "name", "allow", "request_id")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ALLOW_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    namespace: str
    name: str
    allow: _chart_pb2.Allow
    request_id: str
    def __init__(self, cluster: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ..., allow: _Optional[_Union[_chart_pb2.Allow, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UnlockReleaseResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class GetRevisionRequest(_message.Message):
    __slots__ = ("cluster", "namespace", "name", "revision", "parts")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    namespace: str
    name: str
    revision: int
    parts: _containers.RepeatedScalarFieldContainer[RevisionPart]
    def __init__(self, cluster: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ..., revision: _Optional[int] = ..., parts: _Optional[_Iterable[_Union[RevisionPart, str]]] = ...) -> None: ...

class GetRevisionResponse(_message.Message):
    __slots__ = ("revision", "values", "manifest", "notes", "hooks", "masked")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    HOOKS_FIELD_NUMBER: _ClassVar[int]
    MASKED_FIELD_NUMBER: _ClassVar[int]
    revision: Revision
    values: str
    manifest: str
    notes: str
    hooks: _containers.RepeatedCompositeFieldContainer[RevisionHook]
    masked: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, revision: _Optional[_Union[Revision, _Mapping]] = ..., values: _Optional[str] = ..., manifest: _Optional[str] = ..., notes: _Optional[str] = ..., hooks: _Optional[_Iterable[_Union[RevisionHook, _Mapping]]] = ..., masked: _Optional[_Iterable[str]] = ...) -> None: ...

class RevisionHook(_message.Message):
    __slots__ = ("name", "kind", "events", "manifest", "last_phase")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    LAST_PHASE_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: str
    events: _containers.RepeatedScalarFieldContainer[str]
    manifest: str
    last_phase: str
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[str] = ..., events: _Optional[_Iterable[str]] = ..., manifest: _Optional[str] = ..., last_phase: _Optional[str] = ...) -> None: ...

class DiffRevisionsRequest(_message.Message):
    __slots__ = ("cluster", "namespace", "name", "from_revision", "to_revision")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    FROM_REVISION_FIELD_NUMBER: _ClassVar[int]
    TO_REVISION_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    namespace: str
    name: str
    from_revision: int
    to_revision: int
    def __init__(self, cluster: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ..., from_revision: _Optional[int] = ..., to_revision: _Optional[int] = ...) -> None: ...

class DiffRevisionsResponse(_message.Message):
    __slots__ = ("to", "changes", "values", "changes_left_out")
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    CHANGES_LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    to: Revision
    changes: _containers.RepeatedCompositeFieldContainer[_run_pb2.ObjectChange]
    values: _containers.RepeatedCompositeFieldContainer[_run_pb2.FieldChange]
    changes_left_out: int
    def __init__(self, to: _Optional[_Union[Revision, _Mapping]] = ..., changes: _Optional[_Iterable[_Union[_run_pb2.ObjectChange, _Mapping]]] = ..., values: _Optional[_Iterable[_Union[_run_pb2.FieldChange, _Mapping]]] = ..., changes_left_out: _Optional[int] = ..., **kwargs) -> None: ...

class TreeObject(_message.Message):
    __slots__ = ("object", "api_version", "health", "detail", "create_time", "children")
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    API_VERSION_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CHILDREN_FIELD_NUMBER: _ClassVar[int]
    object: str
    api_version: str
    health: ObjectHealth
    detail: str
    create_time: _timestamp_pb2.Timestamp
    children: _containers.RepeatedCompositeFieldContainer[TreeObject]
    def __init__(self, object: _Optional[str] = ..., api_version: _Optional[str] = ..., health: _Optional[_Union[ObjectHealth, str]] = ..., detail: _Optional[str] = ..., create_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., children: _Optional[_Iterable[_Union[TreeObject, _Mapping]]] = ...) -> None: ...

class GetReleaseTreeRequest(_message.Message):
    __slots__ = ("cluster", "namespace", "name")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    namespace: str
    name: str
    def __init__(self, cluster: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class GetReleaseTreeResponse(_message.Message):
    __slots__ = ("revision", "objects", "truncated")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    revision: Revision
    objects: _containers.RepeatedCompositeFieldContainer[TreeObject]
    truncated: bool
    def __init__(self, revision: _Optional[_Union[Revision, _Mapping]] = ..., objects: _Optional[_Iterable[_Union[TreeObject, _Mapping]]] = ..., truncated: bool = ...) -> None: ...

class StreamReleaseLogsRequest(_message.Message):
    __slots__ = ("cluster", "namespace", "name", "follow", "tail_lines", "since", "container", "previous")
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_FIELD_NUMBER: _ClassVar[int]
    TAIL_LINES_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    cluster: str
    namespace: str
    name: str
    follow: bool
    tail_lines: int
    since: _duration_pb2.Duration
    container: str
    previous: bool
    def __init__(self, cluster: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ..., follow: bool = ..., tail_lines: _Optional[int] = ..., since: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., container: _Optional[str] = ..., previous: bool = ...) -> None: ...

class StreamReleaseLogsResponse(_message.Message):
    __slots__ = ("lines",)
    LINES_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedCompositeFieldContainer[PodLogLine]
    def __init__(self, lines: _Optional[_Iterable[_Union[PodLogLine, _Mapping]]] = ...) -> None: ...

class PodLogLine(_message.Message):
    __slots__ = ("pod", "namespace", "container", "time", "line")
    POD_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    pod: str
    namespace: str
    container: str
    time: _timestamp_pb2.Timestamp
    line: str
    def __init__(self, pod: _Optional[str] = ..., namespace: _Optional[str] = ..., container: _Optional[str] = ..., time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., line: _Optional[str] = ...) -> None: ...
