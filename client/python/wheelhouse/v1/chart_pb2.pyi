from google.protobuf import duration_pb2 as _duration_pb2
from wheelhouse.v1 import step_pb2 as _step_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTION_UNSPECIFIED: _ClassVar[Action]
    ACTION_DEPLOY: _ClassVar[Action]
    ACTION_DESTROY: _ClassVar[Action]
    ACTION_SKIP: _ClassVar[Action]
    ACTION_ROLLBACK: _ClassVar[Action]
    ACTION_UNLOCK: _ClassVar[Action]

class OnFailure(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ON_FAILURE_UNSPECIFIED: _ClassVar[OnFailure]
    ON_FAILURE_NONE: _ClassVar[OnFailure]
    ON_FAILURE_ROLLBACK: _ClassVar[OnFailure]
    ON_FAILURE_ROLLBACK_OR_UNINSTALL: _ClassVar[OnFailure]

class CrdPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CRD_POLICY_UNSPECIFIED: _ClassVar[CrdPolicy]
    CRD_POLICY_SKIP: _ClassVar[CrdPolicy]
    CRD_POLICY_CREATE: _ClassVar[CrdPolicy]
    CRD_POLICY_CREATE_REPLACE: _ClassVar[CrdPolicy]

class FieldConflicts(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FIELD_CONFLICTS_UNSPECIFIED: _ClassVar[FieldConflicts]
    FIELD_CONFLICTS_FAIL: _ClassVar[FieldConflicts]
    FIELD_CONFLICTS_FORCE: _ClassVar[FieldConflicts]

class Reapply(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REAPPLY_UNSPECIFIED: _ClassVar[Reapply]
    REAPPLY_IF_CHANGED: _ClassVar[Reapply]
    REAPPLY_IF_DRIFTED: _ClassVar[Reapply]
    REAPPLY_ALWAYS: _ClassVar[Reapply]
    REAPPLY_IF_RENDERED_CHANGED: _ClassVar[Reapply]

class Verify(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERIFY_UNSPECIFIED: _ClassVar[Verify]
    VERIFY_REQUIRED: _ClassVar[Verify]

class SignatureFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIGNATURE_FORMAT_UNSPECIFIED: _ClassVar[SignatureFormat]
    SIGNATURE_FORMAT_PROVENANCE: _ClassVar[SignatureFormat]
    SIGNATURE_FORMAT_COSIGN: _ClassVar[SignatureFormat]

class PodLogs(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POD_LOGS_UNSPECIFIED: _ClassVar[PodLogs]
    POD_LOGS_NONE: _ClassVar[PodLogs]
    POD_LOGS_FAILING: _ClassVar[PodLogs]
    POD_LOGS_ALL: _ClassVar[PodLogs]
ACTION_UNSPECIFIED: Action
ACTION_DEPLOY: Action
ACTION_DESTROY: Action
ACTION_SKIP: Action
ACTION_ROLLBACK: Action
ACTION_UNLOCK: Action
ON_FAILURE_UNSPECIFIED: OnFailure
ON_FAILURE_NONE: OnFailure
ON_FAILURE_ROLLBACK: OnFailure
ON_FAILURE_ROLLBACK_OR_UNINSTALL: OnFailure
CRD_POLICY_UNSPECIFIED: CrdPolicy
CRD_POLICY_SKIP: CrdPolicy
CRD_POLICY_CREATE: CrdPolicy
CRD_POLICY_CREATE_REPLACE: CrdPolicy
FIELD_CONFLICTS_UNSPECIFIED: FieldConflicts
FIELD_CONFLICTS_FAIL: FieldConflicts
FIELD_CONFLICTS_FORCE: FieldConflicts
REAPPLY_UNSPECIFIED: Reapply
REAPPLY_IF_CHANGED: Reapply
REAPPLY_IF_DRIFTED: Reapply
REAPPLY_ALWAYS: Reapply
REAPPLY_IF_RENDERED_CHANGED: Reapply
VERIFY_UNSPECIFIED: Verify
VERIFY_REQUIRED: Verify
SIGNATURE_FORMAT_UNSPECIFIED: SignatureFormat
SIGNATURE_FORMAT_PROVENANCE: SignatureFormat
SIGNATURE_FORMAT_COSIGN: SignatureFormat
POD_LOGS_UNSPECIFIED: PodLogs
POD_LOGS_NONE: PodLogs
POD_LOGS_FAILING: PodLogs
POD_LOGS_ALL: PodLogs

class ValuesFile(_message.Message):
    __slots__ = ("name", "content")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    content: str
    def __init__(self, name: _Optional[str] = ..., content: _Optional[str] = ...) -> None: ...

class KeyRef(_message.Message):
    __slots__ = ("name", "namespace", "key")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    key: str
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class ValuesFrom(_message.Message):
    __slots__ = ("secret", "config_map", "optional")
    SECRET_FIELD_NUMBER: _ClassVar[int]
    CONFIG_MAP_FIELD_NUMBER: _ClassVar[int]
    OPTIONAL_FIELD_NUMBER: _ClassVar[int]
    secret: KeyRef
    config_map: KeyRef
    optional: bool
    def __init__(self, secret: _Optional[_Union[KeyRef, _Mapping]] = ..., config_map: _Optional[_Union[KeyRef, _Mapping]] = ..., optional: bool = ...) -> None: ...

class PatchTarget(_message.Message):
    __slots__ = ("group", "version", "kind", "name", "namespace", "label_selector")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    LABEL_SELECTOR_FIELD_NUMBER: _ClassVar[int]
    group: str
    version: str
    kind: str
    name: str
    namespace: str
    label_selector: str
    def __init__(self, group: _Optional[str] = ..., version: _Optional[str] = ..., kind: _Optional[str] = ..., name: _Optional[str] = ..., namespace: _Optional[str] = ..., label_selector: _Optional[str] = ...) -> None: ...

class Patch(_message.Message):
    __slots__ = ("target", "strategic_merge", "json6902", "hooks")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    STRATEGIC_MERGE_FIELD_NUMBER: _ClassVar[int]
    JSON6902_FIELD_NUMBER: _ClassVar[int]
    HOOKS_FIELD_NUMBER: _ClassVar[int]
    target: PatchTarget
    strategic_merge: str
    json6902: str
    hooks: bool
    def __init__(self, target: _Optional[_Union[PatchTarget, _Mapping]] = ..., strategic_merge: _Optional[str] = ..., json6902: _Optional[str] = ..., hooks: bool = ...) -> None: ...

class ReadinessIgnore(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReadinessExists(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReadinessExpressions(_message.Message):
    __slots__ = ("current", "in_progress", "failed")
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    IN_PROGRESS_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    current: str
    in_progress: str
    failed: str
    def __init__(self, current: _Optional[str] = ..., in_progress: _Optional[str] = ..., failed: _Optional[str] = ...) -> None: ...

class ReadinessRule(_message.Message):
    __slots__ = ("target", "ignore", "exists", "condition", "expressions")
    TARGET_FIELD_NUMBER: _ClassVar[int]
    IGNORE_FIELD_NUMBER: _ClassVar[int]
    EXISTS_FIELD_NUMBER: _ClassVar[int]
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    EXPRESSIONS_FIELD_NUMBER: _ClassVar[int]
    target: PatchTarget
    ignore: ReadinessIgnore
    exists: ReadinessExists
    condition: _step_pb2.StatusCondition
    expressions: ReadinessExpressions
    def __init__(self, target: _Optional[_Union[PatchTarget, _Mapping]] = ..., ignore: _Optional[_Union[ReadinessIgnore, _Mapping]] = ..., exists: _Optional[_Union[ReadinessExists, _Mapping]] = ..., condition: _Optional[_Union[_step_pb2.StatusCondition, _Mapping]] = ..., expressions: _Optional[_Union[ReadinessExpressions, _Mapping]] = ...) -> None: ...

class Allow(_message.Message):
    __slots__ = ("crd_loss", "volume_loss", "unlock")
    CRD_LOSS_FIELD_NUMBER: _ClassVar[int]
    VOLUME_LOSS_FIELD_NUMBER: _ClassVar[int]
    UNLOCK_FIELD_NUMBER: _ClassVar[int]
    crd_loss: bool
    volume_loss: bool
    unlock: bool
    def __init__(self, crd_loss: bool = ..., volume_loss: bool = ..., unlock: bool = ...) -> None: ...

class SetValue(_message.Message):
    __slots__ = ("key", "value")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    key: str
    value: str
    def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class RepositoryChart(_message.Message):
    __slots__ = ("url", "name", "version", "digest")
    URL_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    url: str
    name: str
    version: str
    digest: str
    def __init__(self, url: _Optional[str] = ..., name: _Optional[str] = ..., version: _Optional[str] = ..., digest: _Optional[str] = ...) -> None: ...

class OciChart(_message.Message):
    __slots__ = ("reference", "version", "digest")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    reference: str
    version: str
    digest: str
    def __init__(self, reference: _Optional[str] = ..., version: _Optional[str] = ..., digest: _Optional[str] = ...) -> None: ...

class ChartSignature(_message.Message):
    __slots__ = ("format", "key", "signer")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    SIGNER_FIELD_NUMBER: _ClassVar[int]
    format: SignatureFormat
    key: str
    signer: str
    def __init__(self, format: _Optional[_Union[SignatureFormat, str]] = ..., key: _Optional[str] = ..., signer: _Optional[str] = ...) -> None: ...

class ChartSource(_message.Message):
    __slots__ = ("archive_digest", "oci", "repository", "verify")
    ARCHIVE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    OCI_FIELD_NUMBER: _ClassVar[int]
    REPOSITORY_FIELD_NUMBER: _ClassVar[int]
    VERIFY_FIELD_NUMBER: _ClassVar[int]
    archive_digest: str
    oci: OciChart
    repository: RepositoryChart
    verify: Verify
    def __init__(self, archive_digest: _Optional[str] = ..., oci: _Optional[_Union[OciChart, _Mapping]] = ..., repository: _Optional[_Union[RepositoryChart, _Mapping]] = ..., verify: _Optional[_Union[Verify, str]] = ...) -> None: ...

class EarlyFailure(_message.Message):
    __slots__ = ("off", "image_pull", "crash_loop_restarts", "crash_loop_time", "refused", "quota", "unschedulable", "mount")
    OFF_FIELD_NUMBER: _ClassVar[int]
    IMAGE_PULL_FIELD_NUMBER: _ClassVar[int]
    CRASH_LOOP_RESTARTS_FIELD_NUMBER: _ClassVar[int]
    CRASH_LOOP_TIME_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    QUOTA_FIELD_NUMBER: _ClassVar[int]
    UNSCHEDULABLE_FIELD_NUMBER: _ClassVar[int]
    MOUNT_FIELD_NUMBER: _ClassVar[int]
    off: bool
    image_pull: _duration_pb2.Duration
    crash_loop_restarts: int
    crash_loop_time: _duration_pb2.Duration
    refused: _duration_pb2.Duration
    quota: _duration_pb2.Duration
    unschedulable: _duration_pb2.Duration
    mount: _duration_pb2.Duration
    def __init__(self, off: bool = ..., image_pull: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., crash_loop_restarts: _Optional[int] = ..., crash_loop_time: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., refused: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., quota: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., unschedulable: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., mount: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class UpgradeRetry(_message.Message):
    __slots__ = ("count", "delay")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    DELAY_FIELD_NUMBER: _ClassVar[int]
    count: int
    delay: _duration_pb2.Duration
    def __init__(self, count: _Optional[int] = ..., delay: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ChartInfo(_message.Message):
    __slots__ = ("name", "namespace", "namespace_labels", "chart", "action", "atomic", "on_failure", "force_upgrade", "timeout", "failure_timeout", "dry_run", "wait", "values_files", "yaml_files_content", "values", "values_string", "crd_policy", "field_conflicts", "early_failure", "skip_if_already_installed", "upgrade_retry", "depends_on", "max_history", "extra_namespaces", "stages", "values_from", "patches", "backup_resources", "crd_files", "delete_crds", "allow", "last_breaking_version_requiring_restart", "recreate_pods", "profile", "rollback_revision", "recreate", "server_side_apply", "logs", "reapply", "no_hooks", "wait_for_load_balancers", "secret_values", "plain_values", "readiness", "protected", "labels", "create_namespace", "wait_for_releases", "pruned_record")
    class NamespaceLabelsEntry(_message.Message):
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
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_LABELS_FIELD_NUMBER: _ClassVar[int]
    CHART_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    ATOMIC_FIELD_NUMBER: _ClassVar[int]
    ON_FAILURE_FIELD_NUMBER: _ClassVar[int]
    FORCE_UPGRADE_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    VALUES_FILES_FIELD_NUMBER: _ClassVar[int]
    YAML_FILES_CONTENT_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    VALUES_STRING_FIELD_NUMBER: _ClassVar[int]
    CRD_POLICY_FIELD_NUMBER: _ClassVar[int]
    FIELD_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    EARLY_FAILURE_FIELD_NUMBER: _ClassVar[int]
    SKIP_IF_ALREADY_INSTALLED_FIELD_NUMBER: _ClassVar[int]
    UPGRADE_RETRY_FIELD_NUMBER: _ClassVar[int]
    DEPENDS_ON_FIELD_NUMBER: _ClassVar[int]
    MAX_HISTORY_FIELD_NUMBER: _ClassVar[int]
    EXTRA_NAMESPACES_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    VALUES_FROM_FIELD_NUMBER: _ClassVar[int]
    PATCHES_FIELD_NUMBER: _ClassVar[int]
    BACKUP_RESOURCES_FIELD_NUMBER: _ClassVar[int]
    CRD_FILES_FIELD_NUMBER: _ClassVar[int]
    DELETE_CRDS_FIELD_NUMBER: _ClassVar[int]
    ALLOW_FIELD_NUMBER: _ClassVar[int]
    LAST_BREAKING_VERSION_REQUIRING_RESTART_FIELD_NUMBER: _ClassVar[int]
    RECREATE_PODS_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    ROLLBACK_REVISION_FIELD_NUMBER: _ClassVar[int]
    RECREATE_FIELD_NUMBER: _ClassVar[int]
    SERVER_SIDE_APPLY_FIELD_NUMBER: _ClassVar[int]
    LOGS_FIELD_NUMBER: _ClassVar[int]
    REAPPLY_FIELD_NUMBER: _ClassVar[int]
    NO_HOOKS_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_LOAD_BALANCERS_FIELD_NUMBER: _ClassVar[int]
    SECRET_VALUES_FIELD_NUMBER: _ClassVar[int]
    PLAIN_VALUES_FIELD_NUMBER: _ClassVar[int]
    READINESS_FIELD_NUMBER: _ClassVar[int]
    PROTECTED_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    CREATE_NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    WAIT_FOR_RELEASES_FIELD_NUMBER: _ClassVar[int]
    PRUNED_RECORD_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    namespace_labels: _containers.ScalarMap[str, str]
    chart: ChartSource
    action: Action
    atomic: bool
    on_failure: OnFailure
    force_upgrade: bool
    timeout: _duration_pb2.Duration
    failure_timeout: _duration_pb2.Duration
    dry_run: bool
    wait: bool
    values_files: _containers.RepeatedCompositeFieldContainer[ValuesFile]
    yaml_files_content: _containers.RepeatedCompositeFieldContainer[ValuesFile]
    values: _containers.RepeatedCompositeFieldContainer[SetValue]
    values_string: _containers.RepeatedCompositeFieldContainer[SetValue]
    crd_policy: CrdPolicy
    field_conflicts: FieldConflicts
    early_failure: EarlyFailure
    skip_if_already_installed: bool
    upgrade_retry: UpgradeRetry
    depends_on: _containers.RepeatedScalarFieldContainer[str]
    max_history: int
    extra_namespaces: _containers.RepeatedScalarFieldContainer[str]
    stages: Stages
    values_from: _containers.RepeatedCompositeFieldContainer[ValuesFrom]
    patches: _containers.RepeatedCompositeFieldContainer[Patch]
    backup_resources: _containers.RepeatedCompositeFieldContainer[_step_pb2.ObjectSelector]
    crd_files: _containers.RepeatedCompositeFieldContainer[ValuesFile]
    delete_crds: bool
    allow: Allow
    last_breaking_version_requiring_restart: str
    recreate_pods: bool
    profile: str
    rollback_revision: int
    recreate: _containers.RepeatedScalarFieldContainer[str]
    server_side_apply: bool
    logs: PodLogs
    reapply: Reapply
    no_hooks: bool
    wait_for_load_balancers: bool
    secret_values: _containers.RepeatedScalarFieldContainer[str]
    plain_values: _containers.RepeatedScalarFieldContainer[str]
    readiness: _containers.RepeatedCompositeFieldContainer[ReadinessRule]
    protected: bool
    labels: _containers.ScalarMap[str, str]
    create_namespace: bool
    wait_for_releases: _containers.RepeatedScalarFieldContainer[str]
    pruned_record: str
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., namespace_labels: _Optional[_Mapping[str, str]] = ..., chart: _Optional[_Union[ChartSource, _Mapping]] = ..., action: _Optional[_Union[Action, str]] = ..., atomic: bool = ..., on_failure: _Optional[_Union[OnFailure, str]] = ..., force_upgrade: bool = ..., timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., failure_timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., dry_run: bool = ..., wait: bool = ..., values_files: _Optional[_Iterable[_Union[ValuesFile, _Mapping]]] = ..., yaml_files_content: _Optional[_Iterable[_Union[ValuesFile, _Mapping]]] = ..., values: _Optional[_Iterable[_Union[SetValue, _Mapping]]] = ..., values_string: _Optional[_Iterable[_Union[SetValue, _Mapping]]] = ..., crd_policy: _Optional[_Union[CrdPolicy, str]] = ..., field_conflicts: _Optional[_Union[FieldConflicts, str]] = ..., early_failure: _Optional[_Union[EarlyFailure, _Mapping]] = ..., skip_if_already_installed: bool = ..., upgrade_retry: _Optional[_Union[UpgradeRetry, _Mapping]] = ..., depends_on: _Optional[_Iterable[str]] = ..., max_history: _Optional[int] = ..., extra_namespaces: _Optional[_Iterable[str]] = ..., stages: _Optional[_Union[Stages, _Mapping]] = ..., values_from: _Optional[_Iterable[_Union[ValuesFrom, _Mapping]]] = ..., patches: _Optional[_Iterable[_Union[Patch, _Mapping]]] = ..., backup_resources: _Optional[_Iterable[_Union[_step_pb2.ObjectSelector, _Mapping]]] = ..., crd_files: _Optional[_Iterable[_Union[ValuesFile, _Mapping]]] = ..., delete_crds: bool = ..., allow: _Optional[_Union[Allow, _Mapping]] = ..., last_breaking_version_requiring_restart: _Optional[str] = ..., recreate_pods: bool = ..., profile: _Optional[str] = ..., rollback_revision: _Optional[int] = ..., recreate: _Optional[_Iterable[str]] = ..., server_side_apply: bool = ..., logs: _Optional[_Union[PodLogs, str]] = ..., reapply: _Optional[_Union[Reapply, str]] = ..., no_hooks: bool = ..., wait_for_load_balancers: bool = ..., secret_values: _Optional[_Iterable[str]] = ..., plain_values: _Optional[_Iterable[str]] = ..., readiness: _Optional[_Iterable[_Union[ReadinessRule, _Mapping]]] = ..., protected: bool = ..., labels: _Optional[_Mapping[str, str]] = ..., create_namespace: bool = ..., wait_for_releases: _Optional[_Iterable[str]] = ..., pruned_record: _Optional[str] = ...) -> None: ...

class StagePlan(_message.Message):
    __slots__ = ("before", "after", "skip_defaults", "timeout")
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    SKIP_DEFAULTS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    before: _containers.RepeatedCompositeFieldContainer[_step_pb2.Step]
    after: _containers.RepeatedCompositeFieldContainer[_step_pb2.Step]
    skip_defaults: bool
    timeout: _duration_pb2.Duration
    def __init__(self, before: _Optional[_Iterable[_Union[_step_pb2.Step, _Mapping]]] = ..., after: _Optional[_Iterable[_Union[_step_pb2.Step, _Mapping]]] = ..., skip_defaults: bool = ..., timeout: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Stages(_message.Message):
    __slots__ = ("check_prerequisites", "pre_exec", "exec", "on_deploy_failure", "post_exec", "validate")
    CHECK_PREREQUISITES_FIELD_NUMBER: _ClassVar[int]
    PRE_EXEC_FIELD_NUMBER: _ClassVar[int]
    EXEC_FIELD_NUMBER: _ClassVar[int]
    ON_DEPLOY_FAILURE_FIELD_NUMBER: _ClassVar[int]
    POST_EXEC_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_FIELD_NUMBER: _ClassVar[int]
    check_prerequisites: StagePlan
    pre_exec: StagePlan
    exec: StagePlan
    on_deploy_failure: StagePlan
    post_exec: StagePlan
    validate: StagePlan
    def __init__(self, check_prerequisites: _Optional[_Union[StagePlan, _Mapping]] = ..., pre_exec: _Optional[_Union[StagePlan, _Mapping]] = ..., exec: _Optional[_Union[StagePlan, _Mapping]] = ..., on_deploy_failure: _Optional[_Union[StagePlan, _Mapping]] = ..., post_exec: _Optional[_Union[StagePlan, _Mapping]] = ..., validate: _Optional[_Union[StagePlan, _Mapping]] = ...) -> None: ...
