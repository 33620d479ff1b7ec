from google.protobuf import duration_pb2 as _duration_pb2
from wheelhouse.v1 import chart_pb2 as _chart_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Supersede(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUPERSEDE_UNSPECIFIED: _ClassVar[Supersede]
    SUPERSEDE_WAITING: _ClassVar[Supersede]
    SUPERSEDE_RUNNING: _ClassVar[Supersede]
SUPERSEDE_UNSPECIFIED: Supersede
SUPERSEDE_WAITING: Supersede
SUPERSEDE_RUNNING: Supersede

class Plan(_message.Message):
    __slots__ = ("name", "charts", "deadline", "queue_timeout", "fail_fast", "exclusive", "priority", "supersede", "prune", "unselected")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CHARTS_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    QUEUE_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    FAIL_FAST_FIELD_NUMBER: _ClassVar[int]
    EXCLUSIVE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDE_FIELD_NUMBER: _ClassVar[int]
    PRUNE_FIELD_NUMBER: _ClassVar[int]
    UNSELECTED_FIELD_NUMBER: _ClassVar[int]
    name: str
    charts: _containers.RepeatedCompositeFieldContainer[_chart_pb2.ChartInfo]
    deadline: _duration_pb2.Duration
    queue_timeout: _duration_pb2.Duration
    fail_fast: bool
    exclusive: bool
    priority: int
    supersede: Supersede
    prune: bool
    unselected: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., charts: _Optional[_Iterable[_Union[_chart_pb2.ChartInfo, _Mapping]]] = ..., deadline: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., queue_timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., fail_fast: bool = ..., exclusive: bool = ..., priority: _Optional[int] = ..., supersede: _Optional[_Union[Supersede, str]] = ..., prune: bool = ..., unselected: _Optional[_Iterable[str]] = ...) -> None: ...
