"""What is waited for after helm has ended, and what counts as ready: alike with both majors of helm."""

import json

from harness.crds import free_crd
from harness.daemon import wait_for
from harness.helm import both_majors, helms_of, newest
from harness.paths import CHARTS
from harness.runs import Outcome, step_of, step_result
from wheelhouse.v1 import chart_pb2, plan_pb2, run_pb2


def pods(name, more=""):
    """The selector and the template of a workload, to be put into a flow mapping."""
    return f"""selector: {{matchLabels: {{app: {name}}}}},
  template: {{
    metadata: {{labels: {{app: {name}}}, annotations: {{version: "{{{{ .Values.version }}}}"}}}},
    spec: {{containers: [{{name: c, image: sandbox.example/c:1}}]{more}}}}}"""


def of_apps(kind, name, spec, pod=""):
    return f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}\n  {pods(name, pod)}}}\n"


def job(name, spec):
    return (
        f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec: {{{spec}\n"
        "  template: {spec: {restartPolicy: Never, containers: [{name: c, image: sandbox.example/c:1}]}}}\n"
    )


# Objects of which helm 3, helm 4 or both would wait for ever, or not at all.
READY = {
    "paused": of_apps("Deployment", "paused", "paused: true,"),
    "none-wanted": of_apps("Deployment", "none-wanted", "replicas: 0,"),
    "on-delete": of_apps("StatefulSet", "on-delete", "serviceName: x, updateStrategy: {type: OnDelete},"),
    "partition": of_apps(
        "StatefulSet", "partition",
        "replicas: 2, serviceName: x, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}},",
    ),
    "agent": of_apps("DaemonSet", "agent", "updateStrategy: {type: OnDelete},"),
    "nowhere": of_apps("DaemonSet", "nowhere", "", pod=", nodeSelector: {nothing: fits}"),
    "later": job("later", "suspend: true,"),
    "collected": job("collected", "ttlSecondsAfterFinished: 0,"),
    "class": """
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: "late-{{ .Release.Namespace }}"}
provisioner: sandbox.example/none
volumeBindingMode: WaitForFirstConsumer
""",
    "claim": """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: unused}
spec: {storageClassName: "late-{{ .Release.Namespace }}", accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
""",
    "balancer": """
apiVersion: v1
kind: Service
metadata: {name: balancer}
spec: {type: LoadBalancer, selector: {app: x}, ports: [{port: 80}]}
""",
    "scaler": """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: scaler}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: nothing}, maxReplicas: 2}
""",
    "budget": """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: budget}
spec: {minAvailable: 3, selector: {matchLabels: {app: nothing}}}
""",
    "hoisted": """
apiVersion: readiness.wheelhouse/v1
kind: Sail
metadata: {name: without-status}
""",
    "text": """
apiVersion: readiness.wheelhouse/v1
kind: Sail
metadata: {name: status-of-text}
status: hoisted
""",
    "generation": """
apiVersion: readiness.wheelhouse/v1
kind: Sail
metadata: {name: generation-of-text}
status: {observedGeneration: "99", conditions: {Ready: perhaps}}
""",
}

SAILS = free_crd("Sail", "readiness.wheelhouse")


def notes_of(outcome, step):
    """What a step tells of objects that are ready: `KIND NAME`, without the namespace, to what is told."""
    state, told = step_result(outcome, step)
    assert state == "SUCCEEDED"
    notes = {}
    for note in told.split("; ")[1:]:
        kind, name, text = note.split(" ", 2)
        notes[f"{kind} {name.split('/')[-1]}"] = text
    return notes


@both_majors
def test_what_each_helm_waits_for_in_its_own_way_is_ready_alike(deploy, new_chart, namespace):
    chart = new_chart("---".join(READY.values()), "version: a\n", SAILS)
    first = deploy(namespace, chart=chart, timeout={"seconds": 120})
    assert first.state == "SUCCEEDED", first.run.failure
    always = {
        "Deployment paused": "is paused: 0 of 1 pods are updated",
        "DaemonSet nowhere": "no node fits it",
        "Job later": "is suspended",
        "Job collected": "has finished and was collected (ttlSecondsAfterFinished)",
        "PersistentVolumeClaim unused": "is bound when a pod first uses it",
        "Service balancer": "has no address of a load balancer yet",
    }
    told = notes_of(first, "workloads")
    assert told == always
    helm = notes_of(first, "helm")
    helm.setdefault("Job collected", always["Job collected"])  # it may still have been there
    assert helm == always

    again = deploy(namespace, chart=chart, timeout={"seconds": 120})
    assert (again.state, again.decision()) == ("SUCCEEDED", "UNCHANGED"), again.run.failure
    assert notes_of(again, "workloads") == {name: text for name, text in always.items() if name != "Job collected"}

    # Jobs cannot be changed.
    rest = new_chart("---".join(text for name, text in READY.items() if name not in ("later", "collected")), "version: a\n", SAILS)
    second = deploy(namespace, chart=rest, values={"version": "b"}, timeout={"seconds": 120})
    assert second.state == "SUCCEEDED", second.run.failure
    stay = "the others stay: its update strategy OnDelete replaces none"
    told = notes_of(second, "helm")
    assert told.pop("StatefulSet on-delete") == f"0 of 1 pods are updated, {stay}"
    assert told.pop("DaemonSet agent") == f"0 of 3 pods are updated, {stay}"
    assert told.pop("StatefulSet partition") == "1 of 2 pods are updated, the others stay: they are below its partition 1"
    assert told == {name: text for name, text in always.items() if not name.startswith("Job ")}


@both_majors
def test_a_load_balancer_counts_where_the_plan_says_so(deploy, new_chart, cluster, namespace):
    chart = new_chart(READY["balancer"], "version: a\n")
    outcome = deploy(namespace, chart=chart, timeout={"seconds": 15}, wait_for_load_balancers=True)
    assert outcome.run.failure.reason == "NOT_READY"
    assert f"Service {namespace}/balancer: has no address of a load balancer yet" in outcome.run.failure.message


@both_majors
def test_a_job_that_fails_and_is_collected_has_failed(deploy, new_chart, namespace):
    failing = (
        job("collected", "ttlSecondsAfterFinished: 0, backoffLimit: 0,")
        .replace("template: {spec", "template: {metadata: {labels: {sandbox.wheelhouse/pod: fails}}, spec")
    )  # fmt: skip
    failure = deploy(namespace, chart=new_chart(failing), timeout={"seconds": 120}).run.failure
    assert failure.reason == "POD_FAILING"
    assert f"Job {namespace}/collected failed: BackoffLimitExceeded" in failure.message


def statuses(cluster, namespace, release="web"):
    return [revision["status"] for revision in cluster.history(release, namespace)]


@both_majors
def test_a_wait_that_fails_leaves_the_record_failed_for_everybody(deploy, cluster, namespace):
    assert deploy(namespace, "quay").state == "SUCCEEDED"
    outcome = deploy(
        namespace, "quay", values={"podBehaviour": "never-ready"}, timeout={"seconds": 15}, on_failure="ON_FAILURE_NONE"
    )
    assert outcome.run.failure.reason == "NOT_READY"
    assert cluster.releases(namespace)["quay"]["status"] == "failed"
    history = cluster.history("quay", namespace)
    assert [revision["status"] for revision in history] == ["deployed", "failed"], "as after a failed wait of helm's own"
    assert f"NOT_READY: while waiting for Deployment {namespace}/quay: " in history[-1]["description"]
    status = json.loads(cluster.run("helm", "status", "quay", "-n", namespace, "-o", "json").stdout)
    assert (status["version"], status["info"]["status"]) == (2, "failed")
    # helm 3 compares with the newest deployed revision: what the failed one had added stays where nothing replaces it.
    assert deploy(namespace, "quay", values={"podBehaviour": "ready"}).state == "SUCCEEDED"
    assert statuses(cluster, namespace, "quay") == ["superseded", "failed", "deployed"]


def never_ready(client, upload, namespace, name="web", pods="never-ready", **fields):
    chart = chart_pb2.ChartInfo(name=name, namespace=namespace, chart=upload(client, "web"), **fields)
    chart.values.add(key="podBehaviour", value=pods)
    return chart


def waiting_run(client, cluster, chart):
    """A run that waits for what helm has deployed."""
    before = newest(cluster, chart.namespace, chart.name) or (0, "")
    run = client.create_run(plan_pb2.Plan(charts=[chart]))
    expected = before[0] + 1, "deployed"
    wait_for("helm has ended", lambda: newest(cluster, chart.namespace, chart.name) == expected)
    wait_for("no helm is left", lambda: not helms_of(chart.namespace))
    return run


@both_majors
def test_who_comes_in_while_the_run_waits_has_overtaken_it(deploy, client, upload, cluster, namespace):
    assert deploy(namespace).state == "SUCCEEDED"
    run = waiting_run(client, cluster, never_ready(client, upload, namespace))
    foreign = "upgrade", "web", CHARTS / "web", "-n", namespace, "--set", "message=by hand"
    cluster.run("helm", *foreign)
    outcome = Outcome(client, client.watch(run.id))
    assert outcome.run.failure.reason == "OVERTAKEN", outcome.run.failure
    assert "somebody else has made revision 3" in outcome.run.failure.message
    assert not outcome.run.failure.secondary, outcome.run.failure.secondary
    assert statuses(cluster, namespace) == ["superseded", "superseded", "deployed"]
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "by hand"
    # What nobody has seen to work is never gone back to.
    failed = deploy(namespace, values={"podBehaviour": "image-pull-error"}, early_failure={"image_pull": {"seconds": 1}})
    assert failed.run.failure.reason == "POD_FAILING"
    assert cluster.get("configmap", "web", namespace)["data"]["message"] == "by hand"


def test_a_release_that_is_taken_away_while_the_run_waits_stays_away(client, upload, cluster, namespace):
    run = waiting_run(client, cluster, never_ready(client, upload, namespace))
    cluster.run("helm", "uninstall", "web", "-n", namespace)
    outcome = Outcome(client, client.watch(run.id))
    assert outcome.run.failure.reason == "OVERTAKEN", outcome.run.failure
    assert not outcome.run.failure.secondary, outcome.run.failure.secondary
    assert cluster.releases(namespace) == {}


@both_majors
def test_a_daemon_that_is_killed_while_a_run_waits_goes_on_waiting(make_daemon, helm, upload, cluster, namespace):
    daemon = make_daemon(helm=helm)
    with daemon.client() as client:
        slow = waiting_run(client, cluster, never_ready(client, upload, namespace, pods="slow"))
        failing = never_ready(client, upload, f"{namespace}-b", timeout={"seconds": 20})
        failing = waiting_run(client, cluster, failing)
    daemon.kill()
    assert newest(cluster, namespace) == (1, "deployed")
    daemon.start()
    with daemon.client() as client:
        outcome = Outcome(client, client.watch(slow.id))
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        assert (step_of(outcome, "helm").attempt, outcome.chart().revision) == (1, 1)
        outcome = Outcome(client, client.watch(failing.id))
        assert outcome.run.failure.reason == "NOT_READY", outcome.run.failure
    assert statuses(cluster, namespace) == ["deployed"], "helm was not asked again"
    assert cluster.releases(f"{namespace}-b") == {}, "a first install that fails is undone"


def test_charts_that_wait_take_no_helm_and_do_not_delay_others(make_daemon, upload, cluster, namespace):
    daemon = make_daemon(start=False)
    daemon.config["helm"]["maxProcesses"] = 4
    daemon.start()
    with daemon.client() as client:
        charts = [never_ready(client, upload, f"{namespace}-{at}", name=f"web-{at}") for at in range(8)]
        waiting = client.create_run(plan_pb2.Plan(charts=charts))
        for chart in charts:
            wait_for(f"{chart.name} is deployed", lambda: newest(cluster, chart.namespace, chart.name) == (1, "deployed"))
        ninth = chart_pb2.ChartInfo(name="ninth", namespace=namespace, chart=upload(client, "web"))
        outcome = Outcome(client, client.deploy(plan_pb2.Plan(charts=[ninth])))
        assert outcome.state == "SUCCEEDED", outcome.run.failure
        states = {chart.state for chart in client.get_run(waiting.id).charts}
        assert states == {run_pb2.STATE_RUNNING}, "all of them still wait"
        assert not [chart.name for chart in charts if helms_of(chart.namespace)]
        client.cancel_run(waiting.id)
        assert Outcome(client, client.watch(waiting.id)).state == "CANCELLED"
    assert not any(cluster.releases(chart.namespace) for chart in charts)


def after(event):
    """A hook Job that completes."""
    return (
        job("after", "")
        .replace("name: after", f"name: after, annotations: {{helm.sh/hook: {event}}}")
        .replace("template: {spec", "template: {metadata: {labels: {sandbox.wheelhouse/pod: completes}}, spec")
    )


@both_majors
def test_post_hooks_follow_when_all_is_ready_though_helm_would_wait_on(deploy, new_chart, cluster, namespace):
    # helm 3 waits for an address, helm 4 until OnDelete has replaced the pods.
    chart = new_chart("---".join([READY["agent"], READY["balancer"], after("post-upgrade")]), "version: a\n")
    assert deploy(namespace, chart=chart).state == "SUCCEEDED"
    outcome = deploy(namespace, chart=chart, values={"version": "b"}, timeout={"seconds": 180})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("job", "after", namespace)["status"]["succeeded"] == 1
    assert statuses(cluster, namespace) == ["superseded", "deployed"]


@both_majors
def test_post_hooks_of_a_rollback_follow_when_all_is_ready_though_helm_would_wait_on(deploy, new_chart, cluster, namespace):
    chart = new_chart("---".join([READY["agent"], READY["balancer"], after("post-rollback")]), "version: a\n")
    for version in "ab":
        assert deploy(namespace, chart=chart, values={"version": version}).state == "SUCCEEDED"
    # Made anew, the pods are of the newer revision, and the rollback does not replace them: helm 4 would wait on.
    cluster.kubectl("delete", "pods", "-l", "app=agent", "-n", namespace)

    def made_anew():
        status = cluster.get("daemonset", "agent", namespace)["status"]
        return 0 < status["desiredNumberScheduled"] == status.get("updatedNumberScheduled") == status.get("numberReady")

    wait_for("its pods are of the newer revision", made_anew)
    outcome = deploy(namespace, action=chart_pb2.ACTION_ROLLBACK, timeout={"seconds": 180})
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert cluster.get("job", "after", namespace)["status"]["succeeded"] == 1
    assert statuses(cluster, namespace) == ["superseded", "superseded", "deployed"]
