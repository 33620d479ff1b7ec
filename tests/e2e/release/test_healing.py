"""A release that is as it was asked to be, but not all there any more."""

import base64
import hashlib

from harness.daemon import wait_for
from harness.helm import both_majors
from harness.runs import step_result
from wheelhouse.v1 import chart_pb2

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


@both_majors
def test_comments_line_ends_and_the_order_of_keys_make_no_new_revision(deploy, cluster, namespace):
    def with_values(content):
        return deploy(namespace, values_files=[{"name": "v.yaml", "content": content}])

    with_values("message: one\nreplicas: 2\n")
    for same in "# of the web\nmessage: one\nreplicas: 2\n", "replicas: 2\r\nmessage: 'one'\r\n":
        assert with_values(same).decision() == "UNCHANGED"
    assert with_values("message: two\nreplicas: 2\n").decision() == "UPGRADE"


def test_what_an_older_daemon_deployed_stays_unchanged_by_its_own_rule(deploy, cluster, namespace):
    deploy(namespace)
    digest = deploy(namespace).chart().chart_digest
    # The rule of daemons whose labels carry no version, for a chart without values.
    text = f"1|{digest}|{chart_pb2.CRD_POLICY_CREATE}|0|{chart_pb2.FIELD_CONFLICTS_FAIL}||s[[s[[s[["
    label = base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower().rstrip("=")
    secret = ["label", "secret", "sh.helm.release.v1.web.v1", "-n", namespace, "--overwrite"]
    cluster.kubectl(*secret, f"wheelhouse-spec={label}")
    assert deploy(namespace).decision() == "UNCHANGED"
    cluster.kubectl(*secret, f"wheelhouse-spec={label[::-1]}")
    assert deploy(namespace).decision() == "UPGRADE"


def test_reapply_always_is_an_upgrade_of_what_is_the_same(deploy, namespace):
    deploy(namespace)
    again = deploy(namespace, reapply=chart_pb2.REAPPLY_ALWAYS)
    assert (again.state, again.decision()) == ("SUCCEEDED", "UPGRADE"), again.run.failure
    assert deploy(namespace).decision() == "UNCHANGED"
