// What helm 3.22.0 and 4.3.1 wrote to stderr, measured against Kubernetes 1.37.2, and the reason
// and details that have to come of it.
#pragma once

#include <map>
#include <string>

#include "common/reason.h"

namespace wheelhouse::helm {

struct Measured {
  const char* version;
  const char* verb;
  Reason reason;
  std::map<std::string, std::string> details;
  std::string text;
};

// clang-format off
inline const Measured kMeasured[] = {
    {"3.22, 4.3", "upgrade", Reason::kValuesInvalid, {},
     R"(Error: values don't meet the specifications of the schema(s) in the following chart(s):
schema:
- at '/port': got string, want integer

)"},
    {"3.22, 4.3", "upgrade", Reason::kValuesInvalid, {},
     R"(Error: UPGRADE FAILED: values don't meet the specifications of the schema(s) in the following chart(s):
schema:
- at '/port': got string, want integer

)"},
    {"3.22, 4.3", "upgrade", Reason::kValuesInvalid, {},
     R"(Error: execution error at (failf/templates/x.yaml:1:3): this chart wants a database
)"},
    {"3.22, 4.3", "upgrade", Reason::kValuesInvalid, {},
     R"(Error: execution error at (req/templates/x.yaml:1:6): database.host is needed
)"},
    {"3.22, 4.3", "upgrade", Reason::kValuesInvalid, {},
     R"(Error: UPGRADE FAILED: execution error at (req/templates/x.yaml:1:6): database.host is needed
)"},
    {"3.22, 4.3", "template", Reason::kValuesInvalid, {},
     R"(Error: execution error at (req/templates/x.yaml:1:6): database.host is needed

Use --debug flag to render out invalid YAML
)"},
    {"4.3", "upgrade", Reason::kValuesInvalid, {},
     R"(Error: failed to parse bad.yaml: cannot unmarshal yaml document: error converting YAML to JSON: yaml: line 2: did not find expected node content
)"},
    {"3.22", "upgrade", Reason::kValuesInvalid, {},
     R"(Error: failed to parse bad.yaml: error converting YAML to JSON: yaml: line 2: did not find expected node content
)"},
    {"4.3", "upgrade", Reason::kChartInvalid, {},
     R"(Error: tmpl/templates/x.yaml:1:13
  executing "tmpl/templates/x.yaml" at <.Values.a.b.c>:
    nil pointer evaluating interface {}.b
)"},
    {"3.22", "upgrade", Reason::kChartInvalid, {},
     R"(Error: template: tmpl/templates/x.yaml:1:13: executing "tmpl/templates/x.yaml" at <.Values.a.b.c>: nil pointer evaluating interface {}.b
)"},
    {"3.22, 4.3", "upgrade", Reason::kChartInvalid, {},
     R"(Error: parse error at (tmplsyntax/templates/x.yaml:1): missing value for if
)"},
    {"4.3", "upgrade", Reason::kChartInvalid, {},
     R"(Error: tmplfunc/templates/x.yaml:1:6
  executing "tmplfunc/templates/x.yaml" at <include "nosuch" .>:
    error calling include:
template: no template "nosuch" associated with template "gotpl"
)"},
    {"3.22", "upgrade", Reason::kChartInvalid, {},
     R"(Error: template: tmplfunc/templates/x.yaml:1:6: executing "tmplfunc/templates/x.yaml" at <include "nosuch" .>: error calling include: template: no template "nosuch" associated with template "gotpl"
)"},
    {"4.3", "template", Reason::kChartInvalid, {},
     R"(Error: tmpl/templates/x.yaml:1:13
  executing "tmpl/templates/x.yaml" at <.Values.a.b.c>:
    nil pointer evaluating interface {}.b

Use --debug flag to render out invalid YAML
)"},
    {"3.22", "template", Reason::kChartInvalid, {},
     R"(Error: template: tmpl/templates/x.yaml:1:13: executing "tmpl/templates/x.yaml" at <.Values.a.b.c>: nil pointer evaluating interface {}.b

Use --debug flag to render out invalid YAML
)"},
    {"3.22, 4.3", "upgrade", Reason::kChartInvalid, {},
     R"(Error: YAML parse error on badyaml/templates/x.yaml: error converting YAML to JSON: yaml: line 3: did not find expected ',' or '}'
)"},
    {"4.3", "upgrade", Reason::kChartInvalid, {},
     R"(Error: an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: redis
)"},
    {"3.22", "upgrade", Reason::kChartInvalid, {},
     R"(Error: An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: redis
)"},
    {"3.22, 4.3", "upgrade", Reason::kChartInvalid, {},
     R"(Error: chart requires kubeVersion: >=99.0.0 which is incompatible with Kubernetes v1.37.2
)"},
    {"3.22, 4.3", "upgrade", Reason::kKindUnknown, {},
     R"(Error: unable to build kubernetes objects from release manifest: resource mapping not found for name: "unknown" namespace: "" from "": no matches for kind "Nonesuch" in version "example.com/v1"
ensure CRDs are installed first
)"},
    {"3.22, 4.3", "upgrade", Reason::kKindUnknown, {},
     R"(Error: UPGRADE FAILED: resource mapping not found for name: "up" namespace: "" from "": no matches for kind "Nonesuch" in version "example.com/v1"
ensure CRDs are installed first
)"},
    {"4.3", "upgrade", Reason::kApplyRejected, {},
     R"(Error: server-side apply failed for object h4/invalid /v1, Kind=Service: Service "invalid" is invalid: [spec.ports[0].name: Invalid value: "BAD_NAME": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'), spec.ports[0].port: Invalid value: 99999999: must be between 1 and 65535, inclusive, spec.ports[0].targetPort: Invalid value: 99999999: must be between 1 and 65535, inclusive]
)"},
    {"3.22", "upgrade", Reason::kApplyRejected, {},
     R"(Error: 1 error occurred:
	* Service "invalid" is invalid: [spec.ports[0].name: Invalid value: "BAD_NAME": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'), spec.ports[0].port: Invalid value: 99999999: must be between 1 and 65535, inclusive, spec.ports[0].targetPort: Invalid value: 99999999: must be between 1 and 65535, inclusive]


)"},
    {"4.3", "upgrade", Reason::kApplyRejected, {},
     R"(level=WARN msg="upgrade failed" name=up error="failed to create resource: server-side apply failed for object h4/up /v1, Kind=Service: Service \"up\" is invalid: [spec.ports[0].name: Invalid value: \"BAD_NAME\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'), spec.ports[0].port: Invalid value: 99999999: must be between 1 and 65535, inclusive, spec.ports[0].targetPort: Invalid value: 99999999: must be between 1 and 65535, inclusive]"
Error: UPGRADE FAILED: failed to create resource: server-side apply failed for object h4/up /v1, Kind=Service: Service "up" is invalid: [spec.ports[0].name: Invalid value: "BAD_NAME": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'), spec.ports[0].port: Invalid value: 99999999: must be between 1 and 65535, inclusive, spec.ports[0].targetPort: Invalid value: 99999999: must be between 1 and 65535, inclusive]
)"},
    {"3.22", "upgrade", Reason::kApplyRejected, {},
     R"(Error: UPGRADE FAILED: failed to create resource: Service "up" is invalid: [spec.ports[0].name: Invalid value: "BAD_NAME": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'), spec.ports[0].port: Invalid value: 99999999: must be between 1 and 65535, inclusive, spec.ports[0].targetPort: Invalid value: 99999999: must be between 1 and 65535, inclusive]
)"},
    {"4.3", "upgrade", Reason::kApplyRejected, {},
     R"(Error: server-side apply failed for object h4/strict /v1, Kind=Service: failed to create typed patch object (h4/strict; /v1, Kind=Service): .spec.nosuch: field not declared in schema
)"},
    {"4.3", "upgrade", Reason::kApplyRejected, {},
     R"(Error: server-side apply failed for object h4/wrongtype /v1, Kind=ConfigMap: failed to create typed patch object (h4/wrongtype; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:1}
)"},
    {"3.22", "upgrade", Reason::kApplyRejected, {},
     R"(Error: 1 error occurred:
	* ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string


)"},
    {"4.3", "upgrade", Reason::kApplyRejected, {},
     R"(Error: server-side apply failed for object vap4/v /v1, Kind=ConfigMap: configmaps "v" is forbidden: ValidatingAdmissionPolicy 'h2-no' with binding 'h2-no' denied request: no config maps here
)"},
    {"3.22", "upgrade", Reason::kApplyRejected, {},
     R"(Error: 1 error occurred:
	* configmaps "v" is forbidden: ValidatingAdmissionPolicy 'h2-no' with binding 'h2-no' denied request: no config maps here


)"},
    {"4.3", "upgrade", Reason::kApplyRejected, {},
     R"(Error: server-side apply failed for object hook4/v /v1, Kind=ConfigMap: Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: Post "https://127.0.0.1:1/x?timeout=2s": dial tcp 127.0.0.1:1: connect: connection refused
)"},
    {"3.22", "upgrade", Reason::kApplyRejected, {},
     R"(Error: 1 error occurred:
	* Internal error occurred: failed calling webhook "hook.example.com": failed to call webhook: Post "https://127.0.0.1:1/x?timeout=2s": dial tcp 127.0.0.1:1: connect: connection refused


)"},
    {"4.3", "upgrade", Reason::kApplyRejected, {},
     R"(Error: server-side apply failed for object q4/qq /v1, Kind=ConfigMap: configmaps "qq" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1
)"},
    {"3.22", "upgrade", Reason::kApplyRejected, {},
     R"(Error: 1 error occurred:
	* configmaps "qq" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1


)"},
    {"4.3", "upgrade", Reason::kPermissionDenied, {},
     R"(Error: unable to continue with install: could not get information about the resource ConfigMap "weak" in namespace "h4": configmaps "weak" is forbidden: User "system:serviceaccount:h4:weak" cannot get resource "configmaps" in API group "" in the namespace "h4"
)"},
    {"3.22", "upgrade", Reason::kPermissionDenied, {},
     R"(Error: Unable to continue with install: could not get information about the resource ConfigMap "weak" in namespace "h3": configmaps "weak" is forbidden: User "system:serviceaccount:h3:weak" cannot get resource "configmaps" in API group "" in the namespace "h3"
)"},
    {"4.3", "upgrade", Reason::kPermissionDenied, {},
     R"(Error: query: failed to query with labels: secrets is forbidden: User "system:serviceaccount:h4:weak" cannot list resource "secrets" in API group "" in the namespace "default"
)"},
    {"3.22", "upgrade", Reason::kPermissionDenied, {},
     R"(Error: query: failed to query with labels: secrets is forbidden: User "system:serviceaccount:h3:weak" cannot list resource "secrets" in API group "" in the namespace "default"
)"},
    {"4.3", "upgrade", Reason::kObjectConflict, {},
     R"(Error: create: failed to create: secrets "sh.helm.release.v1.tt.v1" is forbidden: unable to create new content in namespace t4 because it is being terminated
)"},
    {"3.22", "upgrade", Reason::kObjectConflict, {},
     R"(Error: create: failed to create: secrets "sh.helm.release.v1.tt.v1" is forbidden: unable to create new content in namespace t3 because it is being terminated
)"},
    {"3.22, 4.3", "upgrade", Reason::kObjectNotFound, {},
     R"(Error: create: failed to create: namespaces "nosuchns" not found
)"},
    {"4.3", "upgrade", Reason::kClusterUnreachable, {},
     R"(Error: server-side apply failed for object t29/web /v1, Kind=ConfigMap: Patch "https://127.0.0.1:37809/api/v1/namespaces/t29/configmaps/web?fieldManager=helm&fieldValidation=Strict&force=false": read tcp 127.0.0.1:56546->127.0.0.1:37809: read: connection reset by peer
)"},
    {"4.3", "upgrade", Reason::kClusterUnreachable, {},
     R"(Error: server-side apply failed for object t32/web /v1, Kind=ConfigMap: unexpected error when reading response body. Please retry. Original error: unexpected EOF
)"},
    {"4.3", "upgrade", Reason::kClusterUnreachable, {},
     R"(Error: server-side apply failed for object soak-9/web apps/v1, Kind=Deployment: Patch "https://127.0.0.1:24623/apis/apps/v1/namespaces/soak-9/deployments/web?fieldManager=helm&fieldValidation=Strict&force=false": unexpected EOF
)"},
    {"4.3", "upgrade", Reason::kClusterUnreachable, {},
     R"(Error: create: failed to create: apiserver is shutting down
)"},
    {"4.3", "upgrade", Reason::kClusterUnreachable, {},
     R"(Error: create: failed to create: etcdserver: leader changed
)"},
    {"4.3", "upgrade", Reason::kClusterUnreachable, {},
     R"(Error: kubernetes cluster unreachable: Get "https://127.0.0.1:1/version": dial tcp 127.0.0.1:1: connect: connection refused
)"},
    {"3.22", "upgrade", Reason::kClusterUnreachable, {},
     R"(Error: Kubernetes cluster unreachable: Get "https://127.0.0.1:1/version": dial tcp 127.0.0.1:1: connect: connection refused
)"},
    {"4.3", "upgrade", Reason::kClusterUnreachable, {},
     R"(Error: kubernetes cluster unreachable: Get "https://nosuch.invalid:6443/version": dial tcp: lookup nosuch.invalid on 192.0.2.53:53: no such host
)"},
    {"3.22", "upgrade", Reason::kClusterUnreachable, {},
     R"(Error: Kubernetes cluster unreachable: Get "https://nosuch.invalid:6443/version": dial tcp: lookup nosuch.invalid on 192.0.2.53:53: no such host
)"},
    {"4.3", "upgrade", Reason::kCredentialsInvalid, {},
     R"(Error: kubernetes cluster unreachable: the server has asked for the client to provide credentials
)"},
    {"3.22", "upgrade", Reason::kCredentialsInvalid, {},
     R"(Error: Kubernetes cluster unreachable: the server has asked for the client to provide credentials
)"},
    {"4.3", "upgrade", Reason::kCredentialsInvalid, {},
     R"(Error: kubernetes cluster unreachable: the server has asked for the client to provide credentials
)"},
    {"3.22", "upgrade", Reason::kCredentialsInvalid, {},
     R"(Error: Kubernetes cluster unreachable: the server has asked for the client to provide credentials
)"},
    {"4.3", "upgrade", Reason::kCredentialsInvalid, {},
     R"(Error: kubernetes cluster unreachable: Get "https://127.0.0.1:20204/version": tls: failed to verify certificate: x509: certificate signed by unknown authority
)"},
    {"3.22", "upgrade", Reason::kCredentialsInvalid, {},
     R"(Error: Kubernetes cluster unreachable: Get "https://127.0.0.1:20204/version": tls: failed to verify certificate: x509: certificate signed by unknown authority
)"},
    {"4.3", "upgrade", Reason::kCredentialsInvalid, {},
     R"(Error: kubernetes cluster unreachable: Get "https://127.0.0.1:20204/version": getting credentials: exec: executable nosuch-plugin not found

It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
)"},
    {"3.22", "upgrade", Reason::kCredentialsInvalid, {},
     R"(Error: Kubernetes cluster unreachable: Get "https://127.0.0.1:20204/version": getting credentials: exec: executable nosuch-plugin not found

It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
)"},
    {"4.3", "upgrade", Reason::kOwnershipConflict, {},
     R"(Error: unable to continue with install: ConfigMap "own" in namespace "h4" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; annotation validation error: missing key "meta.helm.sh/release-name": must be set to "own"; annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "h4"
)"},
    {"3.22", "upgrade", Reason::kOwnershipConflict, {},
     R"(Error: Unable to continue with install: ConfigMap "own" in namespace "h3" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; annotation validation error: missing key "meta.helm.sh/release-name": must be set to "own"; annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "h3"
)"},
    {"4.3", "upgrade", Reason::kFieldConflict, {{"field", ".spec.replicas"}, {"manager", "autoscaler"}},
     R"(level=WARN msg="upgrade failed" name=fc error="conflict occurred while applying object h4/fc apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with \"autoscaler\": .spec.replicas"
Error: UPGRADE FAILED: conflict occurred while applying object h4/fc apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with "autoscaler": .spec.replicas
)"},
    {"4.3", "upgrade", Reason::kFieldConflict, {{"field", ".spec.replicas"}, {"manager", "autoscaler"}},
     R"(level=WARN msg="upgrade failed" name=fc error="conflict occurred while applying object fx4/fc apps/v1, Kind=Deployment: Apply failed with 2 conflicts: conflicts with \"autoscaler\":\n- .spec.replicas\n- .spec.template.spec.containers[name=\"m\"].image"
Error: UPGRADE FAILED: conflict occurred while applying object fx4/fc apps/v1, Kind=Deployment: Apply failed with 2 conflicts: conflicts with "autoscaler":
- .spec.replicas
- .spec.template.spec.containers[name="m"].image
)"},
    {"4.3", "rollback", Reason::kFieldConflict, {{"field", ".spec.replicas"}, {"manager", "autoscaler"}},
     R"(level=WARN msg="Rollback \"fc\" failed: conflict occurred while applying object h4/fc apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with \"autoscaler\": .spec.replicas"
Error: conflict occurred while applying object h4/fc apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with "autoscaler": .spec.replicas
)"},
    {"4.3", "upgrade", Reason::kHookFailed, {{"job", "hf-migrate"}},
     R"(Error: failed pre-install: resource Job/h4/hf-migrate not ready. status: Failed, message: Job Failed. failed: 1/1
)"},
    {"3.22", "upgrade", Reason::kHookFailed, {{"job", "hf-migrate"}},
     R"(Error: failed pre-install: 1 error occurred:
	* job hf-migrate failed: BackoffLimitExceeded


)"},
    {"4.3", "upgrade", Reason::kHookFailed, {{"job", "hf2-migrate"}},
     R"(Error: failed post-install: resource Job/h4/hf2-migrate not ready. status: Failed, message: Job Failed. failed: 1/1
)"},
    {"3.22", "upgrade", Reason::kHookFailed, {{"job", "hf2-migrate"}},
     R"(Error: failed post-install: 1 error occurred:
	* job hf2-migrate failed: BackoffLimitExceeded


)"},
    {"4.3", "upgrade", Reason::kHookFailed, {{"job", "hk-migrate"}},
     R"(level=WARN msg="upgrade failed" name=hk error="pre-upgrade hooks failed: resource Job/h4/hk-migrate not ready. status: Failed, message: Job Failed. failed: 1/1"
Error: UPGRADE FAILED: pre-upgrade hooks failed: resource Job/h4/hk-migrate not ready. status: Failed, message: Job Failed. failed: 1/1
)"},
    {"3.22", "upgrade", Reason::kHookFailed, {{"job", "hk-migrate"}},
     R"(Error: UPGRADE FAILED: pre-upgrade hooks failed: 1 error occurred:
	* job hk-migrate failed: BackoffLimitExceeded


)"},
    {"4.3", "upgrade", Reason::kHookFailed, {{"job", "hk2-migrate"}},
     R"(level=WARN msg="upgrade failed" name=hk2 error="post-upgrade hooks failed: resource Job/h4/hk2-migrate not ready. status: Failed, message: Job Failed. failed: 1/1"
Error: UPGRADE FAILED: post-upgrade hooks failed: resource Job/h4/hk2-migrate not ready. status: Failed, message: Job Failed. failed: 1/1
)"},
    {"3.22", "upgrade", Reason::kHookFailed, {{"job", "hk2-migrate"}},
     R"(Error: UPGRADE FAILED: post-upgrade hooks failed: 1 error occurred:
	* job hk2-migrate failed: BackoffLimitExceeded


)"},
    {"4.3", "uninstall", Reason::kHookFailed, {{"job", "hk3-migrate"}},
     R"(Error: resource Job/h4/hk3-migrate not ready. status: Failed, message: Job Failed. failed: 1/1
)"},
    {"3.22", "uninstall", Reason::kHookFailed, {{"job", "hk3-migrate"}},
     R"(Error: 1 error occurred:
	* job hk3-migrate failed: BackoffLimitExceeded


)"},
    {"4.3", "rollback", Reason::kPodFailing, {},
     R"(Error: resource Job/h4/hk4-migrate not ready. status: Failed, message: Job Failed. failed: 1/1
)"},
    {"3.22", "rollback", Reason::kHookFailed, {{"job", "hk4-migrate"}},
     R"(Error: 1 error occurred:
	* job hk4-migrate failed: BackoffLimitExceeded


)"},
    {"4.3", "upgrade", Reason::kNotReady, {},
     R"(Error: failed pre-install: resource Job/h4/hf3-migrate not ready. status: InProgress, message: Job in progress
context deadline exceeded
)"},
    {"3.22", "upgrade", Reason::kNotReady, {},
     R"(Error: failed pre-install: 1 error occurred:
	* timed out waiting for the condition


)"},
    {"4.3", "upgrade", Reason::kNotReady, {},
     R"(Error: resource Deployment/h4/to not ready. status: InProgress, message: Available: 0/1
context deadline exceeded
)"},
    {"3.22", "upgrade", Reason::kNotReady, {},
     R"(Error: context deadline exceeded
)"},
    {"4.3", "upgrade", Reason::kPodFailing, {},
     R"(Error: resource Job/h4/jb not ready. status: Failed, message: Job Failed. failed: 1/1
)"},
    {"3.22, 4.3", "upgrade", Reason::kReleaseLocked, {},
     R"(Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress
)"},
    {"3.22, 4.3", "uninstall", Reason::kObjectNotFound, {},
     R"(Error: uninstall: Release not loaded: absent: release: not found
)"},
    {"3.22, 4.3", "rollback", Reason::kObjectNotFound, {},
     R"(Error: release has no 77 version
)"},
    {"3.22, 4.3", "rollback", Reason::kObjectNotFound, {},
     R"(Error: release: not found
)"},
    {"3.22, 4.3", "uninstall", Reason::kHelmFailed, {},
     R"(Error: failed to delete release: web
)"},
};
// clang-format on

}  // namespace wheelhouse::helm
