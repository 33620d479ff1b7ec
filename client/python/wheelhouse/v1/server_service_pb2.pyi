from google.protobuf import timestamp_pb2 as _timestamp_pb2
from wheelhouse.v1 import chart_pb2 as _chart_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListProfilesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListProfilesResponse(_message.Message):
    __slots__ = ("profiles",)
    PROFILES_FIELD_NUMBER: _ClassVar[int]
    profiles: _containers.RepeatedCompositeFieldContainer[Profile]
    def __init__(self, profiles: _Optional[_Iterable[_Union[Profile, _Mapping]]] = ...) -> None: ...

class Profile(_message.Message):
    __slots__ = ("name", "description", "charts", "versions", "chart", "digest", "text")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CHARTS_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    CHART_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    charts: _containers.RepeatedScalarFieldContainer[str]
    versions: str
    chart: _chart_pb2.ChartInfo
    digest: str
    text: str
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., charts: _Optional[_Iterable[str]] = ..., versions: _Optional[str] = ..., chart: _Optional[_Union[_chart_pb2.ChartInfo, _Mapping]] = ..., digest: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class GetStatusRequest(_message.Message):
    __slots__ = ("check_clusters",)
    CHECK_CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    check_clusters: bool
    def __init__(self, check_clusters: bool = ...) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("version", "caller", "clusters", "helm", "draining", "running", "queued", "start_time")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    HELM_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    RUNNING_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    version: str
    caller: str
    clusters: _containers.RepeatedCompositeFieldContainer[ClusterStatus]
    helm: HelmStatus
    draining: bool
    running: int
    queued: int
    start_time: _timestamp_pb2.Timestamp
    def __init__(self, version: _Optional[str] = ..., caller: _Optional[str] = ..., clusters: _Optional[_Iterable[_Union[ClusterStatus, _Mapping]]] = ..., helm: _Optional[_Union[HelmStatus, _Mapping]] = ..., draining: bool = ..., running: _Optional[int] = ..., queued: _Optional[int] = ..., start_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ClusterStatus(_message.Message):
    __slots__ = ("name", "default", "reachable", "version", "error")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    REACHABLE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    name: str
    default: bool
    reachable: bool
    version: str
    error: str
    def __init__(self, name: _Optional[str] = ..., default: bool = ..., reachable: bool = ..., version: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...

class HelmStatus(_message.Message):
    __slots__ = ("path", "version", "error")
    PATH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    path: str
    version: str
    error: str
    def __init__(self, path: _Optional[str] = ..., version: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...
