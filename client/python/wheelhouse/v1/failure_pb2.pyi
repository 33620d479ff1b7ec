from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_UNSPECIFIED: _ClassVar[Stage]
    STAGE_CHECK_PREREQUISITES: _ClassVar[Stage]
    STAGE_PRE_EXEC: _ClassVar[Stage]
    STAGE_EXEC: _ClassVar[Stage]
    STAGE_ON_DEPLOY_FAILURE: _ClassVar[Stage]
    STAGE_POST_EXEC: _ClassVar[Stage]
    STAGE_VALIDATE: _ClassVar[Stage]
STAGE_UNSPECIFIED: Stage
STAGE_CHECK_PREREQUISITES: Stage
STAGE_PRE_EXEC: Stage
STAGE_EXEC: Stage
STAGE_ON_DEPLOY_FAILURE: Stage
STAGE_POST_EXEC: Stage
STAGE_VALIDATE: Stage

class Failure(_message.Message):
    __slots__ = ("chart", "stage", "step", "reason", "message", "helm_output", "details", "secondary", "left_changed", "evidence", "hint", "handed_over")
    class DetailsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CHART_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    HELM_OUTPUT_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    SECONDARY_FIELD_NUMBER: _ClassVar[int]
    LEFT_CHANGED_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    HINT_FIELD_NUMBER: _ClassVar[int]
    HANDED_OVER_FIELD_NUMBER: _ClassVar[int]
    chart: str
    stage: Stage
    step: str
    reason: str
    message: str
    helm_output: str
    details: _containers.ScalarMap[str, str]
    secondary: _containers.RepeatedCompositeFieldContainer[Failure]
    left_changed: _containers.RepeatedCompositeFieldContainer[LeftChanged]
    evidence: _containers.RepeatedCompositeFieldContainer[Evidence]
    hint: str
    handed_over: _containers.RepeatedCompositeFieldContainer[LeftChanged]
    def __init__(self, chart: _Optional[str] = ..., stage: _Optional[_Union[Stage, str]] = ..., step: _Optional[str] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., helm_output: _Optional[str] = ..., details: _Optional[_Mapping[str, str]] = ..., secondary: _Optional[_Iterable[_Union[Failure, _Mapping]]] = ..., left_changed: _Optional[_Iterable[_Union[LeftChanged, _Mapping]]] = ..., evidence: _Optional[_Iterable[_Union[Evidence, _Mapping]]] = ..., hint: _Optional[str] = ..., handed_over: _Optional[_Iterable[_Union[LeftChanged, _Mapping]]] = ...) -> None: ...

class LeftChanged(_message.Message):
    __slots__ = ("kind", "name", "change")
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    kind: str
    name: str
    change: str
    def __init__(self, kind: _Optional[str] = ..., name: _Optional[str] = ..., change: _Optional[str] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("kind", "object", "text", "truncated")
    KIND_FIELD_NUMBER: _ClassVar[int]
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    kind: str
    object: str
    text: str
    truncated: bool
    def __init__(self, kind: _Optional[str] = ..., object: _Optional[str] = ..., text: _Optional[str] = ..., truncated: bool = ...) -> None: ...
