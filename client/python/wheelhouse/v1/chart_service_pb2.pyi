from google.protobuf import timestamp_pb2 as _timestamp_pb2
from wheelhouse.v1 import chart_pb2 as _chart_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UploadChartRequest(_message.Message):
    __slots__ = ("chunk", "provenance")
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    chunk: bytes
    provenance: bytes
    def __init__(self, chunk: _Optional[bytes] = ..., provenance: _Optional[bytes] = ...) -> None: ...

class UploadChartResponse(_message.Message):
    __slots__ = ("digest", "name", "version", "expire_time", "missing_dependencies", "signature")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    MISSING_DEPENDENCIES_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    digest: str
    name: str
    version: str
    expire_time: _timestamp_pb2.Timestamp
    missing_dependencies: _containers.RepeatedScalarFieldContainer[str]
    signature: _chart_pb2.ChartSignature
    def __init__(self, digest: _Optional[str] = ..., name: _Optional[str] = ..., version: _Optional[str] = ..., expire_time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., missing_dependencies: _Optional[_Iterable[str]] = ..., signature: _Optional[_Union[_chart_pb2.ChartSignature, _Mapping]] = ...) -> None: ...

class ResolveChartRequest(_message.Message):
    __slots__ = ("source",)
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    source: _chart_pb2.ChartSource
    def __init__(self, source: _Optional[_Union[_chart_pb2.ChartSource, _Mapping]] = ...) -> None: ...

class ResolveChartResponse(_message.Message):
    __slots__ = ("source", "name", "version", "app_version", "digest", "archive_sha256", "signature")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    APP_VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ARCHIVE_SHA256_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    source: _chart_pb2.ChartSource
    name: str
    version: str
    app_version: str
    digest: str
    archive_sha256: str
    signature: _chart_pb2.ChartSignature
    def __init__(self, source: _Optional[_Union[_chart_pb2.ChartSource, _Mapping]] = ..., name: _Optional[str] = ..., version: _Optional[str] = ..., app_version: _Optional[str] = ..., digest: _Optional[str] = ..., archive_sha256: _Optional[str] = ..., signature: _Optional[_Union[_chart_pb2.ChartSignature, _Mapping]] = ...) -> None: ...

class BuildDependenciesRequest(_message.Message):
    __slots__ = ("digest",)
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    digest: str
    def __init__(self, digest: _Optional[str] = ...) -> None: ...

class ChartDependency(_message.Message):
    __slots__ = ("name", "version", "repository", "digest")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    repository: str
    digest: str
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., repository: _Optional[str] = ..., digest: _Optional[str] = ...) -> None: ...

class BuildDependenciesResponse(_message.Message):
    __slots__ = ("digest", "added")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ADDED_FIELD_NUMBER: _ClassVar[int]
    digest: str
    added: _containers.RepeatedCompositeFieldContainer[ChartDependency]
    def __init__(self, digest: _Optional[str] = ..., added: _Optional[_Iterable[_Union[ChartDependency, _Mapping]]] = ...) -> None: ...
