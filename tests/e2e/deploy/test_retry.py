"""upgrade_retry: exec again, within the same run."""

from wheelhouse.v1 import chart_pb2, failure_pb2, plan_pb2

CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: anchors.late.sandbox.wheelhouse}
spec:
  group: late.sandbox.wheelhouse
  scope: Namespaced
  names: {kind: Anchor, plural: anchors, singular: anchor}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


def test_a_later_attempt_succeeds(client, upload, cluster, namespace):
    retry = chart_pb2.UpgradeRetry(count=100)
    retry.delay.FromSeconds(1)
    info = chart_pb2.ChartInfo(
        name="late", namespace=namespace, chart=upload(client, "late-kind"), upgrade_retry=retry
    )
    failures, attempts = [], set()
    for event in client.deploy(plan_pb2.Plan(charts=[info])):
        if event.HasField("failure"):
            failures.append(event.failure)
            if len(failures) == 1:
                cluster.kubectl("apply", "-f", "-", input=CRD)
        if event.transition.step == "helm":
            attempts.add(event.transition.attempt)
        run_id = event.run_id
    chart = client.get_run(run_id).charts[0]
    assert chart.state == 3, chart.failure  # SUCCEEDED
    assert failures[0].reason == "KIND_UNKNOWN" and not chart.HasField("failure")
    assert {1, 2} <= attempts
    assert cluster.releases(namespace)["late"]["status"] == "deployed"


def test_the_last_failure_counts_and_the_earlier_ones_are_secondary(deploy, cluster, namespace):
    outcome = deploy(
        namespace,
        name="late",
        chart="late-kind",
        values={"group": "never.sandbox.wheelhouse"},
        upgrade_retry={"count": 2},
    )
    failure = outcome.run.failure
    assert (outcome.state, failure.reason) == ("FAILED", "KIND_UNKNOWN")
    assert [second.reason for second in failure.secondary] == ["KIND_UNKNOWN"] * 2
    helm = next(s for s in outcome.chart().stages if s.stage == failure_pb2.STAGE_EXEC).steps[0]
    assert helm.attempt == 3


def test_bad_values_are_not_tried_again(deploy, namespace):
    outcome = deploy(namespace, values={"ports[x]": "1"}, upgrade_retry={"count": 2})
    assert outcome.run.failure.reason == "VALUES_INVALID"
    assert not outcome.run.failure.secondary
