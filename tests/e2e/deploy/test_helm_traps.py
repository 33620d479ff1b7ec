"""What helm does otherwise than one would think, met on a real control plane with the real helm 4 and helm 3.

| trap | test |
|---|---|
| 1 helm 4.0 to 4.2 ignores a values file of n x 4096 bytes without a newline | test_a_values_file_of_4096_bytes_without_a_newline_counts, unit Values.StandInFilesOfTheirOwnerAndGo |
| 2 exit 0 lies: the record stays pending | test_a_success_whose_record_stays_pending_is_a_failure, unit HelmCliTest |
| 3 --ignore-not-found hides errors | test_an_uninstall_that_the_api_server_refuses_fails, unit HelmArgv.AnUninstall... |
| 4 stdout is polluted by pulls | test_chart_sources.py, unit HelmArgv.APull... |
| 5 values are reused when none are given | test_values_of_the_last_revision_do_not_come_back |
| 6 a rollback may pick a failed revision | test_a_rollback_goes_past_a_failed_revision |
| 7 helm 4 rewrites CRDs | test_an_existing_crd_is_left_as_it_is |
| 8 flags differ by major | unit HelmArgv; every test of pytestmark both_majors |
| 9 dry runs need the cluster or send nothing | test_a_dry_run_renders_what_the_cluster_does_not_know_yet |
| 10 the cause is only in stderr | test_each_cause_has_its_reason, unit HelmErrors |
| 11 values leak | test_no_value_is_seen_from_outside_while_helm_runs, test_a_value_in_helms_own_words_is_masked |
| 12 helm's timeout is per operation | test_the_timeout_bounds_hooks_and_waiting_together |
| 13 SIGTERM while waiting | test_a_cancelled_upgrade_is_rolled_back, test_a_cancelled_install_leaves_nothing_pending |
| 14 tokens, pipes and caches | test_no_value_is_seen_from_outside_while_helm_runs (environ), unit HelmCliTest |
| 15 kubeVersion | test_the_charts_kube_version_is_held_against_the_server |
| 16 helm 4's validation costs a second | unit HelmArgv.OnlyHelm4LeavesValidationToTheServer |
| 17 resource-policy keep is read from the manifest | test_what_the_manifest_keeps_is_kept_and_told, unit HelmArgv.AnUninstall... |
| 18 labels are copied to later revisions | test_labels_that_helm_copied_count_for_nothing |
| 19 fields of other managers | test_field_conflicts.py |
| 20 superseded is not good | test_a_superseded_revision_that_was_found_bad_is_not_rolled_back_to |
| 21 upgrade --install takes the last record by name for the newest | test_what_was_uninstalled_at_revision_10_is_installed_again |
"""

import json
import pathlib
import secrets
import stat

import pytest
import yaml

from harness.daemon import wait_for
from harness.helm import both_majors
from harness.paths import CHARTS
from harness.runs import Outcome
from wheelhouse.v1 import chart_pb2, plan_pb2

pytestmark = both_majors

NEVER = {"podBehaviour": "never-ready"}
FAILS_EARLY = {
    "values": {"podBehaviour": "image-pull-error", "message": "broken"},
    "early_failure": {"image_pull": {"seconds": 1}},
}


def message_of(cluster, namespace):
    return cluster.get("configmap", "web", namespace)["data"]["message"]


def records(cluster, namespace, name="web"):
    """The release's Secrets by revision."""
    listed = cluster.kubectl("get", "secrets", "-n", namespace, "-l", f"owner=helm,name={name}", "-o", "json")
    return {int(s["metadata"]["labels"]["version"]): s for s in json.loads(listed)["items"]}


def statuses(cluster, namespace, name="web"):
    found = records(cluster, namespace, name)
    return [found[revision]["metadata"]["labels"]["status"] for revision in sorted(found)]


@pytest.fixture
def deny(cluster, namespace):
    """deny(operations, resources, allowed): makes the namespace, and the API server refuse what is not allowed (CEL)."""
    made = []

    def make(operations, resources, allowed):
        name = f"deny-{namespace}"
        rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": operations, "resources": resources}]
        probe = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}]
        is_probe = "request.operation == 'CREATE' && object.metadata.name == 'probe'"
        is_other = "request.operation == 'CREATE' && request.resource.resource == 'configmaps'"
        policy = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": name},
            "spec": {
                "matchConstraints": {
                    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
                    "resourceRules": rules + probe,
                },
                "validations": [{"expression": f"!({is_probe}) && ({is_other} || ({allowed}))", "message": "never here"}],
            },
        }
        binding = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {"policyName": name, "validationActions": ["Deny"]},
        }
        made.append(name)
        cluster.kubectl("create", "namespace", namespace)
        cluster.kubectl("apply", "-f", "-", input=yaml.safe_dump_all([policy, binding]))
        trial = ["create", "configmap", "probe", "-n", namespace, "--dry-run=server"]
        wait_for("the policy is in force", lambda: "never here" in cluster.run("kubectl", *trial, check=False).stderr)

    yield make
    for name in made:
        cluster.kubectl("delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", name)


def running_helm(namespace, verb="upgrade"):
    """The helm of some daemon that works in the namespace, as (PID's folder, its argv), or None."""
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            argv = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue  # it ended
        if verb in argv and namespace in argv and pathlib.Path(argv[0]).name.startswith("helm"):
            return folder, argv
    return None


@pytest.fixture
def start(client, upload, cluster, namespace):
    """start(**fields of ChartInfo): starts a run whose Deployment never gets ready; returns when helm waits for it."""

    def go(**fields):
        info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"), **fields)
        info.values.add(key="podBehaviour", value="never-ready")
        info.values.add(key="hook", value="completes")  # for which helm waits by itself
        run = client.create_run(plan_pb2.Plan(charts=[info]))

        def waiting():
            # Another generation than the one before, so that helm has sent it.
            deployment = cluster.get("deployment", "web", namespace)
            labels = deployment and deployment["spec"]["template"]["metadata"]["labels"]
            return labels and labels.get("sandbox.wheelhouse/pod") == "never-ready" and running_helm(namespace)

        wait_for("helm waits", waiting)
        return run

    return go


def test_a_values_file_of_4096_bytes_without_a_newline_counts(deploy, cluster, namespace):
    content = "message: "
    content += "x" * (4096 - len(content))
    outcome = deploy(namespace, values_files=[{"name": "v.yaml", "content": content}])
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert message_of(cluster, namespace) == "x" * 4087


def test_a_success_whose_record_stays_pending_is_a_failure(deploy, deny, cluster, namespace):
    is_record = "object.type == 'helm.sh/release.v1' && object.metadata.labels.status == 'deployed'"
    deny(["UPDATE"], ["secrets"], f"!({is_record})")
    outcome = deploy(namespace)
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "HELM_FAILED")
    assert "pending-install" in outcome.run.failure.message
    assert statuses(cluster, namespace) == [], "and it is remediated"


def test_an_uninstall_that_the_api_server_refuses_fails(deploy, deny, cluster, namespace):
    deny(["DELETE"], ["configmaps"], "oldObject.metadata.name != 'web'")
    assert deploy(namespace).state == "SUCCEEDED"
    outcome = deploy(namespace, action=chart_pb2.ACTION_DESTROY)
    # Neither helm says more than that it failed.
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "HELM_FAILED")
    assert cluster.get("configmap", "web", namespace) and statuses(cluster, namespace) == ["uninstalling"]


def test_values_of_the_last_revision_do_not_come_back(deploy, cluster, namespace):
    deploy(namespace, values={"message": "once"})
    assert message_of(cluster, namespace) == "once"
    assert deploy(namespace).decision() == "UPGRADE"
    assert message_of(cluster, namespace) == "hello"


def test_a_rollback_goes_past_a_failed_revision(deploy, cluster, namespace):
    deploy(namespace, values={"message": "good"})
    deploy(namespace, **FAILS_EARLY, on_failure=chart_pb2.ON_FAILURE_NONE)
    assert statuses(cluster, namespace)[-1] == "failed"
    assert deploy(namespace, **FAILS_EARLY).state == "FAILED"
    assert statuses(cluster, namespace)[-1] == "deployed"
    assert message_of(cluster, namespace) == "good"


CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: masts.{group}}}
spec:
  group: {group}
  scope: Namespaced
  names: {{kind: Mast, plural: masts}}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{{name: Height, type: string, jsonPath: {path}}}]
    schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
"""
MAST = "apiVersion: {group}/v1\nkind: Mast\nmetadata: {{name: main}}\n"


def test_an_existing_crd_is_left_as_it_is(deploy, new_chart, cluster, namespace):
    group = f"{namespace}.example"
    cluster.kubectl("apply", "--server-side", "-f", "-", input=CRD.format(group=group, path=".spec.theirs"))
    chart = new_chart(MAST.format(group=group), crds=CRD.format(group=group, path=".spec.ours"))
    outcome = deploy(namespace, chart=chart)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    column = cluster.kubectl("get", "crd", f"masts.{group}", "-o", "jsonpath={..additionalPrinterColumns[0].jsonPath}")
    assert column == ".spec.theirs"


def test_a_dry_run_renders_what_the_cluster_does_not_know_yet(deploy, new_chart, cluster, namespace):
    group = f"{namespace}.example"
    chart = new_chart(MAST.format(group=group), crds=CRD.format(group=group, path=".spec.x"))
    outcome = deploy(namespace, chart=chart, dry_run=True)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "INSTALL"), outcome.run.failure
    assert not cluster.kubectl("get", "crd", f"masts.{group}", "--ignore-not-found")
    assert deploy(namespace, chart=chart).state == "SUCCEEDED"


HOOK = """apiVersion: batch/v1
kind: Job
metadata: {{name: migrate, annotations: {{helm.sh/hook: pre-install}}}}
spec:
  backoffLimit: 0
  template:
    metadata: {{labels: {{sandbox.wheelhouse/pod: {behaviour}}}}}
    spec: {{restartPolicy: Never, containers: [{{name: m, image: sandbox.example/m}}]}}
"""


@pytest.mark.parametrize(
    ("template", "reason", "words"),
    [
        ('{{ fail "this chart wants a database" }}', "VALUES_INVALID", "this chart wants a database"),
        ("a: {{ .Values.a.b.c }}", "CHART_INVALID", "nil pointer"),
        (HOOK.format(behaviour="fails"), "HOOK_FAILED", "migrate"),
        ("apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{port: 99999}]}", "APPLY_REJECTED", "99999"),
        ("apiVersion: nowhere.example/v1\nkind: Nothing\nmetadata: {name: x}", "KIND_UNKNOWN", "Nothing"),
    ],
    ids=["fail", "template", "hook", "invalid", "unknown"],
)
def test_each_cause_has_its_reason(deploy, new_chart, cluster, namespace, template, reason, words):
    outcome = deploy(namespace, chart=new_chart(template))
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", reason), outcome.run.failure
    assert words in outcome.run.failure.message
    assert statuses(cluster, namespace) == []


def test_no_value_is_seen_from_outside_while_helm_runs(start, client, daemon, namespace):
    secret = f"s3cr3t-{secrets.token_hex(8)}"
    run = start(
        values_files=[{"name": "v.yaml", "content": f"message: {secret}"}],
        values_string=[{"key": "image", "value": secret}],
    )
    folder, argv = running_helm(namespace)
    files = [pathlib.Path(argv[i + 1]) for i, flag in enumerate(argv) if flag == "--values"]
    assert sum(secret in file.read_text() for file in files) == 2, "this is how helm gets them"
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    environ = (folder / "environ").read_bytes().decode()
    assert secret not in "\0".join(argv) + environ
    assert f"KUBECACHEDIR={daemon.folder}/state" in environ
    client.cancel_run(run.id)
    events = list(client.watch(run.id))
    assert not any(file.exists() for file in files)
    assert not any(secret.encode() in event.SerializeToString() for event in events)
    assert secret not in daemon.log_text()


@pytest.mark.parametrize(
    "template",
    [
        '{{ fail (printf "what is %s?" .Values.message) }}',
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, labels: {x: {{ .Values.message | quote }}}}",
    ],
    ids=["helm", "api-server"],
)
def test_a_value_in_helms_own_words_is_masked(deploy, daemon, new_chart, namespace, template):
    secret = f"no label! {secrets.token_hex(8)}"
    outcome = deploy(namespace, chart=new_chart(template), values_string=[{"key": "message", "value": secret}])
    assert outcome.state == "FAILED"
    assert "***" in outcome.run.failure.message
    assert secret.encode() not in b"".join(event.SerializeToString() for event in outcome.events)
    assert secret not in daemon.log_text()


def test_the_timeout_bounds_hooks_and_waiting_together(deploy, new_chart, namespace):
    # The hook takes 10 s; helm would give the Deployment after it as many again as the hook had.
    web = (CHARTS / "web/templates/web.yaml").read_text()
    chart = new_chart(f"{HOOK.format(behaviour='slow')}---\n{web}", (CHARTS / "web/values.yaml").read_text())
    outcome = deploy(namespace, chart=chart, values=NEVER, timeout={"seconds": 13})
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "NOT_READY")
    assert "within its timeout of 13s" in outcome.run.failure.message
    assert "Deployment" in outcome.run.failure.message, "the hook was done"


def test_a_cancelled_upgrade_is_rolled_back(deploy, start, client, cluster, namespace):
    deploy(namespace, values={"message": "good"})
    run = start()
    client.cancel_run(run.id)
    outcome = Outcome(client, client.watch(run.id))
    assert (outcome.state, outcome.run.failure.reason) == ("CANCELLED", "CANCELLED")
    assert statuses(cluster, namespace) == ["superseded", "failed", "deployed"]
    assert message_of(cluster, namespace) == "good"


@pytest.mark.parametrize("atomic", [True, False])
def test_a_cancelled_install_leaves_nothing_pending(start, client, cluster, namespace, atomic):
    run = start(atomic=atomic)
    client.cancel_run(run.id)
    assert Outcome(client, client.watch(run.id)).state == "CANCELLED"
    assert statuses(cluster, namespace) == ([] if atomic else ["failed"])


def test_the_charts_kube_version_is_held_against_the_server(deploy, new_chart, cluster, namespace):
    template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {message: {{ .Capabilities.KubeVersion }}}"
    outcome = deploy(namespace, chart=new_chart(template, kubeVersion=">=1.30.0-0"))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    server = json.loads(cluster.kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"]
    assert message_of(cluster, namespace) == server
    outcome = deploy(namespace, chart=new_chart(template, kubeVersion=">=99.0.0"))
    assert (outcome.state, outcome.run.failure.reason) == ("FAILED", "CHART_INVALID")
    assert ">=99.0.0" in outcome.run.failure.message and server in outcome.run.failure.message
    assert statuses(cluster, namespace) == ["deployed"]
    assert list(outcome.run.failure.left_changed) == []


def test_what_the_manifest_keeps_is_kept_and_told(deploy, new_chart, cluster, namespace):
    keep = "helm.sh/resource-policy"
    kept = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: kept, annotations: {{{keep}: keep}}}}\n"
    deploy(namespace, chart=new_chart(kept + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n"))
    cluster.kubectl("annotate", "configmap", "other", "-n", namespace, f"{keep}=keep")
    outcome = deploy(namespace, action=chart_pb2.ACTION_DESTROY)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("configmap", "kept", namespace)
    assert cluster.get("configmap", "other", namespace) is None, "an annotation of the live object saves nothing"
    said = [e.transition.outcome for e in outcome.events if e.transition.step == "gone"]
    assert any("kept by" in text and f"{namespace}/kept" in text for text in said), said


def test_labels_that_helm_copied_count_for_nothing(deploy, helm, cluster, namespace):
    deploy(namespace)
    cluster.run(helm, "upgrade", "web", CHARTS / "web", "-n", namespace, "--set", "message=by hand")
    copied = records(cluster, namespace)[2]["metadata"]["labels"]
    assert copied["wheelhouse-revision"] == "1", "or there is nothing to guard against"
    outcome = deploy(namespace)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UPGRADE")
    assert message_of(cluster, namespace) == "hello"


def test_a_superseded_revision_that_was_found_bad_is_not_rolled_back_to(deploy, cluster, namespace):
    deploy(namespace, values={"message": "good"})
    wrong = {"name": "wrong", "assertion": {"object": {"kind": "ConfigMap", "name": "web"}, "json_path": ".data.message"}}
    wrong["assertion"]["equals"] = "good"
    bad = deploy(
        namespace,
        values={"message": "bad"},
        stages={"validate": {"after": [wrong]}},
        on_failure=chart_pb2.ON_FAILURE_NONE,
    )
    assert bad.run.failure.reason == "VALIDATION_FAILED", bad.run.failure
    assert statuses(cluster, namespace) == ["superseded", "deployed"]
    assert deploy(namespace, **FAILS_EARLY).state == "FAILED"
    assert message_of(cluster, namespace) == "good"


def test_what_was_uninstalled_at_revision_10_is_installed_again(deploy, helm, cluster, namespace):
    for revision in range(1, 11):
        cluster.run(helm, "upgrade", "--install", "web", CHARTS / "web", "-n", namespace, "--create-namespace")
    cluster.run(helm, "uninstall", "web", "-n", namespace, "--keep-history")
    again = cluster.run(helm, "upgrade", "--install", "web", CHARTS / "web", "-n", namespace, check=False)
    assert "has no deployed releases" in again.stderr, "or there is nothing to guard against"
    outcome = deploy(namespace)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "INSTALL"), outcome.run.failure
    assert statuses(cluster, namespace) == ["superseded"] * 10 + ["deployed"]
