"""noHooks: the chart's own hooks are left out, of a deploy and of a rollback (test_unlock.py: of a destroy)."""

from harness.helm import both_majors, newest
from wheelhouse.v1 import chart_pb2

EVENTS = [f"{when}-{what}" for what in ("install", "upgrade", "rollback") for when in ("pre", "post")]
CHART = f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: web}}
data: {{message: "{{{{ .Values.message }}}}"}}
---
apiVersion: batch/v1
kind: Job
metadata: {{name: veto, annotations: {{helm.sh/hook: "{','.join(EVENTS)}"}}}}
spec:
  backoffLimit: 0
  template:
    metadata: {{labels: {{sandbox.wheelhouse/pod: fails}}}}
    spec: {{restartPolicy: Never, containers: [{{name: c, image: sandbox.example/c:1}}]}}
"""


@both_majors
def test_hooks_that_fail_are_passed_by(deploy, new_chart, cluster, namespace):
    chart = new_chart(CHART, "message: a\n")

    def message():
        return cluster.get("configmap", "web", namespace)["data"]["message"]

    for at, text in enumerate("ab", 1):
        outcome = deploy(namespace, chart=chart, values={"message": text}, no_hooks=True)
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        assert (newest(cluster, namespace), message()) == ((at, "deployed"), text)
    outcome = deploy(namespace, action=chart_pb2.ACTION_ROLLBACK, no_hooks=True)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert (newest(cluster, namespace), message()) == ((3, "deployed"), "a")
    assert cluster.get("job", "veto", namespace) is None
    with_hooks = deploy(namespace, chart=chart, values={"message": "c"}, on_failure=chart_pb2.ON_FAILURE_NONE)
    assert with_hooks.run.failure.reason in ("HOOK_FAILED", "POD_FAILING"), with_hooks.run.failure
