"""The real aws-vpc-cni chart, unforked, over what a cloud has installed by hand. Skipped where the chart is not there."""

import json

from harness.aws_vpc_cni import OBJECTS, contents
from harness.helm import both_majors, records
from harness.runs import step_of

STAGES = {
    "pre_exec": {
        "before": [
            {
                "name": "adopt what the cloud installed",
                "adopt": {"objects": [{"kind": kind, "name": name} for kind, name in OBJECTS.items()]},
            }
        ]
    }
}
# The selector of a DaemonSet cannot change: the chart knows the hand-made one's.
VALUES = {"originalMatchLabels": "true"}


@both_majors
def test_it_takes_over_what_the_cloud_installed_and_upgrades_after(deploy, cluster, namespace, cni_chart, installed):
    outcome = deploy(namespace, "aws-vpc-cni", cni_chart, VALUES, stages=STAGES)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_of(outcome, "adopt what the cloud installed").outcome == "adopted 5 of 5 objects"
    live = contents(cluster, namespace)
    for kind in OBJECTS:
        assert live[kind]["metadata"]["uid"] == installed[kind]["metadata"]["uid"]
        assert live[kind]["metadata"]["annotations"]["meta.helm.sh/release-name"] == "aws-vpc-cni"
    outcome = deploy(namespace, "aws-vpc-cni", cni_chart, {**VALUES, "env.WARM_ENI_TARGET": "3"}, stages=STAGES)
    assert (outcome.state, outcome.decision()) == ("SUCCEEDED", "UPGRADE"), outcome.run.failure
    env = json.dumps(contents(cluster, namespace)["DaemonSet"]["spec"]["template"]["spec"]["containers"][0]["env"])
    assert '{"name": "WARM_ENI_TARGET", "value": "3"}' in env
    assert deploy(namespace, "aws-vpc-cni", cni_chart, {**VALUES, "env.WARM_ENI_TARGET": "3"}, stages=STAGES).decision() == (
        "UNCHANGED"
    )


@both_majors
def test_a_daemon_set_that_never_becomes_ready_leaves_the_hand_made_one_working(
    deploy, cluster, namespace, cni_chart, installed
):
    values = {**VALUES, "podLabels.sandbox\\.wheelhouse/pod": "never-ready"}
    outcome = deploy(namespace, "aws-vpc-cni", cni_chart, values, timeout={"seconds": 8}, stages=STAGES)
    assert outcome.run.failure.reason == "NOT_READY", outcome.run.failure
    assert contents(cluster, namespace) == installed
    cluster.kubectl("rollout", "status", "daemonset/aws-node", "-n", namespace, "--timeout=60s")
    assert records(cluster, namespace) == []
