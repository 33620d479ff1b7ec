"""What helm renders when it is about to apply counts: it is patched, asked about, waited for and recorded, whatever a
rendering made beforehand came to."""

import json

from harness.crds import GROUP, Kind, apply
from harness.helm import NEVER, both_majors, newest
from harness.runs import step_result
from wheelhouse.v1 import chart_pb2, failure_pb2, run_pb2

pytestmark = both_majors

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: cfg}
data: {message: {{ .Values.message | default "a" | quote }}}
---
"""
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: %s}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "sandbox.example/c:1"}]}}}
"""
CLAIM = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
"""
SECOND = "{{ if gt (int .Release.Revision) 1 }}"


def failed_in(outcome):
    stage = next(s for s in outcome.chart().stages if s.state == run_pb2.STATE_FAILED)
    return failure_pb2.Stage.Name(stage.stage).removeprefix("STAGE_").lower()


def test_a_job_named_by_the_revision_is_the_one_that_is_waited_for(deploy, new_chart, cluster, namespace):
    chart = new_chart(CONFIG + JOB % "migrate-{{ .Release.Revision }}")
    for message, revision in (("a", 1), ("b", 2)):
        outcome = deploy(namespace, chart=chart, values={"message": message})
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        assert step_result(outcome, "workloads") == ("SUCCEEDED", "2 objects are ready")
        assert cluster.get("job", f"migrate-{revision}", namespace)
    assert cluster.get("job", "migrate-1", namespace) is None
    assert deploy(namespace, chart=chart, action=chart_pb2.ACTION_DESTROY).state == "SUCCEEDED"


def test_names_that_differ_at_each_rendering_harm_nothing(deploy, new_chart, cluster, namespace):
    chart = new_chart(CONFIG + JOB % "seed-{{ randAlphaNum 5 | lower }}")
    assert deploy(namespace, chart=chart).state == "SUCCEEDED"
    assert deploy(namespace, chart=chart).decision() == "UNCHANGED"
    upgraded = deploy(namespace, chart=chart, values={"message": "b"})
    assert (upgraded.decision(), upgraded.state) == ("UPGRADE", "SUCCEEDED"), upgraded.run.failure
    assert len(json.loads(cluster.kubectl("get", "jobs", "-n", namespace, "-o", "json"))["items"]) == 1
    assert deploy(namespace, action=chart_pb2.ACTION_DESTROY).state == "SUCCEEDED"


def test_what_is_first_seen_at_the_gate_is_refused_there(deploy, new_chart, cluster, namespace):
    chart = new_chart(CONFIG + SECOND + "{apiVersion: v1, kind: ConfigMap, metadata: {name: sneaky, namespace: kube-public}}{{ end }}")
    assert deploy(namespace, chart=chart).state == "SUCCEEDED"
    refused = deploy(namespace, chart=chart, values={"message": "b"})
    assert refused.run.failure.reason == "NAMESPACE_NOT_ALLOWED", refused.run.failure
    assert "kube-public" in refused.run.failure.message and failed_in(refused) == "exec"
    assert newest(cluster, namespace) == (1, "deployed")
    assert cluster.get("configmap", "cfg", namespace)["data"] == {"message": "a"}


def test_a_volume_that_the_last_rendering_drops_is_not_lost(deploy, new_chart, cluster, namespace):
    chart = new_chart(CONFIG + "{{ if eq (int .Release.Revision) 1 }}" + CLAIM + "{{ end }}")
    assert deploy(namespace, chart=chart, wait=False).state == "SUCCEEDED"
    refused = deploy(namespace, chart=chart, values={"message": "b"}, wait=False)
    assert refused.run.failure.reason == "VOLUME_LOSS" and failed_in(refused) == "exec", refused.run.failure
    assert cluster.get("persistentvolumeclaim", "data", namespace)
    assert newest(cluster, namespace) == (1, "deployed")
    allowed = deploy(namespace, chart=chart, values={"message": "b"}, allow={"volume_loss": True})
    assert allowed.state == "SUCCEEDED", allowed.run.failure
    assert cluster.get("persistentvolumeclaim", "data", namespace) is None


def test_patches_are_applied_to_what_is_really_rendered(deploy, new_chart, cluster, namespace):
    chart = new_chart(CONFIG + "kind: ConfigMap\napiVersion: v1\nmetadata: {name: r{{ .Release.Revision }}}\n")
    patch = {"target": {"name": "r.*"}, "json6902": "- {op: add, path: /data, value: {patched: 'yes'}}"}
    for message, revision in (("a", 1), ("b", 2)):
        assert deploy(namespace, chart=chart, values={"message": message}, patches=[patch]).state == "SUCCEEDED"
        assert cluster.get("configmap", f"r{revision}", namespace)["data"] == {"patched": "yes"}
    only_first = {**patch, "target": {"name": "r1"}}
    refused = deploy(namespace, chart=chart, values={"message": "c"}, patches=[only_first])
    assert refused.run.failure.reason == "VALUES_INVALID" and failed_in(refused) == "exec", refused.run.failure
    assert newest(cluster, namespace) == (2, "deployed")


LIST = """
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: listed, namespace: %s}, data: {octal: "010", word: yes-and-no}}
- apiVersion: v1
  kind: PersistentVolumeClaim
  metadata: {name: data}
  spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
"""


def test_a_list_is_its_items(deploy, new_chart, cluster, namespace):
    elsewhere = deploy(namespace, chart=new_chart(LIST % "kube-public"))
    assert elsewhere.run.failure.reason == "NAMESPACE_NOT_ALLOWED", elsewhere.run.failure
    assert cluster.get("namespace", namespace, namespace) is None
    here = deploy(namespace, chart=new_chart(LIST % '"{{ .Release.Namespace }}"'), wait=False)
    assert here.state == "SUCCEEDED", here.run.failure
    assert cluster.get("configmap", "listed", namespace)["data"] == {"octal": "010", "word": "yes-and-no"}
    lossy = deploy(namespace, action=chart_pb2.ACTION_DESTROY)
    assert lossy.run.failure.reason == "VOLUME_LOSS", lossy.run.failure
    assert cluster.get("persistentvolumeclaim", "data", namespace)
    assert deploy(namespace, action=chart_pb2.ACTION_DESTROY, allow={"volume_loss": True}).state == "SUCCEEDED"


def test_an_object_of_another_release_is_refused_in_check_naming_both(deploy, new_chart, cluster, namespace):
    chart = new_chart(CONFIG)
    assert deploy(namespace, name="first", chart=chart).state == "SUCCEEDED"
    refused = deploy(namespace, name="second", chart=chart)
    failure = refused.run.failure
    assert failure.reason == "OWNERSHIP_CONFLICT" and failed_in(refused) == "check_prerequisites", failure
    assert f"{namespace}/first" in failure.message and f"{namespace}/second" in failure.message
    assert f"ConfigMap {namespace}/cfg" in failure.message


def test_lookups_are_answered(deploy, new_chart, cluster, namespace):
    chart = new_chart('{{ if not (lookup "v1" "Secret" .Release.Namespace "db") }}{{ fail "no secret db" }}{{ end }}' + CONFIG)
    refused = deploy(namespace, chart=chart)
    assert refused.run.failure.reason == "VALUES_INVALID" and "no secret db" in refused.run.failure.message
    cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl("create", "secret", "generic", "db", "-n", namespace)
    outcome = deploy(namespace, chart=chart)
    assert outcome.state == "SUCCEEDED", outcome.run.failure


ASKS = '{{ if not (.Capabilities.APIVersions.Has "%s") }}{{ fail "needs it" }}{{ end }}' + CONFIG


def test_capabilities_are_the_clusters(deploy, new_chart, cluster, namespace):
    kind = Kind("Sail", namespace)
    chart = new_chart(ASKS % f"{GROUP}/v1/{kind.kind}")
    assert deploy(namespace, chart=chart).run.failure.reason == "VALUES_INVALID"
    apply(cluster, "default", kind.manifest())
    cluster.kubectl("wait", "--for=condition=Established", f"crd/{kind.crd}")
    outcome = deploy(namespace, chart=chart)
    assert outcome.state == "SUCCEEDED", outcome.run.failure


def test_kinds_that_the_run_is_about_to_define_count(deploy, new_chart, cluster, namespace):
    kind = Kind("Sail", namespace)
    chart = new_chart(ASKS % f"{GROUP}/v1/{kind.kind}", crds=kind.manifest())
    skipping = deploy(namespace, chart=chart, crd_policy=chart_pb2.CRD_POLICY_SKIP)
    assert skipping.run.failure.reason == "VALUES_INVALID", skipping.run.failure
    outcome = deploy(namespace, chart=chart)
    assert outcome.state == "SUCCEEDED", outcome.run.failure


def test_a_chart_that_renders_nothing_is_deployed(deploy, new_chart, cluster, namespace):
    outcome = deploy(namespace, chart=new_chart("{{ if .Values.never }}" + CONFIG + "{{ end }}"))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert newest(cluster, namespace) == (1, "deployed")
    assert deploy(namespace, action=chart_pb2.ACTION_DESTROY).state == "SUCCEEDED"


def test_helm_reads_no_plugin_of_the_other_major(deploy, new_chart, namespace):
    outcome = deploy(namespace, values=NEVER, timeout={"seconds": 5})  # each kind of helm call is made
    assert outcome.state == "FAILED"
    lines = [event.log.line for event in outcome.events if event.WhichOneof("event") == "log"]
    assert not [line for line in lines if "plugin" in line]
