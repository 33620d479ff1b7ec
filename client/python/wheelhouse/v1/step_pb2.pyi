from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OnError(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ON_ERROR_UNSPECIFIED: _ClassVar[OnError]
    ON_ERROR_FAIL: _ClassVar[OnError]
    ON_ERROR_CONTINUE: _ClassVar[OnError]

class StepAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STEP_ACTION_UNSPECIFIED: _ClassVar[StepAction]
    STEP_ACTION_DEPLOY: _ClassVar[StepAction]
    STEP_ACTION_DESTROY: _ClassVar[StepAction]

class HookEffect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOOK_EFFECT_UNSPECIFIED: _ClassVar[HookEffect]
    HOOK_EFFECT_READ_ONLY: _ClassVar[HookEffect]
    HOOK_EFFECT_REPEATABLE: _ClassVar[HookEffect]
    HOOK_EFFECT_CHECKABLE: _ClassVar[HookEffect]
    HOOK_EFFECT_ONCE: _ClassVar[HookEffect]

class NoWorker(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NO_WORKER_UNSPECIFIED: _ClassVar[NoWorker]
    NO_WORKER_WAIT: _ClassVar[NoWorker]
    NO_WORKER_FAIL: _ClassVar[NoWorker]
ON_ERROR_UNSPECIFIED: OnError
ON_ERROR_FAIL: OnError
ON_ERROR_CONTINUE: OnError
STEP_ACTION_UNSPECIFIED: StepAction
STEP_ACTION_DEPLOY: StepAction
STEP_ACTION_DESTROY: StepAction
HOOK_EFFECT_UNSPECIFIED: HookEffect
HOOK_EFFECT_READ_ONLY: HookEffect
HOOK_EFFECT_REPEATABLE: HookEffect
HOOK_EFFECT_CHECKABLE: HookEffect
HOOK_EFFECT_ONCE: HookEffect
NO_WORKER_UNSPECIFIED: NoWorker
NO_WORKER_WAIT: NoWorker
NO_WORKER_FAIL: NoWorker

class Step(_message.Message):
    __slots__ = ("name", "timeout", "retry", "when", "on_error", "run_when_unchanged", "apply", "delete", "metadata", "wait_for", "command", "probe", "assertion", "patch", "adopt", "restart", "run_job", "crds", "backup", "restore", "helm_test", "checksum", "notify", "hook")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    WHEN_FIELD_NUMBER: _ClassVar[int]
    ON_ERROR_FIELD_NUMBER: _ClassVar[int]
    RUN_WHEN_UNCHANGED_FIELD_NUMBER: _ClassVar[int]
    APPLY_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    PROBE_FIELD_NUMBER: _ClassVar[int]
    ASSERTION_FIELD_NUMBER: _ClassVar[int]
    PATCH_FIELD_NUMBER: _ClassVar[int]
    ADOPT_FIELD_NUMBER: _ClassVar[int]
    RESTART_FIELD_NUMBER: _ClassVar[int]
    RUN_JOB_FIELD_NUMBER: _ClassVar[int]
    CRDS_FIELD_NUMBER: _ClassVar[int]
    BACKUP_FIELD_NUMBER: _ClassVar[int]
    RESTORE_FIELD_NUMBER: _ClassVar[int]
    HELM_TEST_FIELD_NUMBER: _ClassVar[int]
    CHECKSUM_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_FIELD_NUMBER: _ClassVar[int]
    HOOK_FIELD_NUMBER: _ClassVar[int]
    name: str
    timeout: _duration_pb2.Duration
    retry: StepRetry
    when: When
    on_error: OnError
    run_when_unchanged: bool
    apply: ApplyStep
    delete: DeleteStep
    metadata: MetadataStep
    wait_for: WaitForStep
    command: CommandStep
    probe: ProbeStep
    assertion: AssertStep
    patch: PatchStep
    adopt: AdoptStep
    restart: RestartStep
    run_job: RunJobStep
    crds: CrdsStep
    backup: BackupStep
    restore: RestoreStep
    helm_test: HelmTestStep
    checksum: ChecksumStep
    notify: NotifyStep
    hook: HookStep
    def __init__(self, name: _Optional[str] = ..., timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., retry: _Optional[_Union[StepRetry, _Mapping]] = ..., when: _Optional[_Union[When, _Mapping]] = ..., on_error: _Optional[_Union[OnError, str]] = ..., run_when_unchanged: bool = ..., apply: _Optional[_Union[ApplyStep, _Mapping]] = ..., delete: _Optional[_Union[DeleteStep, _Mapping]] = ..., metadata: _Optional[_Union[MetadataStep, _Mapping]] = ..., wait_for: _Optional[_Union[WaitForStep, _Mapping]] = ..., command: _Optional[_Union[CommandStep, _Mapping]] = ..., probe: _Optional[_Union[ProbeStep, _Mapping]] = ..., assertion: _Optional[_Union[AssertStep, _Mapping]] = ..., patch: _Optional[_Union[PatchStep, _Mapping]] = ..., adopt: _Optional[_Union[AdoptStep, _Mapping]] = ..., restart: _Optional[_Union[RestartStep, _Mapping]] = ..., run_job: _Optional[_Union[RunJobStep, _Mapping]] = ..., crds: _Optional[_Union[CrdsStep, _Mapping]] = ..., backup: _Optional[_Union[BackupStep, _Mapping]] = ..., restore: _Optional[_Union[RestoreStep, _Mapping]] = ..., helm_test: _Optional[_Union[HelmTestStep, _Mapping]] = ..., checksum: _Optional[_Union[ChecksumStep, _Mapping]] = ..., notify: _Optional[_Union[NotifyStep, _Mapping]] = ..., hook: _Optional[_Union[HookStep, _Mapping]] = ...) -> None: ...

class StepRetry(_message.Message):
    __slots__ = ("count", "delay", "backoff")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    DELAY_FIELD_NUMBER: _ClassVar[int]
    BACKOFF_FIELD_NUMBER: _ClassVar[int]
    count: int
    delay: _duration_pb2.Duration
    backoff: float
    def __init__(self, count: _Optional[int] = ..., delay: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., backoff: _Optional[float] = ...) -> None: ...

class When(_message.Message):
    __slots__ = ("actions", "installed_version", "payload", "expression")
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    INSTALLED_VERSION_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    actions: _containers.RepeatedScalarFieldContainer[StepAction]
    installed_version: str
    payload: PayloadEquals
    expression: str
    def __init__(self, actions: _Optional[_Iterable[_Union[StepAction, str]]] = ..., installed_version: _Optional[str] = ..., payload: _Optional[_Union[PayloadEquals, _Mapping]] = ..., expression: _Optional[str] = ...) -> None: ...

class PayloadEquals(_message.Message):
    __slots__ = ("key", "equals")
    KEY_FIELD_NUMBER: _ClassVar[int]
    EQUALS_FIELD_NUMBER: _ClassVar[int]
    key: str
    equals: str
    def __init__(self, key: _Optional[str] = ..., equals: _Optional[str] = ...) -> None: ...

class ObjectRef(_message.Message):
    __slots__ = ("api_version", "kind", "name", "namespace")
    API_VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    api_version: str
    kind: str
    name: str
    namespace: str
    def __init__(self, api_version: _Optional[str] = ..., kind: _Optional[str] = ..., name: _Optional[str] = ..., namespace: _Optional[str] = ...) -> None: ...

class ObjectSelector(_message.Message):
    __slots__ = ("api_version", "kind", "label_selector", "namespace")
    API_VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LABEL_SELECTOR_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    api_version: str
    kind: str
    label_selector: str
    namespace: str
    def __init__(self, api_version: _Optional[str] = ..., kind: _Optional[str] = ..., label_selector: _Optional[str] = ..., namespace: _Optional[str] = ...) -> None: ...

class ApplyStep(_message.Message):
    __slots__ = ("manifests", "force")
    MANIFESTS_FIELD_NUMBER: _ClassVar[int]
    FORCE_FIELD_NUMBER: _ClassVar[int]
    manifests: str
    force: bool
    def __init__(self, manifests: _Optional[str] = ..., force: bool = ...) -> None: ...

class DeleteStep(_message.Message):
    __slots__ = ("objects", "selectors", "no_wait", "crash_looping_only")
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    SELECTORS_FIELD_NUMBER: _ClassVar[int]
    NO_WAIT_FIELD_NUMBER: _ClassVar[int]
    CRASH_LOOPING_ONLY_FIELD_NUMBER: _ClassVar[int]
    objects: _containers.RepeatedCompositeFieldContainer[ObjectRef]
    selectors: _containers.RepeatedCompositeFieldContainer[ObjectSelector]
    no_wait: bool
    crash_looping_only: bool
    def __init__(self, objects: _Optional[_Iterable[_Union[ObjectRef, _Mapping]]] = ..., selectors: _Optional[_Iterable[_Union[ObjectSelector, _Mapping]]] = ..., no_wait: bool = ..., crash_looping_only: bool = ...) -> None: ...

class MetadataStep(_message.Message):
    __slots__ = ("objects", "labels", "annotations", "remove_labels", "remove_annotations")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class AnnotationsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    REMOVE_LABELS_FIELD_NUMBER: _ClassVar[int]
    REMOVE_ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    objects: _containers.RepeatedCompositeFieldContainer[ObjectRef]
    labels: _containers.ScalarMap[str, str]
    annotations: _containers.ScalarMap[str, str]
    remove_labels: _containers.RepeatedScalarFieldContainer[str]
    remove_annotations: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, objects: _Optional[_Iterable[_Union[ObjectRef, _Mapping]]] = ..., labels: _Optional[_Mapping[str, str]] = ..., annotations: _Optional[_Mapping[str, str]] = ..., remove_labels: _Optional[_Iterable[str]] = ..., remove_annotations: _Optional[_Iterable[str]] = ...) -> None: ...

class WaitForStep(_message.Message):
    __slots__ = ("objects", "selectors", "ready", "condition", "json_path", "deleted", "hold")
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    SELECTORS_FIELD_NUMBER: _ClassVar[int]
    READY_FIELD_NUMBER: _ClassVar[int]
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    JSON_PATH_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    objects: _containers.RepeatedCompositeFieldContainer[ObjectRef]
    selectors: _containers.RepeatedCompositeFieldContainer[ObjectSelector]
    ready: ReadyCondition
    condition: StatusCondition
    json_path: JsonPathCondition
    deleted: DeletedCondition
    hold: _duration_pb2.Duration
    def __init__(self, objects: _Optional[_Iterable[_Union[ObjectRef, _Mapping]]] = ..., selectors: _Optional[_Iterable[_Union[ObjectSelector, _Mapping]]] = ..., ready: _Optional[_Union[ReadyCondition, _Mapping]] = ..., condition: _Optional[_Union[StatusCondition, _Mapping]] = ..., json_path: _Optional[_Union[JsonPathCondition, _Mapping]] = ..., deleted: _Optional[_Union[DeletedCondition, _Mapping]] = ..., hold: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ReadyCondition(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class StatusCondition(_message.Message):
    __slots__ = ("type", "status")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    type: str
    status: str
    def __init__(self, type: _Optional[str] = ..., status: _Optional[str] = ...) -> None: ...

class JsonPathCondition(_message.Message):
    __slots__ = ("path", "equals")
    PATH_FIELD_NUMBER: _ClassVar[int]
    EQUALS_FIELD_NUMBER: _ClassVar[int]
    path: str
    equals: str
    def __init__(self, path: _Optional[str] = ..., equals: _Optional[str] = ...) -> None: ...

class DeletedCondition(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CommandStep(_message.Message):
    __slots__ = ("command", "args", "stdout_to_payload")
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ARGS_FIELD_NUMBER: _ClassVar[int]
    STDOUT_TO_PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    command: str
    args: _containers.RepeatedScalarFieldContainer[str]
    stdout_to_payload: str
    def __init__(self, command: _Optional[str] = ..., args: _Optional[_Iterable[str]] = ..., stdout_to_payload: _Optional[str] = ...) -> None: ...

class AssertStep(_message.Message):
    __slots__ = ("object", "json_path", "equals", "hold", "expression")
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    JSON_PATH_FIELD_NUMBER: _ClassVar[int]
    EQUALS_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    object: ObjectRef
    json_path: str
    equals: str
    hold: _duration_pb2.Duration
    expression: str
    def __init__(self, object: _Optional[_Union[ObjectRef, _Mapping]] = ..., json_path: _Optional[str] = ..., equals: _Optional[str] = ..., hold: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., expression: _Optional[str] = ...) -> None: ...

class ProbeStep(_message.Message):
    __slots__ = ("http", "tcp", "grpc", "service", "hold", "successes")
    HTTP_FIELD_NUMBER: _ClassVar[int]
    TCP_FIELD_NUMBER: _ClassVar[int]
    GRPC_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    SUCCESSES_FIELD_NUMBER: _ClassVar[int]
    http: HttpProbe
    tcp: TcpProbe
    grpc: GrpcProbe
    service: ServiceProbe
    hold: _duration_pb2.Duration
    successes: int
    def __init__(self, http: _Optional[_Union[HttpProbe, _Mapping]] = ..., tcp: _Optional[_Union[TcpProbe, _Mapping]] = ..., grpc: _Optional[_Union[GrpcProbe, _Mapping]] = ..., service: _Optional[_Union[ServiceProbe, _Mapping]] = ..., hold: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., successes: _Optional[int] = ...) -> None: ...

class HttpProbe(_message.Message):
    __slots__ = ("url", "statuses", "body_contains")
    URL_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    BODY_CONTAINS_FIELD_NUMBER: _ClassVar[int]
    url: str
    statuses: _containers.RepeatedScalarFieldContainer[int]
    body_contains: str
    def __init__(self, url: _Optional[str] = ..., statuses: _Optional[_Iterable[int]] = ..., body_contains: _Optional[str] = ...) -> None: ...

class TcpProbe(_message.Message):
    __slots__ = ("host", "port")
    HOST_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    host: str
    port: int
    def __init__(self, host: _Optional[str] = ..., port: _Optional[int] = ...) -> None: ...

class GrpcProbe(_message.Message):
    __slots__ = ("host", "port", "service")
    HOST_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    host: str
    port: int
    service: str
    def __init__(self, host: _Optional[str] = ..., port: _Optional[int] = ..., service: _Optional[str] = ...) -> None: ...

class ServiceProbe(_message.Message):
    __slots__ = ("name", "namespace", "port", "path", "https", "statuses", "body_contains")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    HTTPS_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    BODY_CONTAINS_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    port: str
    path: str
    https: bool
    statuses: _containers.RepeatedScalarFieldContainer[int]
    body_contains: str
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., port: _Optional[str] = ..., path: _Optional[str] = ..., https: bool = ..., statuses: _Optional[_Iterable[int]] = ..., body_contains: _Optional[str] = ...) -> None: ...

class PatchStep(_message.Message):
    __slots__ = ("objects", "merge", "strategic", "json")
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    MERGE_FIELD_NUMBER: _ClassVar[int]
    STRATEGIC_FIELD_NUMBER: _ClassVar[int]
    JSON_FIELD_NUMBER: _ClassVar[int]
    objects: _containers.RepeatedCompositeFieldContainer[ObjectRef]
    merge: str
    strategic: str
    json: str
    def __init__(self, objects: _Optional[_Iterable[_Union[ObjectRef, _Mapping]]] = ..., merge: _Optional[str] = ..., strategic: _Optional[str] = ..., json: _Optional[str] = ...) -> None: ...

class AdoptStep(_message.Message):
    __slots__ = ("objects",)
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    objects: _containers.RepeatedCompositeFieldContainer[ObjectRef]
    def __init__(self, objects: _Optional[_Iterable[_Union[ObjectRef, _Mapping]]] = ...) -> None: ...

class RestartStep(_message.Message):
    __slots__ = ("objects", "selectors", "no_wait")
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    SELECTORS_FIELD_NUMBER: _ClassVar[int]
    NO_WAIT_FIELD_NUMBER: _ClassVar[int]
    objects: _containers.RepeatedCompositeFieldContainer[ObjectRef]
    selectors: _containers.RepeatedCompositeFieldContainer[ObjectSelector]
    no_wait: bool
    def __init__(self, objects: _Optional[_Iterable[_Union[ObjectRef, _Mapping]]] = ..., selectors: _Optional[_Iterable[_Union[ObjectSelector, _Mapping]]] = ..., no_wait: bool = ...) -> None: ...

class BackupStep(_message.Message):
    __slots__ = ("objects", "selectors")
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    SELECTORS_FIELD_NUMBER: _ClassVar[int]
    objects: _containers.RepeatedCompositeFieldContainer[ObjectRef]
    selectors: _containers.RepeatedCompositeFieldContainer[ObjectSelector]
    def __init__(self, objects: _Optional[_Iterable[_Union[ObjectRef, _Mapping]]] = ..., selectors: _Optional[_Iterable[_Union[ObjectSelector, _Mapping]]] = ...) -> None: ...

class RestoreStep(_message.Message):
    __slots__ = ("backup", "overwrite")
    BACKUP_FIELD_NUMBER: _ClassVar[int]
    OVERWRITE_FIELD_NUMBER: _ClassVar[int]
    backup: str
    overwrite: bool
    def __init__(self, backup: _Optional[str] = ..., overwrite: bool = ...) -> None: ...

class ChecksumStep(_message.Message):
    __slots__ = ("objects", "selectors", "json_path", "to_payload", "compare_with", "changed_to_payload")
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    SELECTORS_FIELD_NUMBER: _ClassVar[int]
    JSON_PATH_FIELD_NUMBER: _ClassVar[int]
    TO_PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    COMPARE_WITH_FIELD_NUMBER: _ClassVar[int]
    CHANGED_TO_PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    objects: _containers.RepeatedCompositeFieldContainer[ObjectRef]
    selectors: _containers.RepeatedCompositeFieldContainer[ObjectSelector]
    json_path: str
    to_payload: str
    compare_with: str
    changed_to_payload: str
    def __init__(self, objects: _Optional[_Iterable[_Union[ObjectRef, _Mapping]]] = ..., selectors: _Optional[_Iterable[_Union[ObjectSelector, _Mapping]]] = ..., json_path: _Optional[str] = ..., to_payload: _Optional[str] = ..., compare_with: _Optional[str] = ..., changed_to_payload: _Optional[str] = ...) -> None: ...

class RunJobStep(_message.Message):
    __slots__ = ("image", "command", "args", "env", "env_from_secrets", "service_account", "labels", "backoff_limit", "stdout_to_payload")
    class EnvEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ARGS_FIELD_NUMBER: _ClassVar[int]
    ENV_FIELD_NUMBER: _ClassVar[int]
    ENV_FROM_SECRETS_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    BACKOFF_LIMIT_FIELD_NUMBER: _ClassVar[int]
    STDOUT_TO_PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    image: str
    command: _containers.RepeatedScalarFieldContainer[str]
    args: _containers.RepeatedScalarFieldContainer[str]
    env: _containers.ScalarMap[str, str]
    env_from_secrets: _containers.RepeatedScalarFieldContainer[str]
    service_account: str
    labels: _containers.ScalarMap[str, str]
    backoff_limit: int
    stdout_to_payload: str
    def __init__(self, image: _Optional[str] = ..., command: _Optional[_Iterable[str]] = ..., args: _Optional[_Iterable[str]] = ..., env: _Optional[_Mapping[str, str]] = ..., env_from_secrets: _Optional[_Iterable[str]] = ..., service_account: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., backoff_limit: _Optional[int] = ..., stdout_to_payload: _Optional[str] = ...) -> None: ...

class CrdsStep(_message.Message):
    __slots__ = ("apply", "delete")
    APPLY_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    apply: CrdsApply
    delete: CrdsDelete
    def __init__(self, apply: _Optional[_Union[CrdsApply, _Mapping]] = ..., delete: _Optional[_Union[CrdsDelete, _Mapping]] = ...) -> None: ...

class CrdsApply(_message.Message):
    __slots__ = ("manifests", "replace")
    MANIFESTS_FIELD_NUMBER: _ClassVar[int]
    REPLACE_FIELD_NUMBER: _ClassVar[int]
    manifests: str
    replace: bool
    def __init__(self, manifests: _Optional[str] = ..., replace: bool = ...) -> None: ...

class CrdsDelete(_message.Message):
    __slots__ = ("names",)
    NAMES_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, names: _Optional[_Iterable[str]] = ...) -> None: ...

class HelmTestStep(_message.Message):
    __slots__ = ("names",)
    NAMES_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, names: _Optional[_Iterable[str]] = ...) -> None: ...

class NotifyStep(_message.Message):
    __slots__ = ("url", "body", "content_type")
    URL_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    url: str
    body: str
    content_type: str
    def __init__(self, url: _Optional[str] = ..., body: _Optional[str] = ..., content_type: _Optional[str] = ...) -> None: ...

class HookStep(_message.Message):
    __slots__ = ("name", "version", "input", "effect", "heartbeat", "no_worker", "queue_timeout", "replaces", "scope", "values", "secret_values")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    NO_WORKER_FIELD_NUMBER: _ClassVar[int]
    QUEUE_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    REPLACES_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    SECRET_VALUES_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    input: _struct_pb2.Struct
    effect: HookEffect
    heartbeat: _duration_pb2.Duration
    no_worker: NoWorker
    queue_timeout: _duration_pb2.Duration
    replaces: str
    scope: str
    values: _containers.RepeatedScalarFieldContainer[str]
    secret_values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., input: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., effect: _Optional[_Union[HookEffect, str]] = ..., heartbeat: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., no_worker: _Optional[_Union[NoWorker, str]] = ..., queue_timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., replaces: _Optional[str] = ..., scope: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ..., secret_values: _Optional[_Iterable[str]] = ...) -> None: ...
