"""The step hook: what a hook gets, may do and leaves, and who serves it."""

import subprocess
import sys
import threading

import pytest

import wheelhouse
from harness.daemon import wait_for
from harness.paths import CHARTS, TOP
from harness.runs import Outcome, step_result
from wheelhouse.hooks import inline
from wheelhouse.v1 import chart_pb2, deployer_service_pb2, plan_pb2, run_pb2, step_pb2


@pytest.fixture
def serve(client):
    """serve(name, hook): serves it until the end of the test."""
    running = []

    def go(served_as, hook, **options):
        worker = wheelhouse.Worker(client, {served_as: hook}, **options)
        thread = threading.Thread(target=worker.run, args=(False,))
        thread.start()
        worker.attached.wait()
        running.append((worker, thread))
        return worker

    yield go
    for worker, thread in running:
        worker.stop()
        thread.join()


def calls(name, effect="REPEATABLE", **fields):
    step = step_pb2.Step(name="call", hook=step_pb2.HookStep(name=name, **fields))
    step.hook.effect = step_pb2.HookEffect.Value(f"HOOK_EFFECT_{effect}")
    return step


def before(stage, step):
    return chart_pb2.Stages(**{stage: chart_pb2.StagePlan(before=[step])})


def test_a_hook_gets_input_and_facts_and_leaves_payload_for_the_next(deploy, serve, namespace, cluster):
    seen = {}

    def work(chart):
        seen.update(name=chart.name, decision=chart.decision, stage=chart.stage, input=chart.input, namespaces=chart.namespaces)
        chart.log("a line\nand another")
        chart.payload["color"] = "blue"
        return "coloured"

    name = serve(f"{namespace}/work", work) and f"{namespace}/work"
    step = calls(name)
    step.hook.input.update({"queue": "orders", "most": 3})
    stages = before("pre_exec", step)
    stages.pre_exec.after.add(name="say").patch.CopyFrom(
        step_pb2.PatchStep(
            objects=[step_pb2.ObjectRef(kind="Namespace", name=namespace)],
            merge='{"metadata": {"labels": {"color": "${payload.color}"}}}',
        )
    )
    outcome = deploy(namespace, stages=stages)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_result(outcome, "call") == ("SUCCEEDED", "coloured")
    assert seen["input"] == {"queue": "orders", "most": 3} and seen["namespaces"] == [namespace]
    assert (seen["name"], seen["decision"], seen["stage"]) == ("web", "INSTALL", "pre_exec")
    assert [e.log.line for e in outcome.events if e.log.source == "hook"] == ["a line", "and another"]
    labels = cluster.kubectl("get", "namespace", namespace, "-o", "jsonpath={.metadata.labels.color}")
    assert labels == "blue"
    assert not outcome.run.plan.charts[0].stages.pre_exec.before[0].hook.HasField("input")


def test_what_it_asks_of_the_cluster(deploy, serve, namespace, cluster):
    done = {}

    def work(chart):
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "labels": {"a": "b"}}, "data": {"k": "1"}}
        chart.apply(config)
        chart.patch("ConfigMap", "c", merge={"data": {"k": "2"}})
        done["got"] = chart.get("ConfigMap", "c")["data"]
        done["absent"] = chart.get("ConfigMap", "d")
        done["listed"] = [one["metadata"]["name"] for one in chart.list("ConfigMap", label_selector="a=b")]
        chart.wait("ConfigMap", "c", json_path=(".data.k", "2"))
        for kind, where in (("ConfigMap", "kube-system"), ("Secret", "default")):
            try:
                chart.list(kind, namespace=where)
            except wheelhouse.ClusterError as error:
                done[where] = error.reason
        chart.apply({**config, "metadata": {"name": "kept"}})
        chart.delete("ConfigMap", "c")
        raise wheelhouse.HookFailed("it is enough", reason="ENOUGH")

    serve(f"{namespace}/work", work)
    failure = deploy(namespace, stages=before("pre_exec", calls(f"{namespace}/work"))).run.failure
    assert done == {
        "got": {"k": "2"}, "absent": None, "listed": ["c"], "kube-system": "NAMESPACE_NOT_ALLOWED",
        "default": "NAMESPACE_NOT_ALLOWED",
    }
    assert (failure.reason, failure.step, failure.details["hook_reason"]) == ("STEP_FAILED", "call", "ENOUGH")
    left = {(one.kind, one.name): one.change for one in failure.left_changed}
    assert left["ConfigMap", f"{namespace}/kept"] == "created" and ("ConfigMap", f"{namespace}/c") not in left
    assert ("hook", "pre_exec/call") in left


def test_one_that_is_read_only_may_check_and_is_refused_what_it_may_not(deploy, serve, namespace):
    def work(chart):
        with pytest.raises(wheelhouse.ClusterError, match="PERMISSION_DENIED"):
            chart.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}})
        raise wheelhouse.HookFailed("not on a Friday", reason="FRIDAY")

    serve(f"{namespace}/work", work)
    outcome = deploy(namespace, stages=before("check_prerequisites", calls(f"{namespace}/work", "READ_ONLY")))
    assert "not on a Friday" in outcome.run.failure.message
    assert outcome.run.failure.stage == 1 and not outcome.run.failure.left_changed


def test_secrets_are_masked_in_what_a_hook_says(deploy, serve, namespace):
    def work(chart):
        secret = chart.input["dbPassword"]
        chart.log(f"the password is {secret}")
        chart.payload["apiToken"] = "s3cr3t-t0ken-of-the-hook"
        return f"used {secret} and s3cr3t-t0ken-of-the-hook"

    serve(f"{namespace}/work", work)
    step = calls(f"{namespace}/work")
    step.hook.input.update({"dbPassword": "hunter2-hunter2"})
    outcome = deploy(namespace, stages=before("pre_exec", step))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    told = str(outcome.events) + str(outcome.run)
    assert "hunter2" not in told and "s3cr3t" not in told


def test_it_is_given_the_values_that_the_plan_names_and_secrets_only_where_it_says_so(deploy, serve, namespace, cluster):
    seen = []

    def work(chart):
        seen.append(chart.values)
        return f"the password is {chart.values.get('db.password')}"

    serve(f"{namespace}/work", work)
    cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl("create", "secret", "generic", "db", "-n", namespace, "--from-literal=values.yaml=db: {password: hunter2-hunter2}")
    fields = {
        "values": {"replicas": 2},
        "values_from": [chart_pb2.ValuesFrom(secret=chart_pb2.KeyRef(name="db"))],
        "yaml_files_content": [chart_pb2.ValuesFile(name="f", content="list: [{a: 1.5}, true]")],
    }
    step = calls(f"{namespace}/work", values=["replicas", "list", "unknown", "db"])
    refused = deploy(namespace, stages=before("pre_exec", step), **fields)
    assert (refused.run.failure.reason, refused.run.failure.step) == ("VALUES_INVALID", "call")
    assert "db.password is a secret" in refused.run.failure.message and seen == []
    step.hook.values[:] = ["replicas", "list", "unknown"]
    step.hook.secret_values[:] = ["db.password"]
    outcome = deploy(namespace, stages=before("pre_exec", step), **fields)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert seen == [{"replicas": 2, "list": [{"a": 1.5}, True], "db.password": "hunter2-hunter2"}]
    assert "hunter2" not in str(outcome.events) + str(outcome.run)
    assert step_result(outcome, "call") == ("SUCCEEDED", "the password is ***")


def test_without_a_worker_it_fails_or_waits_as_the_plan_says(deploy, client, namespace):
    step = calls(f"{namespace}/nobody", no_worker=step_pb2.NO_WORKER_FAIL)
    failure = deploy(namespace, stages=before("pre_exec", step)).run.failure
    assert failure.reason == "HOOK_UNAVAILABLE" and "no worker of unix:tester serves it" in failure.message
    step = calls(f"{namespace}/nobody", queue_timeout={"seconds": 1})
    assert deploy(namespace, stages=before("pre_exec", step)).run.failure.reason == "HOOK_UNAVAILABLE"


def test_a_preview_lists_hooks_and_asks_those_that_read(client, upload, serve, namespace):
    called = []

    class Web(wheelhouse.Lifecycle):
        def check_prerequisites(self, chart):
            called.append(("check", chart.preview))

        def pre_exec(self, chart):
            called.append("pre_exec")

        @wheelhouse.effect(wheelhouse.Effect.READ_ONLY)
        def validate(self, chart):
            called.append("validate")

        def preview(self, chart):
            return f"would {chart.stage}"

    info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    plan = plan_pb2.Plan(charts=[info])
    events = client.deploy(plan, lifecycles={"web": Web()}, mode=deployer_service_pb2.MODE_PREVIEW)
    outcome = Outcome(client, events)
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_result(outcome, "Web.pre_exec")[1] == "calls the hook web"
    assert step_result(outcome, "Web.validate")[1] == "would validate"
    assert called == [("check", True)]


def test_inline_lifecycles_run_once_and_not_again_for_an_unchanged_release(client, upload, namespace, cluster):
    called = []

    class Web(wheelhouse.Lifecycle):
        def pre_exec(self, chart):
            called.append(chart.name)
            chart.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"of-{chart.name}"}})

        async def validate(self, chart):
            assert await chart.get("ConfigMap", f"of-{chart.name}")
            return "valid"

    names = ("one", "two", "three")
    source = upload(client, "web")
    infos = [chart_pb2.ChartInfo(name=name, namespace=f"{namespace}-{name}", chart=source) for name in names]
    plan = plan_pb2.Plan(charts=infos)
    lifecycles = {name: Web() for name in names}
    outcome = Outcome(client, client.deploy(plan, lifecycles=lifecycles))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert sorted(called) == sorted(names)
    again = Outcome(client, client.deploy(plan, lifecycles=lifecycles))
    assert again.state == "SUCCEEDED", again.run.failure
    assert {again.decision(at) for at in range(3)} == {"UNCHANGED"} and len(called) == 3
    assert step_result(again, "Web.validate")[1] == "valid"


def test_whoever_comes_back_with_the_request_id_serves_an_inline_hook_again(client, upload, namespace):
    class Web(wheelhouse.Lifecycle):
        @wheelhouse.effect(wheelhouse.Effect.REPEATABLE)
        def pre_exec(self, chart):
            return "served"

    info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    plan = plan_pb2.Plan(charts=[info])
    # The one that began it is gone before it serves anything.
    run = client.create_run(inline.with_steps(plan, {"web": Web()}, inline.scope_of(namespace)), request_id=namespace)
    wait_for("it waits", lambda: any(one.run_id == run.id for one in client.list_hooks().waiting))
    outcome = Outcome(client, client.deploy(plan, lifecycles={"web": Web()}, request_id=namespace))
    assert outcome.run.id == run.id and step_result(outcome, "Web.pre_exec") == ("SUCCEEDED", "served")


# A process that deploys with a lifecycle of its own; it says when its run is there.
INLINE = """
import sys, wheelhouse
from wheelhouse.v1 import chart_pb2, plan_pb2

class Web(wheelhouse.Lifecycle):
    @wheelhouse.effect(wheelhouse.Effect.REPEATABLE)
    def pre_exec(self, chart):
        return "served"

chart = chart_pb2.ChartInfo(name="web", namespace=sys.argv[1], chart=chart_pb2.ChartSource(archive_digest=sys.argv[2]))
with wheelhouse.Client() as client:
    plan = plan_pb2.Plan(charts=[chart])
    for event in client.deploy(plan, {"web": Web()}, when_gone=sys.argv[3], heartbeat=1):
        if event.HasField("snapshot"):
            print(event.run_id, flush=True)
"""


# Without a request id nobody can come back: the default is to fail.
@pytest.mark.parametrize("when_gone", ("", "WAIT"))
def test_when_the_caller_is_gone_its_steps_fail_or_wait_as_it_has_said(
    daemon, client, upload, serve, namespace, when_gone
):
    # Its run waits for another one, so that the caller is gone before it could serve anything.
    goes_on = threading.Event()
    serve(f"{namespace}/hold", lambda chart: goes_on.wait() and "held")
    source = upload(client, "web")
    info = chart_pb2.ChartInfo(name="first", namespace=namespace, chart=source)
    info.stages.CopyFrom(before("pre_exec", calls(f"{namespace}/hold")))
    first = client.create_run(plan_pb2.Plan(charts=[info]))
    environment = {"WHEELHOUSE_SERVER": daemon.server, "PYTHONPATH": str(TOP / "client" / "python")}
    command = [sys.executable, "-c", INLINE, namespace, source.archive_digest, when_gone]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as caller:
        run_id = caller.stdout.readline().strip()
        caller.kill()
    wait_for("its worker is gone", lambda: not any(w.scope for w in client.list_hooks().workers))
    goes_on.set()
    assert Outcome(client, client.watch(first.id)).state == "SUCCEEDED"
    if not when_gone:
        outcome = Outcome(client, client.watch(run_id))
        failure = outcome.run.failure
        assert (outcome.state, failure.reason) == ("FAILED", "HOOK_UNAVAILABLE")
        assert "the process that deploys web is gone, and its steps fail then" in failure.message
        assert "deploy again, with a request id" in failure.hint
    else:
        said = "waits for the process that deploys web, which has no session: start it again with the same request id"
        wait_for("it waits", lambda: said in str(client.get_run(run_id).charts))
        client.cancel_run(run_id)
        assert Outcome(client, client.watch(run_id)).state == "CANCELLED"


# The same with a request id, by which it finds its run again; it hangs in its method when it is told to.
AGAIN = INLINE.replace("import sys, wheelhouse", "import sys, time, wheelhouse").replace(
    'return "served"', 'print("begun", flush=True); time.sleep(float(sys.argv[3])); return "served"'
).replace("when_gone=sys.argv[3]", "request_id=sys.argv[1]")


def test_a_process_that_is_killed_in_its_method_goes_on_with_its_run_when_it_is_started_again(daemon, client, upload, namespace):
    environment = {"WHEELHOUSE_SERVER": daemon.server, "PYTHONPATH": str(TOP / "client" / "python")}
    command = [sys.executable, "-c", AGAIN, namespace, upload(client, "web").archive_digest]
    with subprocess.Popen([*command, "3600"], env=environment, stdout=subprocess.PIPE, text=True) as caller:
        # In either order: the method runs on a thread of its own.
        begun, run_id = sorted((caller.stdout.readline().strip() for _ in range(2)), key=lambda line: line != "begun")
        assert begun == "begun"
        caller.kill()
    wait_for("it waits", lambda: "waits for the process that deploys web" in str(client.get_run(run_id).charts))
    again = subprocess.run([*command, "0"], env=environment, capture_output=True, text=True)
    assert again.returncode == 0 and sorted(again.stdout.split()) == [run_id, "begun"], again.stderr
    # From then on the id's run is told again, and calls nothing.
    told = subprocess.run([*command, "0"], env=environment, capture_output=True, text=True)
    assert told.returncode == 0 and told.stdout == f"{run_id}\n" and "a new deploy needs a new request_id" in told.stderr


def test_a_hook_may_take_the_place_of_helm(deploy, serve, namespace, cluster):
    serve(f"{namespace}/work", lambda chart: chart.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}}))
    outcome = deploy(namespace, stages=before("exec", calls(f"{namespace}/work", replaces="helm")))
    assert outcome.state == "SUCCEEDED", outcome.run.failure
    assert step_result(outcome, "helm")[0] == "SKIPPED"
    assert cluster.get("configmap", "mine", namespace)
    assert "sh.helm.release" not in cluster.kubectl("get", "secrets", "-n", namespace, "-o", "name")


def test_a_cancel_reaches_the_hook_and_the_run_is_remediated(client, upload, serve, namespace):
    begun, ended = threading.Event(), []

    def work(chart):
        begun.set()
        try:
            while True:
                chart.check()
                threading.Event().wait(0.02)
        except wheelhouse.Cancelled:
            ended.append("cancelled")
            raise

    serve(f"{namespace}/work", work)
    info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    info.stages.CopyFrom(before("post_exec", calls(f"{namespace}/work")))
    run = client.create_run(plan_pb2.Plan(charts=[info]))
    begun.wait()
    client.cancel_run(run.id)
    outcome = Outcome(client, client.watch(run.id))
    assert outcome.state == "CANCELLED" and ended == ["cancelled"]
    assert step_result(outcome, "remediate")[0] == "SUCCEEDED"


def test_a_failure_that_may_be_repeated_is_and_another_is_not(deploy, serve, namespace):
    attempts = []

    def work(chart):
        attempts.append((chart.id, chart.attempt))
        raise wheelhouse.HookFailed("not yet", retryable=len(attempts) < 3)

    serve(f"{namespace}/work", work)
    step = calls(f"{namespace}/work")
    step.retry.count, step.retry.delay.nanos = 9, 1000000
    assert deploy(namespace, stages=before("pre_exec", step)).state == "FAILED"
    assert [attempt for _, attempt in attempts] == [1, 2, 3] and len({one for one, _ in attempts}) == 1


def test_the_workers_and_what_they_have_are_listed(client, upload, serve, namespace, cli):
    goes_on = threading.Event()
    serve(f"{namespace}/work", lambda chart: goes_on.wait(300) and "done", capacity=1, name=f"worker-{namespace}")
    runs = []
    for number in ("a", "b"):
        info = chart_pb2.ChartInfo(name="web", namespace=f"{namespace}-{number}", chart=upload(client, "web"))
        info.stages.CopyFrom(before("pre_exec", calls(f"{namespace}/work")))
        runs.append(client.create_run(plan_pb2.Plan(charts=[info])))
    wait_for("one waits", lambda: [one for one in client.list_hooks().waiting if one.run_id in {r.id for r in runs}])
    listed = cli("hooks", "list")
    assert f"worker-{namespace}" in listed.stdout and f"{namespace}/work" in listed.stdout
    assert sum(run.id in listed.stdout for run in runs) == 2
    goes_on.set()
    for run in runs:
        assert Outcome(client, client.watch(run.id)).state == "SUCCEEDED"


def test_a_worker_that_floods_or_never_answers_holds_up_its_own_runs_only(client, upload, serve, deploy, namespace):
    def flood(chart):
        while True:
            chart.check()
            chart.log("x" * 1000)

    def hang(chart):
        while not chart.cancelled:
            threading.Event().wait(0.02)

    def own(chart):
        return "served"

    for name, hook in (("flood", flood), ("hang", hang), ("own", own)):
        serve(f"{namespace}/{name}", hook)
    runs = []
    for name in ("flood", "hang"):
        info = chart_pb2.ChartInfo(name="web", namespace=f"{namespace}-{name}", chart=upload(client, "web"))
        info.stages.CopyFrom(before("pre_exec", calls(f"{namespace}/{name}")))
        runs.append(client.create_run(plan_pb2.Plan(charts=[info])))
    flooding = (e for e in client.watch(runs[0].id) if e.log.source == "hook")
    for _ in range(2000):
        next(flooding)
    outcome = deploy(namespace, stages=before("pre_exec", calls(f"{namespace}/own")))
    assert step_result(outcome, "call") == ("SUCCEEDED", "served")
    for run in runs:
        assert client.get_run(run.id).state == run_pb2.RUN_STATE_RUNNING
        client.cancel_run(run.id)
    for run in runs:
        assert Outcome(client, client.watch(run.id)).state == "CANCELLED"


@pytest.mark.parametrize("field, path", (("exec", "exec"), ("check_prerequisites", "check_prerequisites")))
def test_what_a_plan_may_not_say_is_named(client, upload, namespace, field, path):
    info = chart_pb2.ChartInfo(name="web", namespace=namespace, chart=upload(client, "web"))
    info.stages.CopyFrom(before(field, calls("a", "ONCE", replaces="recreate" if field == "exec" else "")))
    with pytest.raises(wheelhouse.Error) as error:
        client.create_run(plan_pb2.Plan(charts=[info]))
    assert error.value.reason == "PLAN_INVALID" and any(f"stages.{path}.before[0]" in one for one in error.value.violations)


def test_the_example_program_deploys(daemon, namespace):
    command = [sys.executable, TOP / "client" / "python" / "examples" / "hooks.py", CHARTS / "web", namespace]
    environment = {"WHEELHOUSE_SERVER": daemon.server, "PYTHONPATH": str(TOP / "client" / "python")}
    # The second time nothing has changed.
    for changes in (["Web.pre_exec: the settings are there"], []):
        result = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        assert result.stdout.splitlines() == [
            f"Web.check_prerequisites: web goes to {namespace}", *changes, "Web.validate: the color is blue",
        ]
