"""A release that is as it was asked to be, but not all there any more."""

from harness.daemon import wait_for
from harness.helm import both_majors
from harness.runs import step_result

JOB_WITH_TTL = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  ttlSecondsAfterFinished: 0
  template:
    spec: {restartPolicy: Never, containers: [{name: c, image: sandbox.example/migrate:1}]}
"""


def why(outcome):
    return outcome.chart().decision_reason


@both_majors
def test_what_was_deleted_is_made_again_and_named(deploy, cluster, namespace):
    deploy(namespace)
    cluster.kubectl("delete", "deployment", "web", "-n", namespace)
    healed = deploy(namespace)
    assert (healed.state, healed.decision()) == ("SUCCEEDED", "UPGRADE"), healed.run.failure
    assert why(healed) == f"revision 1 is deployed with the same inputs, but Deployment {namespace}/web is missing"
    assert cluster.get("deployment", "web", namespace)["status"]["readyReplicas"] == 1
    assert deploy(namespace).decision() == "UNCHANGED"


@both_majors
def test_what_is_being_deleted_goes_before_it_is_made_again(deploy, cluster, namespace):
    deploy(namespace)
    old = cluster.get("configmap", "web", namespace)["metadata"]["uid"]
    patch = ["patch", "configmap", "web", "-n", namespace, "--type=merge", "-p"]
    cluster.kubectl(*patch, '{"metadata":{"finalizers":["test.wheelhouse/held"]}}')
    cluster.kubectl("delete", "configmap", "web", "-n", namespace, "--wait=false")
    preview = deploy(namespace, dry_run=True)
    assert preview.decision() == "UPGRADE" and f"ConfigMap {namespace}/web is being deleted" in why(preview)
    cluster.kubectl(*patch, '{"metadata":{"finalizers":null}}')
    healed = deploy(namespace)
    assert healed.state == "SUCCEEDED", healed.run.failure
    assert cluster.get("configmap", "web", namespace)["metadata"]["uid"] != old


@both_majors
def test_a_job_that_was_collected_is_done(deploy, new_chart, cluster, namespace):
    chart = new_chart(JOB_WITH_TTL)
    deploy(namespace, chart=chart, wait=False)
    wait_for("the Job is collected", lambda: cluster.get("job", "migrate", namespace) is None)
    again = deploy(namespace, chart=chart)
    assert (again.state, again.decision()) == ("SUCCEEDED", "UNCHANGED"), again.run.failure
    assert step_result(again, "workloads") == ("SUCCEEDED", "1 objects are ready")
